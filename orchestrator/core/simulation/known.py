"""What a scenario may name: everything its plan has, and the people it introduces itself."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from orchestrator.core.actors import Actor
from orchestrator.core.gates import ApprovalGate, ChecklistGate, Gate, ReportGate
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import WATCH
from orchestrator.core.signals import Signal
from orchestrator.core.targets import Reported


class Known(Struct, frozen=True, kw_only=True):
    """`gates` are the approvals of a stage (or of the watch) by name and label, `items` those of its checklists."""

    signals: dict[str, Signal]
    alarms: tuple[str, ...]
    targets: tuple[str, ...]
    reports: tuple[str, ...]
    flags: tuple[str, ...]
    environments: tuple[str, ...]
    gates: dict[str, tuple[str, ...]]
    items: dict[str, tuple[str, ...]]
    people: dict[str, Actor] = {}

    @property
    def stages(self) -> tuple[str, ...]:
        return tuple(self.gates)


def known_in(plan: Plan) -> Known:
    places = {WATCH: plan.watch.gates} if plan.watch.gates else {}
    places |= {stage.key: stage.gates for stage in plan.stages}
    every = [gate for gates in places.values() for gate in gates]
    asked = [gate.report for gate in every if isinstance(gate, ReportGate)]
    return Known(
        signals=plan.signals_by_name,
        alarms=tuple(plan.alarms()),
        targets=tuple(target.name for target in plan.targets),
        reports=tuple(dict.fromkeys([*asked, *(t.name for t in plan.targets if isinstance(t.call, Reported))])),
        flags=tuple(spec.name for spec in plan.flags),
        environments=plan.environments,
        gates={key: tuple(_approvals(gates)) for key, gates in places.items()},
        items={key: tuple(_items(gates)) for key, gates in places.items()},
    )


def _approvals(gates: tuple[Gate, ...]) -> Iterator[str]:
    for gate in gates:
        if isinstance(gate, ApprovalGate):
            yield from dict.fromkeys(name for name in (gate.name, gate.label) if name)


def _items(gates: tuple[Gate, ...]) -> Iterator[str]:
    for gate in gates:
        if isinstance(gate, ChecklistGate):
            yield from gate.items
