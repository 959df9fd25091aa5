"""The table itself. The stack's template creates the same one; a test compares the two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orchestrator.adapters.aws.clients import translated
from orchestrator.adapters.aws.table.items import DUE, LISTING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TTL_ATTRIBUTE = "expires_at"

DEFINITION: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "due_shard", "AttributeType": "S"},
        {"AttributeName": "next_check", "AttributeType": "N"},
        {"AttributeName": "list_key", "AttributeType": "S"},
        {"AttributeName": "list_at", "AttributeType": "N"},
    ],
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": DUE,
            "KeySchema": [
                {"AttributeName": "due_shard", "KeyType": "HASH"},
                {"AttributeName": "next_check", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        },
        {
            "IndexName": LISTING,
            "KeySchema": [
                {"AttributeName": "list_key", "KeyType": "HASH"},
                {"AttributeName": "list_at", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["summary"]},
        },
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def create_table(client: DynamoDBClient, name: str) -> None:
    """For the sandbox and the tests; in AWS the stack owns the table. Raises Refused when there is one
    already."""
    with translated("creating the table"):
        client.create_table(TableName=name, **DEFINITION)
        client.get_waiter("table_exists").wait(TableName=name)
        client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
        )
