"""What comes next by itself: what must be measured for it, and when the answer may be another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestrator.core.calendar import frozen, next_summary, summary_due
from orchestrator.core.engine import clocks, drills, ladder, probing, safeguards
from orchestrator.core.engine.judging import asked_of, is_sequential, looks_back
from orchestrator.core.engine.raising import held_long_due
from orchestrator.core.engine.scope import evidence_key, gates_here, measured, scope_of, valid
from orchestrator.core.facts import Facts
from orchestrator.core.gates import (
    AlarmsGate,
    DrillGate,
    Evidence,
    Gate,
    ProbeGate,
    ReportGate,
    wanted,
)
from orchestrator.core.plan import Plan, RunJob
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import MINUTE, WATERMARK, Wanted
from orchestrator.core.statistics import RateWatch

SUMMED_UP = ("running", "watching", "rolled_back")
"""Where a rollout has a daily summary."""

REVISABLE = 900
"""Seconds at the newest end that a sequential judge does not keep yet."""


def questions(plan: Plan, rollout: Rollout, evidence: Mapping[str, Evidence], now: int) -> tuple[Wanted, ...]:
    """What must be measured before this tick is decided: what safeguards, ways back and the gates need. Gates that are
    judged from stage entry are asked about at once, so that their evidence is folded during the soak; those that look
    at a window only once they can open. evidence: what the judges had seen at the last tick."""
    facts = Facts(evidence=dict(evidence))
    asked = list(safeguards.questions(plan, rollout, facts, now))
    asked += ladder.questions(plan, rollout, now)
    asked += clocks.questions(plan, rollout, now)
    if rollout.status in ("running", "watching") and not rollout.holds:
        scope, ripe = scope_of(plan, rollout, facts, now), now >= ripe_at(plan, rollout)
        for gate in gates_here(plan, rollout):
            if ripe or is_sequential(gate):
                asked += wanted(gate, scope)
    return tuple(dict.fromkeys(asked))


def reports_of(plan: Plan, rollout: Rollout) -> tuple[str, ...]:
    """The probes, jobs and reports that this decision looks at, by name."""
    names = [gate.probe for gate in gates_here(plan, rollout) if isinstance(gate, ProbeGate)]
    names += [gate.report for gate in gates_here(plan, rollout) if isinstance(gate, ReportGate)]
    if rollout.climbing is not None:
        names += [rung.action.target for rung in plan.ladder if isinstance(rung.action, RunJob)]
    return tuple(dict.fromkeys(names))


def soak_ends(plan: Plan, rollout: Rollout) -> int:
    """When the stage may be left at the earliest: after its soak, and after its last delayed flip."""
    stage = plan.stages[rollout.stage]
    return rollout.entered_at + max([stage.soak, *(flip.after for flip in stage.flips)])


def ripe_at(plan: Plan, rollout: Rollout) -> int:
    """When the gates are judged: after the soak, or at the end of the watch."""
    return rollout.watch_until if rollout.status == "watching" else soak_ends(plan, rollout)


def reminder_due(plan: Plan, rollout: Rollout) -> int | None:
    """When people are told that the stage takes longer than expected; None when they were, or nobody expects."""
    if rollout.status != "running":
        return None
    stage = plan.stages[rollout.stage]
    return rollout.entered_at + stage.expect if stage.expect and f"overdue:{stage.key}" not in rollout.told else None


def summary_is_due(plan: Plan, rollout: Rollout, now: int) -> bool:
    """Whether the day's summary of a live rollout is to be sent, if its plan asks for one."""
    last = max(rollout.summed_up_at, rollout.started_at)
    return plan.summary == "daily" and rollout.status in SUMMED_UP and summary_due(plan.timezone, now, last)


def next_decision(plan: Plan, rollout: Rollout, now: int) -> int | None:
    """The earliest time after `now` at which `tick`, having ticked at `now`, may answer otherwise although nothing
    outside changes and the measurements have settled (`settles_at`); None when it will not."""
    if not rollout.is_live:
        return None
    if rollout.status == "aborting" or rollout.pending or rollout.drilling is not None:
        return now + MINUTE
    coming = [ladder.next_look(plan, rollout, now), clocks.next_look(plan, rollout, now), held_long_due(rollout)]
    if plan.summary and rollout.status in SUMMED_UP:
        coming.append(next_summary(plan.timezone, now))
    if rollout.status in ("running", "watching"):
        coming.append(reminder_due(plan, rollout))
        if not rollout.holds:
            coming += [_step_due(plan, rollout, now), _probe_due(plan, rollout, now)]
            coming.append(drills.next_look(plan, rollout, now))
    return min((max(at, now + 1) for at in coming if at is not None), default=None)


def _step_due(plan: Plan, rollout: Rollout, now: int) -> int | None:
    freeze = frozen(plan.freezes, plan.timezone, now)
    if freeze is not None:
        return freeze.until
    due = ripe_at(plan, rollout)
    if rollout.status == "running" and rollout.flips < len(flips := plan.stages[rollout.stage].flips):
        due = rollout.entered_at + flips[rollout.flips].after
    if due > now:
        return due
    waiting = rollout.waiting
    if waiting.startswith("approval:"):
        # Somebody else is to be asked, or what has been met runs out.
        is_asking = waiting != asked_of(plan, rollout)[0]
        return now + MINUTE if is_asking else min(_lapses(plan, rollout, now), default=None)
    if waiting.startswith("gates:"):
        here = gates_here(plan, rollout)
        moving = any(_moves_by_itself(gate, waiting) for gate in here)
        return now + MINUTE if moving else min(_lapses(plan, rollout, now), default=None)
    # What blocks it now is outside, unless it has gone since its last tick.
    return None if waiting.startswith("alarms:") or waiting == "line" else now + MINUTE


def _moves_by_itself(gate: Gate, waiting: str) -> bool:
    """Whether what keeps this gate closed can change with time alone."""
    outcomes: tuple[str, ...] = ()
    if is_sequential(gate):
        outcomes = ("waiting", "insufficient", "fail")
    elif isinstance(gate, AlarmsGate) or (isinstance(gate, ReportGate) and gate.lead):
        outcomes = ("waiting",)
    return any(f"{gate.label}={outcome}" in waiting for outcome in outcomes)


def _lapses(plan: Plan, rollout: Rollout, now: int) -> Iterator[int]:
    """When something that a gate has passed on is too old for it."""
    for gate in gates_here(plan, rollout):
        if isinstance(gate, DrillGate) and (drill := rollout.drills.get(gate.flag)) is not None:
            yield max(drill.at + gate.valid + 1, now + MINUTE)
        if isinstance(gate, ReportGate) and gate.valid:
            yield now + MINUTE


def _probe_due(plan: Plan, rollout: Rollout, now: int) -> int | None:
    """When the next probe is called, or the answer of the last one may be there."""
    if any(now - at <= MINUTE for at in rollout.asked.values()):
        return now + MINUTE
    return probing.next_due(plan, rollout, now)


def longest_window(plan: Plan, rollout: Rollout, now: int) -> int:
    """Seconds that the measurements which matter now look back: the safeguards', once they can open the gates' too."""
    conditions = [when.condition for _, when in measured(plan, rollout)]
    windows = [condition.window or REVISABLE + MINUTE for condition in conditions]
    if rollout.status in ("running", "watching") and now >= ripe_at(plan, rollout):
        windows += [looks_back(gate) for gate in gates_here(plan, rollout)]
    return max(windows, default=0)


def settles_at(
    plan: Plan, rollout: Rollout, now: int, evidence: Mapping[str, Evidence] = {}, *, is_healthy: bool = False
) -> int:
    """When every window that matters lies wholly behind the newest evidence: from then on, in a world that does not
    change, the measurements no longer do either.

    A sequential safeguard may act at any minute as long as anything that it has seen speaks for a change, or as long as
    nobody says what it has seen: then the world is settled no earlier than in a minute. is_healthy: whoever asks knows
    that no signal is, or will be, over a safeguard's bound.
    """
    settled = rollout.evidence_from + longest_window(plan, rollout, now) + WATERMARK + MINUTE
    if is_healthy:
        return settled
    seen = valid(dict(evidence), rollout)
    watched = [s for s, when in measured(plan, rollout) if when.condition.judge == "sequential"]
    calm = all(_is_calm(seen.get(evidence_key(safeguard))) for safeguard in watched)
    return settled if calm else max(settled, now + MINUTE)


def _is_calm(seen: Evidence | None) -> bool:
    """Whether nothing that it has seen speaks for a breach: then more of the same never will."""
    return seen is not None and isinstance(seen.state, RateWatch) and seen.state.k <= seen.state.expected
