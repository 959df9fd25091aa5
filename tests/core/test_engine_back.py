"""Going back: what is pinned, what has no return, what is only tried out, the ladder, the clocks."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.commands import Verb
from orchestrator.core.effects import Arm, Raise
from orchestrator.core.engine import bindings
from orchestrator.core.plan import Climb, Instruct, RollBack, Rung
from tests.core.made_plans import HOUR, World, made_plan, mode, notices, on_alarm, on_signal, sets, stage, two_stages

PINNED: Any = {
    "flags": [mode()],
    "safeguards": [on_alarm("outage"), on_alarm("slow", sets(MODE="off", NEW="false"))],
}


def pinned() -> World:
    plan = made_plan(
        stage("enforce", soak=600, MODE="enforce"),
        stage("on", soak=HOUR, NEW="true", more={"pin": ("MODE",)}),
        **PINNED,
    )
    world = World(plan)
    world.tick(600)
    assert world.values() == {"MODE": "enforce", "NEW": "true"}
    return world


def headline(world: World) -> str:
    notice = notices(world.decisions[-1])[0]
    return notice.headline + "\n" + "\n".join(notice.lines)


# -- pins --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["rollback", "abort"])
def test_no_way_back_of_a_persons_moves_a_pinned_flag(verb: Verb) -> None:
    world = pinned()
    world.asks(verb)
    assert world.values() == {"MODE": "enforce", "NEW": "false"}
    assert "`MODE` stays enforce: pin on keeps it until somebody resumes." in headline(world)
    world.ticks(HOUR)
    assert world.values() == {"MODE": "enforce", "NEW": "false"}


@pytest.mark.parametrize("to", ["start", "previous", "safe"])
def test_a_pinned_flag_stays_until_somebody_resumes(to: str) -> None:
    world = pinned()
    world.asks("rollback", to=to)
    assert world.values()["MODE"] == "enforce"
    world.asks("rollback", to="safe")
    assert world.values()["MODE"] == "enforce", "nor does a second way back"
    world.asks("resume")
    assert world.rollout.flags["MODE"].kept is None


def test_no_safeguard_moves_a_pinned_flag() -> None:
    world = pinned()
    world.alarm("slow")
    assert world.values() == {"MODE": "enforce", "NEW": "false"}
    assert "`MODE` was not moved: this stage pins it." in headline(world)
    again = pinned()
    again.alarm("outage")
    assert again.values() == {"MODE": "enforce", "NEW": "false"}
    again.alarm("slow")
    assert again.values() == {"MODE": "enforce", "NEW": "false"}, "nor once it has gone back from there"


def test_a_person_moves_a_pinned_flag_towards_safe() -> None:
    world = pinned()
    world.asks("set_flag", target="MODE", value="warn")
    assert world.values()["MODE"] == "warn"
    hand = pinned()
    hand.by_hand("MODE", "off")
    hand.asks("rollback")
    hand.tick()
    assert hand.values()["MODE"] == "off"


def test_an_alarm_does_not_mean_a_pinned_flag_without_the_table_either() -> None:
    world = pinned()
    armed = {arm.alarm: dict(arm.values) for arm in bindings(world.plan, "shop-1", world.rollout)}
    assert armed == {"outage": {"NEW": "false"}, "slow": {"NEW": "false"}}
    rearmed = {e.alarm for d in world.decisions for e in d.outgoing if isinstance(e, Arm)}
    assert rearmed == {"outage", "slow"}, "as the stage is entered"


# -- no return ---------------------------------------------------------------------------------------------------------


def migrated(**more: Any) -> World:
    plan = made_plan(
        stage("reads", soak=600, READS="true"),
        stage("writes", soak=600, WRITES="true", more={"no_return": True}),
        stage("more", soak=600, MORE="true"),
        safeguards=[
            on_alarm("outage", follow_up=("call the storage team",)),
            on_alarm("slow", sets(WRITES="false")),
            on_signal("jobs", "above", "0", RollBack(to="previous")),
        ],
        **more,
    )
    world = World(plan)
    world.tick(600)
    return world


ON = {"READS": "true", "WRITES": "true", "MORE": "false"}


@pytest.mark.parametrize("cause", ["outage", "slow", "jobs"])
@pytest.mark.parametrize("later", [False, True], ids=["in the stage", "after it"])
def test_no_safeguard_takes_back_what_has_no_return(cause: str, later: bool) -> None:
    world = migrated()
    world.tick(600) if later else world.tick(300)
    before = world.values()
    if cause == "jobs":
        world.ticks(240)
        world.signals["jobs"] = "bad"
        assert world.tick().kind == "safeguard"
    else:
        world.alarm(cause)
    assert world.values() == before
    assert world.held_by() == ["safeguard"]
    said = headline(world)
    assert "no flag was moved" in said
    assert "writes has no return" in said


def test_before_that_stage_a_safeguard_goes_back() -> None:
    plan = migrated().plan
    world = World(plan)
    world.alarm("outage")
    assert world.values() == {"READS": "false", "WRITES": "false", "MORE": "false"}


def test_what_follows_is_said_and_the_ladder_is_begun() -> None:
    world = migrated(ladder=(Rung(name="restore the snapshot", action=Instruct(text="RUNBOOK.md#restore")),))
    decision = world.alarm("outage")
    lines = [line for notice in notices(decision) for line in notice.lines]
    assert "Follow up: call the storage team" in lines
    assert world.rollout.climbing is not None
    assert world.values() == ON


@pytest.mark.parametrize("verb", ["rollback", "abort"])
def test_people_go_back_all_the_same_and_are_told_of_the_harm(verb: Verb) -> None:
    world = migrated()
    decision = world.asks(verb)
    assert "writes has no return" in decision.reason
    assert "writes has no return" in headline(world)
    assert world.values() == {"READS": "false", "WRITES": "false", "MORE": "false"}


def test_without_the_table_nothing_goes_back_there_either() -> None:
    world = migrated()
    assert {arm.values for arm in bindings(world.plan, "shop-1", world.rollout)} == {()}


# -- the ladder --------------------------------------------------------------------------------------------------------


def test_a_safeguard_may_go_up_the_ladder_instead() -> None:
    plan = made_plan(
        stage("enforce", soak=HOUR, MODE="enforce"),
        flags=[mode()],
        safeguards=[on_alarm("rejected", Climb())],
        ladder=(Rung(name="mode to warn", action=sets(MODE="warn")),),
    )
    world = World(plan)
    decision = world.alarm("rejected")
    assert (decision.kind, world.values()) == ("safeguard", {"MODE": "warn"})
    assert world.held_by() == ["safeguard"]
    assert [write.flag for write in decision.writes] == ["MODE"]
    world.alarm("rejected", "OK")
    world.asks("resume")
    assert (world.values(), world.rollout.climbing) == ({"MODE": "enforce"}, None)


# -- tried out only ----------------------------------------------------------------------------------------------------


def test_a_safeguard_that_is_only_tried_out_says_so_once_and_does_nothing() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage", dry_run=True)]))
    assert world.alarm("outage").kind == "hold"
    world.ticks(300)
    assert (world.posts(), world.rollout.holds, world.values()["READS"]) == (["dry_run"], (), "true")
    world.tick(600)
    assert world.rollout.stage == 1, "nor does its alarm keep anything back"


def test_a_signal_that_is_only_tried_out_does_nothing_either() -> None:
    world = World(two_stages(safeguards=[on_signal("jobs", "above", "0", dry_run=True, window=300)]))
    world.ticks(300)
    world.signals["jobs"] = "bad"
    world.ticks(240)
    assert (world.posts(), world.rollout.holds) == (["dry_run"], ())


def test_beside_one_that_is_tried_out_the_other_acts() -> None:
    guards = [on_alarm("outage", key="trial", dry_run=True), on_alarm("outage", sets(READS="false"), key="real")]
    world = World(two_stages(safeguards=guards))
    assert world.alarm("outage").kind == "safeguard"
    assert sorted(world.posts()) == ["dry_run", "safeguard"]
    assert [entry.by for entry in world.rollout.holds] == ["real"]
    assert {arm.alarm: arm.values for arm in bindings(world.plan, "x")} == {"outage": (("READS", "false"),)}


# -- clocks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["alarm", "rollback", "abort", "set_flag"])
def test_every_way_back_has_a_clock(how: str) -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    world.tick()
    match how:
        case "alarm":
            world.goes("outage")
            went_off = world.now
            world.tick()
        case "set_flag":
            world.asks("set_flag", target="READS", value="false")
        case verb:
            world.asks(verb)  # type: ignore[arg-type]  # a row of the table above
    (clock,) = world.rollout.clocks
    assert clock.detected_at == (went_off if how == "alarm" else world.now)
    assert (clock.decided_at, clock.flags) == (world.now, ("READS",))
    world.tick()
    assert world.rollout.clocks[0].written_at


def test_a_way_back_over_its_budget_is_alerted_once() -> None:
    world = World(two_stages())
    world.tick()
    world.writable = False
    world.asks("rollback")
    world.ticks(HOUR)
    alerts = [e.event for d in world.decisions for e in d.outgoing if isinstance(e, Raise)]
    assert [(alert.rule, alert.severity) for alert in alerts] == [
        ("rollback", "warning"),
        ("way-back-over-budget", "critical"),
    ]
    assert "budget" in alerts[1].notice.headline
