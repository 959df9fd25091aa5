"""`switchback plan simulate`: a plan played in the world of a scenario, on this machine alone."""

from __future__ import annotations

import argparse
from typing import Any

from orchestrator.cli.plans.progress import Progress
from orchestrator.cli.plans.reading import print_faults, read_file, read_one
from orchestrator.core.faults import Fault
from orchestrator.core.plan import Plan
from orchestrator.core.simulation import Scenario, Simulation, read_scenario

UNREADABLE = 2


def add_to(parts: Any) -> None:
    parser = parts.add_parser("simulate", help="play a plan in a made-up world: what would happen, when and why")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--scenario", required=True, metavar="FILE", help="what happens in that world, and when")
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 whatever becomes of the rollout; 2 for files that cannot be read, or that name what is not there."""
    plan = read_one(options.file)
    if plan is None:
        return UNREADABLE
    if not plan.stages:
        right = "name a plan with stages, which is what is played"
        print_faults(options.file, [Fault(line=1, wrong="these are standing safeguards", right=right)])
        return UNREADABLE
    text = read_file(options.scenario, "a scenario")
    scenario = read_scenario(text, plan) if text is not None else []
    if isinstance(scenario, list):
        print_faults(options.scenario, scenario)
        return UNREADABLE
    _play(plan, scenario, as_json=options.json)
    return 0


def _play(plan: Plan, scenario: Scenario, *, as_json: bool) -> None:
    simulation, progress = Simulation(plan, scenario), Progress(f"playing {plan.name}")
    width = max(len(stage.key) for stage in plan.stages)
    while (lines := simulation.step()) is not None:
        progress.at((simulation.now - scenario.start) / scenario.until)
        for line in lines:
            progress.clear()
            print(line.as_json().decode() if as_json else line.as_text(width))
    progress.clear()
    if not as_json:
        print(simulation.last)
