"""The ladder, the drills and the clocks of the ways back: what people are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from orchestrator.core.durations import say_duration
from orchestrator.core.effects import WriteFlag
from orchestrator.core.gates import Drill, DrillGate
from orchestrator.core.notices import Action, Notice
from orchestrator.core.plan import Instruct, Plan, RollBack, Rung, RunJob, SetFlags
from orchestrator.core.rollout import BackClock, Climbing, Rollout
from orchestrator.core.wording.parts import ROLL_BACK, STATUS, changes, place, said, said_value, when, written

NEXT_RUNG = Action(verb="climb", label="Next rung")
HELPED = Action(verb="done", label="It helped")


def rung_place(plan: Plan, number: int) -> str:
    return f"rung {number + 1} of {len(plan.ladder)}, {said(plan.ladder[number].name)}"


def what_it_does(rung: Rung) -> str:
    """A rung's action, as an order: `sets MODE to warn`."""
    match rung.action:
        case SetFlags(values=values):
            return "sets " + ", ".join(f"`{name}` to {said(value)}" for name, value in values)
        case RollBack(to=to):
            where = {"start": "to where it started", "previous": "to the stage before", "safe": "to safe"}[to]
            return f"rolls back {where}"
        case RunJob(target=target):
            return f"runs the job {said(target)}"
        case Instruct(text=text):
            return f"is for people to do: {said(text)}"


def _climbing(rollout: Rollout) -> Climbing:
    assert rollout.climbing is not None
    return rollout.climbing


def _judged(rung: Rung, now: int) -> str:
    """How it will be known whether the rung has helped."""
    after = f" It can have helped from {when(now + rung.takes)}." if rung.takes else ""
    if rung.recovered is None:
        return f"Nothing measures whether it helps: people say so.{after}"
    over = say_duration(rung.recovered.window)
    return f"It has helped once this holds over {over}: {said(str(rung.recovered))}. If not, the ladder goes on.{after}"


def rung_acted(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], by: str, now: int) -> Notice:
    here = _climbing(rollout)
    rung = plan.ladder[here.rung]
    done = ", ".join(f"{w.flag} is {said_value(w.to_value)}" for w in writes) or "no flag had to move"
    lines = written(writes)
    if isinstance(rung.action, RunJob):
        done, lines = f"{said(rung.action.target)} is called", ("It moves no flag. Its report says how it went.",)
    return Notice(
        kind="rung",
        tone="firing",
        headline=f"{place(rollout)}: {rung_place(plan, here.rung)}: {done}",
        lines=(
            f"Because {said(here.why)}.",
            *((f"Climbed by {said(by)}.",) if by else ()),
            *lines,
            _judged(rung, now),
            "The rollout stays held until somebody resumes.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def rung_asked(rollout: Rollout, plan: Plan, now: int) -> Notice:
    """A rung that waits for a person: to press the button, or to do it themselves."""
    here = _climbing(rollout)
    rung = plan.ladder[here.rung]
    if isinstance(rung.action, Instruct):
        headline = f"{rung_place(plan, here.rung)}: people do this one"
        ask = "Press Done when it is done." if rung.recovered else "Do it, then say whether it helped."
        judged = (_judged(rung, now),) if rung.recovered else ()
        lines: tuple[str, ...] = (f"What to do: {said(rung.action.text)}", ask, *judged)
        button = Action(verb="done", label="Done") if rung.recovered else HELPED
        actions: tuple[Action, ...] = (button, NEXT_RUNG, STATUS)
    else:
        headline = f"{rung_place(plan, here.rung)} waits for a person"
        lines = (f"It {what_it_does(rung)}. Nothing is done before somebody presses Climb.",)
        actions = (Action(verb="climb", label="Climb"), STATUS, ROLL_BACK)
    return Notice(
        kind="rung_asked",
        tone="firing",
        headline=f"{place(rollout)}: {headline}",
        lines=(f"Because {said(here.why)}.", *lines, "The rollout stays held."),
        actions=actions,
        rollout=rollout.id,
        at=now,
    )


def rung_in_doubt(rollout: Rollout, plan: Plan, now: int) -> Notice:
    """A rung is done, and only people can see whether it helps."""
    here = _climbing(rollout)
    rung = plan.ladder[here.rung]
    wait = f" Give it until {when(now + rung.takes)}." if rung.takes else ""
    return Notice(
        kind="rung_in_doubt",
        tone="firing",
        headline=f"{place(rollout)}: {rung_place(plan, here.rung)} is done; has it helped?",
        lines=(
            f"Nothing in the plan measures it.{wait}",
            "Say that it helped, or go on to the next rung. The rollout stays held.",
        ),
        actions=(HELPED, NEXT_RUNG, STATUS),
        rollout=rollout.id,
        at=now,
    )


def rung_helped(rollout: Rollout, plan: Plan, why: str, now: int) -> Notice:
    return Notice(
        kind="rung_helped",
        tone="ok",
        headline=f"INFO {place(rollout)}: {rung_place(plan, _climbing(rollout).rung)} has helped",
        lines=(
            f"{said(why)}.",
            "Flags and holds stay as they are; nothing goes forward.",
            "Next: find the cause. When it is mended, `/rollout resume` goes on.",
        ),
        actions=(STATUS,),
        rollout=rollout.id,
        at=now,
    )


def ladder_ended(rollout: Rollout, plan: Plan, why: str, now: int) -> Notice:
    runbook = said(plan.runbook) or "the runbook of the service"
    return Notice(
        kind="ladder_ended",
        tone="firing",
        headline=f"{place(rollout)}: the ladder is at its end, and nothing has helped",
        lines=(
            f"{said(why)}.",
            "Switchback does nothing more by itself. Flags stay as they are, the rollout stays held.",
            f"What people do now: {runbook}",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def say_climbing(plan: Plan, climbing: Climbing) -> str:
    """Where it stands, in one line for a status."""
    since = when(climbing.since)
    state = {
        "asked": f"waits for people since {since}",
        "acting": f"is being done since {since}",
        "settling": f"is done since {since}; it is seen whether it helps",
        "ended": f"has helped, {since}" if climbing.helped else f"was the last one; nothing has helped, {since}",
    }[climbing.phase]
    return f"{rung_place(plan, climbing.rung)} {state}"


def drill_done(rollout: Rollout, drill: Drill, gate: DrillGate, now: int) -> Notice:
    slow = max(drill.off_seconds, drill.on_seconds) > gate.within
    severity, allowed, name = "WARNING" if slow else "INFO", say_duration(gate.within), said(drill.flag)
    verdict = (
        f"{allowed} were allowed: the gate stays shut. Find out what was slow; a pause and a resume repeat the drill."
        if slow
        else f"{allowed} were allowed. The kill switch works; evidence counts from here."
    )
    return Notice(
        kind="drill",
        tone="degraded" if slow else "progress",
        headline=f"{severity} {place(rollout)}: drill of {name} {'was too slow' if slow else 'done'}",
        lines=(
            f"`{name}` was off and read back after {_seconds(drill.off_seconds)}, "
            f"on again and read back after {_seconds(drill.on_seconds)}.",
            verdict,
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def drill_cut_short(rollout: Rollout, flag: str, value: str, why: str, writes: Sequence[WriteFlag], now: int) -> Notice:
    return Notice(
        kind="drill",
        tone="degraded",
        headline=f"WARNING {place(rollout)}: drill of {said(flag)} cut short, it stays {said_value(value)}",
        lines=(
            f"Because {said(why)}.",
            *(("Written and read back:", *changes(writes)) if writes else ()),
            "It stays safe until somebody resumes, and is drilled again then.",
        ),
        actions=(STATUS,),
        rollout=rollout.id,
        at=now,
    )


def over_budget(rollout: Rollout, plan: Plan, clock: BackClock, now: int) -> Notice:
    missing = [name for name in clock.flags if name in rollout.pending]
    return Notice(
        kind="over_budget",
        tone="firing",
        headline=f"{place(rollout)}: the way back is over its budget of {say_duration(clock.budget)}",
        lines=(
            f"Because {said(clock.cause)}.",
            f"{say_clock(plan, clock, now)}.",
            f"Not read back yet: {', '.join(missing) or 'nothing is known of its flags'}.",
            f"It is written again every minute. What people do now: {said(plan.runbook) or 'set it in SSM by hand'}",
        ),
        actions=(STATUS,),
        rollout=rollout.id,
        at=now,
    )


def say_clock(plan: Plan, clock: BackClock, now: int) -> str:
    """One line: when it was to be seen, and how long after that each step was. What was not seen is not said."""
    detected = datetime.fromtimestamp(clock.detected_at, ZoneInfo(plan.timezone))
    budget = say_duration(clock.budget)
    decided = f"decided {_after(clock, clock.decided_at)}"
    if not clock.written_at:
        so_far = f"not read back yet, {_after(clock, now)} of {budget}"
        return f"detected {detected:%H:%M:%S} {plan.timezone}, {decided}, {so_far}"
    late = clock.written_at - clock.detected_at > clock.budget
    allowed = f"over the budget of {budget}" if late else f"budget {budget}"
    back = f"written and read back {_after(clock, clock.written_at)} ({allowed})"
    return f"detected {detected:%H:%M:%S} {plan.timezone}, {decided}, {back}, observed: {_observed(plan, clock)}"


def _observed(plan: Plan, clock: BackClock) -> str:
    unwatched = [name for name in clock.flags if (spec := plan.flag(name)) is None or spec.observed is None]
    nobody = f"nobody observes {', '.join(unwatched)}" if unwatched else ""
    if len(unwatched) == len(clock.flags):
        return nobody
    seen = _after(clock, clock.observed_at) if clock.observed_at else "not yet"
    return f"{seen} ({nobody})" if nobody else seen


def _after(clock: BackClock, at: int) -> str:
    return f"+{_seconds(max(0, at - clock.detected_at))}"


def _seconds(count: int) -> str:
    """To the second, as a stopwatch has it."""
    minutes, seconds = divmod(count, 60)
    if not minutes:
        return f"{seconds} s"
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
