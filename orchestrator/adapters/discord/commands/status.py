"""`/rollout-status`: where a rollout is, why, and what the flags hold by SSM's own word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.adapters.discord.commands import names
from orchestrator.adapters.discord.commands.asking import refusal
from orchestrator.adapters.discord.commands.call import Call, Option, SlashCommand
from orchestrator.adapters.discord.embed import FIELD_VALUE, MOST_IN_ALL
from orchestrator.adapters.discord.payload import Colour, Embed, Field, message, reply
from orchestrator.app import views
from orchestrator.app.moving import plan_of
from orchestrator.app.status_text import marks, sections, summary
from orchestrator.app.views import StatusView
from orchestrator.core.markdown import escape, shorten, units
from orchestrator.core.rollout import Rollout

_NOTE = 20
"""Units kept free for saying how many lines are left out."""


def _status(call: Call) -> dict[str, Any]:
    name = call.option("rollout")
    if not name:
        live = [rollout for rollout in views.rollouts(call.outside) if rollout.is_live]
        if not live:
            return refusal(call, "No rollout is live. /rollout list shows the plans there are.")
        return show(call, *live[:5])
    found = views.find_rollout(call.outside, name)
    return refusal(call, found) if isinstance(found, str) else show(call, found)


def show(call: Call, *rollouts: Rollout) -> dict[str, Any]:
    """One card a rollout, from the state and from SSM as it is now. Several share what a message may hold."""
    seen = [views.status(call.outside, rollout) for rollout in rollouts]
    head = "; ".join(f"{view.rollout.id}: {escape(view.headline)}" for view in seen)
    cards = [_card(view, MOST_IN_ALL // len(seen)) for view in seen]
    return reply(message(f"**{call.outside.environment} · {head}**", cards, ephemeral=True))


def _card(view: StatusView, room: int) -> Embed:
    """What stops it comes first and keeps half of the room at most; what does not fit is counted."""
    top = _fitting(summary(view), room // 2)
    left, found = room - units(top), sections(view)
    fields = []
    for number, section in enumerate(found):
        # What a field does not need is the next one's.
        share = min(FIELD_VALUE, left // (len(found) - number) - units(section.title))
        value = _fitting(section.lines, share)
        fields.append(Field(section.title, value))
        left -= units(section.title) + units(value)
    return Embed(description=top, fields=fields, colour=_colour(view), at=view.now)


def _fitting(lines: Sequence[str], most: int) -> str:
    """All lines if they fit; else no line takes more than a quarter, and it is said how many are left out."""
    whole = "\n".join(lines)
    if units(whole) <= most:
        return whole
    kept: list[str] = []
    room = most - _NOTE
    for line in (shorten(line, most // 4) for line in lines):
        room -= units(line) + 1
        if room < 0:
            break
        kept.append(line)
    left_out = len(lines) - len(kept)
    return "\n".join([*kept, *([f"… and {left_out} more"] if left_out else [])])


def status_line(call: Call, rollout: Rollout) -> str:
    plan = plan_of(call.outside, rollout)
    where = f"{marks(rollout, len(plan.stages))} {escape(views.headline(rollout, plan))}"
    return f"- **{rollout.id}** {where}; started <t:{rollout.started_at}:R>"


def _colour(view: StatusView) -> Colour:
    if view.rollout.holds or view.unready or any(flag.differs for flag in view.flags):
        return Colour.DEGRADED
    if view.line is not None or view.freeze is not None:
        return Colour.WAITING
    if view.rollout.waiting.startswith("approval:"):
        return Colour.WAITING
    return Colour.OK if view.rollout.status == "completed" else Colour.PROGRESS


COMMANDS = (
    SlashCommand(
        path="rollout-status",
        description="Where a rollout is, why, and what the flags hold",
        right="look",
        options=(
            Option(
                name="rollout", description="A plan or a rollout; all live ones if left out", complete=names.any_rollout
            ),
        ),
        answer=_status,
        example="/rollout-status",
    ),
)
