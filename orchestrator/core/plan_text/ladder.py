"""`ladder:` in the text of a plan: what is tried one after the other until something has helped."""

from __future__ import annotations

from orchestrator.core.document import Node
from orchestrator.core.plan import Instruct, RollBack, Rung, RunJob, SetFlags
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Form, Found, NameRule, Reader
from orchestrator.core.plan_text.recovery import RECOVERED, read_recovery
from orchestrator.core.plan_text.safeguards import read_target, read_values

MOST_RUNGS = 10
LEAST_WITHIN, MOST_WITHIN = 60, 86_400

ACTIONS = ("set", "rollback", "job", "human")
RUNG = Form(
    what="a rung",
    keys=("rung", *ACTIONS, "assisted", "takes", "recovered", "within"),
    instead={
        "name": "rung: NAME",
        "key": "rung: NAME",
        "do": "rollback: previous, set: {FLAG: value}, job: NAME or human: TEXT",
        "action": "rollback: previous, set: {FLAG: value}, job: NAME or human: TEXT",
        "manual": "human: RUNBOOK.md#restore",
        "run": "job: NAME",
        "timeout": "within: 10m",
        "until": "recovered: {signal: NAME, below: 1%, window: 10m}",
        "approval": "assisted: true, and a person presses the button",
    },
    example="{rung: back one stage, rollback: previous}",
)
RUNG_NAME = NameRule(
    what="a rung's name",
    pattern=r"[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,58}[A-Za-z0-9])?",
    right="use letters, digits and spaces (at most 60), as in back one stage",
)


def read_ladder(reader: Reader, node: Node, outline: Outline) -> None:
    example = f"- {RUNG.example}"
    for item in reader.items(node, "ladder", example, most=MOST_RUNGS):
        entries = reader.form(item, RUNG)
        if entries is None:
            continue
        name = _name(reader, item, entries, outline)
        action = _action(reader, item, entries, outline)
        rung = _rung(reader, entries, name or "", action, outline) if action is not None else None
        if name is not None and rung is not None:
            outline.rung_lines[name] = item.line
            outline.rungs.append(rung)


def _name(reader: Reader, node: Node, entries: Found, outline: Outline) -> str | None:
    if entries.lacks("rung"):
        reader.fault(node.line, "this rung has no name", "add rung: NAME, as in rung: back one stage")
    name = reader.name(entries["rung"], RUNG_NAME, "rung: NAME") if "rung" in entries else None
    if name is not None and (first := outline.rung_lines.get(name)):
        reader.fault(node.line, f"there are two rungs {name}, the first in line {first}", "give each its own name")
        return None
    return name


def _action(
    reader: Reader, node: Node, entries: Found, outline: Outline
) -> SetFlags | RollBack | RunJob | Instruct | None:
    written = [key for key in ACTIONS if key in entries]
    if not written and entries.refused:
        return None
    if len(written) != 1:
        wrong = f"one rung has {' and '.join(written)}" if written else "this rung does nothing"
        right = "write two rungs" if written else "add rollback: previous, set:, job: or human:"
        reader.fault(node.line, wrong, right)
        return None
    what = entries[written[0]]
    match written[0]:
        case "set":
            values = read_values(reader, what, outline)
            return SetFlags(values=values) if values else None
        case "rollback":
            to = read_target(reader, what)
            return RollBack(to=to) if to else None
        case "job":
            name = reader.scalar(what, "job", "job: NAME")
            return RunJob(target=name.text) if name and reader.known(name, "job", outline.jobs) else None
        case _:
            text = reader.text(what, "human", "human: RUNBOOK.md#restore", longest=300)
            return Instruct(text=text) if text else None


def _rung(
    reader: Reader, entries: Found, name: str, action: SetFlags | RollBack | RunJob | Instruct, outline: Outline
) -> Rung | None:
    assisted = reader.truth(entries["assisted"], "assisted") if "assisted" in entries else False
    takes = reader.duration(entries["takes"], "takes", "takes: 5m") if "takes" in entries else 0
    recovered = read_recovery(reader, entries["recovered"], RECOVERED, outline) if "recovered" in entries else None
    within = _within(reader, entries) if "within" in entries else Rung(name=name, action=action).within
    if assisted and isinstance(action, Instruct):
        reader.fault(entries["assisted"].line, "people do this rung anyway", "leave out assisted:")
    if assisted is None or takes is None or within is None or ("recovered" in entries and recovered is None):
        return None
    return Rung(name=name, action=action, assisted=assisted, takes=takes, recovered=recovered, within=within)


def _within(reader: Reader, entries: Found) -> int | None:
    node = entries["within"]
    if entries.lacks("recovered"):
        wrong = "within: says when a rung has failed, and nothing says when it has helped"
        reader.fault(node.line, wrong, "add recovered: {signal: NAME, below: 1%, window: 10m}")
        return None
    within = reader.duration(node, "within", "within: 10m")
    if within is not None and not LEAST_WITHIN <= within <= MOST_WITHIN:
        reader.fault(node.line, "within is out of range", "it lies between 1m and 24h")
        return None
    return within
