"""The bot's own lines of one trace: found by its id, in time, whole, or not at all. CloudWatch and memory behave alike."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config

from orchestrator.adapters.aws.bot_logs import BotLogs
from orchestrator.adapters.memory.logs import MOST, MemoryLogs
from orchestrator.core.own_logs import LogLine, log_groups
from orchestrator.ports import Logs, Refused, Unavailable
from tests.contracts.conftest import REGION
from tests.contracts.table_fixtures import NOW, HeldClock
from tests.stand_ins.cloudwatch import unreachable
from tests.stand_ins.logs import LogsStandIn
from tests.stand_ins.wire import Fault

GROUPS = log_groups("switchback", "dev")


class Place:
    """Somewhere to log, and the port over it."""

    def __init__(self, port: Logs, log: Callable[..., None], slow: Callable[[], None]) -> None:
        self.port, self.log, self.slow = port, log, slow

    def lines(self, trace: str = "t1", start: int = NOW - 60, end: int = NOW + 60) -> tuple[LogLine, ...] | None:
        return self.port.of_trace(trace, start, end, 20)


class CloudWatch:
    def __init__(self, clock: HeldClock) -> None:
        once = Config(retries={"mode": "standard", "total_max_attempts": 1})
        client = boto3.client("logs", region_name=REGION, config=once)
        self.clock, self.logs = clock, LogsStandIn()
        self.logs.answer_for(client)
        for group in GROUPS:
            self.logs.put(group)
        self.never = False
        client.meta.events.register("after-call.cloudwatch-logs.StartQuery", self._goes_on)
        self.port = BotLogs(lambda: client, GROUPS, clock)

    def _goes_on(self, **_: Any) -> None:
        if not self.never:
            self.logs.finish()

    def log(self, at: float = NOW, group: int = 1, **fields: Any) -> None:
        texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        self.logs.put(GROUPS[group], (at, texts))

    def slow(self) -> None:
        self.never = True


@pytest.fixture
def clock() -> HeldClock:
    clock = HeldClock()
    clock.sleep = lambda seconds: setattr(clock, "at", clock.at + 1)  # type: ignore[method-assign]  # time passes at once
    return clock


@pytest.fixture
def cloudwatch(clock: HeldClock) -> CloudWatch:
    return CloudWatch(clock)


@pytest.fixture(params=["memory", "cloudwatch"])
def place(request: pytest.FixtureRequest, clock: HeldClock) -> Place:
    if request.param == "cloudwatch":
        aws: CloudWatch = request.getfixturevalue("cloudwatch")
        return Place(aws.port, aws.log, aws.slow)
    memory = MemoryLogs(clock)

    def log(at: float = NOW, group: int = 1, **fields: Any) -> None:
        clock.at = int(at)
        memory.write(json.dumps(fields) + "\n")
        clock.at = NOW

    return Place(memory, log, lambda: setattr(memory, "slow", True))


def test_the_lines_of_a_trace_are_found_whichever_function_logged_them_oldest_first(place: Place) -> None:
    place.log(NOW - 2, group=0, trace_id="t1", level="INFO", message="an interaction was answered")
    place.log(NOW - 1, group=1, trace_id="t1", level="ERROR", message="it failed", duration_ms=41)
    place.log(NOW, group=1, trace_id="t2", level="INFO", message="somebody else's")
    place.log(NOW, group=2, message="nobody's")
    assert place.lines() == (
        LogLine(at_ms=(NOW - 2) * 1000, fields={"level": "INFO", "message": "an interaction was answered"}),
        LogLine(at_ms=(NOW - 1) * 1000, fields={"level": "ERROR", "message": "it failed", "duration_ms": "41"}),
    )


def test_lines_outside_its_time_are_not_looked_for(place: Place) -> None:
    for at in (NOW - 61, NOW - 60, NOW + 60, NOW + 61):
        place.log(at, trace_id="t1", message=str(at - NOW))
    found = place.lines()
    assert found is not None
    assert [line.fields["message"] for line in found] == ["-60", "60"]


def test_a_trace_without_a_line_has_none(place: Place) -> None:
    assert place.lines() == ()


def test_what_does_not_end_in_time_is_no_answer(place: Place) -> None:
    place.log(trace_id="t1", message="there")
    place.slow()
    assert place.lines() is None


@pytest.mark.parametrize("forged", ["", '" or 1 = 1', "t1\n| limit 1", 't1"', "a b", "x" * 65, "t1|", "<trace-id>"])
def test_what_is_no_trace_id_comes_into_no_search(place: Place, cloudwatch: CloudWatch, forged: str) -> None:
    with pytest.raises(Refused, match="that is no trace id"):
        place.lines(forged)
    assert cloudwatch.logs.requests == []


def test_one_search_over_every_log_of_the_stack_is_paid_for(cloudwatch: CloudWatch) -> None:
    assert cloudwatch.port.of_trace("t1", NOW - 60, NOW, 20) == ()
    assert cloudwatch.logs.count("StartQuery") == 1
    (_, asked), *_ = cloudwatch.logs.requests
    assert asked["logGroupNames"] == list(GROUPS)
    assert (asked["startTime"], asked["endTime"]) == (NOW - 60, NOW)


def test_a_slow_search_is_looked_at_until_its_time_is_over(cloudwatch: CloudWatch) -> None:
    cloudwatch.slow()
    assert cloudwatch.port.of_trace("t1", NOW - 60, NOW, 5) is None
    assert cloudwatch.clock.at - NOW in (4, 5)
    assert cloudwatch.logs.count("GetQueryResults") in (5, 6)


def test_results_that_cannot_be_fetched_now_are_fetched_with_the_next_look(cloudwatch: CloudWatch) -> None:
    cloudwatch.log(trace_id="t1", message="there")
    cloudwatch.logs.fail_next.extend([None, unreachable()])
    found = cloudwatch.port.of_trace("t1", NOW - 60, NOW, 20)
    assert found is not None
    assert [line.fields["message"] for line in found] == ["there"]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (
            Fault(400, "ResourceNotFoundException", "arn:aws:logs:123456789012"),
            "a log group of this stack is not there",
        ),
        (Fault(400, "AccessDeniedException", "arn:aws:sts::123456789012:x"), "this function may not search"),
        (Fault(400, "MalformedQueryException", "x"), "does not understand the saved search"),
        (Fault(400, "LimitExceededException", "x"), "starting a query: LimitExceededException"),
    ],
    ids=["no group", "denied", "malformed", "too many"],
)
def test_a_search_that_cannot_start_says_why_and_nothing_of_aws_own_words(
    cloudwatch: CloudWatch, fault: Exception, says: str
) -> None:
    cloudwatch.logs.fail_next.append(fault)
    with pytest.raises((Refused, Unavailable), match=says) as caught:
        cloudwatch.port.of_trace("t1", NOW - 60, NOW, 20)
    assert "123456789012" not in str(caught.value)


@pytest.mark.parametrize("end", ["Failed", "Cancelled", "Timeout"])
def test_a_search_that_ends_badly_is_refused(cloudwatch: CloudWatch, end: str) -> None:
    cloudwatch.logs.ends_as = end
    with pytest.raises(Refused, match="the query"):
        cloudwatch.port.of_trace("t1", NOW - 60, NOW, 20)


def test_memory_passes_every_line_on_and_remembers_the_last_of_them(clock: HeldClock) -> None:
    beyond = io.StringIO()
    memory = MemoryLogs(clock, beyond)
    for number in range(MOST + 5):
        memory.write(json.dumps({"trace_id": "t1", "message": str(number)}) + "\n")
    memory.write("no JSON trace_id=t1\n")
    memory.write('["t1"]\n')
    memory.flush()
    assert len(beyond.getvalue().splitlines()) == MOST + 7
    found = memory.of_trace("t1", NOW, NOW, 1)
    assert found is not None
    assert (len(found), found[0].fields["message"], found[-1].fields["message"]) == (MOST, "5", str(MOST + 4))
