"""AWS on one machine: boto3 against moto in this process, and no way out to the real one.

An engineer's laptop holds credentials. Before the first client is made they are replaced, profiles, files, endpoints
and instance metadata are switched off, and whatever moto does not answer is refused instead of sent.
"""

from __future__ import annotations

import copy
import os
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

REGION, ACCOUNT = "us-east-1", "123456789012"

_FORCED = {
    "AWS_ACCESS_KEY_ID": "sandbox",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_SESSION_TOKEN": "sandbox",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "MOTO_ALLOW_NONEXISTENT_REGION": "false",
}


class RealAwsRefused(RuntimeError):
    """Something in the sandbox tried to reach the real AWS."""


def cut_off() -> None:
    """Force false credentials and the region, and forget every setting that could lead out."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(_FORCED)


def start(utc_now: Callable[[], float]) -> Callable[[], None]:
    """Answer boto3 from memory. `utc_now` dates what SSM keeps, so that a flag's history has the sandbox's time.

    Returns what ends it: everything replaced here is put back, the environment included.
    """
    undo = ExitStack()
    undo.callback(_restore, dict(os.environ))
    cut_off()
    import moto.ssm.models
    from moto import mock_aws

    def utcnow() -> datetime:
        return datetime.fromtimestamp(utc_now(), UTC).replace(tzinfo=None)

    _replace(undo, moto.ssm.models, "utcnow", utcnow)
    mocked = mock_aws(config={"core": {"mock_credentials": False}})
    mocked.start()
    undo.callback(mocked.stop)
    _refuse_the_rest(undo)
    _copy_less(undo)
    return undo.close


def _restore(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


def _replace(undo: ExitStack, owner: Any, name: str, value: Any) -> None:
    """Set an attribute, and undo it later: one that the owner did not have itself is taken away again."""
    if name in vars(owner):
        undo.callback(setattr, owner, name, vars(owner)[name])
    else:
        undo.callback(delattr, owner, name)
    setattr(owner, name, value)


def _copy_less(undo: ExitStack) -> None:
    """moto copies the whole table for each item of a transaction, to undo it if need be. Copying the shelves and the
    items that are written is enough; a rollout of sixteen days is played in seconds instead of minutes."""
    from moto.dynamodb.models import DynamoDBBackend
    from moto.dynamodb.models.dynamo_type import DynamoType
    from moto.dynamodb.models.table import Table

    written: list[dict[str, Any]] = []
    whole = DynamoDBBackend.transact_write_items

    def transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        written[:] = [operation.get("Key") or operation["Item"] for operation in _operations(transact_items)]
        whole(self, transact_items)

    def spared(self: Any, memo: Any) -> Any:
        kept = copy.copy(self)
        kept.items = defaultdict(dict, {hash_key: dict(shelf) for hash_key, shelf in self.items.items()})
        for key in written:
            shelf, place = kept.items.get(DynamoType(key["pk"]), {}), DynamoType(key["sk"])
            if place in shelf:
                shelf[place] = copy.deepcopy(shelf[place])
        return kept

    _replace(undo, DynamoDBBackend, "transact_write_items", transact)
    _replace(undo, Table, "__deepcopy__", spared)


def _operations(transact_items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [operation for item in transact_items for operation in item.values()]


def _refuse_the_rest(undo: ExitStack) -> None:
    """moto answers before anything is sent; a request that comes as far as the network was answered by nobody."""
    import botocore.httpsession

    def send(session: Any, request: Any) -> Any:
        raise RealAwsRefused(f"the sandbox does not speak to {request.url.split('?')[0]}")

    _replace(undo, botocore.httpsession.URLLib3Session, "send", send)


def build(table: str, flags: dict[str, str], flag_prefix: str, bot_token_parameter: str) -> tuple[str, str, str]:
    """The stack's resources, and the flags at the values given: (queue URL, dead letters' URL, topic ARN)."""
    import json

    import boto3

    from orchestrator.adapters.aws.table import create_table

    create_table(boto3.client("dynamodb"), table)
    sqs, ssm = boto3.client("sqs"), boto3.client("ssm")
    dead = sqs.create_queue(QueueName="switchback-command-dead-letters")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    queue = sqs.create_queue(QueueName="switchback-commands", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    topic = boto3.client("sns").create_topic(Name="switchback-alerts")["TopicArn"]
    ssm.put_parameter(Name=bot_token_parameter, Value="sandbox-bot-token", Type="SecureString")
    for name, value in flags.items():
        ssm.put_parameter(Name=flag_prefix + name, Value=value, Type="String")
    return queue, dead, topic
