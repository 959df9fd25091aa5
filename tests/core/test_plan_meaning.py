"""Plans whose parts can be read one by one, and say together what cannot be meant."""

import pytest

from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from tests.core.plan_texts import BASE, faults_of, plan_of, stages_of, text_of, the_fault
from tests.work import calls_of


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
    ("warning", "acting", "good"),
    [
        ("{signal: errors, above: 1%}", "{signal: errors, above: 2%}", True),
        ("{signal: errors, above: 2%}", "{signal: errors, above: 2%}", False),
        ("{signal: errors, above: 3%}", "{signal: errors, above: 2%}", False),
        ("{signal: errors, above: 3%, window: 10m}", "{signal: errors, above: 2%}", True),
        ("{signal: p95, below: 5}", "{signal: p95, below: 10}", False),
        ("{signal: p95, above: 100}", "{signal: p95, above: 120}", True),
        ("{signal: jobs, above: 5, window: 10m}", "{signal: jobs, above: 3, window: 10m}", False),
        ("{signal: jobs, above: 5, window: 1h}", "{signal: jobs, above: 3, window: 10m}", True),
        ("{signal: errors, errors: 5, window: 10m}", "{signal: errors, errors: 3, window: 10m}", False),
    ],
)
def test_a_warning_comes_before_what_goes_back(warning, acting, good):
    text = text_of(
        safeguards=f"\n  - {{when: {warning}, do: hold, key: warn}}\n  - {{when: {acting}, do: rollback, key: act}}"
    )
    if good:
        assert isinstance(read_plan(text.encode()), Plan)
    else:
        assert "warns no earlier than" in faults_of(text)[0]


def test_a_safeguard_that_does_not_act_bounds_nothing():
    plan_of(
        stages="\n  - {key: on, set: {NEW: true}, gates: [{signal: errors, below: 5%}]}",
        safeguards="\n  - {when: {signal: errors, above: 1%}, do: rollback, dry_run: true}",
    )


def test_a_gate_of_the_watch_is_stricter_than_a_safeguard_too():
    assert "lets through what the safeguard errors above 1%" in the_fault(
        watch="{for: 7d, gates: [{signal: errors, below: 5%}]}",
        safeguards="\n  - {when: {signal: errors, above: 1%}, do: rollback}",
    )


ALL = "{key: all, set: {NEW: true}}"


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        (
            [
                "{key: a, set: {NEW: {value: true, percent: 50}}}",
                "{key: b, set: {NEW: {value: true, percent: 10}}}",
                ALL,
            ],
            "NEW falls from 50 % to 10 %; write a percentage of at least 50 %",
        ),
        (
            ["{key: a, set: {NEW: {value: true, cohort: x}}}", "{key: b, set: {NEW: {value: true, percent: 10}}}", ALL],
            "NEW is taken from the cohort x again; name the cohorts from before as well: cohort: [x]",
        ),
        (
            ["{key: a, set: {NEW: true}}", "{key: b, set: {NEW: {value: true, percent: 10}}, soak: 1h}"],
            "NEW is true for everybody already; leave out percent: and cohort:, or the move",
        ),
        (
            ["{key: a, set: {NEW: {value: true, percent: 10}}}"],
            "the stages leave NEW at true for 10 % of all, else false",
        ),
    ],
)
def test_who_has_a_new_value_keeps_it_until_everybody_has_it(stages, fault):
    assert fault in the_fault(stages=stages_of(*stages))


def test_a_ladder_is_climbed_by_everybody_before_the_next_step():
    flags = "\n  MODE: {ladder: [off, warn, enforce], safe: off, final: enforce}"
    early = "{key: b, set: {MODE: {value: enforce, percent: 10}}}", "{key: c, set: {MODE: enforce}}"
    some, every = "{key: a, set: {MODE: {value: warn, percent: 10}}}", "{key: a, set: {MODE: warn}}"
    assert (
        "MODE goes on to enforce while it is warn for 10 % of all, else off; set it to warn or off for everybody"
        in the_fault(flags=flags, stages=stages_of(some, *early))
    )
    plan_of(flags=flags, stages=stages_of(every, *early))


def test_an_exposure_may_grow_or_end():
    plan_of(
        flags="\n  NEW: {safe: false, final: false}",
        stages=stages_of(
            "{key: a, set: {NEW: {value: true, cohort: x}}}",
            "{key: b, set: {NEW: {value: true, cohort: [x, y], percent: 10}}}",
            "{key: c, set: {NEW: false}}",
        ),
    )


def test_a_definition_that_does_not_fit_its_parameter_is_named_at_its_cohort():
    keys = ", ".join(f"subject-{number:030}" for number in range(100))
    text = text_of(
        cohorts=f"\n  few: {{keys: [ann]}}\n  many: {{keys: [{keys}]}}",
        stages=stages_of("{key: some, set: {NEW: {value: true, cohort: [few, many]}}}", ALL),
    )
    (fault,) = read_plan(text.encode())
    assert text.splitlines()[fault.line - 1].strip().startswith("many:")
    assert fault.wrong.endswith("and its parameter has 4,096")


ENVIRONMENTS = {
    "environments": "[dev, prod]",
    "flags": "\n  NEW: {safe: false, final: {dev: true, prod: false}}",
}


def test_final_values_are_reached_in_every_environment():
    everywhere = "\n  - {key: on, set: {NEW: true}}"
    assert "the stages leave NEW at true in prod, not at its final false" in the_fault(
        **ENVIRONMENTS, stages=everywhere
    )
    plan_of(**ENVIRONMENTS, stages="\n  - {key: on, set: {NEW: true}, environments: [dev]}\n  - {key: look, soak: 1d}")


def test_growth_is_looked_at_as_it_runs_in_each_environment():
    stages = [
        "{key: trial, set: {NEW: {value: true, percent: 50}}, environments: [dev]}",
        "{key: some, set: {NEW: {value: true, percent: 10}}}",
        ALL,
    ]
    assert "NEW falls from 50 % to 10 % in dev" in the_fault(environments="[dev, prod]", stages=stages_of(*stages))
    plan_of(environments="[dev, prod]", stages=stages_of(stages[0].replace("50", "5"), *stages[1:]))


def test_a_stage_that_moves_something_in_one_environment_is_not_idle():
    plan_of(
        environments="[dev, prod]",
        stages=stages_of("{key: trial, set: {NEW: true}, environments: [dev]}", "{key: on, set: {NEW: true}}"),
    )


@pytest.mark.parametrize(
    ("stages", "fault"),
    [
        (
            ["{key: dark, gates: [{drill: NEW}]}", ALL],
            "NEW is at its safe false in dark: there is nothing to try out; move the drill to a stage",
        ),
        (
            ["{key: all, set: {NEW: true}, no_return: true, gates: [{drill: NEW}]}"],
            "the drill would switch NEW off in all, which has no return; move the drill to a stage before",
        ),
        ([ALL, "{key: look, pin: [NEW], gates: [{drill: NEW}]}"], "NEW is pinned in look: no drill moves it"),
    ],
)
def test_a_drill_is_possible_where_it_stands(stages, fault):
    assert fault in the_fault(stages=stages_of(*stages))


def test_a_drill_of_a_flag_that_some_have_is_possible():
    plan_of(stages=stages_of("{key: some, set: {NEW: {value: true, percent: 10}}, gates: [{drill: NEW}]}", ALL))


def test_a_safeguard_may_step_back_from_a_share():
    plan_of(
        flags="\n  MODE: {ladder: [off, warn, enforce], safe: off, final: enforce}",
        stages=stages_of(
            "{key: warn, set: {MODE: warn}}",
            "{key: some, set: {MODE: {value: enforce, percent: 10}}}",
            "{key: all, set: {MODE: enforce}}",
        ),
        safeguards="\n  - {when: {alarm: a}, do: {set: {MODE: warn}}}",
    )


def test_a_plan_of_the_largest_size_is_judged_with_bounded_work():
    names = [f"F{number}" for number in range(30)]
    environments = ", ".join(f"e{number}" for number in range(10))
    finals = ", ".join(f"e{number}: true" for number in range(10))
    moves = ", ".join(f"{name}: {{value: true, percent: 10}}" for name in names)
    text = text_of(
        environments=f"[{environments}]",
        flags="".join(f"\n  {name}: {{safe: false, final: {{{finals}}}}}" for name in names),
        stages="".join(
            f"\n  - {{key: s{number}, set: {{{moves}}}, environments: [e{number % 10}], soak: 1h}}"
            for number in range(25)
        )
        + "\n  - {key: last, set: {"
        + ", ".join(f"{name}: true" for name in names)
        + "}}",
    )
    plan = read_plan(text.encode())
    assert isinstance(plan, Plan), [str(fault) for fault in plan[:3]]
    assert calls_of(lambda: read_plan(text.encode())) < 500_000
