"""Going forward: stages, flips, gates, people who are asked, the watch and its end."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.durations import say_duration
from orchestrator.core.effects import WriteFlag
from orchestrator.core.exposure import partly
from orchestrator.core.gates import ApprovalGate, ChecklistGate
from orchestrator.core.notices import Action, Notice
from orchestrator.core.plan import Flip, Plan
from orchestrator.core.rollout import ChangeMarker, Rollout
from orchestrator.core.verdicts import Verdict
from orchestrator.core.wording.parts import (
    ROLL_BACK,
    STATUS,
    place,
    said,
    said_value,
    stage_place,
    when,
    written,
)


def started(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], now: int) -> Notice:
    return Notice(
        kind="started",
        tone="progress",
        headline=f"{place(rollout)} started: {stage_place(rollout, plan)}",
        lines=(
            said(plan.title),
            f"Started by {said(rollout.started_by)}: {said(rollout.reason)}",
            *written(writes),
            next_step(rollout, plan),
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def summed_up(rollout: Rollout, plan: Plan, verdicts: Sequence[Verdict], now: int) -> Notice:
    """The day in a few lines: where it is, what the flags are, what is open, what was measured."""
    here = stage_place(rollout, plan) if rollout.status == "running" else rollout.status.replace("_", " ")
    days = (now - rollout.started_at) // 86_400 + 1
    issues = [f"Open: {said(entry.reason)} ({said(entry.by)})" for entry in rollout.holds]
    return Notice(
        kind="summary",
        tone="degraded" if rollout.holds else "progress",
        headline=f"{place(rollout)}: day {days}, {here}",
        lines=(
            "Flags: " + ", ".join(f"`{name}` {said_value(value)}" for name, value in sorted(rollout.desired.items())),
            f"Now: {said(rollout.waiting_line)}" if rollout.waiting_line else "Now: on its way.",
            *(issues or ("Nothing is open.",)),
            *(said(verdict.line) for verdict in verdicts),
        ),
        actions=(STATUS,),
        rollout=rollout.id,
        at=now,
    )


def next_step(rollout: Rollout, plan: Plan) -> str:
    """What happens next by itself, and what people will be asked for."""
    stage = plan.stages[rollout.stage]
    asks = [gate.label for gate in stage.gates if isinstance(gate, ApprovalGate)]
    ticks = [said(item) for gate in stage.gates if isinstance(gate, ChecklistGate) for item in gate.items]
    delayed = [f"{_say_flip(flip)} {when(rollout.entered_at + flip.after)}." for flip in stage.flips if flip.after]
    soak = f"It soaks until {when(rollout.entered_at + stage.soak)}" if stage.soak else "It goes on when its gates open"
    checklist = [f"People tick off with `/rollout tick`: {', '.join(ticks)}."] if ticks else []
    more = ["Optional: `/rollout skip` passes it by."] if stage.optional else []
    if stage.no_return:
        more.append("It has no return: safeguards hold and alert, and take no flag back.")
    return " ".join([*delayed, soak + (f", then asks for {' and '.join(asks)}." if asks else "."), *checklist, *more])


def _say_flip(flip: Flip) -> str:
    return f"`{flip.flag}` → {said(str(partly(flip.value, 'as before', flip.share, flip.cohorts)))}"


def stage_entered(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], why: str, now: int) -> Notice:
    return Notice(
        kind="stage",
        tone="progress",
        headline=f"{place(rollout)}: {stage_place(rollout, plan)}",
        lines=(
            said(plan.stages[rollout.stage].goal),
            f"Because {said(why)}.",
            *written(writes),
            next_step(rollout, plan),
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def flipped(rollout: Rollout, plan: Plan, writes: Sequence[WriteFlag], now: int) -> Notice:
    return Notice(
        kind="flip",
        tone="progress",
        headline=f"{place(rollout)}: {stage_place(rollout, plan)}, next flag moved",
        lines=(*written(writes), "Evidence counts from here."),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def here(rollout: Rollout, plan: Plan) -> str:
    """The stage's key, or the watch."""
    return "the watch" if rollout.status == "watching" else rollout.stage_key(plan)


def approval_wanted(
    rollout: Rollout, plan: Plan, roles: Sequence[str], verdicts: Sequence[Verdict], now: int
) -> Notice:
    passed = tuple(f"passed: {said(verdict.line)}" for verdict in verdicts if verdict.passed)
    return Notice(
        kind="approval",
        tone="waiting",
        headline=f"{place(rollout)}: {here(rollout, plan)} waits for {' and '.join(roles)}",
        lines=(
            "Everything else this stage asks for is met. The flags stay as they are until people say yes.",
            *passed,
        ),
        actions=(Action(verb="approve", label="Approve"), STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def people_wanted(rollout: Rollout, plan: Plan, lines: Sequence[str], now: int) -> Notice:
    """What only people can bring is all that is missing before an approval, if there is one, is asked for."""
    return Notice(
        kind="people",
        tone="waiting",
        headline=f"{place(rollout)}: {here(rollout, plan)} waits for what people do",
        lines=(
            *(said(line) for line in lines),
            "The flags stay as they are. `/rollout tick` ticks an item off; a report comes from whoever makes it.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def blocked(rollout: Rollout, plan: Plan, line: str, now: int, *, is_known: bool = True) -> Notice:
    """is_known: something was measured, and it was not good enough; without data that is not known."""
    return Notice(
        kind="blocked",
        tone="waiting" if is_known else "unknown",
        headline=f"{place(rollout)}: {here(rollout, plan)} is ready but cannot go on",
        lines=(
            said(line),
            "The flags stay as they are. It goes on by itself once this clears; /rollout-status shows it live.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def overdue(rollout: Rollout, plan: Plan, expect: int, now: int) -> Notice:
    waits = rollout.holds[-1].reason if rollout.holds else rollout.waiting_line
    return Notice(
        kind="overdue",
        tone="waiting",
        headline=f"{place(rollout)}: {here(rollout, plan)} takes longer than the {say_duration(expect)} expected",
        lines=(
            f"It waits for this: {said(waits) or 'its gates'}.",
            "The flags stay as they are. This is said once for a stage; /rollout-status shows what is missing.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def changed_outside(rollout: Rollout, plan: Plan, marker: ChangeMarker, now: int) -> Notice:
    by = f" by {said(marker.by)}" if marker.by else ""
    more = (f"More: {said(marker.link)}",) if marker.link else ()
    return Notice(
        kind="marker",
        tone="progress",
        headline=f"{place(rollout)}: {said(marker.what)} changed{by}; evidence counts afresh",
        lines=(
            f"What {here(rollout, plan)} measured before {when(now)} no longer counts, nor does a yes given on it.",
            "The flags stay as they are; safeguards stay armed. It goes on by itself once its gates are met anew.",
            *more,
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def watch_begun(rollout: Rollout, plan: Plan, why: str, now: int) -> Notice:
    return Notice(
        kind="watch",
        tone="progress",
        headline=f"{place(rollout)}: all stages done, watching for {say_duration(plan.watch.length)}",
        lines=(
            f"Because {said(why)}.",
            f"Safeguards stay armed and the flags stay locked until {when(rollout.watch_until)}.",
        ),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def completed(rollout: Rollout, plan: Plan, now: int) -> Notice:
    values = [f"`{flag.name}` stays {said_value(rollout.desired.get(flag.name, ''))}" for flag in plan.flags]
    cleanup = ["remove the flags from the code", *(said(item) for item in plan.watch.cleanup)]
    return Notice(
        kind="completed",
        tone="ok",
        headline=f"{place(rollout)} completed after {say_duration(now - rollout.started_at)}",
        lines=(
            "The flags are unlocked and no longer guarded by this rollout.",
            *values,
            f"Next: {'; '.join(dict.fromkeys(cleanup))}.",
        ),
        rollout=rollout.id,
        at=now,
    )
