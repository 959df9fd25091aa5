"""Going forward: optional stages, the line, freezes, several holds, checklists, probes, drills, changes elsewhere."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.core.actors import Actor
from orchestrator.core.calendar import Freeze
from orchestrator.core.commands import Verb
from orchestrator.core.effects import RunTarget
from orchestrator.core.engine import next_decision
from orchestrator.core.gates import DrillGate, ProbeGate, ReportGate
from orchestrator.core.plan import Plan
from orchestrator.core.targets import LambdaCall, Target
from tests.core.made_plans import (
    ANNA,
    HOUR,
    NOBODY,
    NOON,
    OLE,
    World,
    checklist,
    gate,
    made_plan,
    on_alarm,
    on_signal,
    people,
    sets,
    stage,
    two_stages,
)

FROZEN = Freeze(reason="the quarter's end", once=("2025-10-09T08:00", "2025-10-09T20:00"))
"""NOON lies in it: 08:53 in UTC."""


# -- optional stages ---------------------------------------------------------------------------------------------------

OPTIONAL = made_plan(
    stage("canary", soak=HOUR, NEW="true", gates=[gate(), people("ops")], more={"optional": True}),
    stage("all", soak=HOUR, NEWER="true"),
)


def test_an_optional_stage_is_skipped_past_its_soak_and_gates() -> None:
    world = World(OPTIONAL)
    decision = world.asks("skip")
    assert (decision.kind, world.rollout.stage_key(world.plan)) == ("advance", "all")
    assert "canary skipped by anna: a reason" in decision.reason
    assert world.values() == {"NEW": "true", "NEWER": "true"}


def test_a_stage_that_is_not_optional_is_not_skipped() -> None:
    world = World(two_stages())
    assert "reads is not optional" in world.asks("skip").reason


# -- what stops everything that goes forward ---------------------------------------------------------------------------


def stopped(how: str, plan: Plan) -> World:
    if how == "frozen":
        world = World(structs.replace(plan), now=NOON - 4 * HOUR)
        world.plan = structs.replace(plan, freezes=(FROZEN,))
        world.tick(4 * HOUR - 600)
        return world
    world = World(plan)
    world.hold_line()
    return world


@pytest.mark.parametrize("how", ["line", "frozen"])
@pytest.mark.parametrize("verb", ["promote", "skip", "resume"])
def test_nobody_goes_forward_past(how: str, verb: Verb) -> None:
    world = stopped(how, OPTIONAL)
    if verb == "resume":
        world.asks("pause")
    refused = world.asks(verb)
    assert refused.kind == "refuse"
    said = {"line": "the line is held by ole (an incident); free it", "frozen": "frozen until Thu 2025-10-09 20:00 UTC"}
    assert said[how] in refused.reason


@pytest.mark.parametrize("how", ["line", "frozen"])
def test_no_stage_flip_or_watch_is_entered_by_itself_past(how: str) -> None:
    for plan in (
        made_plan(stage("on", soak=600, NEW="true"), stage("more", NEWER="true")),
        made_plan(stage("on", soak=1200, NEW="true", later={"NEWER": ("true", 600)})),
        made_plan(stage("on", soak=600, NEW="true")),
    ):
        world = World(plan)
        world.line = None
        if how == "line":
            world.hold_line()
        else:
            world.plan = structs.replace(plan, freezes=(FROZEN,))
        before = (world.rollout.stage, world.rollout.flips, world.rollout.status)
        world.ticks(HOUR)
        assert (world.rollout.stage, world.rollout.flips, world.rollout.status) == before
        assert world.rollout.waiting == "line" if how == "line" else world.rollout.waiting.startswith("frozen:")
        assert world.posts() == [], "whoever holds the line says so, and a freeze is in the plan"
        world.hold_line(False)
        world.plan = plan
        assert world.tick().kind in ("advance", "watch")


def test_it_goes_on_when_the_freeze_is_over() -> None:
    world = World(two_stages())
    world.plan = structs.replace(world.plan, freezes=(FROZEN,))
    world.tick(600)
    ends = next_decision(world.plan, world.rollout, world.now)
    assert ends is not None
    assert world.tick(ends - world.now).kind == "advance"


@pytest.mark.parametrize("how", ["line", "frozen"])
def test_going_back_and_safeguards_never_wait_for(how: str) -> None:
    plan = two_stages(safeguards=[on_alarm("outage", sets(READS="false")), on_signal("jobs", "above", "0")])
    one, other, third = stopped(how, plan), stopped(how, plan), stopped(how, plan)
    assert one.asks("rollback").kind == "rollback"
    assert other.alarm("outage").kind == "safeguard"
    third.ticks(600)
    third.signals["jobs"] = "bad"
    assert third.tick().kind == "safeguard"
    for world in (one, other, third):
        assert world.values()["READS"] == "false"


def test_the_line_is_held_in_the_standing_set_and_freed_by_anybody() -> None:
    world = World(made_plan(), standing=True)
    assert world.asks("hold_line", ANNA).kind == "pause"
    assert world.asks("hold_line", ANNA).kind == "refuse", "once each"
    world.asks("hold_line", OLE)
    assert [(entry.kind, entry.by) for entry in world.rollout.holds] == [("line", "anna"), ("line", "ole")]
    assert world.asks("free_line", OLE).kind == "resume"
    assert world.rollout.holds == ()
    assert world.asks("free_line").kind == "refuse"
    assert world.posts() == ["line_held", "line_held", "line_freed"]


def test_the_line_is_no_affair_of_one_rollout() -> None:
    world = World(two_stages())
    assert world.asks("hold_line").kind == world.asks("free_line").kind == "refuse"


# -- holds -------------------------------------------------------------------------------------------------------------


def test_one_owners_pause_is_lifted_and_the_others_stand() -> None:
    world = World(two_stages())
    world.asks("pause", ANNA)
    world.asks("pause", OLE)
    lifted = world.asks("resume", hold="anna")
    assert (lifted.kind, [entry.by for entry in world.rollout.holds]) == ("resume", ["ole"])
    assert "still held: a reason (ole)" in lifted.reason
    assert world.tick(HOUR).kind == "hold"
    assert "nora has not paused" in world.asks("resume", hold="nora").reason
    assert world.asks("resume", hold="ole").kind == "resume"
    assert world.tick(HOUR).kind == "advance"


def test_lifting_a_pause_leaves_what_a_safeguard_holds() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage", sets(READS="false"))]))
    world.asks("pause", ANNA)
    world.alarm("outage")
    assert world.asks("resume", hold="anna").kind == "resume"
    assert (world.held_by(), world.values()["READS"]) == (["safeguard"], "false")


# -- people's part -----------------------------------------------------------------------------------------------------

LISTED = made_plan(
    stage("on", soak=600, NEW="true", gates=[checklist("briefed", "seeded", roles=("ops",)), people("engineering")])
)


def test_a_checklist_is_asked_for_once_and_before_the_approval() -> None:
    world = World(LISTED)
    world.ticks(HOUR)
    assert world.posts() == ["people"]
    assert world.asks("approve", ANNA).kind == "refuse"
    world.asks("tick", OLE, item="briefed")
    world.asks("tick", OLE, item="seeded")
    world.tick()
    assert (world.posts(), world.rollout.waiting) == (["people", "approval"], "approval:engineering")


@pytest.mark.parametrize(
    ("actor", "item", "evidence", "says"),
    [
        (OLE, "breifed", "", "on has no item 'breifed'; there is briefed, seeded"),
        (NOBODY, "briefed", "", "briefed is ticked off by ops; you hold none"),
        (OLE, "shown", "", "shown needs evidence"),
        (OLE, "shown", " ", "shown needs evidence"),
    ],
)
def test_a_tick_is_refused(actor: Actor, item: str, evidence: str, says: str) -> None:
    gates = [checklist("briefed", "seeded", roles=("ops",)), checklist("shown", needs_evidence=True)]
    world = World(made_plan(stage("on", soak=600, NEW="true", gates=gates)))
    assert says in world.asks("tick", actor, item=item, evidence=evidence).reason.replace(", shown", "")


def test_an_item_is_ticked_off_once_even_in_the_soak_or_under_a_hold() -> None:
    world = World(LISTED)
    world.asks("pause")
    bound = world.rollout.transition
    assert world.asks("tick", OLE, item="briefed").kind == "hold"
    assert "ticked off by ole already" in world.asks("tick", OLE, item="briefed").reason
    assert world.rollout.transition == bound, "no other button goes stale"


def test_ticks_do_not_outlive_their_stay_in_the_stage() -> None:
    world = World(LISTED)
    world.asks("tick", OLE, item="briefed")
    world.asks("pause")
    world.asks("resume")
    assert len(world.rollout.ticks_here(world.plan)) == 1, "what is done stays done"
    world.asks("rollback")
    world.asks("resume")
    assert world.rollout.ticks_here(world.plan) == ()


def test_a_report_that_only_somebody_can_bring_is_asked_for() -> None:
    world = World(made_plan(stage("on", soak=600, NEW="true", gates=[ReportGate(report="parity")])))
    world.ticks(HOUR)
    assert world.posts() == ["people"]
    world.reported("parity")
    assert world.tick().kind == "watch"


def test_a_stage_that_takes_longer_than_expected_is_said_once() -> None:
    world = World(made_plan(stage("on", soak=600, NEW="true", gates=[people("ops")], more={"expect": HOUR})))
    world.ticks(3 * HOUR)
    assert world.posts() == ["approval", "overdue"]
    held = World(world.plan)
    held.asks("pause")
    assert next_decision(held.plan, held.rollout, held.now) == held.rollout.entered_at + HOUR
    held.ticks(3 * HOUR)
    assert held.posts() == ["paused", "overdue"]


ENTRY_AND_EXIT = made_plan(
    stage(
        "on",
        soak=600,
        NEW="true",
        gates=[structs.replace(people("ops"), name="entry"), structs.replace(people("ops"), name="exit")],
    )
)


def test_several_approvals_of_a_stage_are_each_given_by_name() -> None:
    world = World(ENTRY_AND_EXIT)
    world.tick(600)
    assert "on has no approval extry; there is entry, exit" in world.asks("approve", OLE, gate="extry").reason
    assert world.asks("approve", OLE, gate="exit").reason == "on (exit) approved as ops by ole"
    assert world.tick().kind == "hold"
    assert world.asks("approve", OLE, gate="exit").kind == "refuse"
    assert world.asks("approve", OLE).reason == "on (entry) approved as ops by ole"
    assert world.tick().kind == "watch"


def test_a_gate_that_needs_a_few_more_requests_is_no_news() -> None:
    world = World(made_plan(stage("on", soak=300, NEW="true", gates=[gate(limit="0.0005", window=0)])))
    while world.rollout.status == "running":
        world.tick()
    assert next(decision.verdicts[0].outcome for decision in world.decisions if decision.verdicts) == "insufficient"
    assert world.posts() == ["watch"]


# -- probes and drills -------------------------------------------------------------------------------------------------


def test_a_probe_is_called_while_it_is_waited_for() -> None:
    target = Target(name="smoke", call=LambdaCall(function="shop-smoke"))
    plan = made_plan(stage("on", NEW="true", gates=[ProbeGate(probe="smoke", passes=3, every=300)]), targets=(target,))
    world = World(plan)
    world.answers["smoke"] = "fail"
    world.ticks(1800)
    assert world.rollout.stage_key(plan) == "on"
    runs = [effect.run for decision in world.decisions for effect in decision.outgoing if isinstance(effect, RunTarget)]
    assert len(runs) == len(set(runs)) == 7, "at once, and every five minutes"
    world.answers["smoke"] = "pass"
    world.ticks(1800)
    assert world.rollout.status == "watching"


def test_the_kill_switch_is_tried_out_before_the_stage_counts() -> None:
    world = World(made_plan(stage("on", soak=600, NEW="true", gates=[DrillGate(flag="NEW")])))
    seen = [world.values()["NEW"]]
    for _ in range(6):
        world.tick()
        seen.append(world.values()["NEW"])
    assert "false" in seen
    assert seen[-1] == "true"
    assert world.rollout.drills["NEW"].at > NOON
    world.ticks(HOUR)
    assert world.rollout.status == "watching"


# -- something else changes --------------------------------------------------------------------------------------------


def test_a_change_elsewhere_starts_the_evidence_afresh_and_asks_people_anew() -> None:
    world = World(made_plan(stage("on", soak=600, NEW="true", gates=[gate(), people("engineering", "ops")])))
    world.ticks(HOUR)
    world.asks("approve", ANNA)
    decision = world.elsewhere("a deploy of checkout")
    assert (decision.kind, world.rollout.evidence_from) == ("hold", world.now)
    assert world.rollout.approvals_here(world.plan) == ()
    assert world.tick().reason.startswith("errors")
    world.ticks(HOUR)
    assert world.rollout.waiting == "approval:engineering,ops"
    assert world.posts() == ["approval", "marker", "approval"]


def test_a_change_that_is_noted_already_or_concerns_others_changes_nothing() -> None:
    world = World(two_stages())
    world.elsewhere("a deploy")
    noted = world.rollout
    assert noted.marker is not None
    assert world.happens(noted.marker).rollout == noted
    assert world.elsewhere("a deploy", "other").rollout == noted
    world.asks("rollback")
    back = world.rollout
    assert world.elsewhere("another").rollout == back, "nothing is exposed"


def test_a_safeguard_judges_only_what_came_after_a_change() -> None:
    world = World(two_stages(safeguards=[on_signal("errors", "above", "0.05", window=300)]))
    world.ticks(300)
    world.signals["errors"] = "bad"
    world.elsewhere("a load test")
    world.signals["errors"] = "healthy"
    world.ticks(540)
    assert world.rollout.status == "running"
