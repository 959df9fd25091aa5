"""Threads of the stand-in: channels below a message, which fall asleep when nobody writes in them."""

from collections.abc import Mapping
from typing import Any, Literal

from orchestrator.sandbox.discord.messages import iso
from orchestrator.sandbox.discord.refusal import Refusal

THREAD = 11
"""A public thread's type of channel."""

MOST_ACTIVE = 1000

Channel = dict[str, Any]

ThreadRight = Literal["start threads", "write in threads"]
"""The bot's permissions Create Public Threads and Send Messages in Threads."""


def new_thread(
    channels: Mapping[str, Channel], parent_id: str, message_id: str, body: Mapping[str, Any], at: int
) -> Channel:
    """The thread that Discord makes under a message, or its refusal."""
    if message_id in channels:
        raise Refusal(160004)
    if channels[parent_id]["type"] == THREAD:
        raise Refusal(50024)
    if sum(is_thread(channel) and not is_archived(channel, at) for channel in channels.values()) >= MOST_ACTIVE:
        raise Refusal(160006)
    return {
        "id": message_id,
        "name": body["name"],
        "type": THREAD,
        "parent_id": parent_id,
        "locked": False,
        "minutes": body.get("auto_archive_duration") or 1440,
        "active_at": at,
    }


def is_thread(channel: Channel) -> bool:
    return bool(channel["type"] == THREAD)


def is_archived(thread: Channel, now: int) -> bool:
    """A thread in which nobody has written for so long is archived; a message brings it back."""
    return bool(now - thread["active_at"] >= thread["minutes"] * 60)


def require_open(channel: Channel | None, now: int, *, sending: bool) -> None:
    """Sending brings an archived thread back, editing does not; a locked one takes neither from a bot."""
    if channel is None:
        raise Refusal(10003)
    if not is_thread(channel):
        return
    if channel["locked"]:
        raise Refusal(160005)
    if sending:
        channel["active_at"] = now
    elif is_archived(channel, now):
        raise Refusal(50083)


def as_discord(thread: Channel, guild_id: str, owner_id: str, now: int) -> dict[str, Any]:
    """The thread as Discord's API shows it."""
    shown = {key: thread[key] for key in ("id", "name", "type", "parent_id")}
    metadata = {
        "archived": is_archived(thread, now),
        "auto_archive_duration": thread["minutes"],
        "archive_timestamp": iso(thread["active_at"]),
        "locked": thread["locked"],
    }
    return {**shown, "guild_id": guild_id, "owner_id": owner_id, "thread_metadata": metadata}
