"""Drills: the kill switch is tried out by itself, timed, and never turned on under a hold."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.calendar import Freeze
from orchestrator.core.effects import Post
from orchestrator.core.gates import DrillGate
from orchestrator.core.plan import FlagSpec, Plan
from orchestrator.core.signals import MINUTE
from tests.core.made_plans import HOUR, NOON, World, boolean, made_plan, mode, on_alarm, stage

READS = DrillGate(flag="READS", within=300, valid=86_400)


def plan(*gates: DrillGate, flags: tuple[FlagSpec, ...] = (), more: dict[str, Any] | None = None, **rest: Any) -> Plan:
    stages = (stage("reads", soak=600, gates=gates or (READS,), more=more, READS="true"), stage("all", WRITES="true"))
    return made_plan(*stages, flags=flags, **rest)


def values_seen(world: World, flag: str = "READS") -> list[str]:
    return [write.to_value for write in world.written if write.flag == flag]


def drilled(world: World) -> bool:
    return "READS" in world.rollout.drills


def until_off(world: World) -> None:
    """The drill has begun, and the flag is at safe."""
    while world.values()["READS"] != "false":
        world.tick()
    assert world.rollout.drilling is not None


def told(world: World) -> list[str]:
    effects = [effect for decision in world.decisions for effect in decision.effects]
    return [e.notice.headline for e in effects if isinstance(e, Post) and e.notice.kind == "drill"]


def test_at_the_beginning_of_its_stage_the_switch_goes_off_and_on_again() -> None:
    world = World(plan())
    entered = world.now
    world.ticks(4 * MINUTE)
    assert values_seen(world) == ["true", "false", "true"]
    drill = world.rollout.drills["READS"]
    assert (drill.off_seconds, drill.on_seconds) == (0, 0)
    assert drill.at <= entered + 4 * MINUTE
    assert world.rollout.drilling is None
    assert told(world) == ["INFO dev · shop-1: drill of READS done"]


def test_evidence_counts_from_the_end_of_the_drill() -> None:
    world = World(plan())
    while not drilled(world):
        world.tick()
    assert world.rollout.evidence_from == world.rollout.drills["READS"].at


def test_what_a_slow_read_back_takes_is_counted() -> None:
    world = World(plan(DrillGate(flag="READS", within=60)))
    world.tick()
    world.writable = False
    world.ticks(5 * MINUTE)
    assert not drilled(world)
    world.writable = True
    world.ticks(5 * MINUTE)
    drill = world.rollout.drills["READS"]
    assert max(drill.off_seconds, drill.on_seconds) >= 4 * MINUTE
    assert told(world) == ["WARNING dev · shop-1: drill of READS was too slow"]


def test_a_read_back_that_nobody_timed_is_one_that_is_seen_now() -> None:
    world = World(plan())
    until_off(world)
    began = world.now
    untimed = {name: structs.replace(state, verified_at=0) for name, state in world.rollout.flags.items()}
    world.rollout = structs.replace(world.rollout, flags=untimed)
    world.ticks(2 * MINUTE)
    assert world.rollout.drills["READS"].off_seconds == MINUTE
    assert world.rollout.drills["READS"].at == began + 2 * MINUTE


def test_a_drill_that_was_too_slow_is_repeated_once_a_person_has_resumed() -> None:
    world = World(plan(DrillGate(flag="READS", within=60)))
    world.tick()
    world.writable = False
    world.ticks(5 * MINUTE)
    world.writable = True
    world.ticks(30 * MINUTE)
    assert len(told(world)) == 1
    world.asks("pause")
    world.asks("resume")
    world.ticks(5 * MINUTE)
    assert told(world)[1:] == ["INFO dev · shop-1: drill of READS done"]


def test_it_is_done_once_while_it_is_valid() -> None:
    world = World(plan())
    world.ticks(HOUR)
    assert len(told(world)) == 1
    assert world.rollout.stage == 1


def test_a_drill_that_is_too_old_is_done_again() -> None:
    world = World(plan(DrillGate(flag="READS", valid=1800), more=None))
    world.ticks(5 * MINUTE)
    world.asks("pause")
    world.ticks(HOUR)
    world.asks("resume")
    world.ticks(5 * MINUTE)
    assert len(told(world)) == 2


def test_two_switches_are_tried_out_one_after_the_other() -> None:
    gates = (READS, DrillGate(flag="MODE"))
    world = World(made_plan(stage("on", soak=600, gates=gates, READS="true", MODE="warn"), flags=[mode()]))
    for _ in range(9):
        world.tick()
        assert "enforce" not in world.values().values()
        assert world.values() != {"READS": "false", "MODE": "off"}
    assert set(world.rollout.drills) == {"READS", "MODE"}


NOT_DRILLED: list[tuple[str, Plan]] = [
    ("safe in that stage", made_plan(stage("on", soak=600, gates=(READS,), WRITES="true"), flags=[boolean("READS")])),
    ("pinned", plan(more={"pin": ("READS",)})),
    ("slower than the drill may be", plan(flags=(boolean("READS", takes=600),))),
]


@pytest.mark.parametrize("made", [row[1] for row in NOT_DRILLED], ids=[row[0] for row in NOT_DRILLED])
def test_no_switch_is_tried_out_that_cannot_be(made: Plan) -> None:
    world = World(made)
    written = len(world.written)
    world.ticks(1800)
    assert len(world.written) == written
    assert world.rollout.stage == 0


def test_a_flag_that_moves_later_in_the_stage_is_drilled_then() -> None:
    world = World(made_plan(stage("on", soak=600, gates=(READS,), later={"READS": ("true", 1200)}, WRITES="true")))
    world.ticks(1200 - MINUTE)
    assert not world.rollout.drills
    world.ticks(6 * MINUTE)
    assert drilled(world)


@pytest.mark.parametrize("what", ["line", "freeze", "alarm", "pause"])
def test_nothing_is_tried_out_while_nothing_may_go_forward(what: str) -> None:
    freezes = (Freeze(reason="a holiday", once=("2025-10-09T08:54", "2025-10-09T10:00")),) if what == "freeze" else ()
    world = World(plan(safeguards=[on_alarm("errors", stages=("all",))], freezes=freezes))
    assert world.now == NOON
    match what:
        case "line":
            world.hold_line()
        case "alarm":
            world.goes("errors")
        case "pause":
            world.asks("pause")
        case _:
            pass
    world.ticks(10 * MINUTE)
    assert values_seen(world) == ["true"]
    world.hold_line(False)
    world.goes("errors", "OK")
    if what == "pause":
        world.asks("resume")
    if what == "freeze":
        world.ticks(2 * HOUR)
    world.ticks(5 * MINUTE)
    assert drilled(world)


def test_a_pause_in_the_middle_leaves_the_flag_where_it_is_safe() -> None:
    world = World(plan())
    until_off(world)
    world.asks("pause")
    world.ticks(HOUR)
    assert world.values()["READS"] == "false"
    assert told(world) == ["WARNING dev · shop-1: drill of READS cut short, it stays false"]
    world.asks("resume")
    world.ticks(6 * MINUTE)
    assert world.values()["READS"] == "true"
    assert drilled(world)


def test_a_pause_while_it_goes_on_again_turns_it_off_once_more() -> None:
    world = World(plan())
    until_off(world)
    world.writable = False
    world.tick()
    assert world.rollout.desired["READS"] == "true"
    world.asks("pause")
    world.tick()
    world.writable = True
    world.ticks(10 * MINUTE)
    assert world.values()["READS"] == "false"
    assert world.rollout.desired["READS"] == "false"


def test_a_line_held_in_the_middle_keeps_the_flag_safe_until_it_is_free() -> None:
    world = World(plan())
    until_off(world)
    world.hold_line()
    world.ticks(HOUR)
    assert world.values()["READS"] == "false"
    assert not drilled(world)
    world.hold_line(False)
    world.ticks(3 * MINUTE)
    assert world.values()["READS"] == "true"
    assert drilled(world)
    # Waiting for the line is not what the switch took.
    assert world.rollout.drills["READS"].on_seconds == 0


@pytest.mark.parametrize("way", ["rollback", "abort", "safeguard"])
def test_a_way_back_in_the_middle_ends_it_safe(way: Any) -> None:
    world = World(plan(safeguards=[on_alarm("errors")]))
    until_off(world)
    if way == "safeguard":
        world.alarm("errors")
    else:
        world.asks(way)
    world.ticks(HOUR)
    assert world.values()["READS"] == "false"
    assert world.rollout.drilling is None
    assert not drilled(world)


def test_a_hand_that_turns_it_on_in_the_middle_is_asked_about_and_nothing_is_said_of_safe() -> None:
    world = World(plan())
    until_off(world)
    world.by_hand("READS", "true")
    world.ticks(3 * MINUTE)
    assert world.held_by() == ["drift"]
    assert told(world) == []
    world.asks("revert", flag="READS")
    world.ticks(8 * MINUTE)
    assert drilled(world)
    assert world.values()["READS"] == "true"


def test_a_drill_left_behind_by_a_hold_that_vanished_is_let_go() -> None:
    """A drift hold goes by itself when the hand puts its flag back: then nobody resumes, and yet READS goes on."""
    world = World(plan())
    until_off(world)
    world.by_hand("WRITES", "true")
    world.ticks(2 * MINUTE)
    assert "drift" in world.held_by()
    assert world.values()["READS"] == "false"
    world.by_hand("WRITES", "false")
    world.ticks(8 * MINUTE)
    assert world.held_by() == []
    assert world.values()["READS"] == "true"
    assert drilled(world)


def test_a_partial_exposure_is_drilled_as_a_whole_and_comes_back_as_it_was() -> None:
    made = made_plan(stage("some", soak=600, gates=(READS,), READS=("true", 10_000, ())))
    world = World(made)
    before = world.values()["READS"]
    until = 0
    spec = made.flag("READS")
    assert spec is not None
    while not drilled(world) and until < 10:
        world.tick()
        until += 1
    assert values_seen(world)[-2:] == [spec.safe_text, before]


def test_a_change_marker_in_the_middle_makes_no_drill_look_faster() -> None:
    world = World(plan())
    until_off(world)
    off_at = world.now
    world.tick()
    world.elsewhere()
    world.tick()
    assert drilled(world)
    assert world.rollout.drills["READS"].on_seconds <= world.now - off_at


HAPPENINGS = st.lists(
    st.sampled_from(["tick", "tick", "tick", "pause", "resume", "line", "free", "alarm", "ok", "mute", "unmute", "rollback"]),
    max_size=30,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(HAPPENINGS)
def test_whatever_happens_a_drill_turns_nothing_on_under_a_hold(happenings: list[str]) -> None:
    world = World(plan(safeguards=[on_alarm("errors")]))
    for what in happenings:
        before = world.rollout
        match what:
            case "tick":
                world.tick()
            case "pause" | "resume" | "rollback":
                world.asks(what)
            case "line" | "free":
                world.hold_line(what == "line")
            case "alarm":
                world.alarm("errors")
            case "ok":
                world.alarm("errors", "OK")
            case _:
                world.writable = what == "unmute"
        if before.holds and what != "resume":
            was, now = before.desired["READS"], world.rollout.desired["READS"]
            assert (was, now) != ("false", "true")
        if world.rollout.drilling is None and world.rollout.status == "running" and not world.rollout.holds:
            kept_by = world.rollout.flags["READS"].kept_by
            assert kept_by in ("", "drill")
