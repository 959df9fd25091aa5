"""`{signal: NAME, below: BOUND, for: 24h}`: the condition holds in every look across the whole time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct, structs

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking, conditions, rates
from orchestrator.core.gates.rates import Rate
from orchestrator.core.gates.scope import Scope
from orchestrator.core.gates.threshold import Threshold
from orchestrator.core.signals import MINUTE, Measurement, Signal, Wanted
from orchestrator.core.statistics import Minute
from orchestrator.core.verdicts import Outcome, Verdict

MOST_MISSING = 10
"""More than one look in so many without data, and the others show nothing of the whole."""

Look = Literal["kept", "broken", "missing"]


class SustainedGate(Struct, frozen=True, kw_only=True, tag="sustained"):
    """`condition.window` is one look (5 minutes for ratios, 1 for values and counts); at most `condition.allow` of the
    looks within the newest `length` seconds, a whole number of them, may break it."""

    condition: Threshold
    length: int
    dry_run: bool = False

    @property
    def label(self) -> str:
        return f"{self.condition} for {say_duration(self.length)}"


def wanted(gate: SustainedGate, scope: Scope) -> tuple[Wanted, ...]:
    signal, rate = _measured(gate, scope)
    asked = asking.newest(rate.signal if rate else signal, scope, gate.length)
    return (asked, *conditions.alive(gate.condition, asked, scope)) if asked else ()


def judge(gate: SustainedGate, scope: Scope) -> Verdict:
    condition = gate.condition
    signal, rate = _measured(gate, scope)
    asked = asking.newest(rate.signal if rate else signal, scope, gate.length)
    missing = asking.unanswered(gate.label, scope, wanted(gate, scope))
    missing = missing or asking.unmeasured(gate.label, condition.signal, asked, gate.length)
    if missing is not None or asked is None:
        return missing or _says(gate, "waiting", "nothing measured here yet")
    answer = asking.answer_to(scope, asked)
    if rate is not None:
        looks = [_rate_look(condition, rate, minute) for minute in _counts(condition, asked, answer)]
        return _judge(gate, looks, rate, asking.counts(asked, answer))
    points = asking.values(asked, answer)
    if condition.judge == "sum":
        points = {**conditions.zeros(condition, asked, scope), **points}
    return _judge(gate, [_look(condition, look) for look in _values(condition, asked, points)], None, (0, 0))


def _measured(gate: SustainedGate, scope: Scope) -> tuple[Signal, Rate | None]:
    signal = scope.signals[gate.condition.signal]
    return signal, rates.rate_of(gate.condition, signal, is_good=True)


def _counts(condition: Threshold, asked: Wanted, answer: Measurement) -> Iterator[Minute]:
    """The counts of each look, oldest first."""
    by_minute = list(asking.minutes(asked, answer))
    size = max(1, condition.window // MINUTE)
    for start in range(0, len(by_minute), size):
        look = [minute for _, minute in by_minute[start : start + size]]
        yield sum(k for k, _ in look), sum(n for _, n in look)


def _values(condition: Threshold, asked: Wanted, points: Mapping[int, float]) -> Iterator[list[float]]:
    """The figures of each look, as in `_counts`."""
    size = max(MINUTE, condition.window)
    for start in range(asked.start, asked.end, size):
        yield [points[at] for at in range(start, start + size, MINUTE) if at in points]


def _rate_look(condition: Threshold, rate: Rate, minute: Minute) -> Look:
    if minute[1] == 0:
        return "missing"
    if condition.judge == "point":
        is_over = minute[1] >= condition.least and rates.is_over_plainly(condition, rate, minute)
    else:
        is_over = rates.is_refuted(rate, minute)
    return "broken" if is_over else "kept"


def _look(condition: Threshold, look: list[float]) -> Look:
    if not look:
        return "missing"
    held = condition.holds(sum(look)) if condition.judge == "sum" else all(map(condition.holds, look))
    return "kept" if held else "broken"


def _judge(gate: SustainedGate, looks: list[Look], rate: Rate | None, minute: Minute) -> Verdict:
    condition = gate.condition
    every = say_duration(max(MINUTE, condition.window))
    broken, missing = looks.count("broken"), looks.count("missing")
    if missing == len(looks):
        return _says(gate, "no_data", f"no data in {say_duration(gate.length)}; zero and silence are not the same")
    line = f"{broken} of {len(looks)} looks of {every} broke {condition.words}, {condition.allow} may"
    if rate is not None and minute[1]:
        line = f"{rate.seen(*minute, gate.length)}; {line}"
    if broken > condition.allow:
        return _says(gate, "fail", line, minute)
    if missing * MOST_MISSING > len(looks):
        return _says(gate, "insufficient", f"{line}; {missing} had no data", minute)
    if rate is None:
        return _says(gate, "pass", line, minute)
    outcome, why, more = rates.decide(condition, rate, minute, gate.length)
    return _says(gate, outcome, f"{line}; {why}", minute, more)


def _says(
    gate: SustainedGate, outcome: Outcome, line: str, minute: Minute = (0, 0), more: int | None = None
) -> Verdict:
    said = gate.condition.says(outcome, line, *(minute if minute[1] else ()), more=more)
    return structs.replace(said, gate=gate.label)
