"""Moves: the few ways in which a rollout changes, each giving the next state and the writes that follow from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import structs

from orchestrator.core.effects import WriteFlag
from orchestrator.core.gates import Approval
from orchestrator.core.plan import Plan, Values
from orchestrator.core.rollout import FlagState, HoldEntry, HoldKind, Rollout

Moved = tuple[Rollout, tuple[WriteFlag, ...]]


def target(plan: Plan, rollout: Rollout) -> Values:
    """What each flag shall hold: the position in the plan, under whatever overlays it."""
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
        rollout,
        status="running",
        stage=index,
        flips=at_once,
        entered_at=now,
        evidence_from=now,
        waiting="",
        waiting_line="",
        told=(),
        approvals=_elsewhere(plan, rollout, index),
        flags=_released(rollout.flags, [flip.flag for flip in stage.flips[:at_once]]),
        transition=rollout.transition + 1,
    )
    return retarget(plan, entered)


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


def _elsewhere(plan: Plan, rollout: Rollout, index: int) -> tuple[Approval, ...]:
    """The approvals of other stages: a yes to this one was given on evidence that no longer counts."""
    return tuple(approval for approval in rollout.approvals if approval.stage != plan.stages[index].key)


ADOPTED = "adopted"


def keep(plan: Plan, rollout: Rollout, values: Iterable[tuple[str, str]], by: str) -> Moved:
    """Overlay these values on every stage until a person resumes.

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


def go_back(plan: Plan, rollout: Rollout, to: Literal["start", "previous", "safe"], by: str, now: int) -> Moved:
    """Back to the baseline, the stage before, or every flag's safe value. What is kept safe stays kept; what was
    changed by hand away from safe is written over, adopted or not. It never waits for gates, holds or approvals."""
    disturbed = [name for name, flag in rollout.flags.items() if flag.found is not None]
    rollout = structs.replace(rollout, flags=_released(rollout.flags, rollout.flags))
    if to == "previous" and rollout.stage > 0:
        stage = rollout.stage - 1
        flips = len(plan.stages[stage].flips)
        back = structs.replace(rollout, status="running", stage=stage, flips=flips, entered_at=now, evidence_from=now)
        back = structs.replace(back, approvals=_elsewhere(plan, rollout, stage))
    else:
        back = structs.replace(rollout, status="rolled_back", stage=-1, flips=0, entered_at=now, evidence_from=now)
    back = structs.replace(back, transition=rollout.transition + 1, watch_until=0, waiting="", waiting_line="", told=())
    if to == "safe":
        flags = {
            spec.name: structs.replace(back.flags[spec.name], kept=spec.safe, kept_by=by)
            for spec in plan.flags
            if spec.name in back.flags
        }
        back = structs.replace(back, flags={**back.flags, **flags})
    return retarget(plan, back, again=disturbed)


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
        resumed_at=now,
        evidence_from=now,
        waiting="",
        waiting_line="",
        told=(),
    )
    if free.status == "rolled_back":
        return enter_stage(plan, free, 0, now)
    free = structs.replace(free, approvals=_elsewhere(plan, free, free.stage))
    moved, writes = retarget(plan, free)
    if writes:
        watch_until = now + plan.watch if moved.status == "watching" else moved.watch_until
        moved = structs.replace(moved, entered_at=now, watch_until=watch_until)
    return moved, writes
