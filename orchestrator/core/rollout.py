"""One execution of a plan: the state that is saved, and what follows from it alone."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from orchestrator.core.gates import Approval, Drill, Tick
from orchestrator.core.plan import Plan, Values

SCHEMA = 1
"""Readers accept this and the one before; an unknown one holds and alerts."""

JUDGE = 2
"""The version of the judges, recorded at the start: a deploy in mid-rollout must not move the goalposts unseen."""

WATCH = "watch"
"""What approvals and ticks of the watch are given for. Those of a stage of that name end when the watch begins."""

STANDING = "standing"
"""The id of the one rollout that is not one: safeguards and flags that need no plan."""


def plan_name(rollout_id: str) -> str:
    """The plan of `shop-12` is `shop`; the standing set is its own."""
    return rollout_id.rpartition("-")[0] or rollout_id


Status = Literal["running", "watching", "rolled_back", "aborting", "completed", "aborted", "standing"]
"""aborting: every flag is on its way back; aborted once that is read back."""

HoldKind = Literal["pause", "safeguard", "hand", "drift", "rollback", "line"]
"""line: every rollout stands still; it lies in the standing set, so that one write stops them all."""


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
    verified_at: int = 0


class Drilling(Struct, frozen=True, kw_only=True):
    """A drill under way: the flag is on its way to safe since `since`; it was read back there at `off_at`."""

    flag: str
    since: int
    off_at: int = 0


class Climbing(Struct, frozen=True, kw_only=True):
    """Where on the ladder a rollout is. asked: an assisted or human rung waits for a person; acting: it is being done
    (a job runs, a flag is not read back yet); settling: done, it is seen whether it helps; ended: it has helped, or no
    rung is left. `since` is when this phase began, `run` the job's run."""

    rung: int
    phase: Literal["asked", "acting", "settling", "ended"]
    since: int
    why: str
    by: str = ""
    run: str = ""
    helped: bool = False


class BackClock(Struct, frozen=True, kw_only=True):
    """How long one way back took, in epoch seconds, 0 for what has not been seen yet. detected: the alarm's own
    change, the newest bad minute, or the command; written: every flag read back; observed: the application was seen to
    use them. `budget` is in seconds, from detected to written."""

    cause: str
    detected_at: int
    decided_at: int
    written_at: int = 0
    observed_at: int = 0
    budget: int = 300
    flags: tuple[str, ...] = ()


class ChangeMarker(Struct, frozen=True, kw_only=True, tag="change"):
    """Something else changed: a deploy, a migration, a load test. What was measured before it no longer counts.
    `plans` are those it concerns, all if empty."""

    what: str
    at: int
    by: str = ""
    link: str = ""
    plans: tuple[str, ...] = ()


class Rollout(Struct, frozen=True, kw_only=True):
    """`version` counts saves; `transition` moves only with stage, flags or approvals, and is what a button binds to.

    `stage` -1 is before the first one. `told` lists what the channel has been told in this stage, so that it is told
    once. `acted` holds, per alarm, the time of the state change that was acted on last; `asked`, per probe, when it was
    last called; `clocks` the ways back so far, the newest last.
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
    ticks: tuple[Tick, ...] = ()
    drills: dict[str, Drill] = {}
    drilling: Drilling | None = None
    climbing: Climbing | None = None
    clocks: tuple[BackClock, ...] = ()
    asked: dict[str, int] = {}
    marker: ChangeMarker | None = None
    summed_up_at: int = 0
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
    def lasting(self) -> tuple[str, ...]:
        """Of `told`, what outlives the stage: alerts of the rollout itself, which fire until they are ended."""
        return tuple(code for code in self.told if code.startswith(("clock:", "held-long:")))

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

    def here(self, plan: Plan) -> str:
        """What approvals and ticks are given for: the stage by its key, or the watch."""
        return WATCH if self.status == "watching" else self.stage_key(plan)

    def approvals_here(self, plan: Plan) -> tuple[Approval, ...]:
        """Approvals that count now: of this stage (or the watch) and of this very plan."""
        here = self.here(plan)
        return tuple(a for a in self.approvals if a.stage == here and a.plan_hash == self.plan_hash)

    def ticks_here(self, plan: Plan) -> tuple[Tick, ...]:
        here = self.here(plan)
        return tuple(tick for tick in self.ticks if tick.stage == here)


def encode_rollout(rollout: Rollout) -> bytes:
    return msgspec.json.encode(rollout, order="sorted")


def decode_rollout(stored: bytes | str) -> Rollout:
    return msgspec.json.decode(stored, type=Rollout)
