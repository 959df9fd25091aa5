"""An alert storm: made-up alarms of the stack itself, the way real ones come, within a minute of the world's."""

from __future__ import annotations

import random
import time
from collections.abc import Collection, Mapping
from typing import Any

from msgspec import Struct

from orchestrator import bootstrap
from orchestrator.app.alarms import WARNINGS
from orchestrator.core.alerting.alert import Alert
from orchestrator.core.signals import MINUTE, AlarmState
from orchestrator.sandbox import lambdas
from orchestrator.sandbox.town import Busy, Town

MOST_EVENTS, MOST_PROBLEMS = 2000, 100

LET_IN = 0.002
"""Real seconds between two of the storm's, for whoever waits for their turn: a lock is not handed on by itself."""

_WARNS = (False, True, True)
"""Of three problems the first does not work, the other two warn."""


class Counts(Struct, frozen=True, kw_only=True):
    """`messages` of the problems' own and `digests`, as the alert channel has taken them by the end of the minute;
    `counted` events, as the state of the alerts has them: all of them, or something is wrong."""

    events: int
    problems: int
    messages: int
    digests: int
    counted: int


def wanted(asked: Mapping[str, Any]) -> tuple[int, int]:
    """Events and problems, checked. Raises ValueError."""
    events, problems = asked.get("events"), asked.get("problems")
    if (
        set(asked) == {"events", "problems"}
        and type(events) is int
        and type(problems) is int
        and 1 <= problems <= MOST_PROBLEMS
        and problems <= events <= min(problems * MINUTE, MOST_EVENTS)
    ):
        return events, problems
    raise ValueError(
        f'a storm takes {{"events": 500, "problems": 50}}, or {{"over": true}}: 1 to {MOST_PROBLEMS} problems, '
        f"1 to {MINUTE} events of each, at most {MOST_EVENTS} in all"
    )


def blow(town: Town, events: int, problems: int) -> Counts:
    """Everything within the next whole minute, and the tick at its end: what is told by then, and what was counted."""
    names = [_name(town, number) for number in range(problems)]
    drawn = _drawn(events, problems)
    with town.one_at_a_time:
        before = _seen(names)
    with town.journey() as go_to:
        start = (town.clock.now() // MINUTE + 1) * MINUTE
        for second in range(MINUTE + 1):
            if town.stopping.is_set():
                break
            with town.one_at_a_time:
                go_to(start + second, Busy(what="an alert storm", start=start, to=start + MINUTE))
                if second in (0, MINUTE):
                    town.tick()
                for number, name in enumerate(names):
                    if second in drawn[number]:
                        _change(name, "ALARM", start + second)
            time.sleep(LET_IN)
    with town.one_at_a_time:
        after = _seen(names)
    return Counts(
        events=events,
        problems=problems,
        messages=len(after.messages - before.messages),
        digests=after.digests - before.digests,
        counted=after.counted - before.counted,
    )


def clear(town: Town) -> int:
    """Every made-up alarm that is in ALARM goes to OK, and the next minute tells it; how many there were."""
    with town.journey() as go_to:
        at = town.clock.now() + 1
        seen = Busy(what="all clear", start=at, to=(at // MINUTE + 1) * MINUTE)
        go_to(at, seen)
        with town.one_at_a_time:
            firing = sorted(alert.alarm for alert in made_up(town) if alert.firing)
        for name in firing:
            with town.one_at_a_time:
                _change(name, "OK", at)
            time.sleep(LET_IN)
        with town.one_at_a_time:
            go_to(seen.to, seen)
            town.tick()
    return len(firing)


def made_up(town: Town) -> list[Alert]:
    """The storms' own problems, as far as they are not forgotten."""
    prefix = _prefix(town)
    found = bootstrap.outside().alerts.open()
    return [alert for group in found for alert in group.alerts if alert.alarm.startswith(prefix)]


class _Seen(Struct, frozen=True, kw_only=True):
    messages: frozenset[str]
    digests: int
    counted: int


def _seen(names: Collection[str]) -> _Seen:
    alerts = bootstrap.outside().alerts
    found = [group for group in alerts.open() if any(alert.alarm in names for alert in group.alerts)]
    return _Seen(
        messages=frozenset(told.message for group in found for told in group.told.values() if told.message),
        digests=alerts.board().digests - len(alerts.digests()),
        counted=sum(alert.count for group in found for alert in group.alerts if alert.alarm in names),
    )


def _prefix(town: Town) -> str:
    return f"{town.settings.app_name}-{town.settings.environment}-storm-"


def _name(town: Town, number: int) -> str:
    """As an alarm of the stack is named: what it ends with says how bad it is."""
    ending = WARNINGS[number % len(WARNINGS)] if _WARNS[number % len(_WARNS)] else ""
    return f"{_prefix(town)}{number + 1:02d}{ending}"


def _drawn(events: int, problems: int) -> list[set[int]]:
    """The seconds in which each problem happens: all do, and the first ones more often than the last ones."""
    dice = random.Random(events * problems)
    often = [1] * problems
    weights = range(problems + 3, 3, -1)
    for _ in range(events - problems):
        while often[number := dice.choices(range(problems), weights)[0]] >= MINUTE:
            pass
        often[number] += 1
    return [
        {(turn * MINUTE // count + 7 * number) % MINUTE for turn in range(count)} for number, count in enumerate(often)
    ]


def _change(name: str, state: AlarmState, at: int) -> None:
    """By one of the two ways in; CloudWatch had no data in between, or it would be no change."""
    previous: AlarmState = "INSUFFICIENT_DATA" if state == "ALARM" else "ALARM"
    event = lambdas.action_event if at % 2 else lambdas.event_bridge_event
    lambdas.alarm_event(event(name, state, previous, at))
