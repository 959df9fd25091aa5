"""Gates on signals besides the plain bound: sustained, unchanged, baseline, fresh, members, difference."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from orchestrator.core.gates import (
    BaselineGate,
    DifferenceGate,
    Evidence,
    FreshGate,
    Gate,
    MembersGate,
    Novelty,
    SustainedGate,
    UnchangedGate,
    gathered,
    judge,
    longest_window,
    wanted,
)
from orchestrator.core.signals import MINUTE, WATERMARK, Measurement
from tests.core.made_scopes import (
    BROKEN,
    DAY,
    HOUR,
    SILENT,
    START,
    Answers,
    answered,
    condition,
    each,
    gate,
    judged,
    measuring,
    members,
    ratio,
    scope,
    steady,
)

RATES = SustainedGate(condition=condition("errors", "below", "0.01", 300, allow=1), length=HOUR)
POINTS = SustainedGate(condition=condition("errors", "below", "0.01", 300, judge="point", least=50), length=HOUR)
LEVELS = SustainedGate(condition=condition("p95", "below", "200", MINUTE, allow=2), length=600)
SUMS = SustainedGate(condition=condition("jobs", "at_most", "3", 300), length=600)
SLOW = SustainedGate(condition=condition("reads", "below", "120", 300), length=HOUR)
UNCHANGED = UnchangedGate(signal="jobs", length=600)
FRESH = FreshGate(signal="jobs", age=300)
SAME = DifferenceGate(signal="jobs", other="other_jobs", tolerance="5", said="5", window=600)
SHARE = structs.replace(SAME, tolerance="0.1", said="10%", relative=True)
MEANS = DifferenceGate(signal="p95", other="old_p95", tolerance="5", said="5", window=600)


def bad_minutes(*numbers: int, bad: float = 50, minutes: int = 60) -> Measurement:
    return steady(lambda number: bad if number in numbers else 0, 100, minutes)


def only_minutes(count: int) -> Measurement:
    return Measurement(total={START + MINUTE * number: 100.0 for number in range(count)})


ROWS: list[Any] = [
    ("a clean hour", RATES, {"errors": bad_minutes()}, 60, "pass"),
    ("one bad look of twelve, which may be", RATES, {"errors": bad_minutes(7, bad=15)}, 60, "pass"),
    ("two bad looks", RATES, {"errors": bad_minutes(7, 20, bad=15)}, 60, "fail"),
    ("one very bad look spoils the hour", RATES, {"errors": bad_minutes(7, bad=99)}, 60, "fail"),
    ("one failure in each look is none", RATES, {"errors": bad_minutes(*range(0, 60, 5), bad=1)}, 60, "pass"),
    ("a quiet hour of few requests", RATES, {"errors": steady(0, 1, 60)}, 60, "insufficient"),
    ("two silent looks of twelve", RATES, {"errors": only_minutes(50)}, 60, "insufficient"),
    ("one silent look of twelve", RATES, {"errors": only_minutes(55)}, 60, "pass"),
    ("a silent hour", RATES, {"errors": SILENT}, 60, "no_data"),
    ("half an hour", RATES, {"errors": bad_minutes()}, 30, "waiting"),
    ("plain looks", POINTS, {"errors": bad_minutes(7, bad=4)}, 60, "pass"),
    ("a plain look over it", POINTS, {"errors": bad_minutes(7, bad=6)}, 60, "fail"),
    ("slow reads in one look", SLOW, {"reads": bad_minutes(7, bad=60)}, 60, "fail"),
    ("slow reads now and then", SLOW, {"reads": bad_minutes(7, bad=10)}, 60, "pass"),
    ("two values over it, which may be", LEVELS, {"p95": each(*[80] * 8, 300, 300)}, 10, "pass"),
    ("three values over it", LEVELS, {"p95": each(*[80] * 7, 300, 300, 300)}, 10, "fail"),
    ("one value missing", LEVELS, {"p95": each(*[80] * 9)}, 10, "pass"),
    ("two values missing", LEVELS, {"p95": each(*[80] * 8)}, 10, "insufficient"),
    ("no values", LEVELS, {"p95": SILENT}, 10, "no_data"),
    ("broken values", LEVELS, {"p95": BROKEN}, 10, "error"),
    ("sums within it in each look", SUMS, {"jobs": each(3, 0, 0, 0, 0, 3)}, 10, "pass"),
    ("a sum over it in one look", SUMS, {"jobs": each(2, 2, 0, 0, 0, 0)}, 10, "fail"),
    ("the same sum across two looks", SUMS, {"jobs": each(0, 0, 0, 0, 2, 2)}, 10, "pass"),
    ("an unchanged counter", UNCHANGED, {"jobs": each(*[0] * 10)}, 10, "pass"),
    ("a counter seen once", UNCHANGED, {"jobs": each(0)}, 10, "pass"),
    ("a counter that increased", UNCHANGED, {"jobs": each(*[0] * 9, 1)}, 10, "fail"),
    ("a counter that increased at once", UNCHANGED, {"jobs": each(1)}, 2, "fail"),
    ("a counter for a part of the time", UNCHANGED, {"jobs": each(*[0] * 9)}, 9, "waiting"),
    ("a counter that does not exist", UNCHANGED, {"jobs": SILENT}, 10, "no_data"),
    ("a broken counter", UNCHANGED, {"jobs": BROKEN}, 10, "error"),
    ("fresh data", FRESH, {"jobs": each(*[0] * 10)}, 10, "pass"),
    ("data as old as it may be", FRESH, {"jobs": each(*[0] * 5)}, 10, "pass"),
    ("data too old", FRESH, {"jobs": each(*[0] * 4)}, 10, "fail"),
    ("no data, so far", FRESH, {"jobs": SILENT}, 5, "waiting"),
    ("no data", FRESH, {"jobs": SILENT}, 6, "no_data"),
    ("data from before", FRESH, {"jobs": each(*[0] * 3, at=START - 3 * MINUTE)}, 6, "no_data"),
    ("broken data", FRESH, {"jobs": BROKEN}, 10, "error"),
    ("the same sums", SAME, {"jobs": each(*[10] * 10), "other_jobs": each(*[10] * 10)}, 10, "pass"),
    ("sums five apart", SAME, {"jobs": each(*[10] * 10), "other_jobs": each(*[10] * 9, 5)}, 10, "pass"),
    ("sums six apart", SAME, {"jobs": each(*[10] * 9, 4), "other_jobs": each(*[10] * 10)}, 10, "fail"),
    ("sums a tenth apart", SHARE, {"jobs": each(*[11] * 10), "other_jobs": each(*[10] * 10)}, 10, "pass"),
    ("sums more apart", SHARE, {"jobs": each(*[12] * 10), "other_jobs": each(*[10] * 10)}, 10, "fail"),
    ("means", MEANS, {"p95": each(*[80] * 10), "old_p95": each(*[84] * 6)}, 10, "pass"),
    ("means apart", MEANS, {"p95": each(*[80] * 10), "old_p95": each(*[74] * 10)}, 10, "fail"),
    ("one side silent", SAME, {"jobs": each(*[10] * 10), "other_jobs": SILENT}, 10, "no_data"),
    ("both silent", SAME, {"jobs": SILENT, "other_jobs": SILENT}, 10, "no_data"),
    ("one side seen for a while", SAME, {"jobs": each(*[10] * 4), "other_jobs": each(*[4] * 10)}, 10, "insufficient"),
    ("one side broken", SAME, {"jobs": each(*[10] * 10), "other_jobs": BROKEN}, 10, "error"),
    ("one side not answered", SAME, {"jobs": each(*[10] * 10)}, 10, "waiting"),
]


@pytest.mark.parametrize(
    ("entry", "answers", "minutes", "outcome"),
    [row[1:] for row in ROWS],
    ids=[f"{row[1].label}: {row[0]}" for row in ROWS],
)
def test_a_gate_says(entry: Gate, answers: Answers, minutes: int, outcome: str) -> None:
    verdict = judged(entry, answers, minutes)
    assert verdict.outcome == outcome, verdict.line
    assert verdict.gate == entry.label


@pytest.mark.parametrize(
    ("entry", "answers", "minutes", "line"),
    [
        (LEVELS, {"p95": each(*[80] * 8, 300, 300)}, 10, "p95: 2 of 10 looks of 1 min broke below 200, 2 may"),
        (UNCHANGED, {"jobs": SILENT}, 10, "jobs: has no data in 10 min; a counter that does not exist cannot be unchanged"),
        (UNCHANGED, {"jobs": each(0, 2)}, 10, "jobs: increased by 2 in 10 min, last 10 min ago; it must not in 10 min"),
        (UNCHANGED, {"jobs": each(0)}, 10, "jobs: no increase in 10 min, seen in 1 of 10 minutes"),
        (FRESH, {"jobs": each(0)}, 10, "jobs: newest data 11 min old, 2 min of it the source's own; at most 5 min more is allowed"),
        (SHARE, {"jobs": each(*[12] * 10), "other_jobs": each(*[10] * 10)}, 10, "jobs: 120 in 10 min, other_jobs 100; 20 apart, at most 10 allowed"),
    ],
)  # fmt: skip
def test_a_line_says_what_was_seen(entry: Gate, answers: Answers, minutes: int, line: str) -> None:
    assert judged(entry, answers, minutes).line == line


def test_a_ratio_is_fresh_when_it_has_requests() -> None:
    assert judged(FreshGate(signal="errors", age=300), {"errors": ratio(0, 5, START + 540)}).outcome == "pass"
    assert judged(FreshGate(signal="reads", age=300), {"reads": ratio(0, 5, START + 540)}).outcome == "pass"
    assert (
        judged(FreshGate(signal="errors", age=300), {"errors": Measurement(series={START: 5.0})}).outcome == "no_data"
    )


def test_silence_of_a_sustained_count_is_zero_while_another_signal_is_alive() -> None:
    quiet = structs.replace(SUMS, condition=structs.replace(SUMS.condition, no_data="zero", alive="errors"))
    assert judged(quiet, {"jobs": SILENT, "errors": steady(0, 9, 10)}).outcome == "pass"
    assert judged(quiet, {"jobs": SILENT, "errors": SILENT}).outcome == "no_data"


def test_silence_of_a_sustained_gate_fails_where_the_plan_says_so() -> None:
    strict = structs.replace(LEVELS, condition=structs.replace(LEVELS.condition, no_data="fail"))
    assert judged(strict, {"p95": SILENT}).outcome == "fail"


def test_a_window_that_is_too_young_is_waited_for_to_the_minute() -> None:
    assert judged(RATES, {"errors": bad_minutes()}, 59).wait == MINUTE


# -- Baselines -----------------------------------------------------------------------------------------------------------


def against(of: str, **more: Any) -> BaselineGate:
    return BaselineGate(**{"signal": "p95", "of": of, "margin": "0.1", "said": "10%", "window": 600, **more})


def held_against(entry: BaselineGate, now: Measurement, then: Measurement) -> Any:
    """The newest ten minutes of a stage that began an hour after the rollout, and whatever it is compared with."""
    seen = scope(10, entered_at=START - 100, started_at=START - HOUR)
    asked = wanted(entry, seen)
    answers = {question: now if question.end > START else then for question in asked}
    return judge(entry, structs.replace(seen, answers=answers))


def everywhere(value: float, back: int, length: int = 10) -> Measurement:
    return each(*[value] * length, at=START - back)


BACK = {"start": HOUR + 600, "stage": 720, "yesterday": DAY, "last_week": 7 * DAY}


@pytest.mark.parametrize("of", list(BACK))
def test_a_value_is_held_against_its_own_past(of: str) -> None:
    then = everywhere(100, BACK[of])
    assert held_against(against(of), each(*[110] * 10), then).outcome == "pass"
    assert held_against(against(of), each(*[111] * 10), then).outcome == "fail"
    assert held_against(against(of), each(*[50] * 10), then).outcome == "pass"


def test_the_window_before_the_stage_ends_where_the_stage_begins() -> None:
    _, then = wanted(against("stage"), scope(10, entered_at=START - 100, started_at=START - HOUR))
    assert (then.start, then.end) == (START - 720, START - 120)


@pytest.mark.parametrize(
    ("entry", "now", "then", "outcome"),
    [
        (against("yesterday", more_is_worse=False), each(*[90] * 10), everywhere(100, DAY), "pass"),
        (against("yesterday", more_is_worse=False), each(*[89] * 10), everywhere(100, DAY), "fail"),
        (against("yesterday"), SILENT, everywhere(100, DAY), "no_data"),
        (against("yesterday"), each(*[90] * 10), SILENT, "no_data"),
        (against("yesterday"), each(*[90] * 10), everywhere(100, DAY, 4), "insufficient"),
        (against("yesterday"), each(*[90] * 4), everywhere(100, DAY), "insufficient"),
        (against("yesterday"), each(*[90] * 10), BROKEN, "error"),
        (against("yesterday", signal="jobs"), each(*[11] * 10), everywhere(10, DAY), "pass"),
        (against("yesterday", signal="jobs"), each(*[12] * 10), everywhere(10, DAY), "fail"),
        (against("yesterday", signal="errors"), steady(50, 1000, 10), steady(1, 1000, 10, START - DAY), "fail"),
        (against("yesterday", signal="errors", margin="1", said="100%"), steady(20, 10_000, 10), steady(20, 10_000, 10, START - DAY), "pass"),
        (against("yesterday", signal="errors"), steady(1, 10, 10), SILENT, "no_data"),
        (against("yesterday", signal="errors", least=1000), steady(1, 10, 10), steady(1, 10, 10, START - DAY), "insufficient"),
    ],
)  # fmt: skip
def test_a_baseline_of_yesterday_says(entry: BaselineGate, now: Measurement, then: Measurement, outcome: str) -> None:
    verdict = held_against(entry, now, then)
    assert verdict.outcome == outcome, verdict.line


def test_a_value_is_held_against_the_control_group_at_the_same_time() -> None:
    entry = against("old_p95")
    assert judged(entry, {"p95": each(*[109] * 10), "old_p95": each(*[100] * 10)}).outcome == "pass"
    assert judged(entry, {"p95": each(*[120] * 10), "old_p95": each(*[100] * 10)}).outcome == "fail"


def test_both_numbers_are_said() -> None:
    line = held_against(against("last_week"), each(*[111] * 10), everywhere(100, 7 * DAY)).line
    assert line == "p95: mean 111 ms in 10 min, last week 100 ms; at most 110 ms is within 10%"


# -- Sets ----------------------------------------------------------------------------------------------------------------

ALLOWED = MembersGate(signal="buckets", only=("1", "2-5"), window=600)
MOST = MembersGate(signal="buckets", most=2, window=600)
NOVEL = MembersGate(signal="kinds", new_since=DAY)
LONG = 45
"""Minutes: a set is read from the logs every quarter of an hour."""


@pytest.mark.parametrize(
    ("entry", "there", "outcome"),
    [
        (ALLOWED, members("1"), "pass"),
        (ALLOWED, members("1", "12"), "fail"),
        (ALLOWED, SILENT, "no_data"),
        (ALLOWED, BROKEN, "error"),
        (ALLOWED, None, "waiting"),
        (MOST, members("1", "12"), "pass"),
        (MOST, members("1", "2", "3"), "fail"),
    ],
)
def test_a_set_holds_only(entry: MembersGate, there: Measurement | None, outcome: str) -> None:
    assert judged(entry, {"buckets": there}, LONG).outcome == outcome


def novelty(before: Measurement | None, since: Measurement | None, **more: Any) -> Any:
    seen = scope(LONG, **more)
    asked = wanted(NOVEL, seen)
    answers = {q: given for q in asked if (given := before if q.end <= START else since) is not None}
    return judge(NOVEL, structs.replace(seen, answers=answers)), structs.replace(seen, answers=answers)


@pytest.mark.parametrize(
    ("before", "since", "outcome"),
    [
        (members("a", "b"), members("a"), "pass"),
        (members("a", "b"), SILENT, "pass"),
        (members("a", "b"), members("a", "c"), "fail"),
        (SILENT, members("c"), "fail"),
        (SILENT, SILENT, "pass"),
        (BROKEN, members("a"), "error"),
        (members("a"), BROKEN, "error"),
        (None, members("a"), "waiting"),
        (members("a"), None, "waiting"),
    ],
)
def test_nothing_new_says(before: Measurement | None, since: Measurement | None, outcome: str) -> None:
    verdict, _ = novelty(before, since)
    assert verdict.outcome == outcome, verdict.line


def test_nothing_new_in_a_source_that_says_nothing_is_no_data() -> None:
    """Logs that were scanned are another matter: no line is what was hoped for."""
    assert judged(structs.replace(NOVEL, signal="buckets"), {"buckets": SILENT}, LONG).outcome == "no_data"


def test_what_was_there_before_is_asked_once_and_what_was_new_stays_new() -> None:
    _, first = novelty(members("a"), members("a", "c"))
    kept = gathered(NOVEL, first)
    assert isinstance(kept, Evidence)
    assert kept.state == Novelty(before=("a",), seen=("a", "c"))
    later = scope(LONG + 60, evidence={NOVEL.label: kept})
    (asked,) = wanted(NOVEL, later)
    assert asked.start == kept.through
    verdict = judge(NOVEL, structs.replace(later, answers={asked: members("a")}))
    assert verdict.outcome == "fail"
    assert verdict.line == "kinds: c not there in the 1d before"


def test_a_set_has_two_conditions_at_once() -> None:
    both = MembersGate(signal="buckets", only=("1", "2"), most=1, window=600)
    assert judged(both, {"buckets": members("1")}, LONG).outcome == "pass"
    assert judged(both, {"buckets": members("1", "2")}, LONG).outcome == "fail"


# -- For the engine ------------------------------------------------------------------------------------------------------


def test_how_far_a_gate_looks_back() -> None:
    assert longest_window([RATES, UNCHANGED, condition("jobs", "above", "0")]) == HOUR
    assert longest_window([gate("errors", "below", "0.01", 0), condition("errors", "above", "0.01", 0)]) == 0
    assert longest_window([]) == 0


@pytest.mark.parametrize(
    "entry",
    [RATES, LEVELS, UNCHANGED, FRESH, SAME, ALLOWED, NOVEL, against("stage"), against("old_p95")],
    ids=lambda entry: entry.label,
)
def test_every_question_is_of_whole_minutes_behind_the_watermark(entry: Gate) -> None:
    for seconds in (0, 59, 61, 3599, DAY):
        seen = scope(now=START + seconds)
        for asked in wanted(entry, seen):
            assert asked.start < asked.end <= seen.now - WATERMARK
            assert asked.start % MINUTE == asked.end % MINUTE == 0


def test_a_question_that_was_answered_for_other_minutes_is_not_answered() -> None:
    early = measuring(UNCHANGED, scope(10), {"jobs": each(*[0] * 10)})
    late = structs.replace(early, now=early.now + MINUTE)
    assert answered(wanted(UNCHANGED, late), {"jobs": SILENT}).keys().isdisjoint(early.answers)
    assert judge(UNCHANGED, late).outcome == "waiting"
