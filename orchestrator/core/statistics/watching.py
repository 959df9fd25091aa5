"""Is it broken? A sequential test of a rate against a bound that is looked at every minute, for days.

A likelihood-ratio CUSUM (Page 1954) over a grid of alternatives: for each, the evidence of the minutes adds up, and
never falls below nothing. It acts when one reaches EVIDENCE. Real errors come in bursts and clumps, so the evidence of
a minute is divided by the dispersion, held against a model of correlated events, and bounded by what is left of it when
ten bad events of one client are taken out. docs/decisions/0012-the-judge.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from msgspec import Struct, structs

from orchestrator.core.statistics.dispersion import Dispersion
from orchestrator.core.statistics.likelihood import RISING, Alternative, alternatives, binomial_ratio, clumped_ratio

Minute = tuple[int, int]
"""Bad events and all events. A minute without events is no evidence."""

EVIDENCE = 10.0
"""The logarithm of how much likelier "broken" must have become: about 1 in 2,800 for each of eight alternatives."""

BURST = 10
"""Bad events that one client may have made by itself."""

LEAST_BAD = 2
"""One bad event shows nothing."""


class Stretch(Struct, frozen=True, array_like=True):
    """The minutes since an alternative had nothing to say for itself."""

    evidence: float = 0.0
    k: int = 0
    n: int = 0
    minutes: int = 0


NOTHING = Stretch()


class RateWatch(Struct, frozen=True, kw_only=True, tag="watch"):
    """What a safeguard on a ratio has seen. `bound` lies between 0 and 1. Folding is the same in any batches."""

    bound: float
    stretches: tuple[Stretch, ...] = ()
    spread: Dispersion = Dispersion()

    def fold(self, minutes: Iterable[Minute]) -> RateWatch:
        grid = alternatives(self.bound, RISING)
        stretches = list(self.stretches or (NOTHING,) * len(grid))
        spread = self.spread
        for k, n in minutes:
            if n <= 0:
                continue
            factor, rho = spread.at(n)
            for place, alternative in enumerate(grid):
                says = _says(k, n, alternative, self.bound, factor, rho)
                before = stretches[place]
                evidence = before.evidence + says
                if evidence <= 0:
                    stretches[place] = NOTHING
                else:
                    stretches[place] = Stretch(evidence, before.k + k, before.n + n, before.minutes + 1)
            spread = spread.seeing(k, n, self.bound)
        return structs.replace(self, stretches=tuple(stretches), spread=spread)

    @property
    def _strongest(self) -> Stretch:
        return max(self.stretches, key=lambda stretch: stretch.evidence, default=NOTHING)

    @property
    def breached(self) -> bool:
        """Whether the rate is above the bound, as surely as a safeguard has to know."""
        return self._strongest.evidence >= EVIDENCE and self.k >= LEAST_BAD

    @property
    def k(self) -> int:
        """Bad events in the stretch that speaks most for a change; `n` are all its events."""
        return self._strongest.k

    @property
    def n(self) -> int:
        return self._strongest.n

    @property
    def since_minutes(self) -> int:
        """How many minutes that stretch has."""
        return self._strongest.minutes

    @property
    def expected(self) -> float:
        """Bad events expected in it at the bound."""
        return self.n * self.bound

    @property
    def dispersion(self) -> float:
        return self.spread.at(self.spread.minutes.last[1])[0] if self.spread.minutes.last else 1.0

    @property
    def acts_at(self) -> int:
        """About how many bad events in that stretch it takes to act."""
        if not self.n:
            return LEAST_BAD
        needed = EVIDENCE * self.dispersion
        counts = ((needed - self.n * good) / (bad - good) for _, bad, good in alternatives(self.bound, RISING))
        least = max(LEAST_BAD, ceil(min(counts)))
        return min(least, self.k) if self.breached else max(least, self.k + 1)


def watch_rate(bound: float) -> RateWatch:
    return RateWatch(bound=bound)


def _says(k: int, n: int, alternative: Alternative, bound: float, factor: float, rho: float) -> float:
    """What one minute says for an alternative. More than a third of what it takes counts only as far as ten bad events
    fewer would say it too."""
    says = _held_back(k, n, alternative, bound, factor, rho)
    if says <= EVIDENCE / 3:
        return says
    return min(says, max(EVIDENCE / 3, _held_back(max(k - BURST, 0), n, alternative, bound, factor, rho)))


def _held_back(k: int, n: int, alternative: Alternative, bound: float, factor: float, rho: float) -> float:
    """By the dispersion; and where events are correlated, by a model that has them so: a large count in one minute is
    then no great surprise."""
    says = binomial_ratio(k, n, alternative) / factor
    if says <= 0 or not rho:
        return says
    return min(says, clumped_ratio(k, n, alternative[0], bound, rho))
