"""Chance that depends on nothing but its name: the same seed, name and minute always draw the same number.

A counter-based generator (splitmix64), so that leaving minutes out changes no other minute. Distributions are drawn by
inversion from one uniform number, beginning at the mode.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import exp, floor, lgamma, log, log1p
from zlib import crc32

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def uniform(seed: int, name: str, counter: int) -> float:
    """A number in [0, 1)."""
    mixed = _mix((seed * _GOLDEN + crc32(name.encode())) & _MASK)
    return (_mix((mixed + counter * _GOLDEN) & _MASK) >> 11) / (1 << 53)


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def whole(mean: float, chance: float) -> int:
    """`mean` where that is a whole number, else one of the two beside it, so that the mean is kept."""
    low = floor(mean)
    return low + (chance < mean - low)


def binomial(n: int, p: float, chance: float) -> int:
    """How many of `n` events, each of probability `p`."""
    if n <= 0 or p <= 0:
        return 0
    if p >= 1:
        return n
    mode = min(n, floor((n + 1) * p))
    odds = p / (1 - p)
    return _walk(
        mode, _binomial_at(n, p, mode), lambda k: (n - k) / (k + 1) * odds, lambda k: k / (n - k + 1) / odds, n, chance
    )


def poisson(mean: float, chance: float) -> int:
    """How many of very many rare events."""
    if mean <= 0:
        return 0
    mode = floor(mean)
    return _walk(mode, _poisson_at(mean, mode), lambda k: mean / (k + 1), lambda k: k / mean, None, chance)


@lru_cache(maxsize=4096)
def _binomial_at(n: int, p: float, k: int) -> float:
    return exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))


@lru_cache(maxsize=4096)
def _poisson_at(mean: float, k: int) -> float:
    return exp(k * log(mean) - mean - lgamma(k + 1))


def _walk(
    mode: int,
    at_mode: float,
    up: Callable[[int], float],
    down: Callable[[int], float],
    most: int | None,
    chance: float,
) -> int:
    """Inversion outward from the mode: the likeliest numbers first, so that the steps are a few standard deviations.

    up(k), down(k): the probability of k + 1, of k - 1, as a multiple of that of k.
    """
    left = chance - at_mode
    low = high = mode
    at_low = at_high = at_mode
    while left >= 0:
        at_high = at_high * up(high) if most is None or high < most else 0.0
        at_low = at_low * down(low) if low > 0 else 0.0
        if at_high < 1e-18 and at_low < 1e-18:
            return mode  # what is left of the probability is rounding
        if at_high > 0:
            high += 1
            left -= at_high
            if left < 0:
                return high
        if at_low > 0:
            low -= 1
            left -= at_low
            if left < 0:
                return low
    return mode
