"""`environments:` in the text of a plan and of its stages, and what differs between them."""

from __future__ import annotations

from orchestrator.core.document import Items, Node, Scalar
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import NameRule, Reader

MOST_ENVIRONMENTS = 10

ENVIRONMENT = NameRule(
    what="an environment's name",
    pattern=r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}",
    right="write it as the stack has it: letters, digits and . _ -, as in staging",
)


def read_environments(reader: Reader, node: Node, outline: Outline) -> None:
    """Where the plan runs, in this order."""
    outline.environments = tuple(name.text for name in _names(reader, node, "environments: [dev, staging, prod]"))


def read_where(reader: Reader, node: Node, outline: Outline) -> tuple[str, ...]:
    """The environments of the plan in which a stage is run."""
    names = _names(reader, node, "environments: [staging]")
    known = tuple(name.text for name in names if reader.known(name, "environment", outline.environments))
    if not known or len(known) < len(names):
        outline.doubt()
    return known


def _names(reader: Reader, node: Node, example: str) -> list[Scalar]:
    items: tuple[Node, ...] = (node,)
    if isinstance(node, Items):
        items = reader.items(node, "environments", example, most=MOST_ENVIRONMENTS)
    found: dict[str, Scalar] = {}
    for item in items:
        name = reader.scalar(item, "an environment", example)
        if name is None or not reader.follows(name, ENVIRONMENT):
            continue
        if name.text in found:
            reader.fault(name.line, f"the environment {name.text} is listed twice", "list each once, in their order")
        found.setdefault(name.text, name)
    return list(found.values())
