"""Alerts in the topic, over SNS: who subscribes can filter them, read them, and learns nothing that opens a door."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from msgspec import structs

from orchestrator import notify
from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.pager import SnsPager
from orchestrator.adapters.aws.topic_alerts import TopicAlerts
from orchestrator.core.alerting.telling import Notification
from orchestrator.core.notices import Action, Notice
from orchestrator.core.wording.parts import when
from orchestrator.ports import Unavailable
from tests.alerts.yard import Yard
from tests.core.made_alerts import NOW, event, over
from tests.interactions.door import ROLES

Inbox = Callable[[], list[dict[str, Any]]]

MOST = 256 * 1024
"""Bytes of a message with the names, types and values of its attributes (SNS: Publish, Amazon SNS message attributes)."""

NOTICE = Notice(
    kind="alert",
    tone="firing",
    headline="CRITICAL dev · **drift** of `shop`",
    lines=(f"Moved since {when(NOW)}.", "Put it _back_."),
    facts=(("Seen", "3 times"), ("First", f"<t:{NOW}:R>")),
    actions=(Action(verb="acknowledge", label="Acknowledge"),),
    links=(("Runbook", "https://example.com/RUNBOOK.md#drift"),),
)
NEW = Notification(
    receiver="sns", kind="new", key="opening-1.1", notice=NOTICE, severity="critical", buttons=("button-id-1",)
)


@pytest.fixture
def pager(aws: Clients) -> SnsPager:
    return SnsPager(aws, aws.sns.create_topic(Name="alerts")["TopicArn"])


@pytest.fixture
def inbox(aws: Clients, pager: SnsPager) -> Inbox:
    """What a subscriber got since it looked last."""
    url = aws.sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws.sns.subscribe(TopicArn=pager._topic_arn, Protocol="sqs", Endpoint=arn)

    def got() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while batch := aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for one in batch:
                found.append(json.loads(one["Body"]))
                aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
        return sorted(found, key=lambda page: str(page["Timestamp"]))

    return got


@pytest.fixture
def topic(pager: SnsPager) -> TopicAlerts:
    return TopicAlerts(pager, "dev")


def attributes(page: dict[str, Any]) -> dict[str, str]:
    return {name: attribute["Value"] for name, attribute in page["MessageAttributes"].items()}


def test_an_alert_is_read_without_anybody_drawing_its_markdown(topic: TopicAlerts, inbox: Inbox) -> None:
    topic.send(NEW)
    [page] = inbox()
    assert page["Subject"] == "CRITICAL dev, drift of shop"
    assert page["Message"].splitlines() == [
        "Moved since 2025-11-24 16:00 UTC.",
        "Put it _back_.",
        "Seen: 3 times",
        "First: 2025-11-24 16:00 UTC",
        "Runbook: https://example.com/RUNBOOK.md#drift",
    ]


def test_subscribers_may_filter_by_severity_environment_and_state(topic: TopicAlerts, inbox: Inbox) -> None:
    topic.send(NEW)
    topic.send(structs.replace(NEW, kind="call", severity="warning"))
    topic.send(structs.replace(NEW, kind="change", notice=structs.replace(NOTICE, kind="resolved")))
    told = [attributes(page) for page in inbox()]
    assert sorted(told, key=lambda labels: labels["state"]) == [
        {"severity": "warning", "environment": "dev", "state": "call"},
        {"severity": "critical", "environment": "dev", "state": "new"},
        {"severity": "critical", "environment": "dev", "state": "resolved"},
    ]


def test_what_is_late_says_so_first(topic: TopicAlerts, inbox: Inbox) -> None:
    topic.send(structs.replace(NEW, late=840))
    [page] = inbox()
    assert page["Message"].startswith("Late by 14 min.\nMoved since")


@pytest.mark.parametrize("mark", ["again", "repeat"])
@pytest.mark.parametrize("kind", ["new", "call", "change", "digest"])
def test_what_may_be_a_repeat_says_so(topic: TopicAlerts, inbox: Inbox, mark: str, kind: str) -> None:
    topic.send(structs.replace(NEW, kind=kind, **{mark: True}))
    [page] = inbox()
    assert page["Message"].startswith("This may be a repeat: an earlier sending was never confirmed.\nMoved since")


@pytest.mark.parametrize(
    "headline", ["x" * 500, "two\nlines\r\nand more", "Störung 🚨 in Zürich · 决", "a\x00b", " \n "]
)
def test_any_headline_is_a_subject_that_sns_takes(topic: TopicAlerts, inbox: Inbox, headline: str) -> None:
    topic.send(structs.replace(NEW, notice=structs.replace(NOTICE, headline=headline)))
    [page] = inbox()
    subject = page["Subject"]
    assert 0 < len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable(), "and so holds no newline"


def test_a_long_text_is_cut_to_what_sns_takes_with_its_attributes(topic: TopicAlerts, inbox: Inbox) -> None:
    topic.send(structs.replace(NEW, notice=structs.replace(NOTICE, lines=("ü" * 1000,) * 500)))
    [page] = inbox()
    sizes = [len(name) + len("String") + len(value) for name, value in attributes(page).items()]
    assert len(page["Message"].encode()) + sum(sizes) <= MOST
    assert page["Message"].endswith("[cut here: the rest did not fit]")


# -- with the state of alerts behind it --------------------------------------------------------------------------------


@pytest.fixture
def yard(pager: SnsPager) -> Yard:
    made = Yard()
    made.pager = pager  # type: ignore[assignment]  # a real one in the place of the one in memory
    return made


def test_the_topic_is_told_of_the_beginning_and_the_end_and_of_no_edit(yard: Yard, inbox: Inbox) -> None:
    outside = yard.container()
    for number in range(20):
        yard.clock.at = NOW + 10 * number
        notify.raise_alert(outside, event(10 * number), f"event-{number}")
        notify.tell_all(outside)
    yard.clock.at = NOW + 300
    notify.raise_alert(outside, over(300), "over")
    notify.tell_all(outside)
    assert {request["method"] for request in yard.discord.requests} == {"POST", "PATCH"}, "the message was edited"
    assert [attributes(page)["state"] for page in inbox()] == ["new", "resolved"]


def test_a_lost_reply_of_sns_pages_twice_and_the_second_page_says_that_it_may_be_a_repeat(
    yard: Yard, pager: SnsPager, inbox: Inbox
) -> None:
    class LosesOneReply(SnsPager):
        lost = 1

        def page(self, subject: str, text: str, labels: Mapping[str, str] = {}) -> None:
            super().page(subject, text, labels)
            if self.lost:
                self.lost -= 1
                raise Unavailable("paging: ReadTimeoutError")

    yard.pager = LosesOneReply(pager._clients, pager._topic_arn)  # type: ignore[assignment]  # a pager as well
    notify.raise_alert(yard.container(), event(), "event-1")
    yard.clock.at = NOW + 60
    notify.tell_all(yard.container())
    texts = [page["Message"] for page in inbox()]
    assert len(texts) == 2
    assert ["may be a repeat" in text for text in sorted(texts, key=len)] == [False, True]


def test_nothing_that_opens_a_door_is_published(yard: Yard, inbox: Inbox) -> None:
    """Whoever subscribes may be anybody: no id of a button, no role, no token, and no secret that a text brought."""
    key = "AKIA" + "IOSFODNN7EXAMPLE"
    outside = yard.container()
    notify.raise_alert(outside, event(headline=f"dev: the log says {key}"), "event-1")
    [page] = inbox()
    published = json.dumps(page)
    [group] = yard.tables.alerts.open()
    assert group.buttons
    for secret in (key, "bot-token", *group.buttons.values(), *ROLES.values()):
        assert secret not in published
