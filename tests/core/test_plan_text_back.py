"""The way back in the text of a plan: safeguards, the ladder, the watch, and when nothing goes forward."""

import pytest

from orchestrator.core.calendar import Freeze
from orchestrator.core.gates import Threshold, ThresholdGate
from orchestrator.core.plan import (
    AlarmCondition,
    Climb,
    Hold,
    Instruct,
    RollBack,
    Rung,
    RunJob,
    SetFlags,
    SignalCondition,
    Watch,
)
from tests.core.plan_texts import plan_of, the_fault

LADDER = "\n  - {rung: back one stage, rollback: previous}"


def safeguard_of(text, **sections):
    return plan_of(safeguards=f"\n  - {text}", **sections).safeguards[0]


@pytest.mark.parametrize(
    ("do", "action"),
    [
        ("rollback", RollBack(to="start")),
        ("{rollback: start}", RollBack(to="start")),
        ("{rollback: previous}", RollBack(to="previous")),
        ("{rollback: safe}", RollBack(to="safe")),
        ("hold", Hold()),
        ("ladder", Climb()),
        ("{set: {NEW: false}}", SetFlags(values=(("NEW", "false"),))),
    ],
)
def test_a_safeguard_rolls_back_holds_or_sets_flags(do, action):
    ladder = LADDER if do == "ladder" else None
    safeguard = safeguard_of(f"{{when: {{alarm: outage}}, do: {do}}}", ladder=ladder)
    assert safeguard.action == action
    assert safeguard.when == AlarmCondition(name="outage")
    assert (safeguard.severity, safeguard.stages, safeguard.follow_up) == ("critical", (), ())


def test_a_safeguard_may_look_at_a_signal_and_say_more():
    safeguard = safeguard_of(
        "{when: {signal: jobs, above: 3, window: 10m}, do: hold, "
        "severity: warning, stages: [on], follow_up: [look, tell]}"
    )
    assert safeguard.when == SignalCondition(
        condition=Threshold(signal="jobs", comparison="above", limit="3", said="3", judge="sum", window=600)
    )
    assert (safeguard.severity, safeguard.stages, safeguard.follow_up) == (
        "warning",
        ("on",),
        ("look", "tell"),
    )


@pytest.mark.parametrize(
    ("when", "key"),
    [
        ("{alarm: portal-outage}", "portal-outage"),
        ("{alarm: Portal Outage (5xx)}", "portal-outage-5xx"),
        ("{signal: errors, above: 0.5%}", "errors-above-0-5"),
        ("{signal: jobs, above: 0}", "jobs-above-0"),
    ],
)
def test_a_safeguard_without_a_key_is_called_after_its_condition(when, key):
    assert safeguard_of(f"{{when: {when}, do: hold}}").key == key
    assert safeguard_of(f"{{when: {when}, do: hold, key: mine}}").key == "mine"


def test_a_plan_takes_the_three_line_form_of_its_safeguards():
    short = plan_of(safeguards="\n  outage:\n    NEW: false")
    long = plan_of(safeguards="\n  - {when: {alarm: outage}, do: {set: {NEW: false}}}")
    assert short == long


@pytest.mark.parametrize(
    ("safeguard", "fault"),
    [
        ("{when: {alarm: a}}", "this safeguard has no do; add do: rollback"),
        ("{do: rollback}", "this safeguard has no when; add when: {alarm: NAME}"),
        ("{alarm: a, do: rollback}", "unknown key alarm in a safeguard; write when: {alarm: NAME}"),
        ("{when: outage, do: rollback}", "when is the text outage; write {alarm: portal-outage}"),
        ("{when: {alarm: a, signal: jobs, above: 0}, do: hold}", "one condition has an alarm and a signal"),
        ("{when: {above: 0}, do: hold}", "the condition names neither an alarm nor a signal"),
        (
            "{when: {alarm: 'arn:aws:cloudwatch:eu:1:alarm:a'}, do: hold}",
            "is not an alarm's name; write the CloudWatch alarm's plain name",
        ),
        ("{when: {alarm: a}, do: rolback}", "do is rolback; did you mean rollback?"),
        ("{when: {alarm: a}, do: {rollback: first}}", "rollback is first; write start or previous or safe"),
        ("{when: {alarm: a}, do: {}}", "do says nothing; write do: rollback"),
        ("{when: {alarm: a}, do: {rollback: safe, set: {NEW: false}}}", "one do has rollback and set"),
        (
            "{when: {alarm: a}, do: {set: {NEW: true}}}",
            "this safeguard would set NEW to true, away from its safe false; set it to false",
        ),
        ("{when: {alarm: a}, do: {set: {OLD: false}}}", "unknown flag OLD; the flags there are: NEW"),
        (
            "{when: {alarm: a}, do: hold, severity: fatal}",
            "severity is fatal; write critical or warning or info",
        ),
        ("{when: {alarm: a}, do: hold, stages: [onn]}", "unknown stage onn; did you mean on?"),
        ("{when: {alarm: a}, do: hold, stages: [on, on]}", "a stage is listed twice; list each stage once"),
        (
            "{when: {alarm: a}, do: hold}\n  - {when: {alarm: A}, do: rollback}",
            "two safeguards have the key a, the first in line 13; give one of them a key:",
        ),
        ("{when: {alarm: a}, do: hold, key: A B}", "A B is not a key; use small letters"),
        ("{when: {alarm: a}, do: hold, dry_run: perhaps}", "dry_run is perhaps; write true or false"),
        ("{when: {alarm: a}, do: ladder}", "the plan has no ladder to climb; add ladder:"),
        ("{when: {alarm: a}, do: {job: redeploy}}", "unknown key job in do; write do: ladder, and the steps"),
        (
            "{when: {signal: errors, above: 1%, detects: {times: 5}}, do: hold}",
            "detects has no within; add within: 10m",
        ),
        (
            "{when: {signal: errors, above: 1%, detects: {times: 1, within: 10m}}, do: hold}",
            "times is 1; it is more than once the bound",
        ),
        (
            "{when: {signal: p95, above: 200, for: 5m}, do: hold}",
            "for in when is not supported yet; write window: 10m",
        ),
    ],
)
def test_a_fault_of_a_safeguard_says_what_would_be_right(safeguard, fault):
    assert fault in the_fault(safeguards=f"\n  - {safeguard}")


@pytest.mark.parametrize("watch", ["7d", "{for: 7d}", "1w"])
def test_a_watch_is_a_duration(watch):
    assert plan_of(watch=watch).watch == Watch(length=7 * 86_400)


def test_a_safeguard_may_be_tried_out_without_acting():
    assert safeguard_of("{when: {alarm: a}, do: rollback, dry_run: true}").dry_run
    assert not safeguard_of("{when: {alarm: a}, do: rollback}").dry_run


def test_a_ratio_without_a_window_is_watched_all_along():
    assert safeguard_of("{when: {signal: errors, above: 2%}, do: hold}").when.condition == Threshold(
        signal="errors", comparison="above", limit="0.02", said="2%", judge="sequential", window=0
    )


def test_the_key_of_a_ramp_names_all_of_its_stages():
    safeguard = safeguard_of(
        "{when: {alarm: a}, do: rollback, stages: [p, on]}",
        stages="\n  - {key: p, ramp: {flag: NEW, percent: [10, 100], each: 1h}}\n  - {key: on, soak: 1h}",
    )
    assert safeguard.stages == ("p-10", "p-100", "on")


# The ladder


CLIMB = "\n  - {when: {alarm: outage}, do: ladder}"
JOBS = "\n  redeploy: {workflow: acme/shop/redeploy.yml}"


def rung_of(text):
    return plan_of(safeguards=CLIMB, jobs=JOBS, ladder=f"\n  - {text}").ladder[0]


@pytest.mark.parametrize(
    ("rung", "wanted"),
    [
        ("{rung: off, set: {NEW: false}}", Rung(name="off", action=SetFlags(values=(("NEW", "false"),)))),
        ("{rung: back one stage, rollback: previous}", Rung(name="back one stage", action=RollBack(to="previous"))),
        (
            "{rung: release, job: redeploy, assisted: true, takes: 5m}",
            Rung(name="release", action=RunJob(target="redeploy"), assisted=True, takes=300),
        ),
        (
            '{rung: restore, human: "RUNBOOK.md#restore"}',
            Rung(name="restore", action=Instruct(text="RUNBOOK.md#restore")),
        ),
        (
            "{rung: off, rollback: safe, recovered: {signal: errors, below: 1%, window: 10m}, within: 20m}",
            Rung(
                name="off",
                action=RollBack(to="safe"),
                recovered=Threshold(
                    signal="errors", comparison="below", limit="0.01", said="1%", judge="exact", window=600
                ),
                within=1200,
            ),
        ),
    ],
)
def test_a_rung_sets_flags_goes_back_runs_a_job_or_asks_people(rung, wanted):
    assert rung_of(rung) == wanted


@pytest.mark.parametrize(
    ("rung", "fault"),
    [
        ("{rollback: safe}", "this rung has no name; add rung: NAME"),
        ("{rung: a}", "this rung does nothing; add rollback: previous, set:, job: or human:"),
        ("{rung: a, rollback: safe, human: look}", "one rung has rollback and human; write two rungs"),
        ("{rung: a, job: redeploi}", "unknown job redeploi; did you mean redeploy?"),
        ("{rung: a, rollback: back}", "rollback is back; write start or previous or safe"),
        ("{rung: a, rollback: safe, within: 5m}", "nothing says when it has helped; add recovered:"),
        ("{rung: a, human: look, assisted: true}", "people do this rung anyway; leave out assisted:"),
        (
            "{rung: a, rollback: safe, recovered: {signal: errors, below: 1%}}",
            "the condition on errors has no window; add window: 10m",
        ),
        ("{rung: a, rollback: safe, recovered: {below: 1%}}", "recovered names no signal"),
        (
            "{rung: a, rollback: safe, recovered: {signal: errors, below: 1%, window: 5m, within: 5m}}",
            "unknown key within in recovered; write within: 10m at the rung itself",
        ),
        (
            "{rung: a, rollback: safe, recovered: {signal: jobs, at_most: 0}, within: 10s}",
            "within is out of range; it lies between 1m and 24h",
        ),
        ("{rung: a, set: {NEW: true}}", "this rung would set NEW to true, away from its safe false"),
        ("{rung: a, rollback: safe}\n  - {rung: a, human: look}", "there are two rungs a, the first in line 17"),
        ("{rung: a, rollback: safe, name: b}", "unknown key name in a rung; write rung: NAME"),
    ],
)
def test_a_fault_of_a_rung_says_what_would_be_right(rung, fault):
    assert fault in the_fault(safeguards=CLIMB, jobs=JOBS, ladder=f"\n  - {rung}")


def test_a_ladder_that_nothing_climbs_is_named():
    assert the_fault(ladder=LADDER).startswith("nothing climbs the ladder; write do: ladder in a safeguard")
    plan_of(ladder=LADDER, stages="\n  - {key: on, set: {NEW: true}, no_return: true}")
    plan_of(ladder=LADDER, watch="{for: 7d, gates: [{signal: errors, below: 1%}], on_breach: ladder}")


# The watch


@pytest.mark.parametrize(
    ("breach", "action"),
    [
        ("", Hold()),
        (", on_breach: hold", Hold()),
        (", on_breach: previous_stage", RollBack(to="previous")),
        (", on_breach: rollback", RollBack()),
    ],
)
def test_a_bound_of_the_watch_is_also_a_safeguard_on_the_opposite_bound(breach, action):
    plan = plan_of(watch=f"{{for: 7d, gates: [{{signal: errors, below: 1%}}, {{signal: jobs, at_most: 3}}]{breach}}}")
    assert [type(gate) for gate in plan.watch.gates] == [ThresholdGate, ThresholdGate]
    errors, jobs = plan.safeguards
    assert errors.when == SignalCondition(
        condition=Threshold(
            signal="errors", comparison="at_least", limit="0.01", said="1%", judge="sequential", window=0
        )
    )
    assert (jobs.when.condition.comparison, jobs.when.condition.limit) == ("above", "3")
    assert [(guard.action, guard.only_watch, guard.stages) for guard in plan.safeguards] == [(action, True, ())] * 2
    assert errors.key == "watch-errors-at-least-1"


def test_what_silence_means_to_a_gate_sets_off_no_safeguard():
    plan = plan_of(watch="{for: 7d, gates: [{signal: errors, below: 1%, no_data: fail, dry_run: true}]}")
    assert plan.safeguards[0].when.condition.no_data == "hold"
    assert plan.safeguards[0].dry_run


def test_other_gates_of_the_watch_are_judged_at_its_end_only():
    plan = plan_of(
        watch="{for: 7d, gates: [{state: alarms, quiet: 24h}, {report: review}], cleanup: [remove the flag]}"
    )
    assert plan.safeguards == ()
    assert len(plan.watch.gates) == 2
    assert plan.watch.cleanup == ("remove the flag",)


@pytest.mark.parametrize(
    ("watch", "fault"),
    [
        ("{gates: [{signal: errors, below: 1%}]}", "the watch has no length; write watch: 7d"),
        ("{for: 7d, on_breach: rollback}", "on_breach: has nothing to act on; add gates:"),
        (
            "{for: 7d, gates: [{signal: jobs, at_most: 0}], on_breach: panic}",
            "on_breach is panic; write previous_stage or",
        ),
        ("{for: 7d, summary: daily}", "unknown key summary in the watch; write summary: daily in the plan"),
        ("{for: 7d, gates: [{drill: NEW}]}", "tried out at the beginning of a stage; move this gate to a stage"),
        (
            "{for: 1h, gates: [{signal: jobs, at_most: 0, window: 2h}]}",
            "the gate jobs at most 0 looks back 2h, and the watch is over after 1h",
        ),
        ("{for: 7d, gates: [{signal: jobs, at_most: 0}], on_breach: ladder}", "the plan has no ladder to climb"),
    ],
)
def test_a_fault_of_the_watch_says_what_would_be_right(watch, fault):
    assert fault in the_fault(watch=watch)


# Freezes


DAY, WEEK = 1440, 7 * 1440


@pytest.mark.parametrize(
    ("every", "weekly"),
    [
        ("Fri 16:00 - Mon 08:00", [(4 * DAY + 16 * 60, 8 * 60)]),
        ("friday 16:00 - 20:30", [(4 * DAY + 16 * 60, 4 * DAY + 20 * 60 + 30)]),
        ("Sun 22:00-Mon 06:00", [(6 * DAY + 22 * 60, 6 * 60)]),
        ("Sat 00:00 - Sun 24:00", [(5 * DAY, 0)]),
        ("daily 22:00 - 06:00", [(day * DAY + 22 * 60, (day + 1) * DAY % WEEK + 6 * 60) for day in range(7)]),
        ("daily 12:00 - 13:00", [(day * DAY + 12 * 60, day * DAY + 13 * 60) for day in range(7)]),
    ],
)
def test_a_freeze_comes_back_every_week_or_every_day(every, weekly):
    plan = plan_of(freeze=f"\n  - {{every: {every}, reason: quiet}}")
    assert plan.freezes == tuple(Freeze(reason="quiet", weekly=span) for span in weekly)


@pytest.mark.parametrize(
    ("dates", "once"),
    [
        ("from: 2025-12-20, to: 2026-01-02", ("2025-12-20T00:00", "2026-01-03T00:00")),
        ("from: 2025-12-20, to: 2025-12-20", ("2025-12-20T00:00", "2025-12-21T00:00")),
        ("from: 2025-12-20T18:00, to: 2026-01-02 09:30", ("2025-12-20T18:00", "2026-01-02T09:30")),
    ],
)
def test_a_freeze_is_from_a_day_to_the_end_of_another_or_to_the_minute(dates, once):
    assert plan_of(freeze=f"\n  - {{{dates}, reason: holidays}}").freezes == (Freeze(reason="holidays", once=once),)


@pytest.mark.parametrize(
    ("freeze", "fault"),
    [
        ("{every: Fri 16:00 - Mon 08:00}", "this freeze has no reason; add reason: WHY"),
        ("{reason: why}", "this freeze has no time; add every:"),
        ("{from: 2025-12-20, reason: why}", "this freeze has no to; add to: 2026-01-02"),
        ("{every: weekends, reason: why}", "every: weekends is no time of the week; write every: Fri 16:00"),
        ("{every: Fry 16:00 - Mon 08:00, reason: why}", "Fry is no day of the week; did you mean Fri?"),
        ("{every: Fri 25:00 - Mon 08:00, reason: why}", "25:00 is no time of day; write hours and minutes"),
        ("{every: Fri 16:61 - Mon 08:00, reason: why}", "16:61 is no time of day"),
        ("{every: Fri 16:00 - Fri 16:00, reason: why}", "ends when it begins"),
        ("{every: daily 16:00 - 16:00, reason: why}", "ends when it begins"),
        ("{from: 2025-12-20, to: 2025-12-01, reason: why}", "this freeze ends before it begins; let to: be later"),
        ("{from: 2025-02-30, to: 2025-12-01, reason: why}", "from: 2025-02-30 is no date; write from: 2025-12-20"),
        ("{from: tomorrow, to: 2025-12-01, reason: why}", "from: tomorrow is no date"),
        ("{every: daily 12:00 - 13:00, from: 2025-12-20, reason: why}", "one freeze has every and from; write two"),
        ("{weekly: Fri 16:00 - Mon 08:00, reason: why}", "unknown key weekly in a freeze; write every:"),
    ],
)
def test_a_fault_of_a_freeze_says_what_would_be_right(freeze, fault):
    assert fault in the_fault(freeze=f"\n  - {freeze}")
