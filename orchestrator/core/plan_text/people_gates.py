"""Gates that people open: `approval:` and `checklist:`."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.document import Mapping, Node
from orchestrator.core.gates.approval import ApprovalGate
from orchestrator.core.gates.checklist import ChecklistGate
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import KEY, Form, NameRule, Reader

MOST_ROLES = 10
MOST_ITEMS = 25
LONGEST_ITEM = 100
"""Discord shows no longer choice."""

APPROVAL_EXAMPLE = "approval: {roles: [engineering, ops]}"
_ROLES = "[engineering, ops]"
_PEOPLE = f"write {APPROVAL_EXAMPLE}, each role another person"
_WHO = {
    "quorum": _PEOPLE,
    "count": _PEOPLE,
    "users": _PEOPLE,
    "expires": "leave it out: an approval counts for its stage alone",
    "reason": "leave it out: the person who approves gives the reason",
}
_FROM = {
    "all_of": f"roles: {_ROLES}",
    "by": f"roles: {_ROLES}",
    "from": f"roles: {_ROLES}",
}
APPROVAL_GATE = Form(
    what="an approval gate",
    keys=("approval", "name"),
    later=_WHO,
    instead=_FROM
    | {"roles": APPROVAL_EXAMPLE, "any_of": "approval: {any_of: [engineering, ops]}", "key": "name: exit"},
    example=f"{{{APPROVAL_EXAMPLE}}}",
)
APPROVAL = Form(
    what="an approval",
    keys=("roles", "any_of"),
    later=_WHO | {"checklist": "write a gate of its own: {checklist: [on-call briefed]}"},
    instead=_FROM,
    example=APPROVAL_EXAMPLE,
)
CHECKLIST = Form(
    what="a checklist gate",
    keys=("checklist", "roles", "evidence"),
    later={"owner": "say in roles: who may tick", "any_of": "write roles: any of them may tick an item"},
    instead={"items": "checklist: [on-call briefed]", "links": "evidence: true"} | _FROM,
    example="{checklist: [on-call briefed], roles: [ops]}",
)
ROLE = NameRule(
    what="a role",
    pattern=r"[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,62}[A-Za-z0-9_.-])?",
    right="use the name it has in the bot's settings, as in engineering",
)


def read_approval(reader: Reader, node: Mapping, contents: Contents) -> ApprovalGate | None:
    entries = reader.form(node, APPROVAL_GATE)
    if not entries:
        return None
    name = reader.name(entries["name"], KEY, "name: exit") if "name" in entries else ""
    people = entries["approval"]
    gate = _either(reader, people) if isinstance(people, Mapping) else _approval(reader, people, any_of=False)
    return structs.replace(gate, name=name) if gate is not None and name is not None else None


def _either(reader: Reader, node: Mapping) -> ApprovalGate | None:
    who = reader.entries(node, APPROVAL)
    if not who and who.refused:
        return None
    if len(who) != 1:
        wrong = "an approval has roles and any_of" if who else "an approval names nobody"
        reader.fault(node.line, wrong, "write roles: for each of them, any_of: for either")
        return None
    kind, roles = next(iter(who.items()))
    return _approval(reader, roles, any_of=kind == "any_of")


def _approval(reader: Reader, node: Node, *, any_of: bool) -> ApprovalGate | None:
    roles = reader.listed(node, ROLE, "roles", _ROLES, most=MOST_ROLES)
    return ApprovalGate(roles=roles, any_of=any_of) if roles else None


def read_checklist(reader: Reader, node: Mapping, contents: Contents) -> ChecklistGate | None:
    entries = reader.form(node, CHECKLIST)
    if not entries:
        return None
    example = "checklist: [on-call briefed]"
    items = reader.texts(entries["checklist"], "checklist", example, most=MOST_ITEMS, longest=LONGEST_ITEM)
    roles: tuple[str, ...] | None = ()
    if "roles" in entries:
        roles = reader.listed(entries["roles"], ROLE, "roles", _ROLES, most=MOST_ROLES)
    evidence = reader.truth(entries["evidence"], "evidence") if "evidence" in entries else False
    if items is None or roles is None or evidence is None:
        return None
    return ChecklistGate(items=items, roles=roles, needs_evidence=evidence)
