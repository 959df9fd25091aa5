"""Once a minute: every live rollout is checked, and one that fails keeps none of the others waiting."""

from __future__ import annotations

import boto3
import pytest
from msgspec import structs

from orchestrator import bootstrap
from tests.core.made_plans import made_plan, stage
from tests.handlers.stack import NOW, SHOP, Stack
from tests.interactions.door import ALERTS
from tests.journeys.edge import Edge

STORE = structs.replace(
    made_plan(stage("portal", soak=3600, PORTAL="true"), stage("rest", soak=3600, PORTAL="true")), name="store"
)


def test_a_tick_without_rollouts_is_a_tick(stack: Stack) -> None:
    assert stack.tick()["failed"] == 0


def test_a_tick_moves_what_is_due(stack: Stack) -> None:
    stack.start(SHOP)
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert stack.flags()["WRITES"] == "false"
    stack.clock.move_to(NOW + 2 * 3600)
    assert stack.tick()["failed"] == 0
    assert stack.flags()["WRITES"] == "true"


@pytest.mark.parametrize("broken", ["shop-1", "store-1"])
@pytest.mark.parametrize(
    "code", ["InternalServerError", "AccessDeniedException", "ProvisionedThroughputExceededException"]
)
def test_one_that_fails_does_not_stop_the_others(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, broken: str, code: str
) -> None:
    stack.start(SHOP)
    stack.start(STORE)
    ssm = boto3.client("ssm")
    for name in ("READS", "PORTAL"):
        ssm.put_parameter(Name=stack.prefix + name, Value="false", Overwrite=True)
    stack.clock.move_to(NOW + 60)
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB_20120810.TransactWriteItems", code, holding=broken)
    found = stack.tick()
    assert found["failed"] == 1
    assert found["checked"] >= 2
    rollouts = bootstrap.outside().rollouts
    fine = rollouts.load("store-1" if broken == "shop-1" else "shop-1")
    assert fine is not None
    assert fine.holds, "somebody's off was not seen"
    held = rollouts.load(broken)
    assert held is not None
    assert not held.holds


def test_not_even_a_fault_of_ours_in_one_stops_the_others(stack: Stack) -> None:
    stack.start(SHOP)
    stack.start(STORE)
    boto3.client("ssm").put_parameter(Name=stack.prefix + "PORTAL", Value="false", Overwrite=True)
    stack.clock.move_to(NOW + 60)
    stack.signals.fail_next = [KeyError("password=hunter2hunter2")]
    assert stack.tick()["failed"] == 1
    fine = bootstrap.outside().rollouts.load("store-1")
    assert fine is not None
    assert fine.holds, "somebody's off was not seen"
    assert any("shop-1 cannot be checked" in line for line in stack.said(ALERTS))
    assert "a fault of ours" in stack.log.getvalue()
    assert "hunter2" not in stack.log.getvalue() + str(stack.said(ALERTS))


def test_what_failed_is_done_by_the_next_tick(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.start(SHOP)
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB_20120810.TransactWriteItems", "InternalServerError", holding="shop-1")
    stack.clock.move_to(NOW + 2 * 3600)
    assert stack.tick()["failed"] == 1
    edge.mend()
    assert stack.tick()["failed"] == 0
    assert stack.flags()["WRITES"] == "true"


def test_a_rollout_that_keeps_failing_is_told_once_an_hour(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.start(SHOP)
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB_20120810.TransactWriteItems", "AccessDeniedException", holding="shop-1")
    for minute in range(5):
        stack.clock.move_to(NOW + 2 * 3600 + 60 * minute)
        assert stack.tick()["failed"] == 1
    assert len([line for line in stack.said(ALERTS) if "shop-1" in line]) == 1


def test_a_tick_twice_is_a_tick_once(stack: Stack) -> None:
    stack.start(SHOP)
    stack.clock.move_to(NOW + 2 * 3600)
    stack.tick()
    said = stack.said()
    assert stack.tick()["failed"] == 0
    assert stack.said() == said


def test_each_tick_leaves_its_metrics_and_json_lines_only(stack: Stack) -> None:
    stack.start(SHOP)
    stack.tick()
    assert all(line["environment"] == "dev" for line in stack.logged() if "level" in line)
