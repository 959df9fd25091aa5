"""Random stories on the whole path, from the event to what stands in the channel. Whatever fails, once it fails no more
everything settles within ten minutes."""

from __future__ import annotations

from itertools import chain, pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.alerts.story import (
    MOST_SKEW,
    ClockStep,
    ComesAgain,
    Discord,
    Ends,
    Fails,
    Fires,
    Passes,
    Person,
    Step,
    Story,
)
from tests.core.made_alerts import POLICY
from tests.interactions.door import ROLES

SERVICES = 7  # more than the budget has messages

services, containers = st.integers(0, SERVICES - 1), st.integers(0, 1)
fires = st.builds(Fires, services, st.sampled_from(["critical", "warning", "info"]), containers)
passes = st.builds(Passes, st.integers(1, 400))
faults = st.builds(Fails, st.sampled_from(["503", "timeout", "lost reply", "dies before", "dies after"]))
steps = st.one_of(
    fires,
    fires,
    st.builds(Ends, services, containers),
    passes,
    passes,
    faults,
    st.builds(ComesAgain, st.integers(0, 3), containers),
    st.builds(
        Person,
        st.sampled_from(["acknowledge", "silence", "silence by label", "wake"]),
        services,
        st.integers(1, 15),
    ),
    st.builds(Discord, st.sampled_from(["up", "down", "every second"])),
    st.builds(ClockStep, containers, st.integers(-MOST_SKEW, MOST_SKEW)),
)
# A list of lists is long as a rule, and still shrinks to a single step.
stories = st.lists(st.lists(steps, min_size=1, max_size=16), min_size=1, max_size=10).map(
    lambda parts: [*chain(*parts)]
)


def played(steps: list[Step]) -> None:
    story = Story()
    story.play(steps)
    story.recovers()
    the_channel_is_right(story)
    nobody_was_called_too_often(story)
    whoever_should_be_called_was(story)
    there_were_no_more_messages_than_the_budget(story)
    story.all_is_over()
    the_channel_is_right(story)
    assert story.open() == [], "what is over is closed"


def the_channel_is_right(story: Story) -> None:
    for service, count in sorted(story.counted.items()):
        own, lines = story.own(service), story.lines(service)
        still = [message for message in own if "RESOLVED" not in message["content"]]
        assert len(own) <= story.openings(service), f"{service}: one message an opening"
        if service in story.firing:
            assert len(still) <= 1, f"{service}: one message fires"
            assert still or lines, f"{service} fires, and nobody was told"
        else:
            assert not still, f"{service} is over, and the channel says otherwise"
        # One that only a digest has told, and that still fires, is counted on and shown when it is over.
        exact = bool(still) or service not in story.firing
        shown = story.shown(service)
        assert shown == count if exact else 0 < shown <= count, f"{service}: {shown} of {count} are shown"


def nobody_was_called_too_often(story: Story) -> None:
    least = POLICY.ping_every - (2 * MOST_SKEW if story.skewed else 0)
    for name, role in ROLES.items():
        at = story.pings(role)
        assert all(later - earlier >= least for earlier, later in pairwise(at)), f"{name}: {at}"


def whoever_should_be_called_was(story: Story) -> None:
    """Where it is unclear whether a call got through, the next one keeps quiet: that is not looked at here."""
    if story.unclear or story.skewed:
        return
    calls = story.pings(ROLES["engineering"])
    for at in story.told_at("critical"):
        assert any(at - POLICY.ping_every < called <= at for called in calls), f"nobody was called at {at}: {calls}"


def there_were_no_more_messages_than_the_budget(story: Story) -> None:
    """What was sent again, since nobody knew whether it was there, had its place when it was tried first."""
    if story.skewed:
        return
    digests = {message["id"] for message in story.yard.digests()}
    at = [message["at"] for message in story.yard.messages() if message["id"] not in digests]
    most = max((sum(first <= other < first + POLICY.within for other in at) for first in at), default=0)
    assert most <= POLICY.messages - 1 + story.unclear, f"{most} messages in a minute"


calm = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


OVER_WHILE_DISCORD_IS_DOWN = [
    Fires(0, "warning", 0), Discord("down"), Ends(0, 0), Passes(400), Fires(0, "warning", 0)
]  # fmt: skip
ALL_AT_ONCE: list[Step] = [Fires(service, "warning", 0) for service in range(SERVICES)]


@settings(calm, max_examples=60, derandomize=True)
@example(OVER_WHILE_DISCORD_IS_DOWN)
@example(ALL_AT_ONCE)
@given(stories)
def test_whatever_happens_and_fails_in_the_end_the_channel_tells_it_all_and_once(steps: list[Step]) -> None:
    played(steps)


@pytest.mark.long
@settings(calm, max_examples=500)
@given(stories)
def test_the_same_for_five_hundred_stories(steps: list[Step]) -> None:
    played(steps)
