"""The few ways in which the outside fails. Whoever calls a port need know no other error."""

from __future__ import annotations


class SwitchbackError(Exception):
    """The root of the family. Texts are fit for a log line: no secret, no foreign exception's words."""


class Unavailable(SwitchbackError):
    """The far side did not answer, or asked to come back later. Nothing may be assumed; try again.

    `unanswered`: it may well have done what it was asked, and only its answer is missing.
    """

    def __init__(self, what: str, retry_after: float | None = None, *, unanswered: bool = False) -> None:
        super().__init__(what)
        self.retry_after, self.unanswered = retry_after, unanswered


class Refused(SwitchbackError):
    """The far side said no, and will say no again."""


class Gone(Refused):
    """What was to be changed is not there any more: an expired reply token, a deleted message."""


class Conflict(SwitchbackError):
    """Somebody else moved first. Load again and decide again."""


class AlreadyDone(SwitchbackError):
    """This interaction, or this confirmation, was carried out before."""


class Locked(SwitchbackError):
    """A flag belongs to another rollout, or a plan has a live one already. `holder` is that rollout's id."""

    def __init__(self, what: str, holder: str) -> None:
        super().__init__(f"{what} belongs to {holder}")
        self.what, self.holder = what, holder


class UnknownSchema(SwitchbackError):
    """The item was written by a newer Switchback than this one. It is left alone."""
