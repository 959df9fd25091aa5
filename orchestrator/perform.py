"""The one place where effects are carried out: flags are written and read back, then the outbox is emptied.

Everything here may be repeated: flags are level-triggered, and each effect in the outbox has a key by which the far
side knows a repeat. A crash at any point leaves work that the next tick finishes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from msgspec import structs

from orchestrator import notify
from orchestrator.core import wording
from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.effects import (
    Arm,
    Disarm,
    Outgoing,
    Post,
    PublishCompleted,
    Raise,
    RunTarget,
    Settle,
    WriteFlag,
)
from orchestrator.core.facts import LiveFlag, Mark, Written
from orchestrator.core.rollout import Rollout, plan_name
from orchestrator.core.wording.parts import reads
from orchestrator.ports import Binding, Conflict, Outside, Refused, SwitchbackError, Unavailable, Waiting
from orchestrator.telemetry.logs import get_logger
from orchestrator.telemetry.tracing import step
from orchestrator.telling import RETRY_AFTER, pause, tell

log = get_logger()

READ_BACK_WITHIN = 5_000
"""Milliseconds for SSM to show what was written: reads by plain name may lag behind a write."""

READ_BACK_EVERY = 0.2
"""Seconds between two looks."""

MOVED_ON = 5
"""How often a projection starts again because the state moved on while it was writing."""

TRIED = 3
"""After so many tries in vain work that waits is an alert."""

FURTHEST = 86_400
"""Seconds ahead in which the outbox is looked at: what waits for a later try may go at once when Discord is back."""


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
        with step("record what was read"):
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
        _write(outside, write, mark, versions)
    return _read_back(outside, writes, versions, started)


def _write(outside: Outside, write: WriteFlag, mark: Mark, versions: dict[str, int]) -> None:
    """Into `versions` goes what SSM took; what it does not take now is not proven, and the next tick writes it."""
    with suppress(Unavailable, Refused), step(f"write {write.flag}", f"{_moves(write)}, fence {write.fence}") as said:
        version = versions[write.flag] = outside.flags.write(write.flag, write.to_value, mark)
        said.note += f", version {version}"


def _moves(write: WriteFlag) -> str:
    return f"{reads(write.from_value) if write.from_value else 'absent'} -> {reads(write.to_value)}"


def _read_back(outside: Outside, writes: Sequence[WriteFlag], versions: dict[str, int], started: int) -> list[Written]:
    with step("read back") as said:
        reports = _read_until(outside, writes, versions, started)
        said.note = "; ".join(map(_as_read, reports))
    return reports


def _as_read(report: Written) -> str:
    if report.read_back is None:
        return f"{report.flag}: SSM did not answer in {report.ms} ms"
    shown = "" if report.proven else ", which is not what was written,"
    return f"{report.flag} {reads(report.read_back)}{shown} after {report.ms} ms, version {report.version}"


def _read_until(outside: Outside, writes: Sequence[WriteFlag], versions: dict[str, int], started: int) -> list[Written]:
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


_postponed: ContextVar[dict[str, tuple[Outside, Rollout]] | None] = ContextVar("postponed", default=None)


@contextmanager
def flags_first() -> Iterator[None]:
    """Within it outboxes are not emptied but remembered, and emptied at its end: when several rollouts are handled in
    turn, the flags of the last must not wait until Discord has taken, or not taken, the messages of the first."""
    postponed: dict[str, tuple[Outside, Rollout]] = {}
    before = _postponed.set(postponed)
    problem: Exception | None = None
    try:
        yield
    except Exception as error:  # what was saved is told all the same
        problem = error
    finally:
        _postponed.reset(before)
    for outside, rollout in postponed.values():
        try:
            empty_outbox(outside, rollout)
        except SwitchbackError as error:
            log.error("an outbox was not emptied", extra={"rollout": rollout.id, "problem": str(error)})
    if problem is not None:
        raise problem


def empty_outbox(outside: Outside, rollout: Rollout, *, only_arming: bool = False) -> int:
    """Carry out what waits, messages last; the number of effects left. Nothing here can fail a state change.

    Notices that claim written flags wait while any flag is pending; what could not be delivered waits longer with each
    try. No end of an alert overtakes its beginning: it waits behind every alert that waits.
    """
    postponed = _postponed.get()
    if postponed is not None and not only_arming:
        postponed[rollout.id] = (outside, rollout)
        return 0
    now, left = outside.clock.now(), 0
    posts: list[Waiting] = []
    raised: list[str] = []
    alerts_wait = False
    for waiting in outside.rollouts.waiting(rollout.id, now + FURTHEST):
        effect = waiting.effect
        is_told = isinstance(effect, Post | Raise | Settle)
        waits = is_told and (only_arming or _waits(effect, rollout))
        if isinstance(effect, Post) and not waits:
            posts.append(waiting)
            continue
        waits = waits or waiting.not_before > now or (alerts_wait and _ends_alerts(effect))
        if waits or not _carried_out(outside, waiting, now, raised):
            left += 1
            alerts_wait = alerts_wait or isinstance(effect, Raise | Settle)
    return left + tell(outside, rollout, posts, now, lambda waiting: _deliver(outside, waiting, now, raised))


def _waits(effect: Outgoing, rollout: Rollout) -> bool:
    """What says that flags were written waits until they are read back."""
    return isinstance(effect, Post | Raise) and effect.proves and bool(rollout.pending)


def _ends_alerts(effect: Outgoing) -> bool:
    return isinstance(effect, Settle) or (isinstance(effect, Raise) and not effect.event.firing)


def _carried_out(outside: Outside, waiting: Waiting, now: int, raised: list[str]) -> bool:
    """Into `raised` goes the key of an alert that it has raised."""
    try:
        done = _deliver(outside, waiting, now, raised)
    except (Unavailable, Conflict) as problem:
        outside.rollouts.later(waiting, now + pause(waiting, getattr(problem, "retry_after", None)))
        _alert(outside, waiting, problem, now)
        return False
    except Refused as problem:
        # Another function of ours may do what this one is not allowed to.
        outside.rollouts.later(waiting, now + RETRY_AFTER[0])
        _alert(outside, waiting, problem, now)
        return False
    outside.rollouts.done(waiting, done)
    return True


def _alert(outside: Outside, waiting: Waiting, problem: SwitchbackError, now: int) -> None:
    """Work that is not taken in several tries is an alert: raised with each further try, and counted once. An alert
    itself is not: where it cannot be counted, another one cannot be either."""
    kind = type(waiting.effect).__struct_config__.tag
    if waiting.tries < TRIED or isinstance(waiting.effect, Raise | Settle):
        return
    what = {"run_target": "a probe or job", "arm": "a safeguard's alarm", "disarm": "a safeguard's alarm"}.get(
        str(kind), "what was completed"
    )
    notice = wording.not_handed_over(outside.environment, what, waiting.rollout, str(problem), now)
    event = AlertEvent(
        rule="dispatch-failed",
        service=f"{plan_name(waiting.rollout)} {kind}",
        severity="warning",
        notice=notice,
        at=now,
        lasts=3600,
    )
    with suppress(SwitchbackError):
        notify.raise_alert(outside, event, f"{waiting.key}:not taken")


def _deliver(outside: Outside, waiting: Waiting, now: int, raised: list[str]) -> str:
    match waiting.effect:
        case Arm(alarm=alarm, owner=owner, values=values):
            outside.armed.arm(alarm, Binding(owner=owner, values=values))
        case Disarm(alarm=alarm, owner=owner):
            outside.armed.disarm(alarm, owner)
        case RunTarget() as work:
            outside.queue.send(work)
        case PublishCompleted(plan=plan, plan_hash=plan_hash, rollout=rollout, at=at):
            outside.completions.publish(plan, plan_hash, rollout, at)
        case Post(notice=notice):
            return outside.channel.post(notice, key=waiting.key, buttons=waiting.buttons)
        case Raise(event=event):
            raised.append(notify.raise_alert(outside, event, waiting.key))
            return raised[-1]
        case Settle() as settled:
            notify.settle(outside, settled, also=raised)
    return ""


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
        _write(outside, write, mark, versions)
    return tuple(
        structs.replace(report, old=live[report.flag].value if report.flag in live else None)
        for report in _read_back(outside, writes, versions, started)
    )
