"""The judge's statistics: what bursts, clumps and small numbers must not do, and what a regression must."""

from __future__ import annotations

import random
from math import isfinite

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.simulation.draws import binomial
from orchestrator.core.statistics import (
    Comparison,
    RateProof,
    RateWatch,
    compare_rates,
    minutes_to_detect,
    minutes_to_show,
    prove_rate,
    requests_to_show,
    watch_rate,
)

BOUNDS = st.sampled_from([1e-5, 0.001, 0.01, 0.05, 0.5, 0.95, 0.999])
MINUTES = st.lists(
    st.integers(0, 1_000_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=0, max_size=40
)


def drawn(seed, rate, n, minutes):
    chance = random.Random(seed)
    return [(binomial(n, rate, chance.random()), n) for _ in range(minutes)]


def minutes_until_breach(watch, minutes):
    for at, minute in enumerate(minutes, 1):
        watch = watch.fold([minute])
        if watch.breached:
            return at
    return None


# -- is it broken? ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10, 100, 1_000])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_forty_healthy_days_are_no_breach(n, share):
    for day in range(40):
        watch = watch_rate(0.01)
        for start in range(0, 1440, 60):
            watch = watch.fold(drawn(f"{day} {start} {n}", share * 0.01, n, 60))
            assert not watch.breached, (day, start)


@pytest.mark.parametrize(
    ("n", "times", "within"),
    [
        (10, 20, 9),
        (10, 5, 75),
        (100, 20, 3),
        (100, 5, 9),
        (1_000, 5, 3),
        (1_000, 2, 9),
        (10_000, 2, 3),
        (10_000, 20, 1),
    ],
)
def test_a_regression_is_seen_in_time(n, times, within):
    for run in range(10):
        watch = watch_rate(0.01).fold(drawn(f"before {run} {n}", 0.005, n, 240))
        took = minutes_until_breach(watch, drawn(f"after {run} {n} {times}", 0.01 * times, n, 60))
        assert took is not None
        assert took <= within


@pytest.mark.parametrize("n", [20, 100, 1_000, 10_000])
def test_a_burst_of_ten_in_one_minute_is_no_breach(n):
    quiet = drawn(f"burst {n}", 0.005, n, 120)
    usual = round(0.005 * n)
    assert not watch_rate(0.01).fold([*quiet, (usual + 10, n)]).breached


def test_what_a_burst_of_ten_cannot_explain_is_a_breach_at_once():
    quiet = drawn("large", 0.005, 1_000, 120)
    assert watch_rate(0.01).fold([*quiet, (60, 1_000)]).breached


@given(BOUNDS, st.lists(st.integers(1, 100), max_size=30), st.integers(0, 29))
def test_one_bad_event_is_never_a_breach(bound, traffic, place):
    minutes = [(int(at == place), n) for at, n in enumerate(traffic)]
    assert not watch_rate(bound).fold(minutes).breached


@pytest.mark.parametrize("bound", [1e-5, 0.001, 0.01, 0.1, 0.5])
def test_minutes_in_which_everything_fails_are_a_breach_within_minutes(bound):
    assert minutes_until_breach(watch_rate(bound), [(20, 20)] * 30) is not None


def test_a_breach_says_how_much_is_too_much():
    watch = watch_rate(0.01).fold([*[(0, 30)] * 20, *[(6, 30)] * 4])
    assert watch.breached
    assert (watch.k, watch.n, watch.since_minutes) == (24, 120, 4)
    assert watch.expected == pytest.approx(1.2)
    assert watch.acts_at <= 24


def test_a_quiet_stretch_says_at_how_many_it_would_act():
    watch = watch_rate(0.01).fold([(1, 50), (0, 50), (1, 50)])
    assert not watch.breached
    assert watch.k < watch.acts_at <= 15


def test_clumped_errors_are_told_from_a_higher_rate():
    """Every minute has a rate of its own: what would be much too much for independent errors is usual here."""
    chance = random.Random(7)
    minutes = [(binomial(1_000, chance.betavariate(0.995, 198), chance.random()), 1_000) for _ in range(1440)]
    watch = watch_rate(0.01).fold(minutes)
    assert watch.dispersion > 3
    assert not watch.breached


@given(BOUNDS, MINUTES, st.integers(0, 40))
def test_the_same_minutes_give_the_same_state_in_any_batches(bound, minutes, cut):
    for begun in (watch_rate(bound), prove_rate(bound)):
        assert begun.fold(minutes) == begun.fold(minutes[:cut]).fold(minutes[cut:])


@given(BOUNDS, MINUTES)
def test_no_counts_break_the_arithmetic_and_the_state_survives_storage(bound, minutes):
    watch, proof = watch_rate(bound).fold(minutes), prove_rate(bound).fold(minutes)
    assert msgspec.json.decode(msgspec.json.encode(watch), type=RateWatch) == watch
    assert msgspec.json.decode(msgspec.json.encode(proof), type=RateProof) == proof
    assert all(isfinite(stretch.evidence) for stretch in watch.stretches)
    assert 0 <= proof.lower <= proof.upper <= 1
    assert watch.acts_at >= 2


# -- is it good enough to go on? --------------------------------------------------------------------------------------


@given(BOUNDS, MINUTES)
def test_nothing_is_both_shown_and_refuted(bound, minutes):
    proof = prove_rate(bound).fold(minutes)
    assert not (proof.shown and proof.refuted)


def test_nothing_shows_nothing():
    proof = prove_rate(0.01)
    assert (proof.shown, proof.refuted, proof.lower, proof.upper) == (False, False, 0.0, 1.0)
    assert not prove_rate(0.01).fold([(0, 0)] * 60).shown


def test_a_clean_sample_shows_a_bound_of_one_percent_after_some_four_hundred_requests():
    needed = requests_to_show(0.01)
    assert needed is not None
    assert 300 < needed < 450
    assert prove_rate(0.01).fold([(0, needed)]).shown
    assert not prove_rate(0.01).fold([(0, 200)]).shown


def test_what_is_still_needed_is_said_and_then_enough():
    proof = prove_rate(0.01).fold([(0, 100)])
    more = proof.more_needed()
    assert more is not None
    assert prove_rate(0.01).fold([(0, 100), (0, more)]).shown


def test_a_rate_at_the_bound_is_hardly_ever_shown_however_often_one_looks():
    shown = 0
    for run in range(200):
        proof = prove_rate(0.01)
        for start in range(10):
            proof = proof.fold(drawn(f"at the bound {run} {start}", 0.01, 100, 30))
            if proof.shown:
                shown += 1
                break
    assert shown <= 10


def test_a_rate_far_over_the_bound_is_refuted_but_not_by_a_single_error():
    assert not prove_rate(0.01).fold([(1, 3)]).refuted
    assert prove_rate(0.01).fold([(5, 100)] * 3).refuted


# -- canary against baseline ------------------------------------------------------------------------------------------


def together(canary, baseline):
    return list(zip(canary, baseline, strict=True))


def test_a_canary_five_times_as_bad_is_seen():
    pairs = together(drawn("canary", 0.05, 100, 60), drawn("baseline", 0.01, 900, 60))
    found = compare_rates(0.1).fold(pairs)
    assert found.worse
    assert not found.no_worse
    assert found.more_needed() == 0


def test_equal_rates_are_hardly_ever_called_worse():
    worse = 0
    for run in range(100):
        pairs = together(drawn(f"c {run}", 0.01, 100, 120), drawn(f"b {run}", 0.01, 900, 120))
        worse += any(compare_rates(0.1).fold(pairs[:end]).worse for end in range(10, 121, 10))
    assert worse <= 5


def test_two_clean_sides_are_no_worse_once_there_is_enough_traffic():
    pairs = [((0, 100), (0, 900))]
    few = compare_rates(0.1).fold(pairs * 10)
    assert not few.no_worse
    assert few.more_needed()
    assert compare_rates(0.1).fold(pairs * 200).no_worse


def test_minutes_without_traffic_on_a_side_compare_nothing():
    assert compare_rates(0.1).fold([((5, 10), (0, 0)), ((0, 0), (5, 10))]) == Comparison(margin=0.1)


# -- forecasts --------------------------------------------------------------------------------------------------------


def test_a_forecast_is_about_what_happens():
    for n, times in ((10, 5), (100, 2), (100, 20)):
        said = minutes_to_detect(0.01, times, n)
        assert said is not None
        took = []
        for run in range(15):
            watch = watch_rate(0.01).fold(drawn(f"f {run}", 0.005, n, 120))
            took.append(minutes_until_breach(watch, drawn(f"g {run} {n} {times}", 0.01 * times, n, 400)) or 400)
        assert said / 3 <= sorted(took)[7] <= said * 3


def test_what_cannot_be_seen_has_no_forecast():
    assert minutes_to_detect(0.5, 2, 100) is None
    assert minutes_to_detect(0.01, 1, 100) is None
    assert minutes_to_detect(0.01, 5, 0) is None
    assert minutes_to_show(0.01, 100, 0.01) is None
