"""Telling the channel what waits in the outbox, late if need be, and paging what cannot be told.

Discord may be away for a minute or for hours. One message at a time asks whether it is back; while it is not, all of
them wait longer with each try. Once it is, what has piled up comes as few messages, five a minute at most. Nothing
here is in the path of a flag, and nothing is lost: what is folded into a digest was replaced by it in one write before
the digest is sent, so that a crash anywhere leaves either the messages or the digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress

from msgspec import structs

from orchestrator import notify
from orchestrator.core.effects import Post
from orchestrator.core.lateness import FEW, Belated, digest_key, digests, is_late, marked, may_be_folded
from orchestrator.core.rollout import Rollout
from orchestrator.ports import Conflict, Outside, Refused, Unavailable, Waiting

RETRY_AFTER = (5, 30, 60, 120, 180)
"""Seconds until an undelivered effect is tried again, by the number of tries, before the jitter. When Discord comes
back, what waits is told within five minutes."""

JITTER = 0.25
"""The largest share by which a pause is drawn out, so that what failed together does not come back together."""

PAGED_AFTER = 180
"""Seconds after which a notice that could not be told is also paged. It still goes to the channel when that can be
reached."""

LATE_BUDGET = "alerts"
"""Whose budget late messages are told from: with the alerts that wait as well they are a few in any minute."""

Send = Callable[[Waiting], str]


def pause(waiting: Waiting, retry_after: float | None = None) -> int:
    """Seconds until the next try: longer with each, never before the time that was asked for, and a little later by
    an amount that the effect's key and the number of tries alone decide."""
    least = max(retry_after or 0, RETRY_AFTER[min(waiting.tries, len(RETRY_AFTER) - 1)])
    drawn = hashlib.sha256(f"{waiting.key}:{waiting.tries}".encode()).digest()
    return int(least * (1 + JITTER * int.from_bytes(drawn[:4]) / 2**32)) + 1


def tell(outside: Outside, rollout: Rollout, posts: Sequence[Waiting], now: int, send: Send) -> int:
    """Tell these messages, oldest first; the number left. `posts` holds those too that wait for a later try: they are
    told at once when an older one was taken.

    `send` posts one and returns its id, or raises Unavailable or Refused.
    """
    fold = sum(is_late(waiting.created_at, now) for waiting in posts) > FEW
    # Once one of them is due the oldest is tried, and a second before all of them wait: it may have been that message
    # alone that Discord does not take. What was put off need not wait longer once another was taken.
    if not any(waiting.not_before <= now for waiting in posts):
        return len(posts)
    line, left = list(posts), 0
    full, heard, failed = False, False, 0
    while line:
        waiting, *line = line
        if full and is_late(waiting.created_at, now):
            left += 1
            continue
        try:
            told = _tell_one(outside, waiting, now, send)
        except Unavailable as problem:
            left, failed = left + 1, failed + 1
            away = heard or failed == 2
            _put_off(outside, [waiting, *(one for one in line if away and one.not_before <= now)], problem, now)
            if away:
                return left + len(line)
            continue
        left += not told
        full, heard = full or not told, heard or told
        if told and fold:
            line, fold = _folded(outside, rollout, line, now), False
    return left


def _tell_one(outside: Outside, waiting: Waiting, now: int, send: Send) -> bool:
    """Whether the message is done with: told, or refused for good and paged. A late one may have to wait its turn.
    Raises Unavailable."""
    post = _post(waiting)
    late = Belated(post=post, at=waiting.created_at, tried=waiting.tries > 0)
    limited = is_late(late.at, now)
    if limited and not notify.take_place(outside, LATE_BUDGET, now):
        return False
    told = structs.replace(waiting, effect=structs.replace(post, notice=marked(late, now)))
    try:
        message_id = send(told)
    except Refused as problem:
        _page(outside, [post], problem)
        message_id = ""
    except Unavailable:
        if limited:
            notify.give_place_back(outside, LATE_BUDGET, now)
        raise
    outside.rollouts.done(waiting, message_id)
    return True


def _folded(outside: Outside, rollout: Rollout, posts: Sequence[Waiting], now: int) -> list[Waiting]:
    """The messages with those that are late and ask nobody for anything replaced by digests, which come first."""
    late = [w for w in posts if is_late(w.created_at, now) and may_be_folded(_post(w))]
    if len(late) < 2:
        return list(posts)
    kept = [waiting for waiting in posts if waiting not in late]
    folded: list[Waiting] = []
    belated = [Belated(post=_post(w), at=w.created_at, tried=w.tries > 0) for w in late]
    for count, notice in digests(rollout, belated, now):
        held, late = late[:count], late[count:]
        digest = Post(notice=notice)
        with suppress(Conflict, Unavailable):  # somebody else tells them, or the next look does
            folded.append(outside.rollouts.fold(held, digest, digest_key([waiting.key for waiting in held])))
    return [*folded, *kept]


def _put_off(outside: Outside, posts: Sequence[Waiting], problem: Unavailable, now: int) -> None:
    """What was not taken waits longer with each try. Once it is certain to wait for minutes, it is paged."""
    paged: list[Post] = []
    for waiting in posts:
        again = now + pause(waiting, problem.retry_after)
        outside.rollouts.later(waiting, again)
        if _is_to_be_paged(waiting, again):
            paged.append(_post(waiting))
    if paged:
        _page(outside, paged, problem)


def _is_to_be_paged(waiting: Waiting, again: int) -> bool:
    """True for one try alone: the first after which the next lies behind the limit. A digest holds what was paged."""
    limit = waiting.created_at + PAGED_AFTER
    return again > limit and (waiting.tries == 0 or 0 < waiting.not_before <= limit)


def _page(outside: Outside, posts: Sequence[Post], problem: Refused | Unavailable) -> None:
    """Say it by the path that does not need the channel."""
    what = "a message" if len(posts) == 1 else f"{len(posts)} messages"
    texts = ["\n".join([post.notice.headline, *post.notice.lines]) for post in posts]
    texts.append(f"Why {'it is' if len(posts) == 1 else 'they are'} not in the channel: {problem}")
    with suppress(Unavailable, Refused):
        outside.pager.page(f"Switchback {outside.environment}: {what} could not be posted", "\n\n".join(texts))


def _post(waiting: Waiting) -> Post:
    assert isinstance(waiting.effect, Post)
    return waiting.effect
