"""The outbox: effects saved with the state, oldest first, until they are done."""

from __future__ import annotations

from contextlib import suppress

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item
from orchestrator.adapters.aws.table.saving import OUTGOING
from orchestrator.adapters.aws.table.store import ConditionFailed, Store
from orchestrator.ports import Waiting


class Outbox:
    def __init__(self, store: Store) -> None:
        self._store = store

    def waiting(self, rollout_id: str, now: int) -> list[Waiting]:
        found = self._store.query_items(
            items.state_key(rollout_id).pk,
            "EFFECT#",
            only="attribute_not_exists(#done_at) AND #not_before <= :now",
            values={":now": now},
        )
        return [_waiting(entry) for entry in found]

    def done(self, effect: Waiting, message_id: str = "") -> None:
        """Nothing needs to delete: what was to be done is taken out of the item, and the rest runs out
        later."""
        now = self._store.clock.now()
        change = "SET #done_at = :now, #expires_at = :gone, #message_id = :message REMOVE #body, #buttons"
        values = {":now": now, ":gone": now + items.DONE_KEPT, ":message": message_id}
        self._update(effect, change, values)

    def later(self, effect: Waiting, not_before: int) -> None:
        self._update(effect, "SET #not_before = :at ADD #tries :one", {":at": not_before, ":one": 1})

    def _update(self, effect: Waiting, change: str, values: Item) -> None:
        condition = "attribute_exists(#pk) AND attribute_not_exists(#done_at)"
        with suppress(ConditionFailed):  # somebody else has done it meanwhile; done stays done
            self._store.update(items.effect_key(effect.rollout, effect.seq), change, condition, values)


def _waiting(entry: Item) -> Waiting:
    return Waiting(
        rollout=entry["rollout"],
        seq=entry["seq"],
        key=entry["key"],
        effect=items.decoded(entry, entry["body"], OUTGOING),
        created_at=entry["created_at"],
        not_before=entry["not_before"],
        tries=entry["tries"],
        buttons=tuple(entry["buttons"]),
    )
