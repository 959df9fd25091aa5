"""Beside all that is refused: what people may do takes effect, from every place and with every role that may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from msgspec import structs

from orchestrator.bootstrap import ACCESS_FILE
from orchestrator.core.commands import FORWARD, Command
from tests.core.made_plans import made_plan, people, stage
from tests.interactions.door import ALERTS, ANNA, GUILD, NOW, OLE, OPS, TOKEN, Caller, Door
from tests.interactions.interactions import PING, command, completion, in_thread, press

ALLOW: dict[str, list[str]] = yaml.safe_load(ACCESS_FILE.read_bytes())["allow"]

STORE = structs.replace(made_plan(stage("cart", gates=[people("ops")], CART="true")), name="store")
DEPOT = structs.replace(made_plan(stage("stock", soak=600, STOCK="true")), name="depot")

Place = Callable[[dict[str, Any]], dict[str, Any]]
PLACES: dict[str, Place] = {
    "the ops channel": lambda asked: asked,
    "the alert channel": lambda asked: {**asked, "channel_id": ALERTS},
    "a thread below ops": lambda asked: in_thread(asked, OPS),
    "a thread below alerts": lambda asked: in_thread(asked, ALERTS),
}


class Change:
    """A command line, the right it takes, and what must be queued when its button is pressed."""

    def __init__(self, right: str, path: str, options: dict[str, Any], verb: str, target: str, **args: str) -> None:
        self.right, self.path, self.options = right, path, options
        self.verb, self.target, self.args = verb, target, args


WHY = {"reason": "week 39"}
SEEDED, LOOKED_AT, SIGNED = "data seeded", "dashboard looked at", "approval by engineering and ops"
CHANGES = [
    Change("rollout start", "rollout start", {"plan": "store", **WHY}, "start", "store"),
    Change("rollout promote", "rollout promote", {"plan": "shop", **WHY}, "promote", "shop"),
    Change("rollout approve", "rollout approve", {"plan": "shop"}, "approve", "shop"),
    Change("rollout promote", "rollout skip", {"plan": "studio", **WHY}, "skip", "studio"),
    Change("rollout approve", "rollout approve", {"plan": "shop", "gate": SIGNED}, "approve", "shop", gate=SIGNED),
    Change("rollout approve", "rollout tick", {"plan": "studio", "item": SEEDED}, "tick", "studio", item=SEEDED),
    Change(
        "rollout approve",
        "rollout tick",
        {"plan": "studio", "item": LOOKED_AT, "evidence": "a link"},
        "tick",
        "studio",
        item=LOOKED_AT,
        evidence="a link",
    ),
    Change("rollback", "rollout hold-all", WHY, "hold_line", ""),
    Change("rollout pause", "rollout pause", {"plan": "shop"}, "pause", "shop"),
    Change("rollout pause", "rollout pause", {"plan": "shop", **WHY}, "pause", "shop"),
    Change("rollout resume", "rollout resume", {"plan": "depot", **WHY}, "resume", "depot"),
    Change("rollout resume", "rollout resume", {"plan": "depot", "hold": "ole", **WHY}, "resume", "depot", hold="ole"),
    Change("rollout abort", "rollout abort", {"plan": "shop"}, "abort", "shop"),
    Change("rollback", "rollback", {"what": "shop"}, "rollback", "shop", to="start"),
    Change("rollback", "rollback", {"what": "shop", "to": "safe", **WHY}, "rollback", "shop", to="safe"),
    Change("rollback", "rollback", {"what": "depot"}, "rollback", "depot", to="start"),
    Change("rollback", "rollback", {"what": "READS"}, "rollback_flag", "READS"),
    Change("flag set", "flag set", {"flag": "PORTAL", "value": "true", **WHY}, "set_flag", "PORTAL", value="true"),
    Change("flag set", "flag set", {"flag": "PORTAL", "value": True, **WHY}, "set_flag", "PORTAL", value="true"),
    Change("flag set", "flag set", {"flag": "CART", "value": "false"}, "set_flag", "CART", value="false"),
]

LOOKS = [
    ("look", "rollout list", {}),
    ("look", "rollout-status", {}),
    ("look", "rollout-status", {"rollout": "shop"}),
    ("look", "rollout-status", {"rollout": "shop-1"}),
    ("look", "flag list", {}),
    ("look", "flag get", {"flag": "READS"}),
    ("look", "flag history", {"flag": "READS"}),
    ("look", "help", {}),
    ("debug own", "debug-last", {}),
]

COMPLETIONS = [
    ("rollout start", "rollout start", "plan", "sto", "store"),
    ("rollout abort", "rollout abort", "plan", "", "shop"),
    ("rollout resume", "rollout resume", "plan", "dep", "depot"),
    ("rollout approve", "rollout tick", "item", "seed", SEEDED),
    ("rollout approve", "rollout tick", "plan", "stu", "studio"),
    ("rollout approve", "rollout approve", "gate", "entry", "entry"),
    ("rollout resume", "rollout resume", "hold", "", "ole"),
    ("rollout promote", "rollout skip", "plan", "", "studio"),
    ("rollback", "rollback", "what", "rea", "READS"),
    ("rollback", "rollback", "what", "SHOP", "shop"),
    ("flag set", "flag set", "flag", "port", "PORTAL"),
    ("flag set", "flag set", "value", "tr", "true"),
    ("look", "flag get", "flag", "", "WRITES"),
    ("look", "rollout-status", "rollout", "shop-", "shop-1"),
]


@pytest.fixture(name="town")
def town_fixture(door: Door) -> Door:
    """Beside the shop: a plan that nobody has started, one that is paused, and one that waits for what people do."""
    door.opens()
    for name in ("CART", "STOCK"):
        door.flags.by_hand(name, "false", NOW - 86_400)
    for plan in (STORE, DEPOT):
        door.app.publish(plan, OLE.actor)
    for verb in ("start", "pause"):
        done = door.app.run(Command(verb=verb, target="depot", actor=OLE.actor, reason="a beginning", at=NOW))
        assert not done.refused, done.reason
    return door


def callers(right: str) -> list[Caller]:
    return [
        Caller(user_id=f"30000000000000010{n}", name=f"one of {role}", roles=(role,))
        for n, role in enumerate(ALLOW[right])
    ]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.path} {change.options}")
def test_a_change_is_previewed_confirmed_and_queued(town: Door, change: Change, place: str) -> None:
    for caller in callers(change.right):
        previewed = town.send(PLACES[place](command(change.path, caller, change.options)))
        assert not previewed.is_refusal, previewed.shown
        assert previewed.content.startswith("**dev · ")
        (button,) = previewed.buttons
        assert not town.sent
        asked = PLACES[place](press(button, caller))
        answer = town.send(asked)
        assert (answer.body["type"], answer.buttons) == (7, [])
        sent = town.sent.pop()
        assert not town.sent
        assert (sent.verb, sent.target, sent.args) == (change.verb, change.target, change.args)
        assert (sent.actor, sent.second) == (caller.actor, None)
        assert sent.reason == change.options.get("reason", "")
        assert (sent.interaction_id, sent.token, sent.guild_id) == (asked["id"], TOKEN, GUILD)
        assert sent.confirmation == (button if change.verb in FORWARD else "")
        assert sent.at == NOW


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.path} {change.options}")
def test_what_was_queued_is_what_the_worker_can_carry_out(town: Door, change: Change) -> None:
    caller = callers(change.right)[0]
    (button,) = town.send(command(change.path, caller, change.options)).buttons
    town.send(press(button, caller))
    outcome = town.app.run(structs.replace(town.sent[0], token=""))
    assert not outcome.refused, outcome.reason
    assert outcome.proven


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("right", "path", "options"), LOOKS, ids=lambda part: str(part))
def test_a_look_is_answered_and_changes_nothing(
    town: Door, right: str, path: str, options: dict[str, str], place: str
) -> None:
    for caller in callers(right):
        town.send(command("help", caller))  # so that there is a trace to look at
        before = town.stores()
        answer = town.send(PLACES[place](command(path, caller, options)))
        assert not answer.is_refusal, answer.shown
        assert answer.content.startswith("**dev · ")
        after = town.stores()
        if answer.buttons:  # what they stand for is kept on our side, and nothing else is
            after["confirmations"] = before["confirmations"]
        assert after == before


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("right", "path", "option", "typed", "wanted"), COMPLETIONS)
def test_what_is_typed_is_completed(
    town: Door, right: str, path: str, option: str, typed: str, wanted: str, place: str
) -> None:
    for caller in callers(right):
        before = town.stores()
        answer = town.send(PLACES[place](completion(path, option, typed, caller)))
        assert wanted in [choice["value"] for choice in answer.choices]
        assert town.stores() == before


@pytest.mark.parametrize("verb", ["promote", "skip", "approve", "pause", "abort", "rollback", "status"])
def test_a_button_under_a_notice_opens_a_preview_for_whoever_pressed_it(town: Door, verb: Any) -> None:
    card = town.button(verb, OLE, kind="card", expires_at=NOW + 86_400)
    asked = press(card, ANNA)
    answer = town.send(asked)
    assert answer.body["type"] == 4
    assert not town.sent
    if verb in ("promote", "skip"):  # it asks for a reason, and a button has no place for one
        assert answer.is_refusal
    elif verb == "status":
        assert "READS" in answer.shown
    else:
        (button,) = answer.buttons
        town.send(press(button, ANNA))
        assert (town.sent[0].verb, town.sent[0].actor) == (verb, ANNA.actor)


@pytest.mark.parametrize("verb", ["adopt", "revert"])
def test_a_flag_that_was_moved_by_hand_is_settled_by_a_button(town: Door, verb: Any) -> None:
    town.flags.by_hand("WRITES", "true", NOW)
    town.clock.at += 60
    town.app.tick()
    card = town.button(verb, OLE, kind="card", args={"flag": "WRITES"}, expires_at=NOW + 86_400)
    (button,) = town.send(press(card, ANNA)).buttons
    town.send(press(button, ANNA))
    (sent,) = town.sent
    assert (sent.verb, sent.target, sent.args) == (verb, "shop", {"flag": "WRITES"})
    outcome = town.app.run(structs.replace(sent, token=""))
    assert not outcome.refused, outcome.reason


def test_a_hundred_pings_are_a_hundred_pongs(door: Door) -> None:
    assert [door.send(PING).body for _ in range(100)] == [{"type": 1}] * 100


def test_the_whole_main_job_through_the_door(town: Door) -> None:
    """A rollout is started, approved, and rolled back, each by its button; the flag follows."""
    for caller, path, options, value in (
        (ANNA, "rollout start", {"plan": "store", **WHY}, "true"),
        (OLE, "rollout pause", {"plan": "store"}, "true"),
        (OLE, "rollback", {"what": "store"}, "false"),
    ):
        (button,) = town.send(command(path, caller, options)).buttons
        town.send(press(button, caller))
        outcome = town.app.run(structs.replace(town.sent.pop(), token=""))
        assert outcome.proven, outcome.reason
        assert town.flags.read(["CART"])["CART"].value == value
    shown = town.send(command("rollout-status", options={"rollout": "store"})).shown
    assert "CART" in shown
    assert "false" in shown
