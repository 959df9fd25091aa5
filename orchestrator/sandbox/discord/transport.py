"""The stand-in as a transport of `requests`: the bot's own client runs, and no socket is opened."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from orchestrator.sandbox.discord.faults import Answer, NoAnswer

Handle = Callable[[str, str, Mapping[str, str], bytes], Answer]


class StandInTransport(BaseAdapter):
    """Mount it at https://discord.com/. Broken connections raise what `requests` raises, address and all."""

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self._handle = handle

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Answer the request. Raises requests.ReadTimeout or requests.ConnectionError where no answer
        comes."""
        path = unquote(urlsplit(request.url or "").path)
        body = request.body or b""
        headers = CaseInsensitiveDict(request.headers)
        try:
            content = body.encode() if isinstance(body, str) else body
            answer = self._handle(request.method or "", path, headers, content)
        except NoAnswer as broken:
            if broken.kind == "timeout":
                where = "HTTPSConnectionPool(host='discord.com', port=443)"
                raise requests.ReadTimeout(f"{where}: Read timed out. url: {path}", request=request) from broken
            message = f"('Connection aborted.', ConnectionResetError(104)) with url: {path}"
            raise requests.ConnectionError(message, request=request) from broken
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.url = request.url or ""
    response.request = request
    response.headers = CaseInsensitiveDict({"Content-Type": "application/json", **answer.headers})
    response.encoding = "utf-8"
    if isinstance(answer.body, bytes):
        response._content = answer.body
    else:
        response._content = b"" if answer.body is None else json.dumps(answer.body).encode()
    return response
