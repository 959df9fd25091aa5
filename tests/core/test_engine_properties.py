"""What holds for every plan and every history: random plans, and whatever can happen to their rollouts in any order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs

from orchestrator.core.commands import FORWARD
from orchestrator.core.effects import Decision
from orchestrator.core.engine import decide, next_decision, settles_at
from orchestrator.core.plan import FlagSpec, Flip, Hold, Plan, RollBack, Stage, decode_plan, encode_plan
from orchestrator.core.rollout import Rollout, decode_rollout, encode_rollout
from orchestrator.core.signals import MINUTE
from tests.core.made_plans import (
    HOUR,
    LADDER,
    PEOPLE,
    SIGNALS,
    World,
    exposure,
    gate,
    mode,
    on_alarm,
    on_signal,
    people,
    sets,
)

QUICK = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# -- plans -------------------------------------------------------------------------------------------------------------

NAMES = ("NEW", "OLD", "MODE")
GATES = (
    gate(),
    gate("jobs", "at_most", "0", window=300),
    gate("p95", "below", "200", window=300),
    people("engineering"),
    people("engineering", "ops"),
    people("engineering", "ops", any_of=True),
)


@st.composite
def plans(draw: Any) -> Plan:
    """Up to three flags, each moved stage by stage away from safe; gates, delays, safeguards and a watch at random."""
    specs = {
        "NEW": FlagSpec(name="NEW", safe="false"),
        "OLD": FlagSpec(name="OLD", safe="true"),
        "MODE": mode(),
    }
    left = {name: [value for value in specs[name].ladder if value != specs[name].safe] for name in NAMES}
    left["MODE"] = list(LADDER[1:])
    stages = []
    for number in range(draw(st.integers(1, 3))):
        soak = draw(st.sampled_from((0, 300, 900)))
        flips = []
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2)):
            if left[name]:
                after = draw(st.sampled_from((0, 0, 120, 240))) if soak else 0
                flips.append(Flip(flag=name, value=left[name].pop(0), after=after))
        gates = tuple(draw(st.lists(st.sampled_from(GATES), unique=True, max_size=2)))
        flips.sort(key=lambda flip: flip.after)
        stages.append(Stage(key=f"stage-{number}", flips=tuple(flips), soak=soak, gates=gates))
    actions = (
        RollBack(),
        RollBack(to="previous"),
        RollBack(to="safe"),
        Hold(),
        sets(NEW="false"),
        sets(OLD="true", MODE="off"),
        sets(MODE="warn"),
    )
    guards = [
        on_alarm(f"alarm-{number}", draw(st.sampled_from(actions)), key=f"guard-{number}")
        for number in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        guards.append(on_signal("errors", "above", "0.05", draw(st.sampled_from(actions)), window=300))
    return Plan(
        name="shop",
        flags=tuple(specs.values()),
        signals=SIGNALS,
        stages=tuple(stages),
        safeguards=tuple(guards),
        watch=draw(st.sampled_from((0, 600, HOUR))),
    )


# -- histories ---------------------------------------------------------------------------------------------------------

VALUES = {"NEW": ("true", "false", None), "OLD": ("true", "false", None), "MODE": (*LADDER, None)}

Step = tuple[Any, ...]
actors = st.sampled_from(PEOPLE)
flags = st.sampled_from(NAMES)
alarms = st.sampled_from(("alarm-0", "alarm-1"))
states = st.sampled_from(("OK", "ALARM", "ALARM", "INSUFFICIENT_DATA"))

going_on = st.one_of(
    st.tuples(st.just("tick"), st.sampled_from((30, 60, 60, 300, 900))),
    st.tuples(st.just("ticks"), st.sampled_from((300, 900))),
    st.tuples(st.just("promote"), actors),
    st.tuples(st.just("approve"), actors),
)
going_back = st.one_of(
    st.tuples(st.just("rollback"), actors, st.sampled_from(("start", "previous", "safe"))),
    st.tuples(st.just("abort"), actors),
    st.tuples(st.just("pause"), actors),
    st.tuples(st.just("set_flag"), actors, flags, st.sampled_from(("true", "false", *LADDER))),
    st.tuples(st.just("alarm"), alarms, states),
    st.tuples(st.just("alarm again"), alarms, st.integers(0, 3000)),
    st.tuples(st.just("alarm unheard"), alarms, states),
)
hands = flags.flatmap(lambda name: st.tuples(st.just("hand"), st.just(name), st.sampled_from(VALUES[name])))
settling = st.one_of(
    st.tuples(st.just("adopt"), actors, flags),
    st.tuples(st.just("revert"), actors, flags),
    st.tuples(st.just("resume"), actors),
)
weather = st.one_of(
    st.tuples(
        st.just("signal"),
        st.sampled_from([s.name for s in SIGNALS]),
        st.sampled_from(("healthy", "bad", "silent", "sparse", "broken")),
    ),
    st.tuples(st.sampled_from(("readable", "writable", "alarms_readable")), st.booleans()),
    st.tuples(st.just("emergency"), alarms),
)
anything = st.one_of(going_on, going_on, going_back, hands, settling, weather)


def histories(*kinds: st.SearchStrategy[Step], most: int = 25) -> st.SearchStrategy[list[Step]]:
    return st.lists(st.one_of(*kinds) if kinds else anything, max_size=most)


def play(world: World, step: Step) -> Decision | None:
    """One thing that happens; the decision it led to, where it led to one."""
    match step:
        case ("tick", after):
            return world.tick(after)
        case ("ticks", seconds):
            return world.ticks(seconds)
        case ("rollback", actor, to):
            return world.asks("rollback", actor, to=to)
        case ("set_flag", actor, flag, value):
            return world.asks("set_flag", actor, target=flag, value=value)
        case ("promote" | "approve" | "pause" | "resume" | "abort" as verb, actor):
            return world.asks(verb, actor)
        case ("adopt" | "revert" as verb, actor, flag):
            return world.asks(verb, actor, flag=flag)
        case ("alarm", name, state):
            return world.alarm(name, state)
        case ("alarm again", name, ago):
            return world.alarm(name, since=world.now - ago)
        case ("alarm unheard", name, state):
            if name in world.alarms:
                world.goes(name, state)
        case ("hand", flag, value):
            world.by_hand(flag, value)
        case ("signal", name, how):
            world.signals[name] = how
        case ("readable" | "writable" | "alarms_readable" as what, yes):
            setattr(world, what, yes)
        case ("emergency", name):
            world.emergency(name)
    return None


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
    ceiling: dict[str, int] | None = None
    for step in steps:
        written = len(world.written)
        play(world, step)
        if step[0] in ("resume", "adopt") and world.decisions[-1].kind == "resume":
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
    off: dict[str, int] = {}
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
        if step[0] in ("resume", "adopt", "revert") and world.decisions[-1].kind in ("resume", "set"):
            off = {}
        if not readable:
            continue  # What cannot be seen cannot be respected: only what goes forward stops then.
        for write in world.written[written:]:
            if write.flag in off:
                assert exposure(plan, write.flag, write.to_value) <= off[write.flag], f"{write} by {step}"


@QUICK
@given(plans(), histories())
def test_nothing_goes_forward_blind(plan: Plan, steps: list[Step]) -> None:
    """Flags or alarms that cannot be read, an alarm that is not OK, a hold, a flag not read back: nobody goes on."""
    world = World(plan)
    for step in steps:
        before, seen = world.rollout, len(world.decisions)
        blind = not world.readable or (bool(plan.alarms()) and not world.alarms_readable)
        play(world, step)
        for decision in world.decisions[seen:]:
            if decision.kind in ("advance", "watch", "complete", "resume") and step[0] not in ("adopt",):
                assert not blind, f"{decision.kind} by {step}"
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
        if step[0] in ("signal", "promote"):
            continue
        before = world.rollout
        seen = len(world.decisions)
        play(world, step)
        for decision in world.decisions[seen:]:
            after = decision.rollout
            assert after is not None
            assert not any(key.startswith("signal:") for key in after.acted)
            if decision.kind == "advance" and after.stage > before.stage >= 0 and step[0] != "ticks":
                gates = plan.stages[before.stage].gates
                assert not any(hasattr(entry, "condition") for entry in gates), f"{gates} let it go on without data"


@QUICK
@given(plans(), histories(), st.integers(0, 2))
def test_a_safeguard_acts_whatever_the_rollout_waits_for(plan: Plan, steps: list[Step], number: int) -> None:
    """Paused, held, waiting for people, in the watch, over a hand's change, with SSM unreadable: an alarm acts."""
    world = World(plan)
    for step in steps:
        play(world, step)
    rollout = world.rollout
    assume(number < len(plan.alarms()))
    name = plan.alarms()[number]
    assume(rollout.is_live and rollout.status != "aborting" and name not in rollout.acted)
    decision = world.alarm(name)
    assert decision.kind == "safeguard"
    guard = next(s for s in plan.safeguards if s.key == f"guard-{number}")
    assert any(entry.by == guard.key for entry in world.rollout.holds)
    if guard.action == RollBack():
        assert world.rollout.status == "rolled_back"
    for flag, value in getattr(guard.action, "values", ()):
        assert world.exposures()[flag] <= exposure(plan, flag, value)
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
            if (
                step[0] != "promote"
                and decision.kind in ("advance", "watch", "complete")
                and before.flips == world.rollout.flips
            ):
                pass
            moved_on = world.rollout.stage != before.stage or world.rollout.status != before.status
            if moved_on and step[0] in ("tick", "ticks") and before.status == "running":
                asks = [entry for entry in plan.stages[before.stage].gates if hasattr(entry, "roles")]
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


def mend(world: World) -> None:
    """Whatever was broken works again; what people have changed stays."""
    world.readable = world.writable = world.alarms_readable = True
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
    """Ticks every minute; people approve when they are asked, each in turn."""
    for _ in range(most):
        if not world.rollout.is_live:
            return
        world.tick()
        if world.rollout.waiting.startswith("approval:"):
            for actor in PEOPLE:
                world.asks("approve", actor, after=0)


@QUICK
@given(plans(), histories(), st.booleans())
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
        if world.now >= settles_at(plan, world.rollout, world.now):
            break
        world.tick()
    assume(world.now >= settles_at(plan, world.rollout, world.now))
    world.tick()
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


ACTS: Callable[[Decision], bool] = lambda decision: decision.kind not in ("refuse", "hold")  # noqa: E731


@QUICK
@given(plans(), histories(), st.sampled_from(sorted(FORWARD - {"start", "set_flag"})), actors)
def test_a_button_that_goes_forward_is_refused_once_the_state_has_moved(
    plan: Plan, steps: list[Step], verb: Any, actor: Any
) -> None:
    from orchestrator.core.commands import Command
    from orchestrator.core.engine import binding

    world = World(plan)
    bound_to = binding(world.rollout)
    for step in steps:
        play(world, step)
    assume(binding(world.rollout) != bound_to)
    command = Command(verb=verb, target="shop", actor=actor, args={"flag": "NEW"}, bound_to=bound_to)
    assert world.happens(command).kind == "refuse"
