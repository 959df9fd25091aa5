"""An alarm changes: the shortest way from CloudWatch to a flag that is off, and the way that needs SSM alone."""

from __future__ import annotations

from contextlib import suppress

from orchestrator import perform
from orchestrator.app.moving import Outcome, move, plan_of
from orchestrator.app.standing import standing_plan
from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.commands import Command
from orchestrator.core.facts import Written
from orchestrator.core.plan import AlarmCondition, SetFlags
from orchestrator.core.rollout import STANDING
from orchestrator.core.signals import AlarmReading
from orchestrator.core.wording import own_alarm
from orchestrator.ports import Binding, Outside, Refused, SwitchbackError, Unavailable


def on_alarm(outside: Outside, alarm: AlarmReading, *, trace_id: str = "") -> list[Outcome]:
    """Act wherever this alarm is bound; an alarm that nothing is bound to is not an error.

    Whatever keeps one binding from going through the state, its safe values go to SSM without it, and the others go on.
    Raises Unavailable when not even SSM answers: Lambda tries again, and the ticks compare alarms with flags.
    """
    bound = sorted(outside.armed.bindings(alarm.name), key=lambda binding: binding.owner == STANDING)
    if not bound:
        return _of_the_bot_itself(outside, alarm)
    outcomes: list[Outcome] = []
    failed: SwitchbackError | None = None
    for binding in bound:
        try:
            outcomes.extend(_act(outside, binding, alarm, trace_id))
        except SwitchbackError as problem:
            if alarm.state != "ALARM":
                failed = problem
                continue
            try:
                outcomes.append(_without_the_table(outside, binding, alarm))
            except SwitchbackError as worse:
                failed = worse
    if failed is not None:
        raise failed
    return outcomes


def _of_the_bot_itself(outside: Outside, alarm: AlarmReading) -> list[Outcome]:
    """The stack's own alarms are bound to no flag: they are told, once for each change of state."""
    mine = f"{outside.app_name}-{outside.environment}-"
    if not alarm.name.startswith(mine) or alarm.state == "INSUFFICIENT_DATA":
        return []
    if outside.rollouts.raise_alert(
        f"own:{alarm.name}:{alarm.state}:{alarm.since}", outside.ids.new(), outside.clock.now(), 3600
    ):
        notice = own_alarm(outside.environment, alarm.name, alarm.state, outside.clock.now())
        outside.channel.post(
            perform.alert_channel(outside, "alerts"), notice, key=f"{alarm.since}{alarm.name[-12:]}"[:25]
        )
    return [Outcome(kind="told", reason=f"{alarm.name} is {alarm.state}")]


def _act(outside: Outside, binding: Binding, alarm: AlarmReading, trace_id: str) -> list[Outcome]:
    if binding.owner != STANDING:
        return [move(outside, binding.owner, alarm, trace_id=trace_id)]
    standing = outside.rollouts.load(STANDING)
    if standing is None:
        return [Outcome(kind="hold", reason=f"{alarm.name} is armed, but there is no standing set")]
    outcomes = [move(outside, STANDING, alarm, trace_id=trace_id, plan=standing_plan(outside, standing))]
    if alarm.state == "ALARM":
        outcomes.extend(_in_rollouts(outside, alarm, trace_id))
    return outcomes


def _in_rollouts(outside: Outside, alarm: AlarmReading, trace_id: str) -> list[Outcome]:
    """A standing safeguard over a flag that a rollout owns: that rollout is asked to keep it safe."""
    standing = outside.rollouts.load(STANDING)
    assert standing is not None
    wanted = {
        flag: value
        for guard in plan_of(outside, standing).safeguards
        if isinstance(guard.when, AlarmCondition) and guard.when.name == alarm.name
        if isinstance(guard.action, SetFlags)
        for flag, value in guard.action.values
    }
    outcomes = []
    for flag, owner in outside.rollouts.owners(wanted).items():
        rollout = outside.rollouts.load(owner)
        if rollout is None or alarm.since < rollout.resumed_at:
            continue
        if flag in rollout.flags and rollout.flags[flag].kept != wanted[flag]:
            command = Command(
                verb="set_flag",
                target=flag,
                actor=SWITCHBACK,
                reason=f"{alarm.name} went to ALARM",
                args={"value": wanted[flag]},
            )
            outcomes.append(move(outside, owner, command, trace_id=trace_id))
    return outcomes


def _without_the_table(outside: Outside, binding: Binding, alarm: AlarmReading) -> Outcome:
    """Off wins: safe values go to SSM now, and the next tick that can reach the table adopts them."""
    started = outside.clock.now_ms()
    written = perform.emergency_write(outside, binding.values, owner=binding.owner, alarm=alarm.name)
    reason = f"{alarm.name} went to ALARM while the table was down; safe values went straight to SSM"
    with suppress(Unavailable, Refused):  # the flags are what matters; the next tick tells the channel
        outside.pager.page(
            f"Switchback {outside.environment}: {alarm.name} acted without the table", reason + "\n\n" + _said(written)
        )
    if not all(report.proven for report in written):
        raise Unavailable(f"{alarm.name}: not every safe value could be read back")
    return Outcome(kind="emergency", reason=reason, written=written, ms=outside.clock.now_ms() - started)


def _said(written: tuple[Written, ...]) -> str:
    return "\n".join(
        f"{report.flag}: {report.old} -> {report.wanted} ({'read back' if report.proven else 'NOT read back'})"
        for report in written
    )
