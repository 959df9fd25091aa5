"""The guild of the stand-in: its channels, messages, threads, interactions and commands, and what may happen
to them.

Nothing here knows HTTP. Whatever Discord would refuse raises Refusal. The caller holds the lock.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any, cast

from orchestrator.adapters.discord.snowflake import RESPONSE_SECONDS, TOKEN_SECONDS, created_at, first_id_at
from orchestrator.sandbox.discord.command_rules import check_commands
from orchestrator.sandbox.discord.interaction import TYPES, Issued, Kind, Person, token_for
from orchestrator.sandbox.discord.messages import is_visible, iso, new_message
from orchestrator.sandbox.discord.refusal import Refusal, refuse_if
from orchestrator.sandbox.discord.rules import (
    EPHEMERAL,
    LOADING,
    SECOND,
    SILENT,
    Body,
    Interaction,
    check_payload,
    is_empty,
)
from orchestrator.sandbox.discord.threads import Channel, ThreadRight, as_discord, is_thread, new_thread, require_open

NONCE_SECONDS = 300
"""For how long a repeated nonce returns the message that is there. Discord says "the past few minutes"."""

DAILY_CREATES = 200


class Guild:
    """Everything a Discord guild remembers. Ids carry the virtual time and count up within it."""

    def __init__(self, application_id: str, guild_id: str, channels: Mapping[str, str], now: Callable[[], int]) -> None:
        self.application_id = application_id
        self.guild_id = guild_id
        self.now = now
        self.channels: dict[str, Channel] = {
            channel_id: {"id": channel_id, "name": name, "type": 0, "parent_id": None}
            for channel_id, name in channels.items()
        }
        self.commands: list[dict[str, Any]] = []
        self._messages: dict[str, dict[str, Any]] = {}
        self._issued: dict[str, Issued] = {}
        self._nonces: dict[str, str] = {}
        self._created: list[int] = []
        self._last_id = 0
        self.thread_rights: set[ThreadRight] = {"start threads", "write in threads"}
        self.changes = 0  # messages made and edited, so that a viewer knows when to look again

    def next_id(self, at: int | None = None) -> str:
        """A new id, larger than all before it."""
        self._last_id = max(self._last_id + 1, first_id_at(self.now() if at is None else at))
        return str(self._last_id)

    # Messages

    def message(self, channel_id: str, message_id: str, *, ephemeral: bool = False) -> dict[str, Any]:
        """A message of a channel. Ephemeral ones are not there for requests with the bot token."""
        if channel_id not in self.channels:
            raise Refusal(10003)
        found = self._messages.get(message_id)
        if found is None or found["channel_id"] != channel_id or (found["flags"] & EPHEMERAL and not ephemeral):
            raise Refusal(10008)
        return found

    def in_channel(self, channel_id: str) -> list[dict[str, Any]]:
        """The messages of a channel, oldest first."""
        return [message for message in self._messages.values() if message["channel_id"] == channel_id]

    def post(self, channel_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Create Message."""
        channel = self.channels.get(channel_id)
        if channel is not None and is_thread(channel) and "write in threads" not in self.thread_rights:
            raise Refusal(50013)
        require_open(channel, self.now(), sending=True)
        refuse_if(check_payload("create", body))
        nonce = body.get("nonce")
        if nonce is not None and body.get("enforce_nonce"):
            earlier = self._messages.get(self._nonces.get(str(nonce), ""))
            if earlier is not None and self.now() - created_at(earlier["id"]) < NONCE_SECONDS:
                return earlier
        message = self._create(channel_id, body)
        if nonce is not None:
            message["nonce"] = nonce
            self._nonces[str(nonce)] = message["id"]
        return message

    def edit(self, message: dict[str, Any], body: dict[str, Any], use: Body) -> dict[str, Any]:
        """Edit a message. What the body does not name stays. "Thinking" ends, which is not shown as an
        edit."""
        require_open(self.channels[message["channel_id"]], self.now(), sending=False)
        if message["flags"] & SECOND and isinstance(body, dict):
            whole = int(body.get("flags") or 0) | SECOND
            refuse_if(check_payload(use, {**body, "flags": whole}))
        else:
            refuse_if(check_payload(use, body))
        merged = message | {key: body[key] for key in ("content", "embeds", "components") if key in body}
        merged["content"] = (merged["content"] or "").strip()
        merged["embeds"], merged["components"] = merged["embeds"] or [], merged["components"] or []
        kept = message["flags"] & (EPHEMERAL | SILENT | SECOND)
        merged["flags"] = kept | (body.get("flags") or 0)
        if is_empty(merged):
            raise Refusal(50006)
        if not message["flags"] & LOADING:
            merged["edited_timestamp"] = iso(self.now())
        message.update(deepcopy(merged))
        self.changes += 1
        return message

    def delete(self, message: dict[str, Any]) -> None:
        del self._messages[message["id"]]

    def start_thread(self, channel_id: str, message_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """A thread under a message. It has the message's id, so there is only ever one."""
        self.message(channel_id, message_id)
        if "start threads" not in self.thread_rights:
            raise Refusal(50013)
        refuse_if(check_payload("thread", body))
        thread = new_thread(self.channels, channel_id, message_id, body, self.now())
        self.channels[message_id] = thread
        self.changes += 1
        return as_discord(thread, self.guild_id, self.application_id, self.now())

    def delete_channel(self, channel_id: str) -> None:
        """With everything that was said in it."""
        del self.channels[channel_id]
        self._messages = {key: kept for key, kept in self._messages.items() if kept["channel_id"] != channel_id}
        self.changes += 1

    def threads(self) -> list[Channel]:
        return [channel for channel in self.channels.values() if is_thread(channel)]

    # Interactions

    def issue(self, kind: Kind, person: Person, subject: str, at: int, channel_id: str | None) -> Issued:
        """Register an interaction, as when a person uses a command or presses a button."""
        message = self._messages.get(subject)
        if kind == "component":
            if message is None or not is_visible(message, person.user_id):
                raise Refusal(10008)
            channel_id = message["channel_id"]
        channel_id = channel_id or (message["channel_id"] if message else next(iter(self.channels)))
        if channel_id not in self.channels:
            raise Refusal(10003)
        interaction_id = self.next_id(at)
        issued = Issued(
            id=interaction_id,
            token=token_for(self.application_id, interaction_id),
            kind=kind,
            person=person,
            command=_command(message) if message else subject,
            channel_id=channel_id,
            at=at,
            message_id=subject if message else None,
        )
        self._issued[issued.token] = issued
        return issued

    def answer(self, token: str, response: Any, interaction_id: str | None = None) -> dict[str, Any] | None:
        """Take the first answer to an interaction. Returns the message it made or changed, if any."""
        issued = self._issued.get(token)
        if issued is None or interaction_id not in (None, issued.id):
            raise Refusal(10062)
        if issued.answered:
            raise Refusal(40060)
        if self.now() - issued.at > RESPONSE_SECONDS:
            raise Refusal(10062)
        interaction: Interaction = issued.kind
        if issued.kind == "modal" and issued.message_id is None:
            # A form opened by a command has no message to update; for that it is like the command itself.
            interaction = "command" if _type(response) in (6, 7) else "modal"
        refuse_if(check_payload("response", response, interaction=interaction))
        message = self._apply(issued, response)
        issued.answered = True
        return message

    def overhear(self, interaction: Mapping[str, Any], response: Any) -> None:
        """Register an interaction that came signed from outside, and take the bot's answer to it."""
        token = str(interaction.get("token", ""))
        kind = _KINDS.get(interaction.get("type"))
        if kind is None or not token or token in self._issued:
            return
        channel_id = str(interaction.get("channel_id", ""))
        if channel_id not in self.channels:
            channel_id = next(iter(self.channels))
        user = (interaction.get("member") or {}).get("user") or {}
        person = Person(user_id=str(user.get("id", "")), name=str(user.get("username", "somebody")))
        data = interaction.get("data") or {}
        issued = Issued(
            id=str(interaction.get("id", "")),
            token=token,
            kind=kind,
            person=person,
            command=str(data.get("name", "")),
            channel_id=channel_id,
            at=self.now(),
            message_id=None,
        )
        if kind == "component":
            pressed = self._pressed(interaction, data)
            issued.message_id = (pressed or self._create(channel_id, {"flags": EPHEMERAL}, issued))["id"]
        self._issued[token] = issued
        self.answer(token, response)

    def _pressed(self, interaction: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, Any] | None:
        """The message whose button it was: the one that is named, else the newest with such a button."""
        named: dict[str, Any] | None = self._messages.get(str((interaction.get("message") or {}).get("id", "")))
        if named is not None:
            return named
        newest_first = reversed(list(self._messages.values()))
        return next((m for m in newest_first if data.get("custom_id") in _button_ids(m)), None)

    def replied(self, application_id: str, token: str) -> Issued:
        """The answered interaction to which the token of a reply belongs."""
        issued = self._issued.get(token)
        if application_id != self.application_id or issued is None:
            raise Refusal(10015)
        if self.now() - issued.at >= TOKEN_SECONDS:
            raise Refusal(50027)
        if not issued.answered or issued.kind == "autocomplete":
            raise Refusal(10015)
        return issued

    def original(self, issued: Issued) -> dict[str, Any]:
        """The message that "@original" means for that interaction."""
        return self.message(issued.channel_id, issued.original_id or "", ephemeral=True)

    def follow_up(self, issued: Issued, body: dict[str, Any]) -> dict[str, Any]:
        """A further reply. While the first one is still "thinking", it fills that in: Discord's older
        behaviour."""
        refuse_if(check_payload("follow_up", body))
        first = self._messages.get(issued.original_id or "")
        if first is not None and first["flags"] & LOADING:
            fill = {key: below for key, below in body.items() if key not in ("flags", "tts")}
            return self.edit(first, fill, "edit_reply")
        return self._create(issued.channel_id, body, issued)

    def _apply(self, issued: Issued, response: dict[str, Any]) -> dict[str, Any] | None:
        kind, data = response["type"], response.get("data") or {}
        if kind == 4:
            message = self._create(issued.channel_id, data, issued)
        elif kind == 5:
            flags = LOADING | (data.get("flags") or 0)
            message = self._create(issued.channel_id, {"flags": flags}, issued)
        elif kind in (6, 7):
            message = self.message(issued.channel_id, issued.message_id or "", ephemeral=True)
            if kind == 7:
                self.edit(message, data, "edit_reply")
        else:
            return None
        issued.original_id = message["id"]
        return message

    def _create(self, channel_id: str, body: dict[str, Any], issued: Issued | None = None) -> dict[str, Any]:
        self.changes += 1
        message = new_message(self.next_id(), channel_id, self.application_id, body, self.now(), issued)
        self._messages[message["id"]] = message
        return message

    # Commands

    def put_commands(self, application_id: str, guild_id: str, commands: Any) -> list[dict[str, Any]]:
        """Replace all of the guild's commands. One whose name was there keeps its id and is no new one."""
        if (application_id, guild_id) != (self.application_id, self.guild_id):
            raise Refusal(50001)
        refuse_if(check_commands(commands))
        ids = {(command["type"], command["name"]): command["id"] for command in self.commands}
        new = [command for command in commands if (command.get("type") or 1, command["name"]) not in ids]
        self._created = [at for at in self._created if self.now() - at < 86400]
        if len(self._created) + len(new) > DAILY_CREATES:
            raise Refusal(30034)
        self._created += [self.now()] * len(new)
        self.commands = [
            {
                **deepcopy(command),
                "type": command.get("type") or 1,
                "id": ids.get((command.get("type") or 1, command["name"])) or self.next_id(),
                "application_id": self.application_id,
                "guild_id": self.guild_id,
            }
            for command in commands
        ]
        return self.commands


def _command(message: dict[str, Any]) -> str:
    return cast(str, message.get("interaction_metadata", {}).get("name", ""))


def _type(response: Any) -> Any:
    return response.get("type") if isinstance(response, dict) else None


def _button_ids(message: dict[str, Any]) -> list[Any]:
    return [button.get("custom_id") for row in message["components"] for button in row.get("components", ())]


_KINDS: dict[Any, Kind] = {number: kind for kind, number in TYPES.items()}
