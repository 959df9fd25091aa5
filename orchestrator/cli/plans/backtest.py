"""`switchback plan backtest`: a plan over what its signals measured, as if it had been started then."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from orchestrator.cli import deployment
from orchestrator.cli.plans.live import Place, answered
from orchestrator.cli.plans.progress import Progress
from orchestrator.cli.plans.reading import read_one
from orchestrator.core.durations import parse_duration, say_duration
from orchestrator.core.plan import Plan
from orchestrator.core.signals import MINUTE, Measurement, Wanted
from orchestrator.core.simulation.backtest import Backtest

UNREADABLE = 2


def add_to(parts: Any) -> None:
    parser = parts.add_parser("backtest", help="what a plan would have done with what its signals measured")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--since", default="30d", metavar="DURATION", help="how far back to begin (default: 30d)")
    parser.add_argument("--json", action="store_true", help="one object a line")
    deployment.add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 whatever the plan would have done; 2 for a plan that cannot be read, 1 for signals that cannot be."""
    plan = read_one(options.file)
    if plan is None:
        return UNREADABLE
    try:
        length = parse_duration(options.since)
    except ValueError as problem:
        print(f"switchback plan backtest: --since: {problem}", file=sys.stderr)
        return UNREADABLE
    if not plan.stages or not plan.signals:
        lacks = "stages" if not plan.stages else "signals"
        print(f"switchback plan backtest: the plan has no {lacks}; there is nothing to judge", file=sys.stderr)
        return UNREADABLE
    from orchestrator import bootstrap
    from orchestrator.ports import SwitchbackError

    try:
        deployment.choose(options)
        outside = bootstrap.outside()
        play(plan, outside.environment, length, outside, as_json=options.json)
    except (bootstrap.SettingsError, SwitchbackError) as problem:
        print(f"switchback plan backtest: {problem}", file=sys.stderr)
        return 1
    return 0


def play(plan: Plan, environment: str, length: int, place: Place, *, as_json: bool) -> None:
    end = place.clock.now() // MINUTE * MINUTE
    start = (end - length) // MINUTE * MINUTE

    def fetch(wanted: Sequence[Wanted]) -> dict[Wanted, Measurement]:
        return answered(place, wanted)

    replay, progress = Backtest(plan, environment, start, end, fetch), Progress(f"replaying {plan.name}")
    width = max(len(stage.key) for stage in plan.stages)
    while (lines := replay.step()) is not None:
        progress.at((replay.now - start) / (end - start))
        for line in lines:
            progress.clear()
            print(line.as_json().decode() if as_json else line.as_text(width, numbers=True))
    progress.clear()
    if not as_json:
        _sum_up(plan, replay, length)


def _sum_up(plan: Plan, replay: Backtest, length: int) -> None:
    print(replay.last)
    over = say_duration(length)
    if replay.fired:
        times = "once" if len(replay.fired) == 1 else f"{len(replay.fired)} times"
        print(f"safeguards acted {times} in {over}; for nothing unless something was wrong then:")
        for line in replay.fired:
            print(f"  {line.moment}  {line.reason}")
    else:
        print(f"no safeguard acted in {over}")
    print("as if approvals, checklists, probes, reports and drills had been done at once")
    if plan.alarms():
        print(f"without {', '.join(plan.alarms())}: nobody keeps how alarms stood")
