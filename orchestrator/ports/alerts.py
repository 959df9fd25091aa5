"""The state of alerts: what is open, what is silenced, and what waits to be told in a digest."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import Board
from orchestrator.core.alerting.digest import Digest


class AlertChange(Struct, frozen=True, kw_only=True):
    """One conditional write of alerts: groups, the board and a digest, each as it was read and as it shall be. `event`:
    the id of what happened, which counts once."""

    groups: tuple[tuple[Group | None, Group], ...] = ()
    board: tuple[Board, Board] | None = None
    digest: tuple[Digest | None, Digest] | None = None
    event: str = ""


class Alerts(Protocol):
    """The state of alerts. Every item has a version, and a save counts it on."""

    def group(self, key: str) -> Group | None:
        """Strongly consistent. Raises UnknownSchema, Unavailable."""

    def open(self) -> list[Group]:
        """Every group that is not closed, by an index that trails by a moment: whoever acts on one loads it. One that
        cannot be read is logged and left out: the others are told all the same."""

    def board(self) -> Board: ...

    def digests(self) -> list[Digest]:
        """Those that were not sent yet, oldest first. One that cannot be read is logged and left out."""

    def save(self, change: AlertChange) -> None:
        """All or nothing. Raises Conflict (somebody else moved first), AlreadyDone (the event was counted before),
        Unavailable, and Refused (it is too large)."""
