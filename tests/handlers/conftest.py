"""One stack a test, and everything as it was afterwards: the environment, boto3, the composition root, the logs."""

from __future__ import annotations

import logging
import types
from collections.abc import Iterator

import boto3
import botocore.endpoint
import pytest

from orchestrator.telemetry import logs
from tests.handlers.stack import Stack


@pytest.fixture(name="stack")
def stack_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    yield from _opened(monkeypatch)


@pytest.fixture(name="shared_stack", scope="module")
def shared_stack_fixture() -> Iterator[Stack]:
    """For tests that must leave everything as it was; one for all of a module."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield from _opened(monkeypatch)


def _opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # botocore waits between its tries; here nothing is gained by that.
    monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=lambda seconds: None))
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    stack = Stack()
    try:
        yield stack
    finally:
        stack.close()
        logs.configure("switchback", "dev")
        root.handlers[:], root.level = handlers, level
        logging.captureWarnings(False)
