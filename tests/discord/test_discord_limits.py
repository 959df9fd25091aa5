"""R13: what Discord asks to be left alone for is left alone for that long, and refusals never pile up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from orchestrator.adapters.discord.errors import (
    DiscordError,
    DiscordGone,
    DiscordRefused,
    DiscordUnauthorised,
    DiscordUnavailable,
)
from orchestrator.adapters.discord.payload import message
from orchestrator.adapters.discord.rate_limits import MOST_INVALID, RateLimits
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.sandbox.discord import StandIn
from orchestrator.sandbox.discord.faults import FaultKind
from tests.discord.made_up_guild import ALERTS, BOT_TOKEN, OPS, Clock

HELLO = message("hello")
WINDOW = 600


def told(request: Callable[[], Any]) -> type[DiscordError] | None:
    try:
        request()
    except DiscordError as error:
        return type(error)
    return None


def hammered(api: DiscordApi, clock: Clock, seconds: int, channel: str = OPS) -> None:
    """Somebody who tries once a second, whatever they are told."""
    for second in range(seconds):
        told(partial(api.create_message, channel, HELLO, nonce=f"{channel}-{second}"))
        clock.now += 1


def sent_at(discord: StandIn) -> list[int]:
    minutes = [request["at"][11:19].split(":") for request in discord.requests]
    return [int(hours) * 3600 + int(mins) * 60 + int(secs) for hours, mins, secs in minutes]


def worst_window(times: list[int]) -> int:
    """The most requests within any ten minutes."""
    return max((sum(start <= at < start + WINDOW for at in times) for start in times), default=0)


@pytest.mark.parametrize(
    ("kind", "wait", "error", "others_wait"),
    [
        ("429-user", 17, DiscordUnavailable, False),
        ("429-shared", 17, DiscordUnavailable, False),
        ("429-global", 17, DiscordUnavailable, True),
        ("429-html", 17, DiscordUnavailable, True),
        ("429-old-edits", 10, DiscordUnavailable, False),
        ("403-html", 60, DiscordUnavailable, True),
        ("401", 600, DiscordUnauthorised, True),
        ("timeout", 10, DiscordUnavailable, True),
        ("403", 0, DiscordRefused, False),
        ("404", 0, DiscordRefused, False),
        ("502", 0, DiscordUnavailable, False),
        ("503", 0, DiscordUnavailable, False),
        ("reset", 0, DiscordUnavailable, False),
    ],
)
def test_nothing_is_sent_before_the_time_that_was_given(
    api: DiscordApi,
    discord: StandIn,
    clock: Clock,
    kind: FaultKind,
    wait: int,
    error: type[DiscordError],
    others_wait: bool,
) -> None:
    discord.fail_next(kind, retry_after=17)
    assert told(lambda: api.create_message(OPS, HELLO, nonce="first")) is error
    first = clock.now
    other = told(lambda: api.create_message(ALERTS, HELLO, nonce="elsewhere"))
    assert (other is not None) is others_wait
    asked = len(discord.requests)
    while told(lambda: api.create_message(OPS, HELLO, nonce="first")) is not None:
        assert len(discord.requests) == asked, "not even asked"
        clock.now += 1
    assert clock.now - first == wait


@pytest.mark.parametrize(
    ("kind", "counted"),
    [
        ("401", True),
        ("403", True),
        ("403-html", True),
        ("429-user", True),
        ("429-global", True),
        ("429-html", True),
        ("429-old-edits", True),
        ("429-shared", False),
        ("404", False),
        ("502", False),
        ("503", False),
        ("timeout", False),
        ("reset", False),
    ],
)
def test_at_most_ten_requests_are_refused_within_ten_minutes(
    client: Callable[..., DiscordApi], discord: StandIn, clock: Clock, kind: FaultKind, counted: bool
) -> None:
    """Over an hour, by somebody who tries every second; where nothing holds them back, a quarter of it shows that."""
    discord.fail_next(kind, times=4000, retry_after=1)
    hammered(client(), clock, 3600 if counted else 900)
    assert (worst_window(sent_at(discord)) <= MOST_INVALID) is counted


def test_refusals_of_every_kind_and_channel_count_together(api: DiscordApi, discord: StandIn, clock: Clock) -> None:
    for kind in ("403", "429-user", "403", "429-global"):
        discord.fail_next(kind, retry_after=1)  # type: ignore[arg-type]  # a kind, from the table
        told(lambda: api.create_message(OPS, HELLO, nonce="n"))
        clock.now += 2
    for number in range(20):
        discord.fail_next("403", on=ALERTS)
        told(partial(api.create_message, ALERTS, HELLO, nonce=f"{number}"))
    assert len(discord.requests) == MOST_INVALID


def test_the_error_says_that_nothing_is_sent_and_for_how_long(api: DiscordApi, discord: StandIn, clock: Clock) -> None:
    for _ in range(MOST_INVALID):
        discord.fail_next("403")
        told(lambda: api.create_message(OPS, HELLO, nonce="n"))
        clock.now += 20
    with pytest.raises(DiscordUnavailable) as raised:
        api.create_message(ALERTS, HELLO, nonce="n")
    assert raised.value.retry_after == 400
    assert str(raised.value) == (
        "Discord has refused 10 requests within ten minutes, so none is sent to it; it can be asked again in 400.0 s"
    )
    clock.now += 399
    assert told(lambda: api.edit_reply("token", HELLO)) is DiscordUnavailable
    clock.now += 1
    assert api.create_message(ALERTS, HELLO, nonce="n")


def test_room_comes_back_one_refusal_at_a_time(clock: Clock) -> None:
    limits = RateLimits(lambda: float(clock.now))
    for _ in range(MOST_INVALID):
        limits.heard("bucket", 403, {}, {"code": 50001})
        clock.now += 60
    assert limits.full_for() is None, "the first is ten minutes old"
    limits.heard("bucket", 403, {}, {"code": 50001})
    assert limits.full_for() == 60


@pytest.mark.parametrize("headers", [{"X-RateLimit-Scope": "shared"}, {"x-ratelimit-scope": "shared"}])
def test_a_limit_shared_with_other_bots_is_not_counted_against_this_one(clock: Clock, headers: dict[str, str]) -> None:
    from requests.structures import CaseInsensitiveDict

    limits = RateLimits(lambda: float(clock.now))
    for _ in range(50):
        limits.heard("bucket", 429, CaseInsensitiveDict(headers), {"retry_after": 1})
    assert limits.full_for() is None


def test_another_token_is_used_at_once_where_the_first_was_not_accepted(discord: StandIn, clock: Clock) -> None:
    import requests

    tokens = ["rotated away"]
    session = requests.Session()
    session.mount("https://discord.com/", discord.transport())
    api = DiscordApi("1001", lambda: tokens[0], session=session, monotonic=lambda: float(clock.now))
    assert told(lambda: api.create_message(OPS, HELLO, nonce="n")) is DiscordUnauthorised
    assert told(lambda: api.create_message(OPS, HELLO, nonce="n")) is DiscordUnauthorised
    tokens[0] = BOT_TOKEN
    assert api.create_message(OPS, HELLO, nonce="n")
    assert [request["status"] for request in discord.requests] == [401, 200]


def test_an_edit_that_comes_too_often_holds_up_edits_alone(api: DiscordApi, discord: StandIn, clock: Clock) -> None:
    message_id = api.create_message(OPS, HELLO, nonce="n")
    discord.fail_next("429-old-edits")
    with pytest.raises(DiscordUnavailable) as raised:
        api.edit_message(OPS, message_id, HELLO)
    assert raised.value.retry_after == 10
    assert told(lambda: api.edit_message(OPS, message_id, HELLO)) is DiscordUnavailable
    api.create_message(OPS, HELLO, nonce="m")
    clock.now += 10
    api.edit_message(OPS, message_id, HELLO)


def test_after_a_request_that_ran_out_of_time_the_next_ones_do_not_wait_as_well(
    api: DiscordApi, discord: StandIn, clock: Clock
) -> None:
    discord.fail_next("timeout", times=9)
    for channel in (OPS, ALERTS, OPS):
        assert told(partial(api.create_message, channel, HELLO, nonce="n")) is DiscordUnavailable
    assert told(lambda: api.edit_reply("token", HELLO)) is DiscordUnavailable
    assert len(discord.requests) == 1


def test_a_message_that_is_gone_is_told_apart_from_a_channel_that_is(api: DiscordApi) -> None:
    assert told(lambda: api.edit_message(OPS, "99", HELLO)) is DiscordGone
    assert told(lambda: api.create_message("99", HELLO, nonce="n")) is DiscordRefused
