"""The process dies, or a far side is away: the next tick finishes, nothing is lost and nothing is said twice."""

from __future__ import annotations

import pytest

from tests.journeys.journey import ENG, FIRST, OPS, PLAN, Journey, text

READS = "PERSISTENCE_PRISMA_READS"


def promote(journey: Journey) -> None:
    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="rehearsed")


def settled_in_admin_reads(journey: Journey) -> None:
    """What must be true in the end, wherever it crashed."""
    assert (journey.stage, journey.flag(READS)) == ("admin-reads", "true")
    assert journey.held_over_time(READS) == ["false", "true"]
    assert journey.rollout().pending == ()
    assert len(journey.posts("ops", "admin-reads (stage 2 of 6)")) == 1
    assert [entry.verb for entry in journey.audit()].count("advance") == 1
    for message in journey.seen_by(ENG):
        assert "working on it" not in text(message), "the reply is finished"
        assert "nothing was changed" not in text(message), "and tells what was done"


@pytest.mark.parametrize(
    "where",
    [
        "before the save",
        "after the save",
        "before the write",
        "after the write",
        "before the message",
        "after the message",
        "before the reply",
        "after the reply",
    ],
)
def test_a_promote_that_dies_anywhere_is_finished_once(journey: Journey, where: str) -> None:
    journey.start()
    edge = journey.edge
    match where:
        case "before the save":
            edge.dies_before("TransactWriteItems")
        case "after the save":
            edge.dies_after("TransactWriteItems")
        case "before the write":
            edge.dies_before("PutParameter", holding=READS)
        case "after the write":
            edge.dies_after("PutParameter", holding=READS)
        case "before the message":
            edge.dies_before_telling("POST")
        case "after the message":
            edge.dies_after_telling("POST")
        case "before the reply":
            edge.dies_before_telling("PATCH")
        case "after the reply":
            edge.dies_after_telling("PATCH")
    journey.dies(lambda: promote(journey))
    journey.advance("1m")
    settled_in_admin_reads(journey)


@pytest.mark.parametrize("where", ["before the write", "after the write"])
def test_a_tick_finishes_what_a_dead_worker_left_without_a_redelivery(journey: Journey, where: str) -> None:
    journey.start()
    if where == "before the write":
        journey.edge.dies_before("PutParameter", holding=READS)
    else:
        journey.edge.dies_after("PutParameter", holding=READS)
    journey.dies(lambda: promote(journey))
    journey.lose_the_queue()
    journey.advance("1m")
    assert (journey.stage, journey.flag(READS), journey.rollout().pending) == ("admin-reads", "true", ())
    assert len(journey.posts("ops", "admin-reads (stage 2 of 6)")) == 1


def test_a_flag_set_alone_that_dies_before_its_write_is_finished_and_answered(journey: Journey) -> None:
    preview = journey.ask(ENG, "flag set", flag="PORTAL_PRISMA", value="true", reason="try it out")
    journey.edge.dies_before("PutParameter", holding="PORTAL_PRISMA")
    journey.dies(lambda: journey.confirm(ENG, preview))
    journey.advance("1m")
    assert journey.held_over_time("PORTAL_PRISMA") == ["false", "true"]
    assert len(journey.posts("ops", "PORTAL_PRISMA set to true")) == 1
    assert "working on it" not in text(journey.message(ENG, preview["id"]))


def test_a_redelivered_rollback_of_a_rollout_s_flag_is_finished_by_the_worker_itself(journey: Journey) -> None:
    journey.started_in("admin-reads")
    preview = journey.ask(ENG, "rollback", what=READS)
    journey.edge.dies_before("PutParameter", holding=READS)
    journey.dies(lambda: journey.confirm(ENG, preview))
    assert journey.flag(READS) == "true"
    journey.town.deliver()
    assert journey.flag(READS) == "false", "before the reply says that it is done"
    assert "done already" in text(journey.message(ENG, preview["id"]))


def test_an_abort_that_dies_half_way_ends_and_frees_the_flags(journey: Journey) -> None:
    journey.started_in("orchestrator")
    preview = journey.ask(OPS, "rollout abort", plan=PLAN)
    journey.edge.dies_before("PutParameter", holding=READS)
    journey.dies(lambda: journey.confirm(OPS, preview))
    journey.advance("2m")
    assert journey.rollout().status == "aborted"
    assert journey.flags(READS, "FINANCIAL_ORCHESTRATOR") == ["false", "false"]
    assert len(journey.posts("ops", "aborted by ops-lead")) == 1
    journey.start()


def test_a_flag_that_is_not_read_back_yet_forbids_a_resume(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.edge.refuses("PutParameter", "ThrottlingException", holding="/flags/")
    journey.confirmed(ENG, "rollback", what=PLAN)
    refused = journey.use(ENG, "rollout resume", plan=PLAN, reason="never mind")
    assert f"{READS} is not read back yet" in text(refused)


def test_a_reply_whose_token_has_run_out_fails_nothing(journey: Journey) -> None:
    journey.expected_statuses |= {401, 404}
    journey.start()
    preview = journey.ask(ENG, "rollback", what=PLAN)
    journey.edge.refuses("TransactWriteItems", "ProvisionedThroughputExceededException")
    journey.confirm(ENG, preview)
    journey.town.clock.move_to(journey.now + 16 * 60)
    journey.edge.mend()
    journey.town.deliver()
    assert journey.rollout().status == "rolled_back"
    assert len(journey.posts("ops", "rolled back")) == 1
    journey.advance("5m")
    assert [text(alert).count("rolled back by eng-oncall") for alert in journey.posts("alerts")] == [1]


def test_with_discord_throttled_messages_arrive_once(journey: Journey) -> None:
    journey.expected_statuses.add(429)
    journey.start()
    journey.town.discord.set_state("throttled")
    promote(journey)
    assert journey.flag(READS) == "true"
    journey.town.discord.set_state("up")
    journey.advance("10m")
    settled_in_admin_reads(journey)


def test_a_start_that_dies_before_arming_is_armed_and_told_by_the_next_tick(journey: Journey) -> None:
    journey.edge.dies_before("PutParameter", holding="safeguards")
    journey.dies(lambda: journey.start())
    journey.advance("1m")
    journey.promote_to("admin-reads")
    assert len(journey.posts("ops", f"{FIRST} started")) == 1
    journey.advance("1m")
    journey.alarm("prisma-read-regression")
    assert journey.flag(READS) == "false"


def test_an_alarm_s_function_that_dies_is_finished_by_its_second_try(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.edge.dies_before("PutParameter", holding=READS)
    journey.dies(lambda: journey.alarm("prisma-read-regression"))
    assert journey.flag(READS) == "true"
    journey.advance("1m")
    assert journey.flag(READS) == "false"
    assert len(journey.posts("alerts", "prisma-read-regression acted")) == 1


def test_a_tick_that_dies_in_a_stage_change_is_finished_by_the_next(journey: Journey) -> None:
    journey.started_in("orchestrator")
    journey.advance("1h 58m")
    journey.edge.dies_before("PutParameter", holding="LEGACY_SETTLEMENT")
    journey.dies(lambda: journey.advance("4m"))
    journey.advance("2m")
    assert journey.flag("LEGACY_SETTLEMENT") == "false"
    assert len(journey.posts("ops", "next flag moved")) == 1


def test_a_throttled_rollback_is_not_claimed_and_is_finished_later(journey: Journey) -> None:
    journey.started_in("orchestrator")
    journey.edge.refuses("PutParameter", "ThrottlingException", holding="/flags/")
    done = journey.confirmed(ENG, "rollback", what=PLAN, reason="03:12")
    assert "NOT everything could be read back" in text(done)
    assert "written and read back" not in text(done)
    assert journey.flags(READS, "FINANCIAL_ORCHESTRATOR") == ["true", "true"]
    assert journey.posts("ops", "rolled back") == [], "nothing is claimed before it is read back"
    journey.advance("2m")
    assert journey.posts("ops", "rolled back") == []
    status = journey.use(OPS, "rollout-status")
    assert "wanted false" in text(status)

    journey.edge.mend()
    journey.advance("1m")
    assert journey.flags(READS, "FINANCIAL_ORCHESTRATOR") == ["false", "false"]
    assert len(journey.posts("ops", "rolled back to where it started")) == 1


def test_a_rollback_that_ssm_takes_half_of_says_which_half(journey: Journey) -> None:
    journey.started_in("orchestrator")
    journey.edge.refuses("PutParameter", "ThrottlingException", holding=READS)
    done = journey.confirmed(ENG, "rollback", what=PLAN)
    assert "`FINANCIAL_ORCHESTRATOR`: true → **false**, written and read back" in text(done)
    assert f"`{READS}`: true → **false**, NOT read back" in text(done)
    journey.edge.mend()
    journey.advance("1m")
    assert journey.flag(READS) == "false"


def test_a_write_whose_reply_was_lost_is_read_back_and_counts(journey: Journey) -> None:
    journey.start()
    journey.edge.loses_the_reply("PutParameter", holding=READS)
    promote(journey)
    journey.advance("2m")
    assert (journey.flag(READS), journey.rollout().pending) == ("true", ())
    assert len(journey.posts("ops", "admin-reads (stage 2 of 6)")) == 1


@pytest.mark.long
def test_with_discord_down_the_flags_move_and_each_message_arrives_late_once(journey: Journey) -> None:
    journey.expected_statuses.add(503)
    journey.started_in("portal")
    told = len(journey.posts("ops"))
    journey.town.discord.set_state("down")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    journey.advance("2h")
    assert (journey.posts("alerts"), len(journey.posts("ops"))) == ([], told)
    journey.town.discord.set_state("up")
    journey.advance("5m")
    assert len(journey.posts("alerts", "portal-outage acted")) == 1
    journey.advance("1h")
    first, *calls = journey.posts("alerts")
    assert "Late by 2h" in text(first)
    assert all("Nobody has acknowledged it" in text(call) for call in calls)


def test_a_command_given_while_discord_takes_no_reply_is_still_carried_out_once(journey: Journey) -> None:
    journey.expected_statuses.add(503)
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    journey.town.discord.set_state("down")
    journey.confirm(ENG, preview)
    assert (journey.stage, journey.flag(READS)) == ("admin-reads", "true")
    journey.town.discord.set_state("up")
    journey.advance("10m")
    settled_in_admin_reads(journey)
    assert journey.posts("alerts") == [], "no dead letter: it was carried out"


def test_a_lost_reply_to_a_post_makes_no_second_message(journey: Journey) -> None:
    journey.expected_statuses |= {200}
    journey.start()
    journey.town.discord.fail_next("lost-reply", on="POST")
    promote(journey)
    journey.advance("3m")
    assert len(journey.posts("ops", "admin-reads (stage 2 of 6)")) == 1


def test_a_queue_message_delivered_twice_is_carried_out_once(journey: Journey) -> None:
    journey.start()
    journey.edge.doubles("SendMessage")
    promote(journey)
    journey.town.deliver()
    settled_in_admin_reads(journey)
    assert journey.rollout().stage == 1


def test_a_command_that_fails_three_times_ends_as_a_dead_letter_that_is_told(journey: Journey) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    journey.edge.refuses("TransactWriteItems", "ProvisionedThroughputExceededException")
    reply = journey.confirm(ENG, preview)
    assert "working on it" in text(reply)
    for _ in range(2):
        journey.town.deliver()
    assert journey.posts("alerts") == []
    journey.edge.mend()
    journey.town.deliver()
    assert journey.stage == "dark-launch"
    assert "could not be carried out" in text(journey.message(ENG, reply["id"]))
    assert len(journey.posts("alerts", "gave up on")) == 1
    assert len(journey.pages) == 1
