"""Every alert that the engine raises is over when what it speaks of is, also where the end would overtake it."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator import bootstrap
from orchestrator.sandbox.lambdas import action_event
from tests.handlers.stack import NOW, Stack, body
from tests.handlers.test_alarms import SAFEGUARDS
from tests.interactions.door import ALERTS
from tests.journeys.edge import Edge


@pytest.fixture(name="edge")
def edge_fixture(monkeypatch: pytest.MonkeyPatch) -> Edge:
    return Edge(monkeypatch)


def firing() -> list[str]:
    return sorted(group.leading.rule for group in bootstrap.outside().alerts.open() if group.firing)


def ticks(stack: Stack, start: int, count: int) -> None:
    for minute in range(count):
        stack.clock.move_to(start + minute * 60)
        stack.tick()


def cards(stack: Stack) -> list[dict[str, Any]]:
    return [message for message in stack.discord.messages(ALERTS, "1") if message["embeds"]]


def test_an_abort_before_the_flags_are_read_back_ends_what_is_told_only_then(stack: Stack, edge: Edge) -> None:
    stack.start()
    edge.refuses("PutParameter", "InternalServerError", status=500)
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW))
    stack.clock.move_to(NOW + 60)
    stack.commands(body("abort", "shop"))
    edge.mend()
    ticks(stack, NOW + 120, 5)
    rollout = bootstrap.outside().rollouts.load("shop-1")
    assert rollout is not None
    assert (rollout.status, firing()) == ("aborted", [])
    assert any("shop-outage acted" in line for line in stack.said(ALERTS)), "it is told all the same"


def test_an_alarm_that_is_fine_before_its_flag_is_read_back_leaves_nothing_firing(stack: Stack, edge: Edge) -> None:
    stack.publish(SAFEGUARDS)
    stack.signals.set_alarm("portal-outage", "OK", NOW - 86_400)
    stack.commands(body("set_flag", "PORTAL", args={"value": "true"}, reason="open it"))
    stack.clock.move_to(NOW + 60)
    edge.refuses("PutParameter", "InternalServerError", status=500)
    stack.alarm(action_event("portal-outage", "ALARM", "OK", NOW + 60))
    stack.signals.set_alarm("portal-outage", "OK", NOW + 110)
    stack.clock.move_to(NOW + 120)
    stack.alarm(action_event("portal-outage", "OK", "ALARM", NOW + 110))
    ticks(stack, NOW + 180, 6)
    assert firing() == ["not-read-back", "way-back-over-budget"]
    edge.mend()
    ticks(stack, NOW + 600, 12)
    assert (stack.flags()["PORTAL"], firing()) == ("false", [])


def test_held_too_long_is_over_when_nothing_holds_it(stack: Stack) -> None:
    stack.start()
    stack.sets("WRITES", "true")
    ticks(stack, NOW + 60, 2)
    ticks(stack, NOW + 5 * 3600, 1)
    assert "held-too-long" in firing()
    stack.commands(body("revert", "shop", args={"flag": "WRITES"}))
    ticks(stack, NOW + 5 * 3600 + 60, 2)
    assert firing() == []


def test_what_people_give_as_a_reason_is_text_in_the_card_and_no_link(stack: Stack) -> None:
    stack.start()
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW))
    stack.signals.set_alarm("shop-outage", "OK", NOW + 30)
    stack.clock.move_to(NOW + 60)
    stack.commands(body("resume", "shop", reason="[the fix](https://evil.example) by <@&200000000000000011>"))
    (card,) = [card for card in cards(stack) if "RESOLVED" in card["content"]]
    ending = card["embeds"][0]["description"].splitlines()[0]
    assert "resumed by a terminal" in ending
    assert r"\[the fix\]" in ending
    assert "<@&2" not in ending
