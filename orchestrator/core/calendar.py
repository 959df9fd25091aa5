"""Freeze windows: times in which nothing goes forward, in the plan's own time zone. Going back never waits.

Times of day are local, everything handed in and out is epoch seconds. On the days on which the clocks change, a local
time exists twice or not at all: a window then has the longer of its two readings, since one hour too long costs an
hour and one too short costs a change in the middle of a freeze.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

WEEK = 7 * 24 * 60
"""Minutes of a week, on the clock on the wall."""

SUMMARY_AT = time(18)
"""When the daily summary is due, local time."""

LONGEST = 366 * 86_400
"""Seconds after which a freeze that never ends is not followed further."""


class Freeze(Struct, frozen=True, kw_only=True):
    """Either every week, from `start` to `end` as minutes since Monday 00:00 (an end before the start runs over Sunday
    night), or once, from `start` to `end` as ISO local date-times. Both in the plan's time zone."""

    reason: str
    weekly: tuple[int, int] | None = None
    once: tuple[str, str] | None = None


class Frozen(Struct, frozen=True, kw_only=True):
    """Nothing goes forward until `until`, epoch seconds: the end of all the windows that follow each other without a
    gap. `reason` names those that are open now."""

    reason: str
    until: int


def frozen(freezes: Sequence[Freeze], timezone: str, now: int) -> Frozen | None:
    """What forbids going forward at `now`; None when nothing does. `timezone` is an IANA name that exists."""
    zone = ZoneInfo(timezone)
    reasons = [freeze.reason for freeze in freezes if _open_until(freeze, zone, now)]
    if not reasons:
        return None
    until = now
    while until < now + LONGEST:
        later = max(_open_until(freeze, zone, until) for freeze in freezes)
        if not later:
            break
        until = later
    return Frozen(reason=", ".join(dict.fromkeys(reasons)), until=until)


def next_change(freezes: Sequence[Freeze], timezone: str, now: int) -> int | None:
    """The first moment after `now` at which `frozen` begins, or stops, to forbid; None when that never happens."""
    here = frozen(freezes, timezone, now)
    if here is not None:
        return here.until
    zone = ZoneInfo(timezone)
    return min((start for freeze in freezes for start, _ in _around(freeze, zone, now) if start > now), default=None)


def local_date(timezone: str, now: int) -> date:
    """The date on the wall."""
    return datetime.fromtimestamp(now, ZoneInfo(timezone)).date()


def summary_due(timezone: str, now: int, last: int) -> bool:
    """Whether the summary of this local date is to be sent: from 18:00 on, unless it was (`last`, 0 for never). A day
    on which nobody could send it is not made up for."""
    zone = ZoneInfo(timezone)
    due = int(datetime.combine(local_date(timezone, now), SUMMARY_AT, zone).timestamp())
    return last < due <= now


def next_summary(timezone: str, now: int) -> int:
    """When the next daily summary is due, after `now`."""
    zone = ZoneInfo(timezone)
    today = local_date(timezone, now)
    moments = (datetime.combine(today + timedelta(days=ahead), SUMMARY_AT, zone).timestamp() for ahead in (0, 1))
    return next(int(at) for at in moments if at > now)


def _open_until(freeze: Freeze, zone: ZoneInfo, at: int) -> int:
    """When the window that is open at `at` ends; 0 when it is closed."""
    return max((end for start, end in _around(freeze, zone, at) if start <= at < end), default=0)


def _around(freeze: Freeze, zone: ZoneInfo, at: int) -> Iterator[tuple[int, int]]:
    """The openings of a window near `at`, in order: those of the week before, of this one and of the next."""
    if freeze.once is not None:
        first, last = freeze.once
        yield _earlier(datetime.fromisoformat(first), zone), _later(datetime.fromisoformat(last), zone)
    if freeze.weekly is not None:
        start, end = freeze.weekly
        today = datetime.fromtimestamp(at, zone).date()
        monday = datetime.combine(today - timedelta(days=today.weekday()), time())
        for minutes in (-WEEK, 0, WEEK):
            opens = monday + timedelta(minutes=minutes + start)
            closes = monday + timedelta(minutes=minutes + end + (WEEK if end <= start else 0))
            yield _earlier(opens, zone), _later(closes, zone)


def _earlier(wall: datetime, zone: ZoneInfo) -> int:
    return min(_readings(wall, zone))


def _later(wall: datetime, zone: ZoneInfo) -> int:
    return max(_readings(wall, zone))


def _readings(wall: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """The two moments that a time on the wall may mean; one and the same on all but two days of the year."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).timestamp() for fold in (0, 1))
    return int(first), int(second)
