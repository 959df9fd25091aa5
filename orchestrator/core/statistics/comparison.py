"""Canary against baseline, measured at the same time: a two-sample test that may be looked at every minute.

Given how many bad events both sides had in a minute, the canary's share of them says whose rate is higher, whatever the
rate is (Przyborowski and Wilenski 1940). Its likelihood ratio, averaged over a grid of ratios, is always-valid as in
`proof`; the share is that of rare events, and errs on the careful side where bad events are common. What ten bad events
of one minute said is left out, on the side that it would speak for.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log, log1p

from msgspec import Struct, structs

from orchestrator.core.statistics.dispersion import Dispersion
from orchestrator.core.statistics.proof import SURE, RateProof
from orchestrator.core.statistics.watching import BURST, LEAST_BAD, Minute

HIGHER = (1.15, 1.4, 2.0, 3.5, 8.0)
"""How many times the allowed rate the canary's may be; the lower ones are their inverses."""

RATIOS = (*HIGHER, *(1 / times for times in HIGHER))

NEGLIGIBLE = 0.001
"""A tenth of a percentage point: an excess below it is none, whatever the ratio. Two sides without any bad event could
never be told apart otherwise."""

Sums = tuple[float, ...]


class Comparison(Struct, frozen=True, kw_only=True, tag="comparison"):
    """`margin` 0.1 allows the canary a rate of 1.1 times the baseline's. `canary` and `baseline` are (bad, all), over
    the minutes in which both had traffic.

    sums: what all minutes say for each of RATIOS; bursts: the most that up to BURST bad events of one minute said.
    """

    margin: float
    canary: Minute = (0, 0)
    baseline: Minute = (0, 0)
    sums: Sums = (0.0,) * len(RATIOS)
    bursts: Sums = (0.0,) * len(RATIOS)
    canary_spread: Dispersion = Dispersion()
    baseline_spread: Dispersion = Dispersion()

    def fold(self, pairs: Iterable[tuple[Minute, Minute]]) -> Comparison:
        """Minutes in which either side had no traffic compare nothing."""
        (k, n), (bad, among), sums, bursts = self.canary, self.baseline, self.sums, self.bursts
        here, there = self.canary_spread, self.baseline_spread
        for (k1, n1), (k2, n2) in pairs:
            if n1 <= 0 or n2 <= 0:
                continue
            k, n, bad, among = k + k1, n + n1, bad + k2, among + n2
            here, there = here.seeing(k1, n1), there.seeing(k2, n2)
            if k1 or k2:
                weights = [_weights(n1 * (1 + self.margin), n2, times) for times in RATIOS]
                sums = tuple([sum_ + k1 * w1 + k2 * w2 for sum_, (w1, w2) in zip(sums, weights, strict=True)])
                most = [max(_burst(k1) * w1, _burst(k2) * w2) for w1, w2 in weights]
                bursts = tuple(map(max, bursts, most))
        return structs.replace(
            self,
            canary=(k, n),
            baseline=(bad, among),
            sums=sums,
            bursts=bursts,
            canary_spread=here,
            baseline_spread=there,
        )

    @property
    def dispersion(self) -> float:
        """At least 1, of the side that has more."""
        return max(self.canary_spread.seen(), self.baseline_spread.seen())

    @property
    def worse(self) -> bool:
        """Whether the canary's rate is shown to exceed the baseline's by more than the margin."""
        return self.canary[0] >= LEAST_BAD and self._shows(slice(0, len(HIGHER)), 1.0)

    @property
    def no_worse(self) -> bool:
        """Whether it is shown not to; also where an excess is too small to matter."""
        return not self.worse and (self._shows(slice(len(HIGHER), None), 1.0) or self._is_negligible())

    def _shows(self, which: slice, times: float) -> bool:
        """times: after so many times as much of the same."""
        found = [sum_ * times - burst for sum_, burst in zip(self.sums[which], self.bursts[which], strict=True)]
        largest = max(found)
        mean = largest + log(sum(exp(each - largest) for each in found) / len(found))
        return mean >= SURE * self.dispersion

    def _is_negligible(self, times: int = 1) -> bool:
        (k, n), (bad, among) = self.canary, self.baseline
        if not n or not among:
            return False
        rate = (k + bad) / (n + among)
        scale = min(0.5, max(NEGLIGIBLE, rate))
        here = RateProof(bound=scale, k=k * times, n=n * times, spread=self.canary_spread)
        there = RateProof(bound=scale, k=bad * times, n=among * times, spread=self.baseline_spread)
        return here.upper <= there.lower * (1 + self.margin) + NEGLIGIBLE

    def more_needed(self) -> int | None:
        """About how many more of the canary's requests until one or the other is shown, at the rates seen; None when no
        number would."""
        if self.worse or self.no_worse:
            return 0
        if not self.canary[1]:
            return None
        low, high = 1.0, 2.0
        while not self._decides(high):
            low, high = high, high * 2
            if high > 1024:
                return None
        for _ in range(6):
            middle = (low + high) / 2
            low, high = (low, middle) if self._decides(middle) else (middle, high)
        return max(1, round(self.canary[1] * (high - 1)))

    def _decides(self, times: float) -> bool:
        higher, lower = slice(0, len(HIGHER)), slice(len(HIGHER), None)
        if self._shows(lower, times) or self._is_negligible(max(1, round(times))):
            return True
        return self.canary[0] * times >= LEAST_BAD and self._shows(higher, times)


def compare_rates(margin: float) -> Comparison:
    return Comparison(margin=margin)


def _burst(k: int) -> int:
    return min(k, BURST) if k > LEAST_BAD else 0


def _weights(allowed: float, elsewhere: float, times: float) -> tuple[float, float]:
    """What a bad event of the canary, and one of the baseline, says for a canary at `times` its allowed rate."""
    against = log1p(allowed * (times - 1) / (allowed + elsewhere))
    return log(times) - against, -against
