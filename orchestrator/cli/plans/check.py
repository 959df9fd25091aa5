"""`switchback plan check`: every fault of a plan; what it can see and cost; whether its signals are there."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Any

from orchestrator.cli import deployment
from orchestrator.cli.plans.reading import read_file, read_one
from orchestrator.core.document import Mapping, read_document
from orchestrator.core.faults import Faults
from orchestrator.core.plan import Plan


def add_to(parts: Any) -> None:
    parser = parts.add_parser("check", help="every fault of a plan, one a line; nothing when it is good")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument(
        "--explain", action="store_true", help="how soon the plan sees a regression at its traffic, and what it costs"
    )
    parser.add_argument(
        "--live", action="store_true", help="ask the sources whether every signal is there and has data"
    )
    deployment.add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    code = 0
    for name in options.files:
        plan = read_one(name)
        if plan is None:
            code = 1
            continue
        if options.explain:
            _explain(name, plan)
        if options.live:
            code = max(code, _look(options, name, plan))
    return code


def _explain(name: str, plan: Plan) -> None:
    from orchestrator.core.plan_text.costs import monthly_cost
    from orchestrator.core.plan_text.promises import forecast

    lines, costs = declared_at(name), monthly_cost(plan)
    for expected in forecast(plan):
        print(f"{name}:{lines.get(expected.signal, 1)}: {expected.line}")
    for cost in costs:
        print(f"{name}:{lines.get(cost.signal, 1)}: {cost.line}")
    dollars = sum(cost.dollars for cost in costs if cost.dollars is not None)
    and_more = " and what Logs Insights scans" if any(cost.dollars is None for cost in costs) else ""
    print(f"{name}: measuring costs about ${dollars:.2f} a month{and_more} while a rollout is live")


def _look(options: argparse.Namespace, name: str, plan: Plan) -> int:
    from orchestrator import bootstrap
    from orchestrator.cli.plans.live import faults_of
    from orchestrator.ports import SwitchbackError

    lines, code = declared_at(name), 0
    try:
        deployment.choose(options)
        for signal, fault in faults_of(plan, bootstrap.catalogue(), bootstrap.outside()):
            print(f"{name}:{lines.get(signal.name, 1)}: {fault}")
            code = 1
    except (bootstrap.SettingsError, SwitchbackError) as problem:
        print(f"switchback plan check: {problem}", file=sys.stderr)
        return 1
    return code


def declared_at(name: str) -> dict[str, int]:
    """The line on which each signal and probe of the file is declared."""
    text = read_file(name, "a plan")
    root = read_document(text, Faults()) if text is not None else None
    return dict(_declared(root)) if root is not None else {}


def _declared(root: Mapping) -> Iterator[tuple[str, int]]:
    for key, node in root.entries:
        if key.text in ("signals", "probes") and isinstance(node, Mapping):
            yield from ((name.text, name.line) for name, _ in node.entries)
