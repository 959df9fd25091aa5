"""`{checklist: [on-call briefed, dataset seeded], roles: [ops]}`: things people do, each ticked by somebody."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.core.gates.scope import Scope
from orchestrator.core.verdicts import Verdict


class ChecklistGate(Struct, frozen=True, kw_only=True, tag="checklist"):
    """Every item is ticked, by somebody with one of the roles where any are given. needs_evidence: each tick names
    where it can be seen."""

    items: tuple[str, ...]
    roles: tuple[str, ...] = ()
    needs_evidence: bool = False

    @property
    def label(self) -> str:
        return f"checklist of {len(self.items)}: {self.items[0]}" + (" …" if len(self.items) > 1 else "")


def judge(gate: ChecklistGate, scope: Scope) -> Verdict:
    done = {tick.item for tick in scope.ticks if tick.evidence or not gate.needs_evidence}
    missing = [item for item in gate.items if item not in done]
    n = len(gate.items)
    k = n - len(missing)
    if missing:
        proof = ", each with where it can be seen" if gate.needs_evidence else ""
        line = f"{k} of {n} done; missing{proof}: {', '.join(missing)}"
        return Verdict(gate=gate.label, outcome="waiting", line=line, k=k, n=n)
    by = ", ".join(dict.fromkeys(tick.name for tick in scope.ticks if tick.item in gate.items))
    return Verdict(gate=gate.label, outcome="pass", line=f"{n} of {n} done, by {by}", k=k, n=n)
