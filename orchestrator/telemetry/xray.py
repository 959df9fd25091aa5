"""X-Ray, for the workers alone: `annotate` and `subsegment` do nothing until `enable_xray` is called in Lambda.

The SDK never patches a library (its patched `requests` would record full URLs, with interaction tokens in them), and
the interactions function never enables it: importing the SDK costs ten times the runtime's own start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from orchestrator.core.redaction import redact, redact_event

_ROOT = re.compile(r"(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")
_NOT_SAMPLED = re.compile(r"(?:^|;)Sampled=0(?:;|$)")
_tracer: Any = None  # powertools' Tracer, whose module is imported only when it is wanted


def segment_id() -> str:
    """The trace id of this invocation's segment, as Lambda says it; empty where it says none, or that this one is not
    sampled and so will not be there. Needs no SDK."""
    said = os.environ.get("_X_AMZN_TRACE_ID", "")
    found = _ROOT.search(said)
    return found[1] if found and not _NOT_SAMPLED.search(said) else ""


def enable_xray(service: str = "switchback") -> bool:
    """Turns X-Ray annotations on, and says whether they are: only inside Lambda. For the workers' bootstrap."""
    global _tracer
    if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ or "LAMBDA_TASK_ROOT" not in os.environ:
        return False
    if _tracer is None:
        from aws_lambda_powertools.tracing import Tracer  # it imports aws_xray_sdk

        _tracer = Tracer(service=service, auto_patch=False)
    return True


def annotate(key: str, value: str | int | float | bool) -> None:
    """Puts a searchable value on the current subsegment, redacted. Never raises; outside of one it is lost, since
    Lambda's own segment takes none."""
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
