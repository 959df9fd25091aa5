"""What outlives a deployment: the table and the queues, and the outputs that people rely on."""

from __future__ import annotations

import re
from typing import Any


def test_deleting_the_stack_leaves_the_table(resources: dict[str, Any]) -> None:
    table = resources["Table"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert "TableName" not in table["Properties"], "a named table that was kept would block the next deployment"


def test_the_table_cleans_by_ttl_and_can_go_back_in_time(resources: dict[str, Any]) -> None:
    table = resources["Table"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_keys_and_indexes_are_those_of_the_store(resources: dict[str, Any]) -> None:
    table = resources["Table"]["Properties"]
    types = {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]}

    def keys(of: dict[str, Any]) -> list[str]:
        return [f"{k['KeyType']} {k['AttributeName']} {types[k['AttributeName']]}" for k in of["KeySchema"]]

    assert keys(table) == ["HASH pk S", "RANGE sk S"]
    indexes = {i["IndexName"]: (keys(i), i["Projection"]) for i in table["GlobalSecondaryIndexes"]}
    assert indexes == {
        "due": (["HASH due_shard S", "RANGE next_check N"], {"ProjectionType": "KEYS_ONLY"}),
        "listing": (
            ["HASH list_key S", "RANGE list_at N"],
            {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary"]},
        ),
    }


def test_every_queue_is_encrypted_and_keeps_what_failed_longer_than_it_waited(
    resources: dict[str, Any],
) -> None:
    queues = {n: r["Properties"] for n, r in resources.items() if r["Type"] == "AWS::SQS::Queue"}
    assert set(queues) == {"CommandQueue", "CommandDeadLetters", "FailureQueue"}
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    waited = queues["CommandQueue"]["MessageRetentionPeriod"]
    assert waited < queues["CommandDeadLetters"]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_the_topics_key_is_never_the_one_that_silences_alarms(template: dict[str, Any]) -> None:
    # CloudWatch may not use aws/sns, and says so only in the alarm's history.
    assert template["Resources"]["AlertTopic"]["Properties"]["KmsMasterKeyId"] == {
        "Fn::If": ["HasAlertTopicKey", {"Ref": "AlertTopicKey"}, {"Ref": "AWS::NoValue"}]
    }
    allowed = re.compile(template["Parameters"]["AlertTopicKey"]["AllowedPattern"])
    assert not allowed.match("alias/aws/sns")
    assert allowed.match("")
    assert allowed.match("arn:aws:kms:eu-west-1:123456789012:key/0f0e0d0c-1111-2222-3333-444455556666")


def test_the_outputs_people_rely_on_are_there(template: dict[str, Any]) -> None:
    assert set(template["Outputs"]) >= {
        "InteractionsUrl", "TableName", "CommandQueueUrl", "AlarmsFunctionArn", "FlagPrefix",
    }  # fmt: skip
    assert template["Outputs"]["FlagPrefix"]["Value"] == {"Fn::Sub": "/${AppName}/${Environment}/flags/"}
