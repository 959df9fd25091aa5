"""What probes and jobs answer in a scenario, and what CI and people report."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.effects import RunTarget
from orchestrator.core.plan import Plan
from orchestrator.core.simulation.scenario import Scenario
from orchestrator.core.targets import Report, Reported, Result

EVERY = 300
"""Seconds between two reports of a probe that CI runs by itself."""

MOST = 200
"""Reports of one name that are kept, the newest: as ports.Reports hands them out."""


class Answering:
    """Every report so far, by name, oldest first. A target of which nothing was said cannot be run: an error, which
    is no run."""

    def __init__(self, plan: Plan, scenario: Scenario) -> None:
        self._start = scenario.start
        self._results: dict[str, Result] = dict(scenario.results)
        self._by_themselves = [target.name for target in plan.targets if isinstance(target.call, Reported)]
        self._reported_until = scenario.start
        self._reports: dict[str, tuple[Report, ...]] = {}
        for report in scenario.reports:
            self.put(structs.replace(report, at=scenario.start))

    @property
    def reports(self) -> dict[str, tuple[Report, ...]]:
        return self._reports

    def put(self, report: Report) -> None:
        self._reports = {**self._reports, report.name: (*self._reports.get(report.name, ()), report)[-MOST:]}

    def turn(self, target: str, result: Result) -> None:
        self._results[target] = result

    def run(self, work: RunTarget, now: int) -> None:
        result = self._results.get(work.target)
        line = "" if result is not None else f"the scenario does not say what {work.target} answers"
        self.put(Report(name=work.target, at=now, result=result or "error", run=work.run, line=line, by="scenario"))

    def report_by_themselves(self, now: int) -> None:
        """Probes that CI runs report every five minutes from the start, whatever they answer at that time."""
        while (due := self._reported_until) <= now:
            for name in self._by_themselves:
                if (result := self._results.get(name)) is not None:
                    self.put(Report(name=name, at=due, result=result, run=f"{name}:{due}", by="scenario"))
            self._reported_until = due + EVERY

    def next_report(self) -> int | None:
        """When CI reports next; None when nothing does."""
        is_any = any(name in self._results for name in self._by_themselves)
        return self._reported_until if is_any else None
