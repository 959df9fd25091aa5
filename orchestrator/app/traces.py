"""Who may see which trace. Asked when a trace is shown, and again when a button under it is pressed."""

from __future__ import annotations

from orchestrator.app.bot_flags import DEBUG_COMMAND
from orchestrator.core.access import AccessPolicy
from orchestrator.core.actors import Actor
from orchestrator.core.redaction import redact
from orchestrator.core.trace import KEPT, TraceRecord, redacted
from orchestrator.ports import Outside


def switched_off(outside: Outside) -> str:
    """Why no trace is shown here at all; empty where they are."""
    if outside.switches.is_on(DEBUG_COMMAND):
        return ""
    return f"/debug-last is switched off here. /flag set {DEBUG_COMMAND} true switches it on."


def may_see_any(access: AccessPolicy, actor: Actor) -> bool:
    return access.allows("debug any", actor.user_id, actor.roles)


def visible(outside: Outside, access: AccessPolicy, actor: Actor, guild_id: str, trace_id: str) -> TraceRecord | str:
    """The trace, redacted once more, or the actor's own last one where none is named; or why there is none.

    One that belongs to somebody else is refused like one that is not there.
    """
    traces = outside.traces
    record = traces.get(guild_id, trace_id) if trace_id else traces.last_for(guild_id, actor.user_id)
    if record is not None and (record.concerns(actor.user_id) or may_see_any(access, actor)):
        return redacted(record)
    if not trace_id:
        return "You have no trace yet; use a command first."
    return f"There is no trace {trace_id} that you may see."


def offered(outside: Outside, access: AccessPolicy, actor: Actor, guild_id: str, typed: str) -> list[tuple[str, str]]:
    """What the actor may choose from, newest first, as a line and an id. Only the lines are shown, so only they are
    redacted: this runs with every key that is pressed."""
    alone = None if may_see_any(access, actor) else actor.user_id
    found = outside.traces.recent(guild_id, KEPT, actor_id=alone)
    lines = [
        (redact(f"{record.command or record.kind}: {record.outcome} ({record.id})"), record.id) for record in found
    ]
    return [(line, trace_id) for line, trace_id in lines if typed.lower() in line.lower()]
