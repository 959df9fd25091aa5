"""Looking: everything that one decision may see, read once. What cannot be read is left out, and said to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from orchestrator.core.engine import questions, reports_of
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Evidence
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, HoldEntry, Rollout
from orchestrator.core.signals import (
    AlarmReading,
    LogQuery,
    Measurement,
    PromQuery,
    Query,
    Wanted,
    sources,
)
from orchestrator.core.targets import Report
from orchestrator.ports import Outside, Refused, Unavailable
from orchestrator.telemetry.tracing import step

REPORT_AGE = 90 * 86_400
"""Seconds: a report may be as old as this where a gate says that it may be older than the stage."""


def look(
    outside: Outside, plan: Plan, rollout: Rollout, now: int, *, measure: bool = True, also: Sequence[str] = ()
) -> Facts:
    """What one decision may look at, and the flags `also` named. What cannot be read is left out and said to be."""
    alarms, alarms_read = read_alarms(outside, plan)
    evidence = _evidence(outside, rollout) if measure else {}
    wanted = questions(plan, rollout, evidence, now) if measure else ()
    answers = _measure(outside, wanted, now)
    names = dict.fromkeys([*rollout.flags, *(spec.name for spec in plan.flags), *also])
    seen = look_at_flags(outside, rollout, names)
    completed, completed_read = _completed(outside, plan, rollout)
    return structs.replace(
        seen,
        alarms=alarms,
        alarms_read=alarms_read,
        evidence=evidence,
        answers=answers,
        reports=_reports(outside, plan, rollout),
        completed=completed,
        completed_read=completed_read,
        line=line_of(outside),
    )


def _evidence(outside: Outside, rollout: Rollout) -> dict[str, Evidence]:
    """What is lost is measured anew, so that a table that cannot be read keeps no safeguard from being judged."""
    with step("look at the evidence so far", "table") as said:
        try:
            return outside.rollouts.evidence(rollout.id)
        except (Unavailable, Refused):
            said.note = "table: not read; measured anew"
            return {}


def _measure(outside: Outside, wanted: Sequence[Wanted], now: int) -> dict[Wanted, Measurement]:
    if not wanted:
        return {}
    with step("look at signals") as said:
        answers = outside.signals.measure(wanted, now)
        said.note = _asked(answers)
    return answers


def _asked(answers: Mapping[Wanted, Measurement]) -> str:
    """Each source with what it was asked for: `CloudWatch: api_5xx; Prometheus: rollbacks (pending)`."""
    by_source: dict[str, dict[str, str]] = defaultdict(dict)
    for question, answer in answers.items():
        ended = f" ({answer.status})" if answer.status != "ok" else ""
        for query in sources(question.signal):
            by_source[_source(query)][question.signal.name] = ended
    return "; ".join(
        f"{source}: {', '.join(name + ended for name, ended in names.items())}" for source, names in by_source.items()
    )


def _source(query: Query) -> str:
    match query:
        case LogQuery():
            return "Logs Insights"
        case PromQuery():
            return "Prometheus"
    return "CloudWatch"


def _reports(outside: Outside, plan: Plan, rollout: Rollout) -> dict[str, tuple[Report, ...]]:
    names = reports_of(plan, rollout)
    if not names:
        return {}
    with step("look at reports", f"table: {', '.join(names)}") as said:
        try:
            return outside.reports.since(plan.name, names, max(0, rollout.started_at - REPORT_AGE))
        except (Unavailable, Refused):
            said.note = "table: not read"
            return {}


def _completed(outside: Outside, plan: Plan, rollout: Rollout) -> tuple[dict[str, str], bool]:
    """Only a start asks for it, and only of a plan that has environments. False: it could not be read."""
    if not plan.environments or rollout.version:
        return {}, True
    with step("look at other environments", f"SSM: {', '.join(plan.environments)}") as said:
        try:
            return outside.completions.of(plan.name, plan.environments), True
        except (Unavailable, Refused):
            said.note = "SSM: not read"
            return {}, False


def line_of(outside: Outside) -> HoldEntry | None:
    """Why every rollout stands still, None when none does. It lies in the standing set."""
    with step("look at the line", "table: free") as said:
        standing = outside.rollouts.load(STANDING)
        holds = standing.holds if standing is not None else ()
        held = next((entry for entry in holds if entry.kind == "line"), None)
        if held is not None:
            said.note = f"table: held by {held.by}"
        return held


def look_at_flags(outside: Outside, rollout: Rollout, names: Iterable[str]) -> Facts:
    """The flags alone, with who wrote those that are not as the state wants them."""
    names = list(names)
    with step("look at flags", f"SSM: {', '.join(names)}") as said:
        try:
            flags = outside.flags.read(names)
            marks = {
                name: mark
                for name, live in flags.items()
                if name in rollout.flags
                and rollout.flags[name].desired not in (None, live.value)
                and (mark := outside.flags.mark(name)) is not None
            }
        except (Unavailable, Refused):
            said.note = "SSM: not read"
            return Facts(flags_read=False)
    return Facts(flags=flags, marks=marks)


def read_alarms(outside: Outside, plan: Plan) -> tuple[dict[str, AlarmReading], bool]:
    names = plan.alarms()
    if not names:
        return {}, True
    with step("look at alarms") as said:
        try:
            found = outside.signals.alarms(names)
        except (Unavailable, Refused):
            said.note = "CloudWatch: not read"
            return {}, False
        said.note = "CloudWatch: " + ", ".join(
            f"{name} {found[name].state if name in found else 'is not there'}" for name in names
        )
        return found, True
