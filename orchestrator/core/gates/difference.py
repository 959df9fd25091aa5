"""`{signal: NAME, same_as: OTHER, within: 0.1%}`: two signals that must agree."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking
from orchestrator.core.gates.scope import Scope
from orchestrator.core.signals import MINUTE, CountSignal, Wanted
from orchestrator.core.verdicts import Outcome, Verdict


class DifferenceGate(Struct, frozen=True, kw_only=True, tag="difference"):
    """The sums (of counts) or means (of values) over the window differ by at most `tolerance`: exact decimal text, a
    share of the other where `relative`."""

    signal: str
    other: str
    tolerance: str
    said: str
    relative: bool = False
    window: int = 1800
    dry_run: bool = False

    @property
    def label(self) -> str:
        return f"{self.signal} same as {self.other} within {self.said}"


def wanted(gate: DifferenceGate, scope: Scope) -> tuple[Wanted, ...]:
    return asking.together(scope.signals[gate.signal], scope.signals[gate.other], scope, gate.window) or ()


def judge(gate: DifferenceGate, scope: Scope) -> Verdict:
    asked = wanted(gate, scope)
    missing = asking.unanswered(gate.label, scope, asked)
    missing = missing or asking.unmeasured(gate.label, gate.signal, asked[0] if asked else None, gate.window)
    if missing is not None:
        return missing
    over = say_duration(gate.window)
    figures = []
    for question in asked:
        name = question.signal.name
        points = asking.values(question, asking.answer_to(scope, question))
        if not points:
            return _says(gate, "no_data", f"{name} has no data in {over}; there is nothing to compare")
        if 2 * MINUTE * len(points) < gate.window:
            line = f"only {len(points)} of {gate.window // MINUTE} minutes of {name} have data; half are needed"
            return _says(gate, "insufficient", line)
        total = sum(points.values())
        figures.append(total if isinstance(question.signal, CountSignal) else total / len(points))
    one, other = figures
    limit = float(gate.tolerance) * (abs(other) if gate.relative else 1.0)
    apart = abs(one - other)
    line = f"{one:,.10g} in {over}, {gate.other} {other:,.10g}; {apart:,.6g} apart, at most {limit:,.6g} allowed"
    return _says(gate, "pass" if apart <= limit else "fail", line)


def _says(gate: DifferenceGate, outcome: Outcome, line: str) -> Verdict:
    return Verdict(gate=gate.label, outcome=outcome, line=f"{gate.signal}: {line}", bound=gate.said)
