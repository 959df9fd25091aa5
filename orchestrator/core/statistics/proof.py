"""Is it good enough to go on? Always-valid evidence on a rate from stage entry: looking often costs nothing.

The likelihood ratio against the bound, averaged over a grid of better (or worse) rates, is at most 20 with 95 %
certainty for ever if the rate is at the bound (Ville 1939, Robbins 1970): once it is more, the rate is better (or
worse). It is divided by the dispersion, as a quasi-likelihood (Wedderburn 1974).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import log

from msgspec import Struct, structs

from orchestrator.core.statistics.dispersion import Dispersion
from orchestrator.core.statistics.likelihood import (
    FALLING,
    RISING,
    alternatives,
    binomial_ratio,
    log_beta,
    log_likelihood,
    mean_of_exponentials,
)
from orchestrator.core.statistics.watching import LEAST_BAD, Minute

SURE = log(20.0)
"""The logarithm of a ratio that is reached with at most 5 % chance, however often one looks."""

MOST = 10**9
"""Requests beyond which nobody waits."""


class RateProof(Struct, frozen=True, kw_only=True, tag="proof"):
    """What a gate on a ratio has seen since stage entry: k of n bad. `bound` lies between 0 and 1."""

    bound: float
    k: int = 0
    n: int = 0
    spread: Dispersion = Dispersion()

    def fold(self, minutes: Iterable[Minute]) -> RateProof:
        k, n, spread = self.k, self.n, self.spread
        for bad, among in minutes:
            if among > 0:
                k, n, spread = k + bad, n + among, spread.seeing(bad, among, self.bound)
        return structs.replace(self, k=k, n=n, spread=spread)

    @property
    def dispersion(self) -> float:
        """At least 1."""
        return self.spread.seen

    @property
    def shown(self) -> bool:
        """Whether the rate is shown to be below the bound."""
        return self.n > 0 and _speaks(self.k, self.n, self.bound, FALLING) / self.dispersion >= SURE

    @property
    def refuted(self) -> bool:
        """Whether the rate is shown to be above the bound."""
        return self.k >= LEAST_BAD and _speaks(self.k, self.n, self.bound, RISING) / self.dispersion >= SURE

    @property
    def upper(self) -> float:
        """The rate is below this, always-valid; 1 while nothing is known."""
        seen = self.k / self.n if self.n else 1.0
        return seen if seen >= 1 else _edge(self.k, self.n, SURE * self.dispersion, seen, 1.0)

    @property
    def lower(self) -> float:
        seen = self.k / self.n if self.n else 0.0
        return seen if seen <= 0 else _edge(self.k, self.n, SURE * self.dispersion, seen, 0.0)

    def more_needed(self) -> int | None:
        """About how many more requests at the rate seen until it can be shown; None when no number would."""
        if self.shown:
            return 0
        rate = self.k / self.n if self.n else 0.0
        needed = _first(lambda size: _speaks(rate * size, size, self.bound, FALLING) / self.dispersion >= SURE)
        return None if rate >= self.bound or needed is None else max(1, needed - self.n)


def prove_rate(bound: float) -> RateProof:
    return RateProof(bound=bound)


def requests_to_show(bound: float, rate: float = 0.0) -> int | None:
    """About how many independent requests at `rate` it takes to show that the rate is below the bound."""
    return None if rate >= bound else _first(lambda size: _speaks(rate * size, size, bound, FALLING) >= SURE)


def _speaks(k: float, n: float, bound: float, odds: tuple[float, ...]) -> float:
    return mean_of_exponentials([binomial_ratio(k, n, alternative) for alternative in alternatives(bound, odds)])


def _first(holds: Callable[[float], bool]) -> int | None:
    """The smallest size for which it holds, given that it holds from there on; to about a percent."""
    high = 1
    while not holds(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2
    while high - low > max(1, high // 100):
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high


def _edge(k: int, n: int, needed: float, inside: float, outside: float) -> float:
    """Where the mixture of all rates speaks as much against a rate as is needed, between what was seen and 0 or 1."""
    mixture = log_beta(k + 0.5, n - k + 0.5) - log_beta(0.5, 0.5)
    for _ in range(60):
        middle = (inside + outside) / 2
        if not 0 < middle < 1:
            return outside
        if mixture - log_likelihood(k, n, middle) >= needed:
            outside = middle
        else:
            inside = middle
    return outside
