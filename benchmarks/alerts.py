"""Our alert path beside Alertmanager, in one run on the same events: `python benchmarks/alerts.py`.

Times depend on the machine, ratios less so. Both get 10,000 events of 100 problems, one group each. Ours is a state
machine in Python in front of a table, here the one in memory: one container, one event a call, as a Lambda function
gets them, and a receiver that takes everything. Nothing of it crosses a socket, and in AWS an event is a read and a
write of DynamoDB, some milliseconds each: the figure says what our code costs, not what a stack carries. DynamoDB under
moto is not measured; that would be moto's time.

Alertmanager (Go) is asked over loopback, one alert a request and in batches of 100. Its events a second hold our
client's time, so the processor time that its own process took, start and notifying included, stands beside them: that
is what is compared. What each notified is counted when both are done.

Then a storm: 10,000 events of 50 problems in a minute, and Discord refuses every second request.

Alertmanager is no dependency of ours and is measured where it is installed:
`apt-get install -y --no-install-recommends prometheus-alertmanager`
"""

from __future__ import annotations

import os
import random
import resource
import sys
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path

from msgspec import structs

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from orchestrator import notify
from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.alerting.policy import Policy, Route
from orchestrator.telemetry.logs import configure
from tests.alertmanager.both import Kept
from tests.alertmanager.server import HOW_TO_INSTALL, Alertmanager, Webhook, bodies, is_installed, until
from tests.alerts.test_storm import PROBLEMS, played
from tests.alerts.yard import Yard, half_refused
from tests.core.made_alerts import event

EVENTS, GROUPS = 10_000, 100
BATCH = 100

AT_ONCE = Route(to=("alerts",), repeat=3600)
POLICY = Policy(routes=dict.fromkeys(("critical", "warning", "info"), AT_ONCE), messages=1_000_000)
"""Alertmanager has no budget, so ours is out of the way; the storm below has it."""


def stream() -> list[AlertEvent]:
    drawn = random.Random(3)
    numbers = [*range(GROUPS), *(drawn.randrange(GROUPS) for _ in range(EVENTS - GROUPS))]
    drawn.shuffle(numbers)
    return [event(0, service=f"s{number}", severity="warning") for number in numbers]


def ours(events: list[AlertEvent]) -> float:
    yard, kept = Yard(POLICY), Kept()
    container = structs.replace(yard.container(), receivers={"alerts": kept})
    began, cpu = time.perf_counter(), time.process_time()
    for number, one in enumerate(events):
        notify.raise_alert(container, one, f"event-{number}")
    yard.clock.at += 60
    notify.tell_all(container)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    told = [group.told["alerts"] for group in container.alerts.open() if "alerts" in group.told]
    notified = sum(sent.kind != "count" for sent in kept.sent)
    row("switchback, one by one", took, cpu, notified, len(told))
    print(f"{'':32}events in no message: {len(events) - sum(one.count for one in told)}; "
          f"edits that only bring a count up to date: {len(kept.sent) - notified}")  # fmt: skip
    return cpu


def theirs(name: str, events: list[AlertEvent], each: int) -> float:
    requests, before = bodies(events, each), _children()
    with tempfile.TemporaryDirectory() as home:
        webhook = Webhook()
        with Alertmanager(Path(home), webhook, POLICY) as server:
            connection = HTTPConnection(server.address.removeprefix("http://"))
            began = time.perf_counter()
            for body in requests:
                server.post(connection, body)
            took = time.perf_counter() - began
            connection.close()
            until(lambda: len(webhook.firing) == GROUPS and len(server.states()) == GROUPS, "every group")
        webhook.close()
    cpu = _children() - before
    row(name, took, cpu, sum(webhook.notified.values()), sum(map(bool, webhook.firing.values())))
    return cpu


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(name: str, took: float, cpu: float, notified: int, groups: int) -> None:
    print(f"  {name:30}{EVENTS / took:11,.0f}{cpu / EVENTS * 1e6:11.0f}{notified:15}{groups:8}{GROUPS - groups:6}")


def side_by_side() -> None:
    events = stream()
    print(f"{EVENTS:,} events of {GROUPS} problems, one group each")
    print(f"  {'':30}{'events/s':>11}{'CPU µs':>11}{'notifications':>15}{'groups':>8}{'lost':>6}")
    mine = ours(events)
    if not is_installed():
        print(f"  {HOW_TO_INSTALL}")
        return
    single = theirs("Alertmanager, one by one", events, 1)
    batched = theirs(f"Alertmanager, batches of {BATCH}", events, BATCH)
    print(f"  processor time of ours: {mine / single:.2f} of Alertmanager's one by one, "
          f"{mine / batched:.1f} of it in batches")  # fmt: skip
    print(
        "  Ours also counts what happens again and knows an event's id; Alertmanager does neither, and listens on HTTP."
    )


def storm() -> None:
    yard = Yard()
    yard.meddle = half_refused(1)
    began = time.process_time()
    played(yard, EVENTS, containers=2, seed=1)
    took = time.process_time() - began
    own, digests, told = len(yard.own()), len(yard.digests()), yard.told()
    calls = len(yard.messages()) - own - digests
    print(f"\na storm: {EVENTS:,} events of {PROBLEMS} problems in a minute, Discord takes every second request")
    print(f"  {own} messages, {digests} digests, {calls} calls; events shown {told:,}, lost {EVENTS - told}")
    print(f"  {took:.1f} s with the hour after it, and the stand-in for Discord")


if __name__ == "__main__":
    with open(os.devnull, "w") as nowhere:
        configure("switchback", "dev", stream=nowhere)
        side_by_side()
        storm()
