"""A count summed over a window, and a value that must hold in every minute of one."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.durations import say_duration
from orchestrator.core.gates.threshold import Threshold
from orchestrator.core.signals import MINUTE, Signal, ValueSignal
from orchestrator.core.verdicts import Verdict


def judge_sum(condition: Threshold, points: Mapping[int, float]) -> Verdict:
    """The verdict on a count over its whole window, of which at least one minute has data."""
    total = sum(points.values())
    seen = f"{total:,g} in {say_duration(condition.window)}"
    held = condition.holds(total)
    # More events can only raise the sum: only what they could still change needs the other minutes.
    if held != condition.rises and (short := _too_few(condition, points)):
        return condition.says("insufficient", f"{seen}, but {short}", round(total))
    kept = "is kept" if held else "is not kept"
    return condition.says("pass" if held else "fail", f"{seen}; {condition.words} {kept}", round(total))


def judge_level(condition: Threshold, signal: Signal, points: Mapping[int, float]) -> Verdict:
    """The verdict on a value over its whole window, of which at least one minute has data."""
    unit = f" {signal.unit}" if isinstance(signal, ValueSignal) and signal.unit else ""
    worst = min(points.values()) if condition.rises else max(points.values())
    good = sum(condition.holds(value) for value in points.values())
    missed = len(points) - good
    seen = f"{good} of {len(points)} minutes {condition.words}, worst {worst:g}{unit}"
    if missed > condition.allow:
        within = f"in every minute of {say_duration(condition.window)}"
        if condition.allow:
            within = f"in all but {condition.allow} minutes of {say_duration(condition.window)}"
        return condition.says("fail", f"{seen}; it must hold {within}", good, len(points))
    if short := _too_few(condition, points):
        return condition.says("insufficient", f"{seen}; {short}", good, len(points))
    return condition.says("pass", seen, good, len(points))


def _too_few(condition: Threshold, points: Mapping[int, float]) -> str:
    """Why so few minutes show nothing of the whole window; empty when half of them have data."""
    needed = max(1, -(-condition.window // MINUTE // 2))
    return "" if len(points) >= needed else f"only {len(points)} minutes have data; at least {needed} are needed"
