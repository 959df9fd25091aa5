"""The files that the commands read, and their faults as `FILE:LINE: what is wrong; what would be right`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from orchestrator.core.faults import Fault
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan


def read_plans(files: Iterable[str]) -> list[Plan] | None:
    """The plans, or None after every fault was printed."""
    found = [read_one(name) for name in files]
    plans = [plan for plan in found if plan is not None]
    return plans if len(plans) == len(found) else None


def read_one(name: str) -> Plan | None:
    """The plan in this file, or None after its faults were printed."""
    text = read_file(name, "a plan")
    if text is None:
        return None
    read = read_plan(text)
    if isinstance(read, Plan):
        return read
    print_faults(name, read)
    return None


def read_file(name: str, what: str) -> bytes | None:
    try:
        return Path(name).read_bytes()
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "its name cannot be used"
        print(f"{name}:1: the file cannot be read ({why}); name {what} that is there")
        return None


def print_faults(name: str, faults: Iterable[Fault]) -> None:
    for fault in faults:
        print(f"{name}:{fault.line}: {fault}")
