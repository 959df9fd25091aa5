"""Standing safeguards: a file without a plan."""

import pytest

from orchestrator.core.plan import FlagSpec, SetFlags
from orchestrator.core.plan_text import read_plan
from tests.core.plan_texts import faults_of


def test_three_lines_bind_an_alarm_and_make_its_value_the_safe_one():
    plan = read_plan(b"safeguards:\n  portal-outage:\n    PORTAL_PRISMA: false\n")
    assert plan.name == "standing"
    assert plan.stages == ()
    assert plan.flags == (FlagSpec(name="PORTAL_PRISMA", safe="false"),)
    assert plan.safeguards[0].key == "portal-outage"
    assert plan.safeguards[0].action == SetFlags(values=(("PORTAL_PRISMA", "false"),))


def test_a_ladder_is_declared_and_a_flag_without_an_alarm_may_be():
    plan = read_plan(b"flags: {MODE: {ladder: [off, warn]}, NEW: {safe: false}}\nsafeguards: {a: {MODE: off}}\n")
    assert {flag.name: (flag.safe, flag.ladder) for flag in plan.flags} == {
        "MODE": ("off", ("off", "warn")),
        "NEW": ("false", ("false", "true")),
    }


def test_alarms_that_differ_only_in_case_are_two_safeguards():
    plan = read_plan(b"safeguards: {Outage: {A: false}, outage: {B: false}}")
    assert len({safeguard.key for safeguard in plan.safeguards}) == 2
    assert plan.alarms() == ["Outage", "outage"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("safeguards: {a: {X: false}, b: {X: true}}", "X is set to true here and is safe at false by line 1"),
        (
            "flags: {X: {safe: true}}\nsafeguards: {a: {X: false}}",
            "X is set to false here and is safe at true by line 1",
        ),
        (
            "safeguards: {a: {X: warn}}",
            "X: warn is neither true nor false; write false or true, or declare flags:",
        ),
        ("safeguards: {a: {X: }}", "X is empty; write false or true"),
        ("safeguards: {a: {}}", "the alarm's action is empty; write {FLAG: value}"),
        ("safeguards: {a: off}", "the alarm's action is the text off; write {FLAG: value}"),
        ("safeguards: {}", "safeguards is empty; write ALARM: {FLAG: value}"),
        (
            "safeguards: [{when: {alarm: a}, do: hold}]",
            "safeguards is a list; write ALARM: {FLAG: value}, or begin the file with plan",
        ),
        ("flags: {X: {}}", "X has no safe value; add safe: VALUE, or bind it to an alarm"),
        ("flags: {X: {safe: false, final: true}}", "unknown key final in a flag; write it in a plan"),
        ("title: nothing", "no alarm is bound to a flag; write safeguards:"),
        (
            "safegards: {a: {X: false}}",
            "unknown key safegards in standing safeguards; did you mean safeguards?",
        ),
        (
            "watch: 7d\nsafeguards: {a: {X: false}}",
            "unknown key watch in standing safeguards; write it in a plan",
        ),
        ("safeguards: {'arn:aws:x': {X: false}}", "arn:aws:x is not an alarm's name"),
    ],
)
def test_a_fault_of_standing_safeguards_says_what_would_be_right(text, fault):
    faults = faults_of(text)
    assert len(faults) == 1, faults
    assert fault in faults[0]
