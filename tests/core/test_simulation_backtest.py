"""A plan over recorded signals: when it would have gone on and gone back, and how often for nothing."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.core.plan import Plan
from orchestrator.core.signals import MINUTE, Measurement, SetSignal, Wanted
from orchestrator.core.simulation.backtest import Backtest, measured_only
from orchestrator.core.simulation.history import DAY, HOUR, History
from orchestrator.core.simulation.lines import Line
from tests.core.simulated import MONDAY, PLAN, decisions, healthy, plan_of

WITH_ROLLBACK = PLAN.replace(b"do: {set: {READS: false}}", b"do: rollback")


class Recorded:
    """Signals as some source kept them, and what was asked of it."""

    def __init__(self, signals: MemorySignals) -> None:
        self.signals = signals
        self.asked: list[Wanted] = []

    def fetch(self, wanted: Sequence[Wanted]) -> dict[Wanted, Measurement]:
        self.asked += wanted
        return self.signals.measure(wanted, MONDAY)


def replayed(plan: Plan, recorded: Recorded, length: int = 2 * DAY) -> tuple[Backtest, list[Line]]:
    replay = Backtest(plan, "dev", MONDAY, MONDAY + length, recorded.fetch)
    lines = []
    while (told := replay.step()) is not None:
        lines += told
    return replay, lines


def test_a_quiet_past_opens_every_gate_without_people() -> None:
    replay, lines = replayed(plan_of(), Recorded(healthy(MONDAY, 2 * DAY)))
    steps = [(at, what, stage) for at, what, stage in decisions(lines) if what != "hold"]
    assert steps == [
        ("0:00", "start", "reads"),
        ("1:00", "advance", "portal"),
        ("2:00", "watch", "portal"),
        ("4:00", "complete", "portal"),
    ]
    assert replay.fired == []
    assert "p95: 30 of 30 minutes" in next(line for line in lines if line.decision == "advance").as_text(
        8, numbers=True
    )


def test_each_act_of_a_safeguard_is_counted_and_an_hour_later_it_goes_on() -> None:
    signals = healthy(MONDAY, 2 * DAY)
    for minute in range(20 * MINUTE, 30 * MINUTE, MINUTE):
        signals.put("api_5xx", MONDAY + minute, 30.0, total=60.0)
    replay, lines = replayed(plan_of(WITH_ROLLBACK), Recorded(signals))
    (fired,) = replay.fired
    assert (fired.at - fired.start) // MINUTE in range(22, 26)
    assert "api_5xx" in fired.reason
    resumed = next(line for line in lines if line.decision == "resume")
    assert resumed.at - fired.at == HOUR
    assert lines[-1].decision == "complete"


def test_a_past_without_data_never_passes() -> None:
    signals = healthy(MONDAY, 2 * DAY)
    signals.forget("p95")
    replay, lines = replayed(plan_of(), Recorded(signals))
    assert {line.stage for line in lines} == {"reads"}
    assert "still running in reads" in replay.last


def test_every_minute_is_asked_of_the_source_once() -> None:
    recorded = Recorded(healthy(MONDAY, 2 * DAY))
    replayed(plan_of(), recorded)
    assert len(recorded.asked) == len(set(recorded.asked))
    assert all(question.end - question.start <= DAY for question in recorded.asked)
    days = {(question.signal.name, question.start) for question in recorded.asked}
    assert len(days) == len(recorded.asked)


def test_a_set_is_read_by_the_hour_and_kept() -> None:
    asked: list[Wanted] = []

    def fetch(wanted: Sequence[Wanted]) -> dict[Wanted, Measurement]:
        asked.extend(wanted)
        return {question: Measurement(members=(f"m{question.start // HOUR % 24}",)) for question in wanted}

    signal = next(s for s in plan_of(SETS).signals if isinstance(s, SetSignal))
    history = History(fetch, MONDAY + DAY)
    question = Wanted(signal=signal, start=MONDAY + 30 * MINUTE, end=MONDAY + 150 * MINUTE)
    assert history.measure([question], MONDAY)[question].members == ("m0", "m1", "m2")
    assert history.measure([question], MONDAY)[question].members == ("m0", "m1", "m2")
    assert len(asked) == 3


def test_what_a_source_could_not_answer_stays_an_error() -> None:
    history = History(lambda wanted: {}, MONDAY + DAY)
    question = Wanted(signal=plan_of().signals[0], start=MONDAY, end=MONDAY + HOUR)
    assert history.measure([question], MONDAY)[question].status == "error"


def test_only_what_signals_decide_is_left_of_a_plan() -> None:
    plan = measured_only(plan_of())
    assert [[gate.label for gate in stage.gates] for stage in plan.stages] == [["p95 below 120"], ["failed at most 0"]]
    assert [safeguard.key for safeguard in plan.safeguards] == ["api-5xx-above-2"]


SETS = PLAN.replace(
    b"stages:",
    b"  kinds: {set: 'filter level = \"ERROR\"', label: kind, groups: [/shop], source: logs}\nstages:",
).replace(b"{signal: p95, below: 120, window: 30m}", b"{signal: kinds, at_most: 4, window: 1h}")
