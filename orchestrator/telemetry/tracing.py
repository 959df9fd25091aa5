"""Two kinds of traces, which have nothing to do with each other.

X-Ray: `annotate` and `subsegment` do nothing until a worker calls `enable_xray`. The SDK never patches a
library (its patched `requests` would record full URLs, with interaction tokens in them), and the
interactions function never enables it.

Ours: `TraceRecorder` notes what a command or decision did, step by step; `WarmTraces` keeps the last ones
at hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any

from cachetools import Cache, LRUCache

from orchestrator.core.redaction import redact, redact_event
from orchestrator.core.trace import Step, TraceRecord, redacted

_tracer: Any = None  # powertools' Tracer, whose module is imported only when it is wanted


def enable_xray(service: str = "switchback") -> bool:
    """Turns X-Ray annotations on, and says whether they are: only inside Lambda. For the workers' bootstrap."""
    global _tracer
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ or "LAMBDA_TASK_ROOT" not in os.environ:
        return False
    if _tracer is None:
        from aws_lambda_powertools.tracing import (
            Tracer,
        )  # it imports aws_xray_sdk: ten times the runtime's own start

        _tracer = Tracer(service=service, auto_patch=False)
    return True


def annotate(key: str, value: str | int | float | bool) -> None:
    """Puts a searchable value on the current X-Ray segment, redacted. Never raises."""
    if _tracer is None:
        return
    try:
        _tracer.put_annotation(key, redact_event({key: value})[key])
    except Exception:
        return  # an annotation is worth no failure


@contextmanager
def subsegment(name: str) -> Iterator[None]:
    """A named span in X-Ray around a block. An exception goes on and is not recorded: its text could hold a URL."""
    span = _opened(name)
    try:
        yield
    finally:
        if span is not None:
            _closed(span)


def _opened(name: str) -> AbstractContextManager[Any] | None:
    if _tracer is None:
        return None
    try:
        span: AbstractContextManager[Any] = _tracer.provider.in_subsegment(name=redact(name))
        span.__enter__()
    except Exception:
        return None
    return span


def _closed(span: AbstractContextManager[Any]) -> None:
    try:
        span.__exit__(None, None, None)
    except Exception:
        return


class TraceRecorder:
    """Notes the steps of one command or decision, for one thread. `now_ms` is the clock, in epoch milliseconds."""

    def __init__(self, trace_id: str, kind: str, now_ms: Callable[[], int]) -> None:
        self.trace_id = trace_id
        self.kind = kind
        self._now_ms = now_ms
        self._began = now_ms()
        self._steps: list[Step] = []

    @contextmanager
    def step(self, name: str, note: str = "") -> Iterator[None]:
        """Times a block. When it fails, the note says with which kind of error, and the error goes on."""
        began = self._now_ms()
        try:
            yield
        except BaseException as problem:
            note = f"{note}; failed: {type(problem).__name__}".removeprefix("; ")
            raise
        finally:
            self._steps.append(Step(name=redact(name), ms=max(0, self._now_ms() - began), note=redact(note)))

    def finish(
        self,
        outcome: str,
        reason: str = "",
        *,
        actor: str = "",
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
                duration_ms=max(0, self._now_ms() - self._began),
                outcome=outcome,
                reason=reason,
                actor=actor,
                guild_id=guild_id,
                channel_id=channel_id,
                command=command,
                rollout=rollout,
                steps=tuple(self._steps),
                error=error,
            )
        )


class WarmTraces:
    """The last traces of this container: at most `limit`, the least recently used goes first, the newest
    never.

    Reading one counts as using it. A trace is found only under its own guild. Safe to share between
    threads.
    """

    def __init__(self, limit: int = 100) -> None:
        if limit < 1:
            raise ValueError(f"a store for {limit} traces could not keep the newest")
        self._kept: LRUCache[tuple[str, str], TraceRecord] = LRUCache(maxsize=limit)
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def put(self, record: TraceRecord) -> None:
        """Keeps it, redacted; one of the same guild and id is replaced."""
        safe = redacted(record)
        with self._lock:
            self._kept[record.guild_id, record.id] = safe

    def get(self, guild_id: str, trace_id: str) -> TraceRecord | None:
        with self._lock:
            return self._kept.get((guild_id, trace_id))

    def last_for(self, guild_id: str, actor: str) -> TraceRecord | None:
        """The actor's newest trace in the guild by time; of two that began in the same second, the later kept."""
        with self._lock:
            # Cache's own look-up, unlike LRUCache's, does not count as use: only the one that is found moves up.
            looked_at = (Cache.__getitem__(self._kept, key) for key in reversed(list(self._kept)))
            own = [record for record in looked_at if record.guild_id == guild_id and record.actor == actor]
            newest = max(own, key=lambda record: record.at, default=None)
            return self._kept[newest.guild_id, newest.id] if newest is not None else None
