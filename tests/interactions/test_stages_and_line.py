"""Skipping, ticking off, one of several approvals, one of several pauses, the line, the ladder: previewed and done."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.app import Outcome
from orchestrator.core.calendar import Freeze
from orchestrator.core.exposure import plain, reading
from orchestrator.core.plan import Plan, plan_hash
from tests.core.made_plans import made_plan, on_alarm, sets, stage
from tests.interactions.door import ALERTS, ANNA, NOW, OLE, OPS, SUSE, Answer, Caller, Door
from tests.interactions.interactions import command, completion, press
from tests.interactions.plans import STUDIO

WHY = {"reason": "week 39"}


@pytest.fixture(name="studio")
def studio_fixture(door: Door) -> Door:
    door.opens()
    return door


def pressed(door: Door, answer: Answer, caller: Caller = ANNA) -> Outcome:
    """The one button of a preview is pressed, and the worker does it."""
    (button,) = answer.buttons
    shown = door.send(press(button, caller))
    assert not shown.is_refusal, shown.shown
    return door.app.run(structs.replace(door.sent.pop(), token=""))


def asked(door: Door, path: str, caller: Caller = ANNA, /, **options: str) -> Answer:
    return door.send(command(path, caller, options))


def plan_called(name: str, plan: Plan) -> Plan:
    return structs.replace(plan, name=name)


# -- stages --------------------------------------------------------------------------------------------------------


def test_an_optional_stage_is_skipped_and_the_preview_says_where_that_leads(studio: Door) -> None:
    answer = asked(studio, "rollout skip", plan="studio", **WHY)
    assert "stage 2 of 2" in answer.shown
    assert "pilots is passed by" in answer.shown
    assert pressed(studio, answer).kind == "advance"
    assert "stage 2 of 2: all" in asked(studio, "rollout-status", rollout="studio").shown


def test_a_stage_that_is_not_optional_is_not_skipped(door: Door) -> None:
    answer = asked(door, "rollout skip", plan="shop", **WHY)
    assert answer.is_refusal
    assert "not optional" in answer.shown


def test_nothing_is_skipped_under_a_standing_alarm(door: Door) -> None:
    """Skipping turns flags on, as promoting does."""
    door.opens()
    guards = made_plan(safeguards=[on_alarm("studio-outage", sets(PILOT="false"))], flags=STUDIO.flags, watch=0)
    door.signals.set_alarm("studio-outage", "ALARM", NOW)
    door.app.publish(plan_called("standing", guards), ANNA.actor)
    for path in ("rollout skip", "rollout promote"):
        assert "studio-outage is in ALARM" in asked(door, path, plan="studio", **WHY).shown


def test_an_item_is_ticked_off_once_and_then_no_longer_offered(studio: Door) -> None:
    answer = asked(studio, "rollout tick", plan="studio", item="data seeded")
    assert "data seeded" in answer.content
    assert pressed(studio, answer).reason.startswith("data seeded ticked off by anna")
    offered = {choice["value"] for choice in studio.send(completion("rollout tick", "item", plan="studio")).choices}
    assert offered == {"on-call briefed", "dashboard looked at"}
    again = asked(studio, "rollout tick", plan="studio", item="data seeded")
    assert again.is_refusal
    assert "already" in again.shown


def test_an_item_that_needs_evidence_is_refused_without(studio: Door) -> None:
    assert "needs evidence" in asked(studio, "rollout tick", plan="studio", item="dashboard looked at").shown
    answer = asked(studio, "rollout tick", plan="studio", item="dashboard looked at", evidence="board 7, panel 2")
    assert "Evidence: board 7, panel 2" in answer.shown
    pressed(studio, answer)
    rollout = studio.table.rollouts.load("studio-1")
    assert rollout is not None
    assert [(tick.item, tick.evidence) for tick in rollout.ticks] == [("dashboard looked at", "board 7, panel 2")]


def test_an_item_that_is_none_is_refused_with_what_there_is(studio: Door) -> None:
    answer = asked(studio, "rollout tick", plan="studio", item="data seedet")
    assert answer.is_refusal
    assert "data seeded" in answer.shown


def ready_for_approval(door: Door) -> None:
    for item, evidence in (("on-call briefed", ""), ("data seeded", ""), ("dashboard looked at", "board 7")):
        door.does("tick", item=item, evidence=evidence)
    for _ in range(2):
        door.clock.at += 60
        door.reported("studio", "smoke")
    door.clock.at += 60
    door.app.tick()


def test_one_of_several_approvals_is_given_by_its_name(studio: Door) -> None:
    ready_for_approval(studio)
    offered = [choice["value"] for choice in studio.send(completion("rollout approve", "gate", plan="studio")).choices]
    assert offered == ["entry", "exit"]
    assert pressed(studio, asked(studio, "rollout approve", plan="studio", gate="exit")).kind == "hold"
    offered = [choice["value"] for choice in studio.send(completion("rollout approve", "gate", plan="studio")).choices]
    assert offered == ["entry"]
    assert "entry: waits for ops" in asked(studio, "rollout-status", rollout="studio").shown
    assert pressed(studio, asked(studio, "rollout approve", OLE, plan="studio", gate="entry"), OLE).kind == "advance"


def test_an_approval_that_is_none_is_refused_with_what_there_is(studio: Door) -> None:
    ready_for_approval(studio)
    answer = asked(studio, "rollout approve", plan="studio", gate="exist")
    assert answer.is_refusal
    assert "exit" in answer.shown


# -- pauses and the line -------------------------------------------------------------------------------------------


def test_one_persons_pause_is_lifted_and_the_others_stand(studio: Door) -> None:
    studio.does("pause", by=OLE.actor, reason="an incident")
    studio.does("pause", by=ANNA.actor, reason="lunch")
    offered = {choice["value"] for choice in studio.send(completion("rollout resume", "hold", plan="studio")).choices}
    assert offered == {"ole", "anna"}
    answer = asked(studio, "rollout resume", plan="studio", hold="anna", **WHY)
    assert "still held" in answer.shown
    pressed(studio, answer)
    shown = asked(studio, "rollout-status", rollout="studio").shown
    assert "Held: an incident (ole" in shown
    assert "lunch" not in shown


def test_the_line_stops_every_rollout_and_every_start(studio: Door) -> None:
    answer = asked(studio, "rollout hold-all", reason="incident 42")
    assert "shop-1, studio-1" in answer.shown
    assert pressed(studio, answer).kind == "pause"
    for path in ("rollout skip", "rollout promote"):
        refused = asked(studio, path, plan="studio", **WHY)
        assert refused.is_refusal
        assert "the line is held by anna (incident 42)" in refused.shown
    studio.publishes(plan_called("depot", made_plan(stage("stock", STOCK="true"))))
    start = asked(studio, "rollout start", plan="depot", **WHY)
    assert start.is_refusal
    assert "the line is held by anna (incident 42)" in start.shown
    shown = asked(studio, "rollout-status", rollout="studio").shown
    assert "The line is held by anna: incident 42" in shown
    assert "`/rollout free-all` ends it" in shown
    assert pressed(studio, asked(studio, "rollout free-all", reason="it is over")).kind == "resume"
    assert not asked(studio, "rollout skip", plan="studio", **WHY).is_refusal


def test_going_back_does_not_ask_for_the_line(studio: Door) -> None:
    pressed(studio, asked(studio, "rollout hold-all", reason="incident 42"))
    assert pressed(studio, asked(studio, "rollback", what="studio")).proven
    assert reading(studio.flags.read(["PILOT"])["PILOT"].value) == plain("false")


def test_a_line_that_nobody_holds_is_not_freed(door: Door) -> None:
    answer = asked(door, "rollout free-all", reason="it is over")
    assert answer.is_refusal
    assert "nobody holds the line" in answer.shown


def test_in_production_freeing_the_line_takes_two_people_and_holding_it_one() -> None:
    door = Door("prod").furnish()
    held = asked(door, "rollout hold-all", reason="incident 42")
    assert "nother person" not in held.shown
    assert pressed(door, held).kind == "pause"
    freed = asked(door, "rollout free-all", reason="it is over")
    assert "nother person" in freed.shown
    assert pressed(door, freed).kind == "second"
    posted = door.discord.messages(OPS, OLE.user_id)[-1]
    assert "free the line" in posted["content"]
    button = posted["components"][0]["components"][0]["custom_id"]
    assert door.send(press(button, SUSE)).is_refusal
    door.send(press(button, OLE))
    assert door.app.run(structs.replace(door.sent.pop(), token="")).kind == "resume"


# -- starts --------------------------------------------------------------------------------------------------------

RELAY = plan_called(
    "relay",
    made_plan(
        stage("try", more={"environments": ("dev", "staging")}, RELAY="true"),
        stage("real", RELAY="true"),
        environments=("dev", "staging", "prod"),
    ),
)


def test_a_start_needs_this_version_completed_in_the_environment_before() -> None:
    door = Door("prod").furnish()
    door.publishes(RELAY)
    refused = asked(door, "rollout start", plan="relay", **WHY)
    assert refused.is_refusal
    assert "has not been completed in staging" in refused.shown
    door.completions.kept["staging", "relay"] = "another version"
    assert "staging completed another version" in asked(door, "rollout start", plan="relay", **WHY).shown
    door.completions.kept["staging", "relay"] = plan_hash(RELAY)
    answer = asked(door, "rollout start", plan="relay", **WHY)
    assert "staging has completed this version" in answer.shown
    assert "stage 1 of 1" in answer.shown, "the first stage is not run here"


def test_a_start_is_refused_while_the_plan_is_frozen(door: Door) -> None:
    freeze = Freeze(reason="holidays", once=("2025-11-20T00:00", "2025-11-30T00:00"))
    door.publishes(plan_called("depot", made_plan(stage("stock", STOCK="true"), freezes=(freeze,))))
    answer = asked(door, "rollout start", plan="depot", **WHY)
    assert answer.is_refusal
    assert "frozen until" in answer.shown
    assert "holidays" in answer.shown


# -- going back ----------------------------------------------------------------------------------------------------


def test_a_rollback_past_a_stage_without_return_says_so_and_what_stays(studio: Door) -> None:
    before = asked(studio, "rollback", what="studio").shown
    assert "no return" not in before
    studio.does("skip")
    for answer in (asked(studio, "rollback", what="studio"), asked(studio, "rollout abort", plan="studio")):
        assert "all has no return" in answer.shown
        assert "`SCHEMA` stays true: pin all keeps it" in answer.shown
    pressed(studio, asked(studio, "rollback", what="studio"))
    assert studio.flags.read(["SCHEMA"])["SCHEMA"].value == "true"


def on_the_ladder(door: Door) -> None:
    door.does("climb", reason="it is broken")
    door.clock.at += 60
    door.app.tick()


def test_a_climb_is_previewed_with_what_the_rung_does(studio: Door) -> None:
    card = studio.button("climb", OLE, kind="card", target="studio", reason="", expires_at=NOW + 86_400)
    answer = studio.send(press(card))
    assert "rung 1 of 2, pilot off, which sets `PILOT` to false" in answer.shown
    assert pressed(studio, answer).kind == "rollback"
    assert "Ladder: rung 1 of 2, pilot off" in asked(studio, "rollout-status", rollout="studio").shown


def test_a_climb_that_is_confirmed_twice_is_not_the_next_rung(studio: Door) -> None:
    card = studio.button("climb", OLE, kind="card", target="studio", reason="", expires_at=NOW + 86_400)
    (button,) = studio.send(press(card)).buttons
    for kind in ("rollback", "refuse"):
        studio.send(press(button))
        assert studio.app.run(structs.replace(studio.sent.pop(), token="")).kind == kind
    rollout = studio.table.rollouts.load("studio-1")
    assert rollout is not None
    assert rollout.climbing is not None
    assert rollout.climbing.rung == 0


def test_the_buttons_under_a_rung_say_whether_it_helped(studio: Door) -> None:
    on_the_ladder(studio)
    posted = studio.discord.messages(ALERTS, ANNA.user_id)[-1]
    assert "has it helped?" in posted["content"]
    shown = [button for row in posted["components"] for button in row["components"] if "custom_id" in button]
    labels = {button["label"]: button["custom_id"] for button in shown}
    answer = studio.send(press(labels["It helped"]))
    assert "pilot off has helped" in answer.shown
    assert pressed(studio, answer).kind == "hold"
    assert "has helped" in asked(studio, "rollout-status", rollout="studio").shown
    assert studio.send(press(labels["It helped"])).is_refusal, "no rung waits for anybody's word any more"


def test_the_next_rung_is_a_button_too(studio: Door) -> None:
    on_the_ladder(studio)
    posted = studio.discord.messages(ALERTS, ANNA.user_id)[-1]
    found = [button for row in posted["components"] for button in row["components"]]
    labels = {button["label"]: button.get("custom_id", "") for button in found}
    answer = studio.send(press(labels["Next rung"]))
    assert "rung 2 of 2, restore, which is for people to do: RUNBOOK.md#restore" in answer.shown.replace("\\\\", "")
    assert pressed(studio, answer).kind == "hold"
