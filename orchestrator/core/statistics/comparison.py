"""Canary against baseline, measured at the same time: a two-sample test that may be looked at every minute.

Given how many bad events both sides had in a minute, the canary's share of them says whose rate is higher, whatever the
rate is (Przyborowski and Wilenski 1940). Its likelihood ratio, averaged over a grid, is always-valid as in `proof`.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from orchestrator.core.statistics.dispersion import Dispersion
from orchestrator.core.statistics.likelihood import (
    FALLING,
    RISING,
    alternatives,
    binomial_ratio,
    mean_of_exponentials,
)
from orchestrator.core.statistics.proof import SURE, RateProof
from orchestrator.core.statistics.watching import LEAST_BAD, Minute

NEGLIGIBLE = 0.001
"""A tenth of a percentage point: an excess below it is none, whatever the ratio. Two sides without any bad event could
never be told apart otherwise."""

_USUAL = 0.01
"""The scale on which the dispersion of a minute is estimated; it is a ratio, so the scale hardly matters."""


class Comparison(Struct, frozen=True, kw_only=True, tag="comparison"):
    """`margin` 0.1 allows the canary a rate of 1.1 times the baseline's. The totals are (bad, all)."""

    margin: float
    canary: Minute = (0, 0)
    baseline: Minute = (0, 0)
    rising: tuple[float, ...] = (0.0,) * len(RISING)
    falling: tuple[float, ...] = (0.0,) * len(FALLING)
    spread: Dispersion = Dispersion()

    def fold(self, pairs: Iterable[tuple[Minute, Minute]]) -> Comparison:
        """Minutes in which either side had no traffic compare nothing."""
        (k, n), (bad, among) = self.canary, self.baseline
        rising, falling, spread = list(self.rising), list(self.falling), self.spread
        for (here, seen), (there, elsewhere) in pairs:
            if seen <= 0 or elsewhere <= 0:
                continue
            k, n, bad, among = k + here, n + seen, bad + there, among + elsewhere
            allowed = seen * (1 + self.margin)
            share = allowed / (allowed + elsewhere)
            for sums, odds in ((rising, RISING), (falling, FALLING)):
                for place, alternative in enumerate(alternatives(share, odds)):
                    sums[place] += binomial_ratio(here, here + there, alternative)
            spread = spread.seeing(here, seen, _USUAL)
        return structs.replace(
            self, canary=(k, n), baseline=(bad, among), rising=tuple(rising), falling=tuple(falling), spread=spread
        )

    @property
    def dispersion(self) -> float:
        return self.spread.seen

    @property
    def worse(self) -> bool:
        """Whether the canary's rate is shown to exceed the baseline's by more than the margin."""
        return self.canary[0] >= LEAST_BAD and mean_of_exponentials(self.rising) / self.dispersion >= SURE

    @property
    def no_worse(self) -> bool:
        """Whether it is shown not to; also where an excess is too small to matter."""
        if self.worse or not self.canary[1] or not self.baseline[1]:
            return False
        if mean_of_exponentials(self.falling) / self.dispersion >= SURE:
            return True
        return self._side(self.canary).upper <= self._side(self.baseline).lower * (1 + self.margin) + NEGLIGIBLE

    def _side(self, totals: Minute) -> RateProof:
        k, n = totals
        return RateProof(bound=0.5, k=k, n=n, spread=self.spread)

    def more_needed(self) -> int | None:
        """About how many more of the canary's requests until one or the other is shown, at the rates seen; None when no
        number would."""
        if self.worse or self.no_worse:
            return 0
        (k, n), (bad, among) = self.canary, self.baseline
        if not n or not among:
            return None
        for times in (2, 4, 8, 16, 32, 64, 128, 256, 512, 1024):
            later = structs.replace(
                self,
                canary=(k * times, n * times),
                baseline=(bad * times, among * times),
                rising=tuple(sum_ * times for sum_ in self.rising),
                falling=tuple(sum_ * times for sum_ in self.falling),
            )
            if later.worse or later.no_worse:
                return n * (times - 1)
        return None


def compare_rates(margin: float) -> Comparison:
    return Comparison(margin=margin)
