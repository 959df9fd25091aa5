"""What people have asked for: pauses, resumes, and the line that stops every rollout."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.actors import Actor
from orchestrator.core.effects import WriteFlag
from orchestrator.core.notices import Notice
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import HoldEntry, Rollout
from orchestrator.core.wording.parts import (
    RESUME,
    ROLL_BACK,
    STATUS,
    place,
    reason_line,
    said,
    stage_place,
    written,
)


def paused(rollout: Rollout, actor: Actor, reason: str, now: int) -> Notice:
    return Notice(
        kind="paused",
        tone="waiting",
        headline=f"{place(rollout)} paused by {said(actor.name)}",
        lines=(reason_line(reason), "The flags stay as they are; safeguards stay armed."),
        actions=(STATUS, RESUME, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def say_hold(hold: HoldEntry) -> str:
    return f"{said(hold.reason)} ({hold.kind}, {said(hold.by)})"


def hold_lifted(rollout: Rollout, owner: str, actor: Actor, reason: str, now: int) -> Notice:
    """One owner's pauses are lifted, and something else still holds the rollout."""
    return Notice(
        kind="resumed",
        tone="waiting",
        headline=f"{place(rollout)}: the pause of {said(owner)} was lifted by {said(actor.name)}; it is still held",
        lines=(
            reason_line(reason),
            *(f"Still standing: {say_hold(hold)}" for hold in rollout.holds),
            "The flags stay as they are. `/rollout resume` lifts everything that is left.",
        ),
        actions=(STATUS, RESUME, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def resumed(rollout: Rollout, plan: Plan, actor: Actor, reason: str, writes: Sequence[WriteFlag], now: int) -> Notice:
    here = stage_place(rollout, plan) if rollout.status == "running" else "the watch"
    return Notice(
        kind="resumed",
        tone="progress",
        headline=f"{place(rollout)} resumed by {said(actor.name)}: {here}",
        lines=(reason_line(reason), *written(writes), "Evidence counts afresh from now."),
        actions=(STATUS, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def line_held(standing: Rollout, actor: Actor, reason: str, now: int) -> Notice:
    return Notice(
        kind="line_held",
        tone="waiting",
        headline=f"{standing.environment}: {said(actor.name)} holds the line; no rollout goes forward",
        lines=(
            reason_line(reason),
            "Flags stay as they are. Safeguards stay armed and `/rollback` works.",
            "`/rollout free-all` lets every rollout go on.",
        ),
        rollout=standing.id,
        at=now,
    )


def line_freed(standing: Rollout, actor: Actor, reason: str, now: int) -> Notice:
    return Notice(
        kind="line_freed",
        tone="progress",
        headline=f"{standing.environment}: {said(actor.name)} freed the line; rollouts go on",
        lines=(reason_line(reason), "Rollouts that are held by something else stay held."),
        rollout=standing.id,
        at=now,
    )


def held_too_long(rollout: Rollout, length: str, now: int) -> Notice:
    """It stands still, exposed as it is, and perhaps nobody remembers."""
    return Notice(
        kind="held_too_long",
        tone="degraded",
        headline=f"{place(rollout)}: held for {length}",
        lines=(
            *(f"Held: {said(entry.reason)} ({said(entry.by)})" for entry in rollout.holds),
            "Nothing goes forward, and the flags stay as they are. Resume goes on, abort ends it.",
        ),
        actions=(STATUS, RESUME, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )
