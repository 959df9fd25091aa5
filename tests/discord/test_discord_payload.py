"""Whatever the texts are, no payload breaks a rule of Discord's."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.adapters.discord.payload import (
    PONG,
    Button,
    Colour,
    Embed,
    Field,
    LinkButton,
    choices,
    deferred,
    message,
    reply,
    update,
)
from orchestrator.sandbox.discord import check_payload

SAMPLES = [
    "x",
    "é",
    "e\u0301",
    "😀",
    "👩‍👩‍👧‍👦",
    "🇦🇹",
    "\ud83d",
    "\u200b",
    "\u2800",
    " \n",
    "漢",
    "```\n",
    "`",
    "\\",
    "<t:1:R>",
    "\x00",
]
long = st.builds(lambda piece, times: piece * times, st.sampled_from(SAMPLES), st.integers(0, 5000))
words = st.one_of(st.text(st.characters(exclude_categories=()), max_size=60), long, st.just(""))
fields = st.builds(Field, words, words, st.booleans())
embeds = st.builds(
    Embed,
    title=words,
    description=words,
    fields=st.one_of(st.lists(fields, max_size=4), st.builds(lambda f, n: [f] * n, fields, st.integers(0, 40))),
    colour=st.one_of(st.none(), st.sampled_from(Colour), st.integers(-5, 1 << 30)),
    footer=words,
    at=st.one_of(st.none(), st.integers(-(10**9), 10**13)),
)
styles = st.sampled_from(["primary", "secondary", "success", "danger"])
buttons = st.one_of(
    st.builds(Button, words, styles, words, st.booleans()),
    st.builds(LinkButton, words, st.one_of(words, st.just("https://wiki.example/run"), st.just("http://[x"))),
)
rows = st.lists(st.lists(buttons, max_size=8), max_size=8)
ids = st.lists(st.one_of(st.integers(-1, 1 << 70).map(str), words), max_size=5)
messages = st.builds(
    message,
    words,
    st.one_of(st.lists(embeds, max_size=3), st.builds(lambda e, n: [e] * n, embeds, st.integers(0, 12))),
    rows,
    ephemeral=st.booleans(),
    silent=st.booleans(),
    mention_roles=ids,
    mention_users=ids,
)


def refused(kind: Any, body: Any, interaction: Any = None) -> list[str]:
    assert json.loads(json.dumps(body).encode()) == body
    return [str(found) for found in check_payload(kind, body, interaction=interaction)]


@settings(max_examples=150, deadline=None)
@given(messages)
def test_no_message_is_ever_refused(body: dict[str, Any]) -> None:
    assert refused("response", reply(body), "command") == []
    assert refused("response", update(body), "component") == []
    assert refused("follow_up", body) == []
    assert body["allowed_mentions"]["parse"] == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(words, st.one_of(words, st.integers(-(1 << 60), 1 << 60))), max_size=40))
def test_no_list_of_choices_is_ever_refused(pairs: list[tuple[str, str | int]]) -> None:
    assert refused("response", choices(pairs), "autocomplete") == []


@pytest.mark.parametrize("ephemeral", [True, False])
def test_acknowledgements_are_as_discord_wants_them(ephemeral: bool) -> None:
    assert refused("response", deferred(ephemeral), "command") == []
    assert refused("response", PONG, "ping") == []
    assert deferred(True) == {"type": 5, "data": {"flags": 64}}
    assert deferred(False) == {"type": 5}


def test_a_message_without_anything_says_so() -> None:
    assert message(" \u200b\n")["content"] == "Nothing to show."
    assert message("", [Embed()])["content"] == "Nothing to show."
    assert message("", (), [[Button("Go", "primary", "a")]])["content"] == "Nothing to show."
    assert message("", [Embed(title="t")])["content"] == ""


def test_what_is_given_is_sent_as_given() -> None:
    card = Embed("Title", "Text", [Field("Stage", "2 of 5", True)], Colour.FIRING, "as of", 1_758_877_200)
    row = [Button("Roll back", "danger", "c1"), Button("Hold", "secondary", "c2", disabled=True)]
    link = [LinkButton("Runbook", "https://wiki.example/run")]
    assert message("Hi", [card], [row, link], ephemeral=True, mention_roles=["77"]) == {
        "content": "Hi",
        "embeds": [
            {
                "title": "Title",
                "description": "Text",
                "fields": [{"name": "Stage", "value": "2 of 5", "inline": True}],
                "color": 0xED4245,
                "footer": {"text": "as of"},
                "timestamp": "2025-09-26T09:00:00Z",
            }
        ],
        "components": [
            {
                "type": 1,
                "components": [
                    {"type": 2, "label": "Roll back", "style": 4, "custom_id": "c1"},
                    {"type": 2, "label": "Hold", "style": 2, "custom_id": "c2", "disabled": True},
                ],
            },
            {
                "type": 1,
                "components": [{"type": 2, "label": "Runbook", "style": 5, "url": "https://wiki.example/run"}],
            },
        ],
        "allowed_mentions": {"parse": [], "roles": ["77"]},
        "flags": 64,
    }


def test_a_blank_field_shows_a_dash() -> None:
    [card] = message("", [Embed(title="t", fields=[Field(" ", "\u200b")])])["embeds"]
    assert card["fields"] == [{"name": "–", "value": "–", "inline": False}]


def test_fields_that_do_not_fit_are_counted() -> None:
    [card] = message("", [Embed(fields=[Field(str(n), "v") for n in range(30)])])["embeds"]
    assert len(card["fields"]) == 25
    assert card["fields"][-1]["value"] == "6 more left out"
    [card] = message("", [Embed(fields=[Field(str(n), "v" * 1024) for n in range(10)])])["embeds"]
    assert card["fields"][-1]["value"] == f"{10 - len(card['fields']) + 1} more left out"
    [card] = message("", [Embed(fields=[Field(str(n), "v") for n in range(25)])])["embeds"]
    assert [field["name"] for field in card["fields"]] == [str(n) for n in range(25)]


def test_title_and_footer_outlive_a_long_description() -> None:
    [card] = message("", [Embed("Title", "d" * 9000, [Field("f", "v" * 1024)] * 4, footer="as of now")])["embeds"]
    assert (card["title"], card["footer"]) == ("Title", {"text": "as of now"})
    assert len(card["description"]) == 4096


def test_a_sixth_button_begins_a_new_row_and_a_repeated_one_is_left_out() -> None:
    row = [Button(str(n), "primary", f"id{n}") for n in range(7)]
    sizes = [len(found["components"]) for found in message("x", rows=[row, row])["components"]]
    assert sizes == [5, 2]


def test_a_custom_id_that_cannot_be_sent_is_replaced_and_the_message_still_goes() -> None:
    body = message("x", rows=[[Button("a", "primary", "z" * 101), Button("b", "primary", "")]])
    assert refused("create", body) == []
    found = [button["custom_id"] for button in body["components"][0]["components"]]
    assert len(set(found)) == 2
    assert all(custom_id.startswith("unusable:") for custom_id in found)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://", "", "https://x.example/" + "a" * 500, "https://a b"]
)
def test_a_link_that_leads_nowhere_good_is_left_out(url: str) -> None:
    assert message("x", rows=[[LinkButton("go", url)]])["components"] == []


def test_an_update_says_nothing_about_visibility() -> None:
    assert "flags" not in update(message("x", ephemeral=True))["data"]


def test_a_value_that_would_have_to_be_cut_is_no_choice() -> None:
    offered = choices([("long", "v" * 101), ("ok", "v"), ("again", "v"), ("", "w"), ("n" * 101, 3)])
    names = [(c["name"], c["value"]) for c in offered["data"]["choices"]]
    assert names == [("ok", "v"), ("w", "w"), ("n" * 99 + "…", 3)]
