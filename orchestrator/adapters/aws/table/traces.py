"""Traces, by guild, in rings of slots: the hundred-and-first takes the place of the first.

Nothing may be deleted, so what bounds the traces is where they are written. A counter gives each its number, and the
number its slot. A slot never goes back: a writer that was overtaken by a whole ring finds a higher number there, and
its trace is the one that would be gone by now anyway.
"""

from __future__ import annotations

from contextlib import suppress

import msgspec

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item, item
from orchestrator.adapters.aws.table.store import ConditionFailed, Store
from orchestrator.core.trace import KEPT, TraceRecord, newest_first, redacted
from orchestrator.ports import Traces, UnknownSchema
from orchestrator.telemetry.logs import get_logger

log = get_logger()

_TRACE = msgspec.json.Decoder(TraceRecord)


class TableTraces(Traces):
    """The port `Traces`. What is stored is redacted here, whoever built it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, record: TraceRecord) -> None:
        """Two writes: the number, then the trace. A crash between them leaves an older trace in the slot for one more
        round."""
        ring = "people" if record.by_people else "itself"
        number = self._store.count_up(items.ring_key(record.guild_id, ring))
        new = item(
            items.trace_key(record.guild_id, ring, number % KEPT),
            number=number,
            trace=record.id,
            actor=record.actor,
            second=record.second or None,
            body=msgspec.json.encode(redacted(record), order="sorted").decode(),
            expires_at=record.at + items.TRACE_KEPT,
        )
        with suppress(ConditionFailed):
            self._store.put(new, "attribute_not_exists(#pk) OR #number < :number", {":number": number})

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        return next(iter(self.recent(guild_id, 1, actor_id=actor_id)), None)

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        return next(iter(newest_first(self._found(guild_id, "#trace = :wanted", trace_id))), None)

    def recent(self, guild_id: str, limit: int = 25, *, actor_id: str | None = None) -> list[TraceRecord]:
        wanted = self._found(
            guild_id, "#actor = :wanted OR #second = :wanted" if actor_id is not None else "", actor_id or ""
        )
        return newest_first(wanted)[: max(limit, 0)]

    def _found(self, guild_id: str, only: str, wanted: str) -> list[TraceRecord]:
        """In the order in which they were put. One that a newer Switchback wrote hides none of the others."""
        values = {":wanted": wanted} if only else {}
        found = self._store.query_items(
            f"TRACE#{guild_id}", items.TRACE_SLOTS, only=only, values=values, skip_unreadable=True
        )
        read = map(_trace, sorted(found, key=lambda stored: int(stored["number"])))
        return [record for record in read if record is not None]


def _trace(stored: Item) -> TraceRecord | None:
    try:
        return items.decoded(stored, stored["body"], _TRACE)
    except UnknownSchema as problem:
        log.warning("a trace could not be read", extra={"problem": str(problem)})
        return None
