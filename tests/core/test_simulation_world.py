"""The made-up world: what a minute holds depends on seed, name and minute alone."""

from __future__ import annotations

from itertools import pairwise
from math import comb, exp, factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.plan import Plan
from orchestrator.core.signals import (
    MINUTE,
    LatencySignal,
    Measurement,
    MetricQuery,
    PromQuery,
    RatioSignal,
    Signal,
    Wanted,
    slower_than,
)
from orchestrator.core.simulation import draws
from orchestrator.core.simulation.scenario import Knobs, Scenario, Turns
from orchestrator.core.simulation.world import World
from tests.core.simulated import MONDAY, plan_of

HOUR, DAY = 3600, 86_400
PLAN = plan_of()
BY_NAME = PLAN.signals_by_name


def world(plan: Plan = PLAN, *, seed: int = 7, **signals: Knobs) -> World:
    return World(plan, Scenario(start=MONDAY, until=DAY, seed=seed, signals=signals))


def measured(made: World, signal: Signal, start: int = 0, length: int = HOUR) -> Measurement:
    asked = Wanted(signal=signal, start=MONDAY + start, end=MONDAY + start + length)
    return made.measure([asked], MONDAY)[asked]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-DAY // MINUTE, DAY // MINUTE), min_size=2, max_size=6, unique=True), st.integers(0, 99))
def test_leaving_minutes_out_changes_no_other(cuts: list[int], seed: int) -> None:
    knobs = Knobs(rate=0.05, per_minute=60.5)
    starts = sorted(cuts)
    whole = measured(
        world(seed=seed, api_5xx=knobs), BY_NAME["api_5xx"], starts[0] * MINUTE, (starts[-1] - starts[0]) * MINUTE
    )
    made = world(seed=seed, api_5xx=knobs)
    parts = [measured(made, BY_NAME["api_5xx"], a * MINUTE, (b - a) * MINUTE) for a, b in pairwise(starts)][::-1]
    assert {at: k for part in parts for at, k in part.series.items()} == whole.series
    assert {at: n for part in parts for at, n in part.total.items()} == whole.total


def test_a_ratio_has_its_rate_and_its_traffic() -> None:
    found = measured(world(api_5xx=Knobs(rate=0.04, per_minute=60)), BY_NAME["api_5xx"], -10 * DAY, 10 * DAY)
    assert set(found.total.values()) == {60.0}
    assert sum(found.series.values()) / sum(found.total.values()) == pytest.approx(0.04, rel=0.03)


def test_another_seed_is_another_world() -> None:
    knobs = Knobs(rate=0.1, per_minute=60)
    one, other = (measured(world(seed=seed, api_5xx=knobs), BY_NAME["api_5xx"]) for seed in (1, 2))
    assert one != other


def test_a_count_of_whole_events_comes_every_minute_and_others_by_chance() -> None:
    exact = measured(world(failed=Knobs(per_minute=3)), BY_NAME["failed"])
    assert set(exact.series.values()) == {3.0}
    rare = measured(world(failed=Knobs(per_minute=0.5)), BY_NAME["failed"], -10 * DAY, 10 * DAY)
    assert sum(rare.series.values()) / len(rare.series) == pytest.approx(0.5, rel=0.05)
    assert len(rare.series) == 10 * DAY // MINUTE


def test_before_the_start_the_world_has_always_been_so() -> None:
    found = measured(world(p95=Knobs(value=80)), BY_NAME["p95"], -7 * DAY, HOUR)
    assert set(found.series.values()) == {80}
    assert len(found.series) == 60


def test_a_turn_counts_from_its_minute_and_merges() -> None:
    made = world(p95=Knobs(value=80))
    assert set(measured(made, BY_NAME["p95"]).series.values()) == {80}
    made.turn(Turns(at=0, signal="p95", changes={"value": 200.0}), MONDAY + 30 * MINUTE + 20)
    found = measured(made, BY_NAME["p95"]).series
    assert [found[MONDAY + minute * MINUTE] for minute in (29, 30, 31)] == [80, 200, 200]
    made.turn(Turns(at=0, signal="p95", changes={"silent": True}), MONDAY + 40 * MINUTE)
    assert len(measured(made, BY_NAME["p95"]).series) == 40
    made.turn(Turns(at=0, signal="p95", changes={"silent": False}), MONDAY + 50 * MINUTE)
    assert measured(made, BY_NAME["p95"]).series[MONDAY + 50 * MINUTE] == 200


def test_a_broken_signal_is_an_error_until_it_is_mended() -> None:
    made = world(p95=Knobs(value=80, broken=True))
    assert measured(made, BY_NAME["p95"]).status == "error"
    made.turn(Turns(at=0, signal="p95", changes={"broken": False}), MONDAY)
    assert measured(made, BY_NAME["p95"]).status == "ok"


def test_silence_that_was_said_lasts_and_silence_for_want_of_a_word_ends_with_the_first() -> None:
    said, unsaid = world(api_5xx=Knobs(silent=True)), world()
    for made in (said, unsaid):
        assert measured(made, BY_NAME["api_5xx"]).total == {}
        made.turn(Turns(at=0, signal="api_5xx", changes={"rate": 0.5}), MONDAY)
    assert measured(said, BY_NAME["api_5xx"]).total == {}
    assert len(measured(unsaid, BY_NAME["api_5xx"]).total) == 60
    assert unsaid.unsaid == ("api_5xx", "p95", "failed")


@pytest.mark.parametrize(
    "query",
    [MetricQuery(namespace="Shop", metric="Duration"), PromQuery(expr='duration_seconds{route="x"}')],
    ids=["cloudwatch", "prometheus"],
)
def test_a_latency_is_within_or_over_whatever_bound_is_asked(query: MetricQuery | PromQuery) -> None:
    latency = LatencySignal(name="read_p95", query=query, quantile="0.95", unit="ms", per_unit=1000.0)
    plan = Plan(name="shop", flags=(), signals=(latency,))
    made = world(plan, read_p95=Knobs(value=80, per_minute=100))
    for bound, share in ((120.0, 0.01), (60.0, 0.25)):
        found = measured(made, slower_than(latency, bound), -10 * DAY, 10 * DAY)
        assert sum(found.series.values()) / sum(found.total.values()) == pytest.approx(share, rel=0.05)
    by_rate = world(plan, read_p95=Knobs(rate=0.1, per_minute=100))
    found = measured(by_rate, slower_than(latency, 120.0), -10 * DAY, 10 * DAY)
    assert sum(found.series.values()) / sum(found.total.values()) == pytest.approx(0.1, rel=0.05)
    assert measured(made, latency).status == "error"


@pytest.mark.parametrize(
    ("name", "knobs", "steady"),
    [
        ("api_5xx", Knobs(rate=0.0, per_minute=60), True),
        ("api_5xx", Knobs(rate=0.0, per_minute=60.5), False),
        ("api_5xx", Knobs(rate=0.1, per_minute=60), False),
        ("api_5xx", Knobs(rate=0.1, silent=True), True),
        ("p95", Knobs(value=80.5), True),
        ("failed", Knobs(value=2), True),
        ("failed", Knobs(value=0.5), False),
    ],
)
def test_steady_is_what_holds_the_same_every_minute(name: str, knobs: Knobs, steady: bool) -> None:
    made = world(**{name: knobs})
    assert made.is_steady(BY_NAME[name]) is steady
    found = measured(made, BY_NAME[name], -DAY, DAY)
    assert (len({*found.series.values()}) <= 1 and len({*found.total.values()}) <= 1) is steady


@pytest.mark.parametrize("mean", [0.3, 2.5, 40.5])
def test_every_number_comes_as_often_as_it_should(mean: float) -> None:
    """A grid of chances in the place of chance: each number has its share of them."""
    chances = [(place + 0.5) / 20_000 for place in range(20_000)]
    drawn = [draws.poisson(mean, chance) for chance in chances]
    for k in range(int(mean) + 3):
        assert drawn.count(k) / 20_000 == pytest.approx(exp(-mean) * mean**k / factorial(k), abs=2e-4)
    drawn = [draws.binomial(60, 0.04, chance) for chance in chances]
    for k in range(8):
        assert drawn.count(k) / 20_000 == pytest.approx(comb(60, k) * 0.04**k * 0.96 ** (60 - k), abs=2e-4)


@pytest.mark.parametrize(("n", "p"), [(10_000_000, 0.5), (10_000_000, 1e-7), (1, 1.0), (0, 0.5), (5, 0.0)])
def test_extremes_are_drawn_too(n: int, p: float) -> None:
    for chance in (0.0, 0.5, 0.999999999):
        assert 0 <= draws.binomial(n, p, chance) <= n


def test_a_ratio_without_traffic_is_silent() -> None:
    assert measured(world(api_5xx=Knobs(rate=0.5, per_minute=0)), BY_NAME["api_5xx"]).total == {}


def test_where_nobody_says_how_many_requests_the_plan_does() -> None:
    ratio = RatioSignal(name="r", bad=MetricQuery(namespace="S", metric="B"), total=MetricQuery(namespace="S", metric="T"), per_minute=25)  # fmt: skip
    made = world(Plan(name="shop", flags=(), signals=(ratio,)), r=Knobs(rate=0.0))
    assert set(measured(made, ratio).total.values()) == {25.0}
