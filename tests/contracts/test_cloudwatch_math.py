"""CloudWatch: expressions over metrics, counts of samples in a range, and what is older than 15 days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.cloudwatch import CloudWatchSignals
from orchestrator.adapters.aws.metric_queries import renamed
from orchestrator.core.signals import (
    CountSignal,
    LatencySignal,
    LogQuery,
    MathQuery,
    Measurement,
    MetricQuery,
    RatioSignal,
    Signal,
    ValueSignal,
    Wanted,
    slower_than,
)
from tests.stand_ins.cloudwatch import CloudWatchStandIn

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOW = 1_764_000_000 // HOUR * HOUR


class Shop:
    def __init__(self, clients: Clients) -> None:
        self.cloudwatch = CloudWatchStandIn()
        self.cloudwatch.now = NOW
        self.signals = CloudWatchSignals(clients)

    def put(self, metric: str, at: int, *samples: float) -> None:
        self.cloudwatch.put("Shop", metric, at, *samples)

    def measured(self, signal: Signal, minutes: int = 5, until: int = NOW) -> Measurement:
        question = last(minutes, signal, until)
        return self.signals.measure([question], NOW)[question]

    def calls(self) -> list[list[dict[str, Any]]]:
        return [
            params["MetricDataQueries"]
            for operation, params in self.cloudwatch.requests
            if operation == "GetMetricData"
        ]


@pytest.fixture
def shop(shared_clients: Clients) -> Iterator[Shop]:
    shop = Shop(shared_clients)
    shop.cloudwatch.answer_for(shared_clients.cloudwatch)
    yield shop
    shop.cloudwatch.leave(shared_clients.cloudwatch)


def last(minutes: int, signal: Signal, until: int = NOW) -> Wanted:
    return Wanted(signal=signal, start=until - minutes * MINUTE, end=until)


def a_metric(metric: str, stat: str = "Sum") -> MetricQuery:
    return MetricQuery(namespace="Shop", metric=metric, stat=stat)


def math(expression: str, **metrics: str) -> MathQuery:
    return MathQuery(expression=expression, metrics=tuple((name, a_metric(of)) for name, of in metrics.items()))


SHARE = ValueSignal(name="cpu", query=math("100 * used / size", used="Used", size="Size"))


def test_an_expression_is_evaluated_by_cloudwatch(shop: Shop) -> None:
    for ago, used in ((3, 10), (2, 20), (1, 40)):
        shop.put("Used", NOW - ago * MINUTE, used)
        shop.put("Size", NOW - ago * MINUTE, 80)
    assert shop.measured(SHARE).series == {NOW - 180: 12.5, NOW - 120: 25.0, NOW - 60: 50.0}
    returned = [query.get("ReturnData") for query in shop.calls()[0]]
    assert returned == [False, False, True]


def test_a_minute_without_one_of_its_metrics_has_no_result(shop: Shop) -> None:
    shop.put("Used", NOW - 60, 10)
    assert shop.measured(SHARE) == Measurement()


def test_two_plans_that_name_their_metrics_alike_share_a_call_and_not_their_names(shop: Shop) -> None:
    mine = ValueSignal(name="mine", query=math("a - b", a="One", b="Two"))
    yours = ValueSignal(name="yours", query=math("a - b", a="Two", b="One"))
    shop.put("One", NOW - 60, 5)
    shop.put("Two", NOW - 60, 3)
    found = shop.signals.measure([last(5, mine), last(5, yours)], NOW)
    assert [m.series for m in found.values()] == [{NOW - 60: 2.0}, {NOW - 60: -2.0}]
    assert [len(queries) for queries in shop.calls()] == [4]


def test_a_metric_asked_for_by_itself_and_in_an_expression_is_paid_for_once(shop: Shop) -> None:
    shop.put("Used", NOW - 60, 10)
    shop.put("Size", NOW - 60, 20)
    used = CountSignal(name="used", query=a_metric("Used"))
    found = shop.signals.measure([last(5, used), last(5, SHARE)], NOW)
    assert [m.series for m in found.values()] == [{NOW - 60: 10.0}, {NOW - 60: 50.0}]
    assert [len(queries) for queries in shop.calls()] == [3]


def test_expressions_count_with_their_metrics_towards_the_500_of_a_call(shop: Shop) -> None:
    signals = [ValueSignal(name=f"s{n}", query=math("a / b", a=f"A{n}", b=f"B{n}")) for n in range(400)]
    found = shop.signals.measure([last(30, signal) for signal in signals], NOW)
    assert {m.status for m in found.values()} == {"ok"}
    assert [len(queries) for queries in shop.calls()] == [498, 498, 204]


def test_a_name_that_the_plan_does_not_define_never_reads_another_plans_metric(shop: Shop) -> None:
    good = CountSignal(name="good", query=a_metric("One"))
    stray = ValueSignal(name="stray", query=math("m0 + a", a="Two"))
    for metric in ("One", "Two"):
        shop.put(metric, NOW - 60, 1)
    found = shop.signals.measure([last(5, good), last(5, stray)], NOW)
    assert [m.status for m in found.values()] == ["ok", "error"]


def test_an_expression_that_gives_several_series_is_an_error_that_says_so(shop: Shop) -> None:
    shop.put("One", NOW - 60, 1)
    shop.put("Two", NOW - 60, 2)
    found = shop.measured(ValueSignal(name="both", query=math("[a, b]", a="One", b="Two")))
    assert found.status == "error"
    assert found.detail.startswith("the expression gives 2 series")


@pytest.mark.parametrize(
    ("expression", "sent"),
    [
        ("SUM(METRICS())", "SUM([m0, m1])"),
        ('SUM(METRICS("us"))', "SUM([m0])"),
        ("IF(used > 1e5, used, size) + 0.5e3", "IF(m0 > 1e5, m0, m1) + 0.5e3"),
        ("used_up + used", "unknown_used_up + m0"),
        ("FILL(used, REPEAT)", "FILL(m0, REPEAT)"),
        ("SUM(SEARCH('{Shop,used} used', 'Sum', 60))", "SUM(SEARCH('{Shop,used} used', 'Sum', 60))"),
    ],
)
def test_names_are_replaced_and_nothing_else(expression: str, sent: str) -> None:
    assert renamed(expression, {"used": "m0", "size": "m1"}) == sent


def test_requests_slower_than_a_bound_are_counted_among_all(shop: Shop) -> None:
    shop.put("Read", NOW - 60, 80, 120, 120.5, 300)
    latency = LatencySignal(name="p95", query=a_metric("Read"), quantile="0.95", unit="ms")
    found = shop.measured(slower_than(latency, 120))
    assert (found.series, found.total) == ({NOW - 60: 2.0}, {NOW - 60: 4.0})


def test_what_is_older_than_15_days_is_shared_out_over_five_minutes(shop: Shop) -> None:
    old = NOW - 20 * DAY
    for minute, failed in enumerate((0, 5, 0, 0, 5)):
        shop.put("Failed", old + minute * MINUTE, failed)
        shop.put("Latency", old + minute * MINUTE, 100)
    count = CountSignal(name="failed", query=a_metric("Failed"))
    value = ValueSignal(name="latency", query=a_metric("Latency", "Average"))
    assert shop.measured(count, 5, old + 300).series == {old + n * MINUTE: 2.0 for n in range(5)}
    assert shop.measured(value, 5, old + 300).series == {old + n * MINUTE: 100.0 for n in range(5)}
    assert shop.measured(count, 2, old + 240).series == {old + n * MINUTE: 2.0 for n in (2, 3)}


@pytest.mark.parametrize(("kind", "figure"), [("count", 20.0), ("value", 100.0)])
def test_an_old_expression_is_a_count_when_it_is_used_as_one(shop: Shop, kind: str, figure: float) -> None:
    old = NOW - 20 * DAY
    shop.put("Failed", old + 90, 99, 1)
    query = math("a + 0", a="Failed")
    signal = CountSignal(name="x", query=query) if kind == "count" else ValueSignal(name="x", query=query)
    assert set(shop.measured(signal, 5, old + 300).series.values()) == {figure}


def test_a_window_across_the_border_has_both_parts_and_every_event_once(shop: Shop) -> None:
    signal = CountSignal(name="failed", query=a_metric("Failed"))
    for at in range(NOW - 16 * DAY, NOW, MINUTE):
        shop.put("Failed", at, 1)
    found = shop.measured(signal, 16 * 24 * 60)
    assert found.status == "ok"
    assert sum(found.series.values()) == pytest.approx(16 * 24 * 60)
    assert len(found.series) == 16 * 24 * 60
    assert len(shop.calls()) == 2


def test_what_is_left_of_a_window_is_answered_and_nothing_left_is_an_error(shop: Shop) -> None:
    signal = CountSignal(name="failed", query=a_metric("Failed"))
    shop.put("Failed", NOW - 70 * DAY, 5)
    shop.put("Failed", NOW - 60 * DAY, 5)
    assert shop.measured(signal, 80 * 24 * 60).series == {NOW - 60 * DAY + n * MINUTE: 1.0 for n in range(5)}
    gone = shop.measured(signal, 60, NOW - 64 * DAY)
    assert (gone.status, gone.series) == ("error", {})
    assert "63" in gone.detail


def test_one_question_over_more_points_than_a_call_gives_is_asked_in_pieces(shop: Shop) -> None:
    names = [f"n{number}" for number in range(19)]
    signal = ValueSignal(name="all", query=math("SUM(METRICS())", **{name: name.upper() for name in names}))
    minutes = range(NOW - 14 * DAY, NOW, 6 * HOUR)
    for name in names:
        for at in minutes:
            shop.put(name.upper(), at, 1)
    found = shop.measured(signal, 14 * 24 * 60)
    assert found == Measurement(series=dict.fromkeys(minutes, 19.0))
    assert len(shop.calls()) == 5


def test_windows_of_a_metric_that_stay_apart_in_one_call_are_both_answered(shop: Shop) -> None:
    mine, other = (CountSignal(name=name, query=a_metric(name)) for name in ("mine", "other"))
    for ago in range(1, 41):
        shop.put("mine", NOW - ago * MINUTE, ago)
    questions = [last(10, mine, NOW - 30 * MINUTE), last(10, mine), last(40, other)]
    found = shop.signals.measure(questions, NOW)
    assert len(shop.calls()) == 1
    assert [sorted(found[q].series.values()) for q in questions[:2]] == [list(range(31, 41)), list(range(1, 11))]


def test_a_signal_of_another_source_is_an_error_and_asks_nothing(shop: Shop) -> None:
    logs = LogQuery(groups=("shop",), query="filter x")
    signal = RatioSignal(name="mixed", bad=logs, total=a_metric("All"))
    assert shop.measured(signal).status == "error"
    assert shop.calls() == []
