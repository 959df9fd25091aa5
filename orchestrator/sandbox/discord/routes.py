"""Discord's REST API, the part the bot may use: which method and path does what in the guild."""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from orchestrator.sandbox.discord.faults import Answer
from orchestrator.sandbox.discord.guild import Guild


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a request does. `act` takes the guild, the body and the variable parts of the path."""

    act: Callable[..., Answer]
    as_bot: bool  # whether the request must carry the bot token
    takes_body: bool


def _create(guild: Guild, body: Any, channel: str) -> Answer:
    return Answer(status=200, body=guild.post(channel, body))


def _get(guild: Guild, body: Any, channel: str, message: str) -> Answer:
    return Answer(status=200, body=guild.message(channel, message))


def _edit(guild: Guild, body: Any, channel: str, message: str) -> Answer:
    return Answer(status=200, body=guild.edit(guild.message(channel, message), body, "edit"))


def _delete(guild: Guild, body: Any, channel: str, message: str) -> Answer:
    guild.delete(guild.message(channel, message))
    return Answer(status=204)


def _thread(guild: Guild, body: Any, channel: str, message: str) -> Answer:
    return Answer(status=201, body=guild.start_thread(channel, message, body))


def _follow_up(guild: Guild, body: Any, application: str, token: str) -> Answer:
    return Answer(status=200, body=guild.follow_up(guild.replied(application, token), body))


def _get_reply(guild: Guild, body: Any, application: str, token: str) -> Answer:
    return Answer(status=200, body=guild.original(guild.replied(application, token)))


def _edit_reply(guild: Guild, body: Any, application: str, token: str) -> Answer:
    original = guild.original(guild.replied(application, token))
    return Answer(status=200, body=guild.edit(original, body, "edit_reply"))


def _delete_reply(guild: Guild, body: Any, application: str, token: str) -> Answer:
    guild.delete(guild.original(guild.replied(application, token)))
    return Answer(status=204)


def _callback(guild: Guild, body: Any, interaction: str, token: str) -> Answer:
    guild.answer(token, body, interaction)
    return Answer(status=204)


def _put_commands(guild: Guild, body: Any, application: str, of: str) -> Answer:
    return Answer(status=200, body=guild.put_commands(application, of, body))


# method, path, what it does, with the bot token?
_TABLE: tuple[tuple[str, str, Callable[..., Answer], bool], ...] = (
    ("POST", "/channels/{}/messages", _create, True),
    ("GET", "/channels/{}/messages/{}", _get, True),
    ("PATCH", "/channels/{}/messages/{}", _edit, True),
    ("DELETE", "/channels/{}/messages/{}", _delete, True),
    ("POST", "/channels/{}/messages/{}/threads", _thread, True),
    ("POST", "/webhooks/{}/{}", _follow_up, False),
    ("GET", "/webhooks/{}/{}/messages/@original", _get_reply, False),
    ("PATCH", "/webhooks/{}/{}/messages/@original", _edit_reply, False),
    ("DELETE", "/webhooks/{}/{}/messages/@original", _delete_reply, False),
    ("POST", "/interactions/{}/{}/callback", _callback, False),
    ("PUT", "/applications/{}/guilds/{}/commands", _put_commands, True),
)

_ROUTES = tuple(
    (
        method,
        re.compile(re.escape(path).replace(r"\{\}", "([^/]+)")),
        Route(act=act, as_bot=as_bot, takes_body=method not in ("GET", "DELETE")),
    )
    for method, path, act, as_bot in _TABLE
)


def find(method: str, path: str) -> tuple[Route, tuple[str, ...]] | Answer:
    """The route and the variable parts of the path (without /api/v10), or Discord's answer if there is
    none."""
    known = False
    for its_method, pattern, route in _ROUTES:
        found = pattern.fullmatch(path)
        if found and its_method == method:
            return route, found.groups()
        known = known or found is not None
    if known:
        return Answer(status=405, body={"message": "405: Method Not Allowed", "code": 0})
    return Answer(status=404, body={"message": "404: Not Found", "code": 0})
