"""Our path and a real Alertmanager, on the same events: the same groups are notified, and nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from orchestrator.core.alerting.policy import Inhibition, Matcher, Policy, Route
from tests.alertmanager.both import Both

pytestmark = pytest.mark.long

Start = Callable[..., Both]

AT_ONCE = Route(to=("alerts",), repeat=3600)
PLENTY = Policy(routes=dict.fromkeys(("critical", "warning", "info"), AT_ONCE), messages=10_000)
"""Alertmanager has no budget, so ours is out of the way."""

COARSE = Policy(routes=PLENTY.routes, messages=10_000, group_by=("environment", "service"))

INHIBITING = Policy(
    routes=PLENTY.routes,
    messages=10_000,
    inhibit=(
        Inhibition(
            parent=Matcher(labels=(("rule", "down"),)), child=Matcher(labels=(("rule", "slow-*"),)), equal=("service",)
        ),
    ),
)

PROBLEMS = [(f"rule-{number % 4}", f"service-{number // 4}") for number in range(80)]


def a_stream() -> list[tuple[str, str]]:
    """Every problem, some of them far more often than others, in any order."""
    drawn = random.Random(7)
    stream = PROBLEMS + drawn.choices(PROBLEMS, weights=range(1, len(PROBLEMS) + 1), k=420)
    drawn.shuffle(stream)
    return stream


@pytest.mark.parametrize(("policy", "groups"), [(PLENTY, 80), (COARSE, 20)], ids=["one a problem", "one a service"])
def test_the_same_groups_are_notified_and_none_is_lost(both: Start, policy: Policy, groups: int) -> None:
    here = both(policy)
    stream = a_stream()
    for start in range(0, len(stream), 50):
        here.fire(*stream[start : start + 50])
    assert here.told() == set(PROBLEMS)
    assert here.groups() == groups


@pytest.mark.parametrize("policy", [PLENTY, COARSE], ids=["one a problem", "one a service"])
def test_the_same_again_notifies_nobody(both: Start, policy: Policy) -> None:
    here = both(policy)
    here.fire(*PROBLEMS)
    here.agree()
    before = here.notified()
    for _ in range(3):
        here.fire(*PROBLEMS)
    here.intervals_pass()
    assert here.notified() == before


def test_what_joins_a_group_and_what_ends_in_it_is_told_by_both(both: Start) -> None:
    here = both(COARSE)
    here.fire(("a", "shop"))
    here.agree()
    here.fire(("b", "shop"))
    here.agree()
    here.end(("a", "shop"))
    here.agree()
    here.end(("b", "shop"))
    here.agree()
    assert here.notified() == (4, 4)


def test_while_the_parent_fires_both_keep_quiet_about_its_children_and_then_tell_them(both: Start) -> None:
    here = both(INHIBITING)
    here.fire(("down", "shop"))
    here.agree()
    here.fire(("slow-reads", "shop"), ("slow-writes", "shop"), ("slow-reads", "mill"), ("full", "shop"))
    here.intervals_pass()
    told = here.told() - here.markers
    assert told == {("down", "shop"), ("slow-reads", "mill"), ("full", "shop")}
    here.end(("down", "shop"))
    here.intervals_pass()
    assert here.told() - here.markers == told | {("slow-reads", "shop"), ("slow-writes", "shop")}


def test_a_silence_keeps_both_quiet_about_the_same(both: Start) -> None:
    here = both(PLENTY)
    here.silence("shop")
    here.fire(("a", "shop"), ("b", "shop"), ("a", "mill"))
    here.intervals_pass()
    assert here.told() - here.markers == {("a", "mill")}


def test_what_is_over_before_it_is_told_is_a_line_of_a_digest_with_us_and_nothing_there(both: Start) -> None:
    """By design: Alertmanager keeps no count. With us each event stands somewhere."""
    waits = Route(to=("alerts",), wait=60, repeat=3600)
    here = both(Policy(routes=dict.fromkeys(PLENTY.routes, waits)), wait="2s")
    here.fire(("brief", "shop"), minutes=0)
    here.end(("brief", "shop"), minutes=0)
    here.passes(3)
    here.intervals_pass()
    assert here.told() - here.markers == set()
    digests = [sent.notice for sent in here.kept.sent if sent.kind == "digest"]
    assert len(digests) == 1
    assert digests[0].lines[:2] == (
        "Not told one by one: over before it could be told.",
        "- over: dev: brief of shop · once",
    )
