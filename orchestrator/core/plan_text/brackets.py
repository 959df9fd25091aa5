"""Brackets and quotes of a query in somebody else's language: enough to see a slip of the hand in it."""

from __future__ import annotations

import re

_STRING = re.compile(r"""(?s)"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`""")
_CLOSES = {")": "(", "]": "[", "}": "{"}


def without_strings(text: str) -> str | None:
    """The text with every quoted string emptied; None where a quote is left open."""
    rest = _STRING.sub('""', text)
    return None if any(quote in rest.replace('""', "") for quote in "\"'`") else rest


def is_balanced(text: str) -> bool:
    """Whether every bracket is closed by its own kind, in order."""
    opened: list[str] = []
    for char in text:
        if char in "([{":
            opened.append(char)
        elif char in _CLOSES and (not opened or opened.pop() != _CLOSES[char]):
            return False
    return not opened
