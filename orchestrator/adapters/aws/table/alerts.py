"""Alerts in the table: groups, what they share, and digests. Each item has a version that every save is bound to."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item, Key, item
from orchestrator.adapters.aws.table.saving import FAULTS
from orchestrator.adapters.aws.table.store import Cancelled, Store, put_request
from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import Board
from orchestrator.core.alerting.digest import Digest
from orchestrator.ports import (
    AlertChange,
    Alerts,
    AlreadyDone,
    Conflict,
    Refused,
    SwitchbackError,
    Unavailable,
    UnknownSchema,
)
from orchestrator.telemetry.logs import get_logger

log = get_logger()

_GROUP = msgspec.json.Decoder(Group)
_BOARD = msgspec.json.Decoder(Board)
_DIGEST = msgspec.json.Decoder(Digest)

T = TypeVar("T", bound=Struct)


class TableAlerts(Alerts):
    """The port `Alerts`. A save is one TransactWriteItems, whose token botocore makes: a lost reply does not count an
    event twice."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def group(self, key: str) -> Group | None:
        return self._read(items.alert_key(key), _GROUP)

    def open(self) -> list[Group]:
        return self._listed(items.ALERTS, _GROUP)

    def board(self) -> Board:
        return self._read(items.BOARD_KEY, _BOARD) or Board()

    def digests(self) -> list[Digest]:
        return self._listed(items.DIGESTS, _DIGEST)

    def save(self, change: AlertChange) -> None:
        now = self._store.clock.now()
        writes = [self._group(old, new, now) for old, new in change.groups]
        if change.board is not None:
            old, new = change.board
            writes.append(self._put(items.BOARD_KEY, _body(new), new.version, old.version))
        if change.digest is not None:
            before, digest = change.digest
            writes.append(self._digest(before, digest, now))
        if change.event:
            seen = item(items.alert_event_key(change.event), expires_at=now + items.SEEN_KEPT)
            free = "attribute_not_exists(#pk) OR #expires_at <= :now"
            writes.append(put_request(self._store.name, seen, free, {":now": now}))
        try:
            self._store.transact(writes)
        except Cancelled as cancelled:
            raise _meant(cancelled, change) from None

    def _read(self, key: Key, decoder: msgspec.json.Decoder[T]) -> T | None:
        found = self._store.get(key)
        return None if found is None else items.decoded(found, found["summary"], decoder)

    def _listed(self, list_key: str, decoder: msgspec.json.Decoder[T]) -> list[T]:
        """Those that can be read. One that a newer Switchback wrote must not keep all others from being told."""
        readable: list[T] = []
        for entry in self._store.query("#list_key = :key", {":key": list_key}, index=items.LISTING):
            try:
                readable.append(items.decoded(entry, entry.get("summary", ""), decoder))
            except UnknownSchema as problem:
                about = {"key": f"{entry['pk']} {entry['sk']}", "problem": str(problem)}
                log.error("an item of the alerts cannot be read", extra=about)
        return readable

    def _group(self, old: Group | None, new: Group, now: int) -> dict[str, Any]:
        """Open groups stand in the listing; a closed one is cleaned away a month later."""
        more: Item = (
            {"expires_at": now + items.ALERT_KEPT}
            if new.closed
            else {"list_key": items.ALERTS, "list_at": new.next_check}
        )
        return self._put(items.alert_key(new.key), {**_body(new), **more}, new.version, old.version if old else 0)

    def _digest(self, old: Digest | None, new: Digest, now: int) -> dict[str, Any]:
        more: Item = (
            {"expires_at": now + items.ALERT_KEPT}
            if new.sent_at
            else {"list_key": items.DIGESTS, "list_at": new.made_at}
        )
        return self._put(items.digest_key(new.number), {**_body(new), **more}, new.version, old.version if old else 0)

    def _put(self, key: Key, attributes: Item, version: int, before: int) -> dict[str, Any]:
        # A closed group that was cleaned away meanwhile counts its versions from the beginning.
        condition = "#version = :before" if before else "attribute_not_exists(#pk) OR #expires_at <= :now"
        values: Item = {":before": before} if before else {":now": self._store.clock.now()}
        return put_request(self._store.name, item(key, **attributes, version=version), condition, values)


def _meant(cancelled: Cancelled, change: AlertChange) -> SwitchbackError:
    codes = [reason.code for reason in cancelled.reasons]
    # Who finds both wants to know of the event: it must not be counted again on the newer state.
    if change.event and codes[-1:] == ["ConditionalCheckFailed"]:
        return AlreadyDone("this event was counted before")
    found = set(codes) - {"None"}
    if found & {"ConditionalCheckFailed", "TransactionConflict"}:
        return Conflict("alerts were changed by somebody else")
    said = f"saving alerts: {', '.join(sorted(found))}"
    return Refused(said) if found & FAULTS else Unavailable(said)


def _body(stored: Struct) -> Item:
    return {"summary": msgspec.json.encode(stored, order="sorted").decode()}
