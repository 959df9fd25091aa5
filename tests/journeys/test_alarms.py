"""An alarm fires: flags go off by the shortest way, stay off, and only a person turns them on again."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator import bootstrap
from orchestrator.sandbox import lambdas
from tests.journeys.conftest import PERSISTENCE, Open
from tests.journeys.journey import ENG, FIRST, OPS, PLAN, Journey, text


def test_portal_outage_takes_the_portal_flag_off_within_the_minute(journey: Journey) -> None:
    journey.started_in("portal")
    fired = journey.now
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert journey.now - fired < 60

    (alert,) = journey.posts("alerts")
    assert "CRITICAL dev · prisma-persistence-1: alarm portal-outage acted, PORTAL_PRISMA set to false" in text(alert)
    assert "Written and read back:\n`PORTAL_PRISMA`: true → **false**" in text(alert)
    assert "Follow up: run the health check" in text(alert)
    assert journey.rollout().flags["PORTAL_PRISMA"].pending is False
    (entry,) = [e for e in journey.audit() if e.verb == "safeguard"]
    assert entry.changes == (("PORTAL_PRISMA", "true", "false"),)
    others = journey.flags("PERSISTENCE_PRISMA_READS", "FINANCIAL_ORCHESTRATOR")
    assert others == ["true", "true"], "only the flag that the safeguard names"
    journey.advance("3m")
    assert len(journey.posts("alerts")) == 1
    assert "an alarm was handled" in journey.log.getvalue()


def test_ok_says_so_once_and_changes_nothing(journey: Journey) -> None:
    journey.started_in("portal")
    journey.alarm("portal-outage")
    held = journey.rollout().holds
    journey.advance("10m")
    late = lambdas.event_bridge_event("portal-outage", "OK", "ALARM", journey.now)
    journey.alarm("portal-outage", "OK")
    journey.advance("10m")
    lambdas.alarm_event(late)
    assert len(journey.posts("alerts", "portal-outage is OK again")) == 1
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert journey.rollout().holds == held


def test_a_resume_is_refused_in_alarm_and_taken_after_it(journey: Journey) -> None:
    journey.started_in("portal")
    journey.alarm("portal-outage")
    for state in ("ALARM", "INSUFFICIENT_DATA"):
        if state != "ALARM":
            journey.alarm("portal-outage", "INSUFFICIENT_DATA")
        refused = journey.use(ENG, "rollout resume", plan=PLAN, reason="fixed")
        assert f"alarm portal-outage is in {state}" in text(refused)
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.advance("5m")
    journey.alarm("portal-outage", "OK")
    done = journey.confirmed(ENG, "rollout resume", plan=PLAN, reason="fixed")
    assert "`PORTAL_PRISMA`: false → **true**, written and read back" in text(done)
    assert (journey.flag("PORTAL_PRISMA"), journey.holds, journey.stage) == ("true", [], "portal")
    journey.advance("5m")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false", "armed again after the resume"


def test_an_alarm_delivered_late_and_out_of_order_acts_once(journey: Journey) -> None:
    journey.started_in("portal")
    fired = journey.now
    alarm = lambdas.action_event("portal-outage", "ALARM", "OK", fired)
    cleared = lambdas.event_bridge_event("portal-outage", "OK", "ALARM", fired + 5)
    for event in (cleared, alarm, alarm, cleared, alarm):
        lambdas.alarm_event(event)
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert [entry.verb for entry in journey.audit()].count("safeguard") == 1


def test_an_alarm_from_before_the_resume_does_not_act_after_it(journey: Journey) -> None:
    journey.started_in("portal")
    late = lambdas.action_event("portal-outage", "ALARM", "OK", journey.now)
    journey.advance("5m")
    journey.confirmed(ENG, "rollout pause", plan=PLAN)
    journey.advance("1m")
    journey.confirmed(ENG, "rollout resume", plan=PLAN, reason="on")
    lambdas.alarm_event(late)
    assert journey.flag("PORTAL_PRISMA") == "true"


def test_a_lost_alarm_event_is_found_by_the_next_tick(journey: Journey) -> None:
    journey.started_in("portal")
    journey.advance("2m")
    journey.town.world.set_alarm("portal-outage", "ALARM", journey.now)
    journey.advance("1m")
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert len(journey.posts("alerts", "portal-outage acted")) == 1


def test_an_alarm_nobody_has_bound_and_a_forged_one_do_nothing(journey: Journey) -> None:
    journey.started_in("portal")
    before = journey.rollout()
    unbound = lambdas.action_event("disk-full", "ALARM", "OK", journey.now)
    assert journey.desk.alarm_event(unbound)["handled"] == 0
    foreign = lambdas.event_bridge_event("portal-outage", "ALARM", "OK", journey.now)
    foreign = {
        **foreign,
        "account": "999999999999",
        "resources": ["arn:aws:cloudwatch:us-east-1:999999999999:alarm:portal-outage"],
    }
    assert "refused" in journey.desk.alarm_event(foreign)
    assert journey.rollout() == before


def test_a_rollback_safeguard_goes_one_stage_back(journey: Journey) -> None:
    journey.started_in("portal")
    journey.alarm("failed-transactions")
    assert journey.flags("PORTAL_PRISMA", "FINANCIAL_ORCHESTRATOR") == ["false", "true"]
    assert (journey.stage, journey.holds) == ("orchestrator", ["safeguard"])


def test_a_safeguard_that_only_holds_moves_no_flag(journey: Journey) -> None:
    journey.started_in("secure-settings")
    journey.alarm("vault-fallback-secret")
    journey.advance("1m")
    assert journey.flag("SETTINGS_SECURE_PROVIDER") == "true"
    assert journey.holds == ["safeguard"]
    assert len(journey.posts("alerts", "WARNING")) == 1


def test_a_stage_s_safeguard_sleeps_in_other_stages(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.alarm("vault-fallback-secret")
    journey.advance("3m")
    assert journey.holds == []


def test_orchestrator_rollbacks_take_its_two_flags_back_fallback_first(journey: Journey) -> None:
    journey.started_in("orchestrator")
    journey.advance("2h 1m")
    assert journey.flags("FINANCIAL_ORCHESTRATOR", "LEGACY_SETTLEMENT") == ["true", "false"]
    journey.signal("rollbacks", value=1)
    journey.advance("4m")
    assert journey.flags("FINANCIAL_ORCHESTRATOR", "LEGACY_SETTLEMENT") == ["false", "true"]
    (entry,) = [e for e in journey.audit() if e.verb == "safeguard"]
    assert [change[0] for change in entry.changes] == ["LEGACY_SETTLEMENT", "FINANCIAL_ORCHESTRATOR"]
    assert len(journey.posts("alerts", "acted")) == 1
    assert "rollbacks" in journey.rollout().holds[-1].reason


# -- without the table --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["no connection", "throttled", "no permission", "no table"])
def test_the_alarm_acts_without_the_table_and_is_adopted_later(journey: Journey, how: str) -> None:
    journey.started_in("admin-reads")
    match how:
        case "no connection":
            journey.edge.unreachable("DynamoDB")
        case "throttled":
            journey.edge.refuses("DynamoDB", "ProvisionedThroughputExceededException")
        case "no permission":
            journey.edge.refuses("DynamoDB", "AccessDeniedException")
        case "no table":
            journey.edge.refuses("DynamoDB", "ResourceNotFoundException")
    fired = journey.now
    journey.alarm("prisma-read-regression")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    assert journey.now - fired < 60
    assert "PERSISTENCE_PRISMA_READS: true -> false (read back)" in journey.pages[0]
    journey.advance("2m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"

    journey.edge.mend()
    journey.advance("1m")
    state = journey.rollout().flags["PERSISTENCE_PRISMA_READS"]
    assert (state.desired, state.kept, state.pending) == ("false", "false", False)
    assert "safeguard" in journey.holds
    assert journey.held_over_time("PERSISTENCE_PRISMA_READS") == ["false", "true", "false"], "nothing wrote over it"
    assert journey.posts("alerts", "PERSISTENCE_PRISMA_READS")
    journey.advance("5m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"


def test_a_table_that_fails_at_the_write_alone_does_not_keep_the_flag_on(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.edge.refuses("TransactWriteItems", "AccessDeniedException")
    journey.alarm("prisma-read-regression")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    journey.edge.mend()
    journey.advance("1m")
    assert journey.rollout().flags["PERSISTENCE_PRISMA_READS"].kept == "false"


def test_a_save_whose_reply_was_lost_is_known_as_our_own(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.edge.loses_the_reply("TransactWriteItems")
    journey.alarm("prisma-read-regression")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    journey.advance("2m")
    assert len([e for e in journey.audit() if e.verb == "safeguard"]) == 1


def test_an_alarm_that_not_even_ssm_lets_act_is_tried_again_by_the_ticks(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.edge.unreachable("AmazonSSM")
    with pytest.raises(Exception):  # noqa: B017, PT011 (Lambda sees a failure, and tries again)
        journey.alarm("prisma-read-regression")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "true"
    journey.advance("2m")
    journey.edge.mend()
    journey.advance("1m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"


# -- standing safeguards ------------------------------------------------------------------------------------------------


def test_a_standing_safeguard_needs_no_plan(journey: Journey) -> None:
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it")
    assert journey.flag("PORTAL_PRISMA") == "true"
    journey.advance("5m")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    (alert,) = journey.posts("alerts")
    assert "PORTAL_PRISMA set to false" in text(alert)
    under_it = journey.use(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="again")
    assert "alarm portal-outage is in ALARM" in text(under_it)
    journey.by_hand(PORTAL_PRISMA="true")
    journey.advance("1m")
    assert journey.flag("PORTAL_PRISMA") == "false", "kept until a person turns it on through the bot"
    journey.alarm("portal-outage", "OK")
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="fixed")
    journey.advance("5m")
    assert journey.flag("PORTAL_PRISMA") == "true"


def test_a_standing_safeguard_on_a_flag_that_a_rollout_owns_goes_through_that_rollout(journey: Journey) -> None:
    journey.started_in("portal")
    before = bootstrap.outside().rollouts.load("standing")
    journey.alarm("portal-outage")
    after = bootstrap.outside().rollouts.load("standing")
    assert before is not None
    assert after is not None
    assert journey.rollout().flags["PORTAL_PRISMA"].kept == "false"
    assert after.flags.get("PORTAL_PRISMA") == before.flags.get("PORTAL_PRISMA")
    assert len(journey.posts("alerts")) == 1
    assert journey.posts("ops", "PORTAL_PRISMA set to") == []


@pytest.fixture
def own_safeguard(open_journey: Open, tmp_path: Path) -> Journey:
    """The rollout's plan knows nothing of this alarm."""
    standing = tmp_path / "safeguards.yaml"
    standing.write_text("safeguards:\n  disk-full:\n    PERSISTENCE_PRISMA_READS: false\n")
    return open_journey(PERSISTENCE, standing)


def test_a_standing_safeguard_that_the_plan_does_not_know_holds_the_rollout_that_owns_the_flag(
    own_safeguard: Journey,
) -> None:
    journey = own_safeguard
    journey.started_in("admin-reads")
    journey.alarm("disk-full")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    assert journey.holds
    told = [post for channel in ("ops", "alerts") for post in journey.posts(channel, "disk-full went to ALARM")]
    assert len(told) == 1
    journey.advance("5m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    journey.alarm("disk-full", "OK")
    journey.confirmed(ENG, "rollout resume", plan=PLAN, reason="fixed")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "true"


def test_it_acts_on_that_flag_without_the_table_too(own_safeguard: Journey) -> None:
    journey = own_safeguard
    journey.started_in("admin-reads")
    journey.edge.unreachable("DynamoDB")
    journey.alarm("disk-full")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    journey.edge.mend()
    journey.advance("2m")
    assert (journey.flag("PERSISTENCE_PRISMA_READS"), bool(journey.holds)) == ("false", True)


def test_a_lost_event_of_a_standing_alarm_over_a_rollout_s_flag_is_found_by_the_tick(own_safeguard: Journey) -> None:
    journey = own_safeguard
    journey.started_in("admin-reads")
    journey.advance("1m")
    journey.town.world.set_alarm("disk-full", "ALARM", journey.now)
    journey.advance("2m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"


@pytest.mark.long
def test_an_alarm_in_the_watch_takes_its_flag_off(journey: Journey) -> None:
    journey.started_in("retire")
    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="done")
    journey.advance("1d")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.alarm("portal-outage", "OK")
    journey.advance("7d")
    assert journey.rollout().status == "watching", "held until somebody resumes"
    journey.confirmed(ENG, "rollout resume", plan=PLAN, reason="fixed")
    assert journey.flag("PORTAL_PRISMA") == "true"
    journey.advance("6d 23h")
    assert journey.rollout().status == "watching", "the watch begins again with the flag"
    journey.advance("2h")
    assert journey.rollout().status == "completed"


def test_after_the_end_the_standing_safeguard_guards_the_flag(journey: Journey) -> None:
    journey.started_in("retire")
    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="done")
    journey.advance("7d 1m")
    assert journey.rollout().status == "completed"
    journey.alarm("portal-outage")
    journey.alarm("prisma-read-regression")
    assert journey.flags("PORTAL_PRISMA", "PERSISTENCE_PRISMA_READS") == ["false", "true"]


def test_the_standing_set_writes_above_the_fences_of_a_rollout_that_ended(journey: Journey) -> None:
    journey.started_in("portal")
    fence = journey.rollout().flags["PORTAL_PRISMA"].fence
    journey.confirmed(OPS, "rollout abort", plan=PLAN)
    journey.advance("2m")
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="alone")
    standing = bootstrap.outside().rollouts.load("standing")
    assert standing is not None
    assert standing.flags["PORTAL_PRISMA"].fence > fence
    journey.advance("2m")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.advance("3m")
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert journey.rollout().id == FIRST
