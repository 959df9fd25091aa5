"""An alarm's change of state, by both ways in: the flag is off and read back, once, and OK changes nothing."""

from __future__ import annotations

import itertools
from typing import Any

import boto3
import pytest
from msgspec import structs

from orchestrator.adapters.aws.alarm_events import Home, read_alarm_event
from orchestrator.core.plan import FlagSpec, Plan
from orchestrator.core.rollout import STANDING
from orchestrator.ports import SwitchbackError
from orchestrator.sandbox.aws import ACCOUNT, REGION
from orchestrator.sandbox.lambdas import action_event, event_bridge_event
from tests.core.made_plans import made_plan, on_alarm, sets, some, stage
from tests.handlers.stack import NOW, SHOP, Stack, body
from tests.interactions.door import ALERTS
from tests.journeys.edge import Edge

SAFEGUARDS = Plan(
    name=STANDING,
    flags=(FlagSpec(name="PORTAL", safe="false"),),
    safeguards=(on_alarm("portal-outage", sets(PORTAL="false")),),
)

WAYS = {"its Lambda action": action_event, "EventBridge": event_bridge_event}


@pytest.fixture(name="shop")
def shop_fixture(stack: Stack) -> Stack:
    stack.start(SHOP)
    assert stack.flags()["READS"] == "true"
    stack.clock.move_to(NOW + 60)
    return stack


@pytest.mark.parametrize("way", WAYS)
def test_an_alarm_takes_the_flag_back(shop: Stack, way: str) -> None:
    found = shop.alarm(WAYS[way]("shop-outage", "ALARM", "OK", NOW + 60))
    assert found == {"handled": 1, "decisions": ["safeguard"]}
    assert shop.flags()["READS"] == "false"
    assert len([line for line in shop.said(ALERTS) if "shop-outage" in line]) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(WAYS)))
def test_by_both_ways_and_twice_it_acts_once_and_is_told_once(shop: Stack, order: tuple[str, ...]) -> None:
    for way in (*order, *order):
        shop.alarm(WAYS[way]("shop-outage", "ALARM", "OK", NOW + 60))
    assert shop.flags()["READS"] == "false"
    assert len([line for line in shop.said(ALERTS) if "shop-outage" in line]) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_any_other_state_changes_no_flag(shop: Stack, way: str, state: Any) -> None:
    before = shop.flags()
    shop.alarm(WAYS[way]("shop-outage", state, "ALARM", NOW + 60))
    assert shop.flags() == before


def test_an_alarm_that_is_over_leaves_the_flag_off(shop: Stack) -> None:
    shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    shop.clock.move_to(NOW + 600)
    shop.alarm(action_event("shop-outage", "OK", "ALARM", NOW + 600))
    assert shop.flags()["READS"] == "false"


def test_an_alarm_may_set_a_single_flag(shop: Stack) -> None:
    assert shop.alarm(action_event("shop-writes", "ALARM", "OK", NOW + 60))["handled"] == 1
    assert shop.flags() == {"READS": "true", "WRITES": "false", "PORTAL": "false"}


def composite(name: str) -> dict[str, Any]:
    """A composite alarm: its rule is in the configuration, and its reason is JSON."""
    event = event_bridge_event(name, "ALARM", "OK", NOW + 60)
    event["detail"]["configuration"] = {"alarmRule": 'ALARM("a") OR ALARM("b")', "actionsSuppressor": "c"}
    event["detail"]["state"]["reasonData"] = '{"triggeringAlarms":[{"arn":"x","state":{"value":"ALARM"}}]}'
    event["detail"]["state"]["actionsSuppressedBy"] = "Alarm"
    return event


def test_a_composite_alarm_is_an_alarm(shop: Stack) -> None:
    assert shop.alarm(composite("shop-outage"))["handled"] == 1
    assert shop.flags()["READS"] == "false"


@pytest.mark.parametrize(
    "moment",
    [
        "2025-11-24T16:01:00.000+0000",
        "2025-11-24T16:01:00.000+00:00",
        "2025-11-24T16:01:00Z",
        "2025-11-24T16:01:00",
        "2025-11-24T18:01:00.123456+0200",
        "2025-11-24 16:01:00+00",
    ],
)
def test_a_time_may_be_written_in_any_of_the_usual_ways(moment: str) -> None:
    event = action_event("shop-outage", "ALARM", "OK", NOW)
    event["alarmData"]["state"]["timestamp"] = moment
    assert read_alarm_event(event, Home(account=ACCOUNT, region=REGION)).since == NOW + 60


@pytest.mark.parametrize("reason", [None, "x" * 100_000, "\ud800 @everyone <@1> \x00\n\u202e", {"a": []}])
def test_whatever_the_reason_is_the_flag_goes_off(shop: Stack, reason: Any) -> None:
    event = action_event("shop-outage", "ALARM", "OK", NOW + 60)
    event["alarmData"]["state"]["reason"] = reason
    shop.alarm(event)
    assert shop.flags()["READS"] == "false"
    for line in shop.said(ALERTS):
        assert "@everyone" not in line


def test_fields_that_may_be_missing_are_not_needed(shop: Stack) -> None:
    event = action_event("shop-outage", "ALARM", "OK", NOW + 60)
    for name in ("accountId", "region", "time", "source"):
        del event[name]
    del event["alarmData"]["previousState"], event["alarmData"]["configuration"], event["alarmData"]["state"]["reason"]
    assert shop.alarm(event)["handled"] == 1
    assert shop.flags()["READS"] == "false"


@pytest.mark.parametrize("way", WAYS)
def test_a_standing_safeguard_needs_no_rollout(stack: Stack, way: str) -> None:
    stack.publish(SAFEGUARDS)
    stack.commands(body("set_flag", "PORTAL", args={"value": "true"}, reason="x"))
    assert stack.flags()["PORTAL"] == "true"
    stack.clock.move_to(NOW + 60)
    stack.alarm(WAYS[way]("portal-outage", "ALARM", "OK", NOW + 60))
    assert stack.flags()["PORTAL"] == "false"


def test_a_standing_safeguard_takes_a_rollouts_definition_back_once(stack: Stack) -> None:
    """It names the plain value; the parameter holds it as a definition, and that is no reason to act every minute."""
    canary = made_plan(stage("some", soak=3600, PORTAL=some(percent=10)))
    stack.start(canary)
    stack.publish(SAFEGUARDS)
    stack.signals.set_alarm("portal-outage", "ALARM", NOW + 60)
    for minute in range(1, 5):
        stack.clock.move_to(NOW + minute * 60)
        stack.tick()
    assert stack.flags()["PORTAL"] == canary.flags[0].safe_text
    assert len([line for line in stack.said() if "PORTAL set to false" in line]) == 1


def test_a_standing_safeguard_that_is_only_tried_out_touches_no_rollout(stack: Stack) -> None:
    stack.start(made_plan(stage("on", soak=3600, PORTAL="true")))
    stack.publish(structs.replace(SAFEGUARDS, safeguards=(structs.replace(SAFEGUARDS.safeguards[0], dry_run=True),)))
    stack.signals.set_alarm("portal-outage", "ALARM", NOW + 60)
    stack.clock.move_to(NOW + 120)
    stack.tick()
    assert stack.flags()["PORTAL"] == "true"


@pytest.mark.parametrize("code", ["InternalServerError", "AccessDeniedException"])
def test_without_the_table_the_flag_goes_off_all_the_same(
    shop: Stack, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB", code)
    assert shop.alarm(action_event("shop-writes", "ALARM", "OK", NOW + 60))["handled"] == 1
    edge.refuses("DynamoDB", code)
    shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    assert shop.flags()["READS"] == "false"


def test_without_ssm_and_the_table_lambda_is_to_try_again(shop: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB", "InternalServerError")
    edge.refuses("AmazonSSM", "InternalServerError")
    with pytest.raises(SwitchbackError):
        shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    edge.mend()
    shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    assert shop.flags()["READS"] == "false"


def test_while_discord_is_down_the_flag_goes_off_and_is_told_later(shop: Stack) -> None:
    shop.discord.set_state("down")
    assert shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))["handled"] == 1
    assert shop.flags()["READS"] == "false"
    shop.discord.set_state("up")
    shop.clock.move_to(NOW + 600)
    shop.tick()
    assert len([line for line in shop.said(ALERTS) if "shop-outage" in line]) == 1


# -- the bot's own alarms ------------------------------------------------------------------------------------------

OWN = "switchback-dev-dead-letters"


def test_an_alarm_of_the_bot_itself_is_told_and_bound_to_nothing(stack: Stack) -> None:
    assert stack.alarm(event_bridge_event(OWN, "ALARM", "OK", NOW)) == {"handled": 1, "decisions": ["told"]}
    assert stack.alarm(action_event(OWN, "ALARM", "OK", NOW))["handled"] == 1
    (line,) = [line for line in stack.said(ALERTS) if OWN in line.replace("\\", "")]
    assert "CRITICAL dev" in line
    stack.clock.move_to(NOW + 61)
    stack.alarm(event_bridge_event(OWN, "OK", "ALARM", NOW + 61))
    (line,) = [line for line in stack.said(ALERTS) if OWN in line.replace("\\", "")]
    assert "RESOLVED dev" in line, "the same message"


def test_an_alarm_of_the_bot_itself_without_data_is_not_told(stack: Stack) -> None:
    stack.alarm(event_bridge_event(OWN, "INSUFFICIENT_DATA", "OK", NOW))
    assert stack.said(ALERTS) == []


@pytest.mark.parametrize("name", ["switchback-prod-dead-letters", "switchback-dev", "xswitchback-dev-errors"])
def test_another_environments_alarm_is_not_the_bots_own(stack: Stack, name: str) -> None:
    assert stack.alarm(event_bridge_event(name, "ALARM", "OK", NOW)) == {"handled": 0, "decisions": []}
    assert stack.said(ALERTS) == []


def test_an_alarm_of_the_bot_itself_that_could_not_be_told_is_told_by_the_next_tick(stack: Stack) -> None:
    stack.discord.set_state("down")
    assert stack.alarm(event_bridge_event(OWN, "ALARM", "OK", NOW))["handled"] == 1
    stack.discord.set_state("up")
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert len([line for line in stack.said(ALERTS) if OWN in line.replace("\\", "")]) == 1


def test_an_alarm_of_the_bot_itself_that_could_not_be_counted_is_for_lambda_to_try_again(stack: Stack) -> None:
    stack.delete_table()
    with pytest.raises(SwitchbackError):
        stack.alarm(event_bridge_event(OWN, "ALARM", "OK", NOW))


def test_a_plan_of_another_name_is_not_touched(shop: Stack) -> None:
    other = structs.replace(
        SHOP, name="store", flags=(FlagSpec(name="PORTAL", safe="false"),), stages=(), safeguards=()
    )
    shop.publish(other)
    shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    assert shop.flags()["PORTAL"] == "false"


def test_not_even_a_fault_of_ours_leaves_the_flag_on(shop: Stack) -> None:
    """A state that no code of ours has foreseen."""
    table, key = boto3.client("dynamodb"), {"pk": {"S": "ROLLOUT#shop-1"}, "sk": {"S": "STATE"}}
    item = table.get_item(TableName="switchback-dev", Key=key)["Item"]
    del item["body"]
    table.put_item(TableName="switchback-dev", Item=item)
    found = shop.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    assert found == {"handled": 1, "decisions": ["emergency"]}
    assert shop.flags()["READS"] == "false"
    assert "a fault of ours" in shop.log.getvalue()
