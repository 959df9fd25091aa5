"""What the declared traffic can show, and in what time: refused promises, and a forecast for whoever reads the plan.

A ratio needs requests: a 0.5 % bound is shown by 598 of them without an error, and at ten a minute that takes an hour.
Where a plan declares `per_minute` that is known before anything is started.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from orchestrator.core import binomial
from orchestrator.core.durations import say_duration
from orchestrator.core.exposure import WHOLE, say_share
from orchestrator.core.gates import Gate, SustainedGate, Threshold, ThresholdGate
from orchestrator.core.plan import Plan, SignalCondition, Stage
from orchestrator.core.plan_text.costs import Cost, monthly_cost
from orchestrator.core.plan_text.outline import Outline, Promise
from orchestrator.core.plan_text.reader import Reader
from orchestrator.core.plan_text.watch import STAGE as WATCH
from orchestrator.core.signals import MINUTE, LatencySignal, RatioSignal, Signal, watermark
from orchestrator.core.statistics import minutes_to_detect, minutes_to_show

LONGEST = 30 * 86_400
"""Seconds that a gate may need where its stage does not say how long people expect it to last."""

FACTORS = (2, 5, 20)
"""So many times the bound: a small regression, a clear one, an outage."""


class Forecast(Struct, frozen=True, kw_only=True):
    """What one condition can show at the declared traffic. `place` is a stage's or a safeguard's key.

    detects: minutes until a safeguard acts at so many times its bound, None for never; empty for gates. clean: minutes
    until a gate passes without a single bad event, None for never and for safeguards. line: all of it in plain words.
    """

    signal: str
    place: str
    condition: str
    line: str
    detects: tuple[tuple[int, float | None], ...] = ()
    clean: float | None = None

    def __str__(self) -> str:
        return self.line


def check_promises(reader: Reader, plan: Plan, outline: Outline) -> None:
    signals = plan.signals_by_name
    # The watch is over after its length, whatever its gates have seen by then.
    stages = {stage.key: stage for stage in (*plan.stages, Stage(key=WATCH, expect=plan.watch.length))}
    for key, gate, line in outline.gate_lines:
        if not isinstance(gate, ThresholdGate | SustainedGate) or key not in stages:
            continue
        condition, signal = gate.condition, signals.get(gate.condition.signal)
        if signal is None:
            continue
        fault = _cannot_pass(f"the gate {gate.label}", condition, _over(gate), signal, stages[key])
        if fault and not gate.dry_run:
            reader.fault(line, *fault)
    for rung in plan.ladder:
        if rung.recovered is None or (signal := signals.get(rung.recovered.signal)) is None:
            continue
        what = f"the condition {rung.recovered} of {rung.name}"
        if fault := _cannot_pass(what, rung.recovered, rung.recovered.window, signal, stages[WATCH]):
            reader.fault(outline.rung_lines[rung.name], *fault)
    guards = {guard.key: guard.when.condition for guard in plan.safeguards if isinstance(guard.when, SignalCondition)}
    for promise in outline.promises:
        signal = signals.get(guards[promise.safeguard].signal) if promise.safeguard in guards else None
        if signal is not None and (fault := _cannot_detect(promise, guards[promise.safeguard], signal)):
            reader.fault(promise.line, *fault)


def forecast(plan: Plan) -> list[Forecast]:
    """One for each gate and safeguard on a ratio or a latency, in the plan's order: gates, then safeguards."""
    return [*_gates_forecast(plan), *_safeguards_forecast(plan)]


# What a gate needs


def _condition(gate: Gate) -> Threshold | None:
    return gate.condition if isinstance(gate, (ThresholdGate, SustainedGate)) else None


def _over(gate: Gate) -> int:
    """The seconds over which a gate shows its bound; 0 for as long as it takes."""
    if isinstance(gate, SustainedGate):
        return gate.length
    return gate.condition.window if isinstance(gate, ThresholdGate) else 0


def _cannot_pass(what: str, condition: Threshold, over: int, signal: Signal, stage: Stage) -> tuple[str, str] | None:
    """Why it is not met however good things are over so many seconds (0: without end), and what would help."""
    per_minute = _per_minute(signal, stage)
    bound = _bad_share(condition, signal)
    if per_minute is None or bound is None:
        return None
    needed = max(_clean_sample(condition, bound), condition.least)
    if not over:
        longest = stage.expect or LONGEST
        if (minutes := _minutes_to_pass(condition, bound, per_minute)) * MINUTE <= longest:
            return None
        wrong = f"{what} takes about {_say(minutes)} to pass at {_traffic(signal, stage)}"
        limit = f"expect: {_say(stage.expect / MINUTE)}" if stage.expect else _say(LONGEST / MINUTE)
        return f"{wrong}, more than {limit}", "let more traffic count, or write a looser bound"
    requests = per_minute * over / MINUTE
    if requests >= needed:
        return None
    wrong = f"{what} can never pass: {_traffic(signal, stage)} give {requests:,.0f} in {say_duration(over)}"
    needs = f"it needs {needed:,}" if needed == condition.least else f"{needed:,} without a bad one show it"
    right = f"look back {_written(needed / per_minute)} or more, or write a looser bound"
    return f"{wrong}, and {needs}", right


def _clean_sample(condition: Threshold, bound: float) -> int:
    """The requests that must be seen at least, all of them good."""
    return 1 if condition.judge == "point" else binomial.clean_sample(bound)


def _minutes_to_pass(condition: Threshold, bound: float, per_minute: float) -> float:
    shown = minutes_to_show(bound, per_minute)
    return max(shown if shown is not None else float("inf"), condition.least / per_minute)


def _bad_share(condition: Threshold, signal: Signal) -> float | None:
    """The bound as the largest share of bad events; None for what is not judged by shares."""
    if condition.judge not in ("sequential", "exact", "point"):
        return None
    if isinstance(signal, LatencySignal):
        return 1.0 - float(signal.quantile)
    return condition.bound if condition.comparison in ("below", "at_most") else 1.0 - condition.bound


def _per_minute(signal: Signal, stage: Stage) -> float | None:
    """Requests of those who have the stage's new value; of a cohort's size nothing is known. None if undeclared."""
    if not isinstance(signal, RatioSignal | LatencySignal) or not signal.per_minute:
        return None
    return signal.per_minute * _share(stage) / WHOLE


def _share(stage: Stage) -> int:
    return min((flip.share for flip in stage.flips if flip.share), default=WHOLE)


def _traffic(signal: Signal, stage: Stage) -> str:
    whole = f"{_declared(signal):g} requests a minute"
    return whole if _share(stage) == WHOLE else f"{say_share(_share(stage))} of {whole}"


def _declared(signal: Signal) -> float:
    return signal.per_minute if isinstance(signal, RatioSignal | LatencySignal) else 0.0


# What a safeguard sees


def _cannot_detect(promise: Promise, condition: Threshold, signal: Signal) -> tuple[str, str] | None:
    bound = _breach_share(condition, signal)
    if bound is None:
        return f"detects: says nothing of {condition}", "write it for a ratio or a latency and its bound"
    if not (per_minute := _declared(signal)):
        return f"what {signal.name} can show is unknown", f"add per_minute: 120 to {signal.name}, its usual requests"
    minutes = _minutes_to_act(condition, bound, promise.times, per_minute)
    if minutes is None:
        return f"{promise.times:g} times the bound of {condition} can never be seen", "promise fewer times the bound"
    minutes += watermark(signal) / MINUTE
    if minutes * MINUTE <= promise.within:
        return None
    wrong = f"{promise.times:g} times the bound takes about {_say(minutes)} to see at {per_minute:g} requests a minute"
    return f"{wrong}, not {say_duration(promise.within)}", f"write within: {_written(minutes)}, or more times the bound"


def _breach_share(condition: Threshold, signal: Signal) -> float | None:
    """As `_bad_share`, for a condition that is met when things are bad."""
    if condition.judge not in ("sequential", "exact"):
        return None
    if isinstance(signal, LatencySignal):
        return 1.0 - float(signal.quantile)
    return condition.bound if condition.comparison in ("above", "at_least") else 1.0 - condition.bound


def _minutes_to_act(condition: Threshold, bound: float, times: float, per_minute: float) -> float | None:
    if condition.judge == "sequential":
        return minutes_to_detect(bound, times, per_minute)
    rate = times * bound
    for minutes in range(1, condition.window // MINUTE + 1):
        requests = int(per_minute * minutes)
        if rate < 1 and (bad := int(requests * rate)) > 1 and binomial.lower_bound(bad, requests) > bound:
            return float(minutes)
    return None


# In words


def _gates_forecast(plan: Plan) -> Iterator[Forecast]:
    signals = plan.signals_by_name
    for stage in plan.stages:
        for gate in stage.gates:
            condition = _condition(gate)
            signal = signals.get(condition.signal) if condition is not None else None
            bound = _bad_share(condition, signal) if condition is not None and signal is not None else None
            if condition is None or signal is None or bound is None:
                continue
            per_minute = _per_minute(signal, stage)
            clean = None
            line = f"{stage.key}: {gate.label}: declare per_minute: at {signal.name}, and it is known how long it takes"
            if per_minute is not None:
                clean = max(_clean_sample(condition, bound) / per_minute, _over(gate) / MINUTE)
                if not _over(gate):
                    clean = _minutes_to_pass(condition, bound, per_minute)
                needs = f"takes about {_say(clean)} without a bad one" if clean < float("inf") else "never passes"
                line = f"{stage.key}: {gate.label}: at {_traffic(signal, stage)} it {needs}"
            yield Forecast(signal=signal.name, place=stage.key, condition=gate.label, line=line, clean=clean)


def _safeguards_forecast(plan: Plan) -> Iterator[Forecast]:
    signals = plan.signals_by_name
    for guard in plan.safeguards:
        if not isinstance(guard.when, SignalCondition):
            continue
        condition = guard.when.condition
        signal = signals.get(condition.signal)
        bound = _breach_share(condition, signal) if signal is not None else None
        if signal is None or bound is None:
            continue
        line = f"{guard.key}: {condition}: declare per_minute: at {signal.name}, and it is known what it can see"
        detects: tuple[tuple[int, float | None], ...] = ()
        if per_minute := _declared(signal):
            possible = [times for times in FACTORS if times * bound < 1]
            detects = tuple((times, _minutes_to_act(condition, bound, times, per_minute)) for times in possible)
            seen = ", ".join(f"{times}x {'never' if took is None else _say(took)}" for times, took in detects)
            line = f"{guard.key}: {condition}: at {per_minute:g} requests a minute it sees {seen}"
        yield Forecast(signal=signal.name, place=guard.key, condition=str(condition), line=line, detects=detects)


def _say(minutes: float) -> str:
    return say_duration(max(1, round(minutes)) * MINUTE) if minutes < float("inf") else "for ever"


def _written(minutes: float) -> str:
    """Whole minutes or hours as the language writes durations, rounded up."""
    whole = int(-(-minutes // 1))
    return f"{whole}m" if whole < 120 else f"{-(-whole // 60)}h"


__all__ = ["Cost", "Forecast", "check_promises", "forecast", "monthly_cost"]
