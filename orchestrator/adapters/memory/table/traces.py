"""Traces in memory."""

from __future__ import annotations

from collections import deque
from threading import RLock

from orchestrator.adapters.aws.table.items import TRACE_KEPT
from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.trace import KEPT, TraceRecord, newest_first, redacted
from orchestrator.ports import Clock, Traces


class MemoryTraces(Faulty, Traces):
    """As `TableTraces`: two rings a guild, of what people did and of what Switchback did by itself."""

    def __init__(self, clock: Clock, lock: RLock) -> None:
        super().__init__()
        self._clock = clock
        self._lock = lock
        self._rings: dict[tuple[str, bool], deque[TraceRecord]] = {}

    def put(self, record: TraceRecord) -> None:
        self._maybe_fail()
        with self._lock:
            ring = self._rings.setdefault((record.guild_id, record.by_people), deque(maxlen=KEPT))
            ring.append(redacted(record))

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        return next(iter(self.recent(guild_id, 1, actor_id=actor_id)), None)

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        self._maybe_fail()
        return next((record for record in self._newest_first(guild_id) if record.id == trace_id), None)

    def recent(self, guild_id: str, limit: int = 25, *, actor_id: str | None = None) -> list[TraceRecord]:
        self._maybe_fail()
        found = [record for record in self._newest_first(guild_id) if actor_id is None or record.concerns(actor_id)]
        return found[: max(limit, 0)]

    def _newest_first(self, guild_id: str) -> list[TraceRecord]:
        with self._lock:
            kept = [record for people in (True, False) for record in self._rings.get((guild_id, people), ())]
        return newest_first(record for record in kept if record.at + TRACE_KEPT > self._clock.now())
