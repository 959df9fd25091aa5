"""`switchback plan schema`: the JSON Schema of plans, for editors."""

from __future__ import annotations

import argparse
import json
from typing import Any


def add_to(parts: Any) -> None:
    parser = parts.add_parser("schema", help="the JSON Schema of plans, so that an editor completes and checks them")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    from orchestrator.core.plan_text.schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0
