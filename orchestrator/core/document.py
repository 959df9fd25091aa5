"""YAML text as nodes that know their line: the safe, small part of YAML in which plans are written.

Scalars stay as written, so that `off` is the text off and not a boolean. There are no anchors, tags or second
documents, no key stands twice; size, depth and number of values are bounded: any file is cheap to refuse.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from msgspec import Struct

from orchestrator.core.faults import Faults, shown

LARGEST = 256 * 1024
DEEPEST = 20
MOST_VALUES = 10_000
"""A plan of 150 lines has about 700 values."""

# The C parser where PyYAML was built with it: the limits then hold within milliseconds, not seconds.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INDENTED_BY_TAB = re.compile(r"^[ ]*\t", re.MULTILINE)
# What YAML forbids, its rarer line breaks, and marks that make a line read otherwise than it is.
_INVISIBLE = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

_HINTS = {
    "mapping values are not allowed": "put quotes around a text that has a colon, and check the indentation",
    "did not find expected key": "check that the keys of this block stand exactly below each other",
    "did not find expected '-' indicator": "check that the items of this list stand exactly below each other",
    "did not find expected ',' or": "close the bracket, or put quotes around a text with brackets or commas",
    "could not find expected ':'": "write key: value, with a space after the colon",
    "found unexpected end of stream": "close the quotes",
    "that cannot start any token": "put quotes around a text that begins with one of @ ` % * & ! |",
}
_LOOK_HERE = "check indentation, colons and brackets here"


class Scalar(Struct, frozen=True, kw_only=True):
    """A text as written, without its quotes. `plain` says that it had none."""

    text: str
    line: int
    plain: bool = True

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written (`key:`), or YAML's word for nothing."""
        return self.plain and self.text in ("", "~", "null")


class Items(Struct, frozen=True, kw_only=True):
    """A list."""

    items: tuple[Node, ...]
    line: int


class Mapping(Struct, frozen=True, kw_only=True):
    """Keys and values in the order written, each key once."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int


Node = Scalar | Items | Mapping


class _Refused(Exception):
    """The document cannot be read any further; its fault has been added."""


class _Open:
    """A list or mapping whose end has not been read."""

    def __init__(self, line: int, *, is_mapping: bool) -> None:
        self.line = line
        self.is_mapping = is_mapping
        self.items: list[Node] = []
        self.keys: dict[str, Scalar] = {}
        self.key: Scalar | None = None

    def close(self) -> Node:
        if self.is_mapping:
            return Mapping(entries=tuple(zip(self.keys.values(), self.items, strict=True)), line=self.line)
        return Items(items=tuple(self.items), line=self.line)


def read_document(text: bytes, faults: Faults) -> Mapping | None:
    """The mapping that the file is, or None after saying in `faults` why it is none.

    Keys given twice are faults too; there the mapping keeps the first. Raises nothing but TooManyFaults.
    """
    try:
        return _compose(_checked_text(text, faults), faults)
    except _Refused:
        return None


def _refuse(faults: Faults, line: int, wrong: str, right: str) -> _Refused:
    faults.add(line, wrong, right)
    return _Refused()


def _checked_text(text: bytes, faults: Faults) -> str:
    if len(text) > LARGEST:
        size = -(-len(text) // 1024)
        raise _refuse(faults, 1, f"the file has {size} KiB", f"a plan has at most {LARGEST // 1024} KiB")
    try:
        decoded = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(faults, _line_at(text, error.start), "this is not UTF-8", "save the file as UTF-8") from None
    if bad := _INVISIBLE.search(decoded):
        line = decoded.count("\n", 0, bad.start()) + 1
        raise _refuse(faults, line, f"the character U+{ord(bad[0]):04X} cannot be seen", "remove it")
    tabs = list(_INDENTED_BY_TAB.finditer(decoded))
    for tab in tabs:
        faults.add(decoded.count("\n", 0, tab.start()) + 1, "a tab indents this line", "indent with spaces")
    if tabs:
        raise _Refused
    return decoded


def _line_at(text: bytes, position: int) -> int:
    return text.count(b"\n", 0, position) + 1


def _compose(text: str, faults: Faults) -> Mapping:
    """Reads events with a list of what is open instead of recursion: no depth exhausts the stack."""
    last_line = max(1, len(text.splitlines()))
    stack: list[_Open] = []
    root: Node | None = None
    values = documents = 0
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            line = min(event.start_mark.line + 1, last_line) if event.start_mark else 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise _refuse(faults, line, "a second document begins", "one file holds one plan; remove this ---")
            if not isinstance(event, (yaml.NodeEvent, yaml.CollectionEndEvent)):
                continue
            values += 1
            if values > MOST_VALUES:
                raise _refuse(
                    faults,
                    line,
                    f"the file has more than {MOST_VALUES:,} values",
                    "split it into several plans",
                )
            node = _node(event, line, stack, faults)
            if node is not None:
                root = _place(node, stack, faults)
    except yaml.YAMLError as error:
        raise _unreadable(error, last_line, faults) from None
    if not isinstance(root, Mapping):
        line = root.line if root else 1
        what = "a list" if isinstance(root, Items) else "a single text"
        if root is None or (isinstance(root, Scalar) and root.is_empty):
            what = "empty"
        raise _refuse(faults, line, f"the file is {what}", "begin with plan: NAME, or with safeguards:")
    return root


def _node(event: Any, line: int, stack: list[_Open], faults: Faults) -> Node | None:
    """The node that is complete with this event; None when one has only been opened."""
    if isinstance(event, yaml.CollectionEndEvent):
        return stack.pop().close()
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        name = ("*" if isinstance(event, yaml.AliasEvent) else "&") + shown(event.anchor, 30)
        raise _refuse(
            faults,
            line,
            f"anchors and aliases ({name}) are not read",
            "write the value out where it is needed",
        )
    if event.tag is not None:
        raise _refuse(faults, line, f"tags ({shown(event.tag, 40)}) are not read", "write the value without the !")
    if isinstance(event, yaml.ScalarEvent):
        return Scalar(text=event.value, line=line, plain=not event.style)
    if stack and stack[-1].is_mapping and stack[-1].key is None:
        raise _refuse(faults, line, "a list or mapping stands where a key belongs", "keys are plain texts: key: value")
    if len(stack) >= DEEPEST:
        raise _refuse(faults, line, f"this is nested more than {DEEPEST} deep", "a plan needs no more than 8")
    stack.append(_Open(line, is_mapping=isinstance(event, yaml.MappingStartEvent)))
    return None


def _place(node: Node, stack: list[_Open], faults: Faults) -> Node:
    """Puts a complete node where it belongs in what is open; returns it, as it may be the whole document."""
    if not stack:
        return node
    inner = stack[-1]
    if not inner.is_mapping:
        inner.items.append(node)
    elif inner.key is None:
        # Only scalars arrive here: a collection in a key's place has been refused when it was opened.
        assert isinstance(node, Scalar)
        inner.key = node
    else:
        key, inner.key = inner.key, None
        if first := inner.keys.get(key.text):
            faults.add(key.line, f"{shown(key.text)} is given twice, first in line {first.line}", "keep one of them")
        else:
            inner.keys[key.text] = key
            inner.items.append(node)
    return node


def _unreadable(error: yaml.YAMLError, last_line: int, faults: Faults) -> _Refused:
    mark = getattr(error, "problem_mark", None)
    began = getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or "it is no YAML")
    line = min(mark.line + 1, last_line) if mark else 1
    since = f" (begun in line {began.line + 1})" if began and began.line + 1 < line else ""
    right = next((hint for part, hint in _HINTS.items() if part in problem), _LOOK_HERE)
    return _refuse(faults, line, f"the YAML cannot be read{since}: {shown(problem, 80)}", right)
