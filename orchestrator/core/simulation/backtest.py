"""A plan over what the signals measured in the past: when it would have gone on, held, gone back, and on what numbers.

Everything that people, probes, reports and drills do counts as done at once, so that only the numbers decide. Alarms
have no history, and their safeguards are left out. An hour after a safeguard has acted somebody resumes, so that it is
seen how often it would have acted.
"""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command, Verb
from orchestrator.core.gates import (
    AlarmsGate,
    ApprovalGate,
    ChecklistGate,
    DrillGate,
    FlagsGate,
    Gate,
    ProbeGate,
    ReportGate,
)
from orchestrator.core.plan import AlarmCondition, Plan
from orchestrator.core.simulation.history import Fetch, History
from orchestrator.core.simulation.lines import Line
from orchestrator.core.simulation.play import Simulation
from orchestrator.core.simulation.scenario import Asks, Scenario

DONE_AT_ONCE = (ApprovalGate, ChecklistGate, ProbeGate, ReportGate, DrillGate, FlagsGate, AlarmsGate)

RESUMED_AFTER = 3600
"""Seconds from a safeguard's act to the resume."""

SOMEBODY = Actor(user_id="backtest", name="backtest", via="terminal")


def measured_only(plan: Plan) -> Plan:
    """The plan with nothing left in it but what signals decide."""
    stages = tuple(structs.replace(stage, gates=_measured(stage.gates)) for stage in plan.stages)
    watch = structs.replace(plan.watch, gates=_measured(plan.watch.gates))
    safeguards = tuple(s for s in plan.safeguards if not isinstance(s.when, AlarmCondition))
    return structs.replace(plan, stages=stages, watch=watch, safeguards=safeguards, environments=())


def _measured(gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
    return tuple(gate for gate in gates if not isinstance(gate, DONE_AT_ONCE))


class Backtest:
    """As a `Simulation`: `step` gives the lines of the next moment, None when the recording or the rollout has ended.

    start, end: epoch seconds on whole minutes. `fired` collects each act of a safeguard.
    """

    def __init__(self, plan: Plan, environment: str, start: int, end: int, fetch: Fetch) -> None:
        scenario = Scenario(
            start=start,
            until=end - start,
            environment=environment,
            results={target.name: "pass" for target in plan.targets},
            happenings=(_asks("start", 0),),
        )
        self._start = start
        self._simulation = Simulation(measured_only(plan), scenario, world=History(fetch, end))
        self.fired: list[Line] = []
        self.entered = 0

    @property
    def now(self) -> int:
        return self._simulation.now

    @property
    def last(self) -> str:
        return self._simulation.last

    def step(self) -> list[Line] | None:
        lines = self._simulation.step()
        for line in lines or ():
            if line.decision == "safeguard":
                self.fired.append(line)
            self.entered += line.decision == "advance"
            if line.decision in ("safeguard", "refuse"):
                self._simulation.add(_asks("resume", line.at - self._start + RESUMED_AFTER))
        return lines


def _asks(verb: Verb, at: int) -> Asks:
    return Asks(at=at, command=Command(verb=verb, target="", actor=SOMEBODY, reason="backtest"))
