"""Alerts in Discord: one message a problem, its changes in one thread, and no thread at all where there can be none."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import Any

import pytest
import requests
from msgspec import structs

from orchestrator import notify
from orchestrator.adapters.discord.alerts import NO_THREAD, DiscordAlerts
from orchestrator.adapters.discord.payload import message
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.core.alerting.telling import Notification, Receipt
from orchestrator.core.notices import Action, Notice
from orchestrator.ports import Gone, Refused, Unavailable
from orchestrator.sandbox.discord import StandIn
from orchestrator.sandbox.discord.faults import Answer, FaultKind
from orchestrator.sandbox.discord.transport import StandInTransport
from orchestrator.telemetry import logs
from tests.alerts.yard import Yard
from tests.core.made_alerts import NOW, event, over
from tests.discord.made_up_guild import ALERTS, APPLICATION, BOB, BOT_TOKEN, Clock

ON_CALL = "77"
NOTICE = Notice(
    kind="alert",
    tone="firing",
    headline="CRITICAL dev: drift of shop",
    lines=("What to do next.",),
    actions=(Action(verb="acknowledge", label="Acknowledge"), Action(verb="silence", label="Silence 1 h")),
    links=(("Runbook", "https://example.com/RUNBOOK.md"),),
)
RESOLVED = structs.replace(NOTICE, kind="resolved", tone="ok", headline="RESOLVED dev: drift of shop", actions=())
NEW = Notification(
    receiver="alerts", kind="new", key="opening-1.1", notice=NOTICE, severity="critical", buttons=("id-1", "id-2")
)


class Alert:
    """One alert, told by one container; what it was told last is remembered as the table would."""

    def __init__(self, alerts: DiscordAlerts, discord: StandIn) -> None:
        self.alerts, self.discord = alerts, discord
        self.known = Receipt()
        self.serial = 1

    def send(self, **changes: Any) -> Receipt:
        told = structs.replace(NEW, message=self.known.message, thread=self.known.thread)
        self.known = self.alerts.send(structs.replace(told, key=f"opening-1.{self.serial}", **changes))
        self.serial += 1
        return self.known

    def says(self, *news: str, notice: Notice = NOTICE) -> Receipt:
        return self.send(kind="change", news=news, notice=notice)

    @property
    def id(self) -> str:
        return self.known.message.partition("/")[2]

    @property
    def shown(self) -> list[dict[str, Any]]:
        return self.discord.messages(ALERTS, BOB.user_id)

    @property
    def lines(self) -> list[str]:
        return [line["content"] for line in self.discord.messages(self.id, BOB.user_id)]

    def statuses(self, act: Callable[[], Any]) -> list[int | None]:
        """What Discord answered to the requests of one sending."""
        before = len(self.discord.requests)
        act()
        return [request["status"] for request in self.discord.requests[before:]]


@pytest.fixture
def alerts(api: DiscordApi, clock: Clock) -> DiscordAlerts:
    return DiscordAlerts(api, lambda: ALERTS, {"on-call": ON_CALL}, monotonic=lambda: float(clock.now))


@pytest.fixture
def alert(alerts: DiscordAlerts, discord: StandIn) -> Alert:
    made = Alert(alerts, discord)
    made.send()
    return made


@pytest.fixture
def warnings() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    stream = StringIO()
    logs.configure("bot", "test", stream=stream, least=logging.WARNING)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logs.configure("bot", "test")


def test_a_new_alert_has_its_buttons_and_links_and_calls_its_role(alerts: DiscordAlerts, discord: StandIn) -> None:
    receipt = alerts.send(structs.replace(NEW, ping="on-call"))
    [shown] = discord.messages(ALERTS, BOB.user_id)
    assert receipt == Receipt(message=f"{ALERTS}/{shown['id']}")
    assert shown["content"] == f"🔴 **CRITICAL dev: drift of shop** <@&{ON_CALL}>"
    assert shown["pings"] == {"users": [], "roles": [ON_CALL], "everyone": False}
    assert not shown["silent"]
    buttons, links = (row["components"] for row in shown["components"])
    assert [(button["label"], button["custom_id"]) for button in buttons] == [
        ("Acknowledge", "id-1"), ("Silence 1 h", "id-2")
    ]  # fmt: skip
    assert [(link["label"], link["url"]) for link in links] == [("Runbook", "https://example.com/RUNBOOK.md")]


def test_a_lost_reply_neither_posts_nor_calls_twice(alerts: DiscordAlerts, discord: StandIn) -> None:
    discord.fail_next("lost-reply")
    called = structs.replace(NEW, ping="on-call")
    with pytest.raises(Unavailable) as raised:
        alerts.send(called)
    assert raised.value.unanswered
    receipt = alerts.send(structs.replace(called, again=True))
    [shown] = discord.messages(ALERTS, BOB.user_id)
    assert receipt.message == f"{ALERTS}/{shown['id']}"


def test_a_change_edits_the_message_and_adds_a_line_to_its_thread(alert: Alert) -> None:
    receipt = alert.says("Acknowledged by bob.", notice=structs.replace(NOTICE, tone="waiting"))
    [shown] = alert.shown
    assert shown["content"].startswith("🟡")
    assert shown["edited"]
    assert alert.lines == ["Acknowledged by bob."]
    assert receipt == Receipt(message=f"{ALERTS}/{shown['id']}", thread=shown["id"])
    assert alert.discord.threads[alert.id]["name"] == "CRITICAL dev: drift of shop"


def test_all_changes_of_an_alert_are_in_one_thread_which_is_opened_once(alert: Alert) -> None:
    alert.says("one")
    assert alert.statuses(lambda: alert.says("two")) == [200, 200]
    alert.says("three", "and four")
    assert alert.lines == ["one", "two", "three\nand four"]
    assert list(alert.discord.threads) == [alert.id]


def test_a_count_edits_the_message_and_says_nothing(alert: Alert) -> None:
    assert alert.statuses(lambda: alert.send(kind="count")) == [200]
    assert alert.discord.threads == {}


def test_only_the_line_that_it_is_over_makes_no_sound(alert: Alert) -> None:
    alert.says("Acknowledged by bob.")
    alert.says("Over after 5 min.", notice=RESOLVED)
    lines = alert.discord.messages(alert.id, BOB.user_id)
    assert [(line["content"], line["silent"]) for line in lines] == [
        ("Acknowledged by bob.", False), ("Over after 5 min.", True)
    ]  # fmt: skip
    assert lines[1]["flags"] == 1 << 12, "SUPPRESS_NOTIFICATIONS"


def test_a_call_is_a_message_of_its_own_and_the_alert_s_stays_the_one_that_is_edited(alert: Alert) -> None:
    alert.says("one")
    before = alert.known
    assert alert.send(kind="call", ping="on-call", buttons=()) == before
    own, call = alert.shown
    assert (own["id"], call["pings"]["roles"]) == (alert.id, [ON_CALL])


def body(shown: dict[str, Any]) -> str:
    return str(shown["embeds"][0]["description"])


def test_what_is_late_says_so_first_and_still_does_when_edited(alert: Alert) -> None:
    alert.send(kind="new", late=840)
    first = "Late by 14 min: it could not be posted before.\nWhat to do next."
    assert body(alert.shown[-1]) == first
    alert.send(kind="count", late=840)
    assert body(alert.shown[-1]) == first


def test_what_may_stand_there_twice_says_so_and_an_edit_never_does(alert: Alert) -> None:
    alert.send(kind="new", repeat=True)
    assert body(alert.shown[-1]).startswith("This may be a repeat: an earlier sending was never confirmed.\n")
    alert.send(kind="count", repeat=True)
    assert body(alert.shown[-1]) == "What to do next."


# -- threads that take nothing -----------------------------------------------------------------------------------------

Warnings = Callable[[], list[dict[str, Any]]]


def test_without_the_right_to_start_threads_the_edit_stands_and_it_is_asked_once(
    alert: Alert, warnings: Warnings
) -> None:
    alert.discord.allow_threads()
    assert alert.statuses(lambda: alert.says("one", notice=RESOLVED)) == [200, 403]
    assert alert.shown[0]["content"].startswith("✅")
    assert alert.known.thread == NO_THREAD
    assert alert.statuses(lambda: alert.says("two")) == [200]
    [warning] = warnings()
    assert "grant the bot Create Public Threads and Send Messages in Threads" in warning["message"]


def test_without_the_right_to_write_in_threads_neither(alert: Alert, warnings: Warnings) -> None:
    alert.says("one")
    alert.discord.allow_threads("start threads")
    assert alert.statuses(lambda: alert.says("two")) == [200, 403]
    assert alert.statuses(lambda: alert.says("three")) == [200]
    assert len(warnings()) == 1


def test_what_was_learnt_is_remembered_by_the_receipt_in_another_container(
    alert: Alert, client: Callable[..., DiscordApi]
) -> None:
    alert.discord.allow_threads()
    alert.says("one")
    alert.alerts = DiscordAlerts(client(), lambda: ALERTS, {})
    assert alert.statuses(lambda: alert.says("two")) == [200]


def test_a_storm_without_the_right_is_one_refusal_and_an_hour_later_it_is_tried_again(
    alerts: DiscordAlerts, discord: StandIn, clock: Clock, warnings: Warnings
) -> None:
    """Ten refusals within ten minutes and nothing would be sent to Discord any more."""
    discord.allow_threads()
    storm = [Alert(alerts, discord) for _ in range(20)]
    for number, alert in enumerate(storm):
        alert.serial = 100 * number
        alert.send()
        alert.says("one")
    assert [request["status"] for request in discord.requests].count(403) == 1
    assert len(warnings()) == 1
    discord.allow_threads("start threads", "write in threads")
    clock.now += 3600
    storm[1].says("two")
    assert storm[1].lines == ["two"], "this one has not been refused itself"


def test_a_deleted_thread_is_started_anew(alert: Alert) -> None:
    alert.says("one")
    alert.discord.delete_channel(alert.id)
    assert alert.statuses(lambda: alert.says("two")) == [200, 404, 201, 200]
    assert alert.lines == ["two"]
    assert len(alert.shown) == 1


def test_a_deleted_thread_that_cannot_be_started_anew_is_done_without(alert: Alert, warnings: Warnings) -> None:
    alert.says("one")
    alert.discord.delete_channel(alert.id)
    alert.discord.fail_next("404", times=2, on=f"/channels/{alert.id}/messages")
    assert alert.statuses(lambda: alert.says("two")) == [200, 404, 201, 404]
    assert alert.known.thread == NO_THREAD
    assert alert.statuses(lambda: alert.says("three")) == [200]
    assert len(warnings()) == 1


def test_a_locked_thread_is_left_alone(alert: Alert, warnings: Warnings) -> None:
    alert.says("one")
    alert.discord.lock_thread(alert.id)
    assert alert.statuses(lambda: alert.says("two")) == [200, 400]
    assert alert.known == Receipt(message=f"{ALERTS}/{alert.id}", thread=NO_THREAD)
    assert alert.statuses(lambda: alert.says("three")) == [200]
    assert (alert.lines, len(alert.shown)) == (["one"], 1)
    [warning] = warnings()
    assert warning["code"] == 160005


def test_too_many_active_threads_pass(alert: Alert, api: DiscordApi, clock: Clock) -> None:
    for number in range(1000):
        api.start_thread(ALERTS, api.create_message(ALERTS, message("x"), nonce=f"{number}"), "x")
    alert.says("one")
    assert alert.known.thread == ""
    clock.now += 86_400
    alert.says("two")
    assert alert.lines == ["two"]


@pytest.mark.parametrize("kind", ["503", "502", "429-user", "timeout", "reset", "lost-reply", "401"])
@pytest.mark.parametrize("on", ["the thread", "its first line", "a later line"])
def test_what_passes_is_raised_and_said_once_when_tried_again(
    alert: Alert, client: Callable[..., DiscordApi], kind: FaultKind, on: str
) -> None:
    if on == "a later line":
        alert.says("one")
    alert.discord.fail_next(kind, on="/threads" if on == "the thread" else f"/channels/{alert.id}/messages")
    known = alert.known
    with pytest.raises(Unavailable):
        alert.says("two")
    assert alert.known == known
    alert.alerts = DiscordAlerts(client(), lambda: ALERTS, {})
    alert.says("two")
    assert alert.lines.count("two") == 1
    assert alert.known.thread == alert.id


def test_a_deleted_message_is_gone(alert: Alert) -> None:
    alert.discord.delete_message(ALERTS, alert.id)
    with pytest.raises(Gone):
        alert.says("one")


def told_through(handle: Any, clock: Clock) -> DiscordAlerts:
    """A receiver whose requests are handled by `handle`."""
    session = requests.Session()
    session.mount("https://discord.com/", StandInTransport(handle))
    api = DiscordApi(APPLICATION, lambda: BOT_TOKEN, session=session, monotonic=lambda: float(clock.now))
    return DiscordAlerts(api, lambda: ALERTS, {})


def test_an_archived_thread_that_no_line_brings_back_is_left_alone(alert: Alert, clock: Clock) -> None:
    def archived(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if path.endswith(f"/channels/{alert.id}/messages"):
            return Answer(status=400, body={"message": "Thread is archived", "code": 50083})
        return alert.discord.handle(method, path, headers, body)

    alert.says("one")
    alert.alerts = told_through(archived, clock)
    assert alert.says("two") == Receipt(message=f"{ALERTS}/{alert.id}", thread=NO_THREAD)
    assert alert.statuses(lambda: alert.says("three")) == [200]


def test_a_message_deleted_between_the_edit_and_its_thread_is_gone(alert: Alert, clock: Clock) -> None:
    def deleted_once_edited(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = alert.discord.handle(method, path, headers, body)
        if method == "PATCH":
            alert.discord.delete_message(ALERTS, alert.id)
        return answer

    alert.alerts = told_through(deleted_once_edited, clock)
    with pytest.raises(Gone):
        alert.says("one")


def test_a_channel_that_is_a_locked_thread_is_refused_and_not_gone(api: DiscordApi, alert: Alert) -> None:
    """Gone would make the message anew, and the new one would meet the same."""
    thread = api.start_thread(ALERTS, alert.id, "alerts go here")
    alert.discord.lock_thread(thread)
    with pytest.raises(Refused) as raised:
        DiscordAlerts(api, lambda: thread, {}).send(NEW)
    assert not isinstance(raised.value, Gone)


# -- with the state of alerts behind it --------------------------------------------------------------------------------


def minutes(yard: Yard, count: int) -> None:
    outside = yard.container()
    for _ in range(count):
        yard.clock.at += 60
        notify.tell_all(outside)


def test_a_deleted_alert_is_posted_anew() -> None:
    yard = Yard()
    notify.raise_alert(yard.container(), event(), "event-1")
    [first] = yard.own()
    yard.discord.delete_message(first["channel_id"], first["id"])
    notify.raise_alert(yard.container(), event(30), "event-2")
    minutes(yard, 3)
    [second] = yard.own()
    assert second["id"] != first["id"]
    yard.clock.at += 600
    notify.raise_alert(yard.container(), over(600), "event-3")
    minutes(yard, 3)
    [last] = yard.own()
    assert last["id"] == second["id"]
    assert "RESOLVED" in last["content"]


def test_without_threads_an_alert_is_one_message_that_pages_nobody_and_asks_once() -> None:
    yard = Yard()
    yard.discord.allow_threads()
    notify.raise_alert(yard.container(), event(severity="warning"), "event-1")
    for at, fires in [(100, False), (160, True), (700, True), (800, False), (860, True), (920, False)]:
        yard.clock.at = NOW + at
        notify.raise_alert(yard.container(), event(at, severity="warning", firing=fires), f"event-{at}")
        minutes(yard, 1)
    assert yard.pager.pages == []
    [own] = yard.own()
    assert "RESOLVED" in own["content"]
    assert [request["status"] for request in yard.discord.requests].count(403) == 1
    [group] = yard.tables.alerts.open()
    assert group.told["alerts"].thread == NO_THREAD


class BehindAProxy(Yard):
    """The first message is posted, and a proxy loses Discord's answer."""

    lost = 1

    def _handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = super()._handle(method, path, headers, body)
        if method != "POST" or not self.lost:
            return answer
        self.lost -= 1
        return Answer(status=502, body=b"<html>bad gateway</html>", headers={"Content-Type": "text/html"})


def test_a_message_that_a_proxy_did_not_tell_us_of_is_found_again_and_ends_as_resolved() -> None:
    """Taken for not there, it would fire for ever beside a digest that counts it once more."""
    yard = BehindAProxy()
    notify.raise_alert(yard.container(), event(severity="warning"), "event-1")
    yard.clock.at += 2
    notify.raise_alert(yard.container(), over(2, severity="warning"), "event-2")
    minutes(yard, 10)
    assert (yard.told(), yard.digests()) == (1, [])
    [own] = yard.own()
    assert "RESOLVED" in own["content"]
