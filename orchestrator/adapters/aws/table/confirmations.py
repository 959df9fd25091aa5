"""What a button stands for."""

from __future__ import annotations

import msgspec
from msgspec import structs

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item
from orchestrator.adapters.aws.table.saving import confirmation_item
from orchestrator.adapters.aws.table.store import ConditionFailed, Store
from orchestrator.core.commands import Confirmation
from orchestrator.ports import Conflict

_CONFIRMATION = msgspec.json.Decoder(Confirmation)


class TableConfirmations:
    """The port `Confirmations`. It is used up by the transition that it confirms, never by itself."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, confirmation: Confirmation) -> None:
        """Stored without its token. Raises Conflict for an id that is taken by another one."""
        new = confirmation_item(confirmation)
        try:
            self._store.put(new, "attribute_not_exists(#pk)")
        except ConditionFailed as failed:
            if failed.found is None or failed.found.get("body") != new["body"]:
                raise Conflict(f"confirmation {confirmation.id} exists already") from None

    def get(self, confirmation_id: str) -> Confirmation | None:
        """Also one that has run out, for a day, so that it can be said: the caller compares `expires_at`."""
        found = self._store.get(items.confirm_key(confirmation_id))
        return None if found is None else _confirmation(found)


def _confirmation(found: Item) -> Confirmation:
    stored = items.decoded(found, found["body"], _CONFIRMATION)
    return structs.replace(stored, used_at=found.get("used_at", 0), used_by=found.get("used_by", ""))
