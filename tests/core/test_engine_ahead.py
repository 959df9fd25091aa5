"""What is measured when, what the judges keep of it, and when the answer may be another one."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.engine import next_decision, questions, reports_of, scope_of, settles_at, soak_ends
from orchestrator.core.gates import DrillGate, Evidence, Gate, ProbeGate, ReportGate
from orchestrator.core.plan import Plan, Watch
from orchestrator.core.signals import MINUTE
from orchestrator.core.statistics import RateProof, RateWatch
from orchestrator.core.targets import LambdaCall, Target
from tests.core.made_plans import HOUR, World, gate, made_plan, on_alarm, on_signal, people, sets, stage

DAY = 24 * HOUR
SEQUENTIAL = made_plan(
    stage("some", soak=DAY, NEW="true", gates=[gate(window=0), gate("jobs", "at_most", "0")]),
    stage("more", soak=600, NEWER="true"),
    safeguards=[on_signal("errors", "above", "0.05", window=0)],
)


def asked(world: World) -> dict[str, list[int]]:
    """Signal to the lengths of the questions about it, in minutes."""
    found: dict[str, list[int]] = {}
    for wanted in questions(world.plan, world.rollout, world.evidence, world.now):
        found.setdefault(wanted.signal.name, []).append((wanted.end - wanted.start) // MINUTE)
    return found


def counts(world: World) -> dict[str, Evidence]:
    """The evidence that is looked at, of all that is kept."""
    return dict(scope_of(world.plan, world.rollout, world.facts(world.rollout), world.now).evidence)


# -- what is asked -----------------------------------------------------------------------------------------------------


def test_a_gate_judged_from_stage_entry_is_measured_during_the_soak_and_a_window_only_after_it() -> None:
    world = World(SEQUENTIAL)
    world.ticks(2 * HOUR)
    assert set(asked(world)) == {"errors"}
    world.ticks(DAY - 3 * HOUR)
    assert set(asked(world)) == {"errors"}
    world.now = soak_ends(world.plan, world.rollout)
    assert set(asked(world)) == {"errors", "jobs"}


def test_what_was_seen_is_kept_and_only_the_newest_is_asked_again() -> None:
    world = World(SEQUENTIAL)
    world.ticks(6 * HOUR)
    assert max(asked(world)["errors"]) <= 20, "minutes"
    states = {key: entry.state for key, entry in world.evidence.items()}
    assert set(states) == {"errors below 0.01", "safeguard:errors-above"}
    proof, watch = states["errors below 0.01"], states["safeguard:errors-above"]
    assert isinstance(proof, RateProof)
    assert isinstance(watch, RateWatch)
    assert proof.n > 300_000


def test_lost_evidence_is_measured_anew() -> None:
    world, forgetful = World(SEQUENTIAL), World(SEQUENTIAL)
    for _ in range(2 * 60):
        world.tick()
        forgetful.evidence = {}
        forgetful.tick()
    assert world.evidence == forgetful.evidence


def test_evidence_from_before_does_not_count() -> None:
    for happens in ("resume", "elsewhere", "rollback"):
        world = World(SEQUENTIAL)
        world.ticks(2 * HOUR)
        assert world.evidence
        if happens == "elsewhere":
            world.elsewhere()
        else:
            world.asks("pause" if happens == "resume" else "rollback")
            world.asks("resume")
        assert counts(world) == {}, happens


def test_a_stage_begins_without_the_last_ones_evidence() -> None:
    world = World(SEQUENTIAL)
    world.ticks(DAY)
    assert world.rollout.stage == 1
    assert counts(world) == {}


def test_a_sequential_safeguard_acts_in_the_soak() -> None:
    world = World(SEQUENTIAL)
    world.ticks(2 * HOUR)
    world.signals["errors"] = "bad"
    assert "safeguard" in [world.tick().kind for _ in range(4)]
    assert world.values() == {"NEW": "false", "NEWER": "false"}


def test_safeguards_are_measured_under_holds_and_not_once_nothing_is_exposed() -> None:
    world = World(SEQUENTIAL)
    world.ticks(600)
    world.asks("pause")
    assert set(asked(world)) == {"errors"}
    world.asks("rollback")
    world.ticks(60)
    assert asked(world) == {}


def test_the_watchs_windows_are_measured_at_its_end() -> None:
    watch = Watch(length=HOUR, gates=(gate(), gate("jobs", "at_most", "0")))
    world = World(made_plan(stage("on", soak=60, NEW="true"), watch=watch))
    world.tick(60)
    world.tick(HOUR - 60)
    assert asked(world) == {}
    world.now = world.rollout.watch_until
    assert set(asked(world)) == {"errors", "jobs"}


def test_the_reports_looked_at_are_those_of_the_stage() -> None:
    gates: list[Gate] = [ProbeGate(probe="smoke"), ReportGate(report="parity"), people("ops")]
    plan = made_plan(stage("on", NEW="true", gates=gates), stage("more", NEWER="true"))
    world = World(plan)
    assert reports_of(plan, world.rollout) == ("smoke", "parity")
    assert reports_of(plan, structs.replace(world.rollout, stage=1)) == ()


# -- when the answer may be another one --------------------------------------------------------------------------------


def due(world: World) -> int | None:
    """Seconds until the next decision."""
    at = next_decision(world.plan, world.rollout, world.now)
    return at - world.now if at is not None else None


def test_a_soak_is_skipped_to_its_end() -> None:
    world = World(SEQUENTIAL)
    world.ticks(HOUR)
    assert due(world) == DAY - HOUR


def test_while_a_sequential_gate_is_undecided_every_minute_may_decide_it() -> None:
    world = World(made_plan(stage("on", soak=600, NEW="true", gates=[gate(limit="0.0001", window=0)])))
    world.ticks(900)
    assert world.rollout.waiting == "gates:errors below 0.0001=insufficient"
    assert due(world) == MINUTE
    world.signals["errors"] = "broken"
    world.tick()
    assert due(world) is None, "a broken source is mended outside"


def test_a_sequential_safeguard_is_settled_once_nothing_speaks_for_a_breach() -> None:
    world = World(SEQUENTIAL)
    world.ticks(600)
    assert settles_at(world.plan, world.rollout, world.now, world.evidence) > world.now, "nothing is kept yet"
    world.ticks(HOUR)
    assert settles_at(world.plan, world.rollout, world.now, world.evidence) <= world.now
    assert settles_at(world.plan, world.rollout, world.now) > world.now, "nobody says what it has seen"
    watch = world.evidence["safeguard:errors-above"]
    assert isinstance(watch.state, RateWatch)
    speaks = structs.replace(watch, state=RateWatch(bound=0.05).fold([(20, 100)]))
    seen = {**world.evidence, "safeguard:errors-above": speaks}
    assert settles_at(world.plan, world.rollout, world.now, seen) > world.now


def test_without_a_measured_safeguard_nothing_has_to_settle() -> None:
    world = World(made_plan(stage("on", soak=DAY, NEW="true"), safeguards=[on_alarm("outage", sets(NEW="false"))]))
    world.ticks(600)
    assert settles_at(world.plan, world.rollout, world.now) <= world.now


def test_a_reminder_is_due_under_a_hold_too() -> None:
    world = World(made_plan(stage("on", soak=60, NEW="true", gates=[people("ops")], more={"expect": HOUR})))
    world.tick()
    world.tick()
    assert due(world) == HOUR - 120
    world.asks("pause", after=0)
    assert due(world) == HOUR - 120
    world.tick(HOUR)
    assert due(world) == DAY - HOUR, "then people are told that it is paused for long"
    world.tick(DAY)
    assert due(world) is None


def test_probes_and_drills_come_by_themselves() -> None:
    target = Target(name="smoke", call=LambdaCall(function="shop-smoke"))
    gates: list[Gate] = [ProbeGate(probe="smoke", passes=2, every=600), people("ops")]
    world = World(made_plan(stage("on", soak=DAY, NEW="true", gates=gates), targets=(target,)))
    world.tick()
    assert due(world) == MINUTE, "its answer may be there"
    world.tick()
    world.tick()
    wait = due(world)
    assert wait is not None
    assert 300 < wait <= 600
    drilled = World(made_plan(stage("on", soak=DAY, NEW="true", gates=[DrillGate(flag="NEW")])))
    assert due(drilled) == MINUTE
    drilled.ticks(600)
    assert due(drilled) == DAY - 600


def test_a_drill_that_is_too_old_by_then_is_done_again() -> None:
    plan = made_plan(stage("on", soak=600, NEW="true", gates=[DrillGate(flag="NEW", valid=HOUR), people("ops")]))
    world = World(plan)
    world.ticks(1200)
    assert world.rollout.waiting == "approval:ops"
    wait = due(world)
    assert wait is not None
    assert wait < HOUR
    before = world.rollout.drills["NEW"].at
    world.tick(wait)
    world.ticks(600)
    assert world.rollout.drills["NEW"].at > before


def test_the_same_minutes_give_the_same_answer_whether_they_were_ticked_or_skipped() -> None:
    plan: Plan = made_plan(stage("on", soak=DAY, NEW="true", gates=[gate(window=0)]), stage("more", NEWER="true"))
    ticked, skipped = World(plan), World(plan)
    ticked.ticks(DAY + 600)
    skipped.tick(DAY)
    skipped.ticks(600)
    assert ticked.rollout.stage_key(plan) == skipped.rollout.stage_key(plan)
    assert ticked.rollout.entered_at == skipped.rollout.entered_at
