"""Alerts by SNS: e-mail, PagerDuty, or whatever subscribes to the topic, by the severity if it likes."""

from __future__ import annotations

from orchestrator.core.alerting.telling import Notification, Receipt
from orchestrator.core.durations import say_duration
from orchestrator.core.markdown import plain
from orchestrator.ports import Pager, Receiver


class TopicAlerts(Receiver):
    """What was published cannot be changed: it is told of beginnings, calls and ends. SNS knows no repeat from the
    first, so one that may be a repeat says so."""

    edits = False

    def __init__(self, pager: Pager, environment: str) -> None:
        self._pager, self._environment = pager, environment

    def send(self, notification: Notification) -> Receipt:
        notice = notification.notice
        lines = [*notification.news, *notice.lines, *(f"{name}: {value}" for name, value in notice.facts)]
        lines += [f"{label}: {url}" for label, url in notice.links]
        if notification.again or notification.repeat:
            lines.insert(0, "This may be a repeat: an earlier sending was never confirmed.")
        if notification.late and notification.kind == "new":
            lines.insert(0, f"Late by {say_duration(notification.late)}.")
        state = "resolved" if notice.kind == "resolved" else notification.kind
        labels = {"severity": notification.severity, "environment": self._environment, "state": state}
        # A subject holds ASCII alone.
        self._pager.page(plain(notice.headline).replace(" · ", ", "), "\n".join(plain(line) for line in lines), labels)
        return Receipt()
