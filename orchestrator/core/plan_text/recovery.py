"""A condition over a window that says how things stand after something was done: `recovered:`, `observed:`."""

from __future__ import annotations

from orchestrator.core.document import Node
from orchestrator.core.gates import Threshold
from orchestrator.core.plan_text import conditions
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.reader import Form, Reader

_INSTEAD = {**conditions.INSTEAD, "for": "window: 10m", "alarm": "signal: NAME, one that shows the same"}
OBSERVED = Form(
    what="observed",
    keys=conditions.RECOVERY_KEYS,
    instead=_INSTEAD | {"within": "window: 10m"},
    example="{signal: NAME, at_most: 0, window: 2m}",
)
RECOVERED = Form(
    what="recovered",
    keys=conditions.RECOVERY_KEYS,
    instead=_INSTEAD | {"within": "within: 10m at the rung itself"},
    example="{signal: NAME, below: 1%, window: 10m}",
)


def read_recovery(reader: Reader, node: Node, form: Form, contents: Contents) -> Threshold | None:
    """Only what a window of its own can show: there is no stage entry from which to judge."""
    entries = reader.form(node, form)
    if entries is None:
        return None
    if "signal" not in entries:
        if not entries.refused:
            reader.fault(node.line, f"{form.what} names no signal", f"write {form.what}: {form.example}")
        return None
    return conditions.read_condition(reader, entries, node.line, contents, sequential=False)
