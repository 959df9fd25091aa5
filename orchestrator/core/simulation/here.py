"""The place in which a scenario is played: the rollout, the parameters, and what becomes of each decision.

SSM is perfect here: what is written is read back at once. Probes and jobs answer at once, and the next tick sees it.
Everything else is what the engine decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import structs

from orchestrator.core.commands import LINE_VERBS
from orchestrator.core.effects import Decision, PublishCompleted, RunTarget, WriteFlag
from orchestrator.core.engine import Event, begin, decide, questions, read_back, say_status
from orchestrator.core.facts import Facts, LiveFlag
from orchestrator.core.gates import Evidence
from orchestrator.core.plan import Plan, plan_hash
from orchestrator.core.rollout import STANDING, ChangeMarker, Rollout, Status
from orchestrator.core.signals import AlarmReading, AlarmState, Measurement, Signal, Wanted
from orchestrator.core.simulation.answering import Answering
from orchestrator.core.simulation.lines import Line, blocking, line, say, since
from orchestrator.core.simulation.scenario import (
    AlarmChanges,
    Answers,
    Asks,
    Happening,
    Marks,
    Reports,
    Scenario,
    SetsByHand,
    Turns,
)
from orchestrator.core.simulation.world import World

GOING_BACK = ("safeguard", "rollback", "abort")


class Measured(Protocol):
    """A world: it answers like ports.Signals. is_steady: whether every minute from now on holds the same; unsaid: the
    signals that are silent because nobody said what they do."""

    unsaid: tuple[str, ...]

    def measure(self, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]: ...

    def alarms(self, names: Sequence[str]) -> dict[str, AlarmReading]: ...

    def is_steady(self, signal: Signal) -> bool: ...

    def turn(self, event: Turns, now: int) -> None: ...

    def set_alarm(self, name: str, state: AlarmState, now: int) -> AlarmReading: ...


class Here:
    """`plan` is the plan as it runs in the scenario's environment, `asked` what the newest decision had to know."""

    def __init__(self, plan: Plan, scenario: Scenario, world: Measured | None = None) -> None:
        self.plan = plan.within(scenario.environment)
        self.world: Measured = world or World(self.plan, scenario)
        self.answering = Answering(self.plan, scenario)
        self.rollout: Rollout | None = None
        self.asked: tuple[Wanted, ...] = ()
        self._hash = plan_hash(plan)
        self._scenario = scenario
        self._runs = 0
        self._standing = self._blank(STANDING, "standing")
        self.evidence: dict[str, Evidence] = {}
        self._completed = dict.fromkeys(scenario.completed, self._hash)
        self.flags = {
            spec.name: LiveFlag(name=spec.name, value=spec.baseline or spec.safe, version=1) for spec in self.plan.flags
        }
        self._told: tuple[object, ...] = ()

    @property
    def is_live(self) -> bool:
        return self.rollout is not None and self.rollout.is_live

    def tick(self, now: int) -> tuple[list[Line], bool]:
        """The lines of this minute, and whether nothing at all has changed."""
        before = self.rollout
        if before is None or not before.is_live:
            return [], True
        self.answering.report_by_themselves(now)
        decision = self._decide(None, self._facts(before, now), now)
        return self._lines(decision, now), self.rollout is before and not decision.effects

    def happens(self, event: Happening, now: int) -> list[Line]:
        self.answering.report_by_themselves(now)
        match event:
            case Asks():
                return self._lines(self._asks(event, now), now)
            case AlarmChanges(alarm=name, state=state):
                return self._alarm(self.world.set_alarm(name, state, now), now)
            case Marks(what=what, by=by):
                if self.rollout is not None and self.rollout.is_live:
                    marker = ChangeMarker(what=what, at=now, by=by)
                    return self._lines(self._decide(marker, self._facts(self.rollout, now), now), now)
            case Turns():
                self.world.turn(event, now)
            case Answers(target=target, result=result):
                self.answering.turn(target, result)
            case Reports(report=report):
                self.answering.put(structs.replace(report, at=now))
            case SetsByHand(flag=name, value=value):
                self._put(name, value)
        return []

    def _asks(self, asks: Asks, now: int) -> Decision:
        command = structs.replace(asks.command, at=now)
        if command.verb in LINE_VERBS:
            decision = decide(self.plan, self._standing, command, Facts(), now)
            self._standing = decision.rollout or self._standing
            return decision
        if command.verb == "start" and (self.rollout is None or not self.rollout.is_live):
            return self._starts(asks, now)
        rollout = self.rollout
        if rollout is None or not rollout.is_live:
            state = f"{rollout.id} is {say_status(rollout)}" if rollout is not None else "nothing was started"
            return Decision(
                kind="refuse", rollout=rollout, reason=f"{state}; start a rollout of {self.plan.name} first"
            )
        if asks.stage and asks.stage != rollout.here(self.plan):
            here = rollout.here(self.plan) or say_status(rollout)
            reason = f"{asks.stage} is not where {rollout.id} is; it is at {here}"
            return Decision(kind="refuse", rollout=rollout, reason=reason)
        return self._decide(command, self._facts(rollout, now), now)

    def _starts(self, asks: Asks, now: int) -> Decision:
        blank = self._blank(f"{self.plan.name}-{self._runs + 1}", "running")
        actor = asks.command.actor
        blank = structs.replace(blank, started_at=now, started_by=actor.name, reason=asks.command.reason)
        fences = {name: state.fence for name, state in self.rollout.flags.items()} if self.rollout else {}
        decision = begin(self.plan, blank, self._facts(None, now), fences, now)
        if decision.kind == "start":
            self._runs += 1
            self.evidence = {}
            self._carry_out(decision, now)
        return decision

    def _alarm(self, reading: AlarmReading, now: int) -> list[Line]:
        """Both ways in bring it; what is not bound to a live rollout is nobody's."""
        if self.rollout is None or not self.rollout.is_live:
            return []
        facts = Facts(flags=dict(self.flags)) if reading.state == "ALARM" else Facts()
        return self._lines(self._decide(reading, facts, now), now)

    def _decide(self, event: Event, facts: Facts, now: int) -> Decision:
        assert self.rollout is not None
        decision = decide(self.plan, self.rollout, event, facts, now)
        if decision.kind != "refuse":
            self._carry_out(decision, now)
        return decision

    def _carry_out(self, decision: Decision, now: int) -> None:
        assert decision.rollout is not None
        if decision.rollout is not self.rollout or decision.outgoing:
            self.rollout = structs.replace(decision.rollout, version=decision.rollout.version + 1)
        if decision.verdicts or decision.evidence:
            self.evidence = decision.evidence
        for effect in decision.effects:
            match effect:
                case WriteFlag(flag=name, to_value=value):
                    self._put(name, value)
                case RunTarget():
                    self.answering.run(effect, now)
                case PublishCompleted():
                    self._completed[self._scenario.environment] = effect.plan_hash
        if decision.kind in GOING_BACK:
            self._over_strays()
        self._read_back(now)

    def _put(self, name: str, value: str) -> None:
        self.flags[name] = LiveFlag(name=name, value=value, version=self.flags[name].version + 1)

    def _over_strays(self) -> None:
        """Going back means flags too that somebody has moved by hand since the last tick."""
        assert self.rollout is not None
        for name, state in self.rollout.flags.items():
            if state.desired is not None and state.found is None and self.flags[name].value != state.desired:
                self._put(name, state.desired)

    def _read_back(self, now: int) -> None:
        assert self.rollout is not None
        flags = dict(self.rollout.flags)
        for name, (_, version) in read_back(self.rollout, Facts(flags=self.flags)).items():
            flags[name] = structs.replace(flags[name], pending=False, verified=version, verified_at=now)
        if flags != self.rollout.flags:
            self.rollout = structs.replace(self.rollout, flags=flags)

    def _facts(self, rollout: Rollout | None, now: int) -> Facts:
        self.asked = questions(self.plan, rollout, self.evidence, now) if rollout is not None else ()
        return Facts(
            flags=dict(self.flags),
            alarms=self.world.alarms(self.plan.alarms()),
            answers=self.world.measure(self.asked, now),
            evidence=self.evidence,
            reports=self.answering.reports,
            completed=self._completed,
            line=next((entry for entry in self._standing.holds if entry.kind == "line"), None),
        )

    def _blank(self, name: str, status: Status) -> Rollout:
        return Rollout(
            id=name,
            plan=self.plan.name,
            plan_hash=self._hash,
            environment=self._scenario.environment,
            status=status,
            started_at=self._scenario.start,
            started_by="",
            reason="",
        )

    def _lines(self, decision: Decision, now: int) -> list[Line]:
        """A line where decision, stage, flags or the set of blocking gates is another than in the line before."""
        stage = self.rollout.stage_key(self.plan) if self.rollout is not None else ""
        values = tuple(live.value for live in self.flags.values())
        told = (decision.kind if decision.kind != "set" else "hold", stage, values, blocking(decision))
        if told == self._told:
            return []
        self._told = told
        flags = {name: live.value for name, live in self.flags.items()}
        return [line(now, self._scenario.start, stage, decision, flags)]

    def summary(self, now: int) -> str:
        """How it ended and when, or how it stands at `now`, and what every flag holds."""
        at = self.rollout.ended_at if self.rollout is not None and not self.rollout.is_live else now
        flags = ", ".join(f"{name} = {say(live.value)}" for name, live in self.flags.items())
        return f"{since(at - self._scenario.start)}  {self._outcome()}; {flags}"

    def _outcome(self) -> str:
        rollout = self.rollout
        if rollout is None:
            return "nothing was started"
        if rollout.status == "running":
            waits = f", {rollout.waiting_line}" if rollout.waiting_line else ""
            return f"{rollout.id} is still running in {rollout.stage_key(self.plan)}{waits}"
        return f"{rollout.id} is {say_status(rollout)}"
