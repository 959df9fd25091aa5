"""The language as a JSON Schema (draft 2020-12), so that an editor completes keys and marks unknown ones.

It is made from the same forms as the reader, and knows less: names, bounds and what the parts say together are left
to `switchback plan check`. Scalars are taken as written, as the reader takes them: `off` and 17 are texts too.
"""

from __future__ import annotations

from typing import Any

from orchestrator.core.plan_text import (
    PLAN,
    cloudwatch,
    cohorts,
    exposure,
    flags,
    freezes,
    gates,
    ladder,
    metric_gates,
    people_gates,
    presets,
    ramps,
    recovery,
    report_gates,
    safeguards,
    signals,
    stages,
    standing,
    state_gates,
    targets,
    watch,
)
from orchestrator.core.plan_text.descriptions import describe
from orchestrator.core.plan_text.reader import Form

Schema = dict[str, Any]

TITLE = "A rollout plan of Switchback"
TEXT: Schema = {"type": ["string", "number", "boolean"]}
NUMBER: Schema = {"type": ["number", "string"]}
TRUTH: Schema = {"enum": [True, False]}
DURATION: Schema = {"type": "string", "pattern": r"^([0-9]{1,9}[smhdw])+$"}


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def _listed(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _some(item: Schema) -> Schema:
    """One, or a list of them."""
    return {"anyOf": [item, _listed(item)]}


def _named(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value}


def _either(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def _any_required(*keys: tuple[str, ...]) -> Schema:
    return {"anyOf": [{"required": list(together)} for together in keys]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_KEYS: dict[str, Schema] = {
    **dict.fromkeys(("soak", "after", "each", "takes", "window", "valid", "lead", "fresh", "unchanged"), DURATION),
    **dict.fromkeys(("nothing_new", "quiet", "across", "for", "every", "budget", "within", "expect"), DURATION),
    **dict.fromkeys(("below", "above", "at_most", "at_least", "errors", "allow", "min_requests", "passes"), NUMBER),
    **dict.fromkeys(("per_minute", "status", "times", "percent"), NUMBER),
    **dict.fromkeys(("optional", "no_return", "dry_run", "assisted", "evidence", "link", "reported"), TRUTH),
    **dict.fromkeys(("roles", "any_of", "names", "pin", "environments", "cohort", "keys", "is"), _some(TEXT)),
    **dict.fromkeys(("checklist", "cleanup", "follow_up", "only", "groups", "alarms", "stages"), _some(TEXT)),
    "approval": _either(_some(TEXT), _ref("approval")),
    "are": _named(TEXT),
    "approve": _one_of("each", "last"),
    "detects": _ref("detects"),
    "dimensions": _named(TEXT),
    "do": _either(_one_of("rollback", "hold", "ladder"), _ref("do")),
    "gates": _listed(_ref("gate")),
    "inputs": _named(TEXT),
    "judge": _one_of("exact", "point"),
    "ladder": _listed(TEXT),
    "no_data": _one_of("hold", "fail", "zero"),
    "observed": _ref("observed"),
    "on_breach": _one_of(*watch.BREACHES),
    "ramp": _ref("ramp"),
    "recovered": _ref("recovered"),
    "rollback": _one_of(*safeguards.TARGETS),
    "set": _named(TEXT),
    "severity": _one_of(*safeguards.SEVERITIES),
    "source": _one_of(*signals.SOURCES),
    "state": _one_of(*state_gates.STATES),
    "summary": _one_of("daily"),
    "when": _ref("when"),
    "worse": _one_of("less", "more"),
}
"""What a key takes wherever it stands; a text where nothing is said."""

_METRIC = _either(TEXT, _ref("metric"))
_BOUND_TO_FLAGS = _named(_named(TEXT))
_ELSEWHERE: dict[tuple[str, str], Schema] = {
    (PLAN.what, "flags"): _named(_ref("flag")),
    (PLAN.what, "cohorts"): _named(_ref("cohort")),
    (PLAN.what, "signals"): _named(_ref("signal")),
    (PLAN.what, "probes"): _named(_ref("probe")),
    (PLAN.what, "jobs"): _named(_ref("job")),
    (PLAN.what, "stages"): _listed(_ref("stage")),
    (PLAN.what, "safeguards"): _either(_listed(_ref("safeguard")), _BOUND_TO_FLAGS),
    (PLAN.what, "ladder"): _listed(_ref("rung")),
    (PLAN.what, "freeze"): _listed(_ref("freeze")),
    (PLAN.what, "watch"): _either(DURATION, _ref("watch")),
    (PLAN.what, "preset"): _ref("preset"),
    (standing.STANDING.what, "safeguards"): _BOUND_TO_FLAGS,
    (standing.STANDING.what, "flags"): _named(_ref("standing flag")),
    (flags.FLAG.what, "final"): _either(TEXT, _named(TEXT)),
    (freezes.FREEZE.what, "every"): TEXT,
    (signals.SIGNAL.what, "ratio"): _ref("ratio"),
    (signals.SIGNAL.what, "count"): _METRIC,
    (signals.SIGNAL.what, "value"): _either(TEXT, _ref("metric"), _ref("math")),
    (signals.SIGNAL.what, "latency"): _METRIC,
    (signals.SIGNAL.what, "set"): TEXT,
    (signals.RATIO.what, "bad"): _either(TEXT, _ref("metric"), _ref("math")),
    (signals.RATIO.what, "total"): _either(TEXT, _ref("metric"), _ref("math")),
    (signals.RATIO.what, "part"): _either(TEXT, _ref("metric"), _ref("math")),
    (signals.RATIO.what, "whole"): _either(TEXT, _ref("metric"), _ref("math")),
    (cloudwatch.MATH.what, "metrics"): _named(_METRIC),
    (stages.STAGE.what, "set"): _named(_either(TEXT, _ref("move"))),
    (ramps.RAMP.what, "percent"): _listed(NUMBER),
    (ramps.RAMP.what, "cohorts"): _listed(_some(TEXT)),
    (presets.CANARY.what, "percent"): _listed(NUMBER),
    (presets.CANARY.what, "signals"): _named(NUMBER),
    (metric_gates.BASELINE.what, "within"): NUMBER,
    (metric_gates.DIFFERENCE.what, "within"): NUMBER,
    (report_gates.REPORT.what, "expect"): _named(_either(TEXT, _ref("expected number"))),
}

_REQUIRED = {
    PLAN.what: ("plan", "owner", "runbook", "flags"),
    stages.STAGE.what: ("key",),
    ramps.RAMP.what: ("flag", "each"),
    exposure.FLIP.what: ("value",),
    safeguards.SAFEGUARD.what: ("when", "do"),
    safeguards.DETECTS.what: ("times", "within"),
    ladder.RUNG.what: ("rung",),
    freezes.FREEZE.what: ("reason",),
    watch.WATCH.what: ("for",),
    presets.CANARY.what: ("signals",),
    presets.KILL_SWITCH.what: ("alarms",),
    cloudwatch.QUERY.what: ("namespace", "metric"),
    cloudwatch.MATH.what: ("math", "metrics"),
    recovery.OBSERVED.what: ("signal",),
    recovery.RECOVERED.what: ("signal",),
}

_PARTS: dict[str, Form] = {
    "flag": flags.FLAG,
    "cohort": cohorts.COHORT,
    "signal": signals.SIGNAL,
    "metric": cloudwatch.QUERY,
    "math": cloudwatch.MATH,
    "probe": targets.PROBE,
    "job": targets.JOB,
    "stage": stages.STAGE,
    "move": exposure.FLIP,
    "ramp": ramps.RAMP,
    "approval": people_gates.APPROVAL,
    "expected number": report_gates.EXPECTED,
    "safeguard": safeguards.SAFEGUARD,
    "when": safeguards.WHEN,
    "detects": safeguards.DETECTS,
    "do": safeguards.DO,
    "rung": ladder.RUNG,
    "observed": recovery.OBSERVED,
    "recovered": recovery.RECOVERED,
    "freeze": freezes.FREEZE,
    "watch": watch.WATCH,
}


def forms() -> list[Form]:
    """Every form of the language: what may stand in a file, part by part."""
    kinds = [form for known in gates.FORMS.values() for form in known]
    named = [form for form, _ in presets.PRESETS.values()]
    return [PLAN, standing.STANDING, standing.FLAG, signals.RATIO, *_PARTS.values(), *named, *kinds]


def json_schema() -> Schema:
    """A file with `plan`, `stages` or `preset` is a plan; any other one is a set of standing safeguards."""
    # A standing set may leave a flag's safe value to the alarm that sets it; a plan may not.
    flags_of_a_plan = {"flags": _named({"required": ["safe"]})}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": TITLE,
        **_object(PLAN, required=()),
        "if": _any_required(("plan",), ("stages",), ("preset",)),
        "then": {
            "required": list(_REQUIRED[PLAN.what]),
            **_any_required(("stages",), ("preset",)),
            "properties": flags_of_a_plan,
        },
        "else": _object(standing.STANDING, required=()),
        "$defs": {
            **{name: _object(form) for name, form in _PARTS.items()},
            "standing flag": _object(standing.FLAG),
            "ratio": _object(signals.RATIO) | _any_required(("bad", "total"), ("part", "whole")),
            "preset": _presets(),
            "gate": {"anyOf": _gates()},
        },
    }


def _object(form: Form, *, required: tuple[str, ...] | None = None) -> Schema:
    wanted = list(_REQUIRED.get(form.what, ()) if required is None else required)
    keys = {key: {**_shape(form, key), "description": describe(form, key)} for key in form.keys}
    whole: Schema = {"type": "object", "properties": keys, "additionalProperties": False}
    return {**whole, "required": wanted} if wanted else whole


def _shape(form: Form, key: str) -> Schema:
    return _ELSEWHERE.get((form.what, key)) or _KEYS.get(key, TEXT)


def _presets() -> Schema:
    bodies = {
        name: {**_object(form), "description": f"as in {form.example}"} for name, (form, _) in presets.PRESETS.items()
    }
    return {"type": "object", "properties": bodies, "additionalProperties": False}


def _gates() -> list[Schema]:
    """Every form that a gate can have. Those on a signal are told apart by the keys that no other has."""
    found = []
    for kind in metric_gates.SIGNAL_KINDS:
        known = _any_required(*((key,) for key in kind.keys)) if kind.keys else {}
        found.append(_object(kind.form, required=("signal",)) | known)
    for leading, forms in gates.FORMS.items():
        if leading != "signal":
            found += [_object(form, required=(leading,)) for form in forms if leading in form.keys]
    return found
