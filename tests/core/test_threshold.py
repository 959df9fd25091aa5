"""One signal against one bound: what passes, what fails, and what cannot be said."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.gates import Approval, ApprovalGate, missing_roles, wanted
from orchestrator.core.gates.approval import judge_approval
from orchestrator.core.gates.threshold import Comparison
from orchestrator.core.signals import MINUTE, WATERMARK, Measurement, Signal, window
from tests.core.made_scopes import (
    BROKEN,
    ERRORS,
    JOBS,
    P95,
    PENDING,
    READS,
    SILENT,
    START,
    breached,
    condition,
    each,
    gate,
    judged,
    ratio,
    scope,
)


def gate_says(
    signal: Signal, comparison: Comparison, limit: str, answer: Measurement | None, minutes: int = 10, **more: Any
) -> str:
    return judged(gate(signal.name, comparison, limit, **more), {signal.name: answer}, minutes).outcome


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
    ("an answer that is still to come", P95, "below", "200", PENDING, "waiting"),
    ("a broken source", P95, "below", "200", Measurement(status="error", detail="throttled"), "error"),
    ("a broken source with old numbers", P95, "below", "200", BROKEN, "error"),
    ("3 of 100 reads slower than 120 ms, when 5 % may be", READS, "below", "120", ratio(3, 300), "pass"),
    ("30 of 300 reads slower", READS, "below", "120", ratio(30, 300), "fail"),
    ("1 of 20 reads slower", READS, "below", "120", ratio(1, 20), "insufficient"),
    ("no reads", READS, "below", "120", ratio(0, 0), "no_data"),
    ("half of the reads slower: the percentile is above", READS, "above", "120", ratio(150, 300), "pass"),
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
    ("a broken source", ERRORS, "above", "0.01", BROKEN, 10, "error"),
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
    assert breached(condition(signal.name, comparison, limit), {signal.name: answer}, minutes).outcome == outcome


WAYS: list[Any] = [
    ("the plain share under its bound", gate("errors", "below", "0.01", judge="point"), ratio(1, 200), "pass"),
    ("the plain share over it", gate("errors", "below", "0.01", judge="point"), ratio(1, 50), "fail"),
    ("the plain share of nothing", gate("errors", "below", "0.01", judge="point"), ratio(0, 0), "no_data"),
    ("a share of too few", gate("errors", "below", "0.01", judge="point", least=100), ratio(0, 99), "insufficient"),
    ("a share of enough", gate("errors", "below", "0.01", judge="point", least=100), ratio(0, 100), "pass"),
    ("the plain share of slow reads", gate("reads", "below", "120", judge="point"), ratio(5, 100), "pass"),
    ("the plain share of more slow reads", gate("reads", "below", "120", judge="point"), ratio(6, 100), "fail"),
    ("exact bounds of too few", gate("errors", "below", "0.01", least=400), ratio(0, 399), "insufficient"),
    (
        "a failure of too few is no fail either",
        gate("errors", "below", "0.01", least=400),
        ratio(99, 399),
        "insufficient",
    ),
    ("coverage of enough", gate("errors", "at_least", "0.99", least=200), ratio(500, 500), "pass"),
    ("bad events counted", gate("errors", "at_most", "4", judge="errors"), ratio(4, 100), "pass"),
    ("one bad event more", gate("errors", "at_most", "4", judge="errors"), ratio(5, 100), "fail"),
    ("two minutes may miss", gate("p95", "below", "200", allow=2), each(*[80] * 8, 300, 300), "pass"),
    ("a third may not", gate("p95", "below", "200", allow=2), each(*[80] * 7, *[300] * 3), "fail"),
    ("silence holds", gate("jobs", "at_most", "0"), SILENT, "no_data"),
    ("silence fails where the plan says so", gate("jobs", "at_most", "0", no_data="fail"), SILENT, "fail"),
    ("so it does of a ratio", gate("errors", "below", "0.01", no_data="fail"), SILENT, "fail"),
]


@pytest.mark.parametrize(("entry", "answer", "outcome"), [row[1:] for row in WAYS], ids=[row[0] for row in WAYS])
def test_a_gate_with_options_says(entry: Any, answer: Measurement, outcome: str) -> None:
    assert judged(entry, {entry.condition.signal: answer}).outcome == outcome


ZERO = gate("jobs", "at_most", "0", no_data="zero", alive="errors")


@pytest.mark.parametrize(
    ("jobs", "alive", "outcome"),
    [
        (SILENT, Measurement(total=dict.fromkeys(range(START, START + 600, 60), 50.0)), "pass"),
        (SILENT, SILENT, "no_data"),
        (SILENT, ratio(0, 50), "insufficient"),
        (each(0, 1), Measurement(total={START: 50.0, START + 540: 50.0}), "fail"),
        (each(0), Measurement(total={START: 50.0, START + 540: 50.0}), "pass"),
        (SILENT, BROKEN, "error"),
        (SILENT, None, "waiting"),
    ],
    ids=["alive", "dead", "alive for a minute", "a failed job", "alive at both ends", "broken", "no answer"],
)
def test_silence_is_zero_only_while_another_signal_is_alive(
    jobs: Measurement, alive: Measurement | None, outcome: str
) -> None:
    assert judged(ZERO, {"jobs": jobs, "errors": alive}).outcome == outcome


def test_silence_fails_only_once_the_window_is_over() -> None:
    assert judged(gate("jobs", "at_most", "0", no_data="fail"), {"jobs": SILENT}, 9).outcome == "waiting"


def test_a_window_that_began_before_the_stage_is_not_judged() -> None:
    verdict = judged(gate("p95", "below", "200"), {"p95": each(*[80] * 9)}, 9)
    assert verdict.outcome == "waiting"
    assert "9 of 10 minutes measured" in verdict.line
    assert "1 min to go" in verdict.line
    assert verdict.wait == MINUTE


def test_before_the_first_minute_nothing_is_asked_and_nothing_is_judged() -> None:
    assert wanted(gate("p95", "below", "200"), scope(0)) == ()
    assert judged(gate("p95", "below", "200"), {}, 0).outcome == "waiting"
    assert breached(condition("p95", "above", "200"), {}, 0).outcome == "waiting"


def test_minutes_outside_the_window_do_not_count() -> None:
    before, after = START - MINUTE, START + 10 * MINUTE
    late = Measurement(series={after: 500.0, before: 500.0}, total={after: 500.0, before: 500.0, START: 1000.0})
    assert gate_says(ERRORS, "below", "0.01", late) == "pass"
    assert breached(condition("errors", "above", "0.01"), {"errors": late}).outcome == "pass"
    assert gate_says(P95, "below", "200", Measurement(series={before: 80.0})) == "no_data"


def test_errors_absent_while_requests_are_there_are_none() -> None:
    answer = Measurement(series={START + MINUTE: 50.0}, total={START: 1000.0})
    assert judged(gate("errors", "below", "0.01"), {"errors": answer}).k == 0


def test_a_number_that_is_none_is_no_data() -> None:
    assert gate_says(P95, "below", "200", each(*[float("nan")] * 10)) == "no_data"
    assert gate_says(ERRORS, "below", "0.01", ratio(float("nan"), 1000)) == "pass"


def test_a_verdict_is_one_line_that_can_be_checked() -> None:
    verdict = judged(gate("errors", "below", "0.01"), {"errors": ratio(9, 210)})
    assert (verdict.k, verdict.n) == (9, 210)
    assert verdict.line.startswith("errors: 9 of 210 in 10 min (4.29%)")


def test_a_latency_is_said_as_the_share_that_was_slower() -> None:
    verdict = judged(gate("reads", "below", "120"), {"reads": ratio(12, 840)})
    assert verdict.line == ("reads: 12 of 840 slower than 120 ms in 10 min (1.43%); 5% allowed; below 120 is shown")


def test_too_few_says_about_how_many_more() -> None:
    verdict = judged(gate("errors", "below", "0.01"), {"errors": ratio(0, 100)})
    assert "about 199 more needed" in verdict.line
    assert verdict.more == 199


def test_a_gate_that_is_only_tried_out_says_the_same_and_that_it_blocks_nothing() -> None:
    tried = structs.replace(gate("errors", "below", "0.01"), dry_run=True)
    real = judged(gate("errors", "below", "0.01"), {"errors": ratio(9, 210)})
    assert judged(tried, {"errors": ratio(9, 210)}) == structs.replace(real, advisory=True)


BREACH_WAYS: list[Any] = [
    ("five bad events", condition("errors", "at_least", "5", judge="errors"), ratio(5, 1000), 1, "fail"),
    ("four bad events", condition("errors", "at_least", "5", judge="errors"), ratio(4, 4), 10, "pass"),
    ("the plain share over its bound", condition("errors", "above", "0.01", judge="point"), ratio(3, 200), 10, "fail"),
    (
        "a plain share is of a whole window",
        condition("errors", "above", "0.01", judge="point"),
        ratio(3, 200),
        9,
        "pass",
    ),
    ("one bad event is no plain share", condition("errors", "above", "0.01", judge="point"), ratio(1, 10), 10, "pass"),
    ("too few", condition("errors", "above", "0.01", least=100), ratio(50, 99), 10, "insufficient"),
    ("two minutes may miss", condition("p95", "above", "200", allow=2), each(*[300] * 8, 80, 80), 10, "fail"),
    ("or be silent", condition("p95", "above", "200", allow=2), each(*[300] * 8), 10, "fail"),
    ("three may not", condition("p95", "above", "200", allow=2), each(*[300] * 7), 10, "pass"),
    ("slow reads", condition("reads", "above", "200"), ratio(40, 400), 1, "fail"),
    ("a few slow reads", condition("reads", "above", "200"), ratio(22, 400), 10, "pass"),
    ("fewer jobs than wanted in a few minutes", condition("jobs", "below", "5"), each(0, 0, 0), 10, "pass"),
    ("silence that is said to fail a gate", condition("jobs", "below", "5", no_data="fail"), SILENT, 10, "no_data"),
]


@pytest.mark.parametrize(
    ("entry", "answer", "minutes", "outcome"), [row[1:] for row in BREACH_WAYS], ids=[row[0] for row in BREACH_WAYS]
)
def test_a_safeguard_with_options_says(entry: Any, answer: Measurement, minutes: int, outcome: str) -> None:
    assert breached(entry, {entry.signal: answer}, minutes).outcome == outcome


def test_a_window_ends_at_the_watermark_and_never_reaches_back_before_the_stage() -> None:
    since = START - 15
    start, end = window(P95, since + 1800, 600, since=since)
    assert (start % MINUTE, end % MINUTE) == (0, 0)
    assert end <= since + 1800 - WATERMARK
    assert end - start == 600
    assert window(P95, since + 300, 600, since=since)[0] == START, "the first whole minute of the stage"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 3000), st.integers(1, 3000), st.sampled_from(("0.001", "0.01", "0.2")))
def test_what_passes_a_gate_is_no_breach_and_the_other_way_round(bad: int, total: int, limit: str) -> None:
    bad = min(bad, total)
    passed = gate_says(ERRORS, "at_most", limit, ratio(bad, total))
    acts = breached(condition("errors", "above", limit), {"errors": ratio(bad, total)}).outcome
    assert (passed == "fail") == (acts == "fail")
    assert not (passed == "pass" and acts == "fail")


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
        (ApprovalGate(roles=("engineering", "ops")), [], ("engineering", "ops")),
        (ApprovalGate(roles=("engineering", "ops")), [("ops", "ole")], ("engineering",)),
        (ApprovalGate(roles=("engineering", "ops")), [("ops", "ole"), ("engineering", "anna")], ()),
        (ApprovalGate(roles=("engineering", "ops"), any_of=True), [], ("engineering", "ops")),
        (ApprovalGate(roles=("engineering", "ops"), any_of=True), [("ops", "ole")], ()),
        (ApprovalGate(roles=("engineering",)), [("ops", "ole")], ("engineering",)),
    ],
    ids=["nobody yet", "one of two", "both", "nobody of either", "either of two", "somebody else"],
)
def test_an_approval_needs(gate: Any, given_by: list[tuple[str, str]], missing: tuple[str, ...]) -> None:
    given = [yes(role, user) for role, user in given_by]
    assert missing_roles(gate, given) == missing
    assert judge_approval(gate, given).outcome == ("waiting" if missing else "pass")


def test_a_yes_to_one_approval_of_a_stage_opens_no_other() -> None:
    entry, leave = ApprovalGate(roles=("ops",), name="entry"), ApprovalGate(roles=("ops",), name="exit")
    given = [structs.replace(yes("ops", "ole"), gate="entry")]
    assert missing_roles(entry, given) == ()
    assert missing_roles(leave, given) == ("ops",)


@pytest.mark.parametrize("window", [600, 0])
def test_a_question_is_the_same_for_the_same_minute(window: int) -> None:
    entry = gate("errors", "below", "0.01", window)
    early, late = (scope(now=START + 1800 + seconds) for seconds in (0, 59))
    assert wanted(entry, early) == wanted(entry, late) != ()
