"""Every field of an interaction, in every wrong shape: nothing raises, nothing happens that was not asked for."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.discord.interactions.request import read_interaction
from tests.interactions.door import OPS, ROLES, Door
from tests.interactions.interactions import GONE, Steps, changed, command, completion, form, in_thread, paths, press

ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    2**70,
    1.5,
    1e308,
    "",
    "odd",
    "\ud800",
    "9" * 40,
    [],
    [None],
    [[[]]],
    {},
    {"id": 1, "name": [], "value": {}},
)
"""What stands in a field's place."""

SAMPLES: dict[str, dict[str, Any]] = {
    "a start": command("rollout start", options={"plan": "shop", "reason": "week 39"}),
    "a rollback in a thread": in_thread(command("rollback", options={"what": "shop", "to": "safe"})),
    "a look": command("rollout-status"),
    "a completion": completion("flag set", "value", "t", flag="PORTAL"),
    "a form": form(),
}

READ_BY = {name: list(paths(sample)) for name, sample in SAMPLES.items()}


@pytest.mark.parametrize(
    ("name", "path"),
    [(name, path) for name, found in READ_BY.items() for path in found],
    ids=lambda part: part if isinstance(part, str) else ".".join(map(str, part)),
)
def test_a_field_of_another_shape_changes_nothing(door: Door, name: str, path: Steps) -> None:
    for odd in (*ODD, GONE):
        before = door.stores()
        answer = door.send(changed(SAMPLES[name], path, odd))
        assert answer.status == 200 or (path == ("type",) and answer.status == 400), (odd, answer)
        after = door.stores()
        # A preview keeps what its button stands for, and that is all that an unconfirmed command may leave.
        assert {k: v for k, v in before.items() if k != "confirmations"} == {
            k: v for k, v in after.items() if k != "confirmations"
        }, odd
        if before["confirmations"] != after["confirmations"]:
            assert len(answer.buttons) == 1, odd


VITAL: set[Steps] = {
    ("type",),
    ("id",),
    ("token",),
    ("application_id",),
    ("guild_id",),
    ("member",),
    ("member", "user"),
    ("member", "user", "id"),
    ("member", "roles"),
    ("member", "roles", 0),
    ("data",),
    ("data", "custom_id"),
}
"""Without these a press is not carried out; whatever else is in it may be of any shape."""

PRESSED = press("x")


def is_a_token(path: Steps, odd: Any) -> bool:
    """A token may look like anything that fits into an address."""
    return path == ("token",) and odd in ("odd", "9" * 40)


@pytest.mark.parametrize("path", list(paths(PRESSED)), ids=lambda path: ".".join(map(str, path)))
def test_a_press_is_carried_out_by_its_vital_fields_and_by_no_others(door: Door, path: Steps) -> None:
    button = door.button("rollback")
    asked = {**press(button), "channel": None} if path == ("channel_id",) else press(button)
    for odd in (*ODD, GONE):
        door.sent.clear()
        before = door.stores()
        answer = door.send(changed(asked, path, odd))
        if (path in VITAL and not is_a_token(path, odd)) or path == ("channel_id",):
            assert not door.sent, odd
            assert door.stores() == before, odd
            assert answer.status == 400 or answer.is_refusal, odd
        else:
            assert [sent.verb for sent in door.sent] == ["rollback"], odd
            assert answer.body["type"] == 7, odd


def test_a_button_needs_its_right_type_of_interaction(door: Door) -> None:
    button = door.button("rollback")
    for kind in (1, 2, 4, 5, 6, 0):
        door.send({**press(button), "type": kind})
    assert not door.sent


def test_data_of_every_kind_in_every_type_does_no_harm(door: Door) -> None:
    button = door.button("rollback")
    before = door.stores()
    for sample in (*SAMPLES.values(), press(button)):
        for kind in (1, 2, 3, 4, 5, 6, 99):
            if (sample["type"], kind) == (3, 3):
                continue
            asked = {**sample, "type": kind}
            asked["data"] = {**asked["data"], "custom_id": "x"} if kind == 3 else asked["data"]
            door.send(asked)
    after = door.stores()
    for name in ("rollouts", "flags", "queue", "armed", "plans"):
        assert before[name] == after[name]


def option(name: Any, value: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": 3, "value": value, **more}


NESTED: dict[str, Any] = {
    "no options": None,
    "options that are an object": {"name": "start"},
    "a subcommand twice": [{"name": "start", "type": 1}, {"name": "abort", "type": 1}],
    "a group in a group": [{"name": "start", "type": 2, "options": [{"name": "start", "type": 2, "options": []}]}],
    "a subcommand below a subcommand": [
        {"name": "start", "type": 1, "options": [{"name": "abort", "type": 1, "options": [option("plan", "shop")]}]}
    ],
    "five levels": [
        {
            "name": "start",
            "type": 1,
            "options": [
                {
                    "name": "a",
                    "type": 2,
                    "options": [{"name": "b", "type": 2, "options": [{"name": "c", "type": 1}]}],
                }
            ],
        }
    ],
    "a subcommand with a value": [{"name": "start", "type": 1, "value": "shop"}],
    "a subcommand without a name": [{"type": 1, "options": [option("plan", "shop")]}],
    "a name that is a path": [{"name": "../start", "type": 1, "options": []}],
    "a name of 6,000 letters": [{"name": "s" * 6000, "type": 1, "options": []}],
    "a value that is an object": [
        {"name": "start", "type": 1, "options": [option("plan", {"name": "shop"}), option("reason", ["x"])]}
    ],
    "a required option that is blank": [
        {"name": "start", "type": 1, "options": [option("plan", "   "), option("reason", "\u200b \t")]}
    ],
    "the options beside the subcommand": [option("plan", "shop"), {"name": "start", "type": 1}],
}


@pytest.mark.parametrize("options", NESTED.values(), ids=NESTED)
def test_options_nested_in_any_other_way_are_refused(door: Door, options: Any) -> None:
    before = door.stores()
    asked = command("rollout start")
    asked["data"]["options"] = options
    assert door.send(asked).is_refusal
    assert door.stores() == before


@pytest.mark.parametrize(
    "path", ["rollout start", "rollout promote", "rollout resume", "flag set", "rollback", "flag get"]
)
def test_a_command_without_its_options_says_which_are_needed(door: Door, path: str) -> None:
    before = door.stores()
    answer = door.send(command(path))
    assert answer.is_refusal
    assert "needs" in answer.shown
    assert door.stores() == before


@pytest.mark.parametrize("to", ["nowhere", "Start", "../start", "1", "START", "where it started", "*", "safe,start"])
def test_a_choice_that_is_none_is_refused_with_the_choices_there_are(door: Door, to: str) -> None:
    before = door.stores()
    answer = door.send(command("rollback", options={"what": "shop", "to": to}))
    assert answer.is_refusal
    assert all(choice in answer.shown for choice in ("start", "previous", "safe"))
    assert door.stores() == before


@pytest.mark.parametrize("value", [1, 0, True, False, 1.5, 2**53, -1, 1e300])
def test_a_value_of_another_type_is_taken_as_its_text(door: Door, value: Any) -> None:
    answer = door.send(command("flag set", options={"flag": "PORTAL", "value": value, "reason": "x"}))
    assert bool(answer.buttons) is isinstance(value, bool)


def test_of_ten_thousand_options_the_first_are_read(door: Door) -> None:
    asked = command("rollback")
    asked["data"]["options"] = [option("what", "shop"), *(option(f"o{n}", "x") for n in range(3_000))]
    assert door.send(asked).buttons
    asked["data"]["options"].reverse()
    assert door.send(asked).is_refusal


def test_an_option_that_comes_twice_does_no_harm(door: Door) -> None:
    before = door.stores()
    asked = command("rollback")
    asked["data"]["options"] = [option("what", "shop"), option("what", "../../x")]
    assert door.send(asked).is_refusal
    assert door.stores() == before


def test_what_is_kept_of_a_caller_is_bounded(door: Door) -> None:
    asked = command("rollback", options={"what": "shop"})
    asked["member"]["nick"] = "n" * 100_000
    asked["member"]["roles"] = [*ROLES.values(), *(str(n) for n in range(10**17, 10**17 + 5_000))]
    button = door.send(asked).buttons[0]
    stored = door.table.confirmations.get(button)
    assert stored is not None
    assert len(stored.command.actor.name) <= 80
    assert set(stored.command.actor.roles) == set(ROLES)


def test_reading_is_the_same_for_equal_bytes() -> None:
    body = b'{"type":2,"id":"1","data":{"name":"help"},"channel_id":"' + OPS.encode() + b'"}'
    assert read_interaction(body) == read_interaction(body)
