"""The gates of a stage, or of the watch, judged on what was seen: numbers first, what people do, their yes last."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.engine.scope import gates_here, scope_of
from orchestrator.core.facts import Facts
from orchestrator.core.gates import (
    ApprovalGate,
    BaselineGate,
    ChecklistGate,
    DrillGate,
    Gate,
    MembersGate,
    ProbeGate,
    ReportGate,
    ThresholdGate,
    judge,
    look_back,
    missing_roles,
)
from orchestrator.core.gates.baseline import LOOK_BACK
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.verdicts import Verdict

Judged = Sequence[tuple[Gate, Verdict]]

_LATE = (ProbeGate, DrillGate, ReportGate, ChecklistGate, ApprovalGate)
"""Looked at after everything that is measured, in this order."""


def judge_here(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Judged:
    """Every gate that is to open now with its verdict, people last."""
    scope = scope_of(plan, rollout, facts, now)
    gates = sorted(gates_here(plan, rollout), key=_rank)
    return [(gate, judge(gate, scope)) for gate in gates]


def _rank(gate: Gate) -> int:
    return next((place for place, kind in enumerate(_LATE, start=1) if isinstance(gate, kind)), 0)


def is_sequential(gate: Gate) -> bool:
    """Whether it looks at all since evidence began, and keeps what it has seen."""
    match gate:
        case ThresholdGate(condition=condition):
            return condition.judge == "sequential"
        case BaselineGate():
            return gate.is_concurrent
        case MembersGate(new_since=new_since):
            return new_since > 0
        case _:
            return False


def looks_back(gate: Gate) -> int:
    """Seconds before now that the verdict rests on, with the baselines that lie further back."""
    match gate:
        case BaselineGate(of=of):
            return look_back(gate) + LOOK_BACK.get(of, 0)
        case MembersGate(new_since=new_since):
            return look_back(gate) + new_since
        case _:
            return look_back(gate)


def asked_of(plan: Plan, rollout: Rollout) -> tuple[str, tuple[str, ...]]:
    """The code of waiting for this stage's approvals, and who has still to say yes, `a or b` where either will do."""
    given = rollout.approvals_here(plan)
    gates = [gate for gate in gates_here(plan, rollout) if isinstance(gate, ApprovalGate)]
    missing = [(gate, missing_roles(gate, given)) for gate in gates]
    roles = dict.fromkeys(role for _, roles in missing for role in roles)
    said = [name for gate, roles in missing for name in ([" or ".join(roles)] if gate.any_of and roles else roles)]
    return f"approval:{','.join(roles)}", tuple(dict.fromkeys(said))
