"""The use cases: a command is run, time passes, an alarm changes, a plan is published. `App` is what handlers call;
each use case lies in a module beside it."""

from __future__ import annotations

from orchestrator.app import commands, dead_letters, incoming, standing, ticks
from orchestrator.app.moving import Outcome
from orchestrator.app.own_alerts import OwnAlerts
from orchestrator.app.own_logs import show_logs
from orchestrator.core.access import AccessPolicy
from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.signals import AlarmReading
from orchestrator.core.targets import Report
from orchestrator.core.work import DeadLetter, ShowLogs
from orchestrator.ports import Outside
from orchestrator.telemetry.logs import bound


class App:
    """Everything Switchback does, over the ports it was given. Safe to call twice with the same event."""

    def __init__(self, outside: Outside, access: AccessPolicy) -> None:
        self.outside = outside
        self.access = access
        self.own = OwnAlerts(outside)

    def run(self, command: Command) -> Outcome:
        """Carry out a command that was authorised, and finish the reply to it.

        Raises Unavailable or Conflict when it should be tried again; the interaction id keeps that from doing it twice.
        """
        return commands.run(self.outside, self.access, self.own, command)

    def tick(self) -> list[Outcome]:
        """Check every live rollout. One that fails does not keep the others waiting; the next tick tries it again."""
        return ticks.tick(self.outside, self.own)

    def on_alarm(self, alarm: AlarmReading) -> list[Outcome]:
        """Off wins: the shortest way from an alarm to a flag that is off and read back. Where one binding fails, what
        was done for the others is told all the same before it raises."""
        return incoming.on_alarm(self.outside, self.own, alarm)

    def run_target(self, work: RunTarget) -> Report | None:
        """A probe or a job, off the queue. Raises Unavailable when it should come again."""
        return incoming.run_target(self.outside, self.own, work)

    def take_change(self, marker: ChangeMarker) -> list[Outcome]:
        """Something else changed: the evidence of the rollouts it concerns counts afresh. Raises Unavailable."""
        return incoming.take_change(self.outside, marker)

    def show_logs(self, wanted: ShowLogs) -> None:
        """Finish a reply with the log lines of a trace. Looking leaves no trace. Raises Unavailable when Discord is."""
        with bound(trace_id=wanted.trace_id, correlation_id=wanted.interaction_id, actor=wanted.actor.name):
            show_logs(self.outside, wanted)

    def dead_letter(self, letter: DeadLetter) -> None:
        """Something ended for good without being done: say so once. Raises Unavailable when this very letter could
        neither be counted nor told: it stays in its queue."""
        dead_letters.tell_of(self.outside, self.own, letter)

    def publish(self, plan: Plan, actor: Actor) -> str:
        """Returns the hash under which the plan is now stored."""
        return standing.publish(self.outside, plan, actor)


__all__ = ["App", "Outcome"]
