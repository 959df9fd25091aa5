"""Our own traces: what a command or an automatic decision did, step by step, and how long each step took.

    recorder = TraceRecorder(trace_id, "command", clock.now_ms)
    with recording(recorder):
        with step("decide") as said:
            decision = …
            said.note = decision.reason
    traces.put(recorder.finish(…))

Whoever has something to tell says `step`, wherever it is called from; which trace it belongs to is known as in
`logs.bound`, for the current thread or task. Nothing is passed along, and a caller that records nothing pays nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from orchestrator.core.redaction import redact
from orchestrator.core.trace import Step, TraceRecord, redacted
from orchestrator.telemetry.xray import segment_id, subsegment

FIRST_STEPS, LAST_STEPS = 40, 20
"""What is kept of the steps: a trace is one item of the table, and one card in Discord. How it ended is in the last."""

LONGEST_NOTE = 300


class Noted:
    """What a step under way has to say; it is read when the step ends."""

    def __init__(self, note: str) -> None:
        self.note = note


class TraceRecorder:
    """Notes the steps of one command or decision, for one thread. `now_ms` is the clock, in epoch milliseconds."""

    def __init__(self, trace_id: str, kind: str, now_ms: Callable[[], int]) -> None:
        self.trace_id = trace_id
        self.kind = kind
        self._now_ms = now_ms
        self._began = now_ms()
        self._first: list[Step] = []
        self._last: deque[Step] = deque(maxlen=LAST_STEPS)
        self._count = 0

    @property
    def ms(self) -> int:
        """How long it has taken up to now."""
        return max(0, self._now_ms() - self._began)

    @contextmanager
    def step(self, name: str, note: str = "") -> Iterator[Noted]:
        """Times a block. When it fails, the note says with which kind of error, and the error goes on."""
        began = self._now_ms()
        noted = Noted(note)
        try:
            yield noted
        except BaseException as problem:
            noted.note = f"{noted.note}; failed: {type(problem).__name__}".removeprefix("; ")
            raise
        finally:
            self._add(name, max(0, self._now_ms() - began), noted.note)

    def _add(self, name: str, ms: int, note: str) -> None:
        self._count += 1
        kept = self._first if len(self._first) < FIRST_STEPS else self._last
        # Redacted before it is cut, so that no cut runs through a secret.
        kept.append(Step(name=redact(name), ms=ms, note=_cut(redact(note))))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The first ones and the last."""
        return (*self._first, *self._last)

    @property
    def left_out(self) -> int:
        """How many steps there were between the first and the last that are kept."""
        return self._count - len(self.steps)

    def finish(
        self,
        outcome: str,
        reason: str = "",
        *,
        actor: str = "",
        second: str = "",
        guild_id: str = "",
        channel_id: str = "",
        command: str = "",
        rollout: str = "",
        error: str = "",
    ) -> TraceRecord:
        """The record up to now, redacted. May be called again after further steps."""
        return redacted(
            TraceRecord(
                id=self.trace_id,
                kind=self.kind,
                at=self._began // 1000,
                duration_ms=self.ms,
                outcome=outcome,
                reason=reason,
                actor=actor,
                second=second,
                guild_id=guild_id,
                channel_id=channel_id,
                command=command,
                rollout=rollout,
                steps=self.steps,
                left_out=self.left_out,
                error=error,
                xray=segment_id(),
            )
        )


_recorder: ContextVar[TraceRecorder | None] = ContextVar("recorder", default=None)


@contextmanager
def recording(recorder: TraceRecorder) -> Iterator[TraceRecorder]:
    """Every `step` inside belongs to this trace. Nests; the inner one takes them.

    In X-Ray it is a subsegment: what is annotated inside stands on it. Lambda's own segment takes no annotations.
    """
    token = _recorder.set(recorder)
    try:
        with subsegment(recorder.kind):
            yield recorder
    finally:
        _recorder.reset(token)


@contextmanager
def step(name: str, note: str = "") -> Iterator[Noted]:
    """Times a block as a step of the trace that is being recorded, and as a subsegment in X-Ray.

    What it yields takes the note. Where nothing is recorded the block just runs.
    """
    recorder = _recorder.get()
    with subsegment(name):
        if recorder is None:
            yield Noted(note)
            return
        with recorder.step(name, note) as noted:
            yield noted


def _cut(note: str) -> str:
    return note if len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}…"
