from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from orchestrator.telemetry import logs


class Lines:
    """What was logged, line by line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line, parse_constant=_refuse) for line in self.text.splitlines()]

    @property
    def only(self) -> dict[str, Any]:
        (line,) = self.all
        return line


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.fixture
def lines() -> Iterator[Lines]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    made = Lines()
    logs.configure("switchback", "dev", stream=made.stream)
    yield made
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    logs.configure("switchback", "dev")
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
