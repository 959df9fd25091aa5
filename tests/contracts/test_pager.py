"""Pages: SNS and memory behave alike."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.pager import SnsPager
from orchestrator.adapters.memory.pager import MemoryPager
from orchestrator.ports import Pager, Unavailable

Delivered = Callable[[], list[tuple[str, str]]]


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> tuple[Pager, Delivered]:
    if request.param == "memory":
        memory = MemoryPager()
        return memory, lambda: memory.pages
    clients: Clients = request.getfixturevalue("aws")
    topic = clients.sns.create_topic(Name="pages")["TopicArn"]
    url = clients.sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def delivered() -> list[tuple[str, str]]:
        found = clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        pages = [json.loads(message["Body"]) for message in found]
        return [(page["Subject"], page["Message"]) for page in pages]

    return SnsPager(clients, topic), delivered


def test_a_page_arrives_with_its_subject_and_text(world: tuple[Pager, Delivered]) -> None:
    pager, delivered = world
    pager.page("prod: PORTAL is off", "portal-outage fired.\nPORTAL was read back as false — now held.")
    assert delivered() == [("prod: PORTAL is off", "portal-outage fired.\nPORTAL was read back as false — now held.")]


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("two\nlines\tand  more", "two lines and more"),
        ("Störung in Zürich", "Storung in Zurich"),
        ("🚨 down", "? down"),
        ("决", "?"),
        ("", "Switchback"),
        (" \n ", "Switchback"),
        ("x" * 100, "x" * 100),
        ("x" * 101, "x" * 97 + "..."),
        ("\x00\x7f bell\a", "?? bell?"),
    ],
)
def test_a_subject_is_made_to_fit(world: tuple[Pager, Delivered], subject: str, shown: str) -> None:
    pager, delivered = world
    pager.page(subject, "text")
    assert delivered() == [(shown, "text")]


@pytest.mark.parametrize("text", ["", " \n"])
def test_without_a_text_the_subject_says_it_all(world: tuple[Pager, Delivered], text: str) -> None:
    pager, delivered = world
    pager.page("prod: PORTAL is off", text)
    assert delivered() == [("prod: PORTAL is off", "prod: PORTAL is off")]


def test_a_text_that_is_too_long_is_cut_and_says_so(world: tuple[Pager, Delivered]) -> None:
    pager, delivered = world
    pager.page("prod", "ü" * 200_000)
    ((_, text),) = delivered()
    assert len(text.encode()) <= 256 * 1024
    assert text.startswith("ü" * 100_000)
    assert text.endswith("[cut here: the rest did not fit]")


def test_a_fault_in_memory_means_nobody_was_paged() -> None:
    pager = MemoryPager()
    pager.fail_next = [Unavailable("later")]
    with pytest.raises(Unavailable):
        pager.page("prod", "text")
    assert pager.pages == []
