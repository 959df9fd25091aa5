"""The standing set: flags and safeguards that need no rollout, kept as one state that the same engine decides on."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import structs

from orchestrator.app.moving import carry_out, plan_of, save
from orchestrator.core.actors import Actor
from orchestrator.core.effects import Decision, Effect
from orchestrator.core.engine import bindings, disarmed
from orchestrator.core.plan import FlagSpec, Plan, Safeguard, SetFlags, plan_hash
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.ports import Conflict, Outside

NOTHING = Plan(name=STANDING, flags=())
"""The standing set before anybody has published one."""

BOT_FLAGS = (
    FlagSpec(name="ENABLE_JSON_LOGGING", safe="true"),
    FlagSpec(name="ENABLE_DEBUG_CMD", safe="false"),
    FlagSpec(name="ENABLE_ALERTS", safe="true"),
)
"""Switchback's own flags. Their parameters need not exist: the first toggle creates them."""


def standing_or_blank(outside: Outside) -> Rollout:
    """The standing state as it is, or as it would begin: for reading, which must not write."""
    return outside.rollouts.load(STANDING) or Rollout(
        id=STANDING,
        plan=STANDING,
        plan_hash=plan_hash(NOTHING),
        environment=outside.environment,
        status="standing",
        started_at=outside.clock.now(),
        started_by="switchback",
        reason="flags and safeguards without a rollout",
    )


def ensure_standing(outside: Outside) -> Rollout:
    """The standing state, made on first use."""
    rollout = outside.rollouts.load(STANDING)
    if rollout is None:
        now = outside.clock.now()
        outside.plans.publish(NOTHING, "switchback", now)
        blank = standing_or_blank(outside)
        decision = Decision(kind="set", rollout=blank, reason="the standing set begins")
        try:
            rollout = save(outside, None, decision, NOTHING, actor=_BOT, event=None, trace_id="", now=now)
        except Conflict:
            rollout = outside.rollouts.load(STANDING)
            assert rollout is not None
    return rollout


_BOT = Actor(user_id="switchback", name="Switchback", via="bot")


def standing_plan(outside: Outside, rollout: Rollout, *, also: Iterable[FlagSpec] = ()) -> Plan:
    """What the standing set may act on now: flags that a rollout owns are that rollout's until it ends."""
    plan = NOTHING if rollout.plan_hash == plan_hash(NOTHING) else plan_of(outside, rollout)
    owners = outside.rollouts.owners([spec.name for spec in plan.flags])
    known = {spec.name: spec for spec in (*BOT_FLAGS, *plan.flags, *also)}
    guards = tuple(guard for guard in (_free(guard, owners) for guard in plan.safeguards) if guard is not None)
    return structs.replace(plan, flags=tuple(known.values()), safeguards=guards)


def _free(guard: Safeguard, owners: dict[str, str]) -> Safeguard | None:
    if not isinstance(guard.action, SetFlags):
        return guard
    values = tuple((name, value) for name, value in guard.action.values if name not in owners)
    return structs.replace(guard, action=SetFlags(values=values)) if values else None


def publish(outside: Outside, plan: Plan, actor: Actor) -> str:
    """Store a checked plan under its hash and point its name to it. The standing set is armed at once."""
    now = outside.clock.now()
    before = ensure_standing(outside) if plan.name == STANDING else None
    digest = outside.plans.publish(plan, actor.name, now)
    if before is None or before.plan_hash == plan_hash(plan):
        return digest
    gone = {effect.alarm: effect for effect in disarmed(plan_of(outside, before), STANDING)}
    armed = bindings(plan, STANDING)
    for effect in armed:
        gone.pop(effect.alarm, None)
    effects: tuple[Effect, ...] = (*armed, *gone.values())
    after = structs.replace(before, plan_hash=digest, transition=before.transition + 1, resumed_at=now)
    decision = Decision(
        kind="set", rollout=after, reason=f"standing safeguards published by {actor.name}", effects=effects
    )
    saved = save(outside, before, decision, plan, actor=actor, event=None, trace_id="", now=now)
    carry_out(outside, saved, decision, actor=actor, event=None)
    return digest
