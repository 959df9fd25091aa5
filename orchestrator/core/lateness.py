"""Messages that could not be told in time: how each says so, and how many of them become one.

A message that comes hours late must not read like news. And when Discord comes back after hours, nobody reads thirty
messages: what waited comes as a digest that names each and counts them all, but for those that ask somebody for
something, which keep a message, and their buttons, of their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from orchestrator.core.durations import say_duration
from orchestrator.core.effects import Post
from orchestrator.core.markdown import shorten, units
from orchestrator.core.notices import SIGNS, Notice, Tone
from orchestrator.core.rollout import Rollout
from orchestrator.core.wording import place

LATE = 120
"""Seconds after which a message says that it is late."""

FEW = 5
"""So many late messages still come one by one; what exceeds them is folded."""

KIND = "digest"
"""The kind of the notice that a digest is. It is never folded again."""

MOST = 90
"""Messages in one digest: they are taken out of the outbox in one write, which has a limit."""

_ROOM = 3600  # units for the lines of a digest; Discord takes 4096 with what stands around them
_HEADLINE = 300
_WORST_FIRST: tuple[Tone, ...] = ("firing", "degraded", "waiting", "unknown", "progress", "ok")
_AT_ANY_TIME = frozenset({"status", "rollback", "resume"})  # what a command does as well
_TODAY = 20 * 3600


class Belated(Struct, frozen=True, kw_only=True):
    """A message that waits: what it says, when that was true (epoch seconds), and whether Discord was asked to
    take it in vain."""

    post: Post
    at: int
    tried: bool = True


def is_late(at: int, now: int) -> bool:
    return now - at > LATE


def may_be_folded(post: Post) -> bool:
    """Whether nobody has to press something under it, and it is no digest already."""
    return post.notice.kind != KIND and all(action.verb in _AT_ANY_TIME for action in post.notice.actions)


def marked(belated: Belated, now: int) -> Notice:
    """The notice as it is told late: the headline, which is all that a phone shows, says by how much, and the first
    line why. A digest says so already."""
    notice = belated.post.notice
    if notice.kind == KIND or not is_late(belated.at, now):
        return notice
    by = say_duration(now - belated.at)
    if belated.tried:
        why = f"Late by {by}: Discord could not be reached before."
    elif belated.post.proves:
        why = f"Late by {by}: the flags had to be read back first."
    else:
        why = f"Late by {by}."
    return structs.replace(notice, headline=f"{notice.headline} (late by {by})", lines=(why, *notice.lines))


def digests(rollout: Rollout, belated: Sequence[Belated], now: int) -> Iterator[tuple[int, Notice]]:
    """Digests that together hold all of these messages, in their order: how many each holds, and its notice. What
    Discord's limits do not let into one goes into the next."""
    left = list(belated)
    while left:
        count = _fitting(rollout, left, now)
        yield count, _digest(rollout, left[:count], now)
        left = left[count:]


def digest_key(keys: Sequence[str]) -> str:
    """The key of the digest that holds the messages with these keys: the same messages, the same key."""
    return "digest-" + hashlib.sha256("\n".join(keys).encode()).hexdigest()[:18]


def _digest(rollout: Rollout, belated: Sequence[Belated], now: int) -> Notice:
    by = say_duration(now - min(one.at for one in belated))
    number = f"{len(belated)} messages" if len(belated) > 1 else "1 message"
    why = "Discord could not be reached before. " if any(one.tried for one in belated) else ""
    return Notice(
        kind=KIND,
        tone=min((one.post.notice.tone for one in belated), key=_WORST_FIRST.index),
        headline=f"{place(rollout)}: {number} late, by up to {by}",
        lines=(
            f"{why}What happened meanwhile, oldest first:",
            *_lines(rollout, belated, now),
            "How it is now: `/rollout-status`.",
        ),
        rollout=rollout.id,
        at=now,
    )


def _fitting(rollout: Rollout, belated: Sequence[Belated], now: int) -> int:
    """How many of these go into one digest; at least one."""
    count, used = 0, 0
    for line, held in _lined(rollout, belated[:MOST], now):
        used += units(line) + 1
        if used > _ROOM:
            break
        count += held
    return max(count, 1)


def _lines(rollout: Rollout, belated: Sequence[Belated], now: int) -> list[str]:
    return [line for line, _ in _lined(rollout, belated, now)]


def _lined(rollout: Rollout, belated: Sequence[Belated], now: int) -> Iterator[tuple[str, int]]:
    """Each line with the number of messages it stands for: one that is repeated at once is one line, counted."""
    start = 0
    while start < len(belated):
        notice, end = belated[start].post.notice, start + 1
        while end < len(belated) and _same(belated[end].post.notice, notice):
            end += 1
        held = belated[start:end]
        times = f" ({len(held)} times, last at {_clock(held[-1].at, now)})" if len(held) > 1 else ""
        yield f"{_clock(held[0].at, now)} {SIGNS[notice.tone]} {_brief(rollout, notice)}{times}", len(held)
        start = end


def _same(one: Notice, other: Notice) -> bool:
    return (one.tone, one.headline) == (other.tone, other.headline)


def _brief(rollout: Rollout, notice: Notice) -> str:
    """The headline without the place, which the digest's own has."""
    text = notice.headline.replace(f"{place(rollout)}: ", "", 1).removeprefix(f"{place(rollout)} ")
    return shorten(text, _HEADLINE)


def _clock(at: int, now: int) -> str:
    return f"<t:{at}:{'t' if now - at < _TODAY else 'f'}>"
