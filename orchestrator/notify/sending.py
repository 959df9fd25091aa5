"""One sending: claimed, sent, and recorded. Who fails gives the claim back; who dies loses it after half a minute."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

from msgspec import structs

from orchestrator.core.alerting import outcomes
from orchestrator.core.alerting.alert import Group, Sending
from orchestrator.core.alerting.board import (
    Board,
    may_call,
    muted,
    room,
    with_called,
    with_doubt,
    with_sent,
    without_called,
    without_doubt,
    without_sent,
)
from orchestrator.core.alerting.observing import aged
from orchestrator.core.alerting.telling import Due, Notification, due, is_unsure
from orchestrator.core.markdown import plain
from orchestrator.core.wording import alerts as wording
from orchestrator.notify import buttons
from orchestrator.notify.counting import TRIES, change, change_board, save
from orchestrator.ports import Conflict, Gone, Outside, Receiver, Refused, SwitchbackError, Unavailable
from orchestrator.telemetry import metrics
from orchestrator.telemetry.logs import get_logger

log = get_logger()

CLAIM = 30
"""Seconds after which a sending that was neither recorded nor given back counts as died."""

KNOWN_FOR = 240
"""Seconds within which Discord surely knows a repeat by its key ("the past few minutes")."""

AGAIN_AFTER = (5, 30, 60, 120, 180)
"""Seconds until a sending is tried again, by the number of tries. When Discord comes back, what waits is told within
five minutes."""

IN_DOUBT_AFTER = 45
"""Seconds at most until what may have got through is tried again, so by the next tick: while Discord knows its key, the
answer says."""

PAGED_AT = 2
"""After so many tries in vain, about a minute, the pager says that the receiver does not take it."""

Result = Literal["told", "nothing", "held back", "not taken", "busy"]


def tell(outside: Outside, key: str) -> None:
    """Everything that is due of one group, to each receiver: what one of them, or its place in the state, does not take
    keeps nothing from the next. Raises Unavailable, Conflict when the state could not be read or written for one."""
    problem: SwitchbackError | None = None
    for name in outside.receivers:
        try:
            while tell_one(outside, key, name) == "told":
                pass
        except SwitchbackError as found:
            problem = problem or found
    if problem is not None:
        raise problem


def may_be_due(outside: Outside, group: Group) -> bool:
    """Whether it is worth looking. Read from the group itself, and from the board where a place is needed: in a storm
    nearly every event is held back, and none of them reads what else is open."""
    now, policy = outside.clock.now(), outside.alert_policy
    board: Board | None = None
    for name, receiver in outside.receivers.items():
        found = due(group, name, policy, edits=receiver.edits, muted=False, now=now)
        if isinstance(found, int):
            continue
        if found.kind not in ("new", "call") or is_unsure(group, name, now):
            return True
        board = board or outside.alerts.board()
        if room(board, name, policy, now):
            return True
    return False


def tell_one(outside: Outside, key: str, name: str, *, known: Sequence[Group] | None = None) -> Result:
    """One sending to one receiver. known: what is open, where it has been read a moment ago."""
    policy, receiver = outside.alert_policy, outside.receivers[name]
    stored: dict[str, dict[str, str]] = {}
    for _ in range(TRIES):
        now = outside.clock.now()
        group = outside.alerts.group(key)
        if group is None or group.closed:
            return "nothing"
        group = _with_age(outside, group, now)
        if name in group.sending and group.sending[name].until > now:
            return "busy"
        board = outside.alerts.board()
        mute = muted(group, board, others(outside, group, known), policy, now)
        found = due(group, name, policy, edits=receiver.edits, muted=mute is not None, now=now)
        if isinstance(found, int):
            return "nothing"
        again = _is_again(group, found, now)
        # Only what makes a message of its own needs a place. Another try waits for none, lest its key be forgotten; it
        # is counted like any other, and all tries of one minute are one message.
        is_message = found.kind in ("new", "call")
        if is_message and not again and not room(board, name, policy, now, critical=group.severity == "critical"):
            return "held back"
        has_place = again and now - group.sending[name].tried_at < policy.within
        takes_place = is_message and not has_place
        ping = group.sending[name].ping if again else _role_to_call(outside, found, board, now)
        after = with_sent(board, name, policy, now) if takes_place else board
        after = with_doubt(after, name, key, now) if again and is_message else after
        # Also for another try: nobody knows which of the two rings.
        after = with_called(after, ping, now) if ping else after
        # Before the claim: a message whose buttons do nothing is worse than ids that no message has.
        if receiver.edits:
            buttons.store(outside, group, stored.setdefault(group.id, {}), now)
        try:
            claimed = _claimed(outside, group, found, ping, stored.get(group.id, {}), (board, after), now)
        except Conflict:
            continue
        return _sent(outside, receiver, claimed, found, now, took_place=takes_place, again=again)
    return "busy"


def _is_again(group: Group, found: Due, now: int) -> bool:
    """Whether this very sending was tried before and may have got through: it has its place in the budget already, and
    whom it calls was called."""
    before = group.sending.get(found.receiver)
    return before is not None and before.kind == found.kind and is_unsure(group, found.receiver, now)


def _role_to_call(outside: Outside, found: Due, board: Board, now: int) -> str:
    """The role that is called; empty where it was called a moment ago, or alerts are off."""
    role = found.step.ping if found.step is not None else ""
    if not role or not outside.receivers[found.receiver].edits or not outside.switches.is_on("ENABLE_ALERTS"):
        return ""
    return role if may_call(board, role, outside.alert_policy, now) else ""


def _with_age(outside: Outside, group: Group, now: int) -> Group:
    older = aged(group, now)
    return group if older is group else save(outside, group, older)


def others(outside: Outside, group: Group, known: Sequence[Group] | None = None) -> Sequence[Group]:
    """Read only where a rule could mute this group, and nobody knows what is open: that costs a query."""
    alerts = group.firing or group.alerts
    rules = outside.alert_policy.inhibit
    if not any(rule.child.matches(alert) for rule in rules for alert in alerts):
        return ()
    return [other for other in (outside.alerts.open() if known is None else known) if other.key != group.key]


def take_place(outside: Outside, receiver: str, now: int) -> bool:
    """A place for one message in the receiver's budget; False when there is none now."""
    policy = outside.alert_policy

    def taken(board: Board) -> Board | None:
        # A budget of late messages has no pages to keep a place for.
        places = room(board, receiver, policy, now, critical=True)
        return with_sent(board, receiver, policy, now) if places else None

    return change_board(outside, taken) is not None


def give_place_back(outside: Outside, receiver: str, now: int) -> None:
    """The message was not taken."""
    with suppress(SwitchbackError):
        change_board(outside, lambda board: without_sent(board, receiver, now))


def _claimed(
    outside: Outside,
    group: Group,
    found: Due,
    ping: str,
    stored: Mapping[str, str],
    board: tuple[Board, Board],
    now: int,
) -> Group:
    """The group with our claim on the sending, and its buttons; the board in the same write, so that nobody who dies
    leaves a place or a call taken for nothing. A claim of somebody who has died keeps what it began with."""
    dead = group.sending.get(found.receiver)
    again = _is_again(group, found, now)
    ours = Sending(
        holder=outside.ids.new(),
        began_at=dead.began_at if dead is not None and dead.kind == found.kind else now,
        until=now + CLAIM,
        tried_at=now,
        kind=found.kind,
        severity=dead.severity if dead is not None and again else found.told.severity,
        ping=ping,
    )
    sending = {**group.sending, found.receiver: ours}
    after = structs.replace(group, sending=sending, buttons={**stored, **group.buttons})
    return save(outside, group, after, board=board if board[0] != board[1] else None)


def _sent(
    outside: Outside, receiver: Receiver, group: Group, found: Due, now: int, *, took_place: bool, again: bool
) -> Result:
    ping = group.sending[found.receiver].ping
    notification = _notification(outside, group, found, ping, now)
    try:
        receipt = receiver.send(notification)
    except Gone:
        # Somebody has deleted the message: the next look finds a receiver that has none, and makes a new one.
        _record(outside, group, found.receiver, lambda latest: outcomes.without_message(latest, found.receiver))
        return "told"
    except Unavailable as problem:
        if problem.unanswered:
            _doubted(outside, group, found, now)
        else:
            _give_back(outside, found, "" if again else ping, now, place=took_place)
        _not_taken(outside, group, found, notification, problem, now)
        return "not taken"
    except Refused as problem:
        why = str(problem)
        _give_back(outside, found, "" if again else ping, now, place=took_place)
        log.warning("an alert was refused", extra=_named(group, found) | {"problem": why})
        if not _is_paged_anyway(outside, group):
            page_instead(outside, notification, why)
        _record(outside, group, found.receiver, lambda latest: outcomes.refused(latest, found, why))
        return "told"
    if again:
        _no_longer_doubted(outside, group, found.receiver)
    again = notification.again
    _record(outside, group, found.receiver, lambda latest: outcomes.taken(latest, found, receipt, again=again))
    told = _named(group, found) | {"count": group.count, "ping": ping}
    log.info("alert sent" if found.kind in ("new", "call") else "alert updated", extra=told)
    metrics.count("AlertSent", receiver=found.receiver, kind=found.kind)
    return "told"


def _doubted(outside: Outside, group: Group, found: Due, now: int) -> None:
    """Many that are in doubt would all be tried again, and come at once when the receiver is back."""
    if found.kind in ("new", "call"):
        with suppress(SwitchbackError):
            change_board(outside, lambda board: with_doubt(board, found.receiver, group.key, now))


def _no_longer_doubted(outside: Outside, group: Group, receiver: str) -> None:
    with suppress(SwitchbackError):
        change_board(outside, lambda board: without_doubt(board, receiver, group.key))


def _named(group: Group, found: Due) -> dict[str, Any]:
    return {"alert": group.key, "receiver": found.receiver, "sending": found.kind}


def _give_back(outside: Outside, found: Due, ping: str, now: int, *, place: bool) -> None:
    """The place in the budget, and the call, of a try that surely was not taken; a call only where no earlier try may
    have made it."""

    def without(board: Board) -> Board:
        board = without_sent(board, found.receiver, now) if place else board
        return without_called(board, ping) if ping else board

    with suppress(SwitchbackError):
        change_board(outside, without)


def _notification(outside: Outside, group: Group, found: Due, ping: str, now: int) -> Notification:
    links = outside.links
    leading = group.leading
    shown = [("Runbook", links.runbook(leading.rule)), ("Dashboard", links.dashboard(leading.alarm))]
    card = wording.card(group, [(label, url) for label, url in shown if url], now)
    here = found.told
    if found.kind == "call":
        card = wording.call(group, found, links.message(found.receiver, here.message), now)
    card, ids = buttons.shown(group, card)
    began = group.sending[found.receiver].began_at
    return Notification(
        receiver=found.receiver,
        kind=found.kind,
        # What is sent instead of it later is another message: under the same key Discord would take it for this one.
        key=f"{group.id}.{here.serial}{found.kind[:2]}"[:25],
        notice=card,
        severity=group.severity,
        about=wording.about(group),
        buttons=ids,
        news=wording.news(group, found, now),
        ping=ping,
        message=here.message,
        thread=here.thread,
        again=began < now or bool(group.tries.get(found.receiver)),
        repeat=now - began > KNOWN_FOR,
        late=here.late,
    )


def _record(
    outside: Outside, group: Group, receiver: str, make: Callable[[Group], Group], *, in_doubt: bool = False
) -> None:
    """What came of our claim, on the state as it is by then: events may have been counted meanwhile. Somebody else's
    claim is not touched: ours was taken for dead. in_doubt: the claim stays, so that it is sent again under its key."""
    ours = group.sending[receiver]

    def settle(latest: Group) -> Group:
        if latest.sending.get(receiver) != ours or latest.id != group.id:
            return latest
        others = {name: sending for name, sending in latest.sending.items() if name != receiver}
        kept = {receiver: structs.replace(ours, until=0)} if in_doubt else {}
        return structs.replace(make(latest), sending=others | kept)

    change(outside, group.key, settle)


def _not_taken(
    outside: Outside, group: Group, found: Due, notification: Notification, problem: Unavailable, now: int
) -> None:
    tries = group.tries.get(found.receiver, 0) + 1
    log.warning("an alert was not taken", extra=_named(group, found) | {"tries": tries, "problem": str(problem)})
    # A refusal now says nothing about an earlier try that got no answer.
    in_doubt = problem.unanswered or group.sending[found.receiver].began_at < now
    wait = AGAIN_AFTER[min(tries, len(AGAIN_AFTER)) - 1] * jitter(notification.key, tries)
    wait = max(problem.retry_after or 0, min(wait, IN_DOUBT_AFTER) if in_doubt else wait)
    if tries == PAGED_AT and found.kind in ("new", "call") and not _is_paged_anyway(outside, group):
        page_instead(outside, notification, str(problem))

    def put_off(latest: Group) -> Group:
        return structs.replace(
            latest,
            tries={**latest.tries, found.receiver: tries},
            not_before={**latest.not_before, found.receiver: now + int(wait) + 1},
            late_since={found.receiver: now, **latest.late_since},
        )

    with suppress(SwitchbackError):
        _record(outside, group, found.receiver, put_off, in_doubt=in_doubt)


def jitter(key: str, tries: int) -> float:
    """Between 0.8 and 1.2, the same for the same try: many that wait for one far side do not come all at once."""
    return 0.8 + 0.4 * hashlib.sha256(f"{key}:{tries}".encode()).digest()[0] / 255


def _is_paged_anyway(outside: Outside, group: Group) -> bool:
    """Whether its severity goes to the topic as well: then that has been told, and by itself."""
    return any(not outside.receivers[name].edits for name in outside.alert_policy.route(group.severity).to)


def page_instead(outside: Outside, notification: Notification, why: str) -> None:
    """The receiver does not take it: say it by the path that does not need the chat."""
    notice = notification.notice
    text = "\n".join([*(plain(line) for line in notice.lines), f"Why it is not in {notification.receiver}: {why}"])
    with suppress(Unavailable, Refused):
        outside.pager.page(plain(notice.headline), text, {"severity": notification.severity})
