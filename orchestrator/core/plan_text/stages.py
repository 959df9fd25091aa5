"""`stages:` in the text of a plan."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from orchestrator.core.document import Items, Mapping, Node
from orchestrator.core.durations import say_duration
from orchestrator.core.gates import ApprovalGate, ChecklistGate
from orchestrator.core.plan import Flip, Stage
from orchestrator.core.plan_text import ramps
from orchestrator.core.plan_text.environments import read_where
from orchestrator.core.plan_text.exposure import read_moves
from orchestrator.core.plan_text.flags import MOST_FLAGS
from orchestrator.core.plan_text.gates import read_gates
from orchestrator.core.plan_text.metric_gates import EXAMPLE
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.people_gates import APPROVAL_EXAMPLE
from orchestrator.core.plan_text.reader import FLAG_NAME, KEY, Form, Found, Reader

MOST_STAGES = 50
RESERVED = ("start", "previous", "safe", "watch")

_AT_THE_FLAG = "set: {FLAG: {value: VALUE, percent: 10}}"
STAGE = Form(
    what="a stage",
    keys=(
        "key",
        "goal",
        "set",
        "ramp",
        "soak",
        "expect",
        "gates",
        "optional",
        "no_return",
        "pin",
        "environments",
    ),
    later={"job": "let it report its result, and write the gate {report: NAME}"},
    instead={
        "deadline": "expect: 5d",
        "safeguards": "safeguards: in the plan, with stages: [KEY]",
        "on_breach": "safeguards: in the plan, with do: rollback, hold or {rollback: previous}",
        "freeze": "freeze: in the plan",
        "name": "key: admin-reads",
        "id": "key: admin-reads",
        "title": "goal: what this stage is for",
        "description": "goal: what this stage is for",
        "flags": "set: {FLAG: value}",
        "duration": "soak: 2d",
        "wait": "soak: 2d",
        "for": "soak: 2d",
        "approval": f"gates: [{{{APPROVAL_EXAMPLE}}}]",
        "checklist": "gates: [{checklist: [on-call briefed]}]",
        "tasks": "gates: [{checklist: [on-call briefed]}]",
        "gate": f"gates: [{EXAMPLE}]",
        "steps": f"ramp: {ramps.EXAMPLE}",
        "percent": _AT_THE_FLAG,
        "cohort": "set: {FLAG: {value: VALUE, cohort: admin}}",
        "environment": "environments: [staging]",
    },
    example="key: admin-reads, set: {FLAG: true}, soak: 2d",
)


class _Step(Struct, frozen=True, kw_only=True):
    """One stage that an entry of the list stands for: an ordinary one is one, a ramp several."""

    key: str
    flips: tuple[Flip, ...]
    soak: int
    asks_people: bool = True


def read_stages(reader: Reader, node: Node, outline: Outline) -> None:
    if not isinstance(node, Items):
        outline.doubt()
    for item in reader.items(node, "stages", "- key: admin-reads", most=MOST_STAGES):
        _stage(reader, item, outline)


def _stage(reader: Reader, node: Node, outline: Outline) -> None:
    entries = reader.form(node, STAGE)
    if entries is None:
        outline.doubt()
        return
    key = _key(reader, node, entries, outline)
    goal = reader.text(entries["goal"], "goal", "goal: what this stage is for") if "goal" in entries else ""
    soak = reader.duration(entries["soak"], "soak", "soak: 2d") if "soak" in entries else 0
    options = {
        name: reader.truth(entries[name], name) or False for name in ("optional", "no_return") if name in entries
    }
    for step in _steps(reader, node, entries, key or "", soak, outline):
        gates = read_gates(reader, entries["gates"], step.key, outline) if "gates" in entries else ()
        if not key:
            outline.in_doubt.update(flip.flag for flip in step.flips)
            continue
        outline.stage_lines[step.key] = node.line
        if entries.keys() & {"soak", "gates", "ramp"} or len(step.flips) < _moves_written(entries):
            outline.busy_stages.add(step.key)
        outline.stages[step.key] = Stage(
            key=step.key,
            goal=goal or "",
            flips=step.flips,
            soak=step.soak,
            expect=_expect(reader, entries, step.soak),
            gates=gates if step.asks_people else tuple(g for g in gates if not _is_people(g)),
            optional=options.get("optional", False),
            no_return=options.get("no_return", False),
            pin=_pin(reader, entries["pin"], step.key, outline) if "pin" in entries else (),
            environments=read_where(reader, entries["environments"], outline) if "environments" in entries else (),
        )


def _is_people(gate: object) -> bool:
    return isinstance(gate, (ApprovalGate, ChecklistGate))


def _key(reader: Reader, node: Node, entries: Found, outline: Outline) -> str | None:
    """The key, if it is one and no other stage has it."""
    if entries.lacks("key"):
        reader.fault(node.line, "this stage has no key", "add key: NAME, as in key: admin-reads")
    key = reader.name(entries["key"], KEY, "key: admin-reads") if "key" in entries else None
    if key is None:
        return None
    if key in RESERVED:
        reader.fault(entries["key"].line, f"{key} cannot be a stage's key", "choose another: it is a word of the bot's")
    if _is_taken(reader, entries["key"], key, outline):
        return None
    return key


def _is_taken(reader: Reader, node: Node, key: str, outline: Outline) -> bool:
    first = outline.stage_lines.get(outline.ramps.get(key, (key,))[0])
    if first is None:
        return False
    reader.fault(node.line, f"there are two stages {key}, the first in line {first}", "give each its own key")
    return True


def _steps(reader: Reader, node: Node, entries: Found, key: str, soak: int | None, outline: Outline) -> Iterator[_Step]:
    if "ramp" not in entries:
        flips = read_moves(reader, entries["set"], key, soak, outline) if "set" in entries else ()
        yield _Step(key=key, flips=flips, soak=soak or 0)
        return
    for other, right in (("set", "set it in a stage of its own"), ("soak", "write each: in the ramp")):
        if other in entries:
            reader.fault(entries[other].line, f"the ramp of this stage stands beside {other}", right)
    ramp = ramps.read_ramp(reader, entries["ramp"], outline)
    if ramp is None:
        yield _Step(key=key, flips=(), soak=0)
        return
    keys = tuple(f"{key}-{suffix}" for suffix, _ in ramp.steps)
    taken = [step for step in keys if key and _is_taken(reader, entries["ramp"], step, outline)]
    if taken:
        outline.doubt(ramp.flag)
        return
    if len(outline.stages) + len(keys) > MOST_STAGES:
        reader.fault(node.line, f"with this ramp there are more than {MOST_STAGES} stages", "write fewer steps")
        outline.doubt()
        return
    outline.ramps[key] = keys
    for step_key, (_, flip) in zip(keys, ramp.steps, strict=True):
        outline.flip_lines[step_key, flip.flag] = entries["ramp"].line
        asks = ramp.asks_each or step_key == keys[-1]
        yield _Step(key=step_key, flips=(flip,), soak=ramp.each, asks_people=asks)


def _moves_written(entries: Found) -> int:
    node = entries.get("set")
    return len(node.entries) if isinstance(node, Mapping) else int(node is not None)


def _expect(reader: Reader, entries: Found, soak: int) -> int:
    if "expect" not in entries:
        return 0
    expect = reader.duration(entries["expect"], "expect", "expect: 5d") or 0
    if 0 < expect < soak:
        wrong = f"the stage is expected to take {say_duration(expect)}, and soaks for {say_duration(soak)}"
        reader.fault(entries["expect"].line, wrong, "let expect: be the longer of the two")
    return expect


def _pin(reader: Reader, node: Node, stage: str, outline: Outline) -> tuple[str, ...]:
    outline.pin_lines[stage] = node.line
    items = reader.items(node, "pin", "pin: [FLAG]", most=MOST_FLAGS) if isinstance(node, Items) else (node,)
    names = [name for item in items if (name := reader.scalar(item, "a pinned flag", "pin: [FLAG]")) is not None]
    known = [n.text for n in names if reader.follows(n, FLAG_NAME) and reader.known(n, "flag", outline.flags)]
    return tuple(dict.fromkeys(known))
