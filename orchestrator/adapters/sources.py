"""One port for all sources of signals: each question goes to the source that its queries name."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from orchestrator.adapters.catalogue import NO_PROMETHEUS_HERE
from orchestrator.core.signals import (
    AlarmReading,
    CountSignal,
    LatencySignal,
    LogQuery,
    MathQuery,
    Measurement,
    MetricQuery,
    PromQuery,
    Query,
    RatioSignal,
    Wanted,
    sources,
)
from orchestrator.ports import Signals
from orchestrator.telemetry.logs import get_logger


class Sources(Signals):
    """A source that fails, whatever the failure, is an error of its own signals alone. Alarms are CloudWatch's.

    A ratio may have its bad events in one source and all events in another: each is asked for its count.
    """

    def __init__(self, cloudwatch: Signals, logs: Signals, prometheus: Signals | None = None) -> None:
        self._cloudwatch, self._logs, self._prometheus = cloudwatch, logs, prometheus

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        parts = {question: _parts(question) for question in wanted}
        asked: dict[Signals | None, list[Wanted]] = {}
        for part in dict.fromkeys(part for split in parts.values() for part in split):
            asked.setdefault(self._source(sources(part.signal)[0]), []).append(part)
        found: dict[Wanted, Measurement] = {}
        for source, questions in asked.items():
            found |= _answers(source, questions, now)
        return {question: _whole([found[part] for part in split]) for question, split in parts.items()}

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        return self._cloudwatch.alarms(names)

    def _source(self, query: Query) -> Signals | None:
        match query:
            case MetricQuery() | MathQuery():
                return self._cloudwatch
            case LogQuery():
                return self._logs
            case PromQuery():
                return self._prometheus


def _kind(query: Query) -> str:
    return "cloudwatch" if isinstance(query, MetricQuery | MathQuery) else type(query).__name__


def _parts(question: Wanted) -> tuple[Wanted, ...]:
    signal = question.signal
    if not isinstance(signal, RatioSignal) or _kind(signal.bad) == _kind(signal.total):
        return (question,)
    return tuple(
        structs.replace(question, signal=CountSignal(name=signal.name, query=query)) for query in sources(signal)
    )


def _answers(source: Signals | None, questions: list[Wanted], now: int) -> dict[Wanted, Measurement]:
    if source is None:
        return dict.fromkeys(questions, Measurement(status="error", detail=NO_PROMETHEUS_HERE))
    unbound = [question for question in questions if isinstance(question.signal, LatencySignal)]
    found = dict.fromkeys(unbound, Measurement(status="error", detail="a latency is measured against a bound"))
    try:
        found |= source.measure([question for question in questions if question not in found], now)
    except Exception as problem:  # a fault of ours in one source must not blind the safeguards on the others
        get_logger().exception("a source of signals failed", extra={"source": type(source).__name__})
        found |= dict.fromkeys(questions, Measurement(status="error", detail=f"{type(problem).__name__} in its source"))
    return found


def _whole(parts: Sequence[Measurement]) -> Measurement:
    """The answer to a question from the answers to its parts: the worst of their states, or both counts."""
    for status in ("error", "pending"):
        if bad := next((part for part in parts if part.status == status), None):
            return bad
    return parts[0] if len(parts) == 1 else Measurement(series=parts[0].series, total=parts[1].series)
