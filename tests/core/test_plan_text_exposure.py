"""For whom a flag moves, in the text of a plan: percentages, cohorts and ramps."""

import pytest

from orchestrator.core.exposure import WHOLE, Cohort
from orchestrator.core.gates import ApprovalGate
from orchestrator.core.plan import Flip
from tests.core.plan_texts import faults_of, plan_of, stages_of, text_of, the_fault

ADMIN = Cohort(name="admin", attribute="role", values=("admin",))
PILOTS = Cohort(name="pilots", attribute="targetingKey", values=("ann", "17"))
COHORTS = '\n  admin: {attribute: role, is: admin}\n  pilots: {keys: [ann, "17"]}'


@pytest.mark.parametrize(
    ("move", "share", "cohorts"),
    [
        ("true", WHOLE, ()),
        ("{value: true}", WHOLE, ()),
        ("{value: true, percent: 100}", WHOLE, ()),
        ("{value: true, percent: 10}", 10_000, ()),
        ("{value: true, percent: 0.5}", 500, ()),
        ("{value: true, percent: 0.001 %}", 1, ()),
        ("{value: true, percent: 12.5%}", 12_500, ()),
        ("{value: true, cohort: admin}", 0, (ADMIN,)),
        ("{value: true, cohort: [admin, pilots], percent: 5}", 5_000, (ADMIN, PILOTS)),
        ("{value: true, cohort: beta}", 0, (Cohort(name="beta", attribute="cohort", values=("beta",)),)),
    ],
)
def test_a_move_is_for_everybody_a_share_or_cohorts(move, share, cohorts):
    used = ", ".join(f"U{number}: {{value: true, cohort: {name}}}" for number, name in enumerate(("admin", "pilots")))
    plan = plan_of(
        flags="".join(f"\n  {name}: {{safe: false}}" for name in ("NEW", "U0", "U1")),
        cohorts=COHORTS,
        stages=f"\n  - {{key: some, set: {{NEW: {move}, {used}}}}}",
    )
    assert plan.stages[0].flips[0] == Flip(flag="NEW", value="true", share=share, cohorts=cohorts)
    assert plan.flags[0].is_definition is (share < WHOLE)


def test_a_flag_is_a_definition_from_the_start_if_any_stage_exposes_it_to_some():
    plan = plan_of(
        flags="\n  NEW: {safe: false, final: true}\n  OTHER: {safe: false, final: true}",
        stages=stages_of(
            "{key: other, set: {OTHER: true}}",
            "{key: some, set: {NEW: {value: true, percent: 10}}}",
            "{key: all, set: {NEW: true}}",
        ),
    )
    assert {flag.name: flag.is_definition for flag in plan.flags} == {"NEW": True, "OTHER": False}


def test_a_ramp_is_a_stage_for_each_step_with_approvals_in_the_last():
    plan = plan_of(
        stages="""
  - key: portal
    goal: More and more
    ramp: {flag: NEW, percent: [0.5, 10, 100], each: 24h}
    gates: [{signal: jobs, at_most: 0}, {checklist: [look at it]}, {approval: ops}]"""
    )
    assert [stage.key for stage in plan.stages] == ["portal-0-5", "portal-10", "portal-100"]
    assert [stage.flips for stage in plan.stages] == [
        (Flip(flag="NEW", value="true", share=share),) for share in (500, 10_000, WHOLE)
    ]
    assert [(stage.soak, stage.goal, len(stage.gates)) for stage in plan.stages] == [
        (86_400, "More and more", 1),
        (86_400, "More and more", 1),
        (86_400, "More and more", 3),
    ]


def test_a_ramp_may_ask_for_approval_at_every_step():
    plan = plan_of(
        stages="\n  - {key: p, ramp: {flag: NEW, percent: [10, 100], each: 1h, approve: each}, gates: [{approval: ops}]}"
    )
    assert [stage.gates for stage in plan.stages] == [(ApprovalGate(roles=("ops",)),)] * 2


def test_a_ramp_over_cohorts_is_numbered():
    plan = plan_of(
        flags="\n  MODE: {ladder: [off, warn, enforce], safe: off}",
        stages="\n  - {key: p, ramp: {flag: MODE, to: warn, cohorts: [a, [a, b]], each: 1h}}",
    )
    assert [stage.key for stage in plan.stages] == ["p-1", "p-2"]
    assert [[cohort.name for cohort in stage.flips[0].cohorts] for stage in plan.stages] == [["a"], ["a", "b"]]
    assert {stage.flips[0].value for stage in plan.stages} == {"warn"}


def test_a_ramp_keeps_a_cohort_that_has_it_already():
    plan = plan_of(
        stages=stages_of(
            "{key: admins, set: {NEW: {value: true, cohort: admin}}}",
            "{key: p, ramp: {flag: NEW, percent: [10, 100], cohort: admin, each: 1h}}",
        )
    )
    assert [(len(flip.cohorts), flip.share) for stage in plan.stages for flip in stage.flips] == [
        (1, 0),
        (1, 10_000),
        (0, WHOLE),
    ]


@pytest.mark.parametrize(
    ("cohort", "fault"),
    [
        ("{attribute: role}", "the cohort admin has no is; add is: admin"),
        ("{is: admin}", "the cohort admin has no attribute; add attribute: role"),
        ("{attribute: role, is: []}", "is is an empty list"),
        ("{attribute: role, is: [a, a]}", "is has a twice; list each once"),
        ("{attribute: a b, is: x}", "a b is not an attribute"),
        ("{keys: [ann], attribute: role, is: x}", "the cohort admin has an attribute and keys; write two cohorts"),
        ("{users: [ann]}", "unknown key users in a cohort; write keys: [ann, bob]"),
        ("role", "a cohort is the text role; write {attribute: role, is: admin}"),
    ],
)
def test_a_fault_of_a_cohort_says_what_would_be_right(cohort, fault):
    stages = stages_of("{key: some, set: {NEW: {value: true, cohort: admin}}}", "{key: all, set: {NEW: true}}")
    assert fault in the_fault(cohorts=f"\n  admin: {cohort}", stages=stages)


def test_a_cohort_that_is_nearly_one_of_the_plan_is_a_slip_of_the_hand():
    stages = stages_of("{key: some, set: {NEW: {value: true, cohort: admins}}}", "{key: all, set: {NEW: true}}")
    faults = faults_of(text_of(cohorts="\n  admin: {attribute: role, is: admin}", stages=stages))
    assert "unknown cohort admins; did you mean admin?" in faults
