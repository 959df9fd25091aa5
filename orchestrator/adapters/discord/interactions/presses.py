"""Buttons: the id is opaque, what it stands for is kept on our side, and whoever presses it is checked again."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from orchestrator.adapters.discord.commands import debug
from orchestrator.adapters.discord.commands.asking import ask, command_for, may, refusal
from orchestrator.adapters.discord.commands.call import Call
from orchestrator.adapters.discord.commands.handing import hand_over
from orchestrator.adapters.discord.commands.status import show
from orchestrator.adapters.discord.payload import Colour, Embed, HandedOver, message, update
from orchestrator.app import views
from orchestrator.app.second_person import RIGHTS
from orchestrator.core.commands import ALERT_VERBS, FORWARD, Command, Confirmation, phrase
from orchestrator.core.wording import said
from orchestrator.ports import SwitchbackError, Unavailable

_TERMINAL = {
    "rollback": "rollback {}",
    "abort": "rollback {}",
    "rollback_flag": "rollback {}",
    "pause": "hold {}",
    "hold_line": "hold --all",
}
"""What works while the queue does not."""

_REASONS = {
    "resume": "resumed from the channel by {}",
    "approve": "approved from the channel",
    "climb": "a button in the channel",
    "done": "a button in the channel",
}
"""A button under a notice has no place for a reason of one's own."""


def press(call: Call) -> dict[str, Any]:
    """Carry a press to the worker, or say why not. A button nobody knows is refused like a stale one."""
    button = call.outside.confirmations.get(call.interaction.custom_id)
    if button is None:
        return refusal(call, "This button is not known any more. Use the command again; nothing has changed.")
    if not may(call, button.command.verb):
        why = f"That takes {call.access.holders(RIGHTS[button.command.verb])}; you hold none of these roles."
        return refusal(call, why, traced=button.command.verb != "logs")
    if button.command.verb in ALERT_VERBS:
        return hand_over(call, button.command)
    if button.kind == "card":
        return _card(call, button.command)
    if button.command.verb == "logs":
        return debug.ask_for_logs(call, button)
    now = call.outside.clock.now()
    if button.kind == "confirm" and button.command.actor.user_id != call.actor.user_id:
        return refusal(call, f"This button is {button.command.actor.name}'s. Use the command yourself.")
    if button.kind == "second" and button.command.actor.user_id == call.actor.user_id:
        return refusal(call, "You asked for this yourself; it needs another person.")
    going_forward = button.command.verb in FORWARD
    if going_forward and button.used_at:
        return refusal(call, "This was carried out already. /rollout-status shows how things are now.")
    if going_forward and button.expires_at and now > button.expires_at:
        return refusal(call, "This button has run out, and nothing has changed. Use the command again.")
    return _hand_over(call, button)


def _hand_over(call: Call, button: Confirmation) -> dict[str, Any]:
    """Queue first, then answer: an answer that promises work which was never queued would hang for ever."""
    going_forward = button.command.verb in FORWARD
    command = structs.replace(
        button.command,
        actor=call.actor if button.kind == "confirm" else button.command.actor,
        second=call.actor if button.kind == "second" else None,
        confirmation=button.id if going_forward else "",
        interaction_id=call.interaction.id,
        token=call.interaction.token,
        trace_id=call.trace_id,
        at=call.outside.clock.now(),
    )
    try:
        call.outside.queue.send(command)
    except SwitchbackError:
        way = _TERMINAL.get(command.verb, "")
        terminal = f" From a terminal: switchback {way.format(command.target)}." if way else ""
        return refusal(call, f"The queue did not answer, so nothing was done. Press again in a moment.{terminal}")
    what = said(phrase(command))
    by = f", confirmed by {said(call.actor.name)}" if button.kind == "second" else ""
    shown = message(
        f"⏳ **{call.outside.environment} · {what}: working on it{by}**",
        [Embed(description="This message changes when it is done and read back.", colour=Colour.PROGRESS)],
        ephemeral=button.kind == "confirm",
    )
    return HandedOver(update(shown))


def _card(call: Call, wanted: Command) -> dict[str, Any]:
    """A button under a notice opens a preview for whoever pressed it, or the status."""
    if wanted.verb == "status":
        try:
            found = views.find_rollout(call.outside, wanted.target)
        except Unavailable:
            found = "the table did not answer; try again in a moment"
        return refusal(call, found) if isinstance(found, str) else show(call, found)
    reason = _REASONS.get(wanted.verb, "").format(call.actor.name)
    return ask(call, command_for(call, wanted.verb, wanted.target, reason=reason, args=wanted.args))
