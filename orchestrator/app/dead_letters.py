"""What was given up on after its last try: people are told, and whoever waits for a reply is."""

from __future__ import annotations

from contextlib import suppress

from orchestrator.app.commands import again, reply
from orchestrator.app.own_alerts import OwnAlerts
from orchestrator.app.replies import dead_letter_notice, failed_notice
from orchestrator.core.work import DeadLetter
from orchestrator.ports import Outside, Refused, Unavailable
from orchestrator.telemetry.logs import get_logger

log = get_logger()


def tell_of(outside: Outside, own: OwnAlerts, letter: DeadLetter) -> None:
    """Something ended for good without being done: say so once. Raises Unavailable when this very letter could
    neither be counted nor told: it stays in its queue."""
    command = letter.command
    now = outside.clock.now()
    trace = command.trace_id if command is not None else ""
    if command is not None and command.interaction_id and outside.rollouts.seen(command.interaction_id):
        # It was carried out, and the channel tells it. Only the reply is missing, and may have nobody to take it.
        with suppress(Refused, Unavailable):
            reply(outside, command, again(outside, command, trace))
        return
    notice = dead_letter_notice(outside.environment, letter, now)
    event_id = f"letter:{letter.id}" if letter.id else ""
    told = own.raise_alert("dead-letter", letter.what, letter.severity, notice, event_id=event_id, trace=trace)
    if not told:
        raise Unavailable("a dead letter could not be counted, nor told by any way")
    if command is not None and command.token:
        try:
            outside.channel.finish(command.token, failed_notice(outside.environment, command, now))
        except (Refused, Unavailable) as problem:
            log.warning("the reply could not be finished", extra={"problem": str(problem)})
