"""The audit chain: one per rollout, each entry bound to the one before by SHA-256, the head kept in the state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec
from msgspec import Struct, structs

GENESIS = "0" * 64


class AuditEntry(Struct, frozen=True, kw_only=True):
    """Who did what, when, why, and what it changed (flag: [old, new]). `access` is the hash of the access policy."""

    rollout: str
    seq: int
    at: int
    actor_id: str
    actor: str
    via: str
    verb: str
    reason: str
    stage: str = ""
    plan_hash: str = ""
    access: str = ""
    changes: tuple[tuple[str, str | None, str | None], ...] = ()
    trace: str = ""
    previous: str = GENESIS
    hash: str = ""


def sealed(entry: AuditEntry) -> AuditEntry:
    """The entry with its hash, over everything else in canonical JSON."""
    bare = structs.replace(entry, hash="")
    return structs.replace(entry, hash=hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest())


def first_fault(entries: Iterable[AuditEntry], head: str) -> str:
    """What is wrong with a chain read in order, or an empty string: changed, missing, reordered or cut entries."""
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.seq != expected:
            return f"entry {expected} is missing"
        if entry.previous != previous or sealed(entry).hash != entry.hash:
            return f"entry {entry.seq} was changed"
        previous, expected = entry.hash, expected + 1
    return "" if previous == head else f"the chain ends at entry {expected - 1}, before its head"
