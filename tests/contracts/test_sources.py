"""The router: every question to its source, and no source in the way of another."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.adapters.sources import Sources
from orchestrator.core.signals import (
    AlarmReading,
    CountSignal,
    LatencySignal,
    LogQuery,
    MathQuery,
    Measurement,
    MetricQuery,
    PromQuery,
    Query,
    RatioSignal,
    SetSignal,
    Signal,
    Wanted,
)
from orchestrator.ports import Signals, Unavailable

NOW = 1_764_000_000 // 60 * 60
METRIC = MetricQuery(namespace="Shop", metric="failed")
MATH = MathQuery(expression="a + b", metrics=(("a", METRIC), ("b", METRIC)))
LOGS = LogQuery(groups=("shop",), query="filter x")
PROM = PromQuery(expr="paid_total", counter=True)


class Source(Signals):
    """Answers every signal with one figure of its own, and keeps what it was asked."""

    def __init__(self, figure: float) -> None:
        self.figure = figure
        self.asked: list[list[Wanted]] = []
        self.answer = Measurement(series={NOW - 60: figure}, total={NOW - 60: 10 * figure})

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        self.asked.append(list(wanted))
        return dict.fromkeys(wanted, self.answer)

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        return {}


class Broken(Source):
    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        raise KeyError("secret")


def a_count(query: Query, name: str = "x") -> Wanted:
    return last(CountSignal(name=name, query=query))


def last(signal: Signal) -> Wanted:
    return Wanted(signal=signal, start=NOW - 300, end=NOW)


def test_each_question_goes_to_its_source_in_one_batch() -> None:
    cloudwatch, logs, prometheus = Source(1), Source(2), Source(3)
    ratio = last(RatioSignal(name="r", bad=METRIC, total=MATH))
    kinds = last(SetSignal(name="s", query=PromQuery(expr="x", label="a")))
    questions = [a_count(METRIC), a_count(MATH), ratio, a_count(LOGS), a_count(PROM), kinds]
    found = Sources(cloudwatch, logs, prometheus).measure(questions, NOW)
    assert list(found) == questions
    assert [found[question].series[NOW - 60] for question in questions] == [1, 1, 1, 2, 3, 3]
    assert found[ratio].total == {NOW - 60: 10}
    assert (cloudwatch.asked, logs.asked, prometheus.asked) == ([questions[:3]], [questions[3:4]], [questions[4:]])


def test_a_ratio_of_two_sources_is_put_together() -> None:
    question = last(RatioSignal(name="r", bad=LOGS, total=METRIC))
    found = Sources(Source(5), Source(2)).measure([question], NOW)
    assert found == {question: Measurement(series={NOW - 60: 2}, total={NOW - 60: 5})}


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [("ok", "pending", "pending"), ("pending", "error", "error"), ("error", "ok", "error"), ("ok", "ok", "ok")],
)
def test_a_ratio_of_two_sources_is_as_good_as_the_worse_half(one: str, other: str, status: str) -> None:
    cloudwatch, logs = Source(5), Source(2)
    cloudwatch.answer = Measurement(status=one)  # type: ignore[arg-type]  # one of the three, from the table above
    logs.answer = Measurement(status=other)  # type: ignore[arg-type]  # likewise
    question = last(RatioSignal(name="r", bad=LOGS, total=METRIC))
    assert Sources(cloudwatch, logs).measure([question], NOW)[question].status == status


def test_a_source_that_fails_leaves_the_others_alone() -> None:
    questions = [a_count(METRIC), a_count(LOGS), a_count(PROM)]
    found = Sources(Source(1), Broken(2), Source(3)).measure(questions, NOW)
    assert [found[question].status for question in questions] == ["ok", "error", "ok"]
    assert "secret" not in found[questions[1]].detail


def test_without_a_prometheus_its_signals_are_errors_that_say_what_to_set() -> None:
    questions = [a_count(PROM), a_count(METRIC)]
    found = Sources(Source(1), Source(2)).measure(questions, NOW)
    assert found[questions[0]] == Measurement(status="error", detail="no Prometheus is configured; set PROMETHEUS_URL")
    assert found[questions[1]].status == "ok"


def test_a_latency_without_a_bound_is_not_measured() -> None:
    """Its statistic, or its bucket, is known only with the bound of a gate."""
    cloudwatch = Source(1)
    questions = [last(LatencySignal(name="p95", query=METRIC, quantile="0.95")), a_count(METRIC)]
    found = Sources(cloudwatch, Source(2)).measure(questions, NOW)
    assert [found[question].status for question in questions] == ["error", "ok"]
    assert cloudwatch.asked == [questions[1:]]


def test_a_source_that_nothing_is_asked_of_is_not_called() -> None:
    logs = Broken(2)
    assert Sources(Source(1), logs).measure([], NOW) == {}
    assert Sources(Source(1), logs).measure([a_count(METRIC)], NOW)[a_count(METRIC)].status == "ok"


def test_alarms_are_cloudwatchs() -> None:
    cloudwatch = MemorySignals()
    cloudwatch.set_alarm("outage", "ALARM", NOW)
    assert list(Sources(cloudwatch, Source(2), Source(3)).alarms(["outage"])) == ["outage"]
    cloudwatch.fail_next = [Unavailable("dark")]
    with pytest.raises(Unavailable):
        Sources(cloudwatch, Source(2)).alarms(["outage"])
