"""What may stand in a flag's parameter: its name, its value, and our mark as text in its description.

SSM and the memory adapter share these rules, so that a test on memory refuses what SSM would refuse.
The mark's text is for people as well, who see it in the AWS console:

    switchback/1 fence=17 value=true owner=prisma-persistence-1 at=1764000000 by=anna: settlement mismatch
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote, unquote

from orchestrator.core.facts import Mark
from orchestrator.ports import Refused

VALUE_BYTES = 4096
"""What a standard parameter holds (AWS: Parameter Store, parameter tiers)."""

DESCRIPTION_CHARS = 1024
"""The limit of a parameter's description (AWS: PutParameter)."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_OURS = re.compile(r"switchback/[1-9][0-9]{0,3}")
_NUMBER = re.compile(r"[0-9]{1,18}")
_IN_FIELD = "@+,/()#!*"
_IN_WHY = _IN_FIELD + " :;'?=&"
_FIELD_CHARS = {"owner": 300, "safeguard": 200, "by": 120}
_VALUE_CHARS = 80


def checked_name(name: str) -> str:
    """The name, when it is one segment of letters, digits, `_`, `.` and `-`; Refused otherwise.

    A name that came from a person never becomes a path: `../prod/flags/X` does not get as far as SSM.
    """
    if not _NAME.fullmatch(name):
        raise Refused("a flag's name has 1 to 128 letters, digits, '_', '.' and '-'")
    return name


def checked_value(value: str) -> str:
    """The value, when a standard parameter can hold it; Refused otherwise."""
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise Refused("a parameter holds text, and this is not valid Unicode") from None
    if not 1 <= size <= VALUE_BYTES:
        raise Refused(f"a parameter holds 1 to {VALUE_BYTES} bytes")
    return value


def encode_mark(mark: Mark) -> str:
    """The mark as a description: printable ASCII, within SSM's limit. `why` is cut to what room is left.

    ASCII only, because no reason that a person types may ever cause SSM to refuse the write that switches a
    flag off.
    """
    fields = [f"switchback/1 fence={mark.fence} {_value_field(mark.value)}"]
    fields.append(f"owner={_quoted(mark.owner, _FIELD_CHARS['owner'])} at={mark.at}")
    if mark.safeguard:
        fields.append(f"safeguard={_quoted(mark.safeguard, _FIELD_CHARS['safeguard'])}")
    fields.append(f"by={_quoted(mark.by, _FIELD_CHARS['by'])}")
    head = " ".join(fields)
    why = _quoted(mark.why.strip(), DESCRIPTION_CHARS - len(head) - 2, _IN_WHY)
    return f"{head}: {why}" if why else head


def decode_mark(description: str, value: str) -> Mark | None:
    """The mark in a description that stands beside `value`. Never raises.

    None when the text is not ours, or was left by a write of another value: then somebody else wrote last.
    Fields that are not known are passed over.
    """
    head, _, why = description.partition(": ")
    ours, *fields = head.split(" ")
    if not _OURS.fullmatch(ours):
        return None
    found = dict(field.partition("=")[::2] for field in fields)
    if not ({"owner", "by"} <= found.keys() and _covers(found, value)):
        return None
    fence, at = found.get("fence", ""), found.get("at", "")
    if not (_NUMBER.fullmatch(fence) and _NUMBER.fullmatch(at)):
        return None
    return Mark(
        fence=int(fence),
        value=value,
        owner=unquote(found["owner"]),
        by=unquote(found["by"]),
        at=int(at),
        why=unquote(why),
        safeguard=unquote(found.get("safeguard", "")),
    )


def _value_field(value: str) -> str:
    """Short values for people to read; a long one (a flagd definition) by its SHA-256, since it would not
    fit."""
    text = quote(value, safe=_IN_FIELD, errors="replace")
    return f"value={text}" if len(text) <= _VALUE_CHARS else f"value-sha256={_digest(value)}"


def _covers(found: dict[str, str], value: str) -> bool:
    if "value-sha256" in found:
        return found["value-sha256"] == _digest(value)
    return "value" in found and unquote(found["value"]) == value


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode(errors="replace")).hexdigest()


def _quoted(text: str, room: int, safe: str = _IN_FIELD) -> str:
    """`text` percent-encoded into at most `room` characters, cut between two characters of the original."""
    kept: list[str] = []
    for char in text[:room]:
        piece = quote(char, safe=safe, errors="replace")
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return "".join(kept)
