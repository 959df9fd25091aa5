"""The state of rollouts: how it is saved, what waits in its outbox, and what was seen of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from orchestrator.core.audit import AuditEntry
from orchestrator.core.commands import Confirmation
from orchestrator.core.effects import Outgoing, Post
from orchestrator.core.gates import Evidence
from orchestrator.core.rollout import Rollout
from orchestrator.core.verdicts import Verdict


class Transition(Struct, frozen=True, kw_only=True):
    """One conditional write: the next state, its effects, its audit entry, and what it uses up."""

    before: Rollout | None
    after: Rollout
    effects: tuple[Outgoing, ...] = ()
    entry: AuditEntry | None = None
    interaction_id: str = ""
    confirmation: str = ""
    cards: tuple[Confirmation, ...] = ()


class Waiting(Struct, frozen=True, kw_only=True):
    """An effect in the outbox. `key` is stable over tries: the far side recognises a repeat by it."""

    rollout: str
    seq: int
    key: str
    effect: Outgoing
    created_at: int
    not_before: int = 0
    tries: int = 0
    buttons: tuple[str, ...] = ()


class Rollouts(Protocol):
    """The state, its outbox and its audit chain."""

    def load(self, rollout_id: str) -> Rollout | None:
        """Strongly consistent. Raises UnknownSchema, Unavailable."""

    def save(self, transition: Transition) -> None:
        """All or nothing. Raises Conflict, AlreadyDone, Locked, Unavailable. A write whose reply was lost is
        recognised as our own by its transition id."""

    def due(self, now: int) -> list[str]:
        """Ids of live rollouts whose next check is not after `now`."""

    def live(self) -> list[str]:
        """Ids of all live rollouts but the standing one."""

    def live_of(self, plan: str) -> str | None:
        """The plan's live rollout, strongly consistent."""

    def recent(self, limit: int = 25) -> list[str]:
        """Ids of the newest rollouts, newest first, live or not."""

    def next_number(self, plan: str) -> int: ...

    def fences(self, flags: Iterable[str]) -> dict[str, int]:
        """The highest fencing number each flag has had; 0 when it never had one."""

    def owners(self, flags: Iterable[str]) -> dict[str, str]:
        """Flag to the rollout that holds its lock; free flags are left out."""

    def waiting(self, rollout_id: str, now: int) -> list[Waiting]:
        """The outbox, oldest first, due by `now`."""

    def done(self, effect: Waiting, message_id: str = "") -> None: ...

    def later(self, effect: Waiting, not_before: int) -> None: ...

    def fold(self, effects: Sequence[Waiting], into: Post, key: str) -> Waiting:
        """Replace messages that wait (of one rollout, at most 100) by one under this key, which stands where the first
        stood. All or nothing: raises Conflict when one of them is done or folded already, Unavailable. Returns what
        waits now."""

    def audit(self, rollout_id: str) -> list[AuditEntry]: ...

    def seen(self, interaction_id: str) -> bool: ...

    def verified(self, rollout_id: str, versions: Mapping[str, tuple[int, int]], at: int) -> Rollout | None:
        """Record, for flag: (fence, SSM version), that the desired value was read back at `at`. Entries whose fence has
        moved on are dropped. Returns the state as it then is."""

    def measured(
        self, rollout_id: str, verdicts: Sequence[Verdict], at: int, evidence: Mapping[str, Evidence] = {}
    ) -> None:
        """The newest verdicts and what the sequential judges have seen, beside the state; the last writer wins."""

    def evidence(self, rollout_id: str) -> dict[str, Evidence]:
        """What the sequential judges had seen when `measured` was last called; nothing for what cannot be read, which
        is then measured anew."""

    def last_measured(self, rollout_id: str) -> tuple[tuple[Verdict, ...], int]: ...
