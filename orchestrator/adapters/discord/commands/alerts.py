"""`/alerts list|acknowledge|silence|wake|drill`: what is open, and what people do about it."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.discord.commands import names
from orchestrator.adapters.discord.commands.asking import command_for, refusal
from orchestrator.adapters.discord.commands.call import Call, Option, Pairs, SlashCommand
from orchestrator.adapters.discord.commands.handing import hand_over
from orchestrator.adapters.discord.interactions.request import LONGEST_VALUE
from orchestrator.adapters.discord.payload import Colour, Embed, message, reply
from orchestrator.core.alerting.alert import RANK, Group
from orchestrator.core.alerting.board import Board
from orchestrator.core.alerting.short_names import short
from orchestrator.core.markdown import escape, plain
from orchestrator.core.wording.alerts import first_line

_MOST_SHOWN = 15


def _list(call: Call) -> dict[str, Any]:
    groups = sorted(call.outside.alerts.open(), key=lambda g: (not g.firing, -RANK[g.severity], -g.last_seen))
    board, now = call.outside.alerts.board(), call.outside.clock.now()
    firing = [group for group in groups if group.firing]
    lines = [_line(call, group, now) for group in groups[:_MOST_SHOWN]]
    if len(groups) > _MOST_SHOWN:
        lines.append(f"… and {len(groups) - _MOST_SHOWN} more")
    lines += _silences(board, now)
    head = f"{len(firing)} open" if firing else "nothing is open"
    body = lines or ["No alert is open, and nothing is silenced. `/alerts drill` shows whether alerts would arrive."]
    colour = Colour.FIRING if firing else Colour.OK
    shown = message(
        f"**{call.outside.environment} · alerts: {head}**",
        [Embed(description="\n".join(body), colour=colour, at=now)],
        ephemeral=True,
    )
    return reply(shown)


def _line(call: Call, group: Group, now: int) -> str:
    times = "once" if group.count == 1 else f"{group.count:,} times"
    parts = [f"- {first_line(group)}", f"{times}, last <t:{group.last_seen}:R>"]
    if group.silenced_until > now:
        parts.append(f"silenced until <t:{group.silenced_until}:t>")
    if group.refused:
        parts.append(f"could not be posted: {escape('; '.join(group.refused.values()), one_line=True)}")
    links = [call.outside.links.message(name, told.message) for name, told in group.told.items() if told.message]
    return " · ".join([*parts, *links[:1]])


def _silences(board: Board, now: int) -> list[str]:
    return [
        f"- Silenced: {escape(entry.name)} by {escape(entry.by)} until <t:{entry.until}:f>"
        for entry in board.silences
        if entry.until > now
    ]


def _acknowledge(call: Call) -> dict[str, Any]:
    return hand_over(call, command_for(call, "acknowledge", call.option("alert")))


def _silence(call: Call) -> dict[str, Any]:
    given = ("for", "rule", "service", "severity")
    args = {name: value for name in given if (value := call.option(name))}
    return hand_over(call, command_for(call, "silence", call.option("alert"), reason=call.option("reason"), args=args))


def _wake(call: Call) -> dict[str, Any]:
    return hand_over(call, command_for(call, "wake", call.option("alert")))


def _drill(call: Call) -> dict[str, Any]:
    if not call.outside.switches.is_on("ENABLE_ALERTS"):
        return refusal(
            call, "ENABLE_ALERTS is off: alerts go to the ops channel and call nobody. /flag set switches them on."
        )
    return hand_over(call, command_for(call, "drill", call.outside.environment))


def _open(call: Call) -> Pairs:
    """Open alerts by what they say; what is chosen is the alert's own name, or a short one for it."""
    groups = sorted(call.outside.alerts.open(), key=lambda g: (not g.firing, -RANK[g.severity], -g.last_seen))
    typed = call.option("alert").lower()
    shown = [(plain(first_line(group)), group.key) for group in groups]
    return [
        (label, short(key))
        for label, key in shown
        if typed in label.lower() or typed in key.lower() or typed == short(key)
    ]


def _silent(call: Call) -> Pairs:
    now = call.outside.clock.now()
    labels = [entry.name for entry in call.outside.alerts.board().silences if entry.until > now]
    groups = [group.key for group in call.outside.alerts.open() if group.silenced_until > now]
    return [(name, short(name)) for name, _ in names.matching(call.option("alert"), [*labels, *groups])]


_ALERT = Option(name="alert", description="An open alert", required=True, complete=_open, longest=LONGEST_VALUE)

COMMANDS = (
    SlashCommand(
        path="alerts list",
        description="What is open, how often it was seen, and what is silenced",
        right="look",
        answer=_list,
        example="/alerts list",
    ),
    SlashCommand(
        path="alerts acknowledge",
        description="You have it: nobody is called until it gets worse",
        right="alerts",
        options=(_ALERT,),
        answer=_acknowledge,
    ),
    SlashCommand(
        path="alerts silence",
        description="Count it and do not tell it, for an hour or as long as you say",
        right="alerts",
        options=(
            Option(name="alert", description="An open alert", complete=_open, longest=LONGEST_VALUE),
            Option(name="rule", description="Or all alerts of a rule, such as own-alarm or safeguard:*"),
            Option(name="service", description="Or of a service: a plan, a flag, an alarm; * and ? match anything"),
            Option(
                name="severity",
                description="Or of a severity",
                choices=tuple((name, name) for name in ("critical", "warning", "info")),
            ),
            Option(name="for", description="How long: 30m, 2h, 1d; an hour if left out"),
            Option(name="reason", description="Why, for whoever looks at the silences"),
        ),
        answer=_silence,
        example="/alerts silence rule:own-alarm for:30m",
    ),
    SlashCommand(
        path="alerts wake",
        description="End a silence",
        right="alerts",
        options=(
            Option(
                name="alert", description="What is silenced", required=True, complete=_silent, longest=LONGEST_VALUE
            ),
        ),
        answer=_wake,
    ),
    SlashCommand(
        path="alerts drill",
        description="A made-up alarm goes the whole way, to the second one that must not be told",
        right="alerts",
        answer=_drill,
    ),
)
