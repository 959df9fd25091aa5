"""What a judge can see in what time, before there is anything to see."""

from __future__ import annotations

from orchestrator.core.statistics.likelihood import RISING, alternatives, binomial_ratio
from orchestrator.core.statistics.proof import requests_to_show
from orchestrator.core.statistics.watching import BURST, EVIDENCE


def minutes_to_detect(bound: float, factor: float, per_minute: float) -> float | None:
    """About how many minutes a safeguard needs to see `factor` times the bound, in traffic of independent events; None
    where that is no rate, or none that it would ever see."""
    rate = bound * factor
    if not bound < rate < 1 or per_minute <= 0:
        return None
    grid = alternatives(bound, RISING)
    usual = max(binomial_ratio(rate, 1.0, alternative) for alternative in grid) * per_minute
    if usual <= 0:
        return None
    bad = rate * per_minute
    without_a_burst = max(binomial_ratio(max(bad - BURST, 0.0), per_minute, alternative) for alternative in grid)
    return max(1.0, EVIDENCE / min(usual, max(EVIDENCE / 3, without_a_burst)))


def minutes_to_show(bound: float, per_minute: float, rate: float = 0.0) -> float | None:
    """About how many minutes a gate needs to show that the rate is below the bound, if it is `rate`."""
    needed = requests_to_show(bound, rate)
    return None if needed is None or per_minute <= 0 else needed / per_minute
