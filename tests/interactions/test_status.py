"""What `/rollout-status` and `/flag` show: what stops a rollout first, values in words, and never more than fits."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from msgspec import structs

from orchestrator.adapters.discord.embed import MOST_IN_ALL
from orchestrator.app import views
from orchestrator.app.replies import outcome_notice
from orchestrator.app.views import FlagView
from orchestrator.core.calendar import Freeze
from orchestrator.core.commands import Command, Verb
from orchestrator.core.exposure import plain
from orchestrator.core.facts import LiveFlag
from orchestrator.core.markdown import units
from orchestrator.core.plan import Flip, Plan
from orchestrator.core.rollout import FlagState
from tests.core.made_plans import checklist, gate, made_plan, on_alarm, stage
from tests.interactions.door import ALERTS, ANNA, NOW, OLE, OPS, Answer, Door
from tests.interactions.interactions import command, press
from tests.interactions.plans import STUDIO

PILOT = STUDIO.flags[0]
DEFINITION = re.compile("defaultVariant|variants|fractional|targeting|ENABLED")
"""What no person is to read at night."""


@pytest.fixture(name="studio")
def studio_fixture(door: Door) -> Door:
    door.opens()
    return door


def shown(door: Door, path: str, **options: str) -> Answer:
    return door.send(command(path, ANNA, options))


def card(answer: Answer) -> dict[str, Any]:
    (embed,) = answer.body["data"]["embeds"]
    found: dict[str, Any] = embed
    return found


def fields(answer: Answer) -> dict[str, str]:
    return {field["name"]: field["value"] for field in card(answer)["fields"]}


def status(door: Door, rollout: str = "studio") -> Answer:
    return shown(door, "rollout-status", rollout=rollout)


# -- in words ------------------------------------------------------------------------------------------------------


def test_an_exposure_is_shown_in_words(studio: Door) -> None:
    for answer in (status(studio), shown(studio, "flag list"), shown(studio, "flag get", flag="PILOT")):
        assert "**true for 10 % of all, else false**" in answer.shown
    assert "**true for 10 % of all, else false**" in shown(studio, "flag history", flag="PILOT").shown
    assert "flagd definition" in shown(studio, "flag get", flag="PILOT").shown


def test_no_message_holds_a_definition(studio: Door) -> None:
    """Whatever is asked, previewed, answered or posted about a flag whose parameter holds one."""
    texts = [
        shown(studio, path, **options).shown
        for path, options in (
            ("rollout-status", {}),
            ("rollout list", {}),
            ("flag list", {}),
            ("flag get", {"flag": "PILOT"}),
            ("flag history", {"flag": "PILOT"}),
            ("rollback", {"what": "studio"}),
            ("rollback", {"what": "PILOT"}),
            ("flag set", {"flag": "PILOT", "value": "false"}),
            ("rollout skip", {"plan": "studio", "reason": "x"}),
            ("rollout abort", {"plan": "studio"}),
        )
    ]
    studio.flags.by_hand("PILOT", PILOT.stored(plain("true")), NOW)
    verbs: tuple[Verb, ...] = ("skip", "pause", "rollback", "resume", "abort")
    for verb in verbs:
        studio.clock.at += 60
        studio.app.tick()
        texts.append(status(studio).shown)
        outcome = studio.does(verb)
        asked = Command(verb=verb, target="studio", actor=ANNA.actor)
        texts.append(str(outcome_notice("dev", asked, outcome, NOW)))
    texts += [
        json.dumps(message) for where in (OPS, ALERTS) for message in studio.discord.messages(where, ANNA.user_id)
    ]
    for text in texts:
        assert not DEFINITION.search(text), text


@pytest.mark.parametrize(
    ("live", "wanted", "differs"),
    [
        ("false", "false", False),
        ("true", "false", True),
        (PILOT.stored(plain("false")), "false", False),
        ("false", PILOT.stored(plain("false")), False),
        (PILOT.stored(plain("true")), "false", True),
        ('{"state": "DISABLED"}', "false", True),
        ('{"state": "DISABLED"}', '{"state": "DISABLED"}', False),
    ],
)
def test_a_flag_differs_by_what_it_means(live: str, wanted: str, differs: bool) -> None:
    flag = FlagView(name="F", live=LiveFlag(name="F", value=live, version=1), state=FlagState(desired=wanted))
    assert flag.differs is differs


def test_setting_a_free_flag_keeps_the_shape_of_its_parameter(door: Door) -> None:
    door.publishes(STUDIO)
    door.flags.by_hand("PILOT", PILOT.stored(plain("false")), NOW)
    answer = shown(door, "flag set", flag="PILOT", value="true", reason="a try")
    assert "`PILOT`: false → **true**" in answer.shown
    door.send(press(answer.buttons[0]))
    assert door.app.run(structs.replace(door.sent.pop(), token="")).proven
    assert door.flags.read(["PILOT"])["PILOT"].value == PILOT.stored(plain("true"))
    assert shown(door, "flag set", flag="PILOT", value="warn", reason="a try").is_refusal


def test_a_definition_that_nobody_declared_takes_the_values_it_has(door: Door) -> None:
    door.flags.by_hand("LOOSE", PILOT.stored(plain("false")), NOW)
    refused = shown(door, "flag set", flag="LOOSE", value="enforce", reason="a try")
    assert refused.is_refusal
    assert "true" in refused.shown


# -- what stops it -------------------------------------------------------------------------------------------------


def test_what_blocks_comes_first_and_says_what_is_missing(studio: Door) -> None:
    studio.does("tick", item="data seeded")
    studio.reported("studio", "smoke")
    answer = status(studio)
    gates = fields(answer)["Gates"].splitlines()
    assert "⏳ 1 of 2 done; missing: on-call briefed" in gates
    assert "⏳ smoke: 1 of 2 in a row, newest just now" in gates
    assert "⏳ entry: waits for ops to approve" in gates
    assert "✅ smoke <t:" in fields(answer)["Newest runs and reports"]
    assert "42 checks" in fields(answer)["Newest runs and reports"]
    studio.does("tick", item="on-call briefed")
    gates = fields(status(studio))["Gates"].splitlines()
    assert gates[-1] == "✅ 2 of 2 done, by anna"


def test_the_stage_says_its_times_and_what_is_special_about_it(studio: Door) -> None:
    text = card(status(studio))["description"]
    assert "1d expected, until <t:" in text
    assert "`/rollout skip` passes it by" in text
    studio.does("skip")
    text = card(status(studio))["description"]
    assert "soaks 10 min, until <t:" in text
    assert "No return" in text
    assert "Pinned, so that no way back moves it: `SCHEMA`" in text


def test_each_hold_is_shown_with_its_owner(studio: Door) -> None:
    studio.does("pause", by=OLE.actor, reason="an incident")
    studio.does("pause", by=ANNA.actor, reason="lunch")
    text = card(status(studio))["description"]
    assert "Held: an incident (ole, <t:" in text
    assert "Held: lunch (anna, <t:" in text


def test_a_freeze_an_alarm_and_the_line_are_all_shown(door: Door) -> None:
    freeze = Freeze(reason="holidays", once=("2025-11-25T00:00", "2025-11-30T00:00"))
    door.signals.set_alarm("depot-outage", "OK", NOW - 86_400)
    plan = made_plan(stage("stock", STOCK="true"), freezes=(freeze,), safeguards=[on_alarm("depot-outage", soft())])
    door.opens(structs.replace(plan, name="depot"))
    door.clock.at += 86_400
    door.signals.set_alarm("depot-outage", "INSUFFICIENT_DATA", NOW)
    door.does("hold_line", "", reason="incident 42")
    text = card(status(door, "depot"))["description"]
    assert "The line is held by anna: incident 42" in text
    assert "alarm depot-outage is in INSUFFICIENT" in text.replace("\\", "")
    assert "Frozen until <t:1764460800:f>" in text
    assert text.index("The line") < text.index("Now:")


def soft() -> Any:
    return on_alarm("x").action


def test_the_way_back_is_timed_live(studio: Door) -> None:
    studio.does("rollback", reason="settlement mismatch")
    text = card(status(studio))["description"]
    assert "Way back: detected " in text
    assert "decided +0 s, written and read back +0 s (budget 5 min)" in text


def test_a_newer_plan_is_mentioned(studio: Door) -> None:
    assert "newer version" not in status(studio).shown
    studio.app.publish(structs.replace(STUDIO, title="another"), ANNA.actor)
    assert "A newer version of the plan is published" in status(studio).shown


def test_a_gate_that_nobody_has_judged_is_listed_all_the_same(door: Door) -> None:
    plan = made_plan(stage("stock", soak=3600, gates=[gate("errors")], STOCK="true"))
    door.opens(structs.replace(plan, name="depot"))
    assert fields(status(door, "depot"))["Gates"] == "⏳ errors below 0.01: judged after the soak"


# -- within Discord's limits ---------------------------------------------------------------------------------------


def large(name: str) -> Plan:
    """Twenty flags and as many gates, everything as long as it may be."""
    lists = [checklist(*(f"{n} {'x' * 95}" for n in range(first, first + 5))) for first in range(0, 40, 5)]
    flips = tuple(Flip(flag=f"{name.upper()}_{n:02}_{'Y' * 60}", value="true") for n in range(20))
    entry = structs.replace(stage("a-stage", gates=lists, more={"optional": True}), flips=flips)
    plan = made_plan(entry)
    return structs.replace(plan, name=name, title="t" * 200)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_card_keeps_its_place_however_long_they_are(door: Door, count: int) -> None:
    """Discord would refuse more than 6,000 letters; cut off at the end, the last rollout would never be seen."""
    door.does("abort", "shop")
    for number in range(count):
        name = f"plan-{number}"
        door.opens(large(name))
        for person in range(6):
            door.does("pause", name, by=structs.replace(ANNA.actor, name=f"p{person}"), reason="r" * 900)
    embeds = shown(door, "rollout-status").body["data"]["embeds"]
    assert len(embeds) == count
    for embed in embeds:
        assert "Held: " in embed["description"]
        names = [field["name"] for field in embed["fields"]]
        assert names == ["Gates", "Flags, as SSM holds them", "Plan"]
        assert "more" in embed["fields"][1]["value"]
    assert sum(map(size, embeds)) <= MOST_IN_ALL


def size(embed: dict[str, Any]) -> int:
    return units(embed["description"]) + sum(units(f["name"]) + units(f["value"]) for f in embed["fields"])


def test_looking_at_a_rollout_changes_nothing(studio: Door) -> None:
    before = studio.stores()
    found = views.find_rollout(studio.outside, "studio")
    assert not isinstance(found, str)
    views.status(studio.outside, found)
    assert studio.stores() == before


# -- replies -------------------------------------------------------------------------------------------------------


def said(door: Door, verb: Verb, target: str = "studio", /, **args: Any) -> str:
    outcome = door.does(verb, target, **args)
    notice = outcome_notice("dev", Command(verb=verb, target=target, actor=ANNA.actor), outcome, NOW)
    return "\n".join([notice.headline, *notice.lines])


def test_a_reply_says_what_has_become_of_it(studio: Door) -> None:
    assert "studio-1 has one item less to tick off" in said(studio, "tick", item="data seeded")
    held = said(studio, "hold_line", "")
    assert "the line is held: no rollout goes forward" in held
    assert "`/rollout free-all` lets every rollout go on" in held
    assert "the line is free: rollouts go on" in said(studio, "free_line", "")
    assert "studio-1 skipped a stage" in said(studio, "skip")
    studio.does("pause", by=OLE.actor, reason="an incident")
    studio.does("pause", by=ANNA.actor, reason="lunch")
    lifted = said(studio, "resume", hold="anna")
    assert "is still held; one pause was lifted" in lifted
    assert "Held: an incident (ole)." in lifted
    assert "is on the next rung of its ladder" in said(studio, "climb")


def test_a_flag_set_under_the_line_is_not_said_to_be_held(door: Door) -> None:
    door.does("hold_line", "", reason="incident 42")
    assert "Held" not in said(door, "set_flag", "PORTAL", value="true")
