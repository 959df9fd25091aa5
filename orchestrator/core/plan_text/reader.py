"""What every part of a plan is read with: keys, names, texts and durations, each fault at its line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from orchestrator.core.document import Items, Node, Scalar
from orchestrator.core.document import Mapping as Entries
from orchestrator.core.durations import parse_duration
from orchestrator.core.faults import Faults, shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.signals import MINUTE


class Form(Struct, frozen=True, kw_only=True):
    """What one part of a plan may hold.

    `later` are keys that are not supported yet, with what to write today; `instead` are words that people
    try, with what is meant.
    """

    what: str
    keys: tuple[str, ...]
    later: Mapping[str, str] = {}
    instead: Mapping[str, str] = {}
    example: str = ""


class Found(dict[str, Node]):
    """The known keys of a mapping with their values, and what can be said of those that are not there."""

    def __init__(self) -> None:
        super().__init__()
        self.meant: set[str] = set()
        self.refused = False

    def lacks(self, key: str) -> bool:
        """Whether the key is absent, and not because it was misspelt: that has been said."""
        return key not in self and key not in self.meant


class NameRule(Struct, frozen=True, kw_only=True):
    what: str
    pattern: str
    right: str


FLAG_NAME = NameRule(
    what="a flag's name",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    right="use capitals, digits and _ (at most 64), as in PORTAL_PRISMA",
)
SIGNAL_NAME = NameRule(
    what="a signal's name",
    pattern=r"[A-Za-z][A-Za-z0-9_.-]{0,63}",
    right="use letters, digits and _ (at most 64), as in api_5xx",
)
KEY = NameRule(
    what="a key",
    pattern=r"[a-z0-9][a-z0-9-]{0,63}",
    right="use small letters, digits and - (at most 64), as in admin-reads",
)
VALUE = NameRule(
    what="a flag's value",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    right="use letters, digits, _ and - (at most 64), as in warn",
)


LONGEST_LOOK = 14 * 86_400
"""Seconds: no gate looks back further."""

_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")
_WHOLE_NUMBER = re.compile(r"[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?(?:[eE]-?[0-9]{1,2})?", re.ASCII)


def exact(number: Decimal) -> str:
    """The decimal text of a number, without an exponent or needless zeros."""
    return format(number.normalize(), "f") if number else "0"


class Reader:
    """Reads nodes into plain values. What cannot be read is None, and its fault has been added."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults

    def fault(self, line: int, wrong: str, right: str) -> None:
        self.faults.add(line, wrong, right)

    def form(self, node: Node, form: Form) -> Found | None:
        """The known keys of a mapping; every other key is a fault."""
        if not isinstance(node, Entries):
            example = form.example or ", ".join(form.keys)
            self.fault(node.line, f"{form.what} is {_described(node)}", f"write {example}")
            return None
        found = Found()
        for key, value in node.entries:
            if key.text in form.keys:
                found[key.text] = value
            else:
                found.refused = True
                self._unknown_key(key, form, found)
        return found

    def entries(self, node: Node, form: Form) -> Found:
        """As `form`; of what is no mapping at all nothing is lacking, since that has been said."""
        found = self.form(node, form)
        if found is None:
            found = Found()
            found.meant.update(form.keys)
            found.refused = True
        return found

    def _unknown_key(self, key: Scalar, form: Form, found: Found) -> None:
        name = shown(key.text)
        if key.text in form.later:
            self.fault(key.line, f"{name} in {form.what} is not supported yet", form.later[key.text])
            return
        if meant := form.instead.get(key.text):
            found.meant.add(meant.partition(":")[0])
            right = f"write {meant}"
        elif near := did_you_mean(key.text, form.keys):
            found.meant.add(near)
            right = f"did you mean {near}?"
        else:
            right = f"{form.what} takes {', '.join(form.keys)}"
        self.fault(key.line, f"unknown key {name} in {form.what}", right)

    def names(self, node: Node, rule: NameRule, what: str, example: str, *, most: int) -> Iterator[tuple[Scalar, Node]]:
        """The entries of a mapping from names to something, those whose name follows the rule."""
        if not isinstance(node, Entries):
            self.fault(node.line, f"{what} is {_described(node)}", f"write {example}")
            return
        if not node.entries:
            self.fault(node.line, f"{what} is empty", f"write {example}")
        if len(node.entries) > most:
            self.fault(node.line, f"{what} has {len(node.entries)} entries", f"at most {most} are read")
        for key, value in node.entries[:most]:
            if self.follows(key, rule):
                yield key, value

    def follows(self, name: Scalar, rule: NameRule) -> bool:
        if re.fullmatch(rule.pattern, name.text, re.ASCII):
            return True
        self.fault(name.line, f"{shown(name.text) or 'nothing'} is not {rule.what}", rule.right)
        return False

    def items(self, node: Node, what: str, example: str, *, most: int) -> tuple[Node, ...]:
        if not isinstance(node, Items):
            self.fault(node.line, f"{what} is {_described(node)}", f"write a list: {example}")
            return ()
        if not node.items:
            self.fault(node.line, f"{what} is an empty list", f"write {example}")
        if len(node.items) > most:
            self.fault(node.line, f"{what} has {len(node.items)} items", f"at most {most} are read")
        return node.items[:most]

    def scalar(self, node: Node, what: str, example: str) -> Scalar | None:
        if isinstance(node, Scalar) and node.text.strip() and not node.is_empty:
            return node
        self.fault(node.line, f"{what} is {_described(node)}", f"write {example}")
        return None

    def text(self, node: Node, what: str, example: str, *, longest: int = 200) -> str | None:
        """One line of prose; YAML's line breaks become spaces."""
        scalar = self.scalar(node, what, example)
        if scalar is None:
            return None
        line = " ".join(scalar.text.split())
        if len(line) > longest:
            self.fault(node.line, f"{what} has {len(line)} characters", f"at most {longest} are read")
            return None
        return line

    def name(self, node: Node, rule: NameRule, example: str) -> str | None:
        scalar = self.scalar(node, rule.what, example)
        return scalar.text if scalar and self.follows(scalar, rule) else None

    def duration(self, node: Node, what: str, example: str) -> int | None:
        """Whole seconds."""
        scalar = self.scalar(node, what, example)
        if scalar is None:
            return None
        try:
            return parse_duration(scalar.text.strip() if len(scalar.text) <= 60 else shown(scalar.text))
        except ValueError as error:
            wrong, _, right = str(error).partition("; ")
            self.fault(node.line, f"{what}: {wrong}", right)
            return None

    def minutes(self, node: Node, what: str, example: str, *, longest: int, said: str) -> int | None:
        """Seconds, a whole number of minutes up to `longest`, which `said` puts into words."""
        seconds = self.duration(node, what, example)
        if seconds is None:
            return None
        if not MINUTE <= seconds <= longest:
            self.fault(node.line, f"{what} is out of range", f"it lies between 1m and {said}")
            return None
        if seconds % MINUTE:
            self.fault(node.line, f"{what} ends within a minute", f"write whole minutes, as in {example}")
            return None
        return seconds

    def whole(self, node: Node, what: str, example: str, *, least: int, most: int) -> int | None:
        """A whole number in this range."""
        scalar = self.scalar(node, what, example)
        if scalar is None:
            return None
        text = scalar.text.strip()
        if not _WHOLE_NUMBER.fullmatch(text):
            self.fault(node.line, f"{what} is {shown(text)}", f"write a whole number, as in {example}")
            return None
        if not least <= int(text) <= most:
            self.fault(node.line, f"{what} is {text}", f"it lies between {least} and {most:,}")
            return None
        return int(text)

    def number(self, node: Node, what: str, example: str) -> Decimal | None:
        scalar = self.scalar(node, what, example)
        if scalar is None:
            return None
        text = scalar.text.strip()
        if not _NUMBER.fullmatch(text):
            self.fault(node.line, f"{what} is {shown(text)}", f"write a number, as in {example}")
            return None
        return Decimal(text)

    def truth(self, node: Node, what: str) -> bool | None:
        scalar = self.scalar(node, what, "true or false")
        if scalar is None:
            return None
        if (text := scalar.text.casefold()) in _YES + _NO:
            return text in _YES
        self.fault(node.line, f"{what} is {shown(scalar.text)}", "write true or false")
        return None

    def texts(self, node: Node, what: str, example: str, *, most: int, longest: int) -> tuple[str, ...] | None:
        """A list of one-line texts, each once; a single text is a list of one."""
        items = self.items(node, what, example, most=most) if isinstance(node, Items) else (node,)
        lines = [self.text(item, f"an item of {what}", example, longest=longest) for item in items]
        return self._each_once(node, what, [line for line in lines if line is not None], len(items))

    def listed(self, node: Node, rule: NameRule, what: str, example: str, *, most: int) -> tuple[str, ...] | None:
        """A list of names, each once; a single name is a list of one."""
        items = self.items(node, what, example, most=most) if isinstance(node, Items) else (node,)
        names = [self.name(item, rule, example) for item in items]
        return self._each_once(node, what, [name for name in names if name is not None], len(items))

    def _each_once(self, node: Node, what: str, found: list[str], written: int) -> tuple[str, ...] | None:
        if not written or len(found) < written:
            return None
        if twice := next((text for text in found if found.count(text) > 1), None):
            self.fault(node.line, f"{what} has {shown(twice)} twice", "list each once")
            return None
        return tuple(found)

    def choice(self, node: Node, what: str, choices: Collection[str]) -> str | None:
        scalar = self.scalar(node, what, " or ".join(choices))
        if scalar is None or scalar.text in choices:
            return scalar.text if scalar else None
        near = did_you_mean(scalar.text, choices)
        right = f"did you mean {near}?" if near else f"write {' or '.join(choices)}"
        self.fault(node.line, f"{what} is {shown(scalar.text)}", right)
        return None

    def known(self, name: Scalar, kind: str, known: Collection[str]) -> bool:
        """Whether the plan has a flag, signal or stage of this name."""
        if name.text in known:
            return True
        if near := did_you_mean(name.text, known):
            right = f"did you mean {near}?"
        elif known:
            right = f"the {kind}s there are: {shown(', '.join(known), 120)}"
        else:
            right = f"name it under {kind}s: first"
        self.fault(name.line, f"unknown {kind} {shown(name.text)}", right)
        return False


def _described(node: Node) -> str:
    if isinstance(node, Scalar):
        return f"the text {shown(node.text, 40)}" if node.text.strip() and not node.is_empty else "empty"
    return "a list" if isinstance(node, Items) else "a mapping"
