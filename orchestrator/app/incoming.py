"""What comes in that no person has asked for: an alarm's change of state, a probe or job off the queue, the news of a
change made elsewhere. Each is done under a trace of its own."""

from __future__ import annotations

from msgspec import structs

from orchestrator.app import alarms, targets
from orchestrator.app.alarms import NotEverywhere
from orchestrator.app.moving import Outcome, stamp
from orchestrator.app.own_alerts import OwnAlerts
from orchestrator.app.own_traces import failed, unasked
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.signals import AlarmReading
from orchestrator.core.targets import Report
from orchestrator.core.wording import run_failed
from orchestrator.ports import Outside
from orchestrator.telemetry.logs import bound, get_logger
from orchestrator.telemetry.tracing import step
from orchestrator.telemetry.xray import annotate

log = get_logger()


def on_alarm(outside: Outside, own: OwnAlerts, alarm: AlarmReading) -> list[Outcome]:
    """Off wins: the shortest way from an alarm to a flag that is off and read back. Where one binding fails, what
    was done for the others is told all the same before it raises."""
    trace = unasked(outside, "alarm", f"{alarm.name} {alarm.state}", command=alarm.name)
    with trace.under_way():
        annotate("command", alarm.name)
        try:
            outcomes = alarms.on_alarm(outside, alarm, trace_id=trace.id)
        except NotEverywhere as problem:
            _handled(own, alarm, problem.outcomes)
            trace.keep(_half_way(problem))
            raise
        except Exception as problem:
            trace.keep(failed(problem))
            raise
        _handled(own, alarm, outcomes)
        if outcomes:
            trace.keep(outcomes[0])
        else:
            log.info("an alarm is bound to nothing", extra={"alarm": alarm.name, "state": alarm.state})
        return outcomes


def _handled(own: OwnAlerts, alarm: AlarmReading, outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        own.not_read_back(outcome)
        with bound(**stamp(outcome.rollout, outcome.stage)):
            log.info(
                "an alarm was handled",
                extra={"alarm": alarm.name, "decision": outcome.kind, "reason": outcome.reason},
            )


def _half_way(problem: NotEverywhere) -> Outcome:
    """What failed, and what was done all the same."""
    if not problem.outcomes:
        return failed(problem)
    done = "; ".join(f"{outcome.kind}: {outcome.reason}" for outcome in problem.outcomes)
    return structs.replace(problem.outcomes[0], kind="failed", reason=f"{problem}. Done all the same: {done}")


def run_target(outside: Outside, own: OwnAlerts, work: RunTarget) -> Report | None:
    """A probe or a job, off the queue; None where it was run before or will report by itself. Raises Unavailable when
    it should come again."""
    trace = unasked(outside, "job", f"{work.plan} {work.target}", command=work.target)
    with trace.under_way():
        try:
            with step("call", work.target):
                report = targets.run_target(outside, work)
        except Exception as problem:
            trace.keep(failed(problem))
            raise
        if report is not None:
            if report.result == "error":
                _could_not_run(outside, own, work, report.line)
            trace.keep(Outcome(kind=report.result, reason=report.line or f"{work.target}: {report.result}"))
        return report


def _could_not_run(outside: Outside, own: OwnAlerts, work: RunTarget, why: str) -> None:
    notice = run_failed(outside.environment, work.plan, work.target, why, outside.clock.now())
    service = f"{work.plan} {work.target}"
    own.raise_alert("dispatch-failed", service, "warning", notice, event_id=work.run, plan=work.plan)


def take_change(outside: Outside, marker: ChangeMarker) -> list[Outcome]:
    """Something else changed: the evidence of the rollouts it concerns counts afresh. Raises Unavailable."""
    trace = unasked(outside, "change", marker.what, command=marker.what)
    with trace.under_way():
        try:
            outcomes = targets.take_change(outside, marker, trace_id=trace.id)
        except Exception as problem:
            trace.keep(failed(problem))
            raise
        if outcomes:
            trace.keep(outcomes[0])
        return outcomes
