"""`{signal: NAME, within: 10%, of: last_week}`: no worse than a baseline by more than a margin.

A ratio against a signal that measures the control group at the same time is compared minute by minute, from where
evidence began, and its answer is valid at every look. A ratio against its own past is compared by the counts of the
two windows; counts by their sums, values by their means.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates import asking, controls
from orchestrator.core.gates.controls import Compared
from orchestrator.core.gates.scope import Evidence, Scope
from orchestrator.core.signals import MINUTE, CountSignal, RatioSignal, ValueSignal, Wanted
from orchestrator.core.verdicts import Outcome, Verdict

LOOK_BACK = {"yesterday": 86_400, "last_week": 604_800}
"""Baselines of the same time of day, seconds back."""


class BaselineGate(Struct, frozen=True, kw_only=True, tag="baseline"):
    """`of` is `start` (the window before the rollout began), `stage` (before the stage began), `yesterday`,
    `last_week`, or the name of a signal that measures the control group at the same time. `margin` is exact decimal
    text: 0.1 for 10 %. more_is_worse is false for signals of which less is worse (a success rate, a coverage)."""

    signal: str
    of: str
    margin: str
    said: str
    window: int = 1800
    more_is_worse: bool = True
    least: int = 0
    dry_run: bool = False

    @property
    def label(self) -> str:
        return f"{self.signal} within {self.said} of {self.of.replace('_', ' ')}"

    @property
    def is_concurrent(self) -> bool:
        return self.of not in (*LOOK_BACK, "start", "stage")


def wanted(gate: BaselineGate, scope: Scope) -> tuple[Wanted, ...]:
    compared = _control(gate, scope)
    return controls.wanted(compared, scope) if compared else (_windows(gate, scope) or ())


def gathered(gate: BaselineGate, scope: Scope) -> Evidence | None:
    compared = _control(gate, scope)
    return controls.gathered(compared, scope) if compared else None


def judge(gate: BaselineGate, scope: Scope) -> Verdict:
    if compared := _control(gate, scope):
        return controls.judge(compared, scope)
    windows = _windows(gate, scope)
    missing = asking.unanswered(gate.label, scope, windows or ())
    missing = missing or asking.unmeasured(gate.label, gate.signal, windows[0] if windows else None, gate.window)
    if missing is not None or windows is None:
        return missing or _says(gate, "waiting", "nothing measured here yet")
    now, then = windows
    if isinstance(now.signal, RatioSignal):
        here, there = (asking.counts(asked, asking.answer_to(scope, asked)) for asked in windows)
        return controls.compare_once(_compared(gate, scope), here, there, gate.window)
    return _judge_figures(gate, scope, now, then)


def _control(gate: BaselineGate, scope: Scope) -> Compared | None:
    """The comparison of two ratios at the same time; None for all others."""
    if not gate.is_concurrent or not isinstance(scope.signals[gate.signal], RatioSignal):
        return None
    return _compared(gate, scope)


def _compared(gate: BaselineGate, scope: Scope) -> Compared:
    return Compared(
        label=gate.label,
        signal=scope.signals[gate.signal],
        control=scope.signals[gate.of] if gate.is_concurrent else scope.signals[gate.signal],
        of=gate.of.replace("_", " "),
        margin=float(gate.margin),
        said=gate.said,
        more_is_worse=gate.more_is_worse,
        least=gate.least,
    )


def _windows(gate: BaselineGate, scope: Scope) -> tuple[Wanted, Wanted] | None:
    """The newest window inside the stage, and the one that it is held against."""
    signal = scope.signals[gate.signal]
    if gate.is_concurrent:
        return asking.together(signal, scope.signals[gate.of], scope, gate.window)
    now = asking.newest(signal, scope, gate.window)
    if now is None:
        return None
    if gate.of in LOOK_BACK:
        back = LOOK_BACK[gate.of]
        return now, Wanted(signal=signal, start=now.start - back, end=now.end - back)
    end = (scope.started_at if gate.of == "start" else scope.entered_at) // MINUTE * MINUTE
    return now, Wanted(signal=signal, start=end - gate.window, end=end)


def _judge_figures(gate: BaselineGate, scope: Scope, now: Wanted, then: Wanted) -> Verdict:
    here, there = (list(asking.values(asked, asking.answer_to(scope, asked)).values()) for asked in (now, then))
    over, of = say_duration(gate.window), gate.of.replace("_", " ")
    for points, where in ((here, "here"), (there, of)):
        if not points:
            return _says(gate, "no_data", f"no data {where} in {over}; there is nothing to compare")
        if 2 * MINUTE * len(points) < gate.window:
            line = f"only {len(points)} minutes have data {where}; {gate.window // MINUTE} are compared"
            return _says(gate, "insufficient", line)
    is_sum = isinstance(now.signal, CountSignal)
    figure, base = (sum(points) / (1 if is_sum else len(points)) for points in (here, there))
    # A baseline below zero must leave room on its worse side too.
    room = abs(base) * float(Decimal(gate.margin))
    bound = base + room if gate.more_is_worse else base - room
    held = figure <= bound if gate.more_is_worse else figure >= bound
    unit = f" {now.signal.unit}" if isinstance(now.signal, ValueSignal) and now.signal.unit else ""
    line = f"{'sum' if is_sum else 'mean'} {figure:,.6g}{unit} in {over}, {of} {base:,.6g}{unit}"
    limit = f"{'at most' if gate.more_is_worse else 'at least'} {bound:,.6g}{unit} is within {gate.said}"
    return _says(gate, "pass" if held else "fail", f"{line}; {limit}")


def _says(gate: BaselineGate, outcome: Outcome, line: str) -> Verdict:
    return Verdict(gate=gate.label, outcome=outcome, line=f"{gate.signal}: {line}", bound=gate.said)
