"""Items of the table: their keys, the way values are written, and which of them may be read.

Every item carries `schema`. A reader takes this version and the one before; anything else was written by a
newer Switchback and is left alone. `expires_at` cleans and nothing else: an item past it reads as absent,
whether or not DynamoDB has come by to delete it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

import msgspec

from orchestrator.core.commands import Confirmation
from orchestrator.core.targets import Report
from orchestrator.ports import UnknownSchema

SCHEMA = 1
READABLE = (0, SCHEMA)

DUE, LISTING = "due", "listing"
SHARDS = 4
PLANS, ROLLOUTS, ALERTS, DIGESTS = "PLANS", "ROLLOUTS", "ALERTS", "DIGESTS"

DAY = 86400
SEEN_KEPT = 15 * DAY
"""A command may come back for as long as a dead letter is kept (14 days), so its interaction id is known
for longer."""
DONE_KEPT = 7 * DAY
EXPIRED_KEPT = DAY
"""A button that has run out is still told so for a day; after that it is unknown."""
CARD_KEPT = 400 * DAY
TRACE_KEPT = 30 * DAY
TRACE_SLOTS = "SLOT#"
REPORT_KEPT = 90 * DAY
ALERT_KEPT = 30 * DAY

T = TypeVar("T")

Item = dict[str, Any]
"""Attribute to a plain value: str, int, bool or a list of str."""


class Key(NamedTuple):
    pk: str
    sk: str


BOARD_KEY = Key("ALERTS", "BOARD")


def state_key(rollout: str) -> Key:
    return Key(f"ROLLOUT#{rollout}", "STATE")


def audit_key(rollout: str, seq: int) -> Key:
    return Key(f"ROLLOUT#{rollout}", f"AUDIT#{seq:010d}")


def effect_key(rollout: str, seq: int) -> Key:
    return Key(f"ROLLOUT#{rollout}", f"EFFECT#{seq:010d}")


def measured_key(rollout: str) -> Key:
    return Key(f"ROLLOUT#{rollout}", "MEASURED")


def flag_key(flag: str) -> Key:
    return Key(f"FLAG#{flag}", "FLAG")


def plan_key(plan_hash: str) -> Key:
    return Key(f"PLAN#{plan_hash}", "BODY")


def name_key(plan: str) -> Key:
    return Key(f"NAME#{plan}", "NAME")


def confirm_key(confirmation: str) -> Key:
    return Key(f"CONFIRM#{confirmation}", "CONFIRM")


def seen_key(interaction: str) -> Key:
    return Key(f"SEEN#{interaction}", "SEEN")


def alert_key(group: str) -> Key:
    return Key(f"ALERT#{group}", "ALERT")


def alert_event_key(event: str) -> Key:
    return Key(f"ALERTED#{event}", "ALERTED")


def digest_key(number: int) -> Key:
    return Key("DIGESTS", f"DIGEST#{number:010d}")


def trace_key(guild: str, ring: str, slot: int) -> Key:
    return Key(f"TRACE#{guild}", f"{TRACE_SLOTS}{ring}#{slot:04d}")


def ring_key(guild: str, ring: str) -> Key:
    """Where the ring's counter lies."""
    return Key(f"TRACE#{guild}", f"RING#{ring}")


def report_pk(plan: str) -> str:
    return f"REPORT#{plan}"


def report_prefix(name: str) -> str:
    """No report's prefix is the beginning of another's: a `#` in a name is quoted."""
    return f"{quote(name, safe='')}#"


def report_key(plan: str, report: Report) -> Key:
    return Key(report_pk(plan), f"{report_prefix(report.name)}{report.at:013d}#{report.run}")


def kept_until(confirmation: Confirmation) -> int:
    """When it may be cleaned away. A card under a notice has no end of its own."""
    if confirmation.expires_at:
        return confirmation.expires_at + EXPIRED_KEPT
    return confirmation.created_at + CARD_KEPT


def shard_of(rollout: str) -> str:
    """The shard of the `due` index, the same for a rollout all its life."""
    return f"DUE#{zlib.crc32(rollout.encode()) % SHARDS}"


def item(key: Key, /, **attributes: Any) -> Item:
    """A new item; attributes that are None are left out."""
    given = {name: value for name, value in attributes.items() if value is not None}
    return {"pk": key.pk, "sk": key.sk, "schema": SCHEMA, **given}


def wire(value: Any) -> Any:
    """A value as DynamoDB takes it. Floats are refused: nothing in the table is one."""
    match value:
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list() | tuple():
            return {"L": [wire(entry) for entry in value]}
    raise TypeError(f"the table holds no {type(value).__name__}")


def wired(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: wire(value) for name, value in values.items()}


def plain(value: Mapping[str, Any]) -> Any:
    """The other way. Types that we never write come back as they are."""
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content) if content.lstrip("-").isdigit() else content
        case "L":
            return [plain(entry) for entry in content]
    return content


def plain_item(stored: Mapping[str, Any]) -> Item:
    return {name: plain(value) for name, value in stored.items()}


def readable(stored: Item) -> Item:
    """The item itself, when its schema is one that this code knows."""
    if stored.get("schema", 0) not in READABLE:
        raise UnknownSchema(
            f"{stored['pk']} {stored['sk']} has schema {stored['schema']}; this Switchback reads {SCHEMA}"
        )
    return stored


def has_expired(stored: Item, now: int) -> bool:
    return bool(0 < stored.get("expires_at", 0) <= now)


def decoded(stored: Item, body: str, decoder: msgspec.json.Decoder[T]) -> T:
    """What `body` holds. A body that cannot be read is treated like an unknown schema: it is left alone."""
    try:
        return decoder.decode(body)
    except msgspec.MsgspecError:
        raise UnknownSchema(f"{stored['pk']} {stored['sk']} cannot be read by this Switchback") from None


_NAME = re.compile(r"#(\w+)")


def names_in(*expressions: str) -> dict[str, str]:
    """Attribute names for an expression that writes each attribute as `#name`: so no reserved word can
    bite."""
    return {f"#{name}": name for expression in expressions for name in _NAME.findall(expression)}
