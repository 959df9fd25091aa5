"""One slot a fingerprint: its holder tells the problem, the others are counted."""

from __future__ import annotations

from contextlib import suppress

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.store import ConditionFailed, Store


class Alerts:
    def __init__(self, store: Store) -> None:
        self._store = store

    def raise_alert(self, fingerprint: str, holder: str, now: int, quiet: int) -> bool:
        """The same holder is let in again: it may have died while telling, or never have heard that it was
        let in."""
        key = items.alert_key(fingerprint)
        change = (
            "SET #schema = :schema, #until = :until, #holder = :holder, #last_seen = :now, "
            "#expires_at = :gone, #first_seen = if_not_exists(#first_seen, :now) ADD #count :one"
        )
        counted = {":now": now, ":one": 1}
        slot = {":until": now + quiet, ":holder": holder, ":gone": now + quiet + items.ALERT_KEPT}
        free = "attribute_not_exists(#until) OR #until <= :now OR #holder = :holder"
        try:
            self._store.update(key, change, free, {":schema": items.SCHEMA, **slot, **counted})
            return True
        except ConditionFailed:
            self._store.update(key, "SET #last_seen = :now ADD #count :one", "attribute_exists(#pk)", counted)
            return False

    def lower_alert(self, fingerprint: str, holder: str) -> None:
        with suppress(ConditionFailed):  # somebody else's slot by now, or nobody's
            self._store.update(items.alert_key(fingerprint), "REMOVE #until", "#holder = :holder", {":holder": holder})
