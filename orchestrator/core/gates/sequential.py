"""Judges without a window: they look back to where evidence began, and their answer is valid at every look.

What they have seen is kept (`Evidence`), so that a tick asks only for the newest minutes. The newest quarter of an hour
is asked for again each time, since sources revise it; what is kept has it not.
"""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking
from orchestrator.core.gates.rates import Rate, at_traffic
from orchestrator.core.gates.scope import Evidence, Scope
from orchestrator.core.gates.threshold import Threshold
from orchestrator.core.signals import MINUTE, Measurement, Wanted, newest_end
from orchestrator.core.statistics import Comparison, RateProof, RateWatch, prove_rate, watch_rate
from orchestrator.core.verdicts import Outcome, Verdict

REVISED = 900
"""Seconds at the newest end that a source may still change."""

GATE_REACH = 14 * 86_400
SAFEGUARD_REACH = 86_400
"""How far back one question reaches at most, after a gap: what broke more than a day ago is no reason to act now."""

SILENCE = 1800
"""Seconds without any request after which silence is a fact, where there is no window to say it."""

OVERDISPERSED = 1.05


def kept(scope: Scope, key: str, start: RateWatch | RateProof | Comparison) -> Evidence:
    """What was seen so far under this key; nothing where it is not of this evidence, or answers another question."""
    first = asking.first_minute(scope)
    found = scope.evidence.get(key)
    if found is not None and found.since == first and _is_same_question(found.state, start):
        return found
    return Evidence(since=first, through=first, state=start)


def _is_same_question(one: object, other: RateWatch | RateProof | Comparison) -> bool:
    match one:
        case RateWatch(bound=bound):
            return isinstance(other, RateWatch) and bound == other.bound
        case RateProof(bound=bound):
            return isinstance(other, RateProof) and bound == other.bound
        case Comparison(margin=margin):
            return isinstance(other, Comparison) and margin == other.margin
    return False


def unread(seen: Evidence, end: int, reach: int) -> tuple[int, int] | None:
    """The minutes to ask for next; None while there are none."""
    start = max(seen.through, end - reach)
    return (start, end) if start < end else None


def settled(end: int) -> int:
    """Up to where the minutes before `end` may be kept."""
    return end - REVISED


def fold(seen: Evidence, rate: Rate, asked: Wanted, answer: Measurement, *, until: int) -> Evidence:
    """`seen`, and what the answer says of the minutes before `until`."""
    new = [minute for at, minute in asking.minutes(asked, answer) if at < until]
    assert isinstance(seen.state, RateWatch | RateProof)
    return structs.replace(
        seen,
        through=max(seen.through, until),
        measured=seen.measured + sum(n > 0 for _, n in new),
        state=seen.state.fold(rate.bad(minute) for minute in new),
    )


def question(scope: Scope, rate: Rate, seen: Evidence, reach: int) -> Wanted | None:
    span = unread(seen, newest_end(rate.signal, scope.now), reach)
    return Wanted(signal=rate.signal, start=span[0], end=span[1]) if span else None


def kept_proof(condition: Threshold, rate: Rate, scope: Scope) -> Evidence:
    return kept(scope, str(condition), prove_rate(rate.limit))


def kept_watch(rate: Rate, key: str, scope: Scope) -> Evidence:
    return kept(scope, f"safeguard:{key}", watch_rate(rate.limit))


def gather(rate: Rate, seen: Evidence, asked: Wanted | None, scope: Scope) -> Evidence | None:
    """What is to be kept after this look; the same as before where the source had no answer."""
    if asked is not None and asking.unanswered("", scope, (asked,)) is None:
        until = settled(asked.end)
        if until > asked.start:
            return fold(seen, rate, asked, asking.answer_to(scope, asked), until=until)
    return seen if seen.through > seen.since else None


def _up_to_now(condition: Threshold, rate: Rate, seen: Evidence, scope: Scope, reach: int) -> Evidence | Verdict:
    """What was kept, with the newest minutes on top; or why those are not to be had."""
    asked = question(scope, rate, seen, reach)
    if asked is None:
        return condition.says("waiting", "nothing measured here yet; the first minutes are not complete")
    missing = asking.unanswered(str(condition), scope, (asked,))
    return missing or fold(seen, rate, asked, asking.answer_to(scope, asked), until=asked.end)


def judge_proof(condition: Threshold, rate: Rate, scope: Scope) -> Verdict:
    """Whether what was seen since evidence began shows the condition, or the opposite."""
    whole = _up_to_now(condition, rate, kept_proof(condition, rate, scope), scope, GATE_REACH)
    if isinstance(whole, Verdict):
        return whole
    assert isinstance(whole.state, RateProof)
    return _say_proof(condition, rate, whole, whole.state)


def _say_proof(condition: Threshold, rate: Rate, whole: Evidence, proof: RateProof) -> Verdict:
    seconds = whole.through - whole.since
    k, n = rate.bad((proof.k, proof.n))
    if n == 0:
        # The plan may say that silence fails: not before it has lasted.
        outcome: Outcome = "waiting" if condition.no_data == "fail" and seconds < SILENCE else "no_data"
        return condition.says(outcome, f"no requests in {say_duration(seconds)}; nothing can be said", 0, 0)
    line = rate.seen(k, n, seconds) + gaps(whole) + _bursts(proof.dispersion)
    if n < condition.least:
        more = condition.least - n
        line += f"; at least {condition.least:,} requests are wanted"
        return _undecided(condition, line, (k, n), more, seconds)
    if proof.shown:
        return condition.says("pass", f"{line}; {condition.words} is shown", k, n)
    if proof.refuted:
        return condition.says("fail", f"{line}; {condition.words} is not kept", k, n)
    more_needed = proof.more_needed()
    if more_needed is None:
        line += f"; at this rate no number of requests would show {condition.words}"
        return condition.says("insufficient", line, k, n)
    return _undecided(condition, f"{line}; too few to show {condition.words}", (k, n), more_needed, seconds)


def _undecided(condition: Threshold, line: str, minute: tuple[int, int], more: int, seconds: int) -> Verdict:
    k, n = minute
    wait = at_traffic(more, n, seconds)
    line += f", about {more:,} more needed, {say_duration(wait)} at this traffic"
    return condition.says("insufficient", line, k, n, more=more, wait=wait)


def gaps(seen: Evidence) -> str:
    """How much of the time had no data at all, where it is worth a word."""
    whole = (seen.through - seen.since) // MINUTE
    silent = whole - seen.measured
    return f", none in {silent:,} of {whole:,} minutes" if silent * 10 >= whole else ""


def _bursts(dispersion: float) -> str:
    return f", in bursts ({dispersion:.1f} times chance)" if dispersion >= OVERDISPERSED else ""


def judge_watch(condition: Threshold, rate: Rate, key: str, scope: Scope) -> Verdict:
    """`fail` when what was seen shows the condition; never without an answer."""
    whole = _up_to_now(condition, rate, kept_watch(rate, key, scope), scope, SAFEGUARD_REACH)
    if isinstance(whole, Verdict):
        return whole
    assert isinstance(whole.state, RateWatch)
    return _say_watch(condition, rate, whole, whole.state)


def _say_watch(condition: Threshold, rate: Rate, whole: Evidence, watch: RateWatch) -> Verdict:
    seconds = whole.through - whole.since
    if whole.measured == 0:
        return condition.says("no_data", f"no requests in {say_duration(seconds)}", 0, 0)
    k, n = rate.bad((watch.k, watch.n))
    if n == 0:
        return condition.says("pass", f"nothing speaks for {condition.words} in {say_duration(seconds)}", 0, 0)
    if rate.turned:
        acts = f"{n - watch.expected:,.4g} expected; acts at {max(0, n - watch.acts_at):,} or fewer"
    else:
        acts = f"{watch.expected:,.3g} expected; acts at {watch.acts_at:,}"
    line = f"{rate.seen(k, n, watch.since_minutes * MINUTE)}{_bursts(watch.dispersion)}; {condition.words}: {acts}"
    if n < condition.least:
        line += f", not with fewer than {condition.least:,} requests"
        return condition.says("insufficient", line, k, n, more=condition.least - n)
    return condition.says("fail" if watch.breached else "pass", line, k, n)
