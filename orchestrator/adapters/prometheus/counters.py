"""Increases of counters, minute by minute. Pure arithmetic on figures read once a minute.

The figure at an instant is the newest one before it, so the minute that begins at `m` grew by the figure at m + 60
less the figure at m. Nothing is extrapolated: two events are two.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from math import isfinite

from orchestrator.adapters.prometheus.api import PromSeries
from orchestrator.core.signals import MINUTE


def first_seen(rows: Sequence[PromSeries]) -> int | None:
    """The earliest instant at which any series has a figure."""
    return min((min(row.points) for row in rows if row.points), default=None)


def increases(rows: Sequence[PromSeries], from_zero: Collection[int] = ()) -> dict[int, float]:
    """The increase in each minute, over all series.

    A figure lower than the one before is a restart, and counts from zero. A series that appears when others of its
    selector were there already has just had its first event, and counts from zero as well; so do the rows whose
    numbers are in `from_zero`. What else stands first is what the next is compared with, and its own minute is not
    known. A minute is absent when it is known for no series.
    """
    earliest = first_seen(rows)
    found: dict[int, float] = {}
    for number, row in enumerate(rows):
        before = None
        for at in sorted(row.points):
            value = row.points[at]
            if not isfinite(value):
                continue
            if before is None and (number in from_zero or at != earliest):
                before = 0.0
            if before is not None:
                minute = at - MINUTE
                found[minute] = found.get(minute, 0.0) + (value - before if value >= before else value)
            before = value
    return found
