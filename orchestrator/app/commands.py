"""A person's command, once it was authorised: it is carried out once, whoever brings it twice, and then replied to."""

from __future__ import annotations

from msgspec import structs

from orchestrator.app import alert_commands
from orchestrator.app.alarms import UNDER_NO_ALARM, standing_in_alarm
from orchestrator.app.flags import change_flag, owner_of
from orchestrator.app.moving import Outcome, move
from orchestrator.app.own_alerts import OwnAlerts
from orchestrator.app.own_traces import asked_for, failed
from orchestrator.app.replies import outcome_notice
from orchestrator.app.second_person import ask, is_needed
from orchestrator.app.standing import ensure_standing
from orchestrator.app.starting import start
from orchestrator.app.ticks import check
from orchestrator.app.views import find_rollout
from orchestrator.core.access import AccessPolicy
from orchestrator.core.commands import ALERT_VERBS, FLAG_VERBS, LINE_VERBS, Command
from orchestrator.core.facts import Written
from orchestrator.core.rollout import STANDING
from orchestrator.ports import AlreadyDone, Outside, Refused
from orchestrator.telemetry.logs import get_logger
from orchestrator.telemetry.tracing import step
from orchestrator.telemetry.xray import annotate

log = get_logger()


def run(outside: Outside, access: AccessPolicy, own: OwnAlerts, command: Command) -> Outcome:
    """Carry out a command that was authorised, and finish the reply to it.

    Raises Unavailable or Conflict when it should be tried again; the interaction id keeps that from doing it twice.
    """
    trace = asked_for(outside, command)
    with trace.under_way():
        annotate("command", command.verb)
        try:
            outcome = _carried_out(outside, access, command, trace.id)
        except Exception as problem:
            trace.keep(failed(problem))
            raise
        try:
            own.not_read_back(outcome)
            with step("reply"):
                reply(outside, command, outcome)
        finally:
            if outcome.kind == "again" and trace.is_kept_already():
                trace.say(outcome)
            else:
                trace.keep(outcome)
        return outcome


def _carried_out(outside: Outside, access: AccessPolicy, command: Command, trace_id: str) -> Outcome:
    if command.interaction_id and outside.rollouts.seen(command.interaction_id):
        return again(outside, command, trace_id)
    if command.verb in ALERT_VERBS:
        return alert_commands.run(outside, command, trace_id=trace_id)
    if is_needed(outside, access, command):
        return ask(outside, command)
    try:
        if command.verb == "start":
            return start(outside, command, trace_id=trace_id)
        if command.verb in FLAG_VERBS:
            return change_flag(outside, command, trace_id=trace_id)
        if command.verb in LINE_VERBS:
            ensure_standing(outside)
            return move(outside, STANDING, command, actor=command.actor, trace_id=trace_id)
        return _on_rollout(outside, command, trace_id)
    except AlreadyDone:
        return again(outside, command, trace_id)


def _on_rollout(outside: Outside, command: Command, trace_id: str) -> Outcome:
    found = find_rollout(outside, command.target)
    if isinstance(found, str):
        return Outcome(kind="refuse", reason=found)
    if command.verb in UNDER_NO_ALARM and (against := standing_in_alarm(outside, found.flags)):
        return Outcome(kind="refuse", reason=f"{against}; nothing goes on under it", rollout=found)
    outcome = move(outside, found.id, command, actor=command.actor, trace_id=trace_id)
    if outcome.kind in ("abort", "hold") and not outcome.refused:
        # The last step of an abort, and the step an approval opens, need not wait for the next tick.
        after = move(outside, found.id, None, trace_id=trace_id)
        if after.kind != "hold" or command.verb == "abort":
            reason = outcome.reason if command.verb == "abort" else f"{outcome.reason}; {after.reason}"
            return Outcome(
                kind=outcome.kind if command.verb == "abort" else after.kind,
                reason=reason,
                rollout=after.rollout,
                written=_one_a_flag(*outcome.written, *after.written),
                ms=outcome.ms + after.ms,
            )
    return outcome


def _one_a_flag(*reports: Written) -> tuple[Written, ...]:
    """A flag that was written twice was moved from what the first found to what the last has left."""
    found: dict[str, Written] = {}
    for report in reports:
        first = found.get(report.flag, report)
        found[report.flag] = structs.replace(report, old=first.old)
    return tuple(found.values())


def again(outside: Outside, command: Command, trace_id: str) -> Outcome:
    """It was done before: finish what a crash may have left, under the command's own trace, and say how things are
    now. Raises Unavailable, Conflict."""
    if command.verb in LINE_VERBS:
        rollout_id = STANDING
    elif command.verb in FLAG_VERBS:
        rollout_id = owner_of(outside, command.target)[1].id
    else:
        found = find_rollout(outside, command.target)
        rollout_id = STANDING if isinstance(found, str) else found.id
    outcome, _ = check(outside, rollout_id, trace_id)
    return Outcome(
        kind="again",
        reason="This was carried out before",
        rollout=outcome.rollout,
        written=outcome.written,
        ms=outcome.ms,
    )


def reply(outside: Outside, command: Command, outcome: Outcome) -> None:
    """Finish the reply. An expired token is no failure: the result stands in the channel. Raises Unavailable."""
    if not command.token:
        return
    notice = outcome_notice(outside.environment, command, outcome, outside.clock.now())
    try:
        outside.channel.finish(command.token, notice)
    except Refused as problem:
        log.warning("the reply could not be finished", extra={"problem": str(problem)})
