"""The clocks of the ways back: what each step took, what nobody saw, and when a budget is spent."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from orchestrator.core.engine import clocks
from orchestrator.core.engine.moves import enter_stage, go_back
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Threshold
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import BackClock, Rollout
from orchestrator.core.signals import MINUTE
from orchestrator.core.wording.ladder import say_clock
from tests.core.made_plans import World, boolean, made_plan, measured, mode, on_alarm, stage

OBSERVED = Threshold(signal="jobs", comparison="at_most", limit="0", said="0", judge="sum", window=120)
READS = boolean("READS", observed=OBSERVED)
OLD = boolean("OLD")

DETECTED = 1_800_000_124
"""08:02:04 UTC."""


def plan(*flags: Any, **more: Any) -> Plan:
    return made_plan(stage("on", READS="true", OLD="true"), flags=flags or (READS, OLD), **more)


def back(made: Plan, *, decided: int = 8) -> tuple[Rollout, int]:
    """A rollout on its way back since `decided` seconds after the detection, nothing read back yet."""
    world = World(made, now=DETECTED - 3600)
    before = world.rollout
    now = DETECTED + decided
    after, _ = go_back(made, before, "start", "rollback by anna", now)
    return clocks.started(made, after, before, "errors went to ALARM", DETECTED, now), now


def read_back(rollout: Rollout, at: int, *names: str) -> Rollout:
    flags = {
        name: structs.replace(state, pending=False, verified_at=at) if name in (names or rollout.flags) else state
        for name, state in rollout.flags.items()
    }
    return structs.replace(rollout, flags=flags)


def look(made: Plan, rollout: Rollout, now: int, jobs: str = "healthy") -> Rollout:
    wanted = clocks.questions(made, rollout, now)
    return clocks.seen(made, rollout, Facts(answers={question: measured(question, jobs) for question in wanted}), now)


def newest(rollout: Rollout) -> BackClock:
    return rollout.clocks[-1]


def test_a_way_back_that_moves_nothing_has_no_clock() -> None:
    world = World(plan())
    assert clocks.started(world.plan, world.rollout, world.rollout, "a cause", world.now, world.now) is world.rollout


@pytest.mark.parametrize("seen_at", [(DETECTED, DETECTED + 8), (DETECTED + 8, DETECTED)])
def test_what_is_decided_at_one_moment_is_one_way_back_from_the_first_that_was_to_be_seen(
    seen_at: tuple[int, int],
) -> None:
    made = plan()
    before = World(made, now=DETECTED - 3600).rollout
    rollout, _ = go_back(made, before, "start", "ladder", DETECTED + 8)
    for cause, detected_at in zip(("ladder", "errors went to ALARM"), seen_at, strict=True):
        rollout = clocks.started(made, rollout, before, cause, detected_at, DETECTED + 8)
    assert len(rollout.clocks) == 1
    assert newest(rollout).detected_at == DETECTED
    assert newest(rollout).cause == "ladder; errors went to ALARM"


def test_only_the_newest_ten_are_remembered() -> None:
    made = plan()
    rollout = World(made, now=DETECTED).rollout
    for number in range(12):
        now = DETECTED + number
        there, _ = enter_stage(made, rollout, 0, now)
        after, _ = go_back(made, there, "start", "rollback", now)
        rollout = clocks.started(made, after, rollout, f"cause {number}", now, now)
    assert [clock.cause for clock in rollout.clocks] == [f"cause {number}" for number in range(2, 12)]


def test_it_is_written_when_the_last_flag_was_read_back_not_when_somebody_looks() -> None:
    made = plan()
    rollout, now = back(made)
    half = clocks.seen(made, read_back(rollout, now + 1, "READS"), Facts(), now + 30)
    assert newest(half).written_at == 0
    whole = clocks.seen(made, read_back(read_back(rollout, now + 1, "READS"), now + 3, "OLD"), Facts(), now + 60)
    assert newest(whole).written_at == now + 3


def test_what_nobody_timed_is_not_said_to_be_earlier_than_it_was_seen() -> None:
    made = plan()
    rollout, now = back(made)
    assert newest(clocks.seen(made, read_back(rollout, 0), Facts(), now + 60)).written_at == now + 60


def test_it_is_observed_by_minutes_after_it_was_written() -> None:
    made = plan()
    rollout, now = back(made)
    rollout = look(made, read_back(rollout, now + 3), now + 3)
    for minutes in range(1, 20):
        rollout = look(made, rollout, now + minutes * MINUTE)
        if newest(rollout).observed_at:
            break
    assert newest(rollout).observed_at >= now + 3 + OBSERVED.window
    assert newest(rollout).observed_at <= now + minutes * MINUTE
    assert clocks.questions(made, rollout, now + 1200) == ()


@pytest.mark.parametrize("jobs", ["bad", "silent", "broken"])
def test_an_application_that_does_not_follow_is_never_observed(jobs: str) -> None:
    made = plan()
    rollout, now = back(made)
    rollout = look(made, read_back(rollout, now + 3), now + 3)
    for minutes in range(1, 30):
        rollout = look(made, rollout, now + minutes * MINUTE, jobs)
    assert newest(rollout).observed_at == 0
    assert say_clock(made, newest(rollout), now + 1800).endswith("observed: not yet (nobody observes OLD)")


def test_nobody_looks_for_ever() -> None:
    made = plan()
    rollout, now = back(made)
    rollout = look(made, read_back(rollout, now + 3), now + 3)
    assert clocks.questions(made, rollout, now + 1800)
    assert clocks.next_look(made, rollout, now + 1800) == now + 1800 + MINUTE
    assert not clocks.questions(made, rollout, now + 2 * 86_400)
    assert clocks.next_look(made, rollout, now + 2 * 86_400) is None


def test_a_flag_that_is_not_safe_is_not_observed() -> None:
    """The condition speaks of the safe value; a mode that went half the way back shows nothing by it."""
    spec = mode(observed=OBSERVED)
    made = made_plan(stage("warn", MODE="warn"), stage("enforce", MODE="enforce"), flags=[spec])
    world = World(made, now=DETECTED - 3600)
    there, _ = enter_stage(made, world.rollout, 1, DETECTED)
    after, _ = go_back(made, there, "previous", "rollback", DETECTED + 1)
    rollout = clocks.started(made, after, there, "a cause", DETECTED, DETECTED + 1)
    rollout = look(made, read_back(rollout, DETECTED + 2), DETECTED + 60)
    assert newest(rollout).written_at
    assert clocks.questions(made, rollout, DETECTED + 1800) == ()


SAID: list[tuple[str, dict[str, Any], str]] = [
    ("nothing read back yet", {}, "decided +8 s, not read back yet, +40 s of 5 min"),
    ("read back, nobody observes", {"written_at": 11}, "decided +8 s, written and read back +11 s (budget 5 min), observed: nobody observes OLD"),
    ("too late", {"written_at": 362}, "written and read back +6 min 2 s (over the budget of 5 min), observed: nobody observes OLD"),
    ("observed", {"written_at": 11, "observed_at": 190, "flags": ("READS",)}, "(budget 5 min), observed: +3 min 10 s"),
    ("one observed, one not", {"written_at": 11, "observed_at": 190, "flags": ("OLD", "READS")}, "observed: +3 min 10 s (nobody observes OLD)"),
    ("not observed yet", {"written_at": 11, "flags": ("READS",)}, "observed: not yet"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "line"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_a_clock_says_what_was_seen_and_no_more(more: dict[str, Any], line: str) -> None:
    at = {name: DETECTED + value if isinstance(value, int) else value for name, value in more.items()}
    first = BackClock(cause="x", detected_at=DETECTED, decided_at=DETECTED + 8, flags=("OLD",))
    clock = structs.replace(first, **at)
    said = say_clock(plan(), clock, DETECTED + 40)
    assert said.startswith("detected 08:02:04 UTC, ")
    assert line in said


def test_times_are_the_plans_own() -> None:
    made = plan(timezone="Europe/Berlin")
    clock = BackClock(cause="x", detected_at=DETECTED, decided_at=DETECTED, flags=("OLD",))
    assert say_clock(made, clock, DETECTED).startswith("detected 09:02:04 Europe/Berlin, decided +0 s")


def test_a_spent_budget_is_told_once_and_only_while_something_is_not_read_back() -> None:
    made = plan(runbook="docs/runbook.md#back")
    rollout, now = back(made)
    assert clocks.overdue(made, rollout, DETECTED + 300) == (rollout, ())
    told, (alert,) = clocks.overdue(made, rollout, DETECTED + 301)
    assert (alert.event.rule, alert.event.severity) == ("way-back-over-budget", "critical")
    assert alert.event.notice.headline == "dev · shop-1: the way back is over its budget of 5 min"
    assert "Not read back yet: OLD, READS." in alert.event.notice.lines
    assert clocks.overdue(made, told, DETECTED + 400)[1] == ()
    done = clocks.seen(made, read_back(rollout, now + 2), Facts(), now + 60)
    assert clocks.overdue(made, done, DETECTED + 400)[1] == ()


def test_a_way_back_is_live_until_a_person_resumes() -> None:
    made = plan()
    rollout, now = back(made)
    assert clocks.live(rollout) == newest(rollout)
    assert clocks.live(structs.replace(rollout, resumed_at=now + 600)) is None
    assert clocks.live(World(made).rollout) is None


def test_a_safeguards_way_back_is_timed_from_the_alarms_own_change() -> None:
    world = World(plan(safeguards=[on_alarm("errors")]))
    world.ticks(3 * MINUTE)
    world.now += 20
    world.goes("errors")
    changed = world.now
    world.tick(45)
    clock = newest(world.rollout)
    assert (clock.detected_at, clock.decided_at) == (changed, changed + 45)
    world.tick()
    assert newest(world.rollout).written_at == changed + 45
