"""The bot's own log lines in memory: whatever it writes here goes on to `beyond`, and the last lines can be searched.

For a place without CloudWatch: the sandbox gives this to the logger as its stream, and to the bot as its port.
"""

from __future__ import annotations

import json
from collections import deque
from threading import Lock
from typing import Any

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.own_logs import SHOWN, LogLine, lines_of
from orchestrator.ports import Clock, Logs, Refused
from orchestrator.telemetry.logs import Sink

MOST = 5_000
"""Lines that are remembered."""


class MemoryLogs(Faulty, Logs):
    """A line that is no JSON object has no fields, and is found by no trace; it is the same in CloudWatch. `slow`: no
    search ends in time."""

    def __init__(self, clock: Clock, beyond: Sink | None = None) -> None:
        super().__init__()
        self.slow = False
        self._clock, self._beyond = clock, beyond
        self._lock = Lock()
        self._lines: deque[tuple[int, dict[str, Any]]] = deque(maxlen=MOST)

    def write(self, text: str) -> int:
        if self._beyond is not None:
            self._beyond.write(text)
        at_ms = self._clock.now_ms()
        found = [fields for line in text.splitlines() if (fields := _fields(line)) is not None]
        with self._lock:
            self._lines.extend((at_ms, fields) for fields in found)
        return len(text)

    def flush(self) -> None:
        if self._beyond is not None:
            self._beyond.flush()

    def of_trace(self, trace_id: str, start: int, end: int, within: float) -> tuple[LogLine, ...] | None:
        self._maybe_fail()
        try:
            lines_of(trace_id)
        except ValueError as problem:
            raise Refused(str(problem)) from None
        if self.slow:
            return None
        with self._lock:
            kept = list(self._lines)
        return tuple(
            LogLine(at_ms=at_ms, fields={name: _text(fields[name]) for name in SHOWN if name in fields})
            for at_ms, fields in kept
            if fields.get("trace_id") == trace_id and start * 1000 <= at_ms <= end * 1000
        )


def _fields(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: Any) -> str:
    """As Insights gives it: everything is text."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
