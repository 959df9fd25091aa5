"""Asking for a change: an exact preview that only the asker sees, and one button that stands for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import structs

from orchestrator.adapters.discord.commands.call import Call
from orchestrator.adapters.discord.components import Style
from orchestrator.adapters.discord.payload import Button, Colour, Embed, message, reply
from orchestrator.app.previews import Preview, preview
from orchestrator.app.second_person import RIGHTS, is_needed
from orchestrator.core.commands import FORWARD, Command, Confirmation, Verb, phrase
from orchestrator.core.markdown import escape
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.wording import changes, next_step

FORWARD_LIFE = 120
"""Seconds for which a button that goes forward is good. Going back never runs out."""

_BUTTONS: dict[str, tuple[str, Style]] = {
    "start": ("Start", "success"),
    "promote": ("Promote", "success"),
    "skip": ("Skip this stage", "success"),
    "approve": ("Approve", "success"),
    "tick": ("Tick off", "success"),
    "pause": ("Pause", "primary"),
    "resume": ("Resume", "success"),
    "hold_line": ("Hold the line", "primary"),
    "free_line": ("Free the line", "success"),
    "climb": ("Climb", "danger"),
    "done": ("Confirm", "primary"),
    "abort": ("Abort and roll back", "danger"),
    "rollback": ("Roll back", "danger"),
    "rollback_flag": ("Roll back", "danger"),
    "set_flag": ("Set", "primary"),
    "adopt": ("Adopt", "primary"),
    "revert": ("Revert", "primary"),
}

NEEDS_REASON = ("start", "promote", "skip", "resume", "free_line")

_MOVES_ON = ("start", "promote", "skip", "resume")
"""Verbs after which the rollout stands in a stage, and goes on from there by itself."""


def command_for(
    call: Call, verb: Verb, target: str, *, reason: str = "", args: dict[str, str] | None = None
) -> Command:
    interaction = call.interaction
    return Command(
        verb=verb,
        target=target,
        actor=call.actor,
        reason=reason,
        args=args or {},
        guild_id=interaction.guild_id,
        channel_id=interaction.channel_id,
        trace_id=call.trace_id,
        at=call.outside.clock.now(),
    )


def ask(call: Call, command: Command) -> dict[str, Any]:
    """Show what would be written, old → new, and offer the one button; or say why not. Nothing is changed."""
    if command.verb in NEEDS_REASON and not command.reason:
        return refusal(call, f"{command.verb} needs a reason: it goes into the audit, and to whoever is on call next.")
    seen = preview(call.outside, command)
    if seen.refusal:
        return refusal(call, seen.refusal)
    two = is_needed(call.outside, call.access, command)
    if command.verb == "set_flag" and not command.reason and _goes_forward(seen, command):
        return refusal(call, "Turning a flag away from its safe value needs a reason. Going back to safe never does.")
    now = call.outside.clock.now()
    forward = command.verb in FORWARD
    button = Confirmation(
        id=call.outside.ids.new(),
        kind="confirm",
        command=structs.replace(command, bound_to=seen.bound_to),
        created_at=now,
        expires_at=now + FORWARD_LIFE if forward else 0,
    )
    call.outside.confirmations.put(button)
    label, style = _BUTTONS[command.verb]
    shown = message(
        f"**{call.outside.environment} · {_question(command, seen)}**",
        [Embed(description="\n".join(_body(command, seen, two, forward, now)), colour=_colour(style), at=now)],
        [[Button(label, style, button.id)]],
        ephemeral=True,
    )
    return reply(shown)


def _goes_forward(seen: Preview, command: Command) -> bool:
    spec = seen.plan.flag(command.target) if seen.plan else None
    return any(
        spec is None or not spec.is_towards_safe(write.to_value, current=write.from_value or "")
        for write in seen.writes
    )


def _question(command: Command, seen: Preview) -> str:
    if command.verb == "start" and seen.rollout:
        return f"start {escape(seen.rollout.id, one_line=True)}?"
    if command.verb == "tick":
        return f"tick off {escape(command.args.get('item', ''), one_line=True)} of {escape(command.target)}?"
    return f"{escape(phrase(command), one_line=True)}?"


def _body(command: Command, seen: Preview, two: bool, forward: bool, now: int) -> Sequence[str]:
    lines = [*(changes(seen.writes) or ("No flag moves.",)), *seen.notes]
    rollout, plan = seen.rollout, seen.plan
    if rollout is not None and plan is not None and plan.stages and command.verb in _MOVES_ON and not rollout.holds:
        lines.append(_where(rollout, plan))
    if command.verb == "approve" and seen.reason:
        lines.append(f"{escape(seen.reason)}.")
    if command.reason:
        lines.append(f"Reason: {escape(command.reason, one_line=True)}")
    if evidence := command.args.get("evidence"):
        lines.append(f"Evidence: {escape(evidence, one_line=True)}")
    if two:
        lines.append("Another person has to confirm it within 15 minutes.")
    lines.append(
        f"The button is good until <t:{now + FORWARD_LIFE}:T>."
        if forward
        else "It acts on the state as it is when pressed."
    )
    return lines


def _where(rollout: Rollout, plan: Plan) -> str:
    """Where the rollout will stand, and what happens next by itself."""
    if rollout.status != "running":
        return f"It will be in its watch window until <t:{rollout.watch_until}:f>."
    stage = escape(rollout.stage_key(plan))
    return f"It will be in **{stage}**, stage {rollout.stage + 1} of {len(plan.stages)}. {next_step(rollout, plan)}"


def _colour(style: str) -> Colour:
    return {"danger": Colour.FIRING, "success": Colour.OK}.get(style, Colour.PROGRESS)


class Refusal(dict[str, Any]):
    """An answer that says no. `why` is for the trace, unescaped; `traced` is off where somebody only wanted to look."""

    def __init__(self, answer: dict[str, Any], why: str, *, traced: bool) -> None:
        super().__init__(answer)
        self.why, self.traced = why, traced


def refusal(call: Call, why: str, *, traced: bool = True) -> Refusal:
    """Nothing was changed, why, and that only the asker sees it."""
    lines = "\n".join(f"- {escape(line, one_line=True)}" if "\n" in why else escape(line) for line in why.splitlines())
    head = f"⚪ **{call.outside.environment} · nothing was changed**"
    shown = message(head, [Embed(description=lines, colour=Colour.UNKNOWN)], ephemeral=True)
    return Refusal(reply(shown), why, traced=traced)


def may(call: Call, verb: str) -> bool:
    return call.access.allows(RIGHTS[verb], call.actor.user_id, call.actor.roles)
