"""What is asked of the door besides a signature: method, path, size, JSON; and that nothing ever raises."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.interactions.door import KEY, NOW, Answer, Door, signed_event
from tests.interactions.interactions import PING, command, completion, form, press

LIMIT = 256 * 1024


def padded(payload: dict[str, Any], size: int) -> bytes:
    """The interaction in exactly so many bytes."""
    bare = len(json.dumps({**payload, "padding": ""}))
    body = json.dumps({**payload, "padding": "x" * (size - bare)}).encode()
    assert len(body) == size
    return body


def unchanged(door: Door, payload: Any) -> Answer:
    """Sends it, signed, and sees that nothing came of it."""
    before = door.stores()
    answer = door.send(payload)
    assert door.stores() == before
    return answer


def test_a_ping_is_answered_with_a_pong(door: Door) -> None:
    answer = door.send(PING)
    assert (answer.status, answer.body) == (200, {"type": 1})
    assert door.touched == 0


@pytest.mark.parametrize("body", [b'{"type":1}', b' {"type" : 1}\n', b'{"type":1,"data":null}', b'{"type":1,"x":[{}]}'])
def test_a_ping_needs_nothing_but_its_type(door: Door, body: bytes) -> None:
    assert door.send(body).body == {"type": 1}


def test_a_ping_is_not_held_to_guild_or_channel(door: Door) -> None:
    assert door.send({**PING, "guild_id": "1", "application_id": "2", "channel_id": "3"}).body == {"type": 1}


# -- method and path -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "post", ""])
def test_other_methods_are_not_allowed(door: Door, method: str) -> None:
    event = signed_event(json.dumps(PING).encode())
    event["requestContext"]["http"]["method"] = method
    assert door.knock(event).status == 405


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/warm",
        "/interaction",
        "/interactionsx",
        "/Interactions",
        "/interactions/x",
        "/interactions/../admin",
        "//interactions",
        "/x/interactions",
        "/interactions?x=1",
        "/interactions%2f",
        "/../../etc/passwd",
        "/.env",
        "/%00",
        "/\ud800",
        "/" + "a" * 100_000,
    ],
)
def test_other_paths_are_not_found(door: Door, path: str) -> None:
    event = signed_event(json.dumps(PING).encode()) | {"rawPath": path}
    event["requestContext"]["http"]["path"] = path
    assert door.knock(event).status == 404


def test_the_path_alone_is_enough_where_the_raw_one_is_missing(door: Door) -> None:
    event = signed_event(json.dumps(PING).encode())
    del event["rawPath"]
    assert door.knock(event, PING).status == 200


@pytest.mark.parametrize(
    "context", [None, {}, [], "POST", 7, {"http": None}, {"http": []}, {"http": "POST"}, {"http": {"method": None}}]
)
def test_an_event_without_a_method_is_not_allowed(door: Door, context: Any) -> None:
    assert door.knock(signed_event(json.dumps(PING).encode()) | {"requestContext": context}).status == 405


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"version": "2.0"},
        {"requestContext": {}},
        {"source": "aws.scheduler"},
        {"Records": [{"body": "{}"}]},
        {"alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:x"},
        {"rawPath": None},
        {"rawPath": 7},
        {"rawPath": ["/interactions"]},
        {"httpMethod": "POST", "path": "/interactions", "headers": {}, "body": "{}"},
    ],
)
def test_an_event_of_another_kind_finds_nothing_here(door: Door, event: dict[str, Any]) -> None:
    assert door.knock(event).status == 404
    assert door.touched == 0


def test_the_warm_up_event_wakes_nobody(door: Door) -> None:
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/warm",
        "rawQueryString": "",
        "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/warm"}},
        "isBase64Encoded": False,
    }
    assert door.knock(event).status == 404
    assert door.touched == 0


# -- size ----------------------------------------------------------------------------------------------------------


def test_a_body_of_exactly_256_kib_is_read(door: Door) -> None:
    asked = command("help")
    answer = door.send(padded(asked, LIMIT))
    assert answer.status == 200
    assert answer.body["type"] == 4


@pytest.mark.parametrize("size", [LIMIT + 1, LIMIT + 1000, 1_000_000, 1_048_576, 4_000_000])
def test_a_larger_body_is_refused_before_it_is_read(door: Door, size: int) -> None:
    assert unchanged(door, padded(command("help"), size)).status == 400
    assert door.touched == 0


def test_a_megabyte_of_anything_unsigned_is_401(door: Door) -> None:
    for body in (b"x" * 1_000_000, b"[" * 1_000_000, b"\x00" * 1_000_000):
        assert door.knock(signed_event(body, signature="0" * 128)).status == 401


def test_the_size_counts_in_bytes_and_not_in_letters(door: Door) -> None:
    body = json.dumps({**PING, "padding": "é" * (LIMIT // 2)}, ensure_ascii=False).encode()
    assert len(body.decode()) < LIMIT < len(body)
    assert door.send(body).status == 400


# -- JSON ----------------------------------------------------------------------------------------------------------

NOT_AN_OBJECT = {
    "nothing": b"",
    "white space": b" \n",
    "null": b"null",
    "true": b"true",
    "a number": b"1",
    "a text": b'"type"',
    "an array": b"[]",
    "an array with a ping": b'[{"type":1}]',
    "half an object": b'{"type":1',
    "no quotes": b"{type:1}",
    "single quotes": b"{'type':1}",
    "a comma too many": b'{"type":1,}',
    "a comment": b'{"type":1}//',
    "two objects": b'{"type":1}{"type":1}',
    "something behind it": b'{"type":1} x',
    "a form": b"type=1&payload=%7B%7D",
    "XML": b"<type>1</type>",
    "a NUL": b"\x00",
    "a NUL in the object": b'{"type":1\x00}',
    "bytes that are no UTF-8": b'{"type":1,"x":"\xff"}',
    "a broken escape": b'{"type":1,"x":"\\u12"}',
    "a raw newline in a text": b'{"type":1,"x":"a\nb"}',
    "a leading zero": b'{"type":01}',
    "a plus": b'{"type":+1}',
    "hexadecimal": b'{"type":0x1}',
    "NaN": b'{"type":1,"x":NaN}',
    "Infinity": b'{"type":1,"x":Infinity}',
    "minus Infinity": b'{"type":1,"x":-Infinity}',
    "NaN as the type": b'{"type":NaN}',
    "50,000 arrays, one in the other": b'{"type":1,"x":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "100,000 arrays, never closed": b'{"type":1,"x":' + b"[" * 100_000,
    "40,000 objects, one in the other": b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
    "a number of 5,000 digits": b'{"type":' + b"1" * 5_000 + b"}",
    "a number of 200,000 digits": b'{"type":1,"x":' + b"9" * 200_000 + b"}",
}


@pytest.mark.parametrize("body", NOT_AN_OBJECT.values(), ids=NOT_AN_OBJECT)
def test_what_is_no_json_object_is_400(door: Door, body: bytes) -> None:
    assert unchanged(door, body).status == 400
    assert door.touched == 0


@pytest.mark.parametrize(
    "kind",
    [None, True, False, "1", "2", "", "PING", 1.0, 2.0, [], [2], {}, {"type": 2}, math.pi],
    ids=lambda kind: json.dumps(kind),
)
def test_an_object_whose_type_is_no_whole_number_is_no_interaction(door: Door, kind: Any) -> None:
    assert unchanged(door, {**command("help"), "type": kind}).status == 400


def test_an_object_without_a_type_is_no_interaction(door: Door) -> None:
    assert unchanged(door, b"{}").status == 400


@pytest.mark.parametrize("kind", [0, -1, 6, 7, 99, 2**31, 2**63, 10**100])
def test_a_type_that_nobody_knows_is_answered_with_a_refusal(door: Door, kind: int) -> None:
    answer = unchanged(door, {**command("rollback", options={"what": "shop"}), "type": kind})
    assert answer.status == 200
    assert answer.is_refusal


def test_of_two_equal_keys_the_last_counts_and_nothing_breaks(door: Door) -> None:
    assert door.send(b'{"type":2,"type":1}').body == {"type": 1}
    whole = json.dumps(press(door.button("rollback")))
    forged = f'{whole[:-1]}, "guild_id": "209999999999999999"}}'.encode()
    assert unchanged(door, forged).is_refusal


@pytest.mark.parametrize(
    "name", ["padding", "data.options", "member.roles", "entitlements", "data.resolved", "message.embeds"]
)
def test_ten_thousand_entries_do_no_harm(door: Door, name: str) -> None:
    asked = command("help")
    asked.setdefault("message", {})
    place, (*path, last) = asked, name.split(".")
    for key in path:
        place = place[key]
    place[last] = [{"name": f"o{n}", "type": 3, "value": "x"} for n in range(4_500)] + [{}] * 5_500
    answer = door.send(asked)
    assert answer.status == 200
    assert answer.body["type"] == 4


def test_a_modest_depth_is_read_like_any_other_interaction(door: Door) -> None:
    deep: Any = 1
    for _ in range(200):
        deep = [deep]
    assert door.send({**command("help"), "padding": deep}).status == 200


def test_a_form_is_refused_since_there_is_none(door: Door) -> None:
    assert unchanged(door, form()).is_refusal


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-le"])
def test_an_interaction_in_another_encoding_does_no_harm(door: Door, encoding: str) -> None:
    answer = unchanged(door, json.dumps(press("x" * 22)).encode(encoding))
    assert answer.status in (200, 400)


def test_the_answer_is_json_whatever_was_asked(door: Door) -> None:
    for asked in (PING, command("help"), completion("rollback", "what"), form(), press("nobody-knows-it")):
        answer = door.send(asked)
        assert answer.headers == {"content-type": "application/json"}
        assert answer.text.isascii()


def test_ten_thousand_wrongly_signed_requests_ask_nothing_of_anybody(door: Door) -> None:
    event = signed_event(json.dumps(PING).encode(), signature=KEY.sign(b"something else").signature.hex())
    assert {door.endpoint.handle(event)["statusCode"] for _ in range(10_000)} == {401}
    assert door.touched == 0
    assert door.clock.at == NOW
