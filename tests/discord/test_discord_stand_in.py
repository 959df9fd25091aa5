"""The stand-in behaves as Discord does: interactions, tokens, nonces, ephemeral replies, threads, outages."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from orchestrator.adapters.discord.errors import DiscordUnavailable
from orchestrator.adapters.discord.payload import (
    Button,
    choices,
    deferred,
    message,
    reply,
    update,
)
from orchestrator.adapters.discord.rest import BASE, USER_AGENT, DiscordApi
from orchestrator.adapters.discord.snowflake import created_at
from orchestrator.sandbox.discord import Refusal, StandIn
from tests.discord.made_up_guild import ALERTS, ALICE, APPLICATION, BOB, BOT_TOKEN, GUILD, OPS, START, Clock

HELLO = message("hello")
BOT = {"User-Agent": USER_AGENT, "Authorization": f"Bot {BOT_TOKEN}"}


@pytest.fixture
def ask(discord: StandIn) -> Callable[..., requests.Response]:
    """Sends one raw request: method, path below the base, JSON body."""
    session = requests.Session()
    session.mount("https://discord.com/", discord.transport())

    def send(
        method: str, path: str, body: Any = None, headers: dict[str, str] = BOT, base: str = BASE
    ) -> requests.Response:
        return session.request(method, base + path, json=body, headers=headers)

    return send


def code_of(act: Callable[[], Any]) -> int:
    with pytest.raises(Refusal) as raised:
        act()
    return raised.value.code


def use(discord: StandIn, clock: Clock, command: str = "rollout start", person: Any = ALICE) -> str:
    return discord.issue("command", person, command, clock.now, channel_id=OPS)[1]


def test_an_interactions_id_tells_its_time(discord: StandIn, clock: Clock) -> None:
    interaction_id, _ = discord.issue("command", ALICE, "help", clock.now)
    assert created_at(interaction_id) == START


def test_a_reply_appears_with_who_used_what(discord: StandIn, clock: Clock) -> None:
    made = discord.accept_response(use(discord, clock), reply(HELLO))
    [shown] = discord.messages(OPS, BOB.user_id)
    assert made is not None
    assert shown["id"] == made["id"]
    assert shown["interaction"] == {"person": "alice", "command": "rollout start"}
    assert (shown["at"], shown["edited"], shown["thinking"], shown["ephemeral"]) == (
        START,
        False,
        False,
        False,
    )
    assert discord.messages(ALERTS, BOB.user_id) == []


def test_an_ephemeral_reply_is_seen_by_its_caller_alone_and_not_by_the_bot_token(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    made = discord.accept_response(use(discord, clock), reply(message("psst", ephemeral=True)))
    assert made is not None
    assert [shown["ephemeral"] for shown in discord.messages(OPS, ALICE.user_id)] == [True]
    assert discord.messages(OPS, BOB.user_id) == []
    assert ask("PATCH", f"/channels/{OPS}/messages/{made['id']}", HELLO).json()["code"] == 10008
    assert code_of(lambda: discord.issue("component", BOB, made["id"], clock.now)) == 10008


def test_an_answer_is_due_within_three_seconds(discord: StandIn, clock: Clock) -> None:
    in_time, late = use(discord, clock), use(discord, clock)
    clock.now += 3
    discord.accept_response(in_time, deferred(False))
    clock.now += 1
    assert code_of(lambda: discord.accept_response(late, deferred(False))) == 10062
    assert code_of(lambda: discord.accept_response("made-up", deferred(False))) == 10062


def test_an_interaction_is_answered_once(discord: StandIn, clock: Clock) -> None:
    token = use(discord, clock)
    discord.accept_response(token, deferred(False))
    assert code_of(lambda: discord.accept_response(token, reply(HELLO))) == 40060


def test_a_refused_answer_leaves_no_trace_and_may_be_mended(discord: StandIn, clock: Clock) -> None:
    token = use(discord, clock)
    with pytest.raises(Refusal) as raised:
        discord.accept_response(token, {"type": 4, "data": {"content": "x" * 2001, **HELLO, "embeds": "no"}})
    assert raised.value.body["errors"]["data"]["embeds"]["_errors"]
    assert discord.messages(OPS, ALICE.user_id) == []
    discord.accept_response(token, reply(HELLO))


def test_thinking_ends_with_the_first_edit_and_is_not_called_an_edit(
    discord: StandIn, clock: Clock, api: DiscordApi
) -> None:
    token = use(discord, clock)
    discord.accept_response(token, deferred(True))
    [shown] = discord.messages(OPS, ALICE.user_id)
    assert (shown["thinking"], shown["ephemeral"], shown["content"]) == (True, True, "")
    clock.now += 60
    api.edit_reply(token, HELLO)
    [shown] = discord.messages(OPS, ALICE.user_id)
    assert (shown["thinking"], shown["ephemeral"], shown["edited"]) == (False, True, False)
    api.edit_reply(token, message("again"))
    [shown] = discord.messages(OPS, ALICE.user_id)
    assert (shown["content"], shown["edited_at"]) == ("again", START + 60)


def test_the_first_follow_up_after_thinking_fills_it_in(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    token = use(discord, clock)
    discord.accept_response(token, deferred(False))
    ask("POST", f"/webhooks/{APPLICATION}/{token}", message("first", ephemeral=True))
    ask("POST", f"/webhooks/{APPLICATION}/{token}", message("second"))
    shown = discord.messages(OPS, BOB.user_id)
    assert [(found["content"], found["ephemeral"]) for found in shown] == [
        ("first", False),
        ("second", False),
    ]


def test_visibility_cannot_be_changed_later(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    token = use(discord, clock)
    discord.accept_response(token, deferred(False))
    answer = ask("PATCH", f"/webhooks/{APPLICATION}/{token}/messages/@original", {**HELLO, "flags": 64})
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)


def test_a_button_updates_its_message_or_replies_below_it(discord: StandIn, clock: Clock, api: DiscordApi) -> None:
    asked = discord.accept_response(
        use(discord, clock), reply(message("Sure?", rows=[[Button("Yes", "danger", "c1")]]))
    )
    assert asked is not None
    _, token = discord.issue("component", BOB, asked["id"], clock.now)
    discord.accept_response(token, update(message("Done.")))
    _, later = discord.issue("component", BOB, asked["id"], clock.now)
    discord.accept_response(later, {"type": 6})
    api.edit_reply(later, message("Done and checked."))
    _, other = discord.issue("component", BOB, asked["id"], clock.now)
    discord.accept_response(other, reply(message("Too late.", ephemeral=True)))
    shown = discord.messages(OPS, BOB.user_id)
    assert [(found["content"], found["edited"]) for found in shown] == [
        ("Done and checked.", True),
        ("Too late.", False),
    ]
    assert shown[0]["components"] == []
    assert shown[1]["interaction"] == {"person": "bob", "command": "rollout start"}


def test_only_a_form_opened_from_a_button_may_update_a_message(discord: StandIn, clock: Clock) -> None:
    made = discord.accept_response(use(discord, clock), reply(HELLO))
    assert made is not None
    _, from_button = discord.issue("modal", ALICE, made["id"], clock.now)
    discord.accept_response(from_button, update(message("changed")))
    _, from_command = discord.issue("modal", ALICE, "rollout start", clock.now)
    assert code_of(lambda: discord.accept_response(from_command, update(HELLO))) == 50035
    discord.accept_response(from_command, reply(HELLO))


def test_choices_make_no_message_and_their_token_takes_no_reply(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    _, token = discord.issue("autocomplete", ALICE, "rollback", clock.now)
    assert discord.accept_response(token, choices([("a", "a")])) is None
    assert ask("POST", f"/webhooks/{APPLICATION}/{token}", HELLO).json()["code"] == 10015


def test_a_reply_needs_an_answered_interaction_of_this_application(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    token = use(discord, clock)
    assert ask("POST", f"/webhooks/{APPLICATION}/{token}", HELLO).json()["code"] == 10015
    discord.accept_response(token, deferred(False))
    assert ask("POST", f"/webhooks/999/{token}", HELLO).json()["code"] == 10015
    assert ask("POST", f"/webhooks/{APPLICATION}/{token}", HELLO).status_code == 200


def test_the_callback_endpoint_keeps_the_same_rules(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    interaction_id, token = discord.issue("command", ALICE, "help", clock.now)
    path = f"/interactions/{interaction_id}/{token}/callback"
    assert ask("POST", f"/interactions/1/{token}/callback", reply(HELLO)).json()["code"] == 10062
    assert ask("POST", path, {"type": 6}).json()["code"] == 50035
    assert ask("POST", path, reply(HELLO)).status_code == 204
    assert ask("POST", path, reply(HELLO)).json()["code"] == 40060


def test_a_nonce_is_remembered_for_some_minutes_and_only_if_enforced(
    clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    def post(**more: Any) -> str:
        answer = ask("POST", f"/channels/{OPS}/messages", {**HELLO, "nonce": "n", **more})
        return str(answer.json()["id"])

    first = post(enforce_nonce=True)
    clock.now += 299
    assert post(enforce_nonce=True) == first
    clock.now += 1
    second = post(enforce_nonce=True)
    assert second != first
    assert post() not in (first, second)


def test_an_edit_that_leaves_nothing_is_refused(ask: Callable[..., requests.Response]) -> None:
    message_id = ask("POST", f"/channels/{OPS}/messages", HELLO).json()["id"]
    blank = {"content": "", "allowed_mentions": {"parse": []}}
    assert ask("PATCH", f"/channels/{OPS}/messages/{message_id}", blank).json()["code"] == 50006


def test_a_message_without_allowed_mentions_is_refused_by_the_house(
    ask: Callable[..., requests.Response],
) -> None:
    answer = ask("POST", f"/channels/{OPS}/messages", {"content": "x"})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]["allowed_mentions"]["_errors"]
    assert error["code"] == "HOUSE_ALLOWED_MENTIONS"


def test_who_is_pinged_is_who_is_named_and_allowed(discord: StandIn, api: DiscordApi) -> None:
    text = "<@501> <@502> <@&77> <@&78> @everyone"
    api.create_message(OPS, message(text), nonce="1")
    api.create_message(OPS, message(text, mention_users=["501"], mention_roles=["77", "79"]), nonce="2")
    quiet, loud = discord.messages(OPS, BOB.user_id)
    assert quiet["pings"] == {"users": [], "roles": [], "everyone": False}
    assert loud["pings"] == {"users": ["501"], "roles": ["77"], "everyone": False}


def test_a_thread_has_its_messages_id_and_there_is_one(
    discord: StandIn, api: DiscordApi, ask: Callable[..., requests.Response]
) -> None:
    message_id = api.create_message(OPS, HELLO, nonce="n")
    path = f"/channels/{OPS}/messages/{message_id}/threads"
    assert ask("POST", path, {"name": "t" * 101}).json()["code"] == 50035
    assert ask("POST", path, {"name": "Incident 7", "auto_archive_duration": 1440}).json()["id"] == message_id
    assert ask("POST", path, {"name": "again"}).json()["code"] == 160004
    api.create_message(message_id, message("a line"), nonce="m")
    assert [shown["content"] for shown in discord.messages(message_id, BOB.user_id)] == ["a line"]
    assert discord.channels[message_id] == "Incident 7"


def test_a_deleted_message_is_gone(api: DiscordApi, ask: Callable[..., requests.Response]) -> None:
    message_id = api.create_message(OPS, HELLO, nonce="n")
    path = f"/channels/{OPS}/messages/{message_id}"
    assert ask("GET", path).json()["content"] == "hello"
    assert ask("DELETE", path).status_code == 204
    assert ask("GET", path).json() == {"message": "Unknown Message", "code": 10008}


def test_commands_are_replaced_whole_and_keep_their_ids(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    def put(*names: str, guild: str = GUILD) -> Any:
        body = [{"name": name, "description": "d"} for name in names]
        return ask("PUT", f"/applications/{APPLICATION}/guilds/{guild}/commands", body).json()

    first = put("help", "flag")
    second = put("flag", "alerts")
    assert [found["name"] for found in discord.commands] == ["flag", "alerts"]
    assert second[0]["id"] == first[1]["id"]
    assert put("Help")["code"] == 50035
    assert put("help", guild="1")["code"] == 50001
    put(*(f"a{n}" for n in range(97)))
    put(*(f"b{n}" for n in range(98)))
    assert put(*(f"c{n}" for n in range(4)))["code"] == 30034
    clock.now += 86_400
    assert len(put(*(f"c{n}" for n in range(4)))) == 4


def test_how_the_request_is_made_matters_too(ask: Callable[..., requests.Response]) -> None:
    path = f"/channels/{OPS}/messages"
    assert ask("POST", path, HELLO, headers={**BOT, "Authorization": "Bot other"}).status_code == 401
    assert ask("POST", path, HELLO, headers={"User-Agent": USER_AGENT}).status_code == 401
    blocked = ask("POST", path, HELLO, headers={**BOT, "User-Agent": "python-requests/2"})
    assert (blocked.status_code, blocked.headers["Content-Type"]) == (403, "text/html")
    assert ask("POST", path, HELLO, base="https://discord.com/api").json()["code"] == 50041
    assert ask("POST", path, None).json()["code"] == 50109
    assert ask("POST", "/channels/9/messages", HELLO).json()["code"] == 10003
    assert ask("PUT", path, HELLO).status_code == 405
    assert ask("GET", "/users/@me").status_code == 404


def test_every_request_is_written_down_also_when_refused_or_lost(
    discord: StandIn, clock: Clock, ask: Callable[..., requests.Response]
) -> None:
    path = f"/channels/{OPS}/messages"
    for fault in ("timeout", "lost-reply"):
        discord.fail_next(fault)
        with pytest.raises(requests.RequestException):
            ask("POST", path, HELLO)
    clock.now += 5
    ask("POST", path, {"content": "x" * 2001})
    ask("POST", "/channels/9/messages", HELLO)
    assert [(request["path"], request["status"]) for request in discord.requests] == [
        (path, None),
        (path, 200),
        (path, 400),
        ("/channels/9/messages", 404),
    ]
    assert discord.requests[2]["at"] == "2025-09-26T09:00:05Z"
    assert discord.requests[2]["body"] == {"content": "x" * 2001}


@pytest.mark.parametrize(
    ("kind", "status", "scope"),
    [
        ("429-user", 429, "user"),
        ("429-shared", 429, "shared"),
        ("429-global", 429, "global"),
        ("503", 503, None),
    ],
)
def test_a_fault_hits_as_many_requests_as_ordered_and_only_where(
    discord: StandIn, ask: Callable[..., requests.Response], kind: Any, status: int, scope: str | None
) -> None:
    discord.fail_next(kind, times=2, retry_after=1.5, on=f"/channels/{OPS}")
    assert ask("POST", f"/channels/{ALERTS}/messages", HELLO).status_code == 200
    for _ in range(2):
        answer = ask("POST", f"/channels/{OPS}/messages", HELLO)
        assert (answer.status_code, answer.headers.get("X-RateLimit-Scope")) == (status, scope)
    if scope:
        assert answer.json()["retry_after"] == 1.5
        assert answer.headers["Retry-After"] == "2"
        assert (answer.headers.get("X-RateLimit-Global") == "true") is (scope == "global")
        assert ("X-RateLimit-Bucket" in answer.headers) is (scope != "global")
    assert ask("POST", f"/channels/{OPS}/messages", HELLO).status_code == 200


@pytest.mark.parametrize(("state", "status"), [("down", 503), ("throttled", 429)])
def test_discord_goes_down_and_comes_back(
    discord: StandIn, clock: Clock, api: DiscordApi, state: Any, status: int
) -> None:
    discord.set_state(state)
    with pytest.raises(DiscordUnavailable):
        api.create_message(OPS, HELLO, nonce="n")
    assert discord.state == state
    discord.set_state("up")
    clock.now += 60
    api.create_message(OPS, HELLO, nonce="n")
    assert [request["status"] for request in discord.requests] == [status, 200]


def test_what_is_handed_out_is_a_copy(discord: StandIn, api: DiscordApi) -> None:
    api.create_message(OPS, message("hello", mention_users=["1"]), nonce="n")
    discord.messages(OPS, "1")[0]["embeds"].append("x")
    discord.requests[0]["body"]["content"] = "changed"
    assert discord.messages(OPS, "1")[0]["embeds"] == []
    assert discord.requests[0]["body"]["content"] == "hello"


def test_ids_count_up_and_are_the_same_in_every_run(clock: Clock) -> None:
    def play() -> list[str]:
        stand_in = StandIn(APPLICATION, GUILD, {OPS: "ops"}, BOT_TOKEN, clock)
        made = []
        for _ in range(3):
            interaction_id, token = stand_in.issue("command", ALICE, "help", clock.now)
            answered = stand_in.accept_response(token, reply(HELLO))
            assert answered is not None
            made += [interaction_id, token, answered["id"]]
        return made

    once = play()
    assert once == play()
    assert sorted(set(once[0::3] + once[2::3]), key=int) == sorted(once[0::3] + once[2::3], key=int)


def test_several_threads_may_use_it_at_once(discord: StandIn, client: Callable[..., DiscordApi]) -> None:
    def post(worker: int) -> None:
        api = client()
        for number in range(20):
            api.create_message(OPS, HELLO, nonce=f"{worker}/{number}")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # change threads as often as possible
    workers = [threading.Thread(target=post, args=(worker,)) for worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.setswitchinterval(interval)
    ids = [shown["id"] for shown in discord.messages(OPS, BOB.user_id)]
    assert len(set(ids)) == len(discord.requests) == 80
    assert ids == sorted(ids, key=int)
