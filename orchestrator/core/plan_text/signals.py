"""`signals:` in the text of a plan: named measurements, each a CloudWatch metric or two."""

from __future__ import annotations

import re

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import SIGNAL_NAME, Form, NameRule, Reader
from orchestrator.core.signals import (
    CountSignal,
    Query,
    RatioSignal,
    Signal,
    ValueSignal,
)

MOST_SIGNALS = 100
MOST_DIMENSIONS = 30

SHORT = '"Namespace Metric {Dimension=value}"'
SHORT_P95 = '"Namespace Metric p95 {Dimension=value}"'
KINDS = ("ratio", "count", "value")
COUNTS = ("Sum", "SampleCount")
STATS = (*COUNTS, "Average", "Minimum", "Maximum", "p50", "p90", "p95", "p99", "IQM")
# Percentiles, and CloudWatch's trimmed, winsorized and ranged relatives of them.
_STAT = re.compile(r"(?:p|tm|wm|tc|ts)\d{1,2}(?:\.\d{1,10})?|p100|(?:TM|WM|PR|TC|TS)\([0-9.%:]{1,40}\)", re.ASCII)

_OWN = {
    "account": "leave it out: signals are read in the bot's own account",
    "region": "leave it out: signals are read in the bot's own region",
}
_CLOUDWATCH = f"publish it as a CloudWatch metric and write count: {SHORT}"

SIGNAL = Form(
    what="a signal",
    keys=(*KINDS, "unit", "source"),
    later={
        **_OWN,
        "logs": _CLOUDWATCH,
        "query": f"write count: {SHORT}",
        "expression": "write ratio: {bad: …, total: …}, or publish the result as a metric",
        "baseline": "leave it out, and compare with a number in the gate",
        "cohort": "leave it out: a signal measures everybody",
        "watermark": "leave it out: the newest two minutes are never judged",
        "no_data": "leave it out: silence holds, and never passes",
    },
    instead={
        "percentile": f"value: {SHORT_P95}",
        "latency": f"value: {SHORT_P95}, unit: ms",
        "rate": "ratio: {bad: …, total: …}",
        "gauge": f"value: {SHORT_P95}",
        "counter": f"count: {SHORT}",
        "metric": f"count: {SHORT}",
    },
    example=f"{{count: {SHORT}}}",
)
RATIO = Form(
    what="a ratio",
    keys=("bad", "total"),
    instead={"good": "bad: and count what failed", "errors": "bad:", "all": "total:", "of": "total:"},
    example=f"{{bad: {SHORT}, total: {SHORT}}}",
)
QUERY = Form(
    what="a metric",
    keys=("namespace", "metric", "dimensions", "stat"),
    later=_OWN | {"period": "leave it out: metrics are read by the minute"},
    instead={"name": "metric:", "statistic": "stat:", "metric_name": "metric:", "labels": "dimensions:"},
    example=SHORT,
)
NAMESPACE = NameRule(
    what="a CloudWatch namespace",
    pattern=r"[A-Za-z0-9_./#:-][A-Za-z0-9 _./#:-]{0,254}",
    right="use letters, digits and . - _ / # :, as in AWS/ApplicationELB",
)
METRIC = NameRule(
    what="a CloudWatch metric",
    pattern=r"[!-~](?:[ -~]{0,253}[!-~])?",
    right="use at most 255 ASCII characters, as in RequestCount",
)
DIMENSION = NameRule(
    what="a dimension", pattern=r"[!-9;-~][ -~]{0,254}", right="use ASCII characters, as in LoadBalancer"
)
DIMENSION_VALUE = NameRule(
    what="a dimension's value",
    pattern=r"[ -~]{1,1024}",
    right="use ASCII characters, as in app/portal/50dc6c495c0c9188",
)


def read_signals(reader: Reader, node: Node, contents: Contents) -> None:
    for name, value in reader.names(node, SIGNAL_NAME, "signals", f"NAME: {SIGNAL.example}", most=MOST_SIGNALS):
        contents.signals[name.text] = _signal(reader, name, value)


def _signal(reader: Reader, name: Scalar, node: Node) -> Signal | None:
    entries = reader.form(node, SIGNAL)
    if entries is None:
        return None
    if "source" in entries and not _is_cloudwatch(reader, entries["source"]):
        return None
    kinds = [kind for kind in KINDS if kind in entries]
    if not kinds and entries.refused:
        return None
    if len(kinds) != 1:
        wrong = f"{name.text} is {' and '.join(kinds)} at once" if kinds else f"{name.text} measures nothing"
        reader.fault(name.line, wrong, f"write one of {', '.join(KINDS)}")
        return None
    if "unit" in entries and kinds != ["value"]:
        reader.fault(entries["unit"].line, f"unit in a {kinds[0]}", "only a value has a unit; leave it out")
    what = entries[kinds[0]]
    if kinds == ["ratio"]:
        return _ratio(reader, name.text, what)
    query = read_query(reader, what, counts=kinds == ["count"])
    unit = reader.text(entries["unit"], "unit", "unit: ms", longest=20) if "unit" in entries else ""
    if query is None or unit is None:
        return None
    if kinds == ["count"]:
        return CountSignal(name=name.text, query=query)
    return ValueSignal(name=name.text, query=query, unit=unit)


def _is_cloudwatch(reader: Reader, node: Node) -> bool:
    source = reader.scalar(node, "source", "cloudwatch, or leave it out")
    if source is None or source.text.casefold() == "cloudwatch":
        return source is not None
    if source.text.casefold() in (
        "prometheus",
        "logs",
        "logs-insights",
        "probe",
        "job",
        "people",
        "report",
        "ci",
    ):
        reader.fault(node.line, f"source {shown(source.text)} is not supported yet", _CLOUDWATCH)
    else:
        reader.fault(node.line, f"unknown source {shown(source.text)}", "write cloudwatch, or leave it out")
    return False


def _ratio(reader: Reader, name: str, node: Node) -> Signal | None:
    entries = reader.form(node, RATIO)
    if entries is None:
        return None
    queries = {}
    for key in RATIO.keys:
        if key in entries:
            queries[key] = read_query(reader, entries[key], counts=True)
        elif entries.lacks(key):
            right = "add the metric that counts " + ("what failed" if key == "bad" else "everything, good and bad")
            reader.fault(node.line, f"the ratio {name} has no {key}", right)
    bad, total = queries.get("bad"), queries.get("total")
    if bad is None or total is None:
        return None
    if bad == total:
        reader.fault(node.line, f"bad and total of {name} are the same metric", "count all requests in total:")
    return RatioSignal(name=name, bad=bad, total=total)


def read_query(reader: Reader, node: Node, *, counts: bool) -> Query | None:
    """A metric: `Namespace Metric stat {Dimension=value}`, or a mapping; `counts` default to Sum."""
    if isinstance(node, Mapping):
        return _long_query(reader, node, counts=counts)
    return _short_query(reader, node, counts=counts)


def _short_query(reader: Reader, node: Node, *, counts: bool) -> Query | None:
    scalar = reader.scalar(node, "a metric", SHORT)
    if scalar is None:
        return None
    head, brace, rest = scalar.text.strip().partition("{")
    words = head.split()
    if (brace and not rest.endswith("}")) or not 2 <= len(words) <= 3 or any(sign in head for sign in "()[]=\"'"):
        wrong = f"{shown(scalar.text, 80)} is not a CloudWatch metric"
        right = f"write {SHORT}, or {{namespace, metric, dimensions, stat}} where a name has spaces"
        reader.fault(node.line, wrong, right)
        return None
    pairs = [pair.partition("=") for pair in rest[:-1].split(",")] if rest[:-1].strip() else []
    if wrong_pair := next((pair for pair in pairs if not pair[1]), None):
        wrong = f"{shown(wrong_pair[0]) or 'nothing'} is not a dimension"
        reader.fault(node.line, wrong, "write {Dimension=value, Other=value}")
        return None
    dimensions = [(_part(key, scalar), _part(value, scalar)) for key, _, value in pairs]
    stat = _part(words[2], scalar) if len(words) == 3 else None
    return _query(reader, node, _part(words[0], scalar), _part(words[1], scalar), dimensions, stat, counts=counts)


def _part(text: str, whole: Scalar) -> Scalar:
    return Scalar(text=text.strip(), line=whole.line)


def _long_query(reader: Reader, node: Mapping, *, counts: bool) -> Query | None:
    entries = reader.entries(node, QUERY)
    found = {
        key: reader.scalar(entries[key], f"{key} of a metric", f"{key}: NAME")
        for key in ("namespace", "metric", "stat")
        if key in entries
    }
    for key in ("namespace", "metric"):
        if entries.lacks(key):
            reader.fault(node.line, f"the metric has no {key}", f"add {key}: NAME")
    namespace, metric = found.get("namespace"), found.get("metric")
    dimensions: list[tuple[Scalar, Scalar]] = []
    if "dimensions" in entries:
        what, example = "dimensions", "{LoadBalancer: app/portal/50dc6c495c0c9188}"
        for name, node_ in reader.names(entries["dimensions"], DIMENSION, what, example, most=MOST_DIMENSIONS):
            value = reader.scalar(node_, f"the dimension {shown(name.text)}", f"{shown(name.text)}: VALUE")
            if value is None:
                return None
            dimensions.append((name, value))
    if namespace is None or metric is None or None in found.values():
        return None
    return _query(reader, node, namespace, metric, dimensions, found.get("stat"), counts=counts)


def _query(
    reader: Reader,
    node: Node,
    namespace: Scalar,
    metric: Scalar,
    dimensions: list[tuple[Scalar, Scalar]],
    stat: Scalar | None,
    *,
    counts: bool,
) -> Query | None:
    good = [reader.follows(namespace, NAMESPACE), reader.follows(metric, METRIC)]
    for key, value in dimensions:
        good += [reader.follows(key, DIMENSION), reader.follows(value, DIMENSION_VALUE)]
    if len({key.text for key, _ in dimensions}) < len(dimensions):
        reader.fault(node.line, "a dimension is given twice", "write each dimension once")
    if stat is None and not counts:
        right = f"add one of {', '.join(STATS)}, as in {SHORT_P95}"
        reader.fault(node.line, "a value needs a statistic", right)
        return None
    if stat is not None and not _stat_fits(reader, stat, counts=counts):
        return None
    if not all(good):
        return None
    # CloudWatch does not mind the order; sorted, the same metric is the same query.
    pairs = tuple(sorted((key.text, value.text) for key, value in dimensions))
    return Query(namespace=namespace.text, metric=metric.text, dimensions=pairs, stat=stat.text if stat else "Sum")


def _stat_fits(reader: Reader, stat: Scalar, *, counts: bool) -> bool:
    if stat.text not in STATS and not _STAT.fullmatch(stat.text):
        near = did_you_mean(stat.text, STATS)
        reader.fault(
            stat.line,
            f"{shown(stat.text)} is not a CloudWatch statistic",
            f"did you mean {near}?" if near else f"write one of {', '.join(STATS)}",
        )
        return False
    if counts and stat.text not in COUNTS:
        right = f"a ratio and a count take {' or '.join(COUNTS)}, for {stat.text} write value:"
        reader.fault(stat.line, f"{stat.text} is not a count", right)
        return False
    return True
