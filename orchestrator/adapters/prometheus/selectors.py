"""The selectors in a PromQL expression: which metrics it reads, and with which matchers. Read, never written."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import Struct

_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n]*)
      | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`)
      | (?P<number>[0-9][\w.]*)
      | (?P<word>[a-zA-Z_:][\w:]*)
      | (?P<sign>=~|!~|!=|==|.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_WITH_LIST = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan", "start", "end"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Selector(Struct, frozen=True, kw_only=True):
    """`text` as it stands in the expression; matchers are (label, operator, value)."""

    text: str
    name: str
    matchers: tuple[tuple[str, str, str], ...] = ()


class _Token(Struct, frozen=True):
    kind: str
    text: str
    start: int
    end: int


def selectors(expr: str) -> list[Selector]:
    """In the order of the expression, each once. An expression that is not PromQL gives some list or other."""
    tokens = [
        _Token(match.lastgroup or "", match[0], match.start(), match.end())
        for match in _TOKEN.finditer(expr)
        if match.lastgroup != "space"
    ]
    found: dict[Selector, None] = {}
    place = 0
    while place < len(tokens):
        token, following = tokens[place], _text(tokens, place + 1)
        if token.kind == "word" and token.text.lower() in _WITH_LIST:
            place = _after(tokens, place + 1) if following == "(" else place + 1
        elif token.text == "[":
            place = _after(tokens, place)
        elif token.text == "{":
            place = _selector(expr, tokens, place, place, found)
        elif token.kind == "word" and token.text.lower() not in _WORDS and not _is_function(tokens, place):
            place = _selector(expr, tokens, place, place + 1, found)
        else:
            place += 1
    return list(found)


def _text(tokens: Sequence[_Token], place: int) -> str:
    return tokens[place].text if place < len(tokens) else ""


def _is_function(tokens: Sequence[_Token], place: int) -> bool:
    """`rate(`, `sum(`, and `sum by (…) (`."""
    following = _text(tokens, place + 1)
    return following == "(" or (following.lower() in ("by", "without") and _text(tokens, place + 2) == "(")


def _after(tokens: Sequence[_Token], opening: int) -> int:
    """The place after the bracket that closes the one at `opening`."""
    closing = _CLOSING[tokens[opening].text]
    place = opening + 1
    while place < len(tokens) and tokens[place].text != closing:
        place += 1
    return place + 1


def _selector(expr: str, tokens: Sequence[_Token], first: int, braces: int, found: dict[Selector, None]) -> int:
    """Reads the selector whose name, or else brace, is at `first`; the place after it."""
    name = tokens[first].text if braces > first else ""
    after = _after(tokens, braces) if _text(tokens, braces) == "{" else braces
    inside = tokens[braces + 1 : after - 1] if after > braces else []
    matchers = tuple(
        (label.text, operator.text, _unquoted(value.text))
        for label, operator, value in zip(inside, inside[1:], inside[2:], strict=False)
        if label.kind == "word" and operator.text in ("=", "!=", "=~", "!~") and value.kind == "text"
    )
    end = tokens[min(after, len(tokens)) - 1].end
    found[Selector(text=expr[tokens[first].start : end], name=name, matchers=matchers)] = None
    return after


def _unquoted(text: str) -> str:
    return text[1:-1] if text[0] == "`" else re.sub(r"\\(.)", r"\1", text[1:-1])
