"""`/help`: the commands this caller may use, made from the command table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from orchestrator.adapters.discord.commands.call import Call, SlashCommand
from orchestrator.adapters.discord.payload import Colour, Embed, message, reply


def help_command(table: Callable[[], Iterable[SlashCommand]]) -> SlashCommand:
    def answer(call: Call) -> dict[str, Any]:
        allowed = [c for c in table() if call.access.allows(c.right, call.actor.user_id, call.actor.roles)]
        lines = [f"`/{c.path}` {c.description}" + (f"\n> {c.example}" if c.example else "") for c in allowed]
        lines.append(
            "Every change is previewed, and happens only when you press its button. Going back needs no second person."
        )
        embed = Embed(description="\n".join(lines), colour=Colour.PROGRESS)
        return reply(message(f"**{call.outside.environment} · what you can do here**", [embed], ephemeral=True))

    return SlashCommand(path="help", description="What you can do here", right="look", answer=answer)
