"""`freeze:` in the text of a plan: times in which nothing goes forward, in the plan's own time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from orchestrator.core.calendar import Freeze
from orchestrator.core.document import Node
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.reader import Form, Found, Reader

MOST_FREEZES = 50
DAY, WEEK = 1440, 7 * 1440
"""Minutes."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_EVERY = "every: Fri 16:00 - Mon 08:00, or every: daily 22:00 - 06:00"
FREEZE = Form(
    what="a freeze",
    keys=("every", "from", "to", "reason"),
    instead={
        "weekly": "every: Fri 16:00 - Mon 08:00",
        "daily": "every: daily 22:00 - 06:00",
        "start": "from: 2025-12-20",
        "until": "to: 2026-01-02",
        "end": "to: 2026-01-02",
        "why": "reason: holidays",
        "timezone": "timezone: in the plan",
    },
    example="{every: Fri 16:00 - Mon 08:00, reason: weekend}",
)
_SPAN = re.compile(r"(\w+) (\d{1,2}):(\d\d) *[-\u2013] *(?:(\w+) )?(\d{1,2}):(\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::00)?", re.ASCII)


def read_freezes(reader: Reader, node: Node) -> tuple[Freeze, ...]:
    freezes: list[Freeze] = []
    for item in reader.items(node, "freeze", f"- {FREEZE.example}", most=MOST_FREEZES):
        entries = reader.form(item, FREEZE)
        if entries is not None:
            freezes.extend(_freeze(reader, item, entries))
    return tuple(freezes)


def _freeze(reader: Reader, node: Node, entries: Found) -> Iterator[Freeze]:
    if entries.lacks("reason"):
        reader.fault(node.line, "this freeze has no reason", "add reason: WHY, which people read while they wait")
    reason = reader.text(entries["reason"], "reason", "reason: holidays", longest=100) if "reason" in entries else None
    dates = [key for key in ("from", "to") if key in entries]
    if "every" in entries and dates:
        reader.fault(node.line, f"one freeze has every and {' and '.join(dates)}", "write two freezes")
        return
    if "every" in entries:
        spans = _weekly(reader, entries["every"])
        yield from (Freeze(reason=reason, weekly=span) for span in spans if reason)
        return
    if not dates and entries.refused:
        return
    for key in ("from", "to"):
        if entries.lacks(key):
            right = f"add {_EVERY}" if not dates else f"add {key}: 2026-01-02"
            reader.fault(node.line, f"this freeze has no {key if dates else 'time'}", right)
            return
    once = _once(reader, entries) if len(dates) == 2 else None
    if once and reason:
        yield Freeze(reason=reason, once=once)


def _weekly(reader: Reader, node: Node) -> list[tuple[int, int]]:
    """Minutes since Monday 00:00, from and to; a daily span is seven of them."""
    scalar = reader.scalar(node, "every", _EVERY)
    if scalar is None:
        return []
    found = _SPAN.fullmatch(" ".join(scalar.text.split()))
    if not found:
        reader.fault(node.line, f"every: {shown(scalar.text)} is no time of the week", f"write {_EVERY}")
        return []
    first, last = _minutes(reader, node, found[2], found[3]), _minutes(reader, node, found[5], found[6])
    if first is None or last is None:
        return []
    if found[1].casefold() in ("daily", "day") and not found[4]:
        spans = [(day * DAY + first, (day * DAY + last + (DAY if last <= first else 0)) % WEEK) for day in range(7)]
    else:
        begins, ends = _weekday(reader, node, found[1]), _weekday(reader, node, found[4] or found[1])
        if begins is None or ends is None:
            return []
        spans = [((begins * DAY + first) % WEEK, (ends * DAY + last) % WEEK)]
    if spans[0][0] == spans[0][1] or (len(spans) > 1 and first == last):
        reader.fault(node.line, f"every: {shown(scalar.text)} ends when it begins", f"write {_EVERY}")
        return []
    return spans


def _minutes(reader: Reader, node: Node, hours: str, minutes: str) -> int | None:
    """Of the day; 24:00 is its end."""
    found = int(hours) * 60 + int(minutes)
    if int(minutes) < 60 and found <= DAY:
        return found
    reader.fault(node.line, f"{hours}:{minutes} is no time of day", "write hours and minutes, as in 16:00")
    return None


def _weekday(reader: Reader, node: Node, name: str) -> int | None:
    for number, day in enumerate(WEEKDAYS):
        if name.casefold() in (day.casefold(), day[:3].casefold()):
            return number
    near = did_you_mean(name, WEEKDAYS)
    right = f"did you mean {near[:3]}?" if near else f"write one of {', '.join(day[:3] for day in WEEKDAYS)}"
    reader.fault(node.line, f"{shown(name)} is no day of the week", right)
    return None


def _once(reader: Reader, entries: Found) -> tuple[str, str] | None:
    """ISO local times. A date alone is that whole day, the last one too."""
    begins, ends = _moment(reader, entries["from"], "from", days=0), _moment(reader, entries["to"], "to", days=1)
    if begins is None or ends is None:
        return None
    if ends <= begins:
        reader.fault(entries["to"].line, "this freeze ends before it begins", "let to: be later than from:")
        return None
    return begins, ends


def _moment(reader: Reader, node: Node, key: str, *, days: int) -> str | None:
    scalar = reader.scalar(node, key, f"{key}: 2025-12-20, or {key}: 2025-12-20T18:00")
    if scalar is None:
        return None
    text = scalar.text.strip()
    try:
        if _DATE.fullmatch(text):
            return f"{date.fromisoformat(text) + timedelta(days=days)}T00:00"
        if found := _TIME.fullmatch(text):
            return datetime.fromisoformat(f"{found[1]}T{found[2]}").isoformat(timespec="minutes")
    except (ValueError, OverflowError):
        pass
    reader.fault(node.line, f"{key}: {shown(text)} is no date", f"write {key}: 2025-12-20, or {key}: 2025-12-20T18:00")
    return None
