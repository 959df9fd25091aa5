"""Whether the signals of a plan are there: their series exist, and the last hour can be measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from orchestrator.adapters.catalogue import Catalogue
from orchestrator.core.gates import Threshold
from orchestrator.core.plan import Plan, SignalCondition
from orchestrator.core.signals import (
    LatencySignal,
    Measurement,
    SetSignal,
    Signal,
    Wanted,
    newest_end,
    slower_than,
)
from orchestrator.ports import Clock, Signals

HOUR = 3600
PATIENCE = 600
"""Seconds that a pending answer is waited for: a query over many logs takes its time."""


class Place(Protocol):
    """What is needed of the outside."""

    @property
    def signals(self) -> Signals: ...

    @property
    def clock(self) -> Clock: ...


def faults_of(plan: Plan, catalogue: Catalogue, place: Place) -> Iterator[tuple[Signal, str]]:
    """Each fault with the signal it belongs to, as `what is wrong; what would be right`."""
    now = place.clock.now()
    missing = {signal: catalogue.check(signal, now) for signal in plan.signals}
    for signal, faults in missing.items():
        yield from ((signal, fault) for fault in faults)
    there = {
        asked: signal for signal, faults in missing.items() if not faults for asked in [_last_hour(plan, signal, now)]
    }
    for asked, answer in answered(place, list(there)).items():
        if fault := _unmeasured(there[asked], answer):
            yield there[asked], fault


def answered(place: Place, wanted: Sequence[Wanted]) -> dict[Wanted, Measurement]:
    """What the sources answer; what is pending is waited for, and is an error when it takes too long."""
    found = place.signals.measure(wanted, place.clock.now()) if wanted else {}
    until = place.clock.now() + PATIENCE
    while pending := [asked for asked, answer in found.items() if answer.status == "pending"]:
        if place.clock.now() >= until:
            return found | dict.fromkeys(pending, Measurement(status="error", detail=f"no answer in {PATIENCE} s"))
        place.clock.sleep(2)
        found |= place.signals.measure(pending, place.clock.now())
    return found


def _last_hour(plan: Plan, signal: Signal, now: int) -> Wanted:
    """A latency is asked with a bound of the plan's, since that is how it will be asked."""
    end = newest_end(signal, now)
    asked: Signal = signal
    if isinstance(signal, LatencySignal):
        asked = slower_than(signal, next(_bounds(plan, signal.name), 1.0))
    return Wanted(signal=asked, start=end - HOUR, end=end)


def _bounds(plan: Plan, signal: str) -> Iterator[float]:
    gates = [gate for stage in plan.stages for gate in stage.gates] + list(plan.watch.gates)
    conditions = [getattr(gate, "condition", None) for gate in gates]
    conditions += [s.when.condition for s in plan.safeguards if isinstance(s.when, SignalCondition)]
    for condition in conditions:
        if isinstance(condition, Threshold) and condition.signal == signal:
            yield condition.bound


def _unmeasured(signal: Signal, answer: Measurement) -> str:
    if answer.status == "error":
        return f"{signal.name} cannot be measured ({answer.detail}); mend its source"
    is_there = answer.members if isinstance(signal, SetSignal) else answer.series or answer.total
    if not is_there:
        return f"{signal.name} has had no data for an hour; a gate on it would hold until there is some"
    return ""
