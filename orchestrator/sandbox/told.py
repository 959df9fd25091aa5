"""What is open, whom it was told to, and what the budget leaves: the alerts as the page shows them."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.core.alerting.alert import RANK, Group
from orchestrator.core.alerting.board import KEPT_FOR_DIGEST, Board, muted, room
from orchestrator.core.alerting.policy import Policy
from orchestrator.core.markdown import plain
from orchestrator.core.wording.alerts import first_line
from orchestrator.sandbox import storm
from orchestrator.sandbox.town import Town

CHANNEL = "alerts"
"""The receiver that this is about: the one whose budget is limited, and that people read."""


def alerts(town: Town) -> dict[str, Any]:
    """Everything that is not forgotten, what fires before what is over, the worst first. The caller holds the town
    still or accepts that it moves."""
    outside = bootstrap.outside()
    policy, now = outside.alert_policy, outside.clock.now()
    groups, board = outside.alerts.open(), outside.alerts.board()
    groups.sort(key=lambda group: (not group.firing, -RANK[group.severity], -group.last_seen, group.key))
    again = board.digest_at.get(CHANNEL, -policy.digest_every) + policy.digest_every
    return {
        "open": sum(bool(group.firing) for group in groups),
        "budget": {
            "left": room(board, CHANNEL, policy, now),
            "messages": policy.messages - KEPT_FOR_DIGEST,
            "within": policy.within,
        },
        "digests": board.digests,
        "next_digest": again if again > now else None,
        "storm": sum(alert.firing for alert in storm.made_up(town)),
        "alerts": [_shown(group, groups, board, policy, now) for group in groups],
    }


def waiting() -> int:
    """Messages, edits and digests that Discord has not taken, and that are tried again."""
    outside = bootstrap.outside()
    now = outside.clock.now()
    groups = sum(group.not_before.get(CHANNEL, 0) > now for group in outside.alerts.open())
    return groups + sum(bool(digest.tries) for digest in outside.alerts.digests())


def _shown(group: Group, groups: list[Group], board: Board, policy: Policy, now: int) -> dict[str, Any]:
    told, why = _told(group, groups, board, policy, now)
    return {
        "key": group.key,
        "line": plain(first_line(group)),
        "severity": group.severity,
        "firing": bool(group.firing),
        "seen": group.count,
        "acknowledged_by": group.acknowledged_by or None,
        "silenced_until": group.silenced_until if group.silenced_until > now else None,
        "told": told,
        "why": why,
    }


def _told(group: Group, groups: list[Group], board: Board, policy: Policy, now: int) -> tuple[str, str]:
    """How people know of it: `message`, `digest`, `waits` or `not told`; and why, where that is not plain."""
    told = group.told.get(CHANNEL)
    waits_for_discord = group.not_before.get(CHANNEL, 0) > now
    if told is not None and told.message:
        return "message", "its edit waits for Discord" if waits_for_discord else ""
    if CHANNEL in group.refused:
        return "not told", f"Discord refused it: {group.refused[CHANNEL]}"
    if waits_for_discord:
        return "waits", "Discord does not take it; it is tried again"
    others = [other for other in groups if other.key != group.key]
    mute = muted(group, board, others, policy, now)
    if mute is not None:
        return "not told", mute.why
    if told is not None:
        return "digest", ""
    if not group.firing:
        return "waits", "over before it could be told; the next digest counts it"
    if not room(board, CHANNEL, policy, now):
        return "waits", "the budget is used up; a message or the next digest tells it"
    return "waits", "the next tick tells it"
