"""What the bot sends to Discord, built so that no payload is ever refused for its length.

Every message carries `allowed_mentions`, which by default lets nothing ping anybody: without it Discord would
ping whatever a text happens to name, on edits as well.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from discord_interactions import InteractionResponseFlags, InteractionResponseType

from orchestrator.adapters.discord.components import Button, LinkButton, action_rows
from orchestrator.adapters.discord.embed import Colour, Embed, Field, fitted
from orchestrator.core.markdown import clean, code, escape, is_blank, shorten, units

__all__ = [
    "PONG",
    "Button",
    "Colour",
    "Embed",
    "Field",
    "HandedOver",
    "LinkButton",
    "choices",
    "code",
    "deferred",
    "escape",
    "message",
    "reply",
    "shorten",
    "update",
    "without_flags",
]

_Type = InteractionResponseType

EPHEMERAL: int = InteractionResponseFlags.EPHEMERAL
SILENT: int = 1 << 12
"""SUPPRESS_NOTIFICATIONS: the message arrives without a push notification."""

CONTENT = 2000
MOST_MENTIONS = 100
MOST_CHOICES = 25
CHOICE = 100
NOTHING = "Nothing to show."

_AN_ID = re.compile("[1-9][0-9]{0,18}")

PONG: dict[str, Any] = {"type": _Type.PONG}
"""The answer to Discord's PING."""


class HandedOver(dict[str, Any]):
    """An answer that only says that the worker has it now: the worker's word replaces it, and the worker traces it. The
    type of an answer does not tell, since any of them may be one."""


def message(
    content: str = "",
    embeds: Sequence[Embed] = (),
    rows: Iterable[Sequence[Button | LinkButton]] = (),
    *,
    ephemeral: bool = False,
    silent: bool = False,
    mention_roles: Iterable[str] = (),
    mention_users: Iterable[str] = (),
) -> dict[str, Any]:
    """A message, new or edited. It always names content, embeds and components, so an edit replaces the
    message whole: buttons that are not given are taken away.

    `content` and the embeds are Discord markdown: pass what people typed through `escape` or `code`.
    Only the roles and users named by id are pinged, and only where the content mentions them (`<@&id>`,
    `<@id>`). A message with nothing to see says "Nothing to show.".
    """
    text = clean(content)
    cards = fitted(embeds)
    if is_blank(text):
        text = "" if cards else NOTHING
    body: dict[str, Any] = {
        "content": shorten(text, CONTENT),
        "embeds": cards,
        "components": action_rows(rows),
        "allowed_mentions": _allowed_mentions(mention_roles, mention_users),
    }
    flags = (EPHEMERAL if ephemeral else 0) | (SILENT if silent else 0)
    return body | {"flags": flags} if flags else body


def without_flags(message: dict[str, Any]) -> dict[str, Any]:
    """The message as an edit takes it: who sees it and whether it rings were decided when it was sent."""
    return {key: value for key, value in message.items() if key != "flags"}


def reply(message: dict[str, Any]) -> dict[str, Any]:
    """Answer an interaction with a new message (type 4)."""
    return {"type": _Type.CHANNEL_MESSAGE_WITH_SOURCE, "data": message}


def update(message: dict[str, Any]) -> dict[str, Any]:
    """Answer a button by editing the message it is on (type 7). Its visibility stays as it is."""
    return {"type": _Type.UPDATE_MESSAGE, "data": without_flags(message)}


def deferred(ephemeral: bool) -> dict[str, Any]:
    """Acknowledge now and answer later by editing the reply (type 5). Whether only the caller sees it is
    settled here."""
    answer: dict[str, Any] = {"type": _Type.DEFERRED_CHANNEL_MESSAGE_WITH_SOURCE}
    return answer | {"data": {"flags": EPHEMERAL}} if ephemeral else answer


def choices(pairs: Iterable[tuple[str, str | int]]) -> dict[str, Any]:
    """Answer an autocompletion with (name, value) pairs (type 8), the first 25 of them.

    A name is cut to length, and a blank one is replaced by its value. A value that Discord would not take
    (blank, or over 100 characters) is left out, since a shortened value would mean something else; so is a
    value that came before.
    """
    written: dict[str | int, dict[str, Any]] = {}
    for name, value in pairs:
        if len(written) == MOST_CHOICES:
            break
        if value in written or not _is_choice(value):
            continue
        label = " ".join(clean(name).split())
        written[value] = {"name": shorten(str(value) if is_blank(label) else label, CHOICE), "value": value}
    return {
        "type": _Type.APPLICATION_COMMAND_AUTOCOMPLETE_RESULT,
        "data": {"choices": list(written.values())},
    }


def _is_choice(value: str | int) -> bool:
    if isinstance(value, int):
        return abs(value) < 1 << 53
    return value == clean(value) and not is_blank(value) and units(value) <= CHOICE


def _allowed_mentions(roles: Iterable[str], users: Iterable[str]) -> dict[str, Any]:
    allowed: dict[str, Any] = {"parse": []}
    for key, ids in (("roles", roles), ("users", users)):
        named = [name for name in dict.fromkeys(ids) if _AN_ID.fullmatch(name)][:MOST_MENTIONS]
        if named:
            allowed[key] = named
    return allowed
