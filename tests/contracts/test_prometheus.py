"""Signals from Prometheus: what becomes of its answers. tests/prometheus asks a real one the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.adapters.prometheus.api import PrometheusApi, PromSeries
from orchestrator.adapters.prometheus.counters import increases
from orchestrator.adapters.prometheus.signals import PATIENCE, PrometheusSignals
from orchestrator.core.signals import (
    CountSignal,
    LatencySignal,
    Measurement,
    MetricQuery,
    PromQuery,
    RatioSignal,
    SetSignal,
    Signal,
    ValueSignal,
    Wanted,
    slower_than,
)
from tests.stand_ins.prometheus import Points, PrometheusStandIn, hang_up, reply

MINUTE, DAY = 60, 86_400
NOW = 1_764_000_000 // 3_600 * 3_600
ERRORS = CountSignal(name="errors", query=PromQuery(expr="errors_total", counter=True))
DEPTH = ValueSignal(name="depth", query=PromQuery(expr="max(queue_depth)"))


class Shop:
    def __init__(self, prometheus: PrometheusStandIn) -> None:
        self.prometheus = prometheus
        self.signals = PrometheusSignals(PrometheusApi(prometheus.url))

    def counts(self, query: str, first: int, *figures: float, **labels: str) -> None:
        """Figures of a counter, one a minute, the first of them `first` minutes before now."""
        self.prometheus.put(query, points(first, *figures), **labels)

    def measured(self, signal: Signal, minutes: int = 5) -> Measurement:
        question = last(minutes, signal)
        return self.signals.measure([question], NOW)[question]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[PrometheusStandIn]:
    stand_in = PrometheusStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def shop(stand_in: PrometheusStandIn) -> Shop:
    stand_in.forget()
    return Shop(stand_in)


def points(first: int, *figures: float) -> Points:
    return {NOW - (first - number) * MINUTE: figure for number, figure in enumerate(figures)}


def last(minutes: int, signal: Signal, until: int = NOW) -> Wanted:
    return Wanted(signal=signal, start=until - minutes * MINUTE, end=until)


def ago(**minutes: float) -> dict[int, float]:
    return {NOW - int(name[1:]) * MINUTE: value for name, value in minutes.items()}


# Counters


def test_a_counter_is_its_increase_in_each_minute(shop: Shop) -> None:
    shop.counts("errors_total", 5, 10, 10, 12, 12, 13, 20)
    assert shop.measured(ERRORS).series == ago(m5=0, m4=2, m3=0, m2=1, m1=7)


def test_a_restart_counts_from_zero(shop: Shop) -> None:
    shop.counts("errors_total", 5, 10, 11, 3, 4, 0, 0)
    assert shop.measured(ERRORS).series == ago(m5=1, m4=3, m3=1, m2=0, m1=0)


def test_series_are_added_up_each_with_its_own_restarts(shop: Shop) -> None:
    shop.counts("errors_total", 5, 10, 11, 12, 13, 14, 15, pod="a")
    shop.counts("errors_total", 5, 90, 90, 1, 1, 1, 2, pod="b")
    assert shop.measured(ERRORS).series == ago(m5=1, m4=2, m3=1, m2=1, m1=2)


def test_a_series_that_appears_beside_others_counts_from_zero(shop: Shop) -> None:
    """A library shows `status="failure"` with its first failure, at 1."""
    shop.counts("errors_total", 6, 0, 0, 0, 0, 0, 0, 0, kind="a")
    shop.counts("errors_total", 2, 1, 1, 4, kind="b")
    assert shop.measured(ERRORS).series == ago(m5=0, m4=0, m3=1, m2=0, m1=3)


def test_what_appears_first_of_all_is_only_compared_with(shop: Shop) -> None:
    """Prometheus has just begun to scrape a service that has run for a year."""
    shop.counts("errors_total", 2, 9_000, 9_000, 9_001)
    assert shop.measured(ERRORS).series == ago(m2=0, m1=1)


@pytest.mark.parametrize(
    ("up", "series"),
    [
        ({"job": "shop", "instance": "a:80"}, ago(m3=1, m2=0, m1=0)),
        ({"job": "shop", "instance": "b:80"}, ago(m2=0, m1=0)),
    ],
    ids=["a target that was scraped before", "another target"],
)
def test_the_first_event_of_all_counts_when_its_target_was_scraped_before(
    shop: Shop, up: dict[str, str], series: Points
) -> None:
    shop.counts("errors_total", 2, 1, 1, 1, job="shop", instance="a:80")
    shop.counts("up", 9, *[1.0] * 10, **up)
    assert shop.measured(ERRORS).series == series


def test_a_target_that_was_down_before_says_nothing_of_its_first_figure(shop: Shop) -> None:
    shop.counts("errors_total", 2, 7, 7, 7, job="shop", instance="a:80")
    shop.counts("up", 9, *[0.0] * 10, job="shop", instance="a:80")
    assert shop.measured(ERRORS).series == ago(m2=0, m1=0)


def test_what_grew_in_a_gap_is_seen_when_the_series_is_back(shop: Shop) -> None:
    shop.prometheus.put("errors_total", points(9, 5, 5) | points(2, 9, 9))
    assert shop.measured(ERRORS, 9).series == ago(m9=0, m3=4, m2=0)


def test_a_minute_in_which_no_series_has_a_figure_is_absent(shop: Shop) -> None:
    shop.counts("errors_total", 5, 1, 1, 1)
    assert shop.measured(ERRORS).series == ago(m5=0, m4=0)
    assert shop.measured(CountSignal(name="x", query=PromQuery(expr="never_seen", counter=True))) == Measurement()


@given(
    grown=st.lists(st.integers(0, 50), min_size=1, max_size=60),
    restarts=st.sets(st.integers(0, 59), max_size=5),
)
def test_no_event_is_lost_and_none_is_made_up(grown: list[int], restarts: set[int]) -> None:
    """As long as every restart is seen: the figure after it is lower than the one before."""
    value, figures, events = 100, [100], 0
    for minute, more in enumerate(grown):
        restarted = minute in restarts and more < value
        value = more if restarted else value + more
        figures.append(value)
        events += more
    assert sum(increases([PromSeries(labels={}, points=points(60, *figures))]).values()) == events


# Ratios, values, sets


def test_a_ratio_is_two_counters(shop: Shop) -> None:
    signal = RatioSignal(
        name="failed",
        bad=PromQuery(expr='paid_total{status="failed"}', counter=True),
        total=PromQuery(expr="paid_total", counter=True),
    )
    shop.counts('paid_total{status="failed"}', 3, 1, 1, 2, 2)
    shop.counts("paid_total", 3, 100, 150, 200, 250)
    found = shop.measured(signal, 3)
    assert (found.series, found.total) == (ago(m3=0, m2=1, m1=0), ago(m3=50, m2=50, m1=50))


def test_a_value_is_read_at_the_end_of_each_minute(shop: Shop) -> None:
    shop.counts("max(queue_depth)", 5, 1, 2, 3, 4, 5, 6)
    assert shop.measured(DEPTH).series == ago(m5=2, m4=3, m3=4, m2=5, m1=6)


def test_figures_that_are_none_are_left_out(shop: Shop) -> None:
    shop.counts("max(queue_depth)", 4, nan, inf, 3, -inf, 5)
    assert shop.measured(DEPTH).series == ago(m3=3, m1=5)


def test_a_value_of_several_series_is_an_error_that_says_what_to_write(shop: Shop) -> None:
    for pod in "abc":
        shop.counts("max(queue_depth)", 2, 1, 1, pod=pod)
    assert shop.measured(DEPTH) == Measurement(
        status="error", detail="the query gives 3 series and must give one; put sum(), max() or avg() around it"
    )


def test_a_set_is_what_was_there_within_the_window(shop: Shop) -> None:
    signal = SetSignal(name="buckets", query=PromQuery(expr="helpers_total", label="bucket"))
    shop.counts("helpers_total", 20, *[1] * 12, bucket="gone")
    shop.counts("helpers_total", 20, *[1] * 18, bucket="1", pod="a")
    shop.counts("helpers_total", 20, *[1] * 21, bucket="1", pod="b")
    shop.counts("helpers_total", 1, 1, 1, bucket="2-5")
    shop.counts("helpers_total", 20, *[1] * 21)
    short, long = last(5, signal), last(15, signal)
    found = shop.signals.measure([short, long], NOW)
    assert found == {short: Measurement(members=("1", "2-5")), long: Measurement(members=("1", "2-5", "gone"))}
    assert len(shop.prometheus.queries()) == 1


# Latencies


LATENCY = LatencySignal(
    name="p95", query=PromQuery(expr='took_seconds{route="x"}'), quantile="0.95", unit="ms", per_unit=1000
)
SLOW = 'took_seconds_count{route="x"} - ignoring(le) took_seconds_bucket{route="x",le="%s"}'


def test_what_is_slower_than_a_bound_is_counted_by_the_bucket_at_the_bound(shop: Shop) -> None:
    shop.counts(SLOW % "0.25", 2, 3, 4, 4)
    shop.counts('took_seconds_count{route="x"}', 2, 100, 160, 220)
    found = shop.measured(slower_than(LATENCY, 250), 2)
    assert (found.series, found.total) == (ago(m2=1, m1=0), ago(m2=60, m1=60))


def test_a_bound_without_a_bucket_is_an_error_that_names_the_buckets(shop: Shop) -> None:
    shop.prometheus.label_values["le", 'took_seconds_bucket{route="x",}'] = ["0.1", "10", "+Inf", "2.5"]
    shop.counts('took_seconds_count{route="x"}', 2, 100, 160, 220)
    found = shop.measured(slower_than(LATENCY, 250), 2)
    assert found == Measurement(status="error", detail="took_seconds_bucket has no bucket at 0.25; it has 0.1, 2.5, 10")


def test_the_bucket_is_found_however_its_bound_is_written_and_then_known(shop: Shop) -> None:
    shop.prometheus.label_values["le", 'took_seconds_bucket{route="x",}'] = ["0.5", "1.0", "+Inf"]
    shop.counts(SLOW % "1.0", 2, 3, 4, 4)
    for _ in range(3):
        assert shop.measured(slower_than(LATENCY, 1000), 2).series == ago(m2=1, m1=0)
    bad = [query for query, *_ in shop.prometheus.queries() if "ignoring" in query]
    assert bad == [SLOW % "1", *[SLOW % "1.0"] * 3]


def test_a_histogram_that_does_not_exist_has_no_data(shop: Shop) -> None:
    assert shop.measured(slower_than(LATENCY, 250)) == Measurement()


# How it is asked


def test_windows_of_one_query_are_one_request(shop: Shop) -> None:
    questions = [last(30, ERRORS), last(5, ERRORS), last(20, CountSignal(name="again", query=ERRORS.query))]
    shop.signals.measure(questions, NOW)
    assert shop.prometheus.queries() == [("errors_total", NOW - 35 * MINUTE, NOW)]


def test_windows_far_apart_do_not_fetch_what_lies_between(shop: Shop) -> None:
    shop.signals.measure([last(30, DEPTH), last(30, DEPTH, NOW - 7 * DAY)], NOW)
    assert [(end - start) // MINUTE for _, start, end in shop.prometheus.queries()] == [29, 29]


def test_a_window_of_two_weeks_is_asked_in_pieces_and_loses_nothing_between_them(shop: Shop) -> None:
    minutes = 14 * 24 * 60
    shop.counts("errors_total", minutes + 5, *range(minutes + 6))
    found = shop.measured(ERRORS, minutes)
    assert found == Measurement(series={NOW - minute * MINUTE: 1.0 for minute in range(minutes, 0, -1)})
    assert len(shop.prometheus.queries()) == 3


def test_queries_travel_as_they_were_written(shop: Shop) -> None:
    text = 'sum(rate(paid_total{route=~"/a.*&b=c#d", who="ö \\" 😀"}[5m])) + 0'
    shop.measured(ValueSignal(name="x", query=PromQuery(expr=text)))
    assert [query for query, *_ in shop.prometheus.queries()] == [text]


def test_a_refused_query_is_an_error_of_its_own_signal(shop: Shop) -> None:
    shop.counts("max(queue_depth)", 5, *range(6))
    error = {"status": "error", "errorType": "bad_data", "error": '1:5: parse error: unexpected "}"'}
    shop.prometheus.replies.append(reply(400, error))
    broken, fine = shop.signals.measure([last(5, ERRORS), last(5, DEPTH)], NOW).values()
    assert broken == Measurement(
        status="error", detail='Prometheus refused the query: 1:5: parse error: unexpected "}"'
    )
    assert fine.status == "ok"


def test_a_silent_prometheus_is_asked_twice_and_then_no_more(shop: Shop) -> None:
    """A hundred signals at ten seconds each would outlast the tick."""
    signals = [CountSignal(name=f"s{n}", query=PromQuery(expr=f"s{n}_total", counter=True)) for n in range(100)]
    shop.prometheus.replies.extend([hang_up, hang_up])
    found = shop.signals.measure([last(5, signal) for signal in signals], NOW)
    assert {(m.status, m.detail) for m in found.values()} == {("error", "Prometheus does not answer")}
    assert len(shop.prometheus.requests) == 2


def test_a_slow_prometheus_does_not_use_up_the_tick(shop: Shop) -> None:
    seconds = count(step=4)
    slow = PrometheusSignals(PrometheusApi(shop.prometheus.url), monotonic=lambda: float(next(seconds)))
    signals = [CountSignal(name=f"s{n}", query=PromQuery(expr=f"s{n}_total", counter=True)) for n in range(100)]
    found = slow.measure([last(5, signal) for signal in signals], NOW)
    assert [m.status for m in found.values()].count("ok") == PATIENCE // 4
    assert len(shop.prometheus.requests) == PATIENCE // 4


def test_a_window_that_has_not_begun_is_ok_and_empty_and_asks_nothing(shop: Shop) -> None:
    question = Wanted(signal=ERRORS, start=NOW, end=NOW - 60)
    assert shop.signals.measure([question], NOW) == {question: Measurement()}
    assert shop.prometheus.requests == []


def test_a_signal_of_another_source_is_an_error(shop: Shop) -> None:
    metric = CountSignal(name="x", query=MetricQuery(namespace="Shop", metric="x"))
    assert shop.measured(metric).status == "error"
