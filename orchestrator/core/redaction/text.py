"""One text in, the same text without its secrets out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.core.redaction.across import LOOKED_BACK, across_spans
from orchestrator.core.redaction.columns import column_spans
from orchestrator.core.redaction.contexts import context_spans
from orchestrator.core.redaction.failures import failures
from orchestrator.core.redaction.forms import encoded_texts, form_spans, runs_of
from orchestrator.core.redaction.look import Look, in_small_letters
from orchestrator.core.redaction.mask import MASK
from orchestrator.core.redaction.pairs import pair_spans
from orchestrator.core.redaction.pem import PemBlocks
from orchestrator.core.redaction.rule import Span
from orchestrator.core.redaction.words import said_spans

__all__ = ["MASK", "Redactor", "redact", "redact_lines"]


# A short word without a sign that could part a key from a value, or the id of a trace.
_ORDINARY = re.compile(r"[A-Za-z0-9_.\-]{0,15}|[0-9a-f\-]{16,40}")


def redact(text: str) -> str:
    """The text with each secret replaced by `[redacted]`; in a PEM block each line. Never raises: a text
    that cannot be judged is masked line by line. Time is linear in the length of the text. Doing it twice changes
    nothing more.
    """
    try:
        if _ORDINARY.fullmatch(text):
            return text
    except Exception:
        failures.add()
        return MASK
    return Redactor().feed(text)


def redact_lines(lines: Iterable[str]) -> Iterator[str]:
    """One line out for each line in, its end kept. A PEM block, and a key and its value, may span lines."""
    return map(Redactor().feed, lines)


class Redactor:
    """Feeds on a text in pieces of whole lines, and remembers what a later line needs to know of earlier ones."""

    def __init__(self) -> None:
        self._blocks = PemBlocks()
        self._before = ""

    def feed(self, text: str) -> str:
        """The piece without its secrets, as many lines as it had. Never raises."""
        try:
            return self._redact(text)
        except Exception:
            return self._one_by_one(text)

    def _redact(self, text: str) -> str:
        text = self._blocks.feed(text)
        runs = runs_of(text)
        if runs:
            text = _masked(text, form_spans(text, runs) + _encoded_spans(text, runs))
        look = Look(text)
        for find in (context_spans, said_spans, pair_spans, column_spans):
            spans = find(look)
            if spans:
                look = Look(_masked(look.text, spans))
        return self._with_lines_before(look.text, look.small)

    def _with_lines_before(self, text: str, small: str) -> str:
        if self._before:
            before = len(self._before)
            whole = self._before + text
            spans = [span for span in across_spans(whole, in_small_letters(whole)) if span[0] >= before]
            text = _masked(whole, spans)[before:]
        else:
            text = _masked(text, across_spans(text, small))
        self._before = (self._before + text)[-LOOKED_BACK:] if text.endswith("\n") else ""
        return text

    def _one_by_one(self, text: str) -> str:
        """After a failure: only the lines on which it fails again are masked."""
        if "\n" not in text.rstrip("\r\n"):
            failures.add()
            end = text[len(text.rstrip("\r\n")) :]
            return MASK + end
        *lines, last = text.split("\n")
        return "".join(self.feed(line + "\n") for line in lines) + (self.feed(last) if last else "")


def _encoded_spans(text: str, runs: list[Span]) -> list[Span]:
    """Where base64 is that says a secret when it is read."""
    spans = []
    for span, readable in encoded_texts(text, runs):
        inner = Look(readable)
        if form_spans(readable, runs_of(readable)) or pair_spans(inner) or context_spans(inner):
            spans.append(span)
    return spans


def _masked(text: str, spans: list[Span]) -> str:
    """The text with the spans masked, those that overlap as one."""
    if not spans:
        return text
    out: list[str] = []
    last = start = end = 0
    for begin, close in sorted(spans):
        if begin >= end and end > start:
            out += (text[last:start], _mask_of(text, start, end))
            last = end
            start, end = begin, close
        elif end == start:
            start, end = begin, close
        else:
            end = max(end, close)
    out += (text[last:start], _mask_of(text, start, end), text[end:])
    return "".join(out)


def _mask_of(text: str, start: int, end: int) -> str:
    """No line end is ever masked away."""
    lines = text.count("\n", start, end)
    return MASK if not lines else "\n".join([MASK] * (lines + 1))
