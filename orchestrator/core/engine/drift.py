"""Drift: what SSM holds against what the state wants, flag by flag.

A write of ours that is missing or late is made again. A person's change towards safe is adopted and never undone; one
away from safe is left as found and asked about, unless a rollback or a safeguard keeps the flag: then the kept value
is written again.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, structs

from orchestrator.core import wording
from orchestrator.core.effects import Decision, Post, Raise, Settle, WriteFlag
from orchestrator.core.engine.moves import hold, in_order
from orchestrator.core.engine.raising import ended, raised
from orchestrator.core.exposure import reading
from orchestrator.core.facts import Facts, LiveFlag, Mark
from orchestrator.core.plan import FlagSpec, Plan
from orchestrator.core.rollout import FlagState, HoldKind, Rollout

Found = Literal[
    "as wanted", "not ours to keep", "write again", "emergency", "made safe", "moved away", "put back over", "known"
]

EMERGENCY_FENCE = 0
"""The fence of a safeguard's write that was made while the table could not be reached."""

ABSENT = ""
"""What `found` holds for a parameter that somebody deleted."""


DRIFT = "drift"
"""The rule of an alert about a flag that was moved away from safe by hand."""

LASTS_WITHOUT_NEWS = 3600
"""Seconds: what nobody has to settle counts as over when it was not seen again for so long."""

TOLD = (Post, Raise, Settle)
"""Effects that only tell: they come after every write."""

KEPT_OVER_HANDS = ("safeguard", "rollback", "ladder")
"""How `kept_by` begins where a value is kept safe: a change by hand away from it is written over."""


class Reconciled(Struct, frozen=True, kw_only=True):
    rollout: Rollout
    writes: tuple[WriteFlag, ...] = ()
    posts: tuple[Post | Raise, ...] = ()
    reason: str = ""


def reconcile(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Reconciled:
    """The state after comparing every flag, with what is to be written and said. An ended rollout owns none."""
    if not facts.flags_read or not rollout.is_live:
        return Reconciled(rollout=rollout)
    done = Reconciled(rollout=rollout)
    for name, state in sorted(rollout.flags.items()):
        if state.desired is not None:
            spec = plan.flag(name) or FlagSpec(name=name, safe=state.desired)
            done = _one(done, spec, state, facts.flags.get(name), facts.marks.get(name), now)
    return done


def then(plan: Plan, found: Reconciled, decision: Decision) -> Decision:
    """A decision made on the reconciled state, with what the reconciling itself asks for. Each flag is written once:
    a value that the decision has overtaken must not be seen in SSM, not even for a moment."""
    if decision.kind == "refuse":
        return decision
    seen = {write.flag: write.from_value for write in found.writes}
    writes = {write.flag: write for write in found.writes}
    for write in decision.writes:
        from_value = seen.get(write.flag, write.from_value)
        writes[write.flag] = structs.replace(
            write, from_value=from_value if from_value != write.to_value else write.from_value
        )
    arming = [effect for effect in decision.outgoing if not isinstance(effect, TOLD)]
    posts = [effect for effect in decision.outgoing if isinstance(effect, TOLD)]
    reason = found.reason if found.reason and decision.kind == "hold" else decision.reason
    effects = (*arming, *in_order(plan, writes.values()), *found.posts, *posts)
    return structs.replace(decision, reason=reason, effects=effects)


def read_back(rollout: Rollout, facts: Facts) -> dict[str, tuple[int, int]]:
    """Flags whose desired value SSM now returns, though nobody has recorded it: flag to (fence, SSM version)."""
    return {
        name: (state.fence, facts.flags[name].version)
        for name, state in rollout.flags.items()
        if state.pending and name in facts.flags and facts.flags[name].value == state.desired
    }


def classify(rollout: Rollout, spec: FlagSpec, state: FlagState, live: LiveFlag | None, mark: Mark | None) -> Found:
    """What a difference means. Ours is known by its mark, or by an SSM version that nobody has touched since."""
    if live is not None and live.value == state.desired:
        return "as wanted"
    # Rollouts raise the fences of flags that the standing set has no part in: there, only its own marks are ours.
    ours = mark is not None and (rollout.status != "standing" or mark.owner == rollout.id)
    if live is not None and mark is not None and ours and mark.covers(live):
        if mark.fence == EMERGENCY_FENCE and mark.safeguard:
            newer = mark.at >= rollout.resumed_at
            safer = state.desired is None or spec.is_towards_safe(live.value, current=state.desired)
            return "emergency" if newer and safer else "write again"
        if mark.fence <= state.fence:
            return "write again"
    if state.pending and (live is None or live.version <= state.verified):
        return "write again"
    if rollout.status == "standing" and (state.kept is None or state.kept_by == "hand") and not state.pending:
        return "not ours to keep"
    if live is not None and state.desired is not None and same_meaning(live.value, state.desired):
        return "write again"
    if live is not None and state.desired is not None and spec.is_towards_safe(live.value, current=state.desired):
        return "made safe"
    if rollout.status in ("rolled_back", "aborting") or state.kept_by.startswith(KEPT_OVER_HANDS):
        return "put back over"
    return "known" if state.found == (live.value if live else ABSENT) else "moved away"


def same_meaning(text: str, other: str) -> bool:
    """Whether both give every subject the same value: `false`, and a definition that says false to everybody. The shape
    of a parameter is kept for a whole rollout, so the other shape is written over."""
    setting = reading(text)
    return setting is not None and setting == reading(other)


def _one(
    so_far: Reconciled, spec: FlagSpec, state: FlagState, live: LiveFlag | None, mark: Mark | None, now: int
) -> Reconciled:
    rollout = so_far.rollout
    value = live.value if live else ABSENT
    match classify(rollout, spec, state, live, mark):
        case "as wanted":
            return _put_right(so_far, spec.name, state, now)
        case "not ours to keep" | "known":
            return so_far
        case "write again":
            return _written_again(so_far, spec.name, state, live)
        case "emergency":
            assert live is not None
            assert mark is not None
            return _adopted(so_far, spec, state, live, f"safeguard {mark.safeguard}", now)
        case "made safe":
            assert live is not None
            return _adopted(so_far, spec, state, live, "hand", now)
        case "put back over":
            again = _written_again(so_far, spec.name, state, live)
            notice = wording.kept_safe(rollout, spec.name, value, state.desired or "", state.kept_by, now)
            alert = raised(
                rollout, "kept-safe", "warning", notice, service=spec.name, lasts=LASTS_WITHOUT_NEWS, proves=True
            )
            return structs.replace(again, posts=(*again.posts, alert))
        case "moved away":
            return _asked_about(so_far, spec, state, value, now)


def _put_right(so_far: Reconciled, name: str, state: FlagState, now: int) -> Reconciled:
    if state.found is None:
        return so_far
    rollout = so_far.rollout
    flags = {**rollout.flags, name: structs.replace(state, found=None)}
    holds = tuple(h for h in rollout.holds if not (h.kind == "drift" and h.flag == name))
    back = structs.replace(rollout, flags=flags, holds=holds)
    why = f"{name} was put back to {wording.reads(state.desired or '')} by hand"
    over = ended(rollout, DRIFT, why, now, service=name)
    return structs.replace(so_far, rollout=back, posts=(*so_far.posts, over), reason=why)


def _written_again(so_far: Reconciled, name: str, state: FlagState, live: LiveFlag | None) -> Reconciled:
    assert state.desired is not None
    write = WriteFlag(flag=name, from_value=live.value if live else None, to_value=state.desired, fence=state.fence)
    rollout = so_far.rollout
    if not state.pending:
        flags = {**rollout.flags, name: structs.replace(state, pending=True)}
        rollout = structs.replace(rollout, flags=flags)
    return structs.replace(so_far, rollout=rollout, writes=(*so_far.writes, write))


def _adopted(so_far: Reconciled, spec: FlagSpec, state: FlagState, live: LiveFlag, by: str, now: int) -> Reconciled:
    """SSM already holds it: nothing is written, the state follows, and the rollout is held."""
    rollout = so_far.rollout
    adopted = FlagState(
        desired=live.value, fence=state.fence + 1, kept=live.value, kept_by=by, verified=live.version, pending=False
    )
    kind: HoldKind = "hand" if by == "hand" else "safeguard"
    who = "hand" if by == "hand" else f"{by} while the table was down"
    reason = f"{spec.name} was set to {wording.reads(live.value)} by {who}"
    held = structs.replace(rollout, flags={**rollout.flags, spec.name: adopted}, transition=rollout.transition + 1)
    if rollout.status != "standing":
        held = hold(held, kind, by, reason, now, flag=spec.name)
    notice = wording.adopted(held, spec.name, state.desired or "", live.value, by, now)
    lasts = LASTS_WITHOUT_NEWS if rollout.status == "standing" else 0
    alert = raised(held, "made-safe-by-hand", "warning", notice, service=spec.name, lasts=lasts)
    return structs.replace(so_far, rollout=held, posts=(*so_far.posts, alert), reason=reason)


def _asked_about(so_far: Reconciled, spec: FlagSpec, state: FlagState, value: str, now: int) -> Reconciled:
    rollout = so_far.rollout
    seen = f"changed to {wording.reads(value)} by hand" if value else "deleted by hand"
    reason = f"{spec.name} was {seen}; it should be {wording.reads(state.desired or '')}"
    flags = {**rollout.flags, spec.name: structs.replace(state, found=value)}
    held = structs.replace(rollout, flags=flags, transition=rollout.transition + 1)
    held = hold(held, "drift", "hand", reason, now, flag=spec.name)
    alert = raised(
        held, DRIFT, "warning", wording.drifted(held, spec.name, value, state.desired or "", now), service=spec.name
    )
    return structs.replace(so_far, rollout=held, posts=(*so_far.posts, alert), reason=reason)
