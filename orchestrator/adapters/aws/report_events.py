"""EventBridge events by which others tell Switchback something: a report, or a change marker.

aws events put-events --entries '[{"Source": "switchback.ci", "DetailType": "Switchback Report",
  "Detail": "{\"plan\": \"new-checkout\", \"report\": \"smoke\", \"result\": \"pass\"}"}]'
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from orchestrator.adapters.aws.alarm_events import Home
from orchestrator.core.redaction import redact
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.targets import Report

REPORT, CHANGE = "Switchback Report", "Switchback Change"
LONGEST = 500
MOST_NUMBERS = 50
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


class NotForUs(ValueError):
    """The event is no report and no change marker, or not one of this account and region."""


class _Report(Struct, frozen=True):
    plan: str
    report: str
    result: Literal["pass", "fail"]
    run: str = ""
    line: str = ""
    numbers: dict[str, float] = {}
    link: str = ""
    by: str = ""


class _Change(Struct, frozen=True):
    what: str
    plans: list[str] = []
    link: str = ""
    by: str = ""


def read_report_event(event: Any, home: Home) -> tuple[str, Report] | ChangeMarker:
    """A report with its plan's name, or a change marker. Raises NotForUs, never anything else.

    When it happened is what EventBridge says, not the sender. Texts are redacted and cut.
    """
    if not isinstance(event, dict) or event.get("detail-type") not in (REPORT, CHANGE):
        raise NotForUs("the event is neither a Switchback Report nor a Switchback Change")
    if str(event.get("account")) != home.account or str(event.get("region")) != home.region:
        raise NotForUs("the event is not of this account and region")
    at, sent = _epoch(event.get("time")), str(event.get("id", ""))[:64]
    try:
        if event["detail-type"] == CHANGE:
            return _marker(msgspec.convert(event.get("detail"), _Change), at)
        return _report(msgspec.convert(event.get("detail"), _Report), at, sent)
    except msgspec.ValidationError as problem:
        raise NotForUs(f"the detail cannot be read: {problem}") from None


def _marker(said: _Change, at: int) -> ChangeMarker:
    if not said.what.strip():
        raise NotForUs("the change does not say what changed")
    plans = tuple(name for name in said.plans[:20] if _NAME.fullmatch(name))
    if len(plans) < len(said.plans):
        raise NotForUs("plans is not a list of at most 20 plans' names")
    return ChangeMarker(what=_text(said.what), at=at, by=_text(said.by), link=_text(said.link), plans=plans)


def _report(said: _Report, at: int, sent: str) -> tuple[str, Report]:
    if not _NAME.fullmatch(said.plan) or not _NAME.fullmatch(said.report):
        raise NotForUs("plan and report are names: letters, digits, . _ and -")
    if len(said.numbers) > MOST_NUMBERS:
        raise NotForUs(f"a report has at most {MOST_NUMBERS} numbers")
    run = _text(said.run)[:128] or sent
    report = Report(
        name=said.report,
        at=at,
        result=said.result,
        run=run,
        line=_text(said.line),
        numbers={name[:64]: value for name, value in said.numbers.items()},
        link=_text(said.link),
        by=_text(said.by),
    )
    return said.plan, report


def _text(text: str) -> str:
    return redact(" ".join(text.split()))[:LONGEST]


def _epoch(time: Any) -> int:
    try:
        moment = datetime.fromisoformat(str(time))
    except ValueError:
        raise NotForUs("the event's time is malformed") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
