"""What only a database far away can do: lose a reply, throttle, be asked too often, hold items of a newer
version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.table import Table, create_table
from orchestrator.core.alerting.board import Board
from orchestrator.core.audit import first_fault
from orchestrator.core.rollout import STANDING
from orchestrator.core.trace import TraceRecord
from orchestrator.ports import AlertChange, AlreadyDone, Conflict, Refused, SwitchbackError, Unavailable, UnknownSchema
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NAME,
    NOW,
    HeldClock,
    button,
    clock_fixture,
    dynamo_fixture,
    ended,
    flag,
    following,
    moved,
    opening,
    post,
    started,
)

SAVE = "TransactWriteItems"


class Calls:
    """Counts the client's calls by operation, and lets each one meet what was prepared for it."""

    def __init__(self, client: Any) -> None:
        self.made: Counter[str] = Counter()
        self.bodies: list[Any] = []
        self._before: list[Callable[[], Any]] = []
        self._after: list[Callable[[], None]] = []
        client.meta.events.register("before-parameter-build.dynamodb", self._count)
        client.meta.events.register("before-call.dynamodb", self._meet)
        client.meta.events.register("after-call.dynamodb", self._leave)

    def lose_reply(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """The next call is carried out; its answer never arrives. `meanwhile` happens in between."""

        def lost() -> None:
            meanwhile()
            raise ReadTimeoutError(endpoint_url="https://dynamodb")

        self._after.append(lost)

    def lose_request(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        """The next call never arrives."""

        def lost() -> None:
            meanwhile()
            raise ConnectTimeoutError(endpoint_url="https://dynamodb")

        self._before.append(lost)

    def answer(self, code: str, status: int = 400, **more: Any) -> None:
        """The next call is turned down with this error, and nothing happens."""
        error = {"Code": code, "Message": "secret-token"}
        parsed = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}, **more}
        self._before.append(lambda: (AWSResponse("https://dynamodb", status, HTTPHeaders(), None), parsed))

    def _count(self, model: Any, params: Any, **_: Any) -> None:
        self.made[model.name] += 1
        self.bodies.append(params)

    def _meet(self, **_: Any) -> Any:
        return self._before.pop(0)() if self._before else None

    def _leave(self, **_: Any) -> None:
        if self._after:
            self._after.pop(0)()


@pytest.fixture
def aws(own_aws: Clients) -> Clients:
    """A client of its own for each test: `Calls` stays in it."""
    return own_aws


@pytest.fixture
def calls(dynamo: Table, aws: Clients) -> Calls:
    return Calls(aws.dynamodb)


def stored(aws: Clients, pk: str, sk: str) -> dict[str, Any]:
    answer = aws.dynamodb.get_item(TableName=NAME, Key={"pk": {"S": pk}, "sk": {"S": sk}})
    return dict(answer.get("Item", {}))


def test_a_save_whose_reply_was_lost_is_known_as_our_own(dynamo: Table, calls: Calls) -> None:
    before = started(dynamo, flags={"READS": flag("false", 0)})
    ours = following(before, changes={"flags": {"READS": flag("true", 1)}}, interaction_id="interaction-1")
    calls.lose_reply()
    dynamo.rollouts.save(ours)
    assert dynamo.rollouts.load("shop-1") == ours.after
    assert calls.made[SAVE] == 2


def test_it_is_known_also_when_others_have_moved_on_since(dynamo: Table, calls: Calls) -> None:
    before = started(dynamo)
    ours = following(before, changes={"stage": 1})
    calls.lose_reply(meanwhile=lambda: moved(dynamo, ours.after, stage=2))
    dynamo.rollouts.save(ours)


def test_a_quiet_save_whose_reply_was_lost_is_known_by_the_state(dynamo: Table, calls: Calls) -> None:
    ours = following(started(dynamo), changes={"waiting": "soak"}, audited=False)
    calls.lose_reply()
    dynamo.rollouts.save(ours)
    assert dynamo.rollouts.load("shop-1") == ours.after


def test_a_save_that_never_arrived_is_unavailable_and_can_be_sent_again(dynamo: Table, calls: Calls) -> None:
    before = started(dynamo)
    ours = following(before, changes={"stage": 1})
    calls.lose_request()
    with pytest.raises(Unavailable):
        dynamo.rollouts.save(ours)
    assert dynamo.rollouts.load("shop-1") == before
    dynamo.rollouts.save(ours)
    assert dynamo.rollouts.load("shop-1") == ours.after


def test_when_the_look_fails_too_nothing_is_claimed(dynamo: Table, calls: Calls) -> None:
    ours = following(started(dynamo), changes={"stage": 1})
    calls.lose_reply()
    calls.lose_reply()
    with pytest.raises(Unavailable):
        dynamo.rollouts.save(ours)
    dynamo.rollouts.save(ours)
    assert dynamo.rollouts.load("shop-1") == ours.after


def test_somebody_elses_write_in_the_meantime_is_not_taken_for_ours(dynamo: Table, calls: Calls) -> None:
    before = started(dynamo)
    ours = following(before, changes={"stage": 1}, audited=False)
    calls.lose_request(meanwhile=lambda: moved(dynamo, before, stage=2))
    with pytest.raises(Unavailable):
        dynamo.rollouts.save(ours)
    with pytest.raises(Conflict):
        dynamo.rollouts.save(ours)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("ThrottlingException", 400),
        ("ProvisionedThroughputExceededException", 400),
        ("InternalServerError", 500),
        ("ServiceUnavailable", 503),
        ("AccessDeniedException", 400),
        ("ResourceNotFoundException", 400),
        ("ExpiredTokenException", 400),
    ],
)
def test_a_table_that_cannot_be_written_is_unavailable(dynamo: Table, calls: Calls, code: str, status: int) -> None:
    before = started(dynamo)
    calls.answer(code, status)
    with pytest.raises(Unavailable) as unavailable:
        dynamo.rollouts.save(following(before, changes={"stage": 1}))
    assert "secret-token" not in str(unavailable.value)
    assert dynamo.rollouts.load("shop-1") == before


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("TransactionConflict", Conflict),
        ("ThrottlingError", Unavailable),
        ("ProvisionedThroughputExceeded", Unavailable),
        ("ValidationError", Refused),
    ],
)
def test_the_reasons_of_a_cancelled_transaction_are_told_apart(
    dynamo: Table, calls: Calls, code: str, kind: type[SwitchbackError]
) -> None:
    ours = following(started(dynamo), changes={"stage": 1})
    reasons = [{"Code": "None"}, {"Code": code, "Message": "secret-token"}]
    calls.answer("TransactionCanceledException", CancellationReasons=reasons)
    with pytest.raises(kind) as raised:
        dynamo.rollouts.save(ours)
    assert "secret-token" not in str(raised.value)


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (["TransactionConflict", "None"], Conflict),
        (["ConditionalCheckFailed", "ThrottlingError"], Conflict),
        (["None", "TransactionConflict"], Conflict),
        (["ConditionalCheckFailed", "ConditionalCheckFailed"], AlreadyDone),
        (["None", "ConditionalCheckFailed"], AlreadyDone),
        (["ThrottlingError", "None"], Unavailable),
        (["None", "ProvisionedThroughputExceeded"], Unavailable),
        (["AccessDenied", "None"], Unavailable),
        ([], Unavailable),
        (["ValidationError", "None"], Refused),
        (["ItemCollectionSizeLimitExceeded", "None"], Refused),
    ],
)
def test_an_alert_that_is_not_saved_says_whether_others_moved_it_or_the_table_would_not(
    dynamo: Table, calls: Calls, codes: list[str], kind: type[SwitchbackError]
) -> None:
    """Only what others have moved is worth another try at once."""
    reasons = [{"Code": code, "Message": "secret-token"} for code in codes]
    calls.answer("TransactionCanceledException", CancellationReasons=reasons)
    change = AlertChange(board=(Board(), Board(version=1)), event="event-1")
    with pytest.raises(SwitchbackError) as raised:
        dynamo.alerts.save(change)
    assert type(raised.value) is kind
    assert "secret-token" not in str(raised.value)


def test_a_conflict_with_our_own_first_try_is_success(dynamo: Table, calls: Calls) -> None:
    """The first request was still at work when its repeat arrived."""
    ours = following(started(dynamo), changes={"stage": 1})
    dynamo.rollouts.save(ours)
    reasons = [{"Code": "TransactionConflict"}, {"Code": "None"}]
    calls.answer("TransactionCanceledException", CancellationReasons=reasons)
    dynamo.rollouts.save(ours)


def test_a_state_too_large_for_an_item_is_refused(dynamo: Table) -> None:
    before = started(dynamo)
    with pytest.raises(SwitchbackError):
        dynamo.rollouts.save(following(before, changes={"waiting_line": "x" * 420_000}))
    assert dynamo.rollouts.load("shop-1") == before


def test_reads_are_unavailable_when_the_table_is(dynamo: Table, calls: Calls) -> None:
    reads: list[Callable[[], object]] = [
        lambda: dynamo.rollouts.load("shop-1"),
        lambda: dynamo.rollouts.due(NOW),
        lambda: dynamo.rollouts.waiting("shop-1", NOW),
        lambda: dynamo.rollouts.owners(["READS"]),
        lambda: dynamo.alerts.group("portal"),
        lambda: dynamo.alerts.open(),
        lambda: dynamo.alerts.board(),
        lambda: dynamo.plans.get("f" * 64),
        lambda: dynamo.plans.names(),
        lambda: dynamo.confirmations.get("button-1"),
        lambda: dynamo.traces.recent("g1"),
    ]
    for read in reads:
        calls.answer("ThrottlingException")
        with pytest.raises(Unavailable):
            read()


def test_a_read_back_recorded_while_somebody_saves_is_recorded_after_it(dynamo: Table, calls: Calls) -> None:
    before = started(dynamo, flags={"READS": flag("true", 1, pending=True)})
    overtaking = iter([True])
    load = dynamo.rollouts.load

    def loaded(rollout_id: str) -> Any:
        found = load(rollout_id)
        if next(overtaking, False):
            moved(dynamo, before, stage=4)
        return found

    dynamo.rollouts.load = loaded  # type: ignore[method-assign]  # somebody moves in between
    state = dynamo.rollouts.verified("shop-1", {"READS": (1, 7)}, NOW)
    assert state is not None
    assert (state.stage, state.flags["READS"].verified) == (4, 7)


def test_how_many_calls_things_take(dynamo: Table, calls: Calls) -> None:
    names = [f"FLAG_{number}" for number in range(30)]
    dynamo.confirmations.put(button("button-1"))
    calls.made.clear()
    opened = opening(
        flags={name: flag("true", 1) for name in names},
        effects=(post("one"),),
        interaction_id="interaction-1",
        confirmation="button-1",
    )
    dynamo.rollouts.save(opened)
    assert calls.made == {SAVE: 1}
    for ask, cost in (
        (lambda: dynamo.rollouts.load("shop-1"), {"GetItem": 1}),
        (lambda: dynamo.rollouts.due(NOW), {"Query": 4}),
        (lambda: dynamo.rollouts.live(), {"Query": 4}),
        (lambda: dynamo.rollouts.live_of("shop"), {"GetItem": 1}),
        (lambda: dynamo.rollouts.waiting("shop-1", NOW), {"Query": 1}),
        (lambda: dynamo.rollouts.fences(names), {"BatchGetItem": 1}),
        (lambda: dynamo.rollouts.verified("shop-1", {"FLAG_0": (1, 7)}, NOW), {"GetItem": 1, "UpdateItem": 1}),
        (lambda: dynamo.rollouts.recent(), {"Query": 1}),
        (lambda: dynamo.alerts.open(), {"Query": 1}),
        (lambda: dynamo.alerts.group("portal"), {"GetItem": 1}),
    ):
        calls.made.clear()
        ask()
        assert calls.made == cost


def test_nothing_is_ever_deleted(dynamo: Table, calls: Calls) -> None:
    """The roles have no right to, so that no fault of ours can lose an audit entry."""
    dynamo.confirmations.put(button("button-1"))
    state = started(dynamo, flags={"READS": flag("true", 1, pending=True)}, effects=(post("one"),))
    dynamo.rollouts.save(following(state, confirmation="button-1", interaction_id="interaction-1"))
    (waiting,) = dynamo.rollouts.waiting("shop-1", NOW)
    dynamo.rollouts.later(waiting, NOW)
    dynamo.rollouts.done(waiting, "message-1")
    verified = dynamo.rollouts.verified("shop-1", {"READS": (1, 7)}, NOW)
    assert verified is not None
    ended(dynamo, verified)
    dynamo.alerts.save(AlertChange(board=(Board(), Board(version=1)), event="event-1"))
    dynamo.traces.put(TraceRecord(id="t1", kind="tick", at=NOW, duration_ms=1, outcome="done"))
    assert set(calls.made) <= {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", SAVE}
    written = [kind for body in calls.bodies for write in body.get("TransactItems", ()) for kind in write]
    assert set(written) == {"Put", "Update"}


def test_an_item_of_a_newer_version_is_left_alone(dynamo: Table, aws: Clients) -> None:
    started(dynamo, effects=(post("one"),))
    newer = {"schema": {"N": "2"}, "body": {"S": '{"new": "words"}'}}
    for pk, sk, read in (
        ("ROLLOUT#shop-1", "STATE", lambda: dynamo.rollouts.load("shop-1")),
        ("ROLLOUT#shop-1", "AUDIT#0000000001", lambda: dynamo.rollouts.audit("shop-1")),
        ("FLAG#READS", "FLAG", lambda: dynamo.rollouts.fences(["READS"])),
        ("NAME#shop", "NAME", lambda: dynamo.rollouts.live_of("shop")),
        ("CONFIRM#b", "CONFIRM", lambda: dynamo.confirmations.get("b")),
        ("PLAN#h", "BODY", lambda: dynamo.plans.get("h")),
    ):
        item = {"pk": {"S": pk}, "sk": {"S": sk}, **newer}
        aws.dynamodb.put_item(TableName=NAME, Item=item)
        with pytest.raises(UnknownSchema):
            read()
        assert stored(aws, pk, sk) == item


def test_only_live_rollouts_stand_in_the_index_of_what_is_due(dynamo: Table, aws: Clients) -> None:
    state = started(dynamo)
    started(dynamo, STANDING)
    assert "due_shard" in stored(aws, "ROLLOUT#shop-1", "STATE")
    assert "due_shard" in stored(aws, f"ROLLOUT#{STANDING}", "STATE")
    ended(dynamo, state)
    assert not {"due_shard", "next_check"} & set(stored(aws, "ROLLOUT#shop-1", "STATE"))


def test_what_is_done_keeps_nothing_of_what_was_sent(dynamo: Table, aws: Clients, clock: HeldClock) -> None:
    started(dynamo, effects=(post("a headline", "status"),), cards=(button("card-1", kind="card"),))
    (waiting,) = dynamo.rollouts.waiting("shop-1", NOW)
    dynamo.rollouts.done(waiting, "message-1")
    dynamo.rollouts.done(waiting, "message-2")
    dynamo.rollouts.later(waiting, NOW + 60)
    left = stored(aws, "ROLLOUT#shop-1", "EFFECT#0000000001")
    assert "headline" not in str(left)
    assert left["message_id"] == {"S": "message-1"}
    assert left["tries"] == {"N": "0"}
    assert int(left["expires_at"]["N"]) > clock.at


def test_what_has_no_end_is_never_cleaned_away(dynamo: Table, aws: Clients) -> None:
    started(dynamo, flags={"READS": flag("true", 1)}, effects=(post("one"),))
    kept = [item for item in aws.dynamodb.scan(TableName=NAME)["Items"] if "expires_at" not in item]
    assert {item["sk"]["S"].split("#")[0] for item in kept} == {"STATE", "AUDIT", "EFFECT", "FLAG", "NAME"}


def test_an_audit_chain_longer_than_a_page_is_read_to_its_end(dynamo: Table, calls: Calls) -> None:
    state = started(dynamo)
    for number in range(4):
        onward = following(state, changes={"stage": number}, reason="x" * 300_000)
        dynamo.rollouts.save(onward)
        state = onward.after
    calls.made.clear()
    assert first_fault(dynamo.rollouts.audit("shop-1"), state.audit_head) == ""
    assert calls.made["Query"] > 1


def test_the_table_cleans_by_expires_at(dynamo: Table, aws: Clients) -> None:
    answer = aws.dynamodb.describe_time_to_live(TableName=NAME)["TimeToLiveDescription"]
    assert answer == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_a_table_that_exists_is_not_made_twice(dynamo: Table, aws: Clients) -> None:
    with pytest.raises(Refused):
        create_table(aws.dynamodb, NAME)


def test_a_repeat_from_the_queue_is_told_apart_from_a_lost_reply(dynamo: Table) -> None:
    """The same interaction under another transition id is a second delivery, not our first write."""
    before = started(dynamo)
    dynamo.rollouts.save(following(before, changes={"stage": 1}, interaction_id="interaction-1"))
    with pytest.raises(AlreadyDone):
        dynamo.rollouts.save(following(before, changes={"stage": 1}, interaction_id="interaction-1"))
