"""Lambda: EventBridge Scheduler, once a minute. Checks every live rollout and finishes what a crash left."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.telemetry import metrics


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    bootstrap.start_worker()
    outcomes = bootstrap.app().tick()
    metrics.flush()
    return {"checked": len(outcomes), "failed": sum(outcome.kind == "failed" for outcome in outcomes)}
