"""Going back: safeguards, rollbacks, an end before its time, and what cannot be taken back without harm."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.actors import Actor
from orchestrator.core.effects import WriteFlag
from orchestrator.core.notices import Notice
from orchestrator.core.plan import Climb, Hold, Plan, Safeguard
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.wording.parts import (
    RESUME,
    ROLL_BACK,
    STATUS,
    pinned_lines,
    place,
    reads,
    said,
    written,
)

_NAMED = 3
"""Flags that a headline names of those that were set to one value."""


def _follow_up(safeguards: Sequence[Safeguard]) -> tuple[str, ...]:
    items = dict.fromkeys(item for safeguard in safeguards for item in safeguard.follow_up)
    return tuple(f"Follow up: {said(item)}" for item in items)


def safeguard_acted(
    rollout: Rollout,
    bound: Sequence[Safeguard],
    why: str,
    writes: Sequence[WriteFlag],
    now: int,
    *,
    no_return: str = "",
    pinned: Sequence[str] = (),
) -> Notice:
    """no_return: the stage for which a way back was not taken, empty where it was. pinned: flags left as they are."""
    first = bound[0]
    done = _set(writes)
    left = tuple(f"`{name}` was not moved: this stage pins it." for name in dict.fromkeys(pinned))
    quiet = "no flag was moved" if left or no_return else _without_writes(bound)
    held: tuple[str, ...]
    if no_return:
        held = (
            f"{said(no_return)} has no return: going back by itself could do harm, so the flags stay as they are.",
            "The rollout is held. People decide: the runbook, the ladder, or `/rollback` all the same.",
        )
    elif rollout.id == STANDING:
        held = ("It stays so until `/flag set`.",)
    else:
        held = ("The rollout is held until somebody resumes.",)
    return Notice(
        kind="safeguard",
        tone="firing",
        headline=f"{place(rollout)}: {said(str(first.when))} acted, {done or quiet}",
        lines=(f"{said(why)}.", *written(writes), *left, *pinned_lines(rollout), *held, *_follow_up(bound)),
        actions=(STATUS, ROLL_BACK) if rollout.id != STANDING else (),
        rollout=rollout.id,
        at=now,
    )


def _without_writes(bound: Sequence[Safeguard]) -> str:
    actions = {type(safeguard.action) for safeguard in bound}
    if Climb in actions:
        return "the ladder is begun"
    return "the rollout is held" if actions == {Hold} else "everything was safe already"


def _set(writes: Sequence[WriteFlag]) -> str:
    """For a phone, and true as long as the alert is shown: what it did, and not how things are."""
    by_value: dict[str, list[str]] = {}
    for write in writes:
        by_value.setdefault(reads(write.to_value), []).append(write.flag)
    return ", ".join(f"{_few(names)} set to {said(value)}" for value, names in by_value.items())


def _few(names: Sequence[str]) -> str:
    left = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {left} more" if left > 0 else "")


def would_have_acted(rollout: Rollout, bound: Sequence[Safeguard], why: str, now: int) -> Notice:
    return Notice(
        kind="dry_run",
        tone="degraded",
        headline=f"{place(rollout)}: {said(str(bound[0].when))} would have acted; it is tried out only",
        lines=(
            f"{said(why)}.",
            "No flag was moved and nothing is held. It is said once until somebody resumes.",
            *_follow_up(bound),
        ),
        rollout=rollout.id,
        at=now,
    )


def alarm_cleared(rollout: Rollout, alarm: str) -> str:
    """Why the alert is over, and what is not."""
    way_on = "`/rollout resume`" if rollout.id != STANDING else "`/flag set`"
    return f"{said(alarm)} is OK again. Nothing was changed back: what was set stays until {way_on}"


def went_back(rollout: Rollout, actor: Actor, reason: str, now: int) -> Notice:
    """For whoever watches the alerts alone: a person has gone back. What was written stands in the ops channel."""
    return Notice(
        kind="went_back",
        tone="degraded",
        headline=f"{place(rollout)}: rolled back by {said(actor.name)}",
        lines=(f"Reason: {said(reason) or 'none given yet'}", "It is held until somebody resumes or aborts it."),
        actions=(STATUS,),
        rollout=rollout.id,
        at=now,
    )


def may_harm(stage: str) -> str:
    """What whoever goes back out of a stage without return is told, before and after; empty for any other stage."""
    if not stage:
        return ""
    return f"{stage} has no return: what was written since may not be readable by the old way. Check the runbook"


def rolled_back(
    rollout: Rollout,
    plan: Plan,
    actor: Actor,
    reason: str,
    writes: Sequence[WriteFlag],
    now: int,
    harm: str = "",
) -> Notice:
    where = f"to stage {rollout.stage_key(plan)}" if rollout.status == "running" else "to where it started"
    return Notice(
        kind="rolled_back",
        tone="degraded",
        headline=f"{place(rollout)} rolled back {where} by {said(actor.name)}",
        lines=(
            f"Reason: {said(reason)}" if reason else "No reason given yet.",
            *written(writes),
            *pinned_lines(rollout),
            *((f"{said(harm)}.",) if harm else ()),
            "Held until somebody resumes."
            if rollout.status == "running"
            else "It stays live and held: `/rollout resume` begins again at its first stage, `/rollout abort` ends it.",
        ),
        actions=(STATUS, RESUME),
        rollout=rollout.id,
        at=now,
    )


def aborted(
    rollout: Rollout,
    plan: Plan,
    actor: Actor,
    reason: str,
    writes: Sequence[WriteFlag],
    now: int,
    harm: str = "",
) -> Notice:
    return Notice(
        kind="aborted",
        tone="degraded",
        headline=f"{place(rollout)} aborted by {said(actor.name)}",
        lines=(
            f"Reason: {said(reason)}",
            *written(writes),
            *pinned_lines(rollout),
            *((f"{said(harm)}.",) if harm else ()),
            "It has ended; its flags are free. A new start is a new rollout.",
        ),
        rollout=rollout.id,
        at=now,
    )
