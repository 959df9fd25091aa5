"""Digests: what the budget held back is told in one message, which is kept, and sent until it is taken.

After a long outage there are several. They are sent one at a time, as far as the budget goes: nobody who comes back to
a channel is met by all of them at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from msgspec import structs

from orchestrator.core.alerting.alert import Group
from orchestrator.core.alerting.board import Board, with_digest
from orchestrator.core.alerting.digest import Digest, with_lines
from orchestrator.core.alerting.telling import LATE, Notification, unaccounted
from orchestrator.core.wording import alerts as wording
from orchestrator.notify.sending import AGAIN_AFTER, KNOWN_FOR, PAGED_AT, give_place_back, page_instead, take_place
from orchestrator.ports import AlertChange, Conflict, Outside, Refused, SwitchbackError, Unavailable
from orchestrator.telemetry.logs import get_logger

log = get_logger()

LOOKS = 4
"""How often a digest is made anew because a group that it speaks of has moved; the last time without those that do."""


def waiting(outside: Outside) -> dict[str, list[Digest]]:
    """By receiver, what it has not taken yet, oldest first."""
    found: dict[str, list[Digest]] = {}
    for digest in sorted(outside.alerts.digests(), key=lambda digest: digest.number):
        found.setdefault(digest.receiver, []).append(digest)
    return found


def send_oldest(outside: Outside, unsent: list[Digest]) -> bool:
    """Whether the oldest was taken, or refused for good; then it is no longer among them. For one a minute the budget
    keeps a place."""
    if not unsent or outside.clock.now() < unsent[0].not_before:
        return False
    after = _tried(outside, unsent[0])
    unsent[:1] = [] if after.sent_at else [after]
    return bool(after.sent_at)


def send_more(outside: Outside, receiver: str, unsent: list[Digest]) -> None:
    """Further ones, while the budget has places that nobody else has taken in this minute."""
    now = outside.clock.now()
    with suppress(SwitchbackError):
        while unsent and unsent[0].not_before <= now and take_place(outside, receiver, now):
            if not send_oldest(outside, unsent):
                give_place_back(outside, receiver, now)
                return


def hold(outside: Outside, receiver: str, held: Sequence[tuple[Group, str]], unsent: list[Digest]) -> None:
    """A digest of what is held back, saved with the groups it speaks of; sent at once where no other waits. Not sooner
    than the policy says after the last one: until then it stays held back, and may yet get a message of its own."""
    for look in range(LOOKS):
        board, now = outside.alerts.board(), outside.clock.now()
        if now - board.digest_at.get(receiver, -outside.alert_policy.digest_every) < outside.alert_policy.digest_every:
            return
        try:
            _save(outside, board, receiver, held, unsent)
        except Conflict:
            held = _still_held(outside, receiver, held, moving=look < LOOKS - 2)
            if not held:
                return
            continue
        if len(unsent) == 1:
            send_oldest(outside, unsent)
        return


def _save(
    outside: Outside, board: Board, receiver: str, held: Sequence[tuple[Group, str]], unsent: list[Digest]
) -> None:
    """Into the newest that waits, as long as that has room, or else into a new one, which then is among `unsent`.
    Raises Conflict when one of the groups, or the board, has moved."""
    now, joined = outside.clock.now(), unsent[-1] if unsent and unsent[-1].room else None
    new_id, number = outside.ids.new()[:16], board.digests + 1
    before = joined or Digest(number=number, id=new_id, receiver=receiver, lines=(), made_at=now)
    digest, changed = with_lines(before, held, outside.alert_policy, now)
    digest = structs.replace(digest, version=before.version + 1)
    after = with_digest(board, receiver, digest.number, now, is_all=len(changed) == len(held))
    after = structs.replace(after, version=board.version + 1)
    groups = tuple((old, structs.replace(new, version=old.version + 1)) for old, new in changed)
    outside.alerts.save(AlertChange(groups=groups, board=(board, after), digest=(joined, digest)))
    unsent[:] = [*(unsent[:-1] if joined else unsent), digest]


def _still_held(
    outside: Outside, receiver: str, held: Sequence[tuple[Group, str]], *, moving: bool
) -> list[tuple[Group, str]]:
    """The groups as they are by now, without those that have been told meanwhile. moving: those too that have changed
    since they were read; without them it goes through."""
    found = []
    for group, why in held:
        latest = outside.alerts.group(group.key)
        if latest is None or latest.closed or latest.id != group.id or receiver in latest.sending:
            continue
        told = latest.told.get(receiver)
        is_told = unaccounted(latest, receiver) <= 0 or (told is not None and bool(told.message))
        if not is_told and (moving or latest.version == group.version):
            found.append((latest, why))
    return found


def _tried(outside: Outside, digest: Digest) -> Digest:
    """The digest as it is after one try."""
    now = outside.clock.now()
    late = now - digest.made_at
    notification = Notification(
        receiver=digest.receiver,
        kind="digest",
        key=f"{digest.id}.d",
        notice=wording.digest_notice(outside.environment, digest),
        severity="info",
        again=bool(digest.tries),
        repeat=bool(digest.in_doubt_since) and now - digest.in_doubt_since > KNOWN_FOR,
        late=late if late >= LATE else 0,
    )
    try:
        receipt = outside.receivers[digest.receiver].send(notification)
        after = structs.replace(digest, sent_at=now, message=receipt.message)
    except Unavailable as problem:
        tries = digest.tries + 1
        log.warning("a digest was not taken", extra={"receiver": digest.receiver, "problem": str(problem)})
        wait = max(problem.retry_after or 0, AGAIN_AFTER[min(tries, len(AGAIN_AFTER)) - 1])
        doubt = digest.in_doubt_since or (now if problem.unanswered else 0)
        after = structs.replace(digest, tries=tries, not_before=now + int(wait) + 1, in_doubt_since=doubt)
        if tries == PAGED_AT:
            page_instead(outside, notification, str(problem))
    except Refused as problem:
        log.warning("a digest was refused", extra={"receiver": digest.receiver, "problem": str(problem)})
        page_instead(outside, notification, str(problem))
        after = structs.replace(digest, sent_at=now)
    after = structs.replace(after, version=digest.version + 1)
    with suppress(SwitchbackError):
        outside.alerts.save(AlertChange(digest=(digest, after)))
    return after
