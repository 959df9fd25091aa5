"""What asking the sources costs in a month while a rollout is live, by AWS's list prices in us-east-1."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from orchestrator.core.gates import Gate, ProbeGate
from orchestrator.core.plan import Plan, SignalCondition
from orchestrator.core.signals import (
    LOGS_EVERY,
    LatencySignal,
    LogQuery,
    MathQuery,
    MetricQuery,
    PromQuery,
    Query,
    Signal,
    sources,
)
from orchestrator.core.targets import LambdaCall

MONTH = 30 * 86_400
PER_METRIC = 0.01 / 1000
"""Dollars, for each metric that GetMetricData is asked for."""

PER_GIGABYTE = 0.005
"""Dollars, for each gigabyte that Logs Insights scans."""

PER_CALL = 0.20 / 1_000_000
"""Dollars, for each call of a Lambda function; what it computes comes on top."""


class Cost(Struct, frozen=True, kw_only=True):
    """One signal, or one probe by its name. dollars: a month; None where it depends on the bytes scanned."""

    signal: str
    dollars: float | None
    line: str

    def __str__(self) -> str:
        return self.line


def monthly_cost(plan: Plan, tick_seconds: int = 60) -> list[Cost]:
    """Signals in the plan's order, then probes; those that nothing asks for are left out."""
    return [*_signals(plan, tick_seconds), *_probes(plan)]


def _signals(plan: Plan, tick_seconds: int) -> Iterator[Cost]:
    for signal in plan.signals:
        questions = _questions(plan, signal.name)
        if questions:
            yield _cost(signal, questions, tick_seconds)


def _questions(plan: Plan, signal: str) -> int:
    """How often a tick asks for the signal at most: for each window of the safeguards, and of one stage's gates."""
    always = {
        guard.when.condition.window
        for guard in plan.safeguards
        if isinstance(guard.when, SignalCondition) and guard.when.condition.signal == signal
    }
    everywhere = (*(stage.gates for stage in plan.stages), plan.watch.gates)
    return len(always) + max(sum(signal in _asked(gate) for gate in gates) for gates in everywhere)


def _asked(gate: Gate) -> set[str]:
    """The signals that a gate looks at: whatever its kind, it names them in these fields."""
    condition = getattr(gate, "condition", gate)
    named = {getattr(condition, field, "") for field in ("signal", "other", "of", "alive")}
    return named - {""}


def _cost(signal: Signal, questions: int, tick_seconds: int) -> Cost:
    queries = sources(signal)
    if any(isinstance(query, LogQuery) for query in queries):
        scans = questions * len(queries) * (MONTH // max(LOGS_EVERY, tick_seconds))
        line = f"{signal.name}: Logs Insights, {scans:,} queries a month, ${PER_GIGABYTE:g} for each GB that one scans"
        return Cost(signal=signal.name, dollars=None, line=line)
    if all(isinstance(query, PromQuery) for query in queries):
        return Cost(signal=signal.name, dollars=0.0, line=f"{signal.name}: Prometheus, nothing")
    metrics = sum(_metrics(query) for query in queries) * (2 if isinstance(signal, LatencySignal) else 1)
    dollars = questions * metrics * (MONTH // tick_seconds) * PER_METRIC
    each = f"{metrics} metric{'s' if metrics > 1 else ''}"
    often = f"asked {questions} times every" if questions > 1 else "asked every"
    line = f"{signal.name}: CloudWatch, {each} {often} {tick_seconds} s, about ${dollars:.2f} a month"
    return Cost(signal=signal.name, dollars=dollars, line=line)


def _metrics(query: Query) -> int:
    match query:
        case MetricQuery():
            return 1
        case MathQuery(metrics=metrics):
            return len(metrics)
        case _:
            return 0


def _probes(plan: Plan) -> Iterator[Cost]:
    everywhere = (*(stage.gates for stage in plan.stages), plan.watch.gates)
    gates = [gate for gates in everywhere for gate in gates if isinstance(gate, ProbeGate)]
    for target in plan.targets:
        every = min((gate.every for gate in gates if gate.probe == target.name), default=0)
        if every and isinstance(target.call, LambdaCall):
            calls = MONTH // every
            dollars = calls * PER_CALL
            line = f"{target.name}: Lambda, {calls:,} calls a month, ${PER_CALL * 1_000_000:.2f} a million and its time"
            yield Cost(signal=target.name, dollars=dollars, line=line)
