"""Lambda: the command queue, with probes and jobs on it too. What fails comes again within seconds, alone; after three
tries it is a dead letter."""

from __future__ import annotations

from typing import Any

import msgspec

from orchestrator import bootstrap
from orchestrator.core.commands import Command
from orchestrator.core.effects import RunTarget
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.work import ShowLogs, Work, chain, decode_work
from orchestrator.ports import SwitchbackError
from orchestrator.telemetry.logs import bound, get_logger

log = get_logger()

AGAIN_AFTER = 15
"""Seconds. The queue's own six minutes are for a worker that died; whoever waits for a rollback has none of them."""


MOST_TRIES = 3
"""As template.yaml says of the queue (maxReceiveCount)."""


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    failed = []
    with bootstrap.invocation(context):
        for record in event.get("Records", []):
            if not _done(record):
                failed.append({"itemIdentifier": record["messageId"]})
                _hand_back(record)
    return {"batchItemFailures": failed}


def _done(record: dict[str, Any]) -> bool:
    """Whether the queue may forget it."""
    told: dict[str, str] = {}
    try:
        work = decode_work(record["body"])
        told = chain(work)
        _do(work)
    except (SwitchbackError, msgspec.MsgspecError) as problem:
        with bound(**told):
            extra = {"problem": str(problem), "queued_as": record.get("messageId")}
            log.error("a command was given up" if _is_last(record) else "a command will be tried again", extra=extra)
        return False
    return True


def _is_last(record: dict[str, Any]) -> bool:
    """The queue hands it over no more after this try: it becomes a dead letter."""
    received = str(record.get("attributes", {}).get("ApproximateReceiveCount", ""))
    return received.isdecimal() and int(received) >= MOST_TRIES


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
