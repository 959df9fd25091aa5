"""safeguards.yaml: alarms bound to flags without any rollout, three lines each.

The value an alarm gives a flag is the flag's safe value, so that nothing need be declared beforehand.
"""

from __future__ import annotations

import hashlib

from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.plan import (
    BOOLEAN,
    AlarmCondition,
    FlagSpec,
    Plan,
    Safeguard,
    SetFlags,
)
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.flags import MOST_FLAGS, read_ladder, read_value
from orchestrator.core.plan_text.reader import FLAG_NAME, Form, Found, Reader
from orchestrator.core.plan_text.safeguards import ALARM, MOST_SAFEGUARDS, derived_key

NAME = "standing"

_WITH_STAGES = "it in a plan, which begins with plan: NAME"
_EXAMPLE = "ALARM: {FLAG: value}, or begin the file with plan: NAME"
STANDING = Form(
    what="standing safeguards",
    keys=("safeguards", "flags", "title", "owner", "runbook"),
    instead=dict.fromkeys(
        ("signals", "watch", "timezone", "environments", "cohorts", "probes", "jobs", "ladder", "freeze", "summary"),
        _WITH_STAGES,
    ),
)
FLAG = Form(
    what="a flag",
    keys=("safe", "ladder"),
    instead={
        "final": _WITH_STAGES,
        "baseline": _WITH_STAGES,
        "default": "safe: VALUE",
        "values": "ladder: [off, warn, enforce]",
    },
    example="{safe: false}",
)


def read_standing(reader: Reader, entries: Found, line: int) -> Plan:
    """The set as a plan without stages. What could not be read is left out of it."""
    contents = Contents()
    ladders: dict[str, tuple[str, ...] | None] = {}
    if "flags" in entries:
        named = reader.names(entries["flags"], FLAG_NAME, "flags", "NAME: {safe: false}", most=MOST_FLAGS)
        for name, node in named:
            _declared(reader, name, node, ladders, contents)
    if "safeguards" in entries:
        _bindings(reader, entries["safeguards"], ladders, contents)
    if entries.lacks("flags") and entries.lacks("safeguards"):
        reader.fault(line, "no alarm is bound to a flag", "write safeguards: {ALARM: {FLAG: value}}")
    for name_text, at in contents.flag_lines.items():
        if name_text not in contents.flags:
            reader.fault(at, f"{name_text} has no safe value", "add safe: VALUE, or bind it to an alarm below")
    return Plan(name=NAME, flags=tuple(contents.readable_flags()), safeguards=tuple(contents.safeguards))


def _declared(
    reader: Reader, name: Scalar, node: Node, ladders: dict[str, tuple[str, ...] | None], contents: Contents
) -> None:
    entries = reader.form(node, FLAG)
    ladder = read_ladder(reader, entries["ladder"], name.text) if entries and "ladder" in entries else BOOLEAN
    ladders[name.text] = ladder
    contents.flag_lines[name.text] = name.line
    if entries is None or ladder is None:
        contents.flags[name.text] = None
    elif "safe" in entries:
        safe = read_value(reader, entries["safe"], ladder, f"safe of {name.text}")
        contents.flags[name.text] = FlagSpec(name=name.text, safe=safe, ladder=ladder) if safe is not None else None


def _bindings(reader: Reader, node: Node, ladders: dict[str, tuple[str, ...] | None], contents: Contents) -> None:
    for alarm, flags in reader.names(node, ALARM, "safeguards", _EXAMPLE, most=MOST_SAFEGUARDS):
        values = _values(reader, flags, ladders, contents)
        key = derived_key(AlarmCondition(name=alarm.text))
        if key in contents.safeguard_lines:
            # Alarms may differ in letters that a key does not have.
            key = f"{key[:57]}-{hashlib.sha256(alarm.text.encode()).hexdigest()[:6]}"
        contents.safeguard_lines[key] = alarm.line
        if values:
            when = AlarmCondition(name=alarm.text)
            contents.safeguards.append(Safeguard(key=key, when=when, action=SetFlags(values=values)))


def _values(
    reader: Reader, node: Node, ladders: dict[str, tuple[str, ...] | None], contents: Contents
) -> tuple[tuple[str, str], ...]:
    values = []
    for name, value in reader.names(node, FLAG_NAME, "the alarm's action", "{FLAG: value}", most=MOST_FLAGS):
        ladder = ladders.get(name.text, BOOLEAN)
        if ladder is None:
            continue
        if name.text not in ladders and isinstance(value, Scalar) and not value.is_empty and value.text not in BOOLEAN:
            wrong = f"{name.text}: {shown(value.text)} is neither true nor false"
            reader.fault(
                value.line,
                wrong,
                f"write false or true, or declare flags: {{{name.text}: {{ladder: [off, warn]}}}}",
            )
            continue
        chosen = read_value(reader, value, ladder, name.text)
        if chosen is not None and _agrees(reader, name, chosen, ladder, contents):
            values.append((name.text, chosen))
    return tuple(values)


def _agrees(reader: Reader, name: Scalar, value: str, ladder: tuple[str, ...], contents: Contents) -> bool:
    spec = contents.flags.setdefault(name.text, FlagSpec(name=name.text, safe=value, ladder=ladder))
    contents.flag_lines.setdefault(name.text, name.line)
    if spec is None or spec.safe == value:
        return True
    line = contents.flag_lines[name.text]
    wrong = f"{name.text} is set to {value} here and is safe at {spec.safe} by line {line}"
    reader.fault(name.line, wrong, f"a flag has one safe value: write {spec.safe} in both places, or {value}")
    return False
