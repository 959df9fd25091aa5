"""One sending: claimed, sent, and recorded. Who fails gives the claim back; who dies loses it after half a minute."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import structs

from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.alerting.alert import RANK, Group, Sending
from orchestrator.core.alerting.board import (
    Board,
    may_call,
    muted,
    room,
    with_called,
    with_sent,
    without_called,
    without_sent,
)
from orchestrator.core.alerting.observing import aged
from orchestrator.core.alerting.telling import Due, Notification, Receipt, due, is_unsure
from orchestrator.core.commands import Command, Confirmation
from orchestrator.core.markdown import plain
from orchestrator.core.notices import Action
from orchestrator.core.wording import alerts as wording
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

IN_DOUBT_AFTER = 60
"""Seconds at most until what may have got through is tried again: while Discord knows its key, the answer says."""

PAGED_AT = 2
"""After so many tries in vain, about a minute, the pager says that the receiver does not take it."""

BUTTON_LIFE = 30 * 86_400

Result = Literal["told", "nothing", "held back", "not taken", "busy"]


def tell(outside: Outside, key: str) -> None:
    """Everything that is due of one group, to each receiver. Raises Unavailable when the state cannot be read."""
    for name in outside.receivers:
        while (result := tell_one(outside, key, name)) == "told":
            pass
        if result == "busy":
            return


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
        # Only what makes a message of its own needs a place, and once.
        takes_place = found.kind in ("new", "call") and not again
        if takes_place and not room(board, name, policy, now, critical=group.severity == "critical"):
            return "held back"
        ping = group.sending[name].ping if again else _role_to_call(outside, found, board, now)
        after = with_sent(board, name, policy, now) if takes_place else board
        # Also for another try: nobody knows which of the two rings.
        after = with_called(after, ping, now) if ping else after
        try:
            claimed = _claimed(outside, group, found, ping, (board, after), now)
        except Conflict:
            continue
        return _sent(outside, receiver, claimed, found, now, again=again)
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


def _claimed(outside: Outside, group: Group, found: Due, ping: str, board: tuple[Board, Board], now: int) -> Group:
    """The group with our claim on the sending, and ids for its buttons; the board in the same write, so that nobody who
    dies leaves a place or a call taken for nothing. A claim of somebody who has died keeps what it began with."""
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
    names = [_name(group, action) for action in wording.actions(group, now)]
    buttons = group.buttons | {name: outside.ids.new() for name in names if name not in group.buttons}
    after = structs.replace(group, sending=sending, buttons=buttons)
    claimed = save(outside, group, after, board=board if board[0] != board[1] else None)
    if buttons != group.buttons:
        _put_buttons(outside, claimed, [n for n in names if n not in group.buttons], now)
    return claimed


def _name(group: Group, action: Action) -> str:
    """An alert's own buttons are about the group, the others about the plan that leads it by now."""
    about = "" if action in _OWN else group.leading.plan
    return f"{action.verb}:{action.flag}:{action.label}:{about}"


_OWN = (wording.ACKNOWLEDGE, wording.SILENCE, wording.USEFUL, wording.NOISE)


def _put_buttons(outside: Outside, group: Group, names: Sequence[str], now: int) -> None:
    """What each button stands for, kept on our side."""
    wanted = {_name(group, action): action for action in wording.actions(group, now)}
    for name in names:
        action = wanted[name]
        target = group.key if action in _OWN else group.leading.plan
        args = {"flag": action.flag} if action.flag else {}
        command = Command(verb=action.verb, target=target, actor=SWITCHBACK, args=args, at=now)
        stands_for = Confirmation(
            id=group.buttons[name], kind="card", command=command, created_at=now, expires_at=now + BUTTON_LIFE
        )
        with suppress(Conflict):
            outside.confirmations.put(stands_for)


def _sent(outside: Outside, receiver: Receiver, group: Group, found: Due, now: int, *, again: bool) -> Result:
    ping = group.sending[found.receiver].ping
    notification = _notification(outside, group, found, ping, now)
    try:
        receipt = receiver.send(notification)
    except Gone:
        # Somebody has deleted the message: the next look finds a receiver that has none, and makes a new one.
        _record(outside, group, found.receiver, lambda latest: _without_message(latest, found.receiver))
        return "told"
    except Unavailable as problem:
        if not (again or problem.unanswered):
            _give_back(outside, found, ping, now)
        _not_taken(outside, group, found, notification, problem, now)
        return "not taken"
    except Refused as problem:
        why = str(problem)
        if not _is_paged_anyway(outside, group):
            page_instead(outside, notification, why)
        _record(outside, group, found.receiver, lambda latest: _refused(latest, found, why))
        return "told"
    _record(outside, group, found.receiver, lambda latest: _recorded(latest, found, receipt, again=notification.again))
    told = {"alert": group.key, "receiver": found.receiver, "sending": found.kind, "count": group.count, "ping": ping}
    log.info("alert sent" if found.kind in ("new", "call") else "alert updated", extra=told)
    metrics.count("AlertSent", receiver=found.receiver, kind=found.kind)
    return "told"


def _give_back(outside: Outside, found: Due, ping: str, now: int) -> None:
    """The place in the budget, and the call, of a sending that surely was not taken."""

    def without(board: Board) -> Board:
        board = without_sent(board, found.receiver, now) if found.kind in ("new", "call") else board
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
    began = group.sending[found.receiver].began_at
    return Notification(
        receiver=found.receiver,
        kind=found.kind,
        # What is sent instead of it later is another message: under the same key Discord would take it for this one.
        key=f"{group.id}.{here.serial}{found.kind[:2]}"[:25],
        notice=card,
        severity=group.severity,
        about=wording.about(group),
        buttons=tuple(group.buttons[_name(group, action)] for action in card.actions),
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


def _recorded(group: Group, found: Due, receipt: Receipt, *, again: bool) -> Group:
    """A repeat shows what the first try showed: its count may be older than ours, so it is to be edited."""
    told = structs.replace(
        found.told,
        message=receipt.message or found.told.message,
        thread=receipt.thread or found.told.thread,
        edited_at=0 if again else found.told.edited_at,
    )
    if again and found.kind == "new":
        told = structs.replace(told, count=-1)
    sending = group.sending[found.receiver]
    if RANK[sending.severity] < RANK[told.severity]:
        # The first try called it less bad; if that one got through, nobody knows yet that it got worse.
        told = structs.replace(told, severity=sending.severity)
    return structs.replace(
        group,
        told={**group.told, found.receiver: told},
        tries={name: n for name, n in group.tries.items() if name != found.receiver},
        not_before={name: at for name, at in group.not_before.items() if name != found.receiver},
    )


def _without_message(group: Group, receiver: str) -> Group:
    told = group.told.get(receiver)
    if told is None:
        return group
    forgotten = structs.replace(told, message="", thread="", at=0)
    return structs.replace(group, told={**group.told, receiver: forgotten})


def _refused(group: Group, found: Due, why: str) -> Group:
    """It never will take it: that counts as told, by the pager."""
    return structs.replace(
        group, told={**group.told, found.receiver: found.told}, refused={**group.refused, found.receiver: why}
    )


def _not_taken(
    outside: Outside, group: Group, found: Due, notification: Notification, problem: Unavailable, now: int
) -> None:
    tries = group.tries.get(found.receiver, 0) + 1
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
