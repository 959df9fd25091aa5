"""Names of alerts and silences as people choose them: in full, or by a short one where Discord would not take it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from orchestrator.core.markdown import clean, is_blank, units

CHOSEN = 100
"""Characters of a choice's value, as Discord counts them (Application Command Option Choice, value)."""

MARK = "#"
"""How a short name begins, and no other: in an alert's key it is quoted, and a silence's name begins with a label."""


def short(name: str) -> str:
    """The name itself where it can be a choice's value, or else a stand-in for it, the same each time."""
    if name == clean(name) and not is_blank(name) and units(name) <= CHOSEN:
        return name
    return MARK + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]


def in_full(given: str, names: Iterable[str]) -> str:
    """The one of the names whose short one was given; whatever else was given is a name itself."""
    if not given.startswith(MARK):
        return given
    return next((name for name in names if short(name) == given), given)
