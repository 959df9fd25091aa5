"""Something that answers like Prometheus's HTTP API, on loopback. What it answers is put in, query by query; what real
queries give is for tests/prometheus, which asks a real one."""

from __future__ import annotations

import gzip
import json
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Points = dict[int, float]
Reply = tuple[int, dict[str, str], bytes]
Asked = tuple[str, str, dict[str, str], dict[str, str]]
"""Method, path, parameters, headers."""


def reply(status: int, body: Any, **headers: str) -> Reply:
    return status, headers, json.dumps(body).encode()


def zipped(body: Any) -> Reply:
    return 200, {"Content-Encoding": "gzip"}, gzip.compress(json.dumps(body).encode())


def hang_up(request: BaseHTTPRequestHandler) -> None:
    """Instead of an answer."""
    request.close_connection = True
    request.connection.shutdown(SHUT_RDWR)


class PrometheusStandIn:
    """`put` what a query gives; `bounds` and `labels` are what there is to discover. `replies` go out first, whatever
    is asked; `warnings` are in every answer."""

    def __init__(self) -> None:
        self.forget()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def forget(self) -> None:
        """Everything that was put in, and everything that was asked."""
        self.requests: list[Asked] = []
        self.raw: list[bytes] = []
        self.replies: deque[Reply | Callable[[BaseHTTPRequestHandler], None]] = deque()
        self.warnings: list[str] = []
        self.label_values: dict[tuple[str, str], list[str]] = {}
        self.selected: dict[str, list[dict[str, str]]] = {}
        self._series: dict[str, list[tuple[dict[str, str], Points]]] = {}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def put(self, query: str, points: Points, **labels: str) -> None:
        self._series.setdefault(query, []).append((labels, points))

    def queries(self) -> list[tuple[str, int, int]]:
        """Each range query: its text, its first and its last instant."""
        return [
            (asked["query"], int(asked["start"]), int(asked["end"]))
            for _, path, asked, _ in self.requests
            if path.endswith("/query_range")
        ]

    def answer(self, path: str, asked: dict[str, str]) -> Reply:
        if path.endswith("/query_range"):
            start, end, step = (int(asked[key]) for key in ("start", "end", "step"))
            if (end - start) // step > 11_000:
                return reply(400, {"status": "error", "errorType": "bad_data", "error": "exceeded maximum resolution"})
            rows = [
                {
                    "metric": labels,
                    "values": [[at, _number(points[at])] for at in range(start, end + 1, step) if at in points],
                }
                for labels, points in self._series.get(asked["query"], [])
            ]
            return self._success({"resultType": "matrix", "result": [row for row in rows if row["values"]]})
        if path.endswith("/values"):
            return self._success(self.label_values.get((unquote(path.split("/")[-2]), asked.get("match[]", "")), []))
        if path.endswith("/series"):
            return self._success(self.selected.get(asked["match[]"], []))
        return reply(404, {})

    def _success(self, data: Any) -> Reply:
        return reply(200, {"status": "success", "data": data, "warnings": self.warnings})


def _number(value: float) -> str:
    return {"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"}.get(str(value), f"{value:g}")


def _handler(world: PrometheusStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._answer(body, body.decode())

        def do_GET(self) -> None:
            self._answer(b"", urlsplit(self.path).query)

        def _answer(self, body: bytes, parameters: str) -> None:
            path = urlsplit(self.path).path
            asked = {key: values[0] for key, values in parse_qs(parameters).items()}
            world.requests.append((self.command, path, asked, dict(self.headers)))
            world.raw.append(self.path.encode() + b"\n" + body)
            next_ = world.replies.popleft() if world.replies else world.answer(path, asked)
            if callable(next_):
                next_(self)
                return
            status, headers, content = next_
            self.send_response(status)
            for key, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler
