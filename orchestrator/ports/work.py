"""What is done outside of the function that wants it done: queued work, and the probes and jobs that it calls."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from orchestrator.core.targets import Call, Result
from orchestrator.core.work import Work


class Queue(Protocol):
    """The command queue, which the worker empties."""

    def send(self, work: Work) -> None:
        """Raises Unavailable. At least once; the order is not kept."""

    def hand_back(self, receipt: str, seconds: int) -> None:
        """Let a message that failed come again after `seconds`, sooner than the queue would by itself."""


class Answer(Struct, frozen=True, kw_only=True):
    """What a target answered. `later`: it will report by itself."""

    result: Result
    line: str = ""
    numbers: dict[str, float] = {}
    link: str = ""
    later: bool = False


class Targets(Protocol):
    """Probes and jobs. Only what the stack has opted in is ever called."""

    def call(self, call: Call, *, plan: str, stage: str, run: str) -> Answer:
        """Runs it and waits for its answer, at most 25 seconds. A target that is not opted in, does not exist or
        cannot be reached answers `error` with why; raises nothing."""
