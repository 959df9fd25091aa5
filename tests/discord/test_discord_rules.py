"""The rules of the stand-in: what Discord takes is taken, what it refuses is refused where it is bad."""

from typing import Any

import pytest

from orchestrator.sandbox.discord import check_commands, check_payload
from orchestrator.sandbox.discord.refusal import Refusal, refuse_if

QUIET: dict[str, Any] = {"allowed_mentions": {"parse": []}}
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "a"}
LINK = {"type": 2, "style": 5, "label": "Go", "url": "https://wiki.example/"}
OPTION = {"label": "One", "value": "1"}
SELECT = {"type": 3, "custom_id": "s", "options": [OPTION]}
TEXT = {"type": 10, "content": "text"}


def said(**body: Any) -> dict[str, Any]:
    return {"content": "x", **QUIET, **body}


def card(**embed: Any) -> dict[str, Any]:
    return {"embeds": [{"title": "t", **embed}], **QUIET}


def row(*components: Any) -> dict[str, Any]:
    return said(components=[{"type": 1, "components": list(components)}])


def select(**option: Any) -> dict[str, Any]:
    return row({**SELECT, "options": [{**OPTION, **option}]})


def rows(count: int) -> dict[str, Any]:
    return said(components=[{"type": 1, "components": [{**BUTTON, "custom_id": str(n)}]} for n in range(count)])


def second(*components: Any, **body: Any) -> dict[str, Any]:
    return {"flags": 32768, "components": list(components), **QUIET, **body}


def many(count: int, of: Any) -> list[Any]:
    return [{**of, "custom_id": str(n)} if "custom_id" in of else of for n in range(count)]


GOOD: list[dict[str, Any]] = [
    said(),
    said(content="x" * 2000, nonce="n" * 25, enforce_nonce=True, tts=False, flags=4096 | 4),
    said(nonce=7, embeds=None, components=None),
    said(allowed_mentions={"parse": ["users"], "roles": ["1"], "users": []}),
    card(title="t" * 256, description="d" * 4096, color=0xFFFFFF, url="https://a.example/"),
    card(timestamp="2025-09-26T09:00:00.000Z", footer={"text": "f" * 1500}, author={"name": "a" * 256}),
    card(fields=[{"name": "n" * 100, "value": "v" * 100}] * 25, image={"url": "attachment://a.png"}),
    {"embeds": [{"title": "t"}] * 10, **QUIET},
    {"embeds": [{"description": "d" * 3000}] * 2, **QUIET},
    rows(5),
    row(*many(5, BUTTON)),
    row(LINK, {**BUTTON, "disabled": True, "emoji": {"name": "🔥"}}),
    row(SELECT),
    row({"type": 6, "custom_id": "r", "default_values": [{"id": "1", "type": "role"}]}),
    second(TEXT, {"type": 17, "accent_color": 1, "components": [TEXT, {"type": 14}]}),
    second({"type": 9, "components": [TEXT] * 3, "accessory": BUTTON}),
    second({"type": 12, "items": [{"media": {"url": "https://a.example/b.png"}}]}),
]

BAD: list[tuple[str, dict[str, Any]]] = [
    ("content", said(content="x" * 2001)),
    ("content", said(content="😀" * 1001)),
    ("content", said(content=7)),
    ("content", said(content="\ud800")),
    ("body", said(content="")),
    ("body", said(content=" \u200b ")),
    ("body", {"components": row(BUTTON)["components"], **QUIET}),
    ("body", {"embeds": [{"color": 1}], **QUIET}),
    ("allowed_mentions", {"content": "x"}),
    ("allowed_mentions", {"content": "x", "allowed_mentions": None}),
    ("allowed_mentions", said(allowed_mentions={"parse": ["users"], "users": ["1"]})),
    ("allowed_mentions.parse.0", said(allowed_mentions={"parse": ["all"]})),
    ("allowed_mentions.parse", said(allowed_mentions={"parse": ["users", "users"]})),
    ("allowed_mentions.roles", said(allowed_mentions={"roles": [str(n) for n in range(1, 102)]})),
    ("allowed_mentions.roles", said(allowed_mentions={"roles": ["1", "1"]})),
    ("allowed_mentions.users.0", said(allowed_mentions={"users": ["@alice"]})),
    ("colour", said(colour=1)),
    ("flags", said(flags=64)),
    ("flags", said(flags=128)),
    ("nonce", said(nonce="n" * 26)),
    ("enforce_nonce", said(enforce_nonce="yes")),
    ("embeds", {"embeds": [{"title": "t"}] * 11, **QUIET}),
    ("embeds.0.title", card(title="t" * 257)),
    ("embeds.0.description", card(description="d" * 4097)),
    ("embeds.0.footer.text", card(footer={"text": "f" * 2049})),
    ("embeds.0.footer.text", card(footer={})),
    ("embeds.0.author.name", card(author={"name": "a" * 257})),
    ("embeds.0.fields", card(fields=[{"name": "n", "value": "v"}] * 26)),
    ("embeds.0.fields.0.name", card(fields=[{"name": "n" * 257, "value": "v"}])),
    ("embeds.0.fields.0.value", card(fields=[{"name": "n", "value": "v" * 1025}])),
    ("embeds.0.fields.0.value", card(fields=[{"name": "n", "value": "  \u200b"}])),
    ("embeds.0.fields.0.name", card(fields=[{"value": "v"}])),
    ("embeds.0.fields.0.short", card(fields=[{"name": "n", "value": "v", "short": True}])),
    ("embeds.0.color", card(color=0x1000000)),
    ("embeds.0.color", card(color=True)),
    ("embeds.0.colour", card(colour=1)),
    ("embeds.0.timestamp", card(timestamp="yesterday")),
    ("embeds.0.timestamp", card(timestamp=1758877200)),
    ("embeds.0.url", card(url="ftp://a.example/")),
    ("embeds.0", {"embeds": [{"description": "d" * 3001}, {"description": "d" * 3000}], **QUIET}),
    ("embeds.0", card(fields=[{"name": "n", "value": "v" * 1000}] * 6)),
    ("components", rows(6)),
    ("components.0.components", row(*many(6, BUTTON))),
    ("components.0.components", row()),
    ("components.0.components", row(SELECT, BUTTON)),
    ("components.0.type", said(components=[BUTTON])),
    ("components.0.type", said(components=[TEXT])),
    ("components.0.components.1.custom_id", row(BUTTON, BUTTON)),
    ("components.0.components.0.custom_id", row({**BUTTON, "custom_id": "c" * 101})),
    ("components.0.components.0.custom_id", row({**BUTTON, "custom_id": ""})),
    ("components.0.components.0.custom_id", row({"type": 2, "style": 1, "label": "x"})),
    ("components.0.components.0.custom_id", row({**LINK, "custom_id": "c"})),
    ("components.0.components.0.url", row({"type": 2, "style": 5, "label": "x"})),
    ("components.0.components.0.url", row({**LINK, "url": "https://a.example/" + "a" * 500})),
    ("components.0.components.0.url", row({**LINK, "url": "javascript:alert(1)"})),
    ("components.0.components.0.label", row({**BUTTON, "label": "l" * 81})),
    ("components.0.components.0.label", row({**BUTTON, "label": ""})),
    ("components.0.components.0.style", row({**BUTTON, "style": 9})),
    ("components.0.components.0.confirm", row({**BUTTON, "confirm": True})),
    ("components.0.components.0.options", row({**SELECT, "options": [OPTION] * 26})),
    ("components.0.components.0.options", row({**SELECT, "options": [OPTION, OPTION]})),
    ("components.0.components.0.options.0.label", select(label="l" * 101)),
    ("components.0.components.0.options.0.description", select(description="d" * 101)),
    ("components.0.components.0.placeholder", row({**SELECT, "placeholder": "p" * 151})),
    ("components.0.components.0.min_values", row({**SELECT, "min_values": 3, "max_values": 2})),
    ("content", second(TEXT, content="x")),
    ("embeds", second(TEXT, embeds=[{"title": "t"}])),
    ("components", second(*[TEXT] * 41)),
    ("components", second(*[{"type": 17, "components": [TEXT] * 10}] * 4)),
    ("components", second({**TEXT, "content": "t" * 2001}, {**TEXT, "content": "t" * 2000})),
    ("components", second({**TEXT, "content": "漢" * 3500})),
    ("components.0.components", second({"type": 9, "components": [TEXT] * 4, "accessory": BUTTON})),
    ("components.0.accessory", second({"type": 9, "components": [TEXT]})),
    ("components.0.accent_color", second({"type": 17, "accent_color": -1, "components": [TEXT]})),
]  # fmt: skip


@pytest.mark.parametrize("body", GOOD)
def test_a_good_message_is_taken(body: dict[str, Any]) -> None:
    assert check_payload("create", body) == []


@pytest.mark.parametrize(("where", "body"), BAD)
def test_a_bad_message_is_refused_where_it_is_bad(where: str, body: dict[str, Any]) -> None:
    found = check_payload("create", body)
    assert [".".join(map(str, problem.path)) or "body" for problem in found] == [where]


@pytest.mark.parametrize("body", [None, [], "x", 7, {"embeds": {}}, {"embeds": [[]]}, {"components": [{"type": [1]}]}])
def test_what_is_no_message_at_all_is_refused_and_never_an_error(body: Any) -> None:
    for kind in ("create", "edit", "edit_reply", "follow_up", "thread", "response"):
        assert check_payload(kind, body)
    assert check_commands([body])


def test_each_use_of_a_message_has_its_flags_and_keys() -> None:
    assert check_payload("follow_up", said(flags=64)) == []
    assert check_payload("edit_reply", said(flags=64)) != []
    assert check_payload("edit", said(flags=4096)) != []
    assert check_payload("follow_up", said(nonce="n")) != []
    assert check_payload("edit", said(nonce="n")) != []


def test_an_edit_may_leave_out_what_stays_but_not_empty_the_message_or_the_mentions() -> None:
    assert check_payload("edit", {"components": [], **QUIET}) == []
    assert [str(p.code) for p in check_payload("edit", {"content": "", "embeds": [], **QUIET})] == ["EMPTY"]
    [problem] = check_payload("edit", {"content": "x"})
    assert problem.message.startswith("House rule, not Discord's")


LABEL = {"type": 18, "label": "Reason", "component": {"type": 4, "custom_id": "r", "style": 2}}
FORM = {"custom_id": "f", "title": "Roll back", "components": [LABEL]}


def choice(**fields: Any) -> dict[str, Any]:
    return {"type": 8, "data": {"choices": [{"name": "n", "value": "v", **fields}]}}


ANSWERS: list[tuple[Any, dict[str, Any], bool]] = [
    ("ping", {"type": 1}, True),
    ("command", {"type": 1}, False),
    ("ping", {"type": 4, "data": said()}, False),
    ("command", {"type": 4, "data": said(flags=64)}, True),
    ("command", {"type": 4}, False),
    ("command", {"type": 4, "data": said(nonce="n")}, False),
    ("command", {"type": 4, "data": {"content": "x"}}, False),
    ("command", {"type": 5}, True),
    ("command", {"type": 5, "data": {"flags": 64}}, True),
    ("command", {"type": 5, "data": {"flags": 4}}, False),
    ("command", {"type": 5, "data": said()}, False),
    ("command", {"type": 6}, False),
    ("component", {"type": 6}, True),
    ("component", {"type": 6, "data": {}}, False),
    ("command", {"type": 7, "data": said()}, False),
    ("component", {"type": 7, "data": said()}, True),
    ("component", {"type": 7, "data": said(flags=64)}, False),
    ("component", {"type": 7, "data": {"content": "x"}}, False),
    ("autocomplete", choice(), True),
    ("autocomplete", choice(value=7), True),
    ("autocomplete", choice(name="n" * 101), False),
    ("autocomplete", choice(name=""), False),
    ("autocomplete", choice(value="v" * 101), False),
    ("autocomplete", {"type": 8, "data": {"choices": [{"name": "n", "value": "v"}] * 26}}, False),
    ("autocomplete", {"type": 8}, False),
    ("autocomplete", {"type": 4, "data": said()}, False),
    ("autocomplete", {"type": 5}, False),
    ("command", choice(), False),
    ("command", {"type": 9, "data": FORM}, True),
    ("modal", {"type": 9, "data": FORM}, False),
    ("command", {"type": 9, "data": {**FORM, "title": "t" * 46}}, False),
    ("command", {"type": 9, "data": {**FORM, "components": []}}, False),
    ("command", {"type": 9, "data": {**FORM, "components": [LABEL, LABEL]}}, False),
    ("command", {"type": 9, "data": {**FORM, "components": [{**LABEL, "label": "l" * 46}]}}, False),
    ("command", {"type": 10}, False),
    ("command", {"type": True}, False),
    ("command", {"type": 4, "data": said(), "extra": 1}, False),
    ("command", {}, False),
]


@pytest.mark.parametrize(("interaction", "answer", "good"), ANSWERS)
def test_an_answer_fits_the_interaction_it_answers(interaction: Any, answer: dict[str, Any], good: bool) -> None:
    assert (check_payload("response", answer, interaction=interaction) == []) is good


def test_problems_are_told_as_discord_nests_them() -> None:
    with pytest.raises(Refusal) as raised:
        refuse_if(check_payload("create", card(title="t" * 257)))
    too_long = {"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 256 or fewer in length."}
    assert raised.value.status == 400
    assert raised.value.body == {
        "message": "Invalid Form Body",
        "code": 50035,
        "errors": {"embeds": {"0": {"title": {"_errors": [too_long]}}}},
    }
    with pytest.raises(Refusal) as raised:
        refuse_if(check_payload("create", said(content="")))
    assert raised.value.body == {"message": "Cannot send an empty message", "code": 50006}


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "rollback", "description": "Take the flags back.", **fields}


def option(kind: int = 3, name: str = "plan", **fields: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "description": "Which one.", **fields}


def subcommand(*options: Any, name: str = "start") -> dict[str, Any]:
    return option(1, name, options=list(options))


CHOICE = {"name": "One", "value": "1"}
WORDY = [{"name": f"{n:099}", "value": str(n)} for n in range(5)]
GOOD_COMMANDS: list[list[dict[str, Any]]] = [
    [],
    [command()],
    [command(name="rollout-status", default_member_permissions="32", nsfw=False)],
    [command(name="étape"), command(name="ห้อง")],
    [command(default_member_permissions=32)],
    [command(options=[option(required=True, autocomplete=True), option(name="reason", max_length=300)])],
    [command(options=[subcommand(option(required=True)), option(2, "more", options=[subcommand()])])],
    [command(options=[option(choices=[CHOICE]), option(4, "n", min_value=0, max_value=2**53 - 1)])],
    [command(), {"name": "Roll back", "type": 3}, {"name": "rollback", "type": 2}],
    [command(name=f"c{n}") for n in range(100)],
]
BAD_COMMANDS: list[list[dict[str, Any]]] = [
    [command(name="Rollback")],
    [command(name="roll back")],
    [command(name="r" * 33)],
    [command(name="")],
    [command(name="roll/back")],
    [{"name": "x"}],
    [command(description="")],
    [command(description="d" * 101)],
    [command(options=[option(name="O")])],
    [command(options=[option(description=" ")])],
    [command(options=[option(name=f"o{n}") for n in range(26)])],
    [command(options=[option(), option(name="late", required=True)])],
    [command(options=[option(), option()])],
    [command(options=[option(choices=[CHOICE], autocomplete=True)])],
    [command(options=[option(choices=[{"name": str(n), "value": str(n)} for n in range(26)])])],
    [command(options=[option(choices=[CHOICE, {**CHOICE, "value": "2"}])])],
    [command(options=[option(choices=[{"name": "n" * 101, "value": "v"}])])],
    [command(options=[option(choices=[{"name": "n", "value": "v" * 101}])])],
    [command(options=[option(4, choices=[{"name": "n", "value": "1"}])])],
    [command(options=[option(4, max_value=2**53)])],
    [command(options=[option(3, max_length=6001)])],
    [command(options=[option(3, min_length=5, max_length=4)])],
    [command(options=[option(8, autocomplete=True)])],
    [command(options=[option(12)])],
    [command(options=[subcommand(), option()])],
    [command(options=[subcommand(subcommand())])],
    [command(options=[option(2, options=[])])],
    [command(options=[option(2, options=[option(2)])])],
    [command(options=[option(name=f"o{n}", choices=WORDY) for n in range(20)])],
    [command(), command()],
    [command(name=f"c{n}") for n in range(101)],
    [{"name": f"c{n}", "type": 2} for n in range(16)],
    [{"name": "Look", "type": 3, "description": "Not here."}],
    [command(default_member_permissions="manage")],
    [command(contexts=[0])],
    [command(integration_types=[0])],
    [command(handler=1)],
]  # fmt: skip


@pytest.mark.parametrize("commands", GOOD_COMMANDS)
def test_good_commands_are_taken(commands: list[dict[str, Any]]) -> None:
    assert check_commands(commands) == []


@pytest.mark.parametrize("commands", BAD_COMMANDS)
def test_bad_commands_are_refused(commands: list[dict[str, Any]]) -> None:
    assert len(check_commands(commands)) == 1
