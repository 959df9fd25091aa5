"""Signatures: over timestamp and raw bytes, before anything is parsed; whatever is wrong with one is 401."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from nacl.signing import SigningKey

from orchestrator.adapters.discord.interactions.endpoint import Endpoint
from orchestrator.adapters.discord.interactions.signature import Signature
from tests.interactions.door import KEY, NOW, OTHER_KEY, PLACE, PUBLIC_KEY, Answer, Door, checked, signed_event
from tests.interactions.interactions import PING, command, press

SIGNATURE, TIMESTAMP = "x-signature-ed25519", "x-signature-timestamp"
BODY = json.dumps(PING).encode()


def refused_unread(door: Door, event: dict[str, Any]) -> Answer:
    """401, and neither the table nor AWS nor Discord was asked for anything, and no line was logged."""
    before = door.stores()
    answer = door.knock(event)
    assert answer.status == 401, answer
    assert door.touched == 0
    assert door.stores() == before
    return answer


def with_headers(event: dict[str, Any], **changes: str | None) -> dict[str, Any]:
    headers = {**event["headers"], **{name.replace("_", "-"): value for name, value in changes.items()}}
    return {**event, "headers": {name: value for name, value in headers.items() if value is not None}}


GOOD = signed_event(BODY)["headers"][SIGNATURE]

BAD_SIGNATURES = {
    "empty": "",
    "a space": " ",
    "one digit short": GOOD[:-1],
    "two digits short": GOOD[:-2],
    "one digit more": GOOD + "0",
    "two digits more": GOOD + "00",
    "no hexadecimal digits": "g" * 128,
    "one that is none": GOOD[:-1] + "x",
    "0x in front": "0x" + GOOD,
    "a space in front": " " + GOOD,
    "a space behind": GOOD + " ",
    "a newline behind": GOOD + "\n",
    "a newline inside": GOOD[:64] + "\n" + GOOD[64:],
    "a NUL behind": GOOD + "\x00",
    "twice, joined as API Gateway does": f"{GOOD},{GOOD}",
    "twice with a space": f"{GOOD}, {GOOD}",
    "all zero": "0" * 128,
    "all ones": "f" * 128,
    "halves swapped": GOOD[64:] + GOOD[:64],
    "reversed": GOOD[::-1],
    "digits that are not ASCII": "٠" * 128,
    "full-width digits": "".join(chr(ord(d) + 0xFEE0) if d.isdigit() else d for d in GOOD),
    "in base64": base64.b64encode(bytes.fromhex(GOOD)).decode(),
    "a megabyte": "0" * 1_000_000,
    "a surrogate": "\ud800" * 128,
    "the key instead": PUBLIC_KEY,
    "the key twice": PUBLIC_KEY * 2,
    "the word null": "null",
    "injection": "' OR '1'='1",
}


@pytest.mark.parametrize("signature", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
def test_a_malformed_or_wrong_signature_is_refused(door: Door, signature: str) -> None:
    refused_unread(door, signed_event(BODY, signature=signature))


@pytest.mark.parametrize("position", range(0, 128, 9))
def test_one_changed_digit_of_the_signature_is_enough(door: Door, position: int) -> None:
    other = "1" if GOOD[position] == "0" else "0"
    refused_unread(door, signed_event(BODY, signature=GOOD[:position] + other + GOOD[position + 1 :]))


def test_another_key_is_refused(door: Door) -> None:
    refused_unread(door, signed_event(BODY, key=OTHER_KEY))


def test_a_signature_of_the_body_alone_is_refused(door: Door) -> None:
    refused_unread(door, signed_event(BODY, signature=KEY.sign(BODY).signature.hex()))


def test_a_signature_with_body_and_timestamp_swapped_is_refused(door: Door) -> None:
    refused_unread(door, signed_event(BODY, signature=KEY.sign(BODY + str(NOW).encode()).signature.hex()))


def test_the_border_between_timestamp_and_body_cannot_be_moved(door: Door) -> None:
    """1764000000 + `1{…}` and 17640000001 + `{…}` are the same bytes; the age tells them apart."""
    event = signed_event(b"1" + BODY)
    moved = with_headers(event, x_signature_timestamp=f"{NOW}1") | {"body": BODY.decode()}
    refused_unread(door, moved)


@pytest.mark.parametrize("missing", [(SIGNATURE,), (TIMESTAMP,), (SIGNATURE, TIMESTAMP)])
def test_a_missing_header_is_refused(door: Door, missing: tuple[str, ...]) -> None:
    event = signed_event(BODY)
    refused_unread(door, event | {"headers": {k: v for k, v in event["headers"].items() if k not in missing}})


@pytest.mark.parametrize("headers", [None, {}, [], "x-signature-ed25519", 7, {"x-signature-ed25519": None}])
def test_headers_of_any_other_shape_are_refused(door: Door, headers: Any) -> None:
    refused_unread(door, signed_event(BODY) | {"headers": headers})


def test_no_headers_at_all_are_refused(door: Door) -> None:
    event = signed_event(BODY)
    del event["headers"]
    refused_unread(door, event)


@pytest.mark.parametrize(
    ("signature", "timestamp"),
    [
        ("X-Signature-Ed25519", "X-Signature-Timestamp"),
        ("X-SIGNATURE-ED25519", "X-SIGNATURE-TIMESTAMP"),
        ("x-Signature-eD25519", "x-signature-TIMESTAMP"),
    ],
)
def test_headers_count_in_any_case(door: Door, signature: str, timestamp: str) -> None:
    event = signed_event(BODY)
    headers = {signature: event["headers"][SIGNATURE], timestamp: event["headers"][TIMESTAMP]}
    answer = door.knock(event | {"headers": headers}, PING)
    assert (answer.status, answer.body) == (200, {"type": 1})


def test_a_signature_in_capital_digits_is_the_same_signature(door: Door) -> None:
    assert door.knock(signed_event(BODY, signature=GOOD.upper()), PING).status == 200


def test_two_headers_of_one_name_never_make_a_bad_signature_good(door: Door) -> None:
    event = signed_event(BODY, signature="0" * 128)
    event["headers"] = {"X-Signature-Ed25519": "1" * 128, **event["headers"]}
    refused_unread(door, event)


BAD_TIMESTAMPS = {
    "empty": "",
    "a space": " ",
    "a space in front": f" {NOW}",
    "a space behind": f"{NOW} ",
    "a newline behind": f"{NOW}\n",
    "a sign": f"+{NOW}",
    "negative": f"-{NOW}",
    "minus one": "-1",
    "a fraction": f"{NOW}.0",
    "an exponent": "1.764e9",
    "underscores": "1_764_000_000",
    "commas": "1,764,000,000",
    "hexadecimal": hex(NOW),
    "milliseconds": f"{NOW}000",
    "a leading zero": f"0{NOW}",
    "Arabic digits": "".join(chr(0x660 + int(d)) for d in str(NOW)),
    "full-width digits": "".join(chr(0xFF10 + int(d)) for d in str(NOW)),
    "superscripts": "¹⁷⁶⁴⁰⁰⁰⁰⁰⁰",
    "a date": "2025-11-24T16:00:00Z",
    "a word": "now",
    "null": "null",
    "NaN": "NaN",
    "infinity": "inf",
    "twice": f"{NOW},{NOW}",
    "a thousand digits": "1" * 1000,
    "ten thousand digits": "9" * 10_000,
    "a NUL behind": f"{NOW}\x00",
}


@pytest.mark.parametrize("timestamp", BAD_TIMESTAMPS.values(), ids=BAD_TIMESTAMPS)
def test_a_malformed_timestamp_is_refused_however_well_it_is_signed(door: Door, timestamp: str) -> None:
    refused_unread(door, signed_event(BODY, timestamp=timestamp))


@pytest.mark.parametrize("age", [301, 302, 600, 3600, 86_400, NOW, -301, -302, -600, -86_400, -(10**9)])
def test_more_than_five_minutes_away_is_refused(door: Door, age: int) -> None:
    refused_unread(door, signed_event(BODY, timestamp=str(NOW - age)))


@pytest.mark.parametrize("age", [300, 299, 1, 0, -1, -299, -300])
def test_up_to_five_minutes_away_is_taken(door: Door, age: int) -> None:
    assert door.knock(signed_event(BODY, timestamp=str(NOW - age)), PING).status == 200


def test_the_age_is_taken_with_the_machines_clock_and_not_with_the_bots(door: Door) -> None:
    door.clock.at = NOW + 16 * 86_400
    assert door.knock(signed_event(BODY), PING).status == 200
    refused_unread(door, signed_event(BODY, timestamp=str(door.clock.at)))


def test_a_request_kept_back_and_played_again_later_is_refused(door: Door) -> None:
    event = signed_event(json.dumps(command("help")).encode())
    assert door.knock(event, command("help")).status == 200
    door.machine += 301
    assert door.knock(event).status == 401


TAMPERED = {
    "a byte more": BODY + b" ",
    "a byte less": BODY[:-1],
    "a newline behind": BODY + b"\n",
    "the same meaning, written otherwise": json.dumps(PING, separators=(",", ":")).encode(),
    "keys in another order": json.dumps(dict(reversed(PING.items()))).encode(),
    "another type": BODY.replace(b'"type": 1', b'"type": 2'),
    "empty": b"",
    "a byte order mark": b"\xef\xbb\xbf" + BODY,
    "another body": json.dumps(command("help")).encode(),
}


@pytest.mark.parametrize("body", TAMPERED.values(), ids=TAMPERED)
def test_a_changed_body_is_refused(door: Door, body: bytes) -> None:
    refused_unread(door, signed_event(body, signature=GOOD))


@pytest.mark.parametrize("position", range(0, len(BODY), 13))
def test_one_changed_byte_of_the_body_is_enough(door: Door, position: int) -> None:
    body = bytearray(BODY)
    body[position] ^= 1
    refused_unread(door, signed_event(bytes(body), signature=GOOD))


def test_a_body_in_base64_is_signed_over_what_it_decodes_to(door: Door) -> None:
    assert door.knock(signed_event(BODY, encoded=True), PING).body == {"type": 1}


def test_a_body_of_bytes_that_are_no_text_is_signed_like_any_other(door: Door) -> None:
    answer = door.knock(signed_event(b"\xff\xfe\x00 no text"))
    assert answer.status == 400


BROKEN_BASE64 = {
    "no base64": "!!!!",
    "one character": "A",
    "padding missing": base64.b64encode(BODY).decode().rstrip("=") + "A",
    "the body itself": BODY.decode(),
    "newlines inside": base64.encodebytes(BODY).decode(),
    "the URL-safe alphabet": base64.urlsafe_b64encode(b"\xfb\xff\xfe").decode(),
    "something behind it": base64.b64encode(BODY).decode() + "====",
    "not ASCII": "é" * 8,
    "a surrogate": "\ud800" * 8,
}


@pytest.mark.parametrize("text", BROKEN_BASE64.values(), ids=BROKEN_BASE64)
def test_broken_base64_is_refused(door: Door, text: str) -> None:
    refused_unread(door, signed_event(BODY, encoded=True) | {"body": text})


def test_base64_that_is_said_to_be_text_is_refused(door: Door) -> None:
    refused_unread(door, signed_event(BODY, encoded=True) | {"isBase64Encoded": False})


@pytest.mark.parametrize("body", [7, 1.5, True, ["a"], {"a": 1}, b"bytes"])
def test_a_body_that_is_no_text_at_all_is_refused(door: Door, body: Any) -> None:
    refused_unread(door, signed_event(BODY) | {"body": body})


@pytest.mark.parametrize("body", [None, ""])
def test_an_empty_body_that_is_signed_is_not_json(door: Door, body: Any) -> None:
    assert door.knock(signed_event(b"") | {"body": body}).status == 400


def test_nothing_is_said_about_why(door: Door) -> None:
    """Whoever forges signatures learns nothing from the answers."""
    events = [
        signed_event(BODY, signature="00"),
        signed_event(BODY, key=OTHER_KEY),
        signed_event(BODY, timestamp=str(NOW - 301)),
        signed_event(BODY, encoded=True) | {"body": "!"},
    ]
    assert len({door.knock(event).text for event in events}) == 1


def test_a_wrong_signature_on_a_button_has_no_effect_and_costs_nothing(door: Door) -> None:
    button = door.button("rollback")
    refused_unread(door, signed_event(json.dumps(press(button)).encode(), key=OTHER_KEY))
    assert not door.sent


def test_either_of_two_keys_is_enough_and_a_third_is_not(door: Door) -> None:
    third = SigningKey(bytes(range(2, 34)))
    keys = Signature([PUBLIC_KEY, OTHER_KEY.verify_key.encode().hex()])
    endpoint = Endpoint(keys, PLACE, door.access, lambda: door.outside, lambda: float(NOW))
    found = [checked(endpoint.handle(signed_event(BODY, key=key)), PING).status for key in (KEY, OTHER_KEY, third)]
    assert found == [200, 200, 401]
