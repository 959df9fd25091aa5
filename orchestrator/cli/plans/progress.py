"""One line on stderr that says how far long work has come, where somebody is looking at a terminal."""

from __future__ import annotations

import sys
from time import monotonic

EVERY = 0.2
"""Seconds between two redraws, and before the first: quick work shows nothing."""


class Progress:
    def __init__(self, what: str) -> None:
        self._what = what
        self._is_seen = sys.stderr.isatty()
        self._drawn_at = monotonic()
        self._is_drawn = False

    def at(self, share: float) -> None:
        """`share` of the work, from 0 to 1, is done."""
        if self._is_seen and monotonic() - self._drawn_at >= EVERY:
            self._drawn_at, self._is_drawn = monotonic(), True
            filled = round(30 * min(max(share, 0.0), 1.0))
            bar = "#" * filled + "." * (30 - filled)
            print(f"\r{self._what} [{bar}] {share:4.0%}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Make room for a line of output."""
        if self._is_drawn:
            self._is_drawn = False
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
