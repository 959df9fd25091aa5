"""Confirmations: what a button stands for, used once. DynamoDB and memory behave alike."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.table import Table
from orchestrator.ports import AlreadyDone, Conflict
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NAME,
    NOW,
    HeldClock,
    Tables,
    button,
    clock_fixture,
    dynamo_fixture,
    following,
    moved,
    started,
    tables_fixture,
)


def test_a_confirmation_is_kept_but_its_token_is_not(tables: Tables) -> None:
    given = button("button-1")
    tables.confirmations.put(given)
    stored = tables.confirmations.get("button-1")
    assert given.command.token == "secret-token"
    assert stored == structs.replace(given, command=structs.replace(given.command, token=""))


def test_a_button_nobody_made_is_none(tables: Tables) -> None:
    assert tables.confirmations.get("button-1") is None


def test_a_confirmation_put_twice_is_one(tables: Tables) -> None:
    tables.confirmations.put(button("button-1"))
    tables.confirmations.put(button("button-1"))
    with pytest.raises(Conflict):
        tables.confirmations.put(button("button-1", kind="second"))
    stored = tables.confirmations.get("button-1")
    assert stored is not None
    assert stored.kind == "confirm"


def test_a_confirmation_is_used_up_by_its_transition(tables: Tables, clock: HeldClock) -> None:
    tables.confirmations.put(button("button-1"))
    before = started(tables)
    clock.at += 30
    tables.rollouts.save(following(before, changes={"stage": 1}, confirmation="button-1"))
    stored = tables.confirmations.get("button-1")
    assert stored is not None
    assert (stored.used_by, stored.used_at) == ("111", NOW + 30)


def test_a_used_confirmation_is_not_used_again(tables: Tables) -> None:
    tables.confirmations.put(button("button-1"))
    first = following(started(tables), changes={"stage": 1}, confirmation="button-1")
    tables.rollouts.save(first)
    with pytest.raises(AlreadyDone):
        tables.rollouts.save(following(first.after, changes={"stage": 2}, confirmation="button-1"))
    assert tables.rollouts.load("shop-1") == first.after
    tables.rollouts.save(first)
    tables.confirmations.put(button("button-1"))
    stored = tables.confirmations.get("button-1")
    assert stored is not None
    assert stored.used_at == NOW, "putting it again does not make it new"


def test_of_two_presses_one_counts(tables: Tables) -> None:
    tables.confirmations.put(button("button-1"))
    before = started(tables)
    tables.rollouts.save(following(before, changes={"stage": 1}, confirmation="button-1"))
    with pytest.raises(AlreadyDone):
        tables.rollouts.save(following(before, changes={"stage": 1}, confirmation="button-1"))


def test_a_lost_race_does_not_use_the_confirmation_up(tables: Tables) -> None:
    tables.confirmations.put(button("button-1"))
    before = started(tables)
    newest = moved(tables, before, stage=1)
    with pytest.raises(Conflict):
        tables.rollouts.save(following(before, changes={"stage": 2}, confirmation="button-1"))
    tables.rollouts.save(following(newest, changes={"stage": 2}, confirmation="button-1"))


def test_a_confirmation_that_is_not_known_changes_nothing(tables: Tables) -> None:
    before = started(tables)
    with pytest.raises(Conflict):
        tables.rollouts.save(following(before, changes={"stage": 1}, confirmation="button-9"))
    assert tables.rollouts.load("shop-1") == before
    assert tables.confirmations.get("button-9") is None


def test_one_that_has_run_out_can_be_told_so_for_a_day(tables: Tables, clock: HeldClock) -> None:
    """The caller compares the times; cleaning is not what makes a button expire."""
    tables.confirmations.put(button("button-1"))
    clock.at = NOW + 120 + 86399
    stored = tables.confirmations.get("button-1")
    assert stored is not None
    assert stored.expires_at == NOW + 120
    clock.at += 1
    assert tables.confirmations.get("button-1") is None, "whether or not it has been cleaned away"
    with pytest.raises(Conflict):
        tables.rollouts.save(following(started(tables), confirmation="button-1"))


def test_a_card_outlives_a_long_rollout(tables: Tables, clock: HeldClock) -> None:
    tables.confirmations.put(button("card-1", kind="card", expires_at=0))
    clock.at += 365 * 86400
    assert tables.confirmations.get("card-1") is not None


def test_no_token_lies_anywhere_in_the_table(dynamo: Table, aws: Clients) -> None:
    dynamo.confirmations.put(button("button-1"))
    started(dynamo)
    assert "secret-token" not in str(aws.dynamodb.scan(TableName=NAME)["Items"])
