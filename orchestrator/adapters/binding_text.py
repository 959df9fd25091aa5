"""An armed safeguard as a parameter's text: SSM and memory share it, and so refuse the same."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from orchestrator.adapters.parameters import checked_value
from orchestrator.ports import Binding


class _Stored(Struct, frozen=True, kw_only=True):
    """The alarm's real name stands inside: the parameter's path may only hold a digest of it."""

    alarm: str
    owner: str
    values: tuple[tuple[str, str], ...]


def encode_binding(alarm: str, binding: Binding) -> str:
    """Refused when the flags and values do not fit into one parameter (4 KB, some eighty flags)."""
    stored = _Stored(alarm=alarm, owner=binding.owner, values=binding.values)
    return checked_value(msgspec.json.encode(stored).decode())


def decode_binding(text: str, alarm: str) -> Binding | None:
    """None for another alarm's binding. Raises ValueError for a text that is not a binding at all."""
    stored = msgspec.json.decode(text, type=_Stored)
    return Binding(owner=stored.owner, values=stored.values) if stored.alarm == alarm else None
