"""Logs Insights in the text of a plan: what selects the lines. How they are counted is added when it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.core.document import Node
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.reader import NameRule, Reader

LONGEST_QUERY = 2000
MOST_GROUPS = 20

EXAMPLE = "'filter level = \"ERROR\"'"
_SELECTING = ("filter", "parse", "fields")
_COUNTING = ("stats", "limit", "sort", "display", "dedup", "head", "tail", "pattern", "diff")
# Quoted texts, and regular expressions where they can stand: after like, =~, and the field of a parse.
_OPAQUE = re.compile(
    r"""(?is)(\blike|=~|\bparse\s+[@\w.]+)\s*/(?:[^/\\]|\\.)*/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`"""
)

GROUP = NameRule(
    what="a log group",
    pattern=r"[A-Za-z0-9_./#-]{1,512}",
    right="write its name, as in /aws/lambda/shop",
)
FIELD = NameRule(
    what="a field of the logs",
    pattern=r"@?[A-Za-z_][A-Za-z0-9_.]{0,127}",
    right="use letters, digits, _ and ., as in errorType",
)


def read_filter(reader: Reader, node: Node, what: str) -> str | None:
    """Commands that select lines: `filter …`, `parse …`, `fields …`, one after the other with |."""
    scalar = reader.scalar(node, what, EXAMPLE)
    if scalar is None:
        return None
    text = scalar.text.strip()
    if len(text) > LONGEST_QUERY:
        reader.fault(node.line, f"{what} has {len(text):,} characters", f"at most {LONGEST_QUERY:,} are read")
        return None
    bare = _OPAQUE.sub(r"\1 _", text)
    if any(quote in bare for quote in "\"'`"):
        reader.fault(node.line, f"{what} has a quote that is not closed", "close it")
        return None
    if "#" in bare or "//" in bare:
        # What is added to the query would become a part of the comment.
        reader.fault(node.line, f"{what} has a comment", "leave it out, and write it behind # in the plan")
        return None
    for wrong, right in _wrong_commands(bare):
        reader.fault(node.line, wrong, right)
        return None
    return text


def _wrong_commands(bare: str) -> Iterator[tuple[str, str]]:
    for command in bare.split("|"):
        words = command.split()
        word = words[0].lower() if words else ""
        if word in _SELECTING:
            continue
        if word in _COUNTING:
            yield f"{word} in a logs query", "leave it out: the lines are counted by the minute"
        elif near := did_you_mean(word, _SELECTING):
            yield f"unknown command {shown(word)} in a logs query", f"did you mean {near}?"
        else:
            yield f"{shown(' '.join(words), 40) or 'nothing'} is no command of a logs query", f"write {EXAMPLE}"


def read_groups(reader: Reader, node: Node) -> tuple[str, ...] | None:
    """The log groups by name."""
    return reader.listed(node, GROUP, "groups", "[/aws/lambda/shop]", most=MOST_GROUPS)
