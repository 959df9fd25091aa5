"""What every notice is put together from: places, times, flags and what people wrote."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.effects import WriteFlag
from orchestrator.core.exposure import reading
from orchestrator.core.markdown import escape
from orchestrator.core.notices import Action
from orchestrator.core.plan import Plan
from orchestrator.core.redaction import redact
from orchestrator.core.rollout import STANDING, Rollout

ROLL_BACK = Action(verb="rollback", label="Roll back")
RESUME = Action(verb="resume", label="Resume")
STATUS = Action(verb="status", label="Status")

UNREADABLE = "a definition that Switchback did not write"


def said(text: str) -> str:
    """What people or machines wrote, so that it is read and not obeyed: no secret, no markdown, no mention, one line.

    Redacted first: between the backslashes of an escaped text nothing is found any more.
    """
    return escape(redact(text), one_line=True)


def reads(stored: str) -> str:
    """A parameter's text as people say it: `true`, or `true for 10 % of all, else false`. Never JSON."""
    setting = reading(stored)
    return UNREADABLE if setting is None else str(setting)


def said_value(stored: str) -> str:
    return said(reads(stored))


def place(rollout: Rollout) -> str:
    """Environment first, always."""
    return rollout.environment if rollout.id == STANDING else f"{rollout.environment} · {rollout.id}"


def changes(writes: Sequence[WriteFlag]) -> tuple[str, ...]:
    return tuple(
        f"`{w.flag}`: {said_value(w.from_value) if w.from_value else 'absent'} → **{said_value(w.to_value)}**"
        for w in writes
    )


def written(writes: Sequence[WriteFlag]) -> tuple[str, ...]:
    if not writes:
        return ("No flag had to move.",)
    return ("Written and read back:", *changes(writes))


def when(at: int) -> str:
    """A time that the reader's own client renders, as a date and as a distance that keeps counting."""
    return f"<t:{at}:f> (<t:{at}:R>)"


def stage_place(rollout: Rollout, plan: Plan) -> str:
    return f"{rollout.stage_key(plan)} (stage {rollout.stage + 1} of {len(plan.stages)})"


def reason_line(reason: str) -> str:
    return f"Reason: {said(reason) or 'none given'}"


def pinned_lines(rollout: Rollout) -> tuple[str, ...]:
    """Flags that going back has left where they are, each with why and until when."""
    return tuple(
        f"`{name}` stays {said_value(flag.kept)}: {said(flag.kept_by)} keeps it until somebody resumes."
        for name, flag in rollout.flags.items()
        if flag.kept is not None and flag.kept_by.startswith("pin ")
    )
