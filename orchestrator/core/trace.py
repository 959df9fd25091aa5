"""What one command, alarm or automatic decision did, step by step: what `/debug-last` shows."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.redaction import redact


class Step(Struct, frozen=True, kw_only=True):
    """`ms` is how long the step took, in milliseconds; `note` says how it ended where that is not plain success."""

    name: str
    ms: int
    note: str = ""


class TraceRecord(Struct, frozen=True, kw_only=True):
    """`at` is when it began, in epoch seconds; `duration_ms` runs from there to its end.

    `kind` is what set it off (command, alarm, tick, failure). `actor` is a Discord user id or the name of a part of
    the bot. `outcome` is one word (done, refused, held, failed), `reason` a sentence for people. `error` is empty when
    nothing broke. Ids that do not apply are empty strings.
    """

    id: str
    kind: str
    at: int
    duration_ms: int
    outcome: str
    reason: str = ""
    actor: str = ""
    guild_id: str = ""
    channel_id: str = ""
    command: str = ""
    rollout: str = ""
    steps: tuple[Step, ...] = ()
    error: str = ""


def redacted(record: TraceRecord) -> TraceRecord:
    """The same trace without secrets: what may be stored, and what may be shown. Applying it twice changes nothing."""
    return replace(
        record,
        command=redact(record.command),
        rollout=redact(record.rollout),
        outcome=redact(record.outcome),
        reason=redact(record.reason),
        error=redact(record.error),
        steps=tuple(Step(name=redact(step.name), ms=step.ms, note=redact(step.note)) for step in record.steps),
    )
