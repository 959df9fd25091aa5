"""Gates that hold one signal against another, or against its own past."""

from __future__ import annotations

from orchestrator.core.document import Node
from orchestrator.core.faults import shown
from orchestrator.core.gates.baseline import LOOK_BACK, BaselineGate
from orchestrator.core.gates.difference import DifferenceGate
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.bounds import parse_bound
from orchestrator.core.plan_text.cloudwatch import SHORT_P95
from orchestrator.core.plan_text.conditions import DEFAULT_WINDOW, MOST_REQUESTS, window_or
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Found, Reader, exact
from orchestrator.core.plan_text.signal_names import named_signal, other_signal
from orchestrator.core.signals import CountSignal, RatioSignal, ValueSignal

BEFORE = ("start", "stage", *LOOK_BACK)
"""What a signal can be compared with, besides another signal."""


def read_baseline(reader: Reader, entries: Found, line: int, contents: Contents) -> BaselineGate | None:
    right = "name a value, a count or a ratio: a percentile can be compared as value: " + SHORT_P95
    fits = RatioSignal | CountSignal | ValueSignal
    name = named_signal(reader, entries, contents, fits, "of" if "of" in entries else "within", right)
    for key, example in (("within", "within: 10%"), ("of", "of: last_week")):
        if entries.lacks(key):
            reader.fault(line, f"the comparison has no {key}", f"add {example}")
    of = _of(reader, entries, name, contents) if "of" in entries else None
    margin = _margin(reader, entries["within"]) if "within" in entries else None
    worse = reader.choice(entries["worse"], "worse", ("more", "less")) if "worse" in entries else "more"
    window = window_or(reader, entries, DEFAULT_WINDOW)
    least: int | None = 0
    if "min_requests" in entries:
        least = _least(reader, entries["min_requests"], name, contents)
    if name is None or of is None or margin is None or worse is None or window is None or least is None:
        return None
    return BaselineGate(
        signal=name,
        of=of,
        margin=margin[0],
        said=margin[1],
        window=window,
        more_is_worse=worse == "more",
        least=least,
    )


def _of(reader: Reader, entries: Found, name: str | None, contents: Contents) -> str | None:
    scalar = reader.scalar(entries["of"], "of", "of: last_week")
    if scalar is None or scalar.text in BEFORE:
        return scalar.text if scalar else None
    if scalar.text not in contents.signals:
        near = did_you_mean(scalar.text, (*BEFORE, *contents.signals))
        right = f"did you mean {near}?" if near else f"write {', '.join(BEFORE)} or the name of a signal"
        reader.fault(scalar.line, f"of is {shown(scalar.text)}", right)
        return None
    return other_signal(reader, entries, "of", name, contents)


def _margin(reader: Reader, node: Node) -> tuple[str, str] | None:
    scalar = reader.scalar(node, "within", "within: 10%")
    if scalar is None:
        return None
    found = parse_bound(scalar.text)
    if found is None or found[1] != "%" or not 0 <= found[0] <= 1000:
        reader.fault(node.line, f"within is {shown(scalar.text)}", "write a percentage of it, as in within: 10%")
        return None
    return exact(found[0].scaleb(-2)), " ".join(scalar.text.split())


def _least(reader: Reader, node: Node, name: str | None, contents: Contents) -> int | None:
    if name is not None and not isinstance(contents.signals.get(name), RatioSignal):
        reader.fault(node.line, f"min_requests in a comparison of {name}", "only a ratio has requests: leave it out")
        return None
    return reader.whole(node, "min_requests", "min_requests: 100", least=1, most=MOST_REQUESTS)


def read_difference(reader: Reader, entries: Found, line: int, contents: Contents) -> DifferenceGate | None:
    fits = CountSignal | ValueSignal
    name = named_signal(reader, entries, contents, fits, "same_as", "name two counts or two values")
    other = other_signal(reader, entries, "same_as", name, contents)
    tolerance: tuple[str, str, bool] | None = ("0", "0", False)
    if "within" in entries:
        tolerance = _tolerance(reader, entries["within"])
    window = window_or(reader, entries, DEFAULT_WINDOW)
    if name is None or other is None or tolerance is None or window is None:
        return None
    exactly, said, relative = tolerance
    return DifferenceGate(signal=name, other=other, tolerance=exactly, said=said, relative=relative, window=window)


def _tolerance(reader: Reader, node: Node) -> tuple[str, str, bool] | None:
    scalar = reader.scalar(node, "within", "within: 0.1%")
    if scalar is None:
        return None
    found = parse_bound(scalar.text)
    if found is None or found[1] not in ("", "%") or found[0] < 0:
        reader.fault(node.line, f"within is {shown(scalar.text)}", "write 0.1% of the other, or a number as in 5")
        return None
    number, relative = found[0], found[1] == "%"
    return exact(number.scaleb(-2) if relative else number), " ".join(scalar.text.split()), relative
