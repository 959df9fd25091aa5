"""The engine: given a rollout, what happened and what was seen, it answers with the next state, effects and a reason.

It is pure. A dry run is `decide` without `perform`; a simulation is `decide` in a loop over a virtual clock.
"""

from __future__ import annotations

from typing import Literal, cast

from orchestrator.core.commands import Command
from orchestrator.core.effects import Decision
from orchestrator.core.engine import changes, flags, forward, ladder, people, safeguards
from orchestrator.core.engine.ahead import (
    longest_window,
    next_decision,
    questions,
    reports_of,
    settles_at,
    soak_ends,
)
from orchestrator.core.engine.arming import bindings, disarmed, rearmed
from orchestrator.core.engine.drift import Reconciled, read_back, reconcile, then
from orchestrator.core.engine.order import tick
from orchestrator.core.engine.people import say_status
from orchestrator.core.engine.readiness import unready_alarms
from orchestrator.core.engine.scope import scope_of
from orchestrator.core.engine.starting import begin
from orchestrator.core.facts import Facts
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import ChangeMarker, Rollout
from orchestrator.core.signals import AlarmReading

Event = Command | AlarmReading | ChangeMarker | None
"""A person's command, an alarm's change of state, a change made elsewhere, or nothing but the passing of time."""


def decide(plan: Plan, rollout: Rollout, event: Event, facts: Facts, now: int) -> Decision:
    """What is to be done. The state is never changed in place; the same object comes back when nothing changes.

    plan: as it runs in the rollout's environment (`Plan.within`). An alarm need not come with facts. With the flags as
    they are, what people changed by hand since the last tick is respected too; without them, it acts on what the state
    knows.
    """
    return rearmed(plan, rollout, _decided(plan, rollout, event, facts, now))


def _decided(plan: Plan, rollout: Rollout, event: Event, facts: Facts, now: int) -> Decision:
    match event:
        case None:
            return tick(plan, rollout, facts, now)
        case AlarmReading():
            found = reconcile(plan, rollout, facts, now) if facts.flags else Reconciled(rollout=rollout)
            return then(plan, found, safeguards.on_alarm(plan, found.rollout, event, now))
        case ChangeMarker():
            return changes.changed(plan, rollout, event, now)
        case Command():
            if event.bound_to and event.bound_to != binding(rollout):
                return people.refuse(
                    rollout, f"{rollout.id} has moved on since this preview; look again and decide again"
                )
            return _asked(plan, rollout, event, facts, now)


def _asked(plan: Plan, rollout: Rollout, command: Command, facts: Facts, now: int) -> Decision:
    actor, reason, args = command.actor, command.reason, command.args
    match command.verb:
        case "promote":
            return forward.promote(plan, rollout, facts, actor, reason, now)
        case "skip":
            return forward.skip(plan, rollout, facts, actor, reason, now)
        case "approve":
            return forward.approve(plan, rollout, facts, actor, reason, now, gate=args.get("gate", ""))
        case "tick":
            return forward.tick_off(plan, rollout, actor, args.get("item", ""), args.get("evidence", ""), now)
        case "pause":
            return people.pause(rollout, actor, reason, now)
        case "resume":
            return _resumed(plan, rollout, command, facts, now)
        case "hold_line":
            return people.hold_line(rollout, actor, reason, now)
        case "free_line":
            return people.free_line(rollout, actor, reason, now)
        case "abort":
            found = reconcile(plan, rollout, facts, now)
            return then(plan, found, people.abort(plan, found.rollout, actor, reason, now))
        case "rollback":
            to = cast(Literal["start", "previous", "safe"], args.get("to", "start"))
            found = reconcile(plan, rollout, facts, now)
            return then(plan, found, people.roll_back(plan, found.rollout, actor, reason, now, to))
        case "climb":
            return ladder.climb(plan, rollout, facts, actor, reason, now)
        case "done":
            helped = args.get("helped", "yes") == "yes"
            return ladder.done(plan, rollout, actor, helped, reason, now)
        case "set_flag" | "rollback_flag":
            keeps = command.verb == "rollback_flag"
            return flags.set_flag(plan, rollout, command.target, args["value"], facts, actor, reason, now, keeps=keeps)
        case "adopt":
            return flags.adopt(plan, rollout, args["flag"], facts, actor, reason, now)
        case "revert":
            return flags.revert(plan, rollout, args["flag"], facts, actor, reason, now)
        case "status" | "logs":
            return people.refuse(rollout, "a look changes nothing")
        case "acknowledge" | "silence" | "wake" | "useful" | "noise" | "drill":
            return people.refuse(rollout, "that is about an alert; a rollout has nothing to do with it")
        case "start":
            return people.refuse(rollout, f"{rollout.id} is live already; roll it back or abort it before a new start")


def _resumed(plan: Plan, rollout: Rollout, command: Command, facts: Facts, now: int) -> Decision:
    owner = command.args.get("hold", "")
    lifted = people.lift(rollout, owner, command.actor, command.reason, now) if owner else None
    if lifted is not None:
        return lifted
    against = forward.stopped(plan, rollout, facts, now)
    return people.resume(plan, rollout, against, command.actor, command.reason, now)


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
    "reports_of",
    "say_status",
    "scope_of",
    "settles_at",
    "soak_ends",
    "tick",
    "unready_alarms",
]
