"""Plans as they were published, and in which environments each was completed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from msgspec import Struct

from orchestrator.core.plan import Plan


class Published(Struct, frozen=True, kw_only=True):
    """What a name points to: the hash of its latest plan, and who published it when."""

    name: str
    title: str
    hash: str
    by: str
    at: int


class Plans(Protocol):
    """Compiled plans under their hash, immutable; a name points to its latest."""

    def publish(self, plan: Plan, by: str, now: int) -> str: ...

    def latest(self, name: str) -> Published | None: ...

    def get(self, plan_hash: str) -> Plan | None: ...

    def names(self) -> list[Published]: ...


class Completions(Protocol):
    """Which plans were completed in which environment of this application."""

    def publish(self, plan: str, plan_hash: str, rollout: str, at: int) -> None: ...

    def of(self, plan: str, environments: Iterable[str]) -> dict[str, str]:
        """Environment to the hash completed there last; those without are left out. Raises Unavailable, Refused."""
