"""The bot's own log lines, by Logs Insights over the log groups of the stack: asked, and collected a little later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orchestrator.adapters.aws.clients import RefusedByAws, translated
from orchestrator.adapters.aws.logs_insights import ENDED, PENDING
from orchestrator.core.own_logs import LogLine, lines_of
from orchestrator.ports import Clock, Logs, Refused, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

EVERY = 0.5
"""Seconds between two looks whether it has ended; most searches take one or two."""

_REFUSED = {
    "ResourceNotFoundException": "a log group of this stack is not there",
    "AccessDeniedException": "this function may not search the stack's log groups",
    "MalformedQueryException": "Logs Insights does not understand the saved search",
}


class BotLogs(Logs):
    """`client` is called when AWS is asked, `clock` says when a search has had its time."""

    def __init__(self, client: Callable[[], CloudWatchLogsClient], groups: Sequence[str], clock: Clock) -> None:
        self._client, self._groups, self._clock = client, groups, clock

    def of_trace(self, trace_id: str, start: int, end: int, within: float) -> tuple[LogLine, ...] | None:
        deadline = self._clock.now_ms() + int(within * 1000)
        query = self._ask(trace_id, start, end)
        while True:
            rows = self._collect(query)
            if rows is not None:
                return tuple(map(_line, rows))
            if self._clock.now_ms() + EVERY * 1000 > deadline:
                return None
            self._clock.sleep(EVERY)

    def _ask(self, trace_id: str, start: int, end: int) -> str:
        try:
            question = lines_of(trace_id)
        except ValueError as problem:
            raise Refused(str(problem)) from None
        try:
            with translated("starting a query"):
                answer = self._client().start_query(
                    logGroupNames=list(self._groups), startTime=start, endTime=end, queryString=question
                )
        except RefusedByAws as problem:
            raise Refused(_REFUSED.get(problem.code, str(problem))) from None
        return str(answer["queryId"])

    def _collect(self, query: str) -> list[dict[str, str]] | None:
        """None while it runs. What cannot be fetched now is fetched with the next look: it runs on."""
        try:
            with translated("reading a query's results"):
                answer: Any = self._client().get_query_results(queryId=query)
        except Unavailable:
            return None
        status = answer.get("status", "Unknown")
        if status in PENDING:
            return None
        if status != "Complete":
            raise Refused(ENDED.get(status, "the query ended with a status that is not known"))
        return [{cell["field"]: cell.get("value", "") for cell in row} for row in answer.get("results", [])]


def _line(row: dict[str, str]) -> LogLine:
    """`2026-03-01 09:30:00.123` is how Insights writes a time, always in UTC."""
    at = datetime.strptime(row.get("@timestamp", "1970-01-01 00:00:00.000"), "%Y-%m-%d %H:%M:%S.%f")
    fields = {name: value for name, value in row.items() if not name.startswith("@")}
    return LogLine(at_ms=round(at.replace(tzinfo=UTC).timestamp() * 1000), fields=fields)
