"""What a slash command is: how Discord shows it, who may use it, what it answers, and what it completes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from orchestrator.adapters.discord.interactions.request import Interaction
from orchestrator.core.access import AccessPolicy
from orchestrator.core.actors import Actor
from orchestrator.ports import Outside

SUBCOMMAND, STRING = 1, 3


class Call(Struct, frozen=True, kw_only=True):
    """One authorised use of a command."""

    interaction: Interaction
    actor: Actor
    outside: Outside
    access: AccessPolicy
    trace_id: str

    def option(self, name: str) -> str:
        return self.interaction.options.get(name, "")


Pairs = list[tuple[str, str]]


LONGEST_NAME = 200
"""Characters: of flags, plans and traces none has more than 128, and DynamoDB's sort keys end at 1024 bytes."""


class Option(Struct, frozen=True, kw_only=True):
    """One that completes names a thing: it is cut to its `longest`."""

    name: str
    description: str
    required: bool = False
    complete: Callable[[Call], Pairs] | None = None
    longest: int = LONGEST_NAME
    choices: tuple[tuple[str, str], ...] = ()

    def definition(self) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "type": STRING,
            "name": self.name,
            "description": self.description,
            "required": self.required,
        }
        if self.complete is not None:
            shown["autocomplete"] = True
        if self.choices:
            shown["choices"] = [{"name": name, "value": value} for name, value in self.choices]
        return shown


class SlashCommand(Struct, frozen=True, kw_only=True):
    """`path` is what people type (`rollout start`); `right` is what access.yaml grants; `answer` gives a response."""

    path: str
    description: str
    right: str
    answer: Callable[[Call], dict[str, Any]]
    options: tuple[Option, ...] = ()
    example: str = ""

    def option(self, name: str) -> Option | None:
        return next((option for option in self.options if option.name == name), None)
