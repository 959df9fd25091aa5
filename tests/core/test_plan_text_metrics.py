"""CloudWatch metrics in the text of a plan."""

import pytest

from orchestrator.core.signals import CountSignal, MetricQuery, RatioSignal, ValueSignal
from tests.core.plan_texts import plan_of, the_fault


@pytest.mark.parametrize(
    ("metric", "query"),
    [
        ("Shop Jobs", MetricQuery(namespace="Shop", metric="Jobs")),
        ("Shop Jobs SampleCount", MetricQuery(namespace="Shop", metric="Jobs", stat="SampleCount")),
        ("AWS/SQS Jobs {}", MetricQuery(namespace="AWS/SQS", metric="Jobs")),
        (
            "AWS/SQS Jobs Sum { Queue=a/b=c , App=shop }",
            MetricQuery(namespace="AWS/SQS", metric="Jobs", dimensions=(("App", "shop"), ("Queue", "a/b=c"))),
        ),
        (
            "{namespace: My Shop, metric: Failed Jobs, dimensions: {Queue: a, App: x}}",
            MetricQuery(namespace="My Shop", metric="Failed Jobs", dimensions=(("App", "x"), ("Queue", "a"))),
        ),
    ],
)
def test_a_metric_is_short_or_written_out(metric, query):
    plan = plan_of(signals=f"\n  jobs:\n    count: {metric}")
    assert plan.signals == (CountSignal(name="jobs", query=query),)


def test_a_ratio_is_two_counts_and_a_value_has_a_statistic_and_a_unit():
    ratio, _, value = plan_of().signals
    assert ratio == RatioSignal(
        name="errors",
        bad=MetricQuery(namespace="Shop", metric="Errors"),
        total=MetricQuery(namespace="Shop", metric="Requests"),
    )
    assert value == ValueSignal(
        name="p95", query=MetricQuery(namespace="Shop", metric="Duration", stat="p95"), unit="ms"
    )


@pytest.mark.parametrize("stat", ["p99.9", "p100", "Average", "Maximum", "IQM", "tm90", "TM(5%:95%)", "PR(:300)"])
def test_cloudwatchs_statistics_are_known(stat):
    plan = plan_of(signals=f'\n  v: {{value: {{namespace: Shop, metric: Duration, stat: "{stat}"}}}}')
    assert plan.signals[0].query.stat == stat


@pytest.mark.parametrize(
    ("signal", "fault"),
    [
        ("{value: Shop Duration}", "a value needs a statistic; add one of Sum"),
        ("{value: Shop Duration p9x}", "p9x is not a CloudWatch statistic; did you mean p9"),
        ("{count: Shop Jobs p95}", "p95 is not a count; a ratio and a count take Sum or SampleCount"),
        ("{ratio: {bad: A B, totl: A C}}", "unknown key totl in a ratio; did you mean total?"),
        ("{ratio: {bad: A B}}", "the ratio s has no total; add the metric that counts everything"),
        ("{ratio: {good: A B, total: A C}}", "unknown key good in a ratio; write bad: and count what failed"),
        (
            "{ratio: {bad: A B, total: A B}}",
            "bad and total of s are the same metric; count all requests in total:",
        ),
        ("{count: A B, value: A C p95}", "s is count and value at once; write one of ratio, count, value"),
        ("{unit: ms}", "s measures nothing; write one of ratio, count, value"),
        ("{count: A B, unit: ms}", "unit in a count; only a value or a latency has it"),
        ("{count: Shop}", 'Shop is not a CloudWatch metric; write "Namespace Metric'),
        ("{count: A B C D}", "A B C D is not a CloudWatch metric"),
        ('{count: "A B {Queue}"}', "Queue is not a dimension; write {Dimension=value"),
        ('{count: "A B {Q=1,Q=2}"}', "a dimension is given twice; write each dimension once"),
        ('{count: "A B {Q=1"}', "is not a CloudWatch metric"),
        ('{count: "A B {Q=}"}', "nothing is not a dimension's value; use ASCII characters"),
        ("{count: {namespace: A}}", "the metric has no metric; add metric: NAME"),
        ("{count: {namespace: A, metrc: B}}", "unknown key metrc in a metric; did you mean metric?"),
        ("{count: A B, source: splunk}", "unknown source splunk; write cloudwatch, prometheus or logs"),
        ("{percentile: 95}", "unknown key percentile in a signal; write latency:"),
    ],
)
def test_a_fault_of_a_signal_says_what_would_be_right(signal, fault):
    assert fault in the_fault(signals=f"\n  s: {signal}")
