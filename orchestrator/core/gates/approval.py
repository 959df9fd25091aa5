"""`{approval: {roles: [engineering, ops]}}`: people open it. Each role is another person; `any_of` takes either."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from orchestrator.core.verdicts import Verdict


class Approval(Struct, frozen=True, kw_only=True):
    """One person's yes to one stage of one plan, with the role it was given in. It never counts anywhere else. `gate`
    names the approval of that stage that it was given to, empty where it was given to the stage."""

    stage: str
    plan_hash: str
    role: str
    user_id: str
    name: str
    at: int
    reason: str = ""
    gate: str = ""


class ApprovalGate(Struct, frozen=True, kw_only=True, tag="approval"):
    """`name` tells it from the other approvals of its stage."""

    roles: tuple[str, ...]
    any_of: bool = False
    name: str = ""

    @property
    def label(self) -> str:
        by = f"approval by {(' or ' if self.any_of else ' and ').join(self.roles)}"
        return f"{self.name}: {by}" if self.name else by


def _counting(gate: ApprovalGate, given: Sequence[Approval]) -> list[Approval]:
    return [approval for approval in given if approval.role in gate.roles and approval.gate in ("", gate.name)]


def missing_roles(gate: ApprovalGate, given: Sequence[Approval]) -> tuple[str, ...]:
    """The roles still to say yes, in the plan's order; none when the gate is open."""
    said = {approval.role for approval in _counting(gate, given)}
    if gate.any_of and said:
        return ()
    return tuple(role for role in gate.roles if role not in said)


def judge_approval(gate: ApprovalGate, given: Sequence[Approval]) -> Verdict:
    missing = missing_roles(gate, given)
    if missing:
        wanted = (" or " if gate.any_of else " and ").join(missing)
        return Verdict(gate=gate.label, outcome="waiting", line=f"waits for {wanted} to approve")
    by = ", ".join(f"{approval.name} ({approval.role})" for approval in _counting(gate, given))
    return Verdict(gate=gate.label, outcome="pass", line=f"approved by {by}")
