"""How a signal behaves, in the text of a scenario: `{rate: 0.2%, per_minute: 60}`, `{value: 80}`, `{silent: true}`."""

from __future__ import annotations

from math import isfinite
from typing import Any

from orchestrator.core.document import Items, Node
from orchestrator.core.faults import shown
from orchestrator.core.plan_text.reader import Form, Found, Reader
from orchestrator.core.signals import CountSignal, LatencySignal, RatioSignal, SetSignal, Signal, ValueSignal

KNOBS = ("rate", "per_minute", "value", "members", "silent", "broken")
_ALWAYS = ("silent", "broken")
_FORMS: dict[type, Form] = {
    RatioSignal: Form(what="a ratio", keys=("rate", "per_minute", *_ALWAYS), example="{rate: 0.2%, per_minute: 60}"),
    CountSignal: Form(
        what="a count",
        keys=("per_minute", "value", *_ALWAYS),
        instead={"rate": "per_minute: 0.5", "count": "per_minute: 3"},
        example="{per_minute: 3}",
    ),
    ValueSignal: Form(what="a value", keys=("value", *_ALWAYS), example="{value: 80}"),
    LatencySignal: Form(what="a latency", keys=("value", "rate", "per_minute", *_ALWAYS), example="{value: 80}"),
    SetSignal: Form(what="a set", keys=("members", *_ALWAYS), example="{members: [a, b]}"),
}
LARGEST = 1e9
MOST_MEMBERS = 1000


def knob_keys(signal: Signal) -> tuple[str, ...]:
    """What can be said of a signal of this kind."""
    return _FORMS[type(signal)].keys


def read_knobs(reader: Reader, node: Node, signal: Signal) -> dict[str, Any]:
    """What is said, by the fields of `Knobs`."""
    return read_changes(reader, reader.entries(node, _FORMS[type(signal)]))


def read_changes(reader: Reader, entries: Found) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for key, node in entries.items():
        found: Any = None
        match key:
            case "silent" | "broken":
                found = reader.truth(node, key)
            case "rate":
                found = _number(reader, node, key, "rate: 0.2%", most=1)
            case "per_minute" | "value":
                found = _number(reader, node, key, f"{key}: 60", most=LARGEST)
            case "members":
                found = _members(reader, node)
        if found is not None:
            changes[key] = found
    return changes


def _number(reader: Reader, node: Node, what: str, example: str, *, most: float) -> float | None:
    """A number from 0 to `most`, or a percentage."""
    scalar = reader.scalar(node, what, example)
    if scalar is None:
        return None
    text = scalar.text.strip()
    try:
        number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        number = -1.0
    if not isfinite(number) or not 0 <= number <= most:
        right = f"write a share from 0% to 100%, as in {example}" if most == 1 else f"write a number, as in {example}"
        reader.fault(node.line, f"{what} is {shown(text)}", right)
        return None
    return number


def _members(reader: Reader, node: Node) -> tuple[str, ...] | None:
    if isinstance(node, Items) and not node.items:
        return ()
    return reader.texts(node, "members", "members: [a, b]", most=MOST_MEMBERS, longest=200)
