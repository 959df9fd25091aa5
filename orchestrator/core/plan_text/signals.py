"""`signals:` in the text of a plan: named measurements, each with its kind and its source."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text import cloudwatch
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.events import SourceText
from orchestrator.core.plan_text.latency import read_cloudwatch_latency, read_prometheus_latency
from orchestrator.core.plan_text.reader import SIGNAL_NAME, Form, Found, Reader, exact
from orchestrator.core.signals import (
    CountSignal,
    RatioSignal,
    SetSignal,
    Signal,
    ValueSignal,
)

MOST_SIGNALS = 100
MOST_PER_MINUTE = 1_000_000_000

SHORT, SHORT_P95 = cloudwatch.SHORT, cloudwatch.SHORT_P95
SOURCES = {
    "cloudwatch": ("ratio", "count", "value", "latency"),
    "prometheus": ("ratio", "count", "value", "latency", "set"),
    "logs": ("ratio", "count", "set"),
}
KINDS = SOURCES["prometheus"]
_BELONGS = {
    "unit": ("value", "latency"),
    "quantile": ("latency",),
    "per_minute": ("ratio", "latency"),
    "label": ("set",),
}

SIGNAL = Form(
    what="a signal",
    keys=(*KINDS, "source", "unit", "quantile", "per_minute", "label", "groups"),
    later={
        **cloudwatch.OWN,
        "cohort": "leave it out: a signal measures everybody, unless its query selects",
        "watermark": "leave it out: the newest two minutes are never judged",
    },
    instead={
        "percentile": f"latency: {SHORT_P95}",
        "histogram": "latency: NAME, quantile: p95, source: prometheus",
        "rate": "ratio: {bad: …, total: …}",
        "gauge": f"value: {SHORT_P95}",
        "counter": f"count: {SHORT}",
        "metric": f"count: {SHORT}",
        "query": "count: and what counts it",
        "logs": "source: logs",
        "log_groups": "groups: [/aws/lambda/shop]",
        "field": "label: NAME",
        "expression": "value: {math: …, metrics: …}",
        "math": "value: {math: …, metrics: …}",
        "traffic": "per_minute: 120",
        "baseline": "of: last_week in the gate",
        "no_data": "no_data: in the gate",
    },
    example=f"{{count: {SHORT}}}",
)
RATIO = Form(
    what="a ratio",
    keys=("bad", "total", "part", "whole"),
    instead={"good": "bad: and count what failed", "errors": "bad:", "all": "total:", "of": "total:"},
    example=f"{{bad: {SHORT}, total: {SHORT}}}",
)
_COUNTED = {
    "bad": "what failed",
    "total": "everything, good and bad",
    "part": "what is covered",
    "whole": "everything that could be",
}
FORMS = (SIGNAL, RATIO, cloudwatch.QUERY, cloudwatch.MATH)


def read_signals(reader: Reader, node: Node, contents: Contents) -> None:
    for name, value in reader.names(node, SIGNAL_NAME, "signals", f"NAME: {SIGNAL.example}", most=MOST_SIGNALS):
        contents.signals[name.text] = _signal(reader, name, value, contents)
        contents.signal_lines[name.text] = name.line


def _signal(reader: Reader, name: Scalar, node: Node, contents: Contents) -> Signal | None:
    entries = reader.form(node, SIGNAL)
    if entries is None:
        return None
    source = _source(reader, entries["source"]) if "source" in entries else "cloudwatch"
    kinds = [kind for kind in KINDS if kind in entries]
    if source is None or (not kinds and entries.refused):
        return None
    if len(kinds) != 1:
        wrong = f"{name.text} is {' and '.join(kinds)} at once" if kinds else f"{name.text} measures nothing"
        reader.fault(name.line, wrong, f"write one of {', '.join(SOURCES[source])}")
        return None
    kind = kinds[0]
    if kind not in SOURCES[source]:
        takes = ", ".join(SOURCES[source])
        where = "prometheus or logs" if kind == "set" else "cloudwatch or prometheus"
        reader.fault(entries[kind].line, f"{source} gives no {kind}", f"write one of {takes}, or read it from {where}")
        return None
    if not _keys_belong(reader, entries, kind, source):
        return None
    return _READERS[kind](SourceText(reader, name, entries, source), contents)


def _source(reader: Reader, node: Node) -> str | None:
    scalar = reader.scalar(node, "source", "cloudwatch, prometheus or logs")
    if scalar is None:
        return None
    source = scalar.text.casefold()
    if source in SOURCES:
        return source
    right = "write cloudwatch, prometheus or logs"
    if source in ("logs-insights", "cloudwatch-logs", "loki", "elk"):
        right = "write logs, for CloudWatch Logs Insights"
    elif near := did_you_mean(source, SOURCES):
        right = f"did you mean {near}?"
    reader.fault(node.line, f"unknown source {shown(scalar.text)}", right)
    return None


def _keys_belong(reader: Reader, entries: Found, kind: str, source: str) -> bool:
    good = True
    for key, kinds in _BELONGS.items():
        if key in entries and kind not in kinds:
            right = f"only a {' or a '.join(kinds)} has it: leave it out"
            reader.fault(entries[key].line, f"{key} in a {kind}", right)
            good = False
    if "quantile" in entries and source == "cloudwatch" and kind == "latency":
        reader.fault(entries["quantile"].line, "quantile in a CloudWatch latency", f"write it as {SHORT_P95}")
        good = False
    if "groups" in entries and source != "logs":
        reader.fault(entries["groups"].line, f"groups in a signal from {source}", "write source: logs, or leave it out")
        good = False
    return good


def _count(text: SourceText, contents: Contents) -> Signal | None:
    query, window = text.events(text.entries["count"], "a count")
    if query is None:
        return None
    if window:
        contents.default_windows[text.name.text] = window
    return CountSignal(name=text.name.text, query=query)


def _ratio(text: SourceText, contents: Contents) -> Signal | None:
    node = text.entries["ratio"]
    entries = text.reader.form(node, RATIO)
    per_minute = _per_minute(text)
    if entries is None:
        return None
    # Of a coverage the counted part is good: it is written as part and whole, and means the same.
    keys = ("part", "whole") if "part" in entries or "whole" in entries else ("bad", "total")
    queries = {}
    for key in keys:
        if key in entries:
            # The range of a rate() says nothing here: without a window a ratio is judged from stage entry.
            queries[key], _ = text.events(entries[key], key)
        elif entries.lacks(key):
            right = f"add the metric that counts {_COUNTED[key]}"
            text.reader.fault(node.line, f"the ratio {text.name.text} has no {key}", right)
    if mixed := [key for key in entries if key not in keys]:
        wrong = f"the ratio {text.name.text} mixes {keys[0]} and {keys[1]} with {mixed[0]}"
        text.reader.fault(node.line, wrong, "write bad: and total:, or part: and whole:")
        return None
    bad, total = (queries.get(key) for key in keys)
    if bad is None or total is None or per_minute is None:
        return None
    if bad == total:
        wrong = f"{keys[0]} and {keys[1]} of {text.name.text} are the same metric"
        text.reader.fault(node.line, wrong, f"count all requests in {keys[1]}:")
    return RatioSignal(name=text.name.text, bad=bad, total=total, per_minute=per_minute)


def _value(text: SourceText, contents: Contents) -> Signal | None:
    query, unit = text.level(text.entries["value"]), _unit(text)
    return ValueSignal(name=text.name.text, query=query, unit=unit) if query is not None and unit is not None else None


def _latency(text: SourceText, contents: Contents) -> Signal | None:
    node, unit, per_minute = text.entries["latency"], _unit(text), _per_minute(text)
    if text.source == "prometheus":
        if text.entries.lacks("quantile"):
            wrong = f"the latency {text.name.text} has no quantile"
            text.reader.fault(text.name.line, wrong, "add quantile: p95")
        found = read_prometheus_latency(text.reader, text.name, node, text.entries.get("quantile"), unit or "")
    else:
        found = read_cloudwatch_latency(text.reader, text.name, node, unit or "")
    if found is None or unit is None or per_minute is None:
        return None
    return structs.replace(found, per_minute=per_minute)


def _set(text: SourceText, contents: Contents) -> Signal | None:
    query = text.members(text.entries["set"])
    return SetSignal(name=text.name.text, query=query) if query else None


def _unit(text: SourceText) -> str | None:
    if "unit" not in text.entries:
        return ""
    return text.reader.text(text.entries["unit"], "unit", "unit: ms", longest=20)


def _per_minute(text: SourceText) -> float | None:
    if "per_minute" not in text.entries:
        return 0.0
    node = text.entries["per_minute"]
    number = text.reader.number(node, "per_minute", "per_minute: 120")
    if number is not None and not 0 < number <= MOST_PER_MINUTE:
        text.reader.fault(node.line, f"per_minute is {exact(number)}", "write the requests of a usual minute")
        return None
    return float(number) if number is not None else None


_READERS: dict[str, Callable[[SourceText, Contents], Signal | None]] = {
    "ratio": _ratio,
    "count": _count,
    "value": _value,
    "latency": _latency,
    "set": _set,
}
