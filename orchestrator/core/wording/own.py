"""About Switchback itself: what it could not prove, could not check, or what its own alarms say."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.facts import Written
from orchestrator.core.notices import Notice
from orchestrator.core.rollout import Rollout
from orchestrator.core.wording.parts import place, said, said_value


def own_alarm(environment: str, alarm: str, state: str, now: int) -> Notice:
    """One of the stack's own alarms: about Switchback, not about what it rolls out."""
    firing = state == "ALARM"
    return Notice(
        kind="own_alarm" if firing else "cleared",
        tone="firing" if firing else "ok",
        headline=f"{'CRITICAL ' if firing else ''}{environment} · Switchback's own alarm {said(alarm)} is {state}",
        lines=("RUNBOOK.md, “Alarms”, says what it means and what to do.",) if firing else (),
        at=now,
    )


def unproven(rollout: Rollout, missing: Sequence[Written], now: int) -> Notice:
    """Flags that SSM does not show as they were written."""
    return Notice(
        kind="unproven",
        tone="firing",
        headline=f"CRITICAL {place(rollout)}: {', '.join(report.flag for report in missing)} could not be read back",
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


def tick_failed(environment: str, rollout: str, why: str, now: int) -> Notice:
    return Notice(
        kind="tick_failed",
        tone="firing",
        headline=f"CRITICAL {environment} · {said(rollout)} cannot be checked",
        lines=(
            f"Why: {said(why)}.",
            "Its flags stay as they are and nothing goes forward. Alarms still act. It is tried again every minute.",
        ),
        at=now,
    )
