"""What a judge can see in what time, before there is anything to see."""

from __future__ import annotations

from math import exp, log

from orchestrator.core.statistics.proof import requests_to_show
from orchestrator.core.statistics.watching import EVIDENCE, evidence_of

FEW = 60.0
"""Bad events a minute up to which chance decides what a minute says; beyond it the mean does."""


def minutes_to_detect(bound: float, factor: float, per_minute: float) -> float | None:
    """About how many minutes a safeguard needs to see `factor` times the bound, in traffic of independent events; None
    where that is no rate, or none that it would ever see."""
    rate = bound * factor
    if not bound < rate < 1 or per_minute <= 0:
        return None
    mean = rate * per_minute
    says = max(
        sum(share * evidence[place] for share, evidence in _minutes(bound, mean, per_minute))
        for place in range(len(evidence_of(0, per_minute, bound)))
    )
    return max(1.0, EVIDENCE / says) if says > 1e-6 * mean else None


def _minutes(bound: float, mean: float, n: float) -> list[tuple[float, list[float]]]:
    """The numbers of bad events that a minute may have, as (how often, what that says)."""
    if mean > FEW:
        return [(1.0, evidence_of(mean, n, bound))]
    counts = range(int(mean + 8 * mean**0.5 + 12))
    logs, total = [-mean], 0.0
    for k in counts[1:]:
        total += log(mean / k)
        logs.append(total - mean)
    return [(exp(each), evidence_of(min(k, n), n, bound)) for k, each in zip(counts, logs, strict=True)]


def minutes_to_show(bound: float, per_minute: float, rate: float = 0.0) -> float | None:
    """About how many minutes a gate needs to show that the rate is below the bound, if it is `rate`."""
    needed = requests_to_show(bound, rate)
    return None if needed is None or per_minute <= 0 else needed / per_minute
