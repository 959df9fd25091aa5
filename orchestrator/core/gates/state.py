"""`{state: flags, are: {FLAG: value}}` and `{state: alarms, quiet: 24h}`: how things stand now."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates.scope import Scope
from orchestrator.core.signals import AlarmReading
from orchestrator.core.verdicts import Verdict


class FlagsGate(Struct, frozen=True, kw_only=True, tag="flags"):
    """These flags hold these values for everybody, as SSM returns them."""

    values: tuple[tuple[str, str], ...]

    @property
    def label(self) -> str:
        return f"flags {', '.join(f'{name}={value}' for name, value in self.values)}"


class AlarmsGate(Struct, frozen=True, kw_only=True, tag="alarms"):
    """These alarms (none named: every alarm of the plan) are OK, and have been for `quiet` seconds."""

    names: tuple[str, ...] = ()
    quiet: int = 0

    @property
    def label(self) -> str:
        which = ", ".join(self.names) or "all alarms"
        return f"{which} quiet{f' for {say_duration(self.quiet)}' if self.quiet else ''}"


def judge_flags(gate: FlagsGate, scope: Scope) -> Verdict:
    unread = [name for name, _ in gate.values if name not in scope.flags]
    if unread:
        line = f"{', '.join(unread)} cannot be read from SSM"
        return Verdict(gate=gate.label, outcome="error", line=line)
    wrong = []
    for name, value in gate.values:
        setting = scope.flags[name]
        if setting is None:
            wrong.append(f"{name} holds a text that is no value of it, {value} is wanted")
        elif not setting.is_plain or setting.value != value:
            wrong.append(f"{name} is {setting}, {value} is wanted")
    k, n = len(gate.values) - len(wrong), len(gate.values)
    if wrong:
        return Verdict(gate=gate.label, outcome="fail", line="; ".join(wrong), k=k, n=n)
    said = ", ".join(f"{name} is {value}" for name, value in gate.values)
    return Verdict(gate=gate.label, outcome="pass", line=said, k=k, n=n)


def judge_alarms(gate: AlarmsGate, scope: Scope) -> Verdict:
    """The worst of the alarms decides: unknown, firing, without data, quiet for too short a time."""
    names = gate.names or tuple(scope.alarms)
    if not scope.alarms_read:
        return Verdict(gate=gate.label, outcome="error", line="the alarms cannot be read")
    missing = [name for name in names if name not in scope.alarms]
    if missing:
        return Verdict(gate=gate.label, outcome="error", line=f"alarm {', '.join(missing)} does not exist")
    if not names:
        return Verdict(gate=gate.label, outcome="no_data", line="no alarm is bound, so that none can be quiet")
    readings = [scope.alarms[name] for name in names]
    if firing := [reading for reading in readings if reading.state == "ALARM"]:
        return Verdict(gate=gate.label, outcome="fail", line=_states(firing, scope.now))
    if unknown := [reading for reading in readings if reading.state != "OK"]:
        return Verdict(gate=gate.label, outcome="no_data", line=_states(unknown, scope.now))
    youngest = max(readings, key=lambda reading: reading.since)
    left = gate.quiet - (scope.now - youngest.since)
    if left > 0:
        line = f"{_states([youngest], scope.now)}; {say_duration(left)} to go"
        return Verdict(gate=gate.label, outcome="waiting", line=line, wait=left)
    line = f"{len(names)} OK, the last one for {say_duration(scope.now - youngest.since)}"
    return Verdict(gate=gate.label, outcome="pass", line=line, k=len(names), n=len(names))


def _states(readings: list[AlarmReading], now: int) -> str:
    return ", ".join(f"{alarm.name} in {alarm.state} for {say_duration(now - alarm.since)}" for alarm in readings)
