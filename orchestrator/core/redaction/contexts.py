"""Secrets that the words around them give away: the rules for addresses, headers, command lines and words."""

from __future__ import annotations

from orchestrator.core.redaction.arguments import ARGUMENTS
from orchestrator.core.redaction.calls import CALLS, MAPPED, TELLING_CALLS
from orchestrator.core.redaction.commands import COMMANDS, OPTIONS
from orchestrator.core.redaction.headers import HEADERS
from orchestrator.core.redaction.look import Look
from orchestrator.core.redaction.markup import MARKUP
from orchestrator.core.redaction.rule import Rule, Span
from orchestrator.core.redaction.urls import URLS
from orchestrator.core.redaction.words import ALIGNED, WORDS

_RULES: tuple[Rule, ...] = URLS + HEADERS + MARKUP + COMMANDS + ARGUMENTS + CALLS + WORDS
_BY_WORD: dict[str, set[int]] = {}
_BY_LITERAL: dict[str, set[int]] = {}
for _number, _rule in enumerate(_RULES):
    for _word in _rule.words:
        _BY_WORD.setdefault(_word, set()).add(_number)
    for _literal in _rule.literals:
        _BY_LITERAL.setdefault(_literal, set()).add(_number)
_WORDS = frozenset(_BY_WORD)
_OF_OTHER_LETTERS = [literal for literal in _BY_LITERAL if not literal.isascii()]
_BY_SIGN: dict[str, list[str]] = {}  # literals by the rarest sign in them: few lines hold it
for _literal in _BY_LITERAL:
    if _literal.isascii():
        _rarest = next((_sign for _sign in "\\%@<*&?[]" if _sign in _literal), "")
        _BY_SIGN.setdefault(_rarest, []).append(_literal)
_BESIDE_A_TELLING_WORD = (("-", OPTIONS), ("(", TELLING_CALLS), ("{", MAPPED), ("....", ALIGNED))


def context_spans(look: Look) -> list[Span]:
    """Where such secrets are. A rule is tried once on a line that holds one of its words or literals."""
    spans: list[Span] = []
    text, small = look.text, look.small
    numbers: set[int] = set()
    for word in look.words & _WORDS:
        numbers |= _BY_WORD[word]
    for sign, literals in _BY_SIGN.items():
        if sign in small:
            for literal in literals:
                if literal in small:
                    numbers |= _BY_LITERAL[literal]
    if not small.isascii():
        for literal in _OF_OTHER_LETTERS:
            if literal in small:
                numbers |= _BY_LITERAL[literal]
    for number in numbers:
        rule = _RULES[number]
        if rule.needs and rule.needs not in small:
            continue
        if look.is_one_line:
            spans += rule.spans(text, 0, len(text))
            continue
        for start, end in look.lines_with((*look.words.intersection(rule.words), *rule.literals)):
            if not rule.needs or small.find(rule.needs, start, end) >= 0:
                spans += rule.spans(text, start, end)
    beside = [(sign, rules) for sign, rules in _BESIDE_A_TELLING_WORD if sign in small]
    for start, end in look.telling_lines if beside else ():
        for sign, rules in beside:
            if small.find(sign, start, end) >= 0:
                for rule in rules:
                    spans += rule.spans(text, start, end)
    return spans
