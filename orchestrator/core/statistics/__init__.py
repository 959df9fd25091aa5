"""The statistics of the judges: pure arithmetic on counts, folded minute by minute.

Two questions are asked of a ratio. *Is it broken?* is a safeguard's (`watch_rate`): quick for large regressions, almost
never wrong for healthy services. *Is it good enough to go on?* is a gate's (`prove_rate`, and `compare_rates` against a
control group): always-valid, so that looking every minute costs nothing.
"""

from __future__ import annotations

from orchestrator.core.statistics.comparison import Comparison, compare_rates
from orchestrator.core.statistics.forecast import minutes_to_detect, minutes_to_show
from orchestrator.core.statistics.proof import RateProof, prove_rate, requests_to_show
from orchestrator.core.statistics.watching import Minute, RateWatch, watch_rate

__all__ = [
    "Comparison",
    "Minute",
    "RateProof",
    "RateWatch",
    "compare_rates",
    "minutes_to_detect",
    "minutes_to_show",
    "prove_rate",
    "requests_to_show",
    "watch_rate",
]
