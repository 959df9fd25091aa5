"""The kinds of gate. A new kind is a module here, its name in `Gate`, and a branch in `judge`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core.gates.approval import Approval, ApprovalGate, judge_approval, missing_roles
from orchestrator.core.gates.threshold import Threshold, ThresholdGate, judge_breach, judge_threshold, question
from orchestrator.core.signals import Measurement, Signal, Wanted
from orchestrator.core.verdicts import Verdict

Gate = ThresholdGate | ApprovalGate


def questions(gates: Sequence[Gate], signals: Mapping[str, Signal], now: int, *, since: int) -> tuple[Wanted, ...]:
    """What must be asked of the sources to judge these gates at `now`, with evidence no older than `since`."""
    return tuple(
        question(gate.condition, signals[gate.condition.signal], now, since=since)
        for gate in gates
        if isinstance(gate, ThresholdGate)
    )


def judge(
    gate: Gate,
    signals: Mapping[str, Signal],
    answers: Mapping[Wanted, Measurement],
    given: Sequence[Approval],
    now: int,
    *,
    since: int,
) -> Verdict:
    match gate:
        case ThresholdGate():
            asked = question(gate.condition, signals[gate.condition.signal], now, since=since)
            return judge_threshold(gate.condition, asked, answers.get(asked))
        case ApprovalGate():
            return judge_approval(gate, given)


__all__ = [
    "Approval",
    "ApprovalGate",
    "Gate",
    "Threshold",
    "ThresholdGate",
    "judge",
    "judge_breach",
    "judge_threshold",
    "missing_roles",
    "question",
    "questions",
]
