"""Notices as Discord messages. The first line is what a phone shows: a sign, the place, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.adapters.discord.components import Style
from orchestrator.adapters.discord.payload import Button, Colour, Embed, Field, LinkButton, message
from orchestrator.core.notices import SIGNS, Action, Notice, Tone

COLOURS: dict[Tone, Colour] = {
    "ok": Colour.OK,
    "progress": Colour.PROGRESS,
    "waiting": Colour.WAITING,
    "degraded": Colour.DEGRADED,
    "firing": Colour.FIRING,
    "unknown": Colour.UNKNOWN,
}

_STYLES: dict[str, Style] = {
    "approve": "success",
    "rollback": "danger",
    "rollback_flag": "danger",
    "abort": "danger",
    "climb": "danger",
    "done": "success",
    "start": "success",
    "acknowledge": "primary",
}


def render(
    notice: Notice,
    buttons: Sequence[str] = (),
    *,
    ephemeral: bool = False,
    silent: bool = False,
    mention_role: str = "",
) -> dict[str, Any]:
    """`buttons` are the ids for the notice's actions, in their order; actions without an id are left out. Links stand
    in a row of their own. mention_role: the id of the one role that is pinged."""
    body = "\n".join(line for line in notice.lines if line)
    fields = [Field(name, value, inline=True) for name, value in notice.facts]
    embed = Embed(description=body, fields=fields, colour=COLOURS[notice.tone], at=notice.at or None)
    pressed = [_button(action, button) for action, button in zip(notice.actions, buttons, strict=False)]
    first = notice.second_row or len(pressed)
    rows: list[Sequence[Button | LinkButton]] = [
        pressed[:first],
        pressed[first:],
        [LinkButton(label, url) for label, url in notice.links],
    ]
    call = f" <@&{mention_role}>" if mention_role else ""
    return message(
        f"{SIGNS[notice.tone]} **{notice.headline}**{call}",
        [embed] if body or fields else [],
        [row for row in rows if row],
        ephemeral=ephemeral,
        silent=silent,
        mention_roles=[mention_role] if mention_role else (),
    )


def _button(action: Action, custom_id: str) -> Button:
    return Button(action.label, _STYLES.get(action.verb, "secondary"), custom_id)
