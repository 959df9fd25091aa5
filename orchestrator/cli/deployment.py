"""Which deployment a command is for: the environment variables of this shell, or a stack's own parameter by name."""

from __future__ import annotations

import argparse

from orchestrator import bootstrap


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--environment",
        default="",
        metavar="NAME",
        help="dev, staging or prod: settings are read from that stack, AWS credentials are all it takes",
    )
    parser.add_argument("--app", default="switchback", metavar="NAME", help="the stack's AppName (default: switchback)")


def choose(options: argparse.Namespace) -> None:
    """Raises SettingsError, Unavailable."""
    bootstrap.in_a_terminal()
    if options.environment:
        bootstrap.use_deployment(options.app, options.environment)
        return
    try:
        bootstrap.settings()
    except bootstrap.SettingsError as problem:
        how = "name the deployment with --environment prod (AWS credentials are all it takes)"
        raise bootstrap.SettingsError(f"{how}, or set every variable of this one. {problem}") from None
