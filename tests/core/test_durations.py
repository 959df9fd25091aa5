"""Durations as people write them and as they are said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.durations import LONGEST, parse_duration, say_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1),
        ("90s", 90),
        ("30m", 1800),
        ("2h", 7200),
        ("2d", 172_800),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("366d", LONGEST),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "m",
        "30 m",
        " 30m",
        "30m ",
        "30m\n",
        "-1h",
        "+1h",
        "1.5h",
        "1e3s",
        "٣m",
        "30M",
        "30min",
        "2y",
        "1h 30m",
        "x",
        "30mx",
    ],
)
def test_what_is_no_duration_is_refused_with_what_would_be_right(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration; write a number and a unit"):
        parse_duration(text)


@pytest.mark.parametrize("text", ["0s", "0m", "367d", "366d1s", "999999999w", "999999999w" * 5000])
def test_nothing_and_more_than_a_year_are_out_of_range(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "now"), (0, "now"), (1, "1 s"), (59, "59 s"), (60, "1 min"), (119, "1 min"), (3600, "1h"), (5400, "1h 30 min"),
        (86_399, "23h 59 min"), (86_400, "1d"), (90_000, "1d 1h"), (90_060, "1d 1h"), (86_460, "1d 1 min"), (30 * 86_400, "30d"),
    ],
)  # fmt: skip
def test_a_duration_is_said(seconds: int, said: str) -> None:
    assert say_duration(seconds) == said


@settings(max_examples=100, deadline=None)
@given(st.integers(60, LONGEST))
def test_what_is_said_is_never_more_than_it_is_and_less_by_under_an_hour(seconds: int) -> None:
    written = say_duration(seconds).replace(" min", "m").replace(" ", "")
    assert 0 <= seconds - parse_duration(written) < 3600
