"""What no pure function may ask for itself: the time, and ids that nobody can guess."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """The time, as everything that decides or tells is given it."""

    def now(self) -> int:
        """Epoch seconds, UTC."""

    def now_ms(self) -> int:
        """Epoch milliseconds, for measuring how long a thing took."""

    def sleep(self, seconds: float) -> None:
        """Wait. Only the read-back of a flag waits, and never for more than a few seconds."""


class Ids(Protocol):
    """Ids for rollouts' transitions, buttons, traces and events."""

    def new(self) -> str:
        """An unguessable id, URL-safe, at most 22 characters."""
