"""The clocks of the ways back: from what was to be seen, by the decision, to flags that are read back, and on to an
application that was seen to use them. The plan's budget is for the first three.
"""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.durations import say_duration
from orchestrator.core.effects import Raise
from orchestrator.core.engine.afterwards import asked_after, judged_after
from orchestrator.core.engine.moves import between
from orchestrator.core.engine.raising import ended, raised
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Threshold
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import BackClock, Rollout
from orchestrator.core.signals import MINUTE, Wanted, window
from orchestrator.core.wording import ladder as wording

MOST_CLOCKS = 10
"""Clocks that a rollout remembers, the newest ones."""

_LATE = "way-back-over-budget"

OBSERVED_FOR = 86_400
"""Seconds after which nobody looks any more whether the application follows: queues and old clients are drained."""


def started(plan: Plan, rollout: Rollout, before: Rollout, cause: str, detected_at: int, now: int) -> Rollout:
    """A clock for the flags that move between `before` and `rollout`; none where none does.

    What is decided at one moment is one way back, and has one clock, whatever set it off.
    """
    flags = tuple(write.flag for write in between(plan, before, rollout))
    if not flags:
        return rollout
    clock = BackClock(
        cause=cause, detected_at=min(detected_at, now), decided_at=now, budget=plan.budget, flags=tuple(sorted(flags))
    )
    clocks = rollout.clocks
    if clocks and clocks[-1].decided_at == now:
        clocks, clock = clocks[:-1], _one(clocks[-1], clock)
    return structs.replace(rollout, clocks=(*clocks, clock)[-MOST_CLOCKS:])


def _one(first: BackClock, second: BackClock) -> BackClock:
    causes = dict.fromkeys((first.cause, second.cause))
    return structs.replace(
        second,
        cause="; ".join(causes),
        detected_at=min(first.detected_at, second.detected_at),
        flags=tuple(sorted({*first.flags, *second.flags})),
    )


def seen(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Rollout:
    """The rollout with what its clocks can now say; the same one when that is nothing new."""
    clocks = tuple(_seen(plan, rollout, clock, facts, now) for clock in rollout.clocks)
    return rollout if clocks == rollout.clocks else structs.replace(rollout, clocks=clocks)


def _seen(plan: Plan, rollout: Rollout, clock: BackClock, facts: Facts, now: int) -> BackClock:
    if not clock.written_at:
        states = [rollout.flags[name] for name in clock.flags if name in rollout.flags]
        if any(state.pending for state in states):
            return clock
        # A flag that SSM was found to hold already was not read back by us: then the look of now is what counts.
        read = max((state.verified_at for state in states), default=0)
        clock = structs.replace(clock, written_at=read if read >= clock.decided_at else now)
    conditions = _observers(plan, rollout, clock, now)
    if not conditions:
        return clock
    verdicts = [judged_after(plan, condition, clock.written_at, facts, now) for condition in conditions]
    if not all(verdict.passed for verdict in verdicts):
        return clock
    return structs.replace(clock, observed_at=max(_shown_at(plan, clock, condition, now) for condition in conditions))


def _shown_at(plan: Plan, clock: BackClock, condition: Threshold, now: int) -> int:
    """The end of the minutes that show it: when that is known is the sources' delay, not the application's."""
    signal = plan.signals_by_name[condition.signal]
    return window(signal, now, condition.window, since=clock.written_at)[1]


def _observers(plan: Plan, rollout: Rollout, clock: BackClock, now: int) -> tuple[Threshold, ...]:
    """The conditions that are still to show that the application follows. They speak of the safe value alone, so
    there are none where a flag with one is elsewhere."""
    if not clock.written_at or clock.observed_at or now > clock.written_at + OBSERVED_FOR:
        return ()
    found = []
    for name in clock.flags:
        spec, state = plan.flag(name), rollout.flags.get(name)
        if spec is None or state is None or spec.observed is None:
            continue
        if not spec.is_safe(state.desired):
            return ()
        found.append(spec.observed)
    return tuple(found)


def questions(plan: Plan, rollout: Rollout, now: int) -> tuple[Wanted, ...]:
    return tuple(
        wanted
        for clock in rollout.clocks
        for condition in _observers(plan, rollout, clock, now)
        for wanted in asked_after(plan, condition, clock.written_at, now)
    )


def overdue(plan: Plan, rollout: Rollout, now: int) -> tuple[Rollout, tuple[Raise, ...]]:
    """An alert for each way back that is over its budget and not read back yet; told once, and over with the read-back
    of the last of them."""
    posts = []
    for clock in rollout.clocks:
        code = f"clock:{clock.decided_at}"
        if not clock.written_at and now > clock.detected_at + clock.budget and code not in rollout.told:
            rollout = structs.replace(rollout, told=(*rollout.told, code))
            notice = wording.over_budget(rollout, plan, clock, now)
            posts.append(raised(rollout, _LATE, "critical", notice))
        elif clock.written_at and code in rollout.told:
            left = tuple(entry for entry in rollout.told if entry != code)
            rollout = structs.replace(rollout, told=left)
            if not any(entry.startswith("clock:") for entry in left):
                took = say_duration(max(1, clock.written_at - clock.detected_at))
                posts.append(ended(rollout, _LATE, f"read back {took} after it was seen", now))
    return rollout, tuple(posts)


def live(rollout: Rollout) -> BackClock | None:
    """The clock of the way back that the rollout is on, or has come, until a person resumes."""
    newest = rollout.clocks[-1] if rollout.clocks else None
    return newest if newest is not None and newest.decided_at >= rollout.resumed_at else None


def next_look(plan: Plan, rollout: Rollout, now: int) -> int | None:
    """When `seen` or `overdue` may say something new although nothing outside changes."""
    running = any(not clock.written_at or _observers(plan, rollout, clock, now) for clock in rollout.clocks)
    return now + MINUTE if running else None
