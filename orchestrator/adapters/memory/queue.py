"""The command queue in memory: whoever runs the worker takes from `sent`."""

from __future__ import annotations

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.commands import Command, decode_command, encode_command
from orchestrator.ports import Queue


class MemoryQueue(Faulty, Queue):
    """`sent` holds the commands, oldest first, as they come out of their JSON; `handed_back` (receipt, seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Command] = []
        self.handed_back: list[tuple[str, int]] = []

    def send(self, command: Command) -> None:
        self._maybe_fail()
        self.sent.append(decode_command(encode_command(command)))

    def hand_back(self, receipt: str, seconds: int) -> None:
        self._maybe_fail()
        self.handed_back.append((receipt, seconds))
