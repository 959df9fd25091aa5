"""Alerts about Switchback itself, raised by the use cases: what it could not do, could not prove, or gave up on.

They go the way of every alert. Where the table cannot be reached, which is often what is wrong, they are told at once
and directly: to the receivers of their severity, and if none of those takes it, to all others.
"""

from __future__ import annotations

import hashlib

from msgspec import structs

from orchestrator import notify
from orchestrator.app.moving import Outcome
from orchestrator.core.alerting.alert import AlertEvent, Severity
from orchestrator.core.alerting.telling import Notification
from orchestrator.core.markdown import plain
from orchestrator.core.notices import Notice
from orchestrator.core.rollout import plan_name
from orchestrator.core.wording import unproven
from orchestrator.ports import Outside, Receiver, SwitchbackError
from orchestrator.telemetry.logs import get_logger

log = get_logger()

QUIET = 900
"""Seconds within which the same is told once by the way without the table; it is remembered in this container only."""


UNTIL_QUIET = 300
"""Seconds: what every tick finds again counts as over when it was not found for so long."""


class OwnAlerts:
    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._told_directly: dict[str, tuple[int, str]] = {}

    def raise_alert(
        self,
        rule: str,
        service: str,
        severity: Severity,
        notice: Notice,
        *,
        lasts: int = 3600,
        event_id: str = "",
        plan: str = "",
        trace: str = "",
    ) -> bool:
        """Whether it is safe: counted in the table, or told by at least one way. It counts as over after `lasts`
        seconds without another one.

        Where the table cannot be reached, False also says that the same was told a moment ago for another `event_id`:
        this one is neither counted nor told, and whoever can keep it does. Without an id it is the same event.
        """
        outside = self._outside
        event = AlertEvent(
            rule=rule,
            service=service,
            severity=severity,
            notice=notice,
            at=outside.clock.now(),
            lasts=lasts,
            plan=plan,
            trace=trace,
        )
        log.error("an alert", extra={"rule": rule, "service": service, "alert": plain(notice.headline)})
        try:
            notify.raise_alert(outside, event, event_id or outside.ids.new())
            return True
        except SwitchbackError as problem:
            log.error("an alert could not be counted; it is told directly", extra={"problem": str(problem)})
        return self._directly(event, event_id)

    def not_read_back(self, outcome: Outcome) -> None:
        """A flag that was written and did not read back is an alert: nobody may think it is where it should be. Nothing
        happens where all were."""
        if outcome.rollout is not None and not outcome.proven:
            missing = [report for report in outcome.written if not report.proven]
            notice = unproven(outcome.rollout, missing, self._outside.clock.now())
            plan = plan_name(outcome.rollout.id)
            self.raise_alert("not-read-back", plan, "critical", notice, lasts=UNTIL_QUIET, plan=plan)

    def count(self, rule: str, service: str, severity: Severity, notice: Notice, event_id: str, *, trace: str) -> None:
        """For whoever may not send: it is counted, and the next tick tells it. Never raises."""
        event = AlertEvent(
            rule=rule, service=service, severity=severity, notice=notice, at=notice.at, lasts=3600, trace=trace
        )
        try:
            notify.count(self._outside, notify.redacted(event), event_id)
        except SwitchbackError as problem:
            log.error("an alert could not be counted", extra={"rule": rule, "problem": str(problem)})
        except Exception:  # whatever it is: who calls is answering somebody, and must not fail for it
            log.exception("an alert could not be counted", extra={"rule": rule})

    def _directly(self, event: AlertEvent, event_id: str) -> bool:
        """To those it is for, or else to anybody who takes it. Without the table nobody knows who else tells it:
        Discord knows a repeat within its few minutes by the key, and this container by itself."""
        outside, now = self._outside, self._outside.clock.now()
        event = notify.redacted(event)
        name = f"{event.rule}/{event.service}/{event.severity}"
        quiet_until, told_of = self._told_directly.get(name, (0, ""))
        if now < quiet_until:
            return event_id == told_of
        headline = f"{event.severity.upper()} {event.notice.headline}"
        notification = Notification(
            receiver="",
            kind="new",
            key=hashlib.sha256(f"{name}/{event_id or now // 300}".encode()).hexdigest()[:25],
            notice=structs.replace(event.notice, headline=headline, actions=()),
            severity=event.severity,
        )
        mine = outside.alert_policy.route(event.severity).to
        told = [receiver for receiver in mine if _sent(outside.receivers[receiver], notification)]
        if not told:
            others = [receiver for receiver in outside.receivers if receiver not in mine]
            told = [receiver for receiver in others if _sent(outside.receivers[receiver], notification)]
        if told:
            self._told_directly[name] = (now + QUIET, event_id)
        return bool(told)


def _sent(receiver: Receiver, notification: Notification) -> bool:
    try:
        receiver.send(notification)
    except SwitchbackError as problem:
        log.error("an alert was not told", extra={"problem": str(problem)})
        return False
    return True
