"""`switchback`: the sandbox, plans, and the way to act when Discord or the bot is down."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from orchestrator.cli import operate, plans, redact, register, sandbox


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="switchback", description="Staged rollouts from a Discord ops channel, on AWS."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in (sandbox, plans, operate, register, redact):
        module.add_to(commands)
    options = parser.parse_args(arguments)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return code
