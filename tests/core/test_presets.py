"""Presets: a whole rollout in a line, the same plan as one that is written out."""

import pytest

from orchestrator.core.exposure import WHOLE
from orchestrator.core.gates import DrillGate
from orchestrator.core.plan import Plan, Watch
from orchestrator.core.plan_text import read_plan
from tests.core.plan_texts import faults_of, plan_of, text_of, the_fault

OUT = {"stages": None}


def test_a_canary_is_the_ramp_its_gates_its_safeguards_and_a_day_of_watch():
    preset = plan_of(**OUT, preset="{canary: {flag: NEW, signals: {errors: 0.5%, p95: 200 ms}}}")
    written = plan_of(
        stages="""
  - key: canary
    ramp: {flag: NEW, percent: [1, 5, 25, 50, 100], each: 1h}
    gates: [{signal: errors, below: 0.5%}, {signal: p95, below: 200 ms}]""",
        safeguards="""
  - {when: {signal: errors, above: 1%}, do: rollback}
  - {when: {signal: p95, above: 400 ms}, do: rollback}""",
        watch="1d",
    )
    assert preset == written


def test_a_canary_takes_its_own_steps_and_the_only_flag():
    plan = plan_of(**OUT, preset="{canary: {percent: [10, 100], each: 2h, signals: {jobs: 3}}}")
    assert [(stage.key, stage.flips[0].share, stage.soak) for stage in plan.stages] == [
        ("canary-10", 10_000, 7200),
        ("canary-100", WHOLE, 7200),
    ]


def test_a_kill_switch_is_one_stage_with_a_drill_and_alarms_that_take_it_back():
    preset = plan_of(**OUT, preset="{kill-switch: {flag: NEW, alarms: [checkout-errors, slow]}}")
    written = plan_of(
        stages="\n  - {key: on, set: {NEW: true}, gates: [{drill: NEW}]}",
        safeguards="\n  - {when: {alarm: checkout-errors}, do: rollback}\n  - {when: {alarm: slow}, do: rollback}",
        watch="1d",
    )
    assert preset == written
    assert preset.stages[0].gates == (DrillGate(flag="NEW"),)


def test_a_kill_switch_sets_the_flags_own_final_value():
    plan = plan_of(
        **OUT, flags="\n  OLD: {safe: true, final: false}", preset="{kill-switch: {flag: OLD, alarms: outage}}"
    )
    assert plan.stages[0].flips[0].value == "false"


def test_keys_of_the_plan_win_over_the_presets():
    plan = plan_of(watch="7d", preset="{kill-switch: {flag: NEW, alarms: [a]}}")
    assert plan.watch == Watch(length=7 * 86_400)
    assert [stage.soak for stage in plan.stages] == [86_400]


@pytest.mark.parametrize("own", ["{outage: {NEW: false}}", "\n  - {when: {alarm: outage}, do: {set: {NEW: false}}}"])
def test_safeguards_of_the_plan_stand_beside_the_presets(own):
    plan = plan_of(**OUT, safeguards=own, preset="{canary: {flag: NEW, signals: {errors: 0.5%}}}")
    assert [safeguard.key for safeguard in plan.safeguards] == ["outage", "errors-above-1"]


def test_a_preset_makes_a_plan_of_a_file_that_has_no_stages():
    text = (
        "owner: shop\nrunbook: a.md\nflags: {NEW: {safe: false, final: true}}\npreset: {kill-switch: {alarms: [a]}}\n"
    )
    assert faults_of(text) == ["the plan has no name; begin with plan: NAME"]
    assert isinstance(read_plan(f"plan: x\n{text}".encode()), Plan)


@pytest.mark.parametrize(
    ("preset", "fault"),
    [
        ("canary", "the preset canary says too little; write preset: {canary: {flag: FLAG, signals: {NAME: 0.5%}}}"),
        ("canari", "preset is the text canari; write {canary:"),
        ("{canari: {}}", "unknown key canari in preset; did you mean canary?"),
        ("{}", "preset has 0 presets; write one: {canary:"),
        ("{canary: {flag: NEW}}", "the preset canary has no signals; add signals: {NAME: 0.5%}"),
        ("{canary: {flag: NEW, signals: {}}}", "signals of canary is empty"),
        ("{canary: {flag: NEW, signals: {error: 1%}}}", "unknown signal error; did you mean errors?"),
        ("{canary: {flag: NEWW, signals: {errors: 1%}}}", "unknown flag NEWW; did you mean NEW?"),
        ("{canary: {flag: NEW, signals: {errors: few}}}", "below: few is not a number"),
        (
            "{canary: {flag: NEW, steps: [1], signals: {errors: 1%}}}",
            "unknown key steps in the preset canary; write percent:",
        ),
        ("{kill-switch: {flag: NEW}}", "the preset kill-switch has no alarms; add alarms: [NAME]"),
        ("{kill-switch: {flag: NEW, alarms: ['arn:aws:x']}}", "arn:aws:x is not an alarm's name"),
    ],
)
def test_a_fault_of_a_preset_is_named_at_the_presets_line(preset, fault):
    text = text_of(**OUT, preset=preset)
    (found,) = read_plan(text.encode())
    assert fault in str(found)
    assert text.splitlines()[found.line - 1].startswith("preset:")


def test_a_preset_says_which_flag_where_there_are_several():
    flags = "\n  NEW: {safe: false, final: true}\n  OLD: {safe: true, final: false}"
    assert "the preset canary does not say which flag; add flag: FLAG" in the_fault(
        **OUT, flags=flags, preset="{canary: {signals: {errors: 1%}}}"
    )
