"""HTTPS checks: what passes, and what is never called. The far side is a server with a certificate of its own."""

from __future__ import annotations

import ipaddress
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from orchestrator.adapters.targets.https import HttpsChecks, is_public
from orchestrator.core.targets import HttpsCheck
from orchestrator.ports import Refused

HOST = "shop.example.com"


class Shop(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        self.seen.append((self.headers["Host"], self.path))
        if self.path.startswith("/away"):
            self.send_response(302)
            self.send_header("Location", "https://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        body = b"all ok" if self.path.startswith("/health") else b"broken"
        self.send_response(200 if self.path.startswith("/health") else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's own output is enough."""


@pytest.fixture(scope="module", name="certificate")
def certificate_fixture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key, chain = folder / "key.pem", folder / "chain.pem"
    asked = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {chain} -subj /CN={HOST}"
    command = ["openssl", *asked.split(), "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run(command, check=True, capture_output=True)
    return key, chain


@pytest.fixture(scope="module", name="shop")
def shop_fixture(certificate: tuple[Path, Path]) -> Iterator[int]:
    key, chain = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture(name="checks")
def checks_fixture(shop: int, certificate: tuple[Path, Path]) -> HttpsChecks:
    Shop.seen.clear()
    return HttpsChecks(
        [HOST],
        resolver=lambda host, port: ["127.0.0.1"],
        may_connect=lambda address: address.is_loopback,
        certificates=str(certificate[1]),
        port=shop,
    )


@pytest.mark.parametrize(
    ("path", "more", "result", "line"),
    [
        ("/health", {}, "pass", f"{HOST}: status 200 in "),
        ("/health?deep=1", {"contains": "ok"}, "pass", f"{HOST}: status 200 in "),
        ("/health", {"contains": "great"}, "fail", f"{HOST}: its text does not contain what it should"),
        ("/other", {}, "fail", f"{HOST}: status 500, 200 expected"),
        ("/other", {"status": 500}, "pass", f"{HOST}: status 500 in "),
        ("/away", {}, "fail", f"{HOST}: status 302, 200 expected"),
    ],
)
def test_a_check_says_what_it_saw(
    checks: HttpsChecks, path: str, more: dict[str, object], result: str, line: str
) -> None:
    answer = checks.check(HttpsCheck(url=f"https://{HOST}{path}", **more))  # type: ignore[arg-type]  # short rows
    assert answer.result == result
    assert answer.line.startswith(line)


def test_the_host_is_asked_under_its_own_name(checks: HttpsChecks) -> None:
    checks.check(HttpsCheck(url=f"https://{HOST}/health"))
    assert Shop.seen == [(HOST, "/health")]


def test_a_redirect_is_not_followed(checks: HttpsChecks) -> None:
    checks.check(HttpsCheck(url=f"https://{HOST}/away"))
    assert Shop.seen == [(HOST, "/away")]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://other.example.com/", "not on the stack's list"),
        (f"http://{HOST}/", "without a user and without a port"),
        (f"https://me@{HOST}/", "without a user and without a port"),
        (f"https://{HOST}:8443/", "without a user and without a port"),
        ("https://127.0.0.1/", "not on the stack's list"),
    ],
)
def test_what_is_not_on_the_list_is_never_called(checks: HttpsChecks, url: str, why: str) -> None:
    with pytest.raises(Refused, match=why):
        checks.check(HttpsCheck(url=url))
    assert Shop.seen == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.8"],
        ["::1"],
        ["fd00:ec2::254"],
        ["::ffff:169.254.169.254"],
        ["0.0.0.0"],
        ["93.184.215.14", "10.0.0.8"],
    ],
)
def test_a_name_that_leads_inside_is_not_called(shop: int, addresses: list[str]) -> None:
    checks = HttpsChecks([HOST], resolver=lambda host, port: addresses, port=shop)
    with pytest.raises(Refused, match="not public"):
        checks.check(HttpsCheck(url=f"https://{HOST}/health"))


def test_public_addresses_are_called() -> None:
    assert is_public(ipaddress.ip_address("93.184.215.14"))
    assert is_public(ipaddress.ip_address("2606:2800:21f:cb07:6820:80da:af6b:8b2c"))


def test_a_certificate_of_another_host_is_a_fail(shop: int, certificate: tuple[Path, Path]) -> None:
    checks = HttpsChecks(
        ["other.example.com"],
        resolver=lambda host, port: ["127.0.0.1"],
        may_connect=lambda address: True,
        certificates=str(certificate[1]),
        port=shop,
    )
    answer = checks.check(HttpsCheck(url="https://other.example.com/health"))
    assert (answer.result, answer.line) == ("fail", "other.example.com: no answer (SSLError)")


def test_a_service_that_does_not_answer_is_a_fail() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("no such host")

    answer = HttpsChecks([HOST], resolver=unknown).check(HttpsCheck(url=f"https://{HOST}/"))
    assert (answer.result, answer.line) == ("fail", f"{HOST} has no address")
