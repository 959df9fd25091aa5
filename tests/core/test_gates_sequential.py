"""Judges that look back to where evidence began: what they ask, what they keep, and what they say."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.gates import (
    BaselineGate,
    Evidence,
    Gate,
    Scope,
    breach_gathered,
    breach_wanted,
    gathered,
    judge,
    judge_breach,
    wanted,
)
from orchestrator.core.signals import MINUTE, Measurement
from tests.core.made_scopes import (
    BROKEN,
    DAY,
    HOUR,
    PENDING,
    SILENT,
    START,
    Answers,
    answered,
    breached,
    condition,
    gate,
    judged,
    measuring,
    ratio,
    scope,
    steady,
)

BELOW = gate("errors", "below", "0.01", 0)
READS_BELOW = gate("reads", "below", "120", 0)
SUCCESS = gate("errors", "at_least", "0.99", 0)
ABOVE = condition("errors", "above", "0.02", 0)
BESIDE = BaselineGate(signal="errors", of="control", margin="0.5", said="50%")


@pytest.mark.parametrize(
    ("entry", "bad", "minutes", "outcome"),
    [
        (BELOW, 0, 60, "pass"),
        (BELOW, 5, 60, "fail"),
        (BELOW, 0, 2, "insufficient"),
        (SUCCESS, 100, 60, "pass"),
        (SUCCESS, 90, 60, "fail"),
        (READS_BELOW, 0, 60, "pass"),
        (READS_BELOW, 20, 60, "fail"),
        (READS_BELOW, 5, 3, "insufficient"),
        (gate("errors", "below", "0.01", 0, least=10_000), 0, 60, "insufficient"),
        (gate("errors", "below", "0.01", 0, least=6000), 0, 60, "pass"),
    ],
)
def test_a_gate_without_a_window_says(entry: Gate, bad: int, minutes: int, outcome: str) -> None:
    name = "reads" if entry is READS_BELOW else "errors"
    assert judged(entry, {name: steady(bad, 100, minutes)}, minutes).outcome == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(SILENT, "no_data"), (BROKEN, "error"), (PENDING, "waiting"), (None, "waiting")],
    ids=["silent", "broken", "pending", "no answer"],
)
def test_nothing_seen_says_nothing(answer: Measurement | None, outcome: str) -> None:
    assert judged(BELOW, {"errors": answer}, 60).outcome == outcome
    assert breached(ABOVE, {"errors": answer}, 60).outcome == outcome


def test_before_the_first_minute_is_complete_nothing_is_asked() -> None:
    assert wanted(BELOW, scope(0)) == ()
    assert judged(BELOW, {}, 0).outcome == "waiting"


def test_too_few_says_how_many_more_and_how_long_that_takes() -> None:
    verdict = judged(BELOW, {"errors": steady(0, 10, 10)})
    assert verdict.outcome == "insufficient"
    assert verdict.more is not None
    assert verdict.wait is not None
    assert verdict.wait == pytest.approx(verdict.more / 10 * MINUTE, abs=MINUTE)
    assert "errors: 0 of 100 in 10 min (0%)" in verdict.line
    assert f"about {verdict.more:,} more needed" in verdict.line


def test_minutes_without_requests_are_said() -> None:
    half = Measurement(total={START + MINUTE * number: 100.0 for number in range(0, 60, 2)})
    assert "none in 30 of 60 minutes" in judged(BELOW, {"errors": half}, 60).line


def test_silence_fails_only_once_it_has_lasted() -> None:
    entry = gate("errors", "below", "0.01", 0, no_data="fail")
    assert judged(entry, {"errors": SILENT}, 29).outcome == "waiting"
    assert judged(entry, {"errors": SILENT}, 30).outcome == "fail"


def test_errors_without_requests_are_not_counted() -> None:
    odd = Measurement(series={START: 50.0, START + MINUTE: 1.0}, total={START + MINUTE: 400.0})
    assert (judged(BELOW, {"errors": odd}).k, judged(BELOW, {"errors": odd}).n) == (1, 400)


def test_there_are_never_more_bad_events_than_events() -> None:
    """The bad ones of a minute may arrive before the rest."""
    verdict = judged(BELOW, {"errors": ratio(500, 400)})
    assert (verdict.k, verdict.n) == (400, 400)


def test_the_newest_quarter_of_an_hour_is_not_kept_and_is_asked_for_again() -> None:
    first = measuring(BELOW, scope(60), {"errors": steady(0, 100, 60)})
    kept = gathered(BELOW, first)
    assert kept is not None
    assert (kept.since, kept.through, kept.measured) == (START, START + 45 * MINUTE, 45)
    later = scope(61, evidence={BELOW.label: kept})
    (asked,) = wanted(BELOW, later)
    assert (asked.start, asked.end) == (START + 45 * MINUTE, START + 61 * MINUTE)


def test_what_a_source_revises_is_judged_again() -> None:
    """The errors of the newest minutes arrive late, after their requests."""
    early = measuring(BELOW, scope(20), {"errors": steady(0, 100, 20)})
    assert judge(BELOW, early).outcome == "pass"
    kept = gathered(BELOW, early)
    revised = steady(lambda number: 0 if number < 10 else 20, 100, 20)
    later = measuring(BELOW, scope(20, evidence={BELOW.label: kept}), {"errors": revised})
    assert judge(BELOW, later).outcome == "fail"
    assert judge(BELOW, later).k == 200


@pytest.mark.parametrize("entry", [BELOW, SUCCESS, BESIDE], ids=str)
@pytest.mark.parametrize("answer", [None, PENDING, BROKEN])
def test_without_an_answer_what_was_kept_stays(entry: Gate, answer: Measurement | None) -> None:
    names = ("errors", "control")
    kept = gathered(entry, measuring(entry, scope(60), dict.fromkeys(names, steady(0, 100, 60))))
    assert kept is not None
    later = scope(90, evidence={entry.label: kept})
    assert gathered(entry, measuring(entry, later, dict.fromkeys(names, answer))) == kept


def test_what_was_kept_is_worth_nothing_once_evidence_begins_anew() -> None:
    kept = gathered(BELOW, measuring(BELOW, scope(60), {"errors": steady(0, 100, 60)}))
    moved = scope(10, since=START + HOUR, evidence={BELOW.label: kept})
    (asked,) = wanted(BELOW, moved)
    assert asked.start == START + HOUR
    assert judge(BELOW, measuring(BELOW, moved, {"errors": SILENT})).outcome == "no_data"
    assert gathered(BELOW, measuring(BELOW, moved, {"errors": SILENT})) is None


def test_what_was_kept_for_another_bound_is_not_taken() -> None:
    other = gate("errors", "below", "0.5", 0)
    kept = gathered(other, measuring(other, scope(60), {"errors": steady(9, 100, 60)}))
    (asked,) = wanted(BELOW, scope(60, evidence={BELOW.label: kept}))
    assert asked.start == START


def test_after_a_long_gap_a_safeguard_looks_at_the_newest_day_only() -> None:
    (asked,) = breach_wanted(ABOVE, "guard", scope(3 * DAY // MINUTE))
    assert asked.end - asked.start == DAY
    (asked,) = wanted(BELOW, scope(20 * DAY // MINUTE))
    assert asked.end - asked.start == 14 * DAY


@pytest.mark.parametrize(
    ("comparison", "limit", "signal", "bad", "outcome"),
    [
        ("above", "0.02", "errors", 20, "fail"),
        ("at_least", "0.02", "errors", 20, "fail"),
        ("above", "0.02", "errors", 1, "pass"),
        ("below", "0.98", "errors", 80, "fail"),
        ("at_most", "0.98", "errors", 80, "fail"),
        ("below", "0.98", "errors", 99, "pass"),
        ("above", "200", "reads", 40, "fail"),
        ("above", "200", "reads", 1, "pass"),
    ],
)
def test_a_safeguard_without_a_window_says(comparison, limit, signal, bad, outcome) -> None:  # type: ignore[no-untyped-def]  # a table's columns
    entry = condition(signal, comparison, limit, 0)
    verdict = breached(entry, {signal: steady(bad, 100, 30)}, 30)
    assert verdict.outcome == outcome, verdict.line


def test_a_safeguard_says_when_it_acts() -> None:
    verdict = breached(ABOVE, {"errors": steady(20, 100, 30)}, 30)
    assert "expected; acts at " in verdict.line
    assert verdict.bound == "0.02"
    least = structs.replace(ABOVE, least=1_000_000)
    assert breached(least, {"errors": steady(20, 100, 30)}, 30).outcome == "insufficient"


def test_one_failure_is_no_breach_however_few_the_requests() -> None:
    assert breached(ABOVE, {"errors": ratio(1, 1)}).outcome == "pass"


def test_a_breach_is_found_in_the_first_minutes_of_a_stage() -> None:
    assert breached(ABOVE, {"errors": steady(60, 100, 3)}, 3).outcome == "fail"


@pytest.mark.parametrize(
    ("bad", "control", "outcome"),
    [(1, 1, "pass"), (20, 1, "fail"), (0, 0, "insufficient")],
    ids=["the same", "worse", "no errors, few requests"],
)
def test_a_control_measured_at_the_same_time_says(bad: int, control: int, outcome: str) -> None:
    minutes = 3 if not bad else 600
    answers = {"errors": steady(bad, 100, minutes), "control": steady(control, 100, minutes)}
    verdict = judged(BESIDE, answers, minutes)
    assert verdict.outcome == outcome, verdict.line
    assert f"control {control * minutes:,} of {100 * minutes:,}" in verdict.line


def test_what_only_one_of_the_two_went_through_is_no_comparison() -> None:
    outage = steady(lambda number: 90 if number < 100 else 1, 100, 600)
    behind = Measurement(
        series={START + MINUTE * number: 1.0 for number in range(100, 600)},
        total={START + MINUTE * number: 100.0 for number in range(100, 600)},
    )
    verdict = judged(BESIDE, {"errors": outage, "control": behind}, 600)
    assert (verdict.k, verdict.n) == (500, 50_000)
    assert "none in 100 of 600 minutes" in verdict.line


def test_where_less_is_worse_the_good_ones_are_compared() -> None:
    entry = structs.replace(BESIDE, more_is_worse=False, margin="0.1", said="10%")
    assert judged(entry, {"errors": steady(50, 100, 60), "control": steady(99, 100, 60)}, 60).outcome == "fail"
    assert judged(entry, {"errors": steady(99, 100, 600), "control": steady(99, 100, 600)}, 600).outcome == "pass"
    assert judged(entry, {"errors": steady(95, 100, 60), "control": steady(99, 100, 60)}, 60).outcome == "pass"
    strict = structs.replace(entry, margin="0.01", said="1%")
    assert judged(strict, {"errors": steady(95, 100, 60), "control": steady(99, 100, 60)}, 60).outcome == "fail"
    assert judged(strict, {"errors": steady(95, 100, 3), "control": steady(99, 100, 3)}, 3).outcome == "insufficient"


def test_without_requests_on_both_sides_there_is_nothing_to_compare() -> None:
    verdict = judged(BESIDE, {"errors": steady(0, 100, 60), "control": SILENT}, 60)
    assert verdict.outcome == "no_data"
    assert judged(BESIDE, {"errors": steady(0, 100, 60), "control": BROKEN}, 60).outcome == "error"


def test_evidence_survives_being_stored() -> None:
    for entry, answers in (
        (BELOW, {"errors": steady(1, 100, 60)}),
        (BESIDE, dict.fromkeys(("errors", "control"), steady(1, 100, 60))),
    ):
        kept = gathered(entry, measuring(entry, scope(60), answers))
        assert kept is not None
        assert msgspec.json.decode(msgspec.json.encode(kept), type=Evidence) == kept


def looked(entry: Gate, series: Answers, looks: list[int]) -> tuple[str, Evidence | None]:
    """The last verdict, and what is kept, of so many looks; each has what the one before kept."""
    evidence: dict[str, Evidence] = {}
    for minutes in looks:
        seen: Scope = measuring(entry, scope(minutes, evidence=evidence), series)
        verdict, kept = judge(entry, seen), gathered(entry, seen)
        evidence = {entry.label: kept} if kept else {}
    return verdict.line, evidence.get(entry.label)


minutes_seen = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), min_size=30, max_size=90)


@settings(max_examples=40, deadline=None)
@given(minutes_seen, st.lists(st.integers(1, 89), max_size=8), st.sampled_from([BELOW, SUCCESS, BESIDE]))
def test_however_often_it_looked_the_same_minutes_say_the_same(
    seen: list[tuple[int, int]], looks: list[int], entry: Gate
) -> None:
    answer = Measurement(
        series={START + MINUTE * at: float(min(k, n)) for at, (k, n) in enumerate(seen)},
        total={START + MINUTE * at: float(n) for at, (_, n) in enumerate(seen) if n},
    )
    series = {"errors": answer, "control": answer}
    end = len(seen)
    often = looked(entry, series, [*sorted(look for look in looks if look < end), end])
    assert often == looked(entry, series, [end])


@settings(max_examples=30, deadline=None)
@given(minutes_seen, st.lists(st.integers(1, 89), max_size=8))
def test_a_safeguard_says_the_same_however_often_it_looked(seen: list[tuple[int, int]], looks: list[int]) -> None:
    answer = Measurement(
        series={START + MINUTE * at: float(min(k, n)) for at, (k, n) in enumerate(seen)},
        total={START + MINUTE * at: float(n) for at, (_, n) in enumerate(seen) if n},
    )
    evidence: dict[str, Evidence] = {}
    for minutes in [*sorted(look for look in looks if look < len(seen)), len(seen)]:
        now = scope(minutes, evidence=evidence)
        now = structs.replace(now, answers=answered(breach_wanted(ABOVE, "guard", now), {"errors": answer}))
        verdict, kept = judge_breach(ABOVE, "guard", now), breach_gathered(ABOVE, "guard", now)
        evidence = {"safeguard:guard": kept} if kept else {}
    assert verdict == breached(ABOVE, {"errors": answer}, len(seen))
