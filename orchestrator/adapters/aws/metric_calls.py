"""Packing many questions into few GetMetricData calls. Pure arithmetic: what to ask for, not how.

CloudWatch bills by the metric, and takes at most 500 metrics and expressions and 100,800 data points a call (AWS:
GetMetricData). It keeps one figure a minute for 15 days and one for five minutes until 63 days; a call that reaches
further back than 15 days has to ask for the latter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from orchestrator.adapters.windows import joined
from orchestrator.core.signals import MINUTE, MathQuery, MetricQuery, Wanted, sources

CloudWatchQuery = MetricQuery | MathQuery

QUERIES_PER_CALL = 500
POINTS_PER_CALL = 100_000

COARSE = 300
MINUTES_KEPT = 15 * 24 * 3600
COARSE_KEPT = 63 * 24 * 3600


class Span(Struct, frozen=True, kw_only=True):
    """One metric or expression, one figure each `period` seconds, over [start, end)."""

    query: CloudWatchQuery
    start: int
    end: int
    period: int = MINUTE


class Call(Struct, frozen=True, kw_only=True):
    """Spans of one period asked for together, over the one window that holds them all."""

    spans: tuple[Span, ...]
    start: int
    end: int
    period: int


def queries(wanted: Wanted) -> tuple[CloudWatchQuery, ...]:
    """What a question needs of CloudWatch: one, or for a ratio the bad events and then all events. Empty when any of
    it has another source."""
    asked = sources(wanted.signal)
    found = tuple(query for query in asked if isinstance(query, CloudWatchQuery))
    return found if len(found) == len(asked) else ()


def metrics(query: CloudWatchQuery) -> tuple[MetricQuery, ...]:
    """The metrics that are read for it."""
    return (query,) if isinstance(query, MetricQuery) else tuple(metric for _, metric in query.metrics)


def kept(start: int, end: int, now: int) -> Iterator[tuple[int, int, int]]:
    """What CloudWatch still has of [start, end): windows with their period, the older one first; none if all is gone.

    Each border is five minutes or more on the safe side: a call that is a moment late would be refused whole.
    """
    oldest, newer = (_next(now - age, COARSE) + COARSE for age in (COARSE_KEPT, MINUTES_KEPT))
    coarse = max(start // COARSE * COARSE, oldest), min(_next(end, COARSE), newer)
    fine = max(start, newer), end
    for (first, last), period in ((coarse, COARSE), (fine, MINUTE)):
        if start < end and first < last:
            yield first, last, period


def spans(wanted: Iterable[Wanted], now: int) -> list[Span]:
    """Each metric once: windows of the same metric that overlap or touch become one, and one that is too long for a
    call is cut."""
    windows: dict[tuple[CloudWatchQuery, int], list[tuple[int, int]]] = {}
    for question in wanted:
        for query in queries(question):
            for start, end, period in kept(question.start, question.end, now):
                windows.setdefault((query, period), []).append((start, end))
    return [
        Span(query=query, start=start, end=end, period=period)
        for (query, period), found in windows.items()
        for whole in joined(found)
        for start, end in _cut(whole, POINTS_PER_CALL // _entries(query) * period)
    ]


def _entries(query: CloudWatchQuery) -> int:
    return 1 if isinstance(query, MetricQuery) else 1 + len(metrics(query))


def _next(at: int, step: int) -> int:
    return -(-at // step) * step


def _cut(window: tuple[int, int], longest: int) -> Iterator[tuple[int, int]]:
    start, end = window
    for first in range(start, end, longest):
        yield first, min(first + longest, end)


def calls(wanted: Iterable[Wanted], now: int) -> list[Call]:
    """All spans in as few calls as the limits allow. Windows far apart (today, and the same day last week) are not
    asked for together: a call has one window, and would fetch all that lies between."""
    packed: list[_Filling] = []
    for span in sorted(spans(wanted, now), key=lambda span: (span.period, span.start, span.end)):
        if not packed or not packed[-1].takes(span):
            packed.append(_Filling(span))
    return [filling.call() for filling in packed]


class _Filling:
    """A call that is being filled. A metric that several spans need is asked for, and paid for, once."""

    def __init__(self, span: Span) -> None:
        self._spans = [span]
        self._start, self._end = span.start, span.end
        self._asked: set[CloudWatchQuery] = {span.query, *metrics(span.query)}

    def takes(self, span: Span) -> bool:
        """Adds the span, unless that would break a limit."""
        start, end = min(self._start, span.start), max(self._end, span.end)
        new = {span.query, *metrics(span.query)} - self._asked
        count = len(self._asked) + len(new)
        points = count * (end - start) // span.period
        if span.period != self._spans[0].period or span.start > self._end:
            return False
        if count > QUERIES_PER_CALL or points > POINTS_PER_CALL:
            return False
        self._spans.append(span)
        self._start, self._end = start, end
        self._asked |= new
        return True

    def call(self) -> Call:
        return Call(spans=tuple(self._spans), start=self._start, end=self._end, period=self._spans[0].period)


def halves(call: Call) -> tuple[Call, Call]:
    """The same spans in two calls. CloudWatch refuses a whole call for one bad query; halving finds that
    one."""
    middle = len(call.spans) // 2
    return (
        Call(spans=call.spans[:middle], start=call.start, end=call.end, period=call.period),
        Call(spans=call.spans[middle:], start=call.start, end=call.end, period=call.period),
    )
