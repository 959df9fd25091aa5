"""What the queue carries to the worker: a person's command, a probe or job to run, or the news of a change."""

from __future__ import annotations

import msgspec

from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker

Work = Command | RunTarget | ChangeMarker

_WORK: msgspec.json.Decoder[Work] = msgspec.json.Decoder(Work)


def encode_work(work: Work) -> str:
    return msgspec.json.encode(work).decode()


def decode_work(body: str | bytes) -> Work:
    """Raises msgspec.MsgspecError for anything else."""
    return _WORK.decode(body)
