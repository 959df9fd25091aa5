"""A signal against a bound, as gates, safeguards, rungs and observers write it: `signal: read_p95, below: 120`.

Who reads a condition says by its Form which of the keys may stand there; what a key means is the same everywhere.
"""

from __future__ import annotations

from typing import Any, cast

from msgspec import structs

from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.gates.threshold import Comparison, Judge, NoData, Threshold
from orchestrator.core.plan_text.bounds import read_limit
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Found, Reader
from orchestrator.core.plan_text.signal_names import read_signal
from orchestrator.core.signals import MINUTE, CountSignal, LatencySignal, RatioSignal, SetSignal, Signal

COMPARISONS = ("below", "above", "at_most", "at_least")
CONDITION_KEYS = ("signal", *COMPARISONS, "errors", "window")
"""What a safeguard may say of a signal."""

RECOVERY_KEYS = ("signal", *COMPARISONS, "window", "judge", "min_requests")
"""What `recovered:` and `observed:` may say of one."""

GATE_KEYS = (*RECOVERY_KEYS, "allow", "no_data", "alive")

LONGEST_WINDOW, DEFAULT_WINDOW = 86_400, 1800
MOST_REQUESTS = 1_000_000_000

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
}
_ONLY_GATES = "leave it out: only gates take it"
_ITSELF = "leave it out: ratios are judged by exact bounds, so that few requests set nothing off"
LATER = {
    "judge": _ITSELF,
    "min_requests": _ITSELF,
    "min_sample": _ITSELF,
    "no_data": "leave it out: silence never sets it off",
    "alive": "leave it out: silence never sets it off",
    "grace": "leave it out: silence never sets it off",
    "allow": _ONLY_GATES,
    "for": "write window: 10m, and a level must break the bound in every minute of it",
    "sustained": "write window: 10m, and a level must break the bound in every minute of it",
    "within": "write window: 10m",
    "unchanged": "write above: 0 on a count",
    "of": "compare with a number",
    "baseline": "compare with a number",
    "fresh": _ONLY_GATES,
    "only": _ONLY_GATES,
    "nothing_new": _ONLY_GATES,
    "same_as": _ONLY_GATES,
    "cohort": "leave it out: a signal measures everybody, unless its query selects",
}


def read_condition(
    reader: Reader,
    entries: Found,
    line: int,
    contents: Contents,
    *,
    sequential: bool = True,
    look: int = 0,
    looks: int = 0,
) -> Threshold | None:
    """The threshold in these entries; `line` is where the gate or safeguard begins.

    sequential: without a window a ratio is judged from where evidence begins; where that is not so it needs one.
    look: the seconds of one of `looks` looks at the signal, instead of a window.
    """
    name, signal = read_signal(reader, entries, contents)
    written = _bound(reader, entries, line, name)
    window = look or window_or(reader, entries, 0)
    if written is None or name is None:
        return None
    comparison, bound = written
    limit = _errors(reader, bound, signal) if comparison == "errors" else read_limit(reader, bound, comparison, signal)
    if signal is None or limit is None or window is None:
        return None
    judge = _judge(reader, entries, signal, window, counted=comparison == "errors")
    if judge == "sequential" and not sequential:
        right = "add window: 10m, over which the ratio is judged"
        reader.fault(line, f"the condition on {name.text} has no window", right)
        return None
    if judge is None:
        return None
    if not window and judge != "sequential":
        window = contents.default_windows.get(name.text, DEFAULT_WINDOW)
    said = " ".join(bound.text.split())
    condition = Threshold(
        signal=name.text,
        comparison="at_least" if comparison == "errors" else cast(Comparison, comparison),
        limit=limit,
        said=f"{said} errors" if comparison == "errors" else said,
        judge=judge,
        window=window,
    )
    options = _options(reader, entries, condition, contents, looks)
    return structs.replace(condition, **options) if options is not None else None


def _bound(reader: Reader, entries: Found, line: int, name: Scalar | None) -> tuple[str, Scalar] | None:
    written = [key for key in (*COMPARISONS, "errors") if key in entries]
    if not written and entries.refused:
        return None
    if len(written) != 1:
        what = f"the condition on {shown(name.text)}" if name else "the condition"
        wrong = f"{what} has {' and '.join(written)}" if written else f"{what} has no bound"
        right = "write two conditions, one bound each" if written else "add below: BOUND, above:, at_most: or at_least:"
        reader.fault(line, wrong, right)
        return None
    key = written[0]
    example = "errors: 5" if key == "errors" else f"{key}: 120, or {key}: 0.5% for a ratio"
    scalar = reader.scalar(entries[key], key, example)
    return (key, scalar) if scalar is not None else None


def _errors(reader: Reader, bound: Scalar, signal: Signal | None) -> str | None:
    number = reader.whole(bound, "errors", "errors: 5", least=1, most=MOST_REQUESTS)
    if number is None or signal is None or isinstance(signal, RatioSignal):
        return str(number) if number is not None else None
    wrong = f"errors in a condition on {signal.name}"
    reader.fault(bound.line, wrong, "only a ratio counts its bad events: write above: for anything else")
    return None


def window_or(reader: Reader, entries: Found, otherwise: int) -> int | None:
    """The seconds of `window:`, or what is meant where none is written."""
    if "window" not in entries:
        return otherwise
    return reader.minutes(entries["window"], "window", "window: 30m", longest=LONGEST_WINDOW, said="24h")


def _judge(reader: Reader, entries: Found, signal: Signal, window: int, *, counted: bool) -> Judge | None:
    is_share = isinstance(signal, RatioSignal | LatencySignal)
    chosen = reader.choice(entries["judge"], "judge", ("exact", "point")) if "judge" in entries else ""
    if chosen and not is_share:
        wrong = f"judge in a condition on {signal.name}"
        reader.fault(entries["judge"].line, wrong, "only a ratio and a latency are judged in two ways: leave it out")
        return None
    if chosen and not window:
        right = "add window: 30m, or leave judge: out"
        reader.fault(entries["judge"].line, f"judge: {chosen} has no window to look at", right)
        return None
    if chosen is None:
        return None
    if isinstance(signal, CountSignal):
        return "sum"
    if not is_share:
        return "level"
    if counted:
        return "errors"
    if not window:
        return "sequential"
    return "point" if chosen == "point" else "exact"


def _options(
    reader: Reader, entries: Found, condition: Threshold, contents: Contents, looks: int
) -> dict[str, Any] | None:
    """The fields of a threshold that its other keys set; None when one of them is no good."""
    found: dict[str, Any] = {}
    if "min_requests" in entries:
        found["least"] = _least(reader, entries["min_requests"], condition)
    if "allow" in entries:
        found["allow"] = _allow(reader, entries["allow"], condition, looks)
    if "no_data" in entries:
        found["no_data"] = _no_data(reader, entries, condition)
    if "alive" in entries:
        found["alive"] = _alive(reader, entries, condition, contents)
    return None if None in found.values() else found


def _least(reader: Reader, node: Node, condition: Threshold) -> int | None:
    if condition.judge in ("sum", "level"):
        wrong = f"min_requests in a condition on {condition.signal}"
        reader.fault(node.line, wrong, "only a ratio and a latency have requests: leave it out")
        return None
    return reader.whole(node, "min_requests", "min_requests: 100", least=1, most=MOST_REQUESTS)


def _allow(reader: Reader, node: Node, condition: Threshold, looks: int) -> int | None:
    if not looks and condition.judge != "level":
        wrong = f"allow in a condition on {condition.signal}"
        reader.fault(node.line, wrong, "minutes are looked at one by one of a value only, or with for: 24h")
        return None
    most = (looks or condition.window // MINUTE) - 1
    return reader.whole(node, "allow", "allow: 2", least=0, most=max(most, 0))


def _no_data(reader: Reader, entries: Found, condition: Threshold) -> NoData | None:
    node = entries["no_data"]
    chosen = reader.choice(node, "no_data", ("hold", "fail", "zero"))
    if chosen == "zero" and condition.judge != "sum":
        wrong = f"no_data: zero in a condition on {condition.signal}"
        reader.fault(node.line, wrong, "only for a count is silence nothing: write hold or fail")
        return None
    if chosen == "zero" and entries.lacks("alive"):
        right = "add alive: SIGNAL, one that has data while the application runs"
        reader.fault(node.line, "nothing shows that silence is zero", right)
        return None
    return cast(NoData, chosen) if chosen is not None else None


def _alive(reader: Reader, entries: Found, condition: Threshold, contents: Contents) -> str | None:
    name, signal = read_signal(reader, entries, contents, "alive")
    if name is None or signal is None:
        return None
    line = entries["alive"].line
    if isinstance(signal, SetSignal):
        reader.fault(line, f"alive: {name.text} is a set", "name a count, a value or a ratio")
        return None
    if name.text == condition.signal:
        reader.fault(line, f"{name.text} cannot show that it is alive itself", "name another signal")
        return None
    node = entries.get("no_data")
    if (isinstance(node, Scalar) and node.text in ("hold", "fail")) or entries.lacks("no_data"):
        reader.fault(line, "alive without no_data: zero", "add no_data: zero, or leave alive: out")
        return None
    return name.text
