"""The watch: its gates, its own safeguards, and what is said and told when it closes."""

from __future__ import annotations

from typing import Any

from orchestrator.core.effects import Post, PublishCompleted
from orchestrator.core.plan import RollBack, Watch
from tests.core.made_plans import ANNA, HOUR, OLE, World, checklist, gate, on_signal, people, two_stages


def watched(**more: Any) -> World:
    watch = Watch(length=HOUR, gates=(gate(),), cleanup=("delete the legacy adapter",))
    world = World(two_stages(watch=watch, **more))
    world.tick(600)
    world.tick(600)
    assert world.rollout.status == "watching"
    return world


def test_the_watch_closes_when_its_gates_are_open_and_says_what_is_left_to_do() -> None:
    world = watched()
    world.signals["errors"] = "bad"
    assert world.ticks(2 * HOUR).kind == "hold"
    assert world.posts()[-1] == "blocked"
    world.signals["errors"] = "healthy"
    world.ticks(HOUR)
    assert world.rollout.status == "completed"
    (notice,) = [e.notice for e in world.decisions[-1].outgoing if isinstance(e, Post)] or [
        e.notice for d in world.decisions if d.kind == "complete" for e in d.outgoing if isinstance(e, Post)
    ]
    assert "Next: remove the flags from the code; delete the legacy adapter." in notice.lines


def test_a_completed_rollout_tells_the_next_environment() -> None:
    world = watched()
    world.ticks(2 * HOUR)
    assert world.completed == [
        PublishCompleted(plan="shop", plan_hash=world.rollout.plan_hash, rollout="shop-1", at=world.rollout.ended_at)
    ]


def test_a_breach_in_the_watch_goes_back_one_stage_where_the_plan_says_so() -> None:
    back = on_signal("errors", "above", "0.05", RollBack(to="previous"), window=300, only_watch=True)
    early = World(two_stages(safeguards=[back]))
    early.signals["errors"] = "bad"
    early.tick(599)
    assert early.rollout.acted == {}, "it is armed in the watch alone"
    world = watched(safeguards=[back])
    world.ticks(600)
    world.signals["errors"] = "bad"
    assert world.tick().kind == "safeguard"
    assert (world.rollout.stage_key(world.plan), world.rollout.status) == ("reads", "running")
    assert world.values() == {"READS": "true", "WRITES": "false"}


def test_people_may_be_asked_at_the_end_of_the_watch() -> None:
    world = World(two_stages(watch=Watch(length=HOUR, gates=(checklist("dashboards checked"), people("ops")))))
    world.tick(600)
    world.tick(600)
    world.ticks(2 * HOUR)
    world.asks("tick", ANNA, item="dashboards checked")
    world.tick()
    assert world.rollout.waiting == "approval:ops"
    world.asks("approve", OLE)
    assert world.tick().kind == "complete"
