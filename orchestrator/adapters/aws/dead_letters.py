"""Two shapes of failure: a command that was received too often, and Lambda's envelope around an event it gave up."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.core.commands import Command, decode_command


class DeadLetter(Struct, frozen=True, kw_only=True):
    """`what` names what was lost, `why` Lambda's word for it; `command` is there when it was a command."""

    what: str
    why: str = ""
    command: Command | None = None


def read_dead_letter(record: dict[str, Any]) -> DeadLetter:
    """Never raises: a letter that cannot be read is told as such. No field of an unknown body is repeated."""
    body = str(record.get("body", ""))
    try:
        command = decode_command(body)
    except (msgspec.MsgspecError, RecursionError):
        return _envelope(body)
    return DeadLetter(
        what=f"{command.verb.replace('_', ' ')} {command.target}, asked by {command.actor.name}",
        why="it failed in every try",
        command=command,
    )


def _envelope(body: str) -> DeadLetter:
    try:
        letter = json.loads(body)
        context = letter["requestContext"]
        function = str(context["functionArn"]).split(":function:")[-1]
        return DeadLetter(what=f"an event for {function}", why=str(context.get("condition", ""))[:80])
    except (ValueError, KeyError, TypeError, RecursionError):
        return DeadLetter(what="a message that cannot be read")
