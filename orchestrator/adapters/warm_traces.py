"""Traces with the warm container's own copy in front of the table: what was just done is shown without a read."""

from __future__ import annotations

from threading import Lock

from cachetools import Cache, LRUCache

from orchestrator.core.trace import KEPT, TraceRecord, redacted
from orchestrator.ports import SwitchbackError, Traces


class WarmTraces:
    """The last traces of this container: at most `limit`, the least recently used goes first, the newest never.

    Reading one counts as using it. A trace is found only under its own guild. Safe to share between threads.
    """

    def __init__(self, limit: int = KEPT) -> None:
        if limit < 1:
            raise ValueError(f"a store for {limit} traces could not keep the newest")
        self._kept: LRUCache[tuple[str, str], TraceRecord] = LRUCache(maxsize=limit)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, record: TraceRecord) -> None:
        """Keeps it, redacted; one of the same guild and id is replaced."""
        safe = redacted(record)
        with self._lock:
            self._kept[record.guild_id, record.id] = safe

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        with self._lock:
            return self._kept.get((guild_id, trace_id))

    def last_for(self, guild_id: str, actor: str) -> TraceRecord | None:
        """The actor's newest trace in the guild by time; of two that began in the same second, the later kept."""
        with self._lock:
            # Cache's own look-up, unlike LRUCache's, does not count as use: only the one that is found moves up.
            looked_at = (Cache.__getitem__(self._kept, key) for key in reversed(list(self._kept)))
            own = [record for record in looked_at if record.guild_id == guild_id and record.concerns(actor)]
            newest = max(own, key=lambda record: record.at, default=None)
            return self._kept[newest.guild_id, newest.id] if newest is not None else None


class WarmFirst(Traces):
    """Writes go to both. A single trace comes from the copy where it is there; whoever asks for the newest asks the
    table, since another container may have a newer one. While the table cannot be read, the copy is better than
    nothing."""

    def __init__(self, table: Traces, warm: WarmTraces) -> None:
        self._table, self._warm = table, warm

    def put(self, record: TraceRecord) -> None:
        self._warm.put(record)
        self._table.put(record)

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        mine = self._warm.get(guild_id, trace_id)
        if mine is not None and mine.outcome != "failed":
            return mine
        # What failed is tried again under the same id, perhaps by another container: the table knows how it ended.
        try:
            found = self._table.get(guild_id, trace_id) or mine
        except SwitchbackError:
            if mine is None:
                raise
            return mine
        if found is not None:
            self._warm.put(found)
        return found

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        """The newer of the two: the copy also has what the table could not be told."""
        mine = self._warm.last_for(guild_id, actor_id)
        try:
            stored = self._table.last_for(guild_id, actor_id)
        except SwitchbackError:
            if mine is None:
                raise
            return mine
        if mine is None or stored is None:
            return mine or stored
        return mine if mine.at >= stored.at else stored

    def recent(self, guild_id: str, limit: int = 25, *, actor_id: str | None = None) -> list[TraceRecord]:
        return self._table.recent(guild_id, limit, actor_id=actor_id)
