"""A real Alertmanager on loopback, and the webhook that it notifies: for the tests and for the benchmark."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests
import yaml

from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.alerting.policy import Inhibition, Matcher, Policy

PATIENCE = 60
PROGRAM = "prometheus-alertmanager"
HOW_TO_INSTALL = f"Alertmanager is not installed: apt-get install -y --no-install-recommends {PROGRAM}"

Labels = frozenset[tuple[str, str]]
"""What an alert is known by: its labels, the name among them."""


def is_installed() -> bool:
    return shutil.which(PROGRAM) is not None


def labels_of(event: AlertEvent, environment: str = "dev") -> dict[str, str]:
    """An event's labels as Alertmanager has them. The severity is none of what makes a problem known."""
    return {"rule": event.rule, "environment": environment, "service": event.service}


class Webhook:
    """Keeps what it was notified of: for each group the alerts that were seen firing, and those that were seen over."""

    def __init__(self) -> None:
        self.firing: dict[str, set[Labels]] = defaultdict(set)
        self.over: dict[str, set[Labels]] = defaultdict(set)
        self.notified: Counter[str] = Counter()
        taken = self._taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _taken(self, body: dict[str, Any]) -> None:
        key = ",".join(f"{name}={value}" for name, value in sorted(body["groupLabels"].items()))
        with self._lock:
            self.notified[key] += 1
            for alert in body["alerts"]:
                side = self.firing if alert["status"] == "firing" else self.over
                side[key].add(frozenset(alert["labels"].items()))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Alertmanager:
    """The process, from ready to gone. `wait`, `interval`, `repeat` as in its configuration."""

    def __init__(
        self, home: Path, webhook: Webhook, policy: Policy, *, wait: str = "0s", interval: str = "1s",
        repeat: str = "1h",
    ) -> None:  # fmt: skip
        self._home = home
        config = {
            "route": {
                "receiver": "ours",
                "group_by": list(policy.group_by),
                "group_wait": wait,
                "group_interval": interval,
                "repeat_interval": repeat,
            },
            "receivers": [{"name": "ours", "webhook_configs": [{"url": webhook.url, "send_resolved": True}]}],
            "inhibit_rules": [_inhibition(rule) for rule in policy.inhibit],
        }
        (home / "alertmanager.yml").write_text(yaml.safe_dump(config))

    def __enter__(self) -> Alertmanager:
        self._log = (self._home / "log").open("w")
        self.address = f"http://127.0.0.1:{_free_port()}"
        self._process = subprocess.Popen(
            [
                PROGRAM,
                f"--config.file={self._home / 'alertmanager.yml'}",
                f"--storage.path={self._home / 'data'}",
                f"--web.listen-address={self.address.removeprefix('http://')}",
                "--cluster.listen-address=",
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        self._session = requests.Session()
        self._session.trust_env = False
        until(lambda: self._session.get(f"{self.address}/-/ready", timeout=1).status_code == 200)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._session.close()
        self._log.close()

    def takes(self, events: Iterable[AlertEvent]) -> None:
        """The events in one request, as of now: its own clock is the machine's."""
        now = datetime.now(UTC).isoformat()
        self._post("alerts", [_alert(event, now) for event in events])

    def silence(self, **labels: str) -> None:
        now = time.time()
        matchers = [{"name": name, "value": value, "isRegex": False, "isEqual": True} for name, value in labels.items()]
        ends = datetime.fromtimestamp(now + 3600, UTC).isoformat()
        self._post(
            "silences",
            {"matchers": matchers, "startsAt": datetime.fromtimestamp(now, UTC).isoformat(), "endsAt": ends}
            | {"createdBy": "anna", "comment": "known"},
        )

    def post(self, connection: HTTPConnection, body: bytes) -> None:
        """Alerts that are JSON already, over a connection that stays open: as little of the client's time as can be."""
        connection.request("POST", "/api/v2/alerts", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, answer.status

    def states(self) -> dict[Labels, str]:
        """Each alert that fires, and whether it is active or suppressed."""
        found = self._session.get(f"{self.address}/api/v2/alerts", timeout=5).json()
        return {frozenset(alert["labels"].items()): alert["status"]["state"] for alert in found}

    def _post(self, what: str, body: Any) -> None:
        self._session.post(f"{self.address}/api/v2/{what}", json=body, timeout=30).raise_for_status()


def until(happened: Callable[[], bool], what: str = "it") -> None:
    """Looks again and again; for what another process does."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if happened():
                return
        except requests.RequestException:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{what} did not happen")


def bodies(events: Sequence[AlertEvent], each: int) -> list[bytes]:
    """The events as requests of so many alerts each."""
    now = datetime.now(UTC).isoformat()
    return [
        json.dumps([_alert(event, now) for event in events[start : start + each]]).encode()
        for start in range(0, len(events), each)
    ]


def _alert(event: AlertEvent, now: str) -> dict[str, Any]:
    """It begins at the time of the event that is sent, so that a later one is the same alert seen again."""
    times = {"startsAt": now} if event.firing else {"endsAt": now}
    return {"labels": labels_of(event), "annotations": {"summary": event.notice.headline}, **times}


def _inhibition(rule: Inhibition) -> dict[str, Any]:
    return {
        "source_matchers": _matchers(rule.parent),
        "target_matchers": _matchers(rule.child),
        "equal": list(rule.equal),
    }


def _matchers(matcher: Matcher) -> list[str]:
    """Ours are shell patterns, Alertmanager's are anchored regular expressions."""
    return [
        f'{label}=~"{pattern.replace(".", chr(92) + ".").replace("*", ".*").replace("?", ".")}"'
        for label, pattern in matcher.labels
    ]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
