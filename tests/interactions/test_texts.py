"""What people type: paths, injections, markdown, mentions, letters of no width. It is shown, and does nothing else."""

from __future__ import annotations

import io
import json
import re

import pytest

from tests.interactions.door import ALERTS, ANNA, OPS, STRANGER, TOKEN, Answer, Caller, Door
from tests.interactions.interactions import command, completion, press

TEXTS = {
    "a path up": "../../x",
    "a path up to another environment": "../../prod/flags/READS",
    "an absolute path": "/switchback/prod/flags/READS",
    "an encoded path": "%2e%2e%2fx",
    "a star": "*",
    "a question mark": "?",
    "a pattern": "READ[S]",
    "a dot": ".",
    "two dots": "..",
    "a slash": "/",
    "a backslash": "..\\x",
    "a NUL": "READS\x00",
    "a NUL alone": "\x00",
    "a key of the table": "ROLLOUT#shop-1",
    "the standing set": "standing",
    "an SSM reference": "{{ssm:/switchback/prod/bot-token}}",
    "a CloudFormation reference": "{{resolve:ssm-secure:/switchback/bot-token}}",
    "a version selector": "READS:1",
    "an expression": "${jndi:ldap://x/y}",
    "a template": "{{7*7}}",
    "a format": "{0.__class__.__mro__}",
    "percent signs": "%s%n%d%x",
    "SQL": "'; DROP TABLE rollouts; --",
    "DynamoDB": '" OR attribute_exists(pk)',
    "a shell": "$(reboot)`id`;|&&",
    "HTML": "<script>alert(1)</script>",
    "everyone": "@everyone",
    "here": "@here",
    "everyone in capitals": "@EVERYONE",
    "everyone, joined": "@\u200beveryone",
    "a person": f"<@{ANNA.user_id}>",
    "a person with a nick": f"<@!{ANNA.user_id}>",
    "a role": "<@&200000000000000011>",
    "a channel": f"<#{OPS}>",
    "a command": "</rollback:1430000000000000001>",
    "a time": "<t:0:R>",
    "an emoji": "<a:x:1430000000000000001>",
    "a masked link": "[the console](https://example.com/phish)",
    "a link": "https://example.com/phish",
    "a link in angle brackets": "<https://example.com/phish>",
    "an invitation": "discord.gg/abcdef",
    "bold": "**bold** __under__ *slanted* ~~gone~~ ||hidden||",
    "a heading": "# heading",
    "a small text": "-# small",
    "a quote": "> quote\n>>> all of it",
    "a list": "- one\n- two\n1. three",
    "code": "`code`",
    "a fence": "```py\nx\n```",
    "an open fence": "```",
    "only backslashes": "\\" * 50,
    "zero width": "\u200b\u200c\u200d\u2060",
    "zero width inside": "RE\u200bADS",
    "a soft hyphen": "RE\u00adADS",
    "right to left": "\u202eSDAER\u202c",
    "isolates": "\u2066READS\u2069",
    "Hangul filler": "\u3164" * 10,
    "a byte order mark": "\ufeffREADS",
    "accents in a tower": "a" + "\u0301" * 200,
    "emoji": "👩‍👩‍👧‍👦" * 40,
    "flags": "🇩🇪" * 50,
    "letters that look alike": "RЕADS",
    "full width": "ＲＥＡＤＳ",
    "a lone surrogate": "READS\ud800",
    "a trailing surrogate": "\udc00READS",
    "a surrogate alone": "\ud83d",
    "control characters": "".join(map(chr, range(32))),
    "terminal codes": "\x1b[31mred\x1b[0m\x07",
    "line separators": "a\u2028b\u2029c\x85d",
    "newlines": "\n" * 100,
    "a log line": '"}\n{"level":"ERROR","message":"forged"}',
    "6,000 letters": "x" * 6_000,
    "6,000 backticks": "`" * 6_000,
    "6,000 at-signs": "@everyone " * 600,
    "6,000 brackets": "<" * 6_000,
    "6,000 letters of four bytes": "🔴" * 6_000,
    "60,000 spaces": " " * 60_000,
    "digits": "9" * 4_000,
}

_OUR_LINK = re.compile(r"\]\(https://us-east-1\.console\.aws\.amazon\.com/cloudwatch/[\w/?=#:$*.!-]+\)")
_PINGS = re.compile(r"@(everyone|here)|<@[!&]?\d+>", re.IGNORECASE)


def harmless(answer: Answer, typed: str) -> None:
    """Nothing pings, nothing links, nothing breaks out of what it stands in."""
    data = answer.body["data"]
    assert data.get("allowed_mentions") == {"parse": []}
    texts = [data.get("content", "")]
    for embed in data.get("embeds", []):
        texts += [embed.get("description", ""), *(field["value"] for field in embed.get("fields", []))]
    for text in texts:
        assert not _PINGS.search(text), text
        text = _OUR_LINK.sub("]", text)
        assert not re.search(r"(?<!\\)https?(?<!\\)://", text), text
        assert not re.search(r"(?<!\\)\]\(", text), text
        assert not any(sign in text for sign in "\u202e\u2066\u200d\x00\x1b") or typed.startswith("👩"), text
        assert not re.search("[\ud800-\udfff]", text), text


FIELDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "the flag that is looked at": ("flag get", "flag", {}),
    "the flag whose history is asked for": ("flag history", "flag", {}),
    "the flag that is set": ("flag set", "flag", {"value": "true", "reason": "x"}),
    "the value": ("flag set", "value", {"flag": "PORTAL", "reason": "x"}),
    "the reason": ("flag set", "reason", {"flag": "PORTAL", "value": "true"}),
    "what goes back": ("rollback", "what", {}),
    "how far": ("rollback", "to", {"what": "shop"}),
    "why it goes back": ("rollback", "reason", {"what": "shop"}),
    "the item": ("rollout tick", "item", {"plan": "shop"}),
    "where it can be seen": ("rollout tick", "evidence", {"plan": "shop", "item": "x"}),
    "which approval": ("rollout approve", "gate", {"plan": "shop"}),
    "whose pause": ("rollout resume", "hold", {"plan": "shop", "reason": "x"}),
    "why the line is held": ("rollout hold-all", "reason", {}),
    "the plan to start": ("rollout start", "plan", {"reason": "x"}),
    "the plan to abort": ("rollout abort", "plan", {}),
    "the rollout": ("rollout-status", "rollout", {}),
    "the trace": ("debug-last", "trace", {}),
    "an option that is none": ("help", "nothing", {}),
}


@pytest.mark.parametrize("typed", TEXTS.values(), ids=TEXTS)
def test_a_text_is_shown_and_does_nothing_else(door: Door, typed: str, log: io.StringIO) -> None:
    before = door.stores()
    for path, option, others in FIELDS.values():
        harmless(door.send(command(path, options={**others, option: typed})), typed)
    after = door.stores()
    del before["confirmations"], after["confirmations"]  # a preview keeps what its button stands for
    assert before == after
    for line in log.getvalue().splitlines():
        assert isinstance(json.loads(line), dict)
    assert TOKEN not in log.getvalue()


@pytest.mark.parametrize("typed", TEXTS.values(), ids=TEXTS)
def test_a_caller_may_be_called_anything(door: Door, typed: str, log: io.StringIO) -> None:
    asked = command("rollback", options={"what": "shop"})
    asked["member"]["nick"] = typed
    answer = door.send(asked)
    harmless(answer, typed)
    pressed = press(answer.buttons[0])
    pressed["member"]["nick"] = typed
    harmless(door.send(pressed), typed)
    assert door.sent[0].actor.user_id == ANNA.user_id
    other = door.send(press(answer.buttons[0], Caller(user_id="300000000000000088", name="x", roles=("ops",))))
    assert other.is_refusal
    harmless(other, typed)
    for line in log.getvalue().splitlines():
        assert isinstance(json.loads(line), dict)


@pytest.mark.parametrize("typed", TEXTS.values(), ids=TEXTS)
def test_an_unknown_command_is_named_harmlessly(door: Door, typed: str) -> None:
    before = door.stores()
    asked = command("help")
    asked["data"]["name"] = typed
    answer = door.send(asked)
    assert answer.is_refusal
    harmless(answer, typed)
    assert door.stores() == before


@pytest.mark.parametrize("typed", TEXTS.values(), ids=TEXTS)
def test_whatever_is_typed_the_completion_is_a_list_of_what_there_is(door: Door, typed: str) -> None:
    door.send(command("help"))
    for path, option in (
        ("rollback", "what"),
        ("flag get", "flag"),
        ("rollout start", "plan"),
        ("debug-last", "trace"),
        ("rollout-status", "rollout"),
        ("rollout approve", "gate"),
    ):
        known = {choice["value"] for choice in door.send(completion(path, option)).choices}
        found = {choice["value"] for choice in door.send(completion(path, option, typed)).choices}
        assert found <= known


@pytest.mark.parametrize("typed", TEXTS.values(), ids=TEXTS)
def test_a_stranger_learns_nothing_by_any_text(door: Door, typed: str) -> None:
    for path, option, others in FIELDS.values():
        answer = door.send(command(path, STRANGER, {**others, option: typed}))
        assert answer.is_refusal
        for secret in ("READS", "WRITES", "PORTAL"):
            if secret not in typed and path != "flag set":
                assert secret not in answer.shown


@pytest.mark.parametrize(
    "name",
    ["../../x", "*", "x/y", "READS:1", "/switchback/prod/flags/READS", "é", "x" * 300, "🔴" * 300, "a b", "nobody"],
)
@pytest.mark.parametrize("path", ["flag get", "flag history", "flag set", "rollback"])
def test_a_flag_that_cannot_be_is_said_not_to_be_there(door: Door, path: str, name: str) -> None:
    """Not "cannot be read now": whoever waits for that waits for ever."""
    option = "what" if path == "rollback" else "flag"
    others = {"value": "true", "reason": "x"} if path == "flag set" else {}
    answer = door.send(command(path, options={option: name, **others}))
    assert answer.is_refusal
    assert "there is no" in answer.shown
    assert "READS" in answer.shown or "shop" in answer.shown
    assert "just now" not in answer.shown


def test_a_secret_in_a_reason_is_not_kept_in_the_trace(door: Door) -> None:
    secret = "AKIA" + "IOSFODNN7EXAMPLE"
    door.send(command("rollback", options={"what": "shop", "reason": f"rotated {secret}"}))
    record = door.table.traces.last_for("200000000000000002", ANNA.user_id)
    assert record is not None
    assert secret not in record.command
    assert secret not in door.send(command("debug-last")).text


def test_the_interactions_token_is_neither_logged_nor_kept_nor_shown(door: Door, log: io.StringIO) -> None:
    for path, options in (("rollback", {"what": "shop"}), ("debug-last", {}), ("nothing", {})):
        assert TOKEN not in door.send(command(path, options=options)).text
    door.queue.fail_next = [OSError(TOKEN)]
    door.send(press(door.button("rollback")))
    assert TOKEN not in json.dumps(door.stores()) + repr(vars(door.table.traces))
    assert TOKEN not in log.getvalue()
    assert len(log.getvalue().splitlines()) >= 1


def test_a_long_list_is_cut_to_what_discord_takes(door: Door) -> None:
    for number in range(400):
        door.flags.by_hand(f"FLAG_{number:03}_{'X' * 90}", "false", 1)
    for path, options in (("flag list", {}), ("flag get", {"flag": "FLAG"}), ("help", {}), ("rollback", {"what": "F"})):
        door.send(command(path, options=options))
    assert len(door.send(completion("rollback", "what", "FLAG")).choices) == 25
    assert door.send(command("flag list", channel=ALERTS)).status == 200


@pytest.mark.parametrize("field", [name for name in FIELDS if "reason" not in name and "why" not in name])
def test_a_name_is_cut_to_what_a_key_of_the_table_can_hold(door: Door, field: str) -> None:
    """DynamoDB refuses longer keys, which would be told as "cannot be answered now"; moto does not."""
    path, option, others = FIELDS[field]
    shown = door.send(command(path, options={**others, option: "🔴" * 1_000})).shown
    assert "🔴" * 201 not in shown


def test_a_reason_is_kept_to_a_thousand_letters(door: Door) -> None:
    (button,) = door.send(command("rollback", options={"what": "shop", "reason": "x" * 6_000})).buttons
    stored = door.table.confirmations.get(button)
    assert stored is not None
    assert len(stored.command.reason) == 1_000
