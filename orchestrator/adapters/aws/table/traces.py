"""Traces, by guild: the newest of one actor, one by its id, the newest of all."""

from __future__ import annotations

import msgspec

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item, item
from orchestrator.adapters.aws.table.store import Store
from orchestrator.core.trace import TraceRecord, redacted

_TRACE = msgspec.json.Decoder(TraceRecord)


class TableTraces:
    """The port `Traces`. What is stored is redacted here, whoever built it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, record: TraceRecord) -> None:
        """Two writes: the trace, then the way to it by its id. The same trace twice is the same items."""
        key = items.trace_key(record.guild_id, record.actor, record.at, record.id)
        gone = record.at + items.TRACE_KEPT
        # The record is what the index projects, so that a listing is one query.
        summary = msgspec.json.encode(redacted(record), order="sorted").decode()
        listed = {"list_key": key.pk, "list_at": record.at}
        self._store.put(item(key, summary=summary, expires_at=gone, **listed))
        self._store.put(item(items.trace_id_key(record.guild_id, record.id), lies_at=key.sk, expires_at=gone))

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        prefix = items.actor_prefix(actor_id)
        found = self._store.query_items(f"TRACE#{guild_id}", prefix, newest_first=True, limit=1)
        return next(map(_trace, found), None)

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        way = self._store.get(items.trace_id_key(guild_id, trace_id))
        if way is None:
            return None
        found = self._store.get(items.Key(f"TRACE#{guild_id}", way["lies_at"]))
        return None if found is None else _trace(found)

    def recent(self, guild_id: str, limit: int = 25) -> list[TraceRecord]:
        # The index does not project when an item runs out, but when it began says the same.
        values = {":key": f"TRACE#{guild_id}", ":gone": self._store.clock.now() - items.TRACE_KEPT}
        found = self._store.query(
            "#list_key = :key AND #list_at > :gone",
            values,
            index=items.LISTING,
            newest_first=True,
            limit=limit,
        )
        return [_trace(entry) for entry in found]


def _trace(found: Item) -> TraceRecord:
    return items.decoded(found, found["summary"], _TRACE)
