"""One transition, one TransactWriteItems: its writes with their conditions, and what a refusal of each one
means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from orchestrator.adapters.aws.clients import RefusedByAws
from orchestrator.adapters.aws.table import items
from orchestrator.adapters.aws.table.items import Item, Key, item
from orchestrator.adapters.aws.table.store import Cancelled, Store, put_request, update_request
from orchestrator.adapters.aws.table.transitions import (
    MOST_WRITES,
    FlagWrite,
    NameWrite,
    flag_writes,
    name_write,
    outbox_entries,
    require_sound,
    without_token,
)
from orchestrator.core.commands import Confirmation
from orchestrator.core.effects import Outgoing
from orchestrator.core.rollout import STANDING, Rollout, encode_rollout
from orchestrator.ports import (
    AlreadyDone,
    Conflict,
    Locked,
    Refused,
    SwitchbackError,
    Transition,
    Unavailable,
    Waiting,
)

OUTGOING = msgspec.json.Decoder(Outgoing)

FAULTS = frozenset(
    {"ValidationException", "ValidationError", "ParamValidationError", "ItemCollectionSizeLimitExceeded"}
)
"""Codes of a write that is itself at fault: it will be refused again."""


class Write(Struct, frozen=True, kw_only=True):
    """One write of the transaction, and what it means when its condition does not hold, given the item
    found."""

    request: dict[str, Any]
    refusal: Callable[[Item], SwitchbackError]


def save(store: Store, transition: Transition) -> None:
    """As `Rollouts.save` promises. One call; a second, to look, only when the first was not answered."""
    require_sound(transition)
    writes = list(_writes(store.name, transition, store.clock.now()))
    if len(writes) > MOST_WRITES:
        raise Refused(f"this change of {transition.after.id} is {len(writes)} writes; at most {MOST_WRITES} at once")
    try:
        store.transact([write.request for write in writes])
    except Cancelled as cancelled:
        _settle(store, transition, writes, cancelled)
    except Unavailable:
        if not _is_saved(store, transition):
            raise
    except RefusedByAws as refused:
        # A right that is missing or a table that is not there is, to whoever must get a flag off, a table
        # that cannot be written. Only a write that is itself at fault is a refusal.
        if refused.code in FAULTS:
            raise
        raise Unavailable(str(refused)) from None


def _settle(store: Store, transition: Transition, writes: list[Write], cancelled: Cancelled) -> None:
    """Say what the refusals amount to, or nothing when they come from this very transition, written
    before."""
    failed = [
        (write, reason.found or {})
        for write, reason in zip(writes, cancelled.reasons, strict=True)
        if reason.code == "ConditionalCheckFailed"
    ]
    if any(found.get("transition_id") == transition.after.transition_id for _, found in failed):
        return
    refusals = [write.refusal(found) for write, found in failed]
    # Whoever starts wants to know who is in the way; whoever goes on must first see the newest state.
    order = (AlreadyDone, Locked, Conflict) if transition.before is None else (AlreadyDone, Conflict, Locked)
    for kind in order:
        for refusal in refusals:
            if isinstance(refusal, kind):
                raise refusal
    if _is_saved(store, transition):
        return
    codes = {reason.code for reason in cancelled.reasons} - {"None"}
    if "TransactionConflict" in codes:
        raise Conflict(f"{transition.after.id} is being written by somebody else")
    if codes & FAULTS:
        raise Refused(f"saving {transition.after.id}: {', '.join(sorted(codes))}")
    raise Unavailable(f"saving {transition.after.id}: {', '.join(sorted(codes))}")


def _is_saved(store: Store, transition: Transition) -> bool:
    """Whether our own write is there. The audit entry stays what it is; a state without one may have moved
    on."""
    after = transition.after
    key = items.audit_key(after.id, after.audit_seq) if transition.entry else items.state_key(after.id)
    try:
        found = store.get(key)
    except SwitchbackError:
        return False
    return found is not None and found.get("transition_id") == after.transition_id


def _writes(table: str, transition: Transition, now: int) -> Iterable[Write]:
    before, after = transition.before, transition.after
    yield _state(table, before, after)
    if transition.entry is not None:
        body = msgspec.json.encode(transition.entry, order="sorted").decode()
        key = items.audit_key(after.id, transition.entry.seq)
        entry = item(key, body=body, at=transition.entry.at, transition_id=after.transition_id)
        yield Write(request=put_request(table, entry, "attribute_not_exists(#pk)"), refusal=_moved(after))
    for waiting in outbox_entries(transition, now):
        yield Write(request=put_request(table, effect_item(waiting)), refusal=_moved(after))
    for flag in flag_writes(before, after):
        yield _flag(table, flag, after)
    name = name_write(before, after)
    if name is not None:
        yield _name(table, name, after)
    if transition.interaction_id:
        yield _seen(table, transition, now)
    if transition.confirmation:
        yield _use(table, transition, now)
    for card in transition.cards:
        new = confirmation_item(card)
        yield Write(request=put_request(table, new, "attribute_not_exists(#pk)"), refusal=_moved(after))


def _moved(after: Rollout) -> Callable[[Item], SwitchbackError]:
    return lambda found: Conflict(f"{after.id} has moved on")


def state_item(rollout: Rollout) -> Item:
    """The state; live ones stand in the index of what is due, and all but the standing set in the listing."""
    key = items.state_key(rollout.id)
    promoted: Item = {
        "schema": rollout.schema,
        "status": rollout.status,
        "plan": rollout.plan,
        "transition": rollout.transition,
    }
    if rollout.is_live:
        promoted.update(due_shard=items.shard_of(rollout.id), next_check=rollout.next_check)
    if rollout.id != STANDING:
        promoted.update(list_key=items.ROLLOUTS, list_at=rollout.started_at)
    return {**item(key, **state_body(rollout)), **promoted}


def state_body(rollout: Rollout) -> Item:
    body = encode_rollout(rollout).decode()
    return {"body": body, "version": rollout.version, "transition_id": rollout.transition_id}


def _state(table: str, before: Rollout | None, after: Rollout) -> Write:
    if before is None:
        request = put_request(table, state_item(after), "attribute_not_exists(#pk)")
    else:
        request = put_request(table, state_item(after), "#version = :before", {":before": before.version})
    return Write(request=request, refusal=_moved(after))


def effect_item(waiting: Waiting) -> Item:
    return item(
        items.effect_key(waiting.rollout, waiting.seq),
        rollout=waiting.rollout,
        seq=waiting.seq,
        key=waiting.key,
        body=msgspec.json.encode(waiting.effect, order="sorted").decode(),
        created_at=waiting.created_at,
        not_before=waiting.not_before,
        tries=waiting.tries,
        buttons=list(waiting.buttons),
    )


def confirmation_item(confirmation: Confirmation) -> Item:
    return item(
        items.confirm_key(confirmation.id),
        body=msgspec.json.encode(without_token(confirmation), order="sorted").decode(),
        expires_at=items.kept_until(confirmation),
    )


def _flag(table: str, write: FlagWrite, after: Rollout) -> Write:
    free = "attribute_not_exists(#owner)" if after.id == STANDING else "(attribute_not_exists(#owner) OR #owner = :me)"
    above = "#fence < :fence" if write.raised else "#fence = :fence"
    values: dict[str, Any] = {":fence": write.fence, ":schema": items.SCHEMA}
    change, gone = "SET #schema = :schema, #fence = :fence", []
    if write.owner:
        change += ", #owner = :me"
    else:
        gone.append("#owner")
    if write.desired is not None:
        change += ", #desired = :desired"
        values[":desired"] = write.desired
    else:
        gone.append("#desired")
    if after.id != STANDING:
        values[":me"] = after.id
    if gone:
        change += f" REMOVE {', '.join(gone)}"
    condition = f"{free} AND (attribute_not_exists(#fence) OR {above})"

    def refusal(found: Item) -> SwitchbackError:
        owner = found.get("owner", "")
        if owner and owner != after.id:
            return Locked(write.flag, owner)
        return Conflict(f"{write.flag} was fenced at {found.get('fence', 0)} by somebody else")

    return Write(request=update_request(table, items.flag_key(write.flag), change, condition, values), refusal=refusal)


def _name(table: str, write: NameWrite, after: Rollout) -> Write:
    key = items.name_key(write.plan)
    if not write.claims:
        condition = "attribute_not_exists(#live) OR #live = :me"
        change, given = "SET #schema = :schema REMOVE #live", {":schema": items.SCHEMA, ":me": after.id}
        request = update_request(table, key, change, condition, given)
    else:
        change = "SET #schema = :schema, #live = :me, #runs = :number"
        condition = "attribute_not_exists(#live) AND (attribute_not_exists(#runs) OR #runs < :number)"
        values = {":schema": items.SCHEMA, ":me": after.id, ":number": write.number}
        request = update_request(table, key, change, condition, values)

    def refusal(found: Item) -> SwitchbackError:
        if "live" in found:
            return Locked(write.plan, found["live"])
        return Conflict(f"run {write.number} of {write.plan} has been handed out")

    return Write(request=request, refusal=refusal)


def _seen(table: str, transition: Transition, now: int) -> Write:
    new = item(
        items.seen_key(transition.interaction_id),
        rollout=transition.after.id,
        transition_id=transition.after.transition_id,
        expires_at=now + items.SEEN_KEPT,
    )
    condition, values = "attribute_not_exists(#pk) OR #expires_at <= :now", {":now": now}
    return Write(
        request=put_request(table, new, condition, values),
        refusal=lambda found: AlreadyDone("this interaction was carried out before"),
    )


def _use(table: str, transition: Transition, now: int) -> Write:
    key: Key = items.confirm_key(transition.confirmation)
    by = transition.entry.actor_id if transition.entry else ""
    change = "SET #used_at = :now, #used_by = :by, #transition_id = :transition"
    values = {":now": now, ":by": by, ":transition": transition.after.transition_id}
    condition = "#expires_at > :now AND attribute_not_exists(#used_at)"

    def refusal(found: Item) -> SwitchbackError:
        if "used_at" in found:
            return AlreadyDone("this confirmation was used before")
        return Conflict("this confirmation is not known any more")

    return Write(request=update_request(table, key, change, condition, values), refusal=refusal)
