"""`gates:` of a stage. A new kind of gate is one reader more in `KINDS`, found by its leading key."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.core.document import Items, Mapping, Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.gates import ApprovalGate, Gate, ThresholdGate
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text import conditions
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Form, NameRule, Reader

MOST_GATES = 20
MOST_ROLES = 10

EXAMPLE = "{signal: read_p95, below: 120}"

THRESHOLD = Form(
    what="a signal gate",
    keys=conditions.CONDITION_KEYS,
    later=conditions.LATER,
    instead=conditions.INSTEAD,
    example=EXAMPLE,
)
APPROVAL_EXAMPLE = "approval: {roles: [engineering, ops]}"
_PEOPLE = f"write {APPROVAL_EXAMPLE}, each role another person"
APPROVAL = Form(
    what="an approval",
    keys=("roles", "any_of"),
    later={
        "quorum": _PEOPLE,
        "count": _PEOPLE,
        "users": _PEOPLE,
        "expires": "leave it out: an approval counts for its stage alone",
        "checklist": "leave it out, and say in the stage's goal: what they look at",
        "reason": "leave it out: the person who approves gives the reason",
    },
    instead={
        "all_of": "roles: [engineering, ops]",
        "by": "roles: [engineering, ops]",
        "from": "roles: [engineering, ops]",
    },
    example=APPROVAL_EXAMPLE,
)
ROLE = NameRule(
    what="a role",
    pattern=r"[A-Za-z0-9](?:[A-Za-z0-9 _.-]{0,62}[A-Za-z0-9_.-])?",
    right="use the name it has in the bot's settings, as in engineering",
)

_SIGN_OFF = f"let people look and sign off: {APPROVAL_EXAMPLE}"
LATER_KINDS = {
    "probe": _SIGN_OFF,
    "drill": _SIGN_OFF,
    "report": _SIGN_OFF,
    "state": _SIGN_OFF,
    "checklist": _SIGN_OFF,
    "job": _SIGN_OFF,
    "people": f"write {APPROVAL_EXAMPLE}",
    "alarm": "bind it in a safeguard, and no stage is entered while it is in ALARM",
    "soak": "write soak: 2d at the stage itself",
    "metric": "name it under signals: and write signal: NAME",
}


def read_gates(reader: Reader, node: Node, stage: str, contents: Contents) -> tuple[Gate, ...]:
    gates: list[Gate] = []
    for item in reader.items(node, "gates", f"gates: [{EXAMPLE}]", most=MOST_GATES):
        gate = _gate(reader, item, contents)
        if gate is None:
            continue
        if gate in gates:
            reader.fault(item.line, f"the gate {gate.label} stands twice in this stage", "keep one of them")
            continue
        gates.append(gate)
        contents.gate_lines.append((stage, gate, item.line))
    return tuple(gates)


def _gate(reader: Reader, node: Node, contents: Contents) -> Gate | None:
    if not isinstance(node, Mapping):
        written = shown(node.text) if isinstance(node, Scalar) else "a list"
        reader.fault(node.line, f"the gate {written} is not a mapping", f"write {EXAMPLE} or {{{APPROVAL_EXAMPLE}}}")
        return None
    keys = [key.text for key, _ in node.entries]
    kinds = [kind for kind in KINDS if kind in keys]
    if len(kinds) == 1:
        return KINDS[kinds[0]](reader, node, contents)
    if kinds:
        reader.fault(node.line, f"one gate has {' and '.join(kinds)}", "write two gates, one below the other")
    elif later := next((key for key in keys if key in LATER_KINDS), None):
        reader.fault(node.line, f"a {later} gate is not supported yet", LATER_KINDS[later])
    else:
        named = next(((key, near) for key in keys if (near := did_you_mean(key, KINDS))), None)
        wrong = f"unknown gate {shown(named[0] if named else ', '.join(keys)) or '{}'}"
        reader.fault(
            node.line,
            wrong,
            f"did you mean {named[1]}?" if named else f"write {EXAMPLE} or {{{APPROVAL_EXAMPLE}}}",
        )
    return None


def _threshold(reader: Reader, node: Mapping, contents: Contents) -> Gate | None:
    entries = reader.form(node, THRESHOLD)
    condition = conditions.read_condition(reader, entries, node.line, contents) if entries else None
    return ThresholdGate(condition=condition) if condition else None


def _approval(reader: Reader, node: Mapping, contents: Contents) -> Gate | None:
    entries = reader.form(
        node,
        Form(what="an approval gate", keys=("approval",), later=APPROVAL.later, instead=APPROVAL.instead),
    )
    if not entries:
        return None
    people = entries["approval"]
    if not isinstance(people, Mapping):
        return _people(reader, people, any_of=False)
    who = reader.entries(people, APPROVAL)
    if not who and who.refused:
        return None
    if len(who) != 1:
        wrong = "an approval has roles and any_of" if who else "an approval names nobody"
        reader.fault(people.line, wrong, "write roles: for each of them, any_of: for either")
        return None
    kind, roles = next(iter(who.items()))
    return _people(reader, roles, any_of=kind == "any_of")


def _people(reader: Reader, node: Node, *, any_of: bool) -> Gate | None:
    example = "[engineering, ops]"
    items = reader.items(node, "roles", example, most=MOST_ROLES) if isinstance(node, Items) else (node,)
    roles = [role for role in (reader.name(item, ROLE, example) for item in items) if role is not None]
    if not items or len(roles) < len(items):
        return None
    if len(set(roles)) < len(roles):
        twice = next(role for role in roles if roles.count(role) > 1)
        reader.fault(node.line, f"the role {twice} is listed twice", "list each role once, as each is another person")
        return None
    return ApprovalGate(roles=tuple(roles), any_of=any_of)


KINDS: dict[str, Callable[[Reader, Mapping, Contents], Gate | None]] = {
    "signal": _threshold,
    "approval": _approval,
}
