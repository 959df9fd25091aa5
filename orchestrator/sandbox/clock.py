"""A clock that starts at real time, runs at any speed, and can be moved forward."""

from __future__ import annotations

import threading
import time


class VirtualClock:
    """Implements the Clock port. Time never goes back; `speed` is virtual seconds in a real one, 0 stands still.

    `moves` counts the jumps: whoever carries the time forward for themselves must look again after one.
    """

    def __init__(self, start: float | None = None, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._virtual = time.time() if start is None else start
        self._real = time.monotonic()
        self._speed = speed
        self.moves = 0

    def _seconds(self) -> float:
        return self._virtual + (time.monotonic() - self._real) * self._speed

    def now(self) -> int:
        with self._lock:
            return int(self._seconds())

    def now_ms(self) -> int:
        with self._lock:
            return int(self._seconds() * 1000)

    def sleep(self, seconds: float) -> None:
        """Nobody waits here: the time is simply over."""
        with self._lock:
            self._virtual += seconds

    @property
    def speed(self) -> float:
        with self._lock:
            return self._speed

    def run_at(self, speed: float) -> None:
        with self._lock:
            self._virtual, self._real = self._seconds(), time.monotonic()
            self._speed = speed

    def move_to(self, epoch: float) -> None:
        """Forward only; a time that is over already changes nothing."""
        with self._lock:
            self._virtual, self._real = max(self._seconds(), epoch), time.monotonic()
            self.moves += 1
