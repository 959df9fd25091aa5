"""Late messages say so, and what piled up is folded without losing one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.adapters.discord.rendering import render
from orchestrator.core.effects import Post
from orchestrator.core.lateness import FEW, MOST, Belated, digest_key, digests, is_late, marked, may_be_folded
from orchestrator.core.notices import Action, Notice
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.sandbox.discord import check_payload

NOW = 1_764_000_000
HOUR = 3600
ROLLOUT = Rollout(
    id="shop-1",
    plan="shop",
    plan_hash="f" * 64,
    environment="dev",
    status="running",
    started_at=NOW,
    started_by="alice",
    reason="",
)


def notice(headline: str = "dev · shop-1: reads is on", *verbs: Any, **more: Any) -> Notice:
    actions = tuple(Action(verb=verb, label=verb) for verb in verbs)
    return Notice(**{"kind": "stage", "tone": "ok", "headline": headline, "actions": actions, **more})


def belated(
    headline: str = "dev · shop-1: reads is on", *, ago: int = HOUR, tried: bool = True, **more: Any
) -> Belated:
    return Belated(post=Post(notice=notice(headline, **more)), at=NOW - ago, tried=tried)


@pytest.mark.parametrize(("ago", "late"), [(0, False), (120, False), (121, True), (6 * HOUR, True)])
def test_a_message_is_late_after_two_minutes(ago: int, late: bool) -> None:
    assert is_late(NOW - ago, NOW) is late
    assert (marked(belated(ago=ago), NOW) == notice()) is not late


@pytest.mark.parametrize(
    ("given", "line"),
    [
        (belated(ago=14 * 60), "Late by 14 min: Discord could not be reached before."),
        (belated(ago=6 * HOUR + 120), "Late by 6h 2 min: Discord could not be reached before."),
        (belated(ago=14 * 60, tried=False), "Late by 14 min."),
        (
            Belated(post=Post(notice=notice(), proves=True), at=NOW - 840, tried=False),
            "Late by 14 min: the flags had to be read back first.",
        ),
    ],
)
def test_it_says_by_how_much_and_no_more_than_is_known_of_why(given: Belated, line: str) -> None:
    told = marked(given, NOW)
    assert told.lines[0] == line
    assert told.headline.startswith("dev · shop-1: reads is on (late by ")


def test_nothing_else_of_a_late_message_changes() -> None:
    before = belated(lines=("a", "b"), facts=(("x", "1"),))
    told = marked(before, NOW)
    assert (told.lines[1:], told.facts, told.at, told.tone) == (("a", "b"), (("x", "1"),), 0, "ok")


@pytest.mark.parametrize(
    ("verbs", "folded"),
    [
        ((), True),
        (("status",), True),
        (("status", "rollback"), True),
        (("status", "resume", "rollback"), True),
        (("approve", "status", "rollback"), False),
        (("climb", "done", "status"), False),
        (("adopt", "revert"), False),
        (("confirm",), False),
    ],
)
def test_what_asks_somebody_for_something_keeps_a_message_of_its_own(verbs: tuple[str, ...], folded: bool) -> None:
    post = Post(notice=Notice(kind="x", tone="ok", headline="x", actions=_actions(verbs)))
    assert may_be_folded(post) is folded


def _actions(verbs: tuple[str, ...]) -> tuple[Action, ...]:
    return tuple(Action(verb=verb, label=verb) for verb in verbs)  # type: ignore[arg-type]  # verbs


def test_a_digest_is_not_folded_again_and_says_once_that_it_is_late() -> None:
    [(count, digest)] = digests(ROLLOUT, [belated(), belated("dev · shop-1: writes is on")], NOW)
    assert count == 2
    assert not may_be_folded(Post(notice=digest))
    assert marked(Belated(post=Post(notice=digest), at=NOW - HOUR), NOW) == digest


def test_a_digest_counts_and_names_what_it_holds_oldest_first() -> None:
    held = [
        belated("dev · shop-1 paused by bob", ago=3 * HOUR, tone="waiting"),
        belated("CRITICAL dev · shop-1: alarm shop-outage acted, READS set to false", ago=2 * HOUR, tone="firing"),
        belated("dev · shop-1: writes is on", ago=HOUR),
    ]
    [(count, digest)] = digests(ROLLOUT, held, NOW)
    assert (count, digest.tone, digest.headline) == (3, "firing", "dev · shop-1: 3 messages late, by up to 3h")
    assert digest.lines == (
        "Discord could not be reached before. What happened meanwhile, oldest first:",
        f"<t:{NOW - 3 * HOUR}:t> 🟡 paused by bob",
        f"<t:{NOW - 2 * HOUR}:t> 🔴 CRITICAL alarm shop-outage acted, READS set to false",
        f"<t:{NOW - HOUR}:t> ✅ writes is on",
        "How it is now: `/rollout-status`.",
    )


def test_the_standing_set_is_called_by_its_environment() -> None:
    standing = Rollout(
        id=STANDING,
        plan=STANDING,
        plan_hash="",
        environment="prod",
        status="standing",
        started_at=0,
        started_by="",
        reason="",
    )
    [(_, digest)] = digests(standing, [belated("prod: bob holds the line"), belated("prod: x")], NOW)
    assert digest.headline == "prod: 2 messages late, by up to 1h"
    assert digest.lines[1].endswith("🟡 bob holds the line") or digest.lines[1].endswith("✅ bob holds the line")


def test_what_is_said_several_times_in_a_row_is_one_line_with_its_count() -> None:
    held = [belated("a", ago=300 + 60 * number) for number in range(4, 0, -1)] + [
        belated("b", ago=200),
        belated("a", ago=150),
    ]
    [(count, digest)] = digests(ROLLOUT, held, NOW)
    assert count == 6
    assert digest.headline.startswith("dev · shop-1: 6 messages late")
    assert [line.split("> ", 1)[1] for line in digest.lines[1:-1]] == [
        f"✅ a (4 times, last at <t:{NOW - 360}:t>)",
        "✅ b",
        "✅ a",
    ]


def test_a_time_of_another_day_is_written_with_its_date() -> None:
    [(_, digest)] = digests(ROLLOUT, [belated("a", ago=30 * HOUR), belated("b")], NOW)
    assert digest.lines[1].startswith(f"<t:{NOW - 30 * HOUR}:f> ")


HEADLINES = st.one_of(
    st.sampled_from(["dev · shop-1: reads is on", "x" * 299, "CRITICAL dev · shop-1: alarm acted", "😀" * 200]),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=400),
)


@settings(deadline=None)
@given(st.lists(st.tuples(HEADLINES, st.integers(0, 40_000)), min_size=1, max_size=250))
def test_every_message_is_in_one_digest_and_the_counts_add_up(given_: list[tuple[str, int]]) -> None:
    held = [belated(headline, ago=ago) for headline, ago in given_]
    told = list(digests(ROLLOUT, held, NOW))
    assert sum(count for count, _ in told) == len(held)
    assert all(1 <= count <= MOST for count, _ in told)
    for count, digest in told:
        assert int(re.findall(r": (\d+) messages? late", digest.headline)[0]) == count
        times = [
            int(found) for found in re.findall(r"\((\d+) times, last at <t:\d+:[tf]>\)$", "\n".join(digest.lines), re.M)
        ]
        lines = len(digest.lines) - 2
        assert lines - len(times) + sum(times) >= count, "each line stands for one, or says for how many"


@settings(deadline=None)
@given(st.lists(HEADLINES, min_size=1, max_size=120))
@example([f"{number} " + "x" * 290 for number in range(120)])
@example([f"{number} " + "😀" * 290 for number in range(120)])
def test_a_digest_fits_into_a_message_uncut(headlines: list[str]) -> None:
    held = [belated(headline, ago=60 * (len(headlines) - n)) for n, headline in enumerate(headlines)]
    for _, digest in digests(ROLLOUT, held, NOW):
        payload = render(digest)
        assert check_payload("create", payload) == []
        assert payload["embeds"][0]["description"].endswith("How it is now: `/rollout-status`.")


def test_the_same_messages_have_the_same_key_and_others_another() -> None:
    keys = ["effect-1", "effect-2"]
    assert digest_key(keys) == digest_key(list(keys)) != digest_key(["effect-1"])
    assert len(digest_key(keys)) <= 25, "it fits a nonce"
    assert FEW == 5
