"""The names that options complete: plans, rollouts, flags, traces."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.adapters.discord.commands.call import Call, Pairs
from orchestrator.app import views
from orchestrator.core.nearest import nearest


def matching(typed: str, names: Iterable[str]) -> Pairs:
    """What contains the typed text first, then what is near it."""
    known = list(dict.fromkeys(names))
    if not typed:
        return [(name, name) for name in known]
    inside = [name for name in known if typed.lower() in name.lower()]
    return [(name, name) for name in dict.fromkeys([*inside, *nearest(typed, known)])]


def published(call: Call) -> Pairs:
    entries = views.plans(call.outside)
    titles = {entry.name: f"{entry.name}: {entry.title}" if entry.title else entry.name for entry in entries}
    return [(titles.get(name, name), name) for name, _ in matching(call.option("plan"), titles)]


def live_plans(call: Call) -> Pairs:
    return matching(call.option("plan"), [rollout.plan for rollout in views.rollouts(call.outside) if rollout.is_live])


def any_rollout(call: Call) -> Pairs:
    found = views.rollouts(call.outside, 20)
    return matching(call.option("rollout"), [r.plan for r in found if r.is_live] + [r.id for r in found])


def flag_names(call: Call) -> Pairs:
    return matching(call.option("flag"), call.outside.flags.all())


def what_can_go_back(call: Call) -> Pairs:
    live = [rollout.plan for rollout in views.rollouts(call.outside) if rollout.is_live]
    return matching(call.option("what"), [*live, *sorted(call.outside.flags.all())])


def values(call: Call) -> Pairs:
    seen = views.flag(call.outside, call.option("flag")) if call.option("flag") else "no flag"
    if isinstance(seen, str):
        return matching(call.option("value"), ("true", "false"))
    return matching(call.option("value"), seen.spec.ladder if seen.spec else ("true", "false"))
