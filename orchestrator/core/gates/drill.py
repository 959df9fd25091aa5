"""`{drill: FLAG}`: the kill switch is tried out, and timed."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates.scope import Scope
from orchestrator.core.verdicts import Verdict


class DrillGate(Struct, frozen=True, kw_only=True, tag="drill"):
    """The flag went to its safe value and back, each read back within `within` seconds, no longer ago than `valid`
    seconds. Switchback does it by itself at the beginning of the stage, before evidence counts."""

    flag: str
    within: int = 300
    valid: int = 7 * 86_400

    @property
    def label(self) -> str:
        return f"drill of {self.flag} within {say_duration(self.within)}"


def judge(gate: DrillGate, scope: Scope) -> Verdict:
    drill = scope.drills.get(gate.flag)
    limit = say_duration(gate.within)
    if drill is None or drill.at < scope.now - gate.valid:
        old = f"; the last was {say_duration(scope.now - drill.at)} ago" if drill else ""
        line = f"{gate.flag} was not drilled in {say_duration(gate.valid)}{old}"
        return Verdict(gate=gate.label, outcome="waiting", line=line, bound=limit)
    line = f"{gate.flag}: off in {drill.off_seconds} s, on again in {drill.on_seconds} s, at most {limit} each"
    in_time = max(drill.off_seconds, drill.on_seconds) <= gate.within
    return Verdict(gate=gate.label, outcome="pass" if in_time else "fail", line=line, bound=limit)
