"""The outbox in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import RLock

from msgspec import structs

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.effects import Post
from orchestrator.ports import Conflict, Waiting


class MemoryOutbox(Faulty):
    def __init__(self, lock: RLock) -> None:
        super().__init__()
        self._lock = lock
        self._entries: dict[str, dict[int, Waiting]] = {}
        self.messages: dict[str, str] = {}
        """What was done: the effect's key to the message's id."""

    def waiting(self, rollout_id: str, now: int) -> list[Waiting]:
        self._maybe_fail()
        with self._lock:
            entries = self._entries.get(rollout_id, {})
            return [entries[seq] for seq in sorted(entries) if entries[seq].not_before <= now]

    def done(self, effect: Waiting, message_id: str = "") -> None:
        self._maybe_fail()
        with self._lock:
            if self._entries.get(effect.rollout, {}).pop(effect.seq, None) is not None:
                self.messages[effect.key] = message_id

    def later(self, effect: Waiting, not_before: int) -> None:
        self._maybe_fail()
        with self._lock:
            entries = self._entries.get(effect.rollout, {})
            if (known := entries.get(effect.seq)) is not None:
                entries[effect.seq] = structs.replace(known, not_before=not_before, tries=known.tries + 1)

    def fold(self, effects: Sequence[Waiting], into: Post, key: str) -> Waiting:
        self._maybe_fail()
        first = effects[0]
        with self._lock:
            entries = self._entries.get(first.rollout, {})
            if any(effect.seq not in entries or entries[effect.seq].key != effect.key for effect in effects):
                raise Conflict(f"what waits of {first.rollout} is told by somebody else")
            for effect in effects[1:]:
                self.messages[effect.key] = key
                del entries[effect.seq]
            tries = max(effect.tries for effect in effects)
            entries[first.seq] = structs.replace(first, effect=into, key=key, not_before=0, tries=tries, buttons=())
            return entries[first.seq]

    def _put_out(self, entries: Iterable[Waiting]) -> None:
        for entry in entries:
            self._entries.setdefault(entry.rollout, {})[entry.seq] = entry
