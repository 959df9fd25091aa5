"""What people do to go forward: promote, skip, approve, tick an item off."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.actors import Actor
from orchestrator.core.effects import Decision, Post
from orchestrator.core.engine import drift
from orchestrator.core.engine.judging import asked_of, judge_here
from orchestrator.core.engine.moves import make_flips
from orchestrator.core.engine.order import advance
from orchestrator.core.engine.people import refuse, say_status
from orchestrator.core.engine.readiness import not_ready, standstill
from orchestrator.core.engine.scope import gates_here
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Approval, ApprovalGate, ChecklistGate, Tick, missing_roles
from orchestrator.core.nearest import nearest
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout


def promote(plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """On to the next stage now, past soak and gates; never past an alarm, a hold, the line, a freeze, or what somebody
    changed by hand. In the last stage, flags that are still to move do so first."""
    against = _against(plan, rollout, facts, now, "promoted")
    if against:
        return refuse(rollout, against)
    return _onward(plan, rollout, now, f"promoted by {actor.name}: {reason}")


def skip(plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """Past an optional stage, without the rest of its soak and its gates. What stops a promotion stops this too."""
    against = _against(plan, rollout, facts, now, "skipped")
    if against:
        return refuse(rollout, against)
    stage = plan.stages[rollout.stage]
    if not stage.optional:
        return refuse(rollout, f"{stage.key} is not optional in the plan; /rollout promote goes on past its gates")
    return _onward(plan, rollout, now, f"{stage.key} skipped by {actor.name}: {reason}")


def _onward(plan: Plan, rollout: Rollout, now: int, why: str) -> Decision:
    if rollout.stage + 1 == len(plan.stages) and rollout.flips < len(plan.stages[rollout.stage].flips):
        moved, writes = make_flips(plan, rollout, now)
        post = Post(notice=wording.flipped(moved, plan, writes, now), proves=True)
        return Decision(kind="advance", rollout=moved, reason=why, effects=(*writes, post))
    return advance(plan, rollout, now, why)


def _against(plan: Plan, rollout: Rollout, facts: Facts, now: int, done: str) -> str:
    if rollout.status != "running":
        return f"{rollout.id} is {say_status(rollout)}; only a running stage can be {done}"
    if rollout.holds:
        return f"{rollout.id} is held ({rollout.holds[-1].reason}); resume it first"
    if rollout.drilling is not None:
        return f"a drill of {rollout.drilling.flag} is under way; wait until it is on again"
    return stopped(plan, rollout, facts, now)


def stopped(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> str:
    """What stops everything that people do to go forward; empty when nothing does."""
    if rollout.pending:
        return f"{', '.join(rollout.pending)} is not read back yet; wait for that"
    still = standstill(plan, facts, now)
    if still is not None:
        return f"{still.line}; nothing goes forward before that"
    unready = not_ready(plan, facts) or _unseen(plan, rollout, facts, now)
    return f"{unready}; nothing goes on under it" if unready else ""


def _unseen(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> str:
    """What the next tick would find in the flags: nobody has seen it yet, so nothing goes forward over it."""
    found = drift.reconcile(plan, rollout, facts, now)
    if found.rollout is rollout and not found.writes:
        return ""
    return found.reason or "a flag is not as the rollout wants it, and is being put right"


def approve(
    plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int, *, gate: str = ""
) -> Decision:
    """One person's yes, in the first role still missing that this person holds; `gate` names one of several."""
    if rollout.status not in ("running", "watching") or rollout.holds:
        state = f"held ({rollout.holds[-1].reason})" if rollout.holds else say_status(rollout)
        return refuse(rollout, f"{rollout.id} is {state}; there is nothing to approve now")
    here = rollout.here(plan)
    asked = [entry for entry in gates_here(plan, rollout) if isinstance(entry, ApprovalGate)]
    chosen = [entry for entry in asked if gate in ("", entry.name, entry.label)]
    if not asked:
        return refuse(rollout, f"{here} asks for no approval")
    if not chosen:
        names = ", ".join(nearest(gate, [entry.name or entry.label for entry in asked]))
        return refuse(rollout, f"{here} has no approval {gate}; there is {names}")
    if not rollout.waiting.startswith("approval:"):
        return refuse(rollout, f"{here} is not ready to be approved: {rollout.waiting_line or 'it has just begun'}")
    blocking = [
        verdict
        for entry, verdict in judge_here(plan, rollout, facts, now)
        if not verdict.passed and not verdict.advisory and not isinstance(entry, ApprovalGate)
    ]
    if blocking:
        return refuse(rollout, f"{here} is no longer ready: {blocking[0].line}")
    given = rollout.approvals_here(plan)
    free = [entry for entry in chosen if not _said_yes(given, actor, entry)]
    if not free:
        return refuse(rollout, f"you have approved {here} already; each role listed is another person")
    yes = next(((e, role) for e in free for role in missing_roles(e, given) if role in actor.roles), None)
    if yes is None:
        wanted = " and ".join(asked_of(plan, rollout)[1]) or "nobody"
        return refuse(rollout, f"{here} still needs {wanted}; you hold none of these roles")
    entry, role = yes
    given_now = Approval(
        stage=here,
        gate=entry.name,
        plan_hash=rollout.plan_hash,
        role=role,
        user_id=actor.user_id,
        name=actor.name,
        at=now,
        reason=reason,
    )
    approved = structs.replace(rollout, approvals=(*rollout.approvals, given_now), transition=rollout.transition + 1)
    which = f"{here} ({entry.name})" if entry.name else here
    return Decision(kind="hold", rollout=approved, reason=f"{which} approved as {role} by {actor.name}")


def _said_yes(given: Sequence[Approval], actor: Actor, gate: ApprovalGate) -> bool:
    return any(approval.user_id == actor.user_id and approval.gate in ("", gate.name) for approval in given)


def tick_off(plan: Plan, rollout: Rollout, actor: Actor, item: str, evidence: str, now: int) -> Decision:
    """One item of the stage's checklists is done. Held or soaking, people may do their part; no button goes stale."""
    if rollout.status not in ("running", "watching"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to tick off now")
    here = rollout.here(plan)
    lists = [gate for gate in gates_here(plan, rollout) if isinstance(gate, ChecklistGate)]
    gate = next((entry for entry in lists if item in entry.items), None)
    if not lists:
        return refuse(rollout, f"{here} has no checklist")
    if gate is None:
        known = nearest(item, [name for entry in lists for name in entry.items])
        return refuse(rollout, f"{here} has no item {item!r}; there is {', '.join(known)}")
    done = next((tick for tick in rollout.ticks_here(plan) if tick.item == item), None)
    if done is not None:
        return refuse(rollout, f"{item} was ticked off by {done.name} already")
    if gate.roles and not set(gate.roles) & set(actor.roles):
        return refuse(rollout, f"{item} is ticked off by {' or '.join(gate.roles)}; you hold none of these roles")
    if gate.needs_evidence and not evidence.strip():
        return refuse(rollout, f"{item} needs evidence: say where it can be seen, such as a link")
    tick = Tick(stage=here, item=item, user_id=actor.user_id, name=actor.name, at=now, evidence=evidence)
    ticked = structs.replace(rollout, ticks=(*rollout.ticks, tick))
    return Decision(kind="hold", rollout=ticked, reason=f"{item} ticked off by {actor.name}")
