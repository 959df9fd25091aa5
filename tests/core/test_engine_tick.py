"""What a tick does: soak, delayed flips, alarms, gates, people, the watch, in this order."""

from __future__ import annotations

import pytest

from orchestrator.core.effects import Arm, Disarm
from orchestrator.core.engine import decide, next_decision, settles_at, soak_ends
from tests.core.made_plans import (
    ANNA,
    HOUR,
    NOON,
    OLE,
    World,
    boolean,
    gate,
    made_plan,
    mode,
    on_alarm,
    on_signal,
    people,
    stage,
    two_stages,
)

DELAYED = made_plan(
    stage("orchestrator", soak=1200, ORCHESTRATOR="true", later={"LEGACY": ("false", 600)}),
    flags=[boolean("ORCHESTRATOR"), boolean("LEGACY").__class__(name="LEGACY", safe="true")],
    safeguards=[on_alarm("outage")],
)


def test_a_start_moves_the_first_stages_flags_and_arms_its_alarms() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    assert world.values() == {"READS": "true", "WRITES": "false"}
    assert world.rollout.baseline == {"READS": "false", "WRITES": "false"}
    assert (world.rollout.status, world.rollout.stage_key(world.plan)) == ("running", "reads")


def test_a_stage_soaks_to_the_second() -> None:
    world = World(two_stages())
    assert soak_ends(world.plan, world.rollout) == NOON + 600
    assert world.tick(599).kind == "hold"
    assert world.tick(1).kind == "advance"
    assert world.values() == {"READS": "true", "WRITES": "true"}


def test_after_the_last_stage_it_watches_and_then_completes() -> None:
    world = World(two_stages(watch=HOUR, safeguards=[on_alarm("outage")]))
    world.tick(600)
    assert world.tick(600).kind == "watch"
    assert world.tick(HOUR - 1).kind == "hold"
    done = world.tick(1)
    assert done.kind == "complete"
    assert [effect.alarm for effect in done.effects if isinstance(effect, Disarm)] == ["outage"]
    assert not world.rollout.is_live


def test_without_a_watch_it_completes_after_the_last_stage() -> None:
    world = World(made_plan(stage("on", soak=60, NEW="true"), watch=0))
    assert world.tick(60).kind == "complete"


def test_an_ended_rollout_leaves_its_flags_alone() -> None:
    world = World(made_plan(stage("on", soak=60, NEW="true"), watch=0))
    world.tick(60)
    ended = world.rollout
    world.by_hand("NEW", "false")
    assert world.tick().rollout is ended
    assert world.values() == {"NEW": "false"}


def test_a_delayed_flip_comes_second_and_restarts_the_evidence() -> None:
    world = World(DELAYED)
    assert world.values() == {"ORCHESTRATOR": "true", "LEGACY": "true"}
    assert world.tick(599).kind == "hold"
    assert world.tick(1).kind == "advance"
    assert world.values() == {"ORCHESTRATOR": "true", "LEGACY": "false"}
    assert (world.rollout.stage, world.rollout.evidence_from) == (0, NOON + 600)


def test_flips_with_the_same_delay_are_made_together() -> None:
    world = World(made_plan(stage("on", soak=900, later={"A": ("true", 300), "B": ("true", 300), "C": ("true", 600)})))
    world.tick(300)
    assert world.values() == {"A": "true", "B": "true", "C": "false"}


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_a_delayed_flip_waits_under_an_alarm_that_is_not_ok(state: str) -> None:
    world = World(DELAYED)
    world.goes("outage", "INSUFFICIENT_DATA") if state != "ALARM" else world.alarms.pop("outage")
    assert world.tick(600).kind == "hold"
    assert world.values()["LEGACY"] == "true"


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("in ALARM since before the start", "alarm outage is in ALARM"),
        ("without data", "alarm outage is in INSUFFICIENT_DATA"),
        ("missing", "alarm outage does not exist"),
        ("unreadable", "the alarms cannot be read"),
        ("flags unreadable", "the flags cannot be read"),
    ],
)
def test_a_ripe_stage_stays_where_it_is_with_an_alarm(trouble: str, says: str) -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    match trouble:
        case "in ALARM since before the start":
            world.now -= HOUR
            world.goes("outage")
            world.now += HOUR
        case "without data":
            world.goes("outage", "INSUFFICIENT_DATA")
        case "missing":
            world.alarms = {}
        case "unreadable":
            world.alarms_readable = False
        case "flags unreadable":
            world.readable = False
    held = world.tick(600)
    assert held.kind == "hold"
    assert says in held.reason
    assert world.posts()[-1] == "blocked"
    assert world.tick().effects == (), "it is said once"
    world.readable = world.alarms_readable = True
    world.alarms.clear()
    world.goes("outage", "OK")
    assert world.tick().kind == "advance"


@pytest.mark.parametrize("trouble", ["unreadable", "alarm"])
def test_the_watch_does_not_close_blind(trouble: str) -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    world.tick(600)
    world.tick(600)
    world.goes("outage", "INSUFFICIENT_DATA") if trouble == "alarm" else setattr(world, "readable", False)
    assert world.tick(HOUR).kind == "hold"
    assert world.rollout.status == "watching"


@pytest.mark.parametrize(
    ("how", "outcome"), [("silent", "no_data"), ("sparse", "insufficient"), ("broken", "error"), ("bad", "fail")]
)
@pytest.mark.parametrize("signal", ["errors", "jobs", "p95"])
def test_a_gate_that_cannot_be_passed_holds_and_rolls_nothing_back(signal: str, how: str, outcome: str) -> None:
    bounds = {"errors": ("below", "0.01"), "jobs": ("at_most", "0"), "p95": ("below", "200")}
    comparison, limit = bounds[signal]
    world = World(made_plan(stage("on", soak=60, NEW="true", gates=[gate(signal, comparison, limit)])))  # type: ignore[arg-type]  # a row of the table
    world.signals[signal] = how
    held = world.ticks(HOUR)
    assert held.kind == "hold"
    assert [verdict.outcome for verdict in held.verdicts] == [outcome]
    assert (world.rollout.status, world.values()) == ("running", {"NEW": "true"})
    assert world.posts().count("blocked") == 1
    world.signals[signal] = "healthy"
    world.ticks(HOUR // 2)
    assert world.rollout.status == "watching", "it goes on by itself once it can"


def test_a_failing_gate_is_told_although_people_are_waited_for_too() -> None:
    plan = made_plan(stage("on", soak=60, NEW="true", gates=[gate(), people("engineering")]))
    world = World(plan)
    world.signals["errors"] = "bad"
    world.ticks(HOUR)
    assert world.posts() == ["blocked"]


def test_a_gate_that_only_needs_time_is_not_news() -> None:
    world = World(made_plan(stage("on", NEW="true", gates=[gate(window=1800)])))
    world.ticks(1200)
    assert world.posts() == []


def test_people_are_asked_last_and_once() -> None:
    world = World(made_plan(stage("on", soak=60, NEW="true", gates=[people("engineering", "ops"), gate()])))
    world.signals["errors"] = "bad"
    world.ticks(HOUR)
    assert "approval" not in world.posts()
    world.signals["errors"] = "healthy"
    world.ticks(HOUR)
    assert world.posts().count("approval") == 1
    assert world.rollout.waiting == "approval:engineering,ops"


def test_either_of_two_roles_is_asked_for_as_either() -> None:
    world = World(made_plan(stage("on", NEW="true", gates=[people("engineering", "ops", any_of=True)])))
    assert world.tick().reason == "waits for engineering or ops to approve"


def test_evidence_from_before_the_stage_does_not_count() -> None:
    plan = made_plan(
        stage("reads", soak=1200, READS="true", gates=[gate()]), stage("writes", WRITES="true", gates=[gate()])
    )
    world = World(plan)
    world.ticks(1200)
    assert world.rollout.stage == 1
    assert world.ticks(600).kind == "hold"
    world.ticks(300)
    assert world.rollout.status == "watching"


def test_nothing_new_gives_the_same_state_back() -> None:
    world = World(two_stages())
    world.tick()
    before = world.rollout
    assert world.tick().rollout is before


def test_a_flag_that_is_not_read_back_stops_everything_but_the_writing() -> None:
    world = World(two_stages())
    world.writable = False
    world.tick(600)
    assert world.rollout.pending == ("WRITES",)
    again = world.tick(HOUR)
    assert (again.kind, [write.flag for write in again.writes]) == ("hold", ["WRITES"])
    world.writable = True
    world.tick()
    assert world.values()["WRITES"] == "true"
    assert world.tick().kind == "watch"


def test_onward_flags_move_in_the_order_of_the_plan() -> None:
    world = World(
        made_plan(stage("first", soak=60), stage("all", soak=60, C="true", A="true", B="true"), flags=[boolean("A")])
    )
    assert [write.flag for write in world.tick(60).writes] == ["C", "A", "B"]


def test_towards_safe_comes_first_in_reverse_then_onward_in_order() -> None:
    plan = made_plan(
        stage("old", soak=60, OLD="true", LEGACY="true"),
        stage("new", soak=60, NEW="true", OLD="false", LEGACY="false", NEWER="true"),
    )
    assert [write.flag for write in World(plan).tick(60).writes] == ["LEGACY", "OLD", "NEW", "NEWER"]


def test_a_ladder_is_climbed_stage_by_stage() -> None:
    plan = made_plan(stage("warn", soak=60, MODE="warn"), stage("enforce", soak=60, MODE="enforce"), flags=[mode()])
    world = World(plan)
    assert world.values() == {"MODE": "warn"}
    assert [(w.from_value, w.to_value) for w in world.tick(60).writes] == [("warn", "enforce")]


@pytest.mark.parametrize(
    ("at", "expected"),
    [(0, 600), (599, 600), (600, 1200), (1200, 1200 + HOUR)],
    ids=["in the soak", "a second before its end", "in the next stage", "in the watch"],
)
def test_the_next_decision_is_known(at: int, expected: int) -> None:
    world = World(two_stages())
    for moment in sorted({600, 1200, at}):
        if moment <= at:
            world.tick(NOON + moment - world.now)
    assert next_decision(world.plan, world.rollout, world.now) == NOON + expected


def test_no_decision_comes_by_itself_while_people_are_waited_for_and_only_a_reminder_while_it_is_held() -> None:
    world = World(made_plan(stage("on", NEW="true", gates=[people("engineering", "ops")])))
    world.tick()
    assert next_decision(world.plan, world.rollout, world.now) is None
    world.asks("approve", ANNA)
    assert next_decision(world.plan, world.rollout, world.now) is not None, "somebody else is to be asked"
    world.tick()
    assert next_decision(world.plan, world.rollout, world.now) is None
    world.asks("approve", OLE)
    assert next_decision(world.plan, world.rollout, world.now) is not None
    world.asks("pause")
    assert next_decision(world.plan, world.rollout, world.now) == world.now + 86_400
    world.tick(86_400)
    assert world.posts()[-1] == "held_too_long"
    assert next_decision(world.plan, world.rollout, world.now) is None


def test_windows_settle_behind_the_newest_evidence() -> None:
    plan = made_plan(
        stage("on", soak=60, NEW="true", gates=[gate(window=1800)]),
        safeguards=[on_signal("errors", "above", "0.05", window=300)],
    )
    world = World(plan)
    in_soak, after = settles_at(plan, world.rollout, NOON), settles_at(plan, world.rollout, NOON + 60)
    assert NOON + 300 < in_soak < after
    assert after > NOON + 1800


def test_the_alarms_are_armed_with_the_start_before_any_flag_is_written() -> None:
    plan = two_stages(safeguards=[on_alarm("outage")])
    world = World(plan)
    from orchestrator.core.engine import bindings

    (arm,) = bindings(plan, world.rollout.id)
    assert isinstance(arm, Arm)
    assert arm.values == (("WRITES", "false"), ("READS", "false")), "the most exposed first"


def test_a_dry_run_changes_nothing() -> None:
    world = World(two_stages())
    before = world.rollout
    facts = world.facts(before)
    first = decide(world.plan, before, None, facts, NOON + 600)
    assert first == decide(world.plan, before, None, facts, NOON + 600)
    assert world.rollout is before
    assert first.kind == "advance"
