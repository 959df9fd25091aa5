"""The judge of a threshold gate: which question a condition puts to its signal, and what the answer says."""

from __future__ import annotations

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking, levels, rates, sequential
from orchestrator.core.gates.rates import Rate
from orchestrator.core.gates.scope import Evidence, Scope
from orchestrator.core.gates.threshold import Threshold, ThresholdGate
from orchestrator.core.signals import MINUTE, Signal, Wanted
from orchestrator.core.verdicts import Verdict


def wanted(gate: ThresholdGate, scope: Scope) -> tuple[Wanted, ...]:
    condition, signal = gate.condition, scope.signals[gate.condition.signal]
    rate = rates.rate_of(condition, signal, is_good=True)
    if rate is not None and condition.judge == "sequential":
        seen = sequential.kept_proof(condition, rate, scope)
        asked = sequential.question(scope, rate, seen, sequential.GATE_REACH)
        return (asked,) if asked else ()
    return questions(condition, rate.signal if rate else signal, scope)


def judge(gate: ThresholdGate, scope: Scope) -> Verdict:
    condition, signal = gate.condition, scope.signals[gate.condition.signal]
    rate = rates.rate_of(condition, signal, is_good=True)
    if rate is not None and condition.judge == "sequential":
        return sequential.judge_proof(condition, rate, scope)
    return _judge_window(condition, rate, rate.signal if rate else signal, scope)


def gathered(gate: ThresholdGate, scope: Scope) -> Evidence | None:
    condition, signal = gate.condition, scope.signals[gate.condition.signal]
    rate = rates.rate_of(condition, signal, is_good=True)
    if rate is None or condition.judge != "sequential":
        return None
    seen = sequential.kept_proof(condition, rate, scope)
    return sequential.gather(rate, seen, sequential.question(scope, rate, seen, sequential.GATE_REACH), scope)


def questions(condition: Threshold, signal: Signal, scope: Scope) -> tuple[Wanted, ...]:
    """What the newest window of a condition needs: its signal, and the one that proves silence to be zero."""
    asked = asking.newest(signal, scope, condition.window)
    if asked is None:
        return ()
    return (asked, *alive(condition, asked, scope))


def alive(condition: Threshold, asked: Wanted, scope: Scope) -> tuple[Wanted, ...]:
    """The question to the signal that proves silence to be zero, where the plan names one."""
    if condition.no_data != "zero":
        return ()
    signal = asking.presence(scope.signals[condition.alive])
    return (Wanted(signal=signal, start=asked.start, end=asked.end),)


def zeros(condition: Threshold, asked: Wanted, scope: Scope) -> dict[int, float]:
    """The minutes in which silence is a zero: from the first to the last in which the other signal is alive."""
    for question in alive(condition, asked, scope):
        there = asking.values(question, asking.answer_to(scope, question))
        if there:
            return dict.fromkeys(range(min(there), max(there) + MINUTE, MINUTE), 0.0)
    return {}


def _judge_window(condition: Threshold, rate: Rate | None, signal: Signal, scope: Scope) -> Verdict:
    asked = asking.newest(signal, scope, condition.window)
    missing = asking.unanswered(str(condition), scope, questions(condition, signal, scope))
    missing = missing or asking.unmeasured(str(condition), condition.signal, asked, condition.window)
    if missing is not None or asked is None:
        return missing or condition.says("waiting", "nothing measured here yet")
    answer = asking.answer_to(scope, asked)
    if rate is not None:
        minute = asking.counts(asked, answer)
        return rates.judge_window(condition, rate, minute) if minute[1] else _silent(condition)
    points = asking.values(asked, answer)
    if condition.judge == "sum":
        points = {**zeros(condition, asked, scope), **points}
    if not points:
        return _silent(condition)
    if condition.judge == "sum":
        return levels.judge_sum(condition, points)
    return levels.judge_level(condition, signal, points)


def _silent(condition: Threshold) -> Verdict:
    """The verdict on a whole window without any data."""
    what = "requests" if condition.judge in ("exact", "point", "errors") else "data"
    line = f"no {what} in {say_duration(condition.window)}; zero and silence are not the same"
    if condition.no_data == "zero":
        line += f", and {condition.alive} does not report either"
    return condition.says("no_data", line)
