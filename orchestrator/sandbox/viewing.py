"""What the page shows: the channels as one person sees them, and the world beside them."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.app import views
from orchestrator.app.standing import BOT_FLAGS
from orchestrator.app.views import FlagView
from orchestrator.core import exposure
from orchestrator.core.effects import Post
from orchestrator.core.gates import ChecklistGate, Expectation, ReportGate
from orchestrator.core.plan import AlarmCondition, Plan, SetFlags
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.signals import CountSignal, LatencySignal, RatioSignal, SetSignal, ValueSignal
from orchestrator.core.targets import AliasBack, Call, HttpsCheck, LambdaCall, Reported, WorkflowDispatch
from orchestrator.sandbox import told
from orchestrator.sandbox.town import PEOPLE_BY_NAME, Town

_OF_THE_BOT = {spec.name for spec in BOT_FLAGS}


def view(town: Town, person: str, dismissed: set[tuple[str, str]]) -> dict[str, Any]:
    """One consistent picture. The caller holds the town still or accepts that it moves."""
    member = PEOPLE_BY_NAME[person]
    busy = town.busy
    return {
        "speed": town.clock.speed,
        "busy": {"what": busy.what, "from": busy.start, "to": busy.to, "at": busy.at} if busy else None,
        "discord": {"state": town.discord.state, "waiting": _untold(town)},
        "channels": {
            name: [
                _message(message, name) | {"thread": _thread(town, message["id"], name, member.user_id)}
                for message in town.discord.messages(channel_id, member.user_id)
                if (person, message["id"]) not in dismissed
            ]
            for channel_id, name in town.discord.channels.items()
            if channel_id not in town.discord.threads
        },
        "flags": sorted(map(_flag, views.flags(bootstrap.outside())), key=lambda flag: flag["name"] in _OF_THE_BOT),
        "signals": _signals(town),
        "alarms": _alarms(town),
        "alerts": told.alerts(town),
        "targets": [
            {"name": target.name, "calls": _calls(target.call), "result": result}
            for target, result in town.world.targets()
            if not isinstance(target.call, Reported)
        ],
        "reports": _reports(),
        "rollouts": _rollouts(town),
        "plans": [
            {"name": p.name, "title": p.title, "live": bootstrap.outside().rollouts.live_of(p.name) is not None}
            for p in sorted(views.plans(bootstrap.outside()), key=lambda published: published.name)
        ],
    }


def _untold(town: Town) -> int:
    """How many messages wait until Discord takes them. Nobody counts while it takes everything: that is most of the
    time, and the page asks twice a second."""
    if town.discord.state == "up" and town.discord.took_the_last:
        return 0
    rollouts = bootstrap.outside().rollouts
    waiting = (rollouts.waiting(rollout, town.clock.now() + 86_400) for rollout in [STANDING, *rollouts.recent(5)])
    return told.waiting() + sum(isinstance(entry.effect, Post) for found in waiting for entry in found)


def _thread(town: Town, message_id: str, channel: str, user_id: str) -> dict[str, Any] | None:
    """What was written below a message; None where nobody has opened a thread."""
    thread = town.discord.threads.get(message_id)
    if thread is None:
        return None
    lines = [_message(line, channel) for line in town.discord.messages(message_id, user_id)]
    return {"name": thread["name"], "archived": thread["archived"], "messages": lines}


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
        "silent": message["silent"],
        "pings": message["pings"],
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
        "value": str(exposure.reading(live.value) or live.value) if live else "",
        "safe": flag.spec.safe if flag.spec else None,
        "choices": list(flag.spec.ladder) if flag.spec else None,
        "by": by,
        "rollout": flag.owner or None,
    }


def _signals(town: Town) -> list[dict[str, Any]]:
    kinds = {
        RatioSignal: "ratio",
        CountSignal: "count",
        ValueSignal: "value",
        LatencySignal: "latency",
        SetSignal: "set",
    }
    return [
        {
            "name": signal.name,
            "kind": kinds[type(signal)],
            "unit": signal.unit if isinstance(signal, ValueSignal | LatencySignal) else None,
            "per_minute": knobs.per_minute,
            "rate": knobs.rate,
            "value": knobs.value,
            "members": list(knobs.members),
            "silent": knobs.silent,
            "broken": knobs.broken,
            "bounds": [{"label": label, "at": bound.bound} for label, bound in bounds.items()],
        }
        for signal, knobs, bounds in town.world.signals()
    ]


def _calls(call: Call) -> str:
    match call:
        case LambdaCall(function=function):
            return f"Lambda {function}"
        case HttpsCheck(url=url):
            return url
        case WorkflowDispatch(repository=repository, workflow=workflow):
            return f"{workflow} of {repository}"
        case AliasBack(function=function, alias=alias):
            return f"{function}:{alias}, back one version"
        case Reported():
            return "reported by CI"


def _reports() -> list[dict[str, Any]]:
    """The reports that live rollouts wait for in their stage, with numbers that would do."""
    shown = []
    for rollout in views.rollouts(bootstrap.outside()):
        plan = views.status(bootstrap.outside(), rollout).plan
        running = rollout.status == "running" and 0 <= rollout.stage < len(plan.stages)
        gates = plan.stages[rollout.stage].gates if running else plan.watch.gates if rollout.is_live else ()
        for gate in gates:
            if isinstance(gate, ReportGate):
                shown.append(
                    {
                        "plan": plan.name,
                        "name": gate.report,
                        "wants": gate.label.removeprefix(f"report {gate.report}").strip() or "that it passed",
                        "numbers": _numbers(gate.expect),
                        "link": f"https://ci.example.com/{gate.report}" if gate.needs_link else "",
                    }
                )
    return shown


def _numbers(expect: tuple[Expectation, ...]) -> dict[str, float]:
    """Numbers that meet every expectation; those that are compared with each other are equal."""
    found: dict[str, float] = {}
    for expectation in expect:
        if expectation.other:
            found |= {expectation.number: 1000.0, expectation.other: 1000.0}
            continue
        step = {"below": -1.0, "above": 1.0}.get(expectation.comparator, 0.0)
        found[expectation.number] = float(expectation.bound) + step
    return found


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
                "to_tick": _to_tick(seen.plan, rollout),
            }
        )
    return shown


def _to_tick(plan: Plan, rollout: Rollout) -> list[dict[str, Any]]:
    """The items that a stage waits for people to tick off, and who may."""
    if rollout.status != "running" or rollout.holds or not rollout.waiting.startswith("gates:"):
        return []
    done = {tick.item for tick in rollout.ticks_here(plan)}
    return [
        {"item": item, "roles": list(gate.roles)}
        for gate in plan.stages[rollout.stage].gates
        if isinstance(gate, ChecklistGate)
        for item in gate.items
        if item not in done
    ]
