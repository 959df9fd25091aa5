"""What a receiver is told of a group, and when."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.alerting.observing import acknowledged, ended, rated, silenced
from orchestrator.core.alerting.telling import NEVER, by_digest, unaccounted
from tests.core.made_alerts import HOUR, MINUTE, NOW, POLICY, Told, event, over, policy


def test_a_problem_is_told_at_once_and_the_same_again_only_counts() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    told.happens(*(event(at) for at in range(1, 50)))
    told.looks(1, 59)
    assert told.kinds == ["new"]
    told.looks(60, 60)
    assert told.kinds == ["new", "count"]
    assert told.group is not None
    assert (told.group.count, told.group.told["alerts"].count) == (50, 50)


def test_five_identical_incidents_with_five_trace_ids_are_one_message() -> None:
    """Pitfall: the trace id was part of what made two alerts the same."""
    told = Told()
    told.happens(*(event(at, trace=f"trace-{at}") for at in range(5)))
    told.looks(0, 200)
    assert told.kinds == ["new"]
    assert told.group is not None
    assert told.group.count == 5


def test_what_waits_is_told_after_its_wait_and_not_before() -> None:
    told = Told()
    told.happens(event(0, severity="info"))
    assert told.look(0) == NOW + MINUTE
    assert told.look(59) == NOW + MINUTE
    told.looks(60, 60)
    assert told.kinds == ["new"]


def test_what_is_over_before_it_was_told_is_not_told_and_not_forgotten() -> None:
    told = Told()
    told.happens(event(0, severity="info"), over(30, severity="info"))
    told.looks(0, 2 * HOUR)
    assert told.sent == []
    assert told.group is not None
    assert unaccounted(told.group, "alerts") == 1, "a digest will have it"
    after = by_digest(told.group, "alerts", POLICY, NOW)
    assert (unaccounted(after, "alerts"), after.told["alerts"].in_digests) == (0, 1)


def test_firing_acknowledged_and_resolved_are_changes_of_one_message() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    assert told.group is not None
    told.group = acknowledged(told.group, "anna", NOW + 30)
    told.looks(30, 40)
    told.happens(over(300))
    told.looks(300, 400)
    assert told.kinds == ["new", "change", "change"]
    assert told.changes == ["acknowledged", "over"]


def test_what_comes_back_within_five_minutes_is_the_same_problem_and_after_that_another() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    told.happens(over(30))
    told.looks(30, 100)
    told.happens(event(200))
    assert told.group is not None
    assert (told.group.number, told.group.count, bool(told.group.firing)) == (1, 2, True)
    told.happens(over(600))
    told.looks(600, 800)
    told.happens(event(600 + 299))
    assert (told.group.number, told.group.count) == (1, 3), "it counts from the end, not from when it was seen last"
    told.happens(over(1000))
    told.looks(1000, 1300)
    told.happens(event(1000 + 301))
    assert (told.group.number, told.group.count) == (2, 1)


def test_the_five_minutes_count_from_its_end_and_not_from_when_it_was_last_seen() -> None:
    """An alarm says once that it fires, and an hour later that it is over."""
    told = Told()
    told.happens(event(0))
    told.looks(0, HOUR)
    told.happens(over(HOUR))
    told.looks(HOUR, HOUR + 10)
    told.happens(event(HOUR + 20))
    assert told.group is not None
    assert told.group.number == 1


def test_what_comes_back_before_anybody_heard_of_its_end_goes_on_in_its_message() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    told.happens(over(30), event(30 + HOUR))
    assert told.group is not None
    assert (told.group.number, told.group.count) == (1, 2)


def test_nobody_acknowledges_so_the_next_is_called_and_then_the_one_after() -> None:
    told = Told()
    told.happens(event(0))
    told.looks(0, 1799)
    calls = [(at, found.step.ping) for at, found in told.sent if found.step]
    assert calls == [(0, "engineering"), (600, "ops")]
    told.looks(1800, 1900)
    assert [found.step.ping for _, found in told.sent if found.step] == ["engineering", "ops", "manager"]


def test_whoever_acknowledges_ends_the_escalation_and_the_repeats() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    assert told.group is not None
    told.group = acknowledged(told.group, "anna", NOW + 60)
    told.looks(60, 6 * HOUR, every=60)
    assert told.kinds == ["new", "change"]


def test_a_rise_in_severity_calls_although_it_was_acknowledged() -> None:
    told = Told()
    told.happens(event(0, severity="warning"))
    told.look(0)
    assert told.group is not None
    told.group = acknowledged(told.group, "anna", NOW + 10)
    told.looks(10, 20)
    told.happens(event(30, severity="critical"))
    told.looks(30, 40)
    assert told.kinds == ["new", "change", "call", "count"], "its own message says so as well"
    assert told.sent[2][1].step is not None
    assert told.sent[2][1].step.ping == "engineering"
    assert told.group.acknowledged_by == ""


def test_a_fall_in_severity_calls_nobody() -> None:
    told = Told()
    told.happens(event(0, severity="critical"))
    told.look(0)
    told.happens(event(30, severity="warning"))
    told.looks(30, 59)
    assert told.kinds == ["new"]


def test_what_still_fires_unacknowledged_is_said_again_after_the_repeat() -> None:
    told = Told()
    told.happens(event(0, severity="warning"))
    told.looks(0, 4 * HOUR, every=60)
    assert told.kinds == ["new"]
    told.looks(4 * HOUR + 1, 4 * HOUR + 1)
    assert told.kinds == ["new", "call"]
    assert told.sent[-1][1].step is None, "nobody is pinged for a repeat"


def test_a_flapping_problem_is_one_message_and_its_changes_are_counted() -> None:
    """Ten transitions a minute for half an hour."""
    told = Told()
    for at in range(0, 1800, 6):
        told.happens(event(at, severity="warning") if at % 12 == 0 else over(at, severity="warning"))
        told.looks(at, at)
    assert told.kinds.count("new") == 1
    assert "call" not in told.kinds
    assert told.changes.count("flapping") == 1
    assert "more fire" not in told.changes[told.changes.index("flapping") :]
    told.looks(1800, 1800 + 400)
    assert told.changes[-1] in ("over", "calm")
    assert told.changes.count("calm") == 1
    assert told.group is not None
    assert told.group.told["alerts"].count == told.group.count == 150


def test_a_silenced_problem_is_counted_and_not_told_until_the_silence_ends() -> None:
    told = Told()
    told.muted = True
    told.happens(event(0))
    told.looks(0, 1800)
    assert told.sent == []
    told.muted = False
    told.looks(1801, 1801)
    assert told.kinds == ["new"]


def test_silencing_a_told_problem_is_shown_and_then_nothing_is_called() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    assert told.group is not None
    told.group, told.muted = silenced(told.group, "anna", NOW + HOUR), True
    told.looks(10, 3000)
    assert told.kinds == ["new", "change"]
    assert told.changes == ["silenced"]


def test_the_message_of_a_silenced_problem_shows_that_it_is_over_and_nobody_is_told() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    assert told.group is not None
    told.group, told.muted = silenced(told.group, "anna", NOW + HOUR), True
    told.looks(10, 300)
    told.happens(over(301))
    told.looks(310, 3000)
    assert told.kinds == ["new", "change", "count"]


def test_a_topic_is_told_of_beginnings_calls_and_ends_and_of_nothing_else() -> None:
    told = Told(receiver="sns")
    told.happens(event(0))
    told.looks(0, 500)
    assert told.group is not None
    told.group = acknowledged(told.group, "anna", NOW + 500)
    told.happens(*(event(at) for at in range(501, 520)))
    told.looks(520, 900)
    told.happens(over(901))
    told.looks(901, 1200)
    assert told.kinds == ["new", "change"]
    assert told.changes == ["over"]


def test_a_receiver_that_knows_by_itself_is_told_nothing() -> None:
    told = Told(receiver="sns")
    told.happens(event(0, known_by=("sns",)))
    assert told.look(0) == NEVER


def test_a_warning_is_not_for_the_topic() -> None:
    told = Told(receiver="sns")
    told.happens(event(0, severity="warning"))
    assert told.look(0) == NEVER


def test_what_nobody_has_to_settle_is_over_when_it_was_not_seen_again() -> None:
    told = Told()
    told.happens(event(0, lasts=300))
    told.looks(0, 299)
    assert told.group is not None
    assert told.group.firing
    told.looks(300, 400)
    assert not told.group.firing
    assert told.changes == ["over"]


def test_an_end_that_comes_late_does_not_end_what_fires_since() -> None:
    told = Told()
    told.happens(event(0), event(100), over(50))
    assert told.group is not None
    assert told.group.firing


def test_of_the_end_of_what_never_fired_nothing_is_told() -> None:
    told = Told()
    told.happens(over(0))
    told.looks(0, HOUR)
    assert told.sent == []
    told.happens(event(HOUR))
    told.looks(HOUR, HOUR)
    assert told.kinds == ["new"], "what fires later is not over"


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.data())
def test_in_whatever_order_events_arrive_what_is_newest_counts(fires: list[bool], data: st.DataObject) -> None:
    made = [event(10 * n) if firing else over(10 * n) for n, firing in enumerate(fires)]
    told = Told()
    told.happens(*data.draw(st.permutations(made)))
    assert told.group is not None
    assert bool(told.group.firing) is fires[-1]
    assert told.group.count == sum(fires)


def test_what_ends_by_itself_fires_on_when_an_event_of_it_arrives_late() -> None:
    told = Told()
    told.happens(event(0, lasts=HOUR))
    told.looks(0, HOUR, every=60)
    told.happens(event(HOUR - 10, lasts=HOUR))
    assert told.group is not None
    assert told.group.firing, "its end was only that nobody had seen it again"


def test_of_two_events_the_newer_says_how_bad_it_is() -> None:
    told = Told()
    told.happens(event(100), event(50, severity="warning"))
    assert told.group is not None
    assert (told.group.severity, told.group.count, told.group.first_seen) == ("critical", 2, NOW + 50)


def test_a_problem_that_joins_an_acknowledged_one_is_not_acknowledged() -> None:
    told = Told(policy(group_by=("environment", "service")))
    told.happens(event(0, rule="a"))
    assert told.group is not None
    told.group = acknowledged(told.group, "anna", NOW + 1)
    told.happens(event(700, rule="b"))
    assert told.group.acknowledged_by == ""


def test_what_still_fires_when_its_silence_runs_out_is_said_once() -> None:
    told = Told()
    told.happens(event(0, severity="warning"))
    told.look(0)
    assert told.group is not None
    told.group, told.muted = silenced(told.group, "anna", NOW + HOUR), True
    told.looks(1, HOUR - 1)
    told.muted = False
    told.looks(HOUR, 3 * HOUR)
    assert [(due.kind, due.changes) for _, due in told.sent if due.kind != "count"] == [
        ("new", ()), ("change", ("silenced",)), ("call", ("awake",)),
    ]  # fmt: skip
    assert told.sent[-1][1].kind == "count", "its message no longer says that it is silenced"


def test_what_is_over_when_its_silence_runs_out_is_over_and_no_more() -> None:
    told = Told()
    told.happens(event(0, severity="warning"))
    told.look(0)
    assert told.group is not None
    told.group, told.muted = silenced(told.group, "anna", NOW + HOUR), True
    told.looks(1, 1)
    told.happens(over(100))
    told.looks(100, HOUR - 1)
    told.muted = False
    told.looks(HOUR, 2 * HOUR)
    assert "awake" not in told.changes
    assert "call" not in told.kinds


def test_a_group_of_several_problems_is_one_message_that_names_what_joins_and_what_ends() -> None:
    told = Told(policy(group_by=("environment", "service")))
    told.happens(event(0, rule="a"))
    told.look(0)
    told.happens(event(10, rule="b"), event(20, rule="c"))
    told.looks(10, 59)
    assert told.kinds == ["new"], "what joins waits for the group's interval"
    told.looks(60, 70)
    assert (told.kinds, len(told.sent[-1][1].more)) == (["new", "change"], 2)
    told.happens(over(100, rule="a"))
    told.looks(100, 200)
    assert told.sent[-1][1].fewer == ("a/dev/shop",)
    assert told.group is not None
    told.group = ended(told.group, "", "all is well", NOW + 300)
    told.looks(300, 400)
    assert told.changes[-1] == "over"


def test_a_vote_counts_once_a_person_and_the_last_one() -> None:
    told = Told()
    told.happens(event(0))
    assert told.group is not None
    group = rated(rated(rated(told.group, "anna", True), "ole", True), "anna", False)
    assert (group.useful, group.noise) == (("ole",), ("anna",))


def test_what_a_digest_told_gets_a_message_when_it_gets_worse_and_none_for_its_end() -> None:
    told = Told()
    told.happens(event(0, severity="warning"))
    assert told.group is not None
    told.group = by_digest(told.group, "alerts", POLICY, NOW)
    told.looks(1, 600)
    assert told.sent == []
    told.happens(event(601, severity="critical"))
    told.looks(601, 601)
    assert told.kinds == ["new"]
    ending = Told()
    ending.happens(event(0))
    assert ending.group is not None
    ending.group = by_digest(ending.group, "alerts", POLICY, NOW)
    ending.happens(over(10))
    ending.looks(10, HOUR)
    assert ending.sent == []


actions = st.lists(
    st.tuples(
        st.sampled_from(["fire", "worse", "over", "acknowledge", "silence", "wake", "look"]), st.integers(1, 400)
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150)
@given(actions)
def test_whatever_happens_there_is_one_new_message_an_opening_and_in_the_end_every_event_was_shown(
    story: list[tuple[str, int]],
) -> None:
    told, at, opened = Told(), 0, set()
    for what, pause in story:
        at += pause
        match what:
            case "fire":
                told.happens(event(at, severity="warning"))
            case "worse":
                told.happens(event(at, severity="critical"))
            case "over":
                told.happens(over(at))
        if told.group is None:
            continue
        opened.add(told.group.number)
        match what:
            case "acknowledge":
                told.group = acknowledged(told.group, "anna", NOW + at)
            case "silence":
                told.group, told.muted = silenced(told.group, "anna", NOW + at + HOUR), True
            case "wake":
                told.group, told.muted = silenced(told.group, "", 0), False
        told.looks(at, at)
    if told.group is None:
        return
    told.group, told.muted = structs.replace(told.group, silenced_until=0), False
    told.looks(at + 1, at + 3 * HOUR, every=30)
    assert told.kinds.count("new") <= len(opened)
    if told.group.told.get("alerts"):
        assert unaccounted(told.group, "alerts") == 0
    assert all(later[1].told.serial > earlier[1].told.serial or later[1].told.serial == 1
               for earlier, later in zip(told.sent, told.sent[1:], strict=False))  # fmt: skip


def test_a_warning_that_turns_critical_late_calls_one_after_the_other() -> None:
    """The audit's case: every step of the escalation had been due for long, and all were called in one second."""
    told = Told()
    told.happens(event(0, severity="warning"))
    told.look(0)
    told.happens(event(50 * MINUTE, severity="critical"))
    told.looks(50 * MINUTE, 50 * MINUTE + 5)
    assert told.kinds.count("call") == 1
    told.looks(50 * MINUTE + 6, 60 * MINUTE - 1)
    assert told.kinds.count("call") == 1, "the tech lead comes ten minutes after, not before"
    told.looks(60 * MINUTE, 60 * MINUTE + 5)
    assert told.kinds.count("call") == 2


def test_after_a_silence_the_next_are_called_and_the_thread_says_that_it_ended() -> None:
    told = Told()
    told.happens(event(0))
    told.look(0)
    assert told.group is not None
    told.group, told.muted = silenced(told.group, "ops", NOW + HOUR), True
    told.looks(MINUTE, 40 * MINUTE)
    told.group, told.muted = silenced(told.group, "", 0), False
    told.looks(41 * MINUTE, 42 * MINUTE)
    assert [due.changes for _, due in told.sent if due.kind == "change"] == [("silenced",), ("awake",)]
    assert told.kinds.count("call") == 1
