"""Lambda: EventBridge events from CI and deployments. A "Switchback Report" is kept, a "Switchback Change" is queued
for the worker: this function may move nothing."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.adapters.aws.report_events import NotForUs, read_report_event
from orchestrator.core.rollout import ChangeMarker
from orchestrator.telemetry.logs import get_logger

log = get_logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    with bootstrap.invocation(context):
        try:
            said = read_report_event(event, bootstrap.home(context))
        except NotForUs as problem:
            log.warning("an event was refused", extra={"problem": str(problem)})
            return {"taken": 0, "refused": str(problem)}
        if isinstance(said, ChangeMarker):
            bootstrap.outside().queue.send(said)
        else:
            plan, report = said
            bootstrap.outside().reports.put(plan, report)
            log.info("a report was taken", extra={"plan": plan, "report": report.name, "result": report.result})
        return {"taken": 1}
