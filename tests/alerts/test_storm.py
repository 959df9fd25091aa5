"""A storm: 10,000 events over 50 problems in a minute. Few messages, and the counts add up exactly."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from orchestrator import notify
from orchestrator.core.alerting.alert import AlertEvent, Severity
from orchestrator.ports import Outside, SwitchbackError
from orchestrator.telemetry.logs import configure
from tests.alerts.yard import Killed, Yard, half_refused
from tests.core.made_alerts import event, over

PROBLEMS = 50
SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "warning", "info")


def storm(events: int, seed: int) -> list[tuple[int, AlertEvent, str]]:
    """Second, event and its id, over one minute; every problem happens, some far more often than others."""
    drawn = random.Random(seed)
    numbers = list(range(PROBLEMS)) + [min(int(drawn.expovariate(0.1)), PROBLEMS - 1) for _ in range(events - PROBLEMS)]
    drawn.shuffle(numbers)
    made = []
    for index, number in enumerate(numbers):
        at = index * 60 // events
        severity = SEVERITIES[number % len(SEVERITIES)]
        made.append((at, event(at, service=f"s{number}", severity=severity, lasts=300), f"event-{index}"))
    return made


def delivered(yard: Yard, containers: Sequence[Outside], made: AlertEvent, event_id: str, seed: int) -> None:
    """At least once: whoever raised or died gets it again, in another container."""
    for attempt in range(200):
        try:
            notify.raise_alert(containers[(seed + attempt) % len(containers)], made, event_id)
            return
        except (SwitchbackError, Killed):
            continue
    raise AssertionError(f"{event_id} was never taken")


def ticked(yard: Yard, containers: Sequence[Outside], minutes: int) -> None:
    for minute in range(minutes):
        yard.clock.at += 60
        try:
            notify.tell_all(containers[minute % len(containers)])
        except Killed:
            continue


def played(yard: Yard, events: int, *, containers: int, seed: int) -> None:
    """The storm, three more minutes of whatever goes wrong, and then a quiet hour."""
    ours = [yard.container() for _ in range(containers)]
    start = yard.clock.at
    for index, (at, made, event_id) in enumerate(storm(events, seed)):
        yard.clock.at = start + at
        delivered(yard, ours, made, event_id, index)
    ticked(yard, ours, 3)
    yard.meddle, yard.kill_after = lambda method, path: None, lambda method, path: False
    ticked(yard, ours, 60)


def test_a_storm_is_few_messages_and_every_event_is_in_one_of_them() -> None:
    yard = Yard()
    played(yard, 2_000, containers=1, seed=1)
    assert len(yard.own()) <= PROBLEMS
    assert yard.told() == 2_000


def test_in_the_first_minute_there_are_no_more_messages_than_the_budget() -> None:
    yard = Yard()
    ours = yard.container()
    for _, made, event_id in storm(500, 2):
        delivered(yard, [ours], made, event_id, 0)
    notify.tell_all(ours)
    assert len(yard.messages()) <= 5
    assert len(yard.digests()) == 1, "what is beyond it is told all the same"


def test_the_log_says_when_something_changes_and_not_that_it_happened_again(capsys: pytest.CaptureFixture[str]) -> None:
    configure("switchback", "dev")
    ours = Yard().container()
    for at in range(40):
        notify.raise_alert(ours, event(at, severity="critical" if at >= 30 else "warning"), f"event-{at}")
    notify.raise_alert(ours, over(50), "event-40")
    lines = [line for line in capsys.readouterr().out.splitlines() if "an alert was counted" in line]
    assert [json.loads(line)["count"] for line in lines] == [1, 31, 40]


CASES = {
    "two containers": (2, False, False),
    "Discord takes every second request": (2, True, False),
    "every container dies after each message": (2, False, True),
    "all of it at once": (3, True, True),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("seed", range(3))
def test_whatever_fails_the_counts_add_up(case: tuple[int, bool, bool], seed: int) -> None:
    containers, refusing, dying = case
    yard = Yard()
    if refusing:
        yard.meddle = half_refused(seed)
    if dying:
        yard.kill_after = lambda method, path: method == "POST" and path.endswith("/messages")
    played(yard, 600, containers=containers, seed=seed)
    assert len(yard.own()) <= PROBLEMS
    assert yard.told() == 600


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_ten_thousand_events_with_everything_that_can_go_wrong(seed: int) -> None:
    yard = Yard()
    yard.meddle = half_refused(seed)
    yard.kill_after = lambda method, path: method == "POST" and path.endswith("/messages")
    played(yard, 10_000, containers=2, seed=seed)
    assert len(yard.own()) <= PROBLEMS
    assert yard.told() == 10_000
