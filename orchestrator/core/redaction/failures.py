"""How often the redactor itself failed: counted here, so that whoever can raise an alert may ask.

The core tells nobody by itself. A failure costs a field, never lets one through, and would otherwise be seen by
no one: the mask in the log looks like any other.
"""

from __future__ import annotations

from itertools import count


class Failures:
    """A counter that threads may share: each failure takes the next number."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._taken = 0
        self._last = 0

    def add(self) -> None:
        self._last = next(self._numbers)

    def take(self) -> int:
        """How many there were since the last time someone asked."""
        new, self._taken = self._last - self._taken, self._last
        return new


failures = Failures()
"""The counter of this process."""
