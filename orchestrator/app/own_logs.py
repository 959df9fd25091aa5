"""The log lines of a trace, looked up by the worker: a search takes longer than the three seconds of a reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from orchestrator.core.markdown import code, escape, shorten, units
from orchestrator.core.notices import Notice
from orchestrator.core.own_logs import LogLine
from orchestrator.core.redaction import redact
from orchestrator.core.trace import TraceRecord
from orchestrator.core.work import ShowLogs
from orchestrator.ports import Outside, Refused, SwitchbackError
from orchestrator.telemetry.logs import get_logger, timed

log = get_logger()

WITHIN = 20
"""Seconds for the search; the worker has a minute in all."""

BEFORE, AFTER = 300, 900
"""Seconds around the trace in which its lines lie: a command may wait in the queue, and be tried three times."""

ROOM = 3_000
"""Discord's units for the lines; the rest of a message is for the address of the same search."""

LONGEST_LINE = 300


def span(record: TraceRecord) -> tuple[int, int]:
    """From when to when the lines of a trace are looked for."""
    return record.at - BEFORE, record.at + record.duration_ms // 1000 + AFTER


def show_logs(outside: Outside, wanted: ShowLogs) -> None:
    """Finish the reply with the newest lines, or say plainly why there are none. Raises Unavailable when the reply
    cannot be finished now; an expired one is no failure."""
    with timed("logs were looked up", shown=wanted.shown) as told:
        notice = _looked_up(outside, wanted)
        told["found"] = notice.kind
    try:
        outside.channel.finish(wanted.token, notice)
    except Refused as problem:
        log.warning("the reply could not be finished", extra={"problem": str(problem)})


def _looked_up(outside: Outside, wanted: ShowLogs) -> Notice:
    try:
        record = outside.traces.get(wanted.guild_id, wanted.shown)
        if record is None:
            return _notice(outside, wanted, "gone", ["The trace is not kept any more, so its time is not known."])
        start, end = span(record)
        found = outside.logs.of_trace(wanted.shown, start, end, WITHIN)
    except SwitchbackError as problem:
        log.warning("the logs could not be searched", extra={"problem": str(problem)})
        return _notice(outside, wanted, "failed", [f"The logs could not be searched: {escape(str(problem))}."])
    link = outside.console.lines(wanted.shown, start, end)
    there = [f"[The same search in CloudWatch]({link})"] if link else []
    if found is None:
        late = f"The search did not end within {WITHIN} seconds. Press Logs again, or look in CloudWatch."
        return _notice(outside, wanted, "late", [late, *there])
    if not found:
        nothing = "Nothing was found yet. A line can be searched some moments after it was logged; press Logs again."
        return _notice(outside, wanted, "nothing", [nothing, *there])
    return _notice(outside, wanted, "logs", [*fitting(found), *there])


def _notice(outside: Outside, wanted: ShowLogs, kind: str, lines: Sequence[str]) -> Notice:
    return Notice(
        kind=kind,
        tone="progress" if kind == "logs" else "unknown",
        headline=f"{outside.environment} · logs of trace {escape(wanted.shown, one_line=True)}",
        lines=tuple(lines),
        at=outside.clock.now(),
    )


def fitting(found: Sequence[LogLine], room: int = ROOM) -> list[str]:
    """The newest lines that fit, oldest of them first, after how many older ones were left out."""
    kept: list[str] = []
    for line in reversed(found):
        said = say_line(line)
        room -= units(said) + 1
        if room < 0 and kept:
            break
        kept.append(said)
    left_out = len(found) - len(kept)
    return [*([f"{left_out} older lines were left out."] if left_out else []), *reversed(kept)]


def say_line(line: LogLine) -> str:
    """Time, level and message, then what else it says; redacted as if nobody had done it before."""
    fields = {name: redact(value) for name, value in line.fields.items() if value}
    level, message = fields.pop("level", ""), fields.pop("message", "")
    rest = " ".join(f"{name}={value}" for name, value in fields.items())
    moment = datetime.fromtimestamp(line.at_ms // 1000, UTC).strftime("%H:%M:%S")
    said = redact(" ".join(filter(None, (message, rest))))
    return f"{code(f'{moment} {level}'.strip())} {escape(shorten(said, LONGEST_LINE), one_line=True)}"
