"""Effects: things to do, as values. The engine returns them; `orchestrator.perform` carries them out."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.gates import Evidence
from orchestrator.core.notices import Notice
from orchestrator.core.rollout import Rollout
from orchestrator.core.verdicts import Verdict


class WriteFlag(Struct, frozen=True, kw_only=True, tag="write_flag"):
    """Project a flag's desired value. Level-triggered: it follows from the state, and is not stored beside it."""

    flag: str
    from_value: str | None
    to_value: str
    fence: int


class Arm(Struct, frozen=True, kw_only=True, tag="arm"):
    """Project into SSM what an alarm means, for the night on which the table cannot be reached."""

    alarm: str
    owner: str
    values: tuple[tuple[str, str], ...]


class Disarm(Struct, frozen=True, kw_only=True, tag="disarm"):
    alarm: str
    owner: str


class Post(Struct, frozen=True, kw_only=True, tag="post"):
    """Tell the ops channel. `proves`: it says that flags were written, so it waits until they were read back."""

    notice: Notice
    proves: bool = False


class Raise(Struct, frozen=True, kw_only=True, tag="raise"):
    """Something that people may have to know now, or its end: it becomes part of an alert. `proves` as with Post."""

    event: AlertEvent
    proves: bool = False


class Settle(Struct, frozen=True, kw_only=True, tag="settle"):
    """Somebody has taken care of a plan: its open alerts are acknowledged, or over, and `why`."""

    plan: str
    how: Literal["acknowledged", "over"]
    by: str
    why: str


class RunTarget(Struct, frozen=True, kw_only=True, tag="run_target"):
    """Call a probe or a job of the plan; what becomes of it arrives as a report of the same `run`."""

    target: str
    run: str
    plan: str
    plan_hash: str
    stage: str = ""


class PublishCompleted(Struct, frozen=True, kw_only=True, tag="publish_completed"):
    """Tell the next environment that this plan was completed here, with this hash."""

    plan: str
    plan_hash: str
    rollout: str
    at: int


Effect = WriteFlag | Arm | Disarm | Post | Raise | Settle | RunTarget | PublishCompleted
Outgoing = Arm | Disarm | Post | Raise | Settle | RunTarget | PublishCompleted
"""The effects that wait in the outbox until they are done."""

DecisionKind = Literal[
    "start",
    "advance",
    "hold",
    "pause",
    "resume",
    "safeguard",
    "rollback",
    "abort",
    "watch",
    "complete",
    "refuse",
    "set",
]


class Decision(Struct, frozen=True, kw_only=True):
    """The engine's answer. `rollout` is the next state, the same object if nothing changes, None if no start.

    `evidence` is what the sequential judges have seen by now, to be kept beside the state.
    """

    kind: DecisionKind
    rollout: Rollout | None
    reason: str
    effects: tuple[Effect, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    evidence: dict[str, Evidence] = {}

    @property
    def writes(self) -> tuple[WriteFlag, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, WriteFlag))

    @property
    def outgoing(self) -> tuple[Outgoing, ...]:
        return tuple(effect for effect in self.effects if not isinstance(effect, WriteFlag))
