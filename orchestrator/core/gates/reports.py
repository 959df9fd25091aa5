"""`{report: NAME, expect: {violations: 0}}`: a result that CI, a job or a person reported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates.scope import Scope
from orchestrator.core.targets import Report
from orchestrator.core.verdicts import Outcome, Verdict

Comparator = Literal["equals", "below", "above", "at_most", "at_least"]

LONGEST_LEAD = 90 * 86_400
"""How old an announcement may be that had to come in time, where the gate does not say."""


class Expectation(Struct, frozen=True, kw_only=True):
    """One number of the report against a bound (exact decimal text), or against another of its numbers by name."""

    number: str
    comparator: Comparator
    bound: str = ""
    other: str = ""
    tolerance: str = "0"

    def __str__(self) -> str:
        words = {"equals": "=", "below": "<", "above": ">", "at_most": "≤", "at_least": "≥"}
        return f"{self.number} {words[self.comparator]} {self.bound or self.other}"


class ReportGate(Struct, frozen=True, kw_only=True, tag="report"):
    """The newest report of that name passed, and every expectation holds. It must be newer than stage entry, unless
    `valid` seconds say how old it may be. needs_link: it must say where the artefact is kept. lead: it must be at
    least so many seconds old (something was announced in time)."""

    report: str
    expect: tuple[Expectation, ...] = ()
    needs_link: bool = False
    valid: int = 0
    lead: int = 0

    @property
    def label(self) -> str:
        said = [str(expectation) for expectation in self.expect]
        if self.needs_link:
            said.append("with a link")
        if self.lead:
            said.append(f"{say_duration(self.lead)} ago or more")
        return f"report {self.report}{' ' if said else ''}{', '.join(said)}"


def judge(gate: ReportGate, scope: Scope) -> Verdict:
    """The newest report decides; one that could not be made is an error, since nothing is known."""
    reports = _in_time(gate, scope)
    if not reports:
        old = f"; one from before {_since(gate)} does not count" if scope.reports.get(gate.report) else ""
        return _says(gate, "waiting", f"no report yet{old}")
    newest = reports[-1]
    ago = say_duration(scope.now - newest.at) if scope.now > newest.at else "0 s"
    because = f": {newest.line}" if newest.line else ""
    if newest.result == "error":
        return _says(gate, "error", f"could not be made {ago} ago{because}")
    if newest.result == "fail":
        return _says(gate, "fail", f"failed {ago} ago{because}")
    numbers = [_number(newest, expectation) for expectation in gate.expect]
    pairs = zip(gate.expect, numbers, strict=True)
    said = ", ".join(f"{text} (wanted {expectation})" for expectation, (_, text) in pairs)
    line = f"passed {ago} ago{'; ' if said else ''}{said}"
    if not all(holds for holds, _ in numbers):
        return _says(gate, "fail", line)
    if gate.needs_link and not newest.link:
        return _says(gate, "fail", f"{line}; it does not say where it is kept, report it again with a link")
    announced = _first_of_the_passes(reports)
    if scope.now - announced.at < gate.lead:
        left = gate.lead - (scope.now - announced.at)
        said_ago = say_duration(scope.now - announced.at)
        line = f"reported {said_ago} ago, wanted {say_duration(gate.lead)} before; {say_duration(left)} to go"
        return _says(gate, "waiting", line, left)
    return _says(gate, "pass", f"{line}{f', {newest.link}' if newest.link else ''}")


def _in_time(gate: ReportGate, scope: Scope) -> list[Report]:
    oldest = scope.entered_at
    if gate.valid or gate.lead:
        oldest = scope.now - (gate.valid or LONGEST_LEAD)
    return [report for report in scope.reports.get(gate.report, ()) if oldest <= report.at <= scope.now]


def _since(gate: ReportGate) -> str:
    longest = gate.valid or (LONGEST_LEAD if gate.lead else 0)
    return f"the last {say_duration(longest)}" if longest else "this stage"


def _first_of_the_passes(reports: Sequence[Report]) -> Report:
    """Since when it has been reported without a fail in between."""
    broken = [place for place, report in enumerate(reports) if report.result != "pass"]
    return reports[broken[-1] + 1] if broken else reports[0]


def _number(report: Report, expectation: Expectation) -> tuple[bool, str]:
    """Whether the expectation holds, and what the report says of it. A number that is not there holds nothing."""
    names = [name for name in (expectation.number, expectation.other) if name]
    missing = [name for name in names if name not in report.numbers]
    if missing:
        return False, f"no number {' and '.join(missing)}"
    seen = report.numbers[expectation.number]
    bound = report.numbers[expectation.other] if expectation.other else float(expectation.bound)
    said = ", ".join(f"{name} {report.numbers[name]:,.10g}" for name in names)
    return _holds(expectation, seen, bound), said


def _holds(expectation: Expectation, seen: float, bound: float) -> bool:
    match expectation.comparator:
        case "equals":
            return abs(seen - bound) <= float(expectation.tolerance)
        case "below":
            return seen < bound
        case "above":
            return seen > bound
        case "at_most":
            return seen <= bound
        case "at_least":
            return seen >= bound


def _says(gate: ReportGate, outcome: Outcome, line: str, wait: int | None = None) -> Verdict:
    return Verdict(gate=gate.label, outcome=outcome, line=f"{gate.report}: {line}", wait=wait)
