"""An alarm changes: the shortest way from CloudWatch to a flag that is off, and the way that needs SSM alone."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from orchestrator import notify, perform
from orchestrator.app.looking import read_alarms
from orchestrator.app.moving import Outcome, move, plan_of
from orchestrator.app.own_traces import shown
from orchestrator.app.standing import NOTHING, standing_plan
from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.commands import Command
from orchestrator.core.exposure import plain, reading
from orchestrator.core.facts import Written
from orchestrator.core.plan import AlarmCondition, Safeguard, SetFlags
from orchestrator.core.rollout import STANDING
from orchestrator.core.signals import AlarmReading
from orchestrator.core.wording import a_drill, own_alarm, reads
from orchestrator.ports import Binding, Outside, Refused, SwitchbackError, Unavailable
from orchestrator.telemetry.logs import get_logger

log = get_logger()

OWN_ALARM, DRILL = "own-alarm", "drill"

WARNINGS = ("-slow", "-flood", "-waiting", "-throttles", "-refused-requests")
"""How alarms of the stack end that warn; all others say that something does not work."""

UNDER_NO_ALARM = ("promote", "skip", "resume")
"""What a standing safeguard's alarm forbids on a rollout that owns its flag; a start is refused by its own faults."""


class NotEverywhere(Unavailable):
    """An alarm could not be handled for every binding. `outcomes` are what was done for the others."""

    def __init__(self, why: str, outcomes: list[Outcome]) -> None:
        super().__init__(why)
        self.outcomes = outcomes


def on_alarm(outside: Outside, alarm: AlarmReading, *, trace_id: str = "") -> list[Outcome]:
    """Act wherever this alarm is bound; an alarm that nothing is bound to is not an error.

    Whatever keeps one binding from going through the state, its safe values go to SSM without it, and the others go on.
    Raises Unavailable when not even SSM answers: Lambda tries again, and the ticks compare alarms with flags. It is
    NotEverywhere where that concerns some bindings alone.
    """
    bound = sorted(outside.armed.bindings(alarm.name), key=lambda binding: binding.owner == STANDING)
    if not bound:
        return _of_the_bot_itself(outside, alarm)
    outcomes: list[Outcome] = []
    failed: Exception | None = None
    with perform.flags_first():
        for binding in bound:
            try:
                outcomes.extend(_act(outside, binding, alarm, trace_id))
            except Exception as problem:  # a fault of ours in one of them is no reason to leave a flag on
                if not isinstance(problem, SwitchbackError):
                    log.error("a fault of ours", exc_info=problem)
                if alarm.state != "ALARM" or not binding.values:
                    failed = problem
                    continue
                try:
                    outcomes.append(_without_the_table(outside, binding, alarm, problem))
                except SwitchbackError as worse:
                    failed = worse
    if failed is not None:
        raise NotEverywhere(shown(failed), outcomes) from failed
    return outcomes


def _of_the_bot_itself(outside: Outside, alarm: AlarmReading) -> list[Outcome]:
    """The stack's own alarms are bound to no flag: each change of state is one event of an alert. Raises what kept it
    from being counted: Lambda tries again."""
    mine = f"{outside.app_name}-{outside.environment}-"
    if not alarm.name.startswith(mine) or alarm.state == "INSUFFICIENT_DATA":
        return []
    now = outside.clock.now()
    firing = alarm.state == "ALARM"
    drill = alarm.name == drill_alarm(outside)
    event = AlertEvent(
        rule=DRILL if drill else OWN_ALARM,
        service=alarm.name,
        severity="warning" if drill or alarm.name.endswith(WARNINGS) else "critical",
        notice=(
            a_drill(outside.environment, alarm.name, alarm.state, now)
            if drill
            else own_alarm(outside.environment, alarm.name, alarm.state, now, alarm.reason)
        ),
        # When it changed, and not when that arrived: Lambda may bring the end first.
        at=alarm.since or now,
        firing=firing,
        alarm=alarm.name,
        # CloudWatch itself tells the topic: the alarm has it as an action.
        known_by=("sns",),
    )
    notify.raise_alert(outside, event, f"own:{alarm.name}:{alarm.state}:{alarm.since}")
    return [Outcome(kind="told", reason=f"{alarm.name} is {alarm.state}")]


def drill_alarm(outside: Outside) -> str:
    """The alarm that no stack has: `/alerts drill` makes it up."""
    return f"{outside.app_name}-{outside.environment}-drill"


def drill_key(outside: Outside) -> str:
    """The group of the drill's alert."""
    name = drill_alarm(outside)
    notice = a_drill(outside.environment, name, "ALARM", 0)
    event = AlertEvent(rule=DRILL, service=name, severity="warning", notice=notice, at=0)
    return outside.alert_policy.group_key(event, outside.environment)


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


def catch_up(outside: Outside, *, trace_id: str = "") -> list[Outcome]:
    """What a tick finds: a standing alarm in ALARM, whose event never arrived, over a flag that a rollout owns."""
    standing = outside.rollouts.load(STANDING)
    plan = plan_of(outside, standing) if standing is not None else NOTHING
    if not outside.rollouts.owners(flag for guard in plan.safeguards for flag, _ in _sets(guard)):
        return []
    readings, _ = read_alarms(outside, plan)
    firing = [reading for reading in readings.values() if reading.state == "ALARM"]
    return [outcome for reading in firing for outcome in _in_rollouts(outside, reading, trace_id)]


def standing_in_alarm(outside: Outside, flags: Iterable[str]) -> str:
    """Why a standing safeguard forbids turning these flags on: its alarm is in ALARM. Empty when none does."""
    standing = outside.rollouts.load(STANDING)
    plan = plan_of(outside, standing) if standing is not None else NOTHING
    readings, _ = read_alarms(outside, plan)
    wanted = set(flags)
    against = {
        guard.when.name: flag
        for guard in plan.safeguards
        if isinstance(guard.when, AlarmCondition)
        for flag, _ in _sets(guard)
        if flag in wanted and guard.when.name in readings and readings[guard.when.name].state == "ALARM"
    }
    return "; ".join(f"alarm {alarm} is in ALARM and keeps {flag} safe" for alarm, flag in against.items())


def _in_rollouts(outside: Outside, alarm: AlarmReading, trace_id: str) -> list[Outcome]:
    """A standing safeguard over a flag that a rollout owns: that rollout is asked to keep it safe."""
    standing = outside.rollouts.load(STANDING)
    assert standing is not None
    wanted = {
        flag: value
        for guard in plan_of(outside, standing).safeguards
        if isinstance(guard.when, AlarmCondition) and guard.when.name == alarm.name
        for flag, value in _sets(guard)
    }
    outcomes = []
    for flag, owner in outside.rollouts.owners(wanted).items():
        rollout = outside.rollouts.load(owner)
        if rollout is None or alarm.since < max(rollout.started_at, rollout.resumed_at):
            continue
        state = rollout.flags.get(flag)
        # The plan names the plain value; what is kept may be the same as a definition.
        if state is not None and (state.kept is None or reading(state.kept) != plain(wanted[flag])):
            command = Command(
                verb="set_flag",
                target=flag,
                actor=SWITCHBACK,
                reason=f"{alarm.name} went to ALARM",
                args={"value": wanted[flag]},
            )
            outcomes.append(move(outside, owner, command, trace_id=trace_id))
    return outcomes


def _sets(guard: Safeguard) -> tuple[tuple[str, str], ...]:
    """What it sets for good: nothing where it is only tried out."""
    return guard.action.values if isinstance(guard.action, SetFlags) and not guard.dry_run else ()


def _without_the_table(outside: Outside, binding: Binding, alarm: AlarmReading, problem: Exception) -> Outcome:
    """Off wins: safe values go to SSM now, and the next tick that can reach the table adopts them."""
    started = outside.clock.now_ms()
    written = perform.emergency_write(outside, binding.values, owner=binding.owner, alarm=alarm.name)
    why = f"its rollout could not be moved in the table ({shown(problem)})"
    reason = f"{alarm.name} went to ALARM and {why}; safe values went straight to SSM"
    with suppress(Unavailable, Refused):  # the flags are what matters; the next tick tells the channel
        outside.pager.page(
            f"Switchback {outside.environment}: {alarm.name} acted without the table", reason + "\n\n" + _said(written)
        )
    if not all(report.proven for report in written):
        raise Unavailable(f"{alarm.name}: not every safe value could be read back")
    return Outcome(kind="emergency", reason=reason, written=written, ms=outside.clock.now_ms() - started)


def _said(written: tuple[Written, ...]) -> str:
    return "\n".join(
        f"{report.flag}: {reads(report.old) if report.old else 'absent'} -> {reads(report.wanted)} "
        f"({'read back' if report.proven else 'NOT read back'})"
        for report in written
    )
