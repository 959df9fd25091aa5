"""Buttons: an opaque id, kept on our side; checked anew when pressed; forward once and soon, back whenever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import structs

from orchestrator.core.commands import FORWARD, Command
from orchestrator.ports import Refused, Unavailable
from tests.interactions.door import ANNA, ELSEWHERE, GUILD, NOW, OLE, OPS, SUSE, TOKEN, Answer, Caller, Door
from tests.interactions.interactions import command, form, press

ASKED: dict[str, tuple[str, dict[str, str]]] = {
    "promote": ("rollout promote", {"plan": "shop", "reason": "week 39"}),
    "approve": ("rollout approve", {"plan": "shop"}),
    "pause": ("rollout pause", {"plan": "shop"}),
    "abort": ("rollout abort", {"plan": "shop"}),
    "rollback": ("rollback", {"what": "shop"}),
    "rollback_flag": ("rollback", {"what": "READS"}),
    "set_flag": ("flag set", {"flag": "PORTAL", "value": "true", "reason": "week 39"}),
}
GOING_BACK = ("abort", "rollback", "rollback_flag")
SECOND = Caller(user_id="300000000000000003", name="eve", roles=("engineering",))


def refused(door: Door, asked: dict[str, Any]) -> Answer:
    before = door.stores()
    answer = door.send(asked)
    assert answer.is_refusal, answer.text
    assert door.stores() == before
    return answer


def test_back_and_forward_are_told_apart_as_this_suite_does() -> None:
    assert not set(GOING_BACK) & FORWARD
    assert set(ASKED) - set(GOING_BACK) - FORWARD == {"pause"}


@pytest.mark.parametrize("verb", ASKED)
def test_a_preview_carries_one_button_with_an_id_that_says_nothing(door: Door, verb: str) -> None:
    path, options = ASKED[verb]
    (button,) = door.send(command(path, options=options)).buttons
    assert len(button) == 22
    for word in (verb, "shop", "READS", "PORTAL", ANNA.user_id, GUILD):
        assert word not in button
    assert not door.sent


@pytest.mark.parametrize("verb", ASKED)
def test_a_pressed_button_is_queued_as_it_was_previewed(door: Door, verb: str) -> None:
    path, options = ASKED[verb]
    (button,) = door.send(command(path, options=options)).buttons
    asked = press(button)
    door.clock.at += 30
    answer = door.send(asked)
    assert answer.body["type"] == 7
    assert answer.buttons == []
    (sent,) = door.sent
    assert (sent.verb, sent.actor) == (verb, ANNA.actor)
    assert sent.target in options.values()
    assert sent.reason == options.get("reason", "")
    assert (sent.interaction_id, sent.token) == (asked["id"], TOKEN)
    assert (sent.guild_id, sent.channel_id, sent.at) == (GUILD, OPS, NOW + 30)
    assert sent.confirmation == (button if verb in FORWARD else "")
    assert sent.second is None


@pytest.mark.parametrize("verb", ["promote", "approve", "resume"])
def test_going_forward_is_bound_to_the_state_that_was_shown(door: Door, verb: str) -> None:
    door.clock.at += 600
    path, options = {"resume": ("rollout resume", {"plan": "shop", "reason": "x"})}.get(verb) or ASKED[verb]
    if verb == "resume":
        door.app.run(Command(verb="pause", target="shop", actor=ANNA.actor, at=door.clock.at))
    (button,) = door.send(command(path, options=options)).buttons
    stored = door.table.confirmations.get(button)
    assert stored is not None
    digest, _, transition = stored.command.bound_to.partition(":")
    rollout = door.table.rollouts.load("shop-1")
    assert rollout is not None
    assert rollout.plan_hash.startswith(digest)
    assert digest
    assert transition.isdigit()
    door.send(press(button))
    assert door.sent[-1].bound_to == stored.command.bound_to


@pytest.mark.parametrize("verb", ASKED)
def test_somebody_elses_button_is_refused(door: Door, verb: str) -> None:
    path, options = ASKED[verb]
    (button,) = door.send(command(path, options=options)).buttons
    for other in (OLE, SECOND, structs.replace(ANNA, user_id="300000000000000099")):
        refused(door, press(button, other))
    assert not door.sent


@pytest.mark.parametrize("verb", [verb for verb in ASKED if verb in FORWARD])
def test_a_button_that_goes_forward_is_good_for_two_minutes(door: Door, verb: str) -> None:
    path, options = ASKED[verb]
    (button,) = door.send(command(path, options=options)).buttons
    door.clock.at = NOW + 121
    refused(door, press(button))
    door.clock.at = NOW + 120
    door.send(press(button))
    assert [sent.verb for sent in door.sent] == [verb]


@pytest.mark.parametrize("verb", [*GOING_BACK, "pause"])
@pytest.mark.parametrize("later", [121, 3600, 12 * 3600])
def test_a_button_that_goes_back_does_not_run_out(door: Door, verb: str, later: int) -> None:
    path, options = ASKED[verb]
    (button,) = door.send(command(path, options=options)).buttons
    door.clock.at += later
    assert door.send(press(button)).body["type"] == 7
    assert [sent.verb for sent in door.sent] == [verb]


def test_a_button_that_goes_back_may_be_pressed_again(door: Door) -> None:
    """Nobody is to wonder at night whether the first press has counted."""
    (button,) = door.send(command("rollback", options={"what": "shop"})).buttons
    first, second = press(button), press(button)
    door.send(first)
    door.send(second)
    assert [sent.interaction_id for sent in door.sent] == [first["id"], second["id"]]


def test_a_button_that_was_carried_out_is_not_carried_out_again(door: Door) -> None:
    (button,) = door.send(command(*ASKED["set_flag"][:1], options=ASKED["set_flag"][1])).buttons
    door.send(press(button))
    done = door.app.run(structs.replace(door.sent[0], token=""))
    assert done.kind == "set"
    answer = refused(door, press(button))
    assert "already" in answer.shown
    assert len(door.sent) == 1


def test_a_press_that_is_delivered_twice_changes_a_flag_once(door: Door) -> None:
    (button,) = door.send(command(*ASKED["set_flag"][:1], options=ASKED["set_flag"][1])).buttons
    asked = press(button)
    door.send(asked)
    door.send(asked)
    kinds = [door.app.run(structs.replace(sent, token="")).kind for sent in door.sent]
    assert kinds == ["set", "again"]
    assert len(door.flags.history("PORTAL")) == 2


FORGED = {
    "empty": "",
    "a space": " ",
    "a word": "rollback",
    "a command": "rollback:shop",
    "JSON": '{"verb":"rollback","target":"shop"}',
    "a made-up id": "A" * 22,
    "zeros": "0" * 22,
    "a hundred letters": "x" * 100,
    "a hundred and one": "x" * 101,
    "six thousand": "x" * 6000,
    "a key of the table": "CONFIRM#x",
    "a path": "../../CONFIRM",
    "a placeholder": "{id}",
    "a star": "*",
    "a percent sign": "%",
    "SQL": "' OR 1=1 --",
    "a NUL": "x\x00",
    "a newline": "x\ny",
    "a surrogate": "\ud800" * 22,
    "zero width": "\u200b",
    "emoji": "🔴" * 22,
    "right to left": "\u202eabc",
    "the name of a rollout": "shop-1",
    "a person": ANNA.user_id,
    "a number": 7,
    "null": None,
    "a list": ["x"],
    "an object": {"id": "x"},
    "true": True,
}


@pytest.mark.parametrize("custom_id", FORGED.values(), ids=FORGED)
def test_a_forged_button_is_refused_like_a_stale_one(door: Door, custom_id: Any) -> None:
    door.button("rollback")
    answer = refused(door, press(custom_id))
    assert answer.shown == door.send(press("B" * 22)).shown


def test_a_real_id_changed_in_one_letter_is_a_forged_one(door: Door) -> None:
    real = door.button("rollback")
    for place in range(len(real)):
        other = "a" if real[place] != "a" else "b"
        refused(door, press(real[:place] + other + real[place + 1 :]))
    for forged in (real + "x", real[:-1], real + " ", " " + real, real + "\n", real.swapcase(), real * 2):
        refused(door, press(forged))


def test_what_a_forged_message_claims_counts_for_nothing(door: Door) -> None:
    """The press carries the whole message back; only the id on the button is read."""
    asked = press("C" * 22)
    asked["message"] = {
        "id": "1",
        "components": [{"type": 1, "components": [{"type": 2, "custom_id": door.button("rollback"), "label": "x"}]}],
        "interaction_metadata": {"user": {"id": ANNA.user_id}, "name": "rollback"},
    }
    asked["data"]["values"] = [door.button("abort")]
    asked["data"]["name"] = "rollback"
    refused(door, asked)


def test_a_button_pressed_in_another_guild_or_channel_is_refused(door: Door) -> None:
    button = door.button("rollback")
    refused(door, {**press(button), "guild_id": ELSEWHERE})
    refused(door, press(button, channel=ELSEWHERE))


@pytest.mark.parametrize("kind", ["confirm", "second"])
@pytest.mark.parametrize("caller", [SUSE, Caller(user_id="300000000000000009", name="nobody")])
def test_whoever_does_not_hold_the_right_is_refused(door: Door, kind: Any, caller: Caller) -> None:
    button = door.button("set_flag", caller, kind=kind, target="PORTAL", args={"value": "true"})
    refused(door, press(button, caller))


# -- two people ----------------------------------------------------------------------------------------------------


@pytest.fixture(name="prod")
def prod_fixture() -> Door:
    return Door("prod").furnish()


def requested(door: Door) -> str:
    """Anna has asked to switch PORTAL on; the id of the button for somebody else."""
    (button,) = door.send(command(*ASKED["set_flag"][:1], options=ASKED["set_flag"][1])).buttons
    door.send(press(button))
    outcome = door.app.run(structs.replace(door.sent.pop(), token=""))
    assert outcome.kind == "second", outcome
    posted = door.discord.messages(OPS, OLE.user_id)[-1]
    found: str = posted["components"][0]["components"][0]["custom_id"]
    return found


def test_in_production_a_preview_says_that_another_person_is_needed(prod: Door) -> None:
    assert "nother person" in prod.send(command(*ASKED["set_flag"][:1], options=ASKED["set_flag"][1])).shown
    assert "nother person" not in prod.send(command("rollback", options={"what": "shop"})).shown


def test_the_second_person_is_another_one(prod: Door) -> None:
    button = requested(prod)
    refused(prod, press(button, ANNA))
    refused(prod, press(button, structs.replace(ANNA, roles=("engineering", "ops"), name="annas twin")))
    refused(prod, press(button, SUSE))
    assert prod.flags.read(["PORTAL"])["PORTAL"].value == "false"


def test_the_second_persons_yes_is_queued_in_the_name_of_both(prod: Door) -> None:
    button = requested(prod)
    answer = prod.send(press(button, OLE))
    assert "ole" in answer.content
    (sent,) = prod.sent
    assert sent.verb == "set_flag"
    assert sent.actor.user_id == ANNA.user_id
    assert sent.second is not None
    assert sent.second.user_id == OLE.user_id
    assert sent.args == {"value": "true"}
    assert prod.app.run(structs.replace(sent, token="")).kind == "set"
    assert prod.flags.read(["PORTAL"])["PORTAL"].value == "true"


def test_a_second_yes_after_the_first_does_nothing(prod: Door) -> None:
    button = requested(prod)
    prod.send(press(button, OLE))
    prod.app.run(structs.replace(prod.sent.pop(), token=""))
    refused(prod, press(button, SECOND))


def test_two_people_who_say_yes_at_once_change_it_once(prod: Door) -> None:
    button = requested(prod)
    prod.send(press(button, OLE))
    prod.send(press(button, SECOND))
    kinds = [prod.app.run(structs.replace(sent, token="")).kind for sent in prod.sent]
    assert kinds == ["set", "again"]
    assert len(prod.flags.history("PORTAL")) == 2


def test_the_second_person_has_fifteen_minutes(prod: Door) -> None:
    button = requested(prod)
    prod.clock.at += 901
    refused(prod, press(button, OLE))
    prod.clock.at -= 1
    prod.send(press(button, OLE))
    assert len(prod.sent) == 1


def test_a_caller_cannot_name_the_second_person(prod: Door) -> None:
    (button,) = prod.send(command(*ASKED["set_flag"][:1], options=ASKED["set_flag"][1])).buttons
    asked = press(button)
    asked["second"] = {"user_id": OLE.user_id, "name": "ole", "roles": ["ops"]}
    asked["data"]["second"] = asked["second"]
    prod.send(asked)
    assert prod.sent[0].second is None


# -- when something is down ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Unavailable("the queue is slow"), Refused("AccessDenied")])
def test_what_could_not_be_queued_is_said_to_be_undone(door: Door, fault: Exception) -> None:
    button = door.button("rollback")
    door.queue.fail_next = [fault]
    answer = refused(door, press(button))
    assert "AccessDenied" not in answer.text
    assert door.send(press(button)).body["type"] == 7


@pytest.mark.parametrize(
    "fault", [Unavailable("down"), Refused("AccessDeniedException"), RuntimeError("a bug"), OSError()]
)
def test_a_table_that_does_not_answer_is_a_refusal_with_a_trace(door: Door, fault: Exception, log: Any) -> None:
    door.table.confirmations.fail_next = [fault]
    answer = refused(door, press(door_button := "D" * 22))
    assert "AccessDenied" not in answer.text
    assert "a bug" not in answer.text
    assert door_button not in answer.text
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert lines
    trace = lines[-1]["trace_id"]
    assert trace in answer.shown.replace("\\", "")


def test_a_fault_whose_alert_cannot_be_counted_either_is_answered_all_the_same(door: Door, log: Any) -> None:
    door.table.confirmations.fail_next = [RuntimeError("a bug")]
    door.table.alerts.fail_next = [RuntimeError("another bug")]
    answer = refused(door, press("D" * 22))
    assert "bug" not in answer.text
    assert "an alert could not be counted" in log.getvalue()


@pytest.mark.parametrize(
    "asked",
    [
        command("rollback", options={"what": "shop"}),
        command("rollout-status"),
        command("flag list"),
        press("E" * 22),
        form(),
    ],
    ids=["rollback", "rollout-status", "flag list", "a press", "a form"],
)
@pytest.mark.parametrize("fault", [Unavailable("down"), RuntimeError("a bug")])
def test_a_trace_that_cannot_be_stored_fails_nothing(door: Door, asked: dict[str, Any], fault: Exception) -> None:
    expected = door.send(asked).is_refusal
    door.table.traces.fail_next = [fault]
    assert door.send(asked).is_refusal is expected


@pytest.mark.parametrize("port", ["rollouts", "plans", "confirmations", "flags", "armed", "queue", "traces", "signals"])
@pytest.mark.parametrize("fault", [Unavailable("down"), Refused("no"), RuntimeError("a bug")])
def test_whatever_fails_wherever_the_answer_is_fit_for_discord(door: Door, port: str, fault: Exception) -> None:
    """Each command, with the n-th call of one port failing, until there is no n-th call."""
    adapters: dict[str, Any] = {
        **vars(door.table),
        "flags": door.flags,
        "armed": door.armed,
        "queue": door.queue,
        "signals": door.signals,
    }
    for path, options in (
        *ASKED.values(),
        ("rollout list", {}),
        ("rollout-status", {}),
        ("flag get", {"flag": "READS"}),
    ):
        for call in range(12):
            adapters[port].fail_next = [None] * call + [fault]
            before = len(door.sent)
            answer = door.send(command(path, options=options))
            assert answer.status == 200
            assert len(door.sent) == before
            if adapters[port].fail_next:
                adapters[port].fail_next = []
                break
