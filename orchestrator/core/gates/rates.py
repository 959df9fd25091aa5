"""A share of bad events against a bound, over one window: by its exact bounds, as it is, or as a number of events.

A ratio and a latency are both such a share; of a latency it is the requests slower than the bound, of which the
quantile says how many may be. Conditions on the good ones (`at_least: 99%`) are turned round, so that everything here
asks whether the bad ones are at most `limit`, and whether they are more.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from orchestrator.core import binomial
from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking
from orchestrator.core.gates.threshold import LEAST_BAD, Threshold
from orchestrator.core.signals import MINUTE, LatencySignal, RatioSignal, Signal, slower_than
from orchestrator.core.statistics import Minute
from orchestrator.core.verdicts import Outcome, Verdict

MOST_REQUESTS = 10_000_000
"""More than anybody would wait for."""


class Rate(Struct, frozen=True, kw_only=True):
    """What is counted, and the share of bad ones that it is held against. `turned`: the signal counts the good ones.
    `event` and `allowed` are words for a latency, empty for a ratio."""

    signal: RatioSignal
    limit: float
    turned: bool
    event: str = ""
    allowed: str = ""

    def bad(self, minute: Minute) -> Minute:
        """Bad events and all events, of what the signal counted; its own inverse."""
        k, n = minute
        return (n - k, n) if self.turned else (k, n)

    def seen(self, k: int, n: int, seconds: int) -> str:
        over = say_duration(seconds)
        return f"{k:,} of {n:,}{self.event} in {over} ({asking.say_share(k, n)}){self.allowed}"


def rate_of(condition: Threshold, signal: Signal, *, is_good: bool) -> Rate | None:
    """The share behind a condition; None for a signal that has none. is_good: the condition says what is wanted (a
    gate), not what is feared (a safeguard)."""
    turned = condition.rises == is_good
    match signal:
        case RatioSignal():
            limit = Decimal(condition.limit)
            return Rate(signal=signal, limit=float(1 - limit if turned else limit), turned=turned)
        case LatencySignal():
            slow = 1 - Decimal(signal.quantile)
            unit = f" {signal.unit}" if signal.unit else ""
            return Rate(
                signal=slower_than(signal, condition.bound),
                limit=float(1 - slow if turned else slow),
                turned=turned,
                event=f" slower than {condition.bound:g}{unit}",
                allowed=f"; {(slow * 100).normalize():f}% allowed",
            )
        case _:
            return None


def judge_window(condition: Threshold, rate: Rate, minute: Minute) -> Verdict:
    """The verdict on the counts of one whole window with at least one request in it."""
    outcome, why, more = decide(condition, rate, minute, condition.window)
    return condition.says(outcome, f"{rate.seen(*minute, condition.window)}; {why}", *minute, more=more)


def decide(condition: Threshold, rate: Rate, minute: Minute, seconds: int) -> tuple[Outcome, str, int | None]:
    """What so many of so many requests in so many seconds say: the outcome, why, and how many more it takes."""
    k, n = minute
    if n < condition.least:
        more = condition.least - n
        return "insufficient", f"at least {condition.least:,} requests are wanted, {more:,} more", more
    if condition.judge in ("errors", "point"):
        held = condition.holds(k) if condition.judge == "errors" else not is_over_plainly(condition, rate, minute)
        if held:
            return "pass", f"{condition.words} is kept", None
        return "fail", f"{condition.words} is not kept", None
    if is_shown(rate, minute):
        return "pass", f"{condition.words} is shown", None
    if is_refuted(rate, minute):
        return "fail", f"{condition.words} is not kept", None
    more_needed = _how_many(rate, minute)
    why = f"too few to show {condition.words}"
    if more_needed is not None:
        why += f", about {more_needed:,} more needed in {say_duration(seconds)}"
    elif rate.bad(minute)[0] / n > rate.limit:
        why += ", and over it if anything"
    return "insufficient", why, more_needed


def is_over_plainly(condition: Threshold, rate: Rate, minute: Minute) -> bool:
    """Whether the plain share breaks a gate's condition. A latency has its bound in the event; what is left to compare
    is the share of such events."""
    bad, n = rate.bad(minute)
    return bad / n > rate.limit if rate.event else not condition.holds(minute[0] / n)


def is_refuted(rate: Rate, minute: Minute) -> bool:
    """Whether the exact bounds show more bad events than the limit."""
    bad, n = rate.bad(minute)
    return bad >= LEAST_BAD and binomial.is_over(bad, n, rate.limit)


def is_shown(rate: Rate, minute: Minute) -> bool:
    """Whether the exact bounds show no more bad events than the limit."""
    return binomial.is_within(*rate.bad(minute), rate.limit)


def _how_many(rate: Rate, minute: Minute) -> int | None:
    """About how many more requests would show it at the rate seen; None when no number would."""
    bad, n = rate.bad(minute)
    if bad / n >= rate.limit:
        return None
    size = max(n, binomial.clean_sample(rate.limit))
    while size < MOST_REQUESTS:
        if binomial.is_within(round(bad / n * size), size, rate.limit):
            return size - n
        size += max(1, size // 8)
    return None


def at_traffic(more: int, n: int, seconds: int) -> int:
    """Seconds until so many more requests have come, at the traffic of `n` in `seconds`; whole minutes."""
    return -(-more * seconds // max(1, n) // MINUTE) * MINUTE
