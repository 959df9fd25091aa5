"""The use cases: a command is run, time passes, an alarm changes, a plan is published. Each leaves a trace."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from orchestrator import perform
from orchestrator.app import alarms, standing
from orchestrator.app.alarms import UNDER_NO_ALARM, standing_in_alarm
from orchestrator.app.flags import change_flag, owner_of
from orchestrator.app.moving import Outcome, move
from orchestrator.app.replies import dead_letter_notice, failed_notice, outcome_notice
from orchestrator.app.second_person import ask, is_needed
from orchestrator.app.standing import ensure_standing, standing_plan
from orchestrator.app.starting import start
from orchestrator.app.targets import run_target, take_change
from orchestrator.app.views import find_rollout
from orchestrator.core.access import AccessPolicy
from orchestrator.core.actors import SWITCHBACK, Actor
from orchestrator.core.commands import FLAG_VERBS, LINE_VERBS, Command, phrase
from orchestrator.core.effects import RunTarget
from orchestrator.core.notices import Notice
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, ChangeMarker
from orchestrator.core.signals import AlarmReading
from orchestrator.core.targets import Report
from orchestrator.core.wording import tick_failed, unproven
from orchestrator.ports import AlreadyDone, Conflict, Outside, Refused, SwitchbackError, Unavailable
from orchestrator.telemetry import metrics
from orchestrator.telemetry.logs import bound, get_logger
from orchestrator.telemetry.tracing import TraceRecorder, annotate

log = get_logger()


class App:
    """Everything Switchback does, over the ports it was given. Safe to call twice with the same event."""

    def __init__(self, outside: Outside, access: AccessPolicy) -> None:
        self.outside = outside
        self.access = access

    def run(self, command: Command) -> Outcome:
        """Carry out a command that was authorised, and finish the reply to it.

        Raises Unavailable or Conflict when it should be tried again; the interaction id keeps that from doing it twice.
        """
        recorder = self._recorder("command", command.trace_id)
        annotate("command", command.verb)
        with bound(trace_id=recorder.trace_id, actor=command.actor.name, command=command.verb):
            outcome = self._recorded(recorder, command, lambda: self._run_once(command, recorder.trace_id))
            self._doubt(outcome)
            with recorder.step("reply"):
                self._reply(command, outcome)
            return outcome

    def _run_once(self, command: Command, trace_id: str) -> Outcome:
        if command.interaction_id and self.outside.rollouts.seen(command.interaction_id):
            return self._again(command)
        if is_needed(self.outside, self.access, command):
            return ask(self.outside, command)
        try:
            if command.verb == "start":
                return start(self.outside, command, trace_id=trace_id)
            if command.verb in FLAG_VERBS:
                return change_flag(self.outside, command, trace_id=trace_id)
            if command.verb in LINE_VERBS:
                ensure_standing(self.outside)
                return move(self.outside, STANDING, command, actor=command.actor, trace_id=trace_id)
            return self._on_rollout(command, trace_id)
        except AlreadyDone:
            return self._again(command)

    def _on_rollout(self, command: Command, trace_id: str) -> Outcome:
        found = find_rollout(self.outside, command.target)
        if isinstance(found, str):
            return Outcome(kind="refuse", reason=found)
        if command.verb in UNDER_NO_ALARM and (against := standing_in_alarm(self.outside, found.flags)):
            return Outcome(kind="refuse", reason=f"{against}; nothing goes on under it", rollout=found)
        outcome = move(self.outside, found.id, command, actor=command.actor, trace_id=trace_id)
        if outcome.kind in ("abort", "hold") and not outcome.refused:
            # The last step of an abort, and the step an approval opens, need not wait for the next tick.
            after = move(self.outside, found.id, None, trace_id=trace_id)
            if after.kind != "hold" or command.verb == "abort":
                reason = outcome.reason if command.verb == "abort" else f"{outcome.reason}; {after.reason}"
                return Outcome(
                    kind=outcome.kind if command.verb == "abort" else after.kind,
                    reason=reason,
                    rollout=after.rollout,
                    written=(*outcome.written, *after.written),
                    ms=outcome.ms + after.ms,
                )
        return outcome

    def _again(self, command: Command) -> Outcome:
        """It was done before: finish what a crash may have left, and say how things are now."""
        if command.verb in LINE_VERBS:
            rollout_id = STANDING
        elif command.verb in FLAG_VERBS:
            rollout_id = owner_of(self.outside, command.target)[1].id
        else:
            found = find_rollout(self.outside, command.target)
            rollout_id = STANDING if isinstance(found, str) else found.id
        outcome = self._tick(rollout_id)
        return Outcome(
            kind="again",
            reason="This was carried out before",
            rollout=outcome.rollout,
            written=outcome.written,
            ms=outcome.ms,
        )

    def _reply(self, command: Command, outcome: Outcome) -> None:
        """Finish the reply. An expired token is no failure: the result stands in the channel."""
        if not command.token:
            return
        notice = outcome_notice(self.outside.environment, command, outcome, self.outside.clock.now())
        try:
            self.outside.channel.finish(command.token, notice)
        except Refused as problem:
            log.warning("the reply could not be finished", extra={"problem": str(problem)})

    def dead_letter(self, what: str, why: str, command: Command | None) -> None:
        """Something ended for good without being done: say so once, by every way there is. Raises Unavailable when
        there is none now: the letter stays."""
        outside = self.outside
        now = outside.clock.now()
        if not self._alert(f"dead-letter:{what}", dead_letter_notice(outside.environment, what, why, now)):
            raise Unavailable("a dead letter could not be told by any way")
        if command is not None and command.token:
            try:
                outside.channel.finish(command.token, failed_notice(outside.environment, command, now))
            except (Refused, Unavailable) as problem:
                log.warning("the reply could not be finished", extra={"problem": str(problem)})

    def _alert(self, fingerprint: str, notice: Notice, quiet: int = 300) -> bool:
        """To the pager and to the channel, once in `quiet` seconds. Either way may be down: False when both are."""
        outside, holder = self.outside, self.outside.ids.new()
        try:
            if not outside.rollouts.raise_alert(fingerprint, holder, outside.clock.now(), quiet):
                return True
        except SwitchbackError as problem:
            log.warning("an alert could not be deduplicated", extra={"problem": str(problem)})
        log.error("an alert", extra={"alert": notice.headline})
        told = False
        for tell in (
            lambda: outside.pager.page(notice.headline, "\n".join(notice.lines)),
            lambda: outside.channel.post(perform.alert_channel(outside, "alerts"), notice, key=holder),
        ):
            try:
                tell()
                told = True
            except SwitchbackError as problem:
                log.error("an alert was not told", extra={"problem": str(problem)})
        if not told:
            with suppress(SwitchbackError):
                outside.rollouts.lower_alert(fingerprint, holder)
        return told

    def tick(self) -> list[Outcome]:
        """Check every live rollout. One that fails does not keep the others waiting; the next tick tries it again."""
        outcomes = []
        for rollout_id in self.outside.rollouts.due(self.outside.clock.now()):
            try:
                outcomes.append(self._tick(rollout_id))
            except SwitchbackError as problem:
                log.error("a tick failed", extra={"rollout": rollout_id, "problem": str(problem)})
                if not isinstance(problem, Conflict):
                    now = self.outside.clock.now()
                    notice = tick_failed(self.outside.environment, rollout_id, str(problem), now)
                    self._alert(f"tick-failed:{rollout_id}", notice, quiet=3600)
                outcomes.append(Outcome(kind="failed", reason=str(problem)))
        return outcomes

    def _tick(self, rollout_id: str) -> Outcome:
        recorder = self._recorder("tick", "")
        with bound(trace_id=recorder.trace_id, rollout=rollout_id):
            plan = None
            if rollout_id == STANDING:
                plan = standing_plan(self.outside, ensure_standing(self.outside))
                alarms.catch_up(self.outside, trace_id=recorder.trace_id)
            with recorder.step("decide, save, perform"):
                outcome = move(self.outside, rollout_id, None, trace_id=recorder.trace_id, plan=plan)
            self._doubt(outcome)
            if outcome.kind != "hold" or outcome.written:
                self._keep(recorder, outcome, actor=SWITCHBACK.user_id, rollout=rollout_id)
            return outcome

    def on_alarm(self, alarm: AlarmReading) -> list[Outcome]:
        """Off wins: the shortest way from an alarm to a flag that is off and read back."""
        recorder = self._recorder("alarm", "")
        with bound(trace_id=recorder.trace_id, command=alarm.name):
            with recorder.step("decide, save, perform"):
                outcomes = alarms.on_alarm(self.outside, alarm, trace_id=recorder.trace_id)
            for outcome in outcomes:
                self._doubt(outcome)
                log.info(
                    "an alarm was handled",
                    extra={"alarm": alarm.name, "decision": outcome.kind, "reason": outcome.reason},
                )
            if outcomes:
                name = outcomes[0].rollout.id if outcomes[0].rollout else ""
                self._keep(
                    recorder, outcomes[0], actor=SWITCHBACK.user_id, rollout=name, command=f"{alarm.name} {alarm.state}"
                )
            return outcomes

    def run_target(self, work: RunTarget) -> Report | None:
        """A probe or a job, off the queue. Raises Unavailable when it should come again."""
        recorder = self._recorder("job", "")
        with bound(trace_id=recorder.trace_id, command=work.target):
            with recorder.step("call"):
                report = run_target(self.outside, work)
            if report is not None:
                outcome = Outcome(kind=report.result, reason=report.line or f"{work.target}: {report.result}")
                self._keep(recorder, outcome, actor=SWITCHBACK.user_id, command=f"{work.plan} {work.target}")
            return report

    def take_change(self, marker: ChangeMarker) -> list[Outcome]:
        """Something else changed: the evidence of the rollouts it concerns counts afresh. Raises Unavailable."""
        recorder = self._recorder("change", "")
        with bound(trace_id=recorder.trace_id, command=marker.what):
            outcomes = take_change(self.outside, marker, trace_id=recorder.trace_id)
            for outcome in outcomes:
                name = outcome.rollout.id if outcome.rollout else ""
                self._keep(recorder, outcome, actor=SWITCHBACK.user_id, rollout=name, command=marker.what)
            return outcomes

    def publish(self, plan: Plan, actor: Actor) -> str:
        """Returns the hash under which the plan is now stored."""
        return standing.publish(self.outside, plan, actor)

    def _doubt(self, outcome: Outcome) -> None:
        """A flag that was written and did not read back is an alert: nobody may think it is where it should be."""
        if outcome.rollout is not None and not outcome.proven:
            now = self.outside.clock.now()
            missing = [report for report in outcome.written if not report.proven]
            self._alert(f"unproven:{outcome.rollout.id}", unproven(outcome.rollout, missing, now), quiet=900)

    def _recorder(self, kind: str, trace_id: str) -> TraceRecorder:
        clock = self.outside.clock
        return TraceRecorder(trace_id or self.outside.ids.new(), kind, clock.now_ms)

    def _recorded(self, recorder: TraceRecorder, command: Command, work: Callable[[], Outcome]) -> Outcome:
        actor = command.actor.user_id
        try:
            with recorder.step("decide, save, perform"):
                outcome = work()
        except SwitchbackError as problem:
            self._keep(recorder, Outcome(kind="failed", reason=str(problem)), actor=actor, command=phrase(command))
            raise
        name = outcome.rollout.id if outcome.rollout else ""
        self._keep(recorder, outcome, actor=actor, rollout=name, command=phrase(command), channel=command.channel_id)
        return outcome

    def _keep(
        self,
        recorder: TraceRecorder,
        outcome: Outcome,
        *,
        actor: str,
        rollout: str = "",
        command: str = "",
        channel: str = "",
    ) -> None:
        """A trace that cannot be stored is a loss, but never a reason to fail what it describes."""
        record = recorder.finish(
            outcome.kind,
            outcome.reason,
            actor=actor,
            guild_id=self.outside.guild_id,
            channel_id=channel,
            command=command,
            rollout=rollout,
        )
        metrics.count("Decision", kind=record.kind, outcome=record.outcome)
        metrics.duration("Duration", record.duration_ms, kind=record.kind)
        try:
            self.outside.traces.put(record)
        except (Unavailable, Refused) as problem:
            log.warning("a trace was not stored", extra={"problem": str(problem)})


__all__ = ["App", "Outcome"]
