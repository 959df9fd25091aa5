"""What an event, the passing of time or a person makes of a group. Pure: each answers with the next group."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.alerting.alert import MOST_CHANGES, RANK, Alert, AlertEvent, Group, fingerprint
from orchestrator.core.alerting.policy import Policy

MOST_ALERTS = 40
"""Problems that one group holds: an item of the table has 400 KB, and nobody reads a message of more."""


class Full(Exception):
    """The group holds as many problems as it may, and this is one more: it belongs to the group's next page."""


def observed(
    group: Group | None, key: str, event: AlertEvent, environment: str, new_id: str, policy: Policy
) -> Group | None:
    """The group with one more event. One that is closed, or over for longer than `same_within` and told so, is opened
    anew.

    An end of something that does not fire changes nothing: what was given comes back. Raises Full.
    """
    if group is None or _is_history(group, event, policy):
        return _opened(group, key, event, environment, new_id) if event.firing else group
    name = fingerprint(event.rule, environment, event.service)
    known = next((alert for alert in group.alerts if alert.fingerprint == name), None)
    if known is None:
        if not event.firing:
            return group
        if len(group.alerts) >= MOST_ALERTS:
            raise Full(key)
        return structs.replace(group, alerts=(*group.alerts, _first(name, event, environment)))
    changed = _again(known, event) if event.firing else _ended(known, event.at, event.notice.headline)
    if changed is known:
        return group
    alerts = tuple(changed if alert is known else alert for alert in group.alerts)
    return _not_taken_for_known(structs.replace(group, alerts=alerts), known, changed)


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


def _opened(before: Group | None, key: str, event: AlertEvent, environment: str, new_id: str) -> Group:
    name = fingerprint(event.rule, environment, event.service)
    return Group(
        key=key,
        id=new_id,
        environment=environment,
        alerts=(_first(name, event, environment),),
        opened_at=event.at,
        number=before.number + 1 if before is not None else 1,
        version=before.version if before is not None else 0,
        silenced_until=before.silenced_until if before is not None else 0,
        silenced_by=before.silenced_by if before is not None else "",
    )


def _first(name: str, event: AlertEvent, environment: str) -> Alert:
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
        changes=(event.at,),
        lasts=event.lasts,
        plan=event.plan,
        alarm=event.alarm,
        trace=event.trace,
        known_by=event.known_by,
    )


def _again(known: Alert, event: AlertEvent) -> Alert:
    began = () if known.firing else (event.at,)
    return structs.replace(
        known,
        severity=event.severity,
        notice=event.notice if event.at >= known.last_seen else known.notice,
        count=known.count + 1,
        first_seen=min(known.first_seen, event.at),
        last_seen=max(known.last_seen, event.at),
        over_at=0,
        over_why="",
        changes=(*known.changes, *began)[-MOST_CHANGES:],
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
    return structs.replace(group, acknowledged_by="", acknowledged_at=0) if worse or back else group


def aged(group: Group, now: int) -> Group:
    """The group with every problem over that nobody has seen again for as long as it lasts."""
    alerts = tuple(
        _ended(alert, alert.last_seen + alert.lasts, "not seen again since")
        if alert.firing and alert.lasts and alert.last_seen + alert.lasts <= now
        else alert
        for alert in group.alerts
    )
    return structs.replace(group, alerts=alerts) if alerts != group.alerts else group


def ended(group: Group, why: str, now: int) -> Group:
    """Everything in it is over: what it was about has been settled."""
    alerts = tuple(_ended(alert, max(now, alert.last_seen), why) for alert in group.alerts)
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
