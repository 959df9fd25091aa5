"""A door a test: memory behind it, so that hundreds of them cost seconds."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from orchestrator.telemetry import logs
from tests.interactions.door import Door


@pytest.fixture(name="log", autouse=True)
def log_fixture() -> Iterator[io.StringIO]:
    """What the bot logs; put back as it was afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("switchback", "dev", stream=stream)
    yield stream
    logs.configure("switchback", "dev")
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


@pytest.fixture(name="door")
def door_fixture() -> Door:
    return Door().furnish()
