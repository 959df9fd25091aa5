"""What all groups share: silences that were asked for by label, each channel's budget, and whom was called when."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, structs

from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.policy import Matcher, Policy
from orchestrator.core.alerting.telling import KEY_KNOWN

KEPT_FOR_DIGEST = 1
"""Messages of the budget that only a digest may use: what was held back must not be held back for long."""

KEPT_FOR_CRITICAL = 1
"""Messages of the rest that only a critical problem may use: a page does not queue behind warnings."""

MOST_SILENCES = 50


class Silence(Struct, frozen=True, kw_only=True):
    """It ends by itself at `until`. It is known by what it silences."""

    matcher: Matcher
    until: int
    by: str
    reason: str = ""

    @property
    def name(self) -> str:
        return ", ".join(f"{label} {pattern}" for label, pattern in self.matcher.labels)


class Board(Struct, frozen=True, kw_only=True):
    """`sent`: receiver to the times of its newest messages. `called`: role to when it was pinged last. `digests`: how
    many there were; `digest_at`: receiver to when its last one was made. `in_doubt`: receiver to the groups that it may
    or may not know of, and when each was tried last."""

    version: int = 0
    silences: tuple[Silence, ...] = ()
    sent: dict[str, tuple[int, ...]] = {}
    called: dict[str, int] = {}
    digests: int = 0
    digest_at: dict[str, int] = {}
    in_doubt: dict[str, dict[str, int]] = {}


def room(board: Board, receiver: str, policy: Policy, now: int, *, critical: bool = False) -> int:
    """Problems and calls that may have a message of their own now. The worst come first; there is no overdraft. While
    as many are in doubt, there is none: all of those are tried again, and may come at once."""
    most = policy.messages - KEPT_FOR_DIGEST
    places = most if critical else max(1, most - KEPT_FOR_CRITICAL)
    in_doubt = sum(now - at < KEY_KNOWN for at in board.in_doubt.get(receiver, {}).values())
    return max(0, places - max(in_doubt, len(_recent(board, receiver, policy, now))))


def _recent(board: Board, receiver: str, policy: Policy, now: int) -> tuple[int, ...]:
    return tuple(at for at in board.sent.get(receiver, ()) if now - policy.within < at <= now)


def with_sent(board: Board, receiver: str, policy: Policy, now: int) -> Board:
    return structs.replace(board, sent={**board.sent, receiver: (*_recent(board, receiver, policy, now), now)})


def without_sent(board: Board, receiver: str, at: int) -> Board:
    """The place is given back: the sending has failed."""
    times = list(board.sent.get(receiver, ()))
    if at in times:
        times.remove(at)
    return structs.replace(board, sent={**board.sent, receiver: tuple(times)})


def with_doubt(board: Board, receiver: str, group: str, now: int) -> Board:
    """Nobody knows whether the receiver has taken it. What nobody tries any more is forgotten."""
    others = {key: at for key, at in board.in_doubt.get(receiver, {}).items() if now - at < KEY_KNOWN}
    return structs.replace(board, in_doubt={**board.in_doubt, receiver: {**others, group: now}})


def without_doubt(board: Board, receiver: str, group: str) -> Board:
    others = {key: at for key, at in board.in_doubt.get(receiver, {}).items() if key != group}
    return structs.replace(board, in_doubt={**board.in_doubt, receiver: others})


def may_call(board: Board, role: str, policy: Policy, now: int) -> bool:
    """Whether the role was left alone for long enough: an incident is one ping."""
    return bool(role) and now - board.called.get(role, -policy.ping_every) >= policy.ping_every


def with_called(board: Board, role: str, now: int) -> Board:
    return structs.replace(board, called={**board.called, role: now})


def without_called(board: Board, role: str) -> Board:
    """The call has failed: nobody was pinged."""
    return structs.replace(board, called={name: at for name, at in board.called.items() if name != role})


def with_silence(board: Board, silence: Silence, now: int) -> Board | None:
    """The same labels silenced again are one silence with the new end. Those that have ended go. None where there are
    as many as there may be: no silence ends for another one's sake."""
    kept = [entry for entry in board.silences if entry.until > now and entry.matcher != silence.matcher]
    return structs.replace(board, silences=(*kept, silence)) if len(kept) < MOST_SILENCES else None


def without_silence(board: Board, name: str, now: int) -> Board:
    kept = tuple(entry for entry in board.silences if entry.until > now and entry.name != name)
    return structs.replace(board, silences=kept)


def with_digest(board: Board, receiver: str, number: int, now: int, *, is_all: bool) -> Board:
    """A digest was made. What it had no room for need not wait for long: then the next may follow at once."""
    times = {name: at for name, at in board.digest_at.items() if name != receiver}
    return structs.replace(
        board, digests=max(board.digests, number), digest_at=times | ({receiver: now} if is_all else {})
    )


class Muted(Struct, frozen=True, kw_only=True):
    """Why a group is not told, and until when: 0 where that depends on something else."""

    why: str
    until: int = 0


def muted(group: Group, board: Board, open_groups: Iterable[Group], policy: Policy, now: int) -> Muted | None:
    """A silence of its own, one that matches every problem of it that fires, or a parent that fires."""
    if group.silenced_until > now:
        return Muted(why=f"silenced by {group.silenced_by}", until=group.silenced_until)
    alerts = group.firing or group.alerts
    for silence in board.silences:
        if silence.until > now and all(silence.matcher.matches(alert) for alert in alerts):
            return Muted(why=f"silenced by {silence.by}", until=silence.until)
    parents = [alert for other in open_groups for alert in other.firing]
    for rule in policy.inhibit:
        if not all(rule.child.matches(alert) for alert in alerts):
            continue
        for parent in parents:
            # A problem that matches both sides does not mute itself, as in Alertmanager.
            same = any(alert.fingerprint == parent.fingerprint for alert in alerts)
            equal = all(getattr(parent, label) == getattr(alert, label) for label in rule.equal for alert in alerts)
            if rule.parent.matches(parent) and equal and not same and not rule.child.matches(parent):
                return Muted(why=f"muted by {parent.rule} of {parent.service}")
    return None
