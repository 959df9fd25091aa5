"""Where the AWS console shows a trace and its log lines: addresses, for whoever may see the account.

CloudWatch keeps a query in the fragment: JSURL (`~(end~0~…)`), escaped twice, with `$` in place of `%`. No bracket and
no quote is left in it, so that it can stand in a link of Discord's markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from orchestrator.core.own_logs import lines_of, log_groups

_HOSTS = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
_PLAIN = re.compile(r"[A-Za-z0-9_.-]")


class Console(Struct, frozen=True, kw_only=True):
    """One stack's place in AWS. Without a region there are no addresses."""

    region: str
    app_name: str
    environment: str
    partition: str = "aws"

    def trace(self, segment: str) -> str:
        """The segment in X-Ray; empty where there is none."""
        return f"{self._cloudwatch()}#xray:traces/{quote(segment, safe='')}" if segment and self.region else ""

    def lines(self, trace_id: str, start: int, end: int) -> str:
        """The saved question for one trace in Logs Insights, over every function's log, `start` to `end`."""
        if not self.region:
            return ""
        detail = {
            "end": _iso(end),
            "start": _iso(start),
            "timeType": "ABSOLUTE",
            "tz": "UTC",
            "editorString": lines_of(trace_id),
            "source": log_groups(self.app_name, self.environment),
        }
        once = quote(jsurl(detail), safe="*!").replace("~", "%7E")
        fragment = quote(f"?queryDetail={once}", safe="*!").replace("%", "$")
        return f"{self._cloudwatch()}#logsV2:logs-insights{fragment}"

    def _cloudwatch(self) -> str:
        host = _HOSTS.get(self.partition, "console.aws.amazon.com")
        return f"https://{self.region}.{host}/cloudwatch/home?region={self.region}"


def console_of(arn: str, app_name: str, environment: str) -> Console:
    """From the ARN of anything that lies where the functions run."""
    parts = arn.split(":")
    if len(parts) < 6 or parts[0] != "arn":
        return Console(region="", app_name=app_name, environment=environment)
    return Console(region=parts[3], app_name=app_name, environment=environment, partition=parts[1])


def jsurl(value: Any) -> str:
    """A value as the console writes it: `~'text`, `~12`, `~(key~value)`, `~(~item)`."""
    match value:
        case str():
            return "~'" + "".join(map(_letter, value))
        case int():
            return f"~{value}"
        case Mapping():
            return "~(" + "~".join(f"{key}{jsurl(entry)}" for key, entry in value.items()) + ")"
        case Sequence():
            return "~(" + "".join(map(jsurl, value)) + ")"
    raise TypeError(f"no address holds a {type(value).__name__}")


def _letter(letter: str) -> str:
    if _PLAIN.fullmatch(letter):
        return letter
    if letter == "$":
        return "!"
    return f"*{ord(letter):02x}" if ord(letter) < 0x100 else f"**{ord(letter):04x}"


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
