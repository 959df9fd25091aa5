"""Reports in memory."""

from __future__ import annotations

from collections.abc import Iterable
from threading import RLock

from orchestrator.adapters.aws.table.items import REPORT_KEPT
from orchestrator.adapters.aws.table.reports import MOST, in_order
from orchestrator.adapters.memory.faults import Faulty
from orchestrator.core.targets import Report
from orchestrator.ports import Clock, Reports


class MemoryReports(Faulty, Reports):
    """As `TableReports`."""

    def __init__(self, clock: Clock, lock: RLock) -> None:
        super().__init__()
        self._clock = clock
        self._lock = lock
        self._kept: dict[tuple[str, str], list[tuple[Report, int]]] = {}

    def put(self, plan: str, report: Report) -> None:
        self._maybe_fail()
        with self._lock:
            self._kept.setdefault((plan, report.name), []).append((report, self._clock.now() + REPORT_KEPT))

    def since(self, plan: str, names: Iterable[str], at: int) -> dict[str, tuple[Report, ...]]:
        self._maybe_fail()
        now = self._clock.now()
        found = {}
        with self._lock:
            for name in dict.fromkeys(names):
                kept = [report for report, until in self._kept.get((plan, name), ()) if until > now and report.at >= at]
                newest = sorted(kept, key=lambda report: report.at)[-MOST:]
                if newest:
                    found[name] = in_order(newest)
        return found
