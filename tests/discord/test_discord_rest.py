"""The client: what it sends, what each answer becomes, and that no error ever tells a token."""

import traceback
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from orchestrator.adapters.discord.errors import (
    DiscordError,
    DiscordGone,
    DiscordRefused,
    DiscordUnauthorised,
    DiscordUnavailable,
)
from orchestrator.adapters.discord.payload import Embed, message
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.sandbox.discord import StandIn
from orchestrator.sandbox.discord.faults import Answer, FaultKind
from orchestrator.sandbox.discord.transport import StandInTransport
from tests.discord.made_up_guild import ALERTS, ALICE, APPLICATION, BOT_TOKEN, GUILD, OPS, START, Clock

HELLO = message("hello")
DEFERRED = {"type": 5}


def waiting_token(discord: StandIn, clock: Clock) -> str:
    """The token of a command that was acknowledged and waits for its reply."""
    _, token = discord.issue("command", ALICE, "rollback", clock.now, channel_id=OPS)
    discord.accept_response(token, DEFERRED)
    return token


def test_a_message_is_posted_with_its_nonce_as_the_bot(api: DiscordApi, discord: StandIn) -> None:
    message_id = api.create_message(OPS, HELLO, nonce="effect-1")
    [shown] = discord.messages(OPS, "501")
    assert (shown["id"], shown["content"], shown["nonce"]) == (message_id, "hello", "effect-1")
    [request] = discord.requests
    assert request == {
        "at": "2025-09-26T09:00:00Z",
        "method": "POST",
        "path": f"/channels/{OPS}/messages",
        "body": {**HELLO, "nonce": "effect-1", "enforce_nonce": True},
        "status": 200,
    }


def test_a_long_nonce_is_made_to_fit_and_still_tells_messages_apart(api: DiscordApi, discord: StandIn) -> None:
    first = api.create_message(OPS, HELLO, nonce="ROLLOUT#1/EFFECT#000000000001")
    again = api.create_message(OPS, HELLO, nonce="ROLLOUT#1/EFFECT#000000000001")
    other = api.create_message(OPS, HELLO, nonce="ROLLOUT#1/EFFECT#000000000002")
    assert first == again != other


def test_a_lost_reply_is_made_good_by_a_repeat_under_the_same_nonce(
    client: Callable[..., DiscordApi], discord: StandIn
) -> None:
    discord.fail_next("lost-reply")
    with pytest.raises(DiscordUnavailable):
        client().create_message(OPS, HELLO, nonce="n")
    message_id = client().create_message(OPS, HELLO, nonce="n")
    assert [shown["id"] for shown in discord.messages(OPS, "501")] == [message_id]


def test_an_edit_replaces_the_message_and_keeps_its_flags(api: DiscordApi, discord: StandIn) -> None:
    message_id = api.create_message(OPS, message("firing", [Embed("x")], silent=True), nonce="n")
    api.edit_message(OPS, message_id, message("resolved", silent=True))
    [shown] = discord.messages(OPS, "501")
    assert (shown["content"], shown["embeds"], shown["silent"], shown["edited"]) == (
        "resolved",
        [],
        True,
        True,
    )


def test_a_reply_is_filled_in_without_the_bot_token(
    client: Callable[..., DiscordApi], discord: StandIn, clock: Clock
) -> None:
    token = waiting_token(discord, clock)
    api = client(token="wrong")
    api.edit_reply(token, HELLO)
    [first] = discord.messages(OPS, ALICE.user_id)
    assert (first["content"], first["thinking"], first["interaction"]["command"]) == (
        "hello",
        False,
        "rollback",
    )
    assert [request["path"] for request in discord.requests] == [
        f"/webhooks/{APPLICATION}/{token}/messages/@original",
    ]


def test_commands_are_registered_and_come_back_with_ids(api: DiscordApi, discord: StandIn) -> None:
    [command] = api.put_commands(GUILD, [{"name": "help", "description": "What there is."}])
    assert command["name"] == "help"
    assert command["id"].isdigit()
    assert discord.commands == [command]


@pytest.mark.parametrize(
    ("kind", "retry_after"),
    [
        ("429-user", 2.5),
        ("429-shared", 2.5),
        ("429-global", 2.5),
        ("429-html", 2.0),
        ("502", None),
        ("503", None),
        ("timeout", None),
        ("reset", None),
        ("lost-reply", None),
    ],
)
def test_what_may_pass_is_unavailable_with_its_wait(
    api: DiscordApi, discord: StandIn, kind: Any, retry_after: float | None
) -> None:
    discord.fail_next(kind, retry_after=2.5)
    with pytest.raises(DiscordUnavailable) as raised:
        api.create_message(OPS, HELLO, nonce="n")
    assert raised.value.retry_after == retry_after


@pytest.mark.parametrize(
    ("kind", "reply_waits", "other_channel_waits"),
    [
        ("429-user", False, False),
        ("429-shared", False, False),
        ("429-global", False, True),
        ("429-html", True, True),
    ],
)
def test_a_closed_limit_is_not_asked_again_before_its_time(
    api: DiscordApi, discord: StandIn, clock: Clock, kind: Any, reply_waits: bool, other_channel_waits: bool
) -> None:
    token = waiting_token(discord, clock)
    discord.fail_next(kind, retry_after=10)
    with pytest.raises(DiscordUnavailable):
        api.create_message(OPS, HELLO, nonce="n")
    clock.now += 4
    with pytest.raises(DiscordUnavailable) as raised:
        api.create_message(OPS, HELLO, nonce="n")
    assert raised.value.retry_after == 6
    assert len(discord.requests) == 1

    assert was_stopped(lambda: api.edit_reply(token, HELLO)) is reply_waits
    assert was_stopped(lambda: api.create_message(ALERTS, HELLO, nonce="m")) is other_channel_waits

    clock.now += 6
    api.create_message(OPS, HELLO, nonce="n")


def was_stopped(request: Callable[[], Any]) -> bool:
    try:
        request()
    except DiscordUnavailable:
        return True
    return False


def test_the_last_request_of_a_window_closes_it_until_it_is_reset(discord: StandIn, clock: Clock) -> None:
    answers = Scripted(200, {"id": "1"}, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "3.5"})
    api = scripted(answers, clock)
    api.create_message(OPS, HELLO, nonce="1")
    with pytest.raises(DiscordUnavailable) as raised:
        api.create_message(OPS, HELLO, nonce="2")
    assert raised.value.retry_after == 3.5
    assert answers.asked == 1


def test_a_bad_body_is_refused_with_discords_reasons(api: DiscordApi) -> None:
    with pytest.raises(DiscordRefused) as raised:
        api.create_message(OPS, {**HELLO, "content": "x" * 2001}, nonce="n")
    assert (raised.value.status, raised.value.code) == (400, 50035)
    assert raised.value.detail == (
        "Invalid Form Body; content: Must be 2000 or fewer in length. (BASE_TYPE_MAX_LENGTH)"
    )


def test_an_unknown_channel_is_refused_and_an_unknown_message_is_gone(api: DiscordApi) -> None:
    with pytest.raises(DiscordRefused) as refused:
        api.create_message("99", HELLO, nonce="n")
    assert (refused.value.status, refused.value.code) == (404, 10003)
    with pytest.raises(DiscordGone) as gone:
        api.edit_message(OPS, "99", HELLO)
    assert gone.value.code == 10008


def test_a_token_is_gone_when_it_was_never_issued_or_is_fifteen_minutes_old(
    api: DiscordApi, discord: StandIn, clock: Clock
) -> None:
    with pytest.raises(DiscordGone) as gone:
        api.edit_reply("never-issued", HELLO)
    assert gone.value.code == 10015
    token = waiting_token(discord, clock)
    clock.now = START + 899
    api.edit_reply(token, HELLO)
    clock.now = START + 900
    with pytest.raises(DiscordGone) as gone:
        api.edit_reply(token, HELLO)
    assert gone.value.code == 50027


def test_a_wrong_bot_token_is_shown_once_in_ten_minutes_at_most(
    client: Callable[..., DiscordApi], discord: StandIn, clock: Clock
) -> None:
    api = client(token="wrong")
    for _ in range(3):
        with pytest.raises(DiscordUnauthorised):
            api.create_message(OPS, HELLO, nonce="n")
    assert [request["status"] for request in discord.requests] == [401]
    clock.now += 600
    with pytest.raises(DiscordUnauthorised):
        api.create_message(OPS, HELLO, nonce="n")
    assert len(discord.requests) == 2


class Scripted(BaseAdapter):
    """Answers every request with the same thing."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__()
        self.asked = 0
        self._answer = status, body, headers or {}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.asked += 1
        status, body, headers = self._answer
        answer = Answer(status=status, body=body, headers=headers)
        return StandInTransport(lambda *_: answer).send(request)

    def close(self) -> None:
        pass


def scripted(answers: BaseAdapter, clock: Clock) -> DiscordApi:
    session = requests.Session()
    session.mount("https://discord.com/", answers)
    return DiscordApi(APPLICATION, lambda: BOT_TOKEN, session=session, monotonic=lambda: float(clock.now))


def test_already_acknowledged_is_a_success(clock: Clock) -> None:
    api = scripted(Scripted(400, {"code": 40060, "message": "Interaction has already been acknowledged."}), clock)
    api.edit_reply("token", HELLO)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"<html>", DiscordUnavailable),
        (200, {"no": "id"}, DiscordUnavailable),
        (302, None, DiscordUnavailable),
        (403, b"<html>blocked</html>", DiscordUnavailable),
        (403, {"code": 50013, "message": "Missing Permissions"}, DiscordRefused),
        (404, b"nothing here", DiscordUnavailable),
        (404, {"code": 10062, "message": "Unknown interaction"}, DiscordGone),
        (401, {"code": 50027, "message": "Invalid Webhook Token"}, DiscordGone),
        (401, {"code": 0, "message": "401: Unauthorized"}, DiscordUnauthorised),
        (400, {"code": "odd", "errors": [1], "message": None}, DiscordRefused),
        (400, [1], DiscordRefused),
        (400, {"code": 130000, "message": "API resource is currently overloaded."}, DiscordUnavailable),
        (429, {"retry_after": "soon", "code": 30046}, DiscordUnavailable),
        (500, {"code": 0}, DiscordUnavailable),
        (503, b"[" * 100_000, DiscordUnavailable),
    ],
)
def test_every_answer_has_a_meaning(clock: Clock, status: int, body: Any, error: type[DiscordError]) -> None:
    with pytest.raises(DiscordError) as raised:
        scripted(Scripted(status, body), clock).create_message(OPS, HELLO, nonce="n")
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("status", "body", "in_doubt"),
    [
        (200, b"<html>", True),
        (200, {"no": "id"}, True),
        (500, {"code": 0, "message": "500: Internal Server Error"}, True),
        *((status, b"<html>", True) for status in (500, 502, 504, 520, 521, 522, 523, 524, 599)),
        (503, b"<html>no healthy upstream</html>", False),
        (503, {"code": 0, "message": "503: Service Unavailable"}, False),
        (429, {"retry_after": 1}, False),
        (429, b"<html>", False),
        (403, b"<html>blocked</html>", False),
        (302, None, False),
        (400, {"code": 130000, "message": "API resource is currently overloaded."}, False),
    ],
)
def test_it_is_in_doubt_only_where_the_message_may_be_there(
    clock: Clock, status: int, body: Any, in_doubt: bool
) -> None:
    with pytest.raises(DiscordUnavailable) as raised:
        scripted(Scripted(status, body), clock).create_message(OPS, HELLO, nonce="n")
    assert raised.value.unanswered is in_doubt


def test_a_blocked_address_rests_for_a_minute_where_no_time_is_named(clock: Clock) -> None:
    answers = Scripted(403, b"<html>error code: 1015</html>")
    api = scripted(answers, clock)
    for _ in range(2):
        with pytest.raises(DiscordUnavailable) as raised:
            api.edit_reply("token", HELLO)
        assert raised.value.retry_after == 60
    assert answers.asked == 1


TELLING: tuple[FaultKind, ...] = ("429-user", "429-html", "503", "timeout", "reset", "lost-reply")


def test_no_error_tells_a_token_or_an_address(
    client: Callable[..., DiscordApi], discord: StandIn, clock: Clock
) -> None:
    token = waiting_token(discord, clock)
    wrong = "-".join(["Bot", "secret"])  # in one piece it would stand in the traceback's source lines
    caught = []
    for kind in TELLING:
        api = client()
        discord.fail_next(kind)
        with pytest.raises(DiscordError) as raised:
            api.edit_reply(token, HELLO)
        caught.append(raised.value)
    for request in (
        lambda: client().edit_reply(token, {**HELLO, "content": "x" * 2001}),
        lambda: client().edit_reply(token + "x", HELLO),
        lambda: client(token=wrong + "\nnewline").create_message(OPS, HELLO, nonce="n"),
        lambda: client(token=wrong + "-€").create_message(OPS, HELLO, nonce="n"),
        lambda: client(token=wrong).create_message(OPS, HELLO, nonce="n"),
    ):
        with pytest.raises(DiscordError) as raised:
            request()
        caught.append(raised.value)
    for error in caught:
        told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + str(error.args)
        for secret in (token, BOT_TOKEN, wrong, "discord.com", "/webhooks/"):
            assert secret not in told
        assert (error.__cause__, error.__context__) == (None, None)


def test_what_discord_echoes_is_told_without_token_and_address(clock: Clock) -> None:
    echo = f"bad: {BOT_TOKEN} at https://discord.com/webhooks/1/tok/messages or /interactions/1/tok/x"
    answer = {
        "code": 50035,
        "message": echo,
        "errors": {"embeds": {"0": {"_errors": [{"message": echo, "code": "X"}]}}},
    }
    with pytest.raises(DiscordRefused) as raised:
        scripted(Scripted(400, answer), clock).create_message(OPS, HELLO, nonce="n")
    for secret in (BOT_TOKEN, "discord.com", "tok"):
        assert secret not in str(raised.value)
    assert "embeds.0: bad: [redacted]" in raised.value.detail


def test_the_real_transport_fails_without_telling_either(clock: Clock) -> None:
    class Refusing(BaseAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            raise requests.exceptions.SSLError(f"Max retries exceeded with url: {request.url}")

        def close(self) -> None:
            pass

    token = "-".join(["very", "secret"])
    with pytest.raises(DiscordUnavailable) as raised:
        scripted(Refusing(), clock).edit_reply(token, HELLO)
    assert token not in "".join(traceback.format_exception(raised.value))
