"""Durations as people write them (`90s`, `30m`, `2h`, `2d`, `1w`, `1h30m`) and as whole seconds."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_WHOLE = re.compile(r"(?:[0-9]{1,9}[smhdw])+", re.ASCII)
_PART = re.compile(r"([0-9]{1,9})([smhdw])", re.ASCII)

LONGEST = 366 * 86_400
"""A year: nothing in a plan lasts longer, and a larger number is a slip of the hand."""


def parse_duration(text: str) -> int:
    """Seconds of `text`; ValueError with what would be right when it is none, zero, or over a year."""
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration; write a number and a unit: 90s, 30m, 2h, 2d or 1w")
    seconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(text))
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"{text!r} is out of range; durations lie between 1s and 366d")
    return seconds


def say_duration(seconds: int) -> str:
    """The two largest units, as somebody would say it: `2d 3h`, `45 s`, `now` for nothing."""
    if seconds <= 0:
        return "now"
    if seconds < 60:
        return f"{seconds} s"
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(f"{number} {unit}" if unit == "min" else f"{number}{unit}")
    return " ".join(parts[:2])
