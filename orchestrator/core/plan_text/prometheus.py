"""PromQL in the text of a plan: checked lightly, kept as written.

What is counted is a selector, `payments_total{status="failure"}`: the increase is taken minute by minute, with the
counter's resets seen, which a function over a range would hide. Its usual wrappings are taken off.
"""

from __future__ import annotations

import re

from msgspec import Struct

from orchestrator.core.document import Node
from orchestrator.core.durations import parse_duration
from orchestrator.core.faults import shown
from orchestrator.core.plan_text.brackets import is_balanced, without_strings
from orchestrator.core.plan_text.reader import NameRule, Reader
from orchestrator.core.signals import MINUTE, PromQuery

LONGEST_QUERY = 2000
LONGEST_RANGE = 86_400

EXAMPLE = 'payments_total{status="failure"}'
_STRING = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)"""
_MATCHER = rf"[a-zA-Z_][a-zA-Z0-9_]*\s*(?:=~|!~|!=|=)\s*{_STRING}"
_LABELS = rf"\{{\s*(?:{_MATCHER}\s*(?:,\s*{_MATCHER}\s*)*,?)?\s*\}}"
_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_SELECTOR = re.compile(rf"({_NAME})\s*({_LABELS})?", re.ASCII | re.DOTALL)
_SUM = re.compile(r"sum\s*\((.*)\)", re.DOTALL)
_OVER_RANGE = re.compile(r"(?:increase|rate)\s*\((.*)\[([0-9a-z]{1,12})\]\s*\)", re.DOTALL)
_PLACEHOLDER = re.compile(r"\$(?:[A-Za-z_]|\{)|\{\{")

LABEL = NameRule(
    what="a label's name",
    pattern=r"[a-zA-Z_][a-zA-Z0-9_]{0,127}",
    right="use letters, digits and _, as in bucket",
)


class Counted(Struct, frozen=True, kw_only=True):
    """A counter's selector, and the seconds that a range around it said, 0 where there was none."""

    query: PromQuery
    window: int = 0


def read_expression(reader: Reader, node: Node, what: str, example: str) -> str | None:
    """Any PromQL, as far as a glance can tell; what it answers is seen when it is first asked."""
    scalar = reader.scalar(node, what, example)
    if scalar is None:
        return None
    text = scalar.text.strip()
    if len(text) > LONGEST_QUERY:
        reader.fault(node.line, f"{what} has {len(text):,} characters", f"at most {LONGEST_QUERY:,} are read")
        return None
    if found := _PLACEHOLDER.search(text):
        wrong = f"{what} has the placeholder {shown(text[found.start() :], 20)}"
        reader.fault(node.line, wrong, "write the value itself: a plan is sent as it stands")
        return None
    bare = without_strings(text)
    if bare is None:
        reader.fault(node.line, f"{what} has a quote that is not closed", "close it")
        return None
    if not is_balanced(bare):
        reader.fault(node.line, f"{what} has brackets that do not match", "close each with its own kind")
        return None
    if "$" in bare or "[[" in bare:
        reader.fault(node.line, f"{what} has a placeholder", "write the value itself: a plan is sent as it stands")
        return None
    return text


def read_counter(reader: Reader, node: Node, what: str) -> Counted | None:
    """The counter that is meant, out of increase(), rate() and sum() of them."""
    text = read_expression(reader, node, what, EXAMPLE)
    if text is None:
        return None
    inner, window = _unwrapped(text)
    selector = _selector(inner)
    if selector is None or window is None:
        near = _first_counter(text)
        wrong = f"{shown(text, 80)} is not a counter"
        reader.fault(node.line, wrong, f"write the counter itself, as in {near or EXAMPLE}")
        return None
    return Counted(query=PromQuery(expr=selector, counter=True), window=window)


def read_histogram(reader: Reader, node: Node) -> PromQuery | None:
    """A histogram's selector, without `_bucket` and without `le`."""
    text = read_expression(reader, node, "a latency", "portal_response_duration_seconds")
    if text is None:
        return None
    selector = _selector(text)
    if selector is None:
        near = _first_counter(text)
        right = f"write its name, as in {_without_le(near) if near else 'portal_response_duration_seconds'}"
        reader.fault(node.line, f"{shown(text, 80)} is not a histogram", f"{right}, and quantile: p95")
        return None
    name, _, labels = selector.partition("{")
    if name.endswith(("_bucket", "_count", "_sum")) or re.search(r"[{,]\s*le\s*[=!]", "{" + labels):
        wrong = f"{shown(text, 80)} is a part of a histogram"
        reader.fault(node.line, wrong, f"write the whole, as in {_without_le(selector)}")
        return None
    return PromQuery(expr=selector)


def _unwrapped(text: str) -> tuple[str, int | None]:
    """What stands in increase() or rate(), and the seconds of its range: 0 for none, None for one that is no window."""
    summed = _SUM.fullmatch(text)
    found = _OVER_RANGE.fullmatch(summed[1].strip() if summed else text)
    if found is None:
        return text, 0
    try:
        seconds = parse_duration(found[2])
    except ValueError:
        return found[1].strip(), None
    fits = MINUTE <= seconds <= LONGEST_RANGE and seconds % MINUTE == 0
    return found[1].strip(), seconds if fits else None


def _selector(text: str) -> str | None:
    """The selector without needless spaces, so that the same selector is the same text; None for anything else."""
    found = _SELECTOR.fullmatch(text)
    if found is None:
        return None
    labels = (found[2] or "").strip()
    return f"{found[1]}{labels}" if labels.strip("{} ") else found[1]


def _first_counter(text: str) -> str | None:
    """The likeliest selector in an expression: what has a range, else labels, else a name of several words."""
    found = [match for match in _SELECTOR.finditer(text) if not text[match.end() :].lstrip().startswith("(")]
    likely = [
        *(match for match in found if text[match.end() :].lstrip().startswith("[")),
        *(match for match in found if match[2]),
        *(match for match in found if "_" in match[1]),
    ]
    return shown(_selector(likely[0][0].strip()) or likely[0][1], 80) if likely else None


def _without_le(selector: str) -> str:
    name, _, labels = selector.partition("{")
    for part in ("_bucket", "_count", "_sum"):
        name = name.removesuffix(part)
    kept = re.sub(r"\ble\s*(?:=~|!~|!=|=)\s*\"[^\"]*\"\s*,?", "", labels.removesuffix("}")).strip(" ,")
    return f"{name}{{{kept}}}" if kept else name
