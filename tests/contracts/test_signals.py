"""Signals: CloudWatch and memory behave alike. CloudWatch is a stand-in at the far end of boto3's wire."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Protocol

import pytest

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.cloudwatch import CloudWatchSignals
from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.core.signals import (
    AlarmReading,
    AlarmState,
    CountSignal,
    Measurement,
    MetricQuery,
    Query,
    RatioSignal,
    Signal,
    ValueSignal,
    Wanted,
)
from orchestrator.ports import Signals, Unavailable
from tests.stand_ins.cloudwatch import (
    BROKEN,
    DENIED,
    THROTTLED,
    CloudWatchStandIn,
    statistic,
    timed_out,
    unreachable,
)

MINUTE = 60
NOW = 1_764_000_000 // 3_600 * 3_600
DAY = 86_400


def a_query(metric: str, stat: str = "Sum") -> MetricQuery:
    return MetricQuery(namespace="Shop", metric=metric, dimensions=(("Service", "api"), ("Env", "dev")), stat=stat)


def a_count(name: str = "rollbacks") -> CountSignal:
    return CountSignal(name=name, query=a_query(name))


def a_value(name: str = "read_p95") -> ValueSignal:
    return ValueSignal(name=name, query=a_query(name, "p95"), unit="ms")


def a_ratio(name: str = "api_5xx") -> RatioSignal:
    return RatioSignal(name=name, bad=a_query(f"{name}_bad"), total=a_query(f"{name}_total"))


def last(minutes: int, signal: Signal, until: int = NOW) -> Wanted:
    return Wanted(signal=signal, start=until - minutes * MINUTE, end=until)


class World(Protocol):
    """A port, and the world that it measures."""

    signals: Signals

    def happens(self, signal: Signal, at: int, value: float | None, total: float | None = None) -> None: ...

    def breaks(self, signal: Signal) -> None: ...

    def alarm(self, name: str, state: AlarmState, since: int, reason: str = "") -> None: ...

    def goes_dark(self) -> None:
        """The next request fails."""


class MemoryWorld:
    def __init__(self) -> None:
        memory = MemorySignals()
        self.signals: Signals = memory
        self._memory = memory

    def happens(self, signal: Signal, at: int, value: float | None, total: float | None = None) -> None:
        self._memory.put(signal.name, at, value, total=total)

    def breaks(self, signal: Signal) -> None:
        self._memory.broken[signal.name] = "the provider answers with an error"

    def alarm(self, name: str, state: AlarmState, since: int, reason: str = "") -> None:
        self._memory.set_alarm(name, state, since, reason)

    def goes_dark(self) -> None:
        self._memory.fail_next = [Unavailable("no answer")]


class CloudWatchWorld:
    def __init__(self, clients: Clients) -> None:
        self.cloudwatch = CloudWatchStandIn()
        self.signals: Signals = CloudWatchSignals(clients)

    def happens(self, signal: Signal, at: int, value: float | None, total: float | None = None) -> None:
        if isinstance(signal, RatioSignal):
            self._put(signal.bad, at, value)
            self._put(signal.total, at, total)
        else:
            self._put(signal.query, at, value)

    def _put(self, query: Query, at: int, value: float | None) -> None:
        assert isinstance(query, MetricQuery)
        if value is not None:
            self.cloudwatch.put(query.namespace, query.metric, at, value, dimensions=query.dimensions)

    def breaks(self, signal: Signal) -> None:
        query = signal.total if isinstance(signal, RatioSignal) else signal.query
        assert isinstance(query, MetricQuery)
        self.cloudwatch.status_of[query.namespace, query.metric] = "InternalError"

    def alarm(self, name: str, state: AlarmState, since: int, reason: str = "") -> None:
        self.cloudwatch.alarm(name, state, since, reason=reason)

    def goes_dark(self) -> None:
        self.cloudwatch.fail_next.append(unreachable())


@pytest.fixture
def at_aws(shared_clients: Clients) -> Iterator[CloudWatchWorld]:
    world = CloudWatchWorld(shared_clients)
    world.cloudwatch.answer_for(shared_clients.cloudwatch)
    yield world
    world.cloudwatch.leave(shared_clients.cloudwatch)


@pytest.fixture(params=["memory", "cloudwatch"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return MemoryWorld()
    at_aws: CloudWatchWorld = request.getfixturevalue("at_aws")
    return at_aws


def test_a_count_comes_back_minute_by_minute(world: World) -> None:
    signal = a_count()
    for ago, value in ((3, 2.0), (2, 0.0), (1, 5.0)):
        world.happens(signal, NOW - ago * MINUTE, value)
    question = last(10, signal)
    assert world.signals.measure([question], NOW) == {
        question: Measurement(series={NOW - 180: 2.0, NOW - 120: 0.0, NOW - 60: 5.0})
    }


def test_a_value_is_one_figure_a_minute(world: World) -> None:
    signal = a_value()
    world.happens(signal, NOW - 60, 118.5)
    assert world.signals.measure([last(5, signal)], NOW)[last(5, signal)].series == {NOW - 60: 118.5}


def test_a_ratio_comes_back_as_two_counts(world: World) -> None:
    signal = a_ratio()
    world.happens(signal, NOW - 120, 1, total=60)
    world.happens(signal, NOW - 60, 3, total=75)
    found = world.signals.measure([last(5, signal)], NOW)[last(5, signal)]
    assert (found.status, found.series, found.total) == (
        "ok",
        {NOW - 120: 1.0, NOW - 60: 3.0},
        {NOW - 120: 60.0, NOW - 60: 75.0},
    )


def test_minutes_without_data_are_absent_and_not_zero(world: World) -> None:
    signal = a_ratio()
    world.happens(signal, NOW - 120, None, total=60)
    found = world.signals.measure([last(5, signal)], NOW)[last(5, signal)]
    assert (found.status, found.series, found.total) == ("ok", {}, {NOW - 120: 60.0})


def test_a_signal_that_has_never_had_data_is_ok_and_empty(world: World) -> None:
    question = last(5, a_count("unheard_of"))
    assert world.signals.measure([question], NOW) == {question: Measurement()}


def test_a_window_has_its_start_and_not_its_end(world: World) -> None:
    signal = a_count()
    for ago in range(0, 8):
        world.happens(signal, NOW - ago * MINUTE, float(ago))
    question = Wanted(signal=signal, start=NOW - 5 * MINUTE, end=NOW - 2 * MINUTE)
    found = world.signals.measure([question], NOW)[question].series
    assert found == {NOW - 300: 5.0, NOW - 240: 4.0, NOW - 180: 3.0}


def test_a_window_that_has_not_begun_is_ok_and_empty(world: World) -> None:
    signal = a_count()
    world.happens(signal, NOW, 1)
    backwards = Wanted(signal=signal, start=NOW, end=NOW - 120)
    empty = Wanted(signal=signal, start=NOW, end=NOW)
    assert world.signals.measure([backwards, empty], NOW) == {backwards: Measurement(), empty: Measurement()}


def test_one_signal_may_be_asked_over_several_windows(world: World) -> None:
    signal = a_count()
    for minute in range(0, DAY * 8 + 1, 3_600):
        world.happens(signal, NOW - DAY * 8 + minute, float(minute))
    week_ago = NOW - 7 * DAY
    questions = [
        last(600, signal),
        last(120, signal),
        last(120, signal, NOW - 3_600),
        last(120, signal, week_ago),
    ]
    found = world.signals.measure(questions, NOW)
    for question in questions:
        assert found[question].series == {
            at: float(at - NOW + DAY * 8) for at in range(question.start, question.end, 3_600)
        }


def test_a_broken_signal_is_an_error_and_leaves_the_others_alone(world: World) -> None:
    count, value, ratio = a_count(), a_value(), a_ratio()
    for signal in (count, value):
        world.happens(signal, NOW - 60, 1)
    world.happens(ratio, NOW - 60, 1, total=10)
    world.breaks(value)
    world.breaks(ratio)
    found = world.signals.measure([last(5, s) for s in (count, value, ratio)], NOW)
    assert found[last(5, count)] == Measurement(series={NOW - 60: 1.0})
    for broken in (found[last(5, value)], found[last(5, ratio)]):
        assert (broken.status, broken.series, broken.total) == ("error", {}, {})
        assert broken.detail


def test_a_source_that_does_not_answer_is_an_error_for_all_and_never_an_exception(world: World) -> None:
    questions = [last(5, a_count()), last(5, a_ratio())]
    world.goes_dark()
    found = world.signals.measure(questions, NOW)
    assert [found[question].status for question in questions] == ["error", "error"]
    assert all(measurement.detail for measurement in found.values())
    assert [m.status for m in world.signals.measure(questions, NOW).values()] == ["ok", "ok"]


def test_asking_nothing_is_answered_with_nothing(world: World) -> None:
    assert world.signals.measure([], NOW) == {}
    assert world.signals.alarms([]) == {}


def test_alarms_are_read_by_name_with_their_state_and_since_when(world: World) -> None:
    world.alarm("portal-outage", "ALARM", NOW - 90, "Threshold Crossed: 1 datapoint")
    world.alarm("my alarm: 5xx / prod", "OK", NOW - DAY)
    world.alarm("not asked for", "ALARM", NOW)
    found = world.signals.alarms(["portal-outage", "my alarm: 5xx / prod", "deleted"])
    assert found == {
        "portal-outage": AlarmReading(
            name="portal-outage", state="ALARM", since=NOW - 90, reason="Threshold Crossed: 1 datapoint"
        ),
        "my alarm: 5xx / prod": AlarmReading(name="my alarm: 5xx / prod", state="OK", since=NOW - DAY),
    }


def test_asking_for_no_alarm_does_not_return_all_of_them(world: World) -> None:
    world.alarm("portal-outage", "ALARM", NOW)
    assert world.signals.alarms([]) == {}
    assert world.signals.alarms(["", "x" * 256]) == {}


def test_250_alarms_are_all_read(world: World) -> None:
    names = [f"alarm-{number:03}" for number in range(250)]
    for name in names:
        world.alarm(name, "INSUFFICIENT_DATA", NOW)
    assert sorted(world.signals.alarms([*names, *names])) == names


def test_alarms_that_cannot_be_read_are_unavailable(world: World) -> None:
    world.alarm("portal-outage", "ALARM", NOW)
    world.goes_dark()
    with pytest.raises(Unavailable):
        world.signals.alarms(["portal-outage"])


# Memory alone


def test_a_pending_signal_is_collected_later() -> None:
    world = MemoryWorld()
    signal = a_count()
    world.happens(signal, NOW - 60, 4)
    assert isinstance(world.signals, MemorySignals)
    world.signals.pending.add(signal.name)
    assert world.signals.measure([last(5, signal)], NOW)[last(5, signal)].status == "pending"
    world.signals.pending.clear()
    assert world.signals.measure([last(5, signal)], NOW)[last(5, signal)].series == {NOW - 60: 4.0}


# CloudWatch alone: how it is asked


def windows_of(world: CloudWatchWorld) -> list[tuple[int, int, int]]:
    """Start, end and number of metrics of each GetMetricData call."""
    return [
        (params["StartTime"], params["EndTime"], len(params["MetricDataQueries"]))
        for operation, params in world.cloudwatch.requests
        if operation == "GetMetricData"
    ]


def asked_points(windows: Iterable[tuple[int, int, int]]) -> list[int]:
    return [(end - start) // MINUTE * count for start, end, count in windows]


def test_1200_signals_over_half_an_hour_cost_three_calls(at_aws: CloudWatchWorld) -> None:
    questions = [last(30, a_count(f"count_{number}")) for number in range(1_200)]
    for question in questions[::100]:
        at_aws.happens(question.signal, NOW - 60, 7)
    found = at_aws.signals.measure(questions, NOW)
    assert [count for *_, count in windows_of(at_aws)] == [500, 500, 200]
    assert {m.status for m in found.values()} == {"ok"}
    assert [bool(found[question].series) for question in questions] == [n % 100 == 0 for n in range(1_200)]


def test_1200_ratios_cost_five_calls(at_aws: CloudWatchWorld) -> None:
    at_aws.signals.measure([last(30, a_ratio(f"ratio_{number}")) for number in range(1_200)], NOW)
    assert [count for *_, count in windows_of(at_aws)] == [500, 500, 500, 500, 400]


def test_windows_of_many_lengths_share_their_calls(at_aws: CloudWatchWorld) -> None:
    at_aws.signals.measure([last(5 + n % 60, a_count(f"count_{n}")) for n in range(1_200)], NOW)
    assert len(windows_of(at_aws)) == 3


def test_the_same_metric_is_asked_for_once(at_aws: CloudWatchWorld) -> None:
    signal = a_ratio()
    total = CountSignal(name="requests", query=signal.total)
    at_aws.signals.measure([last(30, signal), last(10, signal), last(20, total), last(30, total)], NOW)
    assert windows_of(at_aws) == [(NOW - 30 * MINUTE, NOW, 2)]


def test_no_call_asks_for_more_points_than_cloudwatch_gives(at_aws: CloudWatchWorld) -> None:
    questions = [last(14 * 24 * 60, a_count(f"count_{number}")) for number in range(20)]
    questions += [last(30, a_count(f"short_{number}")) for number in range(20)]
    found = at_aws.signals.measure(questions, NOW)
    assert {m.status for m in found.values()} == {"ok"}
    assert max(asked_points(windows_of(at_aws))) <= 100_000
    assert len(windows_of(at_aws)) <= 7


def test_windows_far_apart_do_not_fetch_what_lies_between(at_aws: CloudWatchWorld) -> None:
    signal = a_count()
    at_aws.signals.measure([last(60, signal), last(60, signal, NOW - 7 * DAY)], NOW)
    assert asked_points(windows_of(at_aws)) == [60, 60]


def test_an_answer_in_pages_is_put_together(at_aws: CloudWatchWorld) -> None:
    at_aws.cloudwatch.page_points = 7
    signals = [a_count(f"count_{number}") for number in range(5)]
    for signal in signals:
        for ago in range(1, 11):
            at_aws.happens(signal, NOW - ago * MINUTE, float(ago))
    found = at_aws.signals.measure([last(10, signal) for signal in signals], NOW)
    assert at_aws.cloudwatch.count("GetMetricData") == 8
    for measurement in found.values():
        assert measurement.status == "ok"
        assert measurement.series == {NOW - ago * MINUTE: float(ago) for ago in range(1, 11)}
        assert all(one < next_ for one, next_ in pairwise(measurement.series))


def test_an_answer_that_never_ends_is_an_error(at_aws: CloudWatchWorld) -> None:
    at_aws.cloudwatch.page_points = 1
    for ago in range(1, 101):
        at_aws.happens(a_count(), NOW - ago * MINUTE, 1)
    assert at_aws.signals.measure([last(100, a_count())], NOW)[last(100, a_count())].status == "error"


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_a_metrics_own_status_is_an_error_of_that_signal_alone(at_aws: CloudWatchWorld, status: str) -> None:
    good, bad = a_count("good"), a_count("bad")
    for signal in (good, bad):
        at_aws.happens(signal, NOW - 60, 1)
    at_aws.cloudwatch.status_of["Shop", "bad"] = status
    found = at_aws.signals.measure([last(5, good), last(5, bad)], NOW)
    assert found[last(5, good)].status == "ok"
    assert (found[last(5, bad)].status, found[last(5, bad)].series) == ("error", {})
    assert found[last(5, bad)].detail.startswith("CloudWatch ")


def test_one_query_that_cloudwatch_refuses_does_not_blind_the_other_499(at_aws: CloudWatchWorld) -> None:
    bad = CountSignal(name="bad", query=a_query("bad", "p101"))
    questions = [last(30, a_count(f"count_{number}")) for number in range(499)]
    questions.insert(321, last(30, bad))
    found = at_aws.signals.measure(questions, NOW)
    assert [q.signal.name for q, m in found.items() if m.status == "error"] == ["bad"]
    assert found[last(30, bad)].detail == "CloudWatch: reading metrics: ValidationError"
    assert at_aws.cloudwatch.count("GetMetricData") <= 21


def test_a_query_that_boto3_refuses_does_not_blind_the_others(at_aws: CloudWatchWorld) -> None:
    empty = CountSignal(name="empty", query=MetricQuery(namespace="", metric="x"))
    questions = [last(5, a_count()), last(5, empty), last(5, a_value())]
    found = at_aws.signals.measure(questions, NOW)
    assert [found[question].status for question in questions] == ["ok", "error", "ok"]


def test_missing_rights_are_not_asked_about_again_and_again(at_aws: CloudWatchWorld) -> None:
    at_aws.cloudwatch.fail_next.append(DENIED)
    found = at_aws.signals.measure([last(5, a_count(f"count_{n}")) for n in range(100)], NOW)
    assert {m.detail for m in found.values()} == {"CloudWatch: reading metrics: AccessDenied"}
    assert at_aws.cloudwatch.count("GetMetricData") == 1


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, timed_out()], ids=["throttled", "5xx", "timeout"])
def test_a_failing_call_is_an_error_for_its_own_signals_only(at_aws: CloudWatchWorld, fault: Exception) -> None:
    at_aws.cloudwatch.fail_next.append(fault)
    found = at_aws.signals.measure([last(30, a_count(f"count_{n}")) for n in range(600)], NOW)
    statuses = [m.status for m in found.values()]
    assert (statuses.count("error"), statuses.count("ok")) == (500, 100)
    assert not any("123456789012" in m.detail or "amazonaws" in m.detail for m in found.values())


@pytest.mark.parametrize("fault", [THROTTLED, BROKEN, DENIED], ids=["throttled", "5xx", "denied"])
def test_alarms_are_unavailable_when_any_of_them_cannot_be_read(at_aws: CloudWatchWorld, fault: Exception) -> None:
    """Half an answer would make the other half look deleted."""
    names = [f"alarm-{number:03}" for number in range(150)]
    for name in names:
        at_aws.alarm(name, "OK", NOW)
    at_aws.cloudwatch.fail_next.extend([None, fault])
    with pytest.raises(Unavailable):
        at_aws.signals.alarms(names)


def test_alarms_are_asked_for_in_hundreds_and_pages_are_followed(at_aws: CloudWatchWorld) -> None:
    at_aws.cloudwatch.page_alarms = 40
    names = [f"alarm-{number:03}" for number in range(250)]
    for name in names:
        at_aws.alarm(name, "OK", NOW)
    assert len(at_aws.signals.alarms(names)) == 250
    asked = [len(params["AlarmNames"]) for _, params in at_aws.cloudwatch.requests]
    assert asked == [100] * 6 + [50] * 2


@pytest.mark.parametrize("kind", ["MetricAlarm", "CompositeAlarm"])
def test_metric_and_composite_alarms_are_read(at_aws: CloudWatchWorld, kind: str) -> None:
    at_aws.cloudwatch.alarm("portal-outage", "ALARM", NOW, kind=kind)
    assert at_aws.signals.alarms(["portal-outage"])["portal-outage"].state == "ALARM"


def test_since_is_when_the_state_changed_and_not_its_last_evaluation(at_aws: CloudWatchWorld) -> None:
    at_aws.cloudwatch.alarm("old", "ALARM", NOW - DAY, updated=NOW - 5)
    at_aws.cloudwatch.alarm("never changed", "OK", NOW - 2 * DAY, transitioned=False)
    found = at_aws.signals.alarms(["old", "never changed"])
    assert found["old"].since == NOW - DAY
    assert found["never changed"].since == NOW - 2 * DAY


# The stand-in itself


@pytest.mark.parametrize(
    ("stat", "figure"),
    [
        ("Sum", 5_050.0),
        ("Average", 50.5),
        ("Minimum", 1.0),
        ("Maximum", 100.0),
        ("SampleCount", 100.0),
        ("p50", 50.0),
        ("p95", 95.0),
        ("p99.9", 100.0),
        ("tm90", 45.5),
    ],
)
def test_samples_of_a_minute_become_the_figure_asked_for(at_aws: CloudWatchWorld, stat: str, figure: float) -> None:
    for sample in range(1, 101):
        at_aws.cloudwatch.put("Shop", "latency", NOW - 60 + sample * 0.5, float(sample))
    signal = ValueSignal(name="latency", query=MetricQuery(namespace="Shop", metric="latency", stat=stat))
    assert at_aws.signals.measure([last(5, signal)], NOW)[last(5, signal)].series == {NOW - 60: figure}
    assert statistic(stat, [float(sample) for sample in range(1, 101)]) == figure


@pytest.mark.parametrize(("count", "minutes"), [(501, 1), (500, 300)], ids=["too many metrics", "too many points"])
def test_the_stand_in_refuses_what_cloudwatch_refuses(clients: Clients, count: int, minutes: int) -> None:
    CloudWatchStandIn().answer_for(clients.cloudwatch)
    with pytest.raises(clients.cloudwatch.exceptions.ClientError, match="ValidationError"):
        clients.cloudwatch.get_metric_data(
            MetricDataQueries=[
                {
                    "Id": f"q{number}",
                    "MetricStat": {
                        "Metric": {"Namespace": "Shop", "MetricName": "m"},
                        "Period": 60,
                        "Stat": "Sum",
                    },
                }
                for number in range(count)
            ],
            StartTime=str(NOW - minutes * MINUTE),
            EndTime=str(NOW),
            ScanBy="TimestampAscending",
        )
