"""A scenario: what happens to a plan in a made-up world, and when. Times of events are seconds from the start."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, structs

from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command
from orchestrator.core.signals import AlarmState
from orchestrator.core.targets import Report, Result


class Knobs(Struct, frozen=True, kw_only=True):
    """How one signal behaves. What is None has not been said.

    rate: the bad share of a ratio, or the share of requests that are slower than whatever bound is asked; per_minute:
    requests, or events of a count; value: a level, a latency, or events of a count a minute; members: of a set.
    """

    rate: float | None = None
    per_minute: float | None = None
    value: float | None = None
    members: tuple[str, ...] | None = None
    silent: bool = False
    broken: bool = False

    def turned(self, changes: dict[str, Any]) -> Knobs:
        return structs.replace(self, **changes)


class Asks(Struct, frozen=True, kw_only=True):
    """Somebody asks for something; it is confirmed implicitly. `stage` is set where one stage is meant."""

    at: int
    command: Command
    stage: str = ""


class Turns(Struct, frozen=True, kw_only=True):
    """A signal behaves otherwise from now on: the changes are merged into what it did."""

    at: int
    signal: str
    changes: dict[str, Any]


class AlarmChanges(Struct, frozen=True, kw_only=True):
    at: int
    alarm: str
    state: AlarmState


class Answers(Struct, frozen=True, kw_only=True):
    """A probe or job answers so from now on."""

    at: int
    target: str
    result: Result


class Reports(Struct, frozen=True, kw_only=True):
    """CI or a person reports once. The report's own time is filled in when it is played."""

    at: int
    report: Report


class Marks(Struct, frozen=True, kw_only=True):
    """Something else changed: a deploy, a migration, a load test."""

    at: int
    what: str
    by: str = ""


class SetsByHand(Struct, frozen=True, kw_only=True):
    """Somebody writes the parameter past the bot."""

    at: int
    flag: str
    value: str


class NoTicks(Struct, frozen=True, kw_only=True):
    """The schedule stands still for so many seconds; what people and alarms bring is still served."""

    at: int
    length: int


Happening = Asks | Turns | AlarmChanges | Answers | Reports | Marks | SetsByHand | NoTicks


class Scenario(Struct, frozen=True, kw_only=True):
    """start: epoch seconds; until: seconds from the start. completed: environments in which this very plan was
    completed before. results: what probes and jobs answer at first. happenings: by time, ties in the file's order."""

    start: int
    until: int
    seed: int = 0
    environment: str = "dev"
    people: dict[str, Actor] = {}
    signals: dict[str, Knobs] = {}
    alarms: dict[str, AlarmState] = {}
    results: dict[str, Result] = {}
    reports: tuple[Report, ...] = ()
    completed: tuple[str, ...] = ()
    happenings: tuple[Happening, ...] = ()
