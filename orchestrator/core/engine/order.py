"""The order of a tick: flags, safeguards, ways back under way, holds, flips, drills, soak, alarms, gates, people last.

Safeguards come before everything that could stop them. An approval is asked for only when it is the last thing
missing, so that whoever says yes has seen the numbers that are still true. One tick goes one step at most.
"""

from __future__ import annotations

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.durations import say_duration
from orchestrator.core.effects import Decision, Effect, Post, PublishCompleted
from orchestrator.core.engine import clocks, drift, drills, ladder, probing, safeguards
from orchestrator.core.engine.ahead import reminder_due, soak_ends, summary_is_due
from orchestrator.core.engine.arming import disarmed
from orchestrator.core.engine.judging import Judged, asked_of, judge_here
from orchestrator.core.engine.moves import enter_stage, enter_watch, make_flip
from orchestrator.core.engine.raising import held_long
from orchestrator.core.engine.readiness import not_ready, standstill
from orchestrator.core.engine.scope import gathered_by, valid
from orchestrator.core.facts import Facts
from orchestrator.core.gates import ApprovalGate, ChecklistGate, ReportGate
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.verdicts import Verdict

NEWS_AFTER = 6 * 3600
"""Seconds that a gate may need for enough requests, at the traffic seen, before people are told that it does."""


def tick(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    """What is to be done now, from what was seen. The same rollout comes back when there is nothing."""
    found = drift.reconcile(plan, rollout, facts, now)
    seen = clocks.seen(plan, found.rollout, facts, now) if found.rollout.is_live else found.rollout
    decision = safeguards.missed(plan, seen, facts, now)
    if decision is None:
        decision = ladder.step(plan, seen, facts, now)
    if decision is None:
        decision = _go_on(plan, seen, facts, now)
    decision = held_long(_summed_up(plan, _reminded(plan, _late(plan, decision, now), now), now), now)
    decision = _asked_around(plan, decision, facts, now)
    after = decision.rollout
    if after is not None and after.is_live:
        evidence = valid(gathered_by(plan, seen, facts, now), after)
        decision = structs.replace(decision, evidence=evidence)
    return drift.then(plan, found, decision)


def _go_on(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    match rollout.status:
        case "standing":
            return _hold(rollout, "standing", "armed")
        case "completed" | "aborted":
            return Decision(kind="hold", rollout=rollout, reason=f"{rollout.id} has ended")
        case "aborting":
            return _end_abort(plan, rollout, now)
        case "rolled_back":
            return _hold(rollout, "rolled_back", "rolled back; resume begins again, abort ends it")
        case "running" | "watching":
            pass
    if rollout.drilling is not None and (drilled := drills.step(plan, rollout, facts, now)) is not None:
        return drilled
    if rollout.holds:
        newest = rollout.holds[-1]
        return _hold(rollout, f"held:{newest.kind}", f"held: {newest.reason}")
    still = standstill(plan, facts, now)
    if still is not None:
        return _hold(rollout, still.code, still.line)
    if rollout.pending:
        return _hold(rollout, "pending", f"not read back yet: {', '.join(rollout.pending)}")
    if rollout.status == "watching":
        return _watch(plan, rollout, facts, now)
    return _stage(plan, rollout, facts, now)


def _stage(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    stage = plan.stages[rollout.stage]
    unready = not_ready(plan, facts)
    if rollout.flips < len(stage.flips) and now >= rollout.entered_at + stage.flips[rollout.flips].after:
        if unready:
            return _told(
                plan, rollout, f"alarms:{unready}", f"the next flag of {stage.key} cannot move: {unready}", now
            )
        moved, writes = make_flip(plan, rollout, now)
        post = Post(notice=wording.flipped(moved, plan, writes, now), proves=True)
        return Decision(
            kind="advance", rollout=moved, reason=f"{stage.key}: its next flag moves", effects=(*writes, post)
        )
    drilled = drills.step(plan, rollout, facts, now)
    if drilled is not None:
        return drilled
    left = soak_ends(plan, rollout) - now
    if left > 0:
        return _hold(rollout, "soak", f"{stage.key} soaks for {say_duration(left)} more")
    if unready:
        return _told(plan, rollout, f"alarms:{unready}", unready, now)
    return _gated(plan, rollout, facts, now)


def _watch(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    left = rollout.watch_until - now
    if left > 0:
        return _hold(rollout, "watch", f"watching for {say_duration(left)} more")
    unready = not_ready(plan, facts)
    if unready:
        return _told(plan, rollout, f"alarms:{unready}", f"the watch cannot close: {unready}", now)
    return _gated(plan, rollout, facts, now)


def _gated(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision:
    """Wait for measurements, then for what people do, then for their yes, then go on. What is only tried out is shown
    and never waited for."""
    judged = judge_here(plan, rollout, facts, now)
    verdicts = tuple(verdict for _, verdict in judged)
    missing = [(gate, verdict) for gate, verdict in judged if not verdict.passed and not verdict.advisory]
    blocking = [(gate, verdict) for gate, verdict in missing if not isinstance(gate, ApprovalGate)]
    if blocking:
        decision = _blocked(plan, rollout, blocking, now)
    elif missing:
        decision = _ask(plan, rollout, judged, now)
    elif rollout.status == "watching":
        decision = _complete(plan, rollout, now)
    else:
        decision = advance(plan, rollout, now, "every gate is open")
    return structs.replace(decision, verdicts=verdicts)


def _blocked(plan: Plan, rollout: Rollout, blocking: Judged, now: int) -> Decision:
    code = f"gates:{','.join(f'{gate.label}={verdict.outcome}' for gate, verdict in blocking)}"
    verdicts = [verdict for _, verdict in blocking]
    worth_saying = next((verdict for verdict in verdicts if not _needs_time(verdict)), None)
    if worth_saying is not None:
        is_known = worth_saying.outcome not in ("no_data", "error")
        return _told(plan, rollout, code, worth_saying.line, now, is_known=is_known)
    if all(isinstance(gate, ChecklistGate | ReportGate) for gate, _ in blocking):
        notice = wording.people_wanted(rollout, plan, [verdict.line for verdict in verdicts], now)
        post = Post(notice=notice)
        return _hold(rollout, code, verdicts[0].line, once=f"people:{rollout.here(plan)}", post=post)
    return _hold(rollout, code, verdicts[0].line)


def _needs_time(verdict: Verdict) -> bool:
    """Whether it opens by itself before long: that is no news."""
    soon = verdict.wait is not None and verdict.wait <= NEWS_AFTER
    return verdict.outcome == "waiting" or (verdict.outcome == "insufficient" and soon)


def advance(plan: Plan, rollout: Rollout, now: int, why: str) -> Decision:
    """The next stage, or the watch after the last one, or the end where there is no watch."""
    if rollout.stage + 1 < len(plan.stages):
        moved, writes = enter_stage(plan, rollout, rollout.stage + 1, now)
        post = Post(notice=wording.stage_entered(moved, plan, writes, why, now), proves=True)
        reason = f"{moved.stage_key(plan)} entered: {why}"
        return Decision(kind="advance", rollout=moved, reason=reason, effects=(*writes, post))
    if plan.watch.length:
        watching = enter_watch(plan, rollout, now)
        post = Post(notice=wording.watch_begun(watching, plan, why, now))
        reason = f"the last stage is done; watching for {say_duration(plan.watch.length)}"
        return Decision(kind="watch", rollout=watching, reason=reason, effects=(post,))
    return _complete(plan, rollout, now)


def _complete(plan: Plan, rollout: Rollout, now: int) -> Decision:
    done = structs.replace(
        rollout, status="completed", ended_at=now, waiting="", waiting_line="", transition=rollout.transition + 1
    )
    effects: tuple[Effect, ...] = (
        *disarmed(plan, done.id),
        PublishCompleted(plan=done.plan, plan_hash=done.plan_hash, rollout=done.id, at=now),
        Post(notice=wording.completed(done, plan, now)),
    )
    reason = "the watch closed quietly" if rollout.status == "watching" else "the last stage is done"
    return Decision(kind="complete", rollout=done, reason=reason, effects=effects)


def _end_abort(plan: Plan, rollout: Rollout, now: int) -> Decision:
    if rollout.pending:
        return _hold(rollout, "pending", f"not read back yet: {', '.join(rollout.pending)}")
    done = structs.replace(rollout, status="aborted", ended_at=now, waiting="", waiting_line="", holds=())
    reason = "every flag was read back; the rollout has ended"
    return Decision(kind="abort", rollout=done, reason=reason, effects=disarmed(plan, done.id))


def _ask(plan: Plan, rollout: Rollout, judged: Judged, now: int) -> Decision:
    code, roles = asked_of(plan, rollout)
    verdicts = [verdict for _, verdict in judged]
    post = Post(notice=wording.approval_wanted(rollout, plan, roles, verdicts, now))
    line = f"waits for {' and '.join(roles)} to approve"
    return _hold(rollout, code, line, once=f"ask:{rollout.here(plan)}", post=post)


def _told(plan: Plan, rollout: Rollout, code: str, line: str, now: int, *, is_known: bool = True) -> Decision:
    """A stage that is ripe but blocked is said once in the channel; after that, `/rollout-status` tells."""
    post = Post(notice=wording.blocked(rollout, plan, line, now, is_known=is_known))
    return _hold(rollout, code, line, once=f"blocked:{rollout.here(plan)}", post=post)


def _hold(rollout: Rollout, code: str, line: str, *, once: str = "", post: Post | None = None) -> Decision:
    """Nothing to do, and why. Saved only when the kind of reason has changed, not with every minute of a soak; `post`
    is sent where `once` has not been told in this stage."""
    if post is not None and once not in rollout.told:
        held = structs.replace(rollout, waiting=code, waiting_line=line, told=(*rollout.told, once))
        return Decision(kind="hold", rollout=held, reason=line, effects=(post,))
    if rollout.waiting != code:
        rollout = structs.replace(rollout, waiting=code, waiting_line=line)
    return Decision(kind="hold", rollout=rollout, reason=line)


def _late(plan: Plan, decision: Decision, now: int) -> Decision:
    """A way back that is over its budget is alerted once, whatever else is decided."""
    if decision.rollout is None:
        return decision
    told, posts = clocks.overdue(plan, decision.rollout, now)
    return structs.replace(decision, rollout=told, effects=(*decision.effects, *posts)) if posts else decision


def _reminded(plan: Plan, decision: Decision, now: int) -> Decision:
    """Once, when a stage takes longer than people reckon with, whatever it waits for."""
    rollout = decision.rollout
    due = reminder_due(plan, rollout) if rollout is not None and decision.kind == "hold" else None
    if rollout is None or due is None or now < due:
        return decision
    expect = plan.stages[rollout.stage].expect
    post = Post(notice=wording.overdue(rollout, plan, expect, now))
    told = structs.replace(rollout, told=(*rollout.told, f"overdue:{rollout.stage_key(plan)}"))
    return structs.replace(decision, rollout=told, effects=(*decision.effects, post))


def _summed_up(plan: Plan, decision: Decision, now: int) -> Decision:
    """Once a local day, whatever it waits for."""
    rollout = decision.rollout
    if rollout is None or decision.kind != "hold" or not summary_is_due(plan, rollout, now):
        return decision
    post = Post(notice=wording.summed_up(rollout, plan, decision.verdicts, now))
    told = structs.replace(rollout, summed_up_at=now)
    return structs.replace(decision, rollout=told, effects=(*decision.effects, post))


def _asked_around(plan: Plan, decision: Decision, facts: Facts, now: int) -> Decision:
    """The probes that are due are called, while it waits for what they say."""
    rollout = decision.rollout
    if rollout is None or decision.kind != "hold" or rollout.status not in ("running", "watching"):
        return decision
    asked, runs = probing.due(plan, rollout, now, facts.reports)
    return structs.replace(decision, rollout=asked, effects=(*decision.effects, *runs)) if runs else decision
