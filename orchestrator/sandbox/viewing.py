"""What the page shows: the channels as one person sees them, and the world beside them."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.app import views
from orchestrator.app.standing import BOT_FLAGS
from orchestrator.app.views import FlagView
from orchestrator.core.plan import AlarmCondition, Plan, SetFlags
from orchestrator.core.rollout import STANDING
from orchestrator.core.signals import CountSignal, RatioSignal, ValueSignal
from orchestrator.sandbox.town import PEOPLE_BY_NAME, Town

_OF_THE_BOT = {spec.name for spec in BOT_FLAGS}


def view(town: Town, person: str, dismissed: set[tuple[str, str]]) -> dict[str, Any]:
    """One consistent picture. The caller holds the town still or accepts that it moves."""
    member = PEOPLE_BY_NAME[person]
    busy = town.busy
    return {
        "speed": town.clock.speed,
        "busy": {"what": busy.what, "from": busy.start, "to": busy.to, "at": busy.at} if busy else None,
        "channels": {
            name: [
                _message(message, name)
                for message in town.discord.messages(channel_id, member.user_id)
                if (person, message["id"]) not in dismissed
            ]
            for channel_id, name in town.discord.channels.items()
        },
        "flags": sorted(map(_flag, views.flags(bootstrap.outside())), key=lambda flag: flag["name"] in _OF_THE_BOT),
        "signals": _signals(town),
        "alarms": _alarms(town),
        "rollouts": _rollouts(town),
        "plans": [
            {"name": p.name, "title": p.title, "live": bootstrap.outside().rollouts.live_of(p.name) is not None}
            for p in views.plans(bootstrap.outside())
        ],
    }


def _message(message: dict[str, Any], channel: str) -> dict[str, Any]:
    return {
        "id": message["id"],
        "channel": channel,
        "at": message["at"],
        "edited": message["edited"],
        "author": {"name": "Switchback", "bot": True},
        "interaction": message["interaction"],
        "content": message["content"],
        "embeds": message["embeds"],
        "components": message["components"],
        "ephemeral": message["ephemeral"],
        "thinking": message["thinking"],
        "pending_buttons": False,
    }


def _flag(flag: FlagView) -> dict[str, Any]:
    live = flag.live
    ours = flag.state is not None and live is not None and flag.state.desired == live.value
    by = (
        "by hand"
        if flag.differs or (flag.state and flag.state.kept_by == "hand")
        else "switchback"
        if ours
        else "start"
    )
    return {
        "name": flag.name,
        "value": live.value if live else "",
        "safe": flag.spec.safe if flag.spec else None,
        "choices": list(flag.spec.ladder) if flag.spec else None,
        "by": by,
        "rollout": flag.owner or None,
    }


def _signals(town: Town) -> list[dict[str, Any]]:
    kinds = {RatioSignal: "ratio", CountSignal: "count", ValueSignal: "value"}
    return [
        {
            "name": signal.name,
            "kind": kinds[type(signal)],
            "unit": signal.unit if isinstance(signal, ValueSignal) else None,
            "per_minute": knobs.per_minute,
            "rate": knobs.rate,
            "value": knobs.value,
            "silent": knobs.silent,
            "broken": knobs.broken,
            "bounds": [{"label": label, "at": bound.bound} for label, bound in bounds.items()],
        }
        for signal, knobs, bounds in town.world.signals()
    ]


def _alarms(town: Town) -> list[dict[str, Any]]:
    plans = [plan for plan in map(_plan, views.plans(bootstrap.outside())) if plan is not None]
    standing = bootstrap.outside().plans.latest(STANDING)
    if standing is not None:
        found = bootstrap.outside().plans.get(standing.hash)
        plans += [found] if found is not None else []
    return [
        {"name": reading.name, "state": reading.state, "does": "; ".join(dict.fromkeys(_does(plans, reading.name)))}
        for reading in town.world.alarm_readings()
    ]


def _plan(published: Any) -> Plan | None:
    return bootstrap.outside().plans.get(published.hash)


def _does(plans: list[Plan], alarm: str) -> list[str]:
    said = []
    for plan in plans:
        for guard in plan.safeguards:
            if isinstance(guard.when, AlarmCondition) and guard.when.name == alarm:
                action = guard.action
                if isinstance(action, SetFlags):
                    said.append(", ".join(f"{flag} → {value}" for flag, value in action.values))
                else:
                    said.append("roll back" if hasattr(action, "to") else "hold")
    return said


def _rollouts(town: Town) -> list[dict[str, Any]]:
    shown = []
    for rollout in views.rollouts(bootstrap.outside()):
        seen = views.status(bootstrap.outside(), rollout)
        waiting = rollout.waiting.removeprefix("approval:") if rollout.waiting.startswith("approval:") else ""
        shown.append(
            {
                "id": rollout.id,
                "plan": rollout.plan,
                "title": seen.plan.title,
                "status": rollout.status,
                "stage": rollout.stage_key(seen.plan) or None,
                "stage_number": rollout.stage + 1,
                "stages": len(seen.plan.stages),
                "held": bool(rollout.holds),
                "reason": seen.waits_for,
                "next_decision": None if rollout.holds else seen.next_decision,
                "wants_approval": waiting.split(",") if waiting and not rollout.holds else [],
            }
        )
    return shown
