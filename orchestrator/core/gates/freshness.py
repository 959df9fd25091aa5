"""`{signal: NAME, fresh: 5m}`: its newest datapoint is no older than that."""

from __future__ import annotations

from msgspec import Struct, structs

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking
from orchestrator.core.gates.scope import Scope
from orchestrator.core.signals import MINUTE, Wanted, newest_end
from orchestrator.core.verdicts import Verdict

LOOK_BACK = 3600
"""Seconds looked back at least, so that the line can say how old the newest datapoint is."""


class FreshGate(Struct, frozen=True, kw_only=True, tag="fresh"):
    """The age is counted from the newest minute that the source can have by now, and only data from where evidence
    began counts."""

    signal: str
    age: int
    dry_run: bool = False

    @property
    def label(self) -> str:
        return f"{self.signal} fresh within {say_duration(self.age)}"


def wanted(gate: FreshGate, scope: Scope) -> tuple[Wanted, ...]:
    asked = asking.newest(asking.presence(scope.signals[gate.signal]), scope, max(2 * gate.age, LOOK_BACK))
    return (asked,) if asked else ()


def judge(gate: FreshGate, scope: Scope) -> Verdict:
    missing = asking.unanswered(gate.label, scope, wanted(gate, scope))
    if missing is not None:
        return missing
    for asked in wanted(gate, scope):
        points = asking.values(asked, asking.answer_to(scope, asked))
        if points:
            return _judge(gate, max(points), scope, asked.end)
    measured = newest_end(scope.signals[gate.signal], scope.now) - asking.first_minute(scope)
    bound = say_duration(gate.age)
    if measured <= gate.age:
        left = gate.age - measured + MINUTE
        line = f"{gate.signal}: no data here yet; {say_duration(left)} until that counts as none"
        return Verdict(gate=gate.label, outcome="waiting", line=line, bound=bound, wait=left)
    line = f"{gate.signal}: no data in the newest {say_duration(min(measured, max(2 * gate.age, LOOK_BACK)))}"
    return Verdict(gate=gate.label, outcome="no_data", line=f"{line}; at most {bound} may pass", bound=bound)


def _judge(gate: FreshGate, newest: int, scope: Scope, end: int) -> Verdict:
    bound = say_duration(gate.age)
    age = end - (newest + MINUTE)
    delay = say_duration(scope.now - end)
    line = f"{gate.signal}: newest data {say_duration(scope.now - newest - MINUTE)} old, {delay} of it the source's own"
    said = Verdict(gate=gate.label, outcome="pass", line=f"{line}; at most {bound} more is allowed", bound=bound)
    return said if age <= gate.age else structs.replace(said, outcome="fail")
