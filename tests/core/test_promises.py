"""What the declared traffic can show: promises that are refused, the forecast, and what asking costs."""

import pytest

from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.plan_text.costs import monthly_cost
from orchestrator.core.plan_text.promises import forecast
from tests.core.plan_texts import faults_of, plan_of, text_of, the_fault


def signals_of(per_minute):
    return f"""
  errors: {{ratio: {{bad: Shop Errors, total: Shop Requests}}, per_minute: {per_minute}}}
  p95: {{latency: Shop Duration p95, unit: ms, per_minute: {per_minute}}}
  other: {{ratio: {{bad: Other Errors, total: Other Requests}}}}
  jobs: {{count: Shop JobsFailed}}"""


def judged(gate, per_minute=100, move="true", more=""):
    """What is said of this gate at so many requests a minute; None for nothing."""
    stages = f"\n  - {{key: on, set: {{NEW: {move}}}, gates: [{{{gate}}}]{more}}}"
    if move != "true":
        stages += "\n  - {key: all, set: {NEW: true}}"
    read = read_plan(text_of(signals=signals_of(per_minute), stages=stages).encode())
    if isinstance(read, Plan):
        return None
    assert len(read) == 1, read
    return str(read[0])


@pytest.mark.parametrize(
    ("gate", "per_minute", "good"),
    [
        ("signal: errors, below: 0.5%, window: 30m", 100, True),
        ("signal: errors, below: 0.5%, window: 30m", 10, False),
        ("signal: errors, below: 0.5%, window: 2h", 10, True),
        ("signal: errors, at_least: 99.5%, window: 30m", 10, False),
        ("signal: errors, below: 0.5%, window: 30m, judge: point", 10, True),
        ("signal: errors, below: 0.5%, window: 30m, judge: point, min_requests: 400", 10, False),
        ("signal: p95, below: 120, window: 5m", 100, True),
        ("signal: p95, below: 120, window: 5m", 5, False),
        ("signal: errors, below: 0.1%, for: 24h", 1, False),
        ("signal: errors, below: 0.1%, for: 24h", 10, True),
        ("signal: errors, below: 0.5%", 100, True),
        ("signal: errors, below: 0.001%", 1, False),
        ("signal: errors, below: 0.5%, window: 30m, dry_run: true", 10, True),
        ("signal: other, below: 0.5%, window: 1m", 1, True),
    ],
)
def test_a_gate_that_the_declared_traffic_can_never_open_is_refused(gate, per_minute, good):
    assert (judged(gate, per_minute) is None) == good


def test_the_refusal_says_how_much_there_is_and_how_much_is_needed():
    assert judged("signal: errors, below: 0.5%, window: 30m", 10) == (
        "the gate errors below 0.5% can never pass: 10 requests a minute give 300 in 30 min, "
        "and 598 without a bad one show it; look back 60m or more, or write a looser bound"
    )


def test_a_share_of_the_subjects_is_a_share_of_the_traffic():
    gate = "signal: errors, below: 0.5%, window: 30m"
    assert judged(gate, 100, "{value: true, percent: 50}") is None
    assert "10 % of 100 requests a minute give 300" in judged(gate, 100, "{value: true, percent: 10}")
    assert judged(gate, 100, "{value: true, cohort: admin}") is None


def test_a_gate_without_a_window_passes_within_the_time_that_people_expect():
    gate = "signal: errors, below: 0.1%"
    assert judged(gate, 1) is None
    fault = judged(gate, 1, more=", expect: 6h")
    assert fault.startswith("the gate errors below 0.1% takes about")
    assert fault.endswith("more than expect: 6h; let more traffic count, or write a looser bound")


def test_a_gate_of_the_watch_passes_before_the_watch_is_over():
    def said(watch):
        return faults_of(
            text_of(signals=signals_of(1), watch=f"{{for: {watch}, gates: [{{signal: errors, below: 0.1%}}]}}")
        )

    assert "more than expect: 6h" in said("6h")[0]
    plan_of(signals=signals_of(1), watch="{for: 4w, gates: [{signal: errors, below: 0.1%}]}")


@pytest.mark.parametrize(
    ("when", "detects", "fault"),
    [
        ("signal: errors, above: 1%", "{times: 5, within: 1h}", ""),
        ("signal: errors, above: 1%", "{times: 1.5, within: 3m}", "1.5 times the bound takes about"),
        ("signal: errors, above: 1%, window: 30m", "{times: 5, within: 1h}", ""),
        ("signal: errors, above: 1%, window: 30m", "{times: 1.01, within: 1h}", "can never be seen; promise fewer"),
        (
            "signal: errors, above: 50%",
            "{times: 5, within: 1h}",
            "5 times the bound of errors above 50% can never be seen",
        ),
        ("signal: p95, above: 200", "{times: 5, within: 1h}", ""),
        ("signal: errors, errors: 5, window: 10m", "{times: 5, within: 1h}", "write it for a ratio or a latency"),
        ("signal: jobs, above: 5", "{times: 5, within: 1h}", "detects: says nothing of jobs above 5"),
        ("signal: other, above: 1%", "{times: 5, within: 1h}", "add per_minute: 120 to other, its usual requests"),
    ],
)
def test_a_promise_to_detect_is_held_against_the_declared_traffic(when, detects, fault):
    sections = {
        "signals": signals_of(100),
        "safeguards": f"\n  - {{when: {{{when}, detects: {detects}}}, do: rollback}}",
    }
    if fault:
        assert fault in the_fault(**sections)
    else:
        plan_of(**sections)


def test_a_rung_that_can_never_be_seen_to_help_is_refused():
    def sections(window):
        return {
            "signals": signals_of(10),
            "safeguards": "\n  - {when: {alarm: a}, do: ladder}",
            "ladder": "\n  - {rung: back, rollback: safe, recovered: {signal: errors, below: 1%, window: "
            + window
            + "}}",
        }

    assert "the condition errors below 1% of back can never pass" in the_fault(**sections("10m"))
    plan_of(**sections("1h"))


def forecast_of(per_minute):
    return forecast(
        plan_of(
            signals=signals_of(per_minute),
            stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: errors, below: 0.5%}, {signal: jobs, at_most: 0}]}",
            safeguards="\n  - {when: {signal: errors, above: 6%}, do: rollback}\n  - {when: {alarm: a}, do: hold}",
        )
    )


def test_a_forecast_says_when_gates_pass_and_what_safeguards_see():
    gate, guard = forecast_of(100)
    assert (gate.place, gate.signal, gate.condition, gate.detects) == ("on", "errors", "errors below 0.5%", ())
    assert gate.clean > 5
    assert (guard.place, guard.clean) == ("errors-above-6", None)
    # Twenty times 6 % is more than there can be.
    assert [times for times, _ in guard.detects] == [2, 5]
    assert str(gate).startswith("on: errors below 0.5%: at 100 requests a minute it takes about")
    assert "it sees 2x" in str(guard)


def test_more_traffic_shows_it_sooner():
    (slow, slow_guard), (fast, fast_guard) = forecast_of(10), forecast_of(1000)
    assert fast.clean < slow.clean
    assert fast_guard.detects[0][1] <= slow_guard.detects[0][1]


def test_without_declared_traffic_the_forecast_says_what_to_declare():
    plan = plan_of(
        signals=signals_of(100), stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: other, below: 0.5%}]}"
    )
    (gate,) = forecast(plan)
    assert gate.clean is None
    assert "declare per_minute: at other" in str(gate)


def costs_of(**sections):
    return {cost.signal: cost for cost in monthly_cost(plan_of(**sections))}


def test_a_metric_costs_by_how_often_it_is_asked_for():
    costs = costs_of(
        signals=signals_of(100),
        stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: errors, below: 1%}, {signal: jobs, at_most: 0}]}",
        safeguards="\n  - {when: {signal: errors, above: 2%}, do: rollback}",
    )
    assert set(costs) == {"errors", "jobs"}
    minutes = 30 * 24 * 60
    assert costs["jobs"].dollars == pytest.approx(minutes * 0.01 / 1000)
    assert costs["errors"].dollars == pytest.approx(2 * 2 * minutes * 0.01 / 1000)
    assert str(costs["jobs"]) == "jobs: CloudWatch, 1 metric asked every 60 s, about $0.43 a month"


def test_metric_math_costs_every_metric_in_it():
    costs = costs_of(
        signals='\n  used: {value: {math: "100 * a / b", metrics: {a: Shop Used Maximum, b: Shop Size Maximum}}}',
        stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: used, below: 80}]}",
    )
    assert costs["used"].dollars == pytest.approx(2 * 30 * 24 * 60 * 0.01 / 1000)


def test_logs_cost_by_what_is_scanned_prometheus_nothing_and_a_probe_its_calls():
    costs = costs_of(
        signals="""
  errors: {count: 'filter level = "ERROR"', groups: [/aws/lambda/shop], source: logs}
  rollbacks: {count: rollbacks_total, source: prometheus}""",
        probes="\n  smoke: {lambda: shop-smoke}\n  unused: {lambda: other}",
        stages="""
  - key: on
    set: {NEW: true}
    gates: [{signal: errors, at_most: 0}, {signal: rollbacks, unchanged: 2h}, {probe: smoke, passes: 2}]""",
    )
    assert str(costs["errors"]) == "errors: Logs Insights, 2,880 queries a month, $0.005 for each GB that one scans"
    assert costs["errors"].dollars is None
    assert costs["rollbacks"].dollars == 0
    assert "8,640 calls a month" in str(costs["smoke"])
    assert "unused" not in costs
