"""The whole sandbox: the same handlers and adapters as in Lambda, a simulated world, and a clock that can be moved."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import requests
from msgspec import Struct, structs
from nacl.signing import SigningKey

from orchestrator import bootstrap
from orchestrator.adapters.memory.logs import MemoryLogs
from orchestrator.app.standing import BOT_FLAGS
from orchestrator.app.ticks import ENDED_LOOKED_AT
from orchestrator.core.actors import Actor
from orchestrator.core.engine import longest_window, next_decision, settles_at
from orchestrator.core.engine.scope import measured
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.signals import MINUTE, WATERMARK, AlarmState
from orchestrator.ports import SwitchbackError
from orchestrator.sandbox import aws, lambdas
from orchestrator.sandbox.clock import VirtualClock
from orchestrator.sandbox.discord import StandIn
from orchestrator.sandbox.people import PEOPLE, force_settings
from orchestrator.sandbox.world import World
from orchestrator.telemetry.logs import get_logger

log = get_logger()

FURTHEST = 400 * 86_400
"""Seconds that one advance may go: more is a slip of the hand."""

KNOWN = 25
"""Rollouts, the newest first, that may have anything left to do."""

_PLANNER = Actor(user_id="sandbox", name="sandbox", via="terminal")


class Busy(Struct, frozen=True, kw_only=True):
    """An advance under way, for the progress bar; epoch seconds."""

    what: str
    start: int
    to: int
    at: int = 0


class PlanFault(ValueError):
    """A plan that cannot be played; one line a fault, as `switchback plan check` prints them."""


class Town:
    """One at a time in a process: it replaces AWS, and the environment, for all of it until it is closed.

    `clock`: another than one that starts now and runs like any clock.
    """

    def __init__(
        self, plans: Sequence[Path], public_key: str, log: TextIO, *, clock: VirtualClock | None = None
    ) -> None:
        self.clock = clock or VirtualClock()
        self.world = World(self.clock)
        self.page_key = SigningKey.generate()
        page_public = self.page_key.verify_key.encode().hex()
        compiled = [_read(path) for path in plans]
        self._end_aws = aws.start(lambda: self.clock.now_ms() / 1000)
        force_settings(public_key or page_public)
        prefix = f"/{os.environ['APP_NAME']}/{os.environ['ENVIRONMENT']}/flags/"
        queue, dead, topic = aws.build(
            os.environ["TABLE_NAME"], _first_flags(compiled), prefix, os.environ["BOT_TOKEN_PARAMETER"]
        )
        os.environ["COMMAND_QUEUE_URL"], os.environ["ALERT_TOPIC_ARN"] = queue, topic
        bootstrap.stand_in(bootstrap.FarSide(log=log))
        self.settings = bootstrap.settings()
        self.discord = StandIn(
            self.settings.discord_application_id,
            self.settings.discord_guild_id,
            {self.settings.discord_ops_channel_id: "ops", self.settings.discord_alert_channel_id: "alerts"},
            "sandbox-bot-token",
            self.clock.now,
        )
        logs = MemoryLogs(self.clock, log)  # there are no log groups: what is logged here is searched here
        self._far_side = bootstrap.FarSide(
            clock=self.clock,
            signals=self.world,
            targets=self.world,
            logs=logs,
            discord=self._session,
            extra_public_keys=(page_public,),
            log=logs,
        )
        self.restart()
        self.queues = lambdas.Queues(queue, dead)
        self.one_at_a_time = threading.RLock()
        self._one_journey = threading.Lock()
        self.busy: Busy | None = None
        self.wake, self.stopping = threading.Event(), threading.Event()
        self._ticked = self.clock.now()
        for plan in compiled:
            self.world.learn(plan)
            bootstrap.app().publish(plan, _PLANNER)
        bootstrap.register_commands()

    def restart(self) -> None:
        """What a new Lambda process begins with: nothing warm, nothing remembered."""
        bootstrap.stand_in(self._far_side)

    def close(self) -> None:
        """Put back everything that was replaced. Nothing may be asked of the town, or of the bot, after that."""
        self.stopping.set()
        self.wake.set()
        bootstrap.stand_in(bootstrap.FarSide())
        self._end_aws()

    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.mount("https://discord.com/", self.discord.transport())
        return session

    # -- what happens in it ----------------------------------------------------------------------------------------

    @contextmanager
    def still(self) -> Iterator[None]:
        """One thing at a time, and while somebody is served the clock runs no faster than people: an answer that is due
        in three seconds must not be late because a minute passes every tenth of one."""
        with self.one_at_a_time:
            speed = self.clock.speed
            self.clock.run_at(min(speed, 1.0))
            try:
                yield
            finally:
                self.clock.run_at(speed)

    def serve(self, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
        """One signed interaction, as the HTTP API would bring it. The queue is delivered afterwards."""
        return lambdas.interact(method, path, headers, body)

    def deliver(self) -> None:
        """Hand over what waits in the queues."""
        with self.one_at_a_time:
            while self.queues.deliver():
                pass

    def deliver_soon(self) -> None:
        """Hand over in a moment, on the sandbox's own thread: whoever brought an interaction gets the answer first."""
        self.wake.set()

    def run(self) -> None:
        """The sandbox's own thread: delivers what waits, and ticks once a minute of the running clock."""
        while not self.stopping.is_set():
            self.wake.wait(0.2)
            self.wake.clear()
            try:
                self.deliver()
                self.catch_up()
            except Exception:  # one failure must not stop the sandbox: what waits is delivered the next time
                log.exception("the sandbox could not deliver or tick")

    def change_alarm(self, name: str, state: AlarmState) -> None:
        """An alarm changes: DescribeAlarms shows it, and both ways in bring it."""
        with self.still():
            before = self.world.alarms([name])
            previous = before[name].state if name in before else "OK"
            at = self.clock.now()
            self.world.set_alarm(name, state, at)
            lambdas.alarm_event(lambdas.action_event(name, state, previous, at))
            lambdas.alarm_event(lambdas.event_bridge_event(name, state, previous, at))
            self.deliver()

    def take_alarm_event(self, event: Any) -> dict[str, Any]:
        """Somebody else's alarm event, by either way in: the world follows it where it is well-formed."""
        with self.still():
            reading = lambdas.reading_of(event)
            if reading is not None:
                self.world.set_alarm(reading.name, reading.state, reading.since)
            handled = lambdas.alarm_event(event)
            self.deliver()
            return handled

    def take_event(self, event: Any) -> dict[str, Any]:
        """A report of CI, or the news of a change, as EventBridge would bring it."""
        with self.still():
            taken = lambdas.report_event(event)
            self.world.touched()
            self.deliver()
            return taken

    # -- time ------------------------------------------------------------------------------------------------------

    def advance(self, seconds: int) -> int:
        """Move on, doing everything that falls due on the way; the time it is then."""
        return self._move_to(self.clock.now() + min(seconds, FURTHEST), "advancing")

    def advance_to_next(self) -> int:
        """To the next decision: until a stage, a flag or what people are asked for changes, or nothing ever will."""
        limit = self.clock.now() + 60 * 86_400
        with self.one_at_a_time:
            before = self._positions()
        while self.clock.now() < limit:
            with self.one_at_a_time:
                step = self._next_stop(limit) if self._positions() == before else None
            if step is None:
                break
            self._move_to(step, "to the next decision")
        return self.clock.now()

    def catch_up(self) -> None:
        """Run the ticks that the running clock has made due."""
        with self.one_at_a_time:
            if self.busy is None and self.clock.now() // MINUTE > self._ticked // MINUTE:
                self.tick()

    def _move_to(self, target: int, what: str) -> int:
        with self.journey() as go_to:
            start = self.clock.now()
            while self.clock.now() < target and not self.stopping.is_set():
                with self.one_at_a_time:
                    stop = self._next_stop(target)
                    go_to(min(stop if stop is not None else target, target), Busy(what=what, start=start, to=target))
                    self.tick()
            self.deliver()
        return self.clock.now()

    @contextmanager
    def journey(self) -> Iterator[Callable[[int, Busy], None]]:
        """Somebody moves the clock on, step by step, and nobody else does until they are there: it stands still between
        the steps. Gives what makes a step, and shows it."""
        with self._one_journey:
            with self.one_at_a_time:  # whoever is served has put the speed back by then
                speed = self.clock.speed
                self.clock.run_at(0)

            def go_to(at: int, seen: Busy) -> None:
                self.clock.move_to(at)
                self.busy = structs.replace(seen, at=self.clock.now())

            try:
                yield go_to
            finally:
                self.busy = None
                self.clock.run_at(speed)

    def tick(self) -> None:
        """The minute's tick, after whatever waits in the queues."""
        self._ticked = self.clock.now()
        self.deliver()
        with suppress(SwitchbackError):  # an invocation that failed: Lambda counts it, and the next minute ticks again
            lambdas.run_tick()

    def _next_stop(self, limit: int) -> int | None:
        """When something can happen next if nobody touches the world: a minute from now while anything is in motion,
        or while the table cannot be read, else the earliest decision. None when nothing will."""
        now = self.clock.now()
        minute = (now // MINUTE + 1) * MINUTE
        if now - self._ticked >= MINUTE or self.world.changed_at >= self._ticked:
            return minute
        soonest: int | None = None
        try:
            for stop in self._stops(now, minute, limit):
                soonest = min(stop, soonest or stop)
                if soonest <= minute:
                    break
        except SwitchbackError:
            return minute
        return soonest

    def _stops(self, now: int, minute: int, limit: int) -> Iterator[int]:
        outside = bootstrap.outside()
        # One query; the index of what is live is four.
        recent = outside.rollouts.recent(KNOWN)
        told = [STANDING, *recent[:ENDED_LOOKED_AT]]
        for rollout_id in [*recent, STANDING]:
            rollout = outside.rollouts.load(rollout_id)
            pinned = outside.plans.get(rollout.plan_hash) if rollout is not None and rollout.is_live else None
            if rollout is None or pinned is None:
                continue
            told.append(rollout_id)
            plan = pinned.within(rollout.environment)
            if rollout_id != STANDING:
                watched = [when.condition for _, when in measured(plan, rollout)]
                healthy = self.world.is_healthy(plan, [c for c in watched if c.judge == "sequential"])
                settled = settles_at(plan, rollout, now, outside.rollouts.evidence(rollout_id), is_healthy=healthy)
                if rollout.pending or now < max(settled, self._calm_at(plan, rollout, now)):
                    yield minute
                decision = next_decision(plan, rollout, now)
                if decision is not None:
                    yield max(minute, -(-decision // MINUTE) * MINUTE)
        for rollout_id in dict.fromkeys(told):
            waiting = outside.rollouts.waiting(rollout_id, limit + FURTHEST)
            yield from (max(minute, effect.not_before) for effect in waiting)
        yield from (max(minute, -(-group.next_check // MINUTE) * MINUTE) for group in outside.alerts.open())
        yield from (max(minute, digest.not_before) for digest in outside.alerts.digests())

    def _calm_at(self, plan: Plan, rollout: Rollout, now: int) -> int:
        """When every window that matters lies behind the last turn of a knob."""
        if not self.world.changed_at:
            return 0
        return self.world.changed_at + longest_window(plan, rollout, now) + WATERMARK + MINUTE

    def _positions(self) -> list[Any]:
        outside = bootstrap.outside()
        found = [outside.rollouts.load(rollout_id) for rollout_id in outside.rollouts.live()]
        return [(r.id, r.status, r.transition, _asks(r.waiting)) for r in found if r is not None]


def _asks(waiting: str) -> str:
    """What a rollout waits for, as far as anybody would want to stop and look: a soak is not."""
    kind = waiting.split(":")[0]
    return kind if kind in ("approval", "gates", "alarms", "held") else ""


def _read(path: Path) -> Plan:
    try:
        read = read_plan(path.read_bytes())
    except OSError as problem:
        raise PlanFault(f"{path}:1: cannot be read ({problem.strerror}); name a file that is there") from None
    if isinstance(read, list):
        raise PlanFault("\n".join(f"{path}:{fault.line}: {fault}" for fault in read))
    return read


def _first_flags(plans: Sequence[Plan]) -> dict[str, str]:
    """Every flag at its baseline, and the bot's own."""
    flags = {spec.name: spec.safe for spec in BOT_FLAGS}
    flags |= {"ENABLE_DEBUG_CMD": "true"}
    for plan in plans:
        flags |= {spec.name: spec.baseline or spec.safe for spec in plan.flags}
    return flags


PEOPLE_BY_NAME = {member.name: member for member in PEOPLE}
