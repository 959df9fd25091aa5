"""The sandbox over HTTP: the page, the contract's own addresses, and the two doors that AWS would open."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from orchestrator.sandbox.acting import Impossible
from orchestrator.sandbox.desk import Desk
from orchestrator.sandbox.town import Town
from orchestrator.sandbox.world import UnknownName
from orchestrator.telemetry.logs import get_logger

log = get_logger()

PAGE = Path(__file__).with_name("page")
LARGEST = 4 * 1024 * 1024
"""More than any answer to it needs: the handler itself must see, and refuse, what is too large for it."""

Answer = tuple[int, dict[str, str], bytes]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, town: Town, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.town = town
        bound_to = self.server_address[1]
        self.url = f"http://127.0.0.1:{bound_to}/"
        self.hosts = frozenset(f"{name}:{bound_to}" for name in ("127.0.0.1", "localhost"))
        if bound_to == 80:  # which a browser leaves out
            self.hosts |= {"127.0.0.1", "localhost"}
        self.desk = Desk(town, self.url)


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Switchback", ""

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_PATCH(self) -> None:
        self._serve("PATCH")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def do_HEAD(self) -> None:
        self._serve("HEAD")

    def do_OPTIONS(self) -> None:
        self._serve("OPTIONS")

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads an access log of their own clicks."""

    def _serve(self, method: str) -> None:
        body = self._body()
        if body is None:
            self._send(413, {"content-type": "application/json"}, b'{"error": "the body is too large"}', method)
            return
        path = urlsplit(self.path).path
        try:
            status, headers, content = self._route(method, path, body)
        except (Impossible, UnknownName, ValueError) as problem:
            status, headers, content = _json(400, {"error": str(problem)})
        except Exception:  # whatever it is, the page gets an answer and the log the stack
            log.exception("the sandbox failed", extra={"path": path})
            status, headers, content = _json(500, {"error": "the sandbox failed; its log says why"})
        self._send(status, headers, content, method)

    def _route(self, method: str, path: str, body: bytes) -> Answer:
        desk = self.server.desk
        if path.rstrip("/") == "/interactions":  # signed, and so for anybody: a tunnel may bring it
            return desk.interactions(method, path, dict(self.headers.items()), body)
        return self._foreign(method) or self._ours(method, path, body)

    def _foreign(self, method: str) -> Answer | None:
        """Any page that somebody has open can send requests here, and one whose name it points here can read the
        answers: this sandbox answers to its own names alone, and is changed by its own page or by a program."""
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            return _json(421, {"error": f"the sandbox answers at {self.server.url} alone"})
        origin = self.headers.get("Origin")
        if method in ("GET", "HEAD") or origin is None or origin.removeprefix("http://") in self.server.hosts:
            return None
        return _json(403, {"error": "only the sandbox's own page changes it"})

    def _ours(self, method: str, path: str, body: bytes) -> Answer:
        desk = self.server.desk
        if path == "/alarms":
            return (
                _json(200, desk.alarm_event(_decoded(body))) if method == "POST" else _json(405, {"error": "POST it"})
            )
        if path == "/events":
            return _json(200, desk.event(_decoded(body))) if method == "POST" else _json(405, {"error": "POST it"})
        if method in ("GET", "HEAD"):
            return self._read(path)
        actions: dict[str, Callable[[dict[str, Any]], Any]] = {
            "/sandbox/clock": desk.clock,
            "/sandbox/signals": desk.signals,
            "/sandbox/probes": desk.probes,
            "/sandbox/report": desk.report,
            "/sandbox/change": desk.change,
            "/sandbox/flags": desk.change_flags,
            "/sandbox/alarm": desk.alarm,
            "/sandbox/discord": desk.discord,
            "/sandbox/storm": desk.storm,
            "/sandbox/interact": desk.interact,
            "/sandbox/dismiss": desk.dismiss,
        }
        if path not in actions:
            return _json(404, {"error": f"there is nothing at {path[:80]}"})
        if method != "POST":
            return _json(405, {"error": f"{path} takes POST"})
        content = _decoded(body)
        if not isinstance(content, dict):
            raise ValueError("the body is a JSON object")
        return _json(200, actions[path](content))

    def _read(self, path: str) -> Answer:
        desk = self.server.desk
        query = parse_qs(urlsplit(self.path).query, keep_blank_values=True)
        if path == "/sandbox/view":
            return self._unless_known(desk.view((query.get("person") or ["eng-oncall"])[0]))
        if path.rstrip("/") == "/sandbox/traces":
            return _json(200, desk.traces((query.get("limit") or ["50"])[0]))
        reads: dict[str, Callable[[], Any]] = {
            "/sandbox": desk.description,
            "/sandbox/flags": desk.flags,
            "/sandbox/alerts": desk.alerts,
            "/sandbox/commands": desk.commands,
            "/sandbox/requests": desk.requests,
        }
        if path.rstrip("/") in reads:
            return _json(200, reads[path.rstrip("/")]())
        name = "index.html" if path == "/" else path.removeprefix("/page/")
        file = (PAGE / name).resolve()
        if file.parent != PAGE.resolve() or not file.is_file():
            return _json(404, {"error": f"there is nothing at {path[:80]}"})
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return 200, {"content-type": f"{kind}; charset=utf-8", "cache-control": "no-cache"}, file.read_bytes()

    def _unless_known(self, view: dict[str, Any]) -> Answer:
        tag = f'"{view["revision"]}"'
        if self.headers.get("If-None-Match") == tag:
            return 304, {"etag": tag}, b""
        return 200, {"content-type": "application/json", "etag": tag}, json.dumps(view).encode()

    def _body(self) -> bytes | None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            return b""
        if not 0 <= length <= LARGEST:
            self.close_connection = True
            return None
        return self.rfile.read(length)

    def _send(self, status: int, headers: dict[str, str], content: bytes, method: str) -> None:
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.send_header("x-content-type-options", "nosniff")
            self.end_headers()
            if method != "HEAD":
                self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


def _json(status: int, content: Any) -> Answer:
    return status, {"content-type": "application/json"}, json.dumps(content).encode()


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
