"""A message as Discord keeps it, and as a person sees it."""

import re
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from orchestrator.adapters.discord.snowflake import created_at
from orchestrator.sandbox.discord.interaction import TYPES, Issued
from orchestrator.sandbox.discord.rules import EPHEMERAL, LOADING, SILENT


def iso(at: int) -> str:
    """A time in epoch seconds as Discord writes it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_message(
    message_id: str,
    channel_id: str,
    author_id: str,
    body: dict[str, Any],
    at: int,
    issued: Issued | None,
) -> dict[str, Any]:
    """The message that Discord makes of a body, in reply to an interaction if there is one."""
    message: dict[str, Any] = {
        "id": message_id,
        "channel_id": channel_id,
        "type": 0,
        "author": {"id": author_id, "username": "switchback", "bot": True},
        "content": (body.get("content") or "").strip(),
        "embeds": deepcopy(body.get("embeds") or []),
        "components": deepcopy(body.get("components") or []),
        "flags": body.get("flags") or 0,
        "timestamp": iso(at),
        "edited_timestamp": None,
        **_mentions(body),
    }
    if issued is not None:
        message["interaction_metadata"] = {
            "id": issued.id,
            "type": TYPES[issued.kind],
            "name": issued.command,
            "user": {"id": issued.person.user_id, "username": issued.person.name},
        }
    return message


def is_visible(message: dict[str, Any], user_id: str) -> bool:
    """Whether a person sees the message: an ephemeral one is there only for whoever caused it."""
    if not message["flags"] & EPHEMERAL:
        return True
    return bool(message.get("interaction_metadata", {}).get("user", {}).get("id") == user_id)


def _mentions(body: dict[str, Any]) -> dict[str, Any]:
    """Whom the content pings: whom it names, as far as allowed_mentions lets it."""
    content, allowed = body.get("content") or "", body.get("allowed_mentions") or {}
    parse = allowed.get("parse") or []
    users = list(dict.fromkeys(re.findall(r"<@!?(\d+)>", content)))
    roles = list(dict.fromkeys(re.findall(r"<@&(\d+)>", content)))
    return {
        "mentions": [user for user in users if "users" in parse or user in (allowed.get("users") or [])],
        "mention_roles": [role for role in roles if "roles" in parse or role in (allowed.get("roles") or [])],
        "mention_everyone": "everyone" in parse and bool(re.search("@everyone|@here", content)),
    }


def shown(message: dict[str, Any]) -> dict[str, Any]:
    """What a person sees of a message: see StandIn.messages."""
    edited, made_by = message["edited_timestamp"], message.get("interaction_metadata")
    kept = ("id", "channel_id", "content", "embeds", "components", "flags")
    return {
        **{key: message[key] for key in kept},
        "nonce": message.get("nonce"),
        "at": created_at(message["id"]),
        "edited_at": int(datetime.fromisoformat(edited).timestamp()) if edited else None,
        "edited": edited is not None,
        "ephemeral": bool(message["flags"] & EPHEMERAL),
        "thinking": bool(message["flags"] & LOADING),
        "silent": bool(message["flags"] & SILENT),
        "interaction": {"person": made_by["user"]["username"], "command": made_by["name"]} if made_by else None,
        "pings": {
            "users": message["mentions"],
            "roles": message["mention_roles"],
            "everyone": message["mention_everyone"],
        },
    }
