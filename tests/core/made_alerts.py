"""Alerts for tests: events, a policy, and groups made of them."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from orchestrator.core.alerting.alert import AlertEvent, Group, Severity
from orchestrator.core.alerting.observing import aged, observed
from orchestrator.core.alerting.policy import Policy, Route, Step
from orchestrator.core.alerting.telling import Due, due
from orchestrator.core.notices import Notice

NOW = 1_764_000_000
MINUTE, HOUR = 60, 3600

ON_CALL = (Step(after=0, ping="engineering"), Step(after=600, ping="ops"), Step(after=1800, ping="manager"))

POLICY = Policy(
    routes={
        "critical": Route(to=("alerts", "sns"), repeat=HOUR, escalation=ON_CALL),
        "warning": Route(to=("alerts",), repeat=4 * HOUR),
        "info": Route(to=("alerts",), wait=MINUTE, interval=300, repeat=24 * HOUR),
    }
)


def policy(**changes: Any) -> Policy:
    return structs.replace(POLICY, **changes)


def event(
    at: int = 0, *, rule: str = "drift", service: str = "shop", severity: Severity = "critical", firing: bool = True,
    headline: str = "", **more: Any
) -> AlertEvent:  # fmt: skip
    """`at` counts from NOW."""
    text = headline or (f"dev: {rule} of {service}" if firing else "it was put right")
    notice = Notice(kind=rule, tone="firing", headline=text, lines=("What to do next.",), at=NOW + at)
    return AlertEvent(rule=rule, service=service, severity=severity, firing=firing, notice=notice, at=NOW + at, **more)


def over(at: int, **more: Any) -> AlertEvent:
    return event(at, firing=False, **more)


class Told:
    """One group and what one receiver is told of it, minute by minute: the pure part, with nobody in between."""

    def __init__(self, policy: Policy = POLICY, receiver: str = "alerts") -> None:
        self.policy, self.receiver = policy, receiver
        self.group: Group | None = None
        self.sent: list[tuple[int, Due]] = []
        self.muted = False

    def happens(self, *events: AlertEvent) -> None:
        for one in events:
            key = self.policy.group_key(one, "dev")
            self.group = observed(self.group, key, one, "dev", f"id-{one.at}", self.policy)

    def look(self, at: int) -> Due | int:
        """What is due at NOW + at; it is taken as sent."""
        assert self.group is not None
        self.group = aged(self.group, NOW + at)
        found = due(
            self.group, self.receiver, self.policy, edits=self.receiver != "sns", muted=self.muted, now=NOW + at
        )
        if isinstance(found, Due):
            message = found.told.message or ("m" if self.receiver != "sns" else "")
            told = structs.replace(found.told, message=message)
            self.group = structs.replace(self.group, told={**self.group.told, self.receiver: told})
            self.sent.append((at, found))
        return found

    def looks(self, start: int, end: int, every: int = 10) -> None:
        for at in range(start, end + 1, every):
            while isinstance(self.look(at), Due):
                pass

    @property
    def kinds(self) -> list[str]:
        return [found.kind for _, found in self.sent]

    @property
    def changes(self) -> list[str]:
        return [change for _, found in self.sent for change in found.changes]
