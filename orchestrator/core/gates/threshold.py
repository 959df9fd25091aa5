"""`{signal: NAME, below: BOUND, window: 30m}`: a signal against a bound over the newest whole window.

Ratios are judged by exact bounds on the rate, so that three requests with one error are neither a pass nor a fail.
Counts are summed. Levels must hold in every minute of the window. No data, too little data and a broken source are
three answers of their own.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from orchestrator.core import binomial
from orchestrator.core.durations import say_duration
from orchestrator.core.signals import MINUTE, Measurement, RatioSignal, Signal, ValueSignal, Wanted, window
from orchestrator.core.verdicts import Outcome, Verdict

Comparison = Literal["below", "above", "at_most", "at_least"]

LEAST_BAD = 2
"""One bad event shows nothing, however few the requests: at night each failure alone would be over any bound."""

_WORDS = {"below": "below", "above": "above", "at_most": "at most", "at_least": "at least"}


class Threshold(Struct, frozen=True, kw_only=True):
    """A condition on one signal. `limit` is the bound's exact decimal text (0.005 for 0.5 %), `said` as written."""

    signal: str
    comparison: Comparison
    limit: str
    said: str
    window: int = 1800

    @property
    def bound(self) -> float:
        return float(self.limit)

    def __str__(self) -> str:
        return f"{self.signal} {_WORDS[self.comparison]} {self.said}"

    def holds(self, value: float) -> bool:
        match self.comparison:
            case "below":
                return value < self.bound
            case "above":
                return value > self.bound
            case "at_most":
                return value <= self.bound
            case "at_least":
                return value >= self.bound


class ThresholdGate(Struct, frozen=True, kw_only=True, tag="threshold"):
    """Passes when the condition held over one whole window that lies inside the stage."""

    condition: Threshold

    @property
    def label(self) -> str:
        return str(self.condition)


def question(condition: Threshold, signal: Signal, now: int, *, since: int) -> Wanted:
    start, end = window(now, condition.window, since=since)
    return Wanted(signal=signal, start=start, end=end)


def judge_threshold(condition: Threshold, asked: Wanted, answer: Measurement | None) -> Verdict:
    """The verdict on `answer` to `asked`; without an answer, or with a broken source, nothing is decided."""
    label = str(condition)
    if answer is None or answer.status == "pending":
        return Verdict(gate=label, outcome="waiting", line=f"{condition.signal}: the source has not answered yet")
    if answer.status == "error":
        return Verdict(
            gate=label, outcome="error", line=f"{condition.signal}: {answer.detail or 'the source is broken'}"
        )
    minutes = max(0, (asked.end - asked.start) // MINUTE)
    needed = condition.window // MINUTE
    if minutes < needed:
        left = (needed - minutes) * MINUTE
        return Verdict(
            gate=label,
            outcome="waiting",
            line=f"{condition.signal}: {minutes} of {needed} minutes measured here, {say_duration(left)} to go",
        )
    if isinstance(asked.signal, RatioSignal):
        return _judge_ratio(condition, asked, answer)
    return _judge_level(condition, asked, answer)


def _counts(asked: Wanted, answer: Measurement) -> tuple[int, int]:
    """Bad events and all events of the window. A load balancer publishes no zero: bad events absent while requests are
    present are none; bad events without requests are not counted."""
    total = {minute: count for minute, count in answer.total.items() if asked.start <= minute < asked.end}
    n = round(sum(total.values()))
    return min(n, round(sum(count for minute, count in answer.series.items() if minute in total))), n


def _judge_ratio(condition: Threshold, asked: Wanted, answer: Measurement) -> Verdict:
    k, n = _counts(asked, answer)
    over = say_duration(condition.window)
    if n == 0:
        return _verdict(condition, "no_data", f"{condition.signal}: no requests in {over}; nothing can be said", k, n)
    low, high = binomial.lower_bound(k, n), binomial.upper_bound(k, n)
    seen = f"{condition.signal}: {k:,} of {n:,} in {over} ({k / n:.2%})"
    if condition.comparison in ("below", "at_most"):
        proven, refuted = high <= condition.bound, low > condition.bound and k >= LEAST_BAD
    else:
        proven, refuted = low >= condition.bound, high < condition.bound and n - k >= LEAST_BAD
    if proven:
        return _verdict(condition, "pass", f"{seen}; {_limit(condition)} is shown", k, n)
    if refuted:
        return _verdict(condition, "fail", f"{seen}; {_limit(condition)} is not kept", k, n)
    return _verdict(
        condition, "insufficient", f"{seen}; too few to show {_limit(condition)}{_how_many(condition, k, n)}", k, n
    )


def _how_many(condition: Threshold, k: int, n: int) -> str:
    """How many requests would decide it at the rate seen; nothing when no number would."""
    if not condition.holds(k / n):
        return ", and over it if anything"
    size = n
    while size < 10_000_000:
        size *= 2
        bad = round(k / n * size)
        if condition.comparison in ("below", "at_most"):
            if binomial.upper_bound(bad, size) <= condition.bound:
                break
        elif binomial.lower_bound(bad, size) >= condition.bound:
            break
    else:
        return ""
    return f", about {max(size - n, binomial.clean_sample(condition.bound) - n):,} more needed"


def _judge_level(condition: Threshold, asked: Wanted, answer: Measurement) -> Verdict:
    points = [value for minute, value in answer.series.items() if asked.start <= minute < asked.end]
    over = say_duration(condition.window)
    if not points:
        return _verdict(
            condition, "no_data", f"{condition.signal}: no data in {over}; zero and silence are not the same"
        )
    needed = max(1, condition.window // MINUTE // 2)
    if not isinstance(asked.signal, ValueSignal):
        total = sum(points)
        seen = f"{condition.signal}: {total:g} in {over}"
        held = condition.holds(total)
        # More events can only raise the sum: only what they could still change needs the other minutes.
        if held != (condition.comparison in ("above", "at_least")) and len(points) < needed:
            line = f"{seen}, but only {len(points)} minutes have data; at least {needed} are needed"
            return _verdict(condition, "insufficient", line, round(total))
        kept = "is kept" if held else "is not kept"
        return _verdict(condition, "pass" if held else "fail", f"{seen}; {_limit(condition)} {kept}", round(total))
    unit = f" {asked.signal.unit}" if asked.signal.unit else ""
    worst = max(points) if condition.comparison in ("below", "at_most") else min(points)
    good = sum(condition.holds(value) for value in points)
    kept = f"{good} of {len(points)} minutes {_limit(condition)}"
    seen = f"{condition.signal}: {kept}, worst {worst:g}{unit}"
    if good < len(points):
        return _verdict(condition, "fail", f"{seen}; it must hold in every minute of {over}", good, len(points))
    if len(points) < needed:
        return _verdict(condition, "insufficient", f"{seen}; at least {needed} minutes are needed", good, len(points))
    return _verdict(condition, "pass", seen, good, len(points))


def _limit(condition: Threshold) -> str:
    return f"{_WORDS[condition.comparison]} {condition.said}"


def _verdict(condition: Threshold, outcome: Outcome, line: str, k: int | None = None, n: int | None = None) -> Verdict:
    return Verdict(gate=str(condition), outcome=outcome, line=line, k=k, n=n, bound=condition.said)


def judge_breach(condition: Threshold, asked: Wanted, answer: Measurement | None) -> Verdict:
    """A safeguard's question: is the condition met on what has been measured? `fail` says that it is; whatever cannot
    be said is not a breach. A ratio must be over it by its exact bound, a level in every minute of the window."""
    if answer is None or answer.status != "ok":
        outcome: Outcome = "error" if answer is not None and answer.status == "error" else "waiting"
        return _verdict(condition, outcome, f"{condition.signal}: {(answer and answer.detail) or 'no answer yet'}")
    over = say_duration(condition.window)
    if isinstance(asked.signal, RatioSignal):
        k, n = _counts(asked, answer)
        if n == 0:
            return _verdict(condition, "no_data", f"{condition.signal}: no requests in {over}", k, n)
        rising = condition.comparison in ("above", "at_least")
        shown = binomial.lower_bound(k, n) if rising else binomial.upper_bound(k, n)
        line = f"{condition.signal}: {k:,} of {n:,} in {over} ({k / n:.2%})"
        return _breach(condition, condition.holds(shown) and (k if rising else n - k) >= LEAST_BAD, line, k, n)
    points = [value for minute, value in answer.series.items() if asked.start <= minute < asked.end]
    if not points:
        return _verdict(condition, "no_data", f"{condition.signal}: no data in {over}")
    if isinstance(asked.signal, ValueSignal):
        met = sum(condition.holds(value) for value in points)
        whole = len(points) >= condition.window // MINUTE
        line = f"{condition.signal}: {met} of {len(points)} minutes {_limit(condition)}"
        return _breach(condition, whole and met == len(points), line, met, len(points))
    total = sum(points)
    # A sum that is still growing shows "more than", never "fewer than": that takes the whole window.
    sure = condition.comparison in ("above", "at_least") or asked.end - asked.start >= condition.window
    met = sure and condition.holds(total)
    return _breach(condition, met, f"{condition.signal}: {total:g} in {over}", round(total), None)


def _breach(condition: Threshold, met: bool, line: str, k: int, n: int | None) -> Verdict:
    return _verdict(condition, "fail" if met else "pass", f"{line}; acts when {_limit(condition)}", k, n)
