"""Probes, jobs, reports and change markers: what is run, what others say, and where it is kept."""

from __future__ import annotations

from orchestrator.app.moving import Outcome, move
from orchestrator.core.effects import RunTarget
from orchestrator.core.redaction import redact
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.targets import Report, Reported
from orchestrator.ports import Outside, SwitchbackError

LONGEST_LINE = 500


def run_target(outside: Outside, work: RunTarget) -> Report | None:
    """Call a probe or job, and keep what it answered; None where it was run before or will report by itself.

    Raises Unavailable when the table cannot be reached: the queue brings it again, and the run is known by its id.
    """
    plan = outside.plans.get(work.plan_hash)
    target = plan.target(work.target) if plan is not None else None
    if target is None or isinstance(target.call, Reported):
        return None
    known = outside.reports.since(work.plan, [work.target], 0).get(work.target, ())
    if any(report.run == work.run for report in known):
        return None
    answer = outside.targets.call(target.call, plan=work.plan, stage=work.stage, run=work.run)
    if answer.later:
        return None
    report = Report(
        name=work.target,
        at=outside.clock.now(),
        result=answer.result,
        run=work.run,
        line=redact(answer.line)[:LONGEST_LINE],
        numbers=answer.numbers,
        link=redact(answer.link)[:LONGEST_LINE],
        by="Switchback",
    )
    outside.reports.put(work.plan, report)
    return report


def take_change(outside: Outside, marker: ChangeMarker, *, trace_id: str = "") -> list[Outcome]:
    """Something else changed: wherever it concerns a live rollout, evidence counts afresh."""
    outcomes = []
    failed: SwitchbackError | None = None
    for rollout_id in outside.rollouts.live():
        try:
            rollout = outside.rollouts.load(rollout_id)
            if rollout is not None and (not marker.plans or rollout.plan in marker.plans):
                outcomes.append(move(outside, rollout_id, marker, trace_id=trace_id))
        except SwitchbackError as problem:
            failed = problem
    if failed is not None:
        raise failed
    return outcomes
