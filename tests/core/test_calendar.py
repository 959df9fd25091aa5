"""Freeze windows over weekends, clock changes and holidays; when the daily summary is due."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.calendar import Freeze, frozen, local_date, next_change, summary_due

BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
HOUR, DAY = 3600, 86_400


def at(utc: str) -> int:
    return int(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp())


def minutes(day: int, clock: str) -> int:
    """Minutes since Monday 00:00; Monday is day 0."""
    hours, rest = clock.split(":")
    return day * 1440 + int(hours) * 60 + int(rest)


def weekly(start: tuple[int, str], end: tuple[int, str], reason: str = "weekend") -> Freeze:
    return Freeze(reason=reason, weekly=(minutes(*start), minutes(*end)))


def daily(start: str, end: str, reason: str = "night") -> list[Freeze]:
    late = end <= start
    return [weekly((day, start), ((day + late) % 7, end), reason) for day in range(7)]


def once(start: str, end: str, reason: str = "holidays") -> Freeze:
    return Freeze(reason=reason, once=(start, end))


WEEKEND = weekly((4, "16:00"), (0, "08:00"))
WINTER = once("2025-12-20T00:00", "2026-01-03T00:00")
SPRING, AUTUMN = "2026-03-29", "2026-10-25"
"""The days on which Berlin's clocks change, both at 01:00 UTC."""

ROWS = [
    ("a Friday before four", [WEEKEND], "2025-10-10 13:59:59", None),
    ("a Friday at four, local time", [WEEKEND], "2025-10-10 14:00", "2025-10-13 06:00"),
    ("Sunday night, over the end of the week", [WEEKEND], "2025-10-12 23:30", "2025-10-13 06:00"),
    ("Monday at eight", [WEEKEND], "2025-10-13 06:00", None),
    ("a weekend with the clocks put back in it", [WEEKEND], "2026-10-23 14:00", "2026-10-26 07:00"),
    ("a weekend with the clocks put on in it", [WEEKEND], "2026-03-27 15:00", "2026-03-30 06:00"),
    ("a night", daily("22:00", "06:00"), "2025-10-14 21:00", "2025-10-15 04:00"),
    ("the night from Sunday to Monday", daily("22:00", "06:00"), "2025-10-12 21:00", "2025-10-13 04:00"),
    ("a day between two nights", daily("22:00", "06:00"), "2025-10-14 12:00", None),
    ("the first second of a holiday", [WINTER], "2025-12-19 23:00", "2026-01-02 23:00"),
    ("the second before it", [WINTER], "2025-12-19 22:59:59", None),
    ("the last day, to its end", [WINTER], "2026-01-02 22:59:59", "2026-01-02 23:00"),
    ("date-times", [once("2025-12-20T12:00", "2025-12-20T13:00")], "2025-12-20 11:30", "2025-12-20 12:00"),
    ("nothing frozen at all", [], "2025-12-20 11:30", None),
    ("an end that does not exist", [once("2026-03-29T01:00", "2026-03-29T02:30")], "2026-03-29 01:29:59", "2026-03-29 01:30"),
    ("a start that does not exist", [once("2026-03-29T02:30", "2026-03-29T04:00")], "2026-03-29 00:30", "2026-03-29 02:00"),
    ("an end that exists twice", [once("2026-10-25T01:00", "2026-10-25T02:30")], "2026-10-25 01:29:59", "2026-10-25 01:30"),
    ("a start that exists twice", [once("2026-10-25T02:30", "2026-10-25T04:00")], "2026-10-25 00:30", "2026-10-25 03:00"),
]  # fmt: skip


@pytest.mark.parametrize(("freezes", "now", "until"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_moment_in_berlin_is_frozen_until(freezes: list[Freeze], now: str, until: str | None) -> None:
    found = frozen(freezes, BERLIN, at(now))
    assert (found and found.until) == (until and at(until))


def test_windows_that_touch_are_one_freeze_and_only_the_open_ones_are_its_reason() -> None:
    eve = once("2025-12-17T08:00", "2025-12-19T16:00", "stocktaking")
    freezes = [WEEKEND, WINTER, eve]
    found = frozen(freezes, BERLIN, at("2025-12-18 12:00"))
    assert found is not None
    assert found.reason == "stocktaking"
    # 2 January is a Friday: the weekend follows the holidays without a gap.
    assert found.until == at("2026-01-05 07:00")
    both = frozen(freezes, BERLIN, at("2025-12-20 12:00"))
    assert both is not None
    assert both.reason == "weekend, holidays"


def test_a_freeze_without_end_still_has_an_answer() -> None:
    found = frozen(daily("08:00", "08:00"), BERLIN, at("2025-10-14 12:00"))
    assert found is not None
    assert 366 * DAY <= found.until - at("2025-10-14 12:00") < 375 * DAY


def test_the_same_window_is_another_moment_in_another_time_zone() -> None:
    assert frozen([WEEKEND], NEW_YORK, at("2025-10-10 14:00")) is None
    assert frozen([WEEKEND], NEW_YORK, at("2025-10-10 20:00")) is not None


def test_a_window_that_is_over_for_good_changes_nothing_any_more() -> None:
    assert next_change([WINTER], BERLIN, at("2026-01-02 23:00")) is None
    assert next_change([], BERLIN, at("2026-01-02 23:00")) is None
    assert next_change([WINTER], BERLIN, at("2025-06-01 12:00")) == at("2025-12-19 23:00")


moments = st.integers(at("2025-10-01 00:00"), at("2026-12-01 00:00"))
week_minutes = st.integers(0, 7 * 1440 - 1)
windows = st.builds(lambda start, end: Freeze(reason="x", weekly=(start, end)), week_minutes, week_minutes)
zones = st.sampled_from([BERLIN, NEW_YORK, "Australia/Lord_Howe", "Pacific/Apia", "UTC"])


@given(st.lists(windows, max_size=3), zones, moments)
def test_nothing_changes_before_the_next_change_and_something_does_then(
    freezes: list[Freeze], zone: str, now: int
) -> None:
    change = next_change(freezes, zone, now)
    is_frozen = frozen(freezes, zone, now) is not None
    if change is None:
        assert not freezes
        return
    assert change > now
    for moment in {now, (now + change) // 2, change - 1}:
        assert (frozen(freezes, zone, moment) is not None) == is_frozen
    if change - now < 366 * DAY:
        assert (frozen(freezes, zone, change) is not None) != is_frozen


@given(windows, zones, moments)
def test_a_window_is_never_shorter_than_it_is_written(freeze: Freeze, zone: str, now: int) -> None:
    """Whenever the wall shows a time inside it, it is open, on the days of the clock changes too."""
    assert freeze.weekly is not None
    start, end = freeze.weekly
    local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone))
    wall = local.weekday() * 1440 + local.hour * 60 + local.minute
    inside = start <= wall < end if start < end else wall >= start or wall < end
    if inside:
        assert frozen([freeze], zone, now) is not None


def test_the_summary_is_due_from_six_in_the_evening_once_a_day() -> None:
    noon, six, later = at("2026-03-29 10:00"), at("2026-03-29 16:00"), at("2026-03-29 20:00")
    assert not summary_due(BERLIN, noon, 0)
    assert not summary_due(BERLIN, six - 1, at("2026-03-28 17:00"))
    assert summary_due(BERLIN, six, at("2026-03-28 17:00"))
    assert summary_due(BERLIN, later, six - 1)
    assert not summary_due(BERLIN, later, six)


def test_a_summary_that_nobody_could_send_is_not_made_up_for_the_day_after() -> None:
    assert not summary_due(BERLIN, at("2026-03-30 06:00"), at("2026-03-28 17:00"))


@given(zones, moments)
def test_there_is_one_summary_for_each_local_date(zone: str, start: int) -> None:
    last, sent = 0, []
    for now in range(start, start + 6 * DAY, 1800):
        if summary_due(zone, now, last):
            last = now
            sent.append(local_date(zone, now))
    assert len(sent) == len(set(sent))
    assert 5 <= len(sent) <= 7
