"""Exact bounds on a rate: known values, and what must hold of any bound."""

from __future__ import annotations

from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.binomial import cdf, clean_sample, is_over, is_within, lower_bound, upper_bound

# Clopper and Pearson's one-sided 95 % bounds, from sums of exact binomial coefficients.
KNOWN = [
    (0, 10, 0.000000000, 0.258865551),
    (1, 10, 0.005116197, 0.394163302),
    (2, 10, 0.036771438, 0.506901301),
    (5, 10, 0.222441101, 0.777558899),
    (9, 10, 0.605836698, 0.994883803),
    (10, 10, 0.741134449, 1.000000000),
    (0, 100, 0.000000000, 0.029513050),
    (1, 1, 0.050000000, 1.000000000),
    (3, 299, 0.002740182, 0.025726467),
    (10, 500, 0.010889901, 0.033688272),
]


@pytest.mark.parametrize(("k", "n", "low", "high"), KNOWN, ids=[f"{k} of {n}" for k, n, _, _ in KNOWN])
def test_the_bounds_are_clopper_and_pearsons(k: int, n: int, low: float, high: float) -> None:
    assert lower_bound(k, n) == pytest.approx(low, abs=1e-8)
    assert upper_bound(k, n) == pytest.approx(high, abs=1e-8)


@pytest.mark.parametrize(
    ("k", "n"), [(2, 10), (2, 20), (3, 50), (4, 100), (6, 200), (10, 500), (16, 1000)], ids=lambda number: str(number)
)
def test_so_many_errors_and_not_one_fewer_show_a_rate_over_one_percent(k: int, n: int) -> None:
    assert lower_bound(k, n) > 0.01
    assert lower_bound(k - 1, n) <= 0.01


def test_zero_of_299_proves_less_than_one_percent_and_zero_of_298_does_not() -> None:
    assert upper_bound(0, 299) <= 0.01 < upper_bound(0, 298)
    assert clean_sample(0.01) == 299


@pytest.mark.parametrize("bound", [0.5, 0.2, 0.05, 0.01, 0.005, 0.001, 1e-6])
def test_a_clean_sample_is_the_least_that_proves_the_bound(bound: float) -> None:
    size = clean_sample(bound)
    assert upper_bound(0, size) <= bound + 1e-12
    assert upper_bound(0, size - 1) > bound


def test_nothing_seen_says_nothing() -> None:
    assert (lower_bound(0, 0), upper_bound(0, 0)) == (0.0, 1.0)


counts = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=200, deadline=None)
@given(counts, st.floats(0.001, 0.999))
def test_the_distribution_is_the_sum_of_its_terms(count: tuple[int, int], p: float) -> None:
    k, n = count
    exact = sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k + 1))
    assert cdf(k, n, p) == pytest.approx(exact, abs=1e-11)


many = st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(many)
def test_at_its_bound_a_count_is_as_unlikely_as_the_confidence_allows(count: tuple[int, int]) -> None:
    k, n = count
    low, high = lower_bound(k, n), upper_bound(k, n)
    assert 0.0 <= low <= k / n <= high <= 1.0
    if k > 0:
        assert 1.0 - cdf(k - 1, n, low) == pytest.approx(0.05, abs=1e-6)
    if k < n:
        assert cdf(k, n, high) == pytest.approx(0.05, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(many)
def test_good_and_bad_are_mirrored(count: tuple[int, int]) -> None:
    k, n = count
    assert lower_bound(k, n) == pytest.approx(1.0 - upper_bound(n - k, n), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(many)
def test_one_more_bad_event_never_lowers_a_bound(count: tuple[int, int]) -> None:
    k, n = count
    if k < n:
        assert lower_bound(k + 1, n) >= lower_bound(k, n)
        assert upper_bound(k + 1, n) >= upper_bound(k, n)


@pytest.mark.parametrize("k", [0, 1, 50, 999_999, 1_000_000])
def test_a_million_events_are_no_trouble(k: int) -> None:
    assert lower_bound(k, 1_000_000) <= k / 1_000_000 <= upper_bound(k, 1_000_000)


@settings(max_examples=200, deadline=None)
@given(counts, st.sampled_from([0.001, 0.01, 0.05, 0.2, 0.5, 0.9, 0.99]))
def test_whether_a_rate_is_shown_needs_no_bound_solved_for(pair: tuple[int, int], rate: float) -> None:
    k, n = pair
    assert is_over(k, n, rate) == (lower_bound(k, n) > rate)
    assert is_within(k, n, rate) == (upper_bound(k, n) <= rate)


def test_of_nothing_seen_nothing_is_shown() -> None:
    assert not is_over(0, 0, 0.5)
    assert not is_within(0, 0, 0.5)
