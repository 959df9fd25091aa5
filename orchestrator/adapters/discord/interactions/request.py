"""An interaction as typed values. Discord checks lengths in its client only, so everything is checked here."""

from __future__ import annotations

import json
import re
from typing import Any

from discord_interactions import InteractionType
from msgspec import Struct

from orchestrator.core.markdown import clean, is_blank

LARGEST_BODY = 256 * 1024
LONGEST_VALUE = 1_000
MOST_OPTIONS = 25

_SNOWFLAKE = re.compile(r"[0-9]{1,20}", re.ASCII)
_CUSTOM_ID = re.compile(r"[!-~]{1,100}")
_TOKEN = re.compile(r"[!-~]{1,1000}")

Kinds = InteractionType


class Malformed(ValueError):
    """The body is not a JSON object, or not an interaction. The text is fit to be shown."""


class Interaction(Struct, frozen=True, kw_only=True):
    """`command` is the path, such as `rollout start`; `options` its values as text; `focused` the one being completed.

    `token` is a credential: it is passed on, never logged.
    """

    kind: int
    id: str = ""
    token: str = ""
    application_id: str = ""
    guild_id: str = ""
    channel_id: str = ""
    parent_id: str = ""
    user_id: str = ""
    user_name: str = ""
    role_ids: tuple[str, ...] = ()
    command: str = ""
    options: dict[str, str] = {}
    focused: str = ""
    custom_id: str = ""
    said: str = ""


def read_interaction(body: bytes) -> Interaction:
    """Raises Malformed; never anything else, whatever the bytes are."""
    try:
        raw = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Malformed("the body is not JSON") from None
    if not isinstance(raw, dict):
        raise Malformed("the body is not a JSON object")
    kind = raw.get("type")
    if isinstance(kind, bool) or not isinstance(kind, int):
        raise Malformed("the body is not an interaction")
    member, data, channel = _dict(raw, "member"), _dict(raw, "data"), _dict(raw, "channel")
    user = _dict(member, "user") or _dict(raw, "user")
    roles = member.get("roles")
    path, options, focused = _options(data) if kind != Kinds.MESSAGE_COMPONENT else ("", {}, "")
    return Interaction(
        kind=kind,
        id=_id(raw, "id"),
        token=_text(raw, "token", _TOKEN),
        application_id=_id(raw, "application_id"),
        guild_id=_id(raw, "guild_id"),
        channel_id=_id(raw, "channel_id") or _id(channel, "id"),
        parent_id=_id(channel, "parent_id"),
        user_id=_id(user, "id"),
        user_name=_said(member, "nick") or _said(user, "global_name") or _said(user, "username"),
        role_ids=tuple(r for r in roles if isinstance(r, str) and _SNOWFLAKE.fullmatch(r))
        if isinstance(roles, list)
        else (),
        command=path,
        options=options,
        focused=focused,
        custom_id=_text(data, "custom_id", _CUSTOM_ID),
        said=" ".join(["/" + path, *(f"{name}:{value}" for name, value in options.items())]) if path else "",
    )


def _no_constant(name: str) -> None:
    """Python reads NaN and the infinities; JSON has none of them."""
    raise ValueError(name)


def _options(data: dict[str, Any]) -> tuple[str, dict[str, str], str]:
    """The path of names down to the leaf, and the leaf's values. Discord nests two levels at most."""
    names = [_said(data, "name")[:32]]
    level: Any = data.get("options")
    for _ in range(2):
        if (
            isinstance(level, list)
            and len(level) == 1
            and isinstance(level[0], dict)
            and level[0].get("type") in (1, 2)
        ):
            names.append(_said(level[0], "name")[:32])
            level = level[0].get("options")
    values: dict[str, str] = {}
    focused = ""
    for option in level[:MOST_OPTIONS] if isinstance(level, list) else ():
        name = _said(option, "name")[:32] if isinstance(option, dict) else ""
        if not name:
            continue
        value = option.get("value")
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, str | int | float):
            values[name] = clean(str(value))[:LONGEST_VALUE].strip()
        if option.get("focused") is True:
            focused = name
    return " ".join(name for name in names if name), values, focused


def _dict(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _said(parent: dict[str, Any], key: str) -> str:
    """What people typed: without control characters and halves of letters, which no store would take."""
    value = parent.get(key)
    text = clean(value) if isinstance(value, str) else ""
    return "" if is_blank(text) else text


def _text(parent: dict[str, Any], key: str, form: re.Pattern[str]) -> str:
    """What Discord made up, or an empty text where it has another form."""
    value = parent.get(key)
    return value if isinstance(value, str) and form.fullmatch(value) else ""


def _id(parent: dict[str, Any], key: str) -> str:
    return _text(parent, key, _SNOWFLAKE)
