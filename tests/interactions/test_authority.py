"""Who is listened to: guild, application, channel, role and command, by signed fields alone; all else is refused."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import yaml

from orchestrator.adapters.discord.commands import COMMANDS
from orchestrator.app.second_person import RIGHTS
from orchestrator.bootstrap import ACCESS_FILE
from orchestrator.core.access import read_access
from orchestrator.core.commands import ALERT_VERBS
from tests.interactions.door import (
    ALERTS,
    ANNA,
    APPLICATION,
    ELSEWHERE,
    GUILD,
    NOW,
    OLE,
    OPS,
    ROLES,
    STRANGER,
    SUSE,
    Answer,
    Caller,
    Door,
)
from tests.interactions.interactions import command, completion, form, in_thread, press

ALLOW: dict[str, list[str]] = yaml.safe_load(ACCESS_FILE.read_bytes())["allow"]

OPTIONS: dict[str, dict[str, str]] = {
    "rollout start": {"plan": "shop", "reason": "week 39"},
    "rollout promote": {"plan": "shop", "reason": "week 39"},
    "rollout skip": {"plan": "shop", "reason": "week 39"},
    "rollout approve": {"plan": "shop"},
    "rollout tick": {"plan": "shop", "item": "on-call briefed"},
    "rollout pause": {"plan": "shop"},
    "rollout hold-all": {"reason": "incident 42"},
    "rollout free-all": {"reason": "it is over"},
    "rollout resume": {"plan": "shop", "reason": "week 39"},
    "rollout abort": {"plan": "shop"},
    "rollout list": {},
    "rollback": {"what": "shop"},
    "rollout-status": {},
    "flag list": {},
    "flag get": {"flag": "READS"},
    "flag set": {"flag": "PORTAL", "value": "true", "reason": "week 39"},
    "flag history": {"flag": "READS"},
    "alerts list": {},
    "alerts acknowledge": {"alert": "drift/dev/PORTAL"},
    "alerts silence": {"alert": "drift/dev/PORTAL"},
    "alerts wake": {"alert": "rule own-alarm"},
    "alerts drill": {},
    "debug-last": {},
    "help": {},
}

TAKES = {
    **{path: path for path in OPTIONS if path.startswith("rollout ") and path != "rollout list"},
    "rollout skip": "rollout promote",
    "rollout tick": "rollout approve",
    "rollout hold-all": "rollback",
    "rollout free-all": "rollout resume",
    "rollback": "rollback",
    "flag set": "flag set",
    "debug-last": "debug own",
    **dict.fromkeys(("alerts acknowledge", "alerts silence", "alerts wake", "alerts drill"), "alerts"),
    "alerts list": "look",
    **dict.fromkeys(("rollout list", "rollout-status", "flag list", "flag get", "flag history", "help"), "look"),
}
"""Command to right, written down a second time: the code's own table is what is being tested."""

GROUPS = [
    (),
    *[(role,) for role in ROLES],
    *itertools.combinations(ROLES, 2),
    tuple(ROLES),
]


def holding(*roles: str) -> Caller:
    return Caller(user_id="300000000000000077", name="somebody", roles=roles)


def refused(door: Door, asked: dict[str, Any]) -> Answer:
    before = door.stores()
    answer = door.send(asked)
    assert answer.status == 200
    assert answer.is_refusal, answer.text
    assert door.stores() == before
    return answer


def test_every_command_there_is_stands_in_this_table() -> None:
    assert {entry.path for entry in COMMANDS} == set(OPTIONS) == set(TAKES)
    assert set(TAKES.values()) <= set(ALLOW)


@pytest.mark.parametrize("roles", GROUPS, ids=lambda roles: "+".join(roles) or "no role")
@pytest.mark.parametrize("path", OPTIONS)
def test_a_command_is_answered_only_to_whom_the_access_file_grants_it(
    door: Door, path: str, roles: tuple[str, ...]
) -> None:
    before = door.stores()
    answer = door.send(command(path, holding(*roles), OPTIONS[path]))
    granted = bool(set(roles) & set(ALLOW[TAKES[path]]))
    assert ("you hold none of these roles" in answer.shown) is not granted, answer.shown
    if not granted:
        assert answer.is_refusal
        assert door.stores() == before
        for role in ALLOW[TAKES[path]]:
            assert role in answer.shown


@pytest.mark.parametrize("roles", GROUPS, ids=lambda roles: "+".join(roles) or "no role")
@pytest.mark.parametrize("verb", RIGHTS)
def test_a_button_under_a_notice_is_checked_like_the_command(door: Door, verb: Any, roles: tuple[str, ...]) -> None:
    args = {"flag": "READS"} if verb in ("adopt", "revert") else {}
    flag = {"target": "PORTAL", "args": {"value": "true"}} if verb in ("set_flag", "rollback_flag") else {"args": args}
    button = door.button(verb, kind="card", expires_at=NOW + 86_400, **flag)
    before = door.stores()
    answer = door.send(press(button, holding(*roles)))
    granted = bool(set(roles) & set(ALLOW[RIGHTS[verb]]))
    assert ("you hold none of these roles" in answer.shown) is not granted, answer.shown
    # What is about an alert moves nothing: it is carried out without a preview.
    assert bool(door.sent) is (granted and verb in ALERT_VERBS)
    if not granted:
        assert answer.is_refusal
        assert door.stores() == before


CHANGES = tuple(verb for verb in RIGHTS if verb not in ("status", "adopt", "revert"))


@pytest.mark.parametrize("verb", CHANGES)
def test_who_has_lost_the_role_since_the_preview_cannot_confirm_it(door: Door, verb: Any) -> None:
    button = door.button(verb, ANNA)
    refused(door, press(button, Caller(user_id=ANNA.user_id, name=ANNA.name)))
    refused(door, press(button, Caller(user_id=ANNA.user_id, name=ANNA.name, roles=("support",))))


# -- where ---------------------------------------------------------------------------------------------------------

WRONG_PLACE: dict[str, dict[str, Any]] = {
    "another application": {"application_id": ELSEWHERE},
    "no application": {"application_id": None},
    "an application of another type": {"application_id": int(APPLICATION)},
    "another guild": {"guild_id": ELSEWHERE},
    "no guild": {"guild_id": None},
    "an empty guild": {"guild_id": ""},
    "a guild that is a number": {"guild_id": int(GUILD)},
    "a guild in a list": {"guild_id": [GUILD]},
    "a guild with a space": {"guild_id": f" {GUILD}"},
    "a guild with a newline": {"guild_id": f"{GUILD}\n"},
    "a guild with a zero in front": {"guild_id": f"0{GUILD}"},
    "another channel": {"channel_id": ELSEWHERE, "channel": {"id": ELSEWHERE, "type": 0}},
    "a category of ours and another channel": {
        "channel_id": ELSEWHERE,
        "channel": {"id": OPS, "type": 0, "parent_id": None},
    },
    "no channel": {"channel_id": None, "channel": None},
    "channels of the wrong type": {"channel_id": [OPS], "channel": {"id": int(OPS)}},
    "two channels in one": {"channel_id": f"{OPS},{ALERTS}", "channel": {}},
    "a thread elsewhere": {"channel_id": "1", "channel": {"id": "1", "type": 11, "parent_id": ELSEWHERE}},
    "a thread without a parent": {"channel_id": "1", "channel": {"id": "1", "type": 11, "parent_id": None}},
    "a thread with two parents": {"channel_id": "1", "channel": {"id": "1", "type": 11, "parent_id": [OPS]}},
    "a guild in the place of a channel": {"channel_id": GUILD, "channel": {"id": GUILD}},
    "no member": {"member": None},
    "a member without a user": {"member": {"roles": list(ROLES.values())}},
    "a user without an id": {"member": {"user": {"username": "anna"}, "roles": list(ROLES.values())}},
    "a user whose id is a number": {"member": {"user": {"id": 300000000000000001}, "roles": list(ROLES.values())}},
    "a user whose id is a name": {"member": {"user": {"id": "anna"}, "roles": list(ROLES.values())}},
    "nothing of all that": {"application_id": None, "guild_id": None, "channel_id": None, "channel": None},
}

KINDS = {
    "a command": lambda door: command("rollback", options={"what": "shop"}),
    "a button": lambda door: press(door.button("rollback")),
    "a completion": lambda door: completion("rollback", "what"),
    "a form": lambda door: form(),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("changes", WRONG_PLACE.values(), ids=WRONG_PLACE)
def test_whatever_comes_from_elsewhere_is_refused(door: Door, changes: dict[str, Any], kind: str) -> None:
    refused(door, {**KINDS[kind](door), **changes})


@pytest.mark.parametrize("kind", KINDS)
def test_a_direct_message_is_refused_even_from_somebody_who_may(door: Door, kind: str) -> None:
    asked = KINDS[kind](door)
    user = asked.pop("member")["user"]
    for name in ("guild_id", "guild", "guild_locale"):
        del asked[name]
    refused(door, {**asked, "user": user, "context": 1, "channel": {"id": OPS, "type": 1}})


def test_a_user_beside_a_missing_member_has_no_roles(door: Door) -> None:
    asked = command("help")
    user = asked.pop("member")["user"]
    refused(door, {**asked, "user": {**user, "roles": list(ROLES.values())}})


@pytest.mark.parametrize("channel", [OPS, ALERTS])
def test_both_channels_are_listened_to(door: Door, channel: str) -> None:
    assert door.send(command("rollback", options={"what": "shop"}, channel=channel)).buttons
    door.send(press(door.button("rollback"), channel=channel))
    assert [sent.verb for sent in door.sent] == ["rollback"]


@pytest.mark.parametrize("parent", [OPS, ALERTS])
def test_a_thread_below_one_of_the_channels_is_listened_to(door: Door, parent: str) -> None:
    assert door.send(in_thread(command("rollback", options={"what": "shop"}), parent)).buttons
    door.send(in_thread(press(door.button("rollback")), parent))
    assert [sent.verb for sent in door.sent] == ["rollback"]
    assert door.send(in_thread(completion("rollback", "what"), parent)).choices


def test_elsewhere_nothing_beyond_the_door_is_asked_for(door: Door) -> None:
    """But for where the alert channel is now, and that only for somebody of this very guild in some channel of it."""
    for changes in WRONG_PLACE.values():
        door.touched = 0
        door.send({**command("rollback", options={"what": "shop"}), **changes})
        in_a_channel = not {"guild_id", "application_id"} & set(changes) and bool(changes.get("channel_id"))
        assert door.touched <= in_a_channel, changes


def test_the_alert_channel_may_be_moved_at_run_time(door: Door) -> None:
    asked = {**command("rollback", options={"what": "shop"}), "channel_id": ELSEWHERE}
    assert "does not listen here" in door.send(asked).shown
    door.flags.by_hand("DISCORD_ALERT_CHANNEL_ID", ELSEWHERE, NOW)
    door.clock.at += 11
    assert door.send(asked).buttons


# -- roles ---------------------------------------------------------------------------------------------------------

ENGINEERING = ROLES["engineering"]

ROLE_SHAPES: dict[str, Any] = {
    "none": None,
    "an id instead of a list": ENGINEERING,
    "all ids in one text": ",".join(ROLES.values()),
    "an object": {"id": ENGINEERING},
    "ids as keys": {ENGINEERING: True},
    "numbers": [int(ENGINEERING)],
    "lists in a list": [[ENGINEERING]],
    "objects in a list": [{"id": ENGINEERING}],
    "names instead of ids": ["engineering", "ops", "support"],
    "a space in front": [f" {ENGINEERING}"],
    "a newline behind": [f"{ENGINEERING}\n"],
    "a zero in front": [f"0{ENGINEERING}"],
    "full-width digits": ["".join(chr(0xFF10 + int(digit)) for digit in ENGINEERING)],
    "a longer id": [f"{ENGINEERING}1"],
    "a shorter id": [ENGINEERING[:-1]],
    "the guild's own id, which everybody holds": [GUILD],
    "true": True,
    "a number": 1,
    "empty": [],
    "nulls": [None, None],
    "a mention": [f"<@&{ENGINEERING}>"],
    "an id of a person": [ANNA.user_id],
    "ten thousand others": [str(n) for n in range(10**17, 10**17 + 10_000)],
}


@pytest.mark.parametrize("roles", ROLE_SHAPES.values(), ids=ROLE_SHAPES)
def test_roles_of_any_other_shape_grant_nothing(door: Door, roles: Any) -> None:
    asked = command("rollback", options={"what": "shop"})
    asked["member"]["roles"] = roles
    refused(door, asked)
    asked = press(door.button("rollback"))
    asked["member"]["roles"] = roles
    refused(door, asked)


def test_discords_own_permissions_grant_nothing(door: Door) -> None:
    """An administrator of the guild is nobody here without a role."""
    asked = command("rollback", STRANGER, {"what": "shop"})
    asked["member"]["permissions"] = str(2**53 - 1)
    asked["app_permissions"] = str(2**53 - 1)
    asked["guild"]["owner_id"] = STRANGER.user_id
    refused(door, asked)


def test_roles_said_anywhere_but_in_the_member_grant_nothing(door: Door) -> None:
    asked = command("rollback", STRANGER, {"what": "shop"})
    held = list(ROLES.values())
    asked |= {"roles": held, "user": {"id": ANNA.user_id, "roles": held}}
    asked["member"]["user"]["roles"] = held
    asked["data"]["resolved"] = {"members": {STRANGER.user_id: {"roles": held}}}
    refused(door, asked)


def test_one_role_among_many_others_is_enough(door: Door) -> None:
    asked = command("rollback", STRANGER, {"what": "shop"})
    asked["member"]["roles"] = [None, 7, "x", *(str(n) for n in range(10**17, 10**17 + 300)), ENGINEERING]
    assert door.send(asked).buttons


def test_a_right_that_is_bound_to_people_is_refused_to_others_with_the_role() -> None:
    policy = read_access(
        b"allow: {look: [ops], rollback: [engineering, ops]}\n"
        b"environments: {dev: {users: {rollback: ['300000000000000002']}}}",
        "dev",
    )
    door = Door(access=policy).furnish()
    refused(door, command("rollback", ANNA, {"what": "shop"}))
    assert door.send(command("rollback", OLE, {"what": "shop"})).buttons


def test_a_right_that_nobody_is_granted_is_refused_to_everybody() -> None:
    door = Door(access=read_access(b"allow: {look: [ops]}", "dev")).furnish()
    for path, options in OPTIONS.items():
        for caller in (ANNA, SUSE, STRANGER):
            refused(door, command(path, caller, options))


def test_everyone_means_everybody_in_the_guild_and_nobody_outside() -> None:
    door = Door(access=read_access(b"allow: {look: [everyone]}", "dev")).furnish()
    assert not door.send(command("rollout list", STRANGER)).is_refusal
    refused(door, {**command("rollout list", STRANGER), "guild_id": ELSEWHERE})
    refused(door, command("rollback", STRANGER, {"what": "shop"}))


# -- completion ----------------------------------------------------------------------------------------------------

COMPLETED = [(entry.path, option.name) for entry in COMMANDS for option in entry.options if option.complete]


@pytest.mark.parametrize(("path", "option"), COMPLETED)
def test_a_stranger_is_offered_nothing(door: Door, path: str, option: str) -> None:
    door.send(command("help"))
    refused(door, completion(path, option, caller=STRANGER))


@pytest.mark.parametrize(("path", "option"), COMPLETED)
def test_whoever_may_is_offered_what_there_is(door: Door, path: str, option: str) -> None:
    door.send(command("help"))
    door.opens()
    door.does("pause")
    door.alerted()
    assert door.send(completion(path, option)).choices


@pytest.mark.parametrize(
    ("path", "option"),
    [
        ("nothing", "plan"),
        ("rollout nothing", "plan"),
        ("rollout", "plan"),
        ("rollout start", "nothing"),
        ("rollout start", "reason"),
        ("rollout start", ""),
        ("", "plan"),
        ("flag set", "reason"),
        ("../../help", "plan"),
        ("help", "plan"),
    ],
)
def test_nothing_is_offered_for_what_is_not_there(door: Door, path: str, option: str) -> None:
    refused(door, completion(path, option))


def test_without_a_focus_nothing_is_offered(door: Door) -> None:
    asked = completion("rollback", "what")
    del asked["data"]["options"][0]["focused"]
    refused(door, asked)


@pytest.mark.parametrize("focus", [1, "true", [True], {"focused": True}, None])
def test_a_focus_that_is_not_true_is_none(door: Door, focus: Any) -> None:
    asked = completion("rollback", "what")
    asked["data"]["options"][0]["focused"] = focus
    refused(door, asked)


def test_other_peoples_traces_are_offered_only_to_whom_they_are_shown(door: Door) -> None:
    door.send(command("rollback", OLE, {"what": "shop"}))
    door.send(command("rollout list", ANNA))
    offered = door.send(completion("debug-last", "trace", caller=ANNA)).choices
    assert [choice["name"].split(":")[0] for choice in offered] == ["/rollout list"]
    offered = door.send(completion("debug-last", "trace", caller=OLE)).choices
    assert {"/rollout list", "/rollback what"} <= {choice["name"].split(":")[0] for choice in offered}


def test_somebody_elses_trace_is_not_shown(door: Door) -> None:
    door.send(command("rollback", OLE, {"what": "shop"}))
    trace = door.send(completion("debug-last", "trace", caller=OLE)).choices[0]["value"]
    refused(door, command("debug-last", ANNA, {"trace": trace}))
    refused(door, command("debug-last", ANNA))
    assert not door.send(command("debug-last", OLE, {"trace": trace})).is_refusal
