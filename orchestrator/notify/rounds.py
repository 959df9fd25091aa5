"""What a tick does for alerts: whatever is due, the worst first, and a digest of what the budget holds back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from msgspec import structs

from orchestrator.core.alerting.alert import RANK, Group
from orchestrator.core.alerting.board import muted
from orchestrator.core.alerting.telling import NEVER, due, is_unsure, unaccounted
from orchestrator.notify import digests
from orchestrator.notify.counting import save
from orchestrator.notify.sending import Result, others, tell_one
from orchestrator.ports import Conflict, Outside, SwitchbackError
from orchestrator.telemetry.logs import get_logger

log = get_logger()

PATIENCE = 120
"""Seconds for which a critical problem waits for a message of its own, with its call and its buttons, before a line in
a digest has to do. The worst come first, so the next minute's places are theirs."""


def tell_all(outside: Outside) -> None:
    """What a tick does for alerts: a digest that was not taken, groups that are due, the worst first, a digest of what
    the budget holds back, and further digests as far as that goes. One that fails does not keep the others waiting."""
    waiting = digests.waiting(outside)
    for receiver in list(waiting):
        digests.send_oldest(outside, waiting[receiver])
    now = outside.clock.now()
    known = outside.alerts.open()
    looked_at = [group for group in known if group.next_check <= now]
    looked_at.sort(key=lambda group: (not _in_doubt(outside, group), -RANK[group.severity], group.opened_at))
    held: dict[str, list[tuple[Group, str]]] = {}
    for group in looked_at:
        try:
            _tell_group(outside, group, held, known)
        except Exception as problem:  # nor does a fault of ours in one
            if not isinstance(problem, SwitchbackError):
                log.error("a fault of ours", exc_info=problem)
            log.warning("an alert could not be told now", extra={"alert": group.key, "problem": str(problem)})
    for receiver, groups in held.items():
        digests.hold(outside, receiver, groups, waiting.setdefault(receiver, []))
    for receiver in waiting:
        digests.send_more(outside, receiver, waiting[receiver])


def _in_doubt(outside: Outside, group: Group) -> bool:
    """What may be there already comes first: Discord knows its key for minutes only."""
    return any(is_unsure(group, name, outside.clock.now()) for name in group.sending)


def _tell_group(
    outside: Outside, group: Group, held: dict[str, list[tuple[Group, str]]], known: Sequence[Group]
) -> None:
    results: dict[str, Result] = {}
    for name in outside.receivers:
        while (result := tell_one(outside, group.key, name, known=known)) == "told":
            pass
        results[name] = result
    latest = outside.alerts.group(group.key)
    if latest is None or latest.closed:
        return
    primary = outside.alert_policy.route(latest.severity).to[0]
    why = _why_held(outside, latest, primary, results.get(primary, "nothing"), known)
    if why:
        held.setdefault(primary, []).append((latest, why))
    else:
        _put_off(outside, latest, known)


def _why_held(outside: Outside, group: Group, primary: str, result: Result, known: Sequence[Group]) -> str:
    """Why events of it stand in no message of the primary receiver, and will not soon; empty where that is not so."""
    told = group.told.get(primary)
    if unaccounted(group, primary) <= 0 or (told is not None and told.message):
        return ""
    if is_unsure(group, primary, outside.clock.now()):
        return ""
    if result == "held back":
        if group.severity == "critical" and outside.clock.now() - group.opened_at < PATIENCE:
            return ""
        return "the channel's budget was used up"
    if group.firing:
        return ""
    mute = muted(
        group, outside.alerts.board(), others(outside, group, known), outside.alert_policy, outside.clock.now()
    )
    if mute is not None:
        return mute.why
    return "over before it could be told" if told is None else "more of it, and now over"


def _put_off(outside: Outside, group: Group, known: Sequence[Group]) -> None:
    """When to look again; closed where it is over, was told everywhere, and cannot be the same problem any more."""
    now, policy = outside.clock.now(), outside.alert_policy
    mute = muted(group, outside.alerts.board(), others(outside, group, known), policy, now)
    times = [NEVER]
    for name, receiver in outside.receivers.items():
        found = due(group, name, policy, edits=receiver.edits, muted=mute is not None, now=now)
        times.append(found if isinstance(found, int) else now)
    times += [alert.last_seen + alert.lasts for alert in group.firing if alert.lasts]
    if mute is not None:
        times.append(mute.until or now + 60)
    forgotten = group.changed_at + policy.same_within + 1
    if not group.firing:
        times.append(forgotten)
    is_done = not group.firing and now >= forgotten and min(times[:-1]) >= NEVER
    changed = structs.replace(group, closed=is_done, next_check=max(now + 1, min(times)))
    if changed != group:
        with suppress(Conflict):
            save(outside, group, changed)
