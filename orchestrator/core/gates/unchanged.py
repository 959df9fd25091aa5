"""`{signal: NAME, unchanged: 2h}`: a counter that exists did not increase."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking
from orchestrator.core.gates.scope import Scope
from orchestrator.core.signals import MINUTE, Wanted
from orchestrator.core.verdicts import Outcome, Verdict


class UnchangedGate(Struct, frozen=True, kw_only=True, tag="unchanged"):
    signal: str
    length: int
    dry_run: bool = False

    @property
    def label(self) -> str:
        return f"{self.signal} unchanged for {say_duration(self.length)}"


def wanted(gate: UnchangedGate, scope: Scope) -> tuple[Wanted, ...]:
    asked = asking.newest(scope.signals[gate.signal], scope, gate.length)
    return (asked,) if asked else ()


def judge(gate: UnchangedGate, scope: Scope) -> Verdict:
    """An increase fails at once; nothing else is said before the whole time could be measured."""
    asked = asking.newest(scope.signals[gate.signal], scope, gate.length)
    missing = asking.unanswered(gate.label, scope, wanted(gate, scope))
    if missing is not None:
        return missing
    points = asking.values(asked, asking.answer_to(scope, asked)) if asked else {}
    rises = {at: value for at, value in points.items() if value > 0}
    if asked is not None and rises:
        ago = say_duration(scope.now - max(rises) - MINUTE)
        by = f"increased by {sum(rises.values()):,g} in {say_duration(asked.end - asked.start)}, last {ago} ago"
        return _says(gate, "fail", f"{by}; it must not in {say_duration(gate.length)}", round(sum(rises.values())))
    missing = asking.unmeasured(gate.label, gate.signal, asked, gate.length)
    if missing is not None:
        return missing
    over = say_duration(gate.length)
    if not points:
        return _says(gate, "no_data", f"has no data in {over}; a counter that does not exist cannot be unchanged")
    return _says(gate, "pass", f"no increase in {over}, seen in {len(points)} of {gate.length // MINUTE} minutes", 0)


def _says(gate: UnchangedGate, outcome: Outcome, line: str, k: int | None = None) -> Verdict:
    return Verdict(gate=gate.label, outcome=outcome, line=f"{gate.signal}: {line}", k=k, bound="unchanged")
