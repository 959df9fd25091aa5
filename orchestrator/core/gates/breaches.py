"""A safeguard's question: is the condition met on what has been measured? `fail` says that it is, and that it acts.

Whatever cannot be said is not a breach: no data, a source without an answer, a broken one, too few events. A window
need not be whole, since a breach in the first minutes of a stage is one, unless more data could still undo it.
"""

from __future__ import annotations

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking, conditions, rates, sequential
from orchestrator.core.gates.rates import Rate
from orchestrator.core.gates.scope import Evidence, Scope
from orchestrator.core.gates.threshold import LEAST_BAD, Threshold
from orchestrator.core.signals import MINUTE, Wanted
from orchestrator.core.statistics import Minute
from orchestrator.core.verdicts import Verdict


def breach_wanted(condition: Threshold, key: str, scope: Scope) -> tuple[Wanted, ...]:
    """What must be asked to judge the safeguard `key` now."""
    signal = scope.signals[condition.signal]
    rate = rates.rate_of(condition, signal, is_good=False)
    if rate is not None and condition.judge == "sequential":
        seen = sequential.kept_watch(rate, key, scope)
        asked = sequential.question(scope, rate, seen, sequential.SAFEGUARD_REACH)
        return (asked,) if asked else ()
    return conditions.questions(condition, rate.signal if rate else signal, scope)


def breach_gathered(condition: Threshold, key: str, scope: Scope) -> Evidence | None:
    """What the safeguard has seen, with the newest settled minutes; its place in a scope is `safeguard:KEY`."""
    rate = rates.rate_of(condition, scope.signals[condition.signal], is_good=False)
    if rate is None or condition.judge != "sequential":
        return None
    seen = sequential.kept_watch(rate, key, scope)
    asked = sequential.question(scope, rate, seen, sequential.SAFEGUARD_REACH)
    return sequential.gather(rate, seen, asked, scope)


def judge_breach(condition: Threshold, key: str, scope: Scope) -> Verdict:
    signal = scope.signals[condition.signal]
    rate = rates.rate_of(condition, signal, is_good=False)
    if rate is not None and condition.judge == "sequential":
        return sequential.judge_watch(condition, rate, key, scope)
    questions = conditions.questions(condition, rate.signal if rate else signal, scope)
    if not questions:
        return condition.says("waiting", "nothing measured here yet; the first minutes are not complete")
    missing = asking.unanswered(str(condition), scope, questions)
    if missing is not None:
        return missing
    asked = questions[0]
    answer = asking.answer_to(scope, asked)
    if rate is not None:
        return _share(condition, rate, asked, asking.counts(asked, answer))
    points = asking.values(asked, answer)
    if condition.judge == "sum":
        points = {**conditions.zeros(condition, asked, scope), **points}
    if not points:
        return condition.says("no_data", f"no data in {_over(asked)}")
    judge = _sum if condition.judge == "sum" else _level
    return judge(condition, asked, points)


def _share(condition: Threshold, rate: Rate, asked: Wanted, minute: Minute) -> Verdict:
    k, n = minute
    if n == 0:
        return condition.says("no_data", f"no requests in {_over(asked)}", k, n)
    line = rate.seen(k, n, asked.end - asked.start)
    if n < condition.least:
        line += f"; not with fewer than {condition.least:,} requests"
        return condition.says("insufficient", line, k, n, more=condition.least - n)
    bad, _ = rate.bad(minute)
    match condition.judge:
        case "errors":
            met = condition.holds(k)
        case "point":
            is_over = bad / n > rate.limit if rate.event else condition.holds(k / n)
            met = is_over and bad >= LEAST_BAD and _is_whole(condition, asked)
        case _:
            met = rates.is_refuted(rate, minute)
    return _says(condition, met, line, k, n)


def _sum(condition: Threshold, asked: Wanted, points: dict[int, float]) -> Verdict:
    total = sum(points.values())
    # A sum that is still growing shows "more than", never "fewer than": that takes the whole window, and most of it.
    sure = condition.rises or (_is_whole(condition, asked) and _is_half(condition, points))
    return _says(condition, sure and condition.holds(total), f"{total:,g} in {_over(asked)}", round(total), None)


def _level(condition: Threshold, asked: Wanted, points: dict[int, float]) -> Verdict:
    met = sum(condition.holds(value) for value in points.values())
    needed = condition.window // MINUTE - condition.allow
    line = f"{met} of {len(points)} minutes {condition.words}"
    return _says(condition, _is_whole(condition, asked) and met >= max(1, needed), line, met, len(points))


def _is_whole(condition: Threshold, asked: Wanted) -> bool:
    return asked.end - asked.start >= condition.window


def _is_half(condition: Threshold, points: dict[int, float]) -> bool:
    return 2 * MINUTE * len(points) >= condition.window


def _over(asked: Wanted) -> str:
    return say_duration(asked.end - asked.start)


def _says(condition: Threshold, met: bool, line: str, k: int, n: int | None) -> Verdict:
    return condition.says("fail" if met else "pass", f"{line}; acts when {condition.words}", k, n)
