"""Flags in memory, with versions, descriptions and a history as SSM keeps them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from orchestrator.adapters.memory.faults import Faulty
from orchestrator.adapters.parameters import checked_name, checked_value, decode_mark, encode_mark
from orchestrator.core.facts import FlagVersion, LiveFlag, Mark
from orchestrator.ports import Flags

VERSIONS_KEPT = 100


class _Version(Struct, frozen=True, kw_only=True):
    version: int
    value: str
    description: str
    at: int
    user: str


class MemoryFlags(Faulty, Flags):
    """Our writes carry the mark's time and the user `switchback`."""

    def __init__(self) -> None:
        super().__init__()
        self._versions: dict[str, list[_Version]] = {}

    def read(self, names: Iterable[str]) -> dict[str, LiveFlag]:
        wanted = [checked_name(name) for name in dict.fromkeys(names)]
        self._maybe_fail()
        return {name: self._live(name) for name in wanted if name in self._versions}

    def all(self) -> dict[str, LiveFlag]:
        self._maybe_fail()
        return {name: self._live(name) for name in sorted(self._versions)}

    def write(self, name: str, value: str, mark: Mark) -> int:
        name, value = checked_name(name), checked_value(value)
        self._maybe_fail()
        return self._add(name, value, encode_mark(mark), mark.at, "switchback")

    def mark(self, name: str) -> Mark | None:
        newest = self.history(name, 1)
        return newest[0].mark if newest else None

    def history(self, name: str, limit: int = 20) -> list[FlagVersion]:
        versions = self._versions.get(checked_name(name), [])
        self._maybe_fail()
        newest_first = list(reversed(versions))[: max(limit, 0)]
        return [
            FlagVersion(
                version=entry.version,
                value=entry.value,
                at=entry.at,
                user=entry.user,
                mark=decode_mark(entry.description, entry.value),
            )
            for entry in newest_first
        ]

    def by_hand(self, name: str, value: str, at: int, user: str = "somebody", *, description: str | None = None) -> int:
        """Somebody else's write; returns its version. As in SSM, the old description stays unless a new one
        is given."""
        name, value = checked_name(name), checked_value(value)
        if description is None:
            versions = self._versions.get(name)
            description = versions[-1].description if versions else ""
        return self._add(name, value, description, at, user)

    def delete(self, name: str) -> None:
        """Somebody deletes the parameter, and its history with it; versions then begin at 1 again."""
        self._versions.pop(name, None)

    def _add(self, name: str, value: str, description: str, at: int, user: str) -> int:
        versions = self._versions.setdefault(name, [])
        version = versions[-1].version + 1 if versions else 1
        versions.append(_Version(version=version, value=value, description=description, at=at, user=user))
        del versions[:-VERSIONS_KEPT]
        return version

    def _live(self, name: str) -> LiveFlag:
        newest = self._versions[name][-1]
        return LiveFlag(name=name, value=newest.value, version=newest.version)
