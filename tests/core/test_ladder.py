"""The ladder: rungs that act by themselves, wait for people, run jobs, help or do not, and come to an end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.effects import Decision, RunTarget
from orchestrator.core.engine import ladder
from orchestrator.core.gates import Threshold
from orchestrator.core.notices import Notice
from orchestrator.core.plan import Climb, Instruct, Plan, RollBack, Rung, RunJob
from orchestrator.core.rollout import Climbing
from orchestrator.core.signals import MINUTE
from orchestrator.core.targets import LambdaCall, Target
from tests.core.made_plans import (
    ANNA,
    World,
    boolean,
    made_plan,
    mode,
    notices,
    on_alarm,
    on_signal,
    sets,
    stage,
    threshold,
)

RECOVERED = threshold("errors", "below", "0.01")
JOB = RunJob(target="redeploy")
REDEPLOY = Target(name="redeploy", call=LambdaCall(function="redeploy"))


def rung(action: Any, *, recovered: Threshold | None = RECOVERED, **more: Any) -> Rung:
    name = more.pop("name", str(getattr(action, "values", action)))
    return Rung(name=name, action=action, recovered=recovered, **more)


TO_WARN = rung(sets(MODE="warn"), name="mode to warn", takes=60, within=600)
TO_OFF = rung(sets(MODE="off"), name="mode off", takes=60, within=600)
OLD_RELEASE = rung(JOB, name="previous release", takes=300, assisted=True)
RESTORE = rung(Instruct(text="RUNBOOK.md#restore"), name="restore snapshot", recovered=None)


def plan(*rungs: Rung, **more: Any) -> Plan:
    """In its last stage MODE is enforce and READS is on; the alarm `errors` climbs the ladder."""
    made: dict[str, Any] = {
        "flags": [mode(), boolean("READS")],
        "safeguards": [on_alarm("errors", Climb())],
        "ladder": rungs,
        "targets": (REDEPLOY,),
        "runbook": "docs/runbook.md#back",
    }
    stages = more.pop(
        "stages", (stage("warn", MODE="warn"), stage("enforce", soak=86_400, MODE="enforce", READS="true"))
    )
    return made_plan(*stages, **(made | more))


def at_its_last_stage(made: Plan) -> World:
    world = World(made)
    world.ticks(3 * MINUTE)
    assert world.rollout.stage == len(made.stages) - 1
    return world


def in_trouble(made: Plan, *, errors: str = "bad") -> World:
    world = at_its_last_stage(made)
    world.signals["errors"] = errors
    world.alarm("errors")
    return world


def here(world: World) -> Climbing:
    assert world.rollout.climbing is not None
    return world.rollout.climbing


def told(world: World, kind: str) -> list[Notice]:
    said = [notice for decision in world.decisions for notice in notices(decision)]
    return [notice for notice in said if notice.kind == kind]


def jobs(world: World) -> list[RunTarget]:
    return [e for decision in world.decisions for e in decision.effects if isinstance(e, RunTarget)]


def until(world: World, phase: str, rung: int, *, minutes: int = 60) -> None:
    for _ in range(minutes):
        if (here(world).phase, here(world).rung) == (phase, rung):
            return
        world.tick()
    pytest.fail(f"it is {here(world)}")


def test_an_alarm_that_climbs_acts_on_the_first_rung_at_once() -> None:
    world = in_trouble(plan(TO_WARN, TO_OFF))
    assert world.values()["MODE"] == "warn"
    assert world.values()["READS"] == "true"
    assert world.held_by() == ["safeguard"]
    notice = told(world, "rung")[0]
    assert notice.headline == "dev · shop-1: rung 1 of 2, mode to warn: MODE is warn"
    assert notice.lines[0] == "Because errors went to ALARM."


def test_a_rung_that_helps_ends_the_climb_and_leaves_everything_held() -> None:
    world = in_trouble(plan(TO_WARN, TO_OFF), errors="healthy")
    until(world, "ended", 0)
    assert here(world).helped
    assert world.values()["MODE"] == "warn"
    assert world.held_by() == ["safeguard"]
    assert "mode to warn has helped" in told(world, "rung_helped")[0].headline
    world.ticks(3600)
    assert world.values()["MODE"] == "warn"
    assert len(told(world, "rung_helped")) == 1


def test_only_minutes_after_it_can_have_helped_count() -> None:
    """Healthy minutes from before the rung, or from before `takes` is over, show nothing."""
    world = in_trouble(plan(TO_WARN), errors="healthy")
    until(world, "settling", 0)
    done = here(world).since
    until(world, "ended", 0)
    assert world.now >= done + TO_WARN.takes + RECOVERED.window
    assert ladder.questions(world.plan, world.rollout, world.now) == ()


def test_a_rung_that_does_not_help_is_followed_by_the_next_which_says_why() -> None:
    world = in_trouble(plan(TO_WARN, TO_OFF))
    until(world, "acting", 1)
    assert world.values()["MODE"] == "off"
    assert "mode to warn has not helped (errors:" in told(world, "rung")[1].lines[0]


@pytest.mark.parametrize("errors", ["bad", "silent", "broken", "sparse"])
def test_without_good_data_nothing_has_recovered(errors: str) -> None:
    world = in_trouble(plan(TO_WARN, TO_OFF), errors=errors)
    until(world, "ended", 1)
    assert not here(world).helped


def test_a_rung_is_given_its_whole_window_however_short_within_is() -> None:
    short = rung(sets(MODE="warn"), name="short", within=60)
    world = in_trouble(plan(short), errors="healthy")
    until(world, "ended", 0)
    assert here(world).helped


def test_the_end_of_the_ladder_is_a_critical_alert_with_the_runbook() -> None:
    world = in_trouble(plan(TO_WARN))
    until(world, "ended", 0)
    notice = told(world, "ladder_ended")[0]
    assert notice.headline.startswith("dev · shop-1: the ladder is at its end")
    assert any("runbook.md" in line for line in notice.lines)
    assert world.asks("climb").kind == "refuse"
    world.ticks(3600)
    assert len(told(world, "ladder_ended")) == 1


def test_an_assisted_rung_does_nothing_before_somebody_presses_climb() -> None:
    world = in_trouble(plan(OLD_RELEASE, TO_OFF))
    world.ticks(3600)
    assert here(world).phase == "asked"
    assert not jobs(world)
    assert [action.verb for action in told(world, "rung_asked")[0].actions] == ["climb", "status", "rollback"]
    previewed = world.rollout.transition
    decision = world.asks("climb")
    assert decision.kind == "rollback"
    # Whatever was previewed before is stale, although no flag has moved.
    assert world.rollout.transition > previewed
    assert here(world).by == "anna"
    assert [run.target for run in jobs(world)] == ["redeploy"]


@pytest.mark.parametrize(
    ("result", "next_one"), [("pass", ("settling", 0)), ("fail", ("acting", 1)), ("error", ("acting", 1))]
)
def test_a_job_that_fails_is_no_help(result: Any, next_one: tuple[str, int]) -> None:
    world = at_its_last_stage(plan(rung(JOB, name="previous release"), TO_OFF))
    world.answers["redeploy"] = result
    world.signals["errors"] = "bad"
    world.alarm("errors")
    assert here(world).phase == "acting"
    assert world.values()["MODE"] == "enforce"
    world.tick()
    assert (here(world).phase, here(world).rung) == next_one


def test_only_the_report_of_its_own_run_counts() -> None:
    world = at_its_last_stage(plan(rung(JOB, name="previous release", takes=60, within=300), TO_OFF))
    world.signals["errors"] = "bad"
    world.alarm("errors")
    world.reports.clear()
    world.reported("redeploy", run="somebody else's")
    world.ticks(5 * MINUTE)
    assert here(world).phase == "acting"
    world.ticks(2 * MINUTE)
    assert here(world).rung == 1
    assert "redeploy has not reported in time" in here(world).why


def test_every_act_has_a_run_of_its_own() -> None:
    world = in_trouble(plan(rung(JOB, name="previous release", recovered=None)))
    world.ticks(2 * MINUTE)
    world.asks("done", helped="yes")
    world.alarm("errors", "OK")
    world.asks("resume")
    world.ticks(2 * MINUTE)
    world.alarm("errors")
    runs = [run.run for run in jobs(world)]
    assert len(runs) == len(set(runs)) == 2


def test_a_rung_for_people_tells_them_what_to_do_and_waits_for_their_word() -> None:
    world = in_trouble(plan(RESTORE, TO_OFF))
    notice = told(world, "rung_asked")[0]
    assert any("RUNBOOK.md#restore" in line.replace("\\", "") for line in notice.lines)
    assert [action.verb for action in notice.actions] == ["done", "climb", "status"]
    world.ticks(3600)
    assert here(world).phase == "asked"
    world.asks("done", helped="no")
    assert here(world).rung == 1
    assert "anna says so" in here(world).why


def test_what_people_have_done_is_measured_where_it_can_be() -> None:
    measured = rung(Instruct(text="turn the traffic away"), name="traffic")
    world = in_trouble(plan(measured), errors="healthy")
    assert world.asks("done", helped="yes").kind == "hold"
    assert here(world).phase == "settling"
    assert world.asks("done", helped="yes").kind == "refuse"
    until(world, "ended", 0)
    assert here(world).helped


def test_where_nothing_measures_a_rung_people_say_whether_it_has_helped() -> None:
    unmeasured = rung(sets(MODE="warn"), name="mode to warn", recovered=None, takes=120)
    world = in_trouble(plan(unmeasured, TO_OFF))
    world.ticks(3600)
    assert here(world).phase == "settling"
    assert len(told(world, "rung_in_doubt")) == 1
    assert not ladder.questions(world.plan, world.rollout, world.now)
    world.asks("done", helped="yes")
    assert here(world).helped


def test_nobody_need_wait_for_a_rung_that_is_of_no_use() -> None:
    world = in_trouble(plan(TO_WARN, OLD_RELEASE, RESTORE))
    world.asks("climb")
    assert (here(world).phase, here(world).rung) == ("acting", 1)
    world.asks("climb")
    assert (here(world).phase, here(world).rung) == ("asked", 2)
    world.asks("climb")
    assert here(world).phase == "ended"
    assert told(world, "ladder_ended")


def test_somebody_may_climb_without_any_safeguard_and_then_nothing_goes_forward() -> None:
    world = at_its_last_stage(plan(TO_WARN))
    decision = world.asks("climb")
    assert decision.kind == "rollback"
    assert world.values()["MODE"] == "warn"
    assert world.held_by() == ["rollback"]


@pytest.mark.parametrize("verb", ["climb", "done"])
def test_a_plan_without_a_ladder_has_nothing_to_climb(verb: Any) -> None:
    world = at_its_last_stage(plan(safeguards=()))
    assert world.asks(verb).kind == "refuse"


def test_a_climb_begun_twice_is_one() -> None:
    made = plan(TO_WARN, TO_OFF)
    world = in_trouble(made)
    again = ladder.begin(made, world.rollout, "another alarm", world.now)
    assert again.rollout is world.rollout
    assert again.effects == ()


def test_resuming_or_aborting_ends_the_climb() -> None:
    for verb in ("resume", "abort"):
        world = in_trouble(plan(TO_WARN, TO_OFF), errors="healthy")
        world.tick()
        world.alarm("errors", "OK")
        world.asks(verb)
        assert world.rollout.climbing is None
        world.signals["errors"] = "bad"
        world.ticks(1800)
        assert len(told(world, "rung")) == 1


def test_flags_that_cannot_be_read_back_do_not_stop_the_climb() -> None:
    world = at_its_last_stage(plan(TO_WARN, rung(JOB, name="previous release", recovered=None)))
    world.writable = False
    world.alarm("errors")
    until(world, "acting", 1)
    assert "not read back: MODE" in here(world).why


def test_past_a_stage_without_return_a_rung_that_rolls_back_asks_first() -> None:
    stages = (stage("warn", MODE="warn"), stage("enforce", soak=86_400, more={"no_return": True}, MODE="enforce"))
    world = in_trouble(plan(rung(RollBack(to="previous"), name="back one stage"), stages=stages))
    assert here(world).phase == "asked"
    assert world.values()["MODE"] == "enforce"
    world.asks("climb")
    assert world.values()["MODE"] == "warn"


def test_a_pinned_flag_is_moved_by_no_rung() -> None:
    pinned = stage("on", soak=86_400, more={"pin": ("MODE",)}, READS="true")
    rungs = (rung(sets(MODE="off"), name="mode off"), rung(RollBack(), name="to the start"))
    world = in_trouble(plan(*rungs, stages=(stage("enforce", MODE="enforce"), pinned)))
    assert world.values()["MODE"] == "enforce"
    until(world, "acting", 1)
    assert world.values() == {"MODE": "enforce", "READS": "false"}


def test_a_rung_that_would_move_a_flag_away_from_safe_leaves_it() -> None:
    world = in_trouble(plan(TO_OFF, rung(sets(MODE="warn", READS="false"), name="a slip")))
    until(world, "acting", 1)
    assert world.values() == {"MODE": "off", "READS": "false"}


def test_a_rung_that_rolls_back_leaves_a_flag_where_it_is_safer_than_its_baseline() -> None:
    flags = [mode(baseline="enforce"), boolean("READS")]
    stages = (stage("warn", soak=86_400, MODE="warn", READS="true"),)
    world = in_trouble(plan(rung(RollBack(), name="to the start"), flags=flags, stages=stages))
    assert world.values() == {"MODE": "warn", "READS": "false"}


def test_a_rung_back_one_stage_keeps_climbing_from_there() -> None:
    world = in_trouble(plan(rung(RollBack(to="previous"), name="back one stage"), TO_OFF))
    assert (world.rollout.status, world.rollout.stage) == ("running", 0)
    until(world, "acting", 1)
    assert world.values() == {"MODE": "off", "READS": "false"}
    until(world, "ended", 1)


def test_a_hand_that_undoes_a_rung_is_written_over() -> None:
    world = in_trouble(plan(TO_WARN, TO_OFF))
    world.by_hand("MODE", "enforce")
    world.ticks(2 * MINUTE)
    assert world.values()["MODE"] == "warn"


def test_the_way_back_of_a_rung_has_a_clock() -> None:
    world = in_trouble(plan(TO_WARN, TO_OFF))
    until(world, "settling", 1)
    assert [clock.flags for clock in world.rollout.clocks] == [("MODE",), ("MODE",)]
    assert all(clock.written_at for clock in world.rollout.clocks)


def test_a_signal_that_climbs_does_so_in_the_rollouts_own_tick() -> None:
    breach = on_signal("errors", "above", "0.05", Climb())
    world = at_its_last_stage(plan(TO_WARN, safeguards=[breach]))
    world.signals["errors"] = "bad"
    world.ticks(15 * MINUTE)
    assert world.rollout.climbing is not None
    assert world.values()["MODE"] == "warn"


SETS = [sets(MODE="warn"), sets(MODE="off"), sets(MODE="enforce"), sets(READS="true"), sets(READS="false", MODE="warn")]
BACK = [RollBack(to="start"), RollBack(to="previous"), RollBack(to="safe")]
ACTIONS = st.sampled_from([*SETS, *BACK, JOB, Instruct(text="call somebody")])
RUNGS = st.builds(
    lambda action, assisted, measured, takes: rung(
        action, name="a rung", assisted=assisted, recovered=RECOVERED if measured else None, takes=takes, within=300
    ),
    ACTIONS,
    st.booleans(),
    st.booleans(),
    st.sampled_from([0, 60, 300]),
)
HAPPENINGS = st.lists(
    st.sampled_from(["tick", "tick", "tick", "climb", "yes", "no", "bad", "healthy", "silent"]), max_size=40
)


@settings(max_examples=60, deadline=None)
@given(st.lists(RUNGS, min_size=1, max_size=4), HAPPENINGS)
def test_whatever_happens_on_a_ladder_no_exposure_rises_and_nothing_goes_forward(
    rungs: list[Rung], happenings: list[str]
) -> None:
    world = in_trouble(plan(*rungs))
    exposed, stage_before, rung_before = world.exposures(), world.rollout.stage, 0
    for what in happenings:
        decision: Decision | None = None
        match what:
            case "tick":
                decision = world.tick()
            case "climb":
                world.asks("climb", ANNA)
            case "yes" | "no":
                world.asks("done", ANNA, helped=what)
            case _:
                world.signals["errors"] = what
        now = world.exposures()
        assert all(now[name] <= exposed[name] for name in now)
        assert world.rollout.stage <= stage_before
        assert here(world).rung >= rung_before
        assert world.held_by()
        assert decision is None or decision.kind not in ("advance", "resume", "complete")
        exposed, stage_before, rung_before = now, world.rollout.stage, here(world).rung
