"""Calls on the one table: plain values in and out, conditions that failed told apart from calls that did.

An expression writes each attribute as `#name` and each value as `:name`; the names are found in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from orchestrator.adapters.aws.clients import translated
from orchestrator.adapters.aws.table.items import (
    SCHEMA,
    Item,
    Key,
    has_expired,
    names_in,
    plain_item,
    readable,
    wired,
)
from orchestrator.ports import Clock, Conflict, Unavailable, UnknownSchema
from orchestrator.telemetry.logs import get_logger

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

log = get_logger()

BATCH = 100
"""Keys that a BatchGetItem takes at most."""

_TRIES = 4


class ConditionFailed(Conflict):
    """A single write's condition did not hold. `found` is the item as it stands, None where there is none."""

    def __init__(self, what: str, found: Item | None) -> None:
        super().__init__(what)
        self.found = found


class Reason(Struct, frozen=True):
    """Why one write of a transaction was turned down; `code` is `None` for a write that was not."""

    code: str
    found: Item | None


class Cancelled(Conflict):
    """A transaction was cancelled; one reason for each of its writes, in order."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__("the transaction was cancelled")
        self.reasons = tuple(reasons)


class Store:
    """`client` gives the low-level client, at each call, so that nothing is made before it is used."""

    def __init__(self, client: Callable[[], DynamoDBClient], name: str, clock: Clock) -> None:
        self._client = client
        self.name = name
        self.clock = clock

    def get(self, key: Key) -> Item | None:
        """Strongly consistent. None also for an item past its `expires_at`. Raises UnknownSchema."""
        answer = self._call("reading the table", "get_item", Key=wired(key._asdict()), ConsistentRead=True)
        return self._current(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> list[Item]:
        """Strongly consistent, in no order; what is not there is left out."""
        found: list[Item] = []
        distinct = list(dict.fromkeys(keys))
        for start in range(0, len(distinct), BATCH):
            found.extend(self._get_batch(distinct[start : start + BATCH]))
        return found

    def _get_batch(self, keys: Sequence[Key]) -> Iterator[Item]:
        wanted: Any = {self.name: {"Keys": [wired(key._asdict()) for key in keys], "ConsistentRead": True}}
        for _ in range(_TRIES):
            answer = self._call("reading the table", "batch_get_item", RequestItems=wanted)
            for stored in answer["Responses"].get(self.name, []):
                if (current := self._current(stored)) is not None:
                    yield current
            wanted = answer.get("UnprocessedKeys")
            if not wanted:
                return
        raise Unavailable("reading the table: DynamoDB left keys unread")

    def query(
        self,
        condition: str,
        values: Mapping[str, Any],
        *,
        index: str = "",
        only: str = "",
        newest_first: bool = False,
        limit: int | None = None,
        skip_unreadable: bool = False,
    ) -> Iterator[Item]:
        """Items in the order of the range key, page after page; `only` filters what was read. Strongly
        consistent but for an index, which trails by a moment. Raises UnknownSchema, unless what a newer Switchback
        wrote is to be skipped: then it is logged."""
        request: dict[str, Any] = {
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names_in(condition, only),
            "ExpressionAttributeValues": wired(values),
            "ScanIndexForward": not newest_first,
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **({"FilterExpression": only} if only else {}),
            **({"Limit": limit} if limit else {}),
        }
        given = 0
        while limit is None or given < limit:
            answer = self._call("reading the table", "query", **request)
            for stored in answer["Items"]:
                current = self._current_or_skipped(stored) if skip_unreadable else self._current(stored)
                if current is not None:
                    yield current
                    given += 1
                    if given == limit:
                        return
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def query_items(self, pk: str, prefix: str, **choices: Any) -> Iterator[Item]:
        """The items of one partition whose sort key begins so."""
        values = {":pk": pk, ":prefix": prefix, **choices.pop("values", {})}
        return self.query("#pk = :pk AND begins_with(#sk, :prefix)", values, **choices)

    def put(self, new: Item, condition: str = "", values: Mapping[str, Any] | None = None) -> None:
        """Raises ConditionFailed."""
        self._call("writing the table", "put_item", **put_request(self.name, new, condition, values)["Put"])

    def update(self, key: Key, change: str, condition: str, values: Mapping[str, Any]) -> None:
        """Raises ConditionFailed. `condition` is not optional: an update without one would bring items
        into being."""
        request = update_request(self.name, key, change, condition, values)["Update"]
        self._call("writing the table", "update_item", **request)

    def count_up(self, key: Key) -> int:
        """The next number of a counter, 1 at first; no two callers get the same. A number whose reply was lost is
        skipped: it counts, and nobody has it."""
        change = "SET #schema = :schema ADD #count :one"
        answer = self._call(
            "writing the table",
            "update_item",
            Key=wired(key._asdict()),
            UpdateExpression=change,
            ExpressionAttributeNames=names_in(change),
            ExpressionAttributeValues=wired({":schema": SCHEMA, ":one": 1}),
            ReturnValues="UPDATED_NEW",
        )
        return int(plain_item(answer["Attributes"])["count"])

    def transact(self, requests: Sequence[dict[str, Any]]) -> None:
        """All or nothing. Raises Cancelled."""
        self._call("writing the table", "transact_write_items", named=False, TransactItems=requests)

    def _call(self, what: str, method: str, *, named: bool = True, **request: Any) -> Any:
        if named and method != "batch_get_item":
            request["TableName"] = self.name
        with translated(what):
            client: Any = self._client()
            try:
                return getattr(client, method)(**request)
            except client.exceptions.ConditionalCheckFailedException as error:
                raise ConditionFailed(what, _found(error.response)) from None
            except client.exceptions.TransactionCanceledException as error:
                reasons = error.response.get("CancellationReasons", ())
                raise Cancelled([Reason(reason.get("Code", "None"), _found(reason)) for reason in reasons]) from None
            except client.exceptions.TransactionConflictException:
                raise Unavailable(f"{what}: another transaction is writing the same item") from None

    def _current_or_skipped(self, stored: Mapping[str, Any]) -> Item | None:
        try:
            return self._current(stored)
        except UnknownSchema as problem:
            log.warning("an item could not be read", extra={"problem": str(problem)})
            return None

    def _current(self, stored: Mapping[str, Any]) -> Item | None:
        current = plain_item(stored)
        if has_expired(current, self.clock.now()):
            return None
        # What an index projects has no `schema`; whoever needs the item itself reads it from the table.
        return readable(current) if "schema" in current else current


def put_request(table: str, new: Item, condition: str = "", values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": wired(new), **_expressions("", condition, values or {})}}


def update_request(table: str, key: Key, change: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    request = {"TableName": table, "Key": wired(key._asdict()), "UpdateExpression": change}
    return {"Update": {**request, **_expressions(change, condition, values)}}


def _expressions(change: str, condition: str, values: Mapping[str, Any]) -> dict[str, Any]:
    request: dict[str, Any] = {}
    if condition:
        request.update(ConditionExpression=condition, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    if names := names_in(change, condition):
        request["ExpressionAttributeNames"] = names
    if values:
        request["ExpressionAttributeValues"] = wired(values)
    return request


def _found(answer: Mapping[str, Any]) -> Item | None:
    return plain_item(answer["Item"]) if answer.get("Item") else None
