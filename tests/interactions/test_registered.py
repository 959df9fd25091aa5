"""The commands as they are registered: what Discord would take, few, and with a right that the access file knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.discord.commands import BY_PATH, COMMANDS, definitions
from orchestrator.core.access import RIGHTS
from orchestrator.sandbox.discord import check_commands

MOST_TEXT = 8000

PAGE = (Path(__file__).parents[2] / "docs" / "discord.md").read_text(encoding="utf-8")


def text_of(value: Any) -> int:
    """Names, descriptions and values, as Discord counts them."""
    if isinstance(value, list):
        return sum(map(text_of, value))
    if not isinstance(value, dict):
        return 0
    own = sum(len(str(value[key])) for key in ("name", "description", "value") if key in value)
    return own + sum(text_of(value[key]) for key in ("options", "choices") if key in value)


def test_discord_would_take_them() -> None:
    assert check_commands(definitions()) == []


def test_there_are_at_most_seven() -> None:
    names = [entry["name"] for entry in definitions()]
    assert len(names) == len(set(names)) <= 7
    assert {"rollout", "rollout-status", "rollback", "flag", "debug-last", "help"} <= set(names)


@pytest.mark.parametrize("entry", definitions(), ids=lambda entry: entry["name"])
def test_each_is_short_enough(entry: dict[str, Any]) -> None:
    assert text_of(entry) < MOST_TEXT
    assert entry["default_member_permissions"] not in (None, "")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_each_takes_a_right_and_says_what_it_does(command: Any) -> None:
    assert command.right in RIGHTS
    assert BY_PATH[command.path] is command
    assert command.description
    assert not any(option.choices and option.complete for option in command.options)
    required = [option.required for option in command.options]
    assert required == sorted(required, reverse=True)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.path)
def test_each_is_documented_with_its_options(command: Any) -> None:
    """Options that may be left out stand in brackets."""
    row = next((line for line in PAGE.splitlines() if line.startswith(f"| `/{command.path}` |")), "")
    options = row.split("|")[2].split() if row else []
    assert row, f"docs/discord.md says nothing of /{command.path}"
    required = [f"`{option.name}`" if option.required else f"(`{option.name}`)" for option in command.options]
    assert options == required


def test_registering_them_twice_is_the_same() -> None:
    assert definitions() == definitions()
