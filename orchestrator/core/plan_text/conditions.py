"""A signal against a bound, as gates and safeguards write it: `signal: read_p95, below: 120, window: 30m`."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import cast

from orchestrator.core.document import Scalar
from orchestrator.core.faults import shown
from orchestrator.core.gates.threshold import Comparison, Threshold
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Found, Reader
from orchestrator.core.signals import (
    MINUTE,
    CountSignal,
    RatioSignal,
    Signal,
    ValueSignal,
)

COMPARISONS = ("below", "above", "at_most", "at_least")
CONDITION_KEYS = ("signal", *COMPARISONS, "window")
SHORTEST_WINDOW, LONGEST_WINDOW, DEFAULT_WINDOW = MINUTE, 86_400, 1800

INSTEAD = {
    "under": "below: BOUND",
    "less_than": "below: BOUND",
    "lt": "below: BOUND",
    "over": "above: BOUND",
    "more_than": "above: BOUND",
    "greater_than": "above: BOUND",
    "gt": "above: BOUND",
    "max": "at_most: BOUND",
    "min": "at_least: BOUND",
    "equals": "at_most: BOUND",
    "metric": "signal: NAME, and describe the metric under signals:",
    "within": "window: 30m",
}
_NO_JUDGE = "leave it out: the newest whole window is judged, ratios by their exact bounds"
LATER = {
    "judge": _NO_JUDGE,
    "min_sample": _NO_JUDGE,
    "no_data": "leave it out: silence holds, and never passes",
    "grace": "leave it out: silence holds, and never passes",
    "for": "write window: 30m, and a level must keep the bound in every minute of it",
    "sustained": "write window: 30m, and a level must keep the bound in every minute of it",
    "streak": "write window: 30m, and a level must keep the bound in every minute of it",
    "unchanged": "write at_most: 0 on a count",
    "baseline": "compare with a number",
    "against": "compare with a number",
    "coverage": "name a ratio under signals: and write at_least: 99%",
    "fresh": "leave it out: silence holds, and never passes",
    "cohort": "leave it out: a signal measures everybody",
    "dry_run": "leave it out, or leave out the condition",
}

_BOUND = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,9})?) *(\D.{0,19})?", re.ASCII)


def read_condition(reader: Reader, entries: Found, line: int, contents: Contents) -> Threshold | None:
    """The threshold in these entries; `line` is where the gate or safeguard begins."""
    name = reader.scalar(entries["signal"], "signal", "signal: NAME")
    known = name is not None and reader.known(name, "signal", contents.signals)
    signal = contents.signals.get(name.text) if name is not None else None
    seconds = _window(reader, entries)
    written = [key for key in COMPARISONS if key in entries]
    if not written and entries.refused:
        return None
    if len(written) != 1:
        what = f"the condition on {shown(name.text)}" if name else "the condition"
        wrong = f"{what} has {' and '.join(written)}" if written else f"{what} has no bound"
        right = "write two conditions, one bound each" if written else "add below: BOUND, above:, at_most: or at_least:"
        reader.fault(line, wrong, right)
        return None
    comparison = cast(Comparison, written[0])
    bound = reader.scalar(entries[comparison], comparison, f"{comparison}: 120, or {comparison}: 0.5% for a ratio")
    limit = _limit(reader, bound, comparison, signal) if bound is not None else None
    if name is None or not known or bound is None or limit is None or seconds is None:
        return None
    return Threshold(
        signal=name.text,
        comparison=comparison,
        limit=limit,
        said=" ".join(bound.text.split()),
        window=seconds,
    )


def _window(reader: Reader, entries: Found) -> int | None:
    if "window" not in entries:
        return DEFAULT_WINDOW
    seconds = reader.duration(entries["window"], "window", "window: 30m")
    if seconds is None:
        return None
    if not SHORTEST_WINDOW <= seconds <= LONGEST_WINDOW:
        reader.fault(entries["window"].line, "a window is out of range", "windows lie between 1m and 24h")
        return None
    if seconds % MINUTE:
        reader.fault(entries["window"].line, "a window ends within a minute", "write whole minutes, as in 30m")
        return None
    return seconds


def _limit(reader: Reader, bound: Scalar, comparison: Comparison, signal: Signal | None) -> str | None:
    """The exact decimal text of a bound that this signal can be held against."""
    found = _BOUND.fullmatch(bound.text.strip())
    if not found:
        reader.fault(bound.line, f"{comparison}: {shown(bound.text)} is not a number", "write 120, 0.5 or 0.5%")
        return None
    number, unit = Decimal(found[1]), (found[2] or "").strip()
    match signal:
        case RatioSignal():
            right = _ratio_fault(number, unit)
            number = number.scaleb(-2) if unit == "%" else number
        case CountSignal():
            right = _count_fault(number, unit, comparison)
        case ValueSignal():
            fits = unit in ("", signal.unit)
            right = "" if fits else f"write a number in {signal.unit or 'its unit'}, as {signal.name} is measured"
        case None:
            # The signal has a fault of its own, or is unknown: nothing more can be said of its bound.
            right = ""
    if right:
        reader.fault(
            bound.line,
            f"{comparison}: {shown(bound.text)} does not fit {signal.name if signal else 'it'}",
            right,
        )
        return None
    return format(number.normalize(), "f") if number else "0"


def _ratio_fault(number: Decimal, unit: str) -> str:
    if unit not in ("", "%"):
        return "a ratio has no unit: write 0.5% or 0.005"
    if unit == "" and number >= 1:
        return f"a ratio lies between 0 and 1: write {format(number, 'f')}%, or a number such as 0.005"
    if not 0 < number < (100 if unit == "%" else 1):
        return "no traffic shows a ratio of 0% or 100%: write a bound between them, or a count of failures"
    return ""


def _count_fault(number: Decimal, unit: str, comparison: Comparison) -> str:
    if unit == "%":
        return "percent is for ratios: write a number"
    if unit:
        return "a count has no unit: write a number"
    if number < 0 or (number == 0 and comparison in ("below", "at_least")):
        return "a count is never below 0: write at_most: 0 for none, above: 0 for any"
    return ""
