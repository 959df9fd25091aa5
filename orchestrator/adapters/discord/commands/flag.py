"""`/flag list|get|set|history`: one flag at a time, with or without a rollout."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.discord.commands import names
from orchestrator.adapters.discord.commands.asking import ask, command_for, refusal
from orchestrator.adapters.discord.commands.call import Call, Option, SlashCommand
from orchestrator.adapters.discord.payload import Colour, Embed, message, reply
from orchestrator.app import views
from orchestrator.app.status_text import flag_line
from orchestrator.core.facts import FlagVersion
from orchestrator.core.markdown import escape
from orchestrator.core.wording import said_value


def _list(call: Call) -> dict[str, Any]:
    seen = views.flags(call.outside)
    lines = [flag_line(flag) + (f" · {flag.owner}" if flag.owner else "") for flag in seen]
    return _card(call, "flags", lines or ["There is no parameter under this environment's flag prefix yet."])


def _get(call: Call) -> dict[str, Any]:
    seen = views.flag(call.outside, call.option("flag"))
    if isinstance(seen, str):
        return refusal(call, seen)
    lines = [flag_line(seen), f"SSM version {seen.live.version if seen.live else 0}"]
    if seen.live is not None and seen.live.value.lstrip().startswith("{"):
        lines.append("The parameter holds a flagd definition: applications evaluate it for each subject.")
    if seen.spec is not None:
        lines.append(f"Safe is **{seen.spec.safe}**; it takes {', '.join(seen.spec.ladder)}.")
    else:
        lines.append("Nobody has declared what is safe for it; plans/safeguards.yaml is the place.")
    lines.append(f"Locked by {seen.owner} until that rollout ends." if seen.owner else "Free: no rollout owns it.")
    return _card(call, seen.name, lines)


def _set(call: Call) -> dict[str, Any]:
    args = {"value": call.option("value")}
    return ask(call, command_for(call, "set_flag", call.option("flag"), reason=call.option("reason"), args=args))


def _history(call: Call) -> dict[str, Any]:
    seen = views.flag(call.outside, call.option("flag"))
    if isinstance(seen, str):
        return refusal(call, seen)
    return _card(
        call, f"{seen.name}, newest first", [_entry(entry) for entry in views.history(call.outside, seen.name)]
    )


def _entry(entry: FlagVersion) -> str:
    if entry.mark is None:
        who = f"by hand ({escape(entry.user, one_line=True)})" if entry.user not in ("", "N/A") else "by hand"
    else:
        why = f": {escape(entry.mark.why, one_line=True)}" if entry.mark.why else ""
        who = f"by {escape(entry.mark.by, one_line=True)}{why}"
    at = entry.mark.at if entry.mark else entry.at
    return f"- **{said_value(entry.value)}** <t:{at}:R> {who} (version {entry.version})"


def _card(call: Call, title: str, lines: list[str]) -> dict[str, Any]:
    embed = Embed(description="\n".join(lines), colour=Colour.PROGRESS, at=call.outside.clock.now())
    return reply(message(f"**{call.outside.environment} · {escape(title)}**", [embed], ephemeral=True))


_FLAG = Option(name="flag", description="A flag of this environment", required=True, complete=names.flag_names)

COMMANDS = (
    SlashCommand(path="flag list", description="Every flag, as SSM holds it", right="look", answer=_list),
    SlashCommand(
        path="flag get",
        description="One flag: value, safe value, who owns it",
        right="look",
        options=(_FLAG,),
        answer=_get,
    ),
    SlashCommand(
        path="flag set",
        description="Set one flag that no rollout owns, or take any flag towards safe",
        right="flag set",
        options=(
            _FLAG,
            Option(
                name="value", description="true, false, or a step of its ladder", required=True, complete=names.values
            ),
            Option(name="reason", description="Why; needed unless the flag goes to its safe value"),
        ),
        answer=_set,
        example="/flag set flag:PORTAL_PRISMA value:false",
    ),
    SlashCommand(
        path="flag history",
        description="Who set a flag to what, and when",
        right="look",
        options=(_FLAG,),
        answer=_history,
    ),
)
