"""Probing: when the probes of a stage, or of the watch, are called. Their answers arrive as reports.

Time is cut into slots of the gate's `every`, from where evidence begins; a probe is called once in each, and a slot
that nobody came round in is not made up for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import structs

from orchestrator.core.effects import RunTarget
from orchestrator.core.engine.scope import gates_here
from orchestrator.core.gates import ProbeGate, Scope, judge
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.targets import Report, Reported

SLOWER = 6
"""How many times less often a probe is called once its gate is open: only so that what it says stays current."""


def due(
    plan: Plan, rollout: Rollout, now: int, reports: Mapping[str, tuple[Report, ...]] = {}
) -> tuple[Rollout, tuple[RunTarget, ...]]:
    """The rollout that remembers whom it asked, and what is to be called; the same rollout when that is nothing.

    Nothing is called while it is held, rolled back, in a drill, or while a flag is not read back: what a probe said
    then would speak of another exposure. A probe of several gates is called once. With `reports`, gates that are open
    are asked less often.
    """
    runs: dict[str, RunTarget] = {}
    for gate, slot in _slots(plan, rollout, now, reports):
        if slot <= now:
            run = f"{rollout.id}:{gate.probe}:{slot}"
            here = rollout.stage_key(plan) if rollout.status == "running" else ""
            runs[gate.probe] = RunTarget(
                target=gate.probe, run=run, plan=plan.name, plan_hash=rollout.plan_hash, stage=here
            )
    if not runs:
        return rollout, ()
    return structs.replace(rollout, asked={**rollout.asked, **dict.fromkeys(runs, now)}), tuple(runs.values())


def next_due(plan: Plan, rollout: Rollout, now: int, reports: Mapping[str, tuple[Report, ...]] = {}) -> int | None:
    """When a probe is to be called next; None where there is none to call."""
    return min((max(slot, now + 1) for _, slot in _slots(plan, rollout, now, reports)), default=None)


def _slots(
    plan: Plan, rollout: Rollout, now: int, reports: Mapping[str, tuple[Report, ...]]
) -> Iterator[tuple[ProbeGate, int]]:
    """Each gate with the beginning of the next slot in which it was not asked: the one of `now`, or the next."""
    if rollout.holds or rollout.pending or rollout.drilling is not None:
        return
    for gate in gates_here(plan, rollout):
        if not isinstance(gate, ProbeGate):
            continue
        target = plan.target(gate.probe)
        if target is None or isinstance(target.call, Reported):
            continue
        length = gate.every * (SLOWER if _is_open(plan, rollout, gate, now, reports) else 1)
        slot = rollout.evidence_from + max(0, now - rollout.evidence_from) // length * length
        yield gate, slot if rollout.asked.get(gate.probe, 0) < slot else slot + length


def _is_open(
    plan: Plan, rollout: Rollout, gate: ProbeGate, now: int, reports: Mapping[str, tuple[Report, ...]]
) -> bool:
    if not reports.get(gate.probe):
        return False
    scope = Scope(
        now=now,
        since=rollout.evidence_from,
        entered_at=rollout.entered_at,
        started_at=rollout.started_at,
        signals=plan.signals_by_name,
        reports=reports,
    )
    return judge(gate, scope).passed
