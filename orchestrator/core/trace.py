"""What one command, alarm or automatic decision did, step by step: what `/debug-last` shows."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from orchestrator.core.redaction import redact

KEPT = 100
"""How many traces of a guild can be read of what people did, and as many again of what Switchback did by itself: a busy
night of probes and ticks must not take away what somebody did the evening before."""


class Step(Struct, frozen=True, kw_only=True):
    """`ms` is how long the step took, in milliseconds; `note` says what was found or decided, and how it failed."""

    name: str
    ms: int
    note: str = ""


class TraceRecord(Struct, frozen=True, kw_only=True):
    """`at` is when it began, in epoch seconds; `duration_ms` runs from there to its end.

    `kind` is what set it off (command, alarm, tick, job, change). `actor` is a Discord user id or the name of a part
    of the bot; `second` is the user id of whoever confirmed it as second person. `outcome` is one word (done, refused,
    held, failed), `reason` a sentence for people. `error` is empty when nothing broke. `left_out` is how many steps
    there were between the first and the last of `steps`. `xray` is the id of the invocation's segment in X-Ray, empty
    outside Lambda. Ids that do not apply are empty strings.
    """

    id: str
    kind: str
    at: int
    duration_ms: int
    outcome: str
    reason: str = ""
    actor: str = ""
    second: str = ""
    guild_id: str = ""
    channel_id: str = ""
    command: str = ""
    rollout: str = ""
    steps: tuple[Step, ...] = ()
    left_out: int = 0
    error: str = ""
    xray: str = ""

    @property
    def by_people(self) -> bool:
        return self.kind == "command"

    def concerns(self, user_id: str) -> bool:
        """Whether it is this person's own: asked for, or confirmed as second person."""
        return user_id == self.actor or bool(self.second and user_id == self.second)


def newest_first(records: Iterable[TraceRecord]) -> list[TraceRecord]:
    """Each id once, as it was put last; of two that began in the same second, the one put later comes first.

    `records` come in the order in which they were put.
    """
    latest: dict[str, TraceRecord] = {}
    for record in records:
        latest.pop(record.id, None)
        latest[record.id] = record
    newest = list(latest.values())[::-1]
    newest.sort(key=lambda record: record.at, reverse=True)
    return newest


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
