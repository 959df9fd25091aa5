"""Alerts as the channel sees them: one message a problem, its thread, its buttons, few pings, and a drill."""

from __future__ import annotations

import pytest

from orchestrator import bootstrap
from orchestrator.sandbox.town import PEOPLE_BY_NAME
from tests.journeys.journey import ENG, OPS, PLAN, SECOND, VISITOR, Journey, Message, buttons, text

OUTAGE = "portal-outage acted"


def the_alert(journey: Journey, holding: str = OUTAGE) -> Message:
    (alert,) = journey.posts("alerts", holding)
    return alert


def thread_of(journey: Journey, alert: Message) -> list[Message]:
    """A thread that was started from a message has the message's id."""
    assert alert["id"] in journey.town.discord.channels, "no thread was started"
    return journey.town.discord.messages(alert["id"], "1")


def headline(message: Message) -> str:
    return text(message).splitlines()[0]


def pinged(message: Message) -> bool:
    return bool(message["pings"]["roles"] or message["pings"]["users"] or message["pings"]["everyone"])


@pytest.fixture
def fired(journey: Journey) -> Journey:
    journey.started_in("portal")
    journey.alarm("portal-outage")
    return journey


def test_one_message_lives_through_firing_acknowledged_and_resolved(fired: Journey) -> None:
    first = the_alert(fired)
    assert "CRITICAL dev · prisma-persistence-1: alarm portal-outage acted" in headline(first)
    assert list(buttons(first)) == ["Acknowledge", "Silence 1 h", "Useful", "Noise", "Status", "Roll back"]

    reply = fired.press(OPS, "Acknowledge")
    assert "nobody is called about it until it gets worse" in text(reply)
    taken = the_alert(fired)
    assert (taken["id"], "acknowledged by ops-lead" in headline(taken)) == (first["id"], True)
    assert "Acknowledge" not in buttons(taken)

    fired.alarm("portal-outage", "OK")
    fired.advance("2m")
    over = the_alert(fired)
    assert (over["id"], "RESOLVED" in headline(over), list(buttons(over))) == (first["id"], True, ["Useful", "Noise"])
    said = [text(message) for message in thread_of(fired, over)]
    assert [
        line.startswith(start) for line, start in zip(said, ("Acknowledged by ops-lead", "Over after"), strict=True)
    ]
    assert [pinged(message) for message in thread_of(fired, over)] == [False, False]


def test_an_edit_notifies_nobody_and_an_incident_is_one_ping(fired: Journey) -> None:
    fired.press(OPS, "Acknowledge")
    fired.advance("45m")
    assert [pinged(message) for message in fired.posts("alerts")] == [True]


def test_nobody_acknowledges_and_the_next_are_called(fired: Journey) -> None:
    fired.advance("9m")
    assert len(fired.posts("alerts")) == 1
    fired.advance("3m")
    *_, second = fired.posts("alerts")
    assert pinged(second)
    assert "tech lead" in text(second) or "nobody has acknowledged" in text(second).lower(), text(second)


def test_two_people_acknowledge_at_once_and_the_second_learns_who_was_first(fired: Journey) -> None:
    alert = the_alert(fired)
    custom_id = buttons(alert)["Acknowledge"]
    fired.press(OPS, "Acknowledge", alert)
    late = fired.forged_press(SECOND, alert, custom_id)
    assert late["response"]["type"] in (4, 5)
    fired.town.deliver()
    said = [text(m) for m in fired.seen_by(SECOND) if m["ephemeral"] and m["interaction"]]
    assert "ops-lead had acknowledged it already" in said[-1]


def test_what_came_of_a_second_acknowledgement_is_its_trace(fired: Journey) -> None:
    """And not that somebody was working on it: that is only what the worker's word replaces."""
    alert = the_alert(fired)
    custom_id = buttons(alert)["Acknowledge"]
    fired.press(OPS, "Acknowledge", alert)
    fired.forged_press(SECOND, alert, custom_id)
    fired.town.deliver()
    guild, second = fired.town.settings.discord_guild_id, PEOPLE_BY_NAME[SECOND].user_id
    record = bootstrap.outside().traces.last_for(guild, second)
    assert record is not None
    assert (record.outcome, record.reason) == ("again", "ops-lead had acknowledged it already")
    assert record.steps


def test_a_visitor_may_neither_acknowledge_nor_silence(fired: Journey) -> None:
    for label in ("Acknowledge", "Silence 1 h", "Noise"):
        said = text(fired.press(VISITOR, label, the_alert(fired)))
        assert "That takes engineering" in said
        assert "nothing was changed" in said
    assert "acknowledged" not in headline(the_alert(fired))


def test_the_roll_back_button_of_an_alert_rolls_back(fired: Journey) -> None:
    preview = fired.press(ENG, "Roll back", the_alert(fired))
    fired.confirm(ENG, preview)
    assert fired.flag("PERSISTENCE_PRISMA_READS") == "false"
    fired.advance("1m")
    told = fired.posts("alerts")
    assert sum(pinged(message) for message in told) == 1, "the roll back calls nobody: a person is at it"
    assert "acknowledged by eng-oncall" in headline(the_alert(fired)), "who rolls back has seen it"


def test_a_silence_counts_and_what_still_fires_after_it_is_told(fired: Journey) -> None:
    reply = fired.press(OPS, "Silence 1 h")
    assert "Silenced for 1h" in text(reply)
    fired.advance("50m")
    assert len(fired.posts("alerts")) == 1
    listed = text(fired.use(ENG, "alerts list"))
    assert "silenced" in listed
    key = bootstrap.outside().alerts.open()[0].key
    assert "No longer silenced" in text(fired.use(OPS, "alerts wake", alert=key))
    first, *calls = fired.posts("alerts")
    assert "The silence was ended." in [text(message) for message in thread_of(fired, first)]
    assert len(calls) == 1, "it still fires and nobody has acknowledged: the next are called, and only they"


def test_ratings_are_counted_one_a_person(fired: Journey) -> None:
    for who, label in ((OPS, "Noise"), (OPS, "Useful"), (ENG, "Noise")):
        reply = fired.press(who, label, the_alert(fired))
    assert "1 useful, 1 noise" in text(reply)
    fired.press(OPS, "Acknowledge")
    assert "1 useful, 1 noise" in text(the_alert(fired))


def test_a_drill_says_each_step_and_nobody_is_called(journey: Journey) -> None:
    said = text(journey.use(OPS, "alerts drill"))
    assert "The drill went well" in said
    assert "counted, and not told again (seen 2 times)" in said
    drill = the_alert(journey, "drill")
    assert "this is a drill" in headline(drill)
    assert drill["id"] in said, "the reply links to the message"
    journey.advance("2m")
    assert "RESOLVED" in headline(the_alert(journey, "drill"))
    assert not any(pinged(message) for message in journey.posts("alerts"))
    assert "a drill ran" in text(journey.use(OPS, "alerts drill"))


def test_a_drill_with_discord_down_is_told_later_and_calls_nobody(journey: Journey) -> None:
    journey.expected_statuses |= {503}
    journey.town.discord.set_state("down")
    journey.use(OPS, "alerts drill")
    journey.advance("10m")
    journey.town.discord.set_state("up")
    journey.advance("6m")
    told = journey.posts("alerts")
    assert any("drill" in text(message) for message in told)
    assert not any(pinged(message) for message in told)


def test_wrong_names_are_answered_with_the_near_ones(fired: Journey) -> None:
    said = text(fired.use(OPS, "alerts acknowledge", alert="safegard:portal"))
    assert "did you mean safeguard:portal-outage/dev/prisma-persistence" in said
    assert "at most 7d" in text(fired.use(OPS, "alerts silence", rule="drift", **{"for": "30d"}))
    assert "name an open alert, or a rule" in text(fired.use(OPS, "alerts silence"))


def test_a_quiet_rollout_day_is_no_more_than_five_messages(journey: Journey) -> None:
    before = len(journey.posts("ops"))
    journey.start()
    journey.advance("24h")
    told = journey.posts("ops")[before:] + journey.posts("alerts")
    assert len(told) <= 5, [headline(message) for message in told]
    assert journey.posts("alerts") == [] or PLAN not in headline(journey.posts("alerts")[0])


def test_a_secret_in_a_reason_is_read_by_nobody(fired: Journey) -> None:
    """In no channel, no thread, no reply, no page, no log line and no trace."""
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    fired.confirmed(ENG, "rollback", what=PLAN, reason=f"the log shows {secret} and password=hunter2x")
    fired.use(ENG, "rollout resume", plan=PLAN, reason=f"{secret} was changed")
    fired.advance("2m")
    status = text(fired.use(OPS, "rollout-status", rollout=PLAN))
    last = text(fired.use(ENG, "debug-last"))
    said = [text(m) for who in (ENG, OPS) for m in fired.seen_by(who)]
    said += [text(m) for alert in fired.posts("alerts") for m in fired.town.discord.messages(alert["id"], "1")]
    everything = "\n".join([*said, *fired.pages, status, last, fired.log.getvalue()])
    assert "[redacted]" in everything
    assert (secret in everything, "hunter2x" in everything) == (False, False)
