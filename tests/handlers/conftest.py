"""One stack a test, and everything as it was afterwards: the environment, boto3, the composition root, the logs."""

from __future__ import annotations

import logging
import types
from collections.abc import Iterator

import boto3
import botocore.endpoint
import botocore.loaders
import botocore.session
import pytest

from orchestrator.telemetry import logs
from tests.handlers.stack import Stack

LOADER = botocore.loaders.create_loader()
"""AWS's descriptions of its services, read once: that costs more than most tests here."""


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
    monkeypatch.setattr(botocore.session, "create_loader", lambda search_path: LOADER)
    stack = Stack()
    try:
        yield stack
    finally:
        stack.close()
        logs.configure("switchback", "dev")
        root.handlers[:], root.level = handlers, level
        logging.captureWarnings(False)
