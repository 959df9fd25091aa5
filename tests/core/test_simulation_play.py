"""A rollout played in a made-up world: the lines it gives, and that passing over quiet minutes changes none of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.core.simulation import Simulation
from tests.core.simulated import APPROVED, BASE, PLAN, decisions, objects, plan_of, played, scenario_of

RICH = b"""
plan: shop
owner: shop team
runbook: docs/runbook.md
environments: [dev, staging]
flags:
  READS:  {safe: false, final: true}
signals:
  api_5xx: {ratio: {bad: Shop Errors, total: Shop Requests}}
  read_p95: {latency: Shop Duration p95, unit: ms}
probes:
  smoke: {lambda: shop-smoke}
  ci:    {reported: true}
stages:
  - key: some
    set: {READS: {value: true, cohort: admin, percent: 12.5}}
    gates:
      - {probe: smoke, passes: 3}
      - {probe: ci, passes: 2}
      - {checklist: [briefed, seeded], roles: [ops]}
  - key: everybody
    set: {READS: true}
    soak: 1h
    gates:
      - {signal: read_p95, below: 120}
      - {report: parity, expect: {differences: 0}}
"""
RICH_BASE = """
start: 2025-09-26T09:00:00Z
until: 7h
people: {ops: [ops]}
signals: {api_5xx: {per_minute: 100}, read_p95: {value: 80, per_minute: 600}}
probes: {smoke: pass, ci: pass}
events:
  - {at: 0m, command: start, by: ops}
"""
DONE = ("{at: 1h, tick: some/briefed, by: ops}", "{at: 1h, tick: some/seeded, by: ops}")


def test_a_rollout_goes_from_its_start_to_its_end() -> None:
    assert decisions(played(*APPROVED)) == [
        ("0:00", "start", "reads"),
        ("0:00", "hold", "reads"),
        ("1:00", "hold", "reads"),  # it is ripe, and waits for people
        ("2:00", "hold", "reads"),  # one of two has said yes
        ("2:00", "advance", "portal"),
        ("2:01", "hold", "portal"),
        ("3:00", "watch", "portal"),
        ("3:01", "hold", "portal"),
        ("5:00", "complete", "portal"),
    ]


def test_a_line_has_the_keys_of_the_contract() -> None:
    start, *_, advance, _, _, _, _ = objects(played(*APPROVED))
    assert list(start) == ["at", "stage", "decision", "reason", "flags", "effects", "verdicts"]
    assert (start["at"], start["stage"], start["decision"]) == ("2025-09-26T09:00:00Z", "reads", "start")
    assert start["flags"] == {"READS": {"value": "true"}, "PORTAL": {"value": "false"}}
    assert {"kind": "write_flag", "flag": "READS", "from": "false", "to": "true"} in start["effects"]
    assert {"kind": "post"} in start["effects"]
    verdicts = {verdict["gate"]: verdict for verdict in advance["verdicts"]}
    assert verdicts["p95 below 120"]["verdict"] == "pass"
    assert verdicts["p95 below 120"]["bound"] == "120"
    assert "80 ms" in verdicts["p95 below 120"]["reason"]


def test_percentages_and_cohorts_are_said_as_numbers_and_names() -> None:
    start = objects(played(plan=RICH, base=RICH_BASE))[0]
    assert start["flags"] == {"READS": {"value": "true", "percent": 12.5, "cohort": "admin"}}
    (write,) = [effect for effect in start["effects"] if effect["kind"] == "write_flag"]
    assert write == {
        "kind": "write_flag",
        "flag": "READS",
        "from": "false",
        "to": "true for admin and 12.5 % of the rest, else false",
    }


def test_a_silent_or_broken_signal_never_passes() -> None:
    for how, outcome in (("silent", "no_data"), ("broken", "error")):
        lines = played(f"{{at: 10m, signal: p95, {how}: true}}", f"{{at: 5h, signal: p95, {how}: false}}")
        before = [line for line in lines if line.at - line.start < 5 * 3600]
        assert {line.stage for line in before} == {"reads"}
        assert before[-1].verdicts[0].outcome == outcome
        assert lines[-1].reason == "waits for engineering and ops to approve"
        assert lines[-1].at - lines[-1].start >= 5 * 3600


def test_a_signal_of_which_nothing_is_said_is_silent_and_said_to_be() -> None:
    lines = played(base=BASE.replace("  p95:     {value: 80}\n", ""))
    assert lines[0].reason.endswith("the scenario says nothing of p95: silent")
    assert lines[-1].verdicts[0].outcome == "no_data"


def test_an_alarm_acts_in_its_own_minute_even_while_the_schedule_stands_still() -> None:
    lines = played("{at: 90m, no_ticks: 30m}", "{at: 95m, alarm: shop-outage, state: ALARM}")
    fired = next(line for line in lines if line.decision == "safeguard")
    assert decisions([fired]) == [("1:35", "safeguard", "")]
    assert fired.flags == {"READS": "false", "PORTAL": "false"}


def test_without_ticks_nothing_goes_forward() -> None:
    lines = played("{at: 55m, no_ticks: 2h}")
    assert ("2:55", "hold", "reads") in decisions(lines)
    assert not any(55 * 60 <= line.at - line.start < 175 * 60 for line in lines)


def test_a_safeguard_on_a_signal_acts_on_what_was_measured() -> None:
    lines = played(*APPROVED, "{at: 150m, signal: api_5xx, rate: 40%}")
    fired = next(line for line in lines if line.decision == "safeguard")
    assert 150 * 60 < fired.at - fired.start <= 155 * 60
    assert fired.flags["READS"] == "false"
    assert "api_5xx" in fired.reason


def test_what_is_refused_is_said_with_its_reason() -> None:
    lines = played(
        "{at: 10m, approve: reads, by: eng}",
        "{at: 2h, approve: portal, by: eng}",
        "{at: 3h, approve: reads, by: nora}",
        "{at: 4h, command: start, by: eng}",
    )
    refused = [(line.decision, line.reason) for line in lines if line.decision == "refuse"]
    assert refused == [
        ("refuse", "reads is not ready to be approved: reads soaks for 1h more"),
        ("refuse", "portal is not where shop-1 is; it is at reads"),
        ("refuse", "reads still needs engineering and ops; you hold none of these roles"),
        ("refuse", "shop-1 is live already; roll it back or abort it before a new start"),
    ]


def test_a_change_by_hand_towards_safe_is_adopted() -> None:
    lines = played("{at: 30m, flag: READS, value: false}")
    adopted = next(line for line in lines if line.flags["READS"] == "false")
    assert adopted.decision == "hold"
    assert "READS was set to false by hand" in adopted.reason


def test_a_rollout_that_was_aborted_can_be_started_again() -> None:
    lines = played("{at: 30m, command: abort, by: eng}", "{at: 2h, command: start, by: eng}")
    starts = [line for line in lines if line.decision == "start"]
    assert [line.reason.split(";")[0] for line in starts] == ["shop-1 started", "shop-2 started"]


def test_what_ends_stays_ended() -> None:
    lines = played("{at: 30m, command: abort, by: eng}", "{at: 2h, command: promote, by: eng}")
    assert [line.decision for line in lines][-2:] == ["abort", "refuse"]
    assert lines[-1].reason == "shop-1 is aborted; start a rollout of shop first"


def test_the_line_stops_every_step_forward_and_is_freed() -> None:
    lines = played(
        "{at: 30m, command: hold_line, by: eng, reason: peak}", *APPROVED, "{at: 5h, command: free_line, by: eng}"
    )
    assert "portal" not in {line.stage for line in lines if line.at - line.start < 5 * 3600}
    assert ("5:00", "resume", "reads") in decisions(lines)


def test_a_change_elsewhere_makes_evidence_count_afresh() -> None:
    lines = played("{at: 50m, change: deploy 41}")
    ripe = [line for line in lines if line.at - line.start >= 3600]
    assert ripe[0].verdicts[0].outcome == "waiting"
    assert decisions(ripe)[-1] == ("1:22", "hold", "reads")


def test_probes_checklists_and_reports_open_their_gates() -> None:
    lines = played(
        *DONE, "{at: 5h, report: parity, result: pass, numbers: {differences: 0}}", plan=RICH, base=RICH_BASE
    )
    assert [(at, what, stage) for at, what, stage in decisions(lines) if what in ("advance", "complete")] == [
        ("1:00", "advance", "everybody"),
        ("5:00", "complete", "everybody"),
    ]


def test_a_probe_that_fails_keeps_its_gate_closed_until_it_passes_again() -> None:
    lines = played(
        "{at: 0m, probe: smoke, result: fail}", *DONE, "{at: 3h, probe: smoke, result: pass}", plan=RICH, base=RICH_BASE
    )
    (advance,) = [line for line in lines if line.decision == "advance"]
    assert advance.at - advance.start > 3 * 3600


def test_a_probe_of_which_nothing_is_said_cannot_be_run() -> None:
    lines = played(*DONE, plan=RICH, base=RICH_BASE.replace("{smoke: pass, ci: pass}", "{ci: pass}"))
    assert {line.stage for line in lines} == {"some"}


def test_a_report_that_is_not_what_is_expected_is_no_pass() -> None:
    plan, wrong = plan_of(RICH), "{at: 5h, report: parity, result: pass, numbers: {differences: 2}}"
    simulation = Simulation(plan, scenario_of(plan, *DONE, wrong, base=RICH_BASE))
    assert {line.stage for line in simulation} == {"some", "everybody"}
    assert "still running in everybody" in simulation.last
    assert "differences" in simulation.last


def test_an_environment_waits_for_the_one_before() -> None:
    (refused,) = played(plan=RICH, base=_before_events("environment: staging"))
    assert (refused.decision, refused.reason) == (
        "refuse",
        "shop has not been completed in dev; complete it there first",
    )
    assert played(plan=RICH, base=_before_events("environment: staging\ncompleted: {dev: true}"))[0].decision == "start"
    (elsewhere,) = played(plan=RICH, base=_before_events("environment: prod"))
    assert elsewhere.reason.startswith("shop runs in dev, staging, not in prod")


def _before_events(more: str) -> str:
    return RICH_BASE.replace("events:", f"{more}\nevents:")


def test_it_ends_when_nothing_can_happen_any_more() -> None:
    plan = plan_of()
    simulation = Simulation(plan, scenario_of(plan, *APPROVED))
    lines = list(simulation)
    assert lines[-1].decision == "complete"
    assert simulation.last.split(";")[0].endswith("shop-1 is completed")


def test_the_same_seed_gives_the_same_lines() -> None:
    bad = "{at: 90m, signal: api_5xx, rate: 3%}"
    assert objects(played(bad)) == objects(played(bad))


MANIFOLD = b"""
plan: shop
owner: shop team
runbook: docs/runbook.md
timezone: Europe/Berlin
flags:
  READS:  {safe: false, final: true}
  PORTAL: {safe: false, final: true}
  MODE:   {ladder: [off, warn, enforce], safe: off, final: enforce}
signals:
  api_5xx: {ratio: {bad: Shop Errors, total: Shop Requests}}
  p95:     {value: Shop Duration p95, unit: ms}
  failed:  {count: Shop JobsFailed}
probes:
  smoke: {lambda: shop-smoke}
stages:
  - key: reads
    set: {READS: true, MODE: {value: warn, after: 45m}}
    soak: 1h
    expect: 5h
    gates:
      - {signal: api_5xx, below: 5%}
      - {signal: p95, below: 120, for: 1h, every: 5m}
      - {drill: READS}
      - {probe: smoke, passes: 2, across: 20m}
      - {approval: {roles: [engineering, ops]}}
  - key: portal
    set: {PORTAL: true, MODE: enforce}
    gates:
      - {signal: failed, unchanged: 40m}
      - {probe: smoke, every: 15m, for: 1h}
safeguards:
  - {when: {alarm: shop-outage}, do: ladder, severity: critical}
  - {when: {signal: api_5xx, above: 8%}, do: rollback, severity: critical}
ladder:
  - {rung: mode off, set: {MODE: off}, takes: 2m, recovered: {signal: p95, below: 150, window: 5m}, within: 10m}
  - {rung: everything back, rollback: start}
freeze:
  - {every: daily 13:00 - 14:30, reason: lunch}
watch: 2h
"""
_EVENTS = st.sampled_from(
    (
        "signal: api_5xx, rate: 30%",
        "signal: api_5xx, rate: 0%",
        "signal: api_5xx, silent: true",
        "signal: p95, value: 200",
        "signal: p95, value: 80",
        "signal: p95, broken: true",
        "signal: p95, broken: false",
        "signal: failed, value: 3",
        "signal: failed, value: 0",
        "signal: failed, silent: true, value: 0.5",
        "alarm: shop-outage, state: ALARM",
        "alarm: shop-outage, state: OK",
        "approve: reads, by: eng",
        "approve: reads, by: ops",
        "command: start, by: eng",
        "command: promote, by: eng",
        "command: pause, by: eng",
        "command: resume, by: eng",
        "command: rollback, by: eng",
        "command: abort, by: eng",
        "command: hold_line, by: eng",
        "command: free_line, by: eng",
        "change: deploy",
        "flag: READS, value: false",
        "flag: PORTAL, value: true",
        "probe: smoke, result: fail",
        "probe: smoke, result: pass",
        "no_ticks: 20m",
    )
)
_TIMES = st.integers(0, 8 * 60 * 60 - 1).map(lambda at: f"{at - at % 30}s" if at >= 30 else "0m")


@pytest.mark.long
@settings(max_examples=15, deadline=None)
@example([("70m", "signal: p95, value: 200"), ("2h", "signal: p95, value: 80")], PLAN)
@example([("20m", "signal: failed, value: 1"), ("40m", "signal: failed, value: 0")], MANIFOLD)
@given(
    st.lists(st.tuples(_TIMES, _EVENTS), max_size=12),
    st.sampled_from((PLAN, PLAN.replace(b"  - {when: {signal", b"#"), MANIFOLD)),
)
def test_passing_over_quiet_minutes_changes_no_line(events: list[tuple[str, str]], plan: bytes) -> None:
    if plan != MANIFOLD:
        events = [(at, event) for at, event in events if "smoke" not in event]
    happenings = [f"{{at: {at}, {event}}}" for at, event in events]
    base = BASE.replace("until: 12h", "until: 9h").replace("rate: 0.2%", "rate: 0%")
    base = base.replace("events:", "probes: {smoke: pass}\nevents:") if plan == MANIFOLD else base
    assert played(*happenings, plan=plan, base=base) == played(*happenings, plan=plan, base=base, passes_over=False)
