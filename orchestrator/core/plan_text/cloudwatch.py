"""CloudWatch metrics in the text of a plan: `"Namespace Metric stat {Dimension=value}"`, a mapping, or metric math."""

from __future__ import annotations

import re

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.brackets import is_balanced
from orchestrator.core.plan_text.reader import Form, NameRule, Reader
from orchestrator.core.signals import MathQuery, MetricQuery

MOST_DIMENSIONS = 30
MOST_METRICS = 20
LONGEST_EXPRESSION = 1024

SHORT = '"Namespace Metric {Dimension=value}"'
SHORT_P95 = '"Namespace Metric p95 {Dimension=value}"'
COUNTS = ("Sum", "SampleCount")
STATS = (*COUNTS, "Average", "Minimum", "Maximum", "p50", "p90", "p95", "p99", "IQM")
# Percentiles, and CloudWatch's trimmed, winsorized and ranged relatives of them.
_STAT = re.compile(r"(?:p|tm|wm|tc|ts)\d{1,2}(?:\.\d{1,10})?|p100|(?:TM|WM|PR|TC|TS)\([0-9.%:]{1,40}\)", re.ASCII)
# Metric math: its functions are in capitals, the ids of metrics begin with a small letter.
_WORD = re.compile(r"(?<![A-Za-z0-9_.])[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MATH = re.compile(r"[A-Za-z0-9_ .,()\[\]+*/^<>=!&|-]*", re.ASCII)
_MANY = ("SEARCH", "SELECT", "METRICS", "ANOMALY_DETECTION_BAND", "DB_PERF_INSIGHTS", "INSIGHT_RULE_METRIC")

OWN = {
    "account": "leave it out: signals are read in the bot's own account",
    "region": "leave it out: signals are read in the bot's own region",
}
QUERY = Form(
    what="a metric",
    keys=("namespace", "metric", "dimensions", "stat"),
    later=OWN | {"period": "leave it out: metrics are read by the minute"},
    instead={"name": "metric:", "statistic": "stat:", "metric_name": "metric:", "labels": "dimensions:"},
    example=SHORT,
)
MATH = Form(
    what="metric math",
    keys=("math", "metrics"),
    later=OWN | {"period": "leave it out: metrics are read by the minute"},
    instead={"expression": "math: 100 * used / size", "queries": "metrics: {used: …, size: …}"},
    example=f'{{math: "100 * used / size", metrics: {{used: {SHORT}, size: {SHORT}}}}}',
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
METRIC_ID = NameRule(
    what="a name in metric math",
    pattern=r"[a-z][a-zA-Z0-9_]{0,99}",
    right="begin with a small letter, then letters, digits and _, as in used",
)


def read_query(reader: Reader, node: Node, *, counts: bool) -> MetricQuery | MathQuery | None:
    """A metric, or math over several; `counts` default to Sum, and take nothing that is not a count."""
    if isinstance(node, Mapping) and any(key.text in ("math", "metrics") for key, _ in node.entries):
        return _math(reader, node, counts=counts)
    return read_metric(reader, node, counts=counts)


def read_metric(reader: Reader, node: Node, *, counts: bool) -> MetricQuery | None:
    """A metric: `Namespace Metric stat {Dimension=value}`, or a mapping."""
    if isinstance(node, Mapping):
        return _long_query(reader, node, counts=counts)
    return _short_query(reader, node, counts=counts)


def _math(reader: Reader, node: Mapping, *, counts: bool) -> MathQuery | None:
    entries = reader.entries(node, MATH)
    for key, right in (("math", 'add math: "100 * used / size"'), ("metrics", f"add metrics: {{used: {SHORT}}}")):
        if entries.lacks(key):
            reader.fault(node.line, f"the metric math has no {key}", right)
    if "math" not in entries or "metrics" not in entries:
        return None
    scalar = reader.scalar(entries["math"], "math", 'math: "100 * used / size"')
    named = list(reader.names(entries["metrics"], METRIC_ID, "metrics", f"{{used: {SHORT}}}", most=MOST_METRICS))
    found = [(name, read_metric(reader, value, counts=counts)) for name, value in named]
    if scalar is None or not found or not _expression_fits(reader, scalar, [name for name, _ in found]):
        return None
    metrics = tuple((name.text, query) for name, query in found if query is not None)
    if len(metrics) < len(found):
        return None
    return MathQuery(expression=" ".join(scalar.text.split()), metrics=metrics)


def _expression_fits(reader: Reader, expression: Scalar, names: list[Scalar]) -> bool:
    """A light check: CloudWatch itself judges the rest of the expression when it is first asked."""
    text = expression.text
    if len(text) > LONGEST_EXPRESSION:
        wrong = f"the expression has {len(text):,} characters"
        reader.fault(expression.line, wrong, f"CloudWatch takes {LONGEST_EXPRESSION:,}")
        return False
    if not _MATH.fullmatch(" ".join(text.split())) or not is_balanced(text):
        wrong = f"{shown(text, 80)} is not metric math"
        reader.fault(expression.line, wrong, 'write numbers, names and operators, as in math: "100 * used / size"')
        return False
    words = set(_WORD.findall(text))
    if many := next((word for word in _MANY if word in words), None):
        reader.fault(expression.line, f"{many} gives more than one series", "name each metric in math:")
        return False
    known = {name.text for name in names}
    for word in sorted(word for word in words - known if word[0].islower()):
        near = did_you_mean(word, known)
        right = f"did you mean {near}?" if near else f"name it under metrics:, beside {', '.join(sorted(known))}"
        reader.fault(expression.line, f"unknown metric {shown(word)} in the expression", right)
        return False
    if unused := next((name for name in names if name.text not in words), None):
        reader.fault(unused.line, f"the expression does not use {unused.text}", "leave it out, or use it in math:")
        return False
    return True


def _short_query(reader: Reader, node: Node, *, counts: bool) -> MetricQuery | None:
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


def _long_query(reader: Reader, node: Mapping, *, counts: bool) -> MetricQuery | None:
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
) -> MetricQuery | None:
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
    return MetricQuery(
        namespace=namespace.text, metric=metric.text, dimensions=pairs, stat=stat.text if stat else "Sum"
    )


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
