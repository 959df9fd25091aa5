"""Every open alert, and every silence, can be chosen from Discord's list and typed in full, however long its name is."""

from __future__ import annotations

import pytest

from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import MOST_SILENCES
from tests.interactions.door import Door
from tests.interactions.interactions import command, completion

LONG = {
    "a sentence": "a command that was asked for by somebody whose name is not short, and a flag whose name is not either",
    "umlauts": "Zurücknehmen von größeren Änderungen, gewünscht von Jörg Müßig",
    "emoji": "🔴" * 40,
    "a thousand bytes": "x" * 900,
}

services = pytest.mark.parametrize("service", LONG.values(), ids=LONG)


def alert(door: Door, service: str) -> Group:
    group = door.table.alerts.group(door.alerted(service, rule="dead-letter", severity="critical"))
    assert group is not None
    assert len(group.key) > 100
    return group


def handed_over(door: Door) -> None:
    door.app.run(door.sent[-1])


@services
def test_an_alert_with_a_long_key_can_be_chosen_and_acknowledged(door: Door, service: str) -> None:
    alert(door, service), alert(door, service + " once more")
    offered = [choice["value"] for choice in door.send(completion("alerts acknowledge", "alert")).choices]
    assert len(offered) == 2
    for taken, value in enumerate(offered, start=1):
        assert len(value) <= 100
        [again] = door.send(completion("alerts acknowledge", "alert", value)).choices
        assert again["value"] == value, "Discord asks once more for what was chosen"
        door.send(command("alerts acknowledge", options={"alert": value}))
        handed_over(door)
        assert [group.acknowledged_by for group in door.table.alerts.open()].count("anna") == taken


@services
def test_a_long_key_may_be_typed_in_full(door: Door, service: str) -> None:
    made = alert(door, service)
    door.send(command("alerts silence", options={"alert": made.key}))
    handed_over(door)
    [group] = door.table.alerts.open()
    assert group.silenced_by == "anna"
    door.send(command("alerts wake", options={"alert": made.key}))
    handed_over(door)
    [group] = door.table.alerts.open()
    assert group.silenced_by == ""


@services
def test_what_is_silenced_can_be_chosen_to_be_woken(door: Door, service: str) -> None:
    made = alert(door, service)
    door.send(command("alerts silence", options={"alert": made.key}))
    handed_over(door)
    door.send(command("alerts silence", options={"rule": "dead-letter", "service": service * 2}))
    handed_over(door)
    offered = [choice["value"] for choice in door.send(completion("alerts wake", "alert")).choices]
    assert len(offered) == 3, "the one of the stack's own alarms, the one by label, and the alert's own"
    for value in offered:
        door.send(command("alerts wake", options={"alert": value}))
        handed_over(door)
    assert door.table.alerts.board().silences == ()
    assert [group.silenced_until for group in door.table.alerts.open()] == [0]


@pytest.mark.parametrize("name", ["#0123456789abcdef", "x" * 1_000, "🔴" * 1_000])
def test_a_name_that_no_alert_has_is_answered_with_the_near_ones(door: Door, name: str) -> None:
    alert(door, LONG["umlauts"])
    for path in ("alerts acknowledge", "alerts silence"):
        door.send(command(path, options={"alert": name}))
        [near] = [choice["value"] for choice in door.send(completion(path, "alert")).choices]
        outcome = door.app.run(door.sent[-1])
        assert outcome.kind == "refuse"
        assert f"did you mean {near}" in outcome.reason
    door.send(command("alerts wake", options={"alert": name}))
    assert door.app.run(door.sent[-1]).kind == "refuse"


def test_no_silence_ends_for_another_ones_sake(door: Door) -> None:
    for number in range(MOST_SILENCES):
        assert door.does("silence", "", rule=f"rule-{number}").kind == "noted"
    before = door.table.alerts.board().silences
    refused = door.does("silence", "", rule="one-more")
    assert (refused.kind, refused.reason.split(";")[0]) == (
        "refuse",
        "there are 50 silences by label already, and no more are kept",
    )
    assert "/alerts wake" in refused.reason
    assert door.table.alerts.board().silences == before
    assert door.does("silence", "", rule="rule-7", **{"for": "2h"}).kind == "noted", "the same one has a new end"
    assert len(door.table.alerts.board().silences) == MOST_SILENCES
    door.clock.at += 3600
    assert door.does("silence", "", rule="one-more").kind == "noted", "those that have ended make room"
