"""Traces in memory."""

from __future__ import annotations

from threading import RLock

from orchestrator.adapters.aws.table.items import TRACE_KEPT
from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.trace import TraceRecord, redacted
from orchestrator.ports import Clock, Traces


class MemoryTraces(Faulty, Traces):
    def __init__(self, clock: Clock, lock: RLock) -> None:
        super().__init__()
        self._clock = clock
        self._lock = lock
        self._by_guild: dict[str, dict[str, TraceRecord]] = {}

    def put(self, record: TraceRecord) -> None:
        self._maybe_fail()
        with self._lock:
            self._by_guild.setdefault(record.guild_id, {})[record.id] = redacted(record)

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        self._maybe_fail()
        return next((record for record in self._newest_first(guild_id) if record.actor == actor_id), None)

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        self._maybe_fail()
        return next((record for record in self._newest_first(guild_id) if record.id == trace_id), None)

    def recent(self, guild_id: str, limit: int = 25) -> list[TraceRecord]:
        self._maybe_fail()
        return self._newest_first(guild_id)[: max(limit, 0)]

    def _newest_first(self, guild_id: str) -> list[TraceRecord]:
        with self._lock:
            kept = self._by_guild.get(guild_id, {}).values()
            current = [record for record in kept if record.at + TRACE_KEPT > self._clock.now()]
        return sorted(current, key=lambda record: record.at, reverse=True)
