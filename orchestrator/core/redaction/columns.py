"""Values under a telling column: rows of CSV below their header, and what SQL inserts.

name,password        INSERT INTO users (name, password) VALUES ('bob', '…')
bob,…                Key (name, token)=(bob, …) already exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.look import Look
from orchestrator.core.redaction.rule import Span
from orchestrator.core.redaction.values import has_mixed_signs, is_masked, looks_generated, says_nothing

_MARKS = ("into ", ")=(", "duplicate entry")
_MOST_ROWS = 50
_LONGEST_HEADER = 1000
_LONGEST_ROW = 4000
_NAME = r"[\"']?[A-Za-z][\w .\-]{0,40}[\"']?"
_HEADER = re.compile(rf"{_NAME}(?P<sep>[,;\t]){_NAME}(?:(?P=sep){_NAME}){{0,30}}\r?")
_CELL = re.compile(r"(?P<q>[\"']?)(?P<value>[^\"',;\t\r\n]{0,512})(?P=q)(?:[,;\t]|\r?$)")
_INSERT = re.compile(
    r"(?i)\binto[ ][\w.\"`\[\]]{1,80}[ ]?\((?P<names>[^()\n]{1,1000})\)"
    r"[ ]{0,2}values[ ]{0,2}\((?P<values>[^\n]{1,4000})"
)
_KEY_IN_USE = re.compile(r"\((?P<names>[\w.\", ]{1,400})\)=\((?P<values>[^()\n]{1,2000})\)")  # PostgreSQL
_DUPLICATE = re.compile(r"[Dd]uplicate entry '(?P<secret>[^'\n]{1,512})' for key '(?P<key>[\w.\-]{1,100})'")  # MySQL
_OF_AN_INDEX = re.compile(r"(?i)(?:[_.\-](?:unique|uniq|uk|uq|key|idx|index))+$")
_VALUE = re.compile(r"N?'(?P<text>(?:[^'\n]|''){0,1000})'|[^',()\s][^',()\n]*|\([^()\n]{0,200}\)")


def column_spans(look: Look) -> list[Span]:
    """Where such values are. Up to fifty rows below a header are looked at, if they come in the same piece of text."""
    spans: list[Span] = []
    text, small = look.text, look.small
    if look.is_one_line and not any(mark in small for mark in _MARKS):  # nearly always
        return spans
    read = 0
    for start, end in look.telling_lines:
        if small.find("into ", start, end) >= 0:
            for found in _INSERT.finditer(text, start, end):
                spans += _inserted(text, found)
        if small.find(")=(", start, end) >= 0:
            for found in _KEY_IN_USE.finditer(text, start, end):
                spans += _in_use(found)
        if small.find("duplicate entry", start, end) >= 0:
            for found in _DUPLICATE.finditer(text, start, end):
                if _is_secret(found["secret"], _judged(_OF_AN_INDEX.sub("", found["key"]))):
                    spans.append(found.span("secret"))
        if not read <= start < end < min(len(text), start + _LONGEST_HEADER):
            continue
        header = _HEADER.fullmatch(text, start, end)
        if header is not None:
            names = [_judged(name) for name in header[0].split(header["sep"])]
            read = _rows_below(text, end + 1, names, spans)
    return spans


def _inserted(text: str, found: re.Match[str]) -> Iterator[Span]:
    names = [_judged(name) for name in found["names"].split(",")]
    values = _VALUE.finditer(text, found.start("values"), found.end("values"))
    for telling, value in zip(names, values, strict=False):
        secret = value["text"]
        if telling is Telling.YES and secret and not (says_nothing(secret) or is_masked(secret)):
            yield value.span("text")


def _in_use(found: re.Match[str]) -> Iterator[Span]:
    names = [_judged(name) for name in found["names"].split(",")]
    values = found["values"].split(", ") if len(names) > 1 else [found["values"]]
    start = found.start("values")
    for telling, value in zip(names, values, strict=False):
        if telling is not Telling.NO and _is_secret(value, telling):
            yield start, start + len(value)
        start += len(value) + 2


def _rows_below(text: str, read: int, names: list[Telling], spans: list[Span]) -> int:
    """Adds what is found in the rows; returns up to where it read."""
    telling = [number for number, name in enumerate(names) if name is not Telling.NO]
    for _ in range(_MOST_ROWS if telling else 0):
        end = text.find("\n", read)
        end = len(text) if end < 0 else end
        cells = list(_CELL.finditer(text, read, min(end, read + _LONGEST_ROW)))[: len(names) + 1]
        if end <= read or len(cells) < len(names):
            break
        spans += [
            cells[number].span("value")
            for number in telling
            if _is_secret(cells[number]["value"].strip(), names[number])
        ]
        read = min(end + 1, len(text))
    return read


def _judged(name: str) -> Telling:
    bare = name.strip(" \"'`[]")
    return judge(bare) if bare else Telling.NO


def _is_secret(value: str, telling: Telling) -> bool:
    if says_nothing(value) or is_masked(value):
        return False
    return looks_generated(value) or (telling is Telling.YES and has_mixed_signs(value, 6))
