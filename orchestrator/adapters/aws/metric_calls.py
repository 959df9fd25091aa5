"""Packing many questions into few GetMetricData calls. Pure arithmetic: what to ask for, not how.

CloudWatch bills by the metric, and takes at most 500 of them and 100,800 data points a call (AWS:
GetMetricData).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from orchestrator.core.signals import MINUTE, Query, RatioSignal, Wanted

QUERIES_PER_CALL = 500
POINTS_PER_CALL = 100_000


class Span(Struct, frozen=True, kw_only=True):
    """One metric, minute by minute, over [start, end)."""

    query: Query
    start: int
    end: int


class Call(Struct, frozen=True, kw_only=True):
    """Spans asked for together, over the one window that holds them all."""

    spans: tuple[Span, ...]
    start: int
    end: int


def queries(wanted: Wanted) -> tuple[Query, ...]:
    """The metrics a question needs: one, or for a ratio the bad events and then all events."""
    if isinstance(wanted.signal, RatioSignal):
        return wanted.signal.bad, wanted.signal.total
    return (wanted.signal.query,)


def spans(wanted: Iterable[Wanted]) -> list[Span]:
    """Each metric once: windows of the same metric that overlap or touch become one."""
    windows: dict[Query, list[tuple[int, int]]] = {}
    for question in wanted:
        for query in queries(question):
            windows.setdefault(query, []).append((question.start, question.end))
    return [
        Span(query=query, start=start, end=end)
        for query, found in windows.items()
        for start, end in _joined(sorted(found))
    ]


def _joined(windows: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def calls(wanted: Iterable[Wanted]) -> list[Call]:
    """All spans in as few calls as the limits allow, long windows first. Windows far apart (today, and the
    same day last week) are not asked for together: a call has one window, and would fetch all that lies
    between."""
    packed: list[Call] = []
    for span in sorted(spans(wanted), key=lambda span: (span.start, span.end)):
        wider = _with(packed[-1], span) if packed else None
        if wider is None:
            packed.append(Call(spans=(span,), start=span.start, end=span.end))
        else:
            packed[-1] = wider
    return packed


def _with(call: Call, span: Span) -> Call | None:
    """The call with one more span, or None where that would break a limit."""
    start, end = min(call.start, span.start), max(call.end, span.end)
    count = len(call.spans) + 1
    if span.start > call.end or count > QUERIES_PER_CALL or count * (end - start) // MINUTE > POINTS_PER_CALL:
        return None
    return Call(spans=(*call.spans, span), start=start, end=end)


def halves(call: Call) -> tuple[Call, Call]:
    """The same spans in two calls. CloudWatch refuses a whole call for one bad query; halving finds that
    one."""
    middle = len(call.spans) // 2
    return (
        Call(spans=call.spans[:middle], start=call.start, end=call.end),
        Call(spans=call.spans[middle:], start=call.start, end=call.end),
    )
