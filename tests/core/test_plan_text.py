"""Plans as text: the head of a plan, its flags, cohorts and stages; what they compile to, and what is said of bad ones."""

import pytest

from orchestrator.core.gates import Threshold
from orchestrator.core.plan import FlagSpec, Flip, Watch, plan_hash
from orchestrator.core.plan_text import read_plan
from orchestrator.core.plan_text.schema import forms
from tests.core.plan_texts import BASE, plan_of, stages_of, the_fault


def test_the_smallest_plan_has_a_flag_a_stage_an_owner_and_a_runbook():
    plan = plan_of(signals=None)
    assert plan.name == "checkout"
    assert (plan.title, plan.owner, plan.runbook) == ("", "shop team", "RUNBOOK.md#checkout")
    assert (plan.timezone, plan.watch) == ("UTC", Watch())
    assert (plan.environments, plan.budget, plan.summary) == ((), 300, "")
    assert plan.flags == (FlagSpec(name="NEW", safe="false", final="true"),)
    assert plan.stages[0].flips == (Flip(flag="NEW", value="true"),)
    assert plan.stages[0].soak == 86_400


def test_the_order_of_sections_and_comments_do_not_change_the_plan():
    turned = "".join(reversed([f"{key}: {value}  # why\n" for key, value in BASE.items()]))
    assert plan_hash(read_plan(turned.encode())) == plan_hash(plan_of())


def test_off_is_a_value_of_a_ladder_as_written():
    plan = plan_of(
        flags="\n  MODE: {ladder: [off, warn, enforce], safe: warn, final: enforce, baseline: off}",
        stages="\n  - {key: warn, set: {MODE: warn}, soak: 1d}\n  - {key: enforce, set: {MODE: enforce}}",
    )
    assert plan.flags[0] == FlagSpec(
        name="MODE", safe="warn", final="enforce", ladder=("off", "warn", "enforce"), baseline="off"
    )


def test_a_plan_says_where_it_runs_and_how_fast_it_goes_back():
    plan = plan_of(environments="[dev, staging, prod]", budget="2m", summary="daily", timezone="Europe/Berlin")
    assert plan.environments == ("dev", "staging", "prod")
    assert (plan.budget, plan.summary, plan.timezone) == (120, "daily", "Europe/Berlin")
    assert plan_of(environments="prod").environments == ("prod",)


def test_a_flag_ends_differently_in_each_environment():
    plan = plan_of(
        environments="[dev, prod]",
        flags="\n  NEW: {safe: false, final: {dev: true, prod: false}}",
        stages="\n  - {key: on, set: {NEW: true}, environments: [dev], soak: 1d}\n  - {key: look, soak: 1d}",
    )
    assert plan.flags == (FlagSpec(name="NEW", safe="false", final_in={"dev": "true", "prod": "false"}),)
    assert [stage.key for stage in plan.within("prod").stages] == ["look"]


def test_a_flag_says_how_long_it_takes_and_how_its_way_back_is_seen():
    plan = plan_of(
        flags="\n  NEW: {safe: false, final: true, takes: 10m, observed: {signal: jobs, at_most: 0, window: 2m}}"
    )
    observed = Threshold(signal="jobs", comparison="at_most", limit="0", said="0", judge="sum", window=120)
    assert plan.flags == (FlagSpec(name="NEW", safe="false", final="true", takes=600, observed=observed),)


def test_a_stage_has_options():
    plan = plan_of(
        environments="[staging, prod]",
        flags="\n  NEW: {safe: false, final: true}\n  MODE: {safe: false}",
        stages=stages_of(
            "{key: mode, set: {MODE: true}}",
            "{key: on, set: {NEW: true}, soak: 2d, expect: 5d, optional: true, no_return: true, pin: MODE}",
            "{key: look, soak: 1d, environments: [staging]}",
        ),
    )
    _, on, look = plan.stages
    assert (on.expect, on.optional, on.no_return, on.pin) == (5 * 86_400, True, True, ("MODE",))
    assert look.environments == ("staging",)


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
        ({"zzz": "x"}, "unknown key zzz in a plan; a plan takes plan, title, owner"),
        ({"environments": "[dev, dev]"}, "the environment dev is listed twice; list each once"),
        ({"environments": "[a/b]"}, "a/b is not an environment's name; write it as the stack has it"),
        ({"environments": "{dev: 1}"}, "an environment is a mapping; write environments: [dev, staging, prod]"),
        ({"budget": "1s"}, "the budget is out of range; it lies between 10s and 1d"),
        ({"summary": "weekly"}, "summary is weekly; write daily"),
        ({"cohorts": "{admin: {attribute: role, is: admin}}"}, "no stage moves a flag for the cohort admin"),
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
        ("{safe: false, final: {dev: true}}", "unknown environment dev; name it under environments: first"),
        ("{safe: false, final: true, takes: soon}", "takes: 'soon' is not a duration"),
        ("{safe: false, final: true, observed: {at_most: 0}}", "observed names no signal; write observed: {signal:"),
        (
            "{safe: false, final: true, observed: {signal: errors, below: 1%}}",
            "the condition on errors has no window; add window: 10m",
        ),
    ],
)
def test_a_fault_of_a_flag_says_what_would_be_right(flag, fault):
    assert fault in the_fault(flags=f"\n  NEW: {flag}")


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
        ("{key: on, set: {NEW: true}, soak: 2d, expect: 1d}", "is expected to take 1d, and soaks for 2d"),
        ("{key: on, set: {NEW: true}, optional: maybe}", "optional is maybe; write true or false"),
        ("{key: on, set: {NEW: true}, environments: [prod]}", "unknown environment prod; name it under environments:"),
        ("{key: on, set: {NEW: true}, pin: [OTHER]}", "unknown flag OTHER; the flags there are: NEW"),
        ("{key: on, set: {NEW: true}, pin: [NEW]}", "NEW is moved and pinned in on; set it in a stage before"),
        ("{key: on, set: {NEW: {value: true, percent: 0}}}", "percent is 0; write a number over 0 and up to 100"),
        ("{key: on, set: {NEW: {value: true, percent: 101}}}", "percent is 101; write a number over 0"),
        ("{key: on, set: {NEW: {value: true, percent: 0.0001}}}", "with at most three decimals, as in 0.5"),
        ("{key: on, set: {NEW: {value: true, percent: ten}}}", "percent is ten; write a number"),
        (
            "{key: on, set: {NEW: {value: true, percent: 100, cohort: admin}}}",
            "100 percent is everybody, cohort or not; leave out one of the two",
        ),
        ("{key: on, set: {NEW: {value: true, cohort: []}}}", "cohort is an empty list"),
        ("{key: on, set: {NEW: {value: true, cohort: [a, a]}}}", "a cohort is listed twice; list each cohort once"),
        ("{key: on, set: {NEW: {value: true, cohort: a b}}}", "a b is not a cohort's name"),
        ("{key: on, ramp: {percent: [100], each: 1h}}", "the ramp has no flag; add flag: FLAG"),
        ("{key: on, ramp: {flag: NEW, percent: [100]}}", "the ramp has no each; add each: 24h"),
        ("{key: on, ramp: {flag: NEW, each: 1h}}", "the ramp has no steps; add percent: [10, 50, 100]"),
        ("{key: on, ramp: {flag: NEWW, percent: [100], each: 1h}}", "unknown flag NEWW; did you mean NEW?"),
        (
            "{key: on, ramp: {flag: NEW, percent: [10, 50, 50, 100], each: 1h}}",
            "the ramp goes from 50 % to 50 %; let every step be larger than the one before",
        ),
        ("{key: on, ramp: {flag: NEW, percent: [10, 100], each: 1h}, soak: 1d}", "stands beside soak; write each:"),
        (
            "{key: on, ramp: {flag: NEW, percent: [10, 100], cohorts: [a], each: 1h}}",
            "the ramp has percent and cohorts; write two stages",
        ),
        (
            "{key: on-10, soak: 1h}\n  - {key: on, ramp: {flag: NEW, percent: [10, 100], each: 1h}}",
            "there are two stages on-10, the first in line 11",
        ),
        ("{key: on, set: {NEW: true}, goal: [a]}", "goal is a list; write goal:"),
    ],
)
def test_a_fault_of_a_stage_says_what_would_be_right(stage, fault):
    assert fault in the_fault(stages=f"\n  - {stage}")


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.what)
def test_what_is_not_in_the_language_is_answered_with_what_is(form):
    advice = [*form.later.values(), *form.instead.values()]
    assert not set(form.keys) & (set(form.later) | set(form.instead))
    assert all(text and "; " not in text for text in advice)


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        (
            {"flags": "\n  NEW: {safe: false, final: true, percent: 10}"},
            "unknown key percent in a flag; write set: {FLAG: {value: VALUE, percent: 10}} in a stage",
        ),
        (
            {"stages": "\n  - {key: on, set: {NEW: true}, percent: 10}"},
            "unknown key percent in a stage; write set: {FLAG: {value: VALUE, percent: 10}}",
        ),
        (
            {"stages": "\n  - {key: on, set: {NEW: true}, checklist: [briefed]}"},
            "unknown key checklist in a stage; write gates: [{checklist: [on-call briefed]}]",
        ),
        (
            {"signals": "\n  r: {count: Shop Jobs, account: '123456789012'}"},
            "account in a signal is not supported yet; leave it out",
        ),
        ({"region": "eu-west-1"}, "region in a plan is not supported yet; leave it out"),
        ({"holds": "[]"}, "unknown key holds in a plan; write freeze: [{every:"),
    ],
)
def test_a_word_in_the_wrong_place_is_answered_with_where_it_goes(sections, words):
    assert words in the_fault(**sections)


def test_a_final_value_is_said_for_every_environment():
    assert "final of NEW says nothing of prod; name every environment" in the_fault(
        environments="[dev, prod]", flags="\n  NEW: {safe: false, final: {dev: true}}"
    )


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
