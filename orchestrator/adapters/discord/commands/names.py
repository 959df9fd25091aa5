"""The names that options complete: plans, rollouts, flags, traces."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.adapters.discord.commands.call import Call, Pairs
from orchestrator.app import views
from orchestrator.app.moving import plan_of
from orchestrator.core.engine.scope import gates_here
from orchestrator.core.gates import ApprovalGate, ChecklistGate, missing_roles
from orchestrator.core.nearest import nearest
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout


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


def open_items(call: Call) -> Pairs:
    """What is still to be ticked off, of the plan that was chosen; before one is, of all that are live."""
    items: list[str] = []
    for rollout, plan in _chosen(call):
        done = {tick.item for tick in rollout.ticks_here(plan)}
        lists = [gate for gate in gates_here(plan, rollout) if isinstance(gate, ChecklistGate)]
        items += [item for gate in lists for item in gate.items if item not in done]
    return matching(call.option("item"), items)


def open_approvals(call: Call) -> Pairs:
    """The approvals of the stage that somebody has still to give."""
    known = []
    for rollout, plan in _chosen(call):
        given = rollout.approvals_here(plan)
        gates = [gate for gate in gates_here(plan, rollout) if isinstance(gate, ApprovalGate)]
        known += [gate.name or gate.label for gate in gates if missing_roles(gate, given)]
    return matching(call.option("gate"), known)


def who_paused(call: Call) -> Pairs:
    holds = [entry for rollout, _ in _chosen(call) for entry in rollout.holds]
    return matching(call.option("hold"), [entry.by for entry in holds if entry.kind == "pause"])


def _chosen(call: Call) -> list[tuple[Rollout, Plan]]:
    live = [rollout for rollout in views.rollouts(call.outside) if rollout.is_live]
    plan = call.option("plan")
    return [(rollout, plan_of(call.outside, rollout)) for rollout in live if plan in ("", rollout.plan, rollout.id)]


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
