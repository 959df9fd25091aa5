"""Is it good enough to go on? Always-valid evidence on a rate from stage entry: looking often costs nothing.

The likelihood of the counts, averaged over all rates with a Beta weight around half of the bound, exceeds twenty times
that at the true rate with at most 5 % chance, however often one looks (Ville 1939, Robbins 1970): a rate at which it
does is ruled out. The logarithm is divided by the dispersion, as a quasi-likelihood (Wedderburn 1974). A rate is ruled
out as too low only if it is so without the burst of one client, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import lgamma, log, log1p

from msgspec import Struct, structs

from orchestrator.core.statistics.dispersion import Dispersion
from orchestrator.core.statistics.watching import BURST, LEAST_BAD, Minute

SURE = log(20.0)
"""The logarithm of a ratio that is reached with at most 5 % chance, however often one looks."""

MOST = 10**9
"""Requests beyond which nobody waits."""


class RateProof(Struct, frozen=True, kw_only=True, tag="proof"):
    """What a gate on a ratio has seen since stage entry: k of n bad. `bound` lies between 0 and 1.

    minutes: those with requests; worst: the most bad events that one of them had, up to BURST.
    """

    bound: float
    k: int = 0
    n: int = 0
    minutes: int = 0
    worst: int = 0
    spread: Dispersion = Dispersion()

    def fold(self, minutes: Iterable[Minute]) -> RateProof:
        k, n, count, worst, spread = self.k, self.n, self.minutes, self.worst, self.spread
        for bad, among in minutes:
            if among > 0:
                k, n, count, worst = k + bad, n + among, count + 1, max(worst, min(bad, BURST))
                spread = spread.seeing(bad, among)
        return structs.replace(self, k=k, n=n, minutes=count, worst=worst, spread=spread)

    @property
    def dispersion(self) -> float:
        """At least 1."""
        return self.spread.seen()

    @property
    def shown(self) -> bool:
        """Whether the rate is shown to be below the bound."""
        return _is_below(self.k, self.n, self.bound, self.bound, self.dispersion)

    @property
    def refuted(self) -> bool:
        """Whether the rate is shown to be above the bound, even without ten bad events of the worst minute."""
        k, n = self._steady
        return k >= LEAST_BAD and k > n * self.bound and self._rules_out(k, n, self.bound)

    @property
    def _steady(self) -> tuple[float, float]:
        """Bad events and all without the burst of the worst minute: what it had more than the others have."""
        usual = (self.k - self.worst) / (self.minutes - 1) if self.minutes > 1 else 0.0
        burst = max(0.0, self.worst - usual)
        return self.k - burst, self.n - burst

    def _rules_out(self, k: float, n: float, rate: float) -> bool:
        return _against(k, n, self.bound, rate) >= SURE * self.dispersion

    @property
    def upper(self) -> float:
        """The rate is below this, always-valid; 1 while nothing is known."""
        if not self.n or self.k == self.n:
            return 1.0
        return _edge(lambda rate: self._rules_out(self.k, self.n, rate), self.k / self.n, 1.0)

    @property
    def lower(self) -> float:
        k, n = self._steady
        return _edge(lambda rate: self._rules_out(k, n, rate), k / n, 0.0) if k > 0 else 0.0

    def more_needed(self) -> int | None:
        """About how many more requests at the rate seen until it can be shown; None when no number would."""
        if self.shown:
            return 0
        needed = _requests_to_show(self.bound, self.k / self.n if self.n else 0.0, self.dispersion)
        return None if needed is None else max(1, needed - self.n)


def prove_rate(bound: float) -> RateProof:
    return RateProof(bound=bound)


def requests_to_show(bound: float, rate: float = 0.0) -> int | None:
    """About how many independent requests at `rate` it takes to show that the rate is below the bound."""
    return _requests_to_show(bound, rate, 1.0)


def _requests_to_show(bound: float, rate: float, dispersion: float) -> int | None:
    if rate >= bound:
        return None
    high = 1
    while not _is_below(rate * high, high, bound, bound, dispersion):
        high *= 2
        if high > MOST:
            return None
    low = high // 2
    while high - low > 1 + high // 1000:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_below(rate * middle, middle, bound, bound, dispersion) else (middle, high)
    return high


def _is_below(k: float, n: float, bound: float, rate: float, dispersion: float) -> bool:
    return n > 0 and k < n * rate and _against(k, n, bound, rate) >= SURE * dispersion


def _against(k: float, n: float, bound: float, rate: float) -> float:
    """The logarithm of how much likelier k of n are on average over all rates than at this one."""
    a = 0.5
    b = a * (2 - bound) / bound
    mixture = _log_beta(k + a, n - k + b) - _log_beta(a, b)
    return mixture - (k * log(rate) if k else 0.0) - ((n - k) * log1p(-rate) if n > k else 0.0)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _edge(rules_out: Callable[[float], bool], inside: float, outside: float) -> float:
    """Where rates begin to be ruled out between what was seen and 0 or 1."""
    for _ in range(60):
        middle = (inside + outside) / 2
        if not 0 < middle < 1:
            return outside
        inside, outside = (inside, middle) if rules_out(middle) else (middle, outside)
    return outside
