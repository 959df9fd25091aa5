"""Lambda: dead letters of the command queue, and invocations that failed for good. Both come through SQS."""

from __future__ import annotations

from typing import Any

from orchestrator import bootstrap
from orchestrator.adapters.aws.dead_letters import read_dead_letter
from orchestrator.core.work import chain
from orchestrator.ports import SwitchbackError
from orchestrator.telemetry.logs import bound, get_logger

log = get_logger()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    failed = []
    with bootstrap.invocation(context):
        for record in event.get("Records", []):
            letter = read_dead_letter(record)
            with bound(**(chain(letter.work) if letter.work is not None else {})):
                log.error("a dead letter", extra={"what": letter.what, "why": letter.why})
                try:
                    bootstrap.app().dead_letter(letter)
                except SwitchbackError as problem:
                    log.error("a dead letter could not be told", extra={"problem": str(problem)})
                    failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
