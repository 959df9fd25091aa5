"""The trace of whatever Switchback is doing: begun with it, ended with a line in the log, and kept to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from orchestrator.app.moving import Outcome, stamp
from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.commands import Command, phrase
from orchestrator.core.trace import TraceRecord
from orchestrator.core.work import chain
from orchestrator.ports import Outside, Refused, SwitchbackError, Unavailable
from orchestrator.telemetry import metrics
from orchestrator.telemetry.logs import bound, get_logger
from orchestrator.telemetry.tracing import TraceRecorder, recording
from orchestrator.telemetry.xray import annotate

log = get_logger()


class OwnTrace:
    """One command, decision or piece of work. It begins when it is made, and ends with `keep` or with `say`.

    `told` is what the trace says of it besides how it went, by the names of `TraceRecorder.finish`; `fields` is what
    every line says that is logged on the way.
    """

    def __init__(
        self, outside: Outside, kind: str, *, trace_id: str = "", told: dict[str, str], fields: dict[str, str]
    ) -> None:
        self._outside = outside
        self._recorder = TraceRecorder(trace_id or outside.ids.new(), kind, outside.clock.now_ms)
        self._told = told
        self.fields = {"trace_id": self.id, **fields}

    @property
    def id(self) -> str:
        return self._recorder.trace_id

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Steps inside belong to the trace, and lines to it and to what it is about."""
        with recording(self._recorder), bound(**self.fields):
            yield

    def keep(self, outcome: Outcome) -> None:
        """End it, and store it. A trace that cannot be stored is a loss, but never a reason to fail what it
        describes."""
        record = self._record(outcome)
        annotate("trace_id", record.id)
        annotate("outcome", record.outcome)
        annotate("rollout", record.rollout)
        metrics.count("Decision", kind=record.kind, outcome=record.outcome)
        metrics.duration("Duration", record.duration_ms, kind=record.kind)
        _say(record, outcome)
        try:
            self._outside.traces.put(record)
        except (Unavailable, Refused) as problem:
            log.warning("a trace was not stored", extra={"problem": str(problem)})

    def say(self, outcome: Outcome, *, steps: bool = False) -> None:
        """End it with a line in the log alone, for what is not worth a place among the traces, or may find none."""
        _say(self._record(outcome), outcome, steps=steps)

    def is_kept_already(self) -> bool:
        """Whether an earlier try has left its trace: what it did is worth more than that it was done already. Not where
        it failed half-way: this try has finished it."""
        try:
            earlier = self._outside.traces.get(self._outside.guild_id, self.id)
        except (Unavailable, Refused):
            return False
        return earlier is not None and earlier.outcome != "failed"

    def _record(self, outcome: Outcome) -> TraceRecord:
        return self._recorder.finish(
            outcome.kind,
            outcome.reason,
            guild_id=self._outside.guild_id,
            rollout=outcome.rollout.id if outcome.rollout else "",
            error=outcome.reason if outcome.kind == "failed" else "",
            **self._told,
        )


def asked_for(outside: Outside, command: Command) -> OwnTrace:
    """For a person's command, under the id that the reply to it has named."""
    second = command.second.user_id if command.second is not None else ""
    told = {"actor": command.actor.user_id, "second": second, "command": phrase(command)}
    told["channel_id"] = command.channel_id
    return OwnTrace(outside, "command", trace_id=command.trace_id, told=told, fields=chain(command))


def unasked(outside: Outside, kind: str, what: str = "", **fields: str) -> OwnTrace:
    """For what nobody has asked for; the handler has bound the invocation's id. `what` stands in the trace where a
    person's command would, `fields` in the log."""
    told = {"actor": SWITCHBACK.user_id, "command": what}
    return OwnTrace(outside, kind, told=told, fields={"actor": SWITCHBACK.name, **fields})


def failed(problem: Exception) -> Outcome:
    """Our own errors have texts that are fit to be shown; of others the kind is enough, and the log has the rest: it is
    written here, where the trace is bound."""
    if isinstance(problem, SwitchbackError):
        return Outcome(kind="failed", reason=str(problem))
    log.error("a fault of ours", exc_info=problem)
    return Outcome(kind="failed", reason=type(problem).__name__)


def shown(problem: Exception) -> str:
    """What people are told of a failure; of a fault of ours the log has the rest."""
    return str(problem) if isinstance(problem, SwitchbackError) else f"a fault of ours, {type(problem).__name__}"


def _say(record: TraceRecord, outcome: Outcome, *, steps: bool = False) -> None:
    """The line that ends a command, a tick or an alarm."""
    said: dict[str, Any] = {
        "kind": record.kind,
        "outcome": record.outcome,
        "reason": record.reason,
        "duration_ms": record.duration_ms,
    }
    if steps:
        said["steps"] = [f"{s.name}: {s.ms} ms{f', {s.note}' if s.note else ''}" for s in record.steps]
    with bound(**stamp(outcome.rollout, outcome.stage)):
        log.info(f"a {record.kind} ended", extra=said)
