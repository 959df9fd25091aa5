"""Interactions as Discord sends them, whole, with the fields that Switchback does not look at."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from typing import Any

from tests.interactions.door import ALERTS, ANNA, APPLICATION, GUILD, OPS, TOKEN, Caller

_ids = itertools.count(1_440_000_000_000_000_000)

PING: dict[str, Any] = {
    "version": 1,
    "type": 1,
    "token": TOKEN,
    "id": "1440000000000000001",
    "application_id": APPLICATION,
    "user": {"id": "643945264868098049", "username": "discord", "discriminator": "0"},
    "entitlements": [],
}


def command(
    path: str, caller: Caller = ANNA, options: dict[str, Any] | None = None, *, channel: str = OPS
) -> dict[str, Any]:
    """A slash command; `path` as people type it."""
    return _interaction(2, caller, channel, {"id": "1430000000000000001", "type": 1, **_data(path, options or {})})


def completion(path: str, focused: str, typed: Any = "", caller: Caller = ANNA, **others: Any) -> dict[str, Any]:
    """Somebody types into an option."""
    data = {"id": "1430000000000000001", "type": 1, **_data(path, {**others, focused: typed})}
    leaf = data["options"]
    if leaf and leaf[0]["type"] == 1:
        leaf = leaf[0]["options"]
    for option in leaf:
        if option["name"] == focused:
            option["focused"] = True
    return _interaction(4, caller, OPS, data)


def press(custom_id: Any, caller: Caller = ANNA, *, channel: str = OPS) -> dict[str, Any]:
    """A button under a message of ours."""
    shown = {"id": "1440000000000000777", "type": 0, "channel_id": channel, "content": "a message", "flags": 64}
    return {
        **_interaction(3, caller, channel, {"custom_id": custom_id, "component_type": 2, "id": 2}),
        "message": shown,
    }


def form(custom_id: str = "a-form", caller: Caller = ANNA) -> dict[str, Any]:
    """A modal that is sent; Switchback has none."""
    field = {"type": 4, "custom_id": "reason", "id": 2, "value": "because"}
    label = {"type": 18, "id": 1, "component": field}
    return _interaction(5, caller, OPS, {"custom_id": custom_id, "components": [label]})


def in_thread(interaction: dict[str, Any], parent: Any = ALERTS) -> dict[str, Any]:
    """The same, from a thread below `parent`."""
    thread = "1440000000000000999"
    channel = {"id": thread, "type": 11, "name": "an incident", "parent_id": parent, "guild_id": GUILD}
    return {**interaction, "channel_id": thread, "channel": channel}


def _data(path: str, options: dict[str, Any]) -> dict[str, Any]:
    first, _, rest = path.partition(" ")
    values = [{"name": name, "type": _option_type(value), "value": value} for name, value in options.items()]
    if not rest:
        return {"name": first, "options": values, "guild_id": GUILD}
    return {"name": first, "options": [{"name": rest, "type": 1, "options": values}], "guild_id": GUILD}


def _option_type(value: Any) -> int:
    return 5 if isinstance(value, bool) else 4 if isinstance(value, int) else 10 if isinstance(value, float) else 3


def _interaction(kind: int, caller: Caller, channel: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "type": kind,
        "token": TOKEN,
        "member": caller.member(),
        "locale": "en-GB",
        "id": str(next(_ids)),
        "guild_locale": "en-US",
        "guild_id": GUILD,
        "guild": {"id": GUILD, "locale": "en-US", "features": []},
        "entitlements": [],
        "data": data,
        "context": 0,
        "channel_id": channel,
        "channel": {"id": channel, "type": 0, "name": "ops", "parent_id": "208888888888888888", "guild_id": GUILD},
        "authorizing_integration_owners": {"0": GUILD},
        "attachment_size_limit": 10485760,
        "application_id": APPLICATION,
        "app_permissions": "562949953421311",
    }


GONE = object()
"""In a field's place: the field itself is missing."""

Steps = tuple[str | int, ...]


def paths(value: Any, here: Steps = ()) -> Iterator[Steps]:
    """Every place in an interaction, the outermost first."""
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        yield (*here, key)
        yield from paths(below, (*here, key))


def changed(asked: Any, path: Steps, value: Any) -> Any:
    """A copy with something else, or nothing, in one place."""
    asked = copy.deepcopy(asked)
    place = asked
    for key in path[:-1]:
        place = place[key]
    if value is GONE:
        del place[path[-1]]
    else:
        place[path[-1]] = copy.deepcopy(value)
    return asked
