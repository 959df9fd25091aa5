"""`switchback plan check|publish|simulate|backtest|schema`."""

from __future__ import annotations

from typing import Any

from orchestrator.cli.plans import backtest, check, publish, schema, simulate


def add_to(commands: Any) -> None:
    parser = commands.add_parser("plan", help="check plans, play them, and publish them")
    parts = parser.add_subparsers(dest="part", required=True, metavar="check|publish|simulate|backtest|schema")
    for module in (check, publish, simulate, backtest, schema):
        module.add_to(parts)
