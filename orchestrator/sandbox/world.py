"""The simulated world: what the signals would measure, by name, how the alarms stand, what probes and jobs answer.

It implements the ports Signals and Targets. Counts are spread evenly over the minutes, so that a world in which nobody
turns a knob measures the same again and again; what was turned counts from then on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct, structs

from orchestrator.core.gates import FreshGate, MembersGate, SustainedGate, Threshold, ThresholdGate
from orchestrator.core.plan import Plan, SignalCondition
from orchestrator.core.signals import (
    MINUTE,
    AlarmReading,
    AlarmState,
    CountSignal,
    LatencySignal,
    Measurement,
    RatioSignal,
    SetSignal,
    Signal,
    ValueSignal,
    Wanted,
    slower_than,
)
from orchestrator.core.simulation.world import slow_share
from orchestrator.core.targets import Call, Reported, Result, Target
from orchestrator.ports import Answer, Clock

TRAFFIC = 120.0
"""Requests a minute until somebody moves the slider."""


class Knobs(Struct, frozen=True, kw_only=True):
    """How one signal behaves. `rate` of a ratio lies between 0 and 1; `value` is a level, a latency, or a count a
    minute; `members` are those of a set."""

    per_minute: float = TRAFFIC
    rate: float = 0.0
    value: float = 0.0
    members: tuple[str, ...] = ()
    silent: bool = False
    broken: bool = False


class UnknownName(ValueError):
    """A signal, alarm or knob that this world does not have. The text names those there are."""


class World:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._signals: dict[str, Signal] = {}
        self._knobs: dict[str, list[tuple[int, Knobs]]] = {}
        self._bounds: dict[str, dict[str, Threshold]] = {}
        self._alarms: dict[str, AlarmReading] = {}
        self._targets: dict[str, tuple[Target, Result]] = {}
        self.changed_at = 0

    def learn(self, plan: Plan) -> None:
        """Give the plan's signals healthy values and its alarms the state OK, unless the world has them already."""
        with self._lock:
            for signal in plan.signals:
                self._signals[signal.name] = signal
                bounds = self._bounds.setdefault(signal.name, {})
                bounds.update(_bounds(plan, signal.name))
                self._knobs.setdefault(signal.name, [(0, _healthy(plan, signal, _of_gates(bounds)))])
            for target in plan.targets:
                self._targets[target.name] = (target, self._targets.get(target.name, (target, "pass"))[1])
            for name in plan.alarms():
                since = self._clock.now() - 3600
                self._alarms.setdefault(name, AlarmReading(name=name, state="OK", since=since))

    # -- the Signals port ------------------------------------------------------------------------------------------

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        with self._lock:
            return {question: self._answer(question) for question in wanted}

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        with self._lock:
            return {name: self._alarms[name] for name in names if name in self._alarms}

    def _answer(self, wanted: Wanted) -> Measurement:
        history = self._knobs.get(wanted.signal.name, [])
        if history and history[-1][1].broken:
            return Measurement(status="error", detail="the sandbox's source for it is broken")
        if isinstance(wanted.signal, SetSignal):
            return Measurement(members=_members(history, wanted.start, wanted.end))
        series: dict[int, float] = {}
        total: dict[int, float] = {}
        for minute in range(wanted.start, wanted.end, MINUTE):
            knobs = _at(history, minute)
            if knobs is None or knobs.silent:
                continue
            number = minute // MINUTE
            if isinstance(wanted.signal, RatioSignal):
                total[minute] = _spread(knobs.per_minute, number)
                bad = _spread(knobs.per_minute * self._bad_share(wanted.signal, knobs), number)
                if bad:
                    series[minute] = min(bad, total[minute])
                if not total[minute]:
                    del total[minute]
            elif isinstance(wanted.signal, CountSignal):
                series[minute] = _spread(knobs.value, number)
            else:
                series[minute] = knobs.value
        return Measurement(series=series, total=total)

    def _bad_share(self, asked: RatioSignal, knobs: Knobs) -> float:
        """The knob of a ratio; of a latency, the share of requests slower than the bound that `asked` is about."""
        named = self._signals[asked.name]
        return slow_share(named, asked, knobs.value) if isinstance(named, LatencySignal) else knobs.rate

    def is_healthy(self, plan: Plan, conditions: Iterable[Threshold]) -> bool:
        """Whether no ratio is over one of these bounds: counts are spread evenly here, so none ever will be."""
        with self._lock:
            return not any(self._is_over(plan, condition) for condition in conditions)

    def _is_over(self, plan: Plan, condition: Threshold) -> bool:
        signal, knobs = plan.signals_by_name[condition.signal], self._knobs[condition.signal][-1][1]
        if knobs.silent or knobs.broken:
            return False
        if isinstance(signal, LatencySignal):
            share = slow_share(signal, slower_than(signal, condition.bound), knobs.value)
            return share > 1 - float(signal.quantile)
        return condition.holds(knobs.rate)

    # -- the Targets port ------------------------------------------------------------------------------------------

    def call(self, call: Call, *, plan: str, stage: str, run: str) -> Answer:
        with self._lock:
            found = [(target, result) for target, result in self._targets.values() if target.call == call]
        if not found or isinstance(call, Reported):
            return Answer(result="error", line="the sandbox has no such target")
        target, result = found[0]
        return Answer(result=result, line=f"{target.name}: as it was set in the sandbox")

    def targets(self) -> list[tuple[Target, Result]]:
        with self._lock:
            return list(self._targets.values())

    def answer_with(self, name: str, result: Result) -> None:
        """What a probe or job answers from now on. Raises UnknownName."""
        with self._lock:
            if name not in self._targets:
                raise UnknownName(f"there is no probe {name}; there is {', '.join(sorted(self._targets)) or 'none'}")
            self._targets[name] = (self._targets[name][0], result)
            self.changed_at = self._clock.now()

    # -- turning the knobs -----------------------------------------------------------------------------------------

    def turn(self, name: str, changes: dict[str, Any]) -> None:
        """Merge into a signal's knobs from now on. Raises UnknownName, ValueError."""
        with self._lock:
            if name not in self._knobs:
                raise UnknownName(f"there is no signal {name}; there is {', '.join(sorted(self._knobs)) or 'none'}")
            history = self._knobs[name]
            knobs = structs.replace(history[-1][1], **_checked(changes))
            now = self._clock.now()
            history.append((now // MINUTE * MINUTE, knobs))
            self.changed_at = now

    def set_alarm(self, name: str, state: AlarmState, since: int) -> None:
        """What DescribeAlarms shows from now on; an alarm nobody has bound becomes known by it too."""
        with self._lock:
            self._alarms[name] = AlarmReading(name=name, state=state, since=since)
            self.changed_at = self._clock.now()

    def touched(self) -> None:
        """Somebody changed something that is not kept here."""
        with self._lock:
            self.changed_at = self._clock.now()

    def signals(self) -> list[tuple[Signal, Knobs, dict[str, Threshold]]]:
        with self._lock:
            return [(self._signals[name], self._knobs[name][-1][1], dict(self._bounds[name])) for name in self._signals]

    def alarm_readings(self) -> list[AlarmReading]:
        with self._lock:
            return list(self._alarms.values())


def _spread(per_minute: float, number: int) -> float:
    """Whole events of minute `number`, so that they add up to the rate over any hour."""
    return float(int((number % 1440 + 1) * per_minute + 1e-9) - int(number % 1440 * per_minute + 1e-9))


def _members(history: list[tuple[int, Knobs]], start: int, end: int) -> tuple[str, ...]:
    """Everything that was a member at any time in [start, end)."""
    seen: dict[str, None] = {}
    for number, (since, knobs) in enumerate(history):
        until = history[number + 1][0] if number + 1 < len(history) else end
        if since < end and until > start and not knobs.silent:
            seen.update(dict.fromkeys(knobs.members))
    return tuple(seen)


def _at(history: list[tuple[int, Knobs]], minute: int) -> Knobs | None:
    found = None
    for since, knobs in history:
        if since > minute:
            break
        found = knobs
    return found


def _bounds(plan: Plan, signal: str) -> dict[str, Threshold]:
    """By what they say; one that several stages have stands here once."""
    found: dict[str, Threshold] = {}
    for gates in (*(stage.gates for stage in plan.stages), plan.watch.gates):
        for gate in gates:
            if isinstance(gate, ThresholdGate | SustainedGate) and gate.condition.signal == signal:
                found[f"gate: {_short(gate.condition)}"] = gate.condition
    for safeguard in plan.safeguards:
        if isinstance(safeguard.when, SignalCondition) and safeguard.when.condition.signal == signal:
            found[f"safeguard: {_short(safeguard.when.condition)}"] = safeguard.when.condition
    return found


def _short(condition: Threshold) -> str:
    """Without the signal's name, under which it stands."""
    return str(condition).removeprefix(condition.signal).strip()


def _of_gates(bounds: dict[str, Threshold]) -> list[Threshold]:
    return [bound for label, bound in bounds.items() if label.startswith("gate:")]


def _healthy(plan: Plan, signal: Signal, bounds: Iterable[Threshold]) -> Knobs:
    """Well inside every bound of a gate: what a quiet day measures."""
    below = [b.bound for b in bounds if b.comparison in ("below", "at_most")]
    above = [b.bound for b in bounds if b.comparison == "at_least"]
    traffic = getattr(signal, "per_minute", 0.0) or TRAFFIC
    match signal:
        case RatioSignal():
            rate = max(above) + (1 - max(above)) / 2 if above else min(below, default=0.005) / 5
            return Knobs(rate=rate, per_minute=traffic)
        case ValueSignal() | LatencySignal():
            value = max(above) * 1.2 if above else round(min(below, default=100.0) * 0.6, 3)
            return Knobs(value=value, per_minute=traffic)
        case SetSignal():
            gates = [gate for stage in plan.stages for gate in stage.gates if isinstance(gate, MembersGate)]
            allowed = next((gate.only for gate in gates if gate.signal == signal.name and gate.only), ("known",))
            return Knobs(members=allowed)
        case CountSignal():
            # Somebody waits for it to be fresh: then it is something that happens all the time.
            every_gate = [*(gate for stage in plan.stages for gate in stage.gates), *plan.watch.gates]
            busy = any(isinstance(gate, FreshGate) and gate.signal == signal.name for gate in every_gate)
            return Knobs(value=10.0 if busy and not below else 0.0)


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for key, value in changes.items():
        if key in ("silent", "broken"):
            if not isinstance(value, bool):
                raise ValueError(f"{key} is true or false, not {value!r}")
            checked[key] = value
        elif key in ("per_minute", "rate", "value"):
            checked[key] = _number(key, value)
        elif key == "members":
            if not isinstance(value, list) or not all(isinstance(member, str) for member in value):
                raise ValueError(f"members is a list of texts, not {value!r}")
            checked[key] = tuple(value)
        else:
            raise UnknownName(f"a signal has per_minute, rate, value, members, silent and broken, not {key}")
    return checked


def _number(key: str, value: Any) -> float:
    """A number, or a percentage as text. A rate lies between 0 and 1."""
    try:
        number = float(value[:-1]) / 100 if isinstance(value, str) and value.endswith("%") else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{key} is a number or a percentage, not {value!r}") from None
    if not 0 <= number <= (1 if key == "rate" else 1e9):
        raise ValueError(f"{key} is out of range: {value!r}")
    return number
