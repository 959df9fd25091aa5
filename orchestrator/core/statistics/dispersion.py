"""How much more the counts of neighbouring minutes differ than independent events would.

For independent events the squared difference of two counts is, on average, their sum: so the two, added up, have the
ratio 1, whatever the rate is and however slowly it drifts. A step in the rate is one difference among many. Minutes are
compared, which shows events that share a minute, and blocks of ten minutes, which shows bad spells that last for
several. Real logs have 1.6 to 2.2; with correlated events it grows with the traffic, as 1 + (n - 1) rho.
"""

from __future__ import annotations

from msgspec import Struct

PRIOR_RHO = 0.005
"""The correlation that is reckoned with before anything is known: traffic of which nothing has been seen yet."""

PRIOR_WEIGHT = 2.0
"""How many minutes' worth of evidence the prior is."""

MEMORY = 0.9985
"""What is left of a minute's weight in the next: half of it after seven and a half hours."""

OUTLIER = 12.0
"""A squared difference counts at most so many times what the dispersion so far explains."""

BLOCK = 10
"""Minutes of a block."""

BLOCK_MEMORY = 0.995
"""As MEMORY, from block to block: half of it after a day."""

BLOCK_CHANCE = 1.25
"""Blocks are few: their ratio is above 1 by so much now and then by chance alone."""

LEAST = 0.1
"""An excess below this is taken for chance."""


class Pairs(Struct, frozen=True, array_like=True):
    """Neighbouring counts compared: `squares` over `sums` is their dispersion; `traffic` is weighted as the sums are.
    `last` is the newest count, None before the first."""

    squares: float = 0.0
    sums: float = 0.0
    traffic: float = 0.0
    last: tuple[float, float] | None = None

    def factor(self, n: float) -> float:
        prior = 1 + max(n - 1, 0) * PRIOR_RHO
        return (PRIOR_WEIGHT * prior + self.squares) / (PRIOR_WEIGHT + self.sums)

    def seeing(self, k: float, n: float, bound: float, memory: float) -> Pairs:
        if self.last is None:
            return Pairs(last=(k, n))
        before, among = self.last
        share = n / among
        difference = k - before * share
        expected = k + before * share * share
        scale = max(1.0, n * bound)
        most = OUTLIER * max(1.0, self.factor(n)) * max(expected, 1.0)
        weight = expected / scale
        return Pairs(
            squares=self.squares * memory + min(difference * difference, most) / scale,
            sums=self.sums * memory + weight,
            traffic=self.traffic * memory + weight * n,
            last=(k, n),
        )


class Dispersion(Struct, frozen=True, kw_only=True):
    """Minutes, blocks of them, and the block that is still being filled: (bad, all, minutes)."""

    minutes: Pairs = Pairs()
    blocks: Pairs = Pairs()
    filling: tuple[float, float, int] = (0.0, 0.0, 0)

    def at(self, n: float) -> tuple[float, float]:
        """The factor (at least 1) by which counts among `n` events vary more than independent ones, and the correlation
        within a minute that explains it, 0 where there is none worth the name."""
        factor = self.minutes.factor(n)
        if self.blocks.sums > 1:
            factor = max(factor, self.blocks.squares / self.blocks.sums / BLOCK_CHANCE)
        if factor - 1 < LEAST:
            return max(factor, 1.0), 0.0
        usual = (PRIOR_WEIGHT * n + self.minutes.traffic) / (PRIOR_WEIGHT + self.minutes.sums)
        return factor, min((factor - 1) / max(usual - 1, 1.0), 0.5)

    @property
    def seen(self) -> float:
        """The factor that was seen, at least 1: without the prior, for evidence on a whole stage."""
        found = [pairs.squares / pairs.sums for pairs in (self.minutes, self.blocks) if pairs.sums > 1]
        return max([1.0, *found[:1], *(factor / BLOCK_CHANCE for factor in found[1:])])

    def seeing(self, k: float, n: float, bound: float) -> Dispersion:
        """With one minute more: k of n bad, n above 0."""
        minutes = self.minutes.seeing(k, n, bound, MEMORY)
        bad, among, count = self.filling[0] + k, self.filling[1] + n, self.filling[2] + 1
        if count < BLOCK:
            return Dispersion(minutes=minutes, blocks=self.blocks, filling=(bad, among, count))
        return Dispersion(minutes=minutes, blocks=self.blocks.seeing(bad, among, bound, BLOCK_MEMORY))
