"""`cohorts:` in the text of a plan: whom a flag can be set for, by an attribute or by a list of targeting keys."""

from __future__ import annotations

from orchestrator.core.document import Items, Node, Scalar
from orchestrator.core.exposure import Cohort
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Form, NameRule, Reader

MOST_COHORTS = 20
MOST_MEMBERS = 200
LONGEST_MEMBER = 200
SUBJECTS = "targetingKey"
"""The attribute that OpenFeature gives the subject itself."""

COHORT = Form(
    what="a cohort",
    keys=("attribute", "is", "keys"),
    instead={
        "in": "is: [admin, owner]",
        "equals": "is: admin",
        "values": "is: [admin, owner]",
        "value": "is: admin",
        "users": "keys: [ann, bob]",
        "subjects": "keys: [ann, bob]",
        "allow": "keys: [ann, bob]",
        "percent": "percent: at the flag's move",
    },
    example="{attribute: role, is: admin} or {keys: [ann, bob]}",
)
COHORT_NAME = NameRule(
    what="a cohort's name",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    right="use letters, digits, _ and - (at most 64), as in admin",
)
ATTRIBUTE = NameRule(
    what="an attribute",
    pattern=r"[A-Za-z][A-Za-z0-9_.-]{0,63}",
    right="write the attribute's name in the evaluation context, as in role",
)


def read_cohorts(reader: Reader, node: Node, outline: Outline) -> None:
    example = "NAME: {attribute: role, is: admin}"
    for name, value in reader.names(node, COHORT_NAME, "cohorts", example, most=MOST_COHORTS):
        outline.cohort_lines[name.text] = name.line
        outline.cohorts[name.text] = _cohort(reader, name, value)


def _cohort(reader: Reader, name: Scalar, node: Node) -> Cohort | None:
    entries = reader.form(node, COHORT)
    if entries is None or (not entries and entries.refused):
        return None
    if "keys" in entries and len(entries) > 1:
        reader.fault(node.line, f"the cohort {name.text} has an attribute and keys", "write two cohorts, and name both")
        return None
    if "keys" in entries:
        keys = _members(reader, entries["keys"], "keys", "ann")
        return Cohort(name=name.text, attribute=SUBJECTS, values=keys) if keys else None
    for key, right in (("attribute", "add attribute: role"), ("is", "add is: admin, or is: [admin, owner]")):
        if entries.lacks(key):
            reader.fault(node.line, f"the cohort {name.text} has no {key}", right)
    attribute = reader.name(entries["attribute"], ATTRIBUTE, "attribute: role") if "attribute" in entries else None
    values = _members(reader, entries["is"], "is", "admin") if "is" in entries else None
    return Cohort(name=name.text, attribute=attribute, values=values) if attribute and values else None


def _members(reader: Reader, node: Node, what: str, example: str) -> tuple[str, ...] | None:
    return reader.texts(node, what, example, most=MOST_MEMBERS, longest=LONGEST_MEMBER)


def read_cohort_names(reader: Reader, node: Node, outline: Outline) -> tuple[Cohort, ...] | None:
    """The cohorts named; None when any could not be read. One that is nowhere defined means that the attribute
    `cohort` has its name."""
    items = (
        reader.items(node, "cohort", "cohort: [admin, pilots]", most=MOST_COHORTS)
        if isinstance(node, Items)
        else (node,)
    )
    found = [_named(reader, item, outline) for item in items]
    cohorts = tuple(cohort for cohort in found if cohort is not None)
    if len(set(cohorts)) < len(cohorts):
        reader.fault(node.line, "a cohort is listed twice", "list each cohort once")
        return None
    return cohorts if items and len(cohorts) == len(items) else None


def _named(reader: Reader, node: Node, outline: Outline) -> Cohort | None:
    name = reader.name(node, COHORT_NAME, "cohort: admin")
    if name is None:
        return None
    if name in outline.cohorts:
        outline.used_cohorts.add(name)
        return outline.cohorts[name]
    if near := did_you_mean(name, outline.cohorts):
        reader.fault(node.line, f"unknown cohort {name}", f"did you mean {near}?")
        return None
    return Cohort(name=name, attribute="cohort", values=(name,))
