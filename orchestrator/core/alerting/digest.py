"""What was held back, told in one message: a line a group, with counts that add up to what was not told otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, structs

from orchestrator.core.alerting.alert import Group, Severity
from orchestrator.core.alerting.policy import Policy
from orchestrator.core.alerting.telling import by_digest, unaccounted
from orchestrator.core.markdown import shorten

MOST_LINES = 25
"""Groups in one digest: a message holds some 4,000 characters, and its transaction 100 writes at most."""

LONGEST_LINE = 100
"""Characters of a headline in a digest."""


class DigestLine(Struct, frozen=True, kw_only=True):
    """`count` events of a group that nobody was shown before; `why` they were held back."""

    headline: str
    count: int
    why: str
    firing: bool
    severity: Severity
    first_seen: int
    last_seen: int


class Digest(Struct, frozen=True, kw_only=True):
    """It is saved with the groups it speaks of, all or nothing, and then sent until it is taken. Until it was tried for
    the first time further lines may join it. `in_doubt_since`: when a try of it got no answer."""

    number: int
    id: str
    receiver: str
    lines: tuple[DigestLine, ...]
    made_at: int
    version: int = 0
    sent_at: int = 0
    message: str = ""
    tries: int = 0
    not_before: int = 0
    in_doubt_since: int = 0

    @property
    def total(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def room(self) -> int:
        """Lines that may still join it: whoever has been sent it once must not be sent another under its key."""
        return 0 if self.sent_at or self.tries else MOST_LINES - len(self.lines)


def line_of(group: Group, receiver: str, why: str) -> DigestLine:
    alert = group.leading
    return DigestLine(
        headline=shorten(alert.notice.headline, LONGEST_LINE),
        count=unaccounted(group, receiver),
        why=why,
        firing=bool(group.firing),
        severity=group.severity,
        first_seen=group.first_seen,
        last_seen=group.last_seen,
    )


def with_lines(
    digest: Digest, held: Sequence[tuple[Group, str]], policy: Policy, now: int
) -> tuple[Digest, tuple[tuple[Group, Group], ...]]:
    """The digest with a line for each of the first groups held back (each with why), as many as it has room for, and
    what becomes of them."""
    taken, receiver = held[: digest.room], digest.receiver
    lines = tuple(line_of(group, receiver, why) for group, why in taken)
    changed = tuple((group, by_digest(group, receiver, policy, now)) for group, _ in taken)
    return structs.replace(digest, lines=(*digest.lines, *lines)), changed
