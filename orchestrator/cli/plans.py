"""`switchback plan check|publish`."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from orchestrator.cli import deployment
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.rollout import STANDING


def add_to(commands: Any) -> None:
    parser = commands.add_parser("plan", help="check plans, and publish them")
    parts = parser.add_subparsers(dest="part", required=True, metavar="check|publish")
    check = parts.add_parser("check", help="every fault of a plan, one a line; nothing when it is good")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.set_defaults(run=run_check)
    publish = parts.add_parser("publish", help="check plans and store them, so that /rollout start offers them")
    publish.add_argument("files", nargs="+", metavar="FILE")
    publish.add_argument("--by", default="", help="who publishes; your login name unless you say otherwise")
    deployment.add_options(publish)
    publish.set_defaults(run=run_publish)


def run_check(options: argparse.Namespace) -> int:
    return 0 if read_plans(options.files) is not None else 1


def run_publish(options: argparse.Namespace) -> int:
    """Nothing is published unless every file is good."""
    found = read_plans(options.files)
    if found is None:
        return 1
    from orchestrator import bootstrap
    from orchestrator.core.actors import Actor
    from orchestrator.ports import SwitchbackError

    by = options.by or getpass.getuser()
    try:
        deployment.choose(options)
        for plan in found:
            digest = bootstrap.app().publish(plan, Actor(user_id=by, name=by, via="terminal"))
            what = "safeguards published and armed in" if plan.name == STANDING else f"{plan.name} published to"
            print(f"{what} {bootstrap.settings().environment} as {digest[:16]}")
    except (bootstrap.SettingsError, SwitchbackError) as problem:
        print(f"switchback plan publish: {problem}", file=sys.stderr)
        return 1
    return 0


def read_plans(files: list[str]) -> list[Plan] | None:
    """The plans, or None after every fault was printed as `FILE:LINE: what is wrong; what would be right`."""
    found, faulty = [], False
    for name in files:
        try:
            read = read_plan(Path(name).read_bytes())
        except (OSError, ValueError) as problem:
            why = getattr(problem, "strerror", None) or "its name cannot be used"
            print(f"{name}:1: the file cannot be read ({why}); name a plan that is there")
            faulty = True
            continue
        if isinstance(read, Plan):
            found.append(read)
            continue
        faulty = True
        for fault in read:
            print(f"{name}:{fault.line}: {fault}")
    return None if faulty else found
