"""`safeguards:` in the text of a plan: when this happens, do that, whatever the rollout waits for."""

from __future__ import annotations

import re
from typing import Literal, cast

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.plan import (
    AlarmCondition,
    Hold,
    RollBack,
    Safeguard,
    SetFlags,
    SignalCondition,
)
from orchestrator.core.plan_text import conditions
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.flags import MOST_FLAGS, read_value
from orchestrator.core.plan_text.reader import FLAG_NAME, KEY, Form, NameRule, Reader

MOST_SAFEGUARDS = 100
MOST_FOLLOW_UPS = 10
SEVERITIES = ("critical", "warning", "info")
TARGETS = ("start", "previous", "safe")

SAFEGUARD = Form(
    what="a safeguard",
    keys=("when", "do", "severity", "stages", "follow_up", "key"),
    later={
        "cooldown": "leave it out: it acts once, until a person resumes",
        "recovered": "leave it out: a person looks, then resumes",
        "notify": "leave it out: alerts go to the alert channel",
        "ladder": "write do: rollback, and the further steps under follow_up:",
        "rung": "write do: rollback, and the further steps under follow_up:",
        "dry_run": "leave the safeguard out",
    },
    instead={
        "alarm": "when: {alarm: NAME}",
        "signal": "when: {signal: NAME, above: BOUND}",
        "if": "when: {alarm: NAME}",
        "on": "when: {alarm: NAME}",
        "then": "do: rollback",
        "action": "do: rollback",
        "set": "do: {set: {FLAG: value}}",
        "rollback": "do: rollback",
        "name": "key: NAME",
    },
    example="{when: {alarm: portal-outage}, do: rollback}",
)
_ONE_CONDITION = "write one safeguard for each condition"
WHEN = Form(
    what="when",
    keys=("alarm", *conditions.CONDITION_KEYS),
    later=conditions.LATER
    | {
        "any": _ONE_CONDITION,
        "all": "make one composite alarm of them and write alarm: NAME",
        "probe": "let the probe raise a CloudWatch alarm and write alarm: NAME",
        "account": "leave it out: alarms of the bot's own account are bound",
        "region": "leave it out: alarms of the bot's own region are bound",
    },
    instead=conditions.INSTEAD,
    example="{alarm: portal-outage} or {signal: rollbacks, above: 0, window: 10m}",
)
_STEPS = "write do: rollback, and say under follow_up: what people do next"
DO = Form(
    what="do",
    keys=("rollback", "set"),
    later={
        "job": _STEPS,
        "ladder": _STEPS,
        "human": _STEPS,
        "notify": "leave it out: alerts go to the alert channel",
        "wait": "leave it out: a safeguard acts at once",
    },
    instead={
        "hold": "do: hold",
        "pause": "do: hold",
        "roll_back": "do: rollback",
        "flags": "set: {FLAG: value}",
    },
    example="rollback, hold, {rollback: previous} or {set: {FLAG: value}}",
)
ALARM = NameRule(
    what="an alarm's name",
    pattern=r"(?!arn:)[!-~](?:[ -~]{0,253}[!-~])?",
    right="write the CloudWatch alarm's plain name, at most 255 ASCII characters, as in portal-outage",
)


def read_safeguards(reader: Reader, node: Node, contents: Contents) -> None:
    """The list of a plan, or the three-line form, alarm to flags, that safeguards.yaml has."""
    if isinstance(node, Mapping):
        for name, flags in reader.names(node, ALARM, "safeguards", "ALARM: {FLAG: value}", most=MOST_SAFEGUARDS):
            values = read_values(reader, flags, contents)
            if values:
                when = AlarmCondition(name=name.text)
                safeguard = Safeguard(key=derived_key(when), when=when, action=SetFlags(values=values))
                _add(reader, safeguard, name.line, contents)
        return
    example = "- {when: {alarm: NAME}, do: rollback}"
    for item in reader.items(node, "safeguards", example, most=MOST_SAFEGUARDS):
        read = _safeguard(reader, item, contents)
        if read is not None:
            _add(reader, read, item.line, contents)


def _add(reader: Reader, safeguard: Safeguard, line: int, contents: Contents) -> None:
    first = contents.safeguard_lines.get(safeguard.key)
    if first is not None:
        wrong = f"two safeguards have the key {safeguard.key}, the first in line {first}"
        reader.fault(line, wrong, "give one of them a key: of its own")
        return
    contents.safeguard_lines[safeguard.key] = line
    contents.safeguards.append(safeguard)


def derived_key(when: AlarmCondition | SignalCondition) -> str:
    """The key of a safeguard that was given none: its condition in small letters, whatever the order."""
    if isinstance(when, AlarmCondition):
        condition = when.name
    else:
        condition = f"{when.condition.signal} {when.condition.comparison} {when.condition.said}"
    return re.sub(r"[^a-z0-9.]+", "-", condition.lower()).replace(".", "-").strip("-")[:64].strip("-") or "alarm"


def _safeguard(reader: Reader, node: Node, contents: Contents) -> Safeguard | None:
    entries = reader.form(node, SAFEGUARD)
    if entries is None:
        contents.doubt()
        return None
    for part, example in (("when", "when: {alarm: NAME}"), ("do", "do: rollback")):
        if entries.lacks(part):
            reader.fault(node.line, f"this safeguard has no {part}", f"add {example}")
    when = _when(reader, entries["when"], contents) if "when" in entries else None
    action = _action(reader, entries["do"], contents) if "do" in entries else None
    severity = reader.choice(entries["severity"], "severity", SEVERITIES) if "severity" in entries else SEVERITIES[0]
    stages = _stages(reader, entries["stages"], contents) if "stages" in entries else ()
    follow_up = _follow_up(reader, entries["follow_up"]) if "follow_up" in entries else ()
    key = reader.name(entries["key"], KEY, "key: rollbacks-spike") if "key" in entries else None
    if when is None or action is None or severity is None or stages is None or ("key" in entries and key is None):
        return None
    return Safeguard(
        key=key or derived_key(when),
        when=when,
        action=action,
        severity=cast(Literal["critical", "warning", "info"], severity),
        stages=stages,
        follow_up=follow_up,
    )


def _when(reader: Reader, node: Node, contents: Contents) -> AlarmCondition | SignalCondition | None:
    entries = reader.form(node, WHEN)
    if entries is None:
        return None
    if "alarm" in entries:
        if len(entries) > 1:
            reader.fault(node.line, "one condition has an alarm and a signal", _ONE_CONDITION)
            return None
        name = reader.name(entries["alarm"], ALARM, "alarm: portal-outage")
        return AlarmCondition(name=name) if name else None
    if "signal" not in entries and entries.refused:
        return None
    if "signal" not in entries:
        reader.fault(node.line, "the condition names neither an alarm nor a signal", f"write {WHEN.example}")
        return None
    condition = conditions.read_condition(reader, entries, node.line, contents)
    return SignalCondition(condition=condition) if condition else None


def _action(reader: Reader, node: Node, contents: Contents) -> RollBack | SetFlags | Hold | None:
    if isinstance(node, Scalar):
        match reader.choice(node, "do", ("rollback", "hold")):
            case "rollback":
                return RollBack()
            case "hold":
                return Hold()
            case _:
                return None
    entries = reader.form(node, DO)
    if entries is None:
        return None
    if not entries and entries.refused:
        return None
    if len(entries) != 1:
        wrong = "one do has rollback and set" if entries else "do says nothing"
        reader.fault(node.line, wrong, f"write do: {DO.example}")
        return None
    if "set" in entries:
        values = read_values(reader, entries["set"], contents)
        return SetFlags(values=values) if values else None
    target = reader.choice(entries["rollback"], "rollback", TARGETS)
    return RollBack(to=cast(Literal["start", "previous", "safe"], target)) if target else None


def read_values(reader: Reader, node: Node, contents: Contents) -> tuple[tuple[str, str], ...]:
    """Flags and the values a safeguard gives them, in the order written; empty when any could not be read."""
    if not isinstance(node, Mapping) or not node.entries:
        contents.doubt()
    values: list[tuple[str, str]] = []
    entries = list(reader.names(node, FLAG_NAME, "set", "{FLAG: value}", most=MOST_FLAGS))
    for name, value in entries:
        known = reader.known(name, "flag", contents.flags)
        spec = contents.flags.get(name.text)
        chosen = read_value(reader, value, spec.ladder, name.text) if known and spec else None
        if chosen is None:
            contents.doubt(name.text)
        else:
            values.append((name.text, chosen))
    return tuple(values) if len(values) == len(entries) else ()


def _stages(reader: Reader, node: Node, contents: Contents) -> tuple[str, ...] | None:
    """The stages named, or None when any could not be read: it must not be armed elsewhere than was meant."""
    items = reader.items(node, "stages", "stages: [admin-reads]", most=MOST_SAFEGUARDS)
    names = [reader.scalar(item, "a stage", "stages: [admin-reads]") for item in items]
    good = [name.text for name in names if name is not None and reader.known(name, "stage", contents.stages)]
    if len(set(good)) < len(good):
        reader.fault(node.line, "a stage is listed twice", "list each stage once")
    return tuple(dict.fromkeys(good)) if items and len(good) == len(items) else None


def _follow_up(reader: Reader, node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        line = reader.text(node, "follow_up", "follow_up: [export the incident]")
        return (line,) if line else ()
    items = reader.items(node, "follow_up", "follow_up: [export the incident]", most=MOST_FOLLOW_UPS)
    lines = (reader.text(item, "a follow-up", "one line of prose") for item in items)
    return tuple(line for line in lines if line)
