"""What SSM holds against what the state wants: ours, a person's off, a person's on, and what is no business of ours."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from orchestrator.core.engine import read_back
from orchestrator.core.engine.drift import classify
from orchestrator.core.exposure import plain
from orchestrator.core.facts import LiveFlag, Mark
from orchestrator.core.plan import FlagSpec
from orchestrator.core.rollout import FlagState
from tests.core.made_plans import HOUR, World, boolean, made_plan, mode, notices, on_alarm, sets, stage, two_stages

SPEC = FlagSpec(name="MODE", safe="off", ladder=("off", "warn", "enforce"))
WANTS_WARN = FlagState(desired="warn", fence=5, verified=10)


def seen(value: str, version: int = 11) -> LiveFlag:
    return LiveFlag(name="MODE", value=value, version=version)


def ours(value: str, fence: int, **more: Any) -> Mark:
    return Mark(**{"fence": fence, "value": value, "owner": "shop-1", "by": "Switchback", "at": 0, **more})


ROWS: list[tuple[str, str, FlagState, LiveFlag | None, Mark | None, str]] = [
    ("the wanted value", "running", WANTS_WARN, seen("warn"), None, "as wanted"),
    ("a late write of ours", "running", WANTS_WARN, seen("enforce"), ours("enforce", 4), "write again"),
    (
        "a late write of an older rollout's",
        "running",
        WANTS_WARN,
        seen("enforce"),
        ours("enforce", 2, owner="shop-0"),
        "write again",
    ),
    ("our mark under somebody else's value", "running", WANTS_WARN, seen("off"), ours("enforce", 4), "made safe"),
    ("a mark from the future", "running", WANTS_WARN, seen("enforce"), ours("enforce", 9), "moved away"),
    (
        "a write that never arrived",
        "running",
        structs.replace(WANTS_WARN, pending=True),
        seen("off", 10),
        None,
        "write again",
    ),
    (
        "a first write that never arrived",
        "running",
        structs.replace(WANTS_WARN, pending=True),
        None,
        None,
        "write again",
    ),
    (
        "a hand's off over a write of ours",
        "running",
        structs.replace(WANTS_WARN, pending=True),
        seen("off"),
        None,
        "made safe",
    ),
    ("a hand towards safe", "running", WANTS_WARN, seen("off"), None, "made safe"),
    ("a hand away from safe", "running", WANTS_WARN, seen("enforce"), None, "moved away"),
    ("a value of no ladder", "running", WANTS_WARN, seen("loud"), None, "moved away"),
    ("a deleted parameter", "running", WANTS_WARN, None, None, "moved away"),
    (
        "a hand away from safe, known",
        "running",
        structs.replace(WANTS_WARN, found="enforce"),
        seen("enforce"),
        None,
        "known",
    ),
    ("a deleted parameter, known", "running", structs.replace(WANTS_WARN, found=""), None, None, "known"),
    (
        "a hand away from safe, changed again",
        "running",
        structs.replace(WANTS_WARN, found="loud"),
        seen("enforce"),
        None,
        "moved away",
    ),
    (
        "a hand away from what a safeguard keeps",
        "running",
        structs.replace(WANTS_WARN, kept_by="safeguard x"),
        seen("enforce"),
        None,
        "put back over",
    ),
    (
        "a hand away from what a rollback keeps",
        "watching",
        structs.replace(WANTS_WARN, kept_by="rollback by x"),
        seen("enforce"),
        None,
        "put back over",
    ),
    (
        "a hand away from what the ladder keeps",
        "running",
        structs.replace(WANTS_WARN, kept_by="ladder mode to warn"),
        seen("enforce"),
        None,
        "put back over",
    ),
    (
        "the wanted value in another shape",
        "running",
        WANTS_WARN,
        seen(structs.replace(SPEC, is_definition=True).stored(plain("warn"))),
        None,
        "write again",
    ),
    (
        "the wanted value in another shape, in a free flag",
        "standing",
        WANTS_WARN,
        seen(structs.replace(SPEC, is_definition=True).stored(plain("warn"))),
        None,
        "not ours to keep",
    ),
    (
        "a hand away from its own off",
        "running",
        structs.replace(WANTS_WARN, kept="warn", kept_by="hand"),
        seen("enforce"),
        None,
        "moved away",
    ),
    ("a hand away from safe after a rollback", "rolled_back", WANTS_WARN, seen("enforce"), None, "put back over"),
    ("a hand away from safe during an abort", "aborting", WANTS_WARN, seen("enforce"), None, "put back over"),
    ("a hand towards safe during an abort", "aborting", WANTS_WARN, seen("off"), None, "made safe"),
    (
        "an emergency's value",
        "running",
        WANTS_WARN,
        seen("off"),
        ours("off", 0, at=50, safeguard="outage"),
        "emergency",
    ),
    (
        "an emergency from before the resume",
        "running",
        WANTS_WARN,
        seen("off"),
        ours("off", 0, at=49, safeguard="outage"),
        "write again",
    ),
    (
        "an emergency that would raise it",
        "running",
        structs.replace(WANTS_WARN, desired="off"),
        seen("warn"),
        ours("warn", 0, at=50, safeguard="x"),
        "write again",
    ),
    ("a free flag", "standing", WANTS_WARN, seen("enforce"), None, "not ours to keep"),
    (
        "a free flag that a rollout had since",
        "standing",
        WANTS_WARN,
        seen("enforce"),
        ours("enforce", 4),
        "not ours to keep",
    ),
    (
        "a free flag that is kept",
        "standing",
        structs.replace(WANTS_WARN, kept="warn", kept_by="rollback by x"),
        seen("enforce"),
        None,
        "put back over",
    ),
    (
        "a free flag that a hand turned off and on",
        "standing",
        structs.replace(WANTS_WARN, kept="warn", kept_by="hand"),
        seen("enforce"),
        None,
        "not ours to keep",
    ),
    (
        "a late write of ours to a free flag",
        "standing",
        WANTS_WARN,
        seen("enforce"),
        ours("enforce", 4, owner="standing"),
        "write again",
    ),
]


@pytest.mark.parametrize(
    ("status", "state", "live", "mark", "found"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_difference_is(status: Any, state: FlagState, live: LiveFlag | None, mark: Mark | None, found: str) -> None:
    world = World(made_plan(stage("on", MODE="warn"), flags=[SPEC]))
    rollout_id = "standing" if status == "standing" else "shop-1"
    rollout = structs.replace(world.rollout, id=rollout_id, status=status, resumed_at=50)
    assert classify(rollout, SPEC, state, live, mark) == found


def test_a_persons_off_is_adopted_at_once_and_the_rollout_is_held() -> None:
    world = World(two_stages())
    world.by_hand("READS", "false")
    decision = world.tick()
    assert decision.writes == ()
    assert (world.rollout.flags["READS"].kept_by, world.held_by()) == ("hand", ["hand"])
    assert world.rollout.flags["READS"].fence == 2, "a late write of ours is older"
    world.ticks(HOUR)
    assert world.values() == {"READS": "false", "WRITES": "false"}
    world.asks("resume")
    assert world.values()["READS"] == "true", "a person resumed"


def test_a_late_write_of_ours_over_a_persons_off_is_put_right() -> None:
    world = World(two_stages())
    world.by_hand("READS", "false")
    world.tick()
    world.put("READS", "true", ours("true", 1))
    assert [(w.flag, w.to_value) for w in world.tick().writes] == [("READS", "false")]
    assert world.values()["READS"] == "false"


def test_a_persons_on_is_left_as_found_and_asked_about_once() -> None:
    world = World(two_stages())
    world.by_hand("WRITES", "true")
    world.ticks(HOUR)
    assert world.values()["WRITES"] == "true"
    assert (world.held_by(), world.posts()) == (["drift"], ["drift"])
    (notice,) = [notice for decision in world.decisions for notice in notices(decision)]
    assert [action.verb for action in notice.actions] == ["adopt", "revert", "rollback"]


def test_a_person_who_puts_it_back_needs_nobody() -> None:
    world = World(two_stages())
    world.by_hand("WRITES", "true")
    world.tick()
    world.by_hand("WRITES", "false")
    world.tick()
    assert (world.rollout.holds, world.rollout.flags["WRITES"].found) == ((), None)


def test_a_deleted_parameter_is_asked_about_and_can_be_written_again() -> None:
    world = World(two_stages())
    world.by_hand("READS", None)
    world.tick()
    assert "deleted by hand" in world.rollout.holds[0].reason
    assert [(w.from_value, w.to_value) for w in world.asks("revert", flag="READS").writes] == [(None, "true")]
    assert world.values()["READS"] == "true"


def test_after_a_rollback_the_safe_value_is_kept() -> None:
    world = World(two_stages())
    world.asks("rollback")
    world.by_hand("WRITES", "true")
    world.ticks(120)
    assert world.values() == {"READS": "false", "WRITES": "false"}
    assert world.posts()[-1] == "kept_safe"


def test_unreadable_flags_are_no_drift() -> None:
    world = World(two_stages())
    world.tick()
    before = world.rollout
    world.readable = False
    decision = world.tick()
    assert (decision.rollout, decision.effects) == (before, ())


def test_what_an_alarm_wrote_without_the_table_is_adopted() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage", sets(READS="false"))]))
    world.now += 5
    world.emergency("outage")
    decision = world.tick()
    assert decision.writes == ()
    assert (world.rollout.flags["READS"].kept_by, world.held_by()) == ("safeguard outage", ["safeguard"])
    world.by_hand("READS", "true")
    world.ticks(120)
    assert world.values()["READS"] == "false"


def test_a_free_flag_is_not_fought_over() -> None:
    world = World(made_plan(flags=[boolean("FREE")]), standing=True)
    world.asks("set_flag", target="FREE", value="true")
    world.by_hand("FREE", "false")
    world.ticks(120)
    assert (world.values(), world.rollout.holds, world.posts()) == ({"FREE": "false"}, (), ["flag_set"])


def test_a_free_flag_that_a_rollout_has_moved_since_is_left_to_it() -> None:
    """The standing set knows the fences that rollouts have given its flags; their marks are still not its own."""
    world = World(made_plan(flags=[mode()]), standing=True)
    world.asks("set_flag", target="MODE", value="warn")
    raised = structs.replace(world.rollout.flags["MODE"], fence=7)
    world.rollout = structs.replace(world.rollout, flags={"MODE": raised})
    world.put("MODE", "enforce", ours("enforce", 7))
    assert world.tick().writes == ()
    assert world.values() == {"MODE": "enforce"}


def test_what_is_read_back_is_recorded_with_its_version() -> None:
    world = World(two_stages())
    world.writable = False
    world.tick(600)
    assert read_back(world.rollout, world.facts(world.rollout)) == {}
    world.put("WRITES", "true", ours("true", 1))
    assert read_back(world.rollout, world.facts(world.rollout)) == {"WRITES": (1, 2)}
