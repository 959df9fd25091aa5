"""Dead letters, of the queue and of invocations that failed for good: each is told once, and none can break the teller."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from orchestrator import bootstrap
from orchestrator.adapters.aws.dead_letters import read_dead_letter
from orchestrator.adapters.aws.table.schema import create_table
from orchestrator.app.replies import dead_letter_notice, failed_notice
from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.work import DeadLetter, ShowLogs, decode_work, encode_work
from tests.handlers.stack import NOW, Stack, body
from tests.interactions.door import ALERTS, ANNA

COMMAND = body("rollback", "shop", actor=ANNA.actor, token="a-secret-token", trace_id="T1")

ENVELOPE: dict[str, Any] = {
    "version": "1.0",
    "timestamp": "2025-11-24T16:03:10.123Z",
    "requestContext": {
        "requestId": "e4b46cbf-b738-xmpl-8880-a18cdf61200e",
        "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:switchback-dev-alarms",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    },
    "requestPayload": {"alarmData": {"alarmName": "do-not-repeat-this"}},
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
    "responsePayload": {"errorMessage": "do-not-repeat-this", "errorType": "Unavailable", "stackTrace": ["x.py"]},
}


def enveloped(**context: Any) -> str:
    return json.dumps({**ENVELOPE, "requestContext": {**ENVELOPE["requestContext"], **context}})


def told(stack: Stack) -> list[str]:
    return [line.replace("\\", "") for line in stack.said(ALERTS)]


def test_a_command_that_was_given_up_is_told_with_who_asked_and_what(stack: Stack) -> None:
    assert stack.letters(COMMAND) == []
    (line,) = told(stack)
    assert "CRITICAL dev" in line
    assert "rollback shop" in line or "roll back shop" in line
    assert "anna" in line
    assert "a-secret-token" not in stack.log.getvalue() + json.dumps(stack.discord.messages(ALERTS, "1"))


def test_an_invocation_that_was_given_up_is_told_with_its_function_and_why(stack: Stack) -> None:
    assert stack.letters(json.dumps(ENVELOPE)) == []
    (line,) = told(stack)
    assert "switchback-dev-alarms" in line
    shown = json.dumps(stack.discord.messages(ALERTS, "1"))
    assert "RetriesExhausted" in shown
    assert "do-not-repeat-this" not in shown + stack.log.getvalue()


UNREADABLE: dict[str, Any] = {
    "nothing": "",
    "no JSON": "x",
    "null": "null",
    "an array": "[]",
    "a number": "7",
    "a text": '"x"',
    "an empty object": "{}",
    "half a command": COMMAND[:-1],
    "an unknown verb": COMMAND.replace("rollback", "destroy"),
    "an envelope without a context": json.dumps({**ENVELOPE, "requestContext": None}),
    "a context that is a text": json.dumps({**ENVELOPE, "requestContext": "x"}),
    "a context that is an array": json.dumps({**ENVELOPE, "requestContext": []}),
    "an empty context": json.dumps({**ENVELOPE, "requestContext": {}}),
    "an alarm": json.dumps({"alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x"}),
    "50,000 brackets": "[" * 50_000,
    "50,000 objects": '{"requestContext":' * 50_000,
    "a body that is no text": 7,
    "no body": None,
    "surrogates": "\ud800",
    "a number of 5,000 digits": "1" * 5_000,
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_letter_that_cannot_be_read_is_read_as_such(text: Any) -> None:
    letter = read_dead_letter({"messageId": "m", "body": text})
    assert letter.what == "a message that cannot be read"
    assert letter.command is None


@pytest.mark.parametrize(
    "context",
    [
        {"functionArn": None},
        {"functionArn": 7},
        {"functionArn": ["x"]},
        {"functionArn": ""},
        {"functionArn": "x" * 200_000},
        {"functionArn": "@everyone <@1> \x00\u202e"},
        {"functionArn": "\ud800"},
        {"condition": None},
        {"condition": "x" * 200_000},
        {"condition": {"a": 1}},
        {"condition": "\ud800@everyone"},
    ],
    ids=lambda context: str(context)[:40],
)
def test_an_odd_envelope_is_short_and_breaks_nothing(context: dict[str, Any]) -> None:
    letter = read_dead_letter({"messageId": "m", "body": enveloped(**context)})
    assert letter.what
    assert len(letter.what) + len(letter.why) < 300
    (letter.what + letter.why).encode()


@pytest.mark.parametrize("record", [{}, {"body": {}}, {"body": []}, {"body": True}])
def test_a_record_of_another_shape_is_told_too(stack: Stack, record: dict[str, Any]) -> None:
    assert stack.letters(record.get("body")) == []
    assert len(told(stack)) == 1


def test_every_letter_of_a_batch_is_told(stack: Stack) -> None:
    assert stack.letters("x", COMMAND, json.dumps(ENVELOPE), "[" * 50_000) == []
    lines = told(stack)
    assert len(lines) == 3  # the two that cannot be read are one alert
    assert any("cannot be read" in line for line in lines)


def test_the_same_letter_twice_is_told_once(stack: Stack) -> None:
    stack.letters(COMMAND)
    stack.letters(COMMAND)
    assert len(told(stack)) == 1


def test_no_letters_are_no_failures(stack: Stack) -> None:
    assert stack.letters() == []


def test_a_letter_is_told_without_the_table(stack: Stack) -> None:
    stack.delete_table()
    assert stack.letters(COMMAND) == []
    assert len(told(stack)) == 1


def test_without_the_table_a_second_letter_that_says_the_same_stays_until_it_is_counted(stack: Stack) -> None:
    stack.delete_table()
    assert stack.letters(COMMAND, COMMAND) == ["m1"]
    assert stack.letters(COMMAND) == [], "the first one once more: it was told"
    assert len(told(stack)) == 1
    create_table(boto3.client("dynamodb"), "switchback-dev")
    assert stack.letters(COMMAND, COMMAND) == []
    (group,) = bootstrap.outside().alerts.open()
    assert group.count == 2


def test_without_the_table_what_gets_worse_is_told_again(stack: Stack) -> None:
    stack.delete_table()
    notice = dead_letter_notice("dev", DeadLetter(what="a probe", then="Look at it.", severity="warning"), NOW)
    own = bootstrap.app().own
    for severity in ("warning", "warning", "critical", "critical"):
        assert own.raise_alert("dead-letter", "a probe", severity, notice)  # type: ignore[arg-type]  # a severity
    assert [line.split("**")[1].split()[0] for line in told(stack)] == ["WARNING", "CRITICAL"]


def test_while_discord_is_down_a_letter_is_paged(stack: Stack) -> None:
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    url = sqs.create_queue(QueueName="pages")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (topic,) = (entry["TopicArn"] for entry in sns.list_topics()["Topics"])
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    stack.discord.set_state("down")
    assert stack.letters(COMMAND) == []
    (page,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert "gave up" in json.loads(page["Body"])["Message"] or "gave up" in json.loads(page["Body"])["Subject"]


def test_while_nothing_can_be_told_the_letter_stays(stack: Stack) -> None:
    """Neither table nor chat nor pager: the letter may not be lost with all of them."""
    stack.delete_table()
    (topic,) = (entry["TopicArn"] for entry in boto3.client("sns").list_topics()["Topics"])
    boto3.client("sns").delete_topic(TopicArn=topic)
    stack.discord.set_state("down")
    assert stack.letters(COMMAND) == ["m0"]


def test_logs_that_could_not_be_shown_are_told_without_the_token(stack: Stack) -> None:
    wanted = ShowLogs(shown="T1", guild_id="1", actor=ANNA.actor, token="a-secret-token", trace_id="T2")
    assert stack.letters(encode_work(wanted)) == []
    assert told(stack) == [], "nobody is called for it"
    stack.clock.move_to(stack.clock.now() + 120)
    stack.tick()
    (line,) = told(stack)
    assert "**INFO dev" in line
    assert "the logs of a trace, asked for by anna" in line
    assert "press Logs again" in json.dumps(stack.discord.messages(ALERTS, "1"))
    assert "a-secret-token" not in stack.log.getvalue() + json.dumps(stack.discord.messages(ALERTS, "1"))


TICKED = "The next tick does its work."
USED_AGAIN = "If it was not done, use the command again."
LETTERS: dict[str, tuple[str, str, str]] = {
    "a command": (COMMAND, "critical", USED_AGAIN),
    "a press under an alert": (body("acknowledge", "x"), "warning", "It moves no flag."),
    "a probe": (
        encode_work(RunTarget(target="smoke", run="r", plan="shop", plan_hash="h")),
        "warning",
        "A probe is called again by itself",
    ),
    "the news of a change": (encode_work(ChangeMarker(what="a deploy", at=1)), "warning", "send it again"),
    "a look": (
        encode_work(ShowLogs(shown="T1", guild_id="1", actor=ANNA.actor, token="t", trace_id="T2")),
        "info",
        "press Logs again",
    ),
    "a tick": (enveloped(functionArn="arn:aws:lambda:us-east-1:1:function:switchback-dev-tick"), "critical", TICKED),
    "an alarm": (json.dumps(ENVELOPE), "critical", "The ticks compare alarms with flags every minute"),
    "a report": (
        enveloped(functionArn="arn:aws:lambda:us-east-1:1:function:switchback-dev-reports"),
        "critical",
        "let CI send it once more",
    ),
    "a message that cannot be read": ("x", "critical", "Nothing tries it again by itself."),
}


@pytest.mark.parametrize(("text", "severity", "then"), LETTERS.values(), ids=LETTERS)
def test_each_kind_of_letter_calls_as_many_as_it_concerns_and_says_what_becomes_of_it(
    text: str, severity: str, then: str
) -> None:
    letter = read_dead_letter({"messageId": "m", "body": text})
    assert letter.severity == severity
    assert then in letter.then
    assert (USED_AGAIN in letter.then) == (then == USED_AGAIN), "only what somebody used can be used again"


def test_the_message_about_a_tick_says_that_the_next_one_does_the_work(stack: Stack) -> None:
    stack.letters(LETTERS["a tick"][0])
    shown = json.dumps(stack.discord.messages(ALERTS, "1"))
    assert TICKED in shown
    assert "Nothing tries it again" not in shown


def test_a_dead_probe_pings_nobody(stack: Stack) -> None:
    stack.letters(LETTERS["a probe"][0])
    (line,) = told(stack)
    assert "**WARNING dev" in line
    assert "<@&" not in line


def test_the_reply_to_a_command_that_was_given_up_blames_nobody() -> None:
    command = decode_work(COMMAND)
    assert isinstance(command, Command)
    said = " ".join(failed_notice("dev", command, 0).lines)
    assert "could not be carried out in three tries" in said
    assert "AWS" not in said
