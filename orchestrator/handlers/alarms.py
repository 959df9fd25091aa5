"""Lambda: an alarm's change of state, by its own Lambda action and by EventBridge; both may come, and twice."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.adapters.aws.alarm_events import NotAnAlarm, read_alarm_event
from orchestrator.telemetry.logs import get_logger

log = get_logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    with bootstrap.invocation(context, in_a_hurry=True):
        try:
            alarm = read_alarm_event(event, bootstrap.home(context))
        except NotAnAlarm as problem:
            log.warning("an event was refused", extra={"problem": str(problem)})
            return {"handled": 0, "refused": str(problem)}
        outcomes = bootstrap.app(brief=True).on_alarm(alarm)
        return {"handled": len(outcomes), "decisions": [outcome.kind for outcome in outcomes]}
