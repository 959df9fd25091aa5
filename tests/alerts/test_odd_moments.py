"""Alerts at odd moments: ends that come first, a table that fails for a second, silences that run out, long outages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from orchestrator import notify
from orchestrator.app import alarms, alert_commands
from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command, Verb
from orchestrator.core.signals import AlarmReading, AlarmState
from orchestrator.ports import AlertChange, Alerts, Outside, Unavailable
from orchestrator.sandbox.discord.faults import Answer, FaultKind
from tests.alerts.yard import Yard
from tests.core.made_alerts import HOUR, NOW, event, over, policy

ANNA = Actor(user_id="300000000000000001", name="anna", roles=("engineering",))
KEY = "drift/dev/shop"


def uses(ours: Outside, verb: Verb, target: str = "", **args: str) -> Any:
    return alert_commands.run(ours, Command(verb=verb, target=target, actor=ANNA, args=args, at=ours.clock.now()))


def minutes(yard: Yard, ours: Outside, count: int) -> None:
    for _ in range(count):
        yard.clock.at += 60
        notify.tell_all(ours)


def down(method: str, path: str) -> Answer:
    return Answer(status=503, body=b'{"message": "upstream"}', headers={})


def refused(status: int, code: int) -> Answer:
    return Answer(status=status, body=b'{"message": "no", "code": %d}' % code, headers={})


def first_lines(yard: Yard) -> list[str]:
    return [message["content"] for message in yard.messages()]


def firing(ours: Outside) -> list[str]:
    return [group.key for group in ours.alerts.open() if group.firing]


# -- in the wrong order --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("ALARM", "OK"), ("OK", "ALARM")], ids=["in order", "the end first"])
def test_an_own_alarm_that_is_over_is_over_whatever_lambda_brings_first(order: tuple[AlarmState, ...]) -> None:
    yard = Yard()
    ours = yard.container()
    since = {"ALARM": NOW, "OK": NOW + 40}
    for state in order:
        yard.clock.at += 60
        alarms.on_alarm(ours, AlarmReading(name="switchback-dev-tick-slow", state=state, since=since[state], reason=""))
    minutes(yard, ours, 15)
    assert firing(ours) == []
    assert yard.told() == 1, "it was so, for a moment, and that is told"


def test_an_end_on_a_later_page_of_a_group_arrives() -> None:
    yard = Yard(policy(group_by=("environment",)))
    ours = yard.container()
    for number in range(45):
        notify.raise_alert(ours, event(service=f"s{number}", severity="warning"), f"event-{number}")
    yard.clock.at += 100
    for number in range(45):
        notify.raise_alert(ours, over(100, service=f"s{number}"), f"over-{number}")
    assert firing(ours) == []
    notify.raise_alert(ours, event(110, service="s44"), "again")
    assert firing(ours) == ["environment=dev~2"], "where it was, and not a second time on the first page"


# -- what is said of being late ------------------------------------------------------------------------------------


def test_what_discord_did_not_take_says_that_it_is_late() -> None:
    yard = Yard()
    ours = yard.container()
    yard.meddle = down
    notify.raise_alert(ours, event(severity="warning"), "e1")
    minutes(yard, ours, 6)
    yard.meddle = lambda method, path: None
    minutes(yard, ours, 5)
    assert "Late by" in str(yard.own()[0]["embeds"])


def test_a_message_that_somebody_deleted_is_posted_again_and_is_not_late() -> None:
    yard = Yard()
    ours = yard.container()
    notify.raise_alert(ours, event(severity="warning"), "e1")
    (message,) = yard.own()
    yard.discord.delete_message(message["channel_id"], message["id"])
    yard.clock.at += 600
    notify.raise_alert(ours, event(600, severity="warning"), "e2")
    minutes(yard, ours, 3)
    (again,) = yard.own()
    assert "Late by" not in str(again)


def test_what_was_silenced_before_it_began_is_told_after_that_and_is_not_late() -> None:
    yard = Yard()
    ours = yard.container()
    uses(ours, "silence", service="shop", **{"for": "1h"})
    notify.raise_alert(ours, event(severity="warning"), "e1")
    minutes(yard, ours, 62)
    (message,) = yard.own()
    assert "Late by" not in str(message)


def test_what_a_digest_told_and_then_gets_worse_is_not_late() -> None:
    yard = Yard()
    ours = yard.container()
    for number in range(8):
        notify.raise_alert(ours, event(service=f"s{number}", severity="warning"), f"e{number}")
    minutes(yard, ours, 1)
    in_digest = next(g for g in ours.alerts.open() if g.told.get("alerts") and not g.told["alerts"].message)
    yard.clock.at += 3 * HOUR
    notify.raise_alert(ours, event(3 * HOUR + 60, service=in_digest.alerts[0].service), "worse")
    worse = [message for message in yard.own() if "CRITICAL" in message["content"]]
    assert len(worse) == 1
    assert "Late by" not in str(worse)


# -- a table that fails for a second -------------------------------------------------------------------------------


def buttons(message: dict[str, Any]) -> dict[str, str]:
    """Label to id; links have none."""
    shown = [button for row in message["components"] for button in row["components"]]
    return {button["label"]: button["custom_id"] for button in shown if "custom_id" in button}


def test_a_button_that_cannot_be_kept_delays_nobody_and_comes_with_the_next_edit() -> None:
    yard = Yard()
    ours = yard.container()
    ours.confirmations.fail_next = [Unavailable("for a second")]  # type: ignore[attr-defined]  # the table in memory
    notify.raise_alert(ours, event(), "e1")
    assert (len(yard.own()), len(yard.pager.pages)) == (1, 1), "at once, to both"
    assert buttons(yard.own()[0]) == {}
    yard.clock.at += 60
    notify.raise_alert(ours, event(60), "e2")
    minutes(yard, ours, 1)
    (message,) = yard.own()
    assert list(buttons(message)) == ["Acknowledge", "Silence 1 h", "Useful", "Noise"]
    assert all(ours.confirmations.get(button) for button in buttons(message).values()), "each of them does something"


def test_a_refused_page_leaves_its_call_to_the_next() -> None:
    yard = Yard()
    ours = yard.container()
    yard.meddle = lambda method, path: refused(400, 50035)
    notify.raise_alert(ours, event(service="a"), "e1")
    yard.meddle = lambda method, path: None
    notify.raise_alert(ours, event(service="b"), "e2")
    (message,) = yard.own()
    assert message["pings"]["roles"], "nobody has been called before"


def test_what_was_refused_once_and_taken_later_is_no_longer_said_to_be_refused() -> None:
    yard = Yard()
    ours = yard.container()
    yard.meddle = lambda method, path: refused(403, 50001)
    notify.raise_alert(ours, event(severity="warning"), "e1")
    yard.meddle = lambda method, path: None
    yard.clock.at += 4 * HOUR
    notify.raise_alert(ours, event(4 * HOUR, severity="critical"), "e2")
    minutes(yard, ours, 2)
    group = ours.alerts.group(KEY)
    assert group is not None
    assert (len(yard.own()), group.refused) == (1, {})


# -- what people do, too late --------------------------------------------------------------------------------------


def test_a_closed_alert_cannot_be_silenced_and_fires_the_next_time() -> None:
    yard = Yard()
    ours = yard.container()
    notify.raise_alert(ours, event(severity="warning"), "e1")
    yard.clock.at += 100
    notify.raise_alert(ours, over(100), "o1")
    minutes(yard, ours, 10)
    assert uses(ours, "silence", KEY).kind == "refuse"
    notify.raise_alert(ours, event(yard.clock.at - NOW), "e2")
    resolved, critical = first_lines(yard)
    assert ("RESOLVED" in resolved, "CRITICAL" in critical) == (True, True)


def test_a_button_of_an_earlier_message_is_not_about_the_alert_that_fires_now() -> None:
    yard = Yard()
    ours = yard.container()
    notify.raise_alert(ours, event(severity="warning"), "e1")
    yard.clock.at += 100
    notify.raise_alert(ours, over(100), "o1")
    minutes(yard, ours, 10)
    earlier = buttons(yard.own()[0])
    rated = pressed(ours, earlier["Useful"])
    assert rated.kind == "noted", "while nothing fires it is about the one that was"
    notify.raise_alert(ours, event(yard.clock.at - NOW, severity="warning"), "e2")
    answer = pressed(ours, earlier["Noise"])
    assert (answer.kind, answer.reason) == (
        "refuse", "that alert is over; if it fires again, it has a new message with buttons of its own",
    )  # fmt: skip
    now = ours.alerts.group(KEY)
    assert now is not None
    assert (now.useful, now.noise) == ((), ())


class Saving:
    """The table of alerts, with something of ours in the way of each save."""

    def __init__(self, alerts: Alerts, save: Callable[[AlertChange], None]) -> None:
        self._alerts, self.save = alerts, save

    def __getattr__(self, name: str) -> Any:
        return getattr(self._alerts, name)


def pressed(ours: Outside, button: str) -> Any:
    found = ours.confirmations.get(button)
    assert found is not None
    return alert_commands.run(ours, structs.replace(found.command, actor=ANNA))


# -- long outages --------------------------------------------------------------------------------------------------


def test_after_six_hours_without_discord_the_channel_is_not_flooded_and_nothing_is_missing() -> None:
    yard = Yard()
    ours = yard.container()
    yard.meddle = down
    for number in range(360):
        yard.clock.at += 60
        at = yard.clock.at - NOW
        notify.raise_alert(ours, event(at, service=f"p{number}", severity="warning"), f"e{number}")
        notify.raise_alert(ours, over(at + 1, service=f"p{number}"), f"o{number}")
        notify.tell_all(ours)
    assert len(yard.pager.pages) < 60, "the pager says that Discord takes nothing, and not for each"
    yard.meddle = lambda method, path: None
    posted = []
    for _ in range(12):
        before = len(yard.messages())
        minutes(yard, ours, 1)
        posted.append(len(yard.messages()) - before)
    assert max(posted) <= 5
    assert sum(posted[:8]) == sum(posted), "at five a minute, and the first within three"
    assert yard.told() == 360


@pytest.mark.parametrize(("kind", "events"), [("502", 300), ("timeout", 300), ("lost-reply", 15)])
def test_what_was_in_doubt_does_not_come_all_at_once_and_not_twice(kind: FaultKind, events: int) -> None:
    """Five a minute, over an hour. Where each of them has got through: over as long as Discord surely knows its keys."""
    yard = Yard()
    ours = yard.container()
    yard.meddle = lambda method, path: yard.discord.fail_next(kind)
    for number in range(events):
        yard.clock.at += 12
        at = yard.clock.at - NOW
        notify.raise_alert(ours, event(at, service=f"p{number}", severity="warning"), f"e{number}")
        if number % 5 == 4:
            notify.tell_all(ours)
    yard.meddle = lambda method, path: None
    posted = []
    for _ in range(20):
        before = len(yard.messages())
        minutes(yard, ours, 1)
        posted.append(len(yard.messages()) - before)
    assert max(posted) <= 5
    assert yard.told() == events


def test_a_digest_is_made_although_one_of_its_groups_moves_all_the_time() -> None:
    yard = Yard()
    ours, other = yard.container(), yard.container()
    for number in range(30):
        notify.raise_alert(ours, event(service=f"s{number}", severity="warning"), f"e{number}")
    moved: list[str] = []
    save = ours.alerts.save

    def save_too_late(change: AlertChange) -> None:
        """Somebody counts one more of the last group between our look and our write."""
        if change.digest is not None and change.digest[0] is None:
            moved.append(f"moved-{len(moved)}")
            notify.count(other, event(yard.clock.at - NOW, service="s29", severity="warning"), moved[-1])
        save(change)

    ours = structs.replace(ours, alerts=Saving(ours.alerts, save_too_late))
    minutes(yard, ours, 1)
    assert len(moved) > 1, "it did move"
    assert len(yard.digests()) == 1
