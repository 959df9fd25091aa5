"""What is asked of the sources, and what their answers hold, minute by minute.

A minute without data is absent, never zero. What came back outside of the minutes asked for is not looked at, nor is a
number that is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from orchestrator.core.durations import say_duration
from orchestrator.core.gates.scope import Scope
from orchestrator.core.signals import (
    MINUTE,
    LatencySignal,
    Measurement,
    RatioSignal,
    Signal,
    Wanted,
    newest_end,
    slower_than,
    window,
)
from orchestrator.core.statistics import Minute
from orchestrator.core.verdicts import Verdict


def first_minute(scope: Scope) -> int:
    """The first whole minute of the evidence."""
    return -(-scope.since // MINUTE) * MINUTE


def newest(signal: Signal, scope: Scope, length: int) -> Wanted | None:
    """The newest `length` seconds of the signal that lie where evidence counts; None while there is no such minute."""
    start, end = window(signal, scope.now, length, since=scope.since)
    return Wanted(signal=signal, start=start, end=end) if start < end else None


def together(one: Signal, other: Signal, scope: Scope, length: int) -> tuple[Wanted, Wanted] | None:
    """The newest `length` seconds of two signals that are judged against each other: the same minutes of both."""
    end = min(newest_end(one, scope.now), newest_end(other, scope.now))
    start = max(end - length, first_minute(scope))
    if start >= end:
        return None
    return Wanted(signal=one, start=start, end=end), Wanted(signal=other, start=start, end=end)


def presence(signal: Signal) -> Signal:
    """What is asked to learn in which minutes the signal has any data."""
    if not isinstance(signal, LatencySignal):
        return signal
    every_one = slower_than(signal, 1.0).total
    return RatioSignal(name=signal.name, bad=every_one, total=every_one)


def unanswered(gate: str, scope: Scope, asked: Sequence[Wanted]) -> Verdict | None:
    """The verdict where a question has no answer, or a broken source; None when all have one. Broken comes first."""
    answers = [(question.signal.name, scope.answers.get(question)) for question in asked]
    for name, answer in answers:
        if answer is not None and answer.status == "error":
            why = answer.detail or "the source is broken"
            return Verdict(gate=gate, outcome="error", line=f"{name}: cannot be measured, {why}")
    for name, answer in answers:
        if answer is None or answer.status == "pending":
            return Verdict(gate=gate, outcome="waiting", line=f"{name}: the source has not answered yet")
    return None


def unmeasured(gate: str, name: str, asked: Wanted | None, length: int) -> Verdict | None:
    """The verdict while less than `length` seconds could be measured where evidence counts; None when all of it can."""
    measured = asked.end - asked.start if asked is not None else 0
    if measured >= length:
        return None
    left = length - measured
    return Verdict(
        gate=gate,
        outcome="waiting",
        line=f"{name}: {measured // MINUTE} of {length // MINUTE} minutes measured here, {say_duration(left)} to go",
        wait=left,
    )


def answer_to(scope: Scope, asked: Wanted) -> Measurement:
    """The answer of a question that was found to have one."""
    return scope.answers[asked]


def values(asked: Wanted, answer: Measurement) -> dict[int, float]:
    """Minute to figure, of those asked for; for a ratio all events."""
    series = answer.total if isinstance(asked.signal, RatioSignal) else answer.series
    return {at: value for at, value in series.items() if asked.start <= at < asked.end and isfinite(value)}


def minutes(asked: Wanted, answer: Measurement) -> Iterator[tuple[int, Minute]]:
    """Each minute asked for, in order, with bad events and all events as whole numbers; (0, 0) where it is silent.

    A load balancer publishes no zero: bad events absent while there are requests are none; bad events without requests
    are not counted.
    """
    totals = values(asked, answer)
    for at in range(asked.start, asked.end, MINUTE):
        n = max(0, round(totals.get(at, 0.0)))
        bad = answer.series.get(at, 0.0)
        yield at, (min(n, max(0, round(bad))) if isfinite(bad) else 0, n)


def counts(asked: Wanted, answer: Measurement) -> Minute:
    """Bad events and all events of the whole window; as in `minutes`, but rounded only once."""
    totals = values(asked, answer)
    n = max(0, round(sum(totals.values())))
    bad = (value for at, value in answer.series.items() if at in totals and isfinite(value))
    return min(n, max(0, round(sum(bad)))), n


def say_share(k: float, n: float) -> str:
    return f"{100 * k / n:.3g}%"
