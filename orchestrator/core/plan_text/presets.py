"""`preset:` in the text of a plan: a whole rollout in a line, written out before anything else is read.

What a preset stands for is built from the same nodes that people write, at the preset's line, so that a fault names
it. `stages:` and `watch:` of the plan's own win over the preset's; its safeguards are added to the plan's own.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from orchestrator.core.document import Items, Mapping, Node, Scalar
from orchestrator.core.plan_text.bounds import parse_bound
from orchestrator.core.plan_text.reader import SIGNAL_NAME, Form, Found, Reader, exact

MOST_SIGNALS = 20
MOST_ALARMS = 20

STEPS, EACH = ("1", "5", "25", "50", "100"), "1h"
WATCH = "1d"
LOOSER = 2
"""A canary goes back at so many times the bound that it needs to go on."""

CANARY = Form(
    what="the preset canary",
    keys=("flag", "percent", "each", "signals"),
    instead={"steps": "percent: [1, 10, 100]", "soak": "each: 1h", "gates": "signals: {NAME: 0.5%}"},
    example="{canary: {flag: FLAG, signals: {NAME: 0.5%}}}",
)
KILL_SWITCH = Form(
    what="the preset kill-switch",
    keys=("flag", "alarms"),
    instead={"alarm": "alarms: [NAME]", "safeguards": "alarms: [NAME]"},
    example="{kill-switch: {flag: FLAG, alarms: [NAME]}}",
)


def expand(reader: Reader, entries: Found) -> None:
    """Puts what the plan's preset stands for into its entries."""
    node = entries["preset"]
    preset = Form(what="preset", keys=tuple(PRESETS), example=f"{CANARY.example} or {KILL_SWITCH.example}")
    if isinstance(node, Scalar) and node.text in PRESETS:
        form, _ = PRESETS[node.text]
        reader.fault(node.line, f"the preset {node.text} says too little", f"write preset: {form.example}")
        found = None
    else:
        found = reader.form(node, preset)
    if found is None or (not found and found.refused):
        entries.meant.add("stages")
        return
    if len(found) != 1:
        reader.fault(node.line, f"preset has {len(found)} presets", f"write one: {preset.example}")
        entries.meant.add("stages")
        return
    name, body = next(iter(found.items()))
    form, write = PRESETS[name]
    options = reader.form(body, form)
    written = write(reader, options, node.line, entries) if options is not None else None
    if written is None:
        entries.meant.add("stages")
        return
    for key, part in written.items():
        if key == "safeguards" and key in entries:
            entries[key] = _both(entries[key], part)
        else:
            entries.setdefault(key, part)


def _canary(reader: Reader, options: Found, line: int, entries: Found) -> dict[str, Node] | None:
    flag = _flag(reader, options, CANARY, line, entries)
    if options.lacks("signals"):
        reader.fault(line, "the preset canary has no signals", "add signals: {NAME: 0.5%}, the bound to stay below")
    bounds = []
    if "signals" in options:
        example = "signals: {NAME: 0.5%}"
        bounds = list(reader.names(options["signals"], SIGNAL_NAME, "signals of canary", example, most=MOST_SIGNALS))
    if flag is None or not bounds:
        return None
    ramp = {
        "flag": flag,
        "percent": options.get("percent", _items(line, *(_scalar(step, line) for step in STEPS))),
        "each": options.get("each", _scalar(EACH, line)),
    }
    gates = [_mapping(name.line, signal=name, below=bound) for name, bound in bounds]
    stage = _mapping(line, key=_scalar("canary", line), ramp=_mapping(line, **ramp), gates=_items(line, *gates))
    safeguards = [
        _mapping(name.line, when=_mapping(name.line, signal=name, above=looser), do=_scalar("rollback", name.line))
        for name, bound in bounds
        if (looser := _looser(bound)) is not None
    ]
    written: dict[str, Node] = {"stages": _items(line, stage), "watch": _scalar(WATCH, line)}
    return written | {"safeguards": _items(line, *safeguards)} if safeguards else written


def _kill_switch(reader: Reader, options: Found, line: int, entries: Found) -> dict[str, Node] | None:
    flag = _flag(reader, options, KILL_SWITCH, line, entries)
    if options.lacks("alarms"):
        reader.fault(line, "the preset kill-switch has no alarms", "add alarms: [NAME]")
    alarms: tuple[Node, ...] = ()
    if "alarms" in options:
        node = options["alarms"]
        alarms = reader.items(node, "alarms", "[NAME]", most=MOST_ALARMS) if isinstance(node, Items) else (node,)
    if flag is None or not alarms:
        return None
    moves = Mapping(entries=((flag, _final(flag, entries)),), line=line)
    gates = _items(line, _mapping(line, drill=flag))
    stage = _mapping(line, key=_scalar("on", line), set=moves, gates=gates)
    safeguards = [
        _mapping(alarm.line, when=_mapping(alarm.line, alarm=alarm), do=_scalar("rollback", alarm.line))
        for alarm in alarms
    ]
    return {"stages": _items(line, stage), "safeguards": _items(line, *safeguards), "watch": _scalar(WATCH, line)}


def _flag(reader: Reader, options: Found, form: Form, line: int, entries: Found) -> Scalar | None:
    """The flag named, or the only one of the plan."""
    if "flag" in options:
        return reader.scalar(options["flag"], "flag", "flag: FLAG")
    flags = entries.get("flags")
    if isinstance(flags, Mapping) and len(flags.entries) == 1:
        return _scalar(flags.entries[0][0].text, line)
    if isinstance(flags, Mapping) and options.lacks("flag"):
        reader.fault(line, f"{form.what} does not say which flag", "add flag: FLAG")
    return None


def _final(flag: Scalar, entries: Found) -> Node:
    """The flag's final value as written, true where there is none: then the flag's own part is at fault."""
    flags = entries.get("flags")
    written = {key.text: value for key, value in flags.entries} if isinstance(flags, Mapping) else {}
    spec = written.get(flag.text)
    parts = {key.text: value for key, value in spec.entries} if isinstance(spec, Mapping) else {}
    final = parts.get("final")
    return _scalar(final.text if isinstance(final, Scalar) else "true", flag.line)


def _looser(bound: Node) -> Node | None:
    """The bound to go back at; None for what is no bound, which the gate says."""
    found = parse_bound(bound.text) if isinstance(bound, Scalar) else None
    if found is None:
        return None
    number, unit = found
    return _scalar(f"{exact(number * Decimal(LOOSER))}{unit and ' ' * (unit != '%') + unit}", bound.line)


def _both(own: Node, added: Node) -> Node:
    """The plan's safeguards and the preset's; the three-line form is written out for that."""
    items: tuple[Node, ...]
    if isinstance(own, Mapping):
        items = tuple(
            _mapping(alarm.line, when=_mapping(alarm.line, alarm=alarm), do=_mapping(alarm.line, set=flags))
            for alarm, flags in own.entries
        )
    elif isinstance(own, Items):
        items = own.items
    else:
        return own
    return Items(items=(*items, *(added.items if isinstance(added, Items) else ())), line=own.line)


def _scalar(text: str, line: int) -> Scalar:
    return Scalar(text=text, line=line)


def _items(line: int, *items: Node) -> Items:
    return Items(items=items, line=line)


def _mapping(line: int, **entries: Node) -> Mapping:
    return Mapping(entries=tuple((_scalar(key, line), value) for key, value in entries.items()), line=line)


Write = Callable[[Reader, Found, int, Found], dict[str, Node] | None]
PRESETS: dict[str, tuple[Form, Write]] = {
    "canary": (CANARY, _canary),
    "kill-switch": (KILL_SWITCH, _kill_switch),
}
