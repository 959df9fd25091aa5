"""Threads under a message: opened once, written to like a channel, asleep after a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from orchestrator.adapters.discord.errors import DiscordGone, DiscordRefused, DiscordUnavailable
from orchestrator.adapters.discord.payload import message
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.sandbox.discord import StandIn
from tests.discord.made_up_guild import BOB, OPS, Clock

DAY = 86_400


@pytest.fixture
def parent(api: DiscordApi) -> str:
    return api.create_message(OPS, message("firing"), nonce="parent")


def lines(discord: StandIn, thread: str) -> list[str]:
    return [shown["content"] for shown in discord.messages(thread, BOB.user_id)]


def code_of(act: Callable[[], Any], error: type[DiscordRefused] | type[DiscordGone]) -> int:
    with pytest.raises(error) as raised:
        act()
    return raised.value.code


def test_a_thread_is_opened_under_a_message_and_everybody_sees_its_lines(
    api: DiscordApi, discord: StandIn, parent: str
) -> None:
    thread = api.start_thread(OPS, parent, "Incident 7")
    assert thread == parent, "it has the message's id"
    api.create_message(thread, message("acknowledged"), nonce="1")
    api.create_message(thread, message("resolved"), nonce="2")
    assert lines(discord, thread) == ["acknowledged", "resolved"]
    assert [shown["content"] for shown in discord.messages(OPS, BOB.user_id)] == ["firing"]
    assert discord.threads == {parent: {"name": "Incident 7", "parent_id": OPS, "archived": False, "locked": False}}
    assert discord.requests[1]["body"] == {"name": "Incident 7", "auto_archive_duration": 1440}


def test_opening_it_again_finds_the_same_thread(
    client: Callable[..., DiscordApi], discord: StandIn, parent: str
) -> None:
    discord.fail_next("lost-reply", on="threads")
    with pytest.raises(DiscordUnavailable):
        client().start_thread(OPS, parent, "Incident 7")
    assert [client().start_thread(OPS, parent, "Incident 7") for _ in range(2)] == [parent, parent]
    assert [request["status"] for request in discord.requests[1:]] == [201, 400, 400]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 300, "x" * 99 + "…"),
        ("two\nlines", "two lines"),
        ("  \u200b ", "–"),
        ("", "–"),
    ],
)
def test_any_name_makes_a_thread(api: DiscordApi, discord: StandIn, parent: str, name: str, shown: str) -> None:
    api.start_thread(OPS, parent, name)
    assert discord.threads[parent]["name"] == shown


def test_a_payload_is_held_to_the_rules_in_a_thread_as_well(api: DiscordApi, parent: str) -> None:
    thread = api.start_thread(OPS, parent, "Incident 7")
    too_long = {**message("x"), "content": "x" * 2001}
    assert code_of(lambda: api.create_message(thread, too_long, nonce="n"), DiscordRefused) == 50035
    unnamed = {"content": "whom does it ping?"}
    assert code_of(lambda: api.create_message(thread, unnamed, nonce="n"), DiscordRefused) == 50035


def test_a_message_in_a_thread_is_recognised_by_its_nonce(api: DiscordApi, discord: StandIn, parent: str) -> None:
    thread = api.start_thread(OPS, parent, "Incident 7")
    assert api.create_message(thread, message("a"), nonce="n") == api.create_message(thread, message("a"), nonce="n")
    assert lines(discord, thread) == ["a"]


def test_a_day_without_a_line_archives_a_thread_and_a_line_brings_it_back(
    api: DiscordApi, discord: StandIn, clock: Clock, parent: str
) -> None:
    thread = api.start_thread(OPS, parent, "Incident 7")
    line = api.create_message(thread, message("a"), nonce="1")
    clock.now += DAY - 1
    api.edit_message(thread, line, message("b"))
    clock.now += 1
    assert discord.threads[thread]["archived"] is True
    assert code_of(lambda: api.edit_message(thread, line, message("c")), DiscordGone) == 50083
    api.create_message(thread, message("still here"), nonce="2")
    assert discord.threads[thread]["archived"] is False
    api.edit_message(thread, line, message("c"))
    assert lines(discord, thread) == ["c", "still here"]


def test_a_locked_thread_is_closed_for_good(api: DiscordApi, discord: StandIn, parent: str) -> None:
    thread = api.start_thread(OPS, parent, "Incident 7")
    discord.lock_thread(thread)
    assert code_of(lambda: api.create_message(thread, message("a"), nonce="1"), DiscordGone) == 160005


def test_no_thread_is_opened_under_nothing_or_within_a_thread(api: DiscordApi, parent: str) -> None:
    assert code_of(lambda: api.start_thread(OPS, "99", "x"), DiscordGone) == 10008
    assert code_of(lambda: api.start_thread("99", parent, "x"), DiscordRefused) == 10003
    thread = api.start_thread(OPS, parent, "Incident 7")
    line = api.create_message(thread, message("a"), nonce="1")
    assert code_of(lambda: api.start_thread(thread, line, "x"), DiscordRefused) == 50024


def test_the_thousand_and_first_active_thread_is_refused(api: DiscordApi, discord: StandIn, clock: Clock) -> None:
    for number in range(1000):
        api.start_thread(OPS, api.create_message(OPS, message("x"), nonce=f"{number}"), "x")
    last = api.create_message(OPS, message("x"), nonce="last")
    assert code_of(lambda: api.start_thread(OPS, last, "x"), DiscordRefused) == 160006
    clock.now += DAY
    assert api.start_thread(OPS, last, "x") == last, "the others are archived"
