"""Gates that look at how things stand: `state:` of flags or alarms, and `drill:` of a kill switch."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.gates.drill import DrillGate
from orchestrator.core.gates.state import AlarmsGate, FlagsGate
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.flags import MOST_FLAGS, read_value
from orchestrator.core.plan_text.reader import FLAG_NAME, LONGEST_LOOK, Form, Found, Reader
from orchestrator.core.plan_text.safeguards import ALARM

MOST_ALARMS = 50
LONGEST_WITHIN = 86_400

FLAGS = Form(
    what="a state of flags",
    keys=("state", "are"),
    instead={"values": "are: {FLAG: value}", "set": "are: {FLAG: value}", "flags": "are: {FLAG: value}"},
    example="{state: flags, are: {FLAG: value}}",
)
ALARMS = Form(
    what="a state of alarms",
    keys=("state", "quiet", "names"),
    instead={"for": "quiet: 24h", "alarms": "names: [portal-outage]", "window": "quiet: 24h"},
    example="{state: alarms, quiet: 24h}",
)
DRILL = Form(
    what="a drill",
    keys=("drill", "within", "valid"),
    later={"every": "say with valid: how long a drill counts"},
    instead={"flag": "drill: FLAG", "max_age": "valid: 7d", "budget": "within: 5m"},
    example="{drill: FLAG, within: 5m, valid: 7d}",
)


def read_state(reader: Reader, node: Mapping, contents: Contents) -> FlagsGate | AlarmsGate | None:
    chosen = reader.choice(next(value for key, value in node.entries if key.text == "state"), "state", tuple(STATES))
    if chosen is None:
        return None
    form, read = STATES[chosen]
    entries = reader.form(node, form)
    return read(reader, entries, node.line, contents) if entries is not None else None


def _flags(reader: Reader, entries: Found, line: int, contents: Contents) -> FlagsGate | None:
    if entries.lacks("are"):
        reader.fault(line, "the state of flags says no value", "add are: {FLAG: value}")
    if "are" not in entries:
        return None
    named = list(reader.names(entries["are"], FLAG_NAME, "are", "are: {FLAG: value}", most=MOST_FLAGS))
    found = [(name.text, _value(reader, name, node, contents)) for name, node in named]
    values = tuple((name, value) for name, value in found if value is not None)
    return FlagsGate(values=values) if values and len(values) == len(found) else None


def _value(reader: Reader, name: Scalar, node: Node, contents: Contents) -> str | None:
    spec = contents.flags[name.text] if reader.known(name, "flag", contents.flags) else None
    return read_value(reader, node, spec.ladder, name.text) if spec is not None else None


def _alarms(reader: Reader, entries: Found, line: int, contents: Contents) -> AlarmsGate | None:
    names: tuple[str, ...] | None = ()
    quiet: int | None = 0
    if "names" in entries:
        names = reader.listed(entries["names"], ALARM, "names", "names: [portal-outage]", most=MOST_ALARMS)
    if "quiet" in entries:
        quiet = reader.minutes(entries["quiet"], "quiet", "quiet: 24h", longest=LONGEST_LOOK, said="14d")
    return AlarmsGate(names=names, quiet=quiet) if names is not None and quiet is not None else None


STATES: dict[str, tuple[Form, Callable[[Reader, Found, int, Contents], FlagsGate | AlarmsGate | None]]] = {
    "flags": (FLAGS, _flags),
    "alarms": (ALARMS, _alarms),
}


def read_drill(reader: Reader, node: Mapping, contents: Contents) -> DrillGate | None:
    entries = reader.form(node, DRILL)
    if not entries:
        return None
    flag = reader.scalar(entries["drill"], "drill", "drill: FLAG")
    usual = DrillGate(flag="")
    within: int | None = usual.within
    valid: int | None = usual.valid
    if "within" in entries:
        within = reader.duration(entries["within"], "within", "within: 5m")
    if within is not None and within > LONGEST_WITHIN:
        reader.fault(entries["within"].line, "within is out of range", "it lies between 1s and 24h")
        return None
    if "valid" in entries:
        valid = reader.duration(entries["valid"], "valid", "valid: 7d")
    if flag is None or not reader.known(flag, "flag", contents.flags) or within is None or valid is None:
        return None
    return DrillGate(flag=flag.text, within=within, valid=valid)
