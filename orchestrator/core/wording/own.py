"""About Switchback itself: what it could not prove, could not check, or what its own alarms say."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.facts import Written
from orchestrator.core.notices import Notice
from orchestrator.core.rollout import Rollout
from orchestrator.core.wording.parts import place, said, said_value


def own_alarm(environment: str, alarm: str, state: str, now: int, reason: str = "") -> Notice:
    """One of the stack's own alarms: about Switchback, not about what it rolls out. Where it is over, the headline is
    why."""
    if state != "ALARM":
        return Notice(kind="over", tone="ok", headline=f"{said(alarm)} is {state}", at=now)
    return Notice(
        kind="own_alarm",
        tone="firing",
        headline=f"{environment} · Switchback's own alarm {said(alarm)}",
        lines=(
            f"It went to {state}{f': {said(reason)}' if reason else ''}.",
            "It is about Switchback itself, not about what it rolls out. RUNBOOK.md, “Alarms”, says what to do.",
        ),
        at=now,
    )


def a_drill(environment: str, alarm: str, state: str, now: int) -> Notice:
    """The made-up alarm of `/alerts drill`. Whoever reads it at night must see at once that nothing is wrong."""
    if state != "ALARM":
        return Notice(kind="over", tone="ok", headline="the drill has ended", at=now)
    return Notice(
        kind="drill",
        tone="firing",
        headline=f"{environment} · this is a drill: the made-up alarm {said(alarm)} is {state}",
        lines=("Nothing is wrong, nothing is to be done: somebody tries with `/alerts drill` whether alerts arrive.",),
        at=now,
    )


def unproven(rollout: Rollout, missing: Sequence[Written], now: int) -> Notice:
    """Flags that SSM does not show as they were written."""
    return Notice(
        kind="unproven",
        tone="firing",
        headline=f"{place(rollout)}: {', '.join(report.flag for report in missing)} could not be read back",
        lines=(
            *(
                f"`{report.flag}` should be **{said_value(report.wanted)}**; SSM returned "
                f"{said_value(report.read_back) if report.read_back is not None else 'nothing in time'}."
                for report in missing
            ),
            "It is written again every minute until it reads back. `/rollout-status` shows what SSM holds.",
        ),
        actions=(),
        rollout=rollout.id,
        at=now,
    )


def run_failed(environment: str, plan: str, target: str, why: str, now: int) -> Notice:
    """A probe or a job that could not be run: nothing is known of what it was to show."""
    return Notice(
        kind="dispatch_failed",
        tone="degraded",
        headline=f"{environment} · {said(target)} of {said(plan)} could not be run",
        lines=(
            f"Why: {said(why) or 'not said'}.",
            "No gate takes that for a pass or a fail: what waits for it goes on waiting.",
            "A probe is called again by itself; a job of the ladder is followed by the next rung.",
        ),
        at=now,
    )


def not_handed_over(environment: str, what: str, owner: str, why: str, now: int) -> Notice:
    """Work of the outbox that the queue, or SSM, has not taken in several tries."""
    return Notice(
        kind="dispatch_failed",
        tone="degraded",
        headline=f"{environment} · {said(owner)}: {said(what)} could not be handed over",
        lines=(f"Why: {said(why)}.", "It stays in the outbox and is tried again every few minutes."),
        at=now,
    )


def interaction_failed(environment: str, command: str, kind: str, trace: str, now: int) -> Notice:
    """A fault of ours in answering somebody; they were told that nothing was changed."""
    return Notice(
        kind="interaction_failed",
        tone="firing",
        headline=f"{environment} · {said(command)} failed on a fault of the bot",
        lines=(
            f"{said(kind)}, under trace `{trace}`. Whoever used it was told that nothing was changed.",
            "In a hurry `switchback rollback NAME` works from a terminal.",
        ),
        at=now,
    )


def redactor_failed(environment: str, times: int, now: int) -> Notice:
    """Nothing has leaked: where the redactor fails, the whole field is masked."""
    return Notice(
        kind="redactor_failed",
        tone="degraded",
        headline=f"{environment} · the redactor failed {times} time{'s' if times != 1 else ''}",
        lines=(
            "What it could not judge was masked whole, in logs, traces and messages: nothing has leaked.",
            "Look for lines that say only `[redacted]`, and report the shape of what was logged there.",
        ),
        at=now,
    )


def tick_failed(environment: str, rollout: str, why: str, now: int) -> Notice:
    return Notice(
        kind="tick_failed",
        tone="firing",
        headline=f"{environment} · {said(rollout)} cannot be checked",
        lines=(
            f"Why: {said(why)}.",
            "Its flags stay as they are and nothing goes forward. Alarms still act. It is tried again every minute.",
        ),
        at=now,
    )
