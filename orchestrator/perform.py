"""The one place where effects are carried out: flags are written and read back, then the outbox is emptied.

Everything here may be repeated: flags are level-triggered, and each effect in the outbox has a key by which the far
side knows a repeat. A crash at any point leaves work that the next tick finishes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Literal

from msgspec import structs

from orchestrator.core.effects import Arm, Disarm, Post, PublishCompleted, RunTarget, WriteFlag
from orchestrator.core.facts import LiveFlag, Mark, Written
from orchestrator.core.rollout import Rollout
from orchestrator.ports import Binding, Outside, Refused, Unavailable, Waiting

READ_BACK_WITHIN = 5_000
"""Milliseconds for SSM to show what was written: reads by plain name may lag behind a write."""

READ_BACK_EVERY = 0.2
"""Seconds between two looks."""

MOVED_ON = 5
"""How often a projection starts again because the state moved on while it was writing."""

QUIET = 300
"""Seconds within which the same alert is one message."""

PAGED_AT = 3
"""After so many tries in vain a notice is also paged; it still goes to the channel when that can be reached."""

RETRY_AFTER = (5, 30, 60, 300, 900)
"""Seconds until an undelivered effect is tried again, by the number of tries."""


def write_flags(
    outside: Outside, rollout: Rollout, writes: Sequence[WriteFlag], *, by: str, why: str, safeguard: str = ""
) -> tuple[Rollout, tuple[Written, ...]]:
    """Project desired values into SSM, read them back, and record what was read.

    After each round the state is read again: if it has moved on, what it wants now is projected. Flags that SSM would
    not take are reported as not proven, and stay pending for the next tick.
    """
    started = outside.clock.now_ms()
    reports: dict[str, Written] = {}
    for _ in range(MOVED_ON):
        for report in _one_round(outside, rollout, writes, started, by=by, why=why, safeguard=safeguard):
            first = reports.get(report.flag)
            reports[report.flag] = report if first is None else structs.replace(report, old=first.old)
        proven = {r.flag: (r.fence, r.version) for r in reports.values() if r.proven}
        rollout = outside.rollouts.verified(rollout.id, proven, outside.clock.now()) or rollout
        writes = _overtaken(rollout, reports)
        if not writes:
            break
    return rollout, tuple(reports.values())


def _one_round(
    outside: Outside, rollout: Rollout, writes: Sequence[WriteFlag], started: int, *, by: str, why: str, safeguard: str
) -> list[Written]:
    versions: dict[str, int] = {}
    for write in writes:
        mark = Mark(
            fence=write.fence,
            value=write.to_value,
            owner=rollout.id,
            by=by,
            at=outside.clock.now(),
            why=why,
            safeguard=safeguard,
        )
        try:
            versions[write.flag] = outside.flags.write(write.flag, write.to_value, mark)
        except (Unavailable, Refused):
            continue
    return _read_back(outside, writes, versions, started)


def _read_back(outside: Outside, writes: Sequence[WriteFlag], versions: dict[str, int], started: int) -> list[Written]:
    """Read by plain name until each version is at least ours and each value matches, or the time is over."""
    deadline = outside.clock.now_ms() + READ_BACK_WITHIN
    reports: dict[str, Written] = {}
    while True:
        open_writes = [write for write in writes if write.flag not in reports or not reports[write.flag].proven]
        try:
            live = outside.flags.read([write.flag for write in open_writes])
        except (Unavailable, Refused):
            live = {}
        elapsed = outside.clock.now_ms() - started
        for write in open_writes:
            seen = live.get(write.flag)
            fresh = seen is not None and seen.version >= versions.get(write.flag, 0)
            reports[write.flag] = Written(
                flag=write.flag,
                old=write.from_value,
                wanted=write.to_value,
                read_back=seen.value if seen and fresh else None,
                version=seen.version if seen else 0,
                fence=write.fence,
                ms=elapsed,
            )
        waiting = [w for w in writes if w.flag in versions and not reports[w.flag].proven]
        if not waiting or outside.clock.now_ms() >= deadline:
            return list(reports.values())
        outside.clock.sleep(READ_BACK_EVERY)


def _overtaken(rollout: Rollout, reports: dict[str, Written]) -> tuple[WriteFlag, ...]:
    """Flags that want something newer than what was just written."""
    newer = []
    for name, report in reports.items():
        state = rollout.flags.get(name)
        if state is not None and state.desired is not None and state.fence > report.fence and state.found is None:
            newer.append(WriteFlag(flag=name, from_value=report.read_back, to_value=state.desired, fence=state.fence))
    return tuple(newer)


def empty_outbox(outside: Outside, rollout: Rollout, *, only_arming: bool = False) -> int:
    """Carry out what waits, oldest first; the number of effects left. Nothing here can fail a state change.

    Notices that claim written flags wait while any flag is pending; those that could not be delivered wait longer with
    each try.
    """
    now = outside.clock.now()
    left = 0
    for waiting in outside.rollouts.waiting(rollout.id, now):
        if isinstance(waiting.effect, Post) and (only_arming or (waiting.effect.proves and rollout.pending)):
            left += 1
            continue
        try:
            done = _deliver(outside, waiting, now)
        except Unavailable as problem:
            pause = max(problem.retry_after or 0, RETRY_AFTER[min(waiting.tries, len(RETRY_AFTER) - 1)])
            outside.rollouts.later(waiting, now + int(pause) + 1)
            if isinstance(waiting.effect, Post) and waiting.tries == PAGED_AT:
                _page_instead(outside, waiting.effect, problem)
            left += 1
        except Refused as problem:
            if not isinstance(waiting.effect, Post):
                # Another function of ours may do what this one is not allowed to.
                outside.rollouts.later(waiting, now + RETRY_AFTER[0])
                left += 1
                continue
            _page_instead(outside, waiting.effect, problem)
            outside.rollouts.done(waiting)
        else:
            outside.rollouts.done(waiting, done)
    return left


def _deliver(outside: Outside, waiting: Waiting, now: int) -> str:
    match waiting.effect:
        case Arm(alarm=alarm, owner=owner, values=values):
            outside.armed.arm(alarm, Binding(owner=owner, values=values))
        case Disarm(alarm=alarm, owner=owner):
            outside.armed.disarm(alarm, owner)
        case RunTarget() as work:
            outside.queue.send(work)
        case PublishCompleted(plan=plan, plan_hash=plan_hash, rollout=rollout, at=at):
            outside.completions.publish(plan, plan_hash, rollout, at)
        case Post(channel=channel, notice=notice, fingerprint=fingerprint):
            return _told_once(
                outside,
                fingerprint and f"{fingerprint}:{outside.environment}:{waiting.rollout}",
                waiting.key,
                now,
                lambda: outside.channel.post(
                    alert_channel(outside, channel), notice, key=waiting.key, buttons=waiting.buttons
                ),
            )
    return ""


def alert_channel(outside: Outside, wanted: Literal["ops", "alerts"]) -> Literal["ops", "alerts"]:
    """With ENABLE_ALERTS off nothing goes to the alert channel; it is told in the ops channel instead."""
    return "ops" if wanted == "alerts" and not outside.switches.is_on("ENABLE_ALERTS") else wanted


def _told_once(outside: Outside, fingerprint: str, holder: str, now: int, tell: Callable[[], str]) -> str:
    """Send, then keep the slot; a send that fails gives it back, so that the next try is not taken for a repeat."""
    if fingerprint and not outside.rollouts.raise_alert(fingerprint, holder, now, QUIET):
        return ""
    try:
        return tell()
    except (Unavailable, Refused):
        if fingerprint:
            outside.rollouts.lower_alert(fingerprint, holder)
        raise


def _page_instead(outside: Outside, post: Post, problem: Refused | Unavailable) -> None:
    """The channel does not take it, or has not for minutes: say it by the path that does not need the channel."""
    text = [post.notice.headline, *post.notice.lines, f"Why it is not in the channel: {problem}"]
    try:
        outside.pager.page(f"Switchback {outside.environment}: a message could not be posted", "\n".join(text))
    except (Unavailable, Refused):
        return


def emergency_write(
    outside: Outside, values: Iterable[tuple[str, str]], *, owner: str, alarm: str
) -> tuple[Written, ...]:
    """Safe values straight to SSM, when the state cannot be written. Fence 0 with the safeguard's name is how the
    next tick knows them and adopts them into the state."""
    started = outside.clock.now_ms()
    writes = [WriteFlag(flag=flag, from_value=None, to_value=value, fence=0) for flag, value in values]
    live: dict[str, LiveFlag] = {}
    with suppress(Unavailable, Refused):
        live = outside.flags.read([write.flag for write in writes])
    versions: dict[str, int] = {}
    for write in writes:
        seen = live.get(write.flag)
        if seen is not None and seen.value == write.to_value:
            continue
        mark = Mark(
            fence=0,
            value=write.to_value,
            owner=owner,
            by="Switchback",
            at=outside.clock.now(),
            why=f"{alarm} in ALARM, table down",
            safeguard=alarm,
        )
        try:
            versions[write.flag] = outside.flags.write(write.flag, write.to_value, mark)
        except (Unavailable, Refused):
            continue
    return tuple(
        structs.replace(report, old=live[report.flag].value if report.flag in live else None)
        for report in _read_back(outside, writes, versions, started)
    )
