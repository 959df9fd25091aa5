"""Is it broken? A sequential test of a rate against a bound that is looked at every minute, for days.

A likelihood-ratio CUSUM (Page 1954) over a grid of alternatives: for each, the evidence of the minutes adds up, and
never falls below nothing. It acts when one reaches EVIDENCE. Real errors come in bursts and clumps, so the sum is
divided by the dispersion (a quasi-likelihood, Wedderburn 1974), a minute counts by the negative binomial, for which a
large count is no great surprise, and what ten bad events of one client explain is bounded.
docs/decisions/0012-the-judge.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import ceil, e, log, log1p

from msgspec import Struct, structs

from orchestrator.core.statistics.dispersion import Dispersion

Minute = tuple[int, int]
"""Bad events and all events. A minute without events is no evidence."""

EVIDENCE = 9.4
"""The logarithm of how much likelier "broken" must have become: 12,000 times, for one of five alternatives."""

BURST = 10
"""Bad events that one client may make by itself."""

BURST_SHARE = 1 / 2.85
"""How much of EVIDENCE a minute gives at most if so many bad events fewer would say nothing: three minutes at least."""

INDEPENDENT = 1.001
"""A dispersion below this is none."""

LEAST_BAD = 2
"""One bad event shows nothing."""

TIMES = (1.3, 2.0, 3.2, 5.5, 12.0)
"""The alternatives, in multiples of the bound's odds. Odds, so that bounds close to 1 work as well."""

Stretch = tuple[float, int, int, int]
"""The minutes since an alternative had nothing to say for itself: its evidence, bad events, all events, minutes."""

NOTHING: Stretch = (0.0, 0, 0, 0)


class RateWatch(Struct, frozen=True, kw_only=True, tag="watch"):
    """What a safeguard on a ratio has seen. `bound` lies between 0 and 1. Folding is the same in any batches.

    dispersion: at least 1, as it was reckoned with in the newest minute. While it is breached it is not estimated, so
    that a regression does not explain itself away.
    """

    bound: float
    stretches: tuple[Stretch, ...] = (NOTHING,) * len(TIMES)
    spread: Dispersion = Dispersion()
    dispersion: float = 1.0

    def fold(self, minutes: Iterable[Minute]) -> RateWatch:
        grid, stretches = _alternatives(self.bound), self.stretches
        spread, factor = self.spread, self.dispersion
        breached = self.breached
        for k, n in minutes:
            if n <= 0:
                continue
            if not breached:
                factor = spread.prudent(n * self.bound)
            stretches = tuple(
                [
                    (evidence, before[1] + k, before[2] + n, before[3] + 1)
                    if (evidence := before[0] + _says(k, n, self.bound, alternative, factor)) > 0
                    else NOTHING
                    for before, alternative in zip(stretches, grid, strict=True)
                ]
            )
            breached = _is_breached(stretches, factor)
            if not breached:
                spread = spread.seeing(k, n)
        return structs.replace(self, stretches=stretches, spread=spread, dispersion=factor)

    @property
    def breached(self) -> bool:
        """Whether the rate is above the bound, as surely as a safeguard has to know."""
        return _is_breached(self.stretches, self.dispersion)

    @property
    def _strongest(self) -> Stretch:
        return max(self.stretches)

    @property
    def k(self) -> int:
        """Bad events in the stretch that speaks most for a change; `n` are all its events."""
        return self._strongest[1]

    @property
    def n(self) -> int:
        return self._strongest[2]

    @property
    def since_minutes(self) -> int:
        """How many minutes with requests that stretch has."""
        return self._strongest[3]

    @property
    def expected(self) -> float:
        """Bad events expected in it at the bound."""
        return self.n * self.bound

    @property
    def acts_at(self) -> int:
        """About how many bad events in that stretch it takes to act, were they spread over all its minutes."""
        minutes = self.since_minutes
        if not minutes:
            return LEAST_BAD
        needed = EVIDENCE * self.dispersion / minutes
        per_minute = min(
            _bad_for(needed, self.n / minutes, self.bound, alternative, self.dispersion)
            for alternative in _alternatives(self.bound)
        )
        least = max(LEAST_BAD, ceil(per_minute * minutes))
        return min(least, self.k) if self.breached else max(least, self.k + 1)


def watch_rate(bound: float) -> RateWatch:
    return RateWatch(bound=bound)


def evidence_of(k: float, n: float, bound: float) -> list[float]:
    """What k of n independent events in one minute say for each alternative."""
    return [_says(k, n, bound, alternative, 1.0) for alternative in _alternatives(bound)]


class Alternative(tuple[float, float, float, float]):
    """(times, log of times, what one event of any kind says against it, the mean of a Poisson law that is as near)."""

    __slots__ = ()


@lru_cache(maxsize=256)
def _alternatives(bound: float) -> tuple[Alternative, ...]:
    found = []
    for times in TIMES:
        against = log1p(bound * (times - 1))
        found.append(Alternative((times, log(times), against, against / (times - 1))))
    return tuple(found)


def _is_breached(stretches: tuple[Stretch, ...], factor: float) -> bool:
    evidence, k, _, _ = max(stretches)
    return evidence >= EVIDENCE * factor and k >= LEAST_BAD


def _line(n: float, bound: float, alternative: Alternative, factor: float) -> tuple[float, float]:
    """What each bad event of a minute says for an alternative, and what the minute says against it, in the units of
    independent events: what adds up is divided by `factor`.

    Beyond e times the bound the plain ratio, divided, would take a clump for a regression: there the minute's own rate
    is taken to be Gamma distributed, with the variance that `factor` says.
    """
    times, weight, against, mean = alternative
    if times < e or factor < INDEPENDENT:
        return weight, n * against
    shape = n * bound * (1 - bound) / (factor - 1)
    shared = log1p(n * mean * (times - 1) / (shape + n * mean))
    return (weight - shared) * factor, shape * shared * factor


def _says(k: float, n: float, bound: float, alternative: Alternative, factor: float) -> float:
    """What one minute says for an alternative: no more than BURST_SHARE of what it takes and what is left of it without
    BURST bad events."""
    weight, against = _line(n, bound, alternative, factor)
    says = k * weight - against
    most = EVIDENCE * BURST_SHARE * factor
    return says if says <= most else min(says, most + max(0.0, says - BURST * weight))


def _bad_for(evidence: float, n: float, bound: float, alternative: Alternative, factor: float) -> float:
    """How many of n events must be bad for one minute to say so much: `_says` the other way round."""
    weight, against = _line(n, bound, alternative, factor)
    most = EVIDENCE * BURST_SHARE * factor
    without_cap = (evidence + against) / weight
    return without_cap if evidence <= most else max(without_cap, (evidence - most + against) / weight + BURST)
