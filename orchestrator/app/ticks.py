"""Time passes: every live rollout is checked once a minute, and what a crash or an outage has left is finished."""

from __future__ import annotations

from collections.abc import Collection

from orchestrator import notify, perform
from orchestrator.app import alarms
from orchestrator.app.moving import Outcome, move
from orchestrator.app.own_alerts import UNTIL_QUIET, OwnAlerts
from orchestrator.app.own_traces import OwnTrace, failed, shown, unasked
from orchestrator.app.standing import ensure_standing, standing_plan
from orchestrator.core.rollout import STANDING, plan_name
from orchestrator.core.wording import tick_failed
from orchestrator.ports import Conflict, Outside, SwitchbackError
from orchestrator.telemetry.logs import bound, get_logger

log = get_logger()

ENDED_LOOKED_AT = 5
"""The newest rollouts, among which the ones that have ended may still have something to tell."""


def tick(outside: Outside, own: OwnAlerts) -> list[Outcome]:
    """Check every live rollout. One that fails, in whatever way, does not keep the others waiting: their safeguards
    depend on it. The next tick tries it again."""
    checked: list[tuple[OwnTrace, Outcome]] = []
    unchecked: list[tuple[OwnTrace, str, Exception]] = []
    due = outside.rollouts.due(outside.clock.now())
    with perform.flags_first():
        for rollout_id in due:
            trace = unasked(outside, "tick", rollout=rollout_id)
            try:
                checked.append((trace, _check_traced(outside, rollout_id, trace)))
            except Exception as problem:
                with bound(**trace.fields):
                    log.error("a tick failed", extra={"problem": shown(problem)})
                unchecked.append((trace, rollout_id, problem))
    # Only now is anybody told of anything: no flag waits for the chat.
    for trace, outcome in checked:
        with bound(**trace.fields):
            own.not_read_back(outcome)
    for trace, rollout_id, why in unchecked:
        with bound(**trace.fields):
            _cannot_check(outside, own, rollout_id, why)
    _finish_the_ended(outside, besides=due)
    try:
        notify.tell_all(outside)
    except SwitchbackError as problem:
        log.error("alerts could not be looked at", extra={"problem": str(problem)})
    return [*(outcome for _, outcome in checked), *(Outcome(kind="failed", reason=shown(why)) for *_, why in unchecked)]


def _check_traced(outside: Outside, rollout_id: str, trace: OwnTrace) -> Outcome:
    with trace.under_way():
        try:
            outcome, caught = check(outside, rollout_id, trace.id)
        except Exception as problem:
            trace.say(failed(problem), steps=True)  # the table may be what does not answer
            raise
        if caught or not outcome.idle:
            trace.keep(caught[0] if caught and outcome.idle else outcome)
        elif rollout_id != STANDING:  # which waits for nothing
            trace.say(outcome)  # once a minute: a line is enough
        return outcome


def check(outside: Outside, rollout_id: str, trace_id: str) -> tuple[Outcome, list[Outcome]]:
    """One rollout as time passes; and, for the standing set, what alarms that nobody brought made of others."""
    if rollout_id != STANDING:
        return move(outside, rollout_id, None, trace_id=trace_id), []
    plan = standing_plan(outside, ensure_standing(outside))
    caught = alarms.catch_up(outside, trace_id=trace_id)
    return move(outside, rollout_id, None, trace_id=trace_id, plan=plan), caught


def _cannot_check(outside: Outside, own: OwnAlerts, rollout_id: str, problem: Exception) -> None:
    if isinstance(problem, Conflict):
        return
    notice = tick_failed(outside.environment, rollout_id, shown(problem), outside.clock.now())
    own.raise_alert("tick-failed", plan_name(rollout_id), "critical", notice, lasts=UNTIL_QUIET)


def _finish_the_ended(outside: Outside, besides: Collection[str]) -> None:
    """Rollouts that have ended are not ticked. What they had still to tell, or to disarm, is done all the same."""
    rollouts = outside.rollouts
    try:
        others = [name for name in rollouts.recent(ENDED_LOOKED_AT) if name not in besides]
        ended = [state for state in map(rollouts.load, others) if state and not state.is_live]
        for state in ended:
            perform.empty_outbox(outside, state)
    except SwitchbackError as problem:
        log.warning("what has ended was not looked after", extra={"problem": str(problem)})
