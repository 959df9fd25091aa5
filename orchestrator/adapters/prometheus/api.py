"""Prometheus's HTTP API: queries over a range of time, and what series there are.

Parameters travel as parameters and are never put together with text. Addresses come from the deployment alone,
redirects are not followed, an answer is bounded in time and size, and one that is not whole (it has warnings) is an
error. A silent or failing Prometheus is asked once more.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from msgspec import Struct

from orchestrator.adapters.prometheus.auth import Auth
from orchestrator.core.markdown import clean, shorten
from orchestrator.core.signals import MINUTE
from orchestrator.ports import Refused, SwitchbackError, Unavailable

if TYPE_CHECKING:
    import requests

CONNECT = 3.0
TIMEOUT = 10.0
"""Seconds for a whole answer. Prometheus is told to give up a little earlier."""

MOST_BYTES = 10 * 1024 * 1024
MOST_POINTS = 10_000
"""A series has at most 11,000 points in an answer (Prometheus); longer ranges are asked for in pieces."""

ATTEMPTS = 2
_ADDRESS = re.compile(r"\S*://\S*")
_T = TypeVar("_T")


class NoAnswer(Unavailable):
    """It could not be reached, or not in time: the next question will fare no better."""


class PromSeries(Struct, frozen=True, kw_only=True):
    """One series: its labels, and its figure at each instant that it was evaluated at and had one."""

    labels: dict[str, str]
    points: dict[int, float]


class _Row(Struct):
    metric: dict[str, str]
    values: list[tuple[float, str]] = []


class _Matrix(Struct, rename="camel"):
    result_type: str
    result: list[_Row]


class _Answer(Struct, rename="camel"):
    status: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    error_type: str = ""
    error: str = ""
    warnings: list[str] | None = None
    is_partial: bool = False


class PrometheusApi:
    """Every method may raise Refused and Unavailable, in words without addresses or credentials.

    `base` is the address before `/api/v1`; over plain http nothing but loopback is shown credentials. A base that
    cannot be used is Refused when something is asked: a wrong address must not keep the bot from starting.
    """

    def __init__(
        self,
        base: str,
        *,
        auth: Auth | None = None,
        session: requests.Session | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        timeout: float = TIMEOUT,
    ) -> None:
        self._base = base
        self._auth = auth
        self._given_session = session
        self._monotonic = monotonic
        self._timeout = timeout

    def query_range(self, expr: str, start: int, end: int) -> list[PromSeries]:
        """The expression at `start`, and each minute from there until `end`, both included."""
        found: dict[tuple[tuple[str, str], ...], PromSeries] = {}
        for first in range(start, end + 1, MOST_POINTS * MINUTE):
            last = min(end, first + (MOST_POINTS - 1) * MINUTE)
            asked = {"query": expr, "start": first, "end": last, "step": MINUTE, "timeout": f"{self._timeout - 1:g}s"}
            matrix = self._ask("POST", "/query_range", asked, _Matrix)
            for row in matrix.result:
                series = PromSeries(labels=row.metric, points={})
                points = found.setdefault(tuple(sorted(row.metric.items())), series).points
                points.update((round(at), float(value)) for at, value in row.values)
        return list(found.values())

    def label_values(self, label: str, start: int, end: int, *, match: str = "") -> list[str]:
        """The values of a label, of the series that `match` selects or of all."""
        asked = {"start": start, "end": end, **({"match[]": match} if match else {})}
        return self._ask("GET", f"/label/{quote(label, safe='')}/values", asked, list[str])

    def series(self, match: str, start: int, end: int, limit: int) -> list[dict[str, str]]:
        """The labels of about `limit` of the series that `match` selects; all, where Prometheus is older than 2.53."""
        asked = {"match[]": match, "start": start, "end": end, "limit": limit}
        return self._ask("POST", "/series", asked, list[dict[str, str]])

    def _ask(self, method: str, path: str, asked: dict[str, Any], shape: type[_T]) -> _T:
        for left in reversed(range(ATTEMPTS)):
            try:
                status, body = self._exchange(method, path, asked)
            except NoAnswer:
                if not left:
                    raise
            else:
                if status < 500:
                    return _understood(status, body, shape)
        raise Unavailable(f"Prometheus answered with status {status}")

    def _exchange(self, method: str, path: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        """The errors of `requests` end here, all of them: they print the address and the headers."""
        import requests
        import urllib3

        url = f"{_checked(self._base, self._auth)}/api/v1{path}"
        deadline = self._monotonic() + self._timeout
        try:
            with self._session().request(
                method,
                # Spaces as %20: AWS's signature does not know them as +.
                url if method == "POST" else f"{url}?{urlencode(asked, quote_via=quote, safe='')}",
                data=asked if method == "POST" else None,
                auth=self._auth,
                timeout=(min(CONNECT, self._timeout), self._timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return response.status_code, b"".join(self._read(response, deadline))
        except SwitchbackError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            raise NoAnswer("Prometheus does not answer") from None

    def _read(self, response: requests.Response, deadline: float) -> Iterator[bytes]:
        size = 0
        # read1, because it returns with whatever has come: an answer that drips in is noticed.
        while chunk := response.raw.read1(65_536, decode_content=True):
            size += len(chunk)
            if size > MOST_BYTES:
                raise Refused("Prometheus's answer is larger than 10 MB; narrow the query to fewer series")
            if self._monotonic() > deadline:
                raise NoAnswer("Prometheus does not answer in time")
            yield chunk

    def _session(self) -> requests.Session:
        if self._given_session is None:
            import requests

            self._given_session = requests.Session()
            self._given_session.trust_env = False  # neither a .netrc nor a proxy is to see our credentials
            logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
        return self._given_session


def _checked(base: str, auth: Auth | None) -> str:
    try:
        parts = urlsplit(base)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment:
        raise Refused("the address of Prometheus is not like https://prometheus.example.com")
    if parts.username is not None or parts.password is not None:
        raise Refused("the address of Prometheus holds credentials; keep them in a SecureString")
    if auth is not None and parts.scheme == "http" and not _is_loopback(host):
        raise Refused("credentials for Prometheus travel over https only; change its address")
    return base.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _understood(status: int, body: bytes, shape: type[_T]) -> _T:
    if status in (401, 403):
        raise Refused("Prometheus refused the credentials")
    if 300 <= status < 400:
        raise Refused("Prometheus answered with a redirect, and none is followed; is its address right?")
    if status == 429:
        raise Unavailable("Prometheus is asked too often")
    try:
        answer = msgspec.json.decode(body, type=_Answer)
        if status < 300 and answer.status == "success":
            _insist_on_all(answer)
            return msgspec.json.decode(answer.data, type=shape)
    except (msgspec.MsgspecError, ValueError):
        raise Refused(f"what answers with status {status} at the address of Prometheus is not its API") from None
    raise Refused(f"Prometheus refused the query: {_shown(answer.error or answer.error_type)}")


def _insist_on_all(answer: _Answer) -> None:
    """Notes on style (`PromQL info`) and a limit that we asked for are no harm; any other warning is."""
    harmless = ("PromQL info", "results truncated due to limit")
    warnings: Sequence[str] = [text for text in answer.warnings or () if not text.startswith(harmless)]
    if warnings or answer.is_partial:
        what = _shown(warnings[0]) if warnings else "it is partial"
        raise Refused(f"Prometheus warns that its answer may not be whole: {what}")


def _shown(text: str) -> str:
    return shorten(" ".join(clean(_ADDRESS.sub("[address]", text)).split()), 200)
