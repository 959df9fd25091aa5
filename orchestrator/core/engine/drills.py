"""Drills: a kill switch tried out by the engine itself, at the beginning of a stage, before evidence counts.

The flag goes to safe, is read back, goes on again, is read back; both are timed. A drill never turns a flag on under a
hold: whatever comes between ends it where the flag is safe, and it is done again once a person has resumed.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from orchestrator.core.effects import Decision, Post, WriteFlag
from orchestrator.core.engine.moves import keep, pinned, retarget
from orchestrator.core.engine.readiness import not_ready, standstill
from orchestrator.core.engine.scope import gates_here
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Drill, DrillGate
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Drilling, FlagState, Rollout
from orchestrator.core.signals import MINUTE
from orchestrator.core.wording import ladder as wording

DRILL = "drill"
"""`kept_by` of the flag that is kept safe by a drill."""


def step(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision | None:
    """Begins, continues or ends a drill; None where there is none to do, or where it must wait and something else says
    for what."""
    if rollout.status != "running":
        return None
    if rollout.holds:
        return _cut_short(plan, rollout, now)
    if standstill(plan, facts, now) is not None or not_ready(plan, facts):
        return _back_to_safe(plan, rollout, now)
    if rollout.drilling is not None:
        return _go_on(plan, rollout, rollout.drilling, now)
    left_over = [name for name, flag in rollout.flags.items() if flag.kept_by == DRILL]
    if left_over and not rollout.pending:
        return _let_go(plan, rollout, left_over[0], now)
    gate = next(_due(plan, rollout, now), None)
    if gate is None or rollout.pending:
        return None
    return _begin(plan, rollout, gate, now)


def next_look(plan: Plan, rollout: Rollout, now: int) -> int | None:
    """When `step` may answer otherwise although nothing outside changes."""
    due = rollout.status == "running" and not rollout.holds and next(_due(plan, rollout, now), None) is not None
    return now + MINUTE if due or rollout.drilling is not None else None


def _due(plan: Plan, rollout: Rollout, now: int) -> Iterator[DrillGate]:
    """The drills of this stage that are still to be done: of flags that are away from safe by the plan itself, are not
    pinned, and are followed by the applications as fast as the drill asks for."""
    fixed = pinned(plan, rollout)
    for gate in gates_here(plan, rollout):
        if not isinstance(gate, DrillGate) or gate.flag in fixed or _is_valid(rollout, gate, now):
            continue
        spec, flag = plan.flag(gate.flag), rollout.flags.get(gate.flag, FlagState())
        if spec is None or spec.takes > gate.within or flag.desired is None:
            continue
        if flag.kept is None and not spec.is_safe(flag.desired):
            yield gate


def _is_valid(rollout: Rollout, gate: DrillGate, now: int) -> bool:
    """A drill that was too slow is not repeated by itself, but it is once a person has resumed."""
    drill = rollout.drills.get(gate.flag)
    if drill is None or drill.at < now - gate.valid:
        return False
    return max(drill.off_seconds, drill.on_seconds) <= gate.within or drill.at >= rollout.resumed_at


def _begin(plan: Plan, rollout: Rollout, gate: DrillGate, now: int) -> Decision:
    spec = plan.flag(gate.flag)
    assert spec is not None
    moved, writes = keep(plan, rollout, [(gate.flag, spec.safe_text)], DRILL)
    moved = structs.replace(moved, drilling=Drilling(flag=gate.flag, since=now), waiting="drill", waiting_line="")
    return Decision(kind="set", rollout=moved, reason=f"drill of {gate.flag}: to safe", effects=writes)


def _go_on(plan: Plan, rollout: Rollout, drilling: Drilling, now: int) -> Decision | None:
    name = drilling.flag
    flag = rollout.flags.get(name, FlagState())
    is_off = flag.kept_by == DRILL
    if flag.pending:
        return _wait(rollout, f"drill of {name}: not read back {'as safe' if is_off else 'as on'} yet")
    if is_off:
        return _let_go(plan, rollout, name, now)
    if drilling.off_at and flag.kept is None:
        return _end(plan, rollout, drilling, flag, now)
    # Somebody else has taken the flag over: there is nothing left to time.
    gone = structs.replace(rollout, drilling=None)
    return Decision(kind="hold", rollout=gone, reason=f"the drill of {name} was overtaken; it is done again")


def _let_go(plan: Plan, rollout: Rollout, name: str, now: int) -> Decision:
    """On again. Evidence begins where the exposure does, and from there the way back on is timed."""
    flag = rollout.flags[name]
    free = {**rollout.flags, name: structs.replace(flag, kept=None, kept_by="")}
    moved, writes = retarget(plan, structs.replace(rollout, flags=free, evidence_from=now))
    if rollout.drilling is not None:
        off_at = _read_back(flag, rollout.drilling.since, now)
        moved = structs.replace(moved, drilling=structs.replace(rollout.drilling, off_at=off_at))
    return Decision(kind="set", rollout=moved, reason=f"drill of {name}: on again", effects=writes)


def _end(plan: Plan, rollout: Rollout, drilling: Drilling, flag: FlagState, now: int) -> Decision:
    gate = next((g for g in gates_here(plan, rollout) if isinstance(g, DrillGate) and g.flag == drilling.flag), None)
    on_at = _read_back(flag, drilling.off_at, now)
    # A change marker may have moved the evidence since: then the time from off to on is the one that is sure.
    on_from = rollout.evidence_from if rollout.evidence_from <= on_at else drilling.off_at
    drill = Drill(
        flag=drilling.flag,
        at=now,
        off_seconds=drilling.off_at - drilling.since,
        on_seconds=on_at - on_from,
    )
    drills = {**rollout.drills, drilling.flag: drill}
    moved = structs.replace(rollout, drills=drills, drilling=None, evidence_from=now, waiting="", waiting_line="")
    within = gate or DrillGate(flag=drilling.flag)
    post = Post(notice=wording.drill_done(moved, drill, within, now))
    reason = f"drill of {drilling.flag}: off in {drill.off_seconds} s, on again in {drill.on_seconds} s"
    return Decision(kind="hold", rollout=moved, reason=reason, effects=(post,))


def _read_back(flag: FlagState, since: int, now: int) -> int:
    """When the write that was made at `since` was read back; what nobody timed is seen now."""
    return flag.verified_at if flag.verified_at >= since else now


def _cut_short(plan: Plan, rollout: Rollout, now: int) -> Decision | None:
    """A hold in the middle: the flag stays where it is safe, until a person resumes."""
    drilling = rollout.drilling
    if drilling is None:
        return None
    why = rollout.holds[-1].reason
    name, flag = drilling.flag, rollout.flags.get(drilling.flag, FlagState())
    moved, writes = rollout, tuple[WriteFlag, ...]()
    if flag.pending and flag.kept is None and (spec := plan.flag(name)) is not None:
        moved, writes = keep(plan, rollout, [(name, spec.safe_text)], DRILL)
    moved = structs.replace(moved, drilling=None)
    if moved.flags[name].kept_by != DRILL or moved.flags[name].found is not None:
        return Decision(kind="hold", rollout=moved, reason=f"the drill of {name} is over: {why}")
    value = moved.flags[name].kept or ""
    notice = wording.drill_cut_short(moved, name, value, why, writes, now)
    post = Post(notice=notice, proves=True)
    return Decision(
        kind="hold", rollout=moved, reason=f"the drill of {name} was cut short: {why}", effects=(*writes, post)
    )


def _back_to_safe(plan: Plan, rollout: Rollout, now: int) -> Decision | None:
    """Nothing may go forward just now: the flag waits at safe, and its way on is timed afresh."""
    drilling = rollout.drilling
    if drilling is None:
        return None
    name, flag = drilling.flag, rollout.flags.get(drilling.flag, FlagState())
    spec = plan.flag(name)
    if flag.pending and flag.kept is None and spec is not None:
        moved, writes = keep(plan, rollout, [(name, spec.safe_text)], DRILL)
        moved = structs.replace(moved, drilling=Drilling(flag=name, since=now))
        return Decision(kind="set", rollout=moved, reason=f"drill of {name}: back to safe for now", effects=writes)
    return _wait(rollout, f"drill of {name}: it waits where it is")


def _wait(rollout: Rollout, line: str) -> Decision:
    if rollout.waiting != "drill" or rollout.waiting_line != line:
        rollout = structs.replace(rollout, waiting="drill", waiting_line=line)
    return Decision(kind="hold", rollout=rollout, reason=line)
