"""What people are told, as values: a tone, a headline, a few lines. How it looks in Discord is an adapter's work."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from orchestrator.core.commands import Verb

Tone = Literal["ok", "progress", "waiting", "degraded", "firing", "unknown"]

SIGNS: dict[Tone, str] = {
    "ok": "✅",
    "progress": "🔵",
    "waiting": "🟡",
    "degraded": "🟠",
    "firing": "🔴",
    "unknown": "⚪",
}
"""The sign before a headline. Never the only one: the words say the same."""


class Action(Struct, frozen=True, kw_only=True):
    """A button under a notice: what it asks for. It carries no authority; whoever presses it is checked again."""

    verb: Verb
    label: str
    flag: str = ""


class Notice(Struct, frozen=True, kw_only=True):
    """`headline` is what a phone shows: state, place, what. `facts` are name and value, short; `links` label and
    address. From action number `second_row` on they stand in a row of their own, where it is not 0."""

    kind: str
    tone: Tone
    headline: str
    lines: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    actions: tuple[Action, ...] = ()
    second_row: int = 0
    links: tuple[tuple[str, str], ...] = ()
    rollout: str = ""
    at: int = 0
