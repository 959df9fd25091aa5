"""Discord down, throttling, or a proxy's page in its place: flags move all the same, people are paged, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from orchestrator import bootstrap
from orchestrator.core.commands import Command
from orchestrator.core.lateness import FEW
from orchestrator.core.rollout import STANDING
from tests.journeys.journey import ENG, FIRST, OPS, PLAN, PLANNER, Journey, buttons, text

READS = "PERSISTENCE_PRISMA_READS"

Break = Callable[[Journey], None]

OUTAGES: dict[str, Break] = {
    "down": lambda journey: journey.town.discord.set_state("down"),
    "throttled": lambda journey: journey.town.discord.set_state("throttled"),
    "a proxy's page": lambda journey: journey.town.discord.fail_next("429-html", times=9999, retry_after=30),
    "blocked": lambda journey: journey.town.discord.fail_next("403-html", times=9999),
    "no answer": lambda journey: journey.town.discord.fail_next("timeout", times=9999),
    "the token is void": lambda journey: journey.town.discord.fail_next("401", times=9999),
    "no access": lambda journey: journey.town.discord.fail_next("403", times=9999),
    "ten refusals": lambda journey: refused_ten_times(journey),
}


SOME_AND_ALL = [
    outage if outage in ("down", "a proxy's page", "no access") else pytest.param(outage, marks=pytest.mark.long)
    for outage in OUTAGES
]


def refused_ten_times(journey: Journey) -> None:
    """The guard has closed; Discord itself would answer."""
    journey.town.discord.fail_next("403", times=10)
    api = bootstrap.discord_api()
    from orchestrator.adapters.discord.errors import DiscordRefused
    from orchestrator.adapters.discord.payload import message

    for number in range(10):
        with pytest.raises(DiscordRefused):
            api.create_message(journey.town.settings.discord_ops_channel_id, message("x"), nonce=str(number))


@pytest.mark.parametrize("outage", SOME_AND_ALL)
def test_the_flag_is_off_and_read_back_and_people_are_paged(journey: Journey, outage: str) -> None:
    journey.expected_statuses |= {401, 403, 429, 503, None}  # type: ignore[arg-type]  # None: no answer
    journey.started_in("portal")
    OUTAGES[outage](journey)
    fired = journey.now
    journey.alarm("portal-outage")
    assert journey.flag("PORTAL_PRISMA") == "false"
    assert journey.now - fired < 5, "it waited for nobody"
    state = journey.rollout().flags["PORTAL_PRISMA"]
    assert (state.pending, state.kept) == (False, "false"), "read back"
    journey.advance("2m")
    (page,) = [page for page in journey.pages if "portal-outage acted, PORTAL_PRISMA set to false" in page]
    assert page.startswith("CRITICAL dev")
    assert "Runbook: https://" in page
    if outage != "ten refusals":
        assert journey.posts("alerts") == []


@pytest.mark.parametrize("outage", SOME_AND_ALL)
def test_a_rollback_by_hand_waits_for_no_message(journey: Journey, outage: str) -> None:
    journey.expected_statuses |= {401, 403, 429, 503, None}  # type: ignore[arg-type]  # None: no answer
    journey.started_in("orchestrator")
    preview = journey.ask(ENG, "rollback", what=PLAN)
    OUTAGES[outage](journey)
    asked = journey.now
    journey.confirm(ENG, preview)
    assert journey.flags(READS, "FINANCIAL_ORCHESTRATOR") == ["false", "false"]
    assert journey.now - asked < 5


def test_every_flag_an_alarm_means_is_off_before_the_first_message(journey: Journey) -> None:
    """The process dies as it tells the first of two owners; the flags of both are off by then."""
    journey.started_in("portal")
    journey.edge.dies_before_telling()
    journey.dies(lambda: journey.alarm("portal-outage"))
    assert journey.flag("PORTAL_PRISMA") == "false"
    owners = [binding.owner for binding in bootstrap.outside().armed.bindings("portal-outage")]
    assert sorted(owners) == sorted([FIRST, STANDING])
    standing = bootstrap.outside().rollouts.load(STANDING)
    assert standing is not None


def passes(journey: Journey, minutes: int) -> None:
    """Time with a tick every 20 minutes: `tests/discord/test_telling.py` goes minute by minute, without AWS."""
    for _ in range(0, minutes, 20):
        journey.town.clock.move_to(journey.now + 19 * 60)
        journey.advance("1m")


def held(journey: Journey) -> list[dict[str, Any]]:
    """Every effect that waits to be told, whoever's."""
    rollouts = bootstrap.outside().rollouts
    return [w for rollout in (*rollouts.recent(100), STANDING) for w in rollouts.waiting(rollout, journey.now + 86_400)]  # type: ignore[misc]  # a list of both


@pytest.mark.long
def test_six_hours_without_discord_in_a_running_rollout_lose_nothing(journey: Journey) -> None:
    journey.expected_statuses.add(503)
    journey.started_in("portal")
    told_before = len(journey.posts("ops"))
    journey.town.discord.set_state("down")
    for name in ("portal-outage", "failed-transactions", "prisma-read-regression"):
        journey.alarm(name)
        passes(journey, minutes=20)
        journey.alarm(name, "OK")
        passes(journey, minutes=40)
        for verb in ("pause", "resume"):
            bootstrap.app().run(Command(verb=verb, target=PLAN, actor=PLANNER, reason="looked into"))  # type: ignore[arg-type]  # two verbs
    for name in ("PORTAL_PRISMA", "SETTINGS_SECURE_PROVIDER", "FINANCIAL_ORCHESTRATOR"):
        journey.by_hand(**{name: "true" if journey.flag(name) == "false" else "false"})
        passes(journey, minutes=60)
    wanted = [waiting.effect.notice for waiting in held(journey) if hasattr(waiting.effect, "notice")]  # type: ignore[attr-defined]  # as just asked
    assert len(wanted) > FEW, "there is something to fold"
    assert journey.posts("alerts") == []

    journey.town.discord.set_state("up")
    before = len(journey.seen_by(OPS))
    while len(journey.seen_by(OPS)) == before:
        journey.advance("1m")
    assert len(journey.seen_by(OPS)) - before <= 5, "in the first minute"
    journey.advance("5m")
    assert held(journey) == []
    new = journey.posts("ops")[told_before:]
    counted = sum(count_of(message) for message in new)
    assert counted == len(wanted)
    everything = placeless("\n".join(text(message) for message in new))
    for notice in wanted:
        assert placeless(notice.headline) in everything
    for message in new:
        assert "late" in message["content"]


def count_of(message: dict[str, Any]) -> int:
    found = re.search(r": (\d+) messages? late, by up to", message["content"])
    return int(found[1]) if found else 1


def placeless(said: str) -> str:
    """As it is read, without the rollout's name: a digest has it once, and not in every line."""
    shown = re.sub(r"\\([\\*_`~|>#\[\]()-])", r"\1", said)
    return re.sub(rf"dev · {FIRST}:? ", "", shown)


def test_what_is_waited_for_comes_late_with_buttons_that_work(journey: Journey) -> None:
    journey.expected_statuses.add(503)
    journey.start()
    journey.town.discord.set_state("down")
    journey.advance("2m")
    journey.town.clock.move_to(journey.now + 25 * 3600)
    journey.advance("10m")
    assert journey.rollout().waiting.startswith("approval")
    journey.town.discord.set_state("up")
    journey.advance("6m")
    asking = [message for message in journey.posts("ops") if "Approve" in buttons(message)][-1]
    assert "late by" in asking["content"]
    preview = journey.press(ENG, "Approve", on=asking)
    journey.confirm(ENG, preview)
    assert journey.rollout().approvals


def test_a_rollout_that_ends_while_discord_is_down_is_told_to_have_ended(journey: Journey) -> None:
    journey.expected_statuses |= {401, 503}
    journey.started_in("admin-reads")
    preview = journey.ask(OPS, "rollout abort", plan=PLAN)
    journey.town.discord.set_state("down")
    journey.confirm(OPS, preview)
    passes(journey, minutes=60)
    assert journey.rollout().status == "aborted"
    journey.town.discord.set_state("up")
    journey.advance("6m")
    assert len(journey.posts("ops", "aborted by ops-lead")) == 1
    assert journey.posts("alerts") == [], "no dead letter: it was carried out, and only the reply has nobody to take it"
