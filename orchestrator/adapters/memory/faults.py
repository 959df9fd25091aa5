"""Faults for the memory adapters: what the next calls are to run into."""

from __future__ import annotations


class Faulty:
    """Each call to the port takes the first entry of `fail_next`: an exception is raised before anything
    happens, None lets that call pass. An empty list is a healthy day."""

    def __init__(self) -> None:
        self.fail_next: list[Exception | None] = []

    def _maybe_fail(self) -> None:
        fault = self.fail_next.pop(0) if self.fail_next else None
        if fault is not None:
            raise fault
