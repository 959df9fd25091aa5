"""The ways to people: where they are told things, what the buttons there stand for, and pages to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from orchestrator.core.alerting.telling import Notification, Receipt
from orchestrator.core.commands import Confirmation
from orchestrator.core.notices import Notice


class Channel(Protocol):
    """The ops channel, where rollouts are told. Nothing in the path of a flag waits for it. Alerts go to a Receiver."""

    def post(self, notice: Notice, *, key: str, buttons: Sequence[str] = ()) -> str:
        """Returns the message's id. `key` makes a repeat harmless; `buttons` are ids, one for each action."""

    def finish(self, token: str, notice: Notice) -> None:
        """Complete the reply to an interaction. Raises Gone when its token has expired."""


class Confirmations(Protocol):
    """What each button stands for. It is used up by the transition that it confirms, never by itself."""

    def put(self, confirmation: Confirmation) -> None:
        """Kept without its token. Raises Conflict for an id that is taken by another one."""

    def get(self, confirmation_id: str) -> Confirmation | None:
        """Also one that has run out: the caller compares `expires_at`."""


class Receiver(Protocol):
    """One way to people: a channel, a topic. `edits`: whether what was sent can be changed afterwards."""

    edits: bool

    def send(self, notification: Notification) -> Receipt:
        """Raises Unavailable (again later, with the same key), Gone (its message is there no more), Refused."""


class Pager(Protocol):
    """The path that does not need the chat. Subscribers may filter by what `labels` says, such as the severity."""

    def page(self, subject: str, text: str, labels: Mapping[str, str] = {}) -> None: ...


class Links(Protocol):
    """Addresses of pages about a thing; empty where there is none."""

    def runbook(self, rule: str) -> str: ...

    def dashboard(self, alarm: str) -> str:
        """The alarm's own page, or the stack's dashboard where no alarm is behind it."""

    def message(self, receiver: str, message: str) -> str:
        """Where a message stands in the chat."""
