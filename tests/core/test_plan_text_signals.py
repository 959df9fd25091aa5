import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.document import read_document
from orchestrator.core.faults import Faults
from orchestrator.core.plan_text import signals
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Reader
from orchestrator.core.signals import (
    CountSignal,
    LatencySignal,
    LogQuery,
    MathQuery,
    MetricQuery,
    PromQuery,
    RatioSignal,
    SetSignal,
    ValueSignal,
)
from tests.work import calls_of


def read(text):
    """What `signals:` holds, and what is said of it."""
    faults, contents = Faults(), Contents()
    root = read_document(text.encode(), faults)
    if root is not None:
        signals.read_signals(Reader(faults), root.entries[0][1], contents)
    return contents, [f"{fault.line}: {fault}" for fault in faults.in_line_order()]


def signal(text):
    contents, faults = read(f"signals:\n  s: {text}")
    assert faults == []
    return contents.signals["s"]


def signal_fault(text):
    _, faults = read(f"signals:\n  s: {text}")
    assert len(faults) == 1, faults
    return faults[0]


ERRORS = MetricQuery(namespace="Shop", metric="Errors")
REQUESTS = MetricQuery(namespace="Shop", metric="Requests")


def counter(expr):
    return PromQuery(expr=expr, counter=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{count: Shop Errors}", CountSignal(name="s", query=ERRORS)),
        ("{count: Shop Errors, source: cloudwatch}", CountSignal(name="s", query=ERRORS)),
        ("{ratio: {bad: Shop Errors, total: Shop Requests}}", RatioSignal(name="s", bad=ERRORS, total=REQUESTS)),
        (
            "{ratio: {bad: Shop Errors, total: Shop Requests}, per_minute: 0.5}",
            RatioSignal(name="s", bad=ERRORS, total=REQUESTS, per_minute=0.5),
        ),
        (
            "{value: Shop Depth Maximum, unit: jobs}",
            ValueSignal(name="s", query=MetricQuery(namespace="Shop", metric="Depth", stat="Maximum"), unit="jobs"),
        ),
        (
            "{latency: 'Shop Read p95 {Route=basket}', unit: ms, per_minute: 120}",
            LatencySignal(
                name="s",
                query=MetricQuery(namespace="Shop", metric="Read", dimensions=(("Route", "basket"),)),
                quantile="0.95",
                unit="ms",
                per_minute=120,
            ),
        ),
        (
            "{latency: {namespace: Shop, metric: Read, stat: p99.9}}",
            LatencySignal(name="s", query=MetricQuery(namespace="Shop", metric="Read"), quantile="0.999"),
        ),
        (
            "{value: {math: '100 * used / size', metrics: {used: Shop Used Average, size: Shop Size Maximum}}}",
            ValueSignal(
                name="s",
                query=MathQuery(
                    expression="100 * used / size",
                    metrics=(
                        ("used", MetricQuery(namespace="Shop", metric="Used", stat="Average")),
                        ("size", MetricQuery(namespace="Shop", metric="Size", stat="Maximum")),
                    ),
                ),
            ),
        ),
        (
            "{ratio: {bad: {math: 'FILL(a, 0) + 1e0 * b', metrics: {a: Shop A, b: Shop B}}, total: Shop Requests}}",
            RatioSignal(
                name="s",
                bad=MathQuery(
                    expression="FILL(a, 0) + 1e0 * b",
                    metrics=(
                        ("a", MetricQuery(namespace="Shop", metric="A")),
                        ("b", MetricQuery(namespace="Shop", metric="B")),
                    ),
                ),
                total=REQUESTS,
            ),
        ),
    ],
)
def test_a_signal_from_cloudwatch_is_what_it_says(text, wanted):
    assert signal(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{count: jobs_total, source: prometheus}", CountSignal(name="s", query=counter("jobs_total"))),
        ("{count: ' jobs_total {} ', source: Prometheus}", CountSignal(name="s", query=counter("jobs_total"))),
        (
            """{count: 'jobs_total{a="}", b=~"x|y", c!=''z'',}', source: prometheus}""",
            CountSignal(name="s", query=counter('jobs_total{a="}", b=~"x|y", c!=\'z\',}')),
        ),
        (
            """{ratio: {bad: 'p_total{status="failure"}', total: p_total}, per_minute: 3, source: prometheus}""",
            RatioSignal(name="s", bad=counter('p_total{status="failure"}'), total=counter("p_total"), per_minute=3),
        ),
        (
            """{ratio: {bad: 'sum(rate(p_total{a="b"}[5m]))', total: 'rate(p_total[5m])'}, source: prometheus}""",
            RatioSignal(name="s", bad=counter('p_total{a="b"}'), total=counter("p_total")),
        ),
        (
            "{value: 'max(queue_depth) by (queue) > 0', unit: jobs, source: prometheus}",
            ValueSignal(name="s", query=PromQuery(expr="max(queue_depth) by (queue) > 0"), unit="jobs"),
        ),
        (
            """{value: 'x{route=~"^a$|b[{]"}', source: prometheus}""",
            ValueSignal(name="s", query=PromQuery(expr='x{route=~"^a$|b[{]"}')),
        ),
        (
            "{set: stage_validation_total, label: bucket, source: prometheus}",
            SetSignal(name="s", query=PromQuery(expr="stage_validation_total", label="bucket")),
        ),
    ],
)
def test_a_signal_from_prometheus_is_what_it_says(text, wanted):
    assert signal(text) == wanted


@pytest.mark.parametrize(
    ("text", "selector", "quantile", "unit", "per_unit"),
    [
        ("latency: 'd_seconds{r=\"x\"}', quantile: p95, unit: ms", 'd_seconds{r="x"}', "0.95", "ms", 1000),
        ("latency: d_seconds, quantile: 0.990, unit: us", "d_seconds", "0.99", "us", 1_000_000),
        ("latency: d_seconds, quantile: p50, unit: s", "d_seconds", "0.5", "s", 1),
        ("latency: d_seconds, quantile: p99.5", "d_seconds", "0.995", "", 1),
        ("latency: size_bytes, quantile: p95, unit: MB", "size_bytes", "0.95", "MB", 1),
    ],
)
def test_a_histogram_in_seconds_has_bounds_in_the_unit_of_the_signal(text, selector, quantile, unit, per_unit):
    wanted = LatencySignal(name="s", query=PromQuery(expr=selector), quantile=quantile, unit=unit, per_unit=per_unit)
    assert signal(f"{{{text}, source: prometheus}}") == wanted


@pytest.mark.parametrize(
    ("wrapped", "window"),
    [
        ("jobs_total", None),
        ("increase(jobs_total[10m])", 600),
        ("increase( jobs_total [1h30m] )", 5400),
        ("rate(jobs_total[5m])", 300),
        ("sum(increase(jobs_total[1d]))", 86_400),
        ("sum( rate(jobs_total[2m]) )", 120),
    ],
)
def test_a_counter_is_unwrapped_and_its_range_is_the_usual_window(wrapped, window):
    contents, faults = read(f"signals: {{s: {{count: '{wrapped}', source: prometheus}}}}")
    assert faults == []
    assert contents.signals["s"].query == counter("jobs_total")
    assert contents.default_windows.get("s") == window


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "{count: 'filter level = \"ERROR\"', groups: [/aws/lambda/shop, app/x], source: logs}",
            CountSignal(name="s", query=LogQuery(groups=("/aws/lambda/shop", "app/x"), query='filter level = "ERROR"')),
        ),
        (
            "{ratio: {bad: 'filter ok = 0', total: 'filter ispresent(ok)'}, groups: /shop, source: logs}",
            RatioSignal(
                name="s",
                bad=LogQuery(groups=("/shop",), query="filter ok = 0"),
                total=LogQuery(groups=("/shop",), query="filter ispresent(ok)"),
            ),
        ),
        (
            "{set: 'parse @message /type=(?<t>it''s|b#)/ | filter t like /a|stats/', label: t, groups: /x, source: logs}",
            SetSignal(
                name="s",
                query=LogQuery(
                    groups=("/x",),
                    query="parse @message /type=(?<t>it's|b#)/ | filter t like /a|stats/",
                    field="t",
                ),
            ),
        ),
    ],
)
def test_a_signal_from_the_logs_is_what_it_says(text, wanted):
    assert signal(text) == wanted


def test_where_a_signal_stands_is_kept():
    contents, _ = read("signals:\n  a: {count: Shop A}\n  b: {count: nothing}\n")
    assert contents.signal_lines == {"a": 2, "b": 3}
    assert contents.signals["b"] is None


KINDS = "ratio, count, value, latency"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{unit: ms}", f"2: s measures nothing; write one of {KINDS}"),
        ("{count: A B, value: A C p95}", f"2: s is count and value at once; write one of {KINDS}"),
        ("{count: A B, unit: ms}", "2: unit in a count; only a value or a latency has it: leave it out"),
        ("{value: A B p95, per_minute: 3}", "2: per_minute in a value; only a ratio or a latency has it: leave it out"),
        ("{count: A B, label: x}", "2: label in a count; only a set has it: leave it out"),
        (
            "{latency: A B p95, quantile: p95}",
            '2: quantile in a CloudWatch latency; write it as "Namespace Metric p95 {Dimension=value}"',
        ),
        ("{count: A B, groups: /x}", "2: groups in a signal from cloudwatch; write source: logs, or leave it out"),
        ("{set: x, label: y}", f"2: cloudwatch gives no set; write one of {KINDS}, or read it from prometheus or logs"),
        (
            "{value: 'filter x = 1', groups: /x, source: logs}",
            "2: logs gives no value; write one of ratio, count, set, or read it from cloudwatch or prometheus",
        ),
        ("{count: A B, source: splunk}", "2: unknown source splunk; write cloudwatch, prometheus or logs"),
        ("{count: A B, source: loki}", "2: unknown source loki; write logs, for CloudWatch Logs Insights"),
        ("{count: A B, source: promtheus}", "2: unknown source promtheus; did you mean prometheus?"),
        ("{ratio: {bad: A B, total: A C}, per_minute: 0}", "2: per_minute is 0; write the requests of a usual minute"),
        (
            "{ratio: {bad: A B, total: A C}, per_minute: many}",
            "2: per_minute is many; write a number, as in per_minute: 120",
        ),
        ("{latency: A B Average}", '2: Average is no percentile; write "Namespace Metric p95 {Dimension=value}"'),
        ("{latency: A B p100}", '2: p100 is no percentile; write "Namespace Metric p95 {Dimension=value}"'),
        (
            "{histogram: x}",
            "2: unknown key histogram in a signal; write latency: NAME, quantile: p95, source: prometheus",
        ),
        ("{query: x}", "2: unknown key query in a signal; write count: and what counts it"),
        (
            "{count: Shop Jobs, account: '123456789012'}",
            "2: account in a signal is not supported yet; leave it out: signals are read in the bot's own account",
        ),
    ],
)
def test_a_fault_of_a_signal_says_what_would_be_right(text, fault):
    assert signal_fault(text) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "{math: a + b}",
            '2: the metric math has no metrics; add metrics: {used: "Namespace Metric {Dimension=value}"}',
        ),
        ("{metrics: {a: A B}}", '2: the metric math has no math; add math: "100 * used / size"'),
        ("{math: a + c, metrics: {a: A B}}", "2: unknown metric c in the expression; name it under metrics:, beside a"),
        (
            "{math: size / usd, metrics: {size: A B, used: A C}}",
            "2: unknown metric usd in the expression; did you mean used?",
        ),
        ("{math: a, metrics: {a: A B, b: A C}}", "2: the expression does not use b; leave it out, or use it in math:"),
        (
            "{math: 'a)', metrics: {a: A B}}",
            '2: a) is not metric math; write numbers, names and operators, as in math: "100 * used / size"',
        ),
        (
            "{math: 'SUM(SEARCH(a))', metrics: {a: A B}}",
            "2: SEARCH gives more than one series; name each metric in math:",
        ),
        (
            "{math: '(a', metrics: {a: A B}}",
            '2: (a is not metric math; write numbers, names and operators, as in math: "100 * used / size"',
        ),
        (
            "{math: 'a; b', metrics: {a: A B}}",
            '2: a; b is not metric math; write numbers, names and operators, as in math: "100 * used / size"',
        ),
        (
            "{math: A, metrics: {A: A B}}",
            "2: A is not a name in metric math; begin with a small letter, then letters, digits and _, as in used",
        ),
        (
            "{math: a, metrics: {a: A B p95}}",
            "2: p95 is not a count; a ratio and a count take Sum or SampleCount, for p95 write value:",
        ),
    ],
)
def test_a_fault_of_metric_math_says_what_would_be_right(text, fault):
    assert signal_fault(f"{{count: {text}}}") == fault


COUNTER = 'write the counter itself, as in payments_total{status="failure"}'


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("count: a_total + b_total", "2: a_total + b_total is not a counter; write the counter itself, as in a_total"),
        ("count: sum(a_total)", "2: sum(a_total) is not a counter; write the counter itself, as in a_total"),
        (
            "count: 'sum by (route) (rate(a_total{x=\"y\"}[5m]))'",
            '2: sum by (route) (rate(a_total{x="y"}[5m])) is not a counter; '
            'write the counter itself, as in a_total{x="y"}',
        ),
        (
            "count: 'increase(a_total[30s])'",
            "2: increase(a_total[30s]) is not a counter; write the counter itself, as in a_total",
        ),
        (
            "count: 'increase(a_total[2d])'",
            "2: increase(a_total[2d]) is not a counter; write the counter itself, as in a_total",
        ),
        (
            "count: 'increase(a_total[90s])'",
            "2: increase(a_total[90s]) is not a counter; write the counter itself, as in a_total",
        ),
        ("count: 'a_total{x=y}'", "2: a_total{x=y} is not a counter; write the counter itself, as in a_total"),
        ("count: '5'", f"2: 5 is not a counter; {COUNTER}"),
        (
            "count: 'rate(a_total[$__rate_interval])'",
            "2: a count has the placeholder $__rate_interval]); write the value itself: a plan is sent as it stands",
        ),
        (
            "value: 'max(x{job=\"$job\"})'",
            '2: a value has the placeholder $job"}); write the value itself: a plan is sent as it stands',
        ),
        (
            "value: 'max(x{job=\"{{ job }}\"})'",
            '2: a value has the placeholder {{ job }}"}); write the value itself: a plan is sent as it stands',
        ),
        (
            "value: 'max([[metric]])'",
            "2: a value has a placeholder; write the value itself: a plan is sent as it stands",
        ),
        ("value: 'max(x'", "2: a value has brackets that do not match; close each with its own kind"),
        ("value: 'max(x])'", "2: a value has brackets that do not match; close each with its own kind"),
        ("value: 'x{a=\"b}'", "2: a value has a quote that is not closed; close it"),
        (f"value: {'x' * 2001}", "2: a value has 2,001 characters; at most 2,000 are read"),
        ("value: ''", "2: a value is empty; write max(queue_depth)"),
        ("set: x", "2: the set s has no label; add label: NAME, the label that is meant"),
        ("set: x, label: a-b", "2: a-b is not a label's name; use letters, digits and _, as in bucket"),
        ("latency: d_seconds", "2: the latency s has no quantile; add quantile: p95"),
        ("latency: d_seconds, quantile: median", "2: quantile is median; write quantile: p95"),
        ("latency: d_seconds, quantile: p0", "2: quantile is p0; write quantile: p95"),
        (
            "latency: d_seconds, quantile: p95, unit: km",
            "2: the unit km of s is not one of time; write unit: ms or unit: s, as the histogram is in seconds",
        ),
        (
            'latency: \'d_seconds_bucket{a="b",le="0.2"}\', quantile: p95',
            '2: d_seconds_bucket{a="b",le="0.2"} is a part of a histogram; write the whole, as in d_seconds{a="b"}',
        ),
        (
            "latency: d_seconds_count, quantile: p95",
            "2: d_seconds_count is a part of a histogram; write the whole, as in d_seconds",
        ),
        (
            "latency: 'histogram_quantile(0.95, sum by (le) (rate(d_seconds_bucket[5m])))', quantile: p95",
            "2: histogram_quantile(0.95, sum by (le) (rate(d_seconds_bucket[5m]))) is not a histogram; "
            "write its name, as in d_seconds, and quantile: p95",
        ),
    ],
)
def test_a_fault_of_promql_says_what_would_be_right(text, fault):
    assert signal_fault(f"{{{text}, source: prometheus}}") == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("count: filter a = 1", "2: s does not say where its logs are; add groups: [/aws/lambda/shop]"),
        ("count: filter a = 1, groups: [a b]", "2: a b is not a log group; write its name, as in /aws/lambda/shop"),
        ("count: filter a = 1, groups: [/a, /a]", "2: groups has /a twice; list each once"),
        (
            "count: filter a = 1 | stats count(*), groups: /a",
            "2: stats in a logs query; leave it out: the lines are counted by the minute",
        ),
        (
            "count: 'fields a | LIMIT 5', groups: /a",
            "2: limit in a logs query; leave it out: the lines are counted by the minute",
        ),
        (
            "count: 'filter a = 1 | sort a', groups: /a",
            "2: sort in a logs query; leave it out: the lines are counted by the minute",
        ),
        (
            "count: 'filter a = 1 | display a', groups: /a",
            "2: display in a logs query; leave it out: the lines are counted by the minute",
        ),
        ("count: fiter a = 1, groups: /a", "2: unknown command fiter in a logs query; did you mean filter?"),
        (
            "count: level = 1, groups: /a",
            "2: level = 1 is no command of a logs query; write 'filter level = \"ERROR\"'",
        ),
        (
            "count: 'filter a = 1 |', groups: /a",
            "2: nothing is no command of a logs query; write 'filter level = \"ERROR\"'",
        ),
        ("count: 'filter a = \"x', groups: /a", "2: a count has a quote that is not closed; close it"),
        (
            "count: 'filter a = 1 # why', groups: /a",
            "2: a count has a comment; leave it out, and write it behind # in the plan",
        ),
        (
            "set: filter a = 1, groups: /a",
            "2: the set s has no label; add label: NAME, the field of the logs that is meant",
        ),
        (
            "set: filter a = 1, label: 'x | limit 1', groups: /a",
            "2: x | limit 1 is not a field of the logs; use letters, digits, _ and ., as in errorType",
        ),
    ],
)
def test_a_fault_of_a_logs_query_says_what_would_be_right(text, fault):
    assert signal_fault(f"{{{text}, source: logs}}") == fault


@pytest.mark.parametrize("form", signals.FORMS, ids=lambda form: form.what)
def test_advice_is_given_for_what_is_not_in_the_language_alone(form):
    assert not set(form.keys) & (set(form.later) | set(form.instead))
    assert not set(form.later) & set(form.instead)


PIECES = st.lists(
    st.sampled_from(
        ["sum(", "rate(", "increase(", "x_total", "{a=", '"b"', "}", "[5m]", ")", "by (le)", "'", '"', "$x", "[[", "\\"]
    )
    | st.text(max_size=3),
    max_size=12,
).map("".join)
QUOTED = PIECES.map(lambda text: "'" + text.replace("'", "''") + "'")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["count", "value", "latency", "set"]), QUOTED, st.sampled_from(["prometheus", "logs"]))
def test_any_query_is_read_or_refused_in_one_line(kind, query, source):
    contents, faults = read(f"signals: {{s: {{{kind}: {query}, source: {source}, label: a, groups: /a}}}}")
    assert faults or contents.signals["s"] is not None


@pytest.mark.parametrize(
    "query", ["{" * 2000, "a{b=" * 500, '"\\' * 999, "sum(" * 500, "a_" * 999 + "[", "x{" + "a='b'," * 300]
)
@pytest.mark.parametrize("source", ["prometheus", "logs"])
def test_a_long_query_is_read_or_refused_with_little_work(query, source):
    quoted = query.replace("'", "''")
    text = f"signals: {{s: {{count: '{quoted}', source: {source}, groups: /a}}}}"
    assert calls_of(lambda: read(text)) < 50_000


def test_a_coverage_is_written_as_part_and_whole() -> None:
    wanted = signal("{ratio: {part: Shop Covered, whole: Shop Requests}}")
    assert wanted == signal("{ratio: {bad: Shop Covered, total: Shop Requests}}")


def test_the_two_ways_to_write_a_ratio_do_not_mix() -> None:
    fault = signal_fault("{ratio: {part: Shop Covered, total: Shop Requests, whole: Shop Requests}}")
    assert "mixes part and whole with total; write bad: and total:, or part: and whole:" in fault
