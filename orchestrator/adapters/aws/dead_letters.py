"""Two shapes of failure: a command that was received too often, and Lambda's envelope around an event it gave up."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
from msgspec import structs

from orchestrator.core.alerting.alert import Severity
from orchestrator.core.commands import ALERT_VERBS, Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.work import DeadLetter, ShowLogs, Work, decode_work

_FUNCTION = re.compile(r"[A-Za-z0-9_:$-]{1,200}")
_CONDITION = re.compile(r"[A-Za-z]{1,80}")


_TRIED_AGAIN = {
    "-tick": "The next tick does its work.",
    "-alarms": "The ticks compare alarms with flags every minute, so it acts as soon as one gets through. "
    "Look at the flags it is bound to.",
    "-reports": "Nothing sends it again: let CI send it once more.",
}
"""By how a function's name ends: what becomes of an event that it gave up."""

_BY_NOBODY = "Nothing tries it again by itself. Look at `/rollout-status`."


def read_dead_letter(record: dict[str, Any]) -> DeadLetter:
    """Never raises: a letter that cannot be read is told as such. No field of an unknown body is repeated."""
    return structs.replace(_read(str(record.get("body", ""))), id=str(record.get("messageId", "")))


def _read(body: str) -> DeadLetter:
    try:
        work = decode_work(body)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return _envelope(body)
    what, then, severity = _told(work)
    return DeadLetter(what=what, why="it failed in every try", then=then, severity=severity, work=work)


def _told(work: Work) -> tuple[str, str, Severity]:
    """What was lost, what becomes of it, and how bad that is: whoever only looked has lost nothing."""
    match work:
        case Command():
            what = f"{work.verb.replace('_', ' ')} {work.target}, asked by {work.actor.name}"
            if work.verb in ALERT_VERBS:
                return what, "It moves no flag. Nothing tries it again by itself: use it again.", "warning"
            return (
                what,
                f"{_BY_NOBODY} What was saved is finished by the next tick. If it was not done, use the command again.",
                "critical",
            )
        case RunTarget():
            then = "A probe is called again by itself; a job of the ladder is followed by the next rung."
            return f"{work.target} of {work.plan}, a probe or job", then, "warning"
        case ChangeMarker():
            then = "Evidence from before the change may still count: let whoever sent the news send it again."
            return f"the news that {work.what}", then, "warning"
        case ShowLogs():
            then = "Nothing was to be changed: press Logs again."
            return f"the logs of a trace, asked for by {work.actor.name}", then, "info"


def _envelope(body: str) -> DeadLetter:
    try:
        context = json.loads(body)["requestContext"]
        function = str(context["functionArn"]).split(":function:")[-1]
        condition = str(context.get("condition", ""))
    except (ValueError, KeyError, TypeError, RecursionError):
        return DeadLetter(what="a message that cannot be read", then=_BY_NOBODY, severity="critical")
    # Whatever is no name of Lambda's own is not repeated: anything may lie in a queue.
    return DeadLetter(
        what=f"an event for {function}" if _FUNCTION.fullmatch(function) else "an event for a function without a name",
        why=condition if _CONDITION.fullmatch(condition) else "",
        then=next((then for end, then in _TRIED_AGAIN.items() if function.endswith(end)), _BY_NOBODY),
        severity="critical",
    )
