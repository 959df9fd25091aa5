"""How Switchback shows Prometheus who it is. Each is called with a prepared request, and adds its headers to it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.ports import Refused

if TYPE_CHECKING:
    import requests

Auth = Callable[["requests.PreparedRequest"], "requests.PreparedRequest"]

KEPT_FOR = 300
"""Seconds; after credentials were rotated the old ones are used no longer than this."""

_SHAPES = 'write {"bearer": "…"} or {"user": "…", "password": "…"}'


class FromParameter:
    """A bearer token, or a user and password, from a SecureString that holds one JSON object of them.

    Raises Unavailable and Refused; no text repeats anything of the parameter's value.
    """

    def __init__(self, clients: Clients, parameter: str, now: Callable[[], int]) -> None:
        self._clients, self._parameter, self._now = clients, parameter, now
        self._kept = ""
        self._until = 0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._now() >= self._until:
            with translated("reading the credentials for Prometheus"):
                answer = self._clients.ssm.get_parameter(Name=self._parameter, WithDecryption=True)
            self._kept, self._until = _authorization(answer["Parameter"]["Value"]), self._now() + KEPT_FOR
        request.headers["Authorization"] = self._kept
        return request


def _authorization(stored: str) -> str:
    try:
        found = json.loads(stored)
    except ValueError:
        found = None
    parts = {key: value for key, value in found.items() if _is_plain(value)} if isinstance(found, dict) else {}
    if set(parts) == {"bearer"}:
        return f"Bearer {parts['bearer']}"
    if set(parts) == {"user", "password"}:
        pair = f"{parts['user']}:{parts['password']}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    raise Refused(f"the parameter with the credentials for Prometheus cannot be used; {_SHAPES}")


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and bool(value) and value.isprintable()


class SigV4:
    """AWS's own signature, for Amazon Managed Prometheus, with the credentials that this process has."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._credentials: Any = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        with translated("signing a request to Prometheus"):
            signed = AWSRequest(
                method=request.method,
                url=request.url,
                data=request.body,
                headers={"Content-Type": request.headers.get("Content-Type", "")} if request.body else {},
            )
            cast(Any, SigV4Auth)(self._frozen(), "aps", self._region).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request

    def _frozen(self) -> Any:
        """Lambda's credentials come and go; botocore's object knows when, its frozen copy does not."""
        import botocore.session
        from botocore.exceptions import NoCredentialsError

        if self._credentials is None:
            self._credentials = botocore.session.get_session().get_credentials()
        if self._credentials is None:
            raise NoCredentialsError
        return self._credentials.get_frozen_credentials()
