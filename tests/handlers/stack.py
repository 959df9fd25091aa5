"""The deployed stack on this machine: the Lambda entry points over the AWS adapters, moto, and a stand-in for Discord."""

from __future__ import annotations

import io
import json
import os
from typing import Any

import boto3
import requests

from orchestrator import bootstrap
from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command, Verb
from orchestrator.core.plan import Plan
from orchestrator.core.work import encode_work
from orchestrator.handlers import alarms, commands, failures, interactions, tick
from orchestrator.sandbox import aws
from orchestrator.sandbox.clock import VirtualClock
from orchestrator.sandbox.discord import StandIn
from orchestrator.sandbox.people import LambdaContext
from tests.core.made_plans import made_plan, on_alarm, sets, stage
from tests.interactions.door import ALERTS, APPLICATION, GUILD, OPS, PUBLIC_KEY, ROLES

NOW = 1_764_000_000

SHOP = made_plan(
    stage("reads", soak=3600, READS="true"),
    stage("writes", soak=3600, WRITES="true"),
    safeguards=[on_alarm("shop-outage"), on_alarm("shop-writes", sets(WRITES="false"))],
)

ENVIRONMENT = {
    "DISCORD_PUBLIC_KEY": PUBLIC_KEY,
    "DISCORD_APPLICATION_ID": APPLICATION,
    "DISCORD_GUILD_ID": GUILD,
    "DISCORD_OPS_CHANNEL_ID": OPS,
    "DISCORD_ALERT_CHANNEL_ID": ALERTS,
    "DISCORD_ROLES": json.dumps(ROLES),
    "TABLE_NAME": "switchback-dev",
    "BOT_TOKEN_PARAMETER": "/switchback/dev/bot-token",
    "APP_NAME": "switchback",
    "ENVIRONMENT": "dev",
    "ENABLE_JSON_LOGGING": "true",
    "ENABLE_DEBUG_CMD": "true",
    "ENABLE_ALERTS": "true",
}

TERMINAL = Actor(user_id="terminal", name="a terminal", via="terminal")


class Stack:
    """One at a time in a process; whoever opens it closes it."""

    def __init__(self) -> None:
        self.clock, self.signals, self.log = VirtualClock(NOW, 0), MemorySignals(), io.StringIO()
        self._end_aws = aws.start(lambda: self.clock.now_ms() / 1000)
        os.environ.update(ENVIRONMENT)
        self.prefix = "/switchback/dev/flags/"
        first = dict.fromkeys(("READS", "WRITES", "PORTAL"), "false")
        queue, dead, topic = aws.build("switchback-dev", first, self.prefix, "/switchback/dev/bot-token")
        os.environ.update(COMMAND_QUEUE_URL=queue, ALERT_TOPIC_ARN=topic)
        self.queue_url, self.dead_letters_url = queue, dead
        self.discord = StandIn(APPLICATION, GUILD, {OPS: "ops", ALERTS: "alerts"}, "sandbox-bot-token", self.clock.now)
        bootstrap.stand_in(
            bootstrap.FarSide(clock=self.clock, signals=self.signals, discord=self._session, log=self.log)
        )
        self._sqs, self._ssm = boto3.client("sqs"), boto3.client("ssm")

    def close(self) -> None:
        bootstrap.stand_in(bootstrap.FarSide())
        self._end_aws()

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://discord.com/", self.discord.transport())
        return session

    # -- the five entry points -------------------------------------------------------------------------------------

    def interact(self, event: Any) -> dict[str, Any]:
        return _as_lambda_returns(interactions.handler(event, LambdaContext("interactions")))

    def commands(self, *bodies: str) -> list[str]:
        """SQS hands over these bodies; the ids of those that failed: m0, m1, …"""
        return _failures(commands.handler({"Records": records(*bodies)}, LambdaContext("commands")))

    def letters(self, *bodies: Any) -> list[str]:
        return _failures(failures.handler({"Records": records(*bodies)}, LambdaContext("failures")))

    def alarm(self, event: Any) -> dict[str, Any]:
        return _as_lambda_returns(alarms.handler(event, LambdaContext("alarms")))

    def tick(self) -> dict[str, Any]:
        return _as_lambda_returns(tick.handler({"source": "aws.scheduler"}, LambdaContext("tick")))

    # -- what is behind them ---------------------------------------------------------------------------------------

    def start(self, plan: Plan = SHOP) -> None:
        """The plan is published, its alarms are fine, and it is in its first stage."""
        for alarm in plan.alarms():
            self.signals.set_alarm(alarm, "OK", NOW - 86_400)
        bootstrap.app().publish(plan, TERMINAL)
        assert self.commands(body("start", plan.name, reason="a beginning")) == []

    def publish(self, plan: Plan) -> None:
        bootstrap.app().publish(plan, TERMINAL)

    def flags(self) -> dict[str, str]:
        found = self._ssm.get_parameters_by_path(Path=self.prefix)["Parameters"]
        return {entry["Name"].removeprefix(self.prefix): entry["Value"] for entry in found}

    def sets(self, flag: str, value: str) -> None:
        """Somebody changes a parameter by hand."""
        self._ssm.put_parameter(Name=self.prefix + flag, Value=value, Overwrite=True)

    def queued(self) -> list[dict[str, Any]]:
        """What lies in the command queue; it is taken out."""
        taken = []
        while found := self._sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                taken.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def said(self, channel: str = OPS) -> list[str]:
        """The first lines in a channel, oldest first."""
        return [message["content"] for message in self.discord.messages(channel, "300000000000000001")]

    def logged(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def delete_table(self) -> None:
        boto3.client("dynamodb").delete_table(TableName="switchback-dev")


def body(verb: Verb, target: str, **more: Any) -> str:
    """A command as it lies in the queue."""
    return encode_work(Command(verb=verb, target=target, actor=more.pop("actor", TERMINAL), at=NOW, **more))


def records(*bodies: Any) -> list[dict[str, Any]]:
    return [
        {
            "messageId": f"m{number}",
            "receiptHandle": f"r{number}",
            "body": text,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": str(NOW * 1000)},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:switchback-commands",
            "awsRegion": "us-east-1",
        }
        for number, text in enumerate(bodies)
    ]


def _failures(result: Any) -> list[str]:
    return [entry["itemIdentifier"] for entry in _as_lambda_returns(result)["batchItemFailures"]]


def _as_lambda_returns(result: Any) -> dict[str, Any]:
    """What a handler returns leaves Lambda as JSON, or the invocation has failed."""
    found: dict[str, Any] = json.loads(json.dumps(result, allow_nan=False))
    return found
