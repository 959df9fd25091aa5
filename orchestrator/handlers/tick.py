"""Lambda: EventBridge Scheduler, once a minute. Checks every live rollout and finishes what a crash left."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    with bootstrap.invocation(context):
        outcomes = bootstrap.app().tick()
        return {"checked": len(outcomes), "failed": sum(outcome.kind == "failed" for outcome in outcomes)}
