"""The language of plans as people write it: YAML in; a compiled `Plan`, or every fault of the text, out."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.document import Mapping, read_document
from orchestrator.core.exposure import WHOLE
from orchestrator.core.faults import Fault, Faults, TooManyFaults
from orchestrator.core.plan import FlagSpec, Plan, Watch
from orchestrator.core.plan_text import heading, presets
from orchestrator.core.plan_text.cohorts import read_cohorts
from orchestrator.core.plan_text.environments import read_environments
from orchestrator.core.plan_text.flags import read_flags
from orchestrator.core.plan_text.freezes import read_freezes
from orchestrator.core.plan_text.ladder import read_ladder
from orchestrator.core.plan_text.meaning import check_meaning
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Form, Found, Reader
from orchestrator.core.plan_text.safeguards import read_safeguards
from orchestrator.core.plan_text.signals import read_signals
from orchestrator.core.plan_text.stages import read_stages
from orchestrator.core.plan_text.standing import STANDING, read_standing
from orchestrator.core.plan_text.targets import read_targets
from orchestrator.core.plan_text.watch import WATCH, read_watch

_AT_THE_MOVE = "set: {FLAG: {value: VALUE, percent: 10}} in a stage"
_SIGN_OFF = "gates: [{checklist: [on-call briefed]}] in a stage"
PLAN = Form(
    what="a plan",
    keys=(
        "plan",
        "title",
        "owner",
        "runbook",
        "timezone",
        "environments",
        "budget",
        "preset",
        "summary",
        "flags",
        "cohorts",
        "signals",
        "probes",
        "jobs",
        "stages",
        "safeguards",
        "ladder",
        "freeze",
        "watch",
    ),
    later={
        "alerts": "leave it out: safeguards alert by themselves",
        "escalation": "say in the runbook who is called",
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
        "freezes": "freeze: [{every: Fri 16:00 - Mon 08:00, reason: weekend}]",
        "holds": "freeze: [{every: Fri 16:00 - Mon 08:00, reason: weekend}]",
        "after": "environments: [dev, staging, prod]",
        "rungs": "ladder: [{rung: back one stage, rollback: previous}]",
        "traffic": "per_minute: 120 at the signal",
        "percent": _AT_THE_MOVE,
        "cohort": _AT_THE_MOVE,
        "tasks": _SIGN_OFF,
        "checklist": _SIGN_OFF,
        "drills": "gates: [{drill: FLAG}] in a stage",
        "reports": "gates: [{report: NAME}] in a stage",
    },
)


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
    if keys & {"plan", "stages", "preset"}:
        return _staged(reader, root)
    entries = reader.entries(root, STANDING)
    texts = heading.read_texts(reader, entries)
    plan = read_standing(reader, entries, root.line)
    return structs.replace(plan, **texts)


def _staged(reader: Reader, root: Mapping) -> Plan:
    entries = reader.entries(root, PLAN)
    if "preset" in entries:
        presets.expand(reader, entries)
    for key, right in (
        ("plan", "begin with plan: NAME"),
        ("owner", "add owner: TEAM, who is asked when it is stuck"),
        ("runbook", "add runbook: a link, or FILE#SECTION, for the night it fails"),
        ("flags", "add flags: with NAME: {safe: false, final: true}"),
        ("stages", "add stages:, or leave out plan: for standing safeguards"),
    ):
        if entries.lacks(key):
            reader.fault(root.line, f"the plan has no {'name' if key == 'plan' else key}", right)
    outline = Outline()
    watch = _parts(reader, entries, outline)
    texts = heading.read_texts(reader, entries)
    plan = Plan(
        name=heading.read_name(reader, entries["plan"]) if "plan" in entries else "",
        title=texts.get("title", ""),
        owner=texts.get("owner", ""),
        runbook=texts.get("runbook", ""),
        timezone=heading.read_timezone(reader, entries["timezone"]) if "timezone" in entries else "UTC",
        flags=_flags(outline),
        signals=tuple(signal for signal in outline.signals.values() if signal is not None),
        targets=tuple(outline.readable_targets()),
        stages=tuple(outline.readable_stages()),
        safeguards=tuple(outline.safeguards),
        ladder=tuple(outline.rungs),
        watch=watch,
        environments=outline.environments,
        freezes=read_freezes(reader, entries["freeze"]) if "freeze" in entries else (),
        budget=heading.read_budget(reader, entries["budget"]) if "budget" in entries else heading.DEFAULT_BUDGET,
        summary=heading.read_summary(reader, entries["summary"]) if "summary" in entries else "",
    )
    check_meaning(reader, plan, outline)
    return plan


def _parts(reader: Reader, entries: Found, outline: Outline) -> Watch:
    """What refers to each other by name, in an order in which everything is read before it is referred to."""
    if "environments" in entries:
        read_environments(reader, entries["environments"], outline)
    if "signals" in entries:
        read_signals(reader, entries["signals"], outline)
    if "probes" in entries:
        read_targets(reader, entries["probes"], outline, "probe")
    if "jobs" in entries:
        read_targets(reader, entries["jobs"], outline, "job")
    if "flags" in entries:
        read_flags(reader, entries["flags"], outline)
    if "cohorts" in entries:
        read_cohorts(reader, entries["cohorts"], outline)
    if "stages" in entries:
        read_stages(reader, entries["stages"], outline)
    else:
        outline.doubt()
    if "safeguards" in entries:
        read_safeguards(reader, entries["safeguards"], outline)
    if "ladder" in entries:
        outline.ladder_line = entries["ladder"].line
        read_ladder(reader, entries["ladder"], outline)
    return read_watch(reader, entries["watch"], outline) if "watch" in entries else Watch()


def _flags(outline: Outline) -> tuple[FlagSpec, ...]:
    """A flag that some stage exposes to some subjects only is stored as a definition throughout."""
    partly = {
        flip.flag for stage in outline.readable_stages() for flip in stage.flips if flip.share < WHOLE or flip.cohorts
    }
    return tuple(structs.replace(flag, is_definition=flag.name in partly) for flag in outline.readable_flags())


__all__ = ["PLAN", "WATCH", "Fault", "read_plan"]
