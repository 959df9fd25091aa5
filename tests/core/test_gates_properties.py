"""What holds of every kind of gate: silence and a broken source never pass, and more harm never helps."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.gates import (
    AlarmsGate,
    ApprovalGate,
    BaselineGate,
    ChecklistGate,
    DifferenceGate,
    DrillGate,
    Expectation,
    FlagsGate,
    FreshGate,
    Gate,
    MembersGate,
    ProbeGate,
    ReportGate,
    SustainedGate,
    ThresholdGate,
    UnchangedGate,
    gathered,
    judge,
    wanted,
)
from orchestrator.core.signals import MINUTE, AlarmReading, Measurement
from orchestrator.core.targets import Report
from orchestrator.core.verdicts import Verdict
from tests.core.made_scopes import (
    BROKEN,
    PENDING,
    SILENT,
    START,
    Answers,
    breached,
    condition,
    gate,
    judged,
    measuring,
    scope,
)

NAMES = ("errors", "control", "jobs", "other_jobs", "p95", "old_p95", "reads", "kinds", "buckets")
COMPARISONS: Any = st.sampled_from(["below", "above", "at_most", "at_least"])
RATIOS: Any = st.sampled_from(["errors", "reads"])

conditions = st.one_of(
    st.builds(condition, RATIOS, COMPARISONS, st.sampled_from(["0.01", "0.5", "0.99"]), st.sampled_from([0, 600])),
    st.builds(
        condition,
        RATIOS,
        COMPARISONS,
        st.sampled_from(["0.01", "0.99"]),
        judge=st.sampled_from(["point", "errors"]),
        least=st.integers(0, 100),
    ),
    st.builds(condition, st.just("jobs"), COMPARISONS, st.sampled_from(["0", "5"])),
    st.builds(condition, st.just("jobs"), COMPARISONS, st.just("0"), no_data=st.just("zero"), alive=st.just("errors")),
    st.builds(condition, st.just("p95"), COMPARISONS, st.sampled_from(["0", "200"]), allow=st.integers(0, 5)),
)
METRIC: dict[type, st.SearchStrategy[Any]] = {
    ThresholdGate: st.builds(
        ThresholdGate, condition=conditions.map(lambda entry: structs.replace(entry, no_data="hold", alive=""))
    ),
    SustainedGate: st.builds(
        SustainedGate,
        condition=conditions.filter(lambda entry: entry.window > 0).map(
            lambda entry: structs.replace(entry, window=300)
        ),
        length=st.just(1200),
    ),
    UnchangedGate: st.builds(UnchangedGate, signal=st.just("jobs"), length=st.just(600)),
    BaselineGate: st.builds(
        BaselineGate,
        signal=st.sampled_from(["p95", "jobs", "errors"]),
        of=st.sampled_from(["start", "stage", "yesterday", "last_week"]),
        margin=st.sampled_from(["0", "0.1"]),
        said=st.just("some"),
        more_is_worse=st.booleans(),
    )
    | st.builds(
        BaselineGate, signal=st.just("errors"), of=st.just("control"), margin=st.just("0.1"), said=st.just("10%")
    ),
    FreshGate: st.builds(FreshGate, signal=st.sampled_from(["errors", "jobs", "p95", "reads"]), age=st.just(300)),
    MembersGate: st.builds(MembersGate, signal=st.just("buckets"), only=st.just(("a",)), window=st.just(600))
    | st.builds(MembersGate, signal=st.just("buckets"), new_since=st.just(3600)),
    DifferenceGate: st.builds(
        DifferenceGate,
        signal=st.just("jobs"),
        other=st.just("other_jobs"),
        tolerance=st.just("1000000"),
        said=st.just("1000000"),
        relative=st.booleans(),
    ),
}
OTHERS: dict[type, list[Gate]] = {
    ProbeGate: [
        ProbeGate(probe="smoke"),
        ProbeGate(probe="smoke", passes=2, across=600),
        ProbeGate(probe="smoke", passes=0, length=3600, every=900),
    ],
    ReportGate: [
        ReportGate(report="ci"),
        ReportGate(report="ci", valid=3600, expect=(Expectation(number="a", comparator="equals", bound="0"),)),
        ReportGate(report="ci", lead=3600),
    ],
    ChecklistGate: [ChecklistGate(items=("briefed",))],
    DrillGate: [DrillGate(flag="READS")],
    FlagsGate: [FlagsGate(values=(("READS", "false"),))],
    AlarmsGate: [AlarmsGate(), AlarmsGate(names=("a",))],
    ApprovalGate: [ApprovalGate(roles=("ops",)), ApprovalGate(roles=("ops", "engineering"), any_of=True)],
}
metric_gates = st.one_of(*METRIC.values())
other_gates = st.sampled_from([entry for entries in OTHERS.values() for entry in entries])


def test_every_kind_of_gate_is_tried_here() -> None:
    assert {*METRIC, *OTHERS} == set(get_args(Gate))


@settings(max_examples=150, deadline=None)
@given(metric_gates, st.integers(0, 3000))
def test_no_data_never_passes(entry: Gate, minutes: int) -> None:
    assert judged(entry, dict.fromkeys(NAMES, SILENT), minutes).outcome in (
        "waiting",
        "no_data",
        "insufficient",
        "fail",
    )


@settings(max_examples=50, deadline=None)
@given(other_gates, st.integers(0, 3000))
def test_where_nothing_happened_nothing_passes(entry: Gate, minutes: int) -> None:
    assert not judged(entry, {}, minutes).passed


@settings(max_examples=150, deadline=None)
@given(metric_gates, st.integers(0, 300), st.sampled_from(NAMES), st.sampled_from([BROKEN, PENDING, None]))
def test_a_source_that_does_not_answer_never_passes_nor_fails(
    entry: Gate, minutes: int, name: str, answer: Measurement | None
) -> None:
    healthy: Answers = dict.fromkeys(NAMES, healthily(minutes))
    seen = scope(minutes)
    if name in {question.signal.name for question in wanted(entry, seen)}:
        outcome = judge(entry, measuring(entry, seen, {**healthy, name: answer})).outcome
        assert outcome == ("error" if answer is BROKEN else "waiting")


@settings(max_examples=50, deadline=None)
@given(other_gates)
def test_a_run_that_could_not_be_made_never_passes(entry: Gate) -> None:
    failed = Report(name="any", at=START + 60, result="error")
    readings = {"a": AlarmReading(name="a", state="INSUFFICIENT_DATA", since=0)}
    assert not judged(entry, {}, reports={"smoke": (failed,), "ci": (failed,)}, alarms=readings).passed


def healthily(minutes: int) -> Measurement:
    at = [START + MINUTE * number for number in range(minutes)]
    return Measurement(series=dict.fromkeys(at, 1.0), total=dict.fromkeys(at, 100.0), members=("a",))


def seen_in(minutes: list[tuple[int, int]]) -> Measurement:
    at = [START + MINUTE * number for number in range(len(minutes))]
    return Measurement(
        series={when: float(k) for when, (k, _) in zip(at, minutes, strict=True)},
        total={when: float(n) for when, (_, n) in zip(at, minutes, strict=True)},
    )


ORDER = ["pass", "insufficient", "fail"]
ten_minutes = st.lists(st.tuples(st.integers(0, 40), st.integers(41, 100)), min_size=10, max_size=10)


@settings(max_examples=120, deadline=None)
@given(
    ten_minutes,
    st.integers(0, 9),
    st.sampled_from(
        [
            gate("errors", "below", "0.2"),
            gate("errors", "below", "0.2", judge="point"),
            gate("errors", "at_most", "80", judge="errors"),
            gate("reads", "below", "100"),
            gate("jobs", "at_most", "80"),
            gate("p95", "below", "20", allow=3),
            SustainedGate(condition=condition("errors", "below", "0.2", 120, allow=2), length=600),
        ]
    ),
)
def test_one_more_bad_event_never_turns_a_verdict_for_the_better(
    minutes: list[tuple[int, int]], place: int, entry: Gate
) -> None:
    k, n = minutes[place]
    worse = [*minutes[:place], (k + 1, n), *minutes[place + 1 :]]
    before, after = (says(entry, seen_in(each)) for each in (minutes, worse))
    assert ORDER.index(after.outcome) >= ORDER.index(before.outcome)


def says(entry: Any, answer: Measurement) -> Verdict:
    return judged(entry, {entry.condition.signal: answer})


@settings(max_examples=80, deadline=None)
@given(ten_minutes, st.integers(0, 9), st.sampled_from([0, 600]))
def test_one_more_bad_event_never_stays_a_safeguard(minutes: list[tuple[int, int]], place: int, window: int) -> None:
    """Of a window in any minute. Without one it is the newest that speaks of now: an earlier one also says how much the
    counts vary by themselves, which may ask for one bad event more."""
    guard = condition("errors", "above", "0.2", window)
    place = place if window else 9
    k, n = minutes[place]
    worse = [*minutes[:place], (k + 1, n), *minutes[place + 1 :]]
    if breached(guard, {"errors": seen_in(minutes)}).outcome == "fail":
        assert breached(guard, {"errors": seen_in(worse)}).outcome == "fail"


@settings(max_examples=100, deadline=None)
@given(conditions, st.integers(0, 60), st.sampled_from([SILENT, BROKEN, PENDING, None]))
def test_a_safeguard_never_acts_on_nothing(entry: Any, minutes: int, answer: Measurement | None) -> None:
    if entry.no_data != "zero":
        assert breached(entry, dict.fromkeys(NAMES, answer), minutes).outcome in ("no_data", "error", "waiting")


@settings(max_examples=100, deadline=None)
@given(metric_gates, st.integers(0, 100))
def test_what_is_kept_begins_where_evidence_does(entry: Gate, minutes: int) -> None:
    kept = gathered(entry, measuring(entry, scope(minutes), dict.fromkeys(NAMES, healthily(minutes))))
    if kept is not None:
        assert kept.since == START
        assert START <= kept.through <= START + minutes * MINUTE
