"""Buttons: forward once and only on what was seen, back at any time."""

from __future__ import annotations

import pytest

from tests.journeys.journey import ENG, OPS, PLAN, SECOND, SUPPORT, Journey, buttons, text


def test_a_double_click_acts_once(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    (custom_id,) = buttons(preview).values()
    with monkeypatch.context() as before_the_worker_runs:
        before_the_worker_runs.setattr(journey.town, "deliver", lambda: None)
        journey.send_press(ENG, preview, custom_id)
        assert buttons(journey.message(ENG, preview["id"])) == {}, "the button is gone after the first press"
        journey.forged_press(ENG, preview, custom_id)
    journey.town.deliver()
    assert journey.stage == "admin-reads"
    assert [entry.verb for entry in journey.audit()].count("advance") == 1


def test_a_double_click_on_a_rollback_says_that_it_is_done(journey: Journey) -> None:
    journey.started_in("admin-reads")
    preview = journey.ask(ENG, "rollback", what=PLAN)
    (custom_id,) = buttons(preview).values()
    journey.confirm(ENG, preview)
    journey.forged_press(ENG, preview, custom_id)
    journey.town.deliver()
    assert journey.held_over_time("PERSISTENCE_PRISMA_READS") == ["false", "true", "false"]
    assert len(journey.posts("ops", "rolled back")) == 1
    assert "rolled back" in text(journey.message(ENG, preview["id"]))


def test_a_stale_button_forward_is_refused(journey: Journey) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    journey.confirmed(OPS, "rollout promote", plan=PLAN, reason="quicker")
    assert journey.stage == "admin-reads"
    late = journey.confirm(ENG, preview)
    assert "has moved on since this preview" in text(late)
    assert journey.stage == "admin-reads"


def test_a_button_forward_runs_out_after_two_minutes(journey: Journey) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    journey.advance("2m 1s")
    late = journey.confirm(ENG, preview)
    assert "has run out, and nothing has changed" in text(late)
    assert journey.stage == "dark-launch"


def test_ticks_do_not_make_a_button_stale(journey: Journey) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    journey.advance("1m")
    journey.confirm(ENG, preview)
    assert journey.stage == "admin-reads"


def test_a_stale_button_back_is_taken_and_acts_on_the_state_as_it_is(journey: Journey) -> None:
    journey.started_in("admin-reads")
    preview = journey.ask(ENG, "rollback", what=PLAN)
    journey.promote_to("orchestrator")
    journey.advance("1h")
    done = journey.confirm(ENG, preview)
    assert "`FINANCIAL_ORCHESTRATOR`: true → **false**, written and read back" in text(done)
    assert journey.flags("PERSISTENCE_PRISMA_READS", "FINANCIAL_ORCHESTRATOR") == ["false", "false"]


def test_a_roll_back_button_under_an_old_message_still_works(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.advance("10d")
    preview = journey.press(OPS, "Roll back", journey.posts("ops")[0])
    journey.confirm(OPS, preview)
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"


def test_somebody_else_s_preview_is_not_theirs_to_press(journey: Journey) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed")
    (custom_id,) = buttons(preview).values()
    card = journey.posts("ops")[0]
    answer = journey.forged_press(SECOND, card, custom_id)
    assert "This button is eng-oncall's" in str(answer)
    unknown = journey.forged_press(SECOND, card, "no-such-button")
    assert "not known any more" in str(unknown)
    assert journey.stage == "dark-launch"


def test_who_holds_no_role_presses_in_vain(journey: Journey) -> None:
    journey.started_in("admin-reads")
    refused = journey.press(SUPPORT, "Roll back", journey.posts("ops")[0])
    assert "you hold none of these roles" in text(refused)
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "true"


def test_a_status_button_shows_how_it_is_now(journey: Journey) -> None:
    journey.started_in("admin-reads")
    seen = journey.press(SUPPORT, "Status", journey.posts("ops")[0])
    assert "stage 2 of 6: admin-reads" in text(seen)
    assert "`PERSISTENCE_PRISMA_READS` **true**" in text(seen)
