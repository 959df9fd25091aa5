"""What an event, the passing of time or a person makes of a group. Pure: each answers with the next group."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.alerting.alert import MOST_CHANGES, RANK, Alert, AlertEvent, Group, fingerprint
from orchestrator.core.alerting.policy import Policy

MOST_ALERTS = 40
"""Problems that one group holds, further ones are on its next page: an item of the table has 400 KB, and nobody reads a
message of more."""


SKEW = 2
"""Seconds by which the clocks of two containers may differ: by less than that no event is older than an end."""


def observed(
    group: Group | None, key: str, event: AlertEvent, environment: str, new_id: str, policy: Policy
) -> Group | None:
    """The group with one more event. One that is closed, or over for longer than `same_within` and told so, is opened
    anew.

    Events may come in any order. A beginning that is older than the problem's end is counted and does not fire; an end
    of what does not fire is kept for a beginning still to come. Where nothing changes, what was given comes back.
    """
    name = fingerprint(event.rule, environment, event.service)
    known = named(group, name)
    if not event.firing and (known is None or not known.firing):
        return _with_end(group, key, name, event, environment, new_id)
    over_at = _end_after(group, name, event) if event.firing else 0
    if group is None or _is_history(group, event, policy):
        return _opened(group, key, _first(name, event, environment, over_at), new_id)
    if known is None:
        joined = _first(name, event, environment, over_at)
        after = structs.replace(group, alerts=(*group.alerts, joined))
        return _no_longer_acknowledged(after) if joined.firing else after
    changed = _again(known, event, over_at) if event.firing else _ended(known, event.at, event.notice.headline)
    if changed is known:
        return group
    alerts = tuple(changed if alert is known else alert for alert in group.alerts)
    return _not_taken_for_known(structs.replace(group, alerts=alerts), known, changed)


def named(group: Group | None, name: str) -> Alert | None:
    """The problem of this fingerprint in the group."""
    return next((alert for alert in group.alerts if alert.fingerprint == name), None) if group is not None else None


def _with_end(
    group: Group | None, key: str, name: str, event: AlertEvent, environment: str, new_id: str
) -> Group | None:
    """An end that may have overtaken its beginning: without it that would fire for ever."""
    if event.at <= _known_end(group, name):
        return group
    before = group or Group(key=key, id=new_id, environment=environment, alerts=(), opened_at=event.at, closed=True)
    others = [(other, at) for other, at in before.ends.items() if other != name]
    return structs.replace(before, ends=dict([*others, (name, event.at)][-MOST_ALERTS:]))


def _known_end(group: Group | None, name: str) -> int:
    known = named(group, name)
    return max(known.over_at if known else 0, group.ends.get(name, 0) if group else 0)


def _end_after(group: Group | None, name: str, event: AlertEvent) -> int:
    """When the problem ended of which this event is an earlier part; 0 where it is none. What ends by itself, once it
    is not seen again, has an end that nobody has seen."""
    end = _known_end(group, name)
    return end if event.at + SKEW < end and not event.lasts else 0


def _is_history(group: Group, event: AlertEvent, policy: Policy) -> bool:
    if group.closed:
        return True
    return not group.firing and event.at - group.changed_at > policy.same_within and _is_told(group)


def _is_told(group: Group) -> bool:
    """Whether nobody has still to be told of it. What is owed would be lost with the old opening: its message would
    fire for ever, and its events would stand nowhere."""
    return (
        bool(group.told)
        and not group.sending
        and all(told.count == group.count and not (told.message and told.firing) for told in group.told.values())
    )


def _opened(before: Group | None, key: str, first: Alert, new_id: str) -> Group:
    return Group(
        key=key,
        id=new_id,
        environment=first.environment,
        alerts=(first,),
        opened_at=first.first_seen,
        number=before.number + 1 if before is not None else 1,
        version=before.version if before is not None else 0,
        silenced_until=before.silenced_until if before is not None else 0,
        silenced_by=before.silenced_by if before is not None else "",
        ends=before.ends if before is not None else {},
    )


def _first(name: str, event: AlertEvent, environment: str, over_at: int) -> Alert:
    return Alert(
        fingerprint=name,
        rule=event.rule,
        environment=environment,
        service=event.service,
        severity=event.severity,
        notice=event.notice,
        count=1,
        first_seen=event.at,
        last_seen=event.at,
        over_at=over_at,
        changes=(event.at,),
        lasts=event.lasts,
        plan=event.plan,
        alarm=event.alarm,
        trace=event.trace,
        known_by=event.known_by,
    )


def _again(known: Alert, event: AlertEvent, over_at: int) -> Alert:
    """What is older than the newest event is counted, and says nothing of how bad it is now."""
    counted = structs.replace(known, count=known.count + 1, first_seen=min(known.first_seen, event.at))
    if over_at and not known.firing:
        return structs.replace(counted, over_at=over_at, last_seen=max(known.last_seen, event.at))
    began = () if known.firing else (event.at,)
    fires = structs.replace(counted, over_at=0, over_why="", changes=(*known.changes, *began)[-MOST_CHANGES:])
    if event.at < known.last_seen:
        return fires
    return structs.replace(
        fires,
        severity=event.severity,
        notice=event.notice,
        last_seen=event.at,
        lasts=event.lasts,
        plan=event.plan,
        alarm=event.alarm,
        trace=event.trace or known.trace,
    )


def _ended(known: Alert, at: int, why: str) -> Alert:
    """An end that is older than the newest event is late news: it fires since."""
    if known.over_at or at < known.last_seen:
        return known
    return structs.replace(known, over_at=at, over_why=why, changes=(*known.changes, at)[-MOST_CHANGES:])


def _not_taken_for_known(group: Group, before: Alert, after: Alert) -> Group:
    """Whoever acknowledged a problem has not acknowledged that it got worse, or that it came back."""
    worse = RANK[after.severity] > RANK[before.severity]
    back = after.firing and not before.firing
    return _no_longer_acknowledged(group) if worse or back else group


def _no_longer_acknowledged(group: Group) -> Group:
    return structs.replace(group, acknowledged_by="", acknowledged_at=0)


def aged(group: Group, now: int) -> Group:
    """The group with every problem over that nobody has seen again for as long as it lasts."""
    alerts = tuple(
        _ended(alert, alert.last_seen + alert.lasts, "not seen again since")
        if alert.firing and alert.lasts and alert.last_seen + alert.lasts <= now
        else alert
        for alert in group.alerts
    )
    return structs.replace(group, alerts=alerts) if alerts != group.alerts else group


def ended(group: Group, plan: str, why: str, now: int) -> Group:
    """Everything in it that is about a plan is over: that plan has been settled."""
    alerts = tuple(
        _ended(alert, max(now, alert.last_seen), why) if alert.plan == plan else alert for alert in group.alerts
    )
    return structs.replace(group, alerts=alerts) if alerts != group.alerts else group


def acknowledged(group: Group, by: str, now: int) -> Group:
    """Nobody is called about it any more, until it gets worse or comes back. The first one counts."""
    if group.acknowledged_by or not group.firing:
        return group
    return structs.replace(group, acknowledged_by=by, acknowledged_at=now)


def silenced(group: Group, by: str, until: int) -> Group:
    return structs.replace(group, silenced_by=by if until else "", silenced_until=until)


def rated(group: Group, by: str, useful: bool) -> Group:
    """One voice a person; the last one counts."""
    useful_to = tuple(name for name in group.useful if name != by)
    noise_to = tuple(name for name in group.noise if name != by)
    if useful:
        return structs.replace(group, useful=(*useful_to, by), noise=noise_to)
    return structs.replace(group, useful=useful_to, noise=(*noise_to, by))


def is_flapping(group: Group, policy: Policy, now: int) -> bool:
    """Whether a problem of it changes so often that each change is no news: it is so until it has been calm."""
    return any(_flaps(alert.changes, policy, now) for alert in group.alerts)


def _flaps(changes: tuple[int, ...], policy: Policy, now: int) -> bool:
    if len(changes) < policy.flap_changes or now - changes[-1] >= policy.calm:
        return False
    newest = changes[-policy.flap_changes :]
    return newest[-1] - newest[0] <= policy.flap_within
