"""Handing a command to the worker: queue first, then answer."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from orchestrator.adapters.discord.commands.asking import refusal
from orchestrator.adapters.discord.commands.call import Call
from orchestrator.adapters.discord.payload import Colour, Embed, HandedOver, message, reply
from orchestrator.core.commands import Command
from orchestrator.ports import SwitchbackError


def hand_over(call: Call, command: Command) -> dict[str, Any]:
    """What is not previewed, since it moves nothing: done by the worker, whose word replaces this one. Only the asker
    sees it."""
    interaction = call.interaction
    ready = structs.replace(
        command,
        actor=call.actor,
        interaction_id=interaction.id,
        token=interaction.token,
        trace_id=call.trace_id,
        at=call.outside.clock.now(),
    )
    try:
        call.outside.queue.send(ready)
    except SwitchbackError:
        return refusal(call, "The queue did not answer, so nothing was done. Try again in a moment.")
    shown = message(
        f"⏳ **{call.outside.environment} · {command.verb}: working on it**",
        [Embed(description="This message changes when it is done.", colour=Colour.PROGRESS)],
        ephemeral=True,
    )
    return HandedOver(reply(shown))
