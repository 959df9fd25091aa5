"""alerts.yaml, the board that all groups share, and digests."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.bootstrap import ALERTS_FILE, RECEIVERS
from orchestrator.core.alerting.alert import Group, fingerprint
from orchestrator.core.alerting.board import (
    Board,
    Silence,
    may_call,
    muted,
    room,
    with_called,
    with_sent,
    with_silence,
    without_called,
    without_sent,
    without_silence,
)
from orchestrator.core.alerting.digest import Digest, with_lines
from orchestrator.core.alerting.observing import observed
from orchestrator.core.alerting.policy import Inhibition, Matcher, read_policy
from orchestrator.core.alerting.telling import unaccounted
from orchestrator.core.wording.alerts import digest_notice
from tests.core.made_alerts import HOUR, NOW, POLICY, event, policy

KNOWN = frozenset(RECEIVERS)
ROUTES = "routes: {critical: {to: [alerts, sns]}, warning: {to: [alerts]}, info: {to: [alerts]}}\n"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_deployed_policy_is_read_in_every_environment(environment: str) -> None:
    found = read_policy(ALERTS_FILE.read_bytes(), environment, KNOWN)
    assert found.route("critical").to == ("alerts", "sns")
    assert [step.after for step in found.route("critical").escalation] == [0, 600, 1800]
    assert (found.same_within, found.messages, found.within) == (300, 5, 60)


def test_an_environment_may_have_a_route_of_its_own() -> None:
    text = ROUTES + "environments: {dev: {routes: {critical: {to: [ops]}}}}\n"
    assert read_policy(text.encode(), "dev", KNOWN).route("critical").to == ("ops",)
    assert read_policy(text.encode(), "prod", KNOWN).route("critical").to == ("alerts", "sns")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the alert policy cannot be read"),
        ("routes: {critical: {to: [alerts]}}", "routes are critical, warning and info"),
        (ROUTES.replace("[alerts, sns]", "[pagerduty]"), "there is no receiver pagerduty; there is alerts, ops, sns"),
        (ROUTES.replace("[alerts, sns]", "[]"), "every route names at least one receiver"),
        (ROUTES + "group_by: [rule, colour]", "there is no label colour"),
        (ROUTES + "group_by: []", "group_by names at least one label"),
        (ROUTES + "same_within: soon", "'soon' is not a duration"),
        (ROUTES + "budget: {messages: 1}", "two messages at least"),
        (ROUTES + "nonsense: 1", "unknown field"),
        (
            ROUTES.replace("[alerts, sns]", "[alerts], escalation: [{after: 10m, ping: b}, {after: 1m, ping: a}]"),
            "in the order of their times",
        ),
        (ROUTES + "inhibit: [{parent: {rule: a}, child: {shape: b}}]", "there is no label shape"),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_in_one_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        read_policy(text.encode(), "dev", KNOWN)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_no_two_problems_share_a_fingerprint(rule: str, service: str, other_rule: str, other_service: str) -> None:
    same = fingerprint(rule, "dev", service) == fingerprint(other_rule, "dev", other_service)
    assert same is ((rule, service) == (other_rule, other_service))


# -- the board -----------------------------------------------------------------------------------------------------


def test_a_channel_has_a_budget_of_which_one_is_kept_for_a_page_and_one_for_a_digest() -> None:
    board = Board()
    for number in range(4):
        assert room(board, "alerts", POLICY, NOW + number) == max(0, 3 - number)
        assert room(board, "alerts", POLICY, NOW + number, critical=True) == 4 - number
        board = with_sent(board, "alerts", POLICY, NOW + number)
    assert room(board, "alerts", POLICY, NOW + 10, critical=True) == 0
    assert room(board, "sns", POLICY, NOW + 10) == 3, "every channel has its own"
    back = without_sent(board, "alerts", NOW + 3)
    assert room(back, "alerts", POLICY, NOW + 10, critical=True) == 1, "a place is given back"
    assert room(board, "alerts", POLICY, NOW + 60, critical=True) == 1, "the first is a minute ago"


def test_a_role_is_called_once_in_ten_minutes_whatever_else_goes_wrong() -> None:
    board = with_called(Board(), "engineering", NOW)
    assert not may_call(board, "engineering", POLICY, NOW + 599)
    assert may_call(board, "engineering", POLICY, NOW + 600)
    assert may_call(board, "ops", POLICY, NOW)
    assert may_call(without_called(board, "engineering"), "engineering", POLICY, NOW + 1)
    assert not may_call(board, "", POLICY, NOW), "no role, no call"


def group(**labels: str) -> Group:
    made = observed(None, "key", event(**labels), "dev", "id", POLICY)  # type: ignore[arg-type]  # labels are texts
    assert made is not None
    return made


def silence(until: int = HOUR, **labels: str) -> Silence:
    return Silence(matcher=Matcher(labels=tuple(labels.items())), until=NOW + until, by="anna")


@pytest.mark.parametrize(
    ("labels", "is_muted"),
    [
        ({"rule": "drift"}, True),
        ({"rule": "dri*"}, True),
        ({"rule": "drift", "service": "shop"}, True),
        ({"rule": "drift", "service": "portal"}, False),
        ({"severity": "critical"}, True),
        ({"severity": "warning"}, False),
    ],
)
def test_a_silence_matches_by_label(labels: dict[str, str], is_muted: bool) -> None:
    board = with_silence(Board(), silence(**labels), NOW)
    assert bool(muted(group(), board, (), POLICY, NOW)) is is_muted


def test_a_silence_ends_by_itself_or_when_somebody_ends_it() -> None:
    board = with_silence(Board(), silence(rule="drift"), NOW)
    assert muted(group(), board, (), POLICY, NOW + HOUR - 1)
    assert not muted(group(), board, (), POLICY, NOW + HOUR)
    assert not muted(group(), without_silence(board, "rule drift", NOW), (), POLICY, NOW)


def test_the_same_silence_again_has_the_new_end() -> None:
    board = with_silence(with_silence(Board(), silence(rule="drift"), NOW), silence(10, rule="drift"), NOW)
    assert [entry.until for entry in board.silences] == [NOW + 10]


PARENTS = policy(
    inhibit=(
        Inhibition(
            parent=Matcher(labels=(("rule", "safeguard:*"),)),
            child=Matcher(labels=(("rule", "held-too-long"),)),
            equal=("service",),
        ),
    )
)


def test_a_parent_that_fires_mutes_its_children_and_nothing_else() -> None:
    parent = group(rule="safeguard:outage")
    assert muted(group(rule="held-too-long"), Board(), [parent], PARENTS, NOW)
    assert not muted(group(rule="held-too-long", service="portal"), Board(), [parent], PARENTS, NOW)
    assert not muted(group(rule="drift"), Board(), [parent], PARENTS, NOW)
    assert not muted(parent, Board(), [parent, group(rule="held-too-long")], PARENTS, NOW)
    assert not muted(group(rule="held-too-long"), Board(), [], PARENTS, NOW)


# -- digests -------------------------------------------------------------------------------------------------------


def test_the_counts_of_a_digest_add_up_and_what_does_not_fit_is_left_for_the_next() -> None:
    held = []
    for number in range(40):
        made = observed(None, f"g{number}", event(service=f"s{number}"), "dev", "id", POLICY)
        assert made is not None
        for _ in range(number):
            again = observed(made, f"g{number}", event(1, service=f"s{number}"), "dev", "id", POLICY)
            assert again is not None
            made = again
        held.append((made, "the channel's budget was used up"))
    empty = Digest(number=1, id="d1", receiver="alerts", lines=(), made_at=NOW)
    first, changed = with_lines(empty, held, POLICY, NOW)
    second, rest = with_lines(empty, held[len(changed) :], POLICY, NOW)
    assert (first.room, second.room) == (0, 10)
    assert first.total + second.total == sum(made.count for made, _ in held) == 820
    assert all(unaccounted(after, "alerts") == 0 for _, after in (*changed, *rest))
    notice = digest_notice("dev", first)
    assert notice.headline == "DIGEST dev · 25 problems not told one by one: 25 critical"
    assert notice.lines[0] == "Not told one by one: the channel's budget was used up."
    assert notice.lines[2] == "- CRITICAL dev: drift of s1 · 2 times", "why stands there once"
    assert "325 times in all" in notice.lines[-1]
    assert sum(len(line) for line in notice.lines) < 4000
