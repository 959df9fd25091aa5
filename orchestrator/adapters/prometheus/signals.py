"""Signals from Prometheus, by range queries with a step of a minute. Never `pending`; alarms are not Prometheus's."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from math import isfinite

from msgspec import Struct, structs

from orchestrator.adapters.prometheus.api import NoAnswer, PrometheusApi, PromSeries
from orchestrator.adapters.prometheus.counters import first_seen, increases
from orchestrator.adapters.windows import joined
from orchestrator.core.signals import (
    MINUTE,
    AlarmReading,
    Measurement,
    PromQuery,
    RatioSignal,
    SetSignal,
    Wanted,
    sources,
)
from orchestrator.ports import Refused, Signals, SwitchbackError

LOOKBACK = 300
"""How long a figure stands when no newer one comes (Prometheus's default). A counter is read from this much earlier,
so that its first minute can be compared with the one before."""

PATIENCE = 10.0
"""After so many seconds a measuring asks nothing more, so that a slow Prometheus does not use up a whole tick."""

MOST_SHOWN = 12

_BUCKETS = re.compile(r'(?P<name>[a-zA-Z_:][\w:]*_bucket)\{(?P<labels>.*)le="(?P<le>[0-9.e+-]+)"\}\s*', re.ASCII)
"""The end of a query for what is slower than a bound."""


class _Found(Struct, frozen=True, kw_only=True):
    """What one query gave over [start, end): figures by the minute, for a set the minutes in which each value was
    there, or why there is nothing."""

    start: int
    end: int
    minutes: dict[int, float] = {}
    values: dict[str, frozenset[int]] = {}
    fault: str = ""


class PrometheusSignals(Signals):
    """A figure belongs to the minute that ends when it is read. A query over windows that touch is asked once."""

    def __init__(self, api: PrometheusApi, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._monotonic = monotonic
        self._spelling: dict[PromQuery, PromQuery] = {}

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        windows: dict[PromQuery, list[tuple[int, int]]] = {}
        for question in wanted:
            for query in sources(question.signal):
                if isinstance(query, PromQuery) and question.start < question.end:
                    windows.setdefault(query, []).append((question.start, question.end))
        until = self._monotonic() + PATIENCE
        silence = ""
        found: dict[PromQuery, list[_Found]] = {}
        for query, asked in windows.items():
            for start, end in joined(asked):
                if not silence and self._monotonic() > until:
                    silence = f"Prometheus did not answer everything within {PATIENCE:g} s"
                answer = _Found(start=start, end=end, fault=silence)
                if not silence:
                    answer, silence = self._asked(query, start, end)
                found.setdefault(query, []).append(answer)
        return {question: _measurement(question, found) for question in wanted}

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        return {}

    def _asked(self, query: PromQuery, start: int, end: int) -> tuple[_Found, str]:
        """The answer, and when nothing more need be asked of a Prometheus that is not there: why."""
        try:
            if query.label:
                return _Found(start=start, end=end, values=self._members(query, start, end)), ""
            minutes = self._counted(query, start, end) if query.counter else self._levels(query, start, end)
            return _Found(start=start, end=end, minutes=minutes), ""
        except SwitchbackError as problem:
            return _Found(start=start, end=end, fault=str(problem)), str(problem) * isinstance(problem, NoAnswer)

    def _members(self, query: PromQuery, start: int, end: int) -> dict[str, frozenset[int]]:
        seen: dict[str, frozenset[int]] = {}
        for row in self._api.query_range(query.expr, start + MINUTE, end):
            if value := row.labels.get(query.label, ""):
                seen[value] = seen.get(value, frozenset()) | {at - MINUTE for at in row.points}
        return seen

    def _levels(self, query: PromQuery, start: int, end: int) -> dict[int, float]:
        rows = self._api.query_range(query.expr, start + MINUTE, end)
        if len(rows) > 1:
            raise Refused(f"the query gives {len(rows)} series and must give one; put sum(), max() or avg() around it")
        return {at - MINUTE: value for row in rows for at, value in row.points.items() if isfinite(value)}

    def _counted(self, query: PromQuery, start: int, end: int) -> dict[int, float]:
        asked = self._spelling.get(query, query)
        rows = self._api.query_range(asked.expr, start - LOOKBACK, end)
        if not rows and (bucket := _BUCKETS.search(asked.expr)):
            respelled = self._at_the_bucket_there_is(query, bucket, start, end)
            rows = self._api.query_range(respelled.expr, start - LOOKBACK, end) if respelled else []
        return increases(rows, self._new_on_a_known_target(rows, start))

    def _at_the_bucket_there_is(
        self, query: PromQuery, bucket: re.Match[str], start: int, end: int
    ) -> PromQuery | None:
        """The query with the bound as this Prometheus writes it: the bucket at 1 is `1` to some and `1.0` to others.
        None when there is nothing to count. Raises Refused when the histogram has no bucket at the bound."""
        bounds = self._api.label_values("le", start, end, match=f"{bucket['name']}{{{bucket['labels']}}}")
        if not bounds or bucket["le"] in bounds:
            return None
        same = next((bound for bound in bounds if float(bound) == float(bucket["le"])), None)
        if same is None:
            there = ", ".join(sorted((bound for bound in bounds if isfinite(float(bound))), key=float)[:MOST_SHOWN])
            raise Refused(f"{bucket['name']} has no bucket at {bucket['le']}; it has {there}")
        first, last = bucket.span("le")
        self._spelling[query] = structs.replace(query, expr=query.expr[:first] + same + query.expr[last:])
        return self._spelling[query]

    def _new_on_a_known_target(self, rows: Sequence[PromSeries], start: int) -> frozenset[int]:
        """Rows that begin inside the window although their target was scraped before: many libraries show a counter
        only after its first event, and that one must not be lost. `up` knows the targets."""
        earliest = first_seen(rows)
        if earliest is None or earliest <= start:
            return frozenset()
        before = earliest - MINUTE
        up = {_target(row) for row in self._api.query_range("up", before, before) if row.points.get(before) == 1.0}
        return frozenset(number for number, row in enumerate(rows) if all(_target(row)) and _target(row) in up)


def _target(row: PromSeries) -> tuple[str, str]:
    return row.labels.get("job", ""), row.labels.get("instance", "")


def _measurement(question: Wanted, found: Mapping[PromQuery, Sequence[_Found]]) -> Measurement:
    asked = [query for query in sources(question.signal) if isinstance(query, PromQuery)]
    if len(asked) < len(sources(question.signal)):
        return Measurement(status="error", detail="Prometheus does not measure this signal")
    if question.start >= question.end:
        return Measurement()
    answers = [
        next(one for one in found[query] if one.start <= question.start and question.end <= one.end) for query in asked
    ]
    if fault := next((answer.fault for answer in answers if answer.fault), ""):
        return Measurement(status="error", detail=fault)
    minutes = range(question.start, question.end, MINUTE)
    if isinstance(question.signal, SetSignal):
        there = (value for value, seen in answers[0].values.items() if not seen.isdisjoint(minutes))
        return Measurement(members=tuple(sorted(there)))
    series, *total = ({at: answer.minutes[at] for at in minutes if at in answer.minutes} for answer in answers)
    return Measurement(series=series, total=total[0] if isinstance(question.signal, RatioSignal) else {})
