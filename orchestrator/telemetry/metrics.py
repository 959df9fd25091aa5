"""Metrics in CloudWatch's embedded format: one JSON line each, which the log group turns into numbers.

Nothing is written outside Lambda, and nothing raises: a number is worth no failure.
"""

from __future__ import annotations

import math
import os
from threading import Lock

from aws_lambda_powertools.metrics import Metrics, MetricUnit

from orchestrator.core.redaction import redact

NAMESPACE = "Switchback"
_MOST_DIMENSIONS = 8  # CloudWatch takes 30; each further one is a further metric on the bill
_lock = Lock()
_pending: dict[tuple[tuple[str, str], ...], Metrics] = {}
_named: dict[str, str] = {}


def name_source(service: str, environment: str) -> None:
    """Puts service and environment on every metric from now on."""
    _named.update(service=service, environment=environment)


def count(name: str, n: float = 1, **dimensions: str) -> None:
    """Adds `n` to a counter. Metrics are written by `flush`."""
    _add(name, MetricUnit.Count, n, dimensions)


def duration(name: str, ms: float, **dimensions: str) -> None:
    """Notes that something took `ms` milliseconds."""
    _add(name, MetricUnit.Milliseconds, ms, dimensions)


def flush() -> None:
    """Writes what has been gathered, once. To be called at the end of an invocation."""
    with _lock:
        gathered = list(_pending.values())
        _pending.clear()
    for metrics in gathered:
        try:
            metrics.flush_metrics()
        except Exception:
            metrics.provider.clear_metrics()


def _add(name: str, unit: MetricUnit, value: float, dimensions: dict[str, str]) -> None:
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ or not math.isfinite(value):
        return
    try:
        safe = {
            **_named,
            **{key[:200]: redact(str(text))[:200] or "none" for key, text in dimensions.items()},
        }
        key = tuple(sorted(safe.items())[:_MOST_DIMENSIONS])
        with _lock:
            if key not in _pending:
                _pending[key] = _fresh(dict(key))
            _pending[key].add_metric(name=redact(name), unit=unit, value=value)
    except Exception:
        return


def _fresh(dimensions: dict[str, str]) -> Metrics:
    """A set of its own: powertools' Metrics share one set, and its dimensions, within the process."""
    from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

    own = AmazonCloudWatchEMFProvider(
        metric_set={}, dimension_set={}, metadata_set={}, default_dimensions={}, namespace=NAMESPACE
    )
    metrics = Metrics(namespace=NAMESPACE, provider=own)
    for name, value in dimensions.items():
        metrics.add_dimension(name=name, value=value)
    return metrics
