"""The table of slash commands. A new one is a module with `COMMANDS` and its name here."""

from __future__ import annotations

from typing import Any

from orchestrator.adapters.discord.commands import alerts, debug, flag, rollout, status
from orchestrator.adapters.discord.commands.call import SUBCOMMAND, Call, Option, SlashCommand
from orchestrator.adapters.discord.commands.help import help_command


def _table() -> tuple[SlashCommand, ...]:
    return COMMANDS


COMMANDS: tuple[SlashCommand, ...] = (
    *rollout.COMMANDS,
    *status.COMMANDS,
    *flag.COMMANDS,
    *alerts.COMMANDS,
    *debug.COMMANDS,
    help_command(_table),
)

BY_PATH = {command.path: command for command in COMMANDS}

_GROUPS = {
    "rollout": "Run a staged rollout: start, go on, approve, stop, end",
    "flag": "Look at flags and set them",
    "alerts": "Look at alerts, acknowledge and silence them, and drill them",
}

MANAGE_GUILD = "32"
"""default_member_permissions: who sees the commands before an administrator says otherwise. What anybody may do is
decided by access.yaml alone."""


def definitions() -> list[dict[str, Any]]:
    """What is registered with Discord: each first word once, with its subcommands as options."""
    shown: dict[str, dict[str, Any]] = {}
    for command in COMMANDS:
        first, _, rest = command.path.partition(" ")
        options = [option.definition() for option in command.options]
        if not rest:
            shown[first] = _entry(first, command.description, options)
            continue
        group = shown.setdefault(first, _entry(first, _GROUPS[first], []))
        group["options"].append(
            {"type": SUBCOMMAND, "name": rest, "description": command.description, "options": options}
        )
    return list(shown.values())


def _entry(name: str, description: str, options: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": 1,
        "name": name,
        "description": description,
        "options": options,
        "default_member_permissions": MANAGE_GUILD,
    }


__all__ = ["BY_PATH", "COMMANDS", "Call", "Option", "SlashCommand", "definitions"]
