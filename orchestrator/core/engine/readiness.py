"""Why nothing may go forward now: what cannot be seen, an alarm that is not OK, the line, a freeze. Going back never
asks."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from orchestrator.core.calendar import frozen
from orchestrator.core.facts import Facts
from orchestrator.core.plan import Plan


class Standstill(Struct, frozen=True, kw_only=True):
    """`line` says why, and what ends it; `until` is when a freeze ends by itself, None for the line."""

    code: str
    line: str
    until: int | None = None


def standstill(plan: Plan, facts: Facts, now: int) -> Standstill | None:
    """Why every forward move stops: somebody holds the line, or a freeze of the plan's."""
    if facts.line is not None:
        held = f"the line is held by {facts.line.by} ({facts.line.reason}); free it with /rollout free-all"
        return Standstill(code="line", line=held)
    freeze = frozen(plan.freezes, plan.timezone, now)
    if freeze is None:
        return None
    until = local_time(plan.timezone, freeze.until)
    return Standstill(code=f"frozen:{freeze.until}", line=f"frozen until {until} ({freeze.reason})", until=freeze.until)


def local_time(timezone: str, at: int) -> str:
    """`Mon 2026-11-23 08:00 Europe/Berlin`"""
    return f"{datetime.fromtimestamp(at, ZoneInfo(timezone)):%a %Y-%m-%d %H:%M} {timezone}"


def not_ready(plan: Plan, facts: Facts) -> str:
    """Why nothing may go forward: alarms that are not OK, or flags that cannot be seen. Empty when it may."""
    if not facts.flags_read:
        return "the flags cannot be read from SSM; nothing goes on blind"
    return unready_alarms(plan, facts)


def unready_alarms(plan: Plan, facts: Facts) -> str:
    """Why the bound alarms forbid going on: in ALARM, without data, or missing. Empty when all are OK."""
    if not plan.bound_alarms():
        return ""
    if not facts.alarms_read:
        return "the alarms cannot be read; nothing goes on blind"
    faults = []
    for name in plan.bound_alarms():
        reading = facts.alarms.get(name)
        if reading is None:
            faults.append(f"alarm {name} does not exist")
        elif reading.state != "OK":
            faults.append(f"alarm {name} is in {reading.state}")
    return "; ".join(faults)
