"""Windows of time, [start, end) in epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable


def joined(windows: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same time in as few windows as possible, oldest first: those that overlap or touch become one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(windows):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
