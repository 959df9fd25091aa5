"""What a command would do now, by the very decision that would be carried out. Nothing is changed by looking."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.app.alarms import UNDER_NO_ALARM, standing_in_alarm
from orchestrator.app.flags import prepare
from orchestrator.app.looking import look
from orchestrator.app.moving import plan_of
from orchestrator.app.standing import standing_or_blank, standing_plan
from orchestrator.app.starting import decide_start, start_binding
from orchestrator.app.views import find_rollout
from orchestrator.core.commands import FLAG_VERBS, FORWARD, LINE_VERBS, Command
from orchestrator.core.effects import Decision, WriteFlag
from orchestrator.core.engine import binding, decide
from orchestrator.core.engine.moves import past_return
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.wording import may_harm, said
from orchestrator.core.wording.ladder import rung_place, what_it_does
from orchestrator.core.wording.parts import pinned_lines
from orchestrator.ports import Outside
from orchestrator.telemetry.tracing import step

LADDER_VERBS = ("climb", "done")
"""They mean the rung that was shown: pressed again, or too late, they must not mean the one after it."""


class Preview(Struct, frozen=True, kw_only=True):
    """What a command would do now. `refusal` is empty when it may go on; `bound_to` is what its button is bound to;
    `notes` say what else whoever presses it should know, a line each."""

    writes: tuple[WriteFlag, ...] = ()
    refusal: str = ""
    bound_to: str = ""
    rollout: Rollout | None = None
    plan: Plan | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()


def preview(outside: Outside, command: Command) -> Preview:
    """Exactly what the command would write. Raises Unavailable."""
    now = outside.clock.now()
    if command.verb == "start":
        return _preview_start(outside, command, now)
    found = _concerned(outside, command)
    if isinstance(found, Preview):
        return found
    rollout, plan, command = found
    also = [command.target] if command.verb in FLAG_VERBS else []
    facts = look(outside, plan, rollout, now, measure=command.verb == "approve", also=also)
    with step("decide") as said:
        decision = decide(plan, rollout, command, facts, now)
        said.note = f"{decision.kind}: {decision.reason}"
    if decision.kind == "refuse" or decision.rollout is None:
        return Preview(refusal=decision.reason, rollout=rollout, plan=plan)
    is_bound = command.verb in LADDER_VERBS or (command.verb in FORWARD and command.verb not in FLAG_VERBS)
    return Preview(
        writes=decision.writes,
        bound_to=binding(rollout) if is_bound else "",
        rollout=decision.rollout,
        plan=plan,
        reason=decision.reason,
        notes=_notes(outside, command, plan, rollout, decision),
    )


def _concerned(outside: Outside, command: Command) -> tuple[Rollout, Plan, Command] | Preview:
    """The rollout that the command means, with its plan; or why there is none."""
    if command.verb in FLAG_VERBS:
        prepared = prepare(outside, command)
        return Preview(refusal=prepared) if isinstance(prepared, str) else prepared
    if command.verb in LINE_VERBS:
        standing = standing_or_blank(outside)
        return standing, standing_plan(outside, standing), command
    found = find_rollout(outside, command.target)
    if isinstance(found, str):
        return Preview(refusal=found)
    plan = plan_of(outside, found)
    if command.verb in UNDER_NO_ALARM and (against := standing_in_alarm(outside, found.flags)):
        return Preview(refusal=f"{against}; nothing goes on under it", rollout=found, plan=plan)
    return found, plan, command


def _preview_start(outside: Outside, command: Command, now: int) -> Preview:
    decided = decide_start(outside, command, now)
    if isinstance(decided, str):
        return Preview(refusal=decided)
    plan, decision = decided
    if decision.rollout is None:
        return Preview(refusal=decision.reason, plan=plan)
    # A start is refused where the environment before has not completed this version.
    before = plan.environments[: plan.environments.index(outside.environment)] if plan.environments else ()
    return Preview(
        writes=decision.writes,
        bound_to=start_binding(decision.rollout.plan_hash),
        rollout=decision.rollout,
        plan=plan,
        reason=decision.reason,
        notes=(f"{said(before[-1])} has completed this version of the plan.",) if before else (),
    )


def _notes(outside: Outside, command: Command, plan: Plan, rollout: Rollout, decision: Decision) -> tuple[str, ...]:
    after = decision.rollout
    assert after is not None
    match command.verb:
        case "rollback" | "abort":
            harm = may_harm(past_return(plan, rollout))
            return (*((f"⚠️ {said(harm)}.",) if harm else ()), *pinned_lines(after))
        case "climb" | "done":
            return (*_rung(plan, after), f"{said(decision.reason)}.")
        case "skip":
            return (f"{said(rollout.stage_key(plan))} is passed by, without the rest of its soak and its gates.",)
        case "tick":
            return (f"{said(decision.reason)}.",)
        case "resume" if after.holds:
            return (f"{said(decision.reason)}.",)
        case "hold_line" | "free_line":
            return _line(outside, command)
    return ()


def _rung(plan: Plan, after: Rollout) -> tuple[str, ...]:
    """The rung on which it will be, and what that does."""
    here = after.climbing
    if here is None or here.phase == "ended":
        return ("Then nobody climbs any further: flags and holds stay as they are.",)
    return (f"Then it is on {rung_place(plan, here.rung)}, which {what_it_does(plan.ladder[here.rung])}.",)


def _line(outside: Outside, command: Command) -> tuple[str, ...]:
    live = [rollout_id for rollout_id in outside.rollouts.live() if rollout_id != STANDING]
    names = ", ".join(said(rollout_id) for rollout_id in live) or "none"
    if command.verb == "free_line":
        return (f"Rollouts go on by themselves, unless something else holds them. Live now: {names}.",)
    return (
        f"Nothing goes forward and nothing starts until somebody frees the line. Live now: {names}.",
        "Safeguards stay armed and `/rollback` works. `/rollout free-all` ends it.",
    )
