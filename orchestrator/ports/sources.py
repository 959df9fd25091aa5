"""What gates judge by: what is measured when it is asked for, and what others have reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from orchestrator.core.signals import AlarmReading, Measurement, Wanted
from orchestrator.core.targets import Report


class Signals(Protocol):
    """Request and collect: a measurement may be `pending`; the same question later collects it. Errors are answers."""

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]: ...

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        """Alarms that do not exist are left out. Raises Unavailable when none can be read."""


class Reports(Protocol):
    """Results of probes, jobs and CI, by plan. They are kept for ninety days."""

    def put(self, plan: str, report: Report) -> None:
        """The same run again changes nothing."""

    def since(self, plan: str, names: Iterable[str], at: int) -> dict[str, tuple[Report, ...]]:
        """Reports no older than `at`, oldest first; names without any are left out. At most 200 a name, the newest."""
