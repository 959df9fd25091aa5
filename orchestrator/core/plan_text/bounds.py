"""The number of a condition, held against what its signal measures: `0.5%`, `120 ms`, `3`."""

from __future__ import annotations

import re
from decimal import Decimal

from orchestrator.core.document import Scalar
from orchestrator.core.faults import shown
from orchestrator.core.plan_text.reader import Reader, exact
from orchestrator.core.signals import CountSignal, LatencySignal, RatioSignal, SetSignal, Signal, ValueSignal

_BOUND = re.compile(r"(-?[0-9]{1,12}(?:\.[0-9]{1,9})?) *(\D.{0,19})?", re.ASCII)


def parse_bound(text: str) -> tuple[Decimal, str] | None:
    """The number and the unit behind it; None when it does not begin with a number."""
    found = _BOUND.fullmatch(text.strip())
    return (Decimal(found[1]), (found[2] or "").strip()) if found else None


def read_limit(reader: Reader, bound: Scalar, comparison: str, signal: Signal | None) -> str | None:
    """The exact decimal text of a bound that this signal can be held against: 0.005 for 0.5%."""
    found = parse_bound(bound.text)
    if found is None:
        reader.fault(bound.line, f"{comparison}: {shown(bound.text)} is not a number", "write 120, 0.5 or 0.5%")
        return None
    number, unit = found
    right = ""
    match signal:
        case RatioSignal():
            right = _ratio_fault(number, unit)
            number = number.scaleb(-2) if unit == "%" else number
        case CountSignal():
            right = _count_fault(number, unit, comparison)
        case ValueSignal():
            right = "" if unit in ("", signal.unit) else _in_unit(signal)
        case LatencySignal():
            right = _latency_fault(number, unit, signal)
        case SetSignal():
            right = f"a set has no size in a condition: write at_most: {exact(number)} in a gate, or only: [a, b]"
        case None:
            # The signal has a fault of its own, or is unknown: nothing more can be said of its bound.
            pass
    if right:
        name = signal.name if signal else "it"
        reader.fault(bound.line, f"{comparison}: {shown(bound.text)} does not fit {name}", right)
        return None
    return exact(number)


def _in_unit(signal: ValueSignal | LatencySignal) -> str:
    return f"write a number in {signal.unit or 'its unit'}, as {signal.name} is measured"


def _ratio_fault(number: Decimal, unit: str) -> str:
    if unit not in ("", "%"):
        return "a ratio has no unit: write 0.5% or 0.005"
    if unit == "" and number >= 1:
        return f"a ratio lies between 0 and 1: write {format(number, 'f')}%, or a number such as 0.005"
    if not 0 < number < (100 if unit == "%" else 1):
        return "no traffic shows a ratio of 0% or 100%: write a bound between them, or a count of failures"
    return ""


def _count_fault(number: Decimal, unit: str, comparison: str) -> str:
    if unit == "%":
        return "percent is for ratios: write a number"
    if unit:
        return "a count has no unit: write a number"
    if number < 0 or (number == 0 and comparison in ("below", "at_least")):
        return "a count is never below 0: write at_most: 0 for none, above: 0 for any"
    return ""


def _latency_fault(number: Decimal, unit: str, signal: LatencySignal) -> str:
    if unit not in ("", signal.unit):
        return _in_unit(signal)
    return "" if number > 0 else "nothing takes no time: write a bound above 0"
