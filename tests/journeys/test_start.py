"""A start is refused with every reason at once, and nothing has changed."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator import bootstrap
from orchestrator.core.signals import AlarmState
from tests.journeys.journey import ENG, PLAN, PLANNER, VISITOR, Journey, buttons, text


def refused(journey: Journey) -> str:
    reply = journey.use(ENG, "rollout start", plan=PLAN, reason="week 39")
    assert buttons(reply) == {}
    assert "nothing was changed" in text(reply)
    assert bootstrap.outside().rollouts.live() == []
    return text(reply)


def test_a_flag_that_is_not_at_its_safe_value_forbids_a_start(journey: Journey) -> None:
    journey.by_hand(PORTAL_PRISMA="true")
    assert "PORTAL_PRISMA is true, and safe is false" in refused(journey)


def test_a_parameter_that_is_absent_is_named_and_not_created(journey: Journey) -> None:
    journey.delete_parameter("PORTAL_PRISMA")
    assert "PORTAL_PRISMA" in refused(journey)
    assert "PORTAL_PRISMA" not in bootstrap.outside().flags.all()


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_a_bound_alarm_that_is_not_ok_forbids_a_start(journey: Journey, state: AlarmState) -> None:
    journey.alarm("failed-transactions", state)
    assert f"alarm failed-transactions is in {state}; nothing starts under it" in refused(journey)


def test_a_bound_alarm_that_does_not_exist_forbids_a_start(journey: Journey) -> None:
    del journey.town.world._alarms["vault-errors"]
    assert "alarm vault-errors does not exist" in refused(journey)


def test_every_reason_against_a_start_is_said_at_once(journey: Journey) -> None:
    journey.by_hand(PORTAL_PRISMA="true", LEGACY_SETTLEMENT="false")
    journey.delete_parameter("SETTINGS_SECURE_PROVIDER")
    journey.alarm("failed-transactions")
    del journey.town.world._alarms["vault-errors"]
    said = refused(journey)
    for reason in (
        "PORTAL_PRISMA is true",
        "LEGACY_SETTLEMENT is false",
        "SETTINGS_SECURE_PROVIDER",
        "failed-transactions",
        "vault-errors",
    ):
        assert reason in said
    assert len([line for line in said.splitlines() if line.startswith("- ")]) == 5


def test_a_plan_has_one_live_rollout(journey: Journey) -> None:
    journey.start()
    second = journey.use(ENG, "rollout start", plan=PLAN, reason="again")
    assert f"{PLAN}-1 is live already" in text(second)
    assert bootstrap.outside().rollouts.live() == [f"{PLAN}-1"]


def test_what_changes_between_preview_and_press_is_seen_by_the_press(journey: Journey) -> None:
    preview = journey.ask(ENG, "rollout start", plan=PLAN, reason="week 39")
    journey.by_hand(PORTAL_PRISMA="true")
    done = journey.confirm(ENG, preview)
    assert "PORTAL_PRISMA is true, and safe is false" in text(done)
    assert bootstrap.outside().rollouts.live() == []


def test_a_plan_published_between_preview_and_press_is_looked_at_again(journey: Journey) -> None:
    preview = journey.ask(ENG, "rollout start", plan=PLAN, reason="week 39")
    published = bootstrap.outside().plans.latest(PLAN)
    assert published is not None
    plan = bootstrap.outside().plans.get(published.hash)
    assert plan is not None
    bootstrap.app().publish(structs.replace(plan, title="Another one"), PLANNER)
    done = journey.confirm(ENG, preview)
    assert "was published again since this preview" in text(done)
    assert bootstrap.outside().rollouts.live() == []
    journey.start()
    bootstrap.app().publish(plan, PLANNER)
    assert journey.rollout().plan_hash != published.hash, "a rollout stays on the plan it began with"
    assert "A newer version of the plan is published" in text(journey.use(ENG, "rollout-status"))


def test_an_unknown_plan_is_answered_with_the_names_there_are(journey: Journey) -> None:
    reply = journey.use(ENG, "rollout start", plan="prisma-persistance", reason="typo")
    assert "no plan is called prisma-persistance; there is prisma-persistence" in text(reply)


def test_an_unknown_rollout_is_answered_with_the_names_there_are_nearest_first(journey: Journey) -> None:
    journey.start()
    reply = journey.use(ENG, "rollout-status", rollout="prisma-persistence-11")
    assert "there is no rollout prisma-persistence-11; there is prisma-persistence-1, prisma-persistence" in text(reply)
    for command in ("rollback", "rollout pause"):
        option = "what" if command == "rollback" else "plan"
        assert "there is prisma-persistence" in text(journey.use(ENG, command, **{option: "persistence"}))


def test_a_stranger_starts_nothing(journey: Journey) -> None:
    reply = journey.use(VISITOR, "rollout start", plan=PLAN, reason="curious")
    assert "you hold none of these roles" in text(reply)
    assert bootstrap.outside().rollouts.live() == []
