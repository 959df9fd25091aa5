"""Events of a scenario in which people ask for something: a command, an approval, an item of a checklist."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command, Verb
from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.plan_text.reader import Found, Reader
from orchestrator.core.simulation.known import Known
from orchestrator.core.simulation.scenario import Asks

COMMANDS: dict[Verb, tuple[str, ...]] = {
    "start": (),
    "promote": (),
    "pause": (),
    "resume": ("hold",),
    "abort": (),
    "rollback": ("to",),
    "skip": (),
    "climb": (),
    "done": ("helped",),
    "adopt": ("flag",),
    "revert": ("flag",),
    "set_flag": ("flag", "value"),
    "hold_line": (),
    "free_line": (),
}
"""What people may ask for, and what else may stand beside it. An approval and a tick are events of their own."""

CHOICES = {"to": ("start", "previous", "safe"), "helped": ("yes", "no")}
NEEDED = ("flag", "value", "helped")


def read_command(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Asks | None:
    name = reader.choice(subject, "the command", tuple(COMMANDS))
    actor = read_actor(reader, entries, known, subject.line)
    verb = next((verb for verb in COMMANDS if verb == name), None)
    if verb is None:
        return None
    args = _arguments(reader, entries, subject, verb, known)
    if actor is None:
        return None
    target = args.pop("flag", "") if verb == "set_flag" else ""
    reason = read_text(reader, entries, "reason")
    return Asks(at=0, command=Command(verb=verb, target=target, actor=actor, reason=reason, args=args))


def _arguments(reader: Reader, entries: Found, subject: Scalar, verb: Verb, known: Known) -> dict[str, str]:
    args = {}
    for key in COMMANDS[verb]:
        if key in entries:
            value = _argument(reader, entries[key], key, known)
            if value is not None:
                args[key] = value
        elif key in NEEDED and entries.lacks(key):
            reader.fault(subject.line, f"{verb} has no {key}", f"add {key}: {' or '.join(CHOICES.get(key, ('NAME',)))}")
    return args


def _argument(reader: Reader, node: Node, key: str, known: Known) -> str | None:
    if key in CHOICES:
        return reader.choice(node, key, CHOICES[key])
    scalar = reader.scalar(node, key, f"{key}: NAME")
    if scalar is None or (key == "flag" and not reader.known(scalar, "flag", known.flags)):
        return None
    return scalar.text


def read_approval(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Asks | None:
    """STAGE, or STAGE/GATE where a stage has several approvals."""
    key, slash, gate = subject.text.partition("/")
    actor = read_actor(reader, entries, known, subject.line)
    if not reader.known(structs.replace(subject, text=key), "stage", known.stages):
        return None
    if slash and not reader.known(structs.replace(subject, text=gate), "approval", known.gates[key]):
        return None
    if actor is None:
        return None
    args = {"gate": gate} if slash else {}
    reason = read_text(reader, entries, "reason")
    return Asks(at=0, stage=key, command=Command(verb="approve", target="", actor=actor, reason=reason, args=args))


def read_tick(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Asks | None:
    """STAGE/ITEM: somebody has done an item of the stage's checklist."""
    key, slash, item = subject.text.partition("/")
    actor = read_actor(reader, entries, known, subject.line)
    if not slash:
        reader.fault(subject.line, f"{shown(subject.text)} names no item", "write tick: STAGE/ITEM")
        return None
    if not reader.known(structs.replace(subject, text=key), "stage", known.stages):
        return None
    if not reader.known(structs.replace(subject, text=item), "item", known.items[key]) or actor is None:
        return None
    args = {"item": item, "evidence": read_text(reader, entries, "evidence")}
    return Asks(at=0, stage=key, command=Command(verb="tick", target="", actor=actor, args=args))


def read_actor(reader: Reader, entries: Found, known: Known, line: int) -> Actor | None:
    """Whoever does it, one of the people whom the scenario introduces."""
    if "by" not in entries:
        if entries.lacks("by"):
            reader.fault(line, "nobody does this", "add by: NAME, one of people:")
        return None
    name = reader.scalar(entries["by"], "by", "by: ops-lead")
    if name is None:
        return None
    if not known.people:
        reader.fault(name.line, f"nobody is called {shown(name.text)}", "introduce people: {ops-lead: [ops]}")
        return None
    return known.people[name.text] if reader.known(name, "person", known.people) else None


def read_text(reader: Reader, entries: Found, key: str) -> str:
    return (reader.text(entries[key], key, f"{key}: …", longest=1000) or "") if key in entries else ""
