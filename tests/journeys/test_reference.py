"""The reference plan, plans/prisma-persistence.yaml, as its people play it: checklists, a cohort, a drill, a probe, a
report, and the ramp that goes back by itself."""

from __future__ import annotations

from orchestrator.core.exposure import reading
from orchestrator.core.gates import ChecklistGate
from tests.journeys.conftest import PLANS, Open
from tests.journeys.journey import ENG, OPS, PLAN, Journey, text

READS = "PERSISTENCE_PRISMA_READS"


def says(journey: Journey, flag: str) -> str:
    """A flag as people read it."""
    return str(reading(journey.flag(flag)))


def approved(journey: Journey) -> None:
    journey.confirmed(ENG, "rollout approve", plan=PLAN, reason="looks well")
    journey.confirmed(OPS, "rollout approve", plan=PLAN, reason="looks well")


def test_the_first_two_stages_ask_for_everything_that_they_name(open_journey: Open) -> None:
    journey = open_journey(PLANS / "prisma-persistence.yaml")
    journey.start()
    journey.advance("1d 5m")
    assert "waits for what people do" in text(journey.posts("ops")[-1])
    checklist = next(gate for gate in journey.plan().stages[0].gates if isinstance(gate, ChecklistGate))
    for number, item in enumerate(checklist.items):
        journey.confirmed(OPS, "rollout tick", plan=PLAN, item=item, evidence=f"https://wiki.example.com/{number}")
    approved(journey)

    assert journey.stage == "admin-reads"
    assert says(journey, READS) == "true for admin, else false"
    journey.advance("10m")
    drill = journey.rollout().drills[READS]
    assert drill.off_seconds < 300
    assert says(journey, READS) == "true for admin, else false", "the drill put it back"
    shown = text(journey.use(ENG, "rollout-status", rollout=f"{PLAN}-1"))
    assert "dashboard-smoke" in shown
    assert "{" not in shown, "people read no JSON"

    journey.town.world.turn("admin_5xx", {"rate": "8%"})
    journey.advance("15m")
    assert says(journey, READS) == "false"
    assert "admin_5xx" in text(journey.posts("alerts")[-1])
    assert journey.rollout().holds
