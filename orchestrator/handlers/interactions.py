"""Lambda: Discord's interactions, through an API Gateway HTTP API (payload format 2.0)."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    answer = bootstrap.endpoint().handle(event)
    bootstrap.report_after_answering()
    return answer
