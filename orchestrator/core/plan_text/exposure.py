"""A flag's move in the text of a plan: to which value, for whom, and when."""

from __future__ import annotations

import re
from decimal import Decimal

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.durations import say_duration
from orchestrator.core.exposure import WHOLE, Cohort
from orchestrator.core.faults import shown
from orchestrator.core.plan import Flip
from orchestrator.core.plan_text.cohorts import read_cohort_names
from orchestrator.core.plan_text.flags import MOST_FLAGS, read_value
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import FLAG_NAME, Form, Found, Reader

FLIP = Form(
    what="a flag's move",
    keys=("value", "percent", "cohort", "after"),
    instead={
        "pin": "pin: [FLAG] at the stage",
        "ramp": "ramp: {flag: FLAG, percent: [10, 50, 100], each: 24h} at the stage",
        "to": "value: VALUE",
        "delay": "after: 2h",
        "wait": "after: 2h",
        "at": "after: 2h",
        "share": "percent: 10",
        "cohorts": "cohort: [admin, pilots]",
        "for": "cohort: admin, or percent: 10",
        "allow": "cohort: NAME, and cohorts: {NAME: {keys: [ann, bob]}} in the plan",
    },
    example="value, or {value: VALUE, percent: 10}",
)
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?) ?%?", re.ASCII)


def read_moves(reader: Reader, node: Node, stage: str, soak: int | None, outline: Outline) -> tuple[Flip, ...]:
    """The moves of one stage in the order in which they are made: as written, the delayed ones by their delay. A move
    that could not be read puts its flag in doubt."""
    if not isinstance(node, Mapping) or not node.entries:
        outline.doubt()
    flips = []
    for name, value in reader.names(node, FLAG_NAME, "set", "set: {FLAG: value}", most=MOST_FLAGS):
        flip = _move(reader, name, value, soak, outline)
        if flip is None:
            outline.doubt(name.text)
        else:
            outline.flip_lines[stage, flip.flag] = name.line
            flips.append(flip)
    return tuple(sorted(flips, key=lambda flip: flip.after))


def _move(reader: Reader, name: Scalar, node: Node, soak: int | None, outline: Outline) -> Flip | None:
    known = reader.known(name, "flag", outline.flags)
    spec = outline.flags.get(name.text)
    value: Node | None = node
    after: int | None = 0
    share: int | None = WHOLE
    cohorts: tuple[Cohort, ...] | None = ()
    if isinstance(node, Mapping):
        entries = reader.entries(node, FLIP)
        value = entries.get("value")
        if entries.lacks("value"):
            reader.fault(name.line, f"{name.text} is set to nothing", f"write {name.text}: {{value: VALUE, after: 2h}}")
        if "after" in entries:
            after = _delay(reader, entries["after"], name.text, soak)
        share, cohorts = _whom(reader, entries, outline)
    if value is None or after is None or share is None or cohorts is None or not known or spec is None:
        return None
    chosen = read_value(reader, value, spec.ladder, name.text)
    return Flip(flag=name.text, value=chosen, after=after, share=share, cohorts=cohorts) if chosen is not None else None


def _whom(reader: Reader, entries: Found, outline: Outline) -> tuple[int | None, tuple[Cohort, ...] | None]:
    cohorts = read_cohort_names(reader, entries["cohort"], outline) if "cohort" in entries else ()
    share = 0 if "cohort" in entries else WHOLE
    if "percent" in entries:
        read = read_percent(reader, entries["percent"])
        if read == WHOLE and "cohort" in entries:
            reader.fault(entries["percent"].line, "100 percent is everybody, cohort or not", "leave out one of the two")
        return read, cohorts
    return share, cohorts


def read_percent(reader: Reader, node: Node) -> int | None:
    """Thousandths of a percent."""
    scalar = reader.scalar(node, "percent", "percent: 10")
    if scalar is None:
        return None
    found = _PERCENT.fullmatch(scalar.text.strip())
    share = int(Decimal(found[1]) * WHOLE / 100) if found else 0
    if 0 < share <= WHOLE:
        return share
    right = "write a number over 0 and up to 100, with at most three decimals, as in 0.5"
    reader.fault(node.line, f"percent is {shown(scalar.text)}", right)
    return None


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
