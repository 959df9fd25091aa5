"""`latency:` of a signal: a percentile, kept as a distribution and the share of it that must be within a bound."""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec import structs

from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.plan_text import cloudwatch, prometheus
from orchestrator.core.plan_text.reader import Reader, exact
from orchestrator.core.signals import LatencySignal, MetricQuery

_QUANTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]{1,6})?)|(0\.[0-9]{1,8})", re.ASCII)
_PER_SECOND = {"": 1.0, "s": 1.0, "ms": 1e3, "us": 1e6}


def read_cloudwatch_latency(reader: Reader, name: Scalar, node: Node, unit: str) -> LatencySignal | None:
    """`Namespace Metric p95`: the statistic says which percentile is meant, the metric is asked for its samples."""
    metric = cloudwatch.read_metric(reader, node, counts=False)
    if metric is None:
        return None
    quantile = _quantile(metric.stat)
    if quantile is None:
        reader.fault(node.line, f"{metric.stat} is no percentile", f"write {cloudwatch.SHORT_P95}")
        return None
    distribution = MetricQuery(namespace=metric.namespace, metric=metric.metric, dimensions=metric.dimensions)
    return LatencySignal(name=name.text, query=distribution, quantile=quantile, unit=unit)


def read_prometheus_latency(
    reader: Reader, name: Scalar, node: Node, quantile: Node | None, unit: str
) -> LatencySignal | None:
    """A histogram in seconds has bounds in s, ms or us as its unit says; any other one in what it measures."""
    histogram = prometheus.read_histogram(reader, node)
    scalar = reader.scalar(quantile, "quantile", "quantile: p95") if quantile is not None else None
    share = _quantile(scalar.text.strip()) if scalar is not None else None
    if scalar is not None and share is None:
        reader.fault(scalar.line, f"quantile is {shown(scalar.text)}", "write quantile: p95")
    if histogram is None or share is None:
        return None
    found = LatencySignal(name=name.text, query=histogram, quantile=share, unit=unit)
    if not histogram.expr.partition("{")[0].endswith("_seconds"):
        return found
    if unit not in _PER_SECOND:
        wrong = f"the unit {shown(unit)} of {name.text} is not one of time"
        reader.fault(node.line, wrong, "write unit: ms or unit: s, as the histogram is in seconds")
        return None
    return structs.replace(found, per_unit=_PER_SECOND[unit])


def _quantile(text: str) -> str | None:
    """The share that must be within the bound: 0.95 for p95."""
    found = _QUANTILE.fullmatch(text)
    if found is None:
        return None
    share = Decimal(found[2]) if found[2] else Decimal(found[1]).scaleb(-2)
    return exact(share) if share > 0 else None
