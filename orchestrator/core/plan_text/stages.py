"""`stages:` in the text of a plan."""

from __future__ import annotations

from orchestrator.core.document import Items, Mapping, Node, Scalar
from orchestrator.core.durations import say_duration
from orchestrator.core.plan import Flip, Stage
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.flags import EXPOSURE, MOST_FLAGS, read_value
from orchestrator.core.plan_text.gates import APPROVAL_EXAMPLE, EXAMPLE, read_gates
from orchestrator.core.plan_text.reader import FLAG_NAME, KEY, Form, Found, Reader

MOST_STAGES = 50
RESERVED = ("start", "previous", "safe", "watch")

_SIGN_OFF = f"ask for it with the gate {APPROVAL_EXAMPLE}"
STAGE = Form(
    what="a stage",
    keys=("key", "goal", "set", "soak", "gates"),
    later={
        "percent": EXPOSURE,
        "cohort": EXPOSURE,
        "ramp": "write one stage for each step, without a cohort or a percentage",
        "steps": "write one stage for each step",
        "pin": "leave it out: what no stage sets stays as it is",
        "optional": "leave the stage out, or promote past it by hand",
        "expect": "write soak: for the least time, and say the rest in goal:",
        "deadline": "leave it out: a stage waits as long as its gates do",
        "safeguards": "write them under the plan's safeguards:, with stages: [KEY]",
        "no_return": "leave it out, and say so in goal:",
        "on_breach": "write a safeguard with do: rollback, hold or {rollback: previous}",
        "checklist": _SIGN_OFF,
        "tasks": _SIGN_OFF,
        "job": _SIGN_OFF,
        "environment": "leave it out: each environment has a bot of its own",
        "freeze": "pause the rollout by hand",
    },
    instead={
        "name": "key: admin-reads",
        "id": "key: admin-reads",
        "title": "goal: what this stage is for",
        "description": "goal: what this stage is for",
        "flags": "set: {FLAG: value}",
        "duration": "soak: 2d",
        "wait": "soak: 2d",
        "for": "soak: 2d",
        "approval": f"gates: [{{{APPROVAL_EXAMPLE}}}]",
        "gate": f"gates: [{EXAMPLE}]",
    },
    example="key: admin-reads, set: {FLAG: true}, soak: 2d",
)
FLIP = Form(
    what="a flag's move",
    keys=("value", "after"),
    later={"percent": EXPOSURE, "cohort": EXPOSURE, "allow": EXPOSURE, "ramp": EXPOSURE, "pin": EXPOSURE},
    instead={"to": "value: VALUE", "delay": "after: 2h", "wait": "after: 2h", "at": "after: 2h"},
    example="value, or {value: VALUE, after: 2h}",
)


def read_stages(reader: Reader, node: Node, contents: Contents) -> None:
    if not isinstance(node, Items):
        contents.doubt()
    for item in reader.items(node, "stages", "- key: admin-reads", most=MOST_STAGES):
        _stage(reader, item, contents)


def _stage(reader: Reader, node: Node, contents: Contents) -> None:
    entries = reader.form(node, STAGE)
    if entries is None:
        contents.doubt()
        return
    if entries.lacks("key"):
        reader.fault(node.line, "this stage has no key", "add key: NAME, as in key: admin-reads")
    key = reader.name(entries["key"], KEY, "key: admin-reads") if "key" in entries else None
    if key in RESERVED:
        reader.fault(entries["key"].line, f"{key} cannot be a stage's key", "choose another: it is a word of the bot's")
    first = contents.stage_lines.get(key) if key else None
    if key and first is not None:
        reader.fault(
            entries["key"].line,
            f"there are two stages {key}, the first in line {first}",
            "give each its own key",
        )
    goal = reader.text(entries["goal"], "goal", "goal: what this stage is for") if "goal" in entries else ""
    soak = reader.duration(entries["soak"], "soak", "soak: 2d") if "soak" in entries else 0
    flips = _flips(reader, entries["set"], soak, contents) if "set" in entries else ()
    gates = read_gates(reader, entries["gates"], key or "", contents) if "gates" in entries else ()
    if not key or first is not None:
        contents.in_doubt.update(flip.flag for flip in flips)
    else:
        contents.stage_lines[key] = node.line
        if "soak" in entries or "gates" in entries or len(flips) < _moves_written(entries):
            contents.busy_stages.add(key)
        contents.stages[key] = Stage(key=key, goal=goal or "", flips=flips, soak=soak or 0, gates=gates)


def _moves_written(entries: Found) -> int:
    node = entries.get("set")
    return len(node.entries) if isinstance(node, Mapping) else int(node is not None)


def _flips(reader: Reader, node: Node, soak: int | None, contents: Contents) -> tuple[Flip, ...]:
    """In the order in which they are made: as written, the delayed ones by their delay."""
    if not isinstance(node, Mapping) or not node.entries:
        contents.doubt()
    flips = []
    for name, value in reader.names(node, FLAG_NAME, "set", "set: {FLAG: value}", most=MOST_FLAGS):
        flip = _flip(reader, name, value, soak, contents)
        if flip is None:
            contents.doubt(name.text)
        else:
            flips.append(flip)
    return tuple(sorted(flips, key=lambda flip: flip.after))


def _flip(reader: Reader, name: Scalar, node: Node, soak: int | None, contents: Contents) -> Flip | None:
    known = reader.known(name, "flag", contents.flags)
    spec = contents.flags.get(name.text)
    after: int | None = 0
    value: Node | None = node
    if isinstance(node, Mapping):
        entries = reader.entries(node, FLIP)
        value = entries.get("value")
        if entries.lacks("value"):
            reader.fault(name.line, f"{name.text} is set to nothing", f"write {name.text}: {{value: VALUE, after: 2h}}")
        if "after" in entries:
            after = _delay(reader, entries["after"], name.text, soak)
    if value is None or after is None or not known or spec is None:
        return None
    chosen = read_value(reader, value, spec.ladder, name.text)
    return Flip(flag=name.text, value=chosen, after=after) if chosen is not None else None


def _delay(reader: Reader, node: Node, flag: str, soak: int | None) -> int | None:
    after = reader.duration(node, "after", "after: 2h")
    # A soak that could not be read has a fault of its own.
    if after is not None and soak is not None and after >= soak:
        wrong = f"{flag} moves after {say_duration(after)}, when the stage's soak of {say_duration(soak)} is over"
        if not soak:
            wrong = f"{flag} moves after {say_duration(after)}, but the stage has no soak"
        reader.fault(node.line, wrong, f"let the stage soak longer than {say_duration(after)}")
        return None
    return after
