"""One signal against one bound: what passes, what fails, and what cannot be said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.gates import Approval, judge_breach, judge_threshold, missing_roles, question
from orchestrator.core.gates.approval import judge_approval
from orchestrator.core.gates.threshold import Comparison
from orchestrator.core.signals import MINUTE, WATERMARK, Measurement, Signal, Wanted, window
from tests.core.made_plans import ERRORS, JOBS, NOON, P95, people, threshold

START = NOON // MINUTE * MINUTE
TEN = [START + MINUTE * number for number in range(10)]


def asked(signal: Signal, minutes: int = 10) -> Wanted:
    return Wanted(signal=signal, start=START, end=START + minutes * MINUTE)


def ratio(bad: int, total: int) -> Measurement:
    """All in one minute: only the sums count."""
    return Measurement(series={TEN[0]: bad} if bad else {}, total={TEN[0]: total} if total else {})


def each(*values: float) -> Measurement:
    return Measurement(series=dict(zip(TEN, values, strict=False)))


def gate_says(signal: Signal, comparison: Comparison, limit: str, answer: Measurement | None, minutes: int = 10) -> str:
    return judge_threshold(threshold(signal.name, comparison, limit), asked(signal, minutes), answer).outcome


GATES: list[Any] = [
    ("0 of 299 shows less than 1 %", ERRORS, "below", "0.01", ratio(0, 299), "pass"),
    ("0 of 298 does not show it", ERRORS, "below", "0.01", ratio(0, 298), "insufficient"),
    ("3 requests with one error are neither a pass nor a fail", ERRORS, "below", "0.01", ratio(1, 3), "insufficient"),
    ("2 of 3 without success are a fail", ERRORS, "below", "0.01", ratio(2, 3), "fail"),
    ("one failure of three says nothing of a success rate", ERRORS, "at_least", "0.99", ratio(2, 3), "insufficient"),
    ("10 of 500 are over 1 %", ERRORS, "below", "0.01", ratio(10, 500), "fail"),
    ("9 of 500 may be over 1 % or not", ERRORS, "below", "0.01", ratio(9, 500), "insufficient"),
    ("no requests are no data", ERRORS, "below", "0.01", ratio(0, 0), "no_data"),
    ("errors without requests are no data", ERRORS, "below", "0.01", ratio(5, 0), "no_data"),
    ("500 of 500 show at least 99 %", ERRORS, "at_least", "0.99", ratio(500, 500), "pass"),
    ("10 of 10 do not show at least 99 %", ERRORS, "at_least", "0.99", ratio(10, 10), "insufficient"),
    ("400 of 500 are not above 99 %", ERRORS, "above", "0.99", ratio(400, 500), "fail"),
    ("a count of none", JOBS, "at_most", "0", each(*[0] * 10), "pass"),
    ("a count of one", JOBS, "at_most", "0", each(*[0] * 9, 1), "fail"),
    ("one failed job fails although most minutes are silent", JOBS, "at_most", "0", each(1), "fail"),
    ("one quiet minute of ten does not show a quiet window", JOBS, "at_most", "0", each(0), "insufficient"),
    ("five quiet minutes of ten do", JOBS, "at_most", "0", each(*[0] * 5), "pass"),
    ("a count that must be reached is reached at once", JOBS, "at_least", "5", each(5), "pass"),
    ("a count that must be reached may still be", JOBS, "at_least", "5", each(4), "insufficient"),
    ("a count that was not reached", JOBS, "at_least", "5", each(*[0] * 10), "fail"),
    ("silence is not a count of none", JOBS, "at_most", "0", each(), "no_data"),
    ("a level in every minute", P95, "below", "200", each(*[80] * 10), "pass"),
    ("a level over its bound in one minute", P95, "below", "200", each(*[80] * 9, 200), "fail"),
    ("a level at its bound is not below it", P95, "below", "200", each(*[200] * 10), "fail"),
    ("a level at its bound is at most it", P95, "at_most", "200", each(*[200] * 10), "pass"),
    ("a level above a floor", P95, "above", "10", each(*[11] * 10), "pass"),
    ("a level under its floor in one minute", P95, "at_least", "10", each(*[11] * 9, 9), "fail"),
    ("a level in half of the minutes", P95, "below", "200", each(*[80] * 5), "pass"),
    ("a level in fewer than half of them", P95, "below", "200", each(*[80] * 4), "insufficient"),
    ("a silent level", P95, "below", "200", each(), "no_data"),
    ("no answer yet", P95, "below", "200", None, "waiting"),
    ("an answer that is still to come", P95, "below", "200", Measurement(status="pending"), "waiting"),
    ("a broken source", P95, "below", "200", Measurement(status="error", detail="throttled"), "error"),
    (
        "a broken source with old numbers",
        P95,
        "below",
        "200",
        Measurement(status="error", series={TEN[0]: 80.0}),
        "error",
    ),
]


@pytest.mark.parametrize(
    ("signal", "comparison", "limit", "answer", "outcome"), [row[1:] for row in GATES], ids=[row[0] for row in GATES]
)
def test_a_gate_says(
    signal: Signal, comparison: Comparison, limit: str, answer: Measurement | None, outcome: str
) -> None:
    assert gate_says(signal, comparison, limit, answer) == outcome


BREACHES: list[Any] = [
    ("10 of 500 are over 1 %", ERRORS, "above", "0.01", ratio(10, 500), 10, "fail"),
    ("9 of 500 are not surely over 1 %", ERRORS, "above", "0.01", ratio(9, 500), 10, "pass"),
    ("one error of three is no breach", ERRORS, "above", "0.01", ratio(1, 3), 10, "pass"),
    ("two errors of three are one", ERRORS, "above", "0.01", ratio(2, 3), 10, "fail"),
    ("one failure of three is no breach of a success rate", ERRORS, "below", "0.99", ratio(2, 3), 10, "pass"),
    ("one error of 50 is no breach of 1 %", ERRORS, "above", "0.01", ratio(1, 50), 10, "pass"),
    ("a breach in the first minutes of a stage is one", ERRORS, "above", "0.01", ratio(50, 100), 1, "fail"),
    ("no requests are no breach", ERRORS, "above", "0.01", ratio(0, 0), 10, "no_data"),
    ("a success rate that is surely too low", ERRORS, "below", "0.99", ratio(400, 500), 10, "fail"),
    ("a success rate of a few requests", ERRORS, "below", "0.99", ratio(3, 3), 10, "pass"),
    ("one failed job, over none", JOBS, "above", "0", each(1), 1, "fail"),
    ("no failed job", JOBS, "above", "0", each(0), 10, "pass"),
    ("fewer jobs than wanted, in the whole window", JOBS, "below", "5", each(*[0] * 10), 10, "fail"),
    ("fewer jobs than wanted, so far", JOBS, "below", "5", each(0, 0), 2, "pass"),
    ("silent jobs", JOBS, "above", "0", each(), 10, "no_data"),
    ("a level over its bound in every minute", P95, "above", "200", each(*[300] * 10), 10, "fail"),
    ("a level over its bound in all minutes but one", P95, "above", "200", each(*[300] * 9, 100), 10, "pass"),
    ("a level over its bound, with a minute missing", P95, "above", "200", each(*[300] * 9), 10, "pass"),
    ("a silent level", P95, "above", "200", each(), 10, "no_data"),
    ("a broken source", ERRORS, "above", "0.01", Measurement(status="error", total={TEN[0]: 9.0}), 10, "error"),
    ("no answer", ERRORS, "above", "0.01", None, 10, "waiting"),
]


@pytest.mark.parametrize(
    ("signal", "comparison", "limit", "answer", "minutes", "outcome"),
    [row[1:] for row in BREACHES],
    ids=[row[0] for row in BREACHES],
)
def test_a_safeguard_says(
    signal: Signal, comparison: Comparison, limit: str, answer: Measurement | None, minutes: int, outcome: str
) -> None:
    assert judge_breach(threshold(signal.name, comparison, limit), asked(signal, minutes), answer).outcome == outcome


def test_a_window_that_began_before_the_stage_is_not_judged() -> None:
    verdict = judge_threshold(threshold("p95", "below", "200"), asked(P95, 9), each(*[80] * 9))
    assert verdict.outcome == "waiting"
    assert "9 of 10 minutes measured" in verdict.line
    assert "1 min to go" in verdict.line


def test_minutes_outside_the_window_do_not_count() -> None:
    before, after = START - MINUTE, START + 10 * MINUTE
    late = Measurement(series={after: 500.0, before: 500.0}, total={after: 500.0, before: 500.0, TEN[0]: 1000.0})
    assert gate_says(ERRORS, "below", "0.01", late) == "pass"
    assert judge_breach(threshold("errors", "above", "0.01"), asked(ERRORS), late).outcome == "pass"
    assert gate_says(P95, "below", "200", Measurement(series={before: 80.0})) == "no_data"


def test_errors_absent_while_requests_are_there_are_none() -> None:
    answer = Measurement(series={TEN[1]: 50.0}, total={TEN[0]: 1000.0})
    assert judge_threshold(threshold("errors", "below", "0.01"), asked(ERRORS), answer).k == 0


def test_a_verdict_is_one_line_that_can_be_checked() -> None:
    verdict = judge_threshold(threshold("errors", "below", "0.01"), asked(ERRORS), ratio(9, 210))
    assert (verdict.k, verdict.n) == (9, 210)
    assert verdict.line.startswith("errors: 9 of 210 in 10 min (4.29%)")


def test_too_few_says_about_how_many_more() -> None:
    verdict = judge_threshold(threshold("errors", "below", "0.01"), asked(ERRORS), ratio(0, 100))
    assert "about 199 more needed" in verdict.line or "about 300 more needed" in verdict.line


def test_a_window_ends_at_the_watermark_and_never_reaches_back_before_the_stage() -> None:
    since = NOON
    start, end = window(NOON + 1800, 600, since=since)
    assert (start % MINUTE, end % MINUTE) == (0, 0)
    assert end <= NOON + 1800 - WATERMARK
    assert end - start == 600
    assert window(NOON + 300, 600, since=since)[0] == START + MINUTE, "the first whole minute of the stage"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3000), st.integers(1, 3000), st.sampled_from(("0.001", "0.01", "0.2")))
def test_what_passes_a_gate_is_no_breach_and_the_other_way_round(bad: int, total: int, limit: str) -> None:
    bad = min(bad, total)
    passed = gate_says(ERRORS, "at_most", limit, ratio(bad, total))
    breached = judge_breach(threshold("errors", "above", limit), asked(ERRORS), ratio(bad, total)).outcome
    assert (passed == "fail") == (breached == "fail")
    assert not (passed == "pass" and breached == "fail")


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 500), st.integers(1, 500))
def test_one_more_error_never_turns_a_verdict_for_the_better(bad: int, total: int) -> None:
    order = ["pass", "insufficient", "fail"]
    bad = min(bad, total - 1)
    now, worse = (order.index(gate_says(ERRORS, "below", "0.01", ratio(k, total))) for k in (bad, bad + 1))
    assert worse >= now


def yes(role: str, user: str) -> Approval:
    return Approval(stage="on", plan_hash="h", role=role, user_id=user, name=user, at=0)


@pytest.mark.parametrize(
    ("gate", "given_by", "missing"),
    [
        (people("engineering", "ops"), [], ("engineering", "ops")),
        (people("engineering", "ops"), [("ops", "ole")], ("engineering",)),
        (people("engineering", "ops"), [("ops", "ole"), ("engineering", "anna")], ()),
        (people("engineering", "ops", any_of=True), [], ("engineering", "ops")),
        (people("engineering", "ops", any_of=True), [("ops", "ole")], ()),
        (people("engineering"), [("ops", "ole")], ("engineering",)),
    ],
    ids=["nobody yet", "one of two", "both", "nobody of either", "either of two", "somebody else"],
)
def test_an_approval_needs(gate: Any, given_by: list[tuple[str, str]], missing: tuple[str, ...]) -> None:
    given = [yes(role, user) for role, user in given_by]
    assert missing_roles(gate, given) == missing
    assert judge_approval(gate, given).outcome == ("waiting" if missing else "pass")


def test_a_question_is_the_same_for_the_same_minute() -> None:
    condition = threshold("p95", "below", "200")
    assert question(condition, P95, START + 1, since=0) == question(condition, P95, START + 59, since=0)
