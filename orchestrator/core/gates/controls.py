"""Two ratios held against each other: the exposed group and its control, or now and then.

Where less is worse (a success rate) the two change places: that the exposed ratio is at least (1 - margin) of the
control's is that the control's is at most 1 / (1 - margin) of the exposed one.
"""

from __future__ import annotations

from msgspec import Struct, structs

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking, sequential
from orchestrator.core.gates.rates import at_traffic
from orchestrator.core.gates.scope import Evidence, Scope
from orchestrator.core.signals import MINUTE, Signal, Wanted, newest_end
from orchestrator.core.statistics import Comparison, Minute, compare_rates, prove_rate
from orchestrator.core.verdicts import Outcome, Verdict

MOST_MARGIN = 0.999
"""Of a ratio that may fall by all of itself nothing is asked; the arithmetic needs a rest."""


class Compared(Struct, frozen=True, kw_only=True):
    """What a baseline gate asks of two ratios; `of` names the second as people read it."""

    label: str
    signal: Signal
    control: Signal
    of: str
    margin: float
    said: str
    more_is_worse: bool
    least: int

    def begin(self) -> Comparison:
        if self.more_is_worse:
            return compare_rates(self.margin)
        return compare_rates(1.0 / (1.0 - min(self.margin, MOST_MARGIN)) - 1.0)

    def pair(self, here: Minute, there: Minute) -> tuple[Minute, Minute]:
        return (here, there) if self.more_is_worse else (there, here)


def wanted(compared: Compared, scope: Scope) -> tuple[Wanted, ...]:
    seen = sequential.kept(scope, compared.label, compared.begin())
    end = min(newest_end(compared.signal, scope.now), newest_end(compared.control, scope.now))
    span = sequential.unread(seen, end, sequential.GATE_REACH)
    if span is None:
        return ()
    return tuple(Wanted(signal=signal, start=span[0], end=span[1]) for signal in (compared.signal, compared.control))


def gathered(compared: Compared, scope: Scope) -> Evidence | None:
    seen = sequential.kept(scope, compared.label, compared.begin())
    asked = wanted(compared, scope)
    if asked and asking.unanswered("", scope, asked) is None:
        until = sequential.settled(asked[0].end)
        if until > asked[0].start:
            return _fold(compared, seen, asked, scope, until=until)
    return seen if seen.through > seen.since else None


def judge(compared: Compared, scope: Scope) -> Verdict:
    seen = sequential.kept(scope, compared.label, compared.begin())
    asked = wanted(compared, scope)
    if not asked:
        return _says(compared, "waiting", "nothing measured here yet; the first minutes are not complete")
    missing = asking.unanswered(compared.label, scope, asked)
    if missing is not None:
        return missing
    whole = _fold(compared, seen, asked, scope, until=asked[0].end)
    assert isinstance(whole.state, Comparison)
    return _say(compared, whole.state, whole.through - whole.since, sequential.gaps(whole))


def compare_once(compared: Compared, here: Minute, there: Minute, seconds: int) -> Verdict:
    """The verdict on two windows of the past, each taken as one."""
    return _say(compared, compared.begin().fold([compared.pair(here, there)]), seconds, "")


def _fold(compared: Compared, seen: Evidence, asked: tuple[Wanted, ...], scope: Scope, *, until: int) -> Evidence:
    """Only the minutes in which both have requests: what the one went through alone is no comparison."""
    here, there = (dict(asking.minutes(question, asking.answer_to(scope, question))) for question in asked)
    both = [compared.pair(here[at], there[at]) for at in here if at < until and here[at][1] and there[at][1]]
    assert isinstance(seen.state, Comparison)
    return structs.replace(
        seen, through=max(seen.through, until), measured=seen.measured + len(both), state=seen.state.fold(both)
    )


def _say(compared: Compared, comparison: Comparison, seconds: int, gaps: str) -> Verdict:
    here, there = compared.pair(comparison.canary, comparison.baseline)
    (k, n), (base_k, base_n) = here, there
    over = say_duration(seconds)
    if n == 0 or base_n == 0:
        where = f"requests of {compared.of}" if n else "requests here"
        return _says(compared, "no_data", f"no {where} in {over}; there is nothing to compare")
    line = (
        f"{k:,} of {n:,} in {over} ({asking.say_share(k, n)}){gaps}, "
        f"{compared.of} {base_k:,} of {base_n:,} ({asking.say_share(base_k, base_n)})"
    )
    if n < compared.least:
        more = compared.least - n
        return _says(compared, "insufficient", f"{line}; at least {compared.least:,} requests are wanted", here, more)
    if comparison.no_worse:
        return _says(compared, "pass", f"{line}; within {compared.said} is shown", here)
    if comparison.worse or (not compared.more_is_worse and _is_far_below(here, there, compared.margin)):
        return _says(compared, "fail", f"{line}; worse by more than {compared.said}", here)
    more_needed = comparison.more_needed()
    if more_needed is None:
        line += f"; at these rates no number of requests shows that it is within {compared.said}, nor that it is not"
        return _says(compared, "insufficient", line, here)
    wait = at_traffic(more_needed, n, max(seconds, MINUTE))
    line += f"; too few to show that it is within {compared.said}"
    line += f", about {more_needed:,} more needed, {say_duration(wait)} at this traffic"
    return _says(compared, "insufficient", line, here, more_needed, wait)


def _is_far_below(here: Minute, there: Minute, margin: float) -> bool:
    """Whether the bounds of the two shares lie apart by more than the margin: of shares near 1 the comparison of counts
    shows it late or never."""
    return prove_rate(0.5).fold([here]).upper < prove_rate(0.5).fold([there]).lower * (1.0 - margin)


def _says(
    compared: Compared,
    outcome: Outcome,
    line: str,
    here: Minute | None = None,
    more: int | None = None,
    wait: int | None = None,
) -> Verdict:
    k, n = here or (None, None)
    said = f"{compared.signal.name}: {line}"
    return Verdict(gate=compared.label, outcome=outcome, line=said, k=k, n=n, bound=compared.said, more=more, wait=wait)
