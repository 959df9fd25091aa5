"""`switchback register`: the slash commands, as Discord shows them."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from orchestrator import bootstrap
from orchestrator.cli import deployment
from orchestrator.ports import SwitchbackError


def add_to(commands: Any) -> None:
    parser = commands.add_parser(
        "register", help="register the slash commands with Discord; again after each deployment"
    )
    deployment.add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    try:
        deployment.choose(options)
        names = bootstrap.register_commands()
    except (bootstrap.SettingsError, SwitchbackError) as problem:
        print(f"switchback register: {problem}", file=sys.stderr)
        return 1
    print(f"registered in {bootstrap.settings().environment}: {', '.join('/' + name for name in names)}")
    return 0
