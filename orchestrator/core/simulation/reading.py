"""The text of a scenario: YAML in; a `Scenario` whose names are all in its plan, or every fault of the text, out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

from msgspec import structs

from orchestrator.core.actors import Actor
from orchestrator.core.document import Items, Mapping, Node, Scalar, read_document
from orchestrator.core.faults import Fault, Faults, TooManyFaults, shown
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text.reader import Form, Found, NameRule, Reader
from orchestrator.core.signals import AlarmState
from orchestrator.core.simulation.happenings import ALARM_STATES, RESULTS, read_happenings, read_report
from orchestrator.core.simulation.knobs import read_knobs
from orchestrator.core.simulation.known import Known, known_in
from orchestrator.core.simulation.scenario import Knobs, Scenario
from orchestrator.core.targets import Report, Result

SCENARIO = Form(
    what="a scenario",
    keys=(
        "start",
        "until",
        "seed",
        "environment",
        "people",
        "signals",
        "alarms",
        "probes",
        "jobs",
        "reports",
        "completed",
        "events",
    ),
    instead={
        "from": "start: 2025-09-26T09:00:00Z",
        "for": "until: 20d",
        "duration": "until: 20d",
        "env": "environment: dev",
        "steps": "events:",
    },
)
PERSON = NameRule(
    what="a person's name",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_. @-]{0,63}",
    right="use letters, digits, spaces and _ . @ - (at most 64), as in eng-oncall",
)

FIRST = 1_757_926_800
"""2025-09-15 09:00 UTC, a Monday: where a scenario begins that does not say when."""

LENGTH = 30 * 86_400
MOST = 1000


def read_scenario(text: bytes, plan: Plan) -> Scenario | list[Fault]:
    """The scenario that `text` is, or all its faults in line order. It never raises, whatever the text."""
    faults = Faults()
    scenario = None
    try:
        root = read_document(text, faults)
        if root is not None:
            scenario = _read(Reader(faults), root, known_in(plan))
    except TooManyFaults:
        pass
    return scenario if scenario is not None and not faults else faults.in_line_order()


def _read(reader: Reader, root: Mapping, known: Known) -> Scenario:
    entries = reader.entries(root, SCENARIO)
    if "people" in entries:
        known = structs.replace(known, people=_people(reader, entries["people"]))
    results: dict[str, Result] = {}
    for key in ("probes", "jobs"):
        if key in entries:
            results |= _results(reader, entries[key], key, known)
    return Scenario(
        start=_start(reader, entries["start"]) if "start" in entries else FIRST,
        until=(reader.duration(entries["until"], "until", "until: 20d") or LENGTH) if "until" in entries else LENGTH,
        seed=(reader.whole(entries["seed"], "seed", "seed: 7", least=0, most=2**53) or 0) if "seed" in entries else 0,
        environment=_environment(reader, entries, known),
        people=known.people,
        signals=_signals(reader, entries["signals"], known) if "signals" in entries else {},
        alarms=_alarms(reader, entries["alarms"], known) if "alarms" in entries else {},
        results=results,
        reports=_reports(reader, entries["reports"], known) if "reports" in entries else (),
        completed=_completed(reader, entries["completed"], known) if "completed" in entries else (),
        happenings=read_happenings(reader, entries["events"], known) if "events" in entries else (),
    )


def _start(reader: Reader, node: Node) -> int:
    example = "start: 2025-09-26T09:00:00Z"
    scalar = reader.scalar(node, "start", example)
    if scalar is None:
        return FIRST
    try:
        moment = datetime.fromisoformat(scalar.text.strip())
        if not 2000 <= moment.year <= 2100:
            raise ValueError
        # A date alone, or a time without a zone, is UTC: nobody's local time is meant here.
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        reader.fault(node.line, f"start is {shown(scalar.text)}, which is no time", f"write {example}")
        return FIRST


def _environment(reader: Reader, entries: Found, known: Known) -> str:
    """Where nobody says it, the plan's first. One that the plan does not list is no fault: there no start is possible,
    which is what the engine says."""
    first = known.environments[0] if known.environments else "dev"
    scalar = (
        reader.scalar(entries["environment"], "environment", f"environment: {first}")
        if "environment" in entries
        else None
    )
    return scalar.text if scalar else first


def _people(reader: Reader, node: Node) -> dict[str, Actor]:
    found = {}
    for name, value in reader.names(node, PERSON, "people", "ops-lead: [ops]", most=MOST):
        roles = value.items if isinstance(value, Items) else (value,)
        texts = [role.text for node_ in roles if (role := reader.scalar(node_, "a role", "ops-lead: [ops]"))]
        found[name.text] = Actor(user_id=name.text, name=name.text, roles=tuple(texts))
    return found


def _signals(reader: Reader, node: Node, known: Known) -> dict[str, Knobs]:
    found = {}
    for name, value in _named(reader, node, "signals", "{api_5xx: {rate: 0.2%, per_minute: 60}}"):
        if reader.known(name, "signal", known.signals):
            found[name.text] = Knobs().turned(read_knobs(reader, value, known.signals[name.text]))
    return found


def _alarms(reader: Reader, node: Node, known: Known) -> dict[str, AlarmState]:
    found = {}
    for name, value in _named(reader, node, "alarms", "{portal-outage: OK}"):
        state = reader.choice(value, "an alarm's state", ALARM_STATES)
        if reader.known(name, "alarm", known.alarms) and state is not None:
            found[name.text] = cast(AlarmState, state)
    return found


def _results(reader: Reader, node: Node, key: str, known: Known) -> dict[str, Result]:
    found = {}
    for name, value in _named(reader, node, key, "{dashboard-smoke: pass}"):
        result = reader.choice(value, f"the result of {shown(name.text)}", RESULTS)
        if reader.known(name, key[:-1], known.targets) and result is not None:
            found[name.text] = cast(Result, result)
    return found


def _reports(reader: Reader, node: Node, known: Known) -> tuple[Report, ...]:
    found = []
    for name, value in _named(reader, node, "reports", "{parity-diff: {result: pass, numbers: {differences: 0}}}"):
        report = read_report(reader, name, value, known)
        if report is not None:
            found.append(report)
    return tuple(found)


def _completed(reader: Reader, node: Node, known: Known) -> tuple[str, ...]:
    found = []
    for name, value in _named(reader, node, "completed", "{staging: true}"):
        is_completed = reader.truth(value, f"completed in {shown(name.text)}")
        if reader.known(name, "environment", known.environments) and is_completed:
            found.append(name.text)
    return tuple(found)


def _named(reader: Reader, node: Node, what: str, example: str) -> list[tuple[Scalar, Node]]:
    """The entries of a mapping; an empty one says that there are none."""
    if isinstance(node, Mapping):
        return list(node.entries[:MOST])
    if not (isinstance(node, Scalar) and node.is_empty):
        reader.fault(node.line, f"{what} is no mapping from names", f"write {what}: {example}")
    return []
