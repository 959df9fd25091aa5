"""The ladder: ordered rungs of a way back, each given the time in which it can help, until one has.

Going up never waits for gates, freezes or the line, and never lifts a hold: whoever begins a climb holds the rollout.
No rung moves a flag away from safe, or one that is pinned. Past a stage without return a rung that rolls back waits
for a person, whatever the plan says of it. Without data nothing has recovered.
"""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.actors import Actor
from orchestrator.core.effects import Decision, Post, Raise, RunTarget
from orchestrator.core.engine import clocks, drift
from orchestrator.core.engine.afterwards import asked_after, judged_after, measured_until
from orchestrator.core.engine.arming import stored_values
from orchestrator.core.engine.moves import between, go_back, hold, keep, past_return, pinned
from orchestrator.core.engine.raising import ended, raised
from orchestrator.core.facts import Facts
from orchestrator.core.plan import Instruct, Plan, RollBack, Rung, RunJob, SetFlags
from orchestrator.core.rollout import Climbing, Rollout
from orchestrator.core.signals import MINUTE, Wanted
from orchestrator.core.wording import ladder as wording

_UP = ("running", "watching", "rolled_back")
"""Where a rollout may be while it is on the ladder."""


def begin(plan: Plan, rollout: Rollout, why: str, now: int) -> Decision:
    """To the first rung; nothing new where one is being climbed already. The caller holds the rollout."""
    if not plan.ladder:
        return Decision(kind="hold", rollout=rollout, reason=f"{plan.name} has no ladder")
    if _under_way(rollout):
        return Decision(kind="hold", rollout=rollout, reason="the ladder is being climbed already")
    return _reach(plan, rollout, 0, why, now)


def step(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision | None:
    """What the climb does next by itself; None while it waits, or where there is none."""
    here = rollout.climbing
    if here is None or rollout.status not in _UP:
        return None
    rung = plan.ladder[here.rung]
    match here.phase:
        case "acting":
            return _acting(plan, rollout, rung, here, facts, now)
        case "settling":
            return _settling(plan, rollout, rung, here, facts, now)
        case "asked" | "ended":
            return None


def climb(plan: Plan, rollout: Rollout, facts: Facts, actor: Actor, reason: str, now: int) -> Decision:
    """A person's: the assisted rung that waits for it, otherwise the next rung now, without waiting any longer for the
    last. Where nobody climbs it begins, and holds the rollout."""
    if rollout.status not in _UP:
        return _refuse(rollout, f"{rollout.id} is not under way; there is nothing to climb for")
    if not plan.ladder:
        return _refuse(
            rollout, f"{plan.name} has no ladder; the runbook says what to do: {plan.runbook or 'none given'}"
        )
    here = rollout.climbing
    waits = here is not None and here.phase == "asked" and not isinstance(plan.ladder[here.rung].action, Instruct)
    number = 0 if here is None else here.rung if waits else here.rung + 1
    if number >= len(plan.ladder) and not _under_way(rollout):
        return _refuse(
            rollout, f"the ladder is at its end; people go on by the runbook: {plan.runbook or 'none given'}"
        )
    found = drift.reconcile(plan, rollout, facts, now)
    held = found.rollout
    if not held.holds:
        held = hold(held, "rollback", actor.name, reason or "the ladder is being climbed", now)
    why = here.why if here is not None and waits else f"{actor.name} asked for it: {reason or 'no reason given'}"
    if number >= len(plan.ladder):
        decision = _end(plan, held, why, now)
    elif isinstance(plan.ladder[number].action, Instruct):
        decision = _reach(plan, held, number, why, now)
    else:
        decision = _act(plan, held, number, why, now, by=actor.name)
    return drift.then(plan, found, decision)


def done(plan: Plan, rollout: Rollout, actor: Actor, helped: bool, reason: str, now: int) -> Decision:
    """A person's word on a rung that people do, or that nothing measures: it is done and has helped, or it has not."""
    here = rollout.climbing
    if here is None or here.phase == "ended" or rollout.status not in _UP:
        return _refuse(rollout, f"no rung of {rollout.id} waits for anybody's word")
    rung = plan.ladder[here.rung]
    said = f"{actor.name} says so: {reason or 'no reason given'}"
    if here.phase == "asked" and not isinstance(rung.action, Instruct):
        return _refuse(rollout, f"{rung.name} has not been climbed; climb it first")
    if here.phase == "acting":
        return _refuse(rollout, f"{rung.name} is still being done; wait for that, or climb to the next rung")
    if here.phase == "settling" and rung.recovered is not None:
        return _refuse(rollout, f"whether {rung.name} helps is measured ({rung.recovered}); climb if you cannot wait")
    if not helped:
        return _next(plan, rollout, here, f"{rung.name} has not helped, {said}", now)
    if here.phase == "asked" and rung.recovered is not None:
        return _settle(plan, rollout, here, f"{rung.name} is done, {said}", now, by=actor.name)
    return _helped(plan, rollout, here, said, now)


def left(rollout: Rollout) -> Rollout:
    """The rollout off the ladder: a person has resumed or aborted."""
    return rollout if rollout.climbing is None else structs.replace(rollout, climbing=None)


def questions(plan: Plan, rollout: Rollout, now: int) -> tuple[Wanted, ...]:
    """What must be measured to know whether the rung has helped."""
    here = rollout.climbing
    if here is None or here.phase != "settling" or rollout.status not in _UP:
        return ()
    rung = plan.ladder[here.rung]
    return asked_after(plan, rung.recovered, here.since + rung.takes, now) if rung.recovered is not None else ()


def next_look(plan: Plan, rollout: Rollout, now: int) -> int | None:
    """When `step` may answer otherwise although nothing outside changes."""
    here = rollout.climbing
    if here is None or rollout.status not in _UP or here.phase in ("asked", "ended"):
        return None
    if here.phase == "settling" and plan.ladder[here.rung].recovered is None:
        return None
    return now + MINUTE


def _under_way(rollout: Rollout) -> bool:
    return rollout.climbing is not None and rollout.climbing.phase != "ended"


def _refuse(rollout: Rollout, reason: str) -> Decision:
    return Decision(kind="refuse", rollout=rollout, reason=reason)


def _reach(plan: Plan, rollout: Rollout, number: int, why: str, now: int) -> Decision:
    """The rung acts at once, or asks people first."""
    rung = plan.ladder[number]
    harmful = isinstance(rung.action, RollBack) and past_return(plan, rollout) != ""
    if not (rung.assisted or harmful or isinstance(rung.action, Instruct)):
        return _act(plan, rollout, number, why, now)
    # The transition moves: a button that was meant for the rung before is stale.
    climbing = Climbing(rung=number, phase="asked", since=now, why=why)
    asked = structs.replace(rollout, climbing=climbing, transition=rollout.transition + 1)
    post = raised(asked, _rule(rung), "critical", wording.rung_asked(asked, plan, now))
    return Decision(kind="hold", rollout=asked, reason=f"{why}; {rung.name} waits for people", effects=(post,))


def _act(plan: Plan, rollout: Rollout, number: int, why: str, now: int, *, by: str = "") -> Decision:
    """Do what the rung says. The transition moves in any case: each act has a number of its own."""
    rung = plan.ladder[number]
    moved, runs, run = _moved(plan, rollout, rung, now), tuple[RunTarget, ...](), ""
    moved = structs.replace(moved, transition=max(moved.transition, rollout.transition + 1))
    if isinstance(rung.action, RunJob):
        run = f"{rollout.id}:ladder:{number}:{moved.transition}"
        target = rung.action.target
        here = rollout.here(plan)
        runs = (RunTarget(target=target, run=run, plan=plan.name, plan_hash=rollout.plan_hash, stage=here),)
    moved = structs.replace(moved, climbing=Climbing(rung=number, phase="acting", since=now, why=why, by=by, run=run))
    writes = between(plan, rollout, moved)
    moved = clocks.started(plan, moved, rollout, why, now, now)
    notice = wording.rung_acted(moved, plan, writes, by, now)
    post = raised(moved, _rule(rung), "critical", notice, proves=bool(writes))
    return Decision(
        kind="rollback" if by else "safeguard",
        rollout=moved,
        reason=f"{rung.name}: {why}",
        effects=(*writes, *runs, post),
    )


def _moved(plan: Plan, rollout: Rollout, rung: Rung, now: int) -> Rollout:
    by = f"ladder {rung.name}"
    match rung.action:
        case SetFlags() as action:
            fixed = pinned(plan, rollout)
            values = [(name, text) for name, text in stored_values(plan, action) if name not in fixed]
            return keep(plan, rollout, [value for value in values if _is_safer(plan, rollout, *value)], by)[0]
        case RollBack(to=to):
            back, _ = go_back(plan, rollout, to, by, now)
            # A baseline need not be safe: what the way back would expose stays where it is.
            exposed = [n for n, text in back.desired.items() if not _is_safer(plan, rollout, n, text)]
            kept, _ = keep(plan, rollout, [(name, rollout.desired[name]) for name in exposed], by)
            return go_back(plan, kept, to, by, now)[0] if exposed else back
        case RunJob() | Instruct():
            return rollout


def _is_safer(plan: Plan, rollout: Rollout, name: str, text: str) -> bool:
    """Whether it is no step away from safe, as the flag stands."""
    spec, current = plan.flag(name), rollout.desired.get(name)
    return spec is None or current in (None, text) or spec.is_towards_safe(text, current=current)


def _acting(plan: Plan, rollout: Rollout, rung: Rung, here: Climbing, facts: Facts, now: int) -> Decision | None:
    """Done once the job has passed, or the flags are read back; given up once that takes longer than it may."""
    if isinstance(rung.action, RunJob):
        target = rung.action.target
        report = next((r for r in facts.reports.get(target, ()) if r.run == here.run), None)
        if report is not None and report.result != "pass":
            how = "has failed" if report.result == "fail" else "could not be run"
            why = f"{rung.name}: {target} {how}{f' ({report.line})' if report.line else ''}"
            return _next(plan, rollout, here, why, now)
        missing = "" if report is not None else f"{target} has not reported"
    else:
        missing = f"not read back: {', '.join(rollout.pending)}" if rollout.pending else ""
    if not missing:
        return _settle(plan, rollout, here, f"{rung.name} is done", now)
    late = now >= here.since + rung.takes + rung.within
    return _next(plan, rollout, here, f"{rung.name}: {missing} in time", now) if late else None


def _settle(plan: Plan, rollout: Rollout, here: Climbing, reason: str, now: int, *, by: str = "") -> Decision:
    settling = structs.replace(here, phase="settling", since=now, by=by or here.by)
    moved = structs.replace(rollout, climbing=settling, transition=rollout.transition + 1)
    asks = plan.ladder[here.rung].recovered is None
    if not asks:
        return Decision(kind="hold", rollout=moved, reason=reason)
    rung = plan.ladder[here.rung]
    over = ended(moved, _rule(rung), "it is done", now)
    alert = raised(moved, _doubt(rung), "critical", wording.rung_in_doubt(moved, plan, now))
    return Decision(kind="hold", rollout=moved, reason=reason, effects=(over, alert))


def _settling(plan: Plan, rollout: Rollout, rung: Rung, here: Climbing, facts: Facts, now: int) -> Decision | None:
    """Judged only on minutes in which it can have helped. Time is up when those minutes have been measured, not when
    they are over: a source is always a little behind."""
    if rung.recovered is None:
        return None
    since = here.since + rung.takes
    verdict = judged_after(plan, rung.recovered, since, facts, now)
    if verdict.passed:
        return _helped(plan, rollout, here, verdict.line, now)
    if measured_until(plan, rung.recovered, now) < since + max(rung.within, rung.recovered.window):
        return None
    return _next(plan, rollout, here, f"{rung.name} has not helped ({verdict.line})", now)


def _helped(plan: Plan, rollout: Rollout, here: Climbing, why: str, now: int) -> Decision:
    done = structs.replace(rollout, climbing=structs.replace(here, phase="ended", since=now, helped=True))
    post = Post(notice=wording.rung_helped(done, plan, why, now))
    rung = plan.ladder[here.rung]
    effects = (*_over(done, rung, f"{rung.name} has helped: {why}", now), post)
    return Decision(kind="hold", rollout=done, reason=f"{rung.name} has helped: {why}", effects=effects)


def _next(plan: Plan, rollout: Rollout, here: Climbing, why: str, now: int) -> Decision:
    further = here.rung + 1 < len(plan.ladder)
    decision = _reach(plan, rollout, here.rung + 1, why, now) if further else _end(plan, rollout, why, now)
    return structs.replace(decision, effects=(*decision.effects, *_over(rollout, plan.ladder[here.rung], why, now)))


def _end(plan: Plan, rollout: Rollout, why: str, now: int) -> Decision:
    assert rollout.climbing is not None
    last = structs.replace(rollout, climbing=structs.replace(rollout.climbing, phase="ended", since=now, helped=False))
    alert = raised(last, "ladder-ended", "critical", wording.ladder_ended(last, plan, why, now))
    return Decision(kind="hold", rollout=last, reason=f"the ladder is at its end: {why}", effects=(alert,))


def _rule(rung: Rung) -> str:
    return f"ladder:{rung.name}"


def _doubt(rung: Rung) -> str:
    return f"ladder:{rung.name}: helped?"


def _over(rollout: Rollout, rung: Rung, why: str, now: int) -> tuple[Raise, Raise]:
    """What was said of this rung asks nobody for anything any more."""
    return ended(rollout, _rule(rung), why, now), ended(rollout, _doubt(rung), why, now)
