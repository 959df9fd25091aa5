"""What cannot be said holds the stage with a reason, and neither passes it nor rolls anything back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.journey import ENG, PLAN, Journey, text


@pytest.mark.parametrize(
    ("knobs", "outcome", "said"),
    [
        ({"silent": True}, "no_data", "no requests in 30 min"),
        ({"per_minute": 2, "rate": "0%"}, "insufficient", "too few to show below 0.5%"),
        ({"broken": True}, "error", "source for it is broken"),
        ({"rate": "4%"}, "fail", "below 0.5% is not kept"),
    ],
)
def test_a_gate_that_is_not_met_holds_the_stage_with_its_reason(
    journey: Journey, knobs: dict[str, Any], outcome: str, said: str
) -> None:
    journey.started_in("admin-reads")
    journey.signal("api_5xx", **knobs)
    journey.advance("3d")
    assert (journey.stage, journey.holds, journey.flag("PERSISTENCE_PRISMA_READS")) == ("admin-reads", [], "true")
    assert journey.rollout().waiting == f"gates:api_5xx below 0.5%={outcome}"
    (blocked,) = journey.posts("ops", "is ready but cannot go on")
    assert said in text(blocked)
    assert said in text(journey.use(ENG, "rollout-status", rollout=PLAN))
    assert journey.posts("alerts") == []


def test_a_blocked_stage_goes_on_by_itself_once_its_gate_is_met(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.signal("api_5xx", silent=True)
    journey.advance("2d 1h")
    assert journey.rollout().waiting.startswith("gates:")
    journey.signal("api_5xx", silent=False)
    journey.town.advance_to_next()
    assert journey.rollout().waiting == "approval:engineering,ops"


def test_a_blind_safeguard_does_not_roll_back(journey: Journey) -> None:
    journey.started_in("orchestrator")
    for knobs in ({"silent": True}, {"broken": True}):
        journey.signal("rollbacks", **knobs)
        journey.advance("30m")
    assert journey.flag("FINANCIAL_ORCHESTRATOR") == "true"
    assert journey.holds == []


def test_a_gate_that_closes_again_before_the_approval_is_not_approved(journey: Journey) -> None:
    journey.started_in("admin-reads")
    journey.advance("2d")
    assert journey.rollout().waiting == "approval:engineering,ops"
    journey.signal("api_5xx", rate="4%")
    journey.advance("40m")
    reply = journey.use(ENG, "rollout approve", plan=PLAN)
    assert "api_5xx" in text(reply)
    assert "nothing was changed" in text(reply)


def test_an_alarm_without_data_keeps_the_stage_where_it_is(journey: Journey) -> None:
    journey.start()
    journey.alarm("vault-errors", "INSUFFICIENT_DATA")
    journey.advance("2d")
    assert journey.stage == "dark-launch"
    assert len(journey.posts("ops", "alarm vault-errors is in INSUFFICIENT_DATA")) == 1
    refused = journey.use(ENG, "rollout promote", plan=PLAN, reason="hurry")
    assert "alarm vault-errors is in INSUFFICIENT_DATA" in text(refused)
