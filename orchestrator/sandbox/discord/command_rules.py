"""What Discord accepts as a guild's commands: developers/interactions/application-commands."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

from orchestrator.core.markdown import units
from orchestrator.sandbox.discord.shapes import (
    Path,
    Problem,
    Rule,
    also,
    boolean,
    by_type,
    distinct,
    items,
    number,
    one_of,
    problem,
    snowflake,
    table,
    text,
    whole,
)

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
SUBCOMMAND, GROUP, STRING, INTEGER, CHANNEL, NUMBER = 1, 2, 3, 4, 7, 10
MOST = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
MOST_TEXT = 8000

_INT53 = 2**53 - 1


def _is_name_character(character: str) -> bool:
    script = "\u0900" <= character <= "\u097f" or "\ua8e0" <= character <= "\ua8ff" or "\u0e00" <= character <= "\u0e7f"
    return character in "-_'" or script or unicodedata.category(character)[0] in "LN"


def _name(value: Any, path: Path) -> Iterator[Problem]:
    found = list(text(32, 1)(value, path))
    yield from found
    if not found and not all(map(_is_name_character, value)):
        yield problem(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    elif not found and value != value.lower():
        yield problem(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name must be lower-case")


def _localised(rule: Rule) -> Rule:
    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield problem(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return
        for locale, translation in value.items():
            yield from rule(translation, (*path, locale))

    return check


def _permissions(value: Any, path: Path) -> Iterator[Problem]:
    # The documentation says a string, the OpenAPI document an integer: both are taken.
    if not (isinstance(value, str) and re.fullmatch("[0-9]{1,19}", value)) and (
        isinstance(value, bool) or not isinstance(value, int) or value < 0
    ):
        yield problem(path, "NUMBER_TYPE_COERCE", "Permissions are a whole number, as a string or not.")


_DESCRIPTION = text(100, 1)
_NAMED = {"name": _name, "description": _DESCRIPTION}
_TRANSLATED = {"name_localizations": _localised(_name), "description_localizations": _localised(_DESCRIPTION)}


def _choices(value: Rule) -> Rule:
    choice = table({"name": text(100, 1), "value": value}, {"name_localizations": _localised(text(100, 1))})
    return items(choice, 25)


def _choices_are_alone(value: Any, path: Path) -> Iterator[Problem]:
    choices = value.get("choices") or []
    if choices and value.get("autocomplete"):
        message = "Choices and autocomplete are mutually exclusive"
        yield problem((*path, "autocomplete"), "APPLICATION_COMMAND_OPTIONS_CHOICES_AUTOCOMPLETE", message)
    if len({choice["name"] for choice in choices}) != len(choices):
        message = "Option choice names must be unique"
        yield problem((*path, "choices"), "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", message)
    for low, high in (("min_value", "max_value"), ("min_length", "max_length")):
        if value.get(low) is not None and value.get(high) is not None and value[low] > value[high]:
            yield problem((*path, low), "NUMBER_TYPE_MAX", f"{low} is above {high}.")


def _option(kind: int, **more: Rule) -> Rule:
    needed = {"type": one_of(kind), **_NAMED}
    return also(table(needed, {"required": boolean, **_TRANSLATED, **more}), _choices_are_alone)


_whole = whole(-_INT53, _INT53)
_VALUES: dict[int, Rule] = {
    STRING: _option(
        STRING,
        choices=_choices(text(100, 1)),
        autocomplete=boolean,
        min_length=whole(0, 6000),
        max_length=whole(1, 6000),
    ),
    INTEGER: _option(INTEGER, choices=_choices(_whole), autocomplete=boolean, min_value=_whole, max_value=_whole),
    CHANNEL: _option(CHANNEL, channel_types=distinct(items(whole(0, 16), 17))),
    NUMBER: _option(NUMBER, choices=_choices(number), autocomplete=boolean, min_value=number, max_value=number),
    **{kind: _option(kind) for kind in (5, 6, 8, 9, 11)},
}


def _names_differ(value: Any, path: Path) -> Iterator[Problem]:
    for name, times in Counter(option["name"] for option in value).items():
        if times > 1:
            message = f"Option names must be unique: {name}"
            yield problem(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", message)


def _required_come_first(value: Any, path: Path) -> Iterator[Problem]:
    optional_seen = False
    for index, option in enumerate(value):
        if option.get("required") and optional_seen:
            message = "Required options must be placed before non-required options"
            yield problem((*path, index), "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_seen = optional_seen or not option.get("required")


def _kinds_are_not_mixed(value: Any, path: Path) -> Iterator[Problem]:
    below = [option["type"] in (SUBCOMMAND, GROUP) for option in value]
    if any(below) and not all(below):
        message = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        yield problem(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)


_OPTIONS = also(items(by_type(_VALUES), 25), _names_differ, _required_come_first)
_SUBCOMMAND = table({"type": one_of(SUBCOMMAND), **_NAMED}, {"options": _OPTIONS, **_TRANSLATED})
_GROUP = table(
    {"type": one_of(GROUP), **_NAMED, "options": also(items(_SUBCOMMAND, 25, 1), _names_differ)}, _TRANSLATED
)
_TOP = also(
    items(by_type({**_VALUES, SUBCOMMAND: _SUBCOMMAND, GROUP: _GROUP}), 25),
    _names_differ,
    _kinds_are_not_mixed,
    _required_come_first,
)


def _command_text(node: Any) -> int:
    """The units that count towards a command's limit: names, descriptions and the values of choices."""
    total = sum(units(node[key]) for key in ("name", "description") if isinstance(node.get(key), str))
    total += sum(_command_text(option) for option in node.get("options") or [])
    for choice in node.get("choices") or []:
        total += units(str(choice["name"])) + units(str(choice["value"]))
    return total


def _text_fits(value: Any, path: Path) -> Iterator[Problem]:
    if _command_text(value) > MOST_TEXT:
        message = f"Command exceeds maximum size ({MOST_TEXT})"
        yield problem(path, "APPLICATION_COMMAND_TOO_LARGE", message)


_ANY = {
    "id": snowflake,
    "default_member_permissions": _permissions,
    "nsfw": boolean,
    "name_localizations": _localised(text(32, 1)),
}
_CHAT = also(table(_NAMED, {**_ANY, **_TRANSLATED, "type": one_of(CHAT_INPUT), "options": _TOP}), _text_fits)
_MENU = table({"name": text(32, 1), "type": one_of(USER, MESSAGE)}, {**_ANY, "description": text(0)})


def _command(value: Any, path: Path) -> Iterator[Problem]:
    kind = value.get("type") if isinstance(value, dict) else None
    yield from (_MENU if kind in (USER, MESSAGE) else _CHAT)(value, path)


def _fit_a_guild(value: Any, path: Path) -> Iterator[Problem]:
    kinds = Counter(command.get("type") or CHAT_INPUT for command in value)
    for kind, most in MOST.items():
        if kinds[kind] > most:
            message = f"Maximum number of application commands reached ({most})."
            yield problem(path, "APPLICATION_COMMANDS_MAX", message)
    names = Counter((command.get("type") or CHAT_INPUT, command["name"]) for command in value)
    for (_, name), times in names.items():
        if times > 1:
            message = f"Application command names must be unique: {name}"
            yield problem(path, "APPLICATION_COMMANDS_DUPLICATE_NAME", message)


_GUILD_COMMANDS = also(items(_command, sum(MOST.values())), _fit_a_guild)


def check_commands(commands: Any) -> list[Problem]:
    """Everything Discord would refuse in this list of a guild's commands; empty if it would take it.

    `contexts`, `integration_types` and `dm_permission` are refused: Discord has them for global commands
    only.
    """
    return list(_GUILD_COMMANDS(commands, ()))
