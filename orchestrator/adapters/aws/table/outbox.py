"""The outbox: effects saved with the state, oldest first, until they are done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from msgspec import structs

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item
from orchestrator.adapters.aws.table.saving import OUTGOING
from orchestrator.adapters.aws.table.store import Cancelled, ConditionFailed, Store, update_request
from orchestrator.core.effects import Post
from orchestrator.ports import Conflict, Unavailable, Waiting

_DONE = "SET #done_at = :now, #expires_at = :gone, #message_id = :message REMOVE #body, #buttons"


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
        values = {":now": now, ":gone": now + items.DONE_KEPT, ":message": message_id}
        self._update(effect, _DONE, values)

    def later(self, effect: Waiting, not_before: int) -> None:
        self._update(effect, "SET #not_before = :at ADD #tries :one", {":at": not_before, ":one": 1})

    def fold(self, effects: Sequence[Waiting], into: Post, key: str) -> Waiting:
        """One transaction. The first item becomes the digest, under a key of its own: what was sent under the old one
        may have arrived, and Discord would take the digest for its repeat."""
        first, *others = effects
        folded = structs.replace(
            first, effect=into, key=key, not_before=0, tries=max(effect.tries for effect in effects), buttons=()
        )
        body = msgspec.json.encode(into, order="sorted").decode()
        change = "SET #body = :body, #key = :key, #not_before = :now, #tries = :tries, #buttons = :none"
        values: Item = {":body": body, ":key": key, ":now": 0, ":tries": folded.tries, ":none": []}
        now = self._store.clock.now()
        done: Item = {":now": now, ":gone": now + items.DONE_KEPT, ":message": key}
        requests = [
            self._request(first, change, values),
            *(self._request(effect, _DONE, done) for effect in others),
        ]
        try:
            self._store.transact(requests)
        except Cancelled as cancelled:
            if all(reason.code in ("None", "ConditionalCheckFailed") for reason in cancelled.reasons):
                raise Conflict(f"what waits of {first.rollout} is told by somebody else") from None
            raise Unavailable(f"folding what waits of {first.rollout}") from None
        return folded

    def _request(self, effect: Waiting, change: str, values: Item) -> dict[str, Any]:
        condition = "attribute_exists(#pk) AND attribute_not_exists(#done_at) AND #key = :known"
        key = items.effect_key(effect.rollout, effect.seq)
        return update_request(self._store.name, key, change, condition, {**values, ":known": effect.key})

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
