"""Notices as Discord messages. The first line is what a phone shows: a sign, the place, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.adapters.discord.components import Style
from orchestrator.adapters.discord.payload import Button, Colour, Embed, Field, message
from orchestrator.core.notices import Action, Notice, Tone

SIGNS: dict[Tone, tuple[str, Colour]] = {
    "ok": ("✅", Colour.OK),
    "progress": ("🔵", Colour.PROGRESS),
    "waiting": ("🟡", Colour.WAITING),
    "degraded": ("🟠", Colour.DEGRADED),
    "firing": ("🔴", Colour.FIRING),
    "unknown": ("⚪", Colour.UNKNOWN),
}

_STYLES: dict[str, Style] = {
    "approve": "success",
    "rollback": "danger",
    "rollback_flag": "danger",
    "abort": "danger",
    "climb": "danger",
    "done": "success",
    "start": "success",
}


def render(
    notice: Notice, buttons: Sequence[str] = (), *, ephemeral: bool = False, silent: bool = False
) -> dict[str, Any]:
    """`buttons` are the ids for the notice's actions, in their order; actions without an id are left out."""
    sign, colour = SIGNS[notice.tone]
    body = "\n".join(line for line in notice.lines if line)
    fields = [Field(name, value, inline=True) for name, value in notice.facts]
    embed = Embed(description=body, fields=fields, colour=colour, at=notice.at or None)
    rows = [[_button(action, button) for action, button in zip(notice.actions, buttons, strict=False)]]
    return message(
        f"{sign} **{notice.headline}**",
        [embed] if body or fields else [],
        rows if rows[0] else (),
        ephemeral=ephemeral,
        silent=silent,
    )


def _button(action: Action, custom_id: str) -> Button:
    return Button(action.label, _STYLES.get(action.verb, "secondary"), custom_id)
