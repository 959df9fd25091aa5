"""A story of alerts, played on the whole path: what happens, what people do, what fails, and what the channel shows."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, structs

from orchestrator import notify
from orchestrator.app import alert_commands
from orchestrator.core.actors import Actor
from orchestrator.core.alerting.alert import AlertEvent, Severity
from orchestrator.core.alerting.policy import Policy
from orchestrator.core.commands import Command, Verb
from orchestrator.ports import Clock, Ids, Outside, SwitchbackError
from orchestrator.sandbox.discord.faults import Answer, NoAnswer
from tests.alerts.yard import Killed, Yard, own_count, times
from tests.core.made_alerts import NOW, POLICY, event, over

ANNA = Actor(user_id="300000000000000001", name="anna", roles=("engineering",))
MINUTE = 60
SETTLES = 10 * MINUTE
"""Seconds of ticks after which nothing is left to be told."""

MOST_SKEW = 20
"""Seconds by which a container's clock may be wrong; Lambda's are right to milliseconds."""

KEY_KNOWN = 300
IN_DOUBT = 60
"""Seconds for which more may go wrong once the channel holds a message that we do not know of. Then Discord is well until
it forgets the message's key: after that nobody could find out any more, which is the limit of what can be promised."""

PAGE = Answer(status=503, body=b"<html>no healthy upstream</html>", headers={"Content-Type": "text/html"})

Fault = Literal["503", "timeout", "lost reply", "dies before", "dies after"]
Weather = Literal["up", "down", "every second"]


class Fires(Struct, frozen=True):
    """Also the same again, and worse or better than before."""

    service: int
    severity: Severity
    container: int


class Ends(Struct, frozen=True):
    service: int
    container: int


class ComesAgain(Struct, frozen=True):
    """The queue delivers an event a second time."""

    newest: int
    container: int


class Passes(Struct, frozen=True):
    """With a tick each minute, as the schedule has it."""

    seconds: int


class Person(Struct, frozen=True):
    does: Literal["acknowledge", "silence", "silence by label", "wake"]
    service: int
    minutes: int = 5


class Discord(Struct, frozen=True):
    is_: Weather


class Fails(Struct, frozen=True):
    """What the next request to Discord runs into."""

    how: Fault


class ClockStep(Struct, frozen=True):
    container: int
    off_by: int


Step = Fires | Ends | ComesAgain | Passes | Person | Discord | Fails | ClockStep


class WrongClock(Clock):
    def __init__(self, right: Clock) -> None:
        self._right, self.off_by = right, 0

    def now(self) -> int:
        return self._right.now() + self.off_by

    def now_ms(self) -> int:
        return self.now() * 1000

    def sleep(self, seconds: float) -> None:
        self._right.sleep(seconds)


class CountedIds(Ids):
    """The same in each run: the waits between two tries depend on them."""

    def __init__(self) -> None:
        self._made = 0

    def new(self) -> str:
        self._made += 1
        return hashlib.sha256(str(self._made).encode()).hexdigest()[:26]


class Story:
    """Two containers of a function over one table."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.yard = Yard(policy)
        self.yard.meddle, self.yard.kill_after = self._before, self._after
        ids = CountedIds()
        self._clocks = [WrongClock(self.yard.clock) for _ in range(2)]
        self._containers: list[Outside] = [
            structs.replace(self.yard.container(), clock=clock, ids=ids) for clock in self._clocks
        ]
        self._weather: Weather = "up"
        self._requests = 0
        self._faults: deque[Fault] = deque()
        self._fault_after: Fault | None = None
        self._doubt_at = -KEY_KNOWN
        self._next_tick, self._ticks = self.now + MINUTE, 0
        self._silent_until = 0
        self._delivered: list[tuple[AlertEvent, str]] = []
        self.counted: Counter[str] = Counter()
        self.firing: set[str] = set()
        self.unclear, self.skewed = 0, False

    @property
    def now(self) -> int:
        return self.yard.clock.at

    # -- what happens ------------------------------------------------------------------------------------------------------

    def play(self, steps: list[Step]) -> None:
        for step in steps:
            self._do(step)

    def _do(self, step: Step) -> None:
        match step:
            case Fires(service, severity, container):
                self._happens(f"s{service}", severity, container)
                self.counted[f"s{service}"] += 1
                self.firing.add(f"s{service}")
            case Ends(service, container):
                self._happens(f"s{service}", None, container)
                self.firing.discard(f"s{service}")
            case ComesAgain(newest, container):
                if self._delivered:
                    self._deliver(*self._delivered[-1 - newest % len(self._delivered)], container)
            case Passes(seconds):
                self.passes(seconds)
            case Person():
                self._person(step)
            case Discord(weather):
                self._weather = weather
            case Fails(how):
                self._faults.append(how)
            case ClockStep(container, off_by):
                self._clocks[container].off_by = off_by
                self.skewed = True

    def _happens(self, service: str, firing: Severity | None, container: int) -> None:
        self.passes(1)  # of two events of one second nobody knows which came first
        at = self.now - NOW
        made = event(at, service=service, severity=firing) if firing else over(at, service=service)
        self._delivered.append((made, f"event-{len(self._delivered)}"))
        self._deliver(*self._delivered[-1], container)

    def _deliver(self, made: AlertEvent, event_id: str, container: int) -> None:
        """At least once: where a container dies, another one gets it."""
        for attempt in range(50):
            try:
                notify.raise_alert(self._containers[(container + attempt) % 2], made, event_id)
                return
            except (SwitchbackError, Killed):
                continue
        raise AssertionError(f"{event_id} was never taken")

    def passes(self, seconds: int) -> None:
        end = self.now + seconds
        while self._next_tick <= end:
            self.yard.clock.at = self._next_tick
            self._next_tick += MINUTE
            self._ticks += 1
            try:
                notify.tell_all(self._containers[self._ticks % 2])
            except Killed:
                continue
        self.yard.clock.at = end

    def _person(self, step: Person) -> None:
        name, args = f"s{step.service}", {"for": f"{step.minutes}m"}
        verb: Verb = "acknowledge" if step.does == "acknowledge" else "wake" if step.does == "wake" else "silence"
        target = f"drift/dev/{name}"
        if step.does == "silence by label":
            target, args = "", {**args, "service": name}
        if verb == "silence":
            self._silent_until = max(self._silent_until, self.now + step.minutes * MINUTE + MOST_SKEW)
        command = Command(verb=verb, target=target, actor=ANNA, args=args, at=self.now)
        for attempt in range(5):
            try:
                alert_commands.run(self._containers[attempt % 2], command)
                return
            except Killed:
                continue

    # -- what fails --------------------------------------------------------------------------------------------------------

    def _may_fail(self) -> bool:
        return not IN_DOUBT <= self.now - self._doubt_at < KEY_KNOWN + MINUTE

    def _before(self, method: str, path: str) -> Answer | None:
        self._requests += 1
        self._fault_after = None
        if not self._may_fail():
            return None
        if self._weather == "down" or (self._weather == "every second" and self._requests % 2):
            return PAGE
        fault = self._faults.popleft() if self._faults else None
        self.unclear += fault not in (None, "503")
        match fault:
            case "503":
                return PAGE
            case "timeout":
                raise NoAnswer("timeout")
            case "dies before":
                raise Killed
        self._fault_after = fault
        return None

    def _after(self, method: str, path: str) -> bool:
        if self._fault_after is None:
            return False
        if self.now - self._doubt_at >= KEY_KNOWN:
            self._doubt_at = self.now
        if self._fault_after == "lost reply":
            raise NoAnswer("lost-reply")
        return True

    # -- how it ends -------------------------------------------------------------------------------------------------------

    def recovers(self) -> None:
        """Nothing fails any more, the clocks are right, and the silences end."""
        self._weather = "up"
        self._faults.clear()
        for clock in self._clocks:
            clock.off_by = 0
        self.passes(max(0, self._silent_until - self.now))
        self.passes(SETTLES)

    def all_is_over(self) -> None:
        for name in sorted(self.firing):
            self._happens(name, None, 0)
        self.firing.clear()
        self.passes(SETTLES)

    # -- what the channel shows --------------------------------------------------------------------------------------------

    def own(self, service: str) -> list[dict[str, Any]]:
        return [message for message in self.yard.own() if service in _services(message["content"])]

    def lines(self, service: str) -> list[str]:
        """Its lines in all digests."""
        return [line for line in self._digest_lines() if service in _services(line)]

    def _digest_lines(self) -> Iterator[str]:
        for digest in self.yard.digests():
            yield from (line for line in digest["embeds"][0]["description"].splitlines() if " · " in line)

    def shown(self, service: str) -> int:
        """Its events, counted as a reader would."""
        return sum(map(own_count, self.own(service))) + sum(times(line.split(" · ")[1]) for line in self.lines(service))

    def openings(self, service: str) -> int:
        group = self._containers[0].alerts.group(f"drift/dev/{service}")
        return group.number if group is not None else 0

    def open(self) -> list[str]:
        return [group.key for group in self._containers[0].alerts.open()]

    def pings(self, role: str) -> list[int]:
        return [message["at"] for message in self.yard.messages() if role in message["pings"]["roles"]]

    def told_at(self, severity: Severity) -> list[int]:
        """When problems got messages of their own that said so, then."""
        first = {
            asked["body"]["nonce"]: int(datetime.fromisoformat(asked["at"]).timestamp())
            for asked in reversed(self.yard.discord.requests)
            if asked["body"].get("nonce") and severity.upper() in asked["body"]["content"]
        }
        return [first[message["nonce"]] for message in self.yard.own() if message["nonce"] in first]


def _services(text: str) -> list[str]:
    return re.findall(r"drift of (s\d+)", text)
