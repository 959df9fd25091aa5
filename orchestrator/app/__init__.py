"""The use cases: a command is run, time passes, an alarm changes, a plan is published. All but publishing is traced."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Any

from msgspec import structs

from orchestrator import notify, perform
from orchestrator.app import alarms, alert_commands, standing
from orchestrator.app.alarms import UNDER_NO_ALARM, NotEverywhere, standing_in_alarm
from orchestrator.app.flags import change_flag, owner_of
from orchestrator.app.moving import Outcome, move, stamp
from orchestrator.app.own_alerts import OwnAlerts
from orchestrator.app.own_logs import show_logs
from orchestrator.app.replies import dead_letter_notice, failed_notice, outcome_notice
from orchestrator.app.second_person import ask, is_needed
from orchestrator.app.standing import ensure_standing, standing_plan
from orchestrator.app.starting import start
from orchestrator.app.targets import run_target, take_change
from orchestrator.app.views import find_rollout
from orchestrator.core.access import AccessPolicy
from orchestrator.core.actors import SWITCHBACK, Actor
from orchestrator.core.commands import ALERT_VERBS, FLAG_VERBS, LINE_VERBS, Command, phrase
from orchestrator.core.effects import RunTarget
from orchestrator.core.facts import Written
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, ChangeMarker, plan_name
from orchestrator.core.signals import AlarmReading
from orchestrator.core.targets import Report
from orchestrator.core.trace import TraceRecord
from orchestrator.core.wording import run_failed, tick_failed, unproven
from orchestrator.core.work import DeadLetter, ShowLogs, chain
from orchestrator.ports import AlreadyDone, Conflict, Outside, Refused, SwitchbackError, Unavailable
from orchestrator.telemetry import metrics
from orchestrator.telemetry.logs import bound, get_logger
from orchestrator.telemetry.tracing import TraceRecorder, recording, step
from orchestrator.telemetry.xray import annotate

log = get_logger()

UNTIL_QUIET = 300
"""Seconds: what every tick finds again counts as over when it was not found for so long."""

ENDED_LOOKED_AT = 5
"""The newest rollouts, among which the ones that have ended may still have something to tell."""


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
        recorder = self._recorder("command", command.trace_id)
        with recording(recorder), bound(**chain(command) | {"trace_id": recorder.trace_id}):
            annotate("command", command.verb)
            told = {"actor": command.actor.user_id, "command": phrase(command), "channel": command.channel_id}
            told["second"] = command.second.user_id if command.second is not None else ""
            try:
                outcome = self._run_once(command, recorder.trace_id)
            except Exception as problem:
                self._keep(recorder, _failed(problem), **told)
                raise
            try:
                self._doubt(outcome)
                with step("reply"):
                    self._reply(command, outcome)
            finally:
                if outcome.kind == "again" and self._is_kept(recorder.trace_id):
                    self._say(self._record(recorder, outcome, **told), outcome)
                else:
                    self._keep(recorder, outcome, **told)
            return outcome

    def _run_once(self, command: Command, trace_id: str) -> Outcome:
        if command.interaction_id and self.outside.rollouts.seen(command.interaction_id):
            return self._again(command, trace_id)
        if command.verb in ALERT_VERBS:
            return alert_commands.run(self.outside, command, trace_id=trace_id)
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
            return self._again(command, trace_id)

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
                    written=_one_a_flag(*outcome.written, *after.written),
                    ms=outcome.ms + after.ms,
                )
        return outcome

    def _again(self, command: Command, trace_id: str) -> Outcome:
        """It was done before: finish what a crash may have left, under the command's own trace, and say how things are
        now."""
        if command.verb in LINE_VERBS:
            rollout_id = STANDING
        elif command.verb in FLAG_VERBS:
            rollout_id = owner_of(self.outside, command.target)[1].id
        else:
            found = find_rollout(self.outside, command.target)
            rollout_id = STANDING if isinstance(found, str) else found.id
        outcome, _ = self._check(rollout_id, trace_id)
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

    def dead_letter(self, letter: DeadLetter) -> None:
        """Something ended for good without being done: say so once. Raises Unavailable when this very letter could
        neither be counted nor told: it stays in its queue."""
        outside, command = self.outside, letter.command
        now = outside.clock.now()
        trace = command.trace_id if command is not None else ""
        if command is not None and command.interaction_id and outside.rollouts.seen(command.interaction_id):
            # It was carried out, and the channel tells it. Only the reply is missing, and may have nobody to take it.
            with suppress(Refused, Unavailable):
                self._reply(command, self._again(command, trace))
            return
        notice = dead_letter_notice(outside.environment, letter, now)
        event_id = f"letter:{letter.id}" if letter.id else ""
        told = self.own.raise_alert("dead-letter", letter.what, letter.severity, notice, event_id=event_id, trace=trace)
        if not told:
            raise Unavailable("a dead letter could not be counted, nor told by any way")
        if command is not None and command.token:
            try:
                outside.channel.finish(command.token, failed_notice(outside.environment, command, now))
            except (Refused, Unavailable) as problem:
                log.warning("the reply could not be finished", extra={"problem": str(problem)})

    def tick(self) -> list[Outcome]:
        """Check every live rollout. One that fails does not keep the others waiting; the next tick tries it again."""
        checked: list[tuple[dict[str, str], Outcome]] = []
        failed: list[tuple[dict[str, str], SwitchbackError]] = []
        due = self.outside.rollouts.due(self.outside.clock.now())
        with perform.flags_first():
            for rollout_id in due:
                recorder = self._recorder("tick", "")
                fields = _ticking(recorder, rollout_id)
                try:
                    checked.append((fields, self._tick(recorder, rollout_id)))
                except SwitchbackError as problem:
                    with bound(**fields):
                        log.error("a tick failed", extra={"problem": str(problem)})
                    failed.append((fields, problem))
        # Only now is anybody told of anything: no flag waits for the chat.
        for fields, outcome in checked:
            with bound(**fields):
                self._doubt(outcome)
        for fields, why in failed:
            with bound(**fields):
                self._cannot_check(fields["rollout"], why)
        self._finish_the_ended(besides=due)
        try:
            notify.tell_all(self.outside)
        except SwitchbackError as problem:
            log.error("alerts could not be looked at", extra={"problem": str(problem)})
        return [*(outcome for _, outcome in checked), *(Outcome(kind="failed", reason=str(why)) for _, why in failed)]

    def _cannot_check(self, rollout_id: str, problem: SwitchbackError) -> None:
        if isinstance(problem, Conflict):
            return
        notice = tick_failed(self.outside.environment, rollout_id, str(problem), self.outside.clock.now())
        self.own.raise_alert("tick-failed", plan_name(rollout_id), "critical", notice, lasts=UNTIL_QUIET)

    def _finish_the_ended(self, besides: Collection[str]) -> None:
        """Rollouts that have ended are not ticked. What they had still to tell, or to disarm, is done all the same."""
        rollouts = self.outside.rollouts
        try:
            others = [name for name in rollouts.recent(ENDED_LOOKED_AT) if name not in besides]
            ended = [state for state in map(rollouts.load, others) if state and not state.is_live]
            for state in ended:
                perform.empty_outbox(self.outside, state)
        except SwitchbackError as problem:
            log.warning("what has ended was not looked after", extra={"problem": str(problem)})

    def _tick(self, recorder: TraceRecorder, rollout_id: str) -> Outcome:
        with recording(recorder), bound(**_ticking(recorder, rollout_id)):
            try:
                outcome, caught = self._check(rollout_id, recorder.trace_id)
            except Exception as problem:
                failed = _failed(problem)
                self._say(self._record(recorder, failed), failed, steps=True)  # the table may be what does not answer
                raise
            if caught or not outcome.idle:
                told = caught[0] if caught and outcome.idle else outcome
                self._keep(recorder, told, actor=SWITCHBACK.user_id)
            elif rollout_id != STANDING:  # which waits for nothing
                self._say(self._record(recorder, outcome), outcome)  # once a minute: a line is enough
            return outcome

    def _check(self, rollout_id: str, trace_id: str) -> tuple[Outcome, list[Outcome]]:
        """One rollout as time passes; and, for the standing set, what alarms that nobody brought made of others."""
        if rollout_id != STANDING:
            return move(self.outside, rollout_id, None, trace_id=trace_id), []
        plan = standing_plan(self.outside, ensure_standing(self.outside))
        caught = alarms.catch_up(self.outside, trace_id=trace_id)
        return move(self.outside, rollout_id, None, trace_id=trace_id, plan=plan), caught

    def on_alarm(self, alarm: AlarmReading) -> list[Outcome]:
        """Off wins: the shortest way from an alarm to a flag that is off and read back. Where one binding fails, what
        was done for the others is told all the same before it raises."""
        recorder = self._recorder("alarm", "")
        told = {"actor": SWITCHBACK.user_id, "command": f"{alarm.name} {alarm.state}"}
        with recording(recorder), bound(**_alone(recorder), command=alarm.name):
            annotate("command", alarm.name)
            try:
                outcomes = alarms.on_alarm(self.outside, alarm, trace_id=recorder.trace_id)
            except NotEverywhere as problem:
                self._handled(alarm, problem.outcomes)
                self._keep(recorder, _half_way(problem), **told)
                raise
            except Exception as problem:
                self._keep(recorder, _failed(problem), **told)
                raise
            self._handled(alarm, outcomes)
            if outcomes:
                self._keep(recorder, outcomes[0], **told)
            else:
                log.info("an alarm is bound to nothing", extra={"alarm": alarm.name, "state": alarm.state})
            return outcomes

    def _handled(self, alarm: AlarmReading, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            self._doubt(outcome)
            with bound(**stamp(outcome.rollout, outcome.stage)):
                log.info(
                    "an alarm was handled",
                    extra={"alarm": alarm.name, "decision": outcome.kind, "reason": outcome.reason},
                )

    def run_target(self, work: RunTarget) -> Report | None:
        """A probe or a job, off the queue. Raises Unavailable when it should come again."""
        recorder = self._recorder("job", "")
        with recording(recorder), bound(**_alone(recorder), command=work.target):
            told = {"actor": SWITCHBACK.user_id, "command": f"{work.plan} {work.target}"}
            try:
                with step("call", work.target):
                    report = run_target(self.outside, work)
            except Exception as problem:
                self._keep(recorder, _failed(problem), **told)
                raise
            if report is not None:
                if report.result == "error":
                    self._could_not_run(work, report.line)
                outcome = Outcome(kind=report.result, reason=report.line or f"{work.target}: {report.result}")
                self._keep(recorder, outcome, **told)
            return report

    def _could_not_run(self, work: RunTarget, why: str) -> None:
        notice = run_failed(self.outside.environment, work.plan, work.target, why, self.outside.clock.now())
        service = f"{work.plan} {work.target}"
        self.own.raise_alert("dispatch-failed", service, "warning", notice, event_id=work.run, plan=work.plan)

    def take_change(self, marker: ChangeMarker) -> list[Outcome]:
        """Something else changed: the evidence of the rollouts it concerns counts afresh. Raises Unavailable."""
        recorder = self._recorder("change", "")
        with recording(recorder), bound(**_alone(recorder), command=marker.what):
            told = {"actor": SWITCHBACK.user_id, "command": marker.what}
            try:
                outcomes = take_change(self.outside, marker, trace_id=recorder.trace_id)
            except Exception as problem:
                self._keep(recorder, _failed(problem), **told)
                raise
            if outcomes:
                self._keep(recorder, outcomes[0], **told)
            return outcomes

    def show_logs(self, wanted: ShowLogs) -> None:
        """Finish a reply with the log lines of a trace. Looking leaves no trace. Raises Unavailable when Discord is."""
        with bound(trace_id=wanted.trace_id, correlation_id=wanted.interaction_id, actor=wanted.actor.name):
            show_logs(self.outside, wanted)

    def publish(self, plan: Plan, actor: Actor) -> str:
        """Returns the hash under which the plan is now stored."""
        return standing.publish(self.outside, plan, actor)

    def _doubt(self, outcome: Outcome) -> None:
        """A flag that was written and did not read back is an alert: nobody may think it is where it should be."""
        if outcome.rollout is not None and not outcome.proven:
            missing = [report for report in outcome.written if not report.proven]
            notice = unproven(outcome.rollout, missing, self.outside.clock.now())
            plan = plan_name(outcome.rollout.id)
            self.own.raise_alert("not-read-back", plan, "critical", notice, lasts=UNTIL_QUIET, plan=plan)

    def _recorder(self, kind: str, trace_id: str) -> TraceRecorder:
        clock = self.outside.clock
        return TraceRecorder(trace_id or self.outside.ids.new(), kind, clock.now_ms)

    def _record(self, recorder: TraceRecorder, outcome: Outcome, **told: str) -> TraceRecord:
        return recorder.finish(
            outcome.kind,
            outcome.reason,
            actor=told.get("actor", ""),
            second=told.get("second", ""),
            guild_id=self.outside.guild_id,
            channel_id=told.get("channel", ""),
            command=told.get("command", ""),
            rollout=outcome.rollout.id if outcome.rollout else "",
            error=outcome.reason if outcome.kind == "failed" else "",
        )

    def _keep(self, recorder: TraceRecorder, outcome: Outcome, **told: str) -> None:
        """A trace that cannot be stored is a loss, but never a reason to fail what it describes."""
        record = self._record(recorder, outcome, **told)
        annotate("trace_id", record.id)
        annotate("outcome", record.outcome)
        annotate("rollout", record.rollout)
        metrics.count("Decision", kind=record.kind, outcome=record.outcome)
        metrics.duration("Duration", record.duration_ms, kind=record.kind)
        self._say(record, outcome)
        try:
            self.outside.traces.put(record)
        except (Unavailable, Refused) as problem:
            log.warning("a trace was not stored", extra={"problem": str(problem)})

    def _is_kept(self, trace_id: str) -> bool:
        """Whether an earlier try has left its trace: what it did is worth more than that it was done already. Not where
        it failed half-way: this try has finished it."""
        try:
            earlier = self.outside.traces.get(self.outside.guild_id, trace_id)
        except (Unavailable, Refused):
            return False
        return earlier is not None and earlier.outcome != "failed"

    def _say(self, record: TraceRecord, outcome: Outcome, *, steps: bool = False) -> None:
        """The line that ends a command, a tick or an alarm."""
        said: dict[str, Any] = {
            "kind": record.kind,
            "outcome": record.outcome,
            "reason": record.reason,
            "duration_ms": record.duration_ms,
        }
        if steps:
            said["steps"] = [f"{s.name}: {s.ms} ms{f', {s.note}' if s.note else ''}" for s in record.steps]
        with bound(**stamp(outcome.rollout, outcome.stage)):
            log.info(f"a {record.kind} ended", extra=said)


def _failed(problem: Exception) -> Outcome:
    """Our own errors have texts that are fit to be shown; of others the kind is enough, and the log has the rest: it is
    written here, where the trace is bound."""
    if isinstance(problem, SwitchbackError):
        return Outcome(kind="failed", reason=str(problem))
    log.error("a fault of ours", exc_info=problem)
    return Outcome(kind="failed", reason=type(problem).__name__)


def _half_way(problem: NotEverywhere) -> Outcome:
    """What failed, and what was done all the same."""
    if not problem.outcomes:
        return _failed(problem)
    done = "; ".join(f"{outcome.kind}: {outcome.reason}" for outcome in problem.outcomes)
    return structs.replace(problem.outcomes[0], kind="failed", reason=f"{problem}. Done all the same: {done}")


def _one_a_flag(*reports: Written) -> tuple[Written, ...]:
    """A flag that was written twice was moved from what the first found to what the last has left."""
    found: dict[str, Written] = {}
    for report in reports:
        first = found.get(report.flag, report)
        found[report.flag] = structs.replace(report, old=first.old)
    return tuple(found.values())


def _alone(recorder: TraceRecorder) -> dict[str, str]:
    """For what nobody has asked for; the handler has bound the invocation's id."""
    return {"trace_id": recorder.trace_id, "actor": SWITCHBACK.name}


def _ticking(recorder: TraceRecorder, rollout_id: str) -> dict[str, str]:
    return {**_alone(recorder), "rollout": rollout_id}


__all__ = ["App", "Outcome"]
