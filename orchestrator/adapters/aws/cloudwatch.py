"""Signals from CloudWatch: metrics and expressions over them by GetMetricData, alarms by DescribeAlarms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from orchestrator.adapters.aws.clients import Clients, RefusedByAws, translated
from orchestrator.adapters.aws.metric_calls import Call, CloudWatchQuery, Span, calls, halves, kept, queries
from orchestrator.adapters.aws.metric_queries import metric_data_queries
from orchestrator.core.signals import (
    MINUTE,
    AlarmReading,
    MathQuery,
    Measurement,
    RatioSignal,
    Signal,
    ValueSignal,
    Wanted,
)
from orchestrator.ports import Refused, Signals, SwitchbackError, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricDataResultTypeDef

PAGES = 50
"""A call's answer comes in one page, or a few. More than this is a fault at the far side."""

SPLITS = 20
"""Extra calls a measuring may spend on refusals: enough to find one bad query among 500."""

ALARMS_PER_CALL = 100
ALARM_NAME_CHARS = 255

_INVALID = frozenset(
    {
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "MissingParameter",
        "ParamValidationError",
        "ValidationError",
    }
)
"""Refusals of what was asked; the fourth is botocore's own, before anything is sent."""


class _Answer(Struct, frozen=True):
    """One span's minutes, or why there are none."""

    points: dict[int, float] = {}
    fault: str = ""


class CloudWatchSignals(Signals):
    """Never `pending`. A minute without data is absent from a series, as CloudWatch leaves it out.

    What lies back more than 15 days is there only by five minutes: counts (Sum, SampleCount, TC, TS, and expressions
    in a count or a ratio) are shared out evenly among the five, other figures stand in each of them. What lies back
    more than 63 days is absent.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        """Answers all that is asked. What fails is an `error` of the signals it concerns, in plain words."""
        answers = _by_query(self._fetch(calls(wanted, now)))
        return {question: _measurement(question, answers, now) for question in wanted}

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        # An empty list of names would be answered with every alarm of the account, and one impossible name
        # would have the whole call refused.
        askable = [name for name in dict.fromkeys(names) if 1 <= len(name) <= ALARM_NAME_CHARS]
        found: dict[str, AlarmReading] = {}
        for first in range(0, len(askable), ALARMS_PER_CALL):
            try:
                for alarm in self._described(askable[first : first + ALARMS_PER_CALL]):
                    found[alarm["AlarmName"]] = _reading(alarm)
            except Refused as refusal:
                raise Unavailable(str(refusal)) from None
        return found

    def _described(self, names: Sequence[str]) -> list[Any]:
        alarms: list[Any] = []
        more: dict[str, Any] = {}
        while True:
            with translated("reading alarms"):
                page = self._clients.cloudwatch.describe_alarms(
                    AlarmNames=names,
                    AlarmTypes=["MetricAlarm", "CompositeAlarm"],
                    MaxRecords=ALARMS_PER_CALL,
                    **more,
                )
            alarms += page.get("MetricAlarms", [])
            alarms += page.get("CompositeAlarms", [])
            if not page.get("NextToken"):
                return alarms
            more = {"NextToken": page["NextToken"]}

    def _fetch(self, todo: list[Call]) -> dict[Span, _Answer]:
        answers: dict[Span, _Answer] = {}
        splits = SPLITS
        while todo:
            call = todo.pop(0)
            try:
                answers |= self._ask(call)
            except SwitchbackError as error:
                if len(call.spans) > 1 and splits >= 2 and _is_about_a_query(error):
                    splits -= 2
                    todo[:0] = halves(call)
                else:
                    answers |= dict.fromkeys(call.spans, _Answer(fault=f"CloudWatch: {error}"))
        return answers

    def _ask(self, call: Call) -> dict[Span, _Answer]:
        """One call, all its pages. Raises Unavailable and Refused."""
        asked, ids = metric_data_queries(call)
        points: dict[str, dict[int, float]] = {name: {} for name in ids.values()}
        status: dict[str, str] = {}
        labels: dict[str, set[str]] = {name: set() for name in points}
        more: dict[str, Any] = {}
        for _ in range(PAGES):
            with translated("reading metrics"):
                page = self._clients.cloudwatch.get_metric_data(
                    MetricDataQueries=asked,
                    StartTime=datetime.fromtimestamp(call.start, UTC),
                    EndTime=datetime.fromtimestamp(call.end, UTC),
                    ScanBy="TimestampAscending",
                    **more,
                )
            for result in page["MetricDataResults"]:
                name = result["Id"]
                points[name].update(_points(result))
                labels[name].add(result.get("Label", ""))
                # The status on the last page a metric is on: "partial" on an earlier one only says that more
                # follows.
                status[name] = result.get("StatusCode", "")
            if not page.get("NextToken"):
                found = {name: _answer(status.get(name, ""), points[name], len(labels[name])) for name in points}
                return {span: found[name] for span, name in ids.items()}
            more = {"NextToken": page["NextToken"]}
        raise Unavailable("reading metrics: the answer did not come to an end")


def _is_about_a_query(error: SwitchbackError) -> bool:
    """Whether asking again without some of the queries can help: not for missing rights, nor for a silent far
    side."""
    return isinstance(error, RefusedByAws) and error.code in _INVALID


def _points(result: MetricDataResultTypeDef) -> Iterable[tuple[int, float]]:
    times, values = result.get("Timestamps", []), result.get("Values", [])
    return ((int(at.timestamp()), value) for at, value in zip(times, values, strict=False))


_FAULTS = {
    "PartialData": "CloudWatch returned only part of the data",
    "InternalError": "CloudWatch had an internal error",
    "Forbidden": "CloudWatch refused access to this metric",
    "": "CloudWatch left this metric out of its answer",
}


def _answer(status: str, points: dict[int, float], series: int) -> _Answer:
    if status != "Complete":
        return _Answer(fault=_FAULTS.get(status, "CloudWatch answered with a status that is not known"))
    if series > 1:
        return _Answer(fault=f"the expression gives {series} series; put SUM(), MAX() or AVG() around it")
    return _Answer(points)


def _by_query(answers: Mapping[Span, _Answer]) -> dict[CloudWatchQuery, list[tuple[Span, _Answer]]]:
    found: dict[CloudWatchQuery, list[tuple[Span, _Answer]]] = {}
    for span, answer in answers.items():
        found.setdefault(span.query, []).append((span, answer))
    return found


def _measurement(
    question: Wanted, answers: Mapping[CloudWatchQuery, list[tuple[Span, _Answer]]], now: int
) -> Measurement:
    asked = queries(question)
    if not asked:
        return Measurement(status="error", detail="CloudWatch does not measure this signal")
    if question.start < question.end and not any(kept(question.start, question.end, now)):
        detail = "CloudWatch keeps data by the minute for 15 days and by five minutes for 63; this window is older"
        return Measurement(status="error", detail=detail)
    parts: list[dict[int, float]] = []
    for query in asked:
        spread = _counts(query, question.signal)
        points: dict[int, float] = {}
        for span, answer in answers.get(query, []):
            # Spans of one query do not touch unless they are pieces of one window, so these are all its own.
            if span.start < question.end and question.start < span.end:
                if answer.fault:
                    return Measurement(status="error", detail=answer.fault)
                points.update(_minutes(span, answer.points, spread=spread))
        parts.append({at: points[at] for at in sorted(points) if question.start <= at < question.end})
    if isinstance(question.signal, RatioSignal):
        return Measurement(series=parts[0], total=parts[1])
    return Measurement(series=parts[0])


def _counts(query: CloudWatchQuery, signal: Signal) -> bool:
    """Whether the figure of five minutes is the sum of theirs. Of an expression it is not known; what it is used for
    says it."""
    if isinstance(query, MathQuery):
        return not isinstance(signal, ValueSignal)
    return query.stat in ("Sum", "SampleCount") or query.stat[:2].upper() in ("TC", "TS")


def _minutes(span: Span, points: Mapping[int, float], *, spread: bool) -> Iterator[tuple[int, float]]:
    among = span.period // MINUTE if spread else 1
    for at, value in points.items():
        for minute in range(at, at + span.period, MINUTE):
            yield minute, value / among


def _reading(alarm: Any) -> AlarmReading:
    """`since` is StateTransitionedTimestamp. StateUpdatedTimestamp moves whenever the evaluation is updated,
    also within one state: read as `since`, it would make an old ALARM look like a new one, and act on it
    again after a resume. It is what is left for an alarm that has not changed its state since CloudWatch
    began to keep the other."""
    moved = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return AlarmReading(
        name=alarm["AlarmName"],
        state=alarm["StateValue"],
        since=int(moved.timestamp()),
        reason=alarm.get("StateReason", ""),
    )
