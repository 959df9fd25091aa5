"""The head of a plan's text: its name, who owns it, where and when it runs."""

from __future__ import annotations

import re
from typing import Literal, cast
from zoneinfo import ZoneInfo, available_timezones

from orchestrator.core.document import Node
from orchestrator.core.faults import shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.reader import NameRule, Reader
from orchestrator.core.plan_text.standing import NAME as STANDING_NAME

LEAST_BUDGET, MOST_BUDGET, DEFAULT_BUDGET = 10, 86_400, 300

PLAN_NAME = NameRule(
    what="a plan's name",
    pattern=r"[a-z][a-z0-9-]{0,39}",
    right="use small letters, digits and -, a letter first, at most 40, as in prisma-persistence",
)
_PLACEHOLDERS = re.compile(r"(tbd|todo|tba|fixme|xxx|unknown|none|nobody|\?+|-+)([ -].*)?", re.IGNORECASE)
_LINK = re.compile(r"https?://[^\s/]+(/\S*)?|[A-Za-z0-9_./-]+\.[A-Za-z0-9]+(#\S+)?")
_TEXTS = {
    "title": ("title: what this is", 100),
    "owner": ("owner: TEAM", 100),
    "runbook": ("runbook: RUNBOOK.md#rollback", 300),
}


def read_name(reader: Reader, node: Node) -> str:
    name = reader.name(node, PLAN_NAME, "plan: NAME") or ""
    if name == STANDING_NAME:
        reader.fault(node.line, f"{name} is the name of the standing safeguards", "choose another name")
    return name


def read_texts(reader: Reader, entries: dict[str, Node]) -> dict[str, str]:
    """Title, owner and runbook, as far as they stand there."""
    found = {}
    for key, (example, longest) in _TEXTS.items():
        if key in entries:
            found[key] = reader.text(entries[key], key, example, longest=longest) or ""
    if _PLACEHOLDERS.fullmatch(found.get("owner", "")):
        wrong = f"the owner {shown(found['owner'])} is a placeholder"
        reader.fault(entries["owner"].line, wrong, "name a team or a person")
    runbook = found.get("runbook")
    if runbook and not _LINK.fullmatch(runbook):
        wrong = f"the runbook {shown(runbook)} is neither a link nor a file"
        reader.fault(entries["runbook"].line, wrong, "write https://… or FILE#SECTION, as in RUNBOOK.md#rollback")
    return found


def read_timezone(reader: Reader, node: Node) -> str:
    scalar = reader.scalar(node, "timezone", "timezone: Europe/Berlin")
    if scalar is None:
        return "UTC"
    try:
        return ZoneInfo(scalar.text).key
    except (ValueError, OSError, LookupError):
        near = did_you_mean(scalar.text, available_timezones())
        right = f"did you mean {near}?" if near else "write an IANA name, as in Europe/Berlin"
        reader.fault(node.line, f"unknown timezone {shown(scalar.text)}", right)
        return "UTC"


def read_budget(reader: Reader, node: Node) -> int:
    """Seconds from detecting that something is broken to flags that are read back."""
    seconds = reader.duration(node, "budget", "budget: 5m")
    if seconds is not None and not LEAST_BUDGET <= seconds <= MOST_BUDGET:
        reader.fault(node.line, "the budget is out of range", "it lies between 10s and 1d")
    return seconds or DEFAULT_BUDGET


def read_summary(reader: Reader, node: Node) -> Literal["", "daily"]:
    return cast(Literal["", "daily"], reader.choice(node, "summary", ("daily",)) or "")
