"""The six Lambda entry points, called with the events that AWS would hand them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3

from orchestrator.adapters.aws.alarm_events import Home, NotAnAlarm, read_alarm_event
from orchestrator.core.signals import AlarmReading, AlarmState
from orchestrator.handlers import alarms, commands, failures, interactions, reports, tick
from orchestrator.sandbox.aws import ACCOUNT, REGION
from orchestrator.sandbox.people import LambdaContext, alarm_arn


def interact(method: str, path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """Through the HTTP API: bytes that are no text arrive in base64."""
    try:
        text, encoded = body.decode("utf-8"), False
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    event = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": method, "path": path}},
        "body": text,
        "isBase64Encoded": encoded,
    }
    return interactions.handler(event, LambdaContext("interactions"))


def run_tick() -> dict[str, Any]:
    return tick.handler({"source": "aws.scheduler"}, LambdaContext("tick"))


def alarm_event(event: Any) -> dict[str, Any]:
    return alarms.handler(event, LambdaContext("alarms"))


def report_event(event: Any) -> dict[str, Any]:
    return reports.handler(event, LambdaContext("reports"))


def said_event(kind: str, detail: dict[str, Any], at: float, event_id: str) -> dict[str, Any]:
    """What EventBridge makes of a PutEvents by CI."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": kind,
        "source": "sandbox.ci",
        "account": ACCOUNT,
        "time": _iso(at),
        "region": REGION,
        "resources": [],
        "detail": detail,
    }


def action_event(name: str, state: AlarmState, previous: AlarmState, at: float) -> dict[str, Any]:
    """What CloudWatch hands an alarm's Lambda action."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm_arn(name),
        "accountId": ACCOUNT,
        "time": _iso(at),
        "region": REGION,
        "alarmData": {
            "alarmName": name,
            "state": {"value": state, "reason": "set in the sandbox", "timestamp": _iso(at)},
            "previousState": {"value": previous, "reason": "", "timestamp": _iso(at)},
            "configuration": {"metrics": []},
        },
    }


def event_bridge_event(name: str, state: AlarmState, previous: AlarmState, at: float) -> dict[str, Any]:
    """The same change of state, as EventBridge tells it."""
    return {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": _iso(at),
        "region": REGION,
        "resources": [alarm_arn(name)],
        "detail": {
            "alarmName": name,
            "state": {"value": state, "reason": "set in the sandbox", "timestamp": _iso(at)},
            "previousState": {"value": previous, "timestamp": _iso(at)},
        },
    }


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at * 1000) % 1000:03d}+0000"


class Queues:
    """SQS's part: a message is handed to its function; what fails is handed again, and after three tries goes to the
    dead letters, which have a function of their own."""

    def __init__(self, commands_url: str, dead_letters_url: str) -> None:
        self._sqs = boto3.client("sqs")
        self.commands_url, self.dead_letters_url = commands_url, dead_letters_url

    def deliver(self) -> int:
        """Everything that waits, once; the number of messages that were done."""
        return self._hand(self.commands_url, commands.handler, "commands") + self._hand(
            self.dead_letters_url, failures.handler, "failures"
        )

    def _hand(self, url: str, handler: Any, function: str) -> int:
        done, left = 0, self._received(url)
        try:
            while left:
                message = left[0]
                record = {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message.get("Attributes", {}),
                    "eventSource": "aws:sqs",
                }
                result = handler({"Records": [record]}, LambdaContext(function))
                if json.loads(json.dumps(result))["batchItemFailures"]:
                    self._give_back(url, message)
                else:
                    self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    done += 1
                left.pop(0)
        finally:
            for message in left:
                self._give_back(url, message)
        return done

    def _received(self, url: str) -> list[Any]:
        """Everything that can be seen now; it stays hidden until it is deleted or given back."""
        messages: list[Any] = []
        while more := self._sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600, AttributeNames=["ApproximateReceiveCount"]
        ).get("Messages"):
            messages.extend(more)
        return messages

    def _give_back(self, url: str, message: Any) -> None:
        self._sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)


def reading_of(event: Any) -> AlarmReading | None:
    """What a well-formed alarm event says; None for anything else, which only the handler may judge."""
    try:
        return read_alarm_event(event, Home(account=ACCOUNT, region=REGION))
    except NotAnAlarm:
        return None
