"""Anything at all, as plain data that JSON can hold: finite, bounded, without cycles and without secrets."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from orchestrator.core.redaction import MASK, failures, redact, redact_event

DEEPEST = 12
MOST_ITEMS = 500
LONGEST_TEXT = 64 * 1024
LONGEST_LINE = 256 * 1024
_LONGEST_READ = 256 * 1024
_CUT_EDGE = 4096
_ALWAYS = ("level", "timestamp", "service", "environment", "trace_id", "correlation_id", "message")
"""What a line says at least: without the ids nobody finds it."""
# Line ends to some readers, though not to JSON.
_LINE_ENDS = {0x7F: "\\u007f", 0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def safe_text(value: object, longest: int = LONGEST_TEXT) -> str:
    """The text of any object without its secrets, at most `longest` characters. An object that cannot say
    what it is is named by its type. Redacted before it is cut, so that no cut runs through a secret."""
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception:
        return f"<{type(value).__name__} that cannot be printed>"
    size = len(text)
    text = redact(text) if size <= _LONGEST_READ else redact(text[:_LONGEST_READ])[:-_CUT_EDGE]
    if len(text) > longest or size > _LONGEST_READ:
        text = f"{text[:longest]}… ({size} characters)"
    return text


def safe_fields(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """The fields as plain data, redacted, keys as texts. Where that fails for a field, its value is `[redacted]`, its
    name stays, and the failure counts as one of the redactor's."""
    out: dict[str, Any] = {}
    for number, (key, value) in enumerate(fields.items()):
        try:
            name = _safe_key(key)
        except Exception:
            name = f"field {number}"
        out[name] = _plain_or_masked(value, DEEPEST, frozenset())
    return redact_event(out)


def _plain_or_masked(value: Any, depth: int, above: frozenset[int]) -> Any:
    """What fails costs itself alone, and none of what stands beside it."""
    try:
        return _plain(value, depth, above)
    except Exception:
        failures.add()
        return MASK


def _safe_key(key: object) -> str:
    return _safe_name(key) if type(key) is str and len(key) <= 200 else safe_text(key, 200)


@lru_cache(maxsize=1024)
def _safe_name(key: str) -> str:
    return redact(key)


def json_line(fields: Mapping[str, Any]) -> str:
    """One line of JSON of at most 256 KiB, whatever the fields. Where they are too much, the longest are cut."""
    line = _dumps(fields)
    for longest in (8192, 1024, 200):
        if len(line) <= LONGEST_LINE // 4 or len(line.encode("utf-8", "replace")) <= LONGEST_LINE:
            return line
        fields = {key: _shortened(value, longest) for key, value in fields.items()} | {"truncated": True}
        line = _dumps(fields)
    if len(line.encode("utf-8", "replace")) <= LONGEST_LINE:
        return line
    kept = {key: str(fields[key])[:1000] for key in _ALWAYS if key in fields}
    return _dumps(kept | {"truncated": True})


def _dumps(fields: Mapping[str, Any]) -> str:
    line = json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=safe_text)
    if line.isascii():
        return line.replace("\x7f", "\\u007f")
    return line.encode("utf-8", "replace").decode("utf-8").translate(_LINE_ENDS)


def _shortened(value: Any, longest: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= longest else f"{value[:longest]}… ({len(value)} characters)"
    if isinstance(value, (dict, list)):
        text = _dumps({"": value})
        return value if len(text) <= longest else f"{text[4:longest]}… (cut)"
    return value


def _plain(value: Any, depth: int, above: frozenset[int]) -> Any:
    kind = type(value)
    if kind is str:
        return value if len(value) <= LONGEST_TEXT else safe_text(value)
    if value is None or kind is bool:
        return value
    if isinstance(value, int):
        return int(value) if value.bit_length() <= 128 else f"<a number of {value.bit_length()} bits>"
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else repr(float(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        # Twice what is read of a text: what is cut off here is far behind what is shown.
        return _plain(bytes(value[: 2 * _LONGEST_READ]).decode("utf-8", "replace"), depth, above)
    if isinstance(value, BaseException):
        return f"{kind.__name__}: {safe_text(value)}"
    if isinstance(value, Struct):
        value = {name: getattr(value, name) for name in value.__struct_fields__}
    if not isinstance(value, (Mapping, list, tuple, set, frozenset)):
        return safe_text(value)
    if id(value) in above:
        return "<the same again>"
    if depth <= 0:
        return "<too deep>"
    above = above | {id(value)}
    if isinstance(value, Mapping):
        pairs = list(value.items())
        plain = {_safe_key(key): _plain_or_masked(item, depth - 1, above) for key, item in pairs[:MOST_ITEMS]}
        return plain if len(pairs) <= MOST_ITEMS else plain | {"…": f"{len(pairs) - MOST_ITEMS} more"}
    items = [_plain_or_masked(item, depth - 1, above) for item in list(value)[:MOST_ITEMS]]
    return items if len(value) <= MOST_ITEMS else [*items, f"… {len(value) - MOST_ITEMS} more"]
