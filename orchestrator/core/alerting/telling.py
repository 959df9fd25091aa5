"""What a receiver is to be told of a group now, or when to look again.

Level-triggered: what is to be said follows from comparing what the receiver was told last with what is so now. A crash,
or ten containers at once, therefore lose nothing; what came and went in between is not told, only counted.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from orchestrator.core.alerting.alert import RANK, Group, Severity, Told
from orchestrator.core.alerting.dedup import Reason, needs_telling
from orchestrator.core.alerting.observing import is_flapping
from orchestrator.core.alerting.policy import Policy, Route, Step
from orchestrator.core.notices import Notice

COUNT_EVERY = 60
"""Seconds between two edits that only bring a count up to date."""

LATE = 120
"""Seconds from which a message says that it is late."""

KEY_KNOWN = 300
"""Seconds for which Discord knows a message by its key: "the past few minutes", and it does not say how many."""

NEVER = 1 << 40
"""A time that does not come: nothing is told unless something happens."""

Change = Literal[
    "worse", "acknowledged", "back", "silenced", "awake", "flapping", "calm", "more fire", "some are over", "over"
]


class Due(Struct, frozen=True, kw_only=True):
    """One sending. new: a message of its own; change: the message is edited, and its thread says what has changed;
    call: said aloud once more; count: the message is edited, and nobody is told. `told`: what the receiver knows
    afterwards. step: the one of the escalation that this is."""

    receiver: str
    kind: Literal["new", "change", "call", "count"]
    told: Told
    changes: tuple[Change, ...] = ()
    more: tuple[str, ...] = ()
    fewer: tuple[str, ...] = ()
    step: Step | None = None


def due(group: Group, receiver: str, policy: Policy, *, edits: bool, muted: bool, now: int) -> Due | int:
    """What to send now, or the time at which to look again.

    edits: whether the receiver has messages that can be changed; one without is told of beginnings, ends and calls.
    muted: somebody has silenced it, or a parent of it fires. Of a closed group nothing is due.
    """
    if group.closed:
        return NEVER
    route = policy.route(group.severity)
    told = group.told.get(receiver)
    if (receiver not in route.to and told is None) or receiver in group.leading.known_by:
        return NEVER
    if now < group.not_before.get(receiver, 0):
        return group.not_before[receiver]
    if told is None or (edits and not told.message):
        return _first(group, receiver, told, route, muted=muted, policy=policy, now=now)
    return _further(group, receiver, told, route, edits=edits, muted=muted, policy=policy, now=now)


def _first(
    group: Group, receiver: str, told: Told | None, route: Route, *, muted: bool, policy: Policy, now: int
) -> Due | int:
    """To one that knows nothing, or has only read of it in a digest."""
    firing, over = _sets(group)
    knows = None if told is None else (set(told.firing), set(told.over), told.at)
    why = needs_telling(knows, firing, over, tell_over=False, repeat=route.repeat, now=now)
    worse = told is not None and firing and RANK[group.severity] > RANK[told.severity]
    unsure = is_unsure(group, receiver, now)
    if not unsure and (muted or not (worse or why in ("first", "more fire", "still"))):
        return told.at + route.repeat + 1 if told is not None and firing and not muted else NEVER
    # Without a wait it is due now, also where the clock of whoever saw it is ahead of ours.
    begins = told.at + route.interval if told is not None else group.opened_at + route.wait if route.wait else now
    if now < begins and not (worse or unsure):
        return begins
    step = next((step for step in route.escalation[:1] if step.after == 0), None)
    after = _after(group, told, policy, now, at=now, step=1 if step else 0)
    # The times of the escalation count from the message, not from a digest that nobody was called by.
    late = now - group.late_since.get(receiver, now)
    known = structs.replace(after, first_at=now, late=late if late >= LATE else 0)
    return Due(receiver=receiver, kind="new", told=known, step=step)


def _further(
    group: Group, receiver: str, told: Told, route: Route, *, edits: bool, muted: bool, policy: Policy, now: int
) -> Due | int:
    flapping = is_flapping(group, policy, now)
    firing, over = _sets(group)
    why = needs_telling(
        (set(told.firing), set(told.over), told.at), firing, over, tell_over=True, repeat=route.repeat, now=now
    )
    changes = _candidates(group, told, why, edits=edits, muted=muted, flapping=flapping, now=now)
    if now < told.at + route.interval:
        changes = tuple(change for change in changes if change in _AT_ONCE)
    step = None if muted or group.acknowledged_by or not firing else _step(told, route, now)
    if "worse" in changes or (step is not None and not changes):
        after = _called(group, told, policy, now, step=told.step + (1 if step else 0))
        return Due(receiver=receiver, kind="call", told=after, changes=changes, step=step or _loudest(route))
    if "awake" in changes and group.silenced_until and not group.acknowledged_by:
        return Due(receiver=receiver, kind="call", told=_awake(group, told, policy, now), changes=changes)
    if changes:
        after = _after(group, told, policy, now, at=now)
        more, fewer = tuple(firing - set(told.firing)), tuple(set(told.firing) - firing)
        return Due(receiver=receiver, kind="change", told=after, changes=changes, more=more, fewer=fewer)
    if why == "still" and not (muted or flapping or group.acknowledged_by):
        return Due(receiver=receiver, kind="call", told=_called(group, told, policy, now, step=told.step))
    is_stale = group.count != told.count or (muted and told.firing and not firing)
    if edits and is_stale and now >= told.edited_at + COUNT_EVERY:
        return Due(receiver=receiver, kind="count", told=_after(group, told, policy, now, at=told.at))
    return _look_again(group, told, route, edits=edits, muted=muted, flapping=flapping, why=why, policy=policy, now=now)


_AT_ONCE: frozenset[Change] = frozenset({"worse", "acknowledged", "back", "silenced", "awake", "flapping", "calm"})
"""What does not wait for the group's interval: people look for it right away."""


def _candidates(
    group: Group, told: Told, why: Reason, *, edits: bool, muted: bool, flapping: bool, now: int
) -> tuple[Change, ...]:
    """What differs from what was told. Muted, only what people did to it is news."""
    if muted:
        return _by_people(group, told, now) if edits else ()
    at_once = _at_once(group, told, flapping, now) if edits else _worse(group, told)
    return (*at_once, *_settled(why, flapping))


def _sets(group: Group) -> tuple[set[str], set[str]]:
    return {a.fingerprint for a in group.alerts if a.firing}, {a.fingerprint for a in group.alerts if not a.firing}


def _worse(group: Group, told: Told) -> tuple[Change, ...]:
    return ("worse",) if group.firing and RANK[group.severity] > RANK[told.severity] else ()


def _by_people(group: Group, told: Told, now: int) -> tuple[Change, ...]:
    found: list[Change] = []
    if group.acknowledged_by != told.acknowledged_by:
        found.append("acknowledged" if group.acknowledged_by else "back")
    silenced = _silenced_until(group, now)
    if silenced and silenced != told.silenced_until:
        found.append("silenced")
    elif told.silenced_until and not silenced and group.firing:
        found.append("awake")
    return tuple(found)


def _silenced_until(group: Group, now: int) -> int:
    """0 as soon as it has ended: that it is over is news like its beginning."""
    return group.silenced_until if group.silenced_until > now else 0


def _at_once(group: Group, told: Told, flapping: bool, now: int) -> tuple[Change, ...]:
    flaps: tuple[Change, ...] = ()
    if flapping != told.flapping:
        flaps = ("flapping",) if flapping else ("calm",)
    return (*_worse(group, told), *_by_people(group, told, now), *flaps)


def _settled(why: Reason, flapping: bool) -> tuple[Change, ...]:
    """Beginnings and ends. While it flaps they are no news."""
    if flapping or why not in ("more fire", "some are over", "over"):
        return ()
    return (why,)


def _step(told: Told, route: Route, now: int) -> Step | None:
    """The next step of the escalation, if its time has come."""
    return route.escalation[told.step] if _step_at(told, route) <= now else None


def _step_at(told: Told, route: Route) -> int:
    """When the next step is due: so long after the message as the policy says, and no sooner after the step before than
    that. What was silenced, or has become worse late, calls one after the other, not all at once."""
    if told.step >= len(route.escalation):
        return NEVER
    after = route.escalation[told.step].after
    if not told.called_at:
        return told.first_at + after
    before = route.escalation[told.step - 1].after if told.step else 0
    return max(told.first_at + after, told.called_at + after - before)


def _loudest(route: Route) -> Step | None:
    """Whom a rise in severity calls: those of the first step."""
    return route.escalation[0] if route.escalation else None


def _after(group: Group, told: Told | None, policy: Policy, now: int, *, at: int, step: int | None = None) -> Told:
    firing, over = _sets(group)
    before = told or Told(first_at=now)
    return structs.replace(
        before,
        firing=tuple(sorted(firing)),
        over=tuple(sorted(over)),
        severity=max(group.severity, before.severity, key=RANK.__getitem__) if firing else before.severity,
        count=group.count,
        at=at,
        first_at=before.first_at or now,
        edited_at=now,
        acknowledged_by=group.acknowledged_by,
        silenced_until=_silenced_until(group, now),
        flapping=is_flapping(group, policy, now),
        step=before.step if step is None else step,
        called_at=now if step else before.called_at,
        serial=before.serial + 1,
    )


def _called(group: Group, told: Told, policy: Policy, now: int, *, step: int) -> Told:
    """A call is a message beside the alert's own, which is still to be edited: with what has become worse, at once."""
    after = _after(group, told, policy, now, at=now, step=step)
    edited_at = 0 if RANK[after.severity] > RANK[told.severity] else told.edited_at
    return structs.replace(after, count=told.count, edited_at=edited_at)


def _awake(group: Group, told: Told, policy: Policy, now: int) -> Told:
    """Its silence has run out: a call, and its message is edited at once, which still says that it is silenced."""
    return structs.replace(_called(group, told, policy, now, step=told.step), count=-1, edited_at=0)


def _look_again(
    group: Group,
    told: Told,
    route: Route,
    *,
    edits: bool,
    muted: bool,
    flapping: bool,
    why: Reason,
    policy: Policy,
    now: int,
) -> int:
    times = [NEVER]
    if flapping:
        times.append(max(alert.changes[-1] for alert in group.alerts) + policy.calm)
    elif why in ("more fire", "some are over", "over") and not muted:
        times.append(told.at + route.interval)
    if group.firing and not (muted or group.acknowledged_by):
        times.append(told.at + route.repeat + 1)
        times.append(_step_at(told, route))
    if edits and (group.count != told.count or (muted and told.firing and not group.firing)):
        times.append(told.edited_at + COUNT_EVERY)
    return max(now + 1, min(times))


def by_digest(group: Group, receiver: str, policy: Policy, now: int) -> Group:
    """The group as it is once a digest has told its receiver everything that there is."""
    told = group.told.get(receiver)
    after = _after(group, told, policy, now, at=now)
    counted = (told.in_digests if told is not None else 0) + unaccounted(group, receiver)
    late_since = {name: at for name, at in group.late_since.items() if name != receiver}
    told_all = {**group.told, receiver: structs.replace(after, in_digests=counted)}
    return structs.replace(group, told=told_all, late_since=late_since)


def is_unsure(group: Group, receiver: str, now: int) -> bool:
    """Whether somebody has died while telling it, or got no answer: a message may be there, and must become known,
    whatever is so by now. Once Discord has forgotten the key, nobody can find out any more."""
    sending = group.sending.get(receiver)
    return sending is not None and now - (sending.tried_at or sending.began_at) < KEY_KNOWN


def unaccounted(group: Group, receiver: str) -> int:
    """Events that the receiver has not been shown, in a message or in a digest."""
    told = group.told.get(receiver)
    return group.count - (told.count if told is not None else 0)


class Notification(Struct, frozen=True, kw_only=True):
    """One sending, ready for a receiver. `key` makes a repeat known; `again`: an earlier try may have got through, and
    `repeat`: so long ago that the key may not tell.
    `notice` is the whole card, `about` what its thread is called, `news` what has changed; `ping` the role that is
    called. `message`, `thread`: of the receiver's own, from an earlier sending. `late`: seconds by which it is.
    `severity` is for receivers that filter."""

    receiver: str
    kind: Literal["new", "change", "call", "count", "digest"]
    key: str
    notice: Notice
    severity: Severity
    about: str = ""
    buttons: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    ping: str = ""
    message: str = ""
    thread: str = ""
    again: bool = False
    repeat: bool = False
    late: int = 0


class Receipt(Struct, frozen=True, kw_only=True):
    """What the receiver made of it: the ids of its message and thread, empty where it has none."""

    message: str = ""
    thread: str = ""
