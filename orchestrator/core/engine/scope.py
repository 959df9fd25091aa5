"""What the judges may look at, put together from a rollout and the facts; and what they have seen by now."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core import exposure
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Evidence, Gate, Scope, breach_gathered, gathered
from orchestrator.core.plan import Plan, Safeguard, SignalCondition
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import MINUTE


def scope_of(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Scope:
    return Scope(
        now=now,
        since=rollout.evidence_from,
        entered_at=rollout.entered_at,
        started_at=rollout.started_at,
        signals=plan.signals_by_name,
        answers=facts.answers,
        evidence=valid(facts.evidence, rollout),
        reports=facts.reports,
        approvals=rollout.approvals_here(plan),
        ticks=rollout.ticks_here(plan),
        drills=rollout.drills,
        flags={name: exposure.reading(live.value) for name, live in facts.flags.items()},
        alarms=facts.alarms,
        alarms_read=facts.alarms_read,
    )


def valid(evidence: dict[str, Evidence], rollout: Rollout) -> dict[str, Evidence]:
    """The evidence that begins where this rollout's now does."""
    since = -(-rollout.evidence_from // MINUTE) * MINUTE
    return {key: entry for key, entry in evidence.items() if entry.since == since}


def gates_here(plan: Plan, rollout: Rollout) -> tuple[Gate, ...]:
    """The gates that must open before it goes on: the stage's, or the watch's."""
    if rollout.status == "watching":
        return plan.watch.gates
    if rollout.status == "running" and 0 <= rollout.stage < len(plan.stages):
        return plan.stages[rollout.stage].gates
    return ()


def armed(plan: Plan, rollout: Rollout) -> Iterator[Safeguard]:
    """The safeguards that may act now: the whole plan's, and those that name this stage. In the watch, all."""
    if not rollout.is_live or rollout.status == "aborting":
        return
    here, watching = rollout.stage_key(plan), rollout.status == "watching"
    for safeguard in plan.safeguards:
        if watching or (not safeguard.only_watch and (not safeguard.stages or here in safeguard.stages)):
            yield safeguard


def cause_key(safeguard: Safeguard) -> str:
    """What `acted` remembers it by: an alarm by its own name, so that all that it sets off acts together. A safeguard
    that is only tried out has acts of its own."""
    name = f"signal:{safeguard.key}" if isinstance(safeguard.when, SignalCondition) else safeguard.when.name
    return f"dry:{name}" if safeguard.dry_run else name


def measured(plan: Plan, rollout: Rollout) -> Iterator[tuple[Safeguard, SignalCondition]]:
    """The safeguards whose signal is to be judged now; nothing once nothing is exposed, or once they have acted."""
    if rollout.status in ("running", "watching"):
        for safeguard in armed(plan, rollout):
            if isinstance(safeguard.when, SignalCondition) and cause_key(safeguard) not in rollout.acted:
                yield safeguard, safeguard.when


def gathered_by(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> dict[str, Evidence]:
    """What the sequential judges have seen, with what these facts add. What brought nothing new is carried on."""
    scope = scope_of(plan, rollout, facts, now)
    kept = dict(scope.evidence)
    for gate in gates_here(plan, rollout):
        if (seen := gathered(gate, scope)) is not None:
            kept[gate.label] = seen
    for safeguard, when in measured(plan, rollout):
        if (seen := breach_gathered(when.condition, safeguard.key, scope)) is not None:
            kept[evidence_key(safeguard)] = seen
    return kept


def evidence_key(safeguard: Safeguard) -> str:
    """Where a safeguard's evidence lies; a gate's lies under its label."""
    return f"safeguard:{safeguard.key}"
