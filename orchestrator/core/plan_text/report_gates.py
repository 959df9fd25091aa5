"""Gates that look at results: `probe:`, which Switchback calls itself, and `report:`, which others bring."""

from __future__ import annotations

import re

from msgspec import structs

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.durations import say_duration
from orchestrator.core.faults import shown
from orchestrator.core.gates.probes import ProbeGate
from orchestrator.core.gates.reports import Comparator, Expectation, ReportGate
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import KEY, LONGEST_LOOK, Form, Found, NameRule, Reader, exact

MOST_NUMBERS = 20
MOST_PASSES = 1000
EVERY = 300
LONGEST_EVERY = 86_400
COMPARATORS: tuple[Comparator, ...] = ("equals", "below", "above", "at_most", "at_least")

PROBE = Form(
    what="a probe gate",
    keys=("probe", "passes", "across", "every", "for"),
    later={"dry_run": "leave the gate out: a probe runs only for a gate"},
    instead={
        "times": "passes: 5",
        "succeeds": "passes: 5",
        "consecutive": "passes: 5",
        "in_a_row": "passes: 5",
        "interval": "every: 15m",
        "window": "across: 30m, or for: 2h",
        "within": "across: 30m, or for: 2h",
        "duration": "for: 2h",
    },
    example="{probe: dashboard-smoke, passes: 2}",
)
REPORT = Form(
    what="a report gate",
    keys=("report", "expect", "link", "valid", "lead"),
    later={"passes": "let the newest report say pass or fail", "within": "leave it out: reports come by themselves"},
    instead={
        "numbers": "expect: {differences: 0}",
        "artefact": "link: true",
        "artifact": "link: true",
        "max_age": "valid: 7d",
        "before": "lead: 1w",
        "notice": "lead: 1w",
    },
    example="{report: parity-diff, expect: {differences: 0}}",
)
EXPECTED = Form(
    what="an expected number",
    keys=(*COMPARATORS, "within"),
    instead={
        "tolerance": "within: 5",
        "max": "at_most: 5",
        "min": "at_least: 5",
        "is": "equals: 0",
        "under": "below: 5",
        "over": "above: 5",
    },
    example="0, or {at_most: 5}",
)
NUMBER = NameRule(
    what="the name of a number",
    pattern=r"[A-Za-z_][A-Za-z0-9_.-]{0,63}",
    right="use letters, digits and _, as in differences",
)
_IS_NUMBER = re.compile(r"[-+.]?[0-9]")


def read_probe(reader: Reader, node: Mapping, contents: Contents) -> ProbeGate | None:
    entries = reader.form(node, PROBE)
    if not entries:
        return None
    name = _probe(reader, entries["probe"], contents)
    across = _length(reader, entries, "across", "across: 30m")
    length = _length(reader, entries, "for", "for: 2h")
    every: int | None = EVERY
    if "every" in entries:
        every = reader.minutes(entries["every"], "every", "every: 15m", longest=LONGEST_EVERY, said="24h")
    passes: int | None = 0 if "for" in entries else 1
    if "passes" in entries:
        passes = reader.whole(entries["passes"], "passes", "passes: 5", least=1, most=MOST_PASSES)
    if name is None or across is None or length is None or every is None or passes is None:
        return None
    wrong, right = _impossible(passes, across, every, length)
    if wrong:
        reader.fault(node.line, wrong, right)
        return None
    return ProbeGate(probe=name, passes=passes, across=across, every=every, length=length)


def _probe(reader: Reader, node: Node, contents: Contents) -> str | None:
    name = reader.scalar(node, "probe", "probe: dashboard-smoke")
    if name is None:
        return None
    if name.text in contents.jobs:
        reader.fault(name.line, f"{name.text} is a job", "name what a gate may call under probes:")
        return None
    return name.text if reader.known(name, "probe", sorted(contents.probes)) else None


def _length(reader: Reader, entries: Found, key: str, example: str) -> int | None:
    if key not in entries:
        return 0
    return reader.minutes(entries[key], key, example, longest=LONGEST_LOOK, said="14d")


def _impossible(passes: int, across: int, every: int, length: int) -> tuple[str, str]:
    """What cannot be met however well the probe does, and what would be right; two empty texts for a good one."""
    if across and length:
        return "one probe gate has across and for", "write across: for a streak, for: for a series"
    if across and passes < 2:
        return "one pass lies across nothing", "write passes: 2 or more"
    if length and (length % every or length < every):
        wrong = f"{say_duration(length)} is not a whole number of runs, one every {say_duration(every)}"
        return wrong, "let for: be a multiple of every:"
    if length and passes > length // every:
        return f"{passes} passes of {length // every} runs", f"write at most {length // every}, or a longer for:"
    return "", ""


def read_report(reader: Reader, node: Mapping, contents: Contents) -> ReportGate | None:
    entries = reader.form(node, REPORT)
    if not entries:
        return None
    name = reader.name(entries["report"], KEY, "report: parity-diff")
    expect = _expectations(reader, entries["expect"]) if "expect" in entries else ()
    link = reader.truth(entries["link"], "link") if "link" in entries else False
    valid = reader.duration(entries["valid"], "valid", "valid: 7d") if "valid" in entries else 0
    lead = reader.duration(entries["lead"], "lead", "lead: 1w") if "lead" in entries else 0
    if name is None or expect is None or link is None or valid is None or lead is None:
        return None
    if valid and lead >= valid:
        wrong = f"no report is {say_duration(lead)} old and still valid after {say_duration(valid)}"
        reader.fault(node.line, wrong, "let valid: be longer than lead:")
        return None
    return ReportGate(report=name, expect=expect, needs_link=link, valid=valid, lead=lead)


def _expectations(reader: Reader, node: Node) -> tuple[Expectation, ...] | None:
    named = list(reader.names(node, NUMBER, "expect", "expect: {differences: 0}", most=MOST_NUMBERS))
    found = [_expectation(reader, name, value) for name, value in named]
    good = tuple(one for one in found if one is not None)
    return good if good and len(good) == len(found) else None


def _expectation(reader: Reader, name: Scalar, node: Node) -> Expectation | None:
    if not isinstance(node, Mapping):
        return _against(reader, name.text, "equals", node)
    entries = reader.form(node, EXPECTED)
    if entries is None or (not entries and entries.refused):
        return None
    written = [word for word in COMPARATORS if word in entries]
    if len(written) != 1:
        what = " and ".join(written) or "nothing"
        reader.fault(node.line, f"{name.text} is expected to be {what}", f"write one of {', '.join(COMPARATORS)}")
        return None
    found = _against(reader, name.text, written[0], entries[written[0]])
    return _within(reader, entries["within"], found) if "within" in entries else found


def _against(reader: Reader, name: str, comparator: Comparator, node: Node) -> Expectation | None:
    """A number, or by its name another number of the same report."""
    scalar = reader.scalar(node, name, f"{name}: 0")
    if scalar is None:
        return None
    if _IS_NUMBER.match(scalar.text.strip()):
        number = reader.number(scalar, name, f"{name}: 0")
        return Expectation(number=name, comparator=comparator, bound=exact(number)) if number is not None else None
    other = reader.name(scalar, NUMBER, f"{name}: 0")
    if other == name:
        reader.fault(scalar.line, f"{shown(name)} is compared with itself", "write a number, or the name of another")
        return None
    return Expectation(number=name, comparator=comparator, other=other) if other else None


def _within(reader: Reader, node: Node, found: Expectation | None) -> Expectation | None:
    """How far from equal a number may be."""
    tolerance = reader.number(node, "within", "within: 5")
    if found is None or tolerance is None:
        return None
    if found.comparator != "equals" or tolerance < 0:
        reader.fault(node.line, f"within beside {found.comparator}", "write equals: and within: a number of 0 or more")
        return None
    return structs.replace(found, tolerance=exact(tolerance))
