"""Events that nobody may act on: no entry point raises, nothing changes, and the answer says why. One stack for all."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.handlers import alarms
from orchestrator.sandbox.lambdas import action_event, event_bridge_event
from orchestrator.sandbox.people import LambdaContext
from tests.handlers.stack import NOW, SHOP, Stack, body
from tests.interactions import interactions as asking
from tests.interactions.door import ALERTS, ANNA, ELSEWHERE, OPS, OTHER_KEY, STRANGER, Answer, checked, signed_event

UNREADABLE = {
    "nothing": "",
    "no JSON": "x",
    "null": "null",
    "an array": "[]",
    "an empty object": "{}",
    "half a command": body("rollback", "shop")[:-1],
    "an unknown verb": body("rollback", "shop").replace("rollback", "destroy"),
    "no type": body("rollback", "shop").replace('"type"', '"kind"'),
    "another type": body("rollback", "shop").replace('"command"', '"order"'),
    "no verb": json.dumps({"type": "command", "target": "shop", "actor": {"user_id": "1", "name": "x"}}),
    "no actor": json.dumps({"type": "command", "verb": "rollback", "target": "shop"}),
    "an actor of another type": json.dumps({"type": "command", "verb": "rollback", "target": "shop", "actor": "anna"}),
    "a target of another type": body("rollback", "shop").replace('"shop"', "7"),
    "a time of another type": body("rollback", "shop").replace(str(NOW), '"soon"'),
    "an actor from somewhere else": body("rollback", "shop").replace("terminal", "moon"),
    "NaN": "NaN",
    "bytes that are no text": "\ufffd" * 10,
    "a dead letter": json.dumps({"requestContext": {"condition": "RetriesExhausted"}}),
    "200,000 brackets": "[" * 200_000,
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_comes_again_and_changes_nothing(shared_stack: Stack, text: str) -> None:
    before = shared_stack.flags()
    assert shared_stack.commands(text) == ["m0"]
    assert shared_stack.flags() == before
    assert shared_stack.queued() == []


# -- alarms --------------------------------------------------------------------------------------------------------


@pytest.fixture(name="shop", scope="module")
def shop_fixture(shared_stack: Stack) -> Stack:
    """A live rollout with an armed alarm: whatever got through would be seen."""
    shared_stack.start(SHOP)
    assert shared_stack.flags()["READS"] == "true"
    return shared_stack


Change = Callable[[dict[str, Any]], Any]


def at(*path: Any, to: Any) -> Change:
    def change(event: dict[str, Any]) -> dict[str, Any]:
        place: Any = event
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = to
        return event

    return change


def without(*path: Any) -> Change:
    def change(event: dict[str, Any]) -> dict[str, Any]:
        place: Any = event
        for key in path[:-1]:
            place = place[key]
        del place[path[-1]]
        return event

    return change


ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-outage"

BAD_ARNS: tuple[Any, ...] = (
    None,
    "",
    7,
    [],
    {},
    "shop-outage",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-outage2",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:SHOP-OUTAGE",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-outage\n",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x:shop-outage",
    "arn:aws:cloudwatch:us-east-1:123456789012:dashboard:shop-outage",
    "arn:aws:cloudwatch:us-east-1:999999999999:alarm:shop-outage",
    "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:shop-outage",
    "arn:aws:cloudwatch::123456789012:alarm:shop-outage",
    "arn:aws:cloudwatch:us-east-1::alarm:shop-outage",
    "arn:aws:lambda:us-east-1:123456789012:alarm:shop-outage",
    "arn:gcp:cloudwatch:us-east-1:123456789012:alarm:shop-outage",
    "urn:aws:cloudwatch:us-east-1:123456789012:alarm:shop-outage",
    "arn:aws:cloudwatch:us-east-1:123456789012",
    " " + ARN,
    ARN + "/x",
    "x" * 100_000,
)
BAD_NAMES: tuple[Any, ...] = (None, "", 7, [], ["shop-outage"], "shop", "shop-outage ", "Shop-outage", "x" * 100_000)
BAD_STATES: tuple[Any, ...] = (
    None,
    "ALARM",
    [],
    {},
    {"value": None},
    {"value": "alarm"},
    {"value": "FIRING"},
    {"value": "ALARM "},
    {"value": ["ALARM"]},
    {"value": {"ALARM": 1}},
    {"value": True},
    {"state": "ALARM"},
)
BAD_TIMES: tuple[Any, ...] = (
    None,
    "",
    "now",
    "yesterday",
    NOW,
    str(NOW),
    "2025-13-01T00:00:00.000+0000",
    "2025-02-30T00:00:00.000+0000",
    "2025-11-24T25:00:00.000+0000",
    "2025-11-24T16:00:00.000+9900",
    "24/11/2025 16:00",
    "Mon, 24 Nov 2025 16:00:00 GMT",
    "٢٠٢٥-١١-٢٤T16:00:00Z",
    ["2025-11-24T16:00:00Z"],
    {},
    "x" * 10_000,
)
ELSEWHERES: tuple[tuple[str, Any], ...] = (
    ("account", "999999999999"),
    ("account", ""),
    ("account", None),
    ("account", ["123456789012"]),
    ("account", "0123456789012"),
    ("region", "eu-west-1"),
    ("region", ""),
    ("region", None),
    ("region", "us-east-1 "),
)


def _by_action() -> dict[str, Any]:
    return action_event("shop-outage", "ALARM", "OK", NOW)


def _by_event_bridge() -> dict[str, Any]:
    return event_bridge_event("shop-outage", "ALARM", "OK", NOW)


REFUSED: list[tuple[str, Callable[[], dict[str, Any]], Change]] = []
for arn in BAD_ARNS:
    REFUSED.append((f"action, ARN {str(arn)[:70]!r}", _by_action, at("alarmArn", to=arn)))
    REFUSED.append((f"EventBridge, ARN {str(arn)[:70]!r}", _by_event_bridge, at("resources", 0, to=arn)))
for name in BAD_NAMES:
    REFUSED.append((f"action, name {str(name)[:30]!r}", _by_action, at("alarmData", "alarmName", to=name)))
    REFUSED.append((f"EventBridge, name {str(name)[:30]!r}", _by_event_bridge, at("detail", "alarmName", to=name)))
for state in BAD_STATES:
    REFUSED.append((f"action, state {state}", _by_action, at("alarmData", "state", to=state)))
    REFUSED.append((f"EventBridge, state {state}", _by_event_bridge, at("detail", "state", to=state)))
for moment in BAD_TIMES:
    REFUSED.append((f"action, time {str(moment)[:40]}", _by_action, at("alarmData", "state", "timestamp", to=moment)))
    REFUSED.append(
        (f"EventBridge, time {str(moment)[:40]}", _by_event_bridge, at("detail", "state", "timestamp", to=moment))
    )
for field, value in ELSEWHERES:
    REFUSED.append((f"EventBridge, {field} {value!r}", _by_event_bridge, at(field, to=value)))
    if value:
        key = {"account": "accountId"}.get(field, field)
        REFUSED.append((f"action, {field} {value!r}", _by_action, at(key, to=value)))
REFUSED += [
    ("action, no alarmData", _by_action, without("alarmData")),
    ("action, alarmData of another type", _by_action, at("alarmData", to=[])),
    ("action, no state", _by_action, without("alarmData", "state")),
    ("action, no name", _by_action, without("alarmData", "alarmName")),
    ("action, no time", _by_action, without("alarmData", "state", "timestamp")),
    ("EventBridge, no detail", _by_event_bridge, without("detail")),
    ("EventBridge, detail of another type", _by_event_bridge, at("detail", to="x")),
    ("EventBridge, no resources", _by_event_bridge, without("resources")),
    ("EventBridge, empty resources", _by_event_bridge, at("resources", to=[])),
    ("EventBridge, resources of another type", _by_event_bridge, at("resources", to=ARN)),
    ("EventBridge, no account", _by_event_bridge, without("account")),
    ("EventBridge, no region", _by_event_bridge, without("region")),
    ("EventBridge, another source", _by_event_bridge, at("source", to="my.app")),
    ("EventBridge, no source", _by_event_bridge, without("source")),
    ("EventBridge, another kind", _by_event_bridge, at("detail-type", to="CloudWatch Alarm Configuration Change")),
    ("EventBridge, kind in small letters", _by_event_bridge, at("detail-type", to="cloudwatch alarm state change")),
]


@pytest.mark.parametrize(("event", "change"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_an_alarm_that_does_not_check_out_is_refused(
    shop: Stack, event: Callable[[], dict[str, Any]], change: Change
) -> None:
    before = shop.flags(), len(shop.discord.requests)
    found = shop.alarm(change(event()))
    assert found["handled"] == 0
    assert found["refused"]
    assert len(found["refused"]) < 200
    assert (shop.flags(), len(shop.discord.requests)) == before


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "ALARM",
        7,
        {},
        {"source": "aws.scheduler"},
        {"Records": [{"body": "{}"}]},
        {"Records": [{"Sns": {"Message": '{"AlarmName": "shop-outage"}'}}]},
        {"AlarmName": "shop-outage", "NewStateValue": "ALARM", "AlarmArn": ARN},
        {"alarmName": "shop-outage", "state": {"value": "ALARM"}},
        {"detail-type": "Scheduled Event", "source": "aws.events", "resources": [ARN], "detail": {}},
        {"rawPath": "/interactions", "body": "{}"},
    ],
    ids=lambda event: json.dumps(event)[:60],
)
def test_what_is_no_alarm_is_refused(shop: Stack, event: Any) -> None:
    before = shop.flags()
    assert shop.alarm(event)["handled"] == 0
    assert shop.flags() == before


@pytest.mark.parametrize("make", [action_event, event_bridge_event])
@pytest.mark.parametrize("name", ["nobodys", "shop-outage:2", "../shop-outage", "shop*", "é", "x" * 255, "a b", "🔴"])
def test_an_alarm_that_nothing_is_bound_to_is_no_error(shop: Stack, make: Any, name: str) -> None:
    before = shop.flags(), len(shop.discord.requests)
    assert shop.alarm(make(name, "ALARM", "OK", NOW)) == {"handled": 0, "decisions": []}
    assert (shop.flags(), len(shop.discord.requests)) == before


@pytest.mark.parametrize("make", [action_event, event_bridge_event])
def test_an_alarm_from_before_the_start_changes_nothing(shop: Stack, make: Any) -> None:
    before = shop.flags()
    shop.alarm(make("shop-outage", "ALARM", "OK", NOW - 3600))
    assert shop.flags() == before


def test_a_function_that_does_not_know_its_own_account_acts_on_nothing(shop: Stack) -> None:
    context = LambdaContext("alarms")
    context.invoked_function_arn = "arn:aws:lambda:eu-west-1:999999999999:function:switchback-alarms"
    before = shop.flags()
    assert alarms.handler(_by_action(), context)["handled"] == 0
    assert alarms.handler(_by_event_bridge(), context)["handled"] == 0
    assert shop.flags() == before


# -- interactions --------------------------------------------------------------------------------------------------


def ask(stack: Stack, payload: Any, **more: Any) -> Answer:
    """Through the entry point, as API Gateway would bring it now by the machine's clock."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    event = signed_event(text, timestamp=str(int(time.time())), **more)
    return checked(stack.interact(event), payload)


ROLLBACK = asking.command("rollback", options={"what": "shop"})

HOSTILE: dict[str, tuple[Any, int]] = {
    "no JSON": (b"x", 400),
    "an array": (b"[]", 400),
    "NaN": (b'{"type":1,"x":NaN}', 400),
    "50,000 brackets": (b'{"type":1,"x":' + b"[" * 50_000, 400),
    "a megabyte": (b'{"type":2,"x":"' + b"x" * 1_000_000 + b'"}', 400),
    "a type that is a text": ({"type": "2"}, 400),
    "an unknown type": ({"type": 99}, 200),
    "a stranger": (asking.command("rollback", STRANGER, {"what": "shop"}), 200),
    "another guild": ({**ROLLBACK, "guild_id": ELSEWHERE}, 200),
    "another application": ({**ROLLBACK, "application_id": ELSEWHERE}, 200),
    "another channel": (asking.command("rollback", options={"what": "shop"}, channel=ELSEWHERE), 200),
    "nobody": ({**ROLLBACK, "member": None}, 200),
    "a forged button": (asking.press("A" * 22), 200),
    "a button of 6,000 letters": (asking.press("x" * 6000), 200),
    "a button of surrogates": (asking.press("\ud800" * 22), 200),
    "an empty button": (asking.press(""), 200),
    "a form": (asking.form(), 200),
    "an unknown command": (asking.command("destroy"), 200),
    "an unknown subcommand": (asking.command("rollout destroy"), 200),
    "an unknown rollout": (asking.command("rollback", options={"what": "shap"}), 200),
    "a rollout of 1,000 letters": (asking.command("rollback", options={"what": "x" * 1000}), 200),
    "a rollout of 1,000 emoji": (asking.command("rollback", options={"what": "🔴" * 1000}), 200),
    "a rollout of surrogates": (asking.command("rollback", options={"what": "\ud800" * 10}), 200),
    "a status of 1,000 emoji": (asking.command("rollout-status", options={"rollout": "🔴" * 1000}), 200),
    "a plan of 1,000 emoji": (asking.command("rollout start", options={"plan": "🔴" * 1000, "reason": "x"}), 200),
    "a flag that is a path": (asking.command("flag get", options={"flag": "../../x"}), 200),
    "a flag that is a pattern": (
        asking.command("flag set", options={"flag": "*", "value": "true", "reason": "x"}),
        200,
    ),
    "a flag of 1,000 emoji": (asking.command("flag history", options={"flag": "🔴" * 1000}), 200),
    "a trace of 1,000 emoji": (asking.command("debug-last", options={"trace": "🔴" * 1000}), 200),
    "a trace that is a key": (asking.command("debug-last", options={"trace": "ID#x"}), 200),
    "a completion by a stranger": (asking.completion("rollback", "what", caller=STRANGER), 200),
    "a completion of what is not there": (asking.completion("destroy", "what"), 200),
}


@pytest.mark.parametrize(("payload", "status"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_interaction_has_no_effect(shop: Stack, payload: Any, status: int) -> None:
    before = shop.flags(), len(shop.discord.requests)
    answer = ask(shop, copy.deepcopy(payload))
    assert answer.status == status
    assert status != 200 or answer.is_refusal
    assert (shop.flags(), len(shop.discord.requests)) == before
    assert shop.queued() == []


@pytest.mark.parametrize("payload", [row for row, _ in HOSTILE.values()], ids=HOSTILE)
def test_a_wrongly_signed_interaction_is_401_whatever_it_is(shop: Stack, payload: Any) -> None:
    assert ask(shop, payload, key=OTHER_KEY).status == 401


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_and_paths_find_nothing(shop: Stack, method: str) -> None:
    event = signed_event(b"{}")
    event["requestContext"]["http"]["method"] = method
    assert checked(shop.interact(event)).status == 405
    assert checked(shop.interact({**event, "rawPath": "/"})).status == 404


def test_the_warm_up_event_of_the_template_wakes_nobody(shop: Stack) -> None:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/warm",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/warm"}},
        "isBase64Encoded": False,
    }
    assert checked(shop.interact(event)).status == 404


def test_between_all_that_a_legitimate_one_takes_effect(shop: Stack) -> None:
    (button,) = ask(shop, asking.command("rollback", options={"what": "shop"})).buttons
    pressed = asking.press(button)
    assert ask(shop, pressed).body["type"] == 7
    (sent,) = shop.queued()
    assert (sent["verb"], sent["target"], sent["interaction_id"]) == ("rollback", "shop", pressed["id"])
    assert sent["actor"]["user_id"] == ANNA.user_id
    assert ask(shop, asking.PING).body == {"type": 1}
    assert "READS" in ask(shop, asking.command("flag list")).shown
    assert ask(shop, asking.completion("rollback", "what")).choices
    assert not ask(shop, asking.command("debug-last")).is_refusal
    assert shop.said(ALERTS) == []
    assert len(shop.said(OPS)) == 1
