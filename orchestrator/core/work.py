"""What the queue carries to the worker: a person's command, a probe or job to run, the news of a change, or a look into
the logs."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from orchestrator.core.actors import Actor
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


def encode_work(work: Work) -> str:
    return msgspec.json.encode(work).decode()


def decode_work(body: str | bytes) -> Work:
    """Raises msgspec.MsgspecError for anything else."""
    return _WORK.decode(body)
