"""When probes are called: in slots from where evidence begins, once in each, and not while it is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.effects import RunTarget
from orchestrator.core.engine import probing
from orchestrator.core.gates import ProbeGate
from orchestrator.core.plan import Plan, Watch
from orchestrator.core.rollout import Drilling, FlagState, HoldEntry, Rollout
from orchestrator.core.signals import MINUTE
from orchestrator.core.targets import HttpsCheck, LambdaCall, Report, Reported, Target
from tests.core.made_plans import HOUR, NOON, World, made_plan, stage

SMOKE = Target(name="smoke", call=LambdaCall(function="smoke"))
HEALTH = Target(name="health", call=HttpsCheck(url="https://shop.example.com/health"))
CI = Target(name="ci", call=Reported())
FIVE = ProbeGate(probe="smoke", passes=5, every=300)


def plan(*gates: ProbeGate, watch: Watch | int = HOUR) -> Plan:
    return made_plan(stage("on", soak=86_400, gates=gates, NEW="true"), watch=watch, targets=(SMOKE, HEALTH, CI))


def running(made: Plan) -> Rollout:
    return World(made).rollout


def called(
    made: Plan, rollout: Rollout, seconds: int, every: int = MINUTE, reports: Any = None
) -> tuple[list[int], list[RunTarget]]:
    """When, in seconds since it began, and what, with a tick every so many seconds."""
    times, runs = list[int](), list[RunTarget]()
    for now in range(NOON + every, NOON + seconds + 1, every):
        rollout, due = probing.due(made, rollout, now, reports or {})
        times += [now - NOON] * len(due)
        runs += due
    return times, runs


def test_a_probe_is_called_at_once_and_then_at_its_pace_through_the_soak() -> None:
    made = plan(FIVE)
    times, runs = called(made, running(made), 1200)
    assert times == [60, 300, 600, 900, 1200]
    assert {run.target for run in runs} == {"smoke"}
    assert {run.stage for run in runs} == {"on"}


def test_each_slot_is_a_run_of_its_own_and_a_second_look_asks_nothing() -> None:
    made = plan(FIVE)
    _, runs = called(made, running(made), 3600, every=7)
    assert len({run.run for run in runs}) == len(runs) == 12
    rollout, due = probing.due(made, running(made), NOON + 5)
    assert due
    again = probing.due(made, rollout, NOON + 5)
    assert again == (rollout, ())
    assert again[0] is rollout


def test_the_same_slot_has_the_same_run_whoever_comes_round_first() -> None:
    made = plan(FIVE)
    first = probing.due(made, running(made), NOON + 310)[1]
    assert first == probing.due(made, running(made), NOON + 540)[1]


def test_ticks_that_jitter_lose_no_slot() -> None:
    made = plan(FIVE)
    rollout, runs = running(made), 0
    for number, late in enumerate([0, 4, 0, 1, 3, 0, 0, 2, 0, 4, 0, 0]):
        rollout, due = probing.due(made, rollout, NOON + number * 300 + late)
        runs += len(due)
    assert runs == 12


def test_a_probe_of_several_gates_is_called_once() -> None:
    made = plan(FIVE, ProbeGate(probe="smoke", every=900, length=7200, passes=0))
    times, runs = called(made, running(made), 1800)
    assert times == [60, 300, 600, 900, 1200, 1500, 1800]
    assert len({run.run for run in runs}) == 7


def test_probes_have_each_a_pace_of_their_own() -> None:
    made = plan(FIVE, ProbeGate(probe="health", every=600))
    _, runs = called(made, running(made), 1200)
    assert [run.target for run in runs].count("smoke") == 5
    assert [run.target for run in runs].count("health") == 3


def test_what_is_reported_by_others_is_never_called() -> None:
    made = plan(ProbeGate(probe="ci"))
    assert called(made, running(made), 3600) == ([], [])
    assert probing.next_due(made, running(made), NOON) is None


def test_where_evidence_begins_afresh_so_do_the_slots() -> None:
    made = plan(FIVE)
    rollout, due = probing.due(made, running(made), NOON + 10)
    afresh = structs.replace(rollout, evidence_from=NOON + 100)
    moved, more = probing.due(made, afresh, NOON + 120)
    assert len(more) == 1
    assert more[0].run != due[0].run
    assert not probing.due(made, moved, NOON + 399)[1]
    assert probing.due(made, moved, NOON + 400)[1]


HOLD = HoldEntry(kind="pause", by="anna", reason="lunch", since=NOON)
STILL: list[tuple[str, Callable[[Rollout], Rollout]]] = [
    ("held", lambda rollout: structs.replace(rollout, holds=(HOLD,))),
    ("rolled back", lambda rollout: structs.replace(rollout, status="rolled_back")),
    ("being aborted", lambda rollout: structs.replace(rollout, status="aborting")),
    ("completed", lambda rollout: structs.replace(rollout, status="completed")),
    ("in a drill", lambda rollout: structs.replace(rollout, drilling=Drilling(flag="NEW", since=NOON))),
    ("not read back", lambda rollout: structs.replace(rollout, flags={"NEW": FlagState(desired="true", pending=True)})),
]


@pytest.mark.parametrize("change", [row[1] for row in STILL], ids=[row[0] for row in STILL])
def test_nothing_is_called_while_the_rollout_is(change: Callable[[Rollout], Rollout]) -> None:
    made = plan(FIVE)
    rollout = change(running(made))
    assert probing.due(made, rollout, NOON + 3600) == (rollout, ())


def test_a_gate_that_is_open_is_only_kept_current() -> None:
    made = plan(FIVE)
    passed = tuple(Report(name="smoke", at=NOON + at, result="pass") for at in range(1, 6))
    times, _ = called(made, running(made), 3600, reports={"smoke": passed})
    assert times == [60, 1800, 3600]
    failed = (*passed, Report(name="smoke", at=NOON + 6, result="fail"))
    times, _ = called(made, running(made), 1200, reports={"smoke": failed})
    assert times == [60, 300, 600, 900, 1200]


def test_the_gates_of_the_watch_are_probed_in_the_watch() -> None:
    made = plan(watch=Watch(length=HOUR, gates=(FIVE,)))
    assert not probing.due(made, running(made), NOON + 60)[1]
    watching = structs.replace(running(made), status="watching", watch_until=NOON + HOUR)
    assert probing.due(made, watching, NOON + 60)[1]


@given(st.integers(0, 7200), st.integers(0, 7200), st.sampled_from([60, 300, 900]))
def test_the_next_call_is_no_sooner_and_no_later_than_said(start: int, since: int, every: int) -> None:
    made = plan(ProbeGate(probe="smoke", every=every))
    rollout = structs.replace(running(made), evidence_from=NOON + since)
    now = NOON + start
    rollout, _ = probing.due(made, rollout, now)
    at = probing.next_due(made, rollout, now)
    assert at is not None
    assert at > now
    assert not probing.due(made, rollout, at - 1)[1]
    assert len(probing.due(made, rollout, at)[1]) == 1
