"""Whether bounds on one signal stand in their order: what a gate lets through, what warns, what goes back."""

from __future__ import annotations

from itertools import product

from orchestrator.core.gates import Gate, SustainedGate, Threshold, ThresholdGate
from orchestrator.core.plan import Hold, Plan, Safeguard, SignalCondition
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Reader
from orchestrator.core.plan_text.watch import STAGE as WATCH

_UPPER = ("below", "at_most")


def check_strictness(reader: Reader, plan: Plan, outline: Outline) -> None:
    watching = [(guard, guard.when.condition) for guard in plan.safeguards if isinstance(guard.when, SignalCondition)]
    for guard, acts in watching:
        if not guard.dry_run:
            _is_looser_than_the_gates(reader, guard, acts, outline)
    for (first, warns), (second, acts) in product(watching, watching):
        if _only_warns(first) and _goes_back(second) and _both_armed(first, second) and _no_earlier(warns, acts):
            where = f"line {outline.safeguard_lines[second.key]}"
            wrong = f"the safeguard {warns} warns no earlier than {acts} ({where}) goes back"
            reader.fault(outline.safeguard_lines[first.key], wrong, "let the warning be the stricter of the two")


def _is_looser_than_the_gates(reader: Reader, guard: Safeguard, acts: Threshold, outline: Outline) -> None:
    for stage, gate, line in outline.gate_lines:
        passes = _condition(gate)
        if passes is None or passes.signal != acts.signal or not _is_armed_in(guard, stage):
            continue
        if not _comparable(passes, acts):
            continue
        # A count grows with its window: only a safeguard that looks at least as far back can be compared.
        if acts.judge == "sum" and acts.window < passes.window:
            continue
        if _passes_what_acts(passes, acts):
            where = f"line {outline.safeguard_lines[guard.key]}"
            wrong = f"the gate {gate.label} lets through what the safeguard {acts} ({where}) acts on"
            reader.fault(line, wrong, "let the gate be the stricter of the two")


def _condition(gate: Gate) -> Threshold | None:
    return gate.condition if isinstance(gate, (ThresholdGate, SustainedGate)) and not gate.dry_run else None


def _is_armed_in(guard: Safeguard, stage: str) -> bool:
    if guard.only_watch:
        return stage == WATCH
    return not guard.stages or stage in guard.stages


def _comparable(one: Threshold, other: Threshold) -> bool:
    """Shares of requests with each other, and everything else with its own kind."""
    return _kind(one) == _kind(other)


def _kind(condition: Threshold) -> str:
    return "share" if condition.judge in ("sequential", "exact", "point") else condition.judge


def _passes_what_acts(passes: Threshold, acts: Threshold) -> bool:
    """Whether a value can pass the gate and set off the safeguard; in one direction, whether all do."""
    gate, guard = passes.bound, acts.bound
    closed = passes.comparison.startswith("at") and acts.comparison.startswith("at")
    if (passes.comparison in _UPPER) != (acts.comparison in _UPPER):
        low, high = (guard, gate) if passes.comparison in _UPPER else (gate, guard)
        return low < high or (low == high and closed)
    return gate <= guard if passes.comparison in _UPPER else gate >= guard


def _only_warns(guard: Safeguard) -> bool:
    return isinstance(guard.action, Hold) or guard.severity != "critical"


def _goes_back(guard: Safeguard) -> bool:
    return not _only_warns(guard) and not guard.dry_run


def _both_armed(one: Safeguard, other: Safeguard) -> bool:
    if one.only_watch != other.only_watch:
        return False
    return not one.stages or not other.stages or bool(set(one.stages) & set(other.stages))


def _no_earlier(warns: Threshold, acts: Threshold) -> bool:
    """Whether everything that sets off the warning sets off the other too."""
    if warns.signal != acts.signal or warns.judge != acts.judge:
        return False
    if (warns.comparison in _UPPER) != (acts.comparison in _UPPER):
        return False
    if warns.judge in ("sum", "errors") and warns.window != acts.window:
        return False
    return warns.bound <= acts.bound if warns.comparison in _UPPER else warns.bound >= acts.bound
