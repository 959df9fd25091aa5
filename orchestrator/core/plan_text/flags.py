"""`flags:` in the text of a plan, and the values that flags are set to."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan import BOOLEAN, FlagSpec
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import FLAG_NAME, VALUE, Form, Reader

MOST_FLAGS = 100
MOST_RUNGS = 20

EXPOSURE = "leave it out: today a flag moves for everybody at once"

FLAG = Form(
    what="a flag",
    keys=("safe", "final", "ladder", "baseline"),
    later={
        "percent": EXPOSURE,
        "cohort": EXPOSURE,
        "allow": EXPOSURE,
        "pinned": "leave it out: a flag that no stage and no safeguard sets stays as it is",
        "account": "leave it out: flags live in the bot's own account",
        "region": "leave it out: flags live in the bot's own region",
    },
    instead={
        "default": "safe: VALUE",
        "off": "safe: VALUE",
        "on": "final: VALUE",
        "target": "final: VALUE",
        "values": "ladder: [off, warn, enforce], lowest first",
        "type": "nothing for true and false, or ladder: [off, warn, enforce]",
    },
    example="{safe: false, final: true}",
)

_MEANT = {
    "false": ("no", "off", "0", "n", "disabled"),
    "true": ("yes", "on", "1", "y", "enabled"),
}


def read_flags(reader: Reader, node: Node, contents: Contents) -> None:
    for name, value in reader.names(node, FLAG_NAME, "flags", "NAME: {safe: false, final: true}", most=MOST_FLAGS):
        contents.flags[name.text] = _flag(reader, name, value, contents)
        contents.flag_lines[name.text] = name.line


def _flag(reader: Reader, name: Scalar, node: Node, contents: Contents) -> FlagSpec | None:
    entries = reader.form(node, FLAG)
    if entries is None:
        return None
    ladder = read_ladder(reader, entries["ladder"], name.text) if "ladder" in entries else BOOLEAN
    if entries.lacks("safe"):
        reader.fault(name.line, f"{name.text} has no safe value", "add safe: VALUE, what it is when all else fails")
    if ladder is None:
        return None
    found = {
        key: read_value(reader, entries[key], ladder, f"{key} of {name.text}")
        for key in ("safe", "final", "baseline")
        if key in entries
    }
    if "final" in entries:
        contents.final_lines[name.text] = entries["final"].line
    safe = found.get("safe")
    if safe is None or None in found.values():
        return None
    return FlagSpec(name=name.text, safe=safe, final=found.get("final"), ladder=ladder, baseline=found.get("baseline"))


def read_ladder(reader: Reader, node: Node, flag: str) -> tuple[str, ...] | None:
    example = "ladder: [off, warn, enforce]"
    what = f"the ladder of {flag}"
    items = reader.items(node, what, example, most=MOST_RUNGS)
    values = [value for value in (reader.name(item, VALUE, example) for item in items) if value is not None]
    if not items or len(values) < len(items):
        return None
    if len(values) < 2:
        reader.fault(node.line, f"{what} has one value", f"write all its values, lowest first: {example}")
        return None
    if len(set(values)) < len(values):
        twice = next(value for value in values if values.count(value) > 1)
        reader.fault(node.line, f"{what} has {twice} twice", "write each value once")
        return None
    return tuple(values)


def read_value(reader: Reader, node: Node, ladder: Sequence[str], what: str) -> str | None:
    """A value of the ladder, as written: `off` is the text off, never a boolean."""
    scalar = reader.scalar(node, what, " or ".join(ladder))
    if scalar is None:
        return None
    if scalar.text in ladder:
        return scalar.text
    folded = scalar.text.casefold()
    meant = next((value for value, words in _MEANT.items() if folded in words and tuple(ladder) == BOOLEAN), None)
    meant = meant or did_you_mean(scalar.text, ladder)
    right = f"did you mean {meant}?" if meant else f"write {' or '.join(ladder)}"
    reader.fault(node.line, f"{what} is {shown(scalar.text)}", right)
    return None
