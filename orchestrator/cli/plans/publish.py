"""`switchback plan publish`: check plans and store them, so that `/rollout start` offers them."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from orchestrator.cli import deployment
from orchestrator.cli.plans.reading import read_plans
from orchestrator.core.actors import Actor
from orchestrator.core.rollout import STANDING


def add_to(parts: Any) -> None:
    parser = parts.add_parser("publish", help="check plans and store them, so that /rollout start offers them")
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--by", default="", help="who publishes; your login name unless you say otherwise")
    deployment.add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Nothing is published unless every file is good."""
    found = read_plans(options.files)
    if found is None:
        return 1
    from orchestrator import bootstrap
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
