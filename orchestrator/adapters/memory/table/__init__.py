"""The table in memory, for fast tests and simulations: the same behaviour, held to it by the same contract
suite."""

from __future__ import annotations

from threading import RLock

from orchestrator.adapters.memory.table.alerts import MemoryAlerts
from orchestrator.adapters.memory.table.confirmations import MemoryConfirmations
from orchestrator.adapters.memory.table.plans import MemoryPlans
from orchestrator.adapters.memory.table.reports import MemoryReports
from orchestrator.adapters.memory.table.rollouts import MemoryRollouts
from orchestrator.adapters.memory.table.traces import MemoryTraces
from orchestrator.ports import Clock

__all__ = [
    "MemoryAlerts",
    "MemoryConfirmations",
    "MemoryPlans",
    "MemoryReports",
    "MemoryRollouts",
    "MemoryTable",
    "MemoryTraces",
]


class MemoryTable:
    """Six ports over one store, safe to share between threads. Each has `fail_next` for faults to come."""

    def __init__(self, clock: Clock) -> None:
        lock = RLock()
        self.confirmations = MemoryConfirmations(clock, lock)
        self.rollouts = MemoryRollouts(clock, lock, self.confirmations)
        self.plans = MemoryPlans(lock)
        self.traces = MemoryTraces(clock, lock)
        self.reports = MemoryReports(clock, lock)
        self.alerts = MemoryAlerts(clock, lock)
