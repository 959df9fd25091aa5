"""`gates:` of a stage or a watch. A new kind of gate is one reader more in `KINDS`, found by its leading key."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.core.document import Mapping, Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.gates import Gate
from orchestrator.core.nearest import did_you_mean
from orchestrator.core.plan_text import people_gates, report_gates, state_gates
from orchestrator.core.plan_text.contents import Contents
from orchestrator.core.plan_text.metric_gates import EXAMPLE, SIGNAL_KINDS, read_signal_gate
from orchestrator.core.plan_text.people_gates import APPROVAL_EXAMPLE
from orchestrator.core.plan_text.reader import Form, Reader

MOST_GATES = 30

ADVICE = {
    "people": f"write {APPROVAL_EXAMPLE}, or checklist: [on-call briefed]",
    "sign_off": f"write {APPROVAL_EXAMPLE}",
    "alarm": "bind it in a safeguard, or write {state: alarms, names: [NAME], quiet: 24h}",
    "alarms": "write {state: alarms, quiet: 24h}",
    "flags": "write {state: flags, are: {FLAG: value}}",
    "soak": "write soak: 2d at the stage itself",
    "metric": "name it under signals: and write signal: NAME",
    "job": "let it report its result, and write report: NAME",
    "artefact": "write {report: NAME, link: true}",
    "task": "write checklist: [what is to be done]",
}
"""Words that people begin a gate with, and what is meant."""


def read_gates(reader: Reader, node: Node, stage: str, contents: Contents) -> tuple[Gate, ...]:
    """The gates that could be read; each is noted in `contents` with its stage and its line."""
    gates: list[Gate] = []
    for item in reader.items(node, "gates", f"gates: [{EXAMPLE}]", most=MOST_GATES):
        gate = _gate(reader, item, contents)
        if gate is None:
            continue
        if any(gate.label == other.label for other in gates):
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
    elif word := next((key for key in keys if key in ADVICE), None):
        reader.fault(node.line, f"there is no gate {word}", ADVICE[word])
    else:
        named = next(((key, near) for key in keys if (near := did_you_mean(key, KINDS))), None)
        wrong = f"unknown gate {shown(named[0] if named else ', '.join(keys)) or '{}'}"
        right = f"did you mean {named[1]}?" if named else f"write one of {', '.join(KINDS)}, as in {EXAMPLE}"
        reader.fault(node.line, wrong, right)
    return None


KINDS: dict[str, Callable[[Reader, Mapping, Contents], Gate | None]] = {
    "signal": read_signal_gate,
    "probe": report_gates.read_probe,
    "report": report_gates.read_report,
    "checklist": people_gates.read_checklist,
    "approval": people_gates.read_approval,
    "state": state_gates.read_state,
    "drill": state_gates.read_drill,
}
FORMS: dict[str, tuple[Form, ...]] = {
    "signal": tuple(kind.form for kind in SIGNAL_KINDS),
    "probe": (report_gates.PROBE,),
    "report": (report_gates.REPORT, report_gates.EXPECTED),
    "checklist": (people_gates.CHECKLIST,),
    "approval": (people_gates.APPROVAL_GATE, people_gates.APPROVAL),
    "state": tuple(form for form, _ in state_gates.STATES.values()),
    "drill": (state_gates.DRILL,),
}
"""What each kind may hold, its own mapping first."""
