"""Plans: immutable under their hash, a name for the latest. DynamoDB and memory behave alike."""

from __future__ import annotations

import pytest
from msgspec import structs

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.aws.table import Table
from orchestrator.core.gates import ApprovalGate
from orchestrator.core.plan import AlarmCondition, FlagSpec, Flip, Plan, RollBack, Safeguard, Stage, Watch, plan_hash
from orchestrator.ports import Published, Refused, UnknownSchema
from tests.contracts.table_fixtures import (  # noqa: F401 (fixtures are used by their names)
    NAME,
    NOW,
    Tables,
    clock_fixture,
    dynamo_fixture,
    ended,
    started,
    tables_fixture,
)

PLAN = Plan(
    name="shop",
    title="Shöp first",
    flags=(FlagSpec(name="READS", safe="false", final="true"),),
    stages=(Stage(key="all", flips=(Flip(flag="READS", value="true"),), gates=(ApprovalGate(roles=("ops",)),)),),
    safeguards=(Safeguard(key="portal", when=AlarmCondition(name="portal-outage"), action=RollBack()),),
    watch=Watch(length=3600),
)


def test_a_published_plan_is_found_by_hash_and_by_name(tables: Tables) -> None:
    digest = tables.plans.publish(PLAN, "alice", NOW)
    assert digest == plan_hash(PLAN)
    assert tables.plans.get(digest) == PLAN
    assert tables.plans.latest("shop") == Published(name="shop", title="Shöp first", hash=digest, by="alice", at=NOW)


def test_what_was_never_published_is_none(tables: Tables) -> None:
    assert tables.plans.get("f" * 64) is None
    assert tables.plans.latest("shop") is None
    assert tables.plans.names() == []


def test_a_new_version_leaves_the_old_one_as_it_was(tables: Tables) -> None:
    old = tables.plans.publish(PLAN, "alice", NOW)
    new = tables.plans.publish(structs.replace(PLAN, watch=Watch(length=7200)), "bob", NOW + 60)
    assert old != new
    assert tables.plans.get(old) == PLAN
    latest = tables.plans.latest("shop")
    assert latest is not None
    assert (latest.hash, latest.by, latest.at) == (new, "bob", NOW + 60)


def test_publishing_the_same_plan_again_is_harmless(tables: Tables) -> None:
    first = tables.plans.publish(PLAN, "alice", NOW)
    assert tables.plans.publish(PLAN, "bob", NOW + 60) == first
    latest = tables.plans.latest("shop")
    assert latest is not None
    assert latest.by == "bob"
    assert len(tables.plans.names()) == 1


def test_an_older_plan_can_be_published_again(tables: Tables) -> None:
    old = tables.plans.publish(PLAN, "alice", NOW)
    tables.plans.publish(structs.replace(PLAN, watch=Watch(length=7200)), "alice", NOW + 60)
    tables.plans.publish(PLAN, "alice", NOW + 120)
    latest = tables.plans.latest("shop")
    assert latest is not None
    assert latest.hash == old


def test_names_are_listed_newest_first(tables: Tables) -> None:
    for at, name in ((1, "shop"), (3, "search"), (2, "portal")):
        tables.plans.publish(structs.replace(PLAN, name=name), "alice", NOW + at)
    assert [published.name for published in tables.plans.names()] == ["search", "portal", "shop"]
    tables.plans.publish(structs.replace(PLAN, watch=Watch(length=1)), "alice", NOW + 9)
    assert [published.name for published in tables.plans.names()] == ["shop", "search", "portal"]


def test_a_name_keeps_its_runs_and_its_live_rollout_when_a_plan_is_published(tables: Tables) -> None:
    ended(tables, started(tables, "shop-1"))
    assert tables.plans.latest("shop") is None, "started, but never published under this name"
    tables.plans.publish(PLAN, "alice", NOW)
    started(tables, "shop-2")
    tables.plans.publish(structs.replace(PLAN, watch=Watch(length=1)), "alice", NOW + 60)
    assert tables.rollouts.live_of("shop") == "shop-2"
    assert tables.rollouts.next_number("shop") == 3
    latest = tables.plans.latest("shop")
    assert latest is not None
    assert latest.at == NOW + 60


def test_a_plan_that_was_changed_in_the_table_is_refused(dynamo: Table, aws: Clients) -> None:
    digest = dynamo.plans.publish(PLAN, "alice", NOW)
    _tamper(aws, digest, '{"name":"shop","flags":[]}')
    with pytest.raises(Refused, match="was changed"):
        dynamo.plans.get(digest)


def test_a_plan_in_words_that_this_version_does_not_know_is_left_alone(dynamo: Table, aws: Clients) -> None:
    import hashlib

    body = '{"flags":[],"name":"shop","stages":[{"gates":[{"type":"moon_phase"}],"key":"all"}]}'
    digest = hashlib.sha256(body.encode()).hexdigest()
    _tamper(aws, digest, body)
    with pytest.raises(UnknownSchema):
        dynamo.plans.get(digest)


def _tamper(aws: Clients, digest: str, body: str) -> None:
    aws.dynamodb.put_item(
        TableName=NAME,
        Item={
            "pk": {"S": f"PLAN#{digest}"},
            "sk": {"S": "BODY"},
            "schema": {"N": "1"},
            "body": {"S": body},
        },
    )
