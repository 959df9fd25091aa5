"""A small good plan as text, sections to put in place of its own, and what is said of the result."""

from __future__ import annotations

from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan

BASE = {
    "plan": "checkout",
    "owner": "shop team",
    "runbook": "RUNBOOK.md#checkout",
    "flags": "\n  NEW: {safe: false, final: true}",
    "signals": """
  errors: {ratio: {bad: Shop Errors, total: Shop Requests}}
  jobs: {count: Shop JobsFailed}
  p95: {value: Shop Duration p95, unit: ms}""",
    "stages": "\n  - {key: on, set: {NEW: true}, soak: 1d}",
}


def text_of(**sections):
    """The plan with these sections in place of its own; None leaves one out."""
    whole = BASE | sections
    return "".join(f"{key}: {value}\n" for key, value in whole.items() if value is not None)


def plan_of(**sections):
    plan = read_plan(text_of(**sections).encode())
    assert isinstance(plan, Plan), [str(fault) for fault in plan]
    return plan


def faults_of(text):
    faults = read_plan(text.encode() if isinstance(text, str) else text)
    assert isinstance(faults, list)
    return [str(fault) for fault in faults]


def the_fault(**sections):
    faults = faults_of(text_of(**sections))
    assert len(faults) == 1, faults
    return faults[0]


def stages_of(*stages):
    return "".join(f"\n  - {stage}" for stage in stages)
