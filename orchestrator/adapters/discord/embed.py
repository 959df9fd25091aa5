"""Embeds, cut so that a message's embeds always keep Discord's limits, each alone and all together."""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

import msgspec

from orchestrator.core.markdown import DASH, ELLIPSIS, clean, is_blank, shorten, units

MOST_EMBEDS = 10
MOST_FIELDS = 25
TITLE, DESCRIPTION, FIELD_NAME, FIELD_VALUE, FOOTER = 256, 4096, 256, 1024, 2048
MOST_IN_ALL = 6000
"""Discord's limit on the text of all embeds of one message: titles, descriptions, fields and footers."""

_LAST_TIME = 253_402_300_799  # 9999-12-31T23:59:59Z, the last that can be written
_WORTH_SHOWING = 8  # a field with less room than this for its value says nothing
_NOTE_ROOM = 40  # for the field that says how many were left out


class Colour(IntEnum):
    """An embed's colour by what it means. Never the only sign: the words say the same."""

    OK = 0x2ECC71
    PROGRESS = 0x5865F2
    WAITING = 0xFEE75C
    DEGRADED = 0xE67E22
    FIRING = 0xED4245
    UNKNOWN = 0x95A5A6


class Field(msgspec.Struct, frozen=True):
    """A named value of an embed. What cannot be seen is shown as a dash."""

    name: str
    value: str
    inline: bool = False


class Embed(msgspec.Struct, frozen=True):
    """A card below a message's text. `at` (epoch seconds) is shown beside the footer, in each reader's own
    time."""

    title: str = ""
    description: str = ""
    fields: Sequence[Field] = ()
    colour: int | None = None
    footer: str = ""
    at: int | None = None


def fitted(embeds: Sequence[Embed]) -> list[dict[str, Any]]:
    """The embeds as Discord takes them. Embeds without text are left out; so is what exceeds the limits, the
    latest first, and a field says how many fields of its embed are missing."""
    room = MOST_IN_ALL
    written: list[dict[str, Any]] = []
    for embed in embeds:
        if len(written) == MOST_EMBEDS:
            break
        body, used = _fitted_one(embed, room)
        if used:
            written.append(body)
            room -= used
    return written


def _fitted_one(embed: Embed, room: int) -> tuple[dict[str, Any], int]:
    """The embed in at most `room` units, and how many it took. Title and footer come first: they say what it
    is and how old it is; then the description, then the fields in their order."""
    start = room
    body: dict[str, Any] = {}
    title = _text(embed.title, TITLE, room)
    room -= units(title)
    footer = _text(embed.footer, FOOTER, room)
    room -= units(footer)
    description = _text(embed.description, DESCRIPTION, room)
    room -= units(description)
    if title:
        body["title"] = title
    if description:
        body["description"] = description
    fields, used = _fitted_fields(embed.fields, room)
    room -= used
    if fields:
        body["fields"] = fields
    if footer:
        body["footer"] = {"text": footer}
    if embed.colour is not None:
        body["color"] = min(max(int(embed.colour), 0), 0xFFFFFF)
    if embed.at is not None:
        moment = datetime.fromtimestamp(min(max(embed.at, 0), _LAST_TIME), UTC)
        body["timestamp"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return body, start - room


def _fitted_fields(fields: Sequence[Field], room: int) -> tuple[list[dict[str, Any]], int]:
    """As many fields as fit, and the units they took. If some do not, the last field written says how
    many."""
    start = room
    written: list[dict[str, Any]] = []
    for index, field in enumerate(fields):
        name = _text(field.name, FIELD_NAME, FIELD_NAME) or DASH
        value = _text(field.value, FIELD_VALUE, FIELD_VALUE) or DASH
        more = len(fields) - index - 1
        spare = room - units(name) - (_NOTE_ROOM if more else 0)
        full = len(written) == MOST_FIELDS - 1 and more
        if full or spare < min(units(value), _WORTH_SHOWING):
            if room >= _NOTE_ROOM:
                note = f"{more + 1} more left out"
                written.append({"name": ELLIPSIS, "value": note, "inline": False})
                room -= units(ELLIPSIS + note)
            break
        value = shorten(value, spare)
        written.append({"name": name, "value": value, "inline": field.inline})
        room -= units(name) + units(value)
    return written, start - room


def _text(text: str, most: int, room: int) -> str:
    text = clean(text)
    return "" if is_blank(text) else shorten(text, min(most, room))
