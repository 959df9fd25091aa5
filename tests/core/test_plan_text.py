import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.faults import MOST_FAULTS, Fault, shown
from orchestrator.core.gates import ApprovalGate, Threshold, ThresholdGate
from orchestrator.core.plan import (
    AlarmCondition,
    FlagSpec,
    Flip,
    Hold,
    Plan,
    RollBack,
    SetFlags,
    SignalCondition,
    plan_hash,
)
from orchestrator.core.plan_text import (
    PLAN,
    WATCH,
    conditions,
    flags,
    gates,
    read_plan,
    safeguards,
    signals,
    stages,
    standing,
)
from orchestrator.core.signals import CountSignal, Query, RatioSignal, ValueSignal

REFERENCE = (Path(__file__).parents[2] / "plans" / "prisma-persistence.yaml").read_text(encoding="utf-8")

BASE = {
    "plan": "checkout",
    "owner": "shop team",
    "runbook": "RUNBOOK.md#checkout",
    "flags": "\n  NEW: {safe: false, final: true}",
    "signals": """
  errors: {ratio: {bad: Shop Errors, total: Shop Requests}}
  jobs: {count: Shop JobsFailed}
  p95: {value: Shop Duration p95, unit: ms}""",
    "stages": "\n  - {key: on, set: {NEW: true}, soak: 1d}",
}
ENUM = "\n  MODE: {ladder: [off, warn, enforce], safe: warn, final: enforce}"


def text_of(**sections):
    """A good plan with these sections in place of its own; None leaves one out."""
    whole = BASE | sections
    return "".join(f"{key}: {value}\n" for key, value in whole.items() if value is not None)


def plan_of(**sections):
    plan = read_plan(text_of(**sections).encode())
    assert isinstance(plan, Plan), [str(fault) for fault in plan]
    return plan


def faults_of(text):
    faults = read_plan(text.encode() if isinstance(text, str) else text)
    assert isinstance(faults, list)
    return [str(fault) for fault in faults]


def the_fault(**sections):
    faults = faults_of(text_of(**sections))
    assert len(faults) == 1, faults
    return faults[0]


def gate_of(text):
    return plan_of(stages=f"\n  - {{key: on, set: {{NEW: true}}, gates: [{text}]}}").stages[0].gates[0]


def gate_fault(text):
    return the_fault(stages=f"\n  - {{key: on, set: {{NEW: true}}, gates: [{text}]}}")


def safeguard_of(text, **sections):
    return plan_of(safeguards=f"\n  - {text}", **sections).safeguards[0]


# What a good plan compiles to


def test_the_smallest_plan_has_a_flag_a_stage_an_owner_and_a_runbook():
    plan = plan_of(signals=None)
    assert plan.name == "checkout"
    assert (plan.title, plan.owner, plan.runbook) == ("", "shop team", "RUNBOOK.md#checkout")
    assert (plan.timezone, plan.watch) == ("UTC", 0)
    assert plan.flags == (FlagSpec(name="NEW", safe="false", final="true"),)
    assert plan.stages[0].flips == (Flip(flag="NEW", value="true"),)
    assert plan.stages[0].soak == 86_400


def test_the_order_of_sections_and_comments_do_not_change_the_plan():
    turned = "".join(reversed([f"{key}: {value}  # why\n" for key, value in BASE.items()]))
    assert plan_hash(read_plan(turned.encode())) == plan_hash(plan_of())


@pytest.mark.parametrize("watch", ["7d", "{for: 7d}", "1w"])
def test_a_watch_is_a_duration(watch):
    assert plan_of(watch=watch).watch == 7 * 86_400


def test_off_is_a_value_of_a_ladder_as_written():
    plan = plan_of(
        flags="\n  MODE: {ladder: [off, warn, enforce], safe: warn, final: enforce, baseline: off}",
        stages="\n  - {key: warn, set: {MODE: warn}, soak: 1d}\n  - {key: enforce, set: {MODE: enforce}}",
    )
    assert plan.flags[0] == FlagSpec(
        name="MODE", safe="warn", final="enforce", ladder=("off", "warn", "enforce"), baseline="off"
    )


def test_moves_keep_their_order_and_delayed_ones_follow_by_their_delay():
    plan = plan_of(
        flags="".join(f"\n  {name}: {{safe: false, final: true}}" for name in "ABCD"),
        stages="""
  - key: on
    soak: 1d
    set: {A: {value: true, after: 4h}, B: true, C: {value: true, after: 2h}, D: {value: true}}""",
    )
    assert [(flip.flag, flip.after) for flip in plan.stages[0].flips] == [
        ("B", 0),
        ("D", 0),
        ("C", 7200),
        ("A", 14_400),
    ]


@pytest.mark.parametrize(
    ("metric", "query"),
    [
        ("Shop Jobs", Query(namespace="Shop", metric="Jobs")),
        ("Shop Jobs SampleCount", Query(namespace="Shop", metric="Jobs", stat="SampleCount")),
        ("AWS/SQS Jobs {}", Query(namespace="AWS/SQS", metric="Jobs")),
        (
            "AWS/SQS Jobs Sum { Queue=a/b=c , App=shop }",
            Query(namespace="AWS/SQS", metric="Jobs", dimensions=(("App", "shop"), ("Queue", "a/b=c"))),
        ),
        (
            "{namespace: My Shop, metric: Failed Jobs, dimensions: {Queue: a, App: x}}",
            Query(namespace="My Shop", metric="Failed Jobs", dimensions=(("App", "x"), ("Queue", "a"))),
        ),
    ],
)
def test_a_metric_is_short_or_written_out(metric, query):
    plan = plan_of(signals=f"\n  jobs:\n    count: {metric}")
    assert plan.signals == (CountSignal(name="jobs", query=query),)


def test_a_ratio_is_two_counts_and_a_value_has_a_statistic_and_a_unit():
    ratio, _, value = plan_of().signals
    assert ratio == RatioSignal(
        name="errors",
        bad=Query(namespace="Shop", metric="Errors"),
        total=Query(namespace="Shop", metric="Requests"),
    )
    assert value == ValueSignal(name="p95", query=Query(namespace="Shop", metric="Duration", stat="p95"), unit="ms")


@pytest.mark.parametrize("stat", ["p99.9", "p100", "Average", "Maximum", "IQM", "tm90", "TM(5%:95%)", "PR(:300)"])
def test_cloudwatchs_statistics_are_known(stat):
    plan = plan_of(signals=f'\n  v: {{value: {{namespace: Shop, metric: Duration, stat: "{stat}"}}}}')
    assert plan.signals[0].query.stat == stat


@pytest.mark.parametrize(
    ("gate", "comparison", "limit", "said", "window"),
    [
        ("{signal: errors, below: 0.5%}", "below", "0.005", "0.5%", 1800),
        ("{signal: errors, below: 0.005}", "below", "0.005", "0.005", 1800),
        ("{signal: errors, at_least: 99.50 %}", "at_least", "0.995", "99.50 %", 1800),
        ("{signal: p95, below: 120, window: 24h}", "below", "120", "120", 86_400),
        ("{signal: p95, below: 120 ms}", "below", "120", "120 ms", 1800),
        ("{signal: p95, above: -1.50}", "above", "-1.5", "-1.50", 1800),
        ("{signal: jobs, at_most: 0, window: 1m}", "at_most", "0", "0", 60),
        ("{signal: jobs, above: 1000}", "above", "1000", "1000", 1800),
    ],
)
def test_a_bound_is_exact_and_said_as_written(gate, comparison, limit, said, window):
    wanted = Threshold(signal=gate.split()[1].rstrip(","), comparison=comparison, limit=limit, said=said, window=window)
    assert gate_of(gate) == ThresholdGate(condition=wanted)


def test_a_value_measured_in_percent_has_bounds_in_percent():
    plan = plan_of(
        signals='\n  cpu: {value: Shop Cpu Average, unit: "%"}',
        stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: cpu, below: 80%}]}",
    )
    assert plan.stages[0].gates[0].condition.limit == "80"


@pytest.mark.parametrize(
    ("gate", "wanted"),
    [
        ("{approval: ops}", ApprovalGate(roles=("ops",))),
        ("{approval: [engineering, ops]}", ApprovalGate(roles=("engineering", "ops"))),
        ("{approval: {roles: [engineering, ops]}}", ApprovalGate(roles=("engineering", "ops"))),
        ("{approval: {roles: ops}}", ApprovalGate(roles=("ops",))),
        ("{approval: {any_of: [ops, tech lead]}}", ApprovalGate(roles=("ops", "tech lead"), any_of=True)),
    ],
)
def test_an_approval_names_roles(gate, wanted):
    assert gate_of(gate) == wanted


@pytest.mark.parametrize(
    ("do", "action"),
    [
        ("rollback", RollBack(to="start")),
        ("{rollback: start}", RollBack(to="start")),
        ("{rollback: previous}", RollBack(to="previous")),
        ("{rollback: safe}", RollBack(to="safe")),
        ("hold", Hold()),
        ("{set: {NEW: false}}", SetFlags(values=(("NEW", "false"),))),
    ],
)
def test_a_safeguard_rolls_back_holds_or_sets_flags(do, action):
    safeguard = safeguard_of(f"{{when: {{alarm: outage}}, do: {do}}}")
    assert safeguard.action == action
    assert safeguard.when == AlarmCondition(name="outage")
    assert (safeguard.severity, safeguard.stages, safeguard.follow_up) == ("critical", (), ())


def test_a_safeguard_may_look_at_a_signal_and_say_more():
    safeguard = safeguard_of(
        "{when: {signal: jobs, above: 3, window: 10m}, do: hold, "
        "severity: warning, stages: [on], follow_up: [look, tell]}"
    )
    assert safeguard.when == SignalCondition(
        condition=Threshold(signal="jobs", comparison="above", limit="3", said="3", window=600)
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


# What is said of a bad one


@pytest.mark.parametrize(
    ("sections", "fault"),
    [
        ({"plan": None}, "the plan has no name; begin with plan: NAME"),
        ({"plan": "Checkout"}, "Checkout is not a plan's name; use small letters"),
        ({"plan": "a" * 41}, "is not a plan's name"),
        ({"plan": "standing"}, "standing is the name of the standing safeguards; choose another name"),
        ({"owner": None}, "the plan has no owner; add owner: TEAM"),
        ({"owner": "TBD-A"}, "the owner TBD-A is a placeholder; name a team or a person"),
        ({"owner": ""}, "owner is empty; write owner: TEAM"),
        ({"runbook": None}, "the plan has no runbook; add runbook: a link"),
        (
            {"runbook": "see the wiki"},
            "the runbook see the wiki is neither a link nor a file; write https://",
        ),
        ({"timezone": "Europe/Berln"}, "unknown timezone Europe/Berln; did you mean Europe/Berlin?"),
        ({"timezone": "../../etc/passwd"}, "unknown timezone ../../etc/passwd; write an IANA name"),
        ({"title": "x" * 101}, "title has 101 characters; at most 100 are read"),
        ({"flags": None, "stages": "\n  - {key: on, soak: 1d}"}, "the plan has no flags; add flags:"),
        ({"flags": "{}", "stages": "\n  - {key: on, soak: 1d}"}, "flags is empty; write NAME:"),
        (
            {"stages": None, "safeguards": "{outage: {NEW: false}}", "flags": "{NEW: {safe: false}}"},
            "the plan has no stages; add stages:, or leave out plan:",
        ),
        ({"stages": "{on: {soak: 1d}}"}, "stages is a mapping; write a list: - key: admin-reads"),
        ({"watch": "7"}, "watch: '7' is not a duration; write a number and a unit"),
        ({"watch": "{}"}, "the watch has no length; write watch: 7d"),
        ({"stage": "x"}, "unknown key stage in a plan; did you mean stages?"),
        ({"name": "x"}, "unknown key name in a plan; write plan: NAME"),
        ({"colour": "x"}, "unknown key colour in a plan; a plan takes plan, title, owner"),
    ],
)
def test_a_fault_of_the_plan_says_what_would_be_right(sections, fault):
    assert fault in the_fault(**sections)


@pytest.mark.parametrize(
    ("flag", "fault"),
    [
        ("{safe: no, final: true}", "safe of NEW is no; did you mean false?"),
        ("{safe: false, final: on}", "final of NEW is on; did you mean true?"),
        ("{safe: False, final: true}", "safe of NEW is False; did you mean false?"),
        ("{safe: 17, final: true}", "safe of NEW is 17; write false or true"),
        ("{final: true}", "NEW has no safe value; add safe: VALUE"),
        ("{saf: false, final: true}", "unknown key saf in a flag; did you mean safe?"),
        ("false", "a flag is the text false; write {safe: false, final: true}"),
        (
            "{safe: false, final: false}",
            "the stages leave NEW at true, not at its final false; set it to false in a stage",
        ),
        ("{safe: false, ladder: [false]}", "the ladder of NEW has one value; write all its values"),
        ("{safe: a, ladder: [a, b, a, true]}", "the ladder of NEW has a twice; write each value once"),
        ("{safe: warm, ladder: [true, warn]}", "safe of NEW is warm; did you mean warn?"),
    ],
)
def test_a_fault_of_a_flag_says_what_would_be_right(flag, fault):
    assert fault in the_fault(flags=f"\n  NEW: {flag}")


@pytest.mark.parametrize(
    ("signal", "fault"),
    [
        ("{value: Shop Duration}", "a value needs a statistic; add one of Sum"),
        ("{value: Shop Duration p9x}", "p9x is not a CloudWatch statistic; did you mean p9"),
        ("{count: Shop Jobs p95}", "p95 is not a count; a ratio and a count take Sum or SampleCount"),
        ("{ratio: {bad: A B, totl: A C}}", "unknown key totl in a ratio; did you mean total?"),
        ("{ratio: {bad: A B}}", "the ratio s has no total; add the metric that counts everything"),
        ("{ratio: {good: A B, total: A C}}", "unknown key good in a ratio; write bad: and count what failed"),
        (
            "{ratio: {bad: A B, total: A B}}",
            "bad and total of s are the same metric; count all requests in total:",
        ),
        ("{count: A B, value: A C p95}", "s is count and value at once; write one of ratio, count, value"),
        ("{unit: ms}", "s measures nothing; write one of ratio, count, value"),
        ("{count: A B, unit: ms}", "unit in a count; only a value has a unit"),
        ("{count: Shop}", 'Shop is not a CloudWatch metric; write "Namespace Metric'),
        ("{count: A B C D}", "A B C D is not a CloudWatch metric"),
        ('{count: "A B {Queue}"}', "Queue is not a dimension; write {Dimension=value"),
        ('{count: "A B {Q=1,Q=2}"}', "a dimension is given twice; write each dimension once"),
        ('{count: "A B {Q=1"}', "is not a CloudWatch metric"),
        ('{count: "A B {Q=}"}', "nothing is not a dimension's value; use ASCII characters"),
        ("{count: {namespace: A}}", "the metric has no metric; add metric: NAME"),
        ("{count: {namespace: A, metrc: B}}", "unknown key metrc in a metric; did you mean metric?"),
        ("{count: A B, source: splunk}", "unknown source splunk; write cloudwatch, or leave it out"),
        ("{percentile: 95}", "unknown key percentile in a signal; write value:"),
    ],
)
def test_a_fault_of_a_signal_says_what_would_be_right(signal, fault):
    assert fault in the_fault(signals=f"\n  s: {signal}")


@pytest.mark.parametrize(
    ("gate", "fault"),
    [
        ("{signal: error, below: 1%}", "unknown signal error; did you mean errors?"),
        ("{signal: zzz, below: 1%}", "unknown signal zzz; the signals there are: errors, jobs, p95"),
        ("{signal: errors}", "the condition on errors has no bound; add below: BOUND"),
        ("{signal: errors, below: 1%, above: 0.1%}", "has below and above; write two conditions"),
        (
            "{signal: errors, below: 5}",
            "below: 5 does not fit errors; a ratio lies between 0 and 1: write 5%",
        ),
        ("{signal: errors, below: 0%}", "no traffic shows a ratio of 0% or 100%"),
        ("{signal: errors, at_least: 100%}", "no traffic shows a ratio of 0% or 100%"),
        ("{signal: errors, below: 120%}", "no traffic shows a ratio of 0% or 100%"),
        ("{signal: errors, below: 3 ms}", "a ratio has no unit: write 0.5% or 0.005"),
        (
            "{signal: jobs, at_most: 3%}",
            "at_most: 3% does not fit jobs; percent is for ratios: write a number",
        ),
        ("{signal: jobs, at_most: -1}", "a count is never below 0"),
        ("{signal: jobs, below: 0}", "a count is never below 0: write at_most: 0 for none"),
        ("{signal: p95, below: 120%}", "below: 120% does not fit p95; write a number in ms"),
        ("{signal: p95, below: 0.2 s}", "below: 0.2 s does not fit p95; write a number in ms"),
        ("{signal: p95, below: many}", "below: many is not a number; write 120, 0.5 or 0.5%"),
        ("{signal: p95, below: 1e3}", "does not fit p95"),
        ("{signal: p95, below: .inf}", "below: .inf is not a number"),
        (
            "{signal: p95, below: 120, window: 25h}",
            "a window is out of range; windows lie between 1m and 24h",
        ),
        ("{signal: p95, below: 120, window: 90s}", "a window ends within a minute; write whole minutes"),
        ("{signal: p95, below: 120, windw: 5m}", "unknown key windw in a signal gate; did you mean window?"),
        ("{signal: p95, under: 120}", "unknown key under in a signal gate; write below: BOUND"),
        ("{signal: [p95], below: 1}", "signal is a list; write signal: NAME"),
        ("{signal: p95, below: 1, approval: ops}", "one gate has signal and approval; write two gates"),
        ("{aproval: ops}", "unknown gate aproval; did you mean approval?"),
        ("{approval: {}}", "an approval names nobody; write roles: for each of them"),
        ("{approval: {roles: [a], any_of: [b]}}", "an approval has roles and any_of"),
        ("{approval: []}", "roles is an empty list; write [engineering, ops]"),
        ("{approval: [ops, ops]}", "the role ops is listed twice; list each role once"),
        ("{approval: ops, roles: [ops]}", "unknown key roles in an approval gate"),
        ("approve", "the gate approve is not a mapping; write {signal: read_p95, below: 120}"),
        (
            "{approval: ops}, {approval: ops}",
            "the gate approval by ops stands twice in this stage; keep one of them",
        ),
        ("{}", "unknown gate {}; write {signal:"),
    ],
)
def test_a_fault_of_a_gate_says_what_would_be_right(gate, fault):
    assert fault in gate_fault(gate)


@pytest.mark.parametrize(
    ("stage", "fault"),
    [
        ("{key: on, set: {NEWW: true, NEW: true}}", "unknown flag NEWW; did you mean NEW?"),
        ("{key: on, set: {NEW: enforce}}", "NEW is enforce; write false or true"),
        (
            "{key: on, set: {NEW: {value: true, after: 2h}}}",
            "NEW moves after 2h, but the stage has no soak; let the stage soak longer",
        ),
        (
            "{key: on, soak: 2h, set: {NEW: {value: true, after: 2h}}}",
            "when the stage's soak of 2h is over; let the stage soak longer than 2h",
        ),
        (
            "{key: on, set: {NEW: {after: 2h}}, soak: 3h}",
            "NEW is set to nothing; write NEW: {value: VALUE, after: 2h}",
        ),
        ("{key: on, set: {}, soak: 3h}", "set is empty; write set: {FLAG: value}"),
        ("{key: on, set: [NEW], soak: 3h}", "set is a list; write set: {FLAG: value}"),
        ("{key: On, set: {NEW: true}}", "On is not a key; use small letters"),
        ("{key: start, set: {NEW: true}}", "start cannot be a stage's key; choose another"),
        ("{set: {NEW: true}}", "this stage has no key; add key: NAME"),
        ("{name: on, set: {NEW: true}}", "unknown key name in a stage; write key: admin-reads"),
        (
            "{key: on, flags: {NEW: true}, set: {NEW: true}}",
            "unknown key flags in a stage; write set: {FLAG: value}",
        ),
        (
            "{key: on, set: {NEW: true}}\n  - {key: idle}",
            "the stage idle changes nothing and waits for nothing; add set:, soak: or gates:",
        ),
        (
            "{key: on, set: {NEW: true}}\n  - {key: again, set: {NEW: true}}",
            "the stage again changes nothing and waits for nothing",
        ),
        (
            "{key: on, set: {NEW: true}}\n  - {key: on, soak: 1d}",
            "there are two stages on, the first in line 11; give each its own key",
        ),
        ("{key: on, set: {NEW: true}, gates: []}", "gates is an empty list"),
        ("{key: on, set: {NEW: true}, goal: [a]}", "goal is a list; write goal:"),
    ],
)
def test_a_fault_of_a_stage_says_what_would_be_right(stage, fault):
    assert fault in the_fault(stages=f"\n  - {stage}")


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
        (
            "{when: {signal: p95, above: 200, for: 5m}, do: hold}",
            "for in when is not supported yet; write window: 30m",
        ),
    ],
)
def test_a_fault_of_a_safeguard_says_what_would_be_right(safeguard, fault):
    assert fault in the_fault(safeguards=f"\n  - {safeguard}")


def test_a_flag_that_nothing_uses_is_named_at_its_line():
    faults = read_plan(text_of(flags=BASE["flags"] + "\n  SPARE: {safe: false}").encode())
    assert [(fault.line, fault.wrong) for fault in faults] == [(6, "no stage moves SPARE and no safeguard sets it")]


def test_a_flag_that_only_a_safeguard_needs_is_used():
    plan_of(flags=BASE["flags"] + "\n  CACHE: {safe: true}", safeguards="{slow: {CACHE: true}}")


ENUM_STAGES = "\n  - {key: warn, set: {MODE: warn}, soak: 1d}\n  - {key: enforce, set: {MODE: enforce}, soak: 1d}"


@pytest.mark.parametrize(
    ("value", "where", "good"),
    [
        ("warn", "", True),
        ("warn", ", stages: [enforce]", True),
        ("off", "", False),
        ("enforce", ", stages: [warn]", False),
    ],
)
def test_a_safeguard_moves_a_ladder_towards_safe_only(value, where, good):
    text = text_of(
        flags="\n  MODE: {ladder: [off, warn, enforce], safe: warn, final: enforce, baseline: off}",
        stages=ENUM_STAGES,
        safeguards=f"\n  - {{when: {{alarm: a}}, do: {{set: {{MODE: {value}}}}}{where}}}",
    )
    if good:
        assert isinstance(read_plan(text.encode()), Plan)
    else:
        assert "away from its safe warn; set it to warn" in faults_of(text)[0]


def test_a_step_back_is_refused_where_it_would_be_a_step_forward():
    sections = {
        "flags": "\n  MODE: {ladder: [off, warn, enforce], safe: off, final: enforce}",
        "stages": "\n  - {key: dark, soak: 1d}" + ENUM_STAGES,
    }
    everywhere = "\n  - {when: {alarm: a}, do: {set: {MODE: warn}}}"
    assert "in dark this safeguard would move MODE from off to warn" in the_fault(safeguards=everywhere, **sections)
    plan_of(safeguards=everywhere.replace("}}}", "}}, stages: [enforce]}"), **sections)
    plan_of(safeguards=everywhere.replace("}}}", "}}, stages: [warn, enforce]}"), **sections)


@pytest.mark.parametrize(
    ("gate", "when", "good"),
    [
        ("signal: errors, below: 0.5%", "signal: errors, above: 1%", True),
        ("signal: errors, below: 1%", "signal: errors, above: 0.5%", False),
        ("signal: errors, below: 0.01", "signal: errors, above: 1%", True),
        ("signal: errors, at_most: 1%", "signal: errors, at_least: 1%", False),
        ("signal: errors, at_most: 1%", "signal: errors, above: 1%", True),
        ("signal: errors, at_least: 99%", "signal: errors, below: 99.5%", False),
        ("signal: errors, at_least: 99.5%", "signal: errors, below: 99%", True),
        ("signal: p95, below: 120", "signal: p95, below: 200", False),
        ("signal: p95, below: 120", "signal: p95, below: 10", True),
        ("signal: p95, below: 200", "signal: errors, above: 1%", True),
        ("signal: jobs, at_most: 0, window: 2h", "signal: jobs, above: 0, window: 10m", True),
        ("signal: jobs, at_most: 20, window: 24h", "signal: jobs, above: 10, window: 10m", True),
        ("signal: jobs, at_most: 20, window: 10m", "signal: jobs, above: 10, window: 10m", False),
        ("signal: jobs, at_most: 20, window: 10m", "signal: jobs, above: 10, window: 1h", False),
    ],
)
def test_a_gate_is_stricter_than_a_safeguard_on_the_same_signal(gate, when, good):
    text = text_of(
        stages=f"\n  - {{key: on, set: {{NEW: true}}, gates: [{{{gate}}}]}}",
        safeguards=f"\n  - {{when: {{{when}}}, do: rollback}}",
    )
    if good:
        assert isinstance(read_plan(text.encode()), Plan)
    else:
        assert "let the gate be the stricter of the two" in faults_of(text)[0]


def test_a_safeguard_with_an_unknown_stage_is_not_taken_for_one_of_all_stages():
    fault = the_fault(
        stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: errors, below: 5%}]}",
        safeguards="\n  - {when: {signal: errors, above: 1%}, do: rollback, stages: [later]}",
    )
    assert fault == "unknown stage later; the stages there are: on"


def test_a_safeguard_of_another_stage_does_not_bound_a_gate():
    plan_of(
        stages="""
  - {key: on, set: {NEW: true}, gates: [{signal: errors, below: 5%}]}
  - {key: later, soak: 1d}""",
        safeguards="\n  - {when: {signal: errors, above: 1%}, do: rollback, stages: [later]}",
    )


@pytest.mark.parametrize(
    "form",
    [
        PLAN,
        WATCH,
        flags.FLAG,
        signals.SIGNAL,
        signals.RATIO,
        signals.QUERY,
        stages.STAGE,
        stages.FLIP,
        gates.THRESHOLD,
        gates.APPROVAL,
        safeguards.SAFEGUARD,
        safeguards.WHEN,
        safeguards.DO,
        standing.STANDING,
        standing.FLAG,
    ],
    ids=lambda form: form.what,
)
def test_what_is_not_in_the_language_is_answered_with_what_is(form):
    advice = [*form.later.values(), *form.instead.values()]
    assert not set(form.keys) & (set(form.later) | set(form.instead))
    assert all(text and "; " not in text for text in advice)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"flags": "\n  NEW: {safe: false, final: true, percent: 10}"},
            "percent in a flag is not supported yet; leave it out",
        ),
        (
            {"stages": "\n  - {key: on, set: {NEW: {value: true, cohort: admin}}}"},
            "cohort in a flag's move is not supported yet",
        ),
        (
            {"stages": "\n  - {key: on, set: {NEW: true}, gates: [{probe: smoke, passes: 2}]}"},
            "a probe gate is not supported yet; let people look",
        ),
        (
            {"stages": "\n  - {key: on, set: {NEW: true}, gates: [{drill: NEW}]}"},
            "a drill gate is not supported yet",
        ),
        (
            {"stages": "\n  - {key: on, set: {NEW: true}, gates: [{report: usage}]}"},
            "a report gate is not supported yet",
        ),
        (
            {"signals": "\n  r: {count: 'increase(x[10m])', source: prometheus}"},
            "source prometheus is not supported yet; publish it as a CloudWatch metric",
        ),
        (
            {"signals": "\n  r: {count: Shop Jobs, account: '123456789012'}"},
            "account in a signal is not supported yet; leave it out",
        ),
        (
            {"signals": "\n  r: {count: Shop Jobs, region: eu-west-1}"},
            "region in a signal is not supported yet; leave it out",
        ),
        (
            {"safeguards": "\n  - {when: {alarm: a, account: '1'}, do: hold}"},
            "account in when is not supported yet",
        ),
        (
            {"safeguards": "\n  - {when: {alarm: a}, do: {job: redeploy}}"},
            "job in do is not supported yet; write do: rollback",
        ),
        (
            {"ladder": "\n  - {rung: warn, set: {NEW: false}}"},
            "ladder in a plan is not supported yet; write a safeguard",
        ),
        ({"watch": "{for: 7d, on_breach: previous_stage}"}, "on_breach in the watch is not supported yet"),
        (
            {"stages": "\n  - {key: on, set: {NEW: true}, gates: [{signal: p95, below: 1, judge: point}]}"},
            "judge in a signal gate is not supported yet",
        ),
    ],
)
def test_what_comes_later_is_named_with_what_to_write_today(sections, words):
    assert words in the_fault(**sections)


def test_the_outline_of_the_whole_language_is_refused_key_by_key():
    assert set(conditions.LATER) >= {"judge", "baseline", "streak", "sustained", "coverage", "unchanged"}
    assert set(gates.LATER_KINDS) >= {"probe", "drill", "report", "state", "people"}


def test_all_faults_are_reported_at_once_in_line_order():
    text = """plan: Checkout
owner: TBD
runbok: RUNBOOK.md
flags:
  NEW: {safe: no, final: true}
  OLD: {safe: true, final: false}
  NEW: {safe: false}
signals:
  p95: {value: Shop Duration}
stages:
  - key: on
    set: {NEW: true, OLDD: false}
    gates: [{signal: p96, below: 120}]
  - key: on
watch: 7
"""
    faults = read_plan(text.encode())
    assert [fault.line for fault in faults] == [1, 2, 3, 5, 7, 9, 12, 13, 14, 15]
    assert faults[4].wrong == "NEW is given twice, first in line 5"


# Standing safeguards


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


# Whatever the input


def judged(text):
    """What is said of any text: a plan, or faults, each one line with what is wrong and what is right."""
    result = read_plan(text)
    if isinstance(result, Plan):
        return result
    lines = max(1, len(text.splitlines()))
    assert result
    assert len(result) <= MOST_FAULTS + 1
    assert [fault.line for fault in result] == sorted(fault.line for fault in result)
    for fault in result:
        assert 1 <= fault.line <= lines
        assert fault.wrong
        assert fault.right
        assert str(fault).isprintable()
        assert len(str(fault)) < 400
    return result


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_plain_lines(text):
    assert not isinstance(judged(text), Plan)


LINES = REFERENCE.splitlines(keepends=True)
WORDS = [
    "off",
    "{}",
    "[]",
    "~",
    "true",
    "[[",
    "]",
    "}",
    "- ",
    ": ",
    "percent: 5",
    "soak",
    "&a",
    "*a",
    "\t",
    "'",
    "é",
    "9" * 40,
    "7d",
    "x" * 300,
]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_a_good_plan_with_slips_of_the_hand_is_a_plan_or_faults(seed):
    chance = random.Random(seed)
    lines = list(LINES)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(lines))
        line = lines[at]
        where = chance.randrange(len(line) + 1)
        match chance.randrange(6):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, chance.choice(LINES))
            case 2:
                lines[at] = line[:where] + line[where + 1 :]
            case 3:
                lines[at] = line[:where] + chance.choice(WORDS) + line[where:]
            case 4:
                lines[at] = line.replace(":", chance.choice(["", ": :", " "]), 1)
            case _:
                lines[at] = line[:where] + chance.choice(WORDS) + "\n"
    judged("".join(lines).encode())


NODES = st.recursive(
    st.sampled_from(
        ["~", "true", "off", "7d", "NEW", "p95", "0.5%", '""', "rollback", "x: y", "arn:aws", "-1", "1e309"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(
            st.sampled_from(
                [
                    "plan",
                    "flags",
                    "stages",
                    "safeguards",
                    "when",
                    "do",
                    "set",
                    "key",
                    "signal",
                    "below",
                    "window",
                    "approval",
                    "roles",
                    "any_of",
                    "NEW",
                    "on",
                    "ratio",
                    "bad",
                    "total",
                    "count",
                    "value",
                    "unit",
                    "safe",
                    "final",
                    "ladder",
                    "baseline",
                    "soak",
                    "gates",
                    "watch",
                    "for",
                    "alarm",
                    "rollback",
                    "after",
                ]
            ),
            inner,
            max_size=4,
        ).map(lambda entries: "{" + ", ".join(f"{key}: {value}" for key, value in entries.items()) + "}"),
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted([*BASE, "safeguards", "watch", "title", "timezone"])), NODES, min_size=1))
def test_any_shape_in_any_place_is_a_plan_or_faults(sections):
    judged(text_of(**sections).encode())
    judged("".join(f"{key}: {value}\n" for key, value in sections.items()).encode())


def test_after_a_hundred_faults_reading_stops_and_says_so():
    text = text_of(flags="".join(f"\n  F{number}: {{safe: maybe}}" for number in range(99)) + "\n  G: 1\n  H: 2")
    faults = faults_of(text)
    assert len(faults) == MOST_FAULTS + 1
    assert faults[-1] == "there are more than 100 faults; correct these, then check again"


def test_a_file_full_of_typos_is_refused_quickly():
    names = "".join(f"\n  FLAG_NUMBER_{number}: {{safe: false}}" for number in range(100))
    moves = ", ".join(f"FLAG_NUMBR_{number}X: true" for number in range(99))
    text = text_of(flags=names, stages=f"\n  - {{key: on, set: {{{moves}}}}}").encode()
    began = time.perf_counter()
    assert len(read_plan(text)) == MOST_FAULTS + 1
    assert time.perf_counter() - began < 1.5


def test_a_fault_shows_no_control_characters_and_no_endless_names():
    assert shown("a\nb\x1b[31m\u202e") == "a b [31m"
    assert shown("x" * 100) == "x" * 59 + "…"
    assert str(Fault(line=1, wrong="this", right="that")) == "this; that"
