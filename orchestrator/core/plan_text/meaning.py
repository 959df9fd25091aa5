"""Whether a plan that can be read also makes sense: what its parts say together."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.core.gates import Threshold, ThresholdGate
from orchestrator.core.plan import (
    FlagSpec,
    Plan,
    Safeguard,
    SetFlags,
    SignalCondition,
    Values,
)
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Reader
from orchestrator.core.signals import CountSignal

_UPPER = ("below", "at_most")


def check_meaning(reader: Reader, plan: Plan, contents: Contents) -> None:
    _every_stage_does_something(reader, plan, contents)
    _every_flag_is_used(reader, plan, contents)
    _final_values_are_reached(reader, plan, contents)
    for safeguard in plan.safeguards:
        _moves_towards_safe(reader, plan, safeguard, contents)
        _is_looser_than_the_gates(reader, plan, safeguard, contents)


def _baseline(plan: Plan) -> Values:
    return {flag.name: flag.baseline or flag.safe for flag in plan.flags}


def _every_stage_does_something(reader: Reader, plan: Plan, contents: Contents) -> None:
    baseline = _baseline(plan)
    for number, stage in enumerate(plan.stages):
        if stage.key in contents.busy_stages or any(flip.flag in contents.in_doubt for flip in stage.flips):
            continue
        if plan.effective(baseline, number) == plan.effective(baseline, number - 1):
            wrong = f"the stage {stage.key} changes nothing and waits for nothing"
            reader.fault(contents.stage_lines[stage.key], wrong, "add set:, soak: or gates:, or leave the stage out")


def _every_flag_is_used(reader: Reader, plan: Plan, contents: Contents) -> None:
    moved = {flip.flag for stage in plan.stages for flip in stage.flips}
    guarded = {
        flag
        for safeguard in plan.safeguards
        if isinstance(safeguard.action, SetFlags)
        for flag, _ in safeguard.action.values
    }
    for flag in plan.flags:
        if flag.name not in moved | guarded | contents.in_doubt:
            wrong = f"no stage moves {flag.name} and no safeguard sets it"
            reader.fault(
                contents.flag_lines[flag.name],
                wrong,
                f"add set: {{{flag.name}: value}} to a stage, or leave it out",
            )


def _final_values_are_reached(reader: Reader, plan: Plan, contents: Contents) -> None:
    moved = {flip.flag for stage in plan.stages for flip in stage.flips}
    last = plan.effective(_baseline(plan), len(plan.stages) - 1)
    for flag in plan.flags:
        if flag.final is None or flag.name in contents.in_doubt or last[flag.name] == flag.final:
            continue
        # A flag that nothing moves has been named already.
        if flag.name in moved or any(flag.name in _set_by(safeguard) for safeguard in plan.safeguards):
            wrong = f"the stages leave {flag.name} at {last[flag.name]}, not at its final {flag.final}"
            right = f"set it to {flag.final} in a stage, or write final: {last[flag.name]}"
            reader.fault(contents.final_lines[flag.name], wrong, right)


def _set_by(safeguard: Safeguard) -> Values:
    return dict(safeguard.action.values) if isinstance(safeguard.action, SetFlags) else {}


def _moves_towards_safe(reader: Reader, plan: Plan, safeguard: Safeguard, contents: Contents) -> None:
    line = contents.safeguard_lines[safeguard.key]
    for name, value in _set_by(safeguard).items():
        flag = plan.flag(name)
        if flag is None or value == flag.safe:
            continue
        if len(flag.ladder) == 2:
            wrong = f"this safeguard would set {name} to {value}, away from its safe {flag.safe}"
            reader.fault(line, wrong, f"set it to {flag.safe}")
            continue
        for stage, current in _held(plan, safeguard, flag):
            if current != value and not flag.is_towards_safe(value, current=current):
                wrong = f"in {stage} this safeguard would move {name} from {current} to {value}"
                wrong = f"{wrong}, away from its safe {flag.safe}"
                reader.fault(
                    line,
                    wrong,
                    f"set it to {flag.safe}, or name with stages: those in which it stands higher",
                )
                break


def _held(plan: Plan, safeguard: Safeguard, flag: FlagSpec) -> Iterator[tuple[str, str]]:
    """The values a flag has while the safeguard is armed, with the stage; moves on entry have been made."""
    for number, stage in enumerate(plan.stages):
        if not safeguard.stages or stage.key in safeguard.stages:
            at_once = sum(flip.after == 0 for flip in stage.flips)
            for made in range(at_once, len(stage.flips) + 1):
                yield stage.key, plan.effective(_baseline(plan), number, made)[flag.name]


def _is_looser_than_the_gates(reader: Reader, plan: Plan, safeguard: Safeguard, contents: Contents) -> None:
    if not isinstance(safeguard.when, SignalCondition):
        return
    acts = safeguard.when.condition
    signal = plan.signals_by_name.get(acts.signal)
    for stage, gate, line in contents.gate_lines:
        if not isinstance(gate, ThresholdGate) or gate.condition.signal != acts.signal:
            continue
        if safeguard.stages and stage not in safeguard.stages:
            continue
        # A count grows with its window: only a safeguard that looks at least as far back can be compared.
        if isinstance(signal, CountSignal) and acts.window < gate.condition.window:
            continue
        if _passes_what_acts(gate.condition, acts):
            where = f"line {contents.safeguard_lines[safeguard.key]}"
            wrong = f"the gate {gate.label} lets through what the safeguard {acts} ({where}) acts on"
            reader.fault(line, wrong, "let the gate be the stricter of the two")


def _passes_what_acts(passes: Threshold, acts: Threshold) -> bool:
    """Whether a value can pass the gate and set off the safeguard; in one direction, whether all do."""
    gate, guard = passes.bound, acts.bound
    closed = passes.comparison.startswith("at") and acts.comparison.startswith("at")
    if (passes.comparison in _UPPER) != (acts.comparison in _UPPER):
        low, high = (guard, gate) if passes.comparison in _UPPER else (gate, guard)
        return low < high or (low == high and closed)
    return gate <= guard if passes.comparison in _UPPER else gate >= guard
