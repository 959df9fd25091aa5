"""`watch:` in the text of a plan: what must hold for how long after the last stage, and what is done after it."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core.document import Mapping, Node
from orchestrator.core.durations import say_duration
from orchestrator.core.gates import DrillGate, Gate, ThresholdGate
from orchestrator.core.gates.threshold import Comparison
from orchestrator.core.plan import Climb, Hold, RollBack, Safeguard, SignalCondition, Watch
from orchestrator.core.plan_text.gates import read_gates
from orchestrator.core.plan_text.outline import Outline
from orchestrator.core.plan_text.reader import Form, Reader
from orchestrator.core.plan_text.safeguards import derived_key

MOST_CLEANUPS = 20
STAGE = "watch"
"""What a gate of the watch is filed under in place of a stage; no stage may be called so."""

BREACHES: dict[str, RollBack | Hold | Climb] = {
    "previous_stage": RollBack(to="previous"),
    "rollback": RollBack(),
    "hold": Hold(),
    "ladder": Climb(),
}
_OPPOSITE: dict[Comparison, Comparison] = {
    "below": "at_least",
    "at_most": "above",
    "above": "at_most",
    "at_least": "below",
}
WATCH = Form(
    what="the watch",
    keys=("for", "gates", "on_breach", "cleanup"),
    instead={
        "safeguards": "safeguards: in the plan, as every one stays armed through the watch",
        "duration": "for: 7d",
        "window": "for: 7d",
        "summary": "summary: daily in the plan",
        "tasks": "cleanup: [remove the flag's code]",
        "do": "on_breach: previous_stage",
    },
    example="7d, or {for: 7d, gates: […], on_breach: previous_stage}",
)


def read_watch(reader: Reader, node: Node, outline: Outline) -> Watch:
    """Each gate with a bound is also a safeguard on the opposite bound, armed in the watch alone."""
    if not isinstance(node, Mapping):
        return Watch(length=reader.duration(node, "watch", "watch: 7d") or 0)
    entries = reader.entries(node, WATCH)
    if entries.lacks("for"):
        reader.fault(node.line, "the watch has no length", "write watch: 7d, or watch: {for: 7d}")
    length = reader.duration(entries["for"], "watch", "watch: 7d") if "for" in entries else None
    gates = read_gates(reader, entries["gates"], STAGE, outline) if "gates" in entries else ()
    breach = reader.choice(entries["on_breach"], "on_breach", tuple(BREACHES)) if "on_breach" in entries else "hold"
    if breach == "ladder":
        outline.climb_lines.append(entries["on_breach"].line)
    for gate in gates:
        _fits(reader, gate, length, _line_of(gate, outline))
        if isinstance(gate, ThresholdGate) and breach is not None:
            _guard(gate, BREACHES[breach], _line_of(gate, outline), outline)
    if "on_breach" in entries and not entries.refused and not any(isinstance(gate, ThresholdGate) for gate in gates):
        wrong = "on_breach: has nothing to act on"
        reader.fault(entries["on_breach"].line, wrong, "add gates: with a signal and its bound")
    cleanup = None
    if "cleanup" in entries:
        example = "remove the flag's code"
        cleanup = reader.texts(entries["cleanup"], "cleanup", example, most=MOST_CLEANUPS, longest=200)
    return Watch(length=length or 0, gates=gates, cleanup=cleanup or ())


def _line_of(gate: Gate, outline: Outline) -> int:
    return next(line for stage, known, line in outline.gate_lines if stage == STAGE and known == gate)


def _fits(reader: Reader, gate: Gate, length: int | None, line: int) -> None:
    if isinstance(gate, DrillGate):
        reader.fault(line, "a kill switch is tried out at the beginning of a stage", "move this gate to a stage")
    if isinstance(gate, ThresholdGate) and length and gate.condition.window > length:
        over = say_duration(gate.condition.window)
        wrong = f"the gate {gate.label} looks back {over}, and the watch is over after {say_duration(length)}"
        reader.fault(line, wrong, "let the window be shorter, or the watch longer")


def _guard(gate: ThresholdGate, action: RollBack | Hold | Climb, line: int, outline: Outline) -> None:
    # Silence never sets off a safeguard; at the watch's end the gate itself says what silence means.
    opposite = structs.replace(
        gate.condition,
        comparison=_OPPOSITE[gate.condition.comparison],
        allow=0,
        no_data="hold",
        alive="",
    )
    when = SignalCondition(condition=opposite)
    key = f"watch-{derived_key(when)}"[:64].rstrip("-")
    if key not in outline.safeguard_lines:
        outline.safeguard_lines[key] = line
        guard = Safeguard(key=key, when=when, action=action, only_watch=True, dry_run=gate.dry_run)
        outline.safeguards.append(guard)
