"""The kinds of gate. A new kind is a module here, its name in `Gate`, and its functions in the tables below.

`wanted` says what must be asked of the sources, `judge` what the answers mean, `gathered` what is to be kept of them. A
safeguard's question is judged by `breach_wanted`, `judge_breach` and `breach_gathered`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import structs

from orchestrator.core.gates import (
    baseline,
    checklist,
    conditions,
    difference,
    drill,
    freshness,
    members,
    probes,
    reports,
    state,
    sustained,
    unchanged,
)
from orchestrator.core.gates.approval import Approval, ApprovalGate, judge_approval, missing_roles
from orchestrator.core.gates.baseline import BaselineGate
from orchestrator.core.gates.breaches import breach_gathered, breach_wanted, judge_breach
from orchestrator.core.gates.checklist import ChecklistGate
from orchestrator.core.gates.difference import DifferenceGate
from orchestrator.core.gates.drill import DrillGate
from orchestrator.core.gates.freshness import FreshGate
from orchestrator.core.gates.members import MembersGate
from orchestrator.core.gates.probes import ProbeGate
from orchestrator.core.gates.reports import Expectation, ReportGate
from orchestrator.core.gates.scope import Drill, Evidence, Novelty, Scope, Tick
from orchestrator.core.gates.state import AlarmsGate, FlagsGate
from orchestrator.core.gates.sustained import SustainedGate
from orchestrator.core.gates.threshold import Threshold, ThresholdGate
from orchestrator.core.gates.unchanged import UnchangedGate
from orchestrator.core.signals import Wanted
from orchestrator.core.verdicts import Verdict

MetricGate = ThresholdGate | SustainedGate | UnchangedGate | BaselineGate | FreshGate | MembersGate | DifferenceGate
Gate = MetricGate | ProbeGate | ReportGate | ChecklistGate | DrillGate | FlagsGate | AlarmsGate | ApprovalGate

PEOPLE = (ApprovalGate, ChecklistGate)
"""The kinds that wait for people."""

_WANTED: dict[type, Callable[[Any, Scope], tuple[Wanted, ...]]] = {
    ThresholdGate: conditions.wanted,
    SustainedGate: sustained.wanted,
    UnchangedGate: unchanged.wanted,
    BaselineGate: baseline.wanted,
    FreshGate: freshness.wanted,
    MembersGate: members.wanted,
    DifferenceGate: difference.wanted,
}
_GATHERED: dict[type, Callable[[Any, Scope], Evidence | None]] = {
    ThresholdGate: conditions.gathered,
    BaselineGate: baseline.gathered,
    MembersGate: members.gathered,
}
_JUDGED: dict[type, Callable[[Any, Scope], Verdict]] = {
    ThresholdGate: conditions.judge,
    SustainedGate: sustained.judge,
    UnchangedGate: unchanged.judge,
    BaselineGate: baseline.judge,
    FreshGate: freshness.judge,
    MembersGate: members.judge,
    DifferenceGate: difference.judge,
    ProbeGate: probes.judge,
    ReportGate: reports.judge,
    ChecklistGate: checklist.judge,
    DrillGate: drill.judge,
    FlagsGate: state.judge_flags,
    AlarmsGate: state.judge_alarms,
    ApprovalGate: lambda gate, scope: judge_approval(gate, scope.approvals),
}


def wanted(gate: Gate, scope: Scope) -> tuple[Wanted, ...]:
    """What must be asked of the sources to judge it now; nothing for a gate that looks at no signal, and nothing
    while no minute of the evidence is complete."""
    asks = _WANTED.get(type(gate))
    return asks(gate, scope) if asks else ()


def gathered(gate: Gate, scope: Scope) -> Evidence | None:
    """What the gate has seen, with what the answers add; None for one that keeps nothing, or has nothing to keep. Its
    place in a scope is the gate's label."""
    gathers = _GATHERED.get(type(gate))
    return gathers(gate, scope) if gathers else None


def judge(gate: Gate, scope: Scope) -> Verdict:
    """The verdict on what the scope holds. No data, a missing answer and a broken source never pass."""
    verdict = _JUDGED[type(gate)](gate, scope)
    condition = gate.condition if isinstance(gate, ThresholdGate | SustainedGate) else None
    if verdict.outcome == "no_data" and condition is not None and condition.no_data == "fail":
        verdict = structs.replace(verdict, outcome="fail", line=f"{verdict.line}, and the plan says silence fails")
    is_advisory = isinstance(gate, MetricGate) and gate.dry_run
    return structs.replace(verdict, advisory=True) if is_advisory else verdict


def is_people(gate: Gate) -> bool:
    return isinstance(gate, PEOPLE)


def look_back(gate: Gate | Threshold) -> int:
    """Seconds of measurements that the verdict rests on; 0 where it rests on all since evidence began, or on none."""
    match gate:
        case Threshold(window=window):
            return window
        case ThresholdGate(condition=condition):
            return condition.window
        case BaselineGate(window=window) | MembersGate(window=window) | DifferenceGate(window=window):
            return window
        case SustainedGate(length=length) | UnchangedGate(length=length):
            return length
        case FreshGate(age=age):
            return age
    return 0


def longest_window(judged: Iterable[Gate | Threshold]) -> int:
    """The longest look back of gates and of safeguards' conditions."""
    return max(map(look_back, judged), default=0)


__all__ = [
    "PEOPLE",
    "AlarmsGate",
    "Approval",
    "ApprovalGate",
    "BaselineGate",
    "ChecklistGate",
    "DifferenceGate",
    "Drill",
    "DrillGate",
    "Evidence",
    "Expectation",
    "FlagsGate",
    "FreshGate",
    "Gate",
    "MembersGate",
    "MetricGate",
    "Novelty",
    "ProbeGate",
    "ReportGate",
    "Scope",
    "SustainedGate",
    "Threshold",
    "ThresholdGate",
    "Tick",
    "UnchangedGate",
    "breach_gathered",
    "breach_wanted",
    "gathered",
    "is_people",
    "judge",
    "judge_breach",
    "longest_window",
    "look_back",
    "missing_roles",
    "wanted",
]
