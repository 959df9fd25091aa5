"""Logs Insights: asked once, collected later, and paid for no more often than every fifteen minutes."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config

from orchestrator.adapters.aws.logs_insights import MOST_RUNNING, LogsInsights
from orchestrator.core.signals import (
    CountSignal,
    LogQuery,
    Measurement,
    MetricQuery,
    RatioSignal,
    SetSignal,
    Signal,
    Wanted,
)
from tests.contracts.conftest import REGION
from tests.stand_ins.cloudwatch import unreachable
from tests.stand_ins.logs import LogsStandIn
from tests.stand_ins.wire import Fault

MINUTE, DAY = 60, 86_400
NOW = 1_764_000_000 // 900 * 900
GROUP = "/aws/lambda/shop"
ERRORS = CountSignal(name="errors", query=LogQuery(groups=(GROUP,), query='filter level = "ERROR"'))
KINDS = SetSignal(name="kinds", query=LogQuery(groups=(GROUP,), query='filter level = "ERROR"', field="errorType"))


class Shop:
    def __init__(self, client: Any) -> None:
        self.logs = LogsStandIn()
        self.logs.answer_for(client)
        self.logs.put(GROUP)
        self.signals = LogsInsights(lambda: client)

    def error(self, ago: float, kind: str = "", level: str = "ERROR") -> None:
        self.logs.put(GROUP, (NOW - ago, {"level": level, **({"errorType": kind} if kind else {})}))

    def ask(self, *questions: Wanted, now: int = NOW) -> list[Measurement]:
        return list(self.signals.measure(questions, now).values())

    def answer(self, question: Wanted, now: int = NOW) -> Measurement:
        """Ask, let it run, collect."""
        assert self.ask(question, now=now)[0].status == "pending"
        self.logs.finish()
        return self.ask(question, now=now + 60)[0]


@pytest.fixture
def shop() -> Shop:
    once = Config(retries={"mode": "standard", "total_max_attempts": 1})
    return Shop(boto3.client("logs", region_name=REGION, config=once))


def last(minutes: int, signal: Signal, until: int = NOW) -> Wanted:
    return Wanted(signal=signal, start=until - minutes * MINUTE, end=until)


def test_lines_are_counted_by_the_minute_and_a_scanned_minute_without_one_is_zero(shop: Shop) -> None:
    for ago in (170, 61, 70, 80):
        shop.error(ago)
    shop.error(65, level="INFO")
    assert shop.answer(last(4, ERRORS)) == Measurement(
        series={NOW - 240: 0.0, NOW - 180: 1.0, NOW - 120: 3.0, NOW - 60: 0.0}
    )


def test_the_line_at_the_end_of_a_window_belongs_to_the_next(shop: Shop) -> None:
    shop.error(0)
    shop.error(120)
    assert shop.answer(last(2, ERRORS)).series == {NOW - 120: 1.0, NOW - 60: 0.0}


def test_a_set_is_the_values_of_its_field_and_lines_without_it_have_none(shop: Shop) -> None:
    for kind in ("Timeout", "OutOfStock", "Timeout", ""):
        shop.error(90, kind)
    assert shop.answer(last(30, KINDS)) == Measurement(members=("OutOfStock", "Timeout"))


@pytest.mark.parametrize(("values", "status"), [(1_000, "ok"), (1_001, "error")])
def test_a_set_has_at_most_a_thousand_values(shop: Shop, values: int, status: str) -> None:
    for number in range(values):
        shop.error(90, f"kind-{number}")
    found = shop.answer(last(30, KINDS))
    assert (found.status, len(found.members)) == (status, values if status == "ok" else 0)
    assert found.detail == ("" if status == "ok" else "errorType has more than 1,000 values")


def test_a_ratio_is_two_counts(shop: Shop) -> None:
    signal = RatioSignal(name="failed", bad=ERRORS.query, total=LogQuery(groups=(GROUP,), query=""))
    shop.error(90)
    shop.error(90, level="INFO")
    found = shop.answer(last(3, signal))
    assert found.series == {NOW - 180: 0.0, NOW - 120: 1.0, NOW - 60: 0.0}
    assert found.total == {NOW - 180: 0.0, NOW - 120: 2.0, NOW - 60: 0.0}


def test_a_query_that_ends_in_a_comment_is_counted_all_the_same(shop: Shop) -> None:
    query = LogQuery(groups=(GROUP,), query='filter level = "ERROR" # what people see')
    shop.error(90)
    assert sum(shop.answer(last(3, CountSignal(name="errors", query=query))).series.values()) == 1


def test_a_question_is_pending_until_its_query_has_run(shop: Shop) -> None:
    for minute in range(4):
        assert shop.ask(last(30, ERRORS), now=NOW + minute * 60)[0].status == "pending"
    assert shop.logs.count("StartQuery") == 1


def test_for_fifteen_minutes_the_same_question_costs_one_query(shop: Shop) -> None:
    shop.answer(last(30, ERRORS))
    for minute in range(2, 15):
        assert shop.ask(last(30, ERRORS), now=NOW + minute * 60)[0].status == "ok"
    assert (shop.logs.count("StartQuery"), shop.logs.count("GetQueryResults")) == (1, 1)
    assert shop.ask(last(30, ERRORS), now=NOW + 900)[0].status == "pending"
    assert shop.logs.count("StartQuery") == 2


def test_a_query_that_never_ends_is_asked_anew_after_fifteen_minutes(shop: Shop) -> None:
    shop.ask(last(30, ERRORS))
    shop.ask(last(30, ERRORS), now=NOW + 899)
    assert shop.logs.count("StartQuery") == 1
    shop.ask(last(30, ERRORS), now=NOW + 900)
    assert shop.logs.count("StartQuery") == 2


def test_shorter_windows_are_cut_out_of_a_longer_one(shop: Shop) -> None:
    shop.error(90)
    questions = [last(5, ERRORS), last(60, ERRORS), last(30, CountSignal(name="again", query=ERRORS.query))]
    shop.ask(*questions)
    shop.logs.finish()
    assert [len(found.series) for found in shop.ask(*questions)] == [5, 60, 30]
    assert shop.logs.count("StartQuery") == 1


def test_a_set_is_not_cut_out_of_a_longer_one(shop: Shop) -> None:
    shop.error(40 * MINUTE, "Old")
    shop.error(90, "New")
    questions = [last(60, KINDS), last(5, KINDS)]
    shop.ask(*questions)
    shop.logs.finish()
    assert [found.members for found in shop.ask(*questions)] == [("New", "Old"), ("New",)]


def test_four_queries_run_at_once_and_the_others_wait_their_turn(shop: Shop) -> None:
    signals = [
        CountSignal(name=f"s{n}", query=LogQuery(groups=(GROUP,), query=f'filter level = "{n}"')) for n in range(10)
    ]
    questions = [last(30, signal) for signal in signals]
    for round_ in range(4):
        found = shop.ask(*questions, now=NOW + round_ * 60)
        assert shop.logs.running() <= MOST_RUNNING
        assert [m.status for m in found].count("ok") == min(10, 4 * round_)
        shop.logs.finish()
    assert shop.logs.count("StartQuery") == 10


def test_a_window_of_two_weeks_is_counted_in_pieces(shop: Shop) -> None:
    for ago in (13 * DAY, 7 * DAY, 90):
        shop.error(ago)
    found = shop.answer(last(14 * 24 * 60, ERRORS))
    assert (len(found.series), sum(found.series.values())) == (14 * 24 * 60, 3)
    assert shop.logs.count("StartQuery") == 3


@pytest.mark.parametrize("end", ["Failed", "Cancelled", "Timeout"])
def test_a_query_that_ends_badly_is_an_error_and_is_not_paid_for_again_at_once(shop: Shop, end: str) -> None:
    shop.logs.ends_as = end
    found = shop.answer(last(30, ERRORS))
    assert (found.status, found.series) == ("error", {})
    assert found.detail.startswith("Logs Insights: the query ")
    assert shop.ask(last(30, ERRORS), now=NOW + 120) == [found]
    assert shop.logs.count("StartQuery") == 1


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault(400, "MalformedQueryException", "unexpected symbol found"), "does not understand the query"),
        (Fault(400, "AccessDeniedException", "arn:aws:sts::123456789012:x"), "may not read a log group"),
        (Fault(400, "LimitExceededException", "too many"), "starting a query: LimitExceededException"),
        (unreachable(), "starting a query"),
    ],
    ids=["malformed", "denied", "too many", "unreachable"],
)
def test_a_query_that_cannot_start_is_an_error_of_its_own_signal_and_is_tried_again(
    shop: Shop, fault: Exception, says: str
) -> None:
    other = CountSignal(name="all", query=LogQuery(groups=(GROUP,), query=""))
    shop.logs.fail_next.append(fault)
    broken, fine = shop.ask(last(30, ERRORS), last(30, other))
    assert (broken.status, fine.status) == ("error", "pending")
    assert says in broken.detail
    assert "123456789012" not in broken.detail
    assert shop.ask(last(30, ERRORS))[0].status == "pending"


def test_a_log_group_that_does_not_exist_is_said(shop: Shop) -> None:
    gone = CountSignal(name="gone", query=LogQuery(groups=("/gone",), query=""))
    assert shop.ask(last(30, gone))[0].detail == "Logs Insights: a log group of this signal does not exist"


def test_results_that_cannot_be_fetched_now_are_fetched_later(shop: Shop) -> None:
    shop.ask(last(30, ERRORS))
    shop.logs.finish()
    shop.logs.fail_next.append(unreachable())
    assert shop.ask(last(30, ERRORS))[0].status == "pending"
    assert shop.ask(last(30, ERRORS))[0].status == "ok"
    assert shop.logs.count("StartQuery") == 1


def test_a_window_that_has_not_begun_is_ok_and_empty_and_costs_nothing(shop: Shop) -> None:
    assert shop.ask(Wanted(signal=ERRORS, start=NOW, end=NOW)) == [Measurement()]
    assert shop.logs.requests == []


def test_a_signal_of_another_source_is_an_error(shop: Shop) -> None:
    metric = CountSignal(name="x", query=MetricQuery(namespace="Shop", metric="x"))
    assert shop.ask(last(5, metric))[0].status == "error"
