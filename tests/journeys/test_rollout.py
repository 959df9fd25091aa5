"""A rollout of six stages, from its start to the closed watch."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from orchestrator import bootstrap
from tests.journeys.journey import ENG, FIRST, OPS, PLAN, SECOND, SUPPORT, Journey, buttons, text

FINAL = {
    "PERSISTENCE_PRISMA_READS": "true",
    "FINANCIAL_ORCHESTRATOR": "true",
    "LEGACY_SETTLEMENT": "false",
    "PORTAL_PRISMA": "true",
    "SETTINGS_SECURE_PROVIDER": "true",
}


def approve(journey: Journey, stage: str) -> None:
    """One person from the channel's button, another by command."""
    assert journey.rollout().waiting == "approval:engineering,ops", journey.rollout().waiting_line
    preview = journey.press(ENG, "Approve", journey.posts("ops", f"{stage} waits for")[-1])
    assert "approved as engineering" in text(preview)
    journey.confirm(ENG, preview)
    journey.confirmed(OPS, "rollout approve", plan=PLAN, reason="looks well")


def test_a_rollout_runs_from_its_start_to_the_closed_watch(journey: Journey) -> None:
    done = journey.start()
    assert f"{FIRST} started" in text(done)
    for stage, soak in (("dark-launch", "1d"), ("admin-reads", "2d")):
        assert journey.stage == stage
        journey.advance(soak)
        approve(journey, stage)
    assert journey.stage == "orchestrator"
    assert journey.flags("FINANCIAL_ORCHESTRATOR", "LEGACY_SETTLEMENT") == ["true", "true"]
    journey.advance("1h 58m")
    assert journey.flag("LEGACY_SETTLEMENT") == "true"
    journey.advance("3m")
    assert journey.flag("LEGACY_SETTLEMENT") == "false"
    journey.advance("3d")
    approve(journey, "orchestrator")
    for stage, soak in (("portal", "2d"), ("secure-settings", "1d"), ("retire", "1d 3m")):
        assert journey.stage == stage
        journey.advance(soak)
        approve(journey, stage)
    assert journey.rollout().status == "watching"
    journey.advance("6d 23h")
    assert journey.rollout().status == "watching"
    assert bootstrap.outside().rollouts.owners(FINAL) == dict.fromkeys(FINAL, FIRST)
    journey.advance("2h")

    assert journey.rollout().status == "completed"
    assert {name: journey.flag(name) for name in FINAL} == FINAL
    assert bootstrap.outside().rollouts.owners(FINAL) == {}
    assert len(journey.posts("ops", "completed after 17d")) == 1
    assert journey.posts("alerts") == []
    assert max(Counter(_day(post["at"]) for post in journey.posts("ops")).values()) <= 5
    for name in FINAL:
        assert len(journey.held_over_time(name)) == 2, "each flag moved once"

    refused = journey.use(ENG, "rollout start", plan=PLAN, reason="again")
    assert buttons(refused) == {}
    assert "PERSISTENCE_PRISMA_READS is true, and safe is false" in text(refused)


def test_a_start_after_the_end_is_number_two(journey: Journey) -> None:
    journey.start()
    journey.confirmed(ENG, "rollout abort", plan=PLAN, reason="only a rehearsal")
    done = journey.start(OPS)
    assert f"{PLAN}-2 started" in text(done)
    assert journey.rollout(f"{PLAN}-2").status == "running"


def test_the_same_person_cannot_approve_for_two_roles(journey: Journey) -> None:
    journey.start()
    journey.advance("1d")
    journey.confirmed(ENG, "rollout approve", plan=PLAN)
    again = journey.use(ENG, "rollout approve", plan=PLAN)
    assert "you have approved dark-launch already" in text(again)
    same_role = journey.use(SECOND, "rollout approve", plan=PLAN)
    assert "still needs ops" in text(same_role)
    stranger = journey.use(SUPPORT, "rollout approve", plan=PLAN)
    assert "you hold none of these roles" in text(stranger)
    assert journey.stage == "dark-launch"


def test_an_approval_is_asked_for_once_and_only_after_the_soak(journey: Journey) -> None:
    journey.start()
    early = journey.use(OPS, "rollout approve", plan=PLAN)
    assert "not ready to be approved" in text(early)
    journey.advance("3d")
    assert len(journey.posts("ops", "dark-launch waits for engineering and ops")) == 1


def test_a_person_promotes_past_the_soak(journey: Journey) -> None:
    journey.start()
    preview = journey.ask(ENG, "rollout promote", plan=PLAN, reason="rehearsed yesterday")
    assert "`PERSISTENCE_PRISMA_READS`: false → **true**" in text(preview)
    done = journey.confirm(ENG, preview)
    assert "`PERSISTENCE_PRISMA_READS`: false → **true**, written and read back" in text(done)
    assert (journey.stage, journey.flag("PERSISTENCE_PRISMA_READS")) == ("admin-reads", "true")


def test_going_forward_asks_for_a_reason(journey: Journey) -> None:
    journey.started_in("portal")
    journey.confirmed(ENG, "rollout pause", plan=PLAN)
    before = journey.rollout()
    press = journey.press(ENG, "Resume")
    assert "Reason: resumed from the channel by eng-oncall" in text(press)
    assert journey.rollout() == before


def test_an_alarm_acts_while_the_rollout_is_paused(journey: Journey) -> None:
    journey.started_in("portal")
    journey.confirmed(OPS, "rollout pause", plan=PLAN, reason="freeze")
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert journey.holds == ["pause", "safeguard"]


def test_a_pause_stops_the_stages_and_a_resume_goes_on(journey: Journey) -> None:
    journey.start()
    journey.confirmed(OPS, "rollout pause", plan=PLAN, reason="freeze")
    journey.advance("3d")
    assert (journey.stage, journey.rollout().waiting) == ("dark-launch", "held:pause")
    done = journey.confirmed(ENG, "rollout resume", plan=PLAN, reason="freeze is over")
    assert f"{FIRST} resumed" in text(done)
    journey.advance("2m")
    assert journey.rollout().waiting == "approval:engineering,ops"


def test_a_rollback_takes_every_flag_back_in_reverse_order_and_proves_it(journey: Journey) -> None:
    journey.started_in("portal")
    preview = journey.ask(ENG, "rollback", what=PLAN)
    assert journey.flag("PORTAL_PRISMA") == "true", "a preview changes nothing"
    done = journey.confirm(ENG, preview)
    lines = [line for line in text(done).splitlines() if "written and read back" in line]
    moved = [line.split("`")[1] for line in lines]
    assert moved == ["PORTAL_PRISMA", "LEGACY_SETTLEMENT", "FINANCIAL_ORCHESTRATOR", "PERSISTENCE_PRISMA_READS"]
    assert [journey.flag(name) for name in moved] == ["false", "true", "false", "false"]
    (entry,) = [e for e in journey.audit() if e.verb == "rollback"]
    assert [change[0] for change in entry.changes] == moved
    assert len(journey.posts("ops", "rolled back to where it started by eng-oncall")) == 1


def test_a_rollback_to_the_stage_before_takes_back_one_stage(journey: Journey) -> None:
    journey.started_in("portal")
    journey.confirmed(ENG, "rollback", what=PLAN, to="previous", reason="slow")
    assert journey.flags("PORTAL_PRISMA", "FINANCIAL_ORCHESTRATOR") == ["false", "true"]
    assert (journey.stage, journey.holds) == ("orchestrator", ["rollback"])


def test_an_abort_takes_the_flags_back_and_frees_them(journey: Journey) -> None:
    journey.started_in("portal")
    done = journey.confirmed(OPS, "rollout abort", plan=PLAN, reason="not this quarter")
    assert f"{FIRST} aborted" in text(done)
    assert journey.flags(*FINAL) == ["false", "false", "true", "false", "false"]
    assert journey.rollout().status == "aborted"
    assert bootstrap.outside().rollouts.owners(FINAL) == {}
    assert bootstrap.outside().armed.bindings("failed-transactions") == []
    set_now = journey.confirmed(ENG, "flag set", flag="PERSISTENCE_PRISMA_READS", value="true", reason="try it out")
    assert "false → **true**, written and read back" in text(set_now)


def test_the_last_stage_before_the_watch_can_be_rolled_back_from_the_watch(journey: Journey) -> None:
    journey.started_in("retire")
    journey.confirmed(ENG, "rollout promote", plan=PLAN, reason="done")
    assert journey.rollout().status == "watching"
    journey.confirmed(ENG, "rollback", what=PLAN)
    assert journey.flags(*FINAL) == ["false", "false", "true", "false", "false"]


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
