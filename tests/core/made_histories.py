"""Random plans, and whatever can happen to their rollouts in any order."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from orchestrator.core.calendar import Freeze
from orchestrator.core.effects import Decision
from orchestrator.core.exposure import WHOLE, Cohort
from orchestrator.core.gates import DrillGate, Gate, ProbeGate
from orchestrator.core.plan import Climb, FlagSpec, Flip, Hold, Instruct, Plan, RollBack, Rung, Stage, Watch
from orchestrator.core.targets import LambdaCall, Target
from tests.core.made_plans import (
    HOUR,
    LADDER,
    PEOPLE,
    SIGNALS,
    World,
    checklist,
    gate,
    mode,
    on_alarm,
    on_signal,
    people,
    sets,
)

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

NAMES = ("NEW", "OLD", "MODE")
ADMIN = Cohort(name="admin", attribute="role", values=("admin",))
RAMPS: tuple[tuple[tuple[int, tuple[Cohort, ...]], ...], ...] = (
    ((WHOLE, ()),),
    ((10_000, ()), (50_000, ()), (WHOLE, ())),
    ((0, (ADMIN,)), (20_000, (ADMIN,)), (WHOLE, ())),
)
GATES: tuple[Gate, ...] = (
    gate(),
    gate(window=0),
    gate("jobs", "at_most", "0", window=300),
    gate("p95", "below", "200", window=300),
    people("engineering"),
    people("engineering", "ops"),
    people("engineering", "ops", any_of=True),
    checklist("briefed", "seeded"),
    DrillGate(flag="NEW"),
    ProbeGate(probe="smoke", passes=2, every=180),
)
SMOKE = Target(name="smoke", call=LambdaCall(function="shop-smoke"))
RUNGS = (
    Rung(name="mode to warn", action=sets(MODE="warn"), takes=60),
    Rung(name="by the runbook", action=Instruct(text="RUNBOOK.md#restore")),
)
FREEZE = Freeze(reason="the quarter's end", once=("2025-10-09T09:05", "2025-10-09T10:10"))
"""It begins some minutes after NOON, in UTC."""

ACTIONS = (
    RollBack(),
    RollBack(to="previous"),
    RollBack(to="safe"),
    Hold(),
    Climb(),
    sets(NEW="false"),
    sets(OLD="true", MODE="off"),
    sets(MODE="warn"),
)


@st.composite
def plans(draw: Any, *, frozen: bool = True) -> Plan:
    """Up to three flags, each moved stage by stage away from safe, NEW for some at first; gates, delays, safeguards, a
    ladder and a watch at random. `frozen`: it may have a freeze."""
    ramp = draw(st.sampled_from(RAMPS))
    specs = {
        "NEW": FlagSpec(name="NEW", safe="false", is_definition=len(ramp) > 1),
        "OLD": FlagSpec(name="OLD", safe="true"),
        "MODE": mode(),
    }
    left: dict[str, list[dict[str, Any]]] = {
        "NEW": [{"value": "true", "share": share, "cohorts": cohorts} for share, cohorts in ramp],
        "OLD": [{"value": "false"}],
        "MODE": [{"value": value} for value in LADDER[1:]],
    }
    stages = list[Stage]()
    for number in range(draw(st.integers(1, 3))):
        soak = draw(st.sampled_from((0, 300, 900)))
        flips = []
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2)):
            if left[name]:
                after = draw(st.sampled_from((0, 0, 120, 240))) if soak else 0
                flips.append(Flip(flag=name, after=after, **left[name].pop(0)))
        flips.sort(key=lambda flip: flip.after)
        exposed = any(
            flip.flag == "NEW" for entry in [*stages, Stage(key="", flips=tuple(flips))] for flip in entry.flips
        )
        fitting = [entry for entry in GATES if exposed or not isinstance(entry, DrillGate)]
        gates = tuple(draw(st.lists(st.sampled_from(fitting), unique=True, max_size=2)))
        moved = {flip.flag for flip in flips}
        stages.append(
            Stage(
                key=f"stage-{number}",
                flips=tuple(flips),
                soak=soak,
                gates=gates,
                optional=draw(st.booleans()),
                no_return=draw(st.sampled_from((False, False, False, True))),
                pin=tuple(name for name in draw(st.sampled_from(((), (), ("MODE",)))) if name not in moved),
                expect=draw(st.sampled_from((0, 0, HOUR))),
            )
        )
    guards = [
        on_alarm(f"alarm-{number}", draw(st.sampled_from(ACTIONS)), key=f"guard-{number}")
        for number in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        window, dry = draw(st.sampled_from((0, 300))), draw(st.sampled_from((False, False, True)))
        guards.append(on_signal("errors", "above", "0.05", draw(st.sampled_from(ACTIONS)), window=window, dry_run=dry))
    watched = draw(st.sampled_from(((), (gate(),), (gate(window=0), people("ops")))))
    return Plan(
        name="shop",
        flags=tuple(specs.values()),
        signals=SIGNALS,
        targets=(SMOKE,),
        stages=tuple(stages),
        safeguards=tuple(guards),
        ladder=draw(st.sampled_from(((), RUNGS))),
        watch=Watch(length=draw(st.sampled_from((0, 600, HOUR))), gates=watched),
        freezes=(FREEZE,) if frozen and draw(st.sampled_from((False, False, True))) else (),
    )


# -- histories ---------------------------------------------------------------------------------------------------------

VALUES = {
    "NEW": ("true", "false", '{"state": "ENABLED"}', None),
    "OLD": ("true", "false", None),
    "MODE": (*LADDER, None),
}

Step = tuple[Any, ...]
actors = st.sampled_from(PEOPLE)
flags = st.sampled_from(NAMES)
alarms = st.sampled_from(("alarm-0", "alarm-1"))
states = st.sampled_from(("OK", "ALARM", "ALARM", "INSUFFICIENT_DATA"))

going_on = st.one_of(
    st.tuples(st.just("tick"), st.sampled_from((30, 60, 60, 300, 900))),
    st.tuples(st.just("ticks"), st.sampled_from((300, 900))),
    st.tuples(st.just("promote"), actors),
    st.tuples(st.just("skip"), actors),
    st.tuples(st.just("approve"), actors),
    st.tuples(st.just("item"), actors, st.sampled_from(("briefed", "seeded"))),
)
going_back = st.one_of(
    st.tuples(st.just("rollback"), actors, st.sampled_from(("start", "previous", "safe"))),
    st.tuples(st.just("abort"), actors),
    st.tuples(st.just("pause"), actors),
    st.tuples(st.just("climb"), actors),
    st.tuples(st.just("done"), actors, st.sampled_from(("yes", "no"))),
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
    st.tuples(st.just("lift"), actors, actors),
)
weather = st.one_of(
    st.tuples(
        st.just("signal"),
        st.sampled_from([s.name for s in SIGNALS]),
        st.sampled_from(("healthy", "bad", "silent", "sparse", "broken")),
    ),
    st.tuples(st.sampled_from(("readable", "writable", "alarms_readable")), st.booleans()),
    st.tuples(st.just("emergency"), alarms),
    st.tuples(st.just("line"), st.booleans()),
    st.tuples(st.just("elsewhere"), st.sampled_from(("a deploy", "a migration"))),
    st.tuples(st.just("probe"), st.sampled_from(("pass", "pass", "fail", "error"))),
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
        case ("promote" | "skip" | "approve" | "pause" | "resume" | "abort" | "climb" as verb, actor):
            return world.asks(verb, actor)
        case ("adopt" | "revert" as verb, actor, flag):
            return world.asks(verb, actor, flag=flag)
        case ("item", actor, item):
            return world.asks("tick", actor, item=item)
        case ("done", actor, helped):
            return world.asks("done", actor, helped=helped)
        case ("lift", actor, owner):
            return world.asks("resume", actor, hold=owner.name)
        case ("alarm", name, state):
            return world.alarm(name, state)
        case ("alarm again", name, ago):
            return world.alarm(name, since=world.now - ago)
        case ("elsewhere", what):
            return world.elsewhere(what)
        case _:
            _weather(world, step)
            return None


def _weather(world: World, step: Step) -> None:
    match step:
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
        case ("line", yes):
            world.hold_line(yes)
        case ("probe", result):
            world.answers["smoke"] = result
        case _:
            raise AssertionError(step)
