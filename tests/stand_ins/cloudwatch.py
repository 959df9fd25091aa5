"""CloudWatch, as far as Switchback uses it, at the far end of boto3's wire.

moto's has no percentiles, no alarm evaluation and none of the limits. This one answers the HTTP requests that
the real boto3 client sends, in the protocol that botocore chooses for CloudWatch (AWS JSON 1.0).
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from tests.stand_ins.wire import Fault, response, text

TARGET = "GraniteServiceVersion20100801."
QUERIES = 500
POINTS = 100_800
NAMES = 100
LISTED = 500

_ID = re.compile(r"[a-z][a-zA-Z0-9_]{0,254}")
_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
_TRIMMED = re.compile(r"tm(\d{1,2}(?:\.\d{1,10})?|100)")
_COUNTED = re.compile(r"TC\(([\d.]*):([\d.]*)\)")
_NAME = re.compile(r"\b[a-z]\w*")
_TOO_FINE = ((15 * 86_400, 60), (63 * 86_400, 300))
"""From this age on, a period as short as this shows nothing any more."""

Metric = tuple[str, str, tuple[tuple[str, str], ...]]
Result = tuple[str, str, str]
"""Id, label and status of one series."""


THROTTLED = Fault(400, "Throttling", "Rate exceeded for account 123456789012")
DENIED = Fault(403, "AccessDenied", "User: arn:aws:sts::123456789012:assumed-role/x is not authorized")
BROKEN = Fault(500, "InternalServiceFault", "We are sorry")


class CloudWatchStandIn:
    """Samples and alarms go in by `put` and `alarm`; `requests` is what was asked: (operation, parameters).

    `fail_next`: each request takes the first entry: a Fault is answered, another exception breaks the
    connection, None lets it pass. `status_of` gives a metric's results another StatusCode. `page_points` and
    `page_alarms` make pages smaller than AWS would. `now`, when set, ages the samples: after 15 days they show only in
    periods of five minutes, after 63 days of an hour. Expressions are arithmetic of minutes in which every metric has
    a figure, and SUM, MIN and MAX of a list; a bare list gives several series.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.fail_next: deque[Exception | None] = deque()
        self.status_of: dict[tuple[str, str], str] = {}
        self.page_points = POINTS
        self.page_alarms = NAMES
        self.page_metrics = LISTED
        self.now = 0
        self._samples: dict[Metric, list[tuple[float, float]]] = {}
        self._alarms: dict[str, dict[str, Any]] = {}

    def answer_for(self, client: Any) -> None:
        """Put this in the place of the network for a boto3 CloudWatch client."""
        client.meta.events.register_first("before-send.cloudwatch", self._answer)

    def leave(self, client: Any) -> None:
        """Give the client its network back."""
        client.meta.events.unregister("before-send.cloudwatch", self._answer)

    def put(
        self,
        namespace: str,
        metric: str,
        at: float,
        *samples: float,
        dimensions: tuple[tuple[str, str], ...] = (),
    ) -> None:
        stored = self._samples.setdefault(_metric(namespace, metric, dimensions), [])
        stored.extend((at, sample) for sample in samples)

    def alarm(
        self,
        name: str,
        state: str,
        since: int,
        *,
        updated: int | None = None,
        reason: str = "",
        kind: str = "MetricAlarm",
        transitioned: bool = True,
    ) -> None:
        """`since` is when it changed to `state`, `updated` its last evaluation; `transitioned` False leaves
        `since` out, as for an alarm that has never changed."""
        self._alarms[name] = {
            "AlarmName": name,
            "StateValue": state,
            "StateReason": reason,
            "StateUpdatedTimestamp": since if updated is None else updated,
            **({"StateTransitionedTimestamp": since} if transitioned else {}),
            "_kind": kind,
        }

    def delete_alarm(self, name: str) -> None:
        self._alarms.pop(name, None)

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.requests)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        target = text(request.headers.get("X-Amz-Target", ""))
        if not target.startswith(TARGET) or not request.url.startswith("https://monitoring."):
            raise AssertionError(f"not AWS JSON for CloudWatch: {request.method} {request.url} {target}")
        operation = target.removeprefix(TARGET)
        params = json.loads(text(request.body or b"{}"))
        self.requests.append((operation, params))
        fault = self.fail_next.popleft() if self.fail_next else None
        if fault is not None and not isinstance(fault, Fault):
            raise fault
        try:
            if fault is not None:
                raise fault
            return response(request.url, 200, self._operations()[operation](params))
        except Fault as refusal:
            body = {"__type": f"com.amazonaws.cloudwatch#{refusal.code}", "message": refusal.message}
            blamed = "Sender" if refusal.status < 500 else "Receiver"
            return response(request.url, refusal.status, body, error=f"{refusal.code};{blamed}")

    def _operations(self) -> dict[str, Callable[[dict[str, Any]], dict[str, Any]]]:
        return {
            "GetMetricData": self._get_metric_data,
            "DescribeAlarms": self._describe_alarms,
            "ListMetrics": self._list_metrics,
        }

    def _get_metric_data(self, params: dict[str, Any]) -> dict[str, Any]:
        asked = params["MetricDataQueries"]
        _check_queries(asked)
        start, end = params["StartTime"], params["EndTime"]
        if start >= end:
            raise _invalid("The parameter StartTime must be less than the parameter EndTime.")
        if sum(math.ceil((end - start) / _period(asked, query)) for query in asked) > POINTS:
            raise _invalid(f"The request asks for more than {POINTS} data points.")
        series = {
            query["Id"]: dict(self._series(query["MetricStat"], start, end)) for query in asked if "MetricStat" in query
        }
        found: list[tuple[Result, tuple[int, float] | None]] = []
        for query in asked:
            if not query.get("ReturnData", True):
                continue
            several = _evaluated(query["Expression"], series) if "Expression" in query else [series[query["Id"]]]
            for number, points in enumerate(several):
                result = (query["Id"], f"{query['Id']} {number}", self._status(query))
                found += [(result, point) for point in [*sorted(points.items()), None]]
        if params.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            raise AssertionError("the stand-in answers oldest first only")
        return self._page(params, found)

    def _page(self, params: dict[str, Any], found: list[tuple[Result, tuple[int, float] | None]]) -> dict[str, Any]:
        """One page of `found`: each series' points, closed by a None, in the order of the queries."""
        first = _offset(params)
        page: list[tuple[Result, tuple[int, float] | None]] = []
        room = self.page_points
        for entry in found[first:]:
            if entry[1] is not None and room == 0:
                break
            room -= entry[1] is not None
            page.append(entry)
        results: dict[str, dict[str, Any]] = {}
        for (name, label, status), point in page:
            result = results.setdefault(label, {"Id": name, "Label": label, "Timestamps": [], "Values": []})
            result.setdefault("StatusCode", "PartialData")
            if point is None:
                result["StatusCode"] = status
            else:
                result["Timestamps"].append(point[0])
                result["Values"].append(point[1])
        more = first + len(page) < len(found)
        return {"MetricDataResults": list(results.values()), **(_token(first + len(page)) if more else {})}

    def _status(self, query: dict[str, Any]) -> str:
        if "Expression" in query:
            return "Complete"
        metric = query["MetricStat"]["Metric"]
        return self.status_of.get((metric["Namespace"], metric["MetricName"]), "Complete")

    def _series(self, stat: dict[str, Any], start: int, end: int) -> Iterator[tuple[int, float]]:
        """One figure a period, periods aligned to the epoch; none for a period without samples."""
        metric, period = stat["Metric"], stat["Period"]
        dimensions = tuple((d["Name"], d["Value"]) for d in metric.get("Dimensions", []))
        if self._status({"MetricStat": stat}) in ("InternalError", "Forbidden"):
            return
        periods: dict[int, list[float]] = {}
        for at, sample in self._samples.get(_metric(metric["Namespace"], metric["MetricName"], dimensions), []):
            if not self.now or period > max((short for age, short in _TOO_FINE if at < self.now - age), default=0):
                periods.setdefault(int(at // period * period), []).append(sample)
        for at in sorted(periods):
            if start // period * period <= at < end:
                yield at, statistic(stat["Stat"], periods[at])

    def _list_metrics(self, params: dict[str, Any]) -> dict[str, Any]:
        """Metrics with a sample of the last two weeks; `Dimensions` lists those that a metric must at least have."""
        with_ = {(entry["Name"], entry.get("Value")) for entry in params.get("Dimensions", [])}
        wanted = [
            {
                "Namespace": namespace,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            }
            for (namespace, name, dimensions), samples in sorted(self._samples.items())
            if params.get("Namespace") in (None, namespace)
            and params.get("MetricName") in (None, name)
            and with_ <= set(dimensions)
            and any(at >= self.now - 14 * 86_400 for at, _ in samples)
        ]
        first = _offset(params)
        page = wanted[first : first + self.page_metrics]
        return {"Metrics": page, **(_token(first + len(page)) if first + len(page) < len(wanted) else {})}

    def _describe_alarms(self, params: dict[str, Any]) -> dict[str, Any]:
        names = params.get("AlarmNames", [])
        if len(names) > NAMES:
            raise _invalid(f"The collection AlarmNames must not have a size greater than {NAMES}.")
        kinds = params.get("AlarmTypes", ["MetricAlarm"])
        wanted = [
            alarm
            for name, alarm in sorted(self._alarms.items())
            if alarm["_kind"] in kinds and (not names or name in names)
        ]
        first = _offset(params)
        page = wanted[first : first + min(self.page_alarms, params.get("MaxRecords", 50))]
        answer: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": []}
        for alarm in page:
            shown = {key: value for key, value in alarm.items() if key != "_kind"}
            answer[f"{alarm['_kind']}s"].append(shown)
        return answer | (_token(first + len(page)) if first + len(page) < len(wanted) else {})


def statistic(stat: str, samples: list[float]) -> float:
    """CloudWatch's statistics. Percentiles by nearest rank; `tmNN` is the mean of the samples up to that
    one."""
    plain: dict[str, Callable[[list[float]], float]] = {
        "Sum": math.fsum,
        "Average": lambda values: math.fsum(values) / len(values),
        "Minimum": min,
        "Maximum": max,
        "SampleCount": len,
    }
    if stat in plain:
        return float(plain[stat](samples))
    ranked = sorted(samples)
    if match := _PERCENTILE.fullmatch(stat):
        return ranked[_rank(float(match[1]), len(ranked)) - 1]
    if match := _TRIMMED.fullmatch(stat):
        kept = ranked[: _rank(float(match[1]), len(ranked))]
        return math.fsum(kept) / len(kept)
    if match := _COUNTED.fullmatch(stat):
        low, high = float(match[1] or "-inf"), float(match[2] or "inf")
        return float(sum(low < value <= high for value in samples))
    raise _invalid(f"The value {stat} for parameter MetricDataQueries.member.1.MetricStat.Stat is not supported.")


def unreachable() -> Exception:
    """The connection could not be made."""
    return EndpointConnectionError(endpoint_url="https://monitoring.us-east-1.amazonaws.com/")


def timed_out() -> Exception:
    """No answer within the read timeout."""
    return ReadTimeoutError(endpoint_url="https://monitoring.us-east-1.amazonaws.com/")


def _rank(percent: float, count: int) -> int:
    return max(1, math.ceil(percent / 100 * count))


def _check_queries(asked: list[dict[str, Any]]) -> None:
    if not 1 <= len(asked) <= QUERIES:
        raise _invalid(f"The collection MetricDataQueries must have a size from 1 to {QUERIES}.")
    names = [query["Id"] for query in asked]
    if len(set(names)) < len(names):
        raise _invalid("The values for parameter id in MetricDataQueries are not unique.")
    for query in asked:
        if not _ID.fullmatch(query["Id"]):
            raise _invalid(f"The value {query['Id']} for parameter Id is not matching the expected pattern.")
        if "Expression" in query:
            if unknown := set(_NAME.findall(query["Expression"])) - set(names):
                raise _invalid(f"Invalid metrics list: {unknown}.")
            continue
        stat = query["MetricStat"]
        if stat["Period"] % 60 or stat["Period"] < 60:
            raise _invalid("The parameter Period must be a multiple of 60.")
        if stat["Metric"]["Namespace"].startswith(":"):
            raise _invalid("The parameter Namespace must not start with a colon.")
        statistic(stat["Stat"], [0.0])


def _period(asked: list[dict[str, Any]], query: dict[str, Any]) -> int:
    """Of an expression: that of the metrics beside it."""
    stats = [query["MetricStat"]] if "MetricStat" in query else [q["MetricStat"] for q in asked if "MetricStat" in q]
    return min((int(stat["Period"]) for stat in stats), default=60)


def _evaluated(expression: str, series: dict[str, dict[int, float]]) -> list[dict[int, float]]:
    used = [series[name] for name in _NAME.findall(expression)]
    minutes = set.intersection(*(set(points) for points in used)) if used else set()
    functions = {"__builtins__": {}, "SUM": sum, "MIN": min, "MAX": max}
    answers: list[dict[int, float]] = [{}]
    for at in minutes:
        figures = {name: points[at] for name, points in series.items() if at in points}
        answer = eval(expression, functions, figures)
        for number, figure in enumerate(answer if isinstance(answer, list) else [answer]):
            answers += [{}] * (number >= len(answers))
            answers[number] = {**answers[number], at: float(figure)}
    return answers


def _metric(namespace: str, metric: str, dimensions: tuple[tuple[str, str], ...]) -> Metric:
    return namespace, metric, tuple(sorted(dimensions))


def _invalid(message: str) -> Fault:
    return Fault(400, "ValidationError", message)


def _token(offset: int) -> dict[str, str]:
    return {"NextToken": base64.b64encode(f"from {offset}".encode()).decode()}


def _offset(params: dict[str, Any]) -> int:
    if "NextToken" not in params:
        return 0
    try:
        return int(base64.b64decode(params["NextToken"]).decode().removeprefix("from "))
    except ValueError:
        raise Fault(400, "InvalidNextToken", "The token is not one of ours.") from None
