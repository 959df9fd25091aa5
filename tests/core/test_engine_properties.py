"""What holds for every plan and every history: random plans, and whatever can happen to their rollouts in any order."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.commands import FORWARD, Command
from orchestrator.core.effects import Decision
from orchestrator.core.engine import binding
from orchestrator.core.engine.moves import past_return, pinned
from orchestrator.core.exposure import reading
from orchestrator.core.gates import ApprovalGate
from orchestrator.core.plan import FlagSpec, Plan, RollBack, SetFlags, decode_plan, encode_plan
from orchestrator.core.rollout import Rollout, decode_rollout, encode_rollout
from orchestrator.core.signals import MINUTE
from tests.core.made_histories import QUICK, Step, actors, going_on, histories, plans, play
from tests.core.made_plans import World, exposure


def stopped(rollout: Rollout) -> bool:
    """Whether a person, or a safeguard, has taken something back that only a person may give again."""
    back = {"safeguard", "rollback", "hand"}
    return rollout.status in ("rolled_back", "aborting", "aborted") or any(
        entry.kind in back for entry in rollout.holds
    )


@QUICK
@given(plans(), histories())
def test_exposure_never_rises_after_a_safeguard_or_a_rollback_until_a_person_resumes(
    plan: Plan, steps: list[Step]
) -> None:
    world = World(plan)
    ceiling: dict[str, float] | None = None
    for step in steps:
        written = len(world.written)
        play(world, step)
        if step[0] in ("resume", "lift", "adopt") and world.decisions[-1].kind == "resume":
            ceiling = None
        if ceiling is not None:
            for name, now in world.exposures().items():
                assert now <= ceiling[name], f"{name} rose from {ceiling[name]} to {now} by {step}"
            for write in world.written[written:]:
                assert exposure(plan, write.flag, write.to_value) <= ceiling[write.flag], f"{write} by {step}"
        ceiling = world.exposures() if stopped(world.rollout) else None


@QUICK
@given(plans(), histories())
def test_a_persons_off_is_never_undone_until_a_person_resumes(plan: Plan, steps: list[Step]) -> None:
    world = World(plan)
    off: dict[str, float] = {}
    for step in steps:
        written = len(world.written)
        if step[0] == "hand":
            _, flag, value = step
            wanted = world.rollout.desired.get(flag)
            off.pop(flag, None)
            spec = plan.flag(flag)
            assert spec is not None
            if (
                value is not None
                and wanted is not None
                and value != wanted
                and spec.is_towards_safe(value, current=wanted)
            ):
                off[flag] = exposure(plan, flag, value)
        readable = world.readable
        play(world, step)
        if step[0] in ("resume", "lift", "adopt", "revert") and world.decisions[-1].kind in ("resume", "set"):
            off = {}
        if not readable:
            continue  # What cannot be seen cannot be respected: only what goes forward stops then.
        for write in world.written[written:]:
            if write.flag in off:
                assert exposure(plan, write.flag, write.to_value) <= off[write.flag], f"{write} by {step}"


@QUICK
@given(plans(), histories())
def test_nothing_goes_forward_blind(plan: Plan, steps: list[Step]) -> None:
    """Flags or alarms that cannot be read, an alarm that is not OK, a hold, the line, a flag not read back: nobody goes
    on."""
    world = World(plan)
    for step in steps:
        before, seen = world.rollout, len(world.decisions)
        blind = not world.readable or (bool(plan.alarms()) and not world.alarms_readable)
        play(world, step)
        for decision in world.decisions[seen:]:
            if decision.kind in ("advance", "watch", "complete", "resume") and step[0] not in ("adopt", "lift"):
                assert not blind, f"{decision.kind} by {step}"
                assert world.line is None, f"{decision.kind} by {step} under the line"
                assert all(world.alarms[name].state == "OK" for name in plan.alarms())
                assert step[0] in ("resume", "ticks") or not (before.holds or before.pending)


@QUICK
@given(plans(), histories(), st.sampled_from(("silent", "sparse", "broken")))
def test_no_data_too_little_and_a_broken_source_neither_promote_nor_roll_back(
    plan: Plan, steps: list[Step], how: str
) -> None:
    world = World(plan)
    world.signals = dict.fromkeys(world.signals, how)
    for step in steps:
        if step[0] in ("signal", "promote", "skip"):
            continue
        before = world.rollout
        seen = len(world.decisions)
        play(world, step)
        for decision in world.decisions[seen:]:
            after = decision.rollout
            assert after is not None
            assert not any("signal:" in key for key in after.acted)
            if decision.kind == "advance" and after.stage > before.stage >= 0 and step[0] != "ticks":
                gates = plan.stages[before.stage].gates
                assert not any(hasattr(entry, "condition") for entry in gates), f"{gates} let it go on without data"


@QUICK
@given(plans(), histories(), st.integers(0, 2))
def test_a_safeguard_acts_whatever_the_rollout_waits_for(plan: Plan, steps: list[Step], number: int) -> None:
    """Paused, held, under the line or a freeze, waiting for people, in a drill, on the ladder, in the watch, over a
    hand's change, with SSM unreadable: an alarm acts."""
    world = World(plan)
    for step in steps:
        play(world, step)
    rollout = world.rollout
    assume(number < len(plan.alarms()))
    name = plan.alarms()[number]
    assume(rollout.is_live and rollout.status != "aborting" and name not in rollout.acted)
    before = world.exposures()
    # An emergency write, past the table, has lowered some of them already: that is adopted, and not the alarm's doing.
    live = {flag: world.flags[flag].value for flag in before if flag in world.flags}
    found = {flag: exposure(plan, flag, text) for flag, text in live.items() if reading(text) is not None}
    decision = world.alarm(name)
    assert decision.kind == "safeguard"
    guard = next(s for s in plan.safeguards if s.key == f"guard-{number}")
    assert any(entry.by == guard.key for entry in world.rollout.holds)
    stays, fixed = past_return(plan, rollout), pinned(plan, rollout)
    if stays:
        after = world.exposures()
        kept = all(after[flag] in (before[flag], found.get(flag, before[flag])) for flag in before)
        assert world.rollout.climbing is not None or kept
    elif guard.action == RollBack():
        assert world.rollout.status == "rolled_back"
    elif isinstance(guard.action, SetFlags):
        for flag, value in guard.action.values:
            assert flag in fixed or world.exposures()[flag] <= exposure(plan, flag, value)
    assert world.alarm(name, since=world.now).kind == "hold", "it acts once"


@QUICK
@given(plans(), histories(), st.integers(0, 2))
def test_an_alarm_whose_event_is_lost_acts_at_the_next_tick(plan: Plan, steps: list[Step], number: int) -> None:
    world = World(plan)
    for step in steps:
        play(world, step)
    assume(number < len(plan.alarms()))
    name = plan.alarms()[number]
    assume(world.rollout.is_live and world.rollout.status != "aborting" and name not in world.rollout.acted)
    world.alarms_readable = True
    world.goes(name)
    assert world.tick().kind == "safeguard"
    assert name in world.rollout.acted


@QUICK
@given(
    plans(),
    histories(going_on, st.tuples(st.just("rollback"), actors, st.just("start")), st.tuples(st.just("resume"), actors)),
)
def test_an_approval_counts_for_one_stay_in_one_stage_of_one_plan(plan: Plan, steps: list[Step]) -> None:
    """A stage that asks is never left, by the engine itself, without a yes from as many people since it was entered."""
    world = World(plan)
    entered, given_since = world.rollout, set[str]()
    for step in steps:
        for _ in range(step[1] // MINUTE if step[0] == "ticks" else 1):
            before = world.rollout
            decision = play(world, ("tick", MINUTE) if step[0] == "ticks" else step)
            assert decision is not None
            if step[0] == "approve" and decision.kind != "refuse":
                given_since.add(step[1].user_id)
            moved_on = world.rollout.stage != before.stage or world.rollout.status != before.status
            if moved_on and step[0] in ("tick", "ticks") and before.status == "running":
                asks = [entry for entry in plan.stages[before.stage].gates if isinstance(entry, ApprovalGate)]
                needed = max((1 if entry.any_of else len(entry.roles) for entry in asks), default=0)
                assert len(given_since) >= needed
            if moved_on or (step[0] == "resume" and decision.kind == "resume"):
                given_since = set()
        assert entered.plan_hash == world.rollout.plan_hash
    other = structs.replace(world.rollout, plan_hash="another")
    assert other.approvals_here(plan) == ()


@QUICK
@given(plans(), histories())
def test_every_decision_is_sound(plan: Plan, steps: list[Step]) -> None:
    """Fences only grow, the transition never falls, each flag is written once and to another value, safe ones first."""
    world = World(plan)
    last = world.rollout
    places = {name: place for place, name in enumerate(plan.order_of_setting())}
    for step in steps:
        seen = len(world.decisions)
        play(world, step)
        for decision in world.decisions[seen:]:
            now = decision.rollout
            assert now is not None
            for name, state in now.flags.items():
                old = last.flags[name]
                assert state.fence >= old.fence
                assert state.fence > old.fence or state.desired == old.desired
            assert now.transition >= last.transition
            if now.desired != last.desired or now.stage != last.stage or now.approvals != last.approvals:
                assert now.transition > last.transition
            names = [write.flag for write in decision.writes]
            assert len(names) == len(set(names))
            assert all(write.from_value != write.to_value for write in decision.writes)
            assert all(write.to_value == now.flags[write.flag].desired for write in decision.writes)
            assert all(write.fence == now.flags[write.flag].fence for write in decision.writes)
            towards = [
                (plan.flag(w.flag) or FlagSpec(name="", safe="")).is_towards_safe(
                    w.to_value, current=w.from_value or ""
                )
                for w in decision.writes
            ]
            assert towards == sorted(towards, reverse=True), "towards safe first"
            back = [places[w.flag] for w, safer in zip(decision.writes, towards, strict=True) if safer]
            onward = [places[w.flag] for w, safer in zip(decision.writes, towards, strict=True) if not safer]
            assert back == sorted(back, reverse=True)
            assert onward == sorted(onward)
            assert decode_rollout(encode_rollout(now)) == now
            last = now


@QUICK
@given(plans(), histories())
def test_the_same_history_gives_the_same_decisions(plan: Plan, steps: list[Step]) -> None:
    first, second = World(plan), World(decode_plan(encode_plan(plan)))
    for step in steps:
        play(first, step)
        play(second, step)
        second.rollout = decode_rollout(encode_rollout(second.rollout))
    assert [canonical(d) for d in first.decisions] == [canonical(d) for d in second.decisions]


def canonical(decision: Decision) -> bytes:
    return msgspec.json.encode(decision, order="sorted")


@QUICK
@given(plans(), histories(), st.sampled_from(("start", "previous", "safe")))
def test_going_back_does_not_move_what_is_pinned(plan: Plan, steps: list[Step], to: str) -> None:
    world = World(plan)
    for step in steps:
        play(world, step)
    assume(world.rollout.is_live and world.rollout.status != "aborting")
    fixed = {name: world.rollout.desired.get(name) for name in pinned(plan, world.rollout)}
    assume(fixed)
    unseen = {name for name, live in world.flags.items() if live.value != world.rollout.desired.get(name)}
    world.asks("rollback", to=to)
    for alarm in plan.alarms():
        world.alarm(alarm)
    for name in set(fixed) - unseen:
        assert world.rollout.desired.get(name) == fixed[name]


@QUICK
@given(plans(), histories())
def test_a_decision_goes_one_step_at_most_and_never_past_people_by_itself(plan: Plan, steps: list[Step]) -> None:
    world = World(plan)
    last = world.rollout
    for step in steps:
        seen = len(world.decisions)
        play(world, step)
        for decision in world.decisions[seen:]:
            now = decision.rollout
            assert now is not None
            places = [(r.stage if r.status == "running" else len(plan.stages), r.flips) for r in (last, now)]
            if last.status == now.status == "running" and decision.kind == "advance":
                (before, _), (after, _) = places
                assert after - before in (0, 1)
                if step[0] in ("tick", "ticks") and after > before:
                    asks = [g for g in plan.stages[last.stage].gates if isinstance(g, ApprovalGate)]
                    assert not asks or last.approvals_here(plan)
            last = now


@QUICK
@given(plans(), histories(), st.sampled_from(sorted(FORWARD - {"start", "set_flag"})), actors)
def test_a_button_that_goes_forward_is_refused_once_the_state_has_moved(
    plan: Plan, steps: list[Step], verb: Any, actor: Any
) -> None:
    world = World(plan)
    bound_to = binding(world.rollout)
    for step in steps:
        play(world, step)
    assume(binding(world.rollout) != bound_to)
    command = Command(verb=verb, target="shop", actor=actor, args={"flag": "NEW"}, bound_to=bound_to)
    assert world.happens(command).kind == "refuse"
