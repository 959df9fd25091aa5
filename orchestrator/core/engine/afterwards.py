"""A condition judged on the minutes after something was done: a rung of the ladder, a way back.

What was measured before `since` (epoch seconds) counts for nothing, and silence is never a pass.
"""

from __future__ import annotations

from orchestrator.core.facts import Facts
from orchestrator.core.gates import Scope, Threshold, ThresholdGate, judge, wanted
from orchestrator.core.plan import Plan
from orchestrator.core.signals import Wanted, newest_end
from orchestrator.core.verdicts import Verdict


def asked_after(plan: Plan, condition: Threshold, since: int, now: int) -> tuple[Wanted, ...]:
    """What must be measured for `judged_after`; nothing before the first minute can be complete."""
    if measured_until(plan, condition, now) <= since:
        return ()
    return wanted(ThresholdGate(condition=condition), _scope(plan, since, Facts(), now))


def judged_after(plan: Plan, condition: Threshold, since: int, facts: Facts, now: int) -> Verdict:
    return judge(ThresholdGate(condition=condition), _scope(plan, since, facts, now))


def measured_until(plan: Plan, condition: Threshold, now: int) -> int:
    """The minute up to which the condition's signal can be judged at `now`."""
    return newest_end(plan.signals_by_name[condition.signal], now)


def _scope(plan: Plan, since: int, facts: Facts, now: int) -> Scope:
    return Scope(
        now=now,
        since=since,
        entered_at=since,
        started_at=since,
        signals=plan.signals_by_name,
        answers=facts.answers,
    )
