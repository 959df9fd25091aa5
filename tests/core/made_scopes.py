"""Signals, answers and scopes for the judges: ten whole minutes measured since evidence began, unless said otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import structs

from orchestrator.core.gates import Gate, Scope, Threshold, ThresholdGate, breach_wanted, judge, judge_breach, wanted
from orchestrator.core.gates.threshold import Comparison, Judge
from orchestrator.core.signals import (
    MINUTE,
    WATERMARK,
    CountSignal,
    LatencySignal,
    LogQuery,
    Measurement,
    MetricQuery,
    PromQuery,
    RatioSignal,
    SetSignal,
    ValueSignal,
    Wanted,
)
from orchestrator.core.verdicts import Verdict

START = 1_760_000_040
"""A whole minute."""

HOUR, DAY = 3600, 86_400

QUERY = MetricQuery(namespace="Shop", metric="Requests")
ERRORS = RatioSignal(name="errors", bad=structs.replace(QUERY, metric="Errors"), total=QUERY)
CONTROL = RatioSignal(name="control", bad=structs.replace(QUERY, metric="OldErrors"), total=QUERY)
JOBS = CountSignal(name="jobs", query=structs.replace(QUERY, metric="JobsFailed"))
OTHER_JOBS = CountSignal(name="other_jobs", query=structs.replace(QUERY, metric="OtherJobs"))
P95 = ValueSignal(name="p95", query=structs.replace(QUERY, metric="Duration", stat="p95"), unit="ms")
OLD_P95 = ValueSignal(name="old_p95", query=structs.replace(QUERY, metric="OldDuration", stat="p95"), unit="ms")
READS = LatencySignal(name="reads", query=structs.replace(QUERY, metric="Reads", stat=""), quantile="0.95", unit="ms")
KINDS = SetSignal(name="kinds", query=LogQuery(groups=("/shop",), query="filter level = 'ERROR'", field="kind"))
BUCKETS = SetSignal(name="buckets", query=PromQuery(expr="stage_total", label="bucket"))
SIGNALS = {signal.name: signal for signal in (ERRORS, CONTROL, JOBS, OTHER_JOBS, P95, OLD_P95, READS, KINDS, BUCKETS)}
JUDGES: dict[str, Judge] = {"errors": "exact", "reads": "exact", "jobs": "sum", "p95": "level"}

Answers = Mapping[str, Measurement | None]
"""Signal name to all that its source has, whatever minutes are asked for; None or absent: no answer."""


def condition(signal: str, comparison: Comparison, limit: str, window: int = 600, **more: Any) -> Threshold:
    """Over ten minutes; with a window of 0 since evidence began."""
    judge = more.pop("judge", JUDGES[signal] if window else "sequential")
    said = more.pop("said", limit)
    return Threshold(signal=signal, comparison=comparison, limit=limit, said=said, judge=judge, window=window, **more)


def gate(signal: str, comparison: Comparison, limit: str, window: int = 600, **more: Any) -> ThresholdGate:
    return ThresholdGate(condition=condition(signal, comparison, limit, window, **more))


def scope(minutes: int = 10, **more: Any) -> Scope:
    """`minutes` whole minutes can be judged since evidence began."""
    since = more.pop("since", START)
    given = {"now": since + minutes * MINUTE + WATERMARK, "since": since, "entered_at": since, "started_at": since}
    return Scope(**{**given, "signals": SIGNALS, **more})


def answered(asked: tuple[Wanted, ...], answers: Answers) -> dict[Wanted, Measurement]:
    found = {question: answers.get(question.signal.name) for question in asked}
    return {question: answer for question, answer in found.items() if answer is not None}


def measuring(entry: Gate, seen: Scope, answers: Answers) -> Scope:
    return structs.replace(seen, answers=answered(wanted(entry, seen), answers))


def judged(entry: Gate, answers: Answers | None = None, minutes: int = 10, **more: Any) -> Verdict:
    return judge(entry, measuring(entry, scope(minutes, **more), answers or {}))


def breached(entry: Threshold, answers: Answers, minutes: int = 10, **more: Any) -> Verdict:
    seen = scope(minutes, **more)
    return judge_breach(
        entry, "guard", structs.replace(seen, answers=answered(breach_wanted(entry, "guard", seen), answers))
    )


def ratio(bad: float, total: float, at: int = START) -> Measurement:
    """All in one minute: only the sums count."""
    return Measurement(series={at: bad} if bad else {}, total={at: total} if total else {})


def each(*values: float, at: int = START) -> Measurement:
    return Measurement(series={at + MINUTE * number: value for number, value in enumerate(values)})


def steady(bad: float | Callable[[int], float], total: float, minutes: int, at: int = START) -> Measurement:
    """So much of each in every minute."""
    numbers = range(minutes)
    amount = bad if callable(bad) else lambda number: bad
    return Measurement(
        series={at + MINUTE * number: float(amount(number)) for number in numbers if amount(number)},
        total={at + MINUTE * number: total for number in numbers},
    )


def members(*names: str) -> Measurement:
    return Measurement(members=names)


BROKEN = Measurement(status="error", detail="throttled", series={START: 0.0}, total={START: 1e6}, members=("a",))
PENDING = Measurement(status="pending")
SILENT = Measurement()
