"""Effects: things to do, as values. The engine returns them; `orchestrator.perform` carries them out."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

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
    """Tell a channel. With a fingerprint (rule, environment, service) the same problem is told once in five minutes.

    `proves`: the notice says that flags were written, so it waits until they were read back.
    """

    channel: Literal["ops", "alerts"]
    notice: Notice
    fingerprint: str = ""
    proves: bool = False


Effect = WriteFlag | Arm | Disarm | Post
Outgoing = Arm | Disarm | Post
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
    """The engine's answer. `rollout` is the next state, the same object if nothing changes, None if no start."""

    kind: DecisionKind
    rollout: Rollout | None
    reason: str
    effects: tuple[Effect, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def writes(self) -> tuple[WriteFlag, ...]:
        return tuple(effect for effect in self.effects if isinstance(effect, WriteFlag))

    @property
    def outgoing(self) -> tuple[Outgoing, ...]:
        return tuple(effect for effect in self.effects if not isinstance(effect, WriteFlag))
