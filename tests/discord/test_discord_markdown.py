"""Text made harmless and cut to length."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.markdown import clean, code, escape, is_blank, plain, shorten, units

FAMILY = "👩‍👩‍👧‍👦"
FLAG = "🇦🇹"

anything = st.text(st.characters(exclude_categories=()), max_size=300)
markup = st.text(
    st.sampled_from("*_~`|[]()<>#-+.@:\\/!&1239 \n\tabtheveryonehttps\u200b\u202e\ud800😀\u0301"),
    max_size=120,
)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("# heading", "\\# heading"),
        ("a\n  ## heading", "a\n  \\## heading"),
        ("-# small", "\\-# small"),
        ("> quote\n>>> more", "\\> quote\n\\>>> more"),
        ("- one\n* two\n+ three\n4. four", "\\- one\n\\* two\n\\+ three\n4\\. four"),
        ("**b** __u__ ~~s~~ ||spoiler||", "\\*\\*b\\*\\* \\_\\_u\\_\\_ \\~\\~s\\~\\~ \\|\\|spoiler\\|\\|"),
        ("```sh\nrm\n```", "\\`\\`\\`sh\nrm\n\\`\\`\\`"),
        ("[click](https://evil.example)", "\\[click\\](https\\://evil.example)"),
        ("<t:1758877200:R>", "\\<t\\:1758877200:R>"),
        ("<#3001> </rollback:99>", "\\<#3001> \\</rollback:99>"),
        ("<:party:12>", "\\<\\:party:12>"),
        ("\\*", "\\\\\\*"),
        ("cpu > 5%, 10:30:45, a-b", "cpu > 5%, 10:30:45, a-b"),
    ],
)
def test_markup_that_somebody_typed_is_shown_as_typed(typed: str, sent: str) -> None:
    assert escape(typed) == sent


@pytest.mark.parametrize("typed", ["@everyone", "@here", "<@501>", "<@!501>", "<@&77>", "@\u200beveryone", "@Everyone"])
def test_a_mention_that_somebody_typed_is_not_in_the_text(typed: str) -> None:
    for sent in (escape(typed), code(typed)):
        assert not re.search(r"@(everyone|here|[!&]?\d)", sent, re.IGNORECASE)


def test_characters_that_hide_or_turn_text_are_removed() -> None:
    assert escape("a\u200bb\u202ec\u2066d\u00ade\ufefff\U000e0041g") == "abcdefg"
    assert escape("\x00a\x1bb\x7fc") == "abc"
    assert escape("\ud800x\udc00") == "\ufffdx\ufffd"
    assert escape("\ud83d\ude00") == "😀"


def test_emoji_made_of_several_stay_whole() -> None:
    assert escape(f"{FAMILY} ok") == f"{FAMILY} ok"
    assert escape("a\u200db") == "ab"


def test_line_breaks_are_kept_or_folded() -> None:
    assert escape("a\r\nb\u2028c\vd") == "a\nb\nc\nd"
    assert escape("a\r\nb\u2028c\v d", one_line=True) == "a b c d"


@given(markup)
def test_nothing_of_what_somebody_typed_has_a_meaning(text: str) -> None:
    sent = escape(text)
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "x", sent)
    assert not re.search(r"[\\*_~`|\[\]<]", bare)
    assert not re.search(r"^[ \t]*([#>+-]|\d+\.)", bare, re.MULTILINE)
    assert "://" not in bare
    assert not re.search(r"@(everyone|here|[!&]?\d)", sent, re.IGNORECASE)


@given(anything)
def test_no_control_character_survives(text: str) -> None:
    for sent in (escape(text), code(text), clean(text)):
        assert all(c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs") for c in sent)
    assert "\n" not in escape(text, one_line=True)


@given(anything)
def test_inline_code_is_one_pair_of_backticks_around_something_visible(text: str) -> None:
    sent = code(text)
    assert sent[0] == sent[-1] == "`"
    assert sent.count("`") == 2
    assert not is_blank(sent[1:-1])


def test_a_text_that_fits_is_left_alone() -> None:
    assert shorten("abc", 3) == "abc"
    assert shorten("a" * 2000, 2000) == "a" * 2000


def test_a_cut_text_ends_with_an_ellipsis_on_a_line_border_if_one_is_near() -> None:
    assert shorten("abcdef", 4) == "abc…"
    assert shorten("first line\nsecond line\nthird", 26) == "first line\nsecond line…"
    assert shorten("x\n" + "y" * 100, 50) == "x\n" + "y" * 47 + "…"


@pytest.mark.parametrize("whole", [FAMILY, FLAG, "👍🏽", "e\u0301\u0302", "❤️", "🏴\U000e0067\U000e0062\U000e007f"])
def test_what_is_drawn_as_one_character_is_never_cut_in_two(whole: str) -> None:
    text = "ab" + whole * 5
    for most in range(1, units(text)):
        kept = shorten(text, most)[:-1]
        assert kept in ("", "a") or (kept[2:].replace(whole, "") == "" and kept.startswith("ab"))


def test_an_escape_and_a_token_are_not_cut_in_two() -> None:
    assert shorten("abc\\*defgh", 5) == "abc…"
    assert shorten("due <t:1758877200:R> then more", 15) == "due…"


def test_code_that_is_cut_is_closed_so_that_its_inside_stays_code() -> None:
    fenced = shorten("```\n" + "line of a log\n" * 50 + "```", 100)
    assert fenced.endswith("\n```…")
    assert fenced.count("```") == 2
    inline = shorten("see `" + "[x](http://evil.example) " * 20 + "`", 60)
    assert inline.endswith("`…")
    assert inline.count("`") == 2


@given(st.one_of(anything, markup, st.text("`\\\n <t:1>x", max_size=200)), st.integers(0, 120))
def test_a_shortened_text_is_never_too_long(text: str, most: int) -> None:
    text = clean(text)
    cut = shorten(text, most)
    assert units(cut) <= most
    assert cut == text or cut.endswith("…") or most == 0


@given(st.text("`ab\n", max_size=120), st.integers(12, 60))
def test_no_cut_leaves_code_open(text: str, most: int) -> None:
    cut = shorten(text, most)
    if cut != text:
        assert not re.sub(r"```.*?```|`[^`]*`", "", cut, flags=re.DOTALL).count("`") % 2


@pytest.mark.parametrize("typed", [":" + "a" * 20_000, "@" * 20_000, "\\" * 20_000, ":a" * 10_000, " \t" * 9_000 + "#"])
def test_a_long_hostile_text_is_escaped_and_cut(typed: str) -> None:
    assert len(shorten(escape(typed), 2000)) <= 2000


@pytest.mark.parametrize(
    ("drawn", "read"),
    [
        ("since <t:1758877200:f> (<t:1758877200:R>).", "since 2025-09-26 09:00 UTC."),
        ("since <t:1758877200:f> <t:1758877200:R>, held", "since 2025-09-26 09:00 UTC, held"),
        ("(since <t:1758877200:f> <t:1758877200:R>)", "(since 2025-09-26 09:00 UTC)"),
        ("seen <t:1758877200:R>", "seen 2025-09-26 09:00 UTC"),
        ("<t:1758877200:f> (<t:1758877260:R>)", "2025-09-26 09:00 UTC (2025-09-26 09:01 UTC)"),
        ("<t:1758877200:t>–<t:1758877200:t>", "2025-09-26 09:00 UTC–2025-09-26 09:00 UTC"),
        ("**bold** `code` \\*typed\\*", "bold code *typed*"),
    ],
)
def test_where_nobody_draws_it_a_time_is_one_time_in_utc(drawn: str, read: str) -> None:
    assert plain(drawn) == read
