"""Signals: what a plan measures, by name; what is asked of a source; what comes back.

A signal is named once in the plan and used everywhere. Sources answer with one number a minute, so that every
judge works on the same evidence and the arithmetic stays in the core.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

MINUTE = 60


class Query(Struct, frozen=True, kw_only=True):
    """One CloudWatch metric. `stat` is CloudWatch's word: Sum, Average, Maximum, p95, …"""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...] = ()
    stat: str = "Sum"


class RatioSignal(Struct, frozen=True, kw_only=True, tag="ratio"):
    """Bad events among all events, as two counts, so that it can be judged exactly."""

    name: str
    bad: Query
    total: Query


class CountSignal(Struct, frozen=True, kw_only=True, tag="count"):
    """How often something happened."""

    name: str
    query: Query


class ValueSignal(Struct, frozen=True, kw_only=True, tag="value"):
    """A level, such as a latency percentile, one figure a minute."""

    name: str
    query: Query
    unit: str = ""


Signal = RatioSignal | CountSignal | ValueSignal

WATERMARK = 120
"""The newest two minutes of a CloudWatch metric are incomplete, the numerator often before the denominator."""


class Wanted(Struct, frozen=True, kw_only=True):
    """One question to a source: this signal, minute by minute, over [start, end), both on whole minutes."""

    signal: Signal
    start: int
    end: int


Series = Mapping[int, float]
"""Minute (epoch seconds, on the minute) to number. A minute without data is absent, never zero."""


class Measurement(Struct, frozen=True, kw_only=True):
    """What a source answered. `pending` means ask again with the same question; `error` says the source is broken."""

    status: Literal["ok", "pending", "error"] = "ok"
    series: dict[int, float] = {}
    total: dict[int, float] = {}
    detail: str = ""


def window(now: int, length: int, *, since: int) -> tuple[int, int]:
    """The minutes to judge at `now`: they end at the watermark and never reach back before `since`."""
    end = (now - WATERMARK) // MINUTE * MINUTE
    first = -(-since // MINUTE) * MINUTE
    return max(end - length, first), end


AlarmState = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]


class AlarmReading(Struct, frozen=True, kw_only=True):
    """An alarm as DescribeAlarms shows it. `since` is when it came into this state, epoch seconds."""

    name: str
    state: AlarmState
    since: int
    reason: str = ""
