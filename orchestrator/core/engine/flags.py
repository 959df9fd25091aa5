"""What people ask of one flag: set it, adopt what somebody set by hand, or revert that."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core import exposure, wording
from orchestrator.core.actors import Actor
from orchestrator.core.effects import Decision, Post
from orchestrator.core.engine import clocks, drift
from orchestrator.core.engine.moves import ADOPTED, hold, keep, retarget
from orchestrator.core.engine.people import refuse
from orchestrator.core.engine.raising import ended
from orchestrator.core.exposure import plain
from orchestrator.core.facts import Facts, LiveFlag
from orchestrator.core.plan import AlarmCondition, FlagSpec, Plan, Safeguard, SetFlags
from orchestrator.core.rollout import FlagState, Rollout


def set_flag(
    plan: Plan,
    rollout: Rollout,
    flag: str,
    value: str,
    facts: Facts,
    actor: Actor,
    reason: str,
    now: int,
    *,
    keeps: bool = False,
) -> Decision:
    """One flag by hand, through the bot. In a rollout only towards safe, which holds it; a free flag either way.

    keeps: a free flag is kept at its safe value, against later changes by hand, until somebody sets it.
    """
    spec = plan.flag(flag)
    if spec is not None and value not in spec.ladder:
        return refuse(rollout, f"{flag} takes {' or '.join(spec.ladder)}, not {value}")
    live = facts.flags.get(flag)
    if rollout.status != "standing":
        held_now = {rollout.desired.get(flag, ""), live.value if live else rollout.desired.get(flag, "")}
        text = spec.stored(plain(value)) if spec is not None else value
        if spec is None or not all(spec.is_towards_safe(text, current=current) for current in held_now):
            return refuse(rollout, f"{flag} belongs to {rollout.id}: only its plan moves it away from safe")
        by = f"rollback by {actor.name}"
        moved, writes = keep(plan, rollout, [(flag, text)], by=by)
        moved = clocks.started(plan, moved, rollout, by, now, now)
        held = hold(moved, "rollback", actor.name, reason or f"{flag} was set to {value}", now, flag=flag)
        post = Post(notice=wording.flag_set(held, flag, writes, actor, reason, now), proves=True)
        return Decision(kind="rollback", rollout=held, reason=f"{flag} set to {value}", effects=(*writes, post))
    return _set_free(plan, rollout, flag, value, facts, actor, reason, now, keeps=keeps)


def _set_free(
    plan: Plan,
    rollout: Rollout,
    flag: str,
    value: str,
    facts: Facts,
    actor: Actor,
    reason: str,
    now: int,
    *,
    keeps: bool,
) -> Decision:
    spec = plan.flag(flag)
    live = facts.flags.get(flag)
    text = _in_the_shape_of(live, spec, value)
    safe = spec is not None and spec.is_towards_safe(text, current=live.value if live else "")
    alarms = [s.when.name for s in plan.safeguards if isinstance(s.when, AlarmCondition) and _sets(s, flag)]
    firing = [name for name in alarms if (reading := facts.alarms.get(name)) and reading.state == "ALARM"]
    if alarms and not facts.alarms_read and not safe:
        return refuse(rollout, f"the alarms that keep {flag} safe cannot be read; nothing turns it on blind")
    if firing and not safe:
        return refuse(
            rollout, f"alarm {', '.join(firing)} is in ALARM and keeps {flag} safe; nothing turns it on under it"
        )
    kept = safe and (keeps or bool(firing))
    old = rollout.flags.get(flag, FlagState())
    held_now = live.value if live else None
    fence = old.fence + (old.desired is not None and old.desired != held_now)
    state = FlagState(desired=held_now, fence=fence, kept=text, verified=live.version if live else 0)
    ready = structs.replace(rollout, flags={**rollout.flags, flag: state})
    moved, writes = keep(plan, ready, [(flag, text)], by=f"rollback by {actor.name}")
    if not kept:
        free = structs.replace(moved.flags[flag], kept=None, kept_by="")
        moved = structs.replace(moved, flags={**moved.flags, flag: free})
    if not writes:
        return Decision(kind="set", rollout=moved, reason=f"{flag} is {value} already")
    post = Post(notice=wording.flag_set(moved, flag, writes, actor, reason, now), proves=True)
    return Decision(kind="set", rollout=moved, reason=f"{flag} set to {value}", effects=(*writes, post))


def _in_the_shape_of(live: LiveFlag | None, spec: FlagSpec | None, value: str) -> str:
    """A free flag keeps the shape that its parameter has: whoever reads it has seen that one last."""
    is_definition = live is not None and live.value.lstrip().startswith("{")
    if spec is None or not is_definition:
        return value
    return exposure.stored(spec.name, plain(value), spec.ladder, is_definition=True)


def _sets(safeguard: Safeguard, flag: str) -> bool:
    action = safeguard.action
    return isinstance(action, SetFlags) and any(name == flag for name, _ in action.values)


def adopt(plan: Plan, rollout: Rollout, flag: str, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """Keep what somebody set by hand, until the plan itself moves the flag again."""
    state = rollout.flags.get(flag)
    live = facts.flags.get(flag)
    if state is None or state.found is None:
        return refuse(rollout, f"{flag} is as the rollout wants it; there is nothing to adopt")
    if live is None or live.value != state.found:
        return refuse(rollout, f"{flag} has changed again since; look at it and decide again")
    adopted = FlagState(
        desired=live.value, fence=state.fence + 1, kept=live.value, kept_by=ADOPTED, verified=live.version
    )
    moved = _without_drift(rollout, flag, adopted)
    post = Post(notice=wording.drift_settled(moved, flag, live.value, "adopted", actor, now))
    why = f"{flag}={wording.reads(live.value)} adopted by {actor.name}"
    over = ended(rollout, drift.DRIFT, why, now, service=flag)
    return Decision(kind="resume", rollout=moved, reason=why, effects=(post, over))


def revert(plan: Plan, rollout: Rollout, flag: str, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """Write over what somebody set by hand, as long as it is what was seen."""
    state = rollout.flags.get(flag)
    live = facts.flags.get(flag)
    if state is None or state.found is None:
        return refuse(rollout, f"{flag} is as the rollout wants it; there is nothing to revert")
    if not facts.flags_read:
        return refuse(rollout, "the flags cannot be read from SSM; nothing is written over blind")
    if (live.value if live else drift.ABSENT) != state.found:
        return refuse(rollout, f"{flag} has changed again since; look at it and decide again")
    moved, writes = retarget(plan, _without_drift(rollout, flag, state), again=[flag])
    post = Post(
        notice=wording.drift_settled(moved, flag, moved.flags[flag].desired or "", "reverted", actor, now),
        proves=True,
    )
    why = f"{flag} reverted by {actor.name}"
    over = ended(rollout, drift.DRIFT, why, now, service=flag)
    return Decision(kind="set", rollout=moved, reason=why, effects=(*writes, post, over))


def _without_drift(rollout: Rollout, flag: str, state: FlagState) -> Rollout:
    holds = tuple(h for h in rollout.holds if not (h.kind == "drift" and h.flag == flag))
    return structs.replace(
        rollout, flags={**rollout.flags, flag: state}, holds=holds, transition=rollout.transition + 1
    )
