"""One execution of a plan: the state that is saved, and what follows from it alone."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from orchestrator.core.gates import Approval
from orchestrator.core.plan import Plan, Values

SCHEMA = 1
"""Readers accept this and the one before; an unknown one holds and alerts."""

JUDGE = 1
"""The version of the judges, recorded at the start: a deploy in mid-rollout must not move the goalposts unseen."""

STANDING = "standing"
"""The id of the one rollout that is not one: safeguards and flags that need no plan."""

Status = Literal["running", "watching", "rolled_back", "aborting", "completed", "aborted", "standing"]
"""aborting: every flag is on its way back; aborted once that is read back."""

HoldKind = Literal["pause", "safeguard", "hand", "drift", "rollback"]


class HoldEntry(Struct, frozen=True, kw_only=True):
    """An owned, reasoned stop. Several may stand at once; a person's resume lifts them all."""

    kind: HoldKind
    by: str
    reason: str
    since: int
    flag: str = ""


class FlagState(Struct, frozen=True, kw_only=True):
    """What the state wants of one flag.

    desired: the value SSM shall hold (None: nobody has asked for one yet); fence: grows with every change of `desired`,
    so that a late write of ours is known; kept: a value that overlays every stage until a person resumes, and
    `kept_by` why; found: a value changed by hand away from safe, left as found until somebody adopts or reverts it;
    verified: the newest SSM version known to hold what we wanted (the baseline's at first); pending: `desired` has
    not been read back yet.
    """

    desired: str | None = None
    fence: int = 0
    kept: str | None = None
    kept_by: str = ""
    found: str | None = None
    verified: int = 0
    pending: bool = False


class Rollout(Struct, frozen=True, kw_only=True):
    """`version` counts saves; `transition` moves only with stage, flags or approvals, and is what a button binds to.

    `stage` -1 is before the first one. `told` lists what the channel has been told in this stage, so that it is told
    once. `acted` holds, per alarm, the time of the state change that was acted on last.
    """

    id: str
    plan: str
    plan_hash: str
    environment: str
    status: Status
    started_at: int
    started_by: str
    reason: str
    schema: int = SCHEMA
    judge: int = JUDGE
    version: int = 0
    transition: int = 0
    stage: int = -1
    flips: int = 0
    entered_at: int = 0
    evidence_from: int = 0
    resumed_at: int = 0
    ended_at: int = 0
    watch_until: int = 0
    baseline: Values = {}
    flags: dict[str, FlagState] = {}
    holds: tuple[HoldEntry, ...] = ()
    approvals: tuple[Approval, ...] = ()
    acted: dict[str, int] = {}
    waiting: str = ""
    waiting_line: str = ""
    told: tuple[str, ...] = ()
    next_check: int = 0
    audit_seq: int = 0
    audit_head: str = ""
    effect_seq: int = 0
    transition_id: str = ""

    @property
    def is_live(self) -> bool:
        """Live rollouts are checked by the ticks, hold their flags' locks, and have their safeguards armed."""
        return self.status not in ("completed", "aborted")

    @property
    def desired(self) -> Values:
        return {name: flag.desired for name, flag in self.flags.items() if flag.desired is not None}

    @property
    def pending(self) -> tuple[str, ...]:
        """Flags whose desired value has not been read back."""
        return tuple(name for name, flag in self.flags.items() if flag.pending)

    def stage_key(self, plan: Plan) -> str:
        return plan.stages[self.stage].key if 0 <= self.stage < len(plan.stages) else ""

    def approvals_here(self, plan: Plan) -> tuple[Approval, ...]:
        """Approvals that count now: of this stage and of this very plan."""
        here = self.stage_key(plan)
        return tuple(a for a in self.approvals if a.stage == here and a.plan_hash == self.plan_hash)


def encode_rollout(rollout: Rollout) -> bytes:
    return msgspec.json.encode(rollout, order="sorted")


def decode_rollout(stored: bytes | str) -> Rollout:
    return msgspec.json.decode(stored, type=Rollout)
