"""Two shapes of failure: a command that was received too often, and Lambda's envelope around an event it gave up."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.work import ShowLogs, decode_work

_FUNCTION = re.compile(r"[A-Za-z0-9_:$-]{1,200}")
_CONDITION = re.compile(r"[A-Za-z]{1,80}")


class DeadLetter(Struct, frozen=True, kw_only=True):
    """`what` names what was lost, `why` Lambda's word for it; `command` is there when it was a command."""

    what: str
    why: str = ""
    command: Command | None = None


def read_dead_letter(record: dict[str, Any]) -> DeadLetter:
    """Never raises: a letter that cannot be read is told as such. No field of an unknown body is repeated."""
    body = str(record.get("body", ""))
    try:
        work = decode_work(body)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return _envelope(body)
    why = "it failed in every try"
    match work:
        case Command():
            what = f"{work.verb.replace('_', ' ')} {work.target}, asked by {work.actor.name}"
            return DeadLetter(what=what, why=why, command=work)
        case RunTarget():
            return DeadLetter(what=f"{work.target} of {work.plan}, a probe or job", why=why)
        case ChangeMarker():
            return DeadLetter(what=f"the news that {work.what}", why=why)
        case ShowLogs():
            return DeadLetter(what=f"the logs of a trace, asked for by {work.actor.name}", why=why)


def _envelope(body: str) -> DeadLetter:
    try:
        context = json.loads(body)["requestContext"]
        function = str(context["functionArn"]).split(":function:")[-1]
        condition = str(context.get("condition", ""))
    except (ValueError, KeyError, TypeError, RecursionError):
        return DeadLetter(what="a message that cannot be read")
    # Whatever is no name of Lambda's own is not repeated: anything may lie in a queue.
    return DeadLetter(
        what=f"an event for {function}" if _FUNCTION.fullmatch(function) else "an event for a function without a name",
        why=condition if _CONDITION.fullmatch(condition) else "",
    )
