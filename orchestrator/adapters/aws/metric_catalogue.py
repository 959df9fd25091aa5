"""Whether CloudWatch has had the metrics of a signal within the last two weeks, as ListMetrics shows them."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.adapters.aws.metric_calls import metrics
from orchestrator.adapters.catalogue import Catalogue, near
from orchestrator.core.nearest import nearest
from orchestrator.core.signals import MathQuery, MetricQuery, Signal, sources
from orchestrator.ports import SwitchbackError

PAGES = 20
"""Of 500 metrics. Beyond them names are not looked through: nobody waits for that."""

Dimensions = tuple[tuple[str, str], ...]


class MetricCatalogue(Catalogue):
    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        asked = (query for query in sources(signal) if isinstance(query, MetricQuery | MathQuery))
        faults: dict[str, None] = {}
        try:
            for metric in dict.fromkeys(metric for query in asked for metric in metrics(query)):
                faults |= dict.fromkeys(self._faults(metric))
        except SwitchbackError as problem:
            faults[f"CloudWatch: {problem}; check again when it answers"] = None
        return tuple(faults)

    def _faults(self, metric: MetricQuery) -> list[str]:
        wanted = tuple(sorted(metric.dimensions))
        found = [dimensions for _, dimensions in self._listed(Namespace=metric.namespace, MetricName=metric.metric)]
        if wanted in found:
            return []
        what = f"{metric.namespace} {metric.metric}"
        if found:
            there = nearest(_shown(wanted), [_shown(dimensions) for dimensions in found])[:3]
            return [f"{what} has had no data with {_shown(wanted)} for two weeks; there is {', '.join(there)}"]
        names = [name for name, _ in self._listed(Namespace=metric.namespace)]
        if names:
            silent = "a metric that counts failures only is silent until the first"
            return [f"{what} has had no data for two weeks ({silent}); {near(metric.metric, names, 'metrics')}"]
        wrong = f"nothing has been written to the namespace {metric.namespace} for two weeks"
        return [f"{wrong}; {self._namespace(metric)}"]

    def _namespace(self, metric: MetricQuery) -> str:
        listed = self._listed(MetricName=metric.metric, namespaces=True) or self._listed(namespaces=True)
        return near(metric.namespace, (namespace for namespace, _ in listed), "metrics in this account and region")

    def _listed(self, *, namespaces: bool = False, **asked: str) -> list[tuple[str, Dimensions]]:
        """Name, or namespace, and dimensions of the metrics that ListMetrics gives."""
        found: list[tuple[str, Dimensions]] = []
        more: dict[str, Any] = {}
        for _ in range(PAGES):
            with translated("listing metrics"):
                page = self._clients.cloudwatch.list_metrics(**asked, **more)  # type: ignore[arg-type]  # its keywords have one type each
            for entry in page["Metrics"]:
                pairs = tuple(sorted((one["Name"], one["Value"]) for one in entry.get("Dimensions", [])))
                found.append((entry["Namespace"] if namespaces else entry["MetricName"], pairs))
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        return found


def _shown(dimensions: Dimensions) -> str:
    return "{" + ", ".join(f"{name}={value}" for name, value in dimensions) + "}" if dimensions else "no dimensions"
