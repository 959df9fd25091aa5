"""What people ask of a rollout: start, promote, approve, pause, resume, abort, roll back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.actors import Actor
from orchestrator.core.effects import Decision, Effect, Post
from orchestrator.core.engine import drift, safeguards
from orchestrator.core.engine.moves import enter_stage, go_back, hold, make_flips, release, retarget
from orchestrator.core.engine.order import advance, asked_of, judge_stage, not_ready, unready_alarms
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Approval, ApprovalGate, missing_roles
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import FlagState, Rollout


def refuse(rollout: Rollout | None, reason: str) -> Decision:
    return Decision(kind="refuse", rollout=rollout, reason=reason)


def begin(
    plan: Plan,
    blank: Rollout,
    facts: Facts,
    fences: Mapping[str, int],
    now: int,
    *,
    owners: Mapping[str, str] = {},
    kept: Mapping[str, str] = {},
) -> Decision:
    """Start: the baseline is what SSM holds now, and every reason against it is named at once.

    blank: the rollout's identity (id, plan, hash, environment, who and why); owners: flags locked by another rollout;
    kept: flags that a standing safeguard or rollback keeps, with the reason.
    """
    faults = start_faults(plan, facts, owners, kept)
    if faults:
        return refuse(None, "\n".join(faults))
    # In the order in which they come back from the table: the same history reads the same.
    baseline = {name: facts.flags[name].value for name in sorted(spec.name for spec in plan.flags)}
    flags = {
        name: FlagState(desired=value, fence=fences.get(name, 0), verified=facts.flags[name].version)
        for name, value in baseline.items()
    }
    armed = structs.replace(blank, baseline=baseline, flags=flags, started_at=now, resumed_at=now)
    moved, writes = enter_stage(plan, armed, 0, now)
    post = Post(channel="ops", notice=wording.started(moved, plan, writes, now), proves=True)
    effects: tuple[Effect, ...] = (*safeguards.bindings(plan, moved.id), *writes, post)
    return Decision(kind="start", rollout=moved, reason=f"{moved.id} started", effects=effects)


def start_faults(plan: Plan, facts: Facts, owners: Mapping[str, str], kept: Mapping[str, str]) -> list[str]:
    """Everything that forbids a start, one line each."""
    if not facts.flags_read:
        return ["the flags cannot be read from SSM; nothing starts blind"]
    faults = []
    for spec in plan.flags:
        live = facts.flags.get(spec.name)
        wanted = spec.baseline or spec.safe
        if live is None:
            faults.append(f"{spec.name} has no parameter in this environment; create it with the value {wanted} first")
        elif spec.name in owners:
            faults.append(f"{spec.name} belongs to {owners[spec.name]} until that rollout ends")
        elif spec.name in kept:
            faults.append(f"{spec.name} is kept at {live.value} by {kept[spec.name]}; release it with /flag set first")
        elif live.value != wanted:
            stated = "its baseline" if spec.baseline else "safe"
            faults.append(
                f"{spec.name} is {live.value}, and {stated} is {wanted}; put it back or state a baseline in the plan"
            )
    unready = unready_alarms(plan, facts)
    if unready:
        faults.extend(f"{fault}; nothing starts under it" for fault in unready.split("; "))
    return faults


def promote(plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """On to the next stage now, past soak and gates; never past an alarm, a hold, or what somebody changed by hand. In
    the last stage, flags that are still to move do so first."""
    if rollout.status != "running":
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; only a running stage can be promoted")
    if rollout.holds:
        return refuse(rollout, f"{rollout.id} is held ({rollout.holds[-1].reason}); resume it first")
    if rollout.pending:
        return refuse(rollout, f"{', '.join(rollout.pending)} is not read back yet; wait for that")
    unready = not_ready(plan, facts) or _unseen(plan, rollout, facts, now)
    if unready:
        return refuse(rollout, f"{unready}; nothing goes on under it")
    why = f"promoted by {actor.name}: {reason}"
    if rollout.stage + 1 == len(plan.stages) and rollout.flips < len(plan.stages[rollout.stage].flips):
        moved, writes = make_flips(plan, rollout, now)
        post = Post(channel="ops", notice=wording.flipped(moved, plan, writes, now), proves=True)
        return Decision(kind="advance", rollout=moved, reason=why, effects=(*writes, post))
    return advance(plan, rollout, now, why)


def _unseen(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> str:
    """What the next tick would find in the flags: nobody has seen it yet, so nothing goes forward over it."""
    found = drift.reconcile(plan, rollout, facts, now)
    if found.rollout is rollout and not found.writes:
        return ""
    return found.reason or "a flag is not as the rollout wants it, and is being put right"


def approve(plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """One person's yes, in the first role still missing that this person holds."""
    if rollout.status != "running" or rollout.holds:
        state = f"held ({rollout.holds[-1].reason})" if rollout.holds else say_status(rollout)
        return refuse(rollout, f"{rollout.id} is {state}; there is nothing to approve now")
    stage = plan.stages[rollout.stage]
    gates = [gate for gate in stage.gates if isinstance(gate, ApprovalGate)]
    given = rollout.approvals_here(plan)
    missing = [role for gate in gates for role in missing_roles(gate, given)]
    if not gates:
        return refuse(rollout, f"{stage.key} asks for no approval")
    if not rollout.waiting.startswith("approval:"):
        return refuse(
            rollout, f"{stage.key} is not ready to be approved: {rollout.waiting_line or 'it has just begun'}"
        )
    blocking = [
        v for v in judge_stage(plan, rollout, facts, now) if not v.passed and not v.gate.startswith("approval by")
    ]
    if blocking:
        return refuse(rollout, f"{stage.key} is no longer ready: {blocking[0].line}")
    if any(approval.user_id == actor.user_id for approval in given):
        return refuse(rollout, f"you have approved {stage.key} already; each role listed is another person")
    role = next((role for role in missing if role in actor.roles), None)
    if role is None:
        wanted = " and ".join(asked_of(plan, rollout)[1]) or "nobody"
        return refuse(rollout, f"{stage.key} still needs {wanted}; you hold none of these roles")
    yes = Approval(
        stage=stage.key,
        plan_hash=rollout.plan_hash,
        role=role,
        user_id=actor.user_id,
        name=actor.name,
        at=now,
        reason=reason,
    )
    approved = structs.replace(rollout, approvals=(*rollout.approvals, yes), transition=rollout.transition + 1)
    return Decision(kind="hold", rollout=approved, reason=f"{stage.key} approved as {role} by {actor.name}")


def pause(rollout: Rollout, actor: Actor, reason: str, now: int) -> Decision:
    """Safeguards stay armed; nothing goes forward until somebody resumes."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to pause")
    held = hold(rollout, "pause", actor.name, reason or "no reason given", now)
    if held is rollout:
        return refuse(rollout, f"{rollout.id} is paused by {actor.name} already")
    held = structs.replace(held, waiting="held:pause", waiting_line=f"held: {held.holds[-1].reason}")
    post = Post(channel="ops", notice=wording.paused(held, actor, reason, now))
    return Decision(kind="pause", rollout=held, reason=f"paused by {actor.name}", effects=(post,))


def resume(plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """Every hold and overlay goes at once, and the flags return to what the stage says."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to resume")
    if not rollout.holds and rollout.status != "rolled_back":
        return refuse(rollout, f"{rollout.id} is not held; it goes on by itself ({rollout.waiting_line or 'running'})")
    found = [name for name, flag in rollout.flags.items() if flag.found is not None]
    if found:
        return refuse(rollout, f"{', '.join(found)} was changed by hand; adopt or revert that first")
    if rollout.pending:
        return refuse(rollout, f"{', '.join(rollout.pending)} is not read back yet; wait for that")
    unready = not_ready(plan, facts) or _unseen(plan, rollout, facts, now)
    if unready:
        return refuse(rollout, f"{unready}; nothing goes on under it")
    moved, writes = release(plan, rollout, now)
    post = Post(channel="ops", notice=wording.resumed(moved, plan, actor, reason, writes, now), proves=bool(writes))
    moved = structs.replace(moved, transition=max(moved.transition, rollout.transition + 1))
    return Decision(kind="resume", rollout=moved, reason=f"resumed by {actor.name}: {reason}", effects=(*writes, post))


def roll_back(
    plan: Plan,
    rollout: Rollout,
    actor: Actor,
    reason: str,
    now: int,
    to: Literal["start", "previous", "safe"] = "start",
) -> Decision:
    """Acts on the state as it is, whatever it waits for."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(
            rollout, f"{rollout.id} is {say_status(rollout)}; its flags are free: roll back one with /rollback FLAG"
        )
    by = f"rollback by {actor.name}"
    if rollout.status == "rolled_back" and to != "safe":
        moved, writes = retarget(plan, rollout, again=_disturbed(rollout))
    else:
        moved, writes = go_back(plan, rollout, to, by, now)
    if not writes and rollout.status == "rolled_back":
        return Decision(kind="rollback", rollout=rollout, reason=f"{rollout.id} is rolled back already")
    held = hold(moved, "rollback", actor.name, reason or by, now)
    post = Post(channel="ops", notice=wording.rolled_back(held, plan, actor, reason, writes, now), proves=True)
    return Decision(kind="rollback", rollout=held, reason=by, effects=(*writes, post))


def abort(plan: Plan, rollout: Rollout, actor: Actor, reason: str, now: int) -> Decision:
    """Roll back to the start and end for good. The locks are given up once every flag is read back."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to abort")
    moved, writes = go_back(plan, rollout, "start", f"rollback by {actor.name}", now)
    ending = structs.replace(moved, status="aborting")
    post = Post(channel="ops", notice=wording.aborted(ending, plan, actor, reason, writes, now), proves=True)
    return Decision(kind="abort", rollout=ending, reason=f"aborted by {actor.name}", effects=(*writes, post))


def _disturbed(rollout: Rollout) -> Sequence[str]:
    return [name for name, flag in rollout.flags.items() if flag.found is not None]


def say_status(rollout: Rollout) -> str:
    return {
        "running": "running",
        "watching": "in its watch window",
        "rolled_back": "rolled back",
        "aborting": "being aborted",
        "completed": "completed",
        "aborted": "aborted",
        "standing": "no rollout",
    }[rollout.status]
