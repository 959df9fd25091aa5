"""The outbox and the alerts' slots in memory."""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock

from msgspec import structs

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.ports import Waiting


class MemoryOutbox(Faulty):
    def __init__(self, lock: RLock) -> None:
        super().__init__()
        self._lock = lock
        self._entries: dict[str, dict[int, Waiting]] = {}
        self._slots: dict[str, tuple[str, int]] = {}
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

    def raise_alert(self, fingerprint: str, holder: str, now: int, quiet: int) -> bool:
        self._maybe_fail()
        with self._lock:
            known, until = self._slots.get(fingerprint, ("", 0))
            if until > now and known != holder:
                return False
            self._slots[fingerprint] = (holder, now + quiet)
            return True

    def lower_alert(self, fingerprint: str, holder: str) -> None:
        self._maybe_fail()
        with self._lock:
            if self._slots.get(fingerprint, ("", 0))[0] == holder:
                del self._slots[fingerprint]

    def _put_out(self, entries: Iterable[Waiting]) -> None:
        for entry in entries:
            self._entries.setdefault(entry.rollout, {})[entry.seq] = entry
