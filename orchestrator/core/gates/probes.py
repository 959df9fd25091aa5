"""`{probe: NAME, passes: 2, across: 30m}`: something that Switchback calls itself, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from msgspec import Struct

from orchestrator.core.durations import say_duration
from orchestrator.core.gates.scope import Scope
from orchestrator.core.signals import MINUTE
from orchestrator.core.targets import Report
from orchestrator.core.verdicts import Outcome, Verdict

LEAST_PATIENCE = 900
"""Seconds without a run after which that is no delay any more; three times `every` where that is longer."""

JITTER = MINUTE
"""A run may come so many seconds before or after its place in a series."""


class ProbeGate(Struct, frozen=True, kw_only=True, tag="probe"):
    """streak: `passes` in a row, no matter when. spread (`across`): as a streak whose first and last pass lie at least
    so many seconds apart. series (`length`): run every `every` seconds for so long, at least `passes` of them pass
    (0: all). A run that could not be made is no run: it counts for nothing. Once met a series stays met, as long as the
    newest run passes."""

    probe: str
    passes: int = 1
    across: int = 0
    every: int = 300
    length: int = 0

    @property
    def label(self) -> str:
        if self.length:
            how = f"{self.passes} times" if self.passes else "every time"
            return f"{self.probe} passes {how}, every {say_duration(self.every)} for {say_duration(self.length)}"
        across = f" across {say_duration(self.across)}" if self.across else " in a row" if self.passes > 1 else ""
        return f"{self.probe} passes {self.passes} times{across}" if self.passes > 1 else f"{self.probe} passes"


def judge(gate: ProbeGate, scope: Scope) -> Verdict:
    """Only runs since evidence began count."""
    reported = [run for run in scope.reports.get(gate.probe, ()) if scope.since <= run.at <= scope.now]
    runs = [run for run in reported if run.result != "error"]
    if not runs:
        return _no_run(gate, scope, reported)
    return _series(gate, scope, runs) if gate.length else _streak(gate, scope, runs)


def _no_run(gate: ProbeGate, scope: Scope, failed: Sequence[Report]) -> Verdict:
    if failed:
        why = failed[-1].line or "the run could not be made"
        return _says(gate, "error", f"could not be run {len(failed)} times, {_ago(scope, failed[-1])} last: {why}")
    waited = scope.now - scope.since
    if waited > max(3 * gate.every, LEAST_PATIENCE):
        return _says(gate, "no_data", f"no run came in {say_duration(waited)}; look at what should make or report it")
    return _says(gate, "waiting", f"no run yet, expected every {say_duration(gate.every)}")


def _streak(gate: ProbeGate, scope: Scope, runs: Sequence[Report]) -> Verdict:
    passes = max(1, gate.passes)
    if runs[-1].result == "fail":
        return _failed(gate, scope, runs[-1], f"0 of {passes} in a row")
    broken = [place for place, run in enumerate(runs) if run.result == "fail"]
    streak = runs[broken[-1] + 1 :] if broken else runs
    spread = streak[-1].at - streak[0].at
    line = f"{min(len(streak), passes)} of {passes} in a row, newest {_ago(scope, runs[-1])}"
    if gate.across:
        line += f", {say_duration(spread)} apart" if spread else ", 0 s apart"
    if len(streak) < passes or spread < gate.across:
        wait = max((passes - len(streak)) * gate.every, gate.across - spread)
        needed = f"; {say_duration(gate.across)} are needed" if gate.across else ""
        return _says(gate, "waiting", line + needed, len(streak), passes, wait)
    return _says(gate, "pass", line, len(streak), passes)


def _series(gate: ProbeGate, scope: Scope, runs: Sequence[Report]) -> Verdict:
    size = max(1, gate.length // gate.every)
    needed = gate.passes or size
    passed, lost = _slots(gate, scope, runs)
    best = _best(passed, size)
    line = f"{best} of {size} runs passed, {needed} needed, newest {_ago(scope, runs[-1])}"
    if runs[-1].result == "fail":
        return _failed(gate, scope, runs[-1], line)
    if best >= needed:
        return _says(gate, "pass", line, best, size)
    open_now = max(0, len(passed) - size)
    missed = sum(lost[open_now:])
    if missed > size - needed:
        line = f"{missed} of the newest {size} runs failed or did not come, {size - needed} may"
        return _says(gate, "fail", f"{line}; it is met once {needed} of {size} in a row of slots pass", best, size)
    so_far = sum(passed[open_now:])
    left = (needed - so_far) * gate.every
    line = f"{so_far} of {size} runs passed, {needed} needed, {say_duration(left)} to go"
    return _says(gate, "waiting", line, so_far, size, left)


def _slots(gate: ProbeGate, scope: Scope, runs: Sequence[Report]) -> tuple[list[bool], list[bool]]:
    """For each place in the series since evidence began: whether a run passed there, and whether none can any more."""
    count = (scope.now - scope.since) // gate.every + 1
    passed, failed = [False] * count, [False] * count
    for run in runs:
        place, into = divmod(run.at - scope.since, gate.every)
        if run.result == "fail":
            failed[place] = True
            continue
        # Each run stands for one place: its own, or where that has one already the next that it is near enough to.
        near = [place, *([place - 1] if into <= JITTER else []), *([place + 1] if gate.every - into <= JITTER else [])]
        free = next((slot for slot in near if 0 <= slot < count and not passed[slot]), None)
        if free is not None:
            passed[free] = True
    passed = [good and not bad for good, bad in zip(passed, failed, strict=True)]
    over = [scope.now - scope.since > (slot + 1) * gate.every + JITTER for slot in range(count)]
    return passed, [bad or (late and not good) for good, bad, late in zip(passed, failed, over, strict=True)]


def _best(passed: Sequence[bool], size: int) -> int:
    """The most passes in any `size` places in a row."""
    sums = [0, *accumulate(passed)]
    return max(sums[end] - sums[max(0, end - size)] for end in range(1, len(sums)))


def _failed(gate: ProbeGate, scope: Scope, run: Report, line: str) -> Verdict:
    why = f": {run.line}" if run.line else ""
    return _says(gate, "fail", f"the newest run failed {_ago(scope, run)}{why}; {line}")


def _ago(scope: Scope, run: Report) -> str:
    ago = scope.now - run.at
    return f"{say_duration(ago)} ago" if ago else "just now"


def _says(
    gate: ProbeGate, outcome: Outcome, line: str, k: int | None = None, n: int | None = None, wait: int | None = None
) -> Verdict:
    return Verdict(gate=gate.label, outcome=outcome, line=f"{gate.probe}: {line}", k=k, n=n, wait=wait)
