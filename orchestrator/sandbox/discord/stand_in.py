"""A Discord on this machine, with one guild, that holds the bot to Discord's rules.

The bot reaches it through its own HTTP client: mount `transport()` on the client's `requests` session. What
Discord would refuse is refused with Discord's codes; the limits stand in `rules`, `component_rules` and
`command_rules`. Time is the caller's, ids count up, nothing is random: the same requests at the same times
give the same guild.
"""

import json
import threading
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

from orchestrator.sandbox.discord import routes
from orchestrator.sandbox.discord.faults import (
    NO_ANSWER,
    Answer,
    Fault,
    FaultKind,
    NoAnswer,
    faulty_answer,
    rate_limit_headers,
)
from orchestrator.sandbox.discord.guild import Guild
from orchestrator.sandbox.discord.interaction import Kind, Person
from orchestrator.sandbox.discord.messages import is_visible, iso, shown
from orchestrator.sandbox.discord.refusal import Refusal
from orchestrator.sandbox.discord.threads import ThreadRight, is_archived

if TYPE_CHECKING:
    from orchestrator.sandbox.discord.transport import StandInTransport

State = Literal["up", "down", "throttled"]

_API = "/api/v10"
_THROTTLED_SECONDS = 5.0


class StandIn:
    """Discord, as far as the bot and the people in the channel can tell. Safe to use from several threads.

    `channels` maps ids to names. `now` gives the virtual time in epoch seconds.
    """

    def __init__(
        self,
        application_id: str,
        guild_id: str,
        channels: Mapping[str, str],
        bot_token: str,
        now: Callable[[], int],
    ) -> None:
        self._guild = Guild(application_id, guild_id, channels, now)
        self._bot_token = bot_token
        self._now = now
        self._state: State = "up"
        self._faults: list[Fault] = []
        self._requests: list[dict[str, Any]] = []
        self._lock = threading.RLock()

    def transport(self) -> "StandInTransport":
        """What to mount at https://discord.com/ on a `requests` session."""
        from orchestrator.sandbox.discord.transport import StandInTransport  # which needs `requests`

        return StandInTransport(self.handle)

    # What a test or the sandbox does to it

    def set_state(self, state: State) -> None:
        """Every request from now on: "up" as usual, "down" 503, "throttled" 429."""
        with self._lock:
            self._state = state

    @property
    def state(self) -> State:
        return self._state

    def fail_next(self, kind: FaultKind, times: int = 1, *, retry_after: float = 1.0, on: str = "") -> None:
        """Let the next `times` requests fail in that way. With `on`, only requests whose "METHOD /path"
        contains it."""
        with self._lock:
            self._faults += [Fault(kind=kind, retry_after=retry_after, on=on)] * times

    def issue(
        self,
        kind: Kind,
        person: Person,
        command_or_message_id: str,
        at: int,
        *,
        channel_id: str | None = None,
    ) -> tuple[str, str]:
        """A person uses a command, presses a button, types in an option or sends a form: (interaction id,
        token).

        `command_or_message_id` is the command as typed ("rollout start"), or for a button the id of its
        message, which the person must be able to see (otherwise Refusal 10008). The channel is the message's,
        else `channel_id`, else the first one. `at`: epoch seconds; the answer is due three seconds later, the
        token ends after 15 minutes.
        """
        with self._lock:
            issued = self._guild.issue(kind, person, command_or_message_id, at, channel_id)
            return issued.id, issued.token

    def accept_response(self, token: str, response: Any) -> dict[str, Any] | None:
        """Take the bot's answer to an interaction, as it came in the HTTP body, and do what it says.

        Returns the message that it made or changed (a copy, in Discord's form), or None for an answer without
        one. Raises Refusal: 50035 for a bad answer, 10062 when late or unknown, 40060 when answered before.
        """
        with self._lock:
            return deepcopy(self._guild.answer(token, deepcopy(response)))

    def overhear(self, interaction: Mapping[str, Any], response: Any) -> None:
        """An interaction that somebody else made and signed, with the bot's answer to it: from here on its token
        is known, so that the bot can finish the reply. A button's message that nobody knows here is made up.

        Raises Refusal 50035 for an answer that Discord would not take. An interaction heard before changes nothing.
        """
        with self._lock:
            self._guild.overhear(interaction, deepcopy(response))

    # What can be seen of it

    @property
    def channels(self) -> dict[str, str]:
        """Names by id, threads included."""
        with self._lock:
            return {channel_id: channel["name"] for channel_id, channel in self._guild.channels.items()}

    @property
    def threads(self) -> dict[str, dict[str, Any]]:
        """Threads by id, which is also the id of the message they are under: {name, parent_id, archived, locked}."""
        with self._lock:
            return {
                thread["id"]: {
                    "name": thread["name"],
                    "parent_id": thread["parent_id"],
                    "archived": is_archived(thread, self._now()),
                    "locked": thread["locked"],
                }
                for thread in self._guild.threads()
            }

    def lock_thread(self, thread_id: str) -> None:
        """A moderator locks a thread: nobody else writes in it from now on."""
        with self._lock:
            self._guild.channels[thread_id]["locked"] = True

    def delete_channel(self, channel_id: str) -> None:
        """A moderator deletes a channel or a thread, with what was said in it."""
        with self._lock:
            self._guild.delete_channel(channel_id)

    def delete_message(self, channel_id: str, message_id: str) -> None:
        """Somebody deletes a message. Its thread stays."""
        with self._lock:
            self._guild.delete(self._guild.message(channel_id, message_id))

    def allow_threads(self, *rights: ThreadRight) -> None:
        """From now on the bot has these permissions on threads, and no others. At first it has all."""
        with self._lock:
            self._guild.thread_rights = set(rights)

    @property
    def commands(self) -> list[dict[str, Any]]:
        """The guild's commands as registered, with their ids."""
        with self._lock:
            return deepcopy(self._guild.commands)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Every request of the bot, oldest first: {at (ISO), method, path (without /api/v10), body, status}.
        The status is Discord's; null where the request never got that far. Interaction tokens stand in the
        paths."""
        with self._lock:
            return deepcopy(self._requests)

    @property
    def took_the_last(self) -> bool:
        """Whether the newest request was carried out; True before there was one."""
        with self._lock:
            status = self._requests[-1]["status"] if self._requests else 200
            return status is not None and status < 300

    @property
    def changes(self) -> int:
        """How many messages were made or edited, whoever can see them."""
        return self._guild.changes

    def messages(self, channel_id: str, viewer_user_id: str) -> list[dict[str, Any]]:
        """What a person sees in a channel, oldest first, as copies.

        Beside Discord's id, content, embeds, components, flags and nonce: `at` and `edited_at` (epoch
        seconds; None if never edited), the marks `ephemeral`, `thinking`, `edited`, `silent`, `interaction`
        ({person, command}, or None) and `pings` ({users, roles, everyone}: whom it rang when it was sent).
        """
        with self._lock:
            seen = [m for m in self._guild.in_channel(channel_id) if is_visible(m, viewer_user_id)]
            return [shown(message) for message in deepcopy(seen)]

    # The far side of the wire

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer one request, and write it down. Raises NoAnswer where the connection breaks."""
        with self._lock:
            content, is_json = _decoded(body)
            entry: dict[str, Any] = {
                "at": iso(self._now()),
                "method": method,
                "path": path.removeprefix(_API),
            }
            entry |= {"body": content, "status": None}
            self._requests.append(entry)
            fault = self._next_fault(f"{method} {path}")
            if fault is not None and fault.kind in ("timeout", "reset"):
                raise NoAnswer(fault.kind)
            if fault is not None and fault.kind not in NO_ANSWER:
                answer = faulty_answer(fault, self._now())
            else:
                answer = self._answered(method, path, headers, deepcopy(content), is_json)
            entry["status"] = answer.status
            if fault is not None and fault.kind == "lost-reply":
                raise NoAnswer(fault.kind)
            return deepcopy(answer)

    def _next_fault(self, request: str) -> Fault | None:
        for index, fault in enumerate(self._faults):
            if fault.on in request:
                return self._faults.pop(index)
        if self._state == "down":
            return Fault(kind="503", retry_after=0)
        if self._state == "throttled":
            return Fault(kind="429-global", retry_after=_THROTTLED_SECONDS)
        return None

    def _answered(self, method: str, path: str, headers: Mapping[str, str], body: Any, is_json: bool) -> Answer:
        if not headers.get("User-Agent", "").startswith("DiscordBot ("):
            page = b"<html><head><title>error code: 1010</title></head></html>"  # the proxy before Discord
            return Answer(status=403, body=page, headers={"Content-Type": "text/html"})
        try:
            if not path.startswith(_API + "/"):
                raise Refusal(50041)
            found = routes.find(method, path.removeprefix(_API))
            if isinstance(found, Answer):
                return found
            route, parts = found
            if route.as_bot and headers.get("Authorization") != f"Bot {self._bot_token}":
                raise Refusal(0)
            said = headers.get("Content-Type", "").partition(";")[0].strip()
            if route.takes_body and not (is_json and said == "application/json"):
                raise Refusal(50109)
            answer = route.act(self._guild, body, *parts)
        except Refusal as refusal:
            return Answer(status=refusal.status, body=refusal.body)
        limits = rate_limit_headers(self._now())
        return Answer(status=answer.status, body=answer.body, headers=limits)


def _decoded(body: bytes) -> tuple[Any, bool]:
    """The JSON of a request, and whether it was JSON."""
    if not body:
        return None, False
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return body.decode("utf-8", "replace"), False
