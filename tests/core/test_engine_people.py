"""What people ask of a rollout, and what they are refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from orchestrator.core.commands import Command, Verb
from orchestrator.core.engine import begin, binding, decide
from orchestrator.core.facts import Facts, LiveFlag
from orchestrator.core.plan import FlagSpec, Plan, plan_hash
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import AlarmReading
from tests.core.made_plans import (
    ANNA,
    BOTH,
    HOUR,
    NOBODY,
    NOON,
    OLE,
    World,
    boolean,
    gate,
    made_plan,
    mode,
    on_alarm,
    people,
    sets,
    stage,
    two_stages,
)

APPROVED = made_plan(
    stage("reads", soak=60, READS="true", gates=[people("engineering", "ops")]),
    stage("writes", soak=60, WRITES="true", gates=[people("engineering", "ops")]),
)


# -- start -------------------------------------------------------------------------------------------------------------

BASE: dict[str, Any] = {
    "flags": {name: LiveFlag(name=name, value="false", version=1) for name in ("READS", "WRITES")},
    "alarms": {"outage": AlarmReading(name="outage", state="OK", since=0)},
}


def start(plan: Plan, owners: dict[str, str] | None = None, kept: dict[str, str] | None = None, **facts: Any) -> Any:
    blank = Rollout(
        id="shop-1",
        plan="shop",
        plan_hash=plan_hash(plan),
        environment="dev",
        status="running",
        started_at=0,
        started_by="anna",
        reason="",
    )
    return begin(plan, blank, Facts(**{**BASE, **facts}), {"READS": 7}, NOON, owners=owners or {}, kept=kept or {})


def live(**values: str) -> dict[str, LiveFlag]:
    return {name: LiveFlag(name=name, value=value, version=1) for name, value in values.items()}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"flags": live(READS="true", WRITES="false")}, "READS is true, and safe is false"),
        ({"flags": live(WRITES="false")}, "READS has no parameter in this environment"),
        ({"flags_read": False}, "the flags cannot be read"),
        ({"owners": {"WRITES": "other-3"}}, "WRITES belongs to other-3"),
        ({"kept": {"READS": "safeguard outage"}}, "READS is kept at false by safeguard outage"),
        ({"alarms": {}}, "alarm outage does not exist; nothing starts under it"),
        ({"alarms_read": False}, "the alarms cannot be read"),
        ({"alarms": {"outage": AlarmReading(name="outage", state="ALARM", since=0)}}, "alarm outage is in ALARM"),
        ({"alarms": {"outage": AlarmReading(name="outage", state="INSUFFICIENT_DATA", since=0)}}, "INSUFFICIENT_DATA"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value),
)
def test_a_start_is_refused_when(facts: dict[str, Any], says: str) -> None:
    decision = start(two_stages(safeguards=[on_alarm("outage")]), **facts)
    assert (decision.kind, decision.rollout, decision.effects) == ("refuse", None, ())
    assert says in decision.reason


def test_every_reason_against_a_start_is_named_at_once() -> None:
    decision = start(two_stages(safeguards=[on_alarm("outage")]), flags=live(READS="true"), alarms={})
    assert len(decision.reason.splitlines()) == 3


def test_a_baseline_that_the_plan_states_is_no_fault() -> None:
    plan = made_plan(stage("on", MODE="enforce"), flags=[mode(baseline="warn")])
    decision = start(plan, flags=live(MODE="warn"))
    assert decision.kind == "start"
    assert decision.rollout.baseline == {"MODE": "warn"}


def test_fences_start_above_the_highest_there_was() -> None:
    assert start(two_stages(), alarms={}).rollout.flags["READS"].fence == 8


# -- going on ----------------------------------------------------------------------------------------------------------


def test_a_promotion_skips_the_soak_and_the_gates() -> None:
    world = World(
        made_plan(
            stage("reads", soak=HOUR, READS="true", gates=[gate(), people("ops")]), stage("writes", WRITES="true")
        )
    )
    assert world.asks("promote").kind == "advance"
    assert world.values() == {"READS": "true", "WRITES": "true"}


def test_promoting_the_last_stage_first_makes_the_flips_that_are_still_to_come() -> None:
    world = World(made_plan(stage("on", soak=HOUR, NEW="true", later={"NEWER": ("true", 600)}), watch=0))
    assert world.asks("promote").kind == "advance"
    assert world.values() == {"NEW": "true", "NEWER": "true"}
    assert world.rollout.status == "running"
    assert world.asks("promote").kind == "complete"


@pytest.mark.parametrize("verb", ["promote", "resume"])
@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        ("alarm", "alarm outage is in INSUFFICIENT_DATA"),
        ("alarms unreadable", "the alarms cannot be read"),
        ("flags unreadable", "the flags cannot be read"),
        ("off by hand", "READS was set to false by hand"),
        ("away by hand", "WRITES was changed to true by hand"),
        ("pending", "not read back yet"),
    ],
)
def test_going_on_is_refused_with(verb: Verb, trouble: str, says: str) -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    world.tick()
    if verb == "resume":
        world.asks("pause")
    match trouble:
        case "alarm":
            world.goes("outage", "INSUFFICIENT_DATA")
        case "alarms unreadable":
            world.alarms_readable = False
        case "flags unreadable":
            world.readable = False
        case "off by hand":
            world.by_hand("READS", "false")
        case "away by hand":
            world.by_hand("WRITES", "true")
        case "pending":
            flag = structs.replace(world.rollout.flags["READS"], pending=True)
            world.rollout = structs.replace(world.rollout, flags={**world.rollout.flags, "READS": flag})
    before = world.rollout
    refused = world.asks(verb)
    assert refused.kind == "refuse"
    assert says in refused.reason
    assert world.rollout is before


def test_a_held_rollout_is_resumed_not_promoted() -> None:
    world = World(two_stages())
    world.asks("pause")
    assert "resume it first" in world.asks("promote").reason


def test_a_preview_that_has_been_overtaken_is_refused() -> None:
    world = World(two_stages())
    command = Command(verb="promote", target="shop", actor=ANNA, bound_to=binding(world.rollout))
    world.tick()
    assert decide(world.plan, world.rollout, command, world.facts(world.rollout), world.now).kind == "advance", (
        "a tick does not"
    )
    world.tick(600)
    assert "look again" in world.happens(command).reason


def test_a_safeguard_overtakes_every_preview_although_no_flag_moved() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage", sets(WRITES="false"))]))
    world.asks("pause")
    bound_to = binding(world.rollout)
    assert world.alarm("outage").writes == ()
    world.alarm("outage", "OK")
    assert world.happens(Command(verb="resume", target="shop", actor=ANNA, bound_to=bound_to)).kind == "refuse"


# -- approvals ---------------------------------------------------------------------------------------------------------


def asked(plan: Plan = APPROVED) -> World:
    world = World(plan)
    world.ticks(120)
    return world


def test_two_roles_are_two_people() -> None:
    world = asked()
    assert world.asks("approve", BOTH).reason == "reads approved as engineering by bo"
    assert "each role listed is another person" in world.asks("approve", BOTH).reason
    world.asks("approve", OLE)
    assert world.tick().kind == "advance"


@pytest.mark.parametrize("actor", [NOBODY, OLE], ids=["without a role", "in a role that has said yes"])
def test_who_holds_no_missing_role_approves_nothing(actor: Any) -> None:
    world = asked()
    world.asks("approve", OLE)
    refused = world.asks("approve", structs.replace(actor, user_id="99"))
    assert "reads still needs engineering; you hold none" in refused.reason


def test_nothing_is_approved_before_it_is_asked_for() -> None:
    world = World(APPROVED)
    assert "not ready" in world.asks("approve").reason


def test_nothing_is_approved_that_is_no_longer_ready() -> None:
    world = asked(made_plan(stage("on", soak=1200, NEW="true", gates=[gate(), people("engineering")])))
    world.ticks(HOUR)
    world.signals["errors"] = "bad"
    assert "no longer ready: errors" in world.asks("approve").reason


def test_an_approval_counts_for_one_stage_alone() -> None:
    world = asked()
    world.asks("approve", ANNA)
    world.asks("approve", OLE)
    world.tick()
    assert world.rollout.stage_key(world.plan) == "writes"
    world.ticks(120)
    assert world.rollout.waiting == "approval:engineering,ops"


def test_an_approval_does_not_outlive_a_rollback() -> None:
    world = asked()
    world.asks("approve", ANNA)
    world.asks("rollback")
    world.tick()
    world.asks("resume")
    world.ticks(120)
    assert world.rollout.waiting == "approval:engineering,ops"


def test_an_approval_does_not_outlive_the_evidence_it_was_given_on() -> None:
    world = asked()
    world.asks("approve", ANNA)
    world.asks("pause")
    world.asks("resume")
    world.ticks(120)
    assert world.rollout.waiting == "approval:engineering,ops"


def test_an_approval_does_not_come_back_with_the_stage_before() -> None:
    world = asked()
    world.asks("approve", ANNA)
    world.asks("approve", OLE)
    world.tick()
    world.asks("rollback", to="previous")
    world.tick()
    world.asks("resume")
    world.ticks(120)
    assert (world.rollout.stage, world.rollout.waiting) == (0, "approval:engineering,ops")


# -- stopping and going back -------------------------------------------------------------------------------------------


def test_a_pause_holds_until_somebody_resumes() -> None:
    world = World(two_stages())
    world.asks("pause")
    assert world.tick(HOUR).kind == "hold"
    assert world.asks("pause").kind == "refuse"
    assert world.asks("pause", OLE).kind == "pause"
    assert world.asks("resume").kind == "resume"
    assert world.rollout.holds == ()
    assert world.tick().kind == "advance"


@pytest.mark.parametrize(
    ("to", "stage_key", "values"),
    [
        ("start", "", {"READS": "false", "WRITES": "false", "MODE": "warn"}),
        ("previous", "reads", {"READS": "true", "WRITES": "false", "MODE": "warn"}),
        ("safe", "", {"READS": "false", "WRITES": "false", "MODE": "off"}),
    ],
)
def test_a_rollback_goes_to(to: str, stage_key: str, values: dict[str, str]) -> None:
    plan = made_plan(
        stage("reads", soak=60, READS="true"),
        stage("writes", soak=60, WRITES="true", MODE="enforce"),
        flags=[mode(baseline="warn")],
    )
    world = World(plan)
    world.tick(60)
    assert world.asks("rollback", to=to).kind == "rollback"
    assert world.values() == values
    assert world.rollout.stage_key(plan) == stage_key
    assert world.tick(HOUR).kind == "hold", "it stays there"


def test_a_rollback_goes_in_reverse_order_of_setting() -> None:
    plan = made_plan(stage("one", soak=60, A="true", B="true"), stage("two", soak=60, C="true"), flags=[boolean("C")])
    world = World(plan)
    world.tick(60)
    assert [write.flag for write in world.asks("rollback").writes] == ["C", "B", "A"]


def test_the_fallback_comes_back_before_the_new_way_goes() -> None:
    plan = made_plan(
        stage("on", soak=HOUR, ORCHESTRATOR="true", later={"LEGACY": ("false", 600)}),
        flags=[boolean("ORCHESTRATOR"), FlagSpec(name="LEGACY", safe="true")],
    )
    world = World(plan)
    world.tick(600)
    assert [write.flag for write in world.asks("rollback").writes] == ["LEGACY", "ORCHESTRATOR"]


def test_a_rollback_needs_nothing_to_be_readable() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    world.readable = world.alarms_readable = False
    assert [write.flag for write in world.asks("rollback").writes] == ["READS"]


def test_a_second_rollback_writes_what_the_first_could_not() -> None:
    world = World(two_stages())
    world.writable = False
    world.asks("rollback")
    world.writable = True
    assert [(w.flag, w.to_value) for w in world.asks("rollback").writes] == [("READS", "false")]
    assert world.values()["READS"] == "false"


def test_a_rollback_takes_an_adopted_value_back_too() -> None:
    world = World(two_stages())
    world.by_hand("WRITES", "true")
    world.tick()
    world.asks("adopt", flag="WRITES")
    world.asks("rollback")
    assert world.values() == {"READS": "false", "WRITES": "false"}


def test_a_rollback_writes_over_what_nobody_has_seen_yet() -> None:
    world = World(two_stages())
    world.by_hand("WRITES", "true")
    world.asks("rollback")
    assert world.values() == {"READS": "false", "WRITES": "false"}


@pytest.mark.parametrize("verb", ["rollback", "abort"])
def test_going_back_never_undoes_a_persons_off(verb: Verb) -> None:
    plan = made_plan(stage("enforce", soak=60, MODE="enforce"), flags=[mode(baseline="warn")])
    world = World(plan)
    world.by_hand("MODE", "off")
    world.asks(verb)
    world.ticks(180)
    assert world.values() == {"MODE": "off"}


def test_a_rollout_that_was_rolled_back_begins_again_at_its_first_stage() -> None:
    world = World(two_stages())
    world.tick(600)
    world.asks("rollback")
    assert world.asks("resume").kind == "resume"
    assert (world.rollout.stage_key(world.plan), world.rollout.entered_at) == ("reads", world.now)
    assert world.values() == {"READS": "true", "WRITES": "false"}


def test_an_abort_ends_once_every_flag_is_read_back() -> None:
    world = World(two_stages(safeguards=[on_alarm("outage")]))
    world.writable = False
    world.asks("abort")
    assert world.tick().kind == "hold"
    assert (world.rollout.status, world.rollout.pending) == ("aborting", ("READS",))
    world.writable = True
    world.tick()
    world.tick()
    assert world.rollout.status == "aborted"
    assert world.values() == world.rollout.baseline


ENDED: list[Verb] = ["promote", "approve", "pause", "resume", "abort", "rollback"]


@pytest.mark.parametrize("verb", ENDED)
def test_an_aborted_rollout_takes_no_more_commands(verb: Verb) -> None:
    world = World(two_stages())
    world.asks("abort")
    world.tick()
    assert world.rollout.status == "aborted"
    assert world.asks(verb).kind == "refuse"


def test_a_resume_in_the_watch_that_moves_flags_watches_anew() -> None:
    world = World(two_stages(watch=HOUR, safeguards=[on_alarm("outage", sets(WRITES="false"))]))
    world.tick(600)
    world.tick(600)
    world.alarm("outage", after=HOUR - 60)
    world.alarm("outage", "OK")
    world.tick(HOUR)
    world.asks("resume")
    assert world.values()["WRITES"] == "true"
    assert world.rollout.watch_until == world.now + HOUR


# -- one flag ----------------------------------------------------------------------------------------------------------


def test_a_flag_of_a_rollout_goes_only_towards_safe_and_holds_it() -> None:
    world = World(two_stages())
    assert "only its plan moves it away from safe" in world.asks("set_flag", target="WRITES", value="true").reason
    world.asks("set_flag", target="READS", value="false")
    assert (world.values()["READS"], world.held_by()) == ("false", ["rollback"])
    world.by_hand("READS", "true")
    world.tick()
    assert world.values()["READS"] == "false", "it is kept"


def test_a_flag_is_never_set_above_what_a_safeguard_keeps() -> None:
    plan = made_plan(
        stage("on", soak=60, MODE="enforce"), flags=[mode()], safeguards=[on_alarm("outage", sets(MODE="off"))]
    )
    world = World(plan)
    world.alarm("outage")
    world.by_hand("MODE", "enforce")
    assert world.asks("set_flag", target="MODE", value="warn").kind == "refuse"


@pytest.mark.parametrize("status", ["running", "standing"])
def test_a_value_that_the_flag_cannot_take_is_refused(status: str) -> None:
    world = World(made_plan(stage("on", MODE="warn"), flags=[mode()]), standing=status == "standing")
    assert "MODE takes off or warn or enforce, not loud" in world.asks("set_flag", target="MODE", value="loud").reason


STANDING_SET = made_plan(flags=[boolean("FREE"), boolean("OTHER")], safeguards=[on_alarm("outage", sets(FREE="false"))])


def test_a_free_flag_is_set_either_way() -> None:
    world = World(STANDING_SET, standing=True)
    world.asks("set_flag", target="FREE", value="true")
    assert world.values()["FREE"] == "true"
    world.asks("set_flag", target="FREE", value="false")
    assert world.values()["FREE"] == "false"


def test_a_free_flag_that_was_rolled_back_is_kept_until_somebody_sets_it() -> None:
    world = World(STANDING_SET, standing=True)
    world.asks("set_flag", target="FREE", value="true")
    world.asks("rollback_flag", target="FREE", value="false")
    world.by_hand("FREE", "true")
    world.tick()
    assert world.values()["FREE"] == "false"
    assert world.rollout.flags["FREE"].kept == "false"
    world.asks("set_flag", target="FREE", value="false")
    assert world.rollout.flags["FREE"].kept is None, "else no rollout could ever start with it again"


@pytest.mark.parametrize("trouble", ["alarm", "unreadable"])
def test_a_free_flag_is_not_turned_on_under_its_alarm(trouble: str) -> None:
    world = World(STANDING_SET, standing=True)
    world.alarm("outage") if trouble == "alarm" else setattr(world, "alarms_readable", False)
    assert world.asks("set_flag", target="FREE", value="true").kind == "refuse"
    assert world.asks("set_flag", target="OTHER", value="true").kind == "set"
    assert world.asks("set_flag", target="FREE", value="false").kind == "set"


# -- drift settled -----------------------------------------------------------------------------------------------------


def drifted() -> World:
    world = World(two_stages())
    world.tick()
    world.by_hand("WRITES", "true")
    world.tick()
    return world


def test_an_adopted_value_stays_until_the_plan_moves_the_flag() -> None:
    world = drifted()
    assert world.asks("adopt", flag="WRITES").kind == "resume"
    assert (world.values()["WRITES"], world.rollout.holds) == ("true", ())
    world.ticks(600)
    assert world.rollout.stage == 1
    assert world.rollout.flags["WRITES"].kept is None


def test_a_reverted_value_is_written_over() -> None:
    world = drifted()
    decision = world.asks("revert", flag="WRITES")
    assert [(w.from_value, w.to_value) for w in decision.writes] == [("true", "false")]
    assert (world.values()["WRITES"], world.rollout.holds) == ("false", ())


@pytest.mark.parametrize("verb", ["adopt", "revert"])
def test_what_has_changed_again_since_is_looked_at_anew(verb: Verb) -> None:
    plan = made_plan(stage("warn", soak=HOUR, MODE="warn"), flags=[mode()])
    world = World(plan)
    world.by_hand("MODE", "enforce")
    world.tick()
    world.by_hand("MODE", "off")
    assert "changed again" in world.asks(verb, flag="MODE").reason
    world.tick()
    assert world.values() == {"MODE": "off"}, "a person's off"


@pytest.mark.parametrize("verb", ["adopt", "revert"])
def test_there_is_nothing_to_settle_where_nothing_drifted(verb: Verb) -> None:
    assert "nothing to" in World(two_stages()).asks(verb, flag="READS").reason


def test_a_drifted_flag_is_settled_before_a_resume() -> None:
    world = drifted()
    world.asks("pause")
    assert "adopt or revert that first" in world.asks("resume").reason
