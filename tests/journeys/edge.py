"""Faults at the network's edge: on the wire between the bot and AWS, and between the bot and Discord.

Only requests of the bot's own clients are touched; the world beside it, which shares the wire, goes on.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from moto.core.botocore_stubber import BotocoreStubber

from orchestrator.sandbox.discord.transport import StandInTransport

Send = Callable[[], Any]
Act = Callable[[Send], Any]


class Killed(BaseException):
    """The process is gone: nothing of ours may catch this."""


class Edge:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._rules: list[tuple[str, str, Act]] = []
        self._to_discord: list[tuple[str, Act]] = []
        answered, sent = BotocoreStubber.process_request, StandInTransport.send

        def process(stubber: BotocoreStubber, request: Any) -> Any:
            return self._through_aws(request, lambda: answered(stubber, request))

        def send(transport: StandInTransport, request: Any, **options: Any) -> Any:
            return self._through_discord(request, lambda: sent(transport, request, **options))

        patch.setattr(BotocoreStubber, "process_request", process)
        patch.setattr(StandInTransport, "send", send)

    def mend(self) -> None:
        """Everything works again."""
        self._rules.clear()
        self._to_discord.clear()

    # -- AWS: `operation` is the end of the target, such as "PutParameter" or "DynamoDB"; `holding` is in the body ------

    def unreachable(self, operation: str, holding: str = "") -> None:
        def act(send: Send) -> Any:
            raise ConnectTimeoutError(endpoint_url="https://example.invalid/")

        self._rules.append((operation, holding, act))

    def refuses(
        self, operation: str, code: str, holding: str = "", *, status: int = 400, times: int = 1_000_000
    ) -> None:
        """Every such request is answered with this error code, the first `times` times, and has no effect."""
        left = [times]

        def act(send: Send) -> Any:
            left[0] -= 1
            if left[0] < 0:
                return send()
            return status, {}, json.dumps({"__type": code, "message": "no"})

        self._rules.append((operation, holding, act))

    def loses_the_reply(self, operation: str, holding: str = "") -> None:
        """The next such request has its effect, and its answer never arrives."""
        self._rules.append(
            (operation, holding, _once(_then(ConnectTimeoutError(endpoint_url="https://example.invalid/"))))
        )

    def doubles(self, operation: str, holding: str = "") -> None:
        """The next such request has its effect twice."""

        def act(send: Send) -> Any:
            send()
            return send()

        self._rules.append((operation, holding, _once(act)))

    def dies_before(self, operation: str, holding: str = "") -> None:
        """The process is killed as it sends the next such request: no effect."""
        self._rules.append((operation, holding, _once(_instead(Killed()))))

    def dies_after(self, operation: str, holding: str = "") -> None:
        """The process is killed as the answer to the next such request arrives: the effect is there."""
        self._rules.append((operation, holding, _once(_then(Killed()))))

    # -- Discord: `request` is part of "METHOD url" ---------------------------------------------------------------------

    def dies_before_telling(self, request: str = "POST") -> None:
        self._to_discord.append((request, _once(_instead(Killed()))))

    def dies_after_telling(self, request: str = "POST") -> None:
        self._to_discord.append((request, _once(_then(Killed()))))

    # -- the wire -------------------------------------------------------------------------------------------------------

    def _through_aws(self, request: Any, send: Send) -> Any:
        if "switchback" not in _text(request.headers.get("User-Agent")):
            return send()
        target, body = _text(request.headers.get("X-Amz-Target")), _text(request.body)
        for operation, holding, act in self._rules:
            if operation in target and holding in body:
                return act(send)
        return send()

    def _through_discord(self, request: Any, send: Send) -> Any:
        said = f"{request.method} {request.url}"
        for part, act in self._to_discord:
            if part in said:
                return act(send)
        return send()


def _instead(problem: BaseException) -> Act:
    def act(send: Send) -> Any:
        raise problem

    return act


def _then(problem: BaseException) -> Act:
    def act(send: Send) -> Any:
        send()
        raise problem

    return act


def _once(act: Act) -> Act:
    used: list[bool] = []

    def first(send: Send) -> Any:
        if used:
            return send()
        used.append(True)
        return act(send)

    return first


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
