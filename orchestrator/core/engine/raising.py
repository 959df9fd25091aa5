"""Alerts that the engine raises: one rule a kind of problem, and when each of them is over."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.alerting.alert import AlertEvent, Severity
from orchestrator.core.durations import say_duration
from orchestrator.core.effects import Decision, Raise
from orchestrator.core.notices import Notice
from orchestrator.core.rollout import Rollout

HELD_LONG = 4 * 3600
"""Seconds after which somebody is told that a rollout is still held."""

PAUSED_LONG = 24 * 3600
"""The same for one that people have paused: they know, at first."""


def raised(
    rollout: Rollout,
    rule: str,
    severity: Severity,
    notice: Notice,
    *,
    service: str = "",
    lasts: int = 0,
    alarm: str = "",
    proves: bool = False,
) -> Raise:
    """`service` is the plan unless it is said; without `lasts` it fires until `ended`, or until the rollout is settled
    by people. `proves`: it speaks of written flags, and waits until they are read back."""
    event = AlertEvent(
        rule=rule,
        service=service or rollout.plan,
        severity=severity,
        notice=notice,
        at=notice.at,
        lasts=lasts,
        plan=rollout.plan,
        alarm=alarm,
    )
    return Raise(event=event, proves=proves)


def ended(rollout: Rollout, rule: str, why: str, now: int, *, service: str = "") -> Raise:
    """It is over, and why."""
    notice = Notice(kind="over", tone="ok", headline=why, rollout=rollout.id, at=now)
    event = AlertEvent(
        rule=rule,
        service=service or rollout.plan,
        severity="info",
        notice=notice,
        at=now,
        firing=False,
        plan=rollout.plan,
    )
    return Raise(event=event)


def held_long_due(rollout: Rollout) -> int | None:
    """When people are told that it is held for long; None where it is not held, or they were told."""
    if not rollout.holds or rollout.status in ("standing", "aborting"):
        return None
    since = min(entry.since for entry in rollout.holds)
    if f"held-long:{since}" in rollout.told:
        return None
    paused = all(entry.kind == "pause" for entry in rollout.holds)
    return since + (PAUSED_LONG if paused else HELD_LONG)


def held_long(decision: Decision, now: int) -> Decision:
    """Once for each time it is held, whatever else is decided; over as soon as nothing holds it."""
    rollout = decision.rollout
    if rollout is not None and not rollout.holds:
        return _held_no_longer(decision, rollout, now)
    due = held_long_due(rollout) if rollout is not None else None
    if rollout is None or due is None or now < due:
        return decision
    since = min(entry.since for entry in rollout.holds)
    notice = wording.held_too_long(rollout, say_duration(now - since), now)
    told = structs.replace(rollout, told=(*rollout.told, f"held-long:{since}"))
    alert = raised(rollout, "held-too-long", "warning", notice)
    return structs.replace(decision, rollout=told, effects=(*decision.effects, alert))


def _held_no_longer(decision: Decision, rollout: Rollout, now: int) -> Decision:
    left = tuple(code for code in rollout.told if not code.startswith("held-long:"))
    if left == rollout.told:
        return decision
    over = ended(rollout, "held-too-long", "nothing holds it any more", now)
    return structs.replace(decision, rollout=structs.replace(rollout, told=left), effects=(*decision.effects, over))
