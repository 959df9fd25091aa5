"""A start: from a published plan to the first stage, or every reason against it at once."""

from __future__ import annotations

from orchestrator.app.alarms import standing_in_alarm
from orchestrator.app.looking import look
from orchestrator.app.moving import TRIES, Outcome, carry_out, save, stamp
from orchestrator.core.commands import Command
from orchestrator.core.effects import Decision
from orchestrator.core.engine import begin
from orchestrator.core.nearest import nearest
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.ports import Conflict, Locked, Outside, Published
from orchestrator.telemetry.logs import bound
from orchestrator.telemetry.tracing import step


def published_plan(outside: Outside, name: str) -> tuple[Published, Plan] | str:
    """The newest published version of a plan, or why there is none, with the names there are, nearest first."""
    published = outside.plans.latest(name) if name != STANDING else None
    plan = outside.plans.get(published.hash) if published else None
    if published is not None and plan is not None:
        return published, plan
    names = [entry.name for entry in outside.plans.names() if entry.name != STANDING]
    if not names:
        return "no plan is published here yet; `switchback plan publish FILE` does that"
    return f"no plan is called {name}; there is {', '.join(nearest(name, names)[:10])}"


def decide_start(outside: Outside, command: Command, now: int, attempt: int = 1) -> tuple[Plan, Decision] | str:
    """The decision on a start, without carrying it out: the preview and the start itself rest on the same one.

    The plan is the one that runs in this environment; the hash stays the published one's.
    """
    with step("load", f"plan {command.target}" + (f"; attempt {attempt} of {TRIES}" if attempt > 1 else "")):
        found = published_plan(outside, command.target)
    if isinstance(found, str):
        return found
    published, plan = found[0], found[1].within(outside.environment)
    live = outside.rollouts.live_of(plan.name)
    if live is not None:
        return f"{live} is live already; roll it back or abort it before a new start"
    if command.bound_to and command.bound_to != start_binding(published.hash):
        return f"{plan.name} was published again since this preview; look at the new version and decide again"
    names = [spec.name for spec in plan.flags]
    blank = Rollout(
        id=f"{plan.name}-{outside.rollouts.next_number(plan.name)}",
        plan=plan.name,
        plan_hash=published.hash,
        environment=outside.environment,
        status="running",
        started_at=now,
        started_by=command.actor.name,
        reason=command.reason,
    )
    standing = outside.rollouts.load(STANDING)
    taken = standing.flags.items() if standing else ()
    kept = {
        name: f.kept_by or "a change that is not read back yet" for name, f in taken if f.kept is not None or f.pending
    }
    facts = look(outside, plan, blank, now, measure=False)
    if not facts.flags_read:
        return "the flags cannot be read from SSM now; nothing starts blind"
    against = standing_in_alarm(outside, names)
    if against:
        return f"{against}; nothing starts under it"
    owners = outside.rollouts.owners(names)
    fences = outside.rollouts.fences(names)
    with step("decide") as said:
        decision = begin(plan, blank, facts, fences, now, owners=owners, kept=kept)
        said.note = f"{decision.kind}: {decision.reason}"
    return plan, decision


def start_binding(digest: str) -> str:
    return f"{digest[:16]}:0"


def start(outside: Outside, command: Command, *, trace_id: str = "") -> Outcome:
    started = outside.clock.now_ms()
    for attempt in range(1, TRIES + 1):
        now = outside.clock.now()
        decided = decide_start(outside, command, now, attempt)
        if isinstance(decided, str):
            return Outcome(kind="refuse", reason=decided)
        plan, decision = decided
        if decision.rollout is None:
            return Outcome(kind="refuse", reason=decision.reason)
        try:
            saved = save(outside, None, decision, plan, actor=command.actor, event=command, trace_id=trace_id, now=now)
        except (Conflict, Locked):
            continue
        stage = saved.stage_key(plan)
        with bound(**stamp(saved, stage)):
            saved, written = carry_out(outside, saved, decision, actor=command.actor, event=command)
        return Outcome(
            kind="start",
            reason=decision.reason,
            rollout=saved,
            stage=stage,
            written=written,
            ms=outside.clock.now_ms() - started,
        )
    return Outcome(kind="refuse", reason=f"{command.target} could not be started: its flags keep being taken by others")
