"""`events:` of a scenario: what happens when. The leading key says what kind of event it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from msgspec import structs

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.plan_text.reader import Form, Found, Reader
from orchestrator.core.signals import AlarmState
from orchestrator.core.simulation.asking import (
    COMMANDS,
    read_actor,
    read_approval,
    read_command,
    read_text,
    read_tick,
)
from orchestrator.core.simulation.knobs import KNOBS, knob_keys, read_changes
from orchestrator.core.simulation.known import Known
from orchestrator.core.simulation.scenario import AlarmChanges, Answers, Happening, Marks, NoTicks, SetsByHand, Turns
from orchestrator.core.simulation.scenario import Reports as Reported
from orchestrator.core.targets import Report, Result

ALARM_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")
RESULTS = ("pass", "fail", "error")
MOST_EVENTS = 5000
MOST_NUMBERS = 100

_EXAMPLE = "{at: 0m, command: start, by: eng-oncall}"
_REPORT = Form(what="a report", keys=("result", "numbers", "link", "by"), example="{result: pass}")


def read_happenings(reader: Reader, node: Node, known: Known) -> tuple[Happening, ...]:
    """Every event by its time; those of the same time keep the order of the file."""
    if isinstance(node, Scalar) and node.is_empty:
        return ()
    items = reader.items(node, "events", _EXAMPLE, most=MOST_EVENTS)
    found = [event for item in items if (event := _event(reader, item, known)) is not None]
    return tuple(sorted(found, key=lambda event: event.at))


def _event(reader: Reader, node: Node, known: Known) -> Happening | None:
    """One event, by the one key of it that names a kind."""
    values = {key.text: value for key, value in node.entries} if isinstance(node, Mapping) else {}
    # `flag` names a kind of its own, and stands beside a command too.
    kinds = [key for key in values if key in _KINDS]
    kind = "command" if "command" in kinds else kinds[0] if kinds else ""
    if not kind:
        reader.form(node, Form(what="an event", keys=("at", *_KINDS), example=_EXAMPLE))
        if values.keys() <= {"at"} and isinstance(node, Mapping):
            reader.fault(node.line, "nothing happens in this event", f"write one of {', '.join(_KINDS)}")
        return None
    entries = reader.entries(node, _form(kind, values[kind], known))
    at = _moment(reader, entries, node.line)
    subject = reader.scalar(values[kind], kind, _KINDS[kind][1])
    event = _KINDS[kind][2](reader, entries, subject, known) if subject is not None else None
    return structs.replace(event, at=at) if event is not None and at is not None else None


def _form(kind: str, subject: Node, known: Known) -> Form:
    """The keys that this very event takes: what stands beside a command or a signal depends on which it is."""
    beside, example, _ = _KINDS[kind]
    name = subject.text if isinstance(subject, Scalar) else ""
    if kind == "signal":
        beside = knob_keys(known.signals[name]) if name in known.signals else KNOBS
    if kind == "command":
        beside += next((more for verb, more in COMMANDS.items() if verb == name), ())
    return Form(what=f"the event {kind}", keys=("at", kind, *beside), example=example)


def _moment(reader: Reader, entries: Found, line: int) -> int | None:
    """Seconds from the start. `0m` is the start itself, which no duration is."""
    if "at" not in entries:
        if entries.lacks("at"):
            reader.fault(line, "this event has no time", "add at: 26h, counted from the start")
        return None
    node = entries["at"]
    if isinstance(node, Scalar) and node.text.strip() in ("0", "0s", "0m", "0h", "0d"):
        return 0
    return reader.duration(node, "at", "at: 26h")


def _signal(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    if not reader.known(subject, "signal", known.signals):
        return None
    changes = read_changes(reader, entries)
    if entries.keys() <= {"at", "signal"} and not entries.refused:
        right = f"add one of {', '.join(knob_keys(known.signals[subject.text]))}"
        reader.fault(subject.line, f"nothing changes in {subject.text}", right)
    return Turns(at=0, signal=subject.text, changes=changes)


def _alarm(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    state = _chosen(reader, entries, "state", ALARM_STATES, subject)
    if not reader.known(subject, "alarm", known.alarms) or state is None:
        return None
    return AlarmChanges(at=0, alarm=subject.text, state=cast(AlarmState, state))


def _answer(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    result = _chosen(reader, entries, "result", RESULTS, subject)
    kind = "probe" if "probe" in entries else "job"
    if not reader.known(subject, kind, known.targets) or result is None:
        return None
    return Answers(at=0, target=subject.text, result=cast(Result, result))


def _chosen(reader: Reader, entries: Found, key: str, choices: tuple[str, ...], subject: Scalar) -> str | None:
    if key in entries:
        return reader.choice(entries[key], key, choices)
    if entries.lacks(key):
        reader.fault(subject.line, f"{shown(subject.text)} has no {key}", f"add {key}: {' or '.join(choices)}")
    return None


def _report(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    report = _described(reader, entries, subject, known)
    return Reported(at=0, report=report) if report is not None else None


def read_report(reader: Reader, name: Scalar, node: Node, known: Known) -> Report | None:
    """A report that is there when the scenario begins: its result, or a mapping with what else it says."""
    if isinstance(node, Mapping):
        return _described(reader, reader.entries(node, _REPORT), name, known)
    result = reader.choice(node, f"the result of {shown(name.text)}", RESULTS)
    if not reader.known(name, "report", known.reports) or result is None:
        return None
    return Report(name=name.text, at=0, result=cast(Result, result))


def _described(reader: Reader, entries: Found, name: Scalar, known: Known) -> Report | None:
    result = _chosen(reader, entries, "result", RESULTS, name)
    numbers = _numbers(reader, entries["numbers"]) if "numbers" in entries else {}
    if not reader.known(name, "report", known.reports) or result is None:
        return None
    link, by = read_text(reader, entries, "link"), read_text(reader, entries, "by")
    return Report(name=name.text, at=0, result=cast(Result, result), numbers=numbers, link=link, by=by)


def _numbers(reader: Reader, node: Node) -> dict[str, float]:
    if not isinstance(node, Mapping):
        reader.fault(node.line, "numbers is no mapping", "write numbers: {differences: 0}")
        return {}
    read = {
        key.text: reader.number(value, shown(key.text), f"{shown(key.text)}: 0")
        for key, value in node.entries[:MOST_NUMBERS]
    }
    return {name: float(number) for name, number in read.items() if number is not None}


def _change(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    actor = read_actor(reader, entries, known, subject.line) if "by" in entries else None
    return Marks(at=0, what=subject.text, by=actor.name if actor is not None else "")


def _flag(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    value = reader.scalar(entries["value"], "value", "value: false") if "value" in entries else None
    if entries.lacks("value"):
        reader.fault(subject.line, f"{shown(subject.text)} has no value", "add value: false")
    if not reader.known(subject, "flag", known.flags) or value is None:
        return None
    return SetsByHand(at=0, flag=subject.text, value=value.text)


def _no_ticks(reader: Reader, entries: Found, subject: Scalar, known: Known) -> Happening | None:
    length = reader.duration(subject, "no_ticks", "no_ticks: 10m")
    return NoTicks(at=0, length=length) if length is not None else None


_Read = Callable[[Reader, Found, Scalar, Known], Happening | None]

_KINDS: dict[str, tuple[tuple[str, ...], str, _Read]] = {
    "command": (("by", "reason"), _EXAMPLE, read_command),
    "approve": (("by", "reason"), "{at: 49h, approve: admin-reads, by: ops-lead}", read_approval),
    "tick": (("by", "evidence"), "{at: 1h, tick: admin-reads/on-call briefed, by: ops-lead}", read_tick),
    "signal": ((), "{at: 26h, signal: api_5xx, rate: 4%}", _signal),
    "alarm": (("state",), "{at: 27h, alarm: portal-outage, state: ALARM}", _alarm),
    "probe": (("result",), "{at: 50h, probe: dashboard-smoke, result: fail}", _answer),
    "job": (("result",), "{at: 50h, job: redeploy-previous, result: fail}", _answer),
    "report": (("result", "numbers", "link", "by"), "{at: 5h, report: parity-diff, result: pass}", _report),
    "change": (("by",), "{at: 6h, change: deploy 41}", _change),
    "flag": (("value",), "{at: 7h, flag: PORTAL_PRISMA, value: false}", _flag),
    "no_ticks": ((), "{at: 60h, no_ticks: 10m}", _no_ticks),
}
"""By the leading key: what else an event of that kind takes, an example, and what reads it."""
