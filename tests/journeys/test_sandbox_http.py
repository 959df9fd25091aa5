"""`switchback sandbox` as a stranger's program sees it: over HTTP, with a key of its own."""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from nacl.signing import SigningKey

from orchestrator.core.exposure import plain, reading

KEY = SigningKey(b"0123456789abcdef0123456789abcdef")
START_SECONDS = 60


class Client:
    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def get(self, path: str) -> Any:
        return self._sent(urllib.request.Request(self.url + path))[1]

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self._sent(urllib.request.Request(self.url + path, content, sent, method="POST"))

    def ask(self, path: str, body: Any = None, **headers: str) -> int:
        """The status of a request with these headers, as a browser would send them."""
        content = None if body is None else json.dumps(body).encode()
        return self._sent(urllib.request.Request(self.url + path, content, headers))[0]

    def _sent(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def interact(self, body: dict[str, Any], key: SigningKey = KEY, age: int = 0) -> tuple[int, Any]:
        content, stamp = json.dumps(body).encode(), str(int(time.time()) - age)
        signature = key.sign(stamp.encode() + content).signature.hex()
        return self.post("/interactions", content, {"X-Signature-Ed25519": signature, "X-Signature-Timestamp": stamp})


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    public = KEY.verify_key.encode().hex()
    command = [
        sys.executable,
        "-m",
        "orchestrator.cli",
        "sandbox",
        "--port",
        "0",
        "--no-browser",
        "--public-key",
        public,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
        line = process.stdout.readline() if ready else ""
        found = re.fullmatch(r"Sandbox: (http://127\.0\.0\.1:\d+/)\n", line)
        assert found, line
        yield Client(found[1])
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=3) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def interaction(here: dict[str, Any], number: int, data: dict[str, Any], kind: int = 2) -> dict[str, Any]:
    person = here["people"]["eng-oncall"]
    return {
        "version": 1,
        "id": str(1_400_000_000_000_000_000 + number),
        "token": f"own-token-{number}",
        "type": kind,
        "application_id": here["application_id"],
        "guild_id": here["guild_id"],
        "channel_id": here["ops_channel_id"],
        "channel": {"id": here["ops_channel_id"], "type": 0},
        "member": {
            "user": {"id": person["user_id"], "username": "eng-oncall"},
            "roles": [here["roles"][role] for role in person["roles"]],
        },
        "data": data,
    }


def start(plan: str) -> dict[str, Any]:
    options = [{"type": 3, "name": "plan", "value": plan}, {"type": 3, "name": "reason", "value": "by HTTP"}]
    return {"id": "1", "type": 1, "name": "rollout", "options": [{"type": 1, "name": "start", "options": options}]}


def test_a_program_with_its_own_key_plays_a_rollout_over_http(client: Client) -> None:
    here = client.get("/sandbox")
    assert {"url", "now", "environment", "application_id", "guild_id", "ops_channel_id", "alert_channel_id"} <= set(
        here
    )
    assert (here["account"], here["region"], here["url"].rstrip("/")) == ("123456789012", "us-east-1", client.url)
    began = datetime.fromisoformat(here["now"]).timestamp()
    assert abs(began - time.time()) < 60, "the clock starts at real time"

    assert client.interact({"type": 1}) == (200, {"type": 1})
    assert client.interact({"type": 1}, SigningKey.generate())[0] == 401
    assert client.interact({"type": 1}, age=290)[0] == 200
    assert client.interact({"type": 1}, age=310)[0] == 401
    assert client.interact({"type": 99})[0] in (200, 400)

    status, preview = client.interact(interaction(here, 1, start("prisma-persistence")))
    assert (status, preview["type"]) == (200, 4)
    (row,) = preview["data"]["components"]
    custom_id = row["components"][0]["custom_id"]
    # A flag with a percentage somewhere in its plan is a flagd definition from the start.
    assert reading(client.get("/sandbox/flags")["/switchback/dev/flags/PORTAL_PRISMA"]) == plain("false")
    press = {"custom_id": custom_id, "component_type": 2}
    status, answer = client.interact(interaction(here, 2, press, kind=3))
    assert (status, answer["type"]) == (200, 7)
    status, moved = client.post("/sandbox/clock", {"advance": "2m"})
    assert status == 200
    assert datetime.fromisoformat(moved["now"]).timestamp() >= began + 120

    requests = client.get("/sandbox/requests")
    assert all(set(entry) == {"at", "method", "path", "body", "status"} for entry in requests)
    assert {entry["status"] for entry in requests} <= {200, 201, 204}
    told = [
        e for e in requests if e["method"] == "POST" and e["path"] == f"/channels/{here['ops_channel_id']}/messages"
    ]
    assert len(told) == 1
    assert "prisma-persistence-1 started" in json.dumps(told[0]["body"])
    assert any("own-token-2" in entry["path"] and entry["method"] == "PATCH" for entry in requests)

    alarm = {
        "source": "aws.cloudwatch",
        "alarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:portal-outage",
        "accountId": "123456789012",
        "time": here["now"],
        "region": "us-east-1",
        "alarmData": {
            "alarmName": "portal-outage",
            "state": {"value": "ALARM", "reason": "test", "timestamp": moved["now"]},
            "previousState": {"value": "OK", "reason": "", "timestamp": here["now"]},
            "configuration": {"metrics": []},
        },
    }
    status, handled = client.post("/alarms", alarm)
    assert (status, "safeguard" in handled["decisions"]) == (200, True)
    # A flag with a percentage somewhere in its plan is a flagd definition from the start.
    assert reading(client.get("/sandbox/flags")["/switchback/dev/flags/PORTAL_PRISMA"]) == plain("false")


def test_the_world_is_turned_over_http(client: Client) -> None:
    flags = client.get("/sandbox/flags")
    assert {"ENABLE_JSON_LOGGING", "ENABLE_DEBUG_CMD", "ENABLE_ALERTS"} <= {name.rsplit("/", 1)[1] for name in flags}
    assert client.post("/sandbox/signals", {"api_5xx": {"rate": "4%"}})[0] == 200
    assert client.post("/sandbox/signals", {"no_such": {"rate": "4%"}})[0] == 400
    assert client.post("/sandbox/flags", {"LEGACY_SETTLEMENT": "true"})[0] == 200
    assert client.post("/sandbox/clock", {"advance": "soon"})[0] == 400
    names = {command["name"] for command in client.get("/sandbox/commands")}
    assert names == {"rollout", "rollout-status", "rollback", "flag", "alerts", "debug-last", "help"}
    assert client.get("/nothing")["error"]


@pytest.mark.parametrize(
    "wanted", [{}, {"state": "sideways"}, {"state": None}, {"state": "up", "for": "1h"}, {"down": True}]
)
def test_a_state_that_discord_cannot_be_in_is_refused_with_those_it_can(client: Client, wanted: Any) -> None:
    status, answer = client.post("/sandbox/discord", wanted)
    assert (status, answer["error"]) == (400, 'discord takes {"state": "down"}: up, down or throttled')


def test_discord_goes_down_and_comes_back_over_http(client: Client) -> None:
    for state in ("down", "throttled", "up"):
        code, answer = client.post("/sandbox/discord", {"state": state})
        assert (code, answer["state"]) == (200, state)
        assert client.get("/sandbox/view")["discord"]["state"] == state
    assert client.get("/sandbox/view")["discord"]["waiting"] == 0
    assert client.get("/sandbox/discord")["error"] == "there is nothing at /sandbox/discord"


def test_traces_are_read_newest_first_and_as_many_as_asked_for(client: Client) -> None:
    client.post("/sandbox/interact", {"person": "eng-oncall", "command": "help"})
    client.post("/sandbox/alarm", {"name": "portal-outage", "state": "OK"})
    client.post("/sandbox/alarm", {"name": "portal-outage", "state": "ALARM"})
    traces = client.get("/sandbox/traces")
    assert traces
    assert [trace["at"] for trace in traces] == sorted((trace["at"] for trace in traces), reverse=True)
    assert client.get("/sandbox/traces?limit=1") == traces[:1]
    assert {"id", "kind", "at", "duration_ms", "outcome", "reason", "actor", "command", "steps"} <= set(traces[0])
    assert {"name", "ms", "note"} <= set(traces[0]["steps"][0])
    for limit in ("0", "101", "-1", "x", "", "²"):
        assert (
            client.get(f"/sandbox/traces?limit={urllib.parse.quote(limit)}")["error"]
            == "limit is a number from 1 to 100"
        )


def test_a_storm_is_counted_and_told_in_few_messages_over_http(client: Client) -> None:
    before = client.get("/sandbox/requests")
    status, counts = client.post("/sandbox/storm", {"events": 32, "problems": 16})
    assert (status, counts["events"], counts["problems"], counts["counted"]) == (200, 32, 16, 32)
    here = client.get("/sandbox")
    channel = f"/channels/{here['alert_channel_id']}/messages"
    posted = [
        entry["body"]["content"]
        for entry in client.get("/sandbox/requests")[len(before) :]
        if entry["method"] == "POST" and entry["path"] == channel and "storm" in json.dumps(entry["body"])
    ]
    assert counts["messages"] + counts["digests"] == len(posted) <= 10
    assert counts["digests"] == sum("DIGEST" in content for content in posted) == 1

    alerts = client.get("/sandbox/alerts")
    assert alerts["storm"] == 16
    assert alerts["digests"] >= 1
    assert set(alerts["budget"]) == {"left", "messages", "within"}
    made = [alert for alert in alerts["alerts"] if "-storm-" in alert["key"]]
    assert sum(alert["seen"] for alert in made) == 32
    assert {alert["severity"] for alert in made} == {"critical", "warning"}
    assert {alert["told"] for alert in made} <= {"message", "digest", "waits"}
    assert client.get("/sandbox/view")["alerts"]["storm"] == 16

    assert client.post("/sandbox/storm", {"over": True}) == (200, {"over": 16})
    assert client.get("/sandbox/alerts")["storm"] == 0
    assert client.post("/sandbox/storm", {"over": True}) == (200, {"over": 0})


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"events": 5},
        {"events": 5, "problems": 6},
        {"events": 61, "problems": 1},
        {"events": 2001, "problems": 50},
        {"events": 500, "problems": 101},
        {"events": 0, "problems": 0},
        {"events": True, "problems": True},
        {"events": "500", "problems": "50"},
        {"events": 500, "problems": 50, "now": True},
        {"over": False},
    ],
)
def test_a_storm_beyond_its_bounds_is_refused_with_them(client: Client, wanted: Any) -> None:
    status, answer = client.post("/sandbox/storm", wanted)
    assert status == 400
    assert answer["error"].startswith('a storm takes {"events": 500, "problems": 50}')
    assert "\n" not in answer["error"]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}"]
)
def test_another_name_for_this_machine_is_not_answered(client: Client, host: str) -> None:
    """A name that somebody points at 127.0.0.1 would make this sandbox the same origin as their page."""
    port = urllib.parse.urlsplit(client.url).port
    for path, body in (("/sandbox/flags", None), ("/sandbox/clock", {"advance": "1m"})):
        assert client.ask(path, body, Host=host.format(port=port)) == 421


def test_a_page_of_somebody_else_changes_nothing(client: Client) -> None:
    before = client.get("/sandbox/flags")
    for path in ("/sandbox/flags", "/sandbox/clock", "/alarms", "/events"):
        for origin in ("https://evil.example", "null", client.url.replace("http:", "https:")):
            assert client.ask(path, {"READS": "true"}, Origin=origin) == 403
    assert client.get("/sandbox/flags") == before


def test_both_names_of_the_sandbox_and_its_own_page_are_answered(client: Client) -> None:
    port = urllib.parse.urlsplit(client.url).port
    assert client.ask("/sandbox/flags", Host=f"LocalHost:{port}") == 200
    for name in ("127.0.0.1", "localhost"):
        host = f"{name}:{port}"
        assert client.ask("/sandbox/signals", {}, Host=host, Origin=f"http://{host}") == 200


def test_an_interaction_is_signed_and_may_come_by_any_name(client: Client) -> None:
    assert client.ask("/interactions", {}, Host="tunnel.example", Origin="https://discord.com") == 401
