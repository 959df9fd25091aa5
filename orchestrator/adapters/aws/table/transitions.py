"""What one transition writes beside the state, worked out from the transition alone.

Nothing here knows a database: the table in AWS and the one in memory follow the same rules because they share
them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, structs

from orchestrator.core.commands import Confirmation
from orchestrator.core.effects import Post
from orchestrator.core.rollout import STANDING, FlagState, Rollout
from orchestrator.ports import Transition, Waiting

MOST_WRITES = 100
"""Items that DynamoDB takes in one transaction."""


class FlagWrite(Struct, frozen=True, kw_only=True):
    """What becomes of a flag's lock, and which fence it may have.

    owner: the rollout that holds the lock afterwards, empty when nobody does. raised: the fence must be above
    the highest the flag has had; otherwise it must be that one.
    """

    flag: str
    owner: str
    desired: str | None
    fence: int
    raised: bool


class NameWrite(Struct, frozen=True, kw_only=True):
    """The plan's pointer to its live rollout: claimed with the run's number, or given up."""

    plan: str
    claims: bool
    number: int = 0


def require_sound(transition: Transition) -> None:
    """ValueError for a transition that no caller may build: a fault in our own code, never somebody's
    input."""
    before, after, entry = transition.before, transition.after, transition.entry
    faults = []
    if not after.transition_id or (before is not None and before.transition_id == after.transition_id):
        faults.append("it needs a transition id of its own")
    if before is not None and before.id != after.id:
        faults.append(f"it turns {before.id} into another rollout")
    if after.version != (before.version if before else 0) + 1:
        faults.append("its version is not the one after")
    if after.effect_seq != (before.effect_seq if before else 0) + len(transition.effects):
        faults.append("its effects are not counted in effect_seq")
    if after.audit_seq != (before.audit_seq if before else 0) + (entry is not None):
        faults.append("its audit entry is not counted in audit_seq")
    if entry is not None and (entry.seq != after.audit_seq or entry.hash != after.audit_head):
        faults.append("its audit entry is not the head of the chain")
    if transition.cards and len(transition.cards) != sum(_actions(effect) for effect in transition.effects):
        faults.append("its cards are not one for each action of its notices")
    if faults:
        raise ValueError(f"transition of {after.id} to version {after.version}: {'; '.join(faults)}")


def flag_writes(before: Rollout | None, after: Rollout) -> list[FlagWrite]:
    """Flags whose lock or fence changes hands. The standing set never owns a flag: it only ever raises
    fences."""
    if after.id == STANDING:
        old = before.flags if before else {}
        return [
            FlagWrite(flag=name, owner="", desired=new.desired, fence=new.fence, raised=True)
            for name, new in after.flags.items()
            if new.fence != old.get(name, FlagState()).fence
        ]
    claims = after.is_live and (before is None or not before.is_live)
    releases = before is not None and before.is_live and not after.is_live
    held = {**(before.flags if before else {}), **after.flags}
    writes = []
    for name, new in held.items():
        known = before.flags.get(name) if before else None
        raised = new.fence != known.fence if known else _moved_at_start(after, name, new)
        if claims or releases or raised or known is None or new.desired != known.desired:
            owner = after.id if after.is_live else ""
            writes.append(FlagWrite(flag=name, owner=owner, desired=new.desired, fence=new.fence, raised=raised))
    return writes


def _moved_at_start(after: Rollout, name: str, new: FlagState) -> bool:
    """A rollout begins with the fences as it found them; a flag that its first stage moves has one more."""
    return new.pending or new.desired != after.baseline.get(name)


def lock_fault(write: FlagWrite, me: str, owner: str, fence: int | None) -> Literal["", "locked", "fence"]:
    """Why a flag, locked by `owner` and last fenced at `fence`, may not be written so: what the conditions
    say."""
    if owner and (owner != me or me == STANDING):
        return "locked"
    if fence is not None and (write.fence <= fence if write.raised else write.fence != fence):
        return "fence"
    return ""


def name_write(before: Rollout | None, after: Rollout) -> NameWrite | None:
    """ValueError for a rollout that is not called `{plan}-{n}`: its number could be handed out again."""
    if after.id == STANDING:
        return None
    if before is None and after.is_live:
        number = after.id.removeprefix(f"{after.plan}-")
        if number == after.id or not (number.isascii() and number.isdigit()):
            raise ValueError(f"rollout {after.id} is not called {after.plan}-NUMBER")
        return NameWrite(plan=after.plan, claims=True, number=int(number))
    if before is not None and before.is_live and not after.is_live:
        return NameWrite(plan=after.plan, claims=False)
    return None


def outbox_entries(transition: Transition, now: int) -> list[Waiting]:
    """The effects with the numbers that end at the state's `effect_seq`; the cards go to the posts, in
    order."""
    rollout = transition.after.id
    seq = transition.after.effect_seq - len(transition.effects)
    cards = [card.id for card in transition.cards]
    entries = []
    for effect in transition.effects:
        seq += 1
        buttons, cards = cards[: _actions(effect)], cards[_actions(effect) :]
        entries.append(
            Waiting(
                rollout=rollout,
                seq=seq,
                key=key_of(rollout, seq),
                effect=effect,
                created_at=now,
                buttons=tuple(buttons),
            )
        )
    return entries


def key_of(rollout: str, seq: int) -> str:
    """What the far side knows a repeat by: 24 characters, since Discord's nonce takes 25."""
    return hashlib.sha256(f"{rollout}-{seq}".encode()).hexdigest()[:24]


def count_writes(transition: Transition) -> int:
    """The state, and all that is written with it."""
    before, after = transition.before, transition.after
    single = (transition.entry, name_write(before, after), transition.interaction_id, transition.confirmation)
    several = len(transition.effects) + len(transition.cards) + len(flag_writes(before, after))
    return 1 + sum(1 for write in single if write) + several


def with_verified(rollout: Rollout, versions: Mapping[str, tuple[int, int]], at: int) -> Rollout:
    """The next state once these flags, at these fences, were read back; the same object when that is nothing
    new.

    It is a version like any other, under an id of its own, derived from the last one's.
    """
    flags = dict(rollout.flags)
    for name, (fence, version) in versions.items():
        known = flags.get(name)
        if known is None or known.fence != fence or (not known.pending and version <= known.verified):
            continue
        verified_at = at if known.pending else known.verified_at
        newest = max(version, known.verified)
        flags[name] = structs.replace(known, verified=newest, verified_at=verified_at, pending=False)
    if flags == rollout.flags:
        return rollout
    version = rollout.version + 1
    transition_id = f"{rollout.transition_id.split('~')[0]}~{version}"
    return structs.replace(rollout, flags=flags, version=version, transition_id=transition_id)


def without_token(confirmation: Confirmation) -> Confirmation:
    """What may be stored: the token that finishes a reply is a credential, and a button outlives it."""
    return structs.replace(confirmation, command=structs.replace(confirmation.command, token=""))


def _actions(effect: object) -> int:
    return len(effect.notice.actions) if isinstance(effect, Post) else 0
