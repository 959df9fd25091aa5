"""HTTPS checks that cannot be turned against the network they run in.

The host is on the stack's allow-list; its name is resolved once, every address must be a public one, and the
connection goes to that very address under the host's certificate. Redirects are answers, not instructions.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from orchestrator.core.targets import HttpsCheck
from orchestrator.ports import Answer, Refused

LARGEST = 256 * 1024
"""Bytes of a body in which a text is looked for."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, from the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: Address) -> bool:
    """Whether an address lies outside of every private, local, reserved and link-local range, also where it is
    wrapped in an IPv6 one."""
    inner = address.ipv4_mapped or address.sixtofour if isinstance(address, ipaddress.IPv6Address) else None
    return address.is_global and not address.is_multicast and (inner is None or is_public(inner))


class HttpsChecks:
    """`hosts` is the allow-list, exact names. `certificates` is a file of roots, None for the usual ones."""

    def __init__(
        self,
        hosts: Collection[str],
        *,
        resolver: Callable[[str, int], list[str]] = resolve,
        may_connect: Callable[[Address], bool] = is_public,
        certificates: str | None = None,
        port: int = 443,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._resolver, self._may_connect = resolver, may_connect
        self._certificates, self._port = certificates, port

    def check(self, call: HttpsCheck) -> Answer:
        """Raises Refused for a host that is not allowed; a check that cannot connect is a fail: the service is what
        is being checked."""
        parts = urlsplit(call.url)
        host = (parts.hostname or "").lower()
        if parts.scheme != "https" or parts.username or parts.port not in (None, 443):
            raise Refused("an HTTPS check is https://HOST/PATH, without a user and without a port")
        if host not in self._hosts:
            raise Refused(f"{host} is not on the stack's list of hosts (TARGET_HOSTS)")
        try:
            addresses = self._resolver(host, self._port)
        except OSError:
            return Answer(result="fail", line=f"{host} has no address")
        if not addresses or not all(self._may_connect(ipaddress.ip_address(found)) for found in addresses):
            raise Refused(f"{host} leads to an address that is not public; it is not called")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self._asked(call, host, addresses[0], path)

    def _asked(self, call: HttpsCheck, host: str, address: str, path: str) -> Answer:
        from urllib3.exceptions import HTTPError

        began = monotonic()
        try:
            status, body = self._get(host, address, path, call.within / 1000)
        except (HTTPError, OSError) as problem:
            return Answer(result="fail", line=f"{host}: no answer ({type(problem).__name__})")
        took = (monotonic() - began) * 1000
        numbers = {"status": float(status), "ms": round(took, 1)}
        faults = []
        if status != call.status:
            faults.append(f"status {status}, {call.status} expected")
        if call.contains and call.contains.encode() not in body:
            faults.append("its text does not contain what it should")
        if took > call.within:
            faults.append(f"{took:.0f} ms, at most {call.within} expected")
        line = f"{host}: {'; '.join(faults)}" if faults else f"{host}: status {status} in {took:.0f} ms"
        return Answer(result="fail" if faults else "pass", line=line, numbers=numbers)

    def _get(self, host: str, address: str, path: str, seconds: float) -> tuple[int, bytes]:
        """To that address, and with the host's name in TLS and in the request: a name that changes its mind between
        two look-ups leads nowhere else."""
        import urllib3

        chosen: dict[str, Any] = {"ca_certs": self._certificates} if self._certificates else {}
        pool = urllib3.HTTPSConnectionPool(
            address,
            self._port,
            server_hostname=host,
            assert_hostname=host,
            cert_reqs="CERT_REQUIRED",
            timeout=urllib3.Timeout(total=max(1.0, min(seconds, 20.0))),
            retries=False,
            **chosen,
        )
        with pool:
            headers = {"Host": host, "User-Agent": "Switchback", "Accept": "*/*"}
            response = pool.request("GET", path, headers=headers, redirect=False, preload_content=False)
            try:
                return response.status, response.read(LARGEST, decode_content=True)
            finally:
                response.close()
