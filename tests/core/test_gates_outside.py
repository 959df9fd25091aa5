"""Gates on what is not measured: probes, reports, checklists, drills, flags and alarms."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.exposure import partly, plain
from orchestrator.core.gates import (
    PEOPLE,
    AlarmsGate,
    ApprovalGate,
    ChecklistGate,
    Drill,
    DrillGate,
    Expectation,
    FlagsGate,
    Gate,
    ProbeGate,
    ReportGate,
    Tick,
    is_people,
    wanted,
)
from orchestrator.core.signals import MINUTE, AlarmReading, AlarmState
from orchestrator.core.targets import Report, Result
from orchestrator.core.verdicts import Verdict
from tests.core.made_scopes import DAY, HOUR, START, judged, scope

M = MINUTE
RESULTS: dict[str, Result] = {"+": "pass", "-": "fail", "e": "error"}


def runs(*seen: tuple[int, str], name: str = "smoke", **more: Any) -> dict[str, tuple[Report, ...]]:
    """`(5, "+-")`: a pass and then a fail, both five minutes into the evidence."""
    reports = [
        Report(name=name, at=START + minute * M, result=RESULTS[sign], **more)
        for minute, signs in seen
        for sign in signs
    ]
    return {name: tuple(reports)}


def every(minutes: int, signs: str, late: int = 0) -> dict[str, tuple[Report, ...]]:
    """One run in so many minutes; a blank is a run that did not come."""
    reports = [
        Report(name="smoke", at=START + number * minutes * M + late, result=RESULTS[sign])
        for number, sign in enumerate(signs)
        if sign != " "
    ]
    return {"smoke": tuple(reports)}


def said(entry: Gate, minutes: int = 60, **more: Any) -> Verdict:
    """`minutes` into the evidence."""
    return judged(entry, now=START + minutes * M, **more)


FIVE = ProbeGate(probe="smoke", passes=5)
SPREAD = ProbeGate(probe="smoke", passes=2, across=1800)
SERIES = ProbeGate(probe="smoke", passes=0, every=900, length=2 * HOUR)
MOST_OF = ProbeGate(probe="smoke", passes=7, every=900, length=2 * HOUR)

PROBES: list[Any] = [
    ("five in a row", FIVE, runs((1, "+++++")), 60, "pass"),
    ("four in a row", FIVE, runs((1, "++++")), 60, "waiting"),
    ("a fail begins it again", FIVE, runs((1, "++++-++++")), 60, "waiting"),
    ("and is made good", FIVE, runs((1, "-+++++")), 60, "pass"),
    ("the newest run failed", FIVE, runs((1, "+++++++-")), 60, "fail"),
    ("a run that could not be made is no run", FIVE, runs((1, "++e+++")), 60, "pass"),
    ("no run could be made", FIVE, runs((1, "eee")), 60, "error"),
    ("no run yet", FIVE, {}, 15, "waiting"),
    ("no run for too long", FIVE, {}, 16, "no_data"),
    ("a slow probe has more time", ProbeGate(probe="smoke", every=1800), {}, 90, "waiting"),
    ("runs before evidence began", FIVE, runs((-1, "+++++")), 10, "waiting"),
    ("one pass", ProbeGate(probe="smoke"), runs((1, "+")), 60, "pass"),
    ("half an hour apart", SPREAD, runs((1, "+"), (31, "+")), 60, "pass"),
    ("a minute short of it", SPREAD, runs((1, "+"), (30, "+")), 60, "waiting"),
    ("a fail in between", SPREAD, runs((1, "+"), (10, "-"), (31, "+")), 60, "waiting"),
    ("once", SPREAD, runs((1, "+")), 60, "waiting"),
    ("the whole series", SERIES, every(15, "++++++++"), 121, "pass"),
    ("the series so far", SERIES, every(15, "+++++++"), 105, "waiting"),
    ("a fail ends the hope", SERIES, every(15, "++-+"), 50, "fail"),
    ("so does a run that did not come", SERIES, every(15, "++ +"), 50, "fail"),
    ("which may still come", SERIES, every(15, "++"), 45, "waiting"),
    ("a run that is late by a minute", SERIES, every(15, "+"), 31, "waiting"),
    ("a run that is later than that", SERIES, every(15, "+"), 32, "fail"),
    ("another run does not stand in for one missed long before", SERIES, runs((0, "+"), (30, "+"), (40, "+")), 50, "fail"),
    ("a series from a clock of its own", SERIES, every(15, "++++++++", late=400), 121, "pass"),
    ("a series with a minute of jitter", SERIES, {"smoke": tuple(
        Report(name="smoke", at=START + number * 900 + (59 if number % 2 else -50 * bool(number)), result="pass")
        for number in range(8)
    )}, 121, "pass"),
    ("runs half as often as asked for", SERIES, every(30, "++++"), 121, "fail"),
    ("seven of eight", MOST_OF, every(15, "++-+++++"), 121, "pass"),
    ("six of eight", MOST_OF, every(15, "++-+-+++"), 121, "fail"),
    ("a fail may be left behind", SERIES, every(15, "-++++++++"), 135, "pass"),
    ("once met it stays met, though runs are fewer then", SERIES, every(15, "++++++++     +"), 210, "pass"),
    ("but not when the newest run failed", SERIES, every(15, "++++++++     -"), 210, "fail"),
    ("a series that could not be run", SERIES, every(15, "ee"), 30, "error"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "reports", "minutes", "outcome"), [row[1:] for row in PROBES], ids=[row[0] for row in PROBES]
)
def test_a_probe_says(entry: ProbeGate, reports: dict[str, tuple[Report, ...]], minutes: int, outcome: str) -> None:
    verdict = said(entry, minutes, reports=reports)
    assert verdict.outcome == outcome, verdict.line


@pytest.mark.parametrize(
    ("entry", "reports", "minutes", "line"),
    [
        (FIVE, runs((1, "-"), (6, "+"), (11, "+"), (16, "+")), 20, "smoke: 3 of 5 in a row, newest 4 min ago"),
        (FIVE, runs((1, "+-"), line="button missing"), 5, "smoke: the newest run failed 4 min ago: button missing; 0 of 5 in a row"),
        (SPREAD, runs((1, "+"), (11, "+")), 20, "smoke: 2 of 2 in a row, newest 9 min ago, 10 min apart; 30 min are needed"),
        (SERIES, every(15, "++++"), 46, "smoke: 4 of 8 runs passed, 8 needed, 1h to go"),
    ],
)  # fmt: skip
def test_a_probe_says_how_far_it_is(
    entry: ProbeGate, reports: dict[str, tuple[Report, ...]], minutes: int, line: str
) -> None:
    assert said(entry, minutes, reports=reports).line == line


def wants(number: str, comparator: Any, bound: str = "", **more: Any) -> Expectation:
    return Expectation(number=number, comparator=comparator, bound=bound, **more)


def reported(*days: float, result: Result = "pass", **more: Any) -> dict[str, tuple[Report, ...]]:
    """Reports that ended so many days before now, oldest first."""
    now = START + HOUR
    return {"ci": tuple(Report(name="ci", at=round(now - back * DAY), result=result, **more) for back in days)}


CI = ReportGate(report="ci")
LEAD = ReportGate(report="ci", lead=7 * DAY)
SOON = 0.01
"""A quarter of an hour: within the stage."""

REPORTS: list[Any] = [
    ("passed", CI, reported(SOON), "pass"),
    ("failed", CI, reported(SOON, result="fail"), "fail"),
    ("could not be made", CI, reported(SOON, result="error"), "error"),
    ("none", CI, {}, "waiting"),
    ("before the stage", CI, reported(1), "waiting"),
    ("in the future", CI, reported(-1), "waiting"),
    ("still valid", ReportGate(report="ci", valid=7 * DAY), reported(6.9), "pass"),
    ("no longer valid", ReportGate(report="ci", valid=7 * DAY), reported(7.1), "waiting"),
    ("the newest counts", CI, {"ci": (*reported(SOON)["ci"], *reported(0.001, result="fail")["ci"])}, "fail"),
    ("announced in time", LEAD, reported(8), "pass"),
    ("announced too late", LEAD, reported(6), "waiting"),
    ("announced in time, and once more", LEAD, reported(8, 1), "pass"),
    ("announced and taken back", LEAD, {"ci": (*reported(8)["ci"], *reported(1, result="fail")["ci"])}, "fail"),
    ("with the link", ReportGate(report="ci", needs_link=True), reported(SOON, link="https://x"), "pass"),
    ("without the link", ReportGate(report="ci", needs_link=True), reported(SOON), "fail"),
    ("without the number", ReportGate(report="ci", expect=(wants("a", "equals", "0"),)), reported(SOON), "fail"),
]


@pytest.mark.parametrize(("entry", "reports", "outcome"), [row[1:] for row in REPORTS], ids=[row[0] for row in REPORTS])
def test_a_report_says(entry: ReportGate, reports: dict[str, tuple[Report, ...]], outcome: str) -> None:
    verdict = said(entry, reports=reports)
    assert verdict.outcome == outcome, verdict.line


@pytest.mark.parametrize(
    ("expectation", "numbers", "holds"),
    [
        (wants("a", "equals", "0"), {"a": 0}, True),
        (wants("a", "equals", "0"), {"a": 1}, False),
        (wants("a", "equals", "10", tolerance="1"), {"a": 11}, True),
        (wants("a", "equals", other="b"), {"a": 5, "b": 5}, True),
        (wants("a", "equals", other="b"), {"a": 5, "b": 6}, False),
        (wants("a", "equals", other="b"), {"a": 5}, False),
        (wants("a", "at_most", "5"), {"a": 5}, True),
        (wants("a", "below", "5"), {"a": 5}, False),
        (wants("a", "at_least", "85"), {"a": 85}, True),
        (wants("a", "above", "85"), {"a": 85}, False),
        (wants("a", "at_most", "1e-6"), {"a": 2e-6}, False),
        (wants("a", "at_most", "5"), {"a": float("nan")}, False),
        (wants("a", "equals", "5"), {"a": float("nan")}, False),
    ],
)
def test_a_number_of_a_report_is_held_against(expectation: Expectation, numbers: dict[str, float], holds: bool) -> None:
    entry = ReportGate(report="ci", expect=(expectation,))
    assert said(entry, reports=reported(SOON, numbers=numbers)).passed == holds


def test_a_report_says_its_numbers_and_what_was_wanted() -> None:
    entry = ReportGate(report="ci", expect=(wants("differences", "equals", "0"),))
    line = said(entry, reports=reported(SOON, numbers={"differences": 3})).line
    assert line == "ci: passed 14 min ago; differences 3 (wanted differences = 0)"


LIST = ChecklistGate(items=("on-call briefed", "dataset seeded"))
PROVEN = ChecklistGate(items=("on-call briefed", "dataset seeded"), needs_evidence=True)


def tick(item: str, evidence: str = "") -> Tick:
    return Tick(stage="on", item=item, user_id="1", name="anna", at=START, evidence=evidence)


@pytest.mark.parametrize(
    ("entry", "ticks", "outcome"),
    [
        (LIST, (), "waiting"),
        (LIST, (tick("on-call briefed"),), "waiting"),
        (LIST, (tick("on-call briefed"), tick("on-call briefed")), "waiting"),
        (LIST, (tick("on-call briefed"), tick("dataset seeded")), "pass"),
        (PROVEN, (tick("on-call briefed", "https://x"), tick("dataset seeded")), "waiting"),
        (PROVEN, (tick("on-call briefed", "https://x"), tick("dataset seeded", "https://y")), "pass"),
    ],
)
def test_a_checklist_says(entry: ChecklistGate, ticks: tuple[Tick, ...], outcome: str) -> None:
    assert said(entry, ticks=ticks).outcome == outcome


def test_a_checklist_names_what_is_missing() -> None:
    assert said(LIST, ticks=(tick("on-call briefed"),)).line == "1 of 2 done; missing: dataset seeded"


def drilled(off: int, on: int, ago: int = 60) -> dict[str, Drill]:
    return {"READS": Drill(flag="READS", at=START + HOUR - ago, off_seconds=off, on_seconds=on)}


@pytest.mark.parametrize(
    ("drills", "outcome"),
    [
        ({}, "waiting"),
        (drilled(3, 2), "pass"),
        (drilled(300, 300), "pass"),
        (drilled(301, 2), "fail"),
        (drilled(3, 301), "fail"),
        (drilled(3, 2, ago=7 * DAY), "pass"),
        (drilled(3, 2, ago=7 * DAY + 1), "waiting"),
    ],
)
def test_a_drill_says(drills: dict[str, Drill], outcome: str) -> None:
    assert said(DrillGate(flag="READS"), drills=drills).outcome == outcome


def test_a_drill_says_its_times() -> None:
    line = said(DrillGate(flag="READS"), drills=drilled(3, 2)).line
    assert line == "READS: off in 3 s, on again in 2 s, at most 5 min each"


FLAGS = FlagsGate(values=(("READS", "false"), ("OLD", "true")))


@pytest.mark.parametrize(
    ("flags", "outcome"),
    [
        ({"READS": plain("false"), "OLD": plain("true")}, "pass"),
        ({"READS": plain("true"), "OLD": plain("true")}, "fail"),
        ({"READS": partly("true", "false", 10_000), "OLD": plain("true")}, "fail"),
        ({"READS": partly("false", "true", 10_000), "OLD": plain("true")}, "fail"),
        ({"READS": None, "OLD": plain("true")}, "fail"),
        ({"READS": plain("false")}, "error"),
        ({}, "error"),
    ],
    ids=["as wanted", "another value", "for some", "safe for some", "unreadable text", "one not read", "none read"],
)
def test_flags_say(flags: dict[str, Any], outcome: str) -> None:
    assert said(FLAGS, flags=flags).outcome == outcome


def test_flags_say_what_they_are_and_what_is_wanted() -> None:
    line = said(FLAGS, flags={"READS": partly("true", "false", 10_000), "OLD": plain("true")}).line
    assert line == "READS is true for 10 % of all, else false, false is wanted"


def alarms(*states: tuple[str, AlarmState, int]) -> dict[str, AlarmReading]:
    """Name, state, and for how many seconds."""
    return {name: AlarmReading(name=name, state=state, since=START + HOUR - ago) for name, state, ago in states}


QUIET = AlarmsGate(quiet=DAY)


@pytest.mark.parametrize(
    ("entry", "seen", "read", "outcome"),
    [
        (QUIET, alarms(("a", "OK", DAY), ("b", "OK", 2 * DAY)), True, "pass"),
        (QUIET, alarms(("a", "OK", DAY - 1), ("b", "OK", 2 * DAY)), True, "waiting"),
        (QUIET, alarms(("a", "ALARM", DAY), ("b", "OK", 2 * DAY)), True, "fail"),
        (QUIET, alarms(("a", "INSUFFICIENT_DATA", DAY), ("b", "OK", 2 * DAY)), True, "no_data"),
        (QUIET, alarms(("a", "INSUFFICIENT_DATA", DAY), ("b", "ALARM", 2 * DAY)), True, "fail"),
        (QUIET, alarms(("a", "OK", DAY)), False, "error"),
        (QUIET, {}, True, "no_data"),
        (AlarmsGate(names=("b",)), alarms(("a", "ALARM", 1), ("b", "OK", 1)), True, "pass"),
        (AlarmsGate(names=("c",)), alarms(("a", "OK", 1)), True, "error"),
    ],
)
def test_alarms_say(entry: AlarmsGate, seen: dict[str, AlarmReading], read: bool, outcome: str) -> None:
    assert said(entry, alarms=seen, alarms_read=read).outcome == outcome


def test_alarms_say_how_long_they_have_to_stay_quiet() -> None:
    verdict = said(QUIET, alarms=alarms(("a", "OK", DAY - 600), ("b", "OK", DAY)))
    assert verdict.line == "a in OK for 23h 50 min; 10 min to go"
    assert verdict.wait == 600


def test_gates_on_people_are_known_as_such_and_ask_no_source() -> None:
    entries: list[Gate] = [ApprovalGate(roles=("ops",)), LIST, DrillGate(flag="READS"), FLAGS, QUIET, CI, FIVE]
    assert [is_people(entry) for entry in entries] == [isinstance(entry, PEOPLE) for entry in entries]
    assert [is_people(entry) for entry in entries] == [True, True, *[False] * 5]
    assert all(wanted(entry, scope()) == () for entry in entries)
