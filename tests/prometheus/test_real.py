"""The same signals, answered by a real Prometheus."""

from __future__ import annotations

import time

import pytest

from orchestrator.adapters.prometheus.api import PrometheusApi
from orchestrator.adapters.prometheus.catalogue import PrometheusCatalogue
from orchestrator.adapters.prometheus.signals import PrometheusSignals
from orchestrator.core.signals import (
    CountSignal,
    LatencySignal,
    Measurement,
    PromQuery,
    RatioSignal,
    SetSignal,
    Signal,
    ValueSignal,
    Wanted,
    slower_than,
)
from tests.prometheus.conftest import until
from tests.prometheus.exporter import Exporter
from tests.prometheus.history import DAY, MINUTE, OTHER, T

pytestmark = pytest.mark.long


@pytest.fixture
def signals(prometheus: str) -> PrometheusSignals:
    return PrometheusSignals(PrometheusApi(prometheus))


def a_count(expr: str) -> CountSignal:
    return CountSignal(name="x", query=PromQuery(expr=expr, counter=True))


def measured(signals: PrometheusSignals, signal: Signal, first: int = 0, last: int = 6) -> Measurement:
    question = Wanted(signal=signal, start=T + first * MINUTE, end=T + last * MINUTE)
    return signals.measure([question], T + last * MINUTE)[question]


def by_minute(measurement: Measurement) -> dict[int, float]:
    assert measurement.status == "ok", measurement.detail
    return {(at - T) // MINUTE: figure for at, figure in measurement.series.items()}


@pytest.mark.parametrize(
    ("expr", "counts"),
    [
        ("orders_total", {0: 2, 1: 0, 2: 1, 3: 3, 4: 0, 5: 0}),
        ("restarted_total", {0: 1, 1: 1, 2: 1, 3: 2, 4: 0, 5: 0}),
        ("payments_total", {0: 1, 1: 1, 2: 2, 3: 1, 4: 2, 5: 1}),
        ('payments_total{status=~"fai.*"}', {2: 1, 3: 0, 4: 1, 5: 0}),
        ("rare_total", {3: 1, 4: 0, 5: 0}),
        ("newcomer_total", {4: 1, 5: 0}),
        ("nothing_total", {}),
    ],
    ids=["steady", "restarted", "a label's first event", "that label alone", "first event", "first scrape", "absent"],
)
def test_every_event_is_counted_in_its_minute_and_once(
    signals: PrometheusSignals, expr: str, counts: dict[int, float]
) -> None:
    assert by_minute(measured(signals, a_count(expr))) == counts


def test_a_series_that_was_away_is_compared_with_what_it_was(signals: PrometheusSignals) -> None:
    """It stands five minutes longer than it is scraped."""
    found = by_minute(measured(signals, a_count("gone_total"), -2, 10))
    assert found == {**dict.fromkeys(range(-2, 5), 0), 8: 3, 9: 0}


def test_a_ratio_is_two_counts(signals: PrometheusSignals) -> None:
    bad, total = (PromQuery(expr=expr, counter=True) for expr in ('payments_total{status="failed"}', "payments_total"))
    found = measured(signals, RatioSignal(name="r", bad=bad, total=total))
    assert (sum(found.series.values()), sum(found.total.values())) == (2, 8)


def test_a_value_is_one_figure_a_minute_and_none_where_there_is_none(signals: PrometheusSignals) -> None:
    one = ValueSignal(name="d", query=PromQuery(expr="max(depth)"))
    assert by_minute(measured(signals, one, 0, 4)) == {minute: 100 + minute for minute in range(4)}
    gaps = ValueSignal(name="r", query=PromQuery(expr="ratio"))
    assert by_minute(measured(signals, gaps, 0, 4)) == {0: 0, 2: 2, 3: 3}


def test_a_value_of_two_series_is_an_error(signals: PrometheusSignals) -> None:
    assert "gives 2 series" in measured(signals, ValueSignal(name="d", query=PromQuery(expr="depth"))).detail
    one = ValueSignal(name="d", query=PromQuery(expr=f"depth{{{OTHER}}}"))
    assert measured(signals, one).status == "ok"


def test_a_set_is_the_values_of_a_label(signals: PrometheusSignals) -> None:
    signal = SetSignal(name="s", query=PromQuery(expr="helpers_total", label="bucket"))
    assert measured(signals, signal, 0, 6).members == ("1", "2-5")
    assert measured(signals, signal, -9, 0).members == ("1", "old")


@pytest.mark.parametrize(
    ("bound", "bad"),
    [(250, {0: 1, 1: 1, 2: 0, 3: 1}), (500, {0: 0, 1: 1, 2: 0, 3: 1}), (1000, {0: 0, 1: 1, 2: 0, 3: 0})],
    ids=["0.25", "0.5", "1.0"],
)
def test_what_is_slower_than_a_bound_is_counted(
    signals: PrometheusSignals, bound: float, bad: dict[int, float]
) -> None:
    latency = LatencySignal(
        name="p95", query=PromQuery(expr='took_seconds{job="shop"}'), quantile="0.95", unit="ms", per_unit=1000
    )
    found = measured(signals, slower_than(latency, bound), 0, 4)
    assert by_minute(found) == bad
    assert list(found.total.values()) == [2, 2, 0, 1]


def test_a_bound_without_a_bucket_names_the_buckets(signals: PrometheusSignals) -> None:
    latency = LatencySignal(name="p95", query=PromQuery(expr="took_seconds"), quantile="0.95")
    found = measured(signals, slower_than(latency, 0.3))
    assert found.detail == "took_seconds_bucket has no bucket at 0.3; it has 0.25, 0.5, 1.0"


def test_nine_days_by_the_minute_are_answered_whole(signals: PrometheusSignals) -> None:
    minutes = 8 * DAY // MINUTE
    found = measured(signals, a_count("ticks_total"), -minutes, 0)
    assert found == Measurement(series={T - minute * MINUTE: 1.0 for minute in range(minutes, 0, -1)})


def test_what_prometheus_refuses_is_said_in_its_words(signals: PrometheusSignals) -> None:
    found = measured(signals, ValueSignal(name="x", query=PromQuery(expr="sum(depth))")))
    assert found.status == "error"
    assert found.detail.startswith("Prometheus refused the query: ")
    assert "parse error" in found.detail


@pytest.mark.parametrize(
    ("signal", "says"),
    [
        (a_count("orders_total"), ()),
        (ValueSignal(name="v", query=PromQuery(expr='rate(payments_total{status="ok"}[5m])')), ()),
        (SetSignal(name="s", query=PromQuery(expr="helpers_total", label="bucket")), ()),
        (LatencySignal(name="l", query=PromQuery(expr='took_seconds{job="shop"}'), quantile="0.95"), ()),
        (a_count("order_total"), ("Prometheus has no metric order_total; did you mean orders_total?",)),
        (
            a_count('payments_total{status="failure"}'),
            ('Prometheus has had no payments_total{status="failure"} for 30 days; status: did you mean failed?',),
        ),
        (
            SetSignal(name="s", query=PromQuery(expr="helpers_total", label="bucker")),
            ("helpers_total has no label bucker; did you mean bucket?",),
        ),
    ],
)
def test_a_plan_is_checked_against_the_series_there_are(prometheus: str, signal: Signal, says: tuple[str, ...]) -> None:
    assert PrometheusCatalogue(PrometheusApi(prometheus)).check(signal, int(time.time())) == says


def test_what_is_scraped_now_is_measured_and_a_target_that_dies_is_soon_silent(
    prometheus: str, exporter: Exporter
) -> None:
    signals = PrometheusSignals(PrometheusApi(prometheus))
    signal = ValueSignal(name="level", query=PromQuery(expr="live_level"))

    def now() -> list[float]:
        end = int(time.time())
        question = Wanted(signal=signal, start=end - MINUTE, end=end)
        return list(signals.measure([question], end)[question].series.values())

    exporter.lines = ["live_level 7"]
    until(lambda: now() == [7.0])
    exporter.lines = ["live_level 8"]
    until(lambda: now() == [8.0])
    exporter.lines = []
    until(lambda: now() == [])
