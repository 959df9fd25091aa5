"""Switchback's own flags, the standing set's say in a start, and a safeguard that only holds."""

from __future__ import annotations

from pathlib import Path

from tests.journeys.journey import ENG, OPS, PLAN, Journey, text

HOLDS = """
plan: careful
owner: ops
runbook: RUNBOOK.md#alarms
flags:
  PORTAL_PRISMA: {safe: false, final: true}
stages:
  - {key: live, set: {PORTAL_PRISMA: true}, soak: 2d}
safeguards:
  - {when: {alarm: slow-disk}, do: hold}
"""


def test_debug_last_is_silent_while_its_switch_is_off(journey: Journey) -> None:
    journey.confirmed(ENG, "flag set", flag="ENABLE_DEBUG_CMD", value="false")
    journey.advance("1m")
    assert "switched off" in text(journey.use(ENG, "debug-last"))
    journey.confirmed(OPS, "flag set", flag="ENABLE_DEBUG_CMD", value="true", reason="looking into it")
    journey.advance("1m")
    assert "switched off" not in text(journey.use(ENG, "debug-last"))


def test_with_alerts_switched_off_an_alert_is_told_in_the_ops_channel(journey: Journey) -> None:
    journey.started_in("portal")
    journey.confirmed(ENG, "flag set", flag="ENABLE_ALERTS", value="false", reason="too loud")
    journey.advance("1m")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert any("portal-outage" in text(message) for message in journey.posts("ops"))
    assert not any("portal-outage" in text(message) for message in journey.posts("alerts"))


def test_a_standing_alarm_in_alarm_forbids_a_start_and_is_named(journey: Journey) -> None:
    journey.alarm("vault-errors")
    refused = text(journey.use(ENG, "rollout start", plan=PLAN, reason="week 39"))
    assert "vault-errors" in refused
    assert "in ALARM" in refused


def test_a_safeguard_that_only_holds_acts_with_its_alarm_and_moves_no_flag(open_journey, tmp_path: Path) -> None:
    plan = tmp_path / "careful.yaml"
    plan.write_text(HOLDS)
    journey = open_journey(plan)
    journey.confirmed(ENG, "rollout start", plan="careful", reason="week 39")
    journey.alarm("slow-disk")
    assert journey.flag("PORTAL_PRISMA") == "true"
    assert [hold.kind for hold in journey.rollout("careful-1").holds] == ["safeguard"]
