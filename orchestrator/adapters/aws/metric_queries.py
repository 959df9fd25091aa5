"""A GetMetricData call on the wire: ids that are unique in it, and expressions rewritten to those ids.

Expressions of several plans share a call, and each names its metrics as it likes. So every name is replaced; one that
its own plan does not define is made into one that nobody defines, and CloudWatch refuses it, rather than that it
reads somebody else's metric.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestrator.adapters.aws.metric_calls import Call, CloudWatchQuery, Span, metrics
from orchestrator.core.signals import MathQuery, MetricQuery

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

_TOKEN = re.compile(
    r"""METRICS\(\s*(?:(?P<quote>["'])(?P<holding>[^"']*)(?P=quote)\s*)?\)  # all of the expression's metrics
      | '[^']*' | "[^"]*" | \d[\w.]*                                        # texts and numbers stay
      | (?P<name>[a-z]\w*)                                                  # functions are in capitals
      | [A-Z_]\w*""",
    re.VERBOSE | re.ASCII,
)


def metric_data_queries(call: Call) -> tuple[list[MetricDataQueryTypeDef], dict[Span, str]]:
    """The queries of a call, and under which id each span is answered. A metric is in it once, whoever needs it."""
    asked = dict.fromkeys(span.query for span in call.spans)
    read = dict.fromkeys(metric for query in asked for metric in metrics(query))
    ids: dict[CloudWatchQuery, str] = {metric: f"m{number}" for number, metric in enumerate(read)}
    wire = [_metric(ids[metric], metric, call.period, returned=metric in asked) for metric in read]
    for query in asked:
        if isinstance(query, MathQuery):
            own = {name: ids[metric] for name, metric in query.metrics}
            ids[query] = f"e{len(ids)}"
            wire.append({"Id": ids[query], "Expression": renamed(query.expression, own), "ReturnData": True})
    return wire, {span: ids[span.query] for span in call.spans}


def _metric(name: str, query: MetricQuery, period: int, *, returned: bool) -> MetricDataQueryTypeDef:
    return {
        "Id": name,
        "MetricStat": {
            "Metric": {
                "Namespace": query.namespace,
                "MetricName": query.metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in query.dimensions],
            },
            "Period": period,
            "Stat": query.stat,
        },
        "ReturnData": returned,
    }


def renamed(expression: str, ids: Mapping[str, str]) -> str:
    """The expression with `ids` for its names. METRICS(), which would mean every metric of the call, becomes the
    list of its own."""

    def new(token: re.Match[str]) -> str:
        if token[0].startswith("METRICS("):
            holding = token["holding"] or ""
            return f"[{', '.join(own for name, own in ids.items() if holding in name)}]"
        name = token["name"]
        return (ids.get(name) or f"unknown_{name}") if name else token[0]

    return _TOKEN.sub(new, expression)
