"""Signals from the logs: CloudWatch Logs Insights, asked once and collected later.

A question is answered `pending` until its query has run, and is asked of AWS at most once in fifteen minutes: Insights
bills by the bytes scanned. What is known of running and finished queries lives in this process; a process that starts
anew asks anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orchestrator.adapters.aws.clients import RefusedByAws, translated
from orchestrator.core.signals import (
    LOGS_EVERY,
    MINUTE,
    AlarmReading,
    LogQuery,
    Measurement,
    RatioSignal,
    SetSignal,
    Wanted,
    sources,
)
from orchestrator.ports import Signals, SwitchbackError, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

MOST_RUNNING = 4
"""An account may run 30 at once, and people in the console want some of them."""

MOST_VALUES = 1_000
ROWS = 10_000
"""What GetQueryResults returns at most (AWS), and so the most minutes a query may cover."""

PIECE = 6 * 24 * 3600
"""Longer windows are counted by several queries: six days have 8,640 minutes."""

PENDING = frozenset({"Scheduled", "Running", "Unknown"})
ENDED = {
    "Failed": "the query failed",
    "Cancelled": "the query was cancelled",
    "Timeout": "the query did not finish in time; shorten its window or the list of log groups",
}
_REFUSED = {
    "ResourceNotFoundException": "a log group of this signal does not exist",
    "MalformedQueryException": "Logs Insights does not understand the query",
    "AccessDeniedException": "Switchback may not read a log group of this signal",
}


class _Asked:
    """One query of Insights over [start, end): `id` once it runs, `answer` once it has ended."""

    def __init__(self, query: LogQuery, start: int, end: int) -> None:
        self.query, self.start, self.end = query, start, end
        self.id = ""
        self.at = 0
        self.answer: Measurement | None = None

    def covers(self, query: LogQuery, start: int, end: int) -> bool:
        """Minutes can be cut out of a longer window; a set can not."""
        if query != self.query:
            return False
        return self.start <= start and end <= self.end if not query.field else (self.start, self.end) == (start, end)


class LogsInsights(Signals):
    """Counts and sets. In a window that was scanned a minute without a line is zero, and not absent.

    `client` is called when AWS is asked. Alarms are CloudWatch's; here there are none.
    """

    def __init__(self, client: Callable[[], CloudWatchLogsClient]) -> None:
        self._client = client
        self._asked: list[_Asked] = []

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
        self._asked = [asked for asked in self._asked if now - asked.at < LOGS_EVERY]
        for asked in self._running():
            self._collect(asked)
        longest_first = sorted(wanted, key=lambda question: question.start - question.end)
        parts = {question: [self._remembered(*piece) for piece in _pieces(question)] for question in longest_first}
        for asked in self._asked:
            if not asked.id and len(self._running()) < MOST_RUNNING:
                self._start(asked, now)
        measured = {question: _measurement(question, parts[question]) for question in wanted}
        # What could not start is asked for again, or nobody wants it any more.
        self._asked = [asked for asked in self._asked if asked.id]
        return measured

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]:
        return {}

    def _running(self) -> list[_Asked]:
        return [asked for asked in self._asked if asked.id and asked.answer is None]

    def _remembered(self, query: LogQuery, start: int, end: int) -> _Asked:
        found = next((asked for asked in self._asked if asked.covers(query, start, end)), None)
        if found is None:
            found = _Asked(query, start, end)
            self._asked.append(found)
        return found

    def _start(self, asked: _Asked, now: int) -> None:
        try:
            with translated("starting a query"):
                answer = self._client().start_query(
                    logGroupNames=list(asked.query.groups),
                    startTime=asked.start,
                    endTime=asked.end,
                    queryString=_text(asked.query),
                )
        except SwitchbackError as problem:
            asked.answer = _broken(problem)
        else:
            asked.id, asked.at = str(answer["queryId"]), now

    def _collect(self, asked: _Asked) -> None:
        try:
            with translated("reading a query's results"):
                answer = self._client().get_query_results(queryId=asked.id)
        except Unavailable:
            return  # it runs on and is paid for; the next question collects it
        except SwitchbackError as problem:
            asked.answer = _broken(problem)
            return
        status = answer.get("status", "Unknown")
        if status == "Complete":
            rows = [{cell["field"]: cell.get("value", "") for cell in row} for row in answer.get("results", [])]
            asked.answer = _members(asked, rows) if asked.query.field else _counts(asked, rows)
        elif status not in PENDING:
            detail = ENDED.get(status, "the query ended with a status that is not known")
            asked.answer = Measurement(status="error", detail=f"Logs Insights: {detail}")


def _text(query: LogQuery) -> str:
    """On a line of its own, because a query may end in a comment."""
    if query.field:
        # One more than a set may have, to know that there are more.
        counting = f"stats count(*) as n by {query.field} | limit {MOST_VALUES + 1}"
    else:
        counting = f"stats count(*) as n by bin(1m) | limit {ROWS}"
    return f"{query.query}\n| {counting}" if query.query.strip() else counting


def _pieces(question: Wanted) -> Iterator[tuple[LogQuery, int, int]]:
    for query in sources(question.signal):
        if isinstance(query, LogQuery) and question.start < question.end:
            step = question.end - question.start if query.field else PIECE
            for start in range(question.start, question.end, step):
                yield query, start, min(start + step, question.end)


def _counts(asked: _Asked, rows: Sequence[dict[str, str]]) -> Measurement:
    series = dict.fromkeys(range(asked.start, asked.end, MINUTE), 0.0)
    for row in rows:
        # The end of a query is inclusive, so that there may be one minute more.
        if (at := _minute(row)) in series:
            series[at] = float(row["n"])
    return Measurement(series=series)


def _minute(row: dict[str, str]) -> int:
    """`2026-03-01 09:30:00.000` is how Insights writes a time, always in UTC."""
    written = next(value for field, value in row.items() if field.startswith("bin("))
    return int(datetime.strptime(written[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp())


def _members(asked: _Asked, rows: Sequence[dict[str, str]]) -> Measurement:
    if len(rows) > MOST_VALUES:
        return Measurement(status="error", detail=f"{asked.query.field} has more than {MOST_VALUES:,} values")
    found = {value for row in rows for field, value in row.items() if field not in ("n", "@ptr") and value}
    return Measurement(members=tuple(sorted(found)))


def _broken(problem: SwitchbackError) -> Measurement:
    plain = _REFUSED.get(problem.code) if isinstance(problem, RefusedByAws) else None
    return Measurement(status="error", detail=f"Logs Insights: {plain or problem}")


def _measurement(question: Wanted, parts: Sequence[_Asked]) -> Measurement:
    signal = question.signal
    if any(not isinstance(query, LogQuery) for query in sources(signal)):
        return Measurement(status="error", detail="Logs Insights does not measure this signal")
    answers = [asked.answer for asked in parts]
    if fault := next((answer for answer in answers if answer is not None and answer.status == "error"), None):
        return fault
    if None in answers:
        return Measurement(status="pending", detail="Logs Insights is still counting")
    if isinstance(signal, SetSignal):
        return Measurement(members=tuple(sorted({value for answer in answers if answer for value in answer.members})))
    series, *total = (
        {
            at: count
            for asked, answer in zip(parts, answers, strict=True)
            if asked.query == query and answer is not None
            for at, count in answer.series.items()
            if question.start <= at < question.end
        }
        for query in sources(signal)
    )
    return Measurement(series=series, total=total[0] if isinstance(signal, RatioSignal) else {})
