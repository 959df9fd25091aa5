"""The daily summary: once a local day while a rollout lives, and only where its plan asks for one."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.calendar import next_summary
from orchestrator.core.effects import Post
from orchestrator.core.engine import next_decision
from tests.core.made_plans import HOUR, World, made_plan, stage

DAY = 24 * HOUR


def summaries(world: World) -> list[Any]:
    posts = [effect for decision in world.decisions for effect in decision.outgoing if isinstance(effect, Post)]
    return [post.notice for post in posts if post.notice.kind == "summary"]


def test_a_day_is_summed_up_once_in_the_evening() -> None:
    world = World(made_plan(stage("reads", soak=5 * DAY, READS="true"), summary="daily"))
    for _ in range(72):
        world.tick(HOUR)
    notices = summaries(world)
    assert len(notices) == 3
    assert {(notice.at - next_summary("UTC", notice.at - HOUR)) // HOUR for notice in notices} == {0}
    assert notices[-1].headline.startswith("dev · shop-1: day ")
    assert any(line.startswith("Flags: ") for line in notices[-1].lines)
    assert "Nothing is open." in notices[-1].lines


def test_a_plan_that_asks_for_none_gets_none() -> None:
    world = World(made_plan(stage("reads", soak=5 * DAY, READS="true")))
    for _ in range(48):
        world.tick(HOUR)
    assert summaries(world) == []


def test_whoever_passes_over_quiet_time_stops_for_it() -> None:
    world = World(made_plan(stage("reads", soak=5 * DAY, READS="true"), summary="daily"))
    at = next_decision(world.plan, world.rollout, world.now)
    assert at is not None
    assert at <= next_summary("UTC", world.now)


@pytest.mark.parametrize(("zone", "hour"), [("UTC", 18), ("Europe/Berlin", 17), ("America/New_York", 23)])
def test_the_evening_is_the_plans_own(zone: str, hour: int) -> None:
    midnight = 1_764_028_800  # 2025-11-25T00:00:00Z, winter time
    assert next_summary(zone, midnight) == midnight + hour * HOUR
