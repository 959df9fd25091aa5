"""A command: what a person asked for, checked and authorised, on its way to the worker."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from orchestrator.core.actors import Actor

Verb = Literal[
    "start",
    "promote",
    "approve",
    "pause",
    "resume",
    "abort",
    "rollback",
    "set_flag",
    "rollback_flag",
    "adopt",
    "revert",
    "status",
]
"""`status` only looks; it is here because a button under a notice may ask for it."""

_PHRASES: dict[str, str] = {"rollback": "roll back", "rollback_flag": "roll back", "set_flag": "set"}

FORWARD: frozenset[str] = frozenset({"start", "promote", "approve", "resume", "set_flag", "adopt", "revert"})
"""Verbs that may raise exposure: they are bound to the state as previewed, and never carried out twice."""

FLAG_VERBS: frozenset[str] = frozenset({"set_flag", "rollback_flag"})
"""Verbs whose target is a flag, not a plan."""

TWO_PEOPLE: frozenset[str] = frozenset({"start", "promote", "resume", "set_flag"})
"""Verbs that take a second person where the environment asks for one. Going back never does."""


class Command(Struct, frozen=True, kw_only=True):
    """`target` is a plan, or a flag for the flag verbs. `args` holds what the verb needs (value, role, stage).

    `bound_to` is `plan hash:transition` as previewed, empty where the verb is never refused as stale. `confirmation`
    is the button's record, used up by the transition. `token` finishes the reply in Discord: a credential.
    """

    verb: Verb
    target: str
    actor: Actor
    reason: str = ""
    args: dict[str, str] = {}
    bound_to: str = ""
    confirmation: str = ""
    second: Actor | None = None
    interaction_id: str = ""
    token: str = ""
    guild_id: str = ""
    channel_id: str = ""
    trace_id: str = ""
    at: int = 0


class Confirmation(Struct, frozen=True, kw_only=True):
    """What a button stands for, kept on our side: the button itself carries only `id`.

    kind `confirm`: only `command.actor` may press it; `second`: anybody but that actor who holds the right; `card`:
    a button under a notice, which opens a preview for whoever presses it.
    """

    id: str
    kind: Literal["confirm", "second", "card"]
    command: Command
    created_at: int
    expires_at: int = 0
    used_by: str = ""
    used_at: int = 0


def phrase(command: Command) -> str:
    """What was asked for, as somebody would say it: `roll back PORTAL_PRISMA`, `set PORTAL_PRISMA to true`."""
    said = f"{_PHRASES.get(command.verb, command.verb)} {command.target}"
    return f"{said} to {command.args['value']}" if command.verb == "set_flag" and "value" in command.args else said


def encode_command(command: Command) -> str:
    return msgspec.json.encode(command).decode()


def decode_command(body: str | bytes) -> Command:
    return msgspec.json.decode(body, type=Command)
