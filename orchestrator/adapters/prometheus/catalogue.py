"""Whether Prometheus has had the series of a signal within the last 30 days."""

from __future__ import annotations

from orchestrator.adapters.catalogue import Catalogue, near
from orchestrator.adapters.prometheus.api import PrometheusApi
from orchestrator.adapters.prometheus.selectors import Selector, selectors
from orchestrator.core.faults import shown
from orchestrator.core.signals import LatencySignal, PromQuery, Signal, sources
from orchestrator.ports import SwitchbackError

PERIOD = 30 * 24 * 3600
ENOUGH = 20
"""So many series show which labels there are."""


class PrometheusCatalogue(Catalogue):
    """Reads the names of all metrics once for each `now`."""

    def __init__(self, api: PrometheusApi) -> None:
        self._api = api
        self._names: tuple[int, list[str]] = (0, [])

    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        faults: list[str] = []
        try:
            for query in sources(signal):
                if isinstance(query, PromQuery):
                    for selector in _read(signal, query):
                        faults += self._faults(selector, query.label, now)
        except SwitchbackError as problem:
            faults.append(f"{problem}; check again when it answers")
        return tuple(dict.fromkeys(faults))

    def _faults(self, selector: Selector, label: str, now: int) -> list[str]:
        since = now - PERIOD
        if selector.name and selector.name not in (names := self._known(now)):
            right = near(selector.name, names, "metrics in the last 30 days")
            return [f"Prometheus has no metric {shown(selector.name)}; {right}"]
        series = self._api.series(selector.text, since, now, ENOUGH)
        if not series:
            return [f"Prometheus has had no {shown(selector.text, 120)} for 30 days; {self._right(selector, now)}"]
        if label and not any(label in labels for labels in series):
            there = sorted({name for labels in series for name in labels} - {"__name__"})
            return [f"{shown(selector.text)} has no label {shown(label)}; {near(label, there, 'labels')}"]
        return []

    def _right(self, selector: Selector, now: int) -> str:
        """The first matcher that no series of this name agrees with, and what there is instead."""
        for label, operator, value in selector.matchers:
            if operator == "=" and selector.name and value:
                there = self._api.label_values(label, now - PERIOD, now, match=selector.name)
                if value not in there:
                    return f"{shown(label)}: {near(value, there, f'values of {shown(label)}')}"
        return "no series agrees with all its labels at once"

    def _known(self, now: int) -> list[str]:
        if self._names[0] != now:
            self._names = now, self._api.label_values("__name__", now - PERIOD, now)
        return self._names[1]


def _read(signal: Signal, query: PromQuery) -> list[Selector]:
    """Of a latency the histogram's buckets: its selector is written without `_bucket`."""
    if not isinstance(signal, LatencySignal):
        return selectors(query.expr)
    name, brace, labels = query.expr.partition("{")
    return selectors(f"{name.strip()}_bucket{brace}{labels}")
