"""Moves: the few ways in which a rollout changes, each giving the next state and the writes that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import structs

from orchestrator.core.effects import WriteFlag
from orchestrator.core.plan import Plan, Values
from orchestrator.core.rollout import WATCH, FlagState, HoldEntry, HoldKind, Rollout

Moved = tuple[Rollout, tuple[WriteFlag, ...]]

ADOPTED = "adopted"
PIN = "pin "
"""How `kept_by` begins where going back has left a pinned flag as it was."""


def target(plan: Plan, rollout: Rollout) -> Values:
    """What each parameter shall hold: the position in the plan, under whatever overlays it."""
    values = plan.effective(rollout.baseline, rollout.stage, rollout.flips)
    values.update((name, flag.kept) for name, flag in rollout.flags.items() if flag.kept is not None)
    return values


def retarget(plan: Plan, rollout: Rollout, *, again: Iterable[str] = ()) -> Moved:
    """Give every flag whose target has changed a new desired value and a higher fence; `again` is written anyway."""
    flags, writes = dict(rollout.flags), []
    for name, value in target(plan, rollout).items():
        old = flags.get(name, FlagState())
        if old.desired != value or name in again:
            fence = old.fence + 1
            flags[name] = structs.replace(old, desired=value, fence=fence, pending=True, found=None)
            writes.append(WriteFlag(flag=name, from_value=_held(old, value), to_value=value, fence=fence))
    if not writes:
        return rollout, ()
    moved = structs.replace(rollout, flags=flags, transition=rollout.transition + 1)
    return moved, in_order(plan, writes)


def _held(old: FlagState, value: str) -> str | None:
    """What SSM holds before `value` is written, as far as it is known: what somebody left there, or what we wanted.
    None where there is no parameter, or where nobody knows what it holds."""
    if old.found is not None and old.found != value:
        return old.found or None
    return old.desired if old.desired != value else None


def between(plan: Plan, before: Rollout, after: Rollout) -> tuple[WriteFlag, ...]:
    """The writes that lead from one state to another, however many moves lie between them, each flag once."""
    return in_order(
        plan,
        [
            WriteFlag(flag=name, from_value=_held(old, new.desired), to_value=new.desired, fence=new.fence)
            for name, new in after.flags.items()
            if new.desired is not None and new.fence != (old := before.flags.get(name, FlagState())).fence
        ],
    )


def in_order(plan: Plan, writes: Iterable[WriteFlag]) -> tuple[WriteFlag, ...]:
    """Towards safe first, in reverse order of setting, the most exposed first; then onward, in the plan's order."""
    places = {name: place for place, name in enumerate(plan.order_of_setting())}
    back: list[WriteFlag] = []
    onward: list[WriteFlag] = []
    for write in writes:
        spec = plan.flag(write.flag)
        towards = spec is not None and spec.is_towards_safe(write.to_value, current=write.from_value or "")
        (back if towards else onward).append(write)
    back.sort(key=lambda write: -places.get(write.flag, 0))
    onward.sort(key=lambda write: places.get(write.flag, 0))
    return (*back, *onward)


def enter_stage(plan: Plan, rollout: Rollout, index: int, now: int) -> Moved:
    stage = plan.stages[index]
    at_once = sum(1 for flip in stage.flips if not flip.after)
    entered = structs.replace(
        _anew_in(rollout, stage.key),
        status="running",
        stage=index,
        flips=at_once,
        entered_at=now,
        evidence_from=now,
        waiting="",
        waiting_line="",
        told=rollout.lasting,
        asked={},
        flags=_released(rollout.flags, [flip.flag for flip in stage.flips[:at_once]]),
        transition=rollout.transition + 1,
    )
    return retarget(plan, entered)


def enter_watch(plan: Plan, rollout: Rollout, now: int) -> Rollout:
    return structs.replace(
        _anew_in(rollout, WATCH),
        status="watching",
        entered_at=now,
        evidence_from=now,
        watch_until=now + plan.watch.length,
        waiting="",
        waiting_line="",
        told=rollout.lasting,
        asked={},
        transition=rollout.transition + 1,
    )


def _anew_in(rollout: Rollout, here: str) -> Rollout:
    """Without what people once said of this stage: a yes was given on evidence that no longer counts, and what they
    did for an earlier stay is not done for this one."""
    return structs.replace(
        rollout,
        approvals=tuple(approval for approval in rollout.approvals if approval.stage != here),
        ticks=tuple(tick for tick in rollout.ticks if tick.stage != here),
    )


def without_approvals(plan: Plan, rollout: Rollout) -> Rollout:
    """As evidence begins afresh in the middle of a stage: ticks stay, a yes does not."""
    here = rollout.here(plan)
    return structs.replace(rollout, approvals=tuple(a for a in rollout.approvals if a.stage != here))


def make_flip(plan: Plan, rollout: Rollout, now: int) -> Moved:
    """The stage's next delayed flip, with those of the same delay. Evidence counts from here: the exposure before it
    was another one."""
    flips = plan.stages[rollout.stage].flips
    made = sum(1 for flip in flips if flip.after <= flips[rollout.flips].after)
    return _flip_to(plan, rollout, made, now)


def make_flips(plan: Plan, rollout: Rollout, now: int) -> Moved:
    """All of the stage's flips that are still to come, at once."""
    return _flip_to(plan, rollout, len(plan.stages[rollout.stage].flips), now)


def _flip_to(plan: Plan, rollout: Rollout, made: int, now: int) -> Moved:
    moving = [flip.flag for flip in plan.stages[rollout.stage].flips[rollout.flips : made]]
    flags = _released(rollout.flags, moving)
    flipped = structs.replace(rollout, flips=made, evidence_from=now, waiting="", waiting_line="", flags=flags)
    return retarget(plan, flipped)


def _released(flags: dict[str, FlagState], names: Iterable[str]) -> dict[str, FlagState]:
    """An adopted value lasts until the plan itself moves the flag again."""
    names = set(names)
    return {
        name: structs.replace(flag, kept=None, kept_by="") if name in names and flag.kept_by == ADOPTED else flag
        for name, flag in flags.items()
    }


def keep(plan: Plan, rollout: Rollout, values: Iterable[tuple[str, str]], by: str) -> Moved:
    """Overlay these stored texts on every stage until a person resumes.

    A flag of the standing set that was not kept is written whatever the state says of it: anybody may have moved it.
    """
    flags = dict(rollout.flags)
    again = []
    for name, value in values:
        old = flags.get(name, FlagState())
        if old.found is not None or (rollout.status == "standing" and old.kept is None):
            again.append(name)
        flags[name] = structs.replace(old, kept=value, kept_by=by)
    return retarget(plan, structs.replace(rollout, flags=flags), again=again)


def pinned(plan: Plan, rollout: Rollout) -> dict[str, str]:
    """Flags that no way back moves, each with why: pinned by the stage it is in (the watch is still the last stage's
    exposure), or by the stage that it has gone back from, until a person resumes."""
    found = {name: flag.kept_by for name, flag in rollout.flags.items() if flag.kept_by.startswith(PIN)}
    if rollout.status in ("running", "watching") and 0 <= rollout.stage < len(plan.stages):
        stage = plan.stages[rollout.stage]
        found |= dict.fromkeys(stage.pin, f"{PIN}{stage.key}")
    return found


def past_return(plan: Plan, rollout: Rollout) -> str:
    """The stage without return that it is in, or has been through; empty where going back does no harm."""
    if rollout.status not in ("running", "watching"):
        return ""
    return next((stage.key for stage in reversed(plan.stages[: rollout.stage + 1]) if stage.no_return), "")


def go_back(plan: Plan, rollout: Rollout, to: Literal["start", "previous", "safe"], by: str, now: int) -> Moved:
    """Back to the baseline, the stage before, or every flag's safe value. What is kept safe stays kept, and so does
    what is pinned; what was changed by hand away from safe is written over, adopted or not. It never waits for gates,
    holds or approvals."""
    disturbed = [name for name, flag in rollout.flags.items() if flag.found is not None]
    flags = _pinned_down(plan, rollout, _released(rollout.flags, rollout.flags))
    if to == "safe":
        flags |= {
            spec.name: structs.replace(flag, kept=spec.safe_text, kept_by=by)
            for spec in plan.flags
            if (flag := flags.get(spec.name)) is not None and not flag.kept_by.startswith(PIN)
        }
    if to == "previous" and rollout.stage > 0:
        stage = rollout.stage - 1
        back = _anew_in(rollout, plan.stages[stage].key)
        back = structs.replace(back, status="running", stage=stage, flips=len(plan.stages[stage].flips))
    else:
        back = structs.replace(rollout, status="rolled_back", stage=-1, flips=0)
    back = structs.replace(
        back,
        flags=flags,
        entered_at=now,
        evidence_from=now,
        transition=rollout.transition + 1,
        watch_until=0,
        waiting="",
        waiting_line="",
        told=back.lasting,
        asked={},
        drilling=None,
    )
    return retarget(plan, back, again=disturbed)


def _pinned_down(plan: Plan, rollout: Rollout, flags: dict[str, FlagState]) -> dict[str, FlagState]:
    """Every pinned flag kept where it is now; one that is kept already, safe or by a person, stays as that."""
    pins = pinned(plan, rollout)
    return {
        name: structs.replace(flag, kept=flag.desired, kept_by=pins[name])
        if name in pins and flag.kept is None and flag.desired is not None
        else flag
        for name, flag in flags.items()
    }


def hold(rollout: Rollout, kind: HoldKind, by: str, reason: str, now: int, flag: str = "") -> Rollout:
    """One hold more, unless the same one stands already."""
    if any(h.kind == kind and h.by == by and h.flag == flag for h in rollout.holds):
        return rollout
    entry = HoldEntry(kind=kind, by=by, reason=reason, since=now, flag=flag)
    return structs.replace(rollout, holds=(*rollout.holds, entry))


def release(plan: Plan, rollout: Rollout, now: int) -> Moved:
    """A person resumes: holds and overlays go, alarms may act again, evidence starts afresh, and where flags move so
    does the soak or the watch. A rollout that was rolled back begins again at its first stage."""
    flags = {name: structs.replace(flag, kept=None, kept_by="") for name, flag in rollout.flags.items()}
    free = structs.replace(
        rollout,
        holds=(),
        flags=flags,
        acted={},
        drilling=None,
        resumed_at=now,
        evidence_from=now,
        waiting="",
        waiting_line="",
        told=(),
    )
    if free.status == "rolled_back":
        return enter_stage(plan, free, 0, now)
    moved, writes = retarget(plan, without_approvals(plan, free))
    if writes:
        watch_until = now + plan.watch.length if moved.status == "watching" else moved.watch_until
        moved = structs.replace(moved, entered_at=now, watch_until=watch_until)
    return moved, writes
