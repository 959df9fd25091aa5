"""Switchback's own log: the lines it writes, and the questions that people ask of them.

The three questions are saved in CloudWatch by `template.yaml`, word for word; a test compares the two, and another that
every field they name stands in a line that was really written.
"""

from __future__ import annotations

import re

from msgspec import Struct

ERRORS = """\
fields @timestamp, level, message, trace_id, actor, command, problem
| filter level = "ERROR"
| sort @timestamp desc
| limit 100"""
"""Errors; the console asks for the last hour unless told otherwise."""

PERFORMANCE = """\
fields command, duration_ms
| filter ispresent(duration_ms) and command != ""
| stats avg(duration_ms) as avg_duration, max(duration_ms) as max_duration, count(*) as executions by command, kind"""
"""How long commands take. `kind` tells the answer to a slash command from what the worker did after its button."""

TRACE = """\
fields @timestamp, level, message, kind, command, rollout, rolloutStage, outcome, reason, problem, duration_ms
| filter trace_id = "<trace-id>"
| sort @timestamp asc"""
"""Everything that was logged under one trace, whichever function logged it."""

FUNCTIONS = ("interactions", "commands", "tick", "alarms", "reports", "failures")

_TRACE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class LogLine(Struct, frozen=True, kw_only=True):
    """One line, `at_ms` in epoch milliseconds, and its fields as texts, in the order in which they are shown."""

    at_ms: int
    fields: dict[str, str] = {}


def log_groups(app_name: str, environment: str) -> tuple[str, ...]:
    """The log group of each function, as `template.yaml` names them."""
    return tuple(f"/aws/lambda/{app_name}-{environment}-{function}" for function in FUNCTIONS)


def lines_of(trace_id: str) -> str:
    """The saved question for one trace. ValueError for what is no trace id: nothing else comes into a query."""
    if not _TRACE_ID.fullmatch(trace_id):
        raise ValueError("that is no trace id")
    return TRACE.replace("<trace-id>", trace_id)


SHOWN = tuple(name.strip() for name in TRACE.partition("\n")[0].removeprefix("fields ").split(",") if "@" not in name)
"""The fields of a line that `TRACE` asks for."""
