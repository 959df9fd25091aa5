"""Small building blocks for a table of rules: each makes a rule, a function that yields what is wrong with a
value."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from orchestrator.core.markdown import is_blank, units

Path = tuple[str | int, ...]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that Discord would refuse: where in the body, Discord's name for it, and the words."""

    path: Path
    code: str
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'body'}: {self.message} ({self.code})"


Rule = Callable[[Any, Path], Iterator[Problem]]


def problem(path: Path, code: str, message: str) -> Problem:
    return Problem(path=path, code=code, message=message)


def _bounds(least: int, most: int) -> str:
    return f"{most} or fewer" if not least else f"between {least} and {most}"


def text(most: int, least: int = 0) -> Rule:
    """A string of so many UTF-16 units. With a least length, one of blanks alone is too short: Discord trims
    it."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield problem(path, "STRING_TYPE_CONVERT", "Could not interpret the value as string.")
        elif any("\ud800" <= character <= "\udfff" for character in value):
            yield problem(path, "STRING_TYPE_CONVERT", "Half of a surrogate pair is no character.")
        elif least and is_blank(value):
            yield problem(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif not least <= units(value) <= most:
            message = f"Must be {_bounds(least, most)} in length."
            yield problem(path, "BASE_TYPE_BAD_LENGTH" if least else "BASE_TYPE_MAX_LENGTH", message)

    return check


def whole(least: int, most: int) -> Rule:
    """An integer between the two, both included."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield problem(path, "NUMBER_TYPE_COERCE", "The value is not an integer.")
        elif value < least:
            yield problem(path, "NUMBER_TYPE_MIN", f"The value should be greater than or equal to {least}.")
        elif value > most:
            yield problem(path, "NUMBER_TYPE_MAX", f"The value should be less than or equal to {most}.")

    return check


def number(value: Any, path: Path) -> Iterator[Problem]:
    """An integer or a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield problem(path, "NUMBER_TYPE_COERCE", "The value is not a number.")


def boolean(value: Any, path: Path) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield problem(path, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")


def one_of(*allowed: Any) -> Rule:
    """One of these values, of the same type (true is not 1)."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not any(type(value) is type(other) and value == other for other in allowed):
            yield problem(path, "BASE_TYPE_CHOICES", f"Value must be one of {allowed}.")

    return check


def snowflake(value: Any, path: Path) -> Iterator[Problem]:
    """An id: digits in a string."""
    if not isinstance(value, str) or not re.fullmatch("0|[1-9][0-9]{0,19}", value):
        yield problem(path, "NUMBER_TYPE_COERCE", "Value is not snowflake.")


def timestamp(value: Any, path: Path) -> Iterator[Problem]:
    """A date with a time in ISO 8601."""
    try:
        if not isinstance(value, str) or len(value) < len("2015-01-01T00:00"):
            raise ValueError
        datetime.fromisoformat(value)
    except ValueError:
        yield problem(path, "DATE_TIME_TYPE_PARSE", "Could not parse the value. Should be ISO8601.")


def url(most: int, *schemes: str) -> Rule:
    """An address with one of the schemes (http and https if none is named)."""
    allowed = schemes or ("http", "https")

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, str) or units(value) > most:
            yield problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be {most} or fewer in length.")
            return
        try:
            parts = urlsplit(value)
            well_formed = bool(parts.netloc) and not re.search(r"\s", value)
        except ValueError:
            well_formed = False
        if not well_formed:
            yield problem(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
        elif parts.scheme not in allowed:
            message = f"Scheme {parts.scheme!r} is not supported. Scheme must be one of {allowed}."
            yield problem(path, "URL_TYPE_INVALID_SCHEME", message)

    return check


def items(of: Rule, most: int, least: int = 0) -> Rule:
    """A list of so many elements, each of which keeps the rule."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield problem(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return
        if not least <= len(value) <= most:
            yield problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be {_bounds(least, most)} in length.")
        for index, element in enumerate(value):
            yield from of(element, (*path, index))

    return check


def distinct(rule: Rule) -> Rule:
    """The rule for a list, in which no value may stand twice."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        yield from rule(value, path)
        if isinstance(value, list) and len({repr(element) for element in value}) != len(value):
            yield problem(path, "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")

    return check


def table(required: Mapping[str, Rule] | None = None, optional: Mapping[str, Rule] | None = None) -> Rule:
    """An object with these keys and no other. Optional ones may be null, which is the same as leaving them
    out."""
    needed, possible = required or {}, optional or {}

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield problem(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        for key in needed:
            if value.get(key) is None:
                yield problem((*path, key), "BASE_TYPE_REQUIRED", "This field is required")
        for key, below in value.items():
            rule = needed.get(key) or possible.get(key)
            if rule is None:
                yield problem((*path, str(key)), "UNKNOWN_KEY", "Discord knows no such key here.")
            elif below is not None:
                yield from rule(below, (*path, key))

    return check


def by_type(rules: Mapping[int, Rule]) -> Rule:
    """An object whose integer `type` says which rule it keeps."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield problem(path, "MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
            return
        kind = value.get("type")
        rule = rules.get(kind) if isinstance(kind, int) and not isinstance(kind, bool) else None
        if rule is None:
            message = f'Value of field "type" must be one of {tuple(rules)}.'
            yield problem((*path, "type"), "UNION_TYPE_CHOICES", message)
        else:
            yield from rule(value, path)

    return check


def also(rule: Rule, *others: Rule) -> Rule:
    """The rule, and where it holds the others too: they may rely on the shape."""

    def check(value: Any, path: Path) -> Iterator[Problem]:
        found = list(rule(value, path))
        yield from found
        if not found:
            for other in others:
                yield from other(value, path)

    return check


def error_tree(problems: list[Problem]) -> dict[str, Any]:
    """The problems as Discord nests them under `errors` in an answer with code 50035."""
    tree: dict[str, Any] = {}
    for found in problems:
        node = tree
        for step in found.path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": found.code, "message": found.message})
    return tree
