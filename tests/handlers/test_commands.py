"""The worker: what is done is done, what cannot be read or served now comes again, and each message for itself."""

from __future__ import annotations

import boto3
import pytest

from orchestrator.handlers.commands import handler
from tests.handlers.stack import Stack, body
from tests.interactions.door import ALERTS, ANNA, OPS
from tests.journeys.edge import Edge


def test_a_command_is_carried_out_and_read_back(stack: Stack) -> None:
    stack.start()
    assert stack.flags() == {"READS": "true", "WRITES": "false", "PORTAL": "false"}
    assert stack.commands(body("rollback", "shop", actor=ANNA.actor)) == []
    assert stack.flags()["READS"] == "false"
    assert any("shop" in line for line in stack.said())


def test_each_message_of_a_batch_stands_for_itself(stack: Stack) -> None:
    stack.start()
    failed = stack.commands(
        body("set_flag", "PORTAL", args={"value": "true"}, reason="x", interaction_id="1"),
        "x",
        body("rollback", "shop", interaction_id="2"),
        body("rollback", "shop").replace("rollback", "destroy"),
        body("rollback", "nobody-knows-it", interaction_id="3"),
    )
    assert failed == ["m1", "m3"]
    assert stack.flags() == {"READS": "false", "WRITES": "false", "PORTAL": "true"}


def test_no_messages_are_no_failures(stack: Stack) -> None:
    assert stack.commands() == []


def test_a_refused_command_is_done(stack: Stack) -> None:
    """It would be refused again; it is answered, and does not become a dead letter."""
    for text in (
        body("rollback", "nobody-knows-it"),
        body("set_flag", "../../x", args={"value": "true"}),
        body("set_flag", "PORTAL", args={"value": "perhaps"}),
        body("start", "nothing"),
        body("approve", "shop-17"),
        body("promote", "standing"),
    ):
        assert stack.commands(text) == [], text
    assert stack.flags() == {"READS": "false", "WRITES": "false", "PORTAL": "false"}


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "InternalServerError", "ThrottlingException"]
)
def test_while_the_table_does_not_answer_a_command_comes_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB", code)
    text = body("set_flag", "PORTAL", args={"value": "true"}, reason="x", interaction_id="1")
    assert stack.commands(text, "x") == ["m0", "m1"]
    assert stack.flags()["PORTAL"] == "false"
    edge.mend()
    assert stack.commands(text) == []
    assert stack.flags()["PORTAL"] == "true"


def test_only_what_failed_comes_again(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB", "ProvisionedThroughputExceededException", holding="nobody-knows-it")
    failed = stack.commands(
        body("set_flag", "PORTAL", args={"value": "true"}, reason="x", interaction_id="1"),
        body("rollback", "nobody-knows-it", interaction_id="2"),
        body("set_flag", "PORTAL", args={"value": "false"}, reason="x", interaction_id="3"),
    )
    assert failed == ["m1"]
    assert stack.flags()["PORTAL"] == "false"


def test_what_failed_comes_again_soon_and_not_when_the_queue_thinks_so(stack: Stack) -> None:
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=stack.queue_url, MessageBody="x")
    (message,) = sqs.receive_message(QueueUrl=stack.queue_url, VisibilityTimeout=360)["Messages"]
    record = {"messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": "x"}
    assert handler({"Records": [record]}, None)["batchItemFailures"] == [{"itemIdentifier": message["MessageId"]}]
    assert not any("when the queue thinks so" in line["message"] for line in stack.logged())


def test_a_command_delivered_twice_is_carried_out_once(stack: Stack) -> None:
    text = body("set_flag", "PORTAL", args={"value": "true"}, reason="x", interaction_id="1440000000000000001")
    assert stack.commands(text, text) == []
    assert stack.commands(text) == []
    ssm = boto3.client("ssm")
    assert len(ssm.get_parameter_history(Name=f"{stack.prefix}PORTAL")["Parameters"]) == 2


def test_a_reply_that_cannot_be_finished_is_no_failure(stack: Stack) -> None:
    text = body("set_flag", "PORTAL", args={"value": "true"}, reason="x", interaction_id="1", token="long-expired")
    assert stack.commands(text) == []
    assert stack.flags()["PORTAL"] == "true"
    assert "long-expired" not in stack.log.getvalue()


def test_while_discord_is_down_flags_are_changed_all_the_same(stack: Stack) -> None:
    stack.discord.set_state("down")
    assert stack.commands(body("set_flag", "PORTAL", args={"value": "true"}, reason="x", interaction_id="1")) == []
    assert stack.flags()["PORTAL"] == "true"


def test_each_line_that_is_logged_is_json_and_holds_no_token(stack: Stack) -> None:
    stack.commands("x", body("rollback", "shop", token="a-secret-token"), body("rollback", "\n{}\n"))
    assert stack.logged()
    assert "a-secret-token" not in stack.log.getvalue()
    assert stack.said(OPS) == stack.said(ALERTS) == []
