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
    Minute,
    RateProof,
    RateWatch,
    compare_rates,
    minutes_to_detect,
    prove_rate,
    requests_to_show,
    watch_rate,
)

BOUNDS = st.sampled_from([1e-5, 0.001, 0.01, 0.05, 0.5, 0.95, 0.999])
A_MINUTE = st.one_of(st.integers(0, 30), st.integers(0, 1_000_000)).flatmap(
    lambda n: st.tuples(st.one_of(st.integers(0, min(n, 3)), st.integers(0, n)), st.just(n))
)
MINUTES = st.lists(A_MINUTE, max_size=40)


def drawn(seed: str, rate: float, n: int, minutes: int) -> list[Minute]:
    chance = random.Random(seed)
    return [(binomial(n, rate, chance.random()), n) for _ in range(minutes)]


def acts_after(watch: RateWatch, minutes: list[Minute]) -> int | None:
    for at, minute in enumerate(minutes, 1):
        watch = watch.fold([minute])
        if watch.breached:
            return at
    return None


@pytest.mark.parametrize("n", [10, 100, 1_000])
def test_healthy_days_at_half_the_bound_are_no_breach(n: int) -> None:
    assert [day for day in range(67) if acts_after(watch_rate(0.01), drawn(f"{day} {n}", 0.005, n, 1440))] == []


@pytest.mark.parametrize(
    ("bound", "n", "times", "within"),
    [
        (0.01, 10, 20, 8), (0.01, 10, 5, 50), (0.01, 100, 5, 8), (0.01, 100, 20, 2), (0.01, 1_000, 2, 8), (0.01, 10_000, 2, 4),
        (0.001, 1_000, 5, 8), (0.001, 10_000, 2, 8), (0.05, 100, 5, 3), (0.05, 1_000, 2, 5),
    ],
)  # fmt: skip
def test_a_regression_is_seen_in_time(bound: float, n: int, times: int, within: int) -> None:
    took = sorted(acts_after(watch_rate(bound), drawn(f"{run}", times * bound, n, 400)) or 999 for run in range(31))
    assert took[15] <= within


def test_what_no_burst_explains_takes_one_tick() -> None:
    assert watch_rate(0.01).fold([*drawn("before", 0.005, 1_000, 240), (60, 1_000)]).breached


@pytest.mark.parametrize("n", [10, 100, 1_000])
def test_a_burst_of_ten_is_no_breach(n: int) -> None:
    usual, *quiet = drawn("quiet", 0.005, n, 240)
    struck = watch_rate(0.01).fold([*quiet, (usual[0] + 10, n + 10)])
    assert not struck.breached
    assert not struck.fold([usual]).breached


def test_a_regression_does_not_explain_itself_away() -> None:
    worse = watch_rate(0.01).fold([*[(0, 100)] * 60, *[(20, 100), (60, 100)] * 10])
    assert worse.breached
    assert worse.dispersion < 3


def test_clumped_errors_are_told_from_a_higher_rate() -> None:
    chance = random.Random(7)
    minutes = [(binomial(1_000, chance.betavariate(0.995, 198), chance.random()), 1_000) for _ in range(1440)]
    assert watch_rate(0.01).fold(minutes).dispersion > 3


def test_a_recovery_ends_a_breach() -> None:
    broken = watch_rate(0.01).fold([(30, 100)] * 2)
    assert broken.breached
    assert not broken.fold([(0, 1_000)] * 60).breached


@given(BOUNDS, st.lists(st.tuples(st.just(0), st.integers(0, 1_000_000)), max_size=20), st.integers(1, 1_000_000))
def test_one_bad_event_is_never_a_breach(bound: float, clean: list[Minute], n: int) -> None:
    assert not watch_rate(bound).fold([*clean, (1, n)]).breached
    assert not prove_rate(bound).fold([*clean, (1, n)]).refuted


@given(BOUNDS, MINUTES, st.integers(1, 1_000))
def test_more_bad_events_never_end_a_breach(bound: float, minutes: list[Minute], n: int) -> None:
    watch = watch_rate(bound)
    for minute in minutes:
        watch = watch.fold([minute])
        if watch.breached:
            assert watch.fold([(n, n)]).breached


@given(BOUNDS, MINUTES, A_MINUTE)
def test_a_worse_last_minute_breaches_all_the_more(bound: float, minutes: list[Minute], last: Minute) -> None:
    watch, (k, n) = watch_rate(bound).fold(minutes), last
    if watch.fold([last]).breached:
        assert watch.fold([(min(k + 1, n), n)]).breached


@pytest.mark.parametrize("bound", [1e-5, 0.001, 0.01, 0.05, 0.5])
def test_nothing_but_errors_is_a_breach_soon(bound: float) -> None:
    assert acts_after(watch_rate(bound), [(20, 20)] * 30) is not None


def test_a_breach_says_how_much_is_too_much() -> None:
    watch = watch_rate(0.01).fold([*[(0, 30)] * 20, *[(6, 30)] * 4])
    assert watch.breached
    assert (watch.k, watch.n, watch.since_minutes, watch.expected) == (24, 120, 4, pytest.approx(1.2))
    assert 2 <= watch.acts_at <= 24


@given(BOUNDS, MINUTES)
def test_what_it_says_fits_what_it_does(bound: float, minutes: list[Minute]) -> None:
    watch = watch_rate(bound).fold(minutes)
    assert (watch.k >= watch.acts_at) == watch.breached
    assert 0 <= watch.k <= watch.n
    assert watch.dispersion >= 1


@given(BOUNDS, MINUTES, st.integers(0, 40))
def test_batches_make_no_difference(bound: float, minutes: list[Minute], cut: int) -> None:
    pairs = list(zip(minutes, reversed(minutes), strict=True))
    for begun in (watch_rate(bound), prove_rate(bound)):
        assert begun.fold(minutes[:cut]).fold(minutes[cut:]) == begun.fold(minutes)
    compared = compare_rates(0.1)
    assert compared.fold(pairs[:cut]).fold(pairs[cut:]) == compared.fold(pairs)


@given(BOUNDS, MINUTES)
def test_no_counts_break_the_arithmetic_and_the_state_survives_storage(bound: float, minutes: list[Minute]) -> None:
    watch, proof = watch_rate(bound).fold(minutes), prove_rate(bound).fold(minutes)
    compared = compare_rates(0.1).fold(zip(minutes, reversed(minutes), strict=True))
    assert all(isfinite(evidence) for evidence, *_ in watch.stretches)
    assert 0 <= proof.lower <= proof.upper <= 1
    assert not (proof.shown and proof.refuted)
    assert not (compared.worse and compared.no_worse)
    assert isinstance(compared.more_needed(), int | None)
    assert msgspec.json.decode(msgspec.json.encode(watch), type=RateWatch) == watch
    assert msgspec.json.decode(msgspec.json.encode(proof), type=RateProof) == proof
    assert msgspec.json.decode(msgspec.json.encode(compared), type=Comparison) == compared


@given(BOUNDS, MINUTES)
def test_the_bounds_say_what_the_proof_says(bound: float, minutes: list[Minute]) -> None:
    proof = prove_rate(bound).fold(minutes)
    if proof.shown:
        assert proof.upper <= bound * (1 + 1e-9)
    if proof.refuted:
        assert proof.lower >= bound * (1 - 1e-9)


@pytest.mark.parametrize("n", [10, 100])
def test_looking_every_minute_at_a_rate_on_the_bound_is_seldom_wrong(n: int) -> None:
    wrong = 0
    for run in range(60):
        proof, found = prove_rate(0.01), False
        for minute in drawn(f"at {run}", 0.01, n, 300):
            proof = proof.fold([minute])
            found = found or proof.shown or proof.refuted
        wrong += found
    assert wrong <= 6


def test_so_many_clean_requests_show_the_bound_and_a_few_less_do_not() -> None:
    needed = requests_to_show(0.01)
    assert needed is not None
    assert 299 <= needed <= 400
    assert prove_rate(0.01).fold([(0, needed)]).shown
    assert not prove_rate(0.01).fold([(0, needed - 5)]).shown
    assert abs((prove_rate(0.01).fold([(0, 100)]).more_needed() or 0) - (needed - 100)) <= 2
    assert requests_to_show(0.01, 0.01) is None


def test_one_clients_burst_refutes_nothing_and_a_steady_excess_does() -> None:
    assert not prove_rate(0.01).fold([*[(0, 10)] * 3, (10, 20)]).refuted
    assert not compare_rates(0.1).fold([*[((0, 10), (0, 10))] * 5, ((10, 20), (1, 10))]).worse
    assert prove_rate(0.01).fold([(5, 100)] * 3).refuted


@pytest.mark.parametrize(("canary", "outcome"), [(0.02, "worse"), (0.005, "no_worse"), (0.011, "neither")])
def test_a_canary_is_compared_with_the_baseline_of_the_same_minutes(canary: float, outcome: str) -> None:
    pairs = zip(drawn("canary", canary, 500, 60), drawn("baseline", 0.01, 2_000, 60), strict=True)
    found = compare_rates(0.1).fold(pairs)
    assert (found.worse, found.no_worse) == (outcome == "worse", outcome == "no_worse")


def test_minutes_in_which_one_side_is_silent_compare_nothing() -> None:
    assert compare_rates(0.1).fold([((5, 10), (0, 0)), ((0, 0), (5, 10))]) == Comparison(margin=0.1)


@pytest.mark.parametrize(("n", "times"), [(10, 2), (10, 20), (100, 2), (100, 5), (1_000, 2)])
def test_a_forecast_is_about_right(n: int, times: int) -> None:
    said = minutes_to_detect(0.01, times, n)
    took = sorted(acts_after(watch_rate(0.01), drawn(f"f{run}", times * 0.01, n, 1_500)) or 9_999 for run in range(31))
    assert said is not None
    assert said / 1.7 - 1 <= took[15] <= said * 1.7 + 2


def test_what_is_no_rate_has_no_forecast() -> None:
    assert [minutes_to_detect(*asked) for asked in ((0.5, 2, 100), (0.01, 1, 100), (0.01, 5, 0))] == [None] * 3
