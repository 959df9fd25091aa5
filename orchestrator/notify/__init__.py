"""Alerts to people: an event is counted, what is due is sent, and only then recorded as told.

An event is saved before anything is sent, together with its id, so that it counts once however often it is delivered.
A sending is repeated under the same key until it is recorded. What cannot be told now stays due, and the next tick
tells it: nothing waits for the chat, and nothing is lost to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.alerting.observing import acknowledged, ended
from orchestrator.core.effects import Settle
from orchestrator.core.redaction import redact
from orchestrator.notify.counting import change, change_board, count, redacted
from orchestrator.notify.rounds import tell_all
from orchestrator.notify.sending import give_place_back, may_be_due, take_place, tell
from orchestrator.ports import Outside, SwitchbackError

__all__ = [
    "change",
    "change_board",
    "count",
    "give_place_back",
    "raise_alert",
    "redacted",
    "settle",
    "take_place",
    "tell",
    "tell_all",
]


def settle(outside: Outside, settled: Settle, *, also: Iterable[str] = ()) -> None:
    """Somebody has taken care of a plan: what is open of it is acknowledged, or over. Raises Unavailable, Conflict.

    also: keys of groups that were raised a moment ago; what is open is read from an index, which trails the table.
    """
    now, why = outside.clock.now(), redact(settled.why)
    known = {group.key: group for group in outside.alerts.open()}
    for key in also:
        if key not in known and (group := outside.alerts.group(key)) is not None and not group.closed:
            known[key] = group
    for group in known.values():
        if not any(alert.plan == settled.plan and alert.firing for alert in group.alerts):
            continue
        if settled.how == "over":
            change(outside, group.key, lambda latest: ended(latest, settled.plan, why, now))
        else:
            change(outside, group.key, lambda latest: acknowledged(latest, settled.by, now))
        with suppress(SwitchbackError):
            tell(outside, group.key)


def raise_alert(outside: Outside, event: AlertEvent, event_id: str) -> str:
    """Count an event, and tell what is due of its group; the group's key. The same id counts once.

    Raises Unavailable or Conflict when it could not be counted. That it could not be told is no error.
    """
    key, group = count(outside, redacted(event), event_id)
    if group is not None and may_be_due(outside, group):
        with suppress(SwitchbackError):
            tell(outside, key)
    return key
