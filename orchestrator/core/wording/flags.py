"""One flag: set by hand through the bot, or found otherwise than the state wants it."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.actors import Actor
from orchestrator.core.effects import WriteFlag
from orchestrator.core.notices import Action, Notice
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.wording.parts import RESUME, ROLL_BACK, STATUS, place, reason_line, said, said_value, written


def flag_set(rollout: Rollout, flag: str, writes: Sequence[WriteFlag], actor: Actor, reason: str, now: int) -> Notice:
    value = rollout.flags[flag].desired or ""
    held = () if rollout.id == STANDING else ("The rollout is held until somebody resumes.",)
    return Notice(
        kind="flag_set",
        tone="degraded" if rollout.id != STANDING else "ok",
        headline=f"{place(rollout)}: {flag} set to {said_value(value)} by {said(actor.name)}",
        lines=(reason_line(reason), *written(writes), *held),
        rollout=rollout.id,
        at=now,
    )


def adopted(rollout: Rollout, flag: str, old: str, new: str, by: str, now: int) -> Notice:
    hand = by == "hand"
    who = "changed by hand" if hand else f"set by {by} while the table was down"
    stays = "`/flag set` turns it on again" if rollout.id == STANDING else "the rollout is held until somebody resumes"
    return Notice(
        kind="adopted",
        tone="degraded",
        headline=f"{place(rollout)}: {flag} was {who} to {said_value(new)}, and stays so",
        lines=(f"`{flag}`: {said_value(old)} → **{said_value(new)}**. Switchback does not undo it: {stays}.",),
        actions=() if rollout.id == STANDING else (STATUS, RESUME, ROLL_BACK),
        rollout=rollout.id,
        at=now,
    )


def drifted(rollout: Rollout, flag: str, found: str, wanted: str, now: int) -> Notice:
    what = f"changed by hand to {said_value(found)}" if found else "deleted by hand"
    return Notice(
        kind="drift",
        tone="degraded",
        headline=f"{place(rollout)}: {flag} was {what}; it should be {said_value(wanted)}",
        lines=(
            "Left as found, and the rollout is held.",
            "Adopt keeps what is there; Revert writes the rollout's value again.",
        ),
        actions=(
            Action(verb="adopt", label="Adopt", flag=flag),
            Action(verb="revert", label="Revert", flag=flag),
            ROLL_BACK,
        ),
        rollout=rollout.id,
        at=now,
    )


def kept_safe(rollout: Rollout, flag: str, found: str, wanted: str, by: str, now: int) -> Notice:
    seen = said_value(found) if found else "nothing"
    return Notice(
        kind="kept_safe",
        tone="degraded",
        headline=f"{place(rollout)}: {flag} was changed to {seen} by hand and is {said_value(wanted)} again",
        lines=(f"Kept by {said(by) or 'the rollback'} until a person resumes.",),
        rollout=rollout.id,
        at=now,
    )


def drift_settled(rollout: Rollout, flag: str, value: str, how: str, actor: Actor, now: int) -> Notice:
    return Notice(
        kind="drift_settled",
        tone="progress",
        headline=f"{place(rollout)}: {flag} {how} by {said(actor.name)}, it is {said_value(value)}",
        lines=("The rollout goes on." if not rollout.holds else "Other holds still stand.",),
        rollout=rollout.id,
        at=now,
    )
