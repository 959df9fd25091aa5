"""Gates that look at a signal. Which kind one is says the key that no other kind has: `unchanged:`, `fresh:`, `for:` …

A condition without any of them is a threshold.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, structs

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.durations import say_duration
from orchestrator.core.gates import MetricGate
from orchestrator.core.gates.freshness import FreshGate
from orchestrator.core.gates.members import MembersGate
from orchestrator.core.gates.sustained import SustainedGate
from orchestrator.core.gates.threshold import ThresholdGate
from orchestrator.core.gates.unchanged import UnchangedGate
from orchestrator.core.plan_text.comparisons import read_baseline, read_difference
from orchestrator.core.plan_text.conditions import (
    GATE_KEYS,
    INSTEAD,
    LONGEST_WINDOW,
    read_condition,
    window_or,
)
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import LONGEST_LOOK, Form, Found, Reader
from orchestrator.core.plan_text.signal_names import named_signal
from orchestrator.core.signals import (
    MINUTE,
    CountSignal,
    LatencySignal,
    RatioSignal,
    SetSignal,
    ValueSignal,
)

EXAMPLE = "{signal: read_p95, below: 120}"
MOST_MEMBERS = 100
LOOK_AT_A_SHARE, LOOK = 300, MINUTE

_ADVICE = INSTEAD | {
    "sustained": "for: 24h",
    "streak": "for: 24h",
    "times": "allow: 2",
    "min_sample": "min_requests: 100",
    "baseline": "within: 10%, of: last_week",
    "against": "within: 10%, of: last_week",
    "compare": "within: 10%, of: last_week",
    "increase": "unchanged: 2h, or at_most: 0 with a window",
    "age": "fresh: 5m",
    "heartbeat": "fresh: 5m",
    "values": "only: [a, b]",
    "allowed": "only: [a, b]",
    "equals": "same_as: SIGNAL, or at_most: BOUND",
    "grace": "no_data: hold",
    "coverage": "at_least: 99%",
    "errors": "at_most: BOUND on a count of them",
}
_EVERYBODY = {"cohort": "leave it out: a signal measures everybody, unless its query selects"}


def _form(what: str, *keys: str, example: str) -> Form:
    takes = ("signal", *keys, "dry_run")
    instead = {word: right for word, right in _ADVICE.items() if word not in takes}
    return Form(what=what, keys=takes, later=_EVERYBODY, instead=instead, example=example)


THRESHOLD = _form("a signal gate", *GATE_KEYS[1:], example=EXAMPLE)
SUSTAINED = _form(
    "a signal gate with for:",
    *(key for key in GATE_KEYS[1:] if key != "window"),
    "for",
    "every",
    example="{signal: read_p95, below: 120, for: 24h}",
)
UNCHANGED = _form("an unchanged gate", "unchanged", example="{signal: rollbacks, unchanged: 2h}")
BASELINE = _form(
    "a baseline gate",
    "within",
    "of",
    "worse",
    "window",
    "min_requests",
    example="{signal: p99, within: 10%, of: last_week}",
)
FRESH = _form("a freshness gate", "fresh", example="{signal: audit_in, fresh: 5m}")
MEMBERS = _form(
    "a gate on a set", "only", "nothing_new", "at_most", "window", example="{signal: buckets, only: [a, b]}"
)
DIFFERENCE = _form("a same_as gate", "same_as", "within", "window", example="{signal: new, same_as: old, within: 0.1%}")


def read_signal_gate(reader: Reader, node: Mapping, contents: Contents) -> MetricGate | None:
    kind = _kind(reader, node, contents)
    entries = reader.form(node, kind.form) if kind else None
    if kind is None or entries is None:
        return None
    dry_run = reader.truth(entries["dry_run"], "dry_run") if "dry_run" in entries else False
    gate = kind.read(reader, entries, node.line, contents)
    if gate is None or dry_run is None:
        return None
    return structs.replace(gate, dry_run=dry_run)


def _kind(reader: Reader, node: Mapping, contents: Contents) -> SignalKind | None:
    entries = {key.text: value for key, value in node.entries}
    kinds = [kind for kind in SIGNAL_KINDS if any(key in entries for key in kind.keys)]
    if len(kinds) > 1:
        firsts = [next(key for key in kind.keys if key in entries) for kind in kinds]
        reader.fault(node.line, f"one signal gate has {' and '.join(firsts)}", "write two gates, one below the other")
        return None
    if kinds:
        return kinds[0]
    if "within" in entries:
        return _BASELINES
    name = entries.get("signal")
    signal = contents.signals.get(name.text) if isinstance(name, Scalar) else None
    return _SETS if isinstance(signal, SetSignal) and not entries.keys() & {"below", "above", "at_least"} else _BOUNDS


def _threshold(reader: Reader, entries: Found, line: int, contents: Contents) -> MetricGate | None:
    condition = read_condition(reader, entries, line, contents)
    return ThresholdGate(condition=condition) if condition else None


def _sustained(reader: Reader, entries: Found, line: int, contents: Contents) -> MetricGate | None:
    name = entries["signal"]
    signal = contents.signals.get(name.text) if isinstance(name, Scalar) else None
    if entries.lacks("for"):
        reader.fault(line, "the gate says every: and no length", "add for: 24h")
    length = _long(reader, entries["for"], "for", "for: 24h") if "for" in entries else None
    look: int | None = LOOK_AT_A_SHARE if isinstance(signal, RatioSignal | LatencySignal) else LOOK
    if "every" in entries:
        look = reader.minutes(entries["every"], "every", "every: 5m", longest=LONGEST_WINDOW, said="24h")
    if length is not None and look is not None and (length % look or length <= look):
        wrong = f"{say_duration(length)} is not several looks of {say_duration(look)}"
        reader.fault(entries["for"].line, wrong, "write a whole number of looks, at least two")
        length = None
    if length is None or look is None:
        return None
    condition = read_condition(reader, entries, line, contents, look=look, looks=length // look)
    return SustainedGate(condition=condition, length=length) if condition else None


def _unchanged(reader: Reader, entries: Found, line: int, contents: Contents) -> MetricGate | None:
    name = named_signal(reader, entries, contents, CountSignal, "unchanged", "only a count can be unchanged")
    length = _long(reader, entries["unchanged"], "unchanged", "unchanged: 2h")
    return UnchangedGate(signal=name, length=length) if name and length else None


def _fresh(reader: Reader, entries: Found, line: int, contents: Contents) -> MetricGate | None:
    fits = RatioSignal | CountSignal | ValueSignal | LatencySignal
    name = named_signal(reader, entries, contents, fits, "fresh", "a set has no newest figure: name a count")
    age = reader.minutes(entries["fresh"], "fresh", "fresh: 5m", longest=LONGEST_WINDOW, said="24h")
    return FreshGate(signal=name, age=age) if name and age else None


def _members(reader: Reader, entries: Found, line: int, contents: Contents) -> MetricGate | None:
    key = next((key for key in ("only", "nothing_new", "at_most") if key in entries), "")
    name = named_signal(reader, entries, contents, SetSignal, key or "set", "only a set has members")
    if not key:
        if not entries.refused:
            wrong = f"the gate on {name or 'a set'} says nothing"
            reader.fault(line, wrong, "add only: [a, b], nothing_new: 1d or at_most: 4")
        return None
    only: tuple[str, ...] | None = ()
    new_since: int | None = 0
    most: int | None = 0
    if "only" in entries:
        only = reader.texts(entries["only"], "only", "only: [a, b]", most=MOST_MEMBERS, longest=100)
    if "nothing_new" in entries:
        new_since = _long(reader, entries["nothing_new"], "nothing_new", "nothing_new: 1d")
    if "at_most" in entries:
        most = reader.whole(entries["at_most"], "at_most", "at_most: 4", least=1, most=1000)
    window = window_or(reader, entries, 3600)
    if name is None or only is None or new_since is None or most is None or window is None:
        return None
    return MembersGate(signal=name, only=only, new_since=new_since, most=most, window=window)


def _long(reader: Reader, node: Node, what: str, example: str) -> int | None:
    return reader.minutes(node, what, example, longest=LONGEST_LOOK, said="14d")


class SignalKind(Struct, frozen=True, kw_only=True):
    """`keys` no other kind has; `read` is given the entries and the gate's line."""

    keys: tuple[str, ...]
    form: Form
    read: Callable[[Reader, Found, int, Contents], MetricGate | None]


_BOUNDS = SignalKind(keys=(), form=THRESHOLD, read=_threshold)
_BASELINES = SignalKind(keys=("of", "worse"), form=BASELINE, read=read_baseline)
_SETS = SignalKind(keys=("only", "nothing_new"), form=MEMBERS, read=_members)
SIGNAL_KINDS = (
    _BOUNDS,
    SignalKind(keys=("for", "every"), form=SUSTAINED, read=_sustained),
    SignalKind(keys=("unchanged",), form=UNCHANGED, read=_unchanged),
    _BASELINES,
    SignalKind(keys=("fresh",), form=FRESH, read=_fresh),
    _SETS,
    SignalKind(keys=("same_as",), form=DIFFERENCE, read=read_difference),
)
