"""A plan played in a made-up world: scenarios as people write them, and what the engine decides in them."""

from __future__ import annotations

from orchestrator.core.simulation.lines import Line
from orchestrator.core.simulation.play import Simulation
from orchestrator.core.simulation.reading import read_scenario
from orchestrator.core.simulation.scenario import Scenario

__all__ = ["Line", "Scenario", "Simulation", "read_scenario"]
