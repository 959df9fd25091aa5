"""Safeguards: off wins, whatever the rollout waits for; once; and nothing is undone until a person resumes."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.engine import bindings, disarmed
from orchestrator.core.plan import Hold, RollBack
from orchestrator.core.rollout import FlagState
from tests.core.made_plans import (
    ANNA,
    HOUR,
    NOON,
    World,
    boolean,
    ends,
    gate,
    made_plan,
    mode,
    notices,
    on_alarm,
    on_signal,
    people,
    sets,
    stage,
    state_of,
    two_stages,
)

OFF = {"READS": "false", "WRITES": "false"}


def guarded(*more: Any, action: Any = None) -> World:
    return World(two_stages(safeguards=[on_alarm("outage", action), *more]))


def paused(world: World) -> None:
    world.asks("pause")


def soaking(world: World) -> None:
    world.tick(60)


def watching(world: World) -> None:
    world.tick(600)
    world.tick(600)
    assert world.rollout.status == "watching"


def drifted(world: World) -> None:
    world.by_hand("WRITES", "true")
    world.tick()
    assert world.held_by() == ["drift"]


def blind(world: World) -> None:
    world.alarms_readable = world.readable = False


def unwritten(world: World) -> None:
    world.writable = False
    world.tick(600)
    world.writable = True


@pytest.mark.parametrize("waits", [soaking, paused, watching, drifted, blind, unwritten], ids=lambda f: f.__name__)
def test_an_alarm_acts_while_the_rollout_is(waits: Any) -> None:
    world = guarded()
    waits(world)
    assert world.alarm("outage").kind == "safeguard"
    assert world.values() == OFF
    assert world.rollout.status == "rolled_back"
    assert "safeguard" in world.held_by()


def test_an_alarm_acts_while_people_are_waited_for() -> None:
    plan = made_plan(stage("on", NEW="true", gates=[people("ops")]), safeguards=[on_alarm("outage")])
    world = World(plan)
    world.ticks(HOUR)
    assert world.rollout.waiting == "approval:ops"
    assert world.alarm("outage").kind == "safeguard"
    assert world.asks("approve").kind == "refuse"


def test_a_second_safeguard_acts_after_the_first() -> None:
    world = guarded(on_alarm("slow", sets(READS="false")), action=sets(WRITES="false"))
    world.tick(600)
    world.alarm("outage")
    assert world.values() == {"READS": "true", "WRITES": "false"}
    world.alarm("slow")
    assert world.values() == OFF


def test_everything_that_went_off_unheard_acts_in_one_tick() -> None:
    world = guarded(
        on_alarm("slow", sets(READS="false")), on_signal("jobs", "above", "0", Hold()), action=sets(WRITES="false")
    )
    world.tick(600)
    world.ticks(300)
    world.goes("outage")
    world.goes("slow")
    world.signals["jobs"] = "bad"
    decision = world.tick()
    assert world.values() == OFF
    assert set(world.rollout.acted) == {"outage", "slow", "signal:jobs-above"}
    assert len(notices(decision)) == 3
    assert [write.flag for write in decision.writes] == ["WRITES", "READS"], "the most exposed first"


@pytest.mark.parametrize(
    ("action", "values", "status"),
    [
        (RollBack(), OFF, "rolled_back"),
        (RollBack(to="previous"), {"READS": "true", "WRITES": "false"}, "running"),
        (RollBack(to="safe"), OFF, "rolled_back"),
        (sets(READS="false"), {"READS": "false", "WRITES": "true"}, "running"),
        (Hold(), {"READS": "true", "WRITES": "true"}, "running"),
    ],
    ids=["rollback", "rollback to the stage before", "rollback to safe", "set", "hold"],
)
def test_a_safeguard_does(action: Any, values: dict[str, str], status: str) -> None:
    world = guarded(action=action)
    world.tick(600)
    world.alarm("outage")
    assert (world.values(), world.rollout.status) == (values, status)
    world.ticks(HOUR)
    assert world.values() == values, "and it stays so"


def test_an_alarm_delivered_twice_acts_once() -> None:
    world = guarded()
    world.alarm("outage")
    since = world.now
    again = world.alarm("outage", since=since)
    assert (again.kind, again.effects) == ("hold", ())
    assert world.tick().effects == ()


def test_an_alarm_that_flaps_acts_once_until_somebody_resumes() -> None:
    world = guarded()
    for _ in range(3):
        world.alarm("outage")
        world.alarm("outage", "OK")
    assert world.posts().count("safeguard") == 1
    world.asks("resume")
    assert world.alarm("outage").kind == "safeguard"


@pytest.mark.parametrize("older", ["than the start", "than the resume"])
def test_an_event_that_is_older_does_nothing(older: str) -> None:
    world = guarded()
    world.tick()
    since = NOON - 1
    if older == "than the resume":
        world.alarm("outage")
        since = world.now
        world.alarm("outage", "OK")
        world.asks("resume")
    late = world.alarm("outage", since=since)
    assert (late.kind, late.effects) == ("hold", ())
    assert "older than the start or the last resume" in late.reason


def test_an_alarm_that_went_off_just_before_the_resume_is_found_by_the_next_tick() -> None:
    """DescribeAlarms still showed OK when somebody resumed; the event comes later, and is older than the resume."""
    world = guarded()
    world.asks("pause")
    went_off = world.now + 1
    world.asks("resume", after=3)
    world.alarms["outage"] = type(world.alarms["outage"])(name="outage", state="ALARM", since=went_off)
    assert world.alarm("outage", since=went_off).kind == "hold"
    assert world.tick().kind == "safeguard"
    assert world.values() == OFF


def test_ok_is_said_and_changes_nothing() -> None:
    world = guarded()
    world.alarm("outage")
    cleared = world.alarm("outage", "OK")
    assert (ends(cleared), notices(cleared)) == (["safeguard:outage"], [])
    assert world.alarm("outage", "OK").effects == (), "once"
    world.ticks(HOUR)
    assert (world.values(), world.rollout.status) == (OFF, "rolled_back")


def test_ok_before_alarm_out_of_order_still_ends_safe() -> None:
    world = guarded()
    went_off = world.now + 1
    world.alarm("outage", "OK", after=2)
    assert world.alarm("outage", since=went_off).kind == "safeguard"


def test_without_data_is_neither_ok_nor_alarm() -> None:
    world = guarded()
    assert world.alarm("outage", "INSUFFICIENT_DATA").effects == ()
    assert world.values()["READS"] == "true"


def test_an_alarm_that_is_bound_to_nothing_does_nothing() -> None:
    assert guarded().alarm("weather").effects == ()


def test_a_safeguard_of_one_stage_acts_there_and_in_the_watch_alone() -> None:
    plan = two_stages(safeguards=[on_alarm("outage", stages=("reads",))])
    there, elsewhere, late = World(plan), World(plan), World(plan)
    assert there.alarm("outage").kind == "safeguard"
    elsewhere.tick(600)
    assert elsewhere.alarm("outage").kind == "hold"
    watching(late)
    assert late.alarm("outage").kind == "safeguard"


@pytest.mark.parametrize("state", ["aborting", "aborted", "completed"])
def test_nothing_is_armed_any_more_when_it_is(state: str) -> None:
    world = guarded()
    if state == "completed":
        watching(world)
        world.tick(HOUR)
    else:
        world.asks("abort")
    if state == "aborted":
        world.tick()
    assert world.rollout.status == state
    assert world.alarm("outage").effects == ()


# -- signals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hold", ["running", "paused", "watching"])
def test_a_signal_over_its_bound_acts(hold: str) -> None:
    world = World(two_stages(safeguards=[on_signal("errors", "above", "0.05", window=300)]))
    {"running": soaking, "paused": paused, "watching": watching}[hold](world)
    world.ticks(300)
    world.signals["errors"] = "bad"
    assert world.tick().kind == "safeguard"
    assert world.values() == OFF
    assert world.tick(HOUR).effects == (), "once"


@pytest.mark.parametrize("how", ["silent", "sparse", "broken"])
@pytest.mark.parametrize("signal", ["errors", "jobs", "p95"])
def test_no_data_too_little_and_a_broken_source_are_no_breach(signal: str, how: str) -> None:
    bound = {"errors": "0.05", "jobs": "0", "p95": "200"}[signal]
    world = World(two_stages(safeguards=[on_signal(signal, "above", bound, window=300)]))
    world.signals[signal] = how
    world.ticks(HOUR)
    assert "safeguard" not in world.posts()


def test_a_signal_acts_anew_only_on_evidence_from_after_the_resume() -> None:
    world = World(two_stages(safeguards=[on_signal("errors", "above", "0.05", window=300)]))
    world.ticks(300)
    world.signals["errors"] = "bad"
    world.tick()
    world.signals["errors"] = "healthy"
    world.asks("resume")
    world.ticks(500)
    assert (world.rollout.status, world.held_by()) == ("running", [])
    world.signals["errors"] = "bad"
    world.tick()
    assert world.rollout.status == "rolled_back"


# -- what is kept ------------------------------------------------------------------------------------------------------


def test_what_a_safeguard_sets_is_kept_over_every_stage_and_against_hands() -> None:
    world = guarded(action=sets(READS="false"))
    world.alarm("outage")
    world.by_hand("READS", "true")
    world.ticks(120)
    assert world.values()["READS"] == "false"
    assert "kept_safe" in world.posts()
    assert world.rollout.flags["READS"].kept_by == "safeguard outage"


def test_a_safeguard_that_sets_a_middle_value_never_raises_what_is_lower() -> None:
    plan = made_plan(
        stage("enforce", soak=HOUR, MODE="enforce"),
        flags=[mode()],
        safeguards=[on_alarm("rejected", sets(MODE="warn")), on_alarm("outage", sets(MODE="off"))],
    )
    world = World(plan)
    world.alarm("rejected")
    assert world.values() == {"MODE": "warn"}
    world.alarm("outage")
    assert world.values() == {"MODE": "off"}
    lower = World(plan)
    lower.by_hand("MODE", "off")
    lower.tick()
    lower.alarm("rejected")
    lower.alarm("outage", "OK")
    assert lower.values() == {"MODE": "off"}


def test_a_persons_off_that_nobody_has_seen_survives_an_alarm_too() -> None:
    plan = made_plan(
        stage("enforce", soak=HOUR, MODE="enforce"),
        flags=[mode()],
        safeguards=[on_alarm("rejected", sets(MODE="warn"))],
    )
    world = World(plan)
    world.by_hand("MODE", "off")
    world.alarm("rejected")
    assert world.values() == {"MODE": "off"}


def test_that_everything_was_safe_already_is_said() -> None:
    world = guarded()
    world.asks("rollback")
    decision = world.alarm("outage")
    assert (decision.kind, decision.writes) == ("safeguard", ())
    (notice,) = notices(decision)
    assert "everything was safe already" in notice.headline


def test_a_safeguard_over_an_unfinished_write_never_lets_the_old_value_through() -> None:
    world = guarded()
    world.writable = False
    world.tick(600)
    world.goes("outage")
    world.writable = True
    decision = world.tick()
    assert {write.flag: write.to_value for write in decision.writes} == {"READS": "false", "WRITES": "false"}
    assert len(decision.writes) == 2


def test_several_safeguards_on_one_alarm_write_each_flag_once() -> None:
    world = guarded(on_alarm("outage", sets(READS="false"), key="second"))
    world.tick(600)
    decision = world.alarm("outage")
    assert [(write.flag, write.from_value, write.to_value) for write in decision.writes] == [
        ("WRITES", "true", "false"),
        ("READS", "true", "false"),
    ]


# -- armed in SSM ------------------------------------------------------------------------------------------------------


def test_what_an_alarm_means_without_the_table() -> None:
    plan = two_stages(
        safeguards=[
            on_alarm("outage"),
            on_alarm("slow", sets(READS="false")),
            on_alarm("odd", Hold()),
            on_signal("errors", "above", "0.05"),
        ]
    )
    armed = {arm.alarm: arm.values for arm in bindings(plan, "shop-1")}
    assert armed == {
        "outage": (("WRITES", "false"), ("READS", "false")),
        "slow": (("READS", "false"),),
        "odd": (),  # a hold moves no flag, but its alarm is bound
    }
    assert {entry.alarm for entry in disarmed(plan, "shop-1")} == set(armed)


# -- the standing set --------------------------------------------------------------------------------------------------


def standing() -> World:
    world = World(
        made_plan(flags=[boolean("FREE")], safeguards=[on_alarm("outage", sets(FREE="false"))]), standing=True
    )
    world.asks("set_flag", target="FREE", value="true")
    return world


def test_without_a_rollout_an_alarm_takes_its_flag_back() -> None:
    world = standing()
    assert world.alarm("outage").kind == "safeguard"
    assert (world.values(), world.rollout.status, world.rollout.holds) == ({"FREE": "false"}, "standing", ())
    world.by_hand("FREE", "true")
    world.ticks(120)
    assert world.values() == {"FREE": "false"}


def test_a_flag_that_was_set_again_is_taken_back_by_the_next_alarm_not_by_the_last_one() -> None:
    world = standing()
    world.alarm("outage")
    first = world.now
    world.alarm("outage", "OK")
    world.asks("set_flag", target="FREE", value="true")
    assert world.alarm("outage", since=first).effects == (), "a late repeat"
    assert world.values() == {"FREE": "true"}
    assert world.alarm("outage").kind == "safeguard"
    assert world.values() == {"FREE": "false"}


def test_an_alarm_that_flaps_over_a_flag_that_is_kept_is_one_message() -> None:
    world = standing()
    for _ in range(3):
        world.alarm("outage")
        world.tick()
        world.alarm("outage", "OK")
    assert world.posts().count("safeguard") == 1


def test_setting_a_flag_safe_under_its_alarm_does_not_set_the_alarm_off_again() -> None:
    world = standing()
    world.alarm("outage")
    world.asks("set_flag", ANNA, target="FREE", value="false")
    world.ticks(120)
    assert world.posts().count("safeguard") == 1
    assert world.rollout.flags["FREE"].kept == "false"


def test_an_alarm_takes_back_a_flag_that_was_turned_on_by_hand_alone() -> None:
    world = standing()
    world.asks("set_flag", target="FREE", value="false")
    world.by_hand("FREE", "true")
    world.tick()
    assert world.values() == {"FREE": "true"}, "a free flag is anybody's"
    world.alarm("outage")
    assert world.values() == {"FREE": "false"}


def test_flags_that_nobody_has_set_yet_are_kept_as_well() -> None:
    world = World(
        made_plan(flags=[boolean("FREE")], safeguards=[on_alarm("outage", sets(FREE="false"))]), standing=True
    )
    world.by_hand("FREE", "true")
    assert world.rollout.flags == state_of()
    world.alarm("outage")
    assert world.values() == {"FREE": "false"}
    assert world.rollout.flags["FREE"] == FlagState(
        desired="false",
        fence=1,
        kept="false",
        kept_by="safeguard outage",
        verified=world.flags["FREE"].version,
        verified_at=world.now,
    )


def test_a_gate_is_no_safeguard() -> None:
    world = World(made_plan(stage("on", NEW="true", gates=[gate()])))
    world.signals["errors"] = "bad"
    world.ticks(HOUR)
    assert (world.rollout.status, world.values()) == ("running", {"NEW": "true"})
