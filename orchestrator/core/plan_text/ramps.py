"""`ramp:` of a stage: one flag for more and more subjects, a stage for each step."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct, structs

from orchestrator.core.document import Node, Scalar
from orchestrator.core.exposure import WHOLE, say_share
from orchestrator.core.plan import FlagSpec, Flip
from orchestrator.core.plan_text.cohorts import read_cohort_names
from orchestrator.core.plan_text.exposure import read_percent
from orchestrator.core.plan_text.flags import read_value
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import FLAG_NAME, Form, Found, Reader

MOST_STEPS = 20
EXAMPLE = "{flag: FLAG, percent: [10, 50, 100], each: 24h}"

RAMP = Form(
    what="a ramp",
    keys=("flag", "to", "percent", "cohort", "cohorts", "each", "approve"),
    instead={
        "value": "to: VALUE",
        "steps": "percent: [10, 50, 100]",
        "soak": "each: 24h",
        "every": "each: 24h",
        "interval": "each: 24h",
    },
    example=EXAMPLE,
)


class Ramp(Struct, frozen=True, kw_only=True):
    """steps: what stands behind the stage's key, and the move. each: the soak of a step. asks_each: people approve
    every step, not the last alone."""

    flag: str
    steps: tuple[tuple[str, Flip], ...]
    each: int
    asks_each: bool


def read_ramp(reader: Reader, node: Node, outline: Outline) -> Ramp | None:
    """None when any of it could not be read; the flag is then in doubt."""
    entries = reader.form(node, RAMP)
    if entries is None:
        outline.doubt()
        return None
    for key, right in (("flag", "add flag: FLAG"), ("each", "add each: 24h, how long a step lasts at least")):
        if entries.lacks(key):
            reader.fault(node.line, f"the ramp has no {key}", right)
    each = reader.duration(entries["each"], "each", "each: 24h") if "each" in entries else None
    approve = reader.choice(entries["approve"], "approve", ("each", "last")) if "approve" in entries else "last"
    name = reader.scalar(entries["flag"], "flag", "flag: FLAG") if "flag" in entries else None
    spec = _flag(reader, name, outline)
    steps = _steps(reader, node, entries, spec, outline) if spec is not None else None
    if spec is None or each is None or approve is None or steps is None:
        outline.doubt(name.text if name is not None else None)
        return None
    return Ramp(flag=spec.name, steps=steps, each=each, asks_each=approve == "each")


def _flag(reader: Reader, name: Scalar | None, outline: Outline) -> FlagSpec | None:
    if name is None or not reader.follows(name, FLAG_NAME) or not reader.known(name, "flag", outline.flags):
        return None
    return outline.flags[name.text]


def _steps(
    reader: Reader, node: Node, entries: Found, spec: FlagSpec, outline: Outline
) -> tuple[tuple[str, Flip], ...] | None:
    value = read_value(reader, entries["to"], spec.ladder, f"to of {spec.name}") if "to" in entries else spec.final
    if value is None:
        if entries.lacks("to"):
            reader.fault(node.line, f"{spec.name} has no final value to go to", "add to: VALUE")
        return None
    if ("percent" in entries) == ("cohorts" in entries):
        if "percent" in entries:
            reader.fault(node.line, "the ramp has percent and cohorts", "write two stages, one ramp each")
        elif entries.lacks("percent") and entries.lacks("cohorts"):
            reader.fault(node.line, "the ramp has no steps", "add percent: [10, 50, 100]")
        return None
    if "percent" in entries:
        # Those who have it already keep it: they are named beside every percentage.
        kept = read_cohort_names(reader, entries["cohort"], outline) if "cohort" in entries else ()
        move = Flip(flag=spec.name, value=value, cohorts=kept) if kept is not None else None
        return _by_percent(reader, entries["percent"], move) if move is not None else None
    if "cohort" in entries:
        reader.fault(entries["cohort"].line, "the ramp has cohort and cohorts", "name every cohort in cohorts:")
        return None
    return _by_cohorts(reader, entries["cohorts"], Flip(flag=spec.name, value=value), outline)


def _by_percent(reader: Reader, node: Node, move: Flip) -> tuple[tuple[str, Flip], ...] | None:
    items = reader.items(node, "percent", "percent: [10, 50, 100]", most=MOST_STEPS)
    shares = [share for item in items if (share := read_percent(reader, item)) is not None]
    if not items or len(shares) < len(items):
        return None
    if fallen := next((pair for pair in pairwise(shares) if pair[1] <= pair[0]), None):
        wrong = f"the ramp goes from {say_share(fallen[0])} to {say_share(fallen[1])}"
        reader.fault(node.line, wrong, "let every step be larger than the one before")
        return None
    return tuple((f"{share * 100 / WHOLE:g}".replace(".", "-"), _share(move, share)) for share in shares)


def _share(move: Flip, share: int) -> Flip:
    return structs.replace(move, share=share, cohorts=move.cohorts if share < WHOLE else ())


def _by_cohorts(reader: Reader, node: Node, move: Flip, outline: Outline) -> tuple[tuple[str, Flip], ...] | None:
    items = reader.items(node, "cohorts", "cohorts: [[admin], [admin, agents]]", most=MOST_STEPS)
    read = [read_cohort_names(reader, item, outline) for item in items]
    steps = [cohorts for cohorts in read if cohorts is not None]
    if not items or len(steps) < len(items):
        return None
    return tuple(
        (str(number), Flip(flag=move.flag, value=move.value, share=0, cohorts=cohorts))
        for number, cohorts in enumerate(steps, start=1)
    )
