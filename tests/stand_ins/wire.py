"""The far end of boto3's wire: botocore's `before-send` event hands a signed request over, and takes the answer for
what came from the network."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders


class Fault(Exception):
    """An answer of AWS's that is an error: its HTTP status, its code, its message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class _Raw(io.BytesIO):
    """The body, as urllib3 would stream it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        while chunk := self.read(65_536):
            yield chunk


def response(url: str, status: int, body: dict[str, Any], *, error: str = "", version: str = "1.0") -> AWSResponse:
    """An answer in AWS JSON of that version."""
    headers = HTTPHeaders()
    headers["Content-Type"] = f"application/x-amz-json-{version}"
    if error:
        headers["x-amzn-query-error"] = error
    return AWSResponse(url, status, headers, _Raw(json.dumps(body).encode()))


def text(value: Any) -> str:
    return value if isinstance(value, str) else bytes(value).decode()
