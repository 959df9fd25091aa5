"""`/debug-last`: what your last command did, step by step, and where to read more. Only you see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.adapters.discord.commands.asking import command_for, refusal
from orchestrator.adapters.discord.commands.call import Call, Option, Pairs, SlashCommand
from orchestrator.adapters.discord.components import Button
from orchestrator.adapters.discord.embed import FIELD_VALUE
from orchestrator.adapters.discord.payload import Colour, Embed, Field, HandedOver, deferred, message, reply
from orchestrator.app.own_logs import span
from orchestrator.app.traces import offered, switched_off, visible
from orchestrator.core.commands import Confirmation, Verb
from orchestrator.core.markdown import escape, shorten, units
from orchestrator.core.rollout import STANDING
from orchestrator.core.trace import Step, TraceRecord
from orchestrator.core.work import ShowLogs
from orchestrator.ports import SwitchbackError
from orchestrator.telemetry.logs import get_logger
from orchestrator.telemetry.tracing import FIRST_STEPS

log = get_logger()

BUTTONS_LAST = 86_400
"""Seconds: the reply is gone with the next start of the reader's client."""

MOST_FIELDS_OF_STEPS = 3
NOTE = 120
"""Units of a step's note: a card has little room."""


def _debug_last(call: Call) -> dict[str, Any]:
    if off := switched_off(call.outside):
        return refusal(call, off)
    record = visible(call.outside, call.access, call.actor, call.interaction.guild_id, call.option("trace"))
    if isinstance(record, str):
        return refusal(call, record)
    head = f"**{call.outside.environment} · trace {escape(record.id)}**"
    return reply(message(head, [_card(call, record)], _buttons(call, record), ephemeral=True))


def _card(call: Call, record: TraceRecord) -> Embed:
    console = call.outside.console
    # Not as buttons: the address of a search is longer than a button may have.
    links = {"Log lines in CloudWatch": console.lines(record.id, *span(record)), "X-Ray": console.trace(record.xray)}
    lines = [
        f"**{escape(record.command or record.kind, one_line=True)}**: {escape(record.outcome, one_line=True)}",
        # Before what may be long: a card is cut at its end, and half a link leads nowhere.
        " · ".join(f"[{name}]({link})" for name, link in links.items() if link),
        escape(record.reason) if record.reason != record.error else "",
        f"Error: {escape(record.error)}" if record.error else "",
    ]
    fields = [Field("Rollout", escape(record.rollout), inline=True)] if record.rollout else []
    fields.append(Field("When", f"<t:{record.at}:f>", inline=True))
    fields += _steps(record)
    return Embed(
        description="\n".join(line for line in lines if line), fields=fields, colour=_colour(record), at=record.at
    )


def _colour(record: TraceRecord) -> Colour:
    return Colour.FIRING if record.error else Colour.PROGRESS


def _steps(record: TraceRecord) -> list[Field]:
    """All of them if they fit; else the first and the last, and how many lie between."""
    title = f"{record.duration_ms} ms in all"
    if not record.steps:
        return [Field(title, "no steps")]
    said = [_say(step) for step in record.steps]
    middle = FIRST_STEPS if record.left_out else len(said) // 2
    first, last = said[:middle], said[middle:]
    room = MOST_FIELDS_OF_STEPS * (FIELD_VALUE - NOTE - 40)
    while sum(units(line) + 1 for line in (*first, *last)) > room:
        first.pop() if len(first) > len(last) else last.pop(0)
    left_out = record.left_out + len(said) - len(first) - len(last)
    said = [*first, *([f"… {left_out} more steps"] if left_out else []), *last]
    return [Field(title if number == 0 else "…", "\n".join(page)) for number, page in enumerate(_pages(said))]


def _say(step: Step) -> str:
    note = f" {escape(shorten(step.note, NOTE), one_line=True)}" if step.note else ""
    return f"`{step.ms:>5} ms` **{escape(step.name, one_line=True)}**{note}"


def _pages(lines: Sequence[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    for line in lines:
        if pages[-1] and sum(units(said) + 1 for said in pages[-1]) + units(line) > FIELD_VALUE:
            pages.append([])
        pages[-1].append(line)
    return pages


def _buttons(call: Call, record: TraceRecord) -> list[list[Button]]:
    """One row; none while what they stand for cannot be kept: the card says enough to be shown without."""
    try:
        row = [Button("Logs", "secondary", _kept(call, "logs", record.id, "confirm"))]
        if record.rollout and record.rollout != STANDING:
            row.append(Button("Rollout", "secondary", _kept(call, "status", record.rollout, "card")))
    except SwitchbackError as problem:
        log.warning("a trace is shown without its buttons", extra={"problem": str(problem)})
        return []
    return [row]


def _kept(call: Call, verb: Verb, target: str, kind: Any) -> str:
    """A button of the caller's own; what it stands for is kept on our side."""
    now = call.outside.clock.now()
    button = Confirmation(
        id=call.outside.ids.new(),
        kind=kind,
        command=command_for(call, verb, target),
        created_at=now,
        expires_at=now + BUTTONS_LAST,
    )
    call.outside.confirmations.put(button)
    return button.id


def ask_for_logs(call: Call, button: Confirmation) -> dict[str, Any]:
    """The press is checked like the command was. Queue first, then answer: a search takes longer than a reply may.
    Refused or not, looking leaves no trace."""
    if button.expires_at and call.outside.clock.now() > button.expires_at:
        return refusal(call, "This button has run out, and nothing has changed. Use /debug-last again.", traced=False)
    if off := switched_off(call.outside):
        return refusal(call, off, traced=False)
    guild, shown = call.interaction.guild_id, button.command.target
    record = visible(call.outside, call.access, call.actor, guild, shown)
    if isinstance(record, str):
        return refusal(call, record, traced=False)
    wanted = ShowLogs(
        shown=shown,
        guild_id=guild,
        actor=call.actor,
        token=call.interaction.token,
        trace_id=call.trace_id,
        interaction_id=call.interaction.id,
        at=call.outside.clock.now(),
    )
    try:
        call.outside.queue.send(wanted)
    except SwitchbackError:
        why = "The queue did not answer, so nothing is searched. Press again in a moment."
        return refusal(call, why, traced=False)
    return HandedOver(deferred(ephemeral=True))


def _traces(call: Call) -> Pairs:
    if switched_off(call.outside):
        return []
    return offered(call.outside, call.access, call.actor, call.interaction.guild_id, call.option("trace"))


COMMANDS = (
    SlashCommand(
        path="debug-last",
        description="What your last command did, step by step",
        right="debug own",
        options=(Option(name="trace", description="A trace id; your own last one if left out", complete=_traces),),
        answer=_debug_last,
        example="/debug-last",
    ),
)
