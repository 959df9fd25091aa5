"""The language of plans as people write it: YAML in; a compiled `Plan`, or every fault of the text, out."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, available_timezones

from msgspec import structs

from orchestrator.core.document import Mapping, Node, read_document
from orchestrator.core.faults import Fault, Faults, TooManyFaults, shown
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.flags import EXPOSURE, read_flags
from orchestrator.core.plan_text.meaning import check_meaning
from orchestrator.core.plan_text.reader import Form, NameRule, Reader
from orchestrator.core.plan_text.safeguards import read_safeguards
from orchestrator.core.plan_text.signals import read_signals
from orchestrator.core.plan_text.stages import read_stages
from orchestrator.core.plan_text.standing import NAME as STANDING_NAME
from orchestrator.core.plan_text.standing import STANDING, read_standing

_ARMED = "leave it out: every safeguard stays armed through the watch"
_SIGN_OFF = "ask for it with the gate {approval: {roles: [ops]}}"
PLAN = Form(
    what="a plan",
    keys=(
        "plan",
        "title",
        "owner",
        "runbook",
        "timezone",
        "flags",
        "signals",
        "stages",
        "safeguards",
        "watch",
    ),
    later={
        "ladder": "write a safeguard with do: rollback, and the further steps under follow_up:",
        "freeze": "pause the rollout by hand",
        "holds": "pause the rollout by hand",
        "after": "complete the plan in the environment before, then publish it here",
        "environments": "leave it out: each environment has a bot of its own",
        "tasks": _SIGN_OFF,
        "checklist": _SIGN_OFF,
        "jobs": _SIGN_OFF,
        "probes": _SIGN_OFF,
        "drills": _SIGN_OFF,
        "reports": _SIGN_OFF,
        "summary": "leave it out: /rollout-status says how things stand",
        "alerts": "leave it out: safeguards alert by themselves",
        "escalation": "say in the runbook who is called",
        "preset": "write the stages out",
        "traffic": "leave it out: verdicts say how many requests they saw",
        "percent": EXPOSURE,
        "cohort": EXPOSURE,
        "cohorts": EXPOSURE,
        "account": "leave it out: a plan runs in the bot's own account",
        "region": "leave it out: a plan runs in the bot's own region",
    },
    instead={
        "name": "plan: NAME",
        "description": "title: what this is",
        "steps": "stages:",
        "metrics": "signals:",
        "tz": "timezone: Europe/Berlin",
        "guards": "safeguards:",
        "rollback": "safeguards: [{when: {alarm: NAME}, do: rollback}]",
        "team": "owner: TEAM",
    },
)
WATCH = Form(
    what="the watch",
    keys=("for",),
    later={
        "gates": _ARMED,
        "on_breach": _ARMED,
        "safeguards": _ARMED,
        "summary": "leave it out: /rollout-status says it",
    },
    instead={"duration": "for: 7d", "window": "for: 7d"},
    example="7d",
)
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


def read_plan(text: bytes) -> Plan | list[Fault]:
    """The plan that `text` is, or all its faults in line order. It never raises, whatever the text.

    A file with `plan:` is a rollout in stages. One without is a set of standing safeguards, compiled
    to a plan named `standing` that has no stages. After a hundred faults reading stops, and the last one
    says so.
    """
    faults = Faults()
    plan = None
    try:
        root = read_document(text, faults)
        if root is not None:
            plan = _read(Reader(faults), root)
    except TooManyFaults:
        pass
    return plan if plan is not None and not faults else faults.in_line_order()


def _read(reader: Reader, root: Mapping) -> Plan:
    keys = {key.text for key, _ in root.entries}
    if keys & {"plan", "stages"}:
        return _staged(reader, root)
    entries = reader.entries(root, STANDING)
    texts = _texts(reader, entries)
    plan = read_standing(reader, entries, root.line)
    return structs.replace(plan, **texts)


def _staged(reader: Reader, root: Mapping) -> Plan:
    entries = reader.entries(root, PLAN)
    for key, right in (
        ("plan", "begin with plan: NAME"),
        ("owner", "add owner: TEAM, who is asked when it is stuck"),
        ("runbook", "add runbook: a link, or FILE#SECTION, for the night it fails"),
        ("flags", "add flags: with NAME: {safe: false, final: true}"),
        ("stages", "add stages:, or leave out plan: for standing safeguards"),
    ):
        if entries.lacks(key):
            reader.fault(root.line, f"the plan has no {'name' if key == 'plan' else key}", right)
    contents = Contents()
    if "flags" in entries:
        read_flags(reader, entries["flags"], contents)
    if "signals" in entries:
        read_signals(reader, entries["signals"], contents)
    if "stages" in entries:
        read_stages(reader, entries["stages"], contents)
    if "safeguards" in entries:
        read_safeguards(reader, entries["safeguards"], contents)
    texts = _texts(reader, entries)
    plan = Plan(
        name=_name(reader, entries["plan"]) if "plan" in entries else "",
        title=texts.get("title", ""),
        owner=texts.get("owner", ""),
        runbook=texts.get("runbook", ""),
        timezone=_timezone(reader, entries["timezone"]) if "timezone" in entries else "UTC",
        flags=tuple(contents.readable_flags()),
        signals=tuple(signal for signal in contents.signals.values() if signal is not None),
        stages=tuple(contents.readable_stages()),
        safeguards=tuple(contents.safeguards),
        watch=_watch(reader, entries["watch"]) if "watch" in entries else 0,
    )
    check_meaning(reader, plan, contents)
    return plan


def _name(reader: Reader, node: Node) -> str:
    name = reader.name(node, PLAN_NAME, "plan: NAME") or ""
    if name == STANDING_NAME:
        reader.fault(node.line, f"{name} is the name of the standing safeguards", "choose another name")
    return name


def _texts(reader: Reader, entries: dict[str, Node]) -> dict[str, str]:
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


def _timezone(reader: Reader, node: Node) -> str:
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


def _watch(reader: Reader, node: Node) -> int:
    if not isinstance(node, Mapping):
        return reader.duration(node, "watch", "watch: 7d") or 0
    entries = reader.entries(node, WATCH)
    if entries.lacks("for"):
        reader.fault(node.line, "the watch has no length", "write watch: 7d, or watch: {for: 7d}")
    if "for" not in entries:
        return 0
    return reader.duration(entries["for"], "watch", "watch: 7d") or 0


__all__ = ["Fault", "read_plan"]
