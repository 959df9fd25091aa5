"""One flag at a time: whose it is, what it may take, and the way to change it."""

from __future__ import annotations

import re

from msgspec import structs

from orchestrator.app.bot_flags import ALERT_CHANNEL
from orchestrator.app.moving import Outcome, move, plan_of
from orchestrator.app.standing import BOT_FLAGS, ensure_standing, standing_or_blank, standing_plan
from orchestrator.core.commands import Command
from orchestrator.core.exposure import reading
from orchestrator.core.facts import LiveFlag
from orchestrator.core.nearest import nearest
from orchestrator.core.plan import BOOLEAN, FlagSpec, Plan
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.ports import Outside

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}", re.ASCII)
"""A flag's short name: never a path, whatever was typed."""

_VALUE = re.compile(r"[A-Za-z0-9_.:@/+-]{1,128}")


_CHANNEL = re.compile(r"[0-9]{5,20}", re.ASCII)


def is_flag_name(text: str) -> bool:
    """Whether it can name a flag at all. Text that people typed is asked this before it comes near SSM."""
    return _NAME.fullmatch(text) is not None


def change_flag(outside: Outside, command: Command, *, trace_id: str = "") -> Outcome:
    """Set one flag, or take it to its safe value, through whatever owns it."""
    prepared = prepare(outside, command)
    if isinstance(prepared, str):
        return Outcome(kind="refuse", reason=prepared)
    rollout, plan, ready = prepared
    if rollout.id == STANDING:
        ensure_standing(outside)
    return move(outside, rollout.id, ready, actor=command.actor, trace_id=trace_id, plan=plan)


def prepare(outside: Outside, command: Command) -> tuple[Rollout, Plan, Command] | str:
    """The owner, the plan that knows the flag, and the command with its value filled in; or why it cannot be."""
    flag = command.target
    if not is_flag_name(flag):
        return f"there is no flag {flag[:60]}{_near(outside, flag)}"
    live = outside.flags.read([flag]).get(flag)
    spec, rollout, plan = owner_of(outside, flag)
    if live is None and spec not in BOT_FLAGS and flag != ALERT_CHANNEL:
        return f"there is no flag {flag} here{_near(outside, flag)}"
    value = command.args.get("value", "")
    if command.verb == "rollback_flag":
        if spec is None:
            return (
                f"nobody has declared what is safe for {flag}; name it in plans/safeguards.yaml and publish that, "
                f"or set it by value with /flag set; in a hurry, RUNBOOK.md, “Take a flag off now”"
            )
        value = spec.safe
    fault = _unfit(flag, value, spec, live)
    return fault or (rollout, plan, structs.replace(command, args={**command.args, "value": value}))


def owner_of(outside: Outside, flag: str) -> tuple[FlagSpec | None, Rollout, Plan]:
    """The flag's declaration, where there is one, and the rollout (or the standing set) that answers for it."""
    holder = outside.rollouts.owners([flag]).get(flag)
    rollout = outside.rollouts.load(holder) if holder else None
    if rollout is not None:
        plan = plan_of(outside, rollout)
        return plan.flag(flag), rollout, plan
    standing = standing_or_blank(outside)
    plan = standing_plan(outside, standing)
    spec = plan.flag(flag) or declared(outside).get(flag)
    if spec is not None and plan.flag(flag) is None:
        plan = standing_plan(outside, standing, also=[spec])
    return spec, standing, plan


def declared(outside: Outside) -> dict[str, FlagSpec]:
    """What published plans say of their flags: one without a live rollout still knows what is safe for them."""
    specs: dict[str, FlagSpec] = {}
    for published in outside.plans.names():
        plan = outside.plans.get(published.hash) if published.name != STANDING else None
        specs.update({spec.name: spec for spec in plan.flags} if plan else {})
    return specs


def _unfit(flag: str, value: str, spec: FlagSpec | None, live: LiveFlag | None) -> str:
    ladder = spec.ladder if spec else BOOLEAN if live is not None and _is_boolean(live.value) else None
    if ladder is not None and value not in ladder:
        return f"{flag} takes {' or '.join(ladder)}, not {value[:40] or 'nothing'}"
    if flag == ALERT_CHANNEL and not _CHANNEL.fullmatch(value):
        return f"{flag} is the id of a channel: digits, as Discord copies it"
    if not _VALUE.fullmatch(value):
        return f"{flag} cannot take that value; letters, digits and . _ : @ / + - are fine, up to 128 of them"
    return ""


def _is_boolean(stored: str) -> bool:
    setting = reading(stored)
    return setting is not None and set(setting.values) <= set(BOOLEAN)


def _near(outside: Outside, flag: str) -> str:
    names = sorted(outside.flags.all())
    return f"; there is {', '.join(nearest(flag, names)[:8])}" if names else "; there are none yet"
