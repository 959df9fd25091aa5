"""What always ends, for every plan and every history: a way back, an abort, a rollout that is left alone, a wait."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.engine import decide, next_decision, settles_at
from orchestrator.core.plan import Plan
from tests.core.made_histories import NAMES, QUICK, Step, histories, plans, play
from tests.core.made_plans import HOUR, PEOPLE, World, exposure


def mend(world: World) -> None:
    """Whatever was broken works again; what people have changed stays."""
    world.readable = world.writable = world.alarms_readable = True
    world.hold_line(False)
    world.answers.clear()
    world.signals = dict.fromkeys(world.signals, "healthy")
    for name in world.alarms:
        world.alarm(name, "OK")


@QUICK
@given(plans(), histories(), st.sampled_from(("start", "safe")))
def test_a_rollback_ends_with_every_flag_at_its_baseline_or_kept_safe(plan: Plan, steps: list[Step], to: str) -> None:
    world = World(plan)
    for step in steps:
        play(world, step)
    assume(world.rollout.is_live and world.rollout.status != "aborting")
    mend(world)
    world.asks("rollback", to=to)
    world.ticks(180)
    assert not world.rollout.pending
    for name, value in world.values().items():
        state = world.rollout.flags[name]
        kept = state.kept if state.kept is not None else world.rollout.baseline[name]
        assert value == kept
        assert exposure(plan, name, value) == 0 or state.kept is not None
    assert set(world.values()) == set(world.rollout.flags), "a deleted parameter is there again"


@QUICK
@given(plans(), histories())
def test_an_abort_always_ends(plan: Plan, steps: list[Step]) -> None:
    world = World(plan)
    for step in steps:
        play(world, step)
    assume(world.rollout.is_live)
    mend(world)
    world.asks("abort")
    world.ticks(240)
    assert world.rollout.status == "aborted"
    assert world.values() == world.rollout.desired
    assert world.tick().effects == (), "an ended rollout lets go of its flags"


def leave_alone(world: World, *, most: int = 3000) -> None:
    """Ticks every minute; people approve when they are asked, each in turn, and tick off what they do."""
    for _ in range(most):
        if not world.rollout.is_live:
            return
        world.tick()
        if world.rollout.waiting.startswith("approval:"):
            for actor in PEOPLE:
                world.asks("approve", actor, after=0)
        if "checklist" in world.rollout.waiting:
            for item in ("briefed", "seeded"):
                world.asks("tick", item=item, after=0)


@QUICK
@given(plans(frozen=False), histories(), st.booleans())
def test_a_rollout_that_is_left_alone_completes(plan: Plan, steps: list[Step], troubled: bool) -> None:
    """From its start, and from whatever happened before, once people have settled it and resumed."""
    world = World(plan)
    for step in steps if troubled else ():
        play(world, step)
    if troubled:
        assume(world.rollout.is_live and world.rollout.status != "aborting")
        mend(world)
        world.ticks(180)
        for name in NAMES:
            world.asks("revert", flag=name)
        world.ticks(180)
        world.asks("resume")
    leave_alone(world)
    assert world.rollout.status == "completed", world.rollout.waiting_line
    assert world.values() == plan.effective(world.rollout.baseline, len(plan.stages) - 1)
    assert not world.rollout.pending


@QUICK
@given(plans(), histories(), st.data())
def test_nothing_changes_before_the_next_decision(plan: Plan, steps: list[Step], data: Any) -> None:
    """The sandbox jumps there. The world stands still, and its windows have settled."""
    world = World(plan)
    for step in steps:
        play(world, step)
    assume(world.rollout.is_live)
    world.tick()
    for _ in range(200):
        if world.now >= settles_at(plan, world.rollout, world.now, world.evidence):
            break
        world.tick()
    assume(world.now >= settles_at(plan, world.rollout, world.now, world.evidence))
    world.tick()
    assume(world.now >= settles_at(plan, world.rollout, world.now, world.evidence))
    rollout, now = world.rollout, world.now
    until = next_decision(plan, rollout, now)
    assert until is None or until > now
    last = until - 1 if until is not None else now + 10 * HOUR
    for moment in {last, data.draw(st.integers(now, last))}:
        assume(moment > now)
        world.now = moment
        decision = decide(plan, rollout, None, world.facts(rollout), moment)
        if not (decision.writes and rollout.pending):
            assert decision.rollout is not None
            same = structs.replace(decision.rollout, waiting=rollout.waiting, waiting_line=rollout.waiting_line)
            assert same == rollout, f"{decision.reason} at +{moment - now}, before +{last + 1 - now}"
            assert decision.effects == ()
