"""What is wrong with a file that people write: one line a fault, and what would be right."""

from __future__ import annotations

from msgspec import Struct

MOST_FAULTS = 100


class Fault(Struct, frozen=True, kw_only=True):
    """One fault. `line` counts from 1; its text is `what is wrong; what would be right`, one line."""

    line: int
    wrong: str
    right: str

    def __str__(self) -> str:
        return f"{self.wrong}; {self.right}"


class TooManyFaults(Exception):
    """The file has so many faults that reading on helps nobody."""


class Faults:
    """Collects faults while a file is read. After a hundred it says so and raises TooManyFaults."""

    def __init__(self) -> None:
        self._found: dict[Fault, None] = {}

    def add(self, line: int, wrong: str, right: str) -> None:
        self._found[Fault(line=line, wrong=wrong, right=right)] = None
        if len(self._found) >= MOST_FAULTS:
            last = max(fault.line for fault in self._found)
            wrong, right = f"there are more than {MOST_FAULTS} faults", "correct these, then check again"
            self._found[Fault(line=last, wrong=wrong, right=right)] = None
            raise TooManyFaults

    def __bool__(self) -> bool:
        return bool(self._found)

    def in_line_order(self) -> list[Fault]:
        return sorted(self._found, key=lambda fault: fault.line)


def shown(text: str, longest: int = 60) -> str:
    """Somebody's text, fit to stand in a fault: one line, nothing invisible, no longer than `longest`."""
    start = text[: longest + 1]
    line = " ".join("".join(char if char.isprintable() else " " for char in start).split())
    return f"{line[: longest - 1]}…" if len(text) > longest else line
