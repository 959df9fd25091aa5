"""What a rule is, and the tests that the tables of rules share.

A rule has words (or literals) of which one must stand in a line, in small letters, before its pattern is tried there.
The pattern masks its group `secret`; where the form alone is no proof, the rule has a test of what it found. Repeats
are bounded, and no pattern begins inside what it repeats: the time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.values import (
    has_mixed_signs,
    is_plain_word,
    is_prose,
    looks_generated,
    says_nothing,
)

Match = re.Match[str]
Span = tuple[int, int]


class Rule(NamedTuple):
    words: tuple[str, ...]  # whole words of small letters, of three or more
    literals: tuple[str, ...]  # anything, in small letters
    needs: str  # must stand in the line too
    pattern: re.Pattern[str]
    accept: Callable[[Match], bool] | None

    def spans(self, text: str, start: int, end: int) -> list[Span]:
        """Where its secrets are between the two places."""
        if self.pattern.search(text, start, end) is None:  # nearly always
            return []
        return [
            found.span("secret")
            for found in self.pattern.finditer(text, start, end)
            if (secret := found["secret"])
            and not secret.startswith("[redacted")
            and (self.accept is None or self.accept(found))
        ]


def rule(
    words: str, pattern: str, accept: Callable[[Match], bool] | None = None, *, literals: str = "", needs: str = ""
) -> Rule:
    """Words and literals are parted by spaces; in a literal, `␣` stands for a space."""
    parts = tuple(literal.replace("␣", " ") for literal in literals.split())
    return Rule(tuple(words.split()), parts, needs, re.compile(pattern), accept)


def generated(least: int) -> Callable[[Match], bool]:
    return lambda found: looks_generated(found["secret"], least)


def mixed(found: Match) -> bool:
    return has_mixed_signs(found["secret"], 6)


def says_something(found: Match) -> bool:
    return not says_nothing(found["secret"])


def no_plain_word(found: Match) -> bool:
    value = found["secret"]
    return not (says_nothing(value) or is_plain_word(value) or value.isdigit())


_PLACE = re.compile(r"[A-Z][A-Z_]{1,30}[\])]*")  # `--token TOKEN`, as a usage line has it


_OF_TWO = re.compile(r"(?i)^auth$|creds$|credentials?$")


def telling_option(found: Match) -> bool:
    value = found["secret"]
    telling = judge(found["key"])
    if says_nothing(value) or value.startswith("[redacted") or _PLACE.fullmatch(value):
        return False
    if _OF_TWO.search(found["key"]) and ":" in value:  # user and password: another rule keeps the user
        return False
    return telling is Telling.YES or (telling in (Telling.IF_GENERATED, Telling.IF_RANDOM) and looks_generated(value))


def telling_name(found: Match) -> bool:
    telling, value = judge(found["key"].rsplit("/", 1)[-1]), found["secret"]
    if value.isdigit() and len(value) == 3 and telling is Telling.YES:
        return found["key"].lower().endswith(("cvv", "cvc", "pin"))
    if says_nothing(value) or is_prose(value):
        return False
    return telling is Telling.YES or (telling in (Telling.IF_GENERATED, Telling.IF_RANDOM) and looks_generated(value))
