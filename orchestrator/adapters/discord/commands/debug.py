"""`/debug-last`: what your last command did, step by step. Only you see it."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.discord.commands.asking import refusal
from orchestrator.adapters.discord.commands.call import Call, Option, Pairs, SlashCommand
from orchestrator.adapters.discord.payload import Colour, Embed, Field, message, reply
from orchestrator.app.bot_flags import DEBUG_COMMAND
from orchestrator.core.markdown import escape
from orchestrator.core.trace import TraceRecord, redacted


def _debug_last(call: Call) -> dict[str, Any]:
    if not call.outside.switches.is_on(DEBUG_COMMAND):
        return refusal(call, f"/debug-last is switched off here. /flag set {DEBUG_COMMAND} true switches it on.")
    wanted = call.option("trace")
    guild, me = call.interaction.guild_id, call.actor.user_id
    record = call.outside.traces.get(guild, wanted) if wanted else call.outside.traces.last_for(guild, me)
    if record is None or (record.actor != me and not _may_see_any(call)):
        why = (
            f"There is no trace {wanted} that you may see." if wanted else "You have no trace yet; use a command first."
        )
        return refusal(call, why)
    return reply(
        message(
            f"**{call.outside.environment} · trace {escape(record.id)}**", [_card(redacted(record))], ephemeral=True
        )
    )


def _card(record: TraceRecord) -> Embed:
    lines = [
        f"**{escape(record.command or record.kind, one_line=True)}**: {record.outcome}",
        escape(record.reason) if record.reason else "",
        f"Error: {escape(record.error)}" if record.error else "",
    ]
    steps = "\n".join(
        f"`{s.ms:>6} ms` {escape(s.name, one_line=True)}{f' ({escape(s.note)})' if s.note else ''}"
        for s in record.steps
    )
    fields = [Field(f"{record.duration_ms} ms in all", steps or "no steps")]
    if record.rollout:
        fields.append(Field("Rollout", escape(record.rollout), inline=True))
    fields.append(Field("When", f"<t:{record.at}:f>", inline=True))
    return Embed(
        description="\n".join(line for line in lines if line), fields=fields, colour=Colour.PROGRESS, at=record.at
    )


def _may_see_any(call: Call) -> bool:
    return call.access.allows("debug any", call.actor.user_id, call.actor.roles)


def _traces(call: Call) -> Pairs:
    recent = call.outside.traces.recent(call.interaction.guild_id)
    if not _may_see_any(call):
        recent = [record for record in recent if record.actor == call.actor.user_id]
    typed = call.option("trace").lower()
    shown = [(f"{record.command or record.kind}: {record.outcome} ({record.id})", record.id) for record in recent]
    return [(name, value) for name, value in shown if typed in name.lower()]


COMMANDS = (
    SlashCommand(
        path="debug-last",
        description="What your last command did, step by step",
        right="debug own",
        options=(Option(name="trace", description="A trace id; your own last one if left out", complete=_traces),),
        answer=_debug_last,
    ),
)
