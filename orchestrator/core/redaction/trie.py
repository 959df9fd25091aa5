"""One pattern out of many words."""

from __future__ import annotations

import re
from collections.abc import Iterable


def trie(words: Iterable[str]) -> str:
    """A pattern that matches the longest of the words without looking at any character twice."""
    branches: dict[str, set[str]] = {}
    ends = False
    for word in words:
        if word:
            branches.setdefault(word[0], set()).add(word[1:])
        else:
            ends = True
    if not branches:
        return ""
    pattern = "|".join(re.escape(first) + trie(rest) for first, rest in sorted(branches.items()))
    return f"(?:{pattern}){'?' if ends else ''}" if len(branches) > 1 or ends else pattern
