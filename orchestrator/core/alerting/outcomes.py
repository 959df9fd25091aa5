"""What a group is once a sending of it was taken, refused for good, or has found its message deleted. Pure."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.alerting.alert import RANK, Group
from orchestrator.core.alerting.telling import Due, Receipt


def taken(group: Group, found: Due, receipt: Receipt, *, again: bool) -> Group:
    """The receiver knows it now. A repeat shows what the first try showed: its count may be older than ours, so it is
    to be edited."""
    told = structs.replace(
        found.told,
        message=receipt.message or found.told.message,
        thread=receipt.thread or found.told.thread,
        edited_at=0 if again else found.told.edited_at,
    )
    if again and found.kind == "new":
        told = structs.replace(told, count=-1)
    sending = group.sending[found.receiver]
    if RANK[sending.severity] < RANK[told.severity]:
        # The first try called it less bad; if that one got through, nobody knows yet that it got worse.
        told = structs.replace(told, severity=sending.severity)
    after = _no_longer_waiting(group, found.receiver)
    still_refused = {name: why for name, why in group.refused.items() if name != found.receiver}
    return structs.replace(after, told={**group.told, found.receiver: told}, refused=still_refused)


def refused(group: Group, found: Due, why: str) -> Group:
    """It never will take it: that counts as told, by the pager."""
    after = _no_longer_waiting(group, found.receiver)
    return structs.replace(
        after, told={**group.told, found.receiver: found.told}, refused={**group.refused, found.receiver: why}
    )


def without_message(group: Group, receiver: str) -> Group:
    """Somebody has deleted it: the receiver is told anew."""
    told = group.told.get(receiver)
    if told is None:
        return group
    forgotten = structs.replace(told, message="", thread="", at=0)
    return structs.replace(group, told={**group.told, receiver: forgotten})


def _no_longer_waiting(group: Group, receiver: str) -> Group:
    def without(known: dict[str, int]) -> dict[str, int]:
        return {name: value for name, value in known.items() if name != receiver}

    return structs.replace(
        group,
        tries=without(group.tries),
        not_before=without(group.not_before),
        late_since=without(group.late_since),
    )
