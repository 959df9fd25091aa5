"""Whether the series of a plan exist: what `plan check --live` asks before a rollout does.

A gate on a metric that was never written is silent for ever, and a name with one letter too few is the usual reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orchestrator.core.nearest import did_you_mean, nearest
from orchestrator.core.signals import LogQuery, MathQuery, MetricQuery, PromQuery, Signal, sources

MOST_NAMED = 3


class Catalogue(Protocol):
    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        """What is wrong with the series of a signal, each as `what is wrong; what would be right`. Empty when they
        exist. A source that cannot be asked is such a fault as well: nothing was checked."""


class Catalogues(Catalogue):
    """Each signal is checked where its queries are answered; one of several sources by each of them."""

    def __init__(self, cloudwatch: Catalogue, logs: Catalogue, prometheus: Catalogue | None = None) -> None:
        self._cloudwatch, self._logs, self._prometheus = cloudwatch, logs, prometheus

    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        faults: list[str] = []
        for query in sources(signal):
            match query:
                case MetricQuery() | MathQuery():
                    faults += self._cloudwatch.check(signal, now)
                case LogQuery():
                    faults += self._logs.check(signal, now)
                case PromQuery() if self._prometheus is not None:
                    faults += self._prometheus.check(signal, now)
                case PromQuery():
                    faults.append(NO_PROMETHEUS_HERE)
        return tuple(dict.fromkeys(faults))


NO_PROMETHEUS_HERE = "no Prometheus is configured; set PROMETHEUS_URL"


def near(name: str, known: Iterable[str], what: str) -> str:
    """What would be right in the place of `name`: the one it looks like, or the nearest of those there are."""
    there = list(dict.fromkeys(known))
    if not there:
        return f"there are no {what}"
    meant = did_you_mean(name, there)
    return f"did you mean {meant}?" if meant else f"there are {', '.join(nearest(name, there)[:MOST_NAMED])}"
