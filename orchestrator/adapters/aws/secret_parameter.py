"""A secret in SSM: a SecureString, fetched when it is needed, kept for five minutes, never in the environment."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.ports import Refused, Unavailable

KEPT_FOR = 300
"""Seconds; after a secret was rotated the old one is used no longer than this."""


class SecretParameter:
    """`what` names the secret in errors: the bot token, the GitHub token."""

    def __init__(self, clients: Clients, parameter: str, now: Callable[[], int], what: str) -> None:
        self._clients, self._parameter, self._now, self._what = clients, parameter, now, what
        self._kept = ""
        self._until = 0

    def __call__(self) -> str:
        """Raises Unavailable, also when we are not allowed to read it: what needs it waits."""
        if self._now() >= self._until:
            try:
                with translated(f"reading {self._what}"):
                    answer = self._clients.ssm.get_parameter(Name=self._parameter, WithDecryption=True)
            except Refused as problem:
                raise Unavailable(str(problem), KEPT_FOR) from None
            self._kept, self._until = answer["Parameter"]["Value"], self._now() + KEPT_FOR
        return self._kept
