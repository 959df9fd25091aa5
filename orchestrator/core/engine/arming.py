"""What each alarm means by the way that needs SSM alone, projected there for a night without the table."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core import exposure
from orchestrator.core.effects import Arm, Decision, Disarm
from orchestrator.core.engine.moves import past_return, pinned
from orchestrator.core.engine.scope import armed
from orchestrator.core.plan import AlarmCondition, Climb, Hold, Plan, RollBack, Safeguard, SetFlags
from orchestrator.core.rollout import Rollout


def stored_values(plan: Plan, action: SetFlags) -> list[tuple[str, str]]:
    """What a `set` means, in the shape that each parameter has."""
    return [
        (name, spec.stored(exposure.plain(value)) if (spec := plan.flag(name)) is not None else value)
        for name, value in action.values
    ]


def bindings(plan: Plan, owner: str, rollout: Rollout | None = None) -> tuple[Arm, ...]:
    """The values a `set` names, every flag's safe value for a rollback, nothing for the rest (which is armed all the
    same, so that its alarm is known to be bound).

    rollout: as it stands there. What is pinned, what has no return, and safeguards of other stages then mean nothing.
    """
    acting = list(armed(plan, rollout)) if rollout is not None else list(plan.safeguards)
    fixed = set(pinned(plan, rollout)) if rollout is not None else set()
    stays = rollout is not None and past_return(plan, rollout) != ""
    by_alarm: dict[str, dict[str, str]] = {}
    for safeguard in plan.safeguards:
        if isinstance(safeguard.when, AlarmCondition):
            values = by_alarm.setdefault(safeguard.when.name, {})
            if safeguard in acting and not safeguard.dry_run and not stays:
                values.update(_meant(plan, safeguard))
    return tuple(
        Arm(alarm=alarm, owner=owner, values=tuple((n, v) for n, v in values.items() if n not in fixed))
        for alarm, values in by_alarm.items()
    )


def _meant(plan: Plan, safeguard: Safeguard) -> list[tuple[str, str]]:
    match safeguard.action:
        case SetFlags() as action:
            return stored_values(plan, action)
        case RollBack():
            specs = (plan.flag(name) for name in reversed(plan.order_of_setting()))
            return [(spec.name, spec.safe_text) for spec in specs if spec is not None]
        case Hold() | Climb():
            return []


def disarmed(plan: Plan, owner: str) -> tuple[Disarm, ...]:
    return tuple(Disarm(alarm=arm.alarm, owner=owner) for arm in bindings(plan, owner))


def rearmed(plan: Plan, before: Rollout, decision: Decision) -> Decision:
    """The decision, with whatever the alarms mean otherwise from now on."""
    after = decision.rollout
    if after is None or not after.is_live or (before.stage, before.status) == (after.stage, after.status):
        return decision
    known = bindings(plan, before.id, before)
    changed = [arm for arm in bindings(plan, after.id, after) if arm not in known]
    return structs.replace(decision, effects=(*changed, *decision.effects)) if changed else decision
