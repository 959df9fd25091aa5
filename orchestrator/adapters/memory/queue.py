"""The command queue in memory: whoever runs the worker takes from `sent`."""

from __future__ import annotations

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.work import Work, decode_work, encode_work
from orchestrator.ports import Queue


class MemoryQueue(Faulty, Queue):
    """`sent` holds the work, oldest first, as they come out of their JSON; `handed_back` (receipt, seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Work] = []
        self.handed_back: list[tuple[str, int]] = []

    def send(self, work: Work) -> None:
        self._maybe_fail()
        self.sent.append(decode_work(encode_work(work)))

    def hand_back(self, receipt: str, seconds: int) -> None:
        self._maybe_fail()
        self.handed_back.append((receipt, seconds))
