"""Secrets out of nested data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.core.redaction.failures import failures
from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.mask import MASK
from orchestrator.core.redaction.text import redact
from orchestrator.core.redaction.values import is_quantity, is_uuid, looks_generated, says_nothing

DEEPEST = 64
"""Levels of nesting that are looked into; what lies deeper is masked."""

FLAGS = "flagState"
"""The field in which every line of ours says how the flags of its rollout read."""
_LONGEST_COMMAND = 1000
_SPACE = re.compile(r"\s")
_OPTION = re.compile(r"--?[A-Za-z]")
_HARMLESS = frozenset(["", "true", "false", "null", "none"])
_NAMES = ("name", "key", "header", "field", "parameterkey", "option")
_VALUES = ("value", "val", "parametervalue", "content")


def redact_event(event: dict[Any, Any]) -> dict[Any, Any]:
    """The event without its secrets: keys, order, nesting and types are kept, strings and bytes are redacted.

    Under a telling key every string goes, in lists and mappings below it too. Numbers, booleans and None
    stay, except that a number of four digits or more under a key like `password` becomes 0. A list with
    options in it is read as the command it is. Below `flagState` are readings of flags: the name of a flag
    says nothing about them, and only what looks generated goes. The event itself is not changed. Where the
    redactor fails on a field, the field's value is `[redacted]`. Never raises.
    """
    return _mapping(event, Telling.NO, DEEPEST)


def _mapping(event: Mapping[Any, Any], telling: Telling, depth: int) -> dict[Any, Any]:
    out: dict[Any, Any] = {}
    named = _named(event)
    for key, value in event.items():
        try:
            if key == FLAGS and isinstance(value, Mapping):
                out[key] = _readings(value, depth - 1)
                continue
            below = max(telling, judge(_text(key))) if isinstance(key, (str, bytes)) else telling
            if named is not Telling.NO and isinstance(key, str) and key.lower() in _VALUES:
                below = max(below, named)
            out[key] = _value(value, below, depth - 1)
        except Exception:
            failures.add()
            out[key] = MASK
    return out


def _readings(flags: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
    """`{"API_KEY_V2": "25%"}`: of a flag of this name that is at 25 %."""
    return {
        flag: _value(reading, min(judge(flag), Telling.IF_GENERATED) if isinstance(flag, str) else Telling.NO, depth)
        for flag, reading in flags.items()
    }


def _named(event: Mapping[Any, Any]) -> Telling:
    """`{"name": "DB_PASSWORD", "value": …}`: how much the name tells about the value beside it."""
    if len(event) > 8:
        return Telling.NO
    told = [
        judge(name)
        for key, name in event.items()
        if isinstance(name, str) and isinstance(key, str) and key.lower() in _NAMES
    ]
    return max(told, default=Telling.NO)


def _value(value: Any, telling: Telling, depth: int) -> Any:
    if isinstance(value, str):
        return _string(value, telling)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return 0 if telling is Telling.YES and type(value) is int and abs(value) >= 1000 else value
    if isinstance(value, float):
        return value
    if depth <= 0:
        return MASK
    if isinstance(value, (bytes, bytearray)):
        text = bytes(value).decode("utf-8", "surrogateescape")
        return type(value)(_string(text, telling).encode("utf-8", "surrogateescape"))
    if isinstance(value, Mapping):
        return _mapping(value, telling, depth)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        pairs = zip(value._fields, value, strict=True)
        return type(value)(*(_value(item, max(telling, judge(name)), depth - 1) for name, item in pairs))
    if isinstance(value, (list, tuple, set, frozenset)):
        if _is_header(value):
            name, content = value
            return type(value)((name, _value(content, max(telling, judge(_text(name))), depth - 1)))
        items = _command(value) if telling is Telling.NO and isinstance(value, (list, tuple)) else value
        return type(value)(_value(item, telling, depth - 1) for item in items)
    return value


def _command(words: Sequence[Any]) -> Sequence[Any]:
    """`["mysql", "-u", "root", "-p", "…"]`, redacted as the line it would be in a shell, word by word. What is no
    command comes back as it is."""
    if len(words) > _LONGEST_COMMAND or not all(isinstance(word, str) for word in words):
        return words
    if not any(_OPTION.match(word) for word in words):
        return words
    whole = [_SPACE.sub("␣", word) or "␣" for word in words]
    safe = redact(" ".join(whole)).split(" ")
    if len(safe) != len(words):
        return words
    return [
        word if after == before else after.replace("␣", " ")
        for word, before, after in zip(words, whole, safe, strict=True)
    ]


def _is_header(value: Any) -> bool:
    """A pair of name and value, as frameworks hand over headers."""
    return (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and all(isinstance(part, (str, bytes)) for part in value)
        and judge(_text(value[0])) is not Telling.NO
    )


def _text(part: str | bytes) -> str:
    return part if isinstance(part, str) else part.decode("utf-8", "replace")


def _string(value: str, telling: Telling) -> str:
    if telling is Telling.YES:
        return value if value.lower() in _HARMLESS else MASK
    if telling is Telling.IF_WORDY:
        return value if value.lower() in _HARMLESS or is_quantity(value) else MASK
    if telling is Telling.IF_RANDOM and is_uuid(value):
        return value
    if telling in (Telling.IF_GENERATED, Telling.IF_RANDOM) and not says_nothing(value) and looks_generated(value):
        return MASK
    return redact(value)
