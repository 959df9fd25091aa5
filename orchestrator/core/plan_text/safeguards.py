"""`safeguards:` in the text of a plan: when this happens, do that, whatever the rollout waits for."""

from __future__ import annotations

import re
from typing import Literal, cast

from msgspec import structs

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.plan import (
    AlarmCondition,
    Climb,
    Hold,
    RollBack,
    Safeguard,
    SetFlags,
    SignalCondition,
)
from orchestrator.core.plan_text import conditions
from orchestrator.core.plan_text.flags import MOST_FLAGS, read_value
from orchestrator.core.plan_text.outline import Outline, Promise
from orchestrator.core.plan_text.reader import FLAG_NAME, KEY, Form, NameRule, Reader

MOST_SAFEGUARDS = 100
MOST_FOLLOW_UPS = 10
MOST_TIMES = 1000
SEVERITIES = ("critical", "warning", "info")
TARGETS = ("start", "previous", "safe")

SAFEGUARD = Form(
    what="a safeguard",
    keys=("when", "do", "severity", "stages", "follow_up", "key", "dry_run"),
    later={
        "cooldown": "leave it out: it acts once, until a person resumes",
        "notify": "leave it out: alerts go to the alert channel",
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
        "ladder": "do: ladder",
        "rung": "do: ladder, and the rungs under the plan's ladder:",
        "recovered": "do: ladder, and recovered: at the plan's rungs",
        "name": "key: NAME",
        "detects": "detects: within when:",
    },
    example="{when: {alarm: portal-outage}, do: rollback}",
)
_ONE_CONDITION = "write one safeguard for each condition"
WHEN = Form(
    what="when",
    keys=("alarm", *conditions.CONDITION_KEYS, "detects"),
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
DETECTS = Form(
    what="detects",
    keys=("times", "within"),
    instead={"factor": "times: 5", "in": "within: 10m", "window": "within: 10m"},
    example="{times: 5, within: 10m}",
)
_STEPS = "do: ladder, and the steps under the plan's ladder:"
DO = Form(
    what="do",
    keys=("rollback", "set"),
    later={
        "notify": "leave it out: alerts go to the alert channel",
        "wait": "leave it out: a safeguard acts at once",
    },
    instead={
        "hold": "do: hold",
        "ladder": "do: ladder",
        "pause": "do: hold",
        "roll_back": "do: rollback",
        "flags": "set: {FLAG: value}",
        "job": _STEPS,
        "human": _STEPS,
    },
    example="rollback, hold, ladder, {rollback: previous} or {set: {FLAG: value}}",
)
ALARM = NameRule(
    what="an alarm's name",
    pattern=r"(?!arn:)[!-~](?:[ -~]{0,253}[!-~])?",
    right="write the CloudWatch alarm's plain name, at most 255 ASCII characters, as in portal-outage",
)


def read_safeguards(reader: Reader, node: Node, outline: Outline) -> None:
    """The list of a plan, or the three-line form, alarm to flags, that safeguards.yaml has."""
    if isinstance(node, Mapping):
        for name, flags in reader.names(node, ALARM, "safeguards", "ALARM: {FLAG: value}", most=MOST_SAFEGUARDS):
            values = read_values(reader, flags, outline)
            if values:
                when = AlarmCondition(name=name.text)
                safeguard = Safeguard(key=derived_key(when), when=when, action=SetFlags(values=values))
                _add(reader, safeguard, name.line, outline)
        return
    example = "- {when: {alarm: NAME}, do: rollback}"
    for item in reader.items(node, "safeguards", example, most=MOST_SAFEGUARDS):
        read = _safeguard(reader, item, outline)
        if read is not None:
            _add(reader, read, item.line, outline)


def _add(reader: Reader, safeguard: Safeguard, line: int, outline: Outline) -> None:
    first = outline.safeguard_lines.get(safeguard.key)
    if first is not None:
        wrong = f"two safeguards have the key {safeguard.key}, the first in line {first}"
        reader.fault(line, wrong, "give one of them a key: of its own")
        return
    outline.safeguard_lines[safeguard.key] = line
    outline.safeguards.append(safeguard)


def derived_key(when: AlarmCondition | SignalCondition) -> str:
    """The key of a safeguard that was given none: its condition in small letters, whatever the order."""
    if isinstance(when, AlarmCondition):
        condition = when.name
    else:
        condition = f"{when.condition.signal} {when.condition.comparison} {when.condition.said}"
    return re.sub(r"[^a-z0-9.]+", "-", condition.lower()).replace(".", "-").strip("-")[:64].strip("-") or "alarm"


def _safeguard(reader: Reader, node: Node, outline: Outline) -> Safeguard | None:
    entries = reader.form(node, SAFEGUARD)
    if entries is None:
        outline.doubt()
        return None
    for part, example in (("when", "when: {alarm: NAME}"), ("do", "do: rollback")):
        if entries.lacks(part):
            reader.fault(node.line, f"this safeguard has no {part}", f"add {example}")
    when, detects = _when(reader, entries["when"], outline) if "when" in entries else (None, None)
    action = _action(reader, entries["do"], outline) if "do" in entries else None
    severity = reader.choice(entries["severity"], "severity", SEVERITIES) if "severity" in entries else SEVERITIES[0]
    stages = _stages(reader, entries["stages"], outline) if "stages" in entries else ()
    follow_up = _follow_up(reader, entries["follow_up"]) if "follow_up" in entries else ()
    key = reader.name(entries["key"], KEY, "key: rollbacks-spike") if "key" in entries else None
    dry_run = reader.truth(entries["dry_run"], "dry_run") if "dry_run" in entries else False
    if when is None or action is None or severity is None or stages is None or ("key" in entries and key is None):
        return None
    key = key or derived_key(when)
    if detects is not None:
        outline.promises.append(structs.replace(detects, safeguard=key))
    return Safeguard(
        key=key,
        when=when,
        action=action,
        severity=cast(Literal["critical", "warning", "info"], severity),
        stages=stages,
        follow_up=follow_up,
        dry_run=dry_run or False,
    )


def _when(
    reader: Reader, node: Node, outline: Outline
) -> tuple[AlarmCondition | SignalCondition | None, Promise | None]:
    entries = reader.form(node, WHEN)
    if entries is None:
        return None, None
    if "alarm" in entries:
        if len(entries) > 1:
            reader.fault(node.line, "one condition has an alarm and a signal", _ONE_CONDITION)
            return None, None
        name = reader.name(entries["alarm"], ALARM, "alarm: portal-outage")
        return (AlarmCondition(name=name) if name else None), None
    if "signal" not in entries and entries.refused:
        return None, None
    if "signal" not in entries:
        reader.fault(node.line, "the condition names neither an alarm nor a signal", f"write {WHEN.example}")
        return None, None
    detects = _detects(reader, entries["detects"]) if "detects" in entries else None
    condition = conditions.read_condition(reader, entries, node.line, outline, sequential=True)
    return (SignalCondition(condition=condition) if condition else None), detects


def _detects(reader: Reader, node: Node) -> Promise | None:
    """`safeguard` is filled in by the caller, who knows its key."""
    entries = reader.form(node, DETECTS)
    if entries is None:
        return None
    for key, right in (("times", "add times: 5"), ("within", "add within: 10m")):
        if entries.lacks(key):
            reader.fault(node.line, f"detects has no {key}", right)
    times = reader.number(entries["times"], "times", "times: 5") if "times" in entries else None
    within = reader.duration(entries["within"], "within", "within: 10m") if "within" in entries else None
    if times is not None and not 1 < times <= MOST_TIMES:
        right = f"it is more than once the bound, and at most {MOST_TIMES:,} times"
        reader.fault(entries["times"].line, f"times is {times}", right)
        return None
    if times is None or within is None:
        return None
    return Promise(safeguard="", times=float(times), within=within, line=node.line)


def _action(reader: Reader, node: Node, outline: Outline) -> RollBack | SetFlags | Hold | Climb | None:
    if isinstance(node, Scalar):
        match reader.choice(node, "do", ("rollback", "hold", "ladder")):
            case "rollback":
                return RollBack()
            case "hold":
                return Hold()
            case "ladder":
                outline.climb_lines.append(node.line)
                return Climb()
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
        values = read_values(reader, entries["set"], outline)
        return SetFlags(values=values) if values else None
    target = read_target(reader, entries["rollback"])
    return RollBack(to=target) if target else None


def read_target(reader: Reader, node: Node) -> Literal["start", "previous", "safe"] | None:
    return cast(Literal["start", "previous", "safe"] | None, reader.choice(node, "rollback", TARGETS))


def read_values(reader: Reader, node: Node, outline: Outline) -> tuple[tuple[str, str], ...]:
    """Flags and the values a safeguard gives them, in the order written; empty when any could not be read."""
    if not isinstance(node, Mapping) or not node.entries:
        outline.doubt()
    values: list[tuple[str, str]] = []
    entries = list(reader.names(node, FLAG_NAME, "set", "{FLAG: value}", most=MOST_FLAGS))
    for name, value in entries:
        known = reader.known(name, "flag", outline.flags)
        spec = outline.flags.get(name.text)
        chosen = read_value(reader, value, spec.ladder, name.text) if known and spec else None
        if chosen is None:
            outline.doubt(name.text)
        else:
            values.append((name.text, chosen))
    return tuple(values) if len(values) == len(entries) else ()


def _stages(reader: Reader, node: Node, outline: Outline) -> tuple[str, ...] | None:
    """The stages named, or None when any could not be read: it must not be armed elsewhere than was meant. A ramp's key
    means all of its stages."""
    items = reader.items(node, "stages", "stages: [admin-reads]", most=MOST_SAFEGUARDS)
    names = [reader.scalar(item, "a stage", "stages: [admin-reads]") for item in items]
    stages = {**{key: (key,) for key in outline.stages}, **outline.ramps}
    good = [name.text for name in names if name is not None and reader.known(name, "stage", stages)]
    if len(set(good)) < len(good):
        reader.fault(node.line, "a stage is listed twice", "list each stage once")
    found = dict.fromkeys(step for key in good for step in stages[key])
    return tuple(found) if items and len(good) == len(items) else None


def _follow_up(reader: Reader, node: Node) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        line = reader.text(node, "follow_up", "follow_up: [export the incident]")
        return (line,) if line else ()
    items = reader.items(node, "follow_up", "follow_up: [export the incident]", most=MOST_FOLLOW_UPS)
    lines = (reader.text(item, "a follow-up", "one line of prose") for item in items)
    return tuple(line for line in lines if line)
