"""What people do to stop, to go back, and to go on after that: pause, resume, roll back, abort, hold the line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.actors import Actor
from orchestrator.core.effects import Decision, Post, Settle
from orchestrator.core.engine import clocks, ladder
from orchestrator.core.engine.moves import go_back, hold, past_return, release, retarget
from orchestrator.core.engine.raising import raised
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout


def refuse(rollout: Rollout | None, reason: str) -> Decision:
    return Decision(kind="refuse", rollout=rollout, reason=reason)


def pause(rollout: Rollout, actor: Actor, reason: str, now: int) -> Decision:
    """Safeguards stay armed; nothing goes forward until somebody resumes. Pauses of several people stand together."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to pause")
    held = hold(rollout, "pause", actor.name, reason or "no reason given", now)
    if held is rollout:
        return refuse(rollout, f"{rollout.id} is paused by {actor.name} already")
    held = structs.replace(held, waiting="held:pause", waiting_line=f"held: {held.holds[-1].reason}")
    post = Post(notice=wording.paused(held, actor, reason, now))
    return Decision(kind="pause", rollout=held, reason=f"paused by {actor.name}", effects=(post,))


def resume(plan: Plan, rollout: Rollout, against: str, actor: Actor, reason: str, now: int) -> Decision:
    """Every hold and overlay goes at once, and the flags return to what the stage says. against: what stops it."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to resume")
    if not rollout.holds and rollout.status != "rolled_back":
        return refuse(rollout, f"{rollout.id} is not held; it goes on by itself ({rollout.waiting_line or 'running'})")
    found = [name for name, flag in rollout.flags.items() if flag.found is not None]
    if found:
        return refuse(rollout, f"{', '.join(found)} was changed by hand; adopt or revert that first")
    if against:
        return refuse(rollout, against)
    moved, writes = release(plan, ladder.left(rollout), now)
    post = Post(notice=wording.resumed(moved, plan, actor, reason, writes, now), proves=bool(writes))
    moved = structs.replace(moved, transition=max(moved.transition, rollout.transition + 1))
    why = f"resumed by {actor.name}: {reason}"
    over = Settle(plan=rollout.plan, how="over", by=actor.name, why=f"the rollout was {wording.said(why)}")
    return Decision(kind="resume", rollout=moved, reason=why, effects=(*writes, post, over))


def lift(rollout: Rollout, owner: str, actor: Actor, reason: str, now: int) -> Decision | None:
    """Lift the pauses of one owner alone, and say what still stands. None where nothing else would hold it: then that
    is a resume like any other."""
    left = tuple(entry for entry in rollout.holds if not (entry.kind == "pause" and entry.by == owner))
    if left == rollout.holds:
        owners = dict.fromkeys(entry.by for entry in rollout.holds if entry.kind == "pause")
        return refuse(rollout, f"{owner} has not paused {rollout.id}; {', '.join(owners) or 'nobody'} has")
    if not left and rollout.status != "rolled_back":
        return None
    held = structs.replace(rollout, holds=left, transition=rollout.transition + 1)
    post = Post(notice=wording.hold_lifted(held, owner, actor, reason, now))
    standing = "; ".join(f"{entry.reason} ({entry.by})" for entry in left) or "it is rolled back"
    why = f"the pause of {owner} was lifted by {actor.name}; still held: {standing}"
    return Decision(kind="resume", rollout=held, reason=why, effects=(post,))


def roll_back(
    plan: Plan,
    rollout: Rollout,
    actor: Actor,
    reason: str,
    now: int,
    to: Literal["start", "previous", "safe"] = "start",
) -> Decision:
    """Acts on the state as it is, whatever it waits for. Where there is no return, people still may: it is said."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(
            rollout, f"{rollout.id} is {say_status(rollout)}; its flags are free: roll back one with /rollback FLAG"
        )
    by = f"rollback by {actor.name}"
    harm = wording.may_harm(past_return(plan, rollout))
    if rollout.status == "rolled_back" and to != "safe":
        moved, writes = retarget(plan, rollout, again=_disturbed(rollout))
    else:
        moved, writes = go_back(plan, rollout, to, by, now)
    if not writes and rollout.status == "rolled_back":
        return Decision(kind="rollback", rollout=rollout, reason=f"{rollout.id} is rolled back already")
    moved = clocks.started(plan, moved, rollout, by, now, now)
    held = hold(moved, "rollback", actor.name, reason or by, now)
    post = Post(notice=wording.rolled_back(held, plan, actor, reason, writes, now, harm), proves=True)
    known = Settle(plan=rollout.plan, how="acknowledged", by=actor.name, why=by)
    alert = raised(held, "rollback", "warning", wording.went_back(held, actor, reason, now), proves=True)
    why = f"{by}; {harm}" if harm else by
    return Decision(kind="rollback", rollout=held, reason=why, effects=(*writes, post, known, alert))


def abort(plan: Plan, rollout: Rollout, actor: Actor, reason: str, now: int) -> Decision:
    """Roll back to the start and end for good. The locks are given up once every flag is read back."""
    if not rollout.is_live or rollout.status in ("aborting", "standing"):
        return refuse(rollout, f"{rollout.id} is {say_status(rollout)}; there is nothing to abort")
    harm = wording.may_harm(past_return(plan, rollout))
    moved, writes = go_back(plan, ladder.left(rollout), "start", f"rollback by {actor.name}", now)
    moved = clocks.started(plan, moved, rollout, f"abort by {actor.name}", now, now)
    ending = structs.replace(moved, status="aborting")
    post = Post(notice=wording.aborted(ending, plan, actor, reason, writes, now, harm), proves=True)
    why = f"aborted by {actor.name}"
    over = Settle(plan=rollout.plan, how="over", by=actor.name, why=f"the rollout was {wording.said(why)}")
    reason_ = f"{why}; {harm}" if harm else why
    return Decision(kind="abort", rollout=ending, reason=reason_, effects=(*writes, post, over))


def _disturbed(rollout: Rollout) -> Sequence[str]:
    return [name for name, flag in rollout.flags.items() if flag.found is not None]


def hold_line(standing: Rollout, actor: Actor, reason: str, now: int) -> Decision:
    """Every rollout stands still: the hold lies in the standing set, which every decision looks at."""
    if standing.status != "standing":
        return refuse(standing, "the line is held for every rollout at once; it needs no name")
    held = hold(standing, "line", actor.name, reason or "no reason given", now)
    if held is standing:
        return refuse(standing, f"{actor.name} holds the line already")
    held = structs.replace(held, transition=standing.transition + 1)
    post = Post(notice=wording.line_held(held, actor, reason, now))
    return Decision(kind="pause", rollout=held, reason=f"the line is held by {actor.name}", effects=(post,))


def free_line(standing: Rollout, actor: Actor, reason: str, now: int) -> Decision:
    """Whoever holds it: everybody's goes at once."""
    if standing.status != "standing":
        return refuse(standing, "the line is freed for every rollout at once; it needs no name")
    left = tuple(entry for entry in standing.holds if entry.kind != "line")
    if left == standing.holds:
        return refuse(standing, "nobody holds the line; rollouts go on by themselves")
    freed = structs.replace(standing, holds=left, transition=standing.transition + 1)
    post = Post(notice=wording.line_freed(freed, actor, reason, now))
    return Decision(kind="resume", rollout=freed, reason=f"the line was freed by {actor.name}", effects=(post,))


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
