"""Alerts in memory."""

from __future__ import annotations

from threading import RLock

from orchestrator.adapters.aws.table.items import SEEN_KEPT
from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import Board
from orchestrator.core.alerting.digest import Digest
from orchestrator.ports import AlertChange, Alerts, AlreadyDone, Clock, Conflict


class MemoryAlerts(Faulty, Alerts):
    def __init__(self, clock: Clock, lock: RLock) -> None:
        super().__init__()
        self._clock, self._lock = clock, lock
        self._groups: dict[str, Group] = {}
        self._digests: dict[int, Digest] = {}
        self._board = Board()
        self._events: dict[str, int] = {}

    def group(self, key: str) -> Group | None:
        self._maybe_fail()
        return self._groups.get(key)

    def open(self) -> list[Group]:
        self._maybe_fail()
        with self._lock:
            found = [group for group in self._groups.values() if not group.closed]
        return sorted(found, key=lambda group: group.next_check)

    def board(self) -> Board:
        self._maybe_fail()
        return self._board

    def digests(self) -> list[Digest]:
        self._maybe_fail()
        with self._lock:
            return [digest for _, digest in sorted(self._digests.items()) if not digest.sent_at]

    def save(self, change: AlertChange) -> None:
        self._maybe_fail()
        with self._lock:
            if change.event and self._events.get(change.event, 0) > self._clock.now():
                raise AlreadyDone("this event was counted before")
            if not self._is_current(change):
                raise Conflict("alerts were changed by somebody else")
            self._groups.update({new.key: new for _, new in change.groups})
            if change.board is not None:
                self._board = change.board[1]
            if change.digest is not None:
                self._digests[change.digest[1].number] = change.digest[1]
            if change.event:
                self._events[change.event] = self._clock.now() + SEEN_KEPT

    def _is_current(self, change: AlertChange) -> bool:
        for old, new in change.groups:
            known = self._groups.get(new.key)
            if (known.version if known else 0) != (old.version if old else 0):
                return False
        if change.board is not None and change.board[0].version != self._board.version:
            return False
        if change.digest is None:
            return True
        old_digest, digest = change.digest
        known_digest = self._digests.get(digest.number)
        return (known_digest.version if known_digest else 0) == (old_digest.version if old_digest else 0)
