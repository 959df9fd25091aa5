"""`{approval: {roles: [engineering, ops]}}`: people open it. Each role is another person; `any_of` takes either."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from orchestrator.core.verdicts import Verdict


class Approval(Struct, frozen=True, kw_only=True):
    """One person's yes to one stage of one plan, with the role it was given in. It never counts anywhere else."""

    stage: str
    plan_hash: str
    role: str
    user_id: str
    name: str
    at: int
    reason: str = ""


class ApprovalGate(Struct, frozen=True, kw_only=True, tag="approval"):
    roles: tuple[str, ...]
    any_of: bool = False

    @property
    def label(self) -> str:
        return f"approval by {(' or ' if self.any_of else ' and ').join(self.roles)}"


def missing_roles(gate: ApprovalGate, given: Sequence[Approval]) -> tuple[str, ...]:
    """The roles still to say yes, in the plan's order; none when the gate is open."""
    said = {approval.role for approval in given}
    if gate.any_of and said & set(gate.roles):
        return ()
    return tuple(role for role in gate.roles if role not in said)


def judge_approval(gate: ApprovalGate, given: Sequence[Approval]) -> Verdict:
    missing = missing_roles(gate, given)
    if missing:
        wanted = (" or " if gate.any_of else " and ").join(missing)
        return Verdict(gate=gate.label, outcome="waiting", line=f"waits for {wanted} to approve")
    by = ", ".join(f"{approval.name} ({approval.role})" for approval in given if approval.role in gate.roles)
    return Verdict(gate=gate.label, outcome="pass", line=f"approved by {by}")
