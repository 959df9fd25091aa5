"""Traces with the warm container's own copy in front of the table: what was just done is shown without a read."""

from __future__ import annotations

from orchestrator.core.trace import TraceRecord
from orchestrator.ports import Traces
from orchestrator.telemetry.tracing import WarmTraces


class WarmFirst(Traces):
    """Writes go to both. A single trace comes from the copy where it is there; whoever asks for the newest asks the
    table, since another container may have a newer one."""

    def __init__(self, table: Traces, warm: WarmTraces) -> None:
        self._table, self._warm = table, warm

    def put(self, record: TraceRecord) -> None:
        self._warm.put(record)
        self._table.put(record)

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        found = self._warm.get(guild_id, trace_id) or self._table.get(guild_id, trace_id)
        if found is not None:
            self._warm.put(found)
        return found

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        """The newer of the two: the copy also has what the table could not be told."""
        mine, stored = self._warm.last_for(guild_id, actor_id), self._table.last_for(guild_id, actor_id)
        if mine is None or stored is None:
            return mine or stored
        return mine if mine.at >= stored.at else stored

    def recent(self, guild_id: str, limit: int = 25) -> list[TraceRecord]:
        return self._table.recent(guild_id, limit)
