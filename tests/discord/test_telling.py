"""What waits in the outbox is told when Discord takes it: late, folded if need be, once, and paged where it is not."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from orchestrator import perform
from orchestrator.adapters.discord.rest import DiscordApi, DiscordUnavailable
from orchestrator.core.effects import Arm, Post
from orchestrator.core.lateness import FEW
from orchestrator.core.notices import Action, Notice
from orchestrator.core.rollout import Rollout
from orchestrator.ports import Waiting
from orchestrator.telling import JITTER, RETRY_AFTER, pause
from tests.contracts.table_fixtures import button, following, started
from tests.interactions.door import ALERTS, OPS, Door

HOUR = 3600

A_MINUTE = 5
"""Messages in the first minute after Discord has come back."""


def post(headline: str, *verbs: Any, **more: Any) -> Post:
    actions = tuple(Action(verb=verb, label=verb) for verb in verbs)
    return Post(notice=Notice(kind="stage", tone="ok", headline=headline, actions=actions), **more)


class Outbox:
    """Rollouts with messages to tell, and a channel that takes them or not."""

    def __init__(self) -> None:
        self.door = Door()
        self.discord, self.pager = self.door.discord, self.door.pager
        self.states: dict[str, Rollout] = {}

    def put(self, *posts: Post | Arm, rollout: str = "shop-1") -> None:
        verbs = [action for p in posts if isinstance(p, Post) for action in p.notice.actions]
        number = len(self.states) * 100 + self.at % 10_000
        cards = tuple(button(f"card-{number}-{n}", kind="card", expires_at=0) for n, _ in enumerate(verbs))
        if rollout not in self.states:
            self.states[rollout] = started(self.door.table, rollout, effects=posts, cards=cards)
            return
        transition = following(self.states[rollout], effects=posts, cards=cards)
        self.door.table.rollouts.save(transition)
        self.states[rollout] = transition.after

    @property
    def at(self) -> int:
        return self.door.clock.at

    def tick(self, seconds: int = 60) -> None:
        self.door.clock.at += seconds
        for state in self.states.values():
            perform.empty_outbox(self.door.outside, state)

    def ticks(self, seconds: int) -> None:
        for _ in range(seconds // 60):
            self.tick()

    def told(self, *channels: str) -> list[str]:
        found = [m for c in channels or (OPS, ALERTS) for m in self.discord.messages(c, "1")]
        return [m["content"] for m in sorted(found, key=lambda message: int(message["id"]))]

    def body(self, index: int) -> str:
        found = [m for c in (OPS, ALERTS) for m in self.discord.messages(c, "1")]
        return str(sorted(found, key=lambda message: int(message["id"]))[index]["embeds"][0]["description"])

    def waiting(self, rollout: str = "shop-1") -> list[Waiting]:
        return self.door.table.rollouts.waiting(rollout, self.at + 10 * HOUR)

    def named(self) -> str:
        """Everything that can be read in both channels."""
        return "\n".join(
            m["content"] + "\n" + "\n".join(embed.get("description", "") for embed in m["embeds"])
            for c in (OPS, ALERTS)
            for m in self.discord.messages(c, "1")
        )


@pytest.fixture
def outbox() -> Outbox:
    return Outbox()


def test_the_pause_grows_and_is_drawn_out_by_key_and_tries_alone() -> None:
    def waiting(key: str, tries: int) -> Waiting:
        return Waiting(rollout="shop-1", seq=1, key=key, effect=post("x"), created_at=0, tries=tries)

    for tries, least in enumerate((*RETRY_AFTER, RETRY_AFTER[-1])):
        drawn = {pause(waiting(f"effect-{number}", tries)) for number in range(200)}
        assert min(drawn) > least
        assert max(drawn) <= least * (1 + JITTER) + 1
        assert pause(waiting("effect-1", tries)) == pause(waiting("effect-1", tries))
        if least >= 30:
            assert len(drawn) > 5, "what failed together does not come back together"
    assert pause(waiting("effect-1", 0), 400.0) > 400, "never before the time that was asked for"


def test_a_message_on_time_says_nothing_of_the_time(outbox: Outbox) -> None:
    outbox.put(post("one"))
    outbox.tick()
    assert outbox.told() == ["✅ **one**"]


def test_a_late_message_says_by_how_much(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(post("one"))
    outbox.ticks(14 * 60)
    outbox.discord.set_state("up")
    outbox.ticks(300)
    [content] = outbox.told()
    assert content.startswith("✅ **one (late by 1")
    assert outbox.body(0).startswith("Late by 1")
    assert outbox.body(0).endswith("min: Discord could not be reached before.")


@pytest.mark.parametrize(("state", "most"), [("down", 2), ("throttled", 1)])
def test_while_discord_takes_nothing_it_is_asked_at_most_twice_a_tick(outbox: Outbox, state: Any, most: int) -> None:
    outbox.discord.set_state(state)
    outbox.put(*(post(f"{number}") for number in range(40)))
    for _ in range(30):
        before = len(outbox.discord.requests)
        outbox.tick()
        assert len(outbox.discord.requests) - before <= most
    assert len(outbox.waiting()) == 40


def test_however_many_wait_each_is_paged_within_six_minutes(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(*(post(f"message {number:02}") for number in range(40)))
    outbox.ticks(360)
    paged = "\n".join(text for _, text in outbox.pager.pages)
    assert [paged.count(f"message {number:02}") for number in range(40)] == [1] * 40
    assert len(outbox.pager.pages) <= 3, "and not one by one"


def test_what_waits_is_told_within_five_minutes_of_discord_s_return(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(post("one"), post("two"))
    outbox.ticks(6 * HOUR)
    outbox.discord.set_state("up")
    outbox.ticks(300)
    assert outbox.waiting() == []


def test_five_late_messages_come_one_by_one_and_six_are_folded(outbox: Outbox) -> None:
    for number in (FEW, FEW + 1):
        fresh = Outbox()
        fresh.discord.set_state("down")
        fresh.put(*(post(f"message {n}") for n in range(number)))
        fresh.ticks(600)
        fresh.discord.set_state("up")
        fresh.ticks(300)
        assert len(fresh.told()) == (FEW if number == FEW else 2)
        assert fresh.waiting() == []
        for n in range(number):
            assert fresh.named().count(f"message {n}") == 1


def test_a_backlog_comes_as_few_messages_and_none_is_lost(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    for number in range(60):
        outbox.put(post(f"ops {number:03}"), post(f"alert {number:03}"))
        outbox.ticks(360)
    outbox.discord.set_state("up")
    while not outbox.told():
        outbox.tick()
    assert len(outbox.told()) <= A_MINUTE, "in the first minute"
    outbox.ticks(300)
    assert outbox.waiting() == []
    named = outbox.named()
    for number in range(60):
        assert named.count(f"ops {number:03}") == 1
        assert named.count(f"alert {number:03}") == 1
    assert sum(map(int, re.findall(r": (\d+) messages late, by up to", named))) == 119


def test_what_asks_for_a_press_keeps_its_buttons(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(*(post(f"message {n}") for n in range(8)), post("approve this?", "approve", "status"))
    outbox.ticks(600)
    outbox.discord.set_state("up")
    outbox.ticks(300)
    [asking] = [m for m in outbox.discord.messages(OPS, "1") if "approve this?" in m["content"]]
    assert [button["label"] for button in asking["components"][0]["components"]] == ["approve", "status"]
    assert "late by" in asking["content"]
    assert len(outbox.told()) == 3, "the one that asked whether Discord is there, the digest, the question"


def test_late_messages_of_several_rollouts_share_five_a_minute(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    for rollout in ("shop-1", "search-1", "cart-1", "mail-1"):
        outbox.put(*(post(f"{rollout} {n}", "approve") for n in range(4)), rollout=rollout)
    outbox.ticks(1200)
    outbox.discord.set_state("up")
    counts = [0]
    for _ in range(9):
        outbox.tick()
        counts.append(len(outbox.told()))
    assert max(later - before for before, later in pairwise(counts)) <= A_MINUTE
    assert counts[-1] == 16


def test_one_message_that_discord_never_takes_keeps_no_other_back(outbox: Outbox) -> None:
    """Discord answers some texts with a 500, for ever."""
    create = DiscordApi.create_message

    def chokes(api: DiscordApi, channel: str, payload: Any, *, nonce: str) -> str:
        if "poison" in payload["content"]:
            raise DiscordUnavailable
        return create(api, channel, payload, nonce=nonce)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DiscordApi, "create_message", chokes)
        outbox.put(post("poison"), post("one"), post("two"))
        outbox.tick()
        assert outbox.told() == ["✅ **one**", "✅ **two**"]
        for number in range(10):
            outbox.put(post(f"news {number}"))
            outbox.tick()
    assert len(outbox.told()) == 12
    assert [waiting.effect for waiting in outbox.waiting()] == [post("poison")]
    assert sum("poison" in text for _, text in outbox.pager.pages) == 1


def test_news_does_not_wait_behind_what_is_late(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(*(post(f"question {n}", "approve") for n in range(12)))
    outbox.ticks(1200)
    outbox.put(post("news"))
    outbox.discord.set_state("up")
    outbox.ticks(120)
    assert "✅ **news**" in outbox.told()


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("sent", [False, True], ids=["before the digest is sent", "after it, before that is recorded"])
def test_a_crash_around_the_digest_loses_and_doubles_nothing(outbox: Outbox, sent: bool) -> None:
    outbox.discord.set_state("down")
    outbox.put(*(post(f"message {n}") for n in range(9)))
    outbox.ticks(900)
    outbox.discord.set_state("up")
    create, digests = DiscordApi.create_message, []

    def dies_at_the_digest(api: DiscordApi, channel: str, payload: Any, *, nonce: str) -> str:
        if nonce.startswith("digest-") and not digests:
            digests.append(create(api, channel, payload, nonce=nonce) if sent else "")
            raise Killed
        return create(api, channel, payload, nonce=nonce)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DiscordApi, "create_message", dies_at_the_digest)
        with pytest.raises(Killed):
            outbox.ticks(300)
    assert len(outbox.waiting()) == 1, "the digest is saved in their place"
    outbox.put(post("a later one"))
    outbox.ticks(120)
    for n in range(9):
        assert outbox.named().count(f"message {n}") == 1
    assert outbox.waiting() == []


def test_what_is_tried_in_vain_for_minutes_is_paged_once_in_one_page(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(post("one"), post("two"), post("three"))
    outbox.ticks(HOUR)
    texts = [f"{subject}\n{text}" for subject, text in outbox.pager.pages]
    for headline in ("one", "two", "three"):
        assert sum(headline in text for text in texts) == 1
    assert len(texts) <= 3
    assert "Discord did not take the message now" in texts[0]


@pytest.mark.parametrize("kind", ["403", "404"])
def test_what_discord_refuses_for_good_is_paged_and_not_tried_again(outbox: Outbox, kind: Any) -> None:
    outbox.discord.fail_next(kind)
    outbox.put(post("one"))
    outbox.ticks(HOUR)
    assert (outbox.told(), outbox.waiting(), len(outbox.discord.requests)) == ([], [], 1)
    [(subject, text)] = outbox.pager.pages
    assert "could not be posted" in subject
    assert text.startswith("one\n\nWhy it is not in the channel: Discord refused the message")


def test_with_a_token_that_is_not_accepted_messages_wait_and_are_paged(outbox: Outbox) -> None:
    outbox.discord.fail_next("401", times=1000)
    outbox.put(post("one"))
    outbox.ticks(1800)
    assert len(outbox.discord.requests) <= 4, "once in ten minutes"
    assert len(outbox.pager.pages) == 1
    outbox.discord._faults.clear()
    outbox.ticks(900)
    assert len(outbox.told()) == 1


def test_arming_does_not_wait_behind_a_message(outbox: Outbox) -> None:
    outbox.discord.set_state("down")
    outbox.put(post("one"), Arm(alarm="shop-outage", owner="shop-1", values=(("READS", "false"),)))
    outbox.tick()
    assert outbox.door.armed.bindings("shop-outage")


def test_flags_first_tells_at_the_end_and_each_outbox_once(outbox: Outbox) -> None:
    outbox.put(post("one"))
    outbox.put(post("two"), rollout="search-1")
    with perform.flags_first():
        outbox.tick()
        outbox.tick()
        assert outbox.told() == []
    assert outbox.told() == ["✅ **one**", "✅ **two**"]


def test_flags_first_tells_what_was_saved_even_where_something_failed(outbox: Outbox) -> None:
    outbox.put(post("one"))

    def fails_half_way() -> None:
        with perform.flags_first():
            outbox.tick()
            raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        fails_half_way()
    assert outbox.told() == ["✅ **one**"]
