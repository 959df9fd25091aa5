"""Reports in the table: one item a run, by plan, name and time."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import item
from orchestrator.adapters.aws.table.store import Store
from orchestrator.core.targets import Report
from orchestrator.ports import Reports

MOST = 200
"""Reports of one name that are read at once, the newest."""

_REPORT = msgspec.json.Decoder(Report)


class TableReports(Reports):
    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, plan: str, report: Report) -> None:
        body = msgspec.json.encode(report).decode()
        expires_at = self._store.clock.now() + items.REPORT_KEPT
        self._store.put(item(items.report_key(plan, report), body=body, expires_at=expires_at))

    def since(self, plan: str, names: Iterable[str], at: int) -> dict[str, tuple[Report, ...]]:
        found = {name: self._newest(plan, name, at) for name in dict.fromkeys(names)}
        return {name: reports for name, reports in found.items() if reports}

    def _newest(self, plan: str, name: str, at: int) -> tuple[Report, ...]:
        prefix = items.report_prefix(name)
        values = {":pk": items.report_pk(plan), ":from": f"{prefix}{max(at, 0):013d}", ":to": f"{prefix}~"}
        stored = self._store.query("#pk = :pk AND #sk BETWEEN :from AND :to", values, newest_first=True, limit=MOST)
        return in_order(items.decoded(entry, entry["body"], _REPORT) for entry in stored)


def in_order(reports: Iterable[Report]) -> tuple[Report, ...]:
    """Oldest first; a run that was reported twice is its first report."""
    by_run: dict[str, Report] = {}
    for report in sorted(reports, key=lambda report: report.at):
        by_run.setdefault(report.run or f"at {report.at}", report)
    return tuple(by_run.values())
