"""The same events through our path and through Alertmanager, and what each of them notified."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from msgspec import structs

from orchestrator import notify
from orchestrator.core.alerting.alert import Alert, AlertEvent
from orchestrator.core.alerting.board import Silence, with_silence
from orchestrator.core.alerting.policy import Matcher, Policy
from orchestrator.core.alerting.telling import Notification, Receipt
from orchestrator.ports import Receiver
from tests.alertmanager.server import Alertmanager, Labels, Webhook, labels_of, until
from tests.alerts.yard import Yard
from tests.core.made_alerts import NOW, event

Groups = dict[str, set[Labels]]
"""The labels of each group that was notified, and the alerts that were seen in it."""


class Kept(Receiver):
    """A receiver that takes everything: to us what the webhook is to Alertmanager."""

    edits = True

    def __init__(self) -> None:
        self.sent: list[Notification] = []

    def send(self, notification: Notification) -> Receipt:
        self.sent.append(notification)
        return Receipt(message=notification.message or f"message-{len(self.sent)}")


class Both:
    """`ours` runs on a clock that is moved, `theirs` in real time."""

    def __init__(self, policy: Policy, theirs: Alertmanager, webhook: Webhook) -> None:
        self.policy, self.theirs, self.webhook = policy, theirs, webhook
        self.yard, self.kept = Yard(policy), Kept()
        self.ours = structs.replace(self.yard.container(), receivers={"alerts": self.kept})
        self.our_firing: Groups = defaultdict(set)
        self.our_over: Groups = defaultdict(set)
        self.markers: set[tuple[str, str]] = set()
        self._events = 0

    # -- what happens to both ----------------------------------------------------------------------------------------------

    def fire(self, *problems: tuple[str, str], minutes: int = 3) -> None:
        """Problems by rule and service; then `minutes` of our time pass."""
        self._happen([event(self._at, rule=rule, service=service) for rule, service in problems], minutes)

    def end(self, *problems: tuple[str, str], minutes: int = 3) -> None:
        ended = [event(self._at, rule=rule, service=service, firing=False) for rule, service in problems]
        self._happen(ended, minutes)

    def silence(self, service: str) -> None:
        self.theirs.silence(service=service)
        matcher = Matcher(labels=(("service", service),))
        silence = Silence(matcher=matcher, until=self.yard.clock.at + 3600, by="anna")
        notify.change_board(self.ours, lambda board: with_silence(board, silence, self.yard.clock.at))

    @property
    def _at(self) -> int:
        return self.yard.clock.at - NOW

    def _happen(self, events: Sequence[AlertEvent], minutes: int) -> None:
        self.theirs.takes(events)
        for one in events:
            self._events += 1
            notify.raise_alert(self.ours, one, f"event-{self._events}")
        self._look()
        self.passes(minutes)

    def passes(self, minutes: int) -> None:
        """Of our time."""
        for _ in range(minutes):
            self.yard.clock.at += 60
            notify.tell_all(self.ours)
            self._look()

    def _look(self) -> None:
        """What our receiver knows by now: it is written down only after a sending was taken."""
        for group in self.ours.alerts.open():
            told = group.told.get("alerts")
            if told is None or not told.message:
                continue
            by_name = {alert.fingerprint: _labels(alert) for alert in group.alerts}
            key = ",".join(f"{name}={getattr(group.leading, name)}" for name in sorted(self.policy.group_by))
            self.our_firing[key] |= {by_name[name] for name in told.firing}
            self.our_over[key] |= {by_name[name] for name in told.over}

    # -- what came of it ---------------------------------------------------------------------------------------------------

    def agree(self) -> None:
        """Alertmanager gets there within its intervals; we are there already."""
        until(lambda: self._their_firing == dict(self.our_firing), "the same groups told as firing")
        until(lambda: _without_empty(self.webhook.over) == _without_empty(self.our_over), "the same told as over")

    @property
    def _their_firing(self) -> Groups:
        return _without_empty(self.webhook.firing)

    def told(self) -> set[tuple[str, str]]:
        """Problems that both have told, by rule and service; `agree` has seen that it is the same on either side."""
        self.agree()
        return {(dict(labels)["rule"], dict(labels)["service"]) for seen in self.our_firing.values() for labels in seen}

    def groups(self) -> int:
        self.agree()
        return len(self.our_firing)

    def intervals_pass(self) -> None:
        """Alertmanager has looked at each of its groups again: one that began later has begun and ended."""
        marker = ("marker", f"marker-{self._events}")
        self.markers.add(marker)
        name = frozenset(labels_of(event(rule=marker[0], service=marker[1])).items())
        for change, seen in ((self.fire, self.webhook.firing), (self.end, self.webhook.over)):
            change(marker)
            until(lambda seen=seen: any(name in group for group in seen.values()), "the marker")  # type: ignore[misc]  # the lambda keeps the round's own

    def notified(self) -> tuple[int, int]:
        """How often either has notified anybody of anything but the marker; an edit that only counts notifies nobody."""
        ours = sum(n.kind != "count" and "marker" not in n.notice.headline for n in self.kept.sent)
        theirs = sum(times for key, times in self.webhook.notified.items() if "marker" not in key)
        return ours, theirs


def _labels(alert: Alert) -> Labels:
    return frozenset(
        {"rule": alert.rule, "environment": alert.environment, "service": alert.service}.items()
    )  # fmt: skip


def _without_empty(groups: Groups) -> Groups:
    return {key: set(seen) for key, seen in groups.items() if seen}
