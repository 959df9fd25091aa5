"""CloudWatch Logs Insights, as far as Switchback uses it, at the far end of boto3's wire.

moto's runs no `filter` and no `stats`, and calls the query complete all the same. This one runs `filter FIELD =
"VALUE"`, `fields`, `sort @timestamp asc`, and `stats count(*) as n by` a field or bin(1m), over lines put into it.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from datetime import UTC, datetime
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.stand_ins.wire import Fault, response, text

TARGET = "Logs_20140328."
ROWS = 10_000
GROUPS_PER_PAGE = 50
_FILTER = re.compile(r'filter (\w+) = "([^"]*)"')
_STATS = re.compile(r"stats count\(\*\) as n by (\S+)")
_FIELDS = re.compile(r"fields (.+)")
_LIMIT = re.compile(r"limit (\d+)")


class LogsStandIn:
    """`fail_next`: each request takes the first entry: a Fault is answered, another exception breaks the connection,
    None lets it pass. A query is Running until `finish`; `ends_as` gives it another end than Complete."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.fail_next: deque[Exception | None] = deque()
        self.ends_as = "Complete"
        self._lines: dict[str, list[tuple[float, dict[str, str]]]] = {}
        self._queries: list[dict[str, Any]] = []

    def answer_for(self, client: Any) -> None:
        client.meta.events.register_first("before-send.cloudwatch-logs", self._answer)

    def put(self, group: str, *lines: tuple[float, dict[str, str]]) -> None:
        self._lines.setdefault(group, []).extend(lines)

    def finish(self) -> None:
        """All the queries that run have ended."""
        for query in self._queries:
            query["_status"] = query["_status"] or self.ends_as

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.requests)

    def running(self) -> int:
        return sum(not query["_status"] for query in self._queries)

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        operation = text(request.headers.get("X-Amz-Target", "")).removeprefix(TARGET)
        params = json.loads(text(request.body or b"{}"))
        self.requests.append((operation, params))
        fault = self.fail_next.popleft() if self.fail_next else None
        if fault is not None and not isinstance(fault, Fault):
            raise fault
        operations = {
            "StartQuery": self._start_query,
            "GetQueryResults": self._get_query_results,
            "DescribeLogGroups": self._describe_log_groups,
        }
        try:
            if fault is not None:
                raise fault
            return response(request.url, 200, operations[operation](params), version="1.1")
        except Fault as refusal:
            body = {"__type": refusal.code, "message": refusal.message}
            return response(request.url, refusal.status, body, version="1.1")

    def _start_query(self, params: dict[str, Any]) -> dict[str, Any]:
        if missing := [group for group in params["logGroupNames"] if group not in self._lines]:
            raise Fault(400, "ResourceNotFoundException", f"Log group '{missing[0]}' does not exist.")
        self._queries.append({**params, "_status": ""})
        return {"queryId": f"query-{len(self._queries) - 1}"}

    def _get_query_results(self, params: dict[str, Any]) -> dict[str, Any]:
        query = self._queries[int(params["queryId"].removeprefix("query-"))]
        complete = query["_status"] == "Complete"
        return {"status": query["_status"] or "Running", "results": self._run(query) if complete else []}

    def _run(self, query: dict[str, Any]) -> list[list[dict[str, str]]]:
        commands = [part.strip() for line in query["queryString"].split("\n") for part in _uncommented(line).split("|")]
        found = [
            line
            for group in query["logGroupNames"]
            for line in self._lines[group]
            if query["startTime"] <= line[0] <= query["endTime"]
        ]
        counted: Counter[str] = Counter()
        most, by, shown = ROWS, "", list[str]()
        for command in filter(None, commands):
            if match := _FILTER.fullmatch(command):
                found = [line for line in found if line[1].get(match[1]) == match[2]]
            elif match := _STATS.fullmatch(command):
                by = match[1]
                counted.update(_time(at) if by == "bin(1m)" else fields.get(by, "") for at, fields in found)
            elif match := _FIELDS.fullmatch(command):
                shown = [name.strip() for name in match[1].split(",")]
            elif command == "sort @timestamp asc":
                found.sort(key=lambda line: line[0])
            elif match := _LIMIT.fullmatch(command):
                most = min(most, int(match[1]))
            else:
                raise AssertionError(f"the stand-in does not know {command!r}")
        if shown:
            return [_row(at, fields, shown) for at, fields in found[:most]]
        return [
            [*([{"field": by, "value": key}] if key else []), {"field": "n", "value": str(count)}]
            for key, count in counted.most_common(most)
        ]

    def _describe_log_groups(self, params: dict[str, Any]) -> dict[str, Any]:
        names = [name for name in sorted(self._lines) if name.startswith(params.get("logGroupNamePrefix", ""))]
        first = int(params.get("nextToken", 0))
        page = names[first : first + GROUPS_PER_PAGE]
        more = {"nextToken": str(first + len(page))} if first + len(page) < len(names) else {}
        return {"logGroups": [{"logGroupName": name} for name in page], **more}


def _row(at: float, fields: dict[str, str], shown: list[str]) -> list[dict[str, str]]:
    """Fields that a line does not have are left out; a pointer to the whole line comes last."""
    moment = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    known = {"@timestamp": moment, **fields}
    return [
        *({"field": name, "value": known[name]} for name in shown if name in known),
        {"field": "@ptr", "value": "x"},
    ]


def _uncommented(line: str) -> str:
    return line.partition("#")[0]


def _time(at: float) -> str:
    return datetime.fromtimestamp(at // 60 * 60, UTC).strftime("%Y-%m-%d %H:%M:%S.000")
