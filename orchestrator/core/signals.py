"""Signals: what a plan measures, by name; what is asked of a source; what comes back.

A signal is named once in the plan and used everywhere. Sources answer with one number a minute, so that every
judge works on the same evidence and the arithmetic stays in the core.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, structs

MINUTE = 60


class MetricQuery(Struct, frozen=True, kw_only=True, tag="metric"):
    """One CloudWatch metric. `stat` is CloudWatch's word: Sum, Average, Maximum, p95, TC(0.2:), …"""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...] = ()
    stat: str = "Sum"


class MathQuery(Struct, frozen=True, kw_only=True, tag="math"):
    """A CloudWatch metric math expression over metrics named in it: `100 * m1 / m2`."""

    expression: str
    metrics: tuple[tuple[str, MetricQuery], ...]


class LogQuery(Struct, frozen=True, kw_only=True, tag="logs"):
    """CloudWatch Logs Insights. `query` is what selects the lines (`filter …`, `parse …`); the source adds how they
    are counted: by the minute, or by `field` for a set."""

    groups: tuple[str, ...]
    query: str
    field: str = ""


class PromQuery(Struct, frozen=True, kw_only=True, tag="prometheus"):
    """PromQL, sent as written and never put together from parts at run time.

    counter: `expr` selects counters, and what is wanted is their increase in each minute, over all series, resets
    seen. Otherwise it must answer with one series, read once a minute. `label` asks for a set: the values that this
    label has among the series.
    """

    expr: str
    counter: bool = False
    label: str = ""


Query = MetricQuery | MathQuery | LogQuery | PromQuery


class RatioSignal(Struct, frozen=True, kw_only=True, tag="ratio"):
    """Bad events among all events, as two counts, so that it can be judged exactly. `per_minute` is the traffic that
    the plan declares, 0 where it declares none."""

    name: str
    bad: Query
    total: Query
    per_minute: float = 0.0


class CountSignal(Struct, frozen=True, kw_only=True, tag="count"):
    """How often something happened."""

    name: str
    query: Query


class ValueSignal(Struct, frozen=True, kw_only=True, tag="value"):
    """A level, one figure a minute."""

    name: str
    query: Query
    unit: str = ""


class LatencySignal(Struct, frozen=True, kw_only=True, tag="latency"):
    """A percentile of a distribution, judged as the share of requests that are slower than the bound.

    `query` is a CloudWatch metric without its statistic, or the selector of a Prometheus histogram without `_bucket`;
    `quantile` the share that must be within the bound, exact decimal text (0.95). Its bounds are in `unit`, and
    `per_unit` of them make one unit of the source: a histogram in seconds with bounds in ms has 1000.
    """

    name: str
    query: MetricQuery | PromQuery
    quantile: str
    unit: str = ""
    per_unit: float = 1.0
    per_minute: float = 0.0


class SetSignal(Struct, frozen=True, kw_only=True, tag="set"):
    """Which values there are: of a label, or of a field in the logs."""

    name: str
    query: LogQuery | PromQuery


Signal = RatioSignal | CountSignal | ValueSignal | LatencySignal | SetSignal

WATERMARK = 120
"""The newest two minutes of a CloudWatch metric are incomplete, the numerator often before the denominator."""

LOGS_WATERMARK = 300
LOGS_EVERY = 900
"""Logs Insights costs by the bytes scanned: a question is asked at most every fifteen minutes."""


def sources(signal: Signal) -> tuple[Query, ...]:
    """The queries that a signal is made of; for a ratio the bad events and then all events."""
    return (signal.bad, signal.total) if isinstance(signal, RatioSignal) else (signal.query,)


def watermark(signal: Signal) -> int:
    """Seconds at the newest end that are not complete yet."""
    return LOGS_WATERMARK if any(isinstance(query, LogQuery) for query in sources(signal)) else WATERMARK


def every(signal: Signal) -> int:
    """The least seconds between two questions; the windows of a signal end on multiples of it."""
    return LOGS_EVERY if any(isinstance(query, LogQuery) for query in sources(signal)) else MINUTE


class Wanted(Struct, frozen=True, kw_only=True):
    """One question to a source: this signal, minute by minute, over [start, end), both on whole minutes."""

    signal: Signal
    start: int
    end: int


Series = Mapping[int, float]
"""Minute (epoch seconds, on the minute) to number. A minute without data is absent, never zero."""


class Measurement(Struct, frozen=True, kw_only=True):
    """What a source answered. `pending` means ask again with the same question; `error` says the source is broken.
    `members` answers for a set: the values seen anywhere in the window."""

    status: Literal["ok", "pending", "error"] = "ok"
    series: dict[int, float] = {}
    total: dict[int, float] = {}
    members: tuple[str, ...] = ()
    detail: str = ""


def newest_end(signal: Signal, now: int) -> int:
    """The minute up to which this signal can be judged at `now`."""
    step = every(signal)
    return (now - watermark(signal)) // step * step


def window(signal: Signal, now: int, length: int, *, since: int) -> tuple[int, int]:
    """The minutes to judge at `now`: they end at the watermark and never reach back before `since`."""
    end = newest_end(signal, now)
    first = -(-since // MINUTE) * MINUTE
    return max(end - length, first), end


def slower_than(signal: LatencySignal, bound: float) -> RatioSignal:
    """The requests slower than `bound` (in the signal's unit) among all requests, as counts.

    CloudWatch counts samples in a range by itself (statistic TC); a Prometheus histogram needs a bucket at the bound.
    """
    limit = format(bound / signal.per_unit, ".12g")
    match signal.query:
        case MetricQuery() as metric:
            bad: Query = structs.replace(metric, stat=f"TC({limit}:)")
            total: Query = structs.replace(metric, stat="SampleCount")
        case PromQuery(expr=selector):
            name, _, labels = selector.partition("{")
            kept = labels.rstrip().removesuffix("}").strip().rstrip(",")
            within = f"{kept},le={_quoted(limit)}" if kept else f"le={_quoted(limit)}"
            every_one = f"{name.strip()}_count{{{kept}}}"
            bad = PromQuery(expr=f"{every_one} - ignoring(le) {name.strip()}_bucket{{{within}}}", counter=True)
            total = PromQuery(expr=every_one, counter=True)
    return RatioSignal(name=signal.name, bad=bad, total=total, per_minute=signal.per_minute)


def _quoted(limit: str) -> str:
    return f'"{limit}"'


AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class AlarmReading(Struct, frozen=True, kw_only=True):
    """An alarm as DescribeAlarms shows it. `since` is when it came into this state, epoch seconds."""

    name: str
    state: AlarmState
    since: int
    reason: str = ""
