"""One world a test: the same handlers and adapters as in Lambda, over moto and a stand-in for Discord."""

from __future__ import annotations

import io
import logging
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import botocore.endpoint
import pytest

from orchestrator.sandbox.clock import VirtualClock
from orchestrator.sandbox.town import Town
from orchestrator.telemetry import logs
from tests.journeys.edge import Edge
from tests.journeys.journey import Journey, at

PLANS = Path(__file__).parents[2] / "plans"
PERSISTENCE = Path(__file__).with_name("persistence.yaml")
MONDAY = at("2025-09-22T09:00:30")

Open = Callable[..., Journey]


@pytest.fixture
def open_journey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens the world; the clock stands unless a test moves it."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    opened: list[Journey] = []

    def open_with(*plans: Path, environment: str = "dev") -> Journey:
        monkeypatch.setenv("ENVIRONMENT", environment)
        log = io.StringIO()
        chosen = plans or (PERSISTENCE, PLANS / "safeguards.yaml")
        town = Town(chosen, "", log, clock=VirtualClock(MONDAY, 0))
        opened.append(Journey(town, Edge(monkeypatch), log))
        return opened[-1]

    # botocore waits between its tries; here nothing is gained by that.
    monkeypatch.setattr(botocore.endpoint, "time", types.SimpleNamespace(sleep=lambda seconds: None))
    yield open_with
    try:
        for journey in opened:
            journey.edge.mend()
            journey.require_sound()
    finally:
        for journey in opened:
            journey.town.close()
        logs.configure("switchback", "dev")
        root.handlers[:], root.level = handlers, level
        logging.captureWarnings(False)


@pytest.fixture
def journey(open_journey: Open) -> Journey:
    return open_journey()


@pytest.fixture
def in_prod(open_journey: Open) -> Journey:
    return open_journey(environment="prod")
