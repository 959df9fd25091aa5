"""The Channel port over Discord's REST API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from orchestrator.adapters.discord.errors import DiscordError, DiscordGone, DiscordUnauthorised, DiscordUnavailable
from orchestrator.adapters.discord.payload import without_flags
from orchestrator.adapters.discord.rendering import render
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.core.notices import Notice
from orchestrator.ports import Gone, Refused, Unavailable

QUIET_KINDS = ("cleared", "completed")
"""Good news does not ring a phone."""


class DiscordChannel:
    """`ops`: the id of the ops channel."""

    def __init__(self, api: DiscordApi, ops: str) -> None:
        self._api, self._ops = api, ops

    def post(self, notice: Notice, *, key: str, buttons: Sequence[str] = ()) -> str:
        payload = render(notice, buttons, silent=notice.kind in QUIET_KINDS)
        with translated("the message"):
            return self._api.create_message(self._ops, payload, nonce=key)

    def finish(self, token: str, notice: Notice) -> None:
        with translated("the reply"):
            self._api.edit_reply(token, without_flags(render(notice)))


def register(api: DiscordApi, guild_id: str, commands: Sequence[Mapping[str, Any]]) -> list[str]:
    """Replace the guild's slash commands by these; their names as Discord then has them."""
    with translated("the slash commands"):
        return [str(command["name"]) for command in api.put_commands(guild_id, commands)]


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Discord's errors leave as the ports' own: Unavailable, Gone, Refused."""
    problem: Exception
    try:
        yield
        return
    except DiscordUnavailable as error:
        problem = Unavailable(
            f"Discord did not take {what} now: {error}", error.retry_after, unanswered=error.unanswered
        )
    except DiscordUnauthorised:
        # A token that was rotated is fetched anew within minutes: what waits must not be thrown away.
        problem = Unavailable(f"Discord does not accept the bot's token, so {what} waits", 60)
    except DiscordGone:
        problem = Gone(f"{what} has nowhere to go any more")
    except DiscordError as error:
        problem = Refused(f"Discord refused {what}: {error}")
    raise problem from None
