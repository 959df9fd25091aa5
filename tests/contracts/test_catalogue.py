"""Which series there are: what is said of a name that is wrong, and that what exists passes."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.log_catalogue import LogCatalogue
from orchestrator.adapters.aws.metric_catalogue import MetricCatalogue
from orchestrator.adapters.catalogue import Catalogue, Catalogues
from orchestrator.adapters.prometheus.api import PrometheusApi
from orchestrator.adapters.prometheus.catalogue import PrometheusCatalogue
from orchestrator.adapters.prometheus.selectors import selectors
from orchestrator.core.signals import (
    CountSignal,
    LatencySignal,
    LogQuery,
    MathQuery,
    MetricQuery,
    PromQuery,
    Query,
    RatioSignal,
    SetSignal,
    Signal,
    ValueSignal,
)
from tests.contracts.conftest import REGION
from tests.stand_ins.cloudwatch import DENIED, CloudWatchStandIn
from tests.stand_ins.logs import LogsStandIn
from tests.stand_ins.prometheus import PrometheusStandIn, hang_up

NOW = 1_764_000_000 // 60 * 60
DAY = 86_400


def a_count(query: Query) -> Signal:
    return CountSignal(name="x", query=query)


# CloudWatch


@pytest.fixture
def cloudwatch(shared_clients: Clients) -> Iterator[CloudWatchStandIn]:
    stand_in = CloudWatchStandIn()
    stand_in.now = NOW
    stand_in.answer_for(shared_clients.cloudwatch)
    yield stand_in
    stand_in.leave(shared_clients.cloudwatch)


@pytest.fixture
def metrics(shared_clients: Clients, cloudwatch: CloudWatchStandIn) -> MetricCatalogue:
    for service in ("api", "web"):
        cloudwatch.put("Shop", "orders_failed", NOW - DAY, 1, dimensions=(("Env", "dev"), ("Service", service)))
    cloudwatch.put("Shop", "orders_old", NOW - 20 * DAY, 1)
    cloudwatch.put("Shop", "queue_depth", NOW, 1)
    return MetricCatalogue(shared_clients)


def test_a_metric_that_has_data_passes_with_its_dimensions_in_any_order(metrics: MetricCatalogue) -> None:
    query = MetricQuery(
        namespace="Shop", metric="orders_failed", dimensions=(("Service", "web"), ("Env", "dev")), stat="Sum"
    )
    assert metrics.check(a_count(query), NOW) == ()
    both = MathQuery(
        expression="a + b", metrics=(("a", query), ("b", MetricQuery(namespace="Shop", metric="queue_depth")))
    )
    assert metrics.check(RatioSignal(name="r", bad=query, total=both), NOW) == ()


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions", "says"),
    [
        (
            "Shop", "order_failed", (),
            "Shop order_failed has had no data for two weeks (a metric that counts failures only is silent until the "
            "first); did you mean orders_failed?",
        ),
        (
            "Shop", "orders_failed", (("Env", "dev"), ("Service", "apis")),
            "Shop orders_failed has had no data with {Env=dev, Service=apis} for two weeks; there is "
            "{Env=dev, Service=api}, {Env=dev, Service=web}",
        ),
        (
            "Shop", "orders_failed", (("Service", "api"),),
            "Shop orders_failed has had no data with {Service=api} for two weeks; there is "
            "{Env=dev, Service=api}, {Env=dev, Service=web}",
        ),
        (
            "Shop", "orders_failed", (),
            "Shop orders_failed has had no data with no dimensions for two weeks; there is "
            "{Env=dev, Service=api}, {Env=dev, Service=web}",
        ),
        ("Shops", "queue_depth", (), "nothing has been written to the namespace Shops for two weeks; did you mean Shop?"),
    ],
    ids=["name", "dimension's value", "dimension left out", "no dimensions", "namespace"],
)  # fmt: skip
def test_a_metric_that_is_not_there_is_named_with_what_is(
    metrics: MetricCatalogue, namespace: str, metric: str, dimensions: tuple[tuple[str, str], ...], says: str
) -> None:
    query = MetricQuery(namespace=namespace, metric=metric, dimensions=dimensions)
    assert metrics.check(a_count(query), NOW) == (says,)


def test_a_metric_that_fell_silent_is_not_there(metrics: MetricCatalogue) -> None:
    assert len(metrics.check(a_count(MetricQuery(namespace="Shop", metric="orders_old")), NOW)) == 1


def test_pages_are_followed(metrics: MetricCatalogue, cloudwatch: CloudWatchStandIn) -> None:
    cloudwatch.page_metrics = 1
    query = MetricQuery(namespace="Shop", metric="orders_failed", dimensions=(("Env", "dev"), ("Service", "web")))
    assert metrics.check(a_count(query), NOW) == ()
    assert cloudwatch.count("ListMetrics") == 2


def test_a_metric_is_looked_up_once_for_each_signal(metrics: MetricCatalogue, cloudwatch: CloudWatchStandIn) -> None:
    query = MetricQuery(namespace="Shop", metric="queue_depth")
    metrics.check(RatioSignal(name="r", bad=query, total=query), NOW)
    assert cloudwatch.count("ListMetrics") == 1


def test_what_cannot_be_asked_is_a_fault_and_not_a_pass(
    metrics: MetricCatalogue, cloudwatch: CloudWatchStandIn
) -> None:
    cloudwatch.fail_next.append(DENIED)
    assert metrics.check(a_count(MetricQuery(namespace="Shop", metric="queue_depth")), NOW) == (
        "CloudWatch: listing metrics: AccessDenied; check again when it answers",
    )


# Logs


@pytest.fixture
def logs() -> LogCatalogue:
    client = boto3.client("logs", region_name=REGION, config=Config(retries={"total_max_attempts": 1}))
    stand_in = LogsStandIn()
    stand_in.answer_for(client)
    for name in ("/aws/lambda/shop", "/aws/lambda/cart", "/ecs/shops", *(f"/filler/{n:03}" for n in range(120))):
        stand_in.put(name)
    return LogCatalogue(lambda: client)


@pytest.mark.parametrize(
    ("group", "says"),
    [
        ("/aws/lambda/shop", ()),
        ("/aws/lambda/shops", ("there is no log group /aws/lambda/shops; did you mean /aws/lambda/shop?",)),
        ("/filler/11", ("there is no log group /filler/11; did you mean /filler/011?",)),
        ("/ecz/shops", ("there is no log group /ecz/shops; did you mean /ecs/shops?",)),
    ],
)
def test_a_log_group_exists_or_the_like_of_it_is_named(logs: LogCatalogue, group: str, says: tuple[str, ...]) -> None:
    assert logs.check(a_count(LogQuery(groups=(group,), query="")), NOW) == says


# Prometheus


@pytest.fixture(scope="module")
def stand_in() -> Iterator[PrometheusStandIn]:
    stand_in = PrometheusStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def prometheus(stand_in: PrometheusStandIn) -> PrometheusCatalogue:
    stand_in.forget()
    stand_in.label_values["__name__", ""] = [
        "paid_total",
        "rollbacks_total",
        "took_seconds_bucket",
        "took_seconds_count",
    ]
    stand_in.label_values["status", "paid_total"] = ["ok", "failed"]
    failed = {"__name__": "paid_total", "status": "failed"}
    stand_in.selected |= {
        'paid_total{status="failed"}': [failed],
        "paid_total": [failed, {"__name__": "paid_total", "status": "ok"}],
        "took_seconds_bucket": [{"__name__": "took_seconds_bucket", "le": "1"}],
    }
    return PrometheusCatalogue(PrometheusApi(stand_in.url))


@pytest.mark.parametrize(
    ("signal", "says"),
    [
        (a_count(PromQuery(expr="paid_total", counter=True)), ()),
        (a_count(PromQuery(expr='paid_total{status="failed"}', counter=True)), ()),
        (ValueSignal(name="v", query=PromQuery(expr='sum by (status) (rate(paid_total{status="failed"}[5m]))')), ()),
        (LatencySignal(name="l", query=PromQuery(expr="took_seconds"), quantile="0.95"), ()),
        (SetSignal(name="s", query=PromQuery(expr="paid_total", label="status")), ()),
        (
            a_count(PromQuery(expr="rollback_total", counter=True)),
            ("Prometheus has no metric rollback_total; did you mean rollbacks_total?",),
        ),
        (
            a_count(PromQuery(expr='paid_total{status="failure"}', counter=True)),
            ('Prometheus has had no paid_total{status="failure"} for 30 days; status: did you mean failed?',),
        ),
        (
            a_count(PromQuery(expr='paid_total{status="ok", route="/pay"}', counter=True)),
            (
                'Prometheus has had no paid_total{status="ok", route="/pay"} for 30 days; route: there are no values of route',
            ),
        ),
        (
            SetSignal(name="s", query=PromQuery(expr="paid_total", label="state")),
            ("paid_total has no label state; did you mean status?",),
        ),
        (
            LatencySignal(name="l", query=PromQuery(expr='takes_seconds{a="b"}'), quantile="0.95"),
            ("Prometheus has no metric takes_seconds_bucket; did you mean took_seconds_bucket?",),
        ),
    ],
)
def test_series_exist_or_what_is_like_them_is_named(
    prometheus: PrometheusCatalogue, signal: Signal, says: tuple[str, ...]
) -> None:
    assert prometheus.check(signal, NOW) == says


def test_a_prometheus_that_is_silent_is_a_fault_and_not_a_pass(
    prometheus: PrometheusCatalogue, stand_in: PrometheusStandIn
) -> None:
    stand_in.replies.extend([hang_up, hang_up])
    found = prometheus.check(a_count(PromQuery(expr="paid_total", counter=True)), NOW)
    assert found == ("Prometheus does not answer; check again when it answers",)


def test_the_names_are_read_once_for_a_whole_plan(prometheus: PrometheusCatalogue, stand_in: PrometheusStandIn) -> None:
    for name in ("a", "b", "c"):
        prometheus.check(a_count(PromQuery(expr=name, counter=True)), NOW)
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    ("expr", "found"),
    [
        ("up", ["up"]),
        ('up{job="a", x!~"b{c"}', ['up{job="a", x!~"b{c"}']),
        ('rate(a_total{b="c"}[5m] offset 1h) / on(x) group_left(y) b_total', ['a_total{b="c"}', "b_total"]),
        ("sum by (pod) (a) + sum(b) without (c) > bool 1e3 and d", ["a", "b", "d"]),
        ("histogram_quantile(0.95, sum(rate(x_bucket[5m])) by (le))", ["x_bucket"]),
        ('{__name__=~"a.*"} or vector(0)', ['{__name__=~"a.*"}']),
        ("job:errors:rate5m unless ignoring (z) up # down(x)", ["job:errors:rate5m", "up"]),
        ('label_replace(a, "dst", "$1", "src", "(.*)")', ["a"]),
        ("a[5m:1m] @ start() - a", ["a"]),
        ("absent(x{y='z'})", ["x{y='z'}"]),
        ("((", []),
        ('a{b="', ['a{b="']),
        ("", []),
    ],
)
def test_the_selectors_of_an_expression_are_found(expr: str, found: list[str]) -> None:
    assert [selector.text for selector in selectors(expr)] == found


# All of them


class Says(Catalogue):
    def __init__(self, text: str) -> None:
        self.text = text

    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        return (self.text,)


def test_a_signal_is_checked_where_it_is_measured() -> None:
    metric, logs, prom = MetricQuery(namespace="a", metric="b"), LogQuery(groups=("a",), query=""), PromQuery(expr="a")
    catalogues = Catalogues(Says("cloudwatch"), Says("logs"), Says("prometheus"))
    for query, text in ((metric, "cloudwatch"), (logs, "logs"), (prom, "prometheus")):
        assert catalogues.check(a_count(query), NOW) == (text,)
    assert catalogues.check(RatioSignal(name="r", bad=metric, total=metric), NOW) == ("cloudwatch",)
    assert catalogues.check(RatioSignal(name="r", bad=logs, total=prom), NOW) == ("logs", "prometheus")
    assert Catalogues(Says(""), Says("")).check(a_count(prom), NOW) == (
        "no Prometheus is configured; set PROMETHEUS_URL",
    )
