"""Likelihood ratios of a rate against a bound, for counts that may come in clumps.

`k` of `n` events are bad. Independent events are binomial; where a minute's events share their fate, the minute's own
rate is Beta distributed around the true one with intra-minute correlation rho, and the count is beta-binomial
(Skellam 1948). All logarithms are natural.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, lgamma, log, log1p

RISING = (1.5, 2.0, 3.0, 5.0, 9.0, 16.0, 30.0, 60.0)
"""How many times the bound's odds the alternatives are that say "broken": dense where regressions are small."""

FALLING = (1 / 1.15, 1 / 1.3, 1 / 1.6, 1 / 2, 1 / 3, 1 / 5, 1 / 10, 1 / 30, 1 / 1000)
"""As RISING, for alternatives that say "good"."""


class Alternative(tuple[float, float, float]):
    """(rate, what one bad event says for it against the bound, what one good event says)."""

    __slots__ = ()


@lru_cache(maxsize=1024)
def alternatives(bound: float, odds: Sequence[float]) -> tuple[Alternative, ...]:
    """The rates whose odds are these multiples of the bound's. Odds, so that bounds close to 1 work as well."""
    found = []
    for times in odds:
        # Written with the complements, so that neither a tiny nor a large bound loses its digits.
        scale = 1 - bound + bound * times
        rate = bound * times / scale
        found.append(Alternative((rate, log(times) - log(scale), -log(scale))))
    return tuple(found)


def binomial_ratio(k: float, n: float, alternative: Alternative) -> float:
    """What k of n independent events say for the alternative against the bound."""
    return k * alternative[1] + (n - k) * alternative[2]


def clumped_ratio(k: float, n: float, rate: float, bound: float, rho: float) -> float:
    """As `binomial_ratio`, where the events of a minute are correlated by `rho` in (0, 1)."""
    mass = 1 / rho - 1
    return _clumped(k, n, rate, mass) - _clumped(k, n, bound, mass)


def _clumped(k: float, n: float, rate: float, mass: float) -> float:
    good, bad = (1 - rate) * mass, rate * mass
    return lgamma(k + bad) - lgamma(bad) + lgamma(n - k + good) - lgamma(good)


def mean_of_exponentials(exponents: Sequence[float]) -> float:
    """The logarithm of the mean of e^x, without overflow."""
    largest = max(exponents)
    return largest + log(sum(exp(exponent - largest) for exponent in exponents) / len(exponents))


def log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def log_likelihood(k: float, n: float, rate: float) -> float:
    """Of k of n events at this rate, but for the number of orders in which they may come."""
    bad = k * log(rate) if k else 0.0
    return bad + ((n - k) * log1p(-rate) if n > k else 0.0)
