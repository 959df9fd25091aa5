"""The alert drill: a made-up alarm of the stack goes the whole way, twice, and the second time must not be told."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.app import alarms
from orchestrator.app.moving import Outcome, plan_of
from orchestrator.core.alerting.alert import Group
from orchestrator.core.commands import Command
from orchestrator.core.durations import say_duration
from orchestrator.core.gates import ReportGate
from orchestrator.core.signals import AlarmReading, AlarmState
from orchestrator.core.targets import Report
from orchestrator.ports import Outside, SwitchbackError
from orchestrator.telemetry.logs import get_logger

log = get_logger()

REPORT = "alert-drill"
"""The report of this name is given to every live rollout that waits for it: sent, and suppressed."""


def drill(outside: Outside, command: Command, *, trace_id: str = "") -> Outcome:
    """Each step with its time, and what was seen: never what should have been. Raises Unavailable."""
    policy, started = outside.alert_policy, outside.clock.now_ms()
    name = alarms.drill_alarm(outside)
    key = alarms.drill_key(outside)
    before = outside.alerts.group(key)
    again_at = before.changed_at + policy.same_within + 1 if before is not None else 0
    if again_at > (now := outside.clock.now()):
        why = "the same alert is not told twice"
        return Outcome(
            kind="refuse",
            reason=f"a drill ran {say_duration(now - (before.last_seen if before else now))} ago, and {why} within "
            f"{say_duration(policy.same_within)}; try again in {say_duration(again_at - now)}",
        )
    steps: list[str] = []

    def timed(what: Callable[[], str]) -> str:
        began = outside.clock.now_ms()
        said = what()
        steps.append(f"{len(steps) + 1}. {said} ({(outside.clock.now_ms() - began) / 1000:.2f} s)")
        return said

    first = [0, 0]

    def fire() -> str:
        alarms.on_alarm(outside, _reading(name, "ALARM", now), trace_id=trace_id)
        group = outside.alerts.group(key)
        first[:] = [_sendings(group), group.count if group is not None else 0]
        return f"The made-up alarm {name} was taken and counted; {_where(outside, group)}"

    def fire_again() -> str:
        # Another change of state, so that it is a second event and not the same one delivered twice.
        alarms.on_alarm(outside, _reading(name, "ALARM", now + 1), trace_id=trace_id)
        group = outside.alerts.group(key)
        seen = group.count if group is not None else 0
        sent_more = _sendings(group) - first[0]
        told = "it was counted, and not told again" if not sent_more else f"IT WAS TOLD {sent_more} MORE TIMES"
        return f"The same once more: {told} (seen {seen} times)"

    def end() -> str:
        alarms.on_alarm(outside, _reading(name, "OK", now + 2), trace_id=trace_id)
        return "It is over; its message says so within two minutes"

    timed(fire)
    timed(fire_again)
    group = outside.alerts.group(key)
    sent, suppressed = _sendings(group), (group.count if group is not None else 0) - 1
    timed(end)
    _report(outside, command, sent, suppressed)
    is_good = sent == 1 and suppressed == 1
    verdict = "The drill went well" if is_good else "The drill did NOT go well"
    took = (outside.clock.now_ms() - started) / 1000
    return Outcome(kind="noted" if is_good else "failed", reason="\n".join([f"{verdict}, {took:.2f} s in all", *steps]))


def _reading(name: str, state: AlarmState, since: int) -> AlarmReading:
    return AlarmReading(name=name, state=state, since=since, reason="a drill")


def _sendings(group: Group | None) -> int:
    """How often it was told: by the receiver that was told most."""
    return max((told.serial for told in group.told.values()), default=0) if group is not None else 0


def _where(outside: Outside, group: Group | None) -> str:
    """What is known of its message: its address, or why there is none."""
    if group is None:
        return "BUT THERE IS NO STATE OF IT"
    for receiver, told in group.told.items():
        if told.message:
            return f"it is in {outside.links.message(receiver, told.message) or receiver}"
    if group.not_before:
        at = min(group.not_before.values())
        return f"Discord did not take it; it is tried again in {say_duration(at - outside.clock.now())}"
    return "NO MESSAGE WAS SENT: it is silenced, or the channel's budget is used up"


def _report(outside: Outside, command: Command, sent: int, suppressed: int) -> None:
    """A rollout that waits for the drill's report gets it. The drill does not fail for it."""
    report = Report(
        name=REPORT,
        at=outside.clock.now(),
        result="pass" if sent == 1 and suppressed >= 1 else "fail",
        run=command.interaction_id or outside.ids.new(),
        line=f"{sent} sent, {suppressed} suppressed",
        numbers={"sent": float(sent), "suppressed": float(suppressed)},
        by=command.actor.name,
    )
    try:
        for rollout_id in outside.rollouts.live():
            rollout = outside.rollouts.load(rollout_id)
            if rollout is None:
                continue
            plan = plan_of(outside, rollout)
            gates = [gate for stage in plan.stages for gate in stage.gates]
            if any(isinstance(gate, ReportGate) and gate.report == REPORT for gate in gates):
                outside.reports.put(plan.name, report)
    except SwitchbackError as problem:
        log.warning("the drill was not reported", extra={"problem": str(problem)})
