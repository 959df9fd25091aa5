"""People's actions on the page, as the signed interactions that Discord would make of them."""

from __future__ import annotations

import json
import time
from typing import Any

from orchestrator.adapters.discord.commands import definitions
from orchestrator.sandbox.discord import Person, Refusal
from orchestrator.sandbox.people import Member, member_payload
from orchestrator.sandbox.town import PEOPLE_BY_NAME, Town

SUBCOMMAND, STRING = 1, 3


class Impossible(ValueError):
    """Discord's client would not let anybody do this. The text says what would be possible."""


def use_command(town: Town, person: str, channel: str, command: str, options: dict[str, str]) -> dict[str, Any]:
    """A slash command, as typed; the bot's answer is shown in the channel."""
    member = _member(person)
    channel_id = _channel(town, channel)
    data = _command_data(command, options)
    with town.still():
        interaction_id, token = town.discord.issue(
            "command", _person(member), command, town.clock.now(), channel_id=channel_id
        )
        answer = _send(town, member, channel_id, interaction_id, token, {"type": 2, "data": data})
        _accept(town, token, answer)
    town.deliver()
    return answer


def complete(
    town: Town, person: str, channel: str, command: str, options: dict[str, str], focused: str
) -> list[dict[str, str]]:
    """What Discord would offer below an option while somebody types into it."""
    member = _member(person)
    channel_id = _channel(town, channel)
    data = _command_data(command, {**options, focused: options.get(focused, "")}, focused)
    with town.still():
        interaction_id, token = town.discord.issue(
            "autocomplete", _person(member), command, town.clock.now(), channel_id=channel_id
        )
        answer = _send(town, member, channel_id, interaction_id, token, {"type": 4, "data": data})
        _accept(town, token, answer)
    found: list[dict[str, str]] = answer.get("response", {}).get("data", {}).get("choices", [])
    return found


def press(town: Town, person: str, message_id: str, custom_id: str) -> dict[str, Any]:
    """A button under a message that this person can see."""
    member = _member(person)
    seen = {
        message["id"]: (channel_id, message)
        for channel_id in town.discord.channels
        for message in town.discord.messages(channel_id, member.user_id)
    }
    if message_id not in seen:
        raise Impossible("that message is not here any more")
    channel_id, message = seen[message_id]
    buttons = [button for row in message["components"] for button in row["components"]]
    if not any(button.get("custom_id") == custom_id and not button.get("disabled") for button in buttons):
        raise Impossible("that button is not here any more")
    with town.still():
        interaction_id, token = town.discord.issue("component", _person(member), message_id, town.clock.now())
        data = {"custom_id": custom_id, "component_type": 2}
        extra = {"type": 3, "data": data, "message": {"id": message_id, "channel_id": channel_id}}
        answer = _send(town, member, channel_id, interaction_id, token, extra)
        _accept(town, token, answer)
    town.deliver()
    return answer


def _send(
    town: Town, member: Member, channel_id: str, interaction_id: str, token: str, rest: dict[str, Any]
) -> dict[str, Any]:
    here = town.settings
    body = json.dumps(
        {
            "version": 1,
            "id": interaction_id,
            "token": token,
            "application_id": here.discord_application_id,
            "guild_id": here.discord_guild_id,
            "channel_id": channel_id,
            "channel": _channel_payload(town, channel_id),
            "member": member_payload(member, here.discord_roles),
            "locale": "en-GB",
            "context": 0,
            "entitlements": [],
            **rest,
        }
    ).encode()
    timestamp = str(int(time.time()))
    signature = town.page_key.sign(timestamp.encode() + body).signature.hex()
    headers = {
        "X-Signature-Ed25519": signature,
        "X-Signature-Timestamp": timestamp,
        "Content-Type": "application/json",
    }
    answer = town.serve("POST", "/interactions", headers, body)
    return {"status": answer["statusCode"], "response": json.loads(answer["body"])}


def _accept(town: Town, token: str, answer: dict[str, Any]) -> None:
    try:
        town.discord.accept_response(token, answer["response"])
    except Refusal as refusal:
        raise Impossible(f"Discord refused the bot's answer: {refusal}") from None


def _command_data(command: str, options: dict[str, str], focused: str = "") -> dict[str, Any]:
    """Discord's nesting of a command's options. What its client would not send is refused here."""
    first, _, rest = command.strip().lstrip("/").partition(" ")
    shown = next((entry for entry in definitions() if entry["name"] == first), None)
    if shown is None:
        names = ", ".join(f"/{entry['name']}" for entry in definitions())
        raise Impossible(f"there is no command /{first[:32]}; there is {names}")
    leaf = shown
    if any(option["type"] == SUBCOMMAND for option in shown["options"]):
        found = [option for option in shown["options"] if option["name"] == rest]
        if not found:
            names = ", ".join(f"/{first} {option['name']}" for option in shown["options"])
            raise Impossible(f"/{first} needs one of {names}")
        leaf = found[0]
    known = {option["name"]: option for option in leaf["options"]}
    unknown = [name for name in options if name not in known]
    if unknown:
        raise Impossible(f"/{command} has no option {unknown[0]}; it has {', '.join(known) or 'none'}")
    missing = [name for name, option in known.items() if option["required"] and not options.get(name)]
    if missing and not focused:
        raise Impossible(f"/{command} needs {' and '.join(missing)}")
    values = [
        {"type": STRING, "name": name, "value": value, **({"focused": True} if name == focused else {})}
        for name, value in options.items()
        if value or name == focused
    ]
    if leaf is shown:
        return {"id": "1", "type": 1, "name": first, "options": values}
    return {"id": "1", "type": 1, "name": first, "options": [{"type": SUBCOMMAND, "name": rest, "options": values}]}


def _member(person: str) -> Member:
    if person not in PEOPLE_BY_NAME:
        raise Impossible(f"nobody here is called {person[:40]}; there is {', '.join(PEOPLE_BY_NAME)}")
    return PEOPLE_BY_NAME[person]


def _person(member: Member) -> Person:
    return Person(user_id=member.user_id, name=member.name)


def _channel(town: Town, name: str) -> str:
    threads = town.discord.threads
    known = {channel: found for found, channel in town.discord.channels.items() if found not in threads}
    if name not in known:
        raise Impossible(f"there is no channel {name[:40]}; there is {', '.join(known)}")
    return known[name]


def _channel_payload(town: Town, channel_id: str) -> dict[str, Any]:
    """A channel as Discord sends it along; a thread names its parent."""
    thread = town.discord.threads.get(channel_id)
    if thread is None:
        return {"id": channel_id, "type": 0}
    return {"id": channel_id, "type": 11, "name": thread["name"], "parent_id": thread["parent_id"]}
