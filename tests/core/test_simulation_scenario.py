"""Scenarios as people write them: read into their values, or every fault at its line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.simulation import Scenario, read_scenario
from orchestrator.core.simulation.scenario import (
    AlarmChanges,
    Asks,
    Knobs,
    Marks,
    NoTicks,
    SetsByHand,
    Turns,
)
from tests.core.simulated import BASE, plan_of, scenario_of


def test_every_event_is_read_with_its_time() -> None:
    scenario = scenario_of(
        plan_of(),
        "{at: 26h, signal: api_5xx, rate: 4%}",
        "{at: 27h, alarm: shop-outage, state: ALARM}",
        "{at: 30m, approve: reads, by: ops}",
        "{at: 51h, command: rollback, by: eng, reason: settlement mismatch, to: previous}",
        "{at: 52h, change: deploy 41}",
        "{at: 53h, flag: READS, value: false}",
        "{at: 60h, no_ticks: 10m}",
    )
    assert (scenario.start, scenario.until, scenario.seed, scenario.environment) == (1_758_877_200, 43_200, 7, "dev")
    start, approve, turn, alarm, back, mark, by_hand, still = scenario.happenings
    assert isinstance(start, Asks)
    assert (start.at, start.command.verb, start.command.actor.roles) == (0, "start", ("engineering",))
    assert isinstance(approve, Asks)
    assert (approve.at, approve.stage, approve.command.actor.name) == (1800, "reads", "ops")
    assert turn == Turns(at=26 * 3600, signal="api_5xx", changes={"rate": 0.04})
    assert alarm == AlarmChanges(at=27 * 3600, alarm="shop-outage", state="ALARM")
    assert isinstance(back, Asks)
    assert (back.command.reason, back.command.args) == ("settlement mismatch", {"to": "previous"})
    assert mark == Marks(at=52 * 3600, what="deploy 41")
    assert by_hand == SetsByHand(at=53 * 3600, flag="READS", value="false")
    assert still == NoTicks(at=60 * 3600, length=600)


def test_events_of_the_same_time_keep_the_order_of_the_file() -> None:
    scenario = scenario_of(
        plan_of(), "{at: 1h, change: b}", "{at: 60m, change: a}", "{at: 3600s, change: c}", "{at: 0h, change: first}"
    )
    marks = [event.what for event in scenario.happenings if isinstance(event, Marks)]
    assert marks == ["first", "b", "a", "c"]


def test_signals_are_read_by_their_kind() -> None:
    signals = scenario_of(plan_of()).signals
    assert signals == {
        "api_5xx": Knobs(rate=0.002, per_minute=60),
        "p95": Knobs(value=80),
        "failed": Knobs(value=0),
    }


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2025-09-26T09:00:00Z", 1_758_877_200),
        ("2025-09-26T11:00:00+02:00", 1_758_877_200),
        ("2025-09-26 09:00", 1_758_877_200),
        ("2025-09-26", 1_758_844_800),
    ],
)
def test_a_start_without_a_zone_is_utc(text: str, start: int) -> None:
    read = read_scenario(f"start: {text}".encode(), plan_of())
    assert isinstance(read, Scenario)
    assert read.start == start


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ("{at: 1h, signal: api_5x, rate: 4%}", "unknown signal api_5x; did you mean api_5xx?"),
        ("{at: 1h, signal: api_5xx, rat: 4%}", "unknown key rat in the event signal; did you mean rate?"),
        ("{at: 1h, signal: api_5xx, value: 4}", "unknown key value in the event signal; the event signal takes at, signal, rate, per_minute, silent, broken"),
        ("{at: 1h, signal: api_5xx, rate: 140%}", "rate is 140%; write a share from 0% to 100%, as in rate: 0.2%"),
        ("{at: 1h, signal: api_5xx}", "nothing changes in api_5xx; add one of rate, per_minute, silent, broken"),
        ("{at: 1h, alarm: shop-outag, state: ALARM}", "unknown alarm shop-outag; did you mean shop-outage?"),
        ("{at: 1h, alarm: shop-outage}", "shop-outage has no state; add state: OK or ALARM or INSUFFICIENT_DATA"),
        ("{at: 1h, alarm: shop-outage, state: RED}", "state is RED; write OK or ALARM or INSUFFICIENT_DATA"),
        ("{at: 1h, approve: read, by: ops}", "unknown stage read; did you mean reads?"),
        ("{at: 1h, approve: reads, by: opps}", "unknown person opps; did you mean ops?"),
        ("{at: 1h, approve: reads}", "nobody does this; add by: NAME, one of people:"),
        ("{at: 1h, command: promot, by: ops}", "the command is promot; did you mean promote?"),
        ("{at: 1h, command: rollback, to: beginning, by: ops}", "to is beginning; write start or previous or safe"),
        ("{at: 1h, command: done, by: ops}", "done has no helped; add helped: yes or no"),
        ("{at: 1h, probe: smoke, result: pass}", "unknown probe smoke; name it under probes: first"),
        ("{at: 1h, flag: REEDS, value: true}", "unknown flag REEDS; did you mean READS?"),
        ("{at: 1h, flag: READS}", "READS has no value; add value: false"),
        ("{at: later, change: x}", "at: 'later' is not a duration; write a number and a unit: 90s, 30m, 2h, 2d or 1w"),
        ("{change: x}", "this event has no time; add at: 26h, counted from the start"),
        ("{at: 1h}", "nothing happens in this event; write one of command, approve, tick, signal, alarm, probe, job, report, change, flag, no_ticks"),
        ("{at: 1h, alram: x}", "unknown key alram in an event; did you mean alarm?"),
        ("{at: 1h, tick: reads, by: ops}", "reads names no item; write tick: STAGE/ITEM"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_event_is_said_at_its_line(event: str, fault: str) -> None:
    read = read_scenario((BASE + f"  - {event}\n").encode(), plan_of())
    assert isinstance(read, list)
    line = BASE.count("\n") + 1
    assert [(found.line, str(found)) for found in read] == [(line, fault)]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("begin: 2025-09-26", "unknown key begin in a scenario; a scenario takes start, until"),
        ("start: soon", "start is soon, which is no time; write start: 2025-09-26T09:00:00Z"),
        ("until: 20", "until: '20' is not a duration"),
        ("seed: seven", "seed is seven; write a whole number, as in seed: 7"),
        ("signals: {api_5xx: {rate: lots}}", "rate is lots; write a share"),
        ("signals: {p59: {value: 1}}", "unknown signal p59; did you mean p95?"),
        ("signals: 7", "signals is no mapping from names; write signals: {api_5xx: {rate: 0.2%, per_minute: 60}}"),
        ("alarms: {shop-outage: red}", "an alarm's state is red"),
        ("events: [{at: 0m, command: start, by: eng}]", "nobody is called eng; introduce people: {ops-lead: [ops]}"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said(text: str, fault: str) -> None:
    read = read_scenario(text.encode(), plan_of())
    assert isinstance(read, list)
    assert str(read[0]).startswith(fault)


@given(st.one_of(st.binary(max_size=200), st.text(alphabet="{}[]:,- \nabstart%0", max_size=200).map(str.encode)))
def test_no_text_raises(text: bytes) -> None:
    read = read_scenario(text, plan_of())
    assert isinstance(read, Scenario) or read
