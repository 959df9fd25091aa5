"""Addresses of the AWS console: what is written into one comes out of it again, and nothing breaks a link."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.console import Console, console_of, jsurl
from orchestrator.core.own_logs import lines_of, log_groups

HERE = console_of("arn:aws:sns:eu-central-1:123456789012:switchback-alerts", "switchback", "prod")
SEGMENT = "1-5759e988-bd862e3fe1be46a994272793"
AT = 1_764_000_000


def parsed(text: str) -> Any:
    """JSURL, read as its own reference reads it."""
    value, rest = _parsed(text)
    assert rest == ""
    return value


def _parsed(text: str) -> tuple[Any, str]:
    assert text[0] == "~", text
    text = text[1:]
    if text[0] == "'":
        body = re.match(r"[^~)]*", text[1:])
        assert body is not None
        return _unescaped(body[0]), text[1 + len(body[0]) :]
    if text[0] != "(":
        number = re.match(r"-?\d+", text)
        assert number is not None
        return int(number[0]), text[len(number[0]) :]
    text = text[1:]
    if text[0] in "~)":
        items = []
        while text[0] != ")":
            item, text = _parsed(text)
            items.append(item)
        return items, text[1:]
    fields: dict[str, Any] = {}
    while True:
        key, _, _ = text.partition("~")
        fields[key], text = _parsed(text[len(key) :])
        if text[0] == ")":
            return fields, text[1:]
        text = text[1:]


_ESCAPE = re.compile(r"\*\*([0-9a-f]{4})|\*([0-9a-f]{2})|!")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: "$" if found[0] == "!" else chr(int(found[1] or found[2], 16)), text)


def asked_of(address: str) -> Any:
    """What the console reads out of an address of Logs Insights."""
    fragment = address.partition("#logsV2:logs-insights")[2]
    query = unquote(fragment.replace("$", "%"))
    assert query.startswith("?queryDetail=")
    return parsed(unquote(query.removeprefix("?queryDetail=")))


def test_the_log_lines_of_a_trace_are_asked_for_over_every_log_around_its_time() -> None:
    address = HERE.lines("AbC_-def", AT, AT + 900)
    assert address.startswith("https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:")
    assert asked_of(address) == {
        "end": "2025-11-24T16:15:00.000Z",
        "start": "2025-11-24T16:00:00.000Z",
        "timeType": "ABSOLUTE",
        "tz": "UTC",
        "editorString": lines_of("AbC_-def"),
        "source": list(log_groups("switchback", "prod")),
    }


def test_an_address_can_stand_in_a_link_of_markdown_and_is_not_too_long_for_a_card() -> None:
    address = HERE.lines("A" * 22, AT, AT + 900)
    assert re.fullmatch(r"[\w:/.?=#$*!-]+", address)
    assert len(address) < 1_000


@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"])))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    assert parsed(jsurl(text)) == text
    assert parsed(jsurl({"a": text, "b": [text, text], "c": -3})) == {"a": text, "b": [text, text], "c": -3}


def test_what_an_address_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="no address holds a float"):
        jsurl(1.5)


def test_a_segment_is_shown_in_x_ray_and_without_one_there_is_no_address() -> None:
    assert HERE.trace(SEGMENT) == (
        f"https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/{SEGMENT}"
    )
    assert HERE.trace("") == ""


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_each_partition_has_a_console_of_its_own(partition: str, host: str) -> None:
    here = console_of(f"arn:{partition}:sns:r-1:123456789012:t", "switchback", "dev")
    assert here.trace(SEGMENT).startswith(f"https://r-1.{host}/")


@pytest.mark.parametrize("arn", ["", "alerts", "arn:aws:sns", "a:b:c:d:e:f"])
def test_what_is_no_arn_gives_no_address(arn: str) -> None:
    here = console_of(arn, "switchback", "dev")
    assert here == Console(region="", app_name="switchback", environment="dev")
    assert (here.trace(SEGMENT), here.lines("t1", AT, AT)) == ("", "")
