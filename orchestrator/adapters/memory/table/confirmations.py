"""Confirmations in memory."""

from __future__ import annotations

from threading import RLock

from msgspec import structs

from orchestrator.adapters.aws.table.items import kept_until
from orchestrator.adapters.aws.table.transitions import without_token
from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.commands import Confirmation
from orchestrator.ports import AlreadyDone, Clock, Confirmations, Conflict


class MemoryConfirmations(Faulty, Confirmations):
    """As `TableConfirmations`; the transition that uses one up asks `use_fault` first, under the same
    lock."""

    def __init__(self, clock: Clock, lock: RLock) -> None:
        super().__init__()
        self._clock = clock
        self._lock = lock
        self._stored: dict[str, Confirmation] = {}
        self._used_in: dict[str, str] = {}

    def put(self, confirmation: Confirmation) -> None:
        self._maybe_fail()
        new = without_token(confirmation)
        with self._lock:
            known = self._stored.get(new.id)
            if known is not None and structs.replace(known, used_at=0, used_by="") != new:
                raise Conflict(f"confirmation {new.id} exists already")
            self._stored.setdefault(new.id, new)

    def get(self, confirmation_id: str) -> Confirmation | None:
        self._maybe_fail()
        return self._current(confirmation_id)

    def use_fault(self, confirmation_id: str) -> AlreadyDone | Conflict | None:
        known = self._current(confirmation_id)
        if known is None:
            return Conflict("this confirmation is not known any more")
        return AlreadyDone("this confirmation was used before") if known.used_at else None

    def is_taken(self, confirmation_id: str) -> bool:
        return confirmation_id in self._stored

    def used_in(self, confirmation_id: str) -> str:
        """The id of the transition that used it up, or an empty string."""
        return self._used_in.get(confirmation_id, "")

    def use(self, confirmation_id: str, by: str, transition_id: str) -> None:
        self._used_in[confirmation_id] = transition_id
        known = self._stored[confirmation_id]
        self._stored[confirmation_id] = structs.replace(known, used_at=self._clock.now(), used_by=by)

    def add(self, cards: tuple[Confirmation, ...]) -> None:
        self._stored.update((card.id, without_token(card)) for card in cards)

    def _current(self, confirmation_id: str) -> Confirmation | None:
        known = self._stored.get(confirmation_id)
        return known if known is not None and kept_until(known) > self._clock.now() else None
