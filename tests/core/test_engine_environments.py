"""Where a plan may run, what must have been completed before, and what keeps a start back."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.core.calendar import Freeze
from orchestrator.core.engine import begin
from orchestrator.core.facts import Facts, LiveFlag
from orchestrator.core.plan import plan_hash
from orchestrator.core.rollout import HoldEntry, Rollout
from tests.core.made_plans import NOON, World, two_stages

FREEZE = Freeze(reason="the quarter's end", once=("2025-10-09T08:00", "2025-10-09T20:00"))
PLACED = two_stages(environments=("dev", "staging", "prod"))


@pytest.mark.parametrize(
    ("environment", "completed", "says"),
    [
        ("dev", {}, ""),
        ("prod", {"staging": "this"}, ""),
        ("prod", {"dev": "this"}, "shop has not been completed in staging; complete it there first"),
        ("staging", {"dev": "another"}, "dev completed another version of shop"),
        ("lab", {}, "shop runs in dev, staging, prod, not in lab"),
    ],
)
def test_staging_comes_first(environment: str, completed: dict[str, str], says: str) -> None:
    plan = PLACED.within(environment)
    digest = plan_hash(PLACED)
    blank = Rollout(
        id="shop-1",
        plan="shop",
        plan_hash=digest,
        environment=environment,
        status="running",
        started_at=0,
        started_by="anna",
        reason="",
    )
    flags = {name: LiveFlag(name=name, value="false", version=1) for name in ("READS", "WRITES")}
    there = {name: digest if value == "this" else value for name, value in completed.items()}
    decision = begin(plan, blank, Facts(flags=flags, completed=there), {}, NOON)
    assert decision.reason.startswith(says) if says else decision.kind == "start"


def test_a_start_waits_for_the_line_and_for_a_freeze() -> None:
    plan = two_stages(freezes=(FREEZE,))
    blank = structs.replace(World(two_stages()).rollout, id="shop-2", stage=-1)
    flags = {name: LiveFlag(name=name, value="false", version=1) for name in ("READS", "WRITES")}
    line = HoldEntry(kind="line", by="ole", reason="an incident", since=0)
    assert "frozen until" in begin(plan, blank, Facts(flags=flags), {}, NOON).reason
    assert "the line is held by ole" in begin(two_stages(), blank, Facts(flags=flags, line=line), {}, NOON).reason
