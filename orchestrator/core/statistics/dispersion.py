"""How much more the counts of neighbouring minutes differ than independent events would: 1 where they do not.

Two neighbours share a rate, however slowly it drifts, so their pooled rate says what their difference should be: the
squared difference over its variance is 1 on average for independent events. Minutes are compared, which shows events
that share a minute, and blocks of eight minutes, which shows bad spells that last for several. The larger one counts.
Real access logs have 1.6 to 2.2; with correlated events it grows with the traffic, as 1 + (n - 1) rho.
"""

from __future__ import annotations

from msgspec import Struct

BLOCK = 8
"""Minutes of a block."""

MEMORY = 1 - 1 / 2000
"""What is left of a minute's weight in the next: half of it after a day."""

OUTLIER = 6.0
"""One difference counts for at most so many times the dispersion so far: neither a burst nor the step of a regression
makes it, what comes again and again does."""

FEW_EVENTS, FEW_MINUTES, FEW_BLOCKS = 40.0, 0.75, 12.0
"""What the first guess weighs, in bad events, in pairs of minutes, and in pairs of blocks."""

UNSTEADY = 0.12
"""The first guess for a large service: its own rate varies from minute to minute by a third (the square root)."""

DOUBT, DOUBT_FADES = 30.0, 8.0
"""An estimate from few minutes may be far too small: its excess counts 1 + 30 / (8 + pairs) times."""


class Pairs(Struct, frozen=True, array_like=True):
    """Neighbouring counts compared. `squares` over `sums` is their dispersion, weighted by bad events; `k` of `n` are
    the newest counts, n = 0 before the first."""

    squares: float = 0.0
    sums: float = 0.0
    pairs: float = 0.0
    k: float = 0.0
    n: float = 0.0

    def seeing(self, k: float, n: float, memory: float, factor: float) -> Pairs:
        """With the next counts; `factor` is the dispersion so far."""
        if not self.n:
            return Pairs(0.0, 0.0, 0.0, k, n)
        squares, sums, pairs = self.squares * memory, self.sums * memory, self.pairs * memory + 1
        pooled = (self.k + k) / (self.n + n)
        if 0 < pooled < 1:
            difference = k / n - self.k / self.n
            expected = pooled * (1 - pooled) * (1 / n + 1 / self.n)
            weight = (self.k + k) * (1 - pooled)
            squares += weight * min(difference * difference / expected, OUTLIER * factor)
            sums += weight
        return Pairs(squares, sums, pairs, k, n)


class Dispersion(Struct, frozen=True, array_like=True):
    """`k` of `n` in `count` minutes are the block that is being filled."""

    minutes: Pairs = Pairs()
    blocks: Pairs = Pairs()
    k: int = 0
    n: int = 0
    count: int = 0

    def seen(self, guess: float = 1.0) -> float:
        """What was seen, at least 1, with `guess` as the first of it."""
        minutes, blocks = self.minutes, self.blocks
        factor = guess
        if minutes.sums:
            weight = FEW_EVENTS + FEW_MINUTES * minutes.sums / minutes.pairs
            factor = max(1.0, (weight * guess + minutes.squares) / (weight + minutes.sums))
        if blocks.sums:
            weight = FEW_BLOCKS * blocks.sums / blocks.pairs
            factor = max(factor, (weight * factor + blocks.squares) / (weight + blocks.sums))
        return factor

    def prudent(self, expected: float) -> float:
        """What to reckon with in a minute with so many bad events expected: as seen, with doubt where little was."""
        excess = self.seen(1 + UNSTEADY * expected) - 1
        return 1 + excess * (1 + DOUBT / (DOUBT_FADES + self.minutes.pairs))

    def seeing(self, k: int, n: int) -> Dispersion:
        """With one minute more: k of n bad, n above 0."""
        factor = self.seen()
        minutes = self.minutes.seeing(k, n, MEMORY, factor)
        k, n, count = self.k + k, self.n + n, self.count + 1
        if count < BLOCK:
            return Dispersion(minutes, self.blocks, k, n, count)
        return Dispersion(minutes, self.blocks.seeing(k, n, MEMORY**BLOCK, factor))
