"""What the queue carries to the worker: a person's command, a probe or job to run, the news of a change, or a look into
the logs; and what becomes of it when it could not be done."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from orchestrator.core.actors import SWITCHBACK, Actor
from orchestrator.core.alerting.alert import Severity
from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker


class ShowLogs(Struct, frozen=True, kw_only=True, tag="show_logs"):
    """Finish the reply of `token` with the log lines of the trace `shown`, which `actor` may see. `trace_id` is the
    press's own. The token is a credential."""

    shown: str
    guild_id: str
    actor: Actor
    token: str
    trace_id: str
    interaction_id: str = ""
    at: int = 0


Work = Command | RunTarget | ChangeMarker | ShowLogs

_WORK: msgspec.json.Decoder[Work] = msgspec.json.Decoder(Work)


class DeadLetter(Struct, frozen=True, kw_only=True):
    """`what` names what was lost, `why` Lambda's word for it, `then` what becomes of it now, in whole sentences for
    people. `work` is there when it came off the command queue, `id` where its queue has named it."""

    what: str
    then: str
    severity: Severity
    why: str = ""
    work: Work | None = None
    id: str = ""

    @property
    def command(self) -> Command | None:
        return self.work if isinstance(self.work, Command) else None


def chain(work: Work) -> dict[str, str]:
    """What ties the log lines about it together, in whichever function: whose it is, what it is, and, where a person
    asked for it, the trace and the interaction. What is not known is left out."""
    match work:
        case Command():
            told = {"trace_id": work.trace_id, "correlation_id": work.interaction_id, "actor": work.actor.name}
            told["command"] = work.verb
        case ShowLogs():
            told = {"trace_id": work.trace_id, "correlation_id": work.interaction_id, "actor": work.actor.name}
        case RunTarget():
            told = {"actor": SWITCHBACK.name, "command": work.target}
        case ChangeMarker():
            told = {"actor": work.by or SWITCHBACK.name, "command": work.what}
    return {name: value for name, value in told.items() if value}


def encode_work(work: Work) -> str:
    return msgspec.json.encode(work).decode()


def decode_work(body: str | bytes) -> Work:
    """Raises msgspec.MsgspecError for anything else."""
    return _WORK.decode(body)
