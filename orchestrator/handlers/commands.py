"""Lambda: the command queue, with probes and jobs on it too. What fails comes again within seconds, alone; after three
tries it is a dead letter."""

from __future__ import annotations

from typing import Any

import msgspec

from orchestrator import bootstrap
from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.work import ShowLogs, Work, decode_work
from orchestrator.ports import SwitchbackError
from orchestrator.telemetry.logs import get_logger

log = get_logger()

AGAIN_AFTER = 15
"""Seconds. The queue's own six minutes are for a worker that died; whoever waits for a rollback has none of them."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    failed = []
    with bootstrap.invocation(context):
        for record in event.get("Records", []):
            try:
                _do(decode_work(record["body"]))
            except (SwitchbackError, msgspec.MsgspecError) as problem:
                queued_as = record.get("messageId")
                log.error("a command will be tried again", extra={"problem": str(problem), "queued_as": queued_as})
                failed.append({"itemIdentifier": record["messageId"]})
                _hand_back(record)
    return {"batchItemFailures": failed}


def _do(work: Work) -> None:
    app = bootstrap.app()
    match work:
        case Command():
            app.run(work)
        case RunTarget():
            app.run_target(work)
        case ChangeMarker():
            app.take_change(work)
        case ShowLogs():
            app.show_logs(work)


def _hand_back(record: dict[str, Any]) -> None:
    try:
        bootstrap.outside().queue.hand_back(record["receiptHandle"], AGAIN_AFTER)
    except (SwitchbackError, KeyError) as problem:
        log.warning("a command comes again when the queue thinks so", extra={"problem": str(problem)})
