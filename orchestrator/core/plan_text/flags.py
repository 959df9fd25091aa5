"""`flags:` in the text of a plan, and the values that flags are set to."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan import BOOLEAN, FlagSpec
from orchestrator.core.plan_text.environments import ENVIRONMENT, MOST_ENVIRONMENTS
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import FLAG_NAME, VALUE, Form, Reader
from orchestrator.core.plan_text.recovery import OBSERVED, read_recovery

MOST_FLAGS = 100
MOST_RUNGS = 20

_AT_THE_MOVE = "set: {FLAG: {value: VALUE, percent: 10}} in a stage"
FLAG = Form(
    what="a flag",
    keys=("safe", "final", "ladder", "baseline", "takes", "observed"),
    later={
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
        "allow": "cohorts: {NAME: {keys: [ann, bob]}} in the plan, and cohort: NAME at the move",
        "percent": _AT_THE_MOVE,
        "cohort": _AT_THE_MOVE,
        "pinned": "pin: [FLAG] at the stage",
        "delay": "takes: 10m, how long until every application has seen a change",
        "seen": "observed: {signal: NAME, at_most: 0, window: 2m}",
    },
    example="{safe: false, final: true}",
)
_MEANT = {
    "false": ("no", "off", "0", "n", "disabled"),
    "true": ("yes", "on", "1", "y", "enabled"),
}


def read_flags(reader: Reader, node: Node, outline: Outline) -> None:
    for name, value in reader.names(node, FLAG_NAME, "flags", "NAME: {safe: false, final: true}", most=MOST_FLAGS):
        outline.flags[name.text] = _flag(reader, name, value, outline)
        outline.flag_lines[name.text] = name.line


def _flag(reader: Reader, name: Scalar, node: Node, outline: Outline) -> FlagSpec | None:
    entries = reader.form(node, FLAG)
    if entries is None:
        return None
    ladder = read_ladder(reader, entries["ladder"], name.text) if "ladder" in entries else BOOLEAN
    if entries.lacks("safe"):
        reader.fault(name.line, f"{name.text} has no safe value", "add safe: VALUE, what it is when all else fails")
    takes = reader.duration(entries["takes"], "takes", "takes: 10m") if "takes" in entries else 0
    observed = read_recovery(reader, entries["observed"], OBSERVED, outline) if "observed" in entries else None
    if ladder is None:
        return None
    by_environment = isinstance(entries.get("final"), Mapping)
    found = {
        key: read_value(reader, entries[key], ladder, f"{key} of {name.text}")
        for key in ("safe", "final", "baseline")
        if key in entries and not (key == "final" and by_environment)
    }
    final_in = _final_in(reader, entries["final"], name.text, ladder, outline) if by_environment else {}
    if "final" in entries:
        outline.final_lines[name.text] = entries["final"].line
    safe = found.get("safe")
    if safe is None or None in found.values() or final_in is None:
        return None
    return FlagSpec(
        name=name.text,
        safe=safe,
        final=found.get("final"),
        ladder=ladder,
        baseline=found.get("baseline"),
        final_in=final_in,
        takes=takes or 0,
        observed=observed,
    )


def _final_in(reader: Reader, node: Node, flag: str, ladder: Sequence[str], outline: Outline) -> dict[str, str] | None:
    """The final value in each environment of the plan; None when any could not be read."""
    example = "final: {dev: true, prod: false}"
    entries = list(reader.names(node, ENVIRONMENT, f"final of {flag}", example, most=MOST_ENVIRONMENTS))
    found = {}
    for name, value in entries:
        chosen = read_value(reader, value, ladder, f"final of {flag} in {shown(name.text)}")
        if reader.known(name, "environment", outline.environments) and chosen is not None:
            found[name.text] = chosen
    if missing := [name for name in outline.environments if name not in {entry.text for entry, _ in entries}]:
        reader.fault(node.line, f"final of {flag} says nothing of {', '.join(missing)}", "name every environment")
    return found if len(found) == len(entries) and not missing else None


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
