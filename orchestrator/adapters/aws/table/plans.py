"""Compiled plans, under their hash and for good; a name points to the latest."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from threading import Lock

import msgspec
from cachetools import LRUCache

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item, item
from orchestrator.adapters.aws.table.store import ConditionFailed, Store
from orchestrator.core.plan import Plan, encode_plan, plan_hash
from orchestrator.ports import Published, Refused

KNOWN = 32
"""Plans a warm container keeps: all that a team has live, with the older versions they are pinned to."""

_PLAN = msgspec.json.Decoder(Plan)
_PUBLISHED = msgspec.json.Decoder(Published)


class TablePlans:
    """The port `Plans`. What stands under a hash never changes, so a warm container reads it once."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: LRUCache[str, Plan] = LRUCache(KNOWN)
        self._lock = Lock()

    def publish(self, plan: Plan, by: str, now: int) -> str:
        """Body first, name after: a name never points to nothing, and doing it twice is doing it once."""
        digest = plan_hash(plan)
        body = item(items.plan_key(digest), body=encode_plan(plan).decode(), name=plan.name)
        with suppress(ConditionFailed):  # the same hash is the same plan
            self._store.put(body, "attribute_not_exists(#pk)")
        published = Published(name=plan.name, title=plan.title, hash=digest, by=by, at=now)
        summary = msgspec.json.encode(published).decode()
        self._store.update(
            items.name_key(plan.name),
            "SET #schema = :schema, #hash = :hash, #summary = :summary, #list_key = :list, #list_at = :now",
            "attribute_not_exists(#schema) OR #schema <= :schema",
            {
                ":schema": items.SCHEMA,
                ":hash": digest,
                ":summary": summary,
                ":list": items.PLANS,
                ":now": now,
            },
        )
        return digest

    def latest(self, name: str) -> Published | None:
        found = self._store.get(items.name_key(name))
        return _published(found) if found and "summary" in found else None

    def get(self, plan_hash: str) -> Plan | None:
        """Raises Refused for a body that is no longer what its hash says."""
        with self._lock:
            known: Plan | None = self._known.get(plan_hash)
        if known is not None:
            return known
        plan = self._read(plan_hash)
        if plan is not None:
            with self._lock:
                self._known[plan_hash] = plan
        return plan

    def _read(self, plan_hash: str) -> Plan | None:
        found = self._store.get(items.plan_key(plan_hash))
        if found is None:
            return None
        if hashlib.sha256(found["body"].encode()).hexdigest() != plan_hash:
            raise Refused(f"the plan stored under {plan_hash[:12]} was changed")
        return items.decoded(found, found["body"], _PLAN)

    def names(self) -> list[Published]:
        """Newest first, by the index, which trails the table by a moment."""
        found = self._store.query("#list_key = :key", {":key": items.PLANS}, index=items.LISTING, newest_first=True)
        return [_published(entry) for entry in found]


def _published(found: Item) -> Published:
    return items.decoded(found, found["summary"], _PUBLISHED)
