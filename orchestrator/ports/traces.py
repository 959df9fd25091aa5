"""What Switchback itself has done, and what it logged on the way."""

from __future__ import annotations

from typing import Protocol

from orchestrator.core.own_logs import LogLine
from orchestrator.core.trace import TraceRecord


class Traces(Protocol):
    """What commands and decisions did, by guild; never another guild's. Of what people did the newest hundred can be
    read, and the newest hundred of what Switchback did by itself: a writer that dies half-way leaves room for an older
    one, never for more."""

    def put(self, record: TraceRecord) -> None:
        """One that was put before, under the same id, is replaced."""

    def last_for(self, guild_id: str, actor_id: str) -> TraceRecord | None:
        """This actor's own newest, asked for or confirmed as second person; None for one who has none."""

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None: ...

    def recent(self, guild_id: str, limit: int = 25, *, actor_id: str | None = None) -> list[TraceRecord]:
        """Newest first, of all actors or of one alone."""


class Logs(Protocol):
    """What Switchback itself has logged."""

    def of_trace(self, trace_id: str, start: int, end: int, within: float) -> tuple[LogLine, ...] | None:
        """The lines of one trace from `start` to `end` (epoch seconds), oldest first; None when the search did not end
        within so many seconds. Raises Unavailable, Refused."""
