"""Alerts as values: what happened, the problem it belongs to, and what each receiver was told of it.

An event is one occurrence of a problem, or its end. A problem is known by its fingerprint: rule, environment and
service, and never a trace id, a time or the number of a message. Problems that are told together are a group; a group
is one message. By default a group is one problem.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from orchestrator.core.notices import Notice

Severity = Literal["critical", "warning", "info"]

RANK: dict[Severity, int] = {"info": 0, "warning": 1, "critical": 2}

MOST_CHANGES = 20
"""Times of a problem's changes that are remembered: enough to see that it flaps."""


class AlertEvent(Struct, frozen=True, kw_only=True, tag="alert"):
    """`firing` False: it is over. `notice` says what happened, in the words of whoever raised it; its headline begins
    with the environment, and does not name the severity. `lasts`: seconds after its last event from which it counts as
    over, 0 where something will say so. `plan`: what its buttons are about. `alarm`: the CloudWatch alarm behind it.
    `known_by`: receivers that are told of it by somebody else."""

    rule: str
    service: str
    severity: Severity
    notice: Notice
    at: int
    firing: bool = True
    lasts: int = 0
    plan: str = ""
    alarm: str = ""
    trace: str = ""
    known_by: tuple[str, ...] = ()


class Alert(Struct, frozen=True, kw_only=True):
    """One problem. `count` is its events since `first_seen`; `over_at` is 0 while it fires; `changes` are the newest
    times at which it began or ended."""

    fingerprint: str
    rule: str
    environment: str
    service: str
    severity: Severity
    notice: Notice
    count: int
    first_seen: int
    last_seen: int
    over_at: int = 0
    over_why: str = ""
    changes: tuple[int, ...] = ()
    lasts: int = 0
    plan: str = ""
    alarm: str = ""
    trace: str = ""
    known_by: tuple[str, ...] = ()

    @property
    def firing(self) -> bool:
        return not self.over_at


class Told(Struct, frozen=True, kw_only=True):
    """What one receiver knows. `firing`, `over`: fingerprints as last told; `at`: when it last notified anybody;
    `count`: the events it has been shown, `in_digests` of them in digests. `message` is empty where only those told it.
    `step`: how many steps of the escalation were told, the last at `called_at`. `serial` grows with each sending, and
    is part of what makes a repeat known. `late`: seconds by which its message came late, which stays true however often
    that is edited."""

    firing: tuple[str, ...] = ()
    over: tuple[str, ...] = ()
    severity: Severity = "info"
    count: int = 0
    in_digests: int = 0
    at: int = 0
    first_at: int = 0
    edited_at: int = 0
    acknowledged_by: str = ""
    silenced_until: int = 0
    flapping: bool = False
    step: int = 0
    called_at: int = 0
    serial: int = 0
    message: str = ""
    thread: str = ""
    late: int = 0


class Sending(Struct, frozen=True, kw_only=True):
    """Somebody is telling a receiver since `began_at`. If they have not said so by `until`, they have died, and it is
    told again under the same serial, last at `tried_at`. `kind`, `severity`, `ping`: what the receiver has been shown
    if it took it after all, and the role that was then called by it."""

    holder: str
    began_at: int
    until: int
    tried_at: int = 0
    kind: str = ""
    severity: Severity = "info"
    ping: str = ""


class Group(Struct, frozen=True, kw_only=True):
    """Problems that are one message. `number` counts how often it was opened anew; `id` is that opening's own, part of
    each sending's key. `sending`, `not_before`, `tries`: by receiver, while it does not take what is due, since
    `late_since`; `refused`: why it never will. `buttons`: what each button does to its id. `ends`: by fingerprint, when
    a problem ended of which no beginning is known yet."""

    key: str
    id: str
    environment: str
    alerts: tuple[Alert, ...]
    opened_at: int
    number: int = 1
    version: int = 0
    told: dict[str, Told] = {}
    acknowledged_by: str = ""
    acknowledged_at: int = 0
    silenced_until: int = 0
    silenced_by: str = ""
    useful: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()
    buttons: dict[str, str] = {}
    sending: dict[str, Sending] = {}
    not_before: dict[str, int] = {}
    tries: dict[str, int] = {}
    late_since: dict[str, int] = {}
    refused: dict[str, str] = {}
    ends: dict[str, int] = {}
    next_check: int = 0
    closed: bool = False

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts if alert.firing)

    @property
    def severity(self) -> Severity:
        """The worst that fires; of a group that is over, the worst it was."""
        return max((a.severity for a in self.firing or self.alerts), key=RANK.__getitem__, default="info")

    @property
    def count(self) -> int:
        return sum(alert.count for alert in self.alerts)

    @property
    def first_seen(self) -> int:
        return min(alert.first_seen for alert in self.alerts)

    @property
    def last_seen(self) -> int:
        return max(alert.last_seen for alert in self.alerts)

    @property
    def changed_at(self) -> int:
        """When it was seen last, or found to be over."""
        return max(self.last_seen, *(alert.over_at for alert in self.alerts))

    @property
    def leading(self) -> Alert:
        """The one that the first line speaks of: the worst that fires, and of several the newest."""
        return max(self.firing or self.alerts, key=lambda a: (RANK[a.severity], a.last_seen))


def fingerprint(rule: str, environment: str, service: str) -> str:
    """No part's end is the next one's beginning: what separates them is quoted."""
    return "/".join(quote(part, safe=" :.,_-+=@()") for part in (rule, environment, service))
