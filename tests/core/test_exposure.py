"""For whom a flag has which value: one text per setting, read back as what it says, and what a step towards safe is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.effects import Post
from orchestrator.core.exposure import WHOLE, Cohort, Setting, partly, plain, reading, stored
from orchestrator.core.plan import FlagSpec
from tests.core.made_plans import HOUR, World, boolean, made_plan, mode, on_alarm, sets, some, stage

ADMIN = Cohort(name="admin", attribute="role", values=("admin",))
PILOTS = Cohort(name="pilots", attribute="targetingKey", values=("ann", "bob"))
SPEC = FlagSpec(name="NEW", safe="false", is_definition=True)
MODE = mode(is_definition=True)

RAMP = made_plan(
    stage("some", soak=600, NEW=some(percent=10)),
    stage("more", soak=600, NEW=some(percent=50)),
    stage("all", soak=600, NEW="true"),
)


# -- one setting, one text ---------------------------------------------------------------------------------------------

settings_of_mode = st.builds(
    partly,
    st.sampled_from(MODE.ladder),
    st.sampled_from(MODE.ladder),
    st.integers(0, WHOLE),
    st.lists(st.sampled_from((ADMIN, PILOTS)), unique=True).map(tuple),
)


@given(settings_of_mode)
def test_a_definition_reads_as_what_was_stored(setting: Setting) -> None:
    assert reading(MODE.stored(setting)) == setting
    assert len(MODE.stored(setting)) < 4096, "it fits a standard parameter"


@given(st.text())
def test_whatever_a_parameter_holds_can_be_looked_at(text: str) -> None:
    found = reading(text)
    assert found is None or found.values


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (plain("true"), "true"),
        (partly("true", "false", 10_000), "true for 10 % of all, else false"),
        (partly("true", "false", 500), "true for 0.5 % of all, else false"),
        (partly("true", "false", 0, (ADMIN,)), "true for admin, else false"),
        (
            partly("true", "false", 10_000, (ADMIN, PILOTS)),
            "true for admin and pilots and 10 % of the rest, else false",
        ),
        (partly("true", "false", 0), "true for nobody, else false"),
        (partly("true", "false", WHOLE), "true"),
    ],
)
def test_a_setting_says(setting: Setting, says: str) -> None:
    assert str(setting) == says


def test_a_rule_that_somebody_has_edited_is_not_read_as_what_its_description_says() -> None:
    body = json.loads(SPEC.stored(partly("true", "false", 10_000)))
    body["targeting"]["fractional"][0][1] = 90_000
    assert reading(json.dumps(body)) is None


def test_a_definition_of_somebody_else_is_read_where_it_says_one_value_to_everybody() -> None:
    body = '{"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on"}'
    assert reading(body) == plain("on")
    assert reading(body.replace("ENABLED", "DISABLED")) is None


def test_subjects_are_only_ever_added_by_a_growing_share() -> None:
    """The same order of variants and the same total of weights: flagd buckets by the sum of the weights before."""
    weights = [
        json.loads(SPEC.stored(partly("true", "false", share)))["targeting"]["fractional"]
        for share in (1, 10_000, 50_000)
    ]
    assert [[variant for variant, _ in rule] for rule in weights] == [["true", "false"]] * 3
    assert {sum(weight for _, weight in rule) for rule in weights} == {WHOLE}


# -- towards safe ------------------------------------------------------------------------------------------------------

ALL, TEN, FIVE = plain("true"), partly("true", "false", 10_000), partly("true", "false", 5_000)
ADMINS, BOTH = partly("true", "false", 0, (ADMIN,)), partly("true", "false", 10_000, (ADMIN,))


@pytest.mark.parametrize(
    ("new", "current", "towards"),
    [
        (plain("false"), ALL, True),
        (plain("false"), TEN, True),
        (plain("false"), plain("false"), True),
        (TEN, ALL, True),
        (FIVE, TEN, True),
        (TEN, FIVE, False),
        (TEN, TEN, False),
        (ALL, TEN, False),
        (ADMINS, BOTH, True),
        (BOTH, ADMINS, False),
        (ADMINS, TEN, False),
        (TEN, ADMINS, False),
        (TEN, plain("false"), False),
    ],
    ids=str,
)
def test_a_step_towards_safe(new: Setting, current: Setting, towards: bool) -> None:
    assert SPEC.is_towards_safe(SPEC.stored(new), current=SPEC.stored(current)) is towards


@pytest.mark.parametrize(
    ("new", "current", "towards"),
    [
        (plain("warn"), plain("enforce"), True),
        (plain("warn"), partly("enforce", "warn", 10_000), True),
        (plain("warn"), partly("enforce", "off", 10_000), False),
        (partly("enforce", "warn", 10_000), plain("enforce"), True),
        (plain("enforce"), plain("warn"), False),
    ],
    ids=str,
)
def test_a_step_towards_safe_on_a_longer_ladder(new: Setting, current: Setting, towards: bool) -> None:
    assert MODE.is_towards_safe(MODE.stored(new), current=MODE.stored(current)) is towards


def test_either_shape_of_a_persons_false_is_towards_safe() -> None:
    for text in ("false", SPEC.safe_text):
        assert SPEC.is_safe(text)
        assert SPEC.is_towards_safe(text, current=SPEC.stored(ALL))
    assert not SPEC.is_towards_safe("rubbish", current=SPEC.stored(ALL))


# -- a rollout to some -------------------------------------------------------------------------------------------------


def seen(world: World) -> dict[str, str]:
    return {name: str(reading(text)) for name, text in world.values().items()}


def test_a_ramp_exposes_more_stage_by_stage_in_one_shape() -> None:
    world = World(RAMP)
    told = []
    for _ in range(3):
        assert world.values()["NEW"].startswith("{")
        told.append(seen(world)["NEW"])
        world.tick(600)
    assert told == ["true for 10 % of all, else false", "true for 50 % of all, else false", "true"]


def test_going_back_takes_the_share_back() -> None:
    world = World(RAMP)
    world.tick(600)
    world.asks("rollback", to="previous")
    assert seen(world) == {"NEW": "true for 10 % of all, else false"}
    world.asks("rollback")
    assert world.values() == {"NEW": FlagSpec(name="NEW", safe="false", is_definition=True).safe_text}


@pytest.mark.parametrize("live", ["false", SPEC.safe_text], ids=["scalar", "definition"])
def test_a_start_takes_either_shape_and_gives_it_the_one_that_the_plan_needs(live: str) -> None:
    plan = made_plan(stage("first", soak=600, OTHER="true"), *RAMP.stages)
    world = World(plan, live={"NEW": live, "OTHER": live})
    assert world.rollout.baseline == {"NEW": SPEC.safe_text, "OTHER": "false"}
    assert world.values() == {"NEW": SPEC.safe_text, "OTHER": "true"}
    world.tick()
    assert world.rollout.holds == ()


def test_a_person_scalar_off_is_adopted() -> None:
    world = World(RAMP)
    world.by_hand("NEW", "false")
    world.tick()
    assert (world.held_by(), world.rollout.flags["NEW"].kept) == (["hand"], "false")
    world.ticks(HOUR)
    assert world.values() == {"NEW": "false"}
    world.asks("resume")
    assert seen(world) == {"NEW": "true for 10 % of all, else false"}


def test_the_same_in_the_other_shape_is_written_over_and_holds_nothing() -> None:
    plan = made_plan(stage("first", soak=600, OTHER="true"), *RAMP.stages)
    world = World(plan)
    world.by_hand("NEW", "false")
    world.tick()
    assert (world.values()["NEW"], world.rollout.holds) == (SPEC.safe_text, ())


def test_a_definition_that_nobody_can_read_is_asked_about() -> None:
    world = World(RAMP)
    world.by_hand("NEW", '{"state": "ENABLED", "variants": {"a": 1}, "defaultVariant": "a", "targeting": {"x": 1}}')
    world.tick()
    assert world.held_by() == ["drift"]
    assert "changed to a definition that Switchback did not write by hand" in world.rollout.holds[0].reason


def test_a_safeguard_writes_the_safe_value_in_the_parameters_shape() -> None:
    world = World(made_plan(*RAMP.stages, safeguards=[on_alarm("outage", sets(NEW="false"))]))
    world.alarm("outage")
    assert world.values() == {"NEW": SPEC.safe_text}
    world.by_hand("NEW", "true")
    world.ticks(120)
    assert world.values() == {"NEW": SPEC.safe_text}


def test_what_an_alarm_wrote_without_the_table_is_in_the_parameters_shape_too() -> None:
    world = World(made_plan(*RAMP.stages, safeguards=[on_alarm("outage")]))
    world.now += 5
    world.emergency("outage")
    assert world.values() == {"NEW": SPEC.safe_text}
    world.tick()
    assert (world.held_by(), world.rollout.flags["NEW"].kept_by) == (["safeguard"], "safeguard outage")


def test_a_flag_is_set_by_hand_to_a_plain_value_in_the_parameters_shape() -> None:
    world = World(RAMP)
    assert "NEW takes false or true, not maybe" in world.asks("set_flag", target="NEW", value="maybe").reason
    assert "only its plan" in world.asks("set_flag", target="NEW", value="true").reason
    world.asks("set_flag", target="NEW", value="false")
    assert (world.values(), world.held_by()) == ({"NEW": SPEC.safe_text}, ["rollback"])


def test_a_free_flag_keeps_the_shape_that_it_has() -> None:
    world = World(made_plan(flags=[boolean("FREE")]), standing=True, live={"FREE": SPEC.safe_text})
    world.asks("set_flag", target="FREE", value="true")
    assert world.values() == {"FREE": stored("FREE", plain("true"), ("false", "true"), is_definition=True)}


def test_nobody_is_shown_a_definition() -> None:
    world = World(RAMP)
    world.by_hand("NEW", "true")
    world.tick()
    world.asks("adopt", flag="NEW")
    world.asks("rollback")
    notices = [e.notice for d in world.decisions for e in d.outgoing if isinstance(e, Post)]
    said = [line for notice in notices for line in (*notice.lines, notice.headline)]
    assert "`NEW`: true → **false**" in said
    assert not [line for line in said if "{" in line]
