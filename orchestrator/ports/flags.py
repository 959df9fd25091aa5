"""Flags where applications read them, what alarms do to them while they are armed, and Switchback's own flags."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from orchestrator.core.facts import FlagVersion, LiveFlag, Mark


class Flags(Protocol):
    """The parameters under the flag prefix; names are short, without the prefix."""

    def read(self, names: Iterable[str]) -> dict[str, LiveFlag]:
        """By plain name, strongly as SSM can; names that do not exist are left out."""

    def all(self) -> dict[str, LiveFlag]: ...

    def write(self, name: str, value: str, mark: Mark) -> int:
        """Overwrite, and return the new version. Creates the parameter if it is gone."""

    def mark(self, name: str) -> Mark | None:
        """The mark on the current version, or None when its last writer was not us."""

    def history(self, name: str, limit: int = 20) -> list[FlagVersion]:
        """Newest first; empty for a parameter that does not exist."""


class Binding(Struct, frozen=True, kw_only=True):
    """What an armed alarm means for one owner (a rollout's id, or `standing`)."""

    owner: str
    values: tuple[tuple[str, str], ...]


class Armed(Protocol):
    """Safeguards as projected into SSM, so that the way off needs SSM alone."""

    def arm(self, alarm: str, binding: Binding) -> None: ...

    def disarm(self, alarm: str, owner: str) -> None: ...

    def bindings(self, alarm: str) -> list[Binding]: ...


class Switches(Protocol):
    """Switchback's own runtime flags."""

    def is_on(self, name: str) -> bool: ...

    def alert_channel(self) -> str:
        """The id of the channel for alerts as it is now."""
