"""`probes:` and `jobs:` in the text of a plan: what is called by name, and how."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from orchestrator.core.document import Node, Scalar
from orchestrator.core.faults import shown
from orchestrator.core.plan_text.contents import Contents, TargetKind
from orchestrator.core.plan_text.reader import KEY, Form, Found, NameRule, Reader
from orchestrator.core.targets import (
    AliasBack,
    Call,
    HttpsCheck,
    LambdaCall,
    Reported,
    Target,
    WorkflowDispatch,
)

MOST_TARGETS = 50
MOST_INPUTS = 20
USUAL_WITHIN, LONGEST_WITHIN = 5, 30
"""Seconds."""

_OWN = {
    "account": "leave it out: what is called lies in the bot's own account",
    "region": "leave it out: what is called lies in the bot's own region",
    "headers": "let a Lambda function make the request: no secret stands in a plan",
    "method": "leave it out: a check is a GET, a Lambda function can do more",
    "body": "leave it out: a check is a GET, a Lambda function can do more",
    "retries": "leave it out: say in the gate how many runs must pass",
    "command": "put it into a Lambda function or a workflow",
}
_INSTEAD = {
    "function": "lambda: NAME",
    "url": "https: https://HOST/PATH",
    "http": "https: https://HOST/PATH",
    "timeout": "within: 2s",
    "contain": "contains: TEXT",
    "report": "reported: true",
}
_CALLS = {"lambda": (), "https": ("status", "contains", "within"), "reported": ()}
_RUNS = {"lambda": (), "https": ("status", "contains", "within"), "workflow": ("ref", "inputs"), "alias": ()}
PROBE = Form(
    what="a probe",
    keys=("lambda", "https", "status", "contains", "within", "reported"),
    later=_OWN,
    instead=_INSTEAD | {"workflow": "reported: true, and let the workflow report its result"},
    example="{lambda: shop-smoke}, {https: https://HOST/PATH} or {reported: true}",
)
JOB = Form(
    what="a job",
    keys=("lambda", "https", "status", "contains", "within", "workflow", "ref", "inputs", "alias"),
    later=_OWN | {"reported": "name what is run: nobody is asked to run a job"},
    instead={key: right for key, right in _INSTEAD.items() if key != "report"} | {"branch": "ref: main"},
    example="{lambda: purge-cdn}, {workflow: OWNER/REPOSITORY/FILE.yml} or {alias: FUNCTION:ALIAS}",
)
FORMS = (PROBE, JOB)

FUNCTION = NameRule(
    what="a Lambda function's name",
    pattern=r"[A-Za-z0-9_-]{1,64}",
    right="write its plain name in this account, as in shop-smoke",
)
ALIAS = NameRule(
    what="a function and its alias",
    pattern=r"[A-Za-z0-9_-]{1,64}:(?![0-9]+$)[A-Za-z0-9_-]{1,128}",
    right="write FUNCTION:ALIAS, as in shop-api:live",
)
WORKFLOW = NameRule(
    what="a workflow",
    pattern=r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}\.ya?ml",
    right="write OWNER/REPOSITORY/FILE.yml, as in acme/shop/redeploy.yml",
)
REF = NameRule(
    what="a branch or tag",
    pattern=r"(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9_./-]{0,199}",
    right="write its name, as in main",
)
INPUT = NameRule(
    what="a workflow's input",
    pattern=r"[A-Za-z_][A-Za-z0-9_-]{0,99}",
    right="use letters, digits, _ and -, as in to",
)
# A host has a dot and ends in letters: an address in numbers, in whatever spelling, does not.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,10}[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_PATH = re.compile(r"(?:[/?][A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]*)?", re.ASCII)


def read_targets(reader: Reader, node: Node, contents: Contents, kind: TargetKind) -> None:
    form = PROBE if kind == "probe" else JOB
    for name, value in reader.names(node, KEY, f"{kind}s", f"NAME: {form.example}", most=MOST_TARGETS):
        first = contents.target_lines.get(name.text)
        if first is not None:
            wrong = f"{name.text} is a {contents.target_kinds[name.text]} already, in line {first}"
            reader.fault(name.line, wrong, "give each its own name")
            continue
        contents.target_kinds[name.text] = kind
        contents.target_lines[name.text] = name.line
        contents.targets[name.text] = _target(reader, name, value, form, _CALLS if kind == "probe" else _RUNS)


def _target(
    reader: Reader, name: Scalar, node: Node, form: Form, calls: Mapping[str, tuple[str, ...]]
) -> Target | None:
    entries = reader.form(node, form)
    if entries is None:
        return None
    chosen = [call for call in calls if call in entries]
    if not chosen and entries.refused:
        return None
    if len(chosen) != 1:
        wrong = f"{name.text} is {' and '.join(chosen)} at once" if chosen else f"{name.text} calls nothing"
        reader.fault(name.line, wrong, f"write one of {', '.join(calls)}")
        return None
    foreign = next((key for key in entries if key != chosen[0] and key not in calls[chosen[0]]), None)
    if foreign is not None:
        goes = next(call for call, keys in calls.items() if foreign in keys)
        reader.fault(entries[foreign].line, f"{foreign} beside {chosen[0]}", f"only {goes}: has it: leave it out")
        return None
    call = _READERS[chosen[0]](reader, entries)
    return Target(name=name.text, call=call) if call is not None else None


def _lambda(reader: Reader, entries: Found) -> Call | None:
    function = reader.name(entries["lambda"], FUNCTION, "lambda: shop-smoke")
    return LambdaCall(function=function) if function else None


def _https(reader: Reader, entries: Found) -> Call | None:
    url = _url(reader, entries["https"])
    status: int | None = 200
    contains: str | None = ""
    within: int | None = USUAL_WITHIN
    if "status" in entries:
        status = reader.whole(entries["status"], "status", "status: 200", least=100, most=599)
    if "contains" in entries:
        contains = reader.text(entries["contains"], "contains", "contains: ok")
    if "within" in entries:
        within = reader.duration(entries["within"], "within", "within: 2s")
        if within is not None and within > LONGEST_WITHIN:
            reader.fault(entries["within"].line, "within is out of range", f"it lies between 1s and {LONGEST_WITHIN}s")
            return None
    if url is None or status is None or contains is None or within is None:
        return None
    return HttpsCheck(url=url, status=status, contains=contains, within=within * 1000)


def _url(reader: Reader, node: Node) -> str | None:
    """An address of a host by name: whether the host may be called the stack decides."""
    scalar = reader.scalar(node, "https", "https: https://HOST/PATH")
    if scalar is None:
        return None
    text = scalar.text.strip()
    rest = text.removeprefix("https://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    host, _, port = authority.rpartition("@")[2].partition(":")
    right = ""
    if rest == text:
        right = "write https://HOST/PATH: nothing else is called"
    elif "@" in authority:
        right = "leave user and password out: no secret stands in a plan"
    elif not _HOST.fullmatch(host) or len(host) > 253:
        right = "write a host by its full name, as in shop.example.com"
    elif authority.partition(":")[1] and port != "443":
        right = "leave the port out: only 443 is called"
    elif not _PATH.fullmatch(rest[len(authority) :]) or len(text) > 500:
        right = "write a path of ASCII letters, at most 500, without #"
    if right:
        reader.fault(node.line, f"{shown(text, 80)} cannot be checked", right)
        return None
    return text


def _workflow(reader: Reader, entries: Found) -> Call | None:
    path = reader.name(entries["workflow"], WORKFLOW, "workflow: acme/shop/redeploy.yml")
    ref = reader.name(entries["ref"], REF, "ref: main") if "ref" in entries else "main"
    inputs: dict[str, str] = {}
    good = path is not None and ref is not None
    if "inputs" in entries:
        named = list(reader.names(entries["inputs"], INPUT, "inputs", "{to: previous}", most=MOST_INPUTS))
        good = good and bool(named)
        for name, node in named:
            value = reader.text(node, f"the input {shown(name.text)}", f"{shown(name.text)}: VALUE")
            good = good and value is not None
            inputs[name.text] = value or ""
    if not good or path is None or ref is None:
        return None
    repository, _, workflow = path.rpartition("/")
    return WorkflowDispatch(repository=repository, workflow=workflow, ref=ref, inputs=inputs)


def _alias(reader: Reader, entries: Found) -> Call | None:
    name = reader.name(entries["alias"], ALIAS, "alias: shop-api:live")
    if name is None:
        return None
    function, _, alias = name.partition(":")
    return AliasBack(function=function, alias=alias)


def _reported(reader: Reader, entries: Found) -> Call | None:
    node = entries["reported"]
    said = reader.truth(node, "reported")
    if said is False:
        reader.fault(node.line, "reported is false", "write reported: true, or name what is called")
    return Reported() if said else None


_READERS: dict[str, Callable[[Reader, Found], Call | None]] = {
    "lambda": _lambda,
    "https": _https,
    "workflow": _workflow,
    "alias": _alias,
    "reported": _reported,
}
