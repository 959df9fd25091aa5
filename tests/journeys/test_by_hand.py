"""Parameters changed by hand: off is respected for good, on is asked about."""

from __future__ import annotations

from tests.journeys.journey import ENG, OPS, PLAN, Journey, buttons, text


def test_a_flag_switched_off_by_hand_is_adopted_within_a_minute_and_never_undone(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.advance("2m")
    journey.by_hand(PERSISTENCE_PRISMA_READS="false")
    version = journey.version("PERSISTENCE_PRISMA_READS")
    journey.advance("1m")
    assert journey.holds == ["hand"]
    assert journey.rollout().flags["PERSISTENCE_PRISMA_READS"].kept == "false"
    (alert,) = journey.posts("alerts")
    assert "PERSISTENCE_PRISMA_READS was changed by hand to false, and stays so" in text(alert)
    journey.advance("4d")
    assert journey.version("PERSISTENCE_PRISMA_READS") == version, "nobody has written it since"
    firsts = [message for message in journey.posts("alerts", "by hand to false") if "said again" not in text(message)]
    assert (journey.stage, len(firsts)) == ("admin-reads", 1)


def test_only_a_person_s_resume_turns_it_on_again(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.by_hand(PERSISTENCE_PRISMA_READS="false")
    journey.advance("1m")
    preview = journey.press(ENG, "Resume", journey.posts("alerts")[-1])
    assert "`PERSISTENCE_PRISMA_READS`: false → **true**" in text(preview)
    journey.confirm(ENG, preview)
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "true"
    journey.advance("5m")
    assert (journey.flag("PERSISTENCE_PRISMA_READS"), journey.holds) == ("true", [])


def test_a_flag_switched_on_by_hand_is_left_as_found_and_reverted_by_a_button(journey: Journey) -> None:
    journey.start()
    journey.by_hand(PORTAL_PRISMA="true")
    journey.advance("1m")
    assert (journey.flag("PORTAL_PRISMA"), journey.holds) == ("true", ["drift"])
    (alert,) = journey.posts("alerts")
    assert "Left as found, and the rollout is held" in text(alert)
    of_the_alert = ["Acknowledge", "Silence 1 h", "Useful", "Noise"]
    assert list(buttons(alert)) == [*of_the_alert, "Adopt", "Revert", "Roll back"]
    refused = journey.use(ENG, "rollout resume", plan=PLAN, reason="on")
    assert "adopt or revert that first" in text(refused)

    preview = journey.press(OPS, "Revert", alert)
    assert "`PORTAL_PRISMA`: true → **false**" in text(preview)
    journey.confirm(OPS, preview)
    assert (journey.flag("PORTAL_PRISMA"), journey.holds) == ("false", [])
    journey.advance("5m")
    assert len(journey.posts("alerts")) == 1


def test_a_flag_switched_on_by_hand_is_adopted_by_a_button(journey: Journey) -> None:
    journey.start()
    journey.by_hand(PORTAL_PRISMA="true")
    journey.advance("1m")
    preview = journey.press(OPS, "Adopt", journey.posts("alerts")[-1])
    journey.confirm(OPS, preview)
    journey.advance("5m")
    assert (journey.flag("PORTAL_PRISMA"), journey.holds) == ("true", [])
    journey.confirmed(ENG, "rollback", what=PLAN)
    assert journey.flag("PORTAL_PRISMA") == "false", "a rollback takes back what was adopted too"


def test_after_a_rollback_the_old_value_is_kept_against_a_hand(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.confirmed(ENG, "rollback", what=PLAN)
    journey.by_hand(PERSISTENCE_PRISMA_READS="true")
    journey.advance("1m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    assert len(journey.posts("alerts", "is false again")) == 1


def test_a_deleted_parameter_holds_the_rollout_and_is_named(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.delete_parameter("PERSISTENCE_PRISMA_READS")
    journey.advance("1m")
    assert journey.holds == ["drift"]
    assert len(journey.posts("alerts", "deleted by hand")) == 1
    journey.confirm(OPS, journey.press(OPS, "Revert", journey.posts("alerts")[-1]))
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "true"


def test_a_change_by_hand_between_preview_and_press_is_respected(journey: Journey) -> None:
    journey.started_in("admin-reads")
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="on")
    journey.by_hand(PERSISTENCE_PRISMA_READS="false")
    done = journey.confirm(ENG, preview)
    assert "nothing was changed" in text(done)
    assert journey.stage == "admin-reads"
    journey.advance("1m")
    assert (journey.flag("PERSISTENCE_PRISMA_READS"), journey.holds) == ("false", ["hand"])
