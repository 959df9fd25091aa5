"""Counting: an event becomes part of its group's state, once, whoever counts at the same time."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from orchestrator.core.alerting.alert import AlertEvent, Group, fingerprint
from orchestrator.core.alerting.board import Board
from orchestrator.core.alerting.observing import MOST_ALERTS, named, observed
from orchestrator.core.redaction import redact
from orchestrator.ports import AlertChange, AlreadyDone, Conflict, Outside
from orchestrator.telemetry.logs import get_logger

log = get_logger()

TRIES = 30
"""How often a write is made anew because somebody else moved first: in a storm many do."""


def count(outside: Outside, event: AlertEvent, event_id: str) -> tuple[str, Group | None]:
    """The event in its group's state, and nothing told: the group's key, and the group where there may be something to
    tell of it."""
    for _ in range(TRIES):
        key, group = _page(outside, event)
        changed = observed(group, key, event, outside.environment, outside.ids.new()[:16], outside.alert_policy)
        if changed is None or changed is group:
            return key, None
        try:
            saved = save(outside, group, structs.replace(changed, next_check=outside.clock.now()), event=event_id)
        except AlreadyDone:
            return key, None if group is None or group.closed else group
        except Conflict:
            continue
        if saved.closed:
            return key, None
        if group is None or is_news(group, saved):
            log.info("an alert was counted", extra={"alert": key, "severity": event.severity, "count": saved.count})
        return key, saved
    raise Conflict(f"{key} is moved by others faster than it can be counted")


def _page(outside: Outside, event: AlertEvent) -> tuple[str, Group | None]:
    """The page of the event's group that its problem is on, or else the first with room. A group of one problem has one
    page, and is not looked through for more."""
    policy, environment = outside.alert_policy, outside.environment
    first, name = policy.group_key(event, environment), fingerprint(event.rule, environment, event.service)
    key, group = first, outside.alerts.group(first)
    if policy.one_problem_a_group:
        return key, group
    free: tuple[str, Group | None] | None = None
    page = 1
    while group is not None and named(group, name) is None:
        if group.closed or len(group.alerts) < MOST_ALERTS:
            free = free or (key, group)
        page += 1
        key = f"{first}~{page}"
        group = outside.alerts.group(key)
    return (key, group) if group is not None else free or (key, None)


def is_news(before: Group, after: Group) -> bool:
    """Whether something has begun, ended, got worse or better. The same once more is no line of the log: the count is
    kept and shown, each event has its own trace, and in a storm the lines would cost a third of the whole path."""
    firing = [{(a.fingerprint, a.severity) for a in group.firing} for group in (before, after)]
    return before.id != after.id or firing[0] != firing[1]


def change(outside: Outside, key: str, make: Callable[[Group], Group]) -> Group | None:
    """The group after `make`, saved; None where there is none."""
    for _ in range(TRIES):
        group = outside.alerts.group(key)
        if group is None:
            return None
        changed = make(group)
        if changed is group:
            return group
        try:
            return save(outside, group, structs.replace(changed, next_check=outside.clock.now()))
        except Conflict:
            continue
    raise Conflict(f"{key} is moved by others faster than it can be changed")


def change_board(outside: Outside, make: Callable[[Board], Board | None]) -> Board | None:
    """The board after `make`, saved; None where `make` says no."""
    for _ in range(TRIES):
        board = outside.alerts.board()
        changed = make(board)
        if changed is None or changed == board:
            return changed
        after = structs.replace(changed, version=board.version + 1)
        try:
            outside.alerts.save(AlertChange(board=(board, after)))
        except Conflict:
            continue
        return after
    raise Conflict("the board of alerts is moved by others faster than it can be changed")


def save(
    outside: Outside, before: Group | None, after: Group, *, event: str = "", board: tuple[Board, Board] | None = None
) -> Group:
    """The group, and the board where that changes with it. Raises Conflict, AlreadyDone, Unavailable."""
    after = structs.replace(after, version=(before.version if before is not None else 0) + 1)
    if board is not None:
        board = (board[0], structs.replace(board[1], version=board[0].version + 1))
    outside.alerts.save(AlertChange(groups=((before, after),), board=board, event=event))
    return after


def redacted(event: AlertEvent) -> AlertEvent:
    """The event without secrets: what may be kept, and shown. What people wrote was redacted when it was put into
    words; this is for what nobody thought of."""
    notice = event.notice
    safe = structs.replace(
        notice,
        headline=redact(notice.headline),
        lines=tuple(redact(line) for line in notice.lines),
        facts=tuple((redact(name), redact(value)) for name, value in notice.facts),
    )
    return structs.replace(event, notice=safe)
