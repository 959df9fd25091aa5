"""Prometheus over HTTP: who it believes us to be, how much of an answer is read, and what is said when there is none."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.prometheus.api import MOST_BYTES, NoAnswer, PrometheusApi
from orchestrator.adapters.prometheus.auth import FromParameter, SigV4
from orchestrator.ports import Refused, SwitchbackError, Unavailable
from tests.stand_ins.prometheus import PrometheusStandIn, Reply, hang_up, reply, zipped

NOW = 1_764_000_000 // 60 * 60
PARAMETER = "/switchback/dev/prometheus"
SECRET = "tok-4fJ2mZq8"
EMPTY = {"status": "success", "data": {"resultType": "matrix", "result": []}}


@pytest.fixture(scope="module")
def shared() -> Iterator[PrometheusStandIn]:
    stand_in = PrometheusStandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def prometheus(shared: PrometheusStandIn) -> PrometheusStandIn:
    shared.forget()
    return shared


@pytest.fixture
def api(prometheus: PrometheusStandIn) -> PrometheusApi:
    return PrometheusApi(prometheus.url)


def ask(api: PrometheusApi) -> object:
    return api.query_range("up", NOW - 300, NOW)


def problem(api: PrometheusApi) -> SwitchbackError:
    with pytest.raises(SwitchbackError) as raised:
        ask(api)
    assert raised.value.__cause__ is None
    return raised.value


# Credentials


def stored(clients: Clients, value: str) -> FromParameter:
    clients.ssm.put_parameter(Name=PARAMETER, Value=value, Type="SecureString", Overwrite=True)
    return FromParameter(clients, PARAMETER, lambda: NOW)


@pytest.mark.parametrize(
    ("value", "header"),
    [
        (f'{{"bearer": "{SECRET}"}}', f"Bearer {SECRET}"),
        ('{"user": "ann", "password": "pä:ss"}', "Basic YW5uOnDDpDpzcw=="),
    ],
    ids=["bearer", "basic"],
)
def test_credentials_come_from_a_secure_string(
    aws: Clients, prometheus: PrometheusStandIn, value: str, header: str
) -> None:
    ask(PrometheusApi(prometheus.url, auth=stored(aws, value)))
    assert prometheus.requests[0][3]["Authorization"] == header


def test_without_credentials_none_are_sent(prometheus: PrometheusStandIn, api: PrometheusApi) -> None:
    ask(api)
    assert "Authorization" not in prometheus.requests[0][3]


def test_rotated_credentials_are_used_after_five_minutes(aws: Clients, prometheus: PrometheusStandIn) -> None:
    now = [NOW]
    stored(aws, '{"bearer": "old"}')
    api = PrometheusApi(prometheus.url, auth=FromParameter(aws, PARAMETER, lambda: now[0]))
    ask(api)
    stored(aws, '{"bearer": "new"}')
    for now[0] in (NOW + 299, NOW + 300):
        ask(api)
    assert [headers["Authorization"] for *_, headers in prometheus.requests] == [
        "Bearer old",
        "Bearer old",
        "Bearer new",
    ]


@pytest.mark.parametrize(
    "value",
    [SECRET, "{", "[]", "{}", '{"bearer": 5}', '{"bearer": ""}', f'{{"bearer": "{SECRET}\\r\\nX: y"}}', '{"user": "ann"}',
     f'{{"bearer": "{SECRET}", "user": "ann", "password": "x"}}'],
)  # fmt: skip
def test_a_parameter_that_holds_something_else_is_refused_without_repeating_it(
    aws: Clients, prometheus: PrometheusStandIn, value: str
) -> None:
    found = problem(PrometheusApi(prometheus.url, auth=stored(aws, value)))
    assert isinstance(found, Refused)
    assert SECRET not in str(found)
    assert prometheus.requests == []


def test_a_missing_parameter_is_an_error_of_ours(aws: Clients, prometheus: PrometheusStandIn) -> None:
    auth = FromParameter(aws, "/gone", lambda: NOW)
    found = problem(PrometheusApi(prometheus.url, auth=auth))
    assert str(found) == "reading the credentials for Prometheus: ParameterNotFound"


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.query_range('sum(rate(x{a="b c/d+e"}[5m]))', NOW - 300, NOW),
        lambda api: api.label_values("le", NOW - 300, NOW, match='x{a="b c/d+e ü&="}'),
        lambda api: api.series('x{a="b c"}', NOW - 300, NOW, 5),
    ],
    ids=["query", "label values", "series"],
)
def test_requests_to_amazon_managed_prometheus_are_signed(
    prometheus: PrometheusStandIn, call: Callable[[PrometheusApi], object]
) -> None:
    call(PrometheusApi(f"{prometheus.url}/workspaces/ws-1", auth=SigV4("eu-west-1")))
    method, path, _, headers = prometheus.requests[0]
    line, _, body = prometheus.raw[0].partition(b"\n")
    assert path.startswith("/workspaces/ws-1/api/v1/")
    assert headers["X-Amz-Security-Token"] == "false"
    query = urlsplit(line.decode()).query
    assert "+" not in query  # to AWS, which signs what it has decoded, that is no space
    assert headers["Authorization"] == signature(method, path, query, body, headers, "false", "eu-west-1")


def signature(
    method: str, path: str, query: str, body: bytes, headers: dict[str, str], secret: str, region: str
) -> str:
    """As AWS computes it from what arrived (Signature Version 4, the canonical request)."""
    given = headers["Authorization"]
    signed = given.partition("SignedHeaders=")[2].partition(",")[0]
    lower = {name.lower(): value for name, value in headers.items()}
    canonical = "\n".join(
        [
            method,
            path,
            "&".join(sorted(query.split("&"))) if query else "",
            *(f"{name}:{lower[name]}" for name in signed.split(";")),
            "",
            signed,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    day = lower["x-amz-date"][:8]
    scope = f"{day}/{region}/aps/aws4_request"
    key = f"AWS4{secret}".encode()
    for part in (day, region, "aps", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{lower['x-amz-date']}\n{scope}\n{hashed}"
    result = hmac.digest(key, text.encode(), "sha256").hex()
    return f"AWS4-HMAC-SHA256 Credential=false/{scope}, SignedHeaders={signed}, Signature={result}"


def test_without_aws_credentials_signing_is_refused(
    prometheus: PrometheusStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    found = problem(PrometheusApi(prometheus.url, auth=SigV4("eu-west-1")))
    assert str(found) == "signing a request to Prometheus: NoCredentialsError"


def keep(request: requests.PreparedRequest) -> requests.PreparedRequest:
    request.headers["Authorization"] = f"Bearer {SECRET}"
    return request


@pytest.mark.parametrize(
    ("base", "says"),
    [
        ("", "is not like https://"),
        ("prometheus:9090", "is not like https://"),
        ("ftp://prometheus", "is not like https://"),
        ("file:///etc/passwd", "is not like https://"),
        ("https://prometheus:port", "is not like https://"),
        ("https://prometheus/?x=y", "is not like https://"),
        (f"https://ann:{SECRET}@prometheus", "holds credentials"),
        ("http://prometheus.internal:9090", "over https only"),
        ("http://127.0.0.1.example.com", "over https only"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_when_it_is_asked(base: str, says: str) -> None:
    found = problem(PrometheusApi(base, auth=keep))
    assert says in str(found)
    assert SECRET not in str(found)


# Answers


def test_an_answer_may_be_compressed(prometheus: PrometheusStandIn, api: PrometheusApi) -> None:
    data = {"resultType": "matrix", "result": [{"metric": {"a": "b" * 10_000}, "values": [[NOW, "7"]]}]}
    prometheus.replies.append(zipped({"status": "success", "data": data}))
    assert api.query_range("up", NOW, NOW)[0].points == {NOW: 7.0}


@pytest.mark.parametrize("make", [lambda text: reply(200, text), zipped], ids=["plain", "compressed"])
def test_an_answer_over_10_mb_is_not_read_to_its_end(
    prometheus: PrometheusStandIn, api: PrometheusApi, make: Callable[[Any], Reply]
) -> None:
    prometheus.replies.append(make("x" * (MOST_BYTES + 1)))
    assert str(problem(api)) == "Prometheus's answer is larger than 10 MB; narrow the query to fewer series"


def test_an_answer_that_drips_in_is_given_up(prometheus: PrometheusStandIn) -> None:
    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        for _ in range(1_000):
            try:
                request.wfile.write(b" ")
                request.wfile.flush()
            except OSError:
                return

    seconds = count(step=6)
    prometheus.replies.extend([drip, drip])
    found = problem(PrometheusApi(prometheus.url, monotonic=lambda: float(next(seconds))))
    assert isinstance(found, NoAnswer)
    assert str(found) == "Prometheus does not answer in time"


def test_a_prometheus_that_says_nothing_is_given_up(prometheus: PrometheusStandIn) -> None:
    def silence(request: BaseHTTPRequestHandler) -> None:
        request.rfile.read(1)  # until the other side hangs up

    prometheus.replies.extend([silence, silence])
    assert isinstance(problem(PrometheusApi(prometheus.url, timeout=0.05)), NoAnswer)
    assert len(prometheus.requests) == 2


@pytest.mark.parametrize("first", [hang_up, reply(500, {}), reply(503, {"status": "error", "errorType": "timeout"})])
def test_what_fails_once_is_asked_again(prometheus: PrometheusStandIn, api: PrometheusApi, first: Reply) -> None:
    prometheus.replies.append(first)
    assert ask(api) == []
    assert len(prometheus.requests) == 2


def test_what_fails_twice_is_unavailable(prometheus: PrometheusStandIn, api: PrometheusApi) -> None:
    prometheus.replies.extend([reply(502, {}), reply(503, {})])
    found = problem(api)
    assert isinstance(found, Unavailable)
    assert str(found) == "Prometheus answered with status 503"
    assert len(prometheus.requests) == 2


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (reply(302, {}, Location="http://169.254.169.254/"), "redirect"),
        (reply(401, {}), "refused the credentials"),
        (reply(403, {}), "refused the credentials"),
        (reply(404, "not found"), "is not its API"),
        (reply(429, {}), "too often"),
        (reply(200, "<html>"), "is not its API"),
        ((200, {}, b""), "is not its API"),
        ((200, {}, b"[" * 100_000), "is not its API"),
        (reply(200, {"status": "success", "data": {"resultType": "matrix", "result": "x"}}), "is not its API"),
        (reply(422, {"status": "error", "errorType": "execution", "error": "too many samples"}), "too many samples"),
        (reply(400, {"status": "error", "errorType": "bad_data", "error": "x https://a:b@c/ y"}), "x [address] y"),
        (reply(200, {**EMPTY, "warnings": ["store 10.0.0.7 is gone"]}), "may not be whole: store 10.0.0.7 is gone"),
        (reply(200, {**EMPTY, "isPartial": True}), "may not be whole"),
    ],
)
def test_what_is_no_whole_answer_is_an_error_in_plain_words_and_is_not_asked_again(
    prometheus: PrometheusStandIn, answer: Reply, says: str
) -> None:
    prometheus.replies.append(answer)
    found = str(problem(PrometheusApi(prometheus.url, auth=keep)))
    assert says in found
    assert not [word for word in (SECRET, "://", "127.0.0.1", "\n") if word in found]
    assert len(prometheus.requests) == 1


@pytest.mark.parametrize("note", ["PromQL info: metric might not be a counter", "results truncated due to limit"])
def test_a_note_on_style_is_no_error(prometheus: PrometheusStandIn, api: PrometheusApi, note: str) -> None:
    prometheus.warnings = [note]
    assert ask(api) == []


def test_importing_it_imports_neither_requests_nor_boto3() -> None:
    import subprocess
    import sys

    program = (
        "import sys, orchestrator.adapters.prometheus.signals, orchestrator.adapters.prometheus.auth\n"
        "print([name for name in ('requests', 'boto3', 'botocore', 'urllib3') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
