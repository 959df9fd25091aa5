"""The command queue: SQS and memory behave alike."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.queue import SqsQueue
from orchestrator.adapters.memory.queue import MemoryQueue
from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.work import Work, decode_work
from orchestrator.ports import Queue, Unavailable

Received = Callable[[], list[Work]]

COMMAND = Command(
    verb="set_flag",
    target="PORTAL",
    actor=Actor(user_id="42", name="anna — 安娜", roles=("ops",)),
    reason='settlement mismatch: "off" now\n🚨',
    args={"value": "false"},
    bound_to="abc:7",
    second=Actor(user_id="43", name="ben"),
    interaction_id="1",
    token="aW50ZXJhY3Rpb246c2VjcmV0",
    at=1_764_000_000,
)


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> tuple[Queue, Received]:
    if request.param == "memory":
        memory = MemoryQueue()
        return memory, lambda: memory.sent
    clients: Clients = request.getfixturevalue("aws")
    url = clients.sqs.create_queue(QueueName="commands")["QueueUrl"]

    def received() -> list[Work]:
        found = clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [decode_work(message["Body"]) for message in found]

    return SqsQueue(clients, url), received


def test_the_worker_receives_the_command_as_it_was_sent(world: tuple[Queue, Received]) -> None:
    queue, received = world
    queue.send(COMMAND)
    assert received() == [COMMAND]


def test_a_probe_travels_beside_commands(world: tuple[Queue, Received]) -> None:
    queue, received = world
    work = RunTarget(target="smoke", run="shop-1:smoke:4", plan="shop", plan_hash="ab" * 32, stage="everybody")
    queue.send(work)
    queue.send(COMMAND)
    assert received() == [work, COMMAND]


def test_a_command_sent_twice_is_there_twice(world: tuple[Queue, Received]) -> None:
    queue, received = world
    queue.send(COMMAND)
    queue.send(COMMAND)
    assert received() == [COMMAND, COMMAND]


def test_a_fault_in_memory_means_nothing_was_sent() -> None:
    queue = MemoryQueue()
    queue.fail_next = [Unavailable("later")]
    with pytest.raises(Unavailable):
        queue.send(COMMAND)
    assert queue.sent == []
