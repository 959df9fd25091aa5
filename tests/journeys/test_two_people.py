"""In prod going forward takes two people; going back never does."""

from __future__ import annotations

from orchestrator import bootstrap
from orchestrator.sandbox.town import PEOPLE_BY_NAME
from tests.journeys.journey import ENG, OPS, PLAN, SECOND, SUPPORT, Journey, buttons, text

CONFIRM = "Confirm as second person"


def seconded(journey: Journey, by: str = OPS) -> str:
    return text(journey.press(by, CONFIRM))


def test_start_promote_and_resume_take_a_second_person(in_prod: Journey) -> None:
    journey = in_prod
    asked = journey.start()
    assert "waits for a second person" in text(asked)
    (request,) = journey.posts("ops")
    assert "eng-oncall wants to" in text(request)
    assert "Reason: week 39" in text(request)
    seconded(journey)
    assert journey.stage == "dark-launch"

    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    assert journey.stage == "dark-launch"
    seconded(journey)
    assert (journey.stage, journey.flag("PERSISTENCE_PRISMA_READS")) == ("admin-reads", "true")

    journey.confirmed(OPS, "rollout pause", plan=PLAN)
    assert journey.holds == ["pause"], "pausing takes one"
    journey.confirmed(OPS, "rollout resume", plan=PLAN, reason="on")
    assert journey.holds == ["pause"]
    seconded(journey, SECOND)
    assert journey.holds == []


def test_what_a_second_person_confirmed_is_the_last_that_both_of_them_did(in_prod: Journey) -> None:
    journey = in_prod
    journey.start()
    seconded(journey)
    traces, guild = bootstrap.outside().traces, journey.town.settings.discord_guild_id
    asked, confirmed = (traces.last_for(guild, PEOPLE_BY_NAME[who].user_id) for who in (ENG, OPS))
    assert asked is not None
    assert asked == confirmed
    assert (asked.command, asked.outcome) == (f"start {PLAN}", "start")


def test_the_second_person_is_another_person_with_the_right(in_prod: Journey) -> None:
    journey = in_prod
    journey.start()
    assert "it needs another person" in seconded(journey, ENG)
    assert "you hold none of these roles" in seconded(journey, SUPPORT)
    assert buttons(journey.posts("ops")[-1]), "the request still stands"
    seconded(journey, SECOND)
    assert journey.stage == "dark-launch"
    (entry,) = [e for e in journey.audit() if e.verb == "start"]
    assert entry.actor == ENG


def test_a_request_runs_out_after_fifteen_minutes(in_prod: Journey) -> None:
    journey = in_prod
    journey.start()
    journey.advance("15m 1s")
    assert "has run out" in seconded(journey)
    assert "No rollout yet" in text(journey.use(ENG, "rollout list"))


def test_a_second_yes_to_what_has_moved_on_is_refused(in_prod: Journey) -> None:
    journey = in_prod
    journey.start()
    seconded(journey)
    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="one")
    first = journey.posts("ops", "wants to promote")[-1]
    journey.confirmed(SECOND, "rollout promote", plan=PLAN, reason="two")
    journey.press(OPS, CONFIRM, journey.posts("ops", "wants to promote")[-1])
    assert journey.stage == "admin-reads"
    journey.press(OPS, CONFIRM, first)
    assert journey.stage == "admin-reads"


def test_turning_a_flag_on_takes_two_people_and_off_takes_one(in_prod: Journey) -> None:
    journey = in_prod
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try")
    assert journey.flag("PORTAL_PRISMA") == "false"
    seconded(journey)
    assert journey.flag("PORTAL_PRISMA") == "true"
    journey.confirmed(ENG, "flag set", flag="PORTAL_PRISMA", value="false")
    assert journey.flag("PORTAL_PRISMA") == "false"


def test_going_back_never_waits_for_anybody(in_prod: Journey) -> None:
    journey = in_prod
    journey.start()
    seconded(journey)
    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    seconded(journey)
    journey.confirmed(ENG, "rollback", what="PERSISTENCE_PRISMA_READS")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    done = journey.confirmed(ENG, "rollback", what=PLAN)
    assert "prod · prisma-persistence-1 rolled back" in text(done)
    journey.confirmed(ENG, "rollout abort", plan=PLAN)
    assert journey.rollout().status == "aborted"


def test_a_request_delivered_twice_is_asked_once(in_prod: Journey) -> None:
    journey = in_prod
    journey.edge.doubles("SendMessage")
    journey.start()
    assert len(journey.posts("ops", "wants to")) == 1


def test_a_request_whose_worker_died_before_the_reply_is_asked_once_and_answered(in_prod: Journey) -> None:
    journey = in_prod
    journey.edge.dies_before_telling("PATCH")
    journey.dies(journey.start)
    journey.advance("1m")
    assert len(journey.posts("ops", "wants to")) == 1
    assert [m for m in journey.seen_by(ENG) if "waits for a second person" in text(m)]
    assert journey.posts("alerts") == []
