"""The engine: given a rollout, what happened and what was seen, it answers with the next state, effects and a reason.

It is pure. A dry run is `decide` without `perform`; a simulation is `decide` in a loop over a virtual clock.
"""

from __future__ import annotations

from typing import Literal, cast

from orchestrator.core.commands import Command
from orchestrator.core.effects import Decision
from orchestrator.core.engine import flags, people, safeguards
from orchestrator.core.engine.drift import Reconciled, read_back, reconcile, then
from orchestrator.core.engine.order import (
    longest_window,
    next_decision,
    questions,
    settles_at,
    soak_ends,
    tick,
    unready_alarms,
)
from orchestrator.core.engine.people import begin, say_status
from orchestrator.core.engine.safeguards import bindings, disarmed
from orchestrator.core.facts import Facts
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import AlarmReading

Event = Command | AlarmReading | None
"""A person's command, an alarm's change of state, or nothing but the passing of time."""


def decide(plan: Plan, rollout: Rollout, event: Event, facts: Facts, now: int) -> Decision:
    """What is to be done. The state is never changed in place; the same object comes back when nothing changes.

    An alarm need not come with facts. With the flags as they are, what people changed by hand since the last tick is
    respected too; without them, it acts on what the state knows.
    """
    match event:
        case None:
            return tick(plan, rollout, facts, now)
        case AlarmReading():
            found = reconcile(plan, rollout, facts, now) if facts.flags else Reconciled(rollout=rollout)
            return then(plan, found, safeguards.on_alarm(plan, found.rollout, event, now))
        case Command():
            return _asked(plan, rollout, event, facts, now)


def _asked(plan: Plan, rollout: Rollout, command: Command, facts: Facts, now: int) -> Decision:
    actor, reason = command.actor, command.reason
    if command.bound_to and command.bound_to != binding(rollout):
        return people.refuse(rollout, f"{rollout.id} has moved on since this preview; look again and decide again")
    match command.verb:
        case "promote":
            return people.promote(plan, rollout, facts, actor, reason, now)
        case "approve":
            return people.approve(plan, rollout, facts, actor, reason, now)
        case "pause":
            return people.pause(rollout, actor, reason, now)
        case "resume":
            return people.resume(plan, rollout, facts, actor, reason, now)
        case "abort":
            found = reconcile(plan, rollout, facts, now)
            return then(plan, found, people.abort(plan, found.rollout, actor, reason, now))
        case "rollback":
            to = cast(Literal["start", "previous", "safe"], command.args.get("to", "start"))
            found = reconcile(plan, rollout, facts, now)
            return then(plan, found, people.roll_back(plan, found.rollout, actor, reason, now, to))
        case "set_flag" | "rollback_flag":
            keeps = command.verb == "rollback_flag"
            flag, value = command.target, command.args["value"]
            return flags.set_flag(plan, rollout, flag, value, facts, actor, reason, now, keeps=keeps)
        case "adopt":
            return flags.adopt(plan, rollout, command.args["flag"], facts, actor, reason, now)
        case "revert":
            return flags.revert(plan, rollout, command.args["flag"], facts, actor, reason, now)
        case "status":
            return people.refuse(rollout, "a look changes nothing")
        case "start":
            return people.refuse(rollout, f"{rollout.id} is live already; roll it back or abort it before a new start")


def binding(rollout: Rollout) -> str:
    """What a button that goes forward is bound to: the plan, and the number that moves only with stage, flags or
    approvals."""
    return f"{rollout.plan_hash[:16]}:{rollout.transition}"


__all__ = [
    "Event",
    "begin",
    "binding",
    "bindings",
    "decide",
    "disarmed",
    "longest_window",
    "next_decision",
    "questions",
    "read_back",
    "say_status",
    "settles_at",
    "soak_ends",
    "tick",
    "unready_alarms",
]
