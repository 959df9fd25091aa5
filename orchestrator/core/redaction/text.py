"""One text in, the same text without its secrets out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.core.redaction.mask import MASK
from orchestrator.core.redaction.pairs import secret_spans
from orchestrator.core.redaction.pem import PemBlocks
from orchestrator.core.redaction.rules import CONTEXTS, FORMS, NAME_AND_VALUE, Family, Rule
from orchestrator.core.redaction.tokens import token_spans

__all__ = ["MASK", "redact", "redact_lines"]


# Every secret that is known by its form alone holds such a run; most log lines hold none.
_LONG_RUN = re.compile(r"[A-Za-z0-9_\-+/]{16}")

# Too short for a secret's form, and no sign in it that could make it a pair of key and value.
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.\-]*")


def redact(text: str) -> str:
    """The text with each secret replaced by `[redacted]`; in a PEM block each line. Never raises: a text
    that cannot be judged is masked whole. Time is linear in the length of the text. Doing it twice changes
    nothing more.
    """
    try:
        if len(text) < 16 and _PLAIN_WORD.fullmatch(text):
            return text
        if "\n" not in text:
            return _redact_line(PemBlocks().line(text))
        lines = "\n".join(_redact_each(text.split("\n")))
        return _mask_rule(NAME_AND_VALUE, lines) if "value" in lines.lower() else lines
    except Exception:
        return MASK


def redact_lines(lines: Iterable[str]) -> Iterator[str]:
    """One line out for each line in, its end kept. A PEM block may span lines."""
    return _redact_each(lines)


def _redact_each(lines: Iterable[str]) -> Iterator[str]:
    blocks = PemBlocks()
    for line in lines:
        body = line.rstrip("\r\n")
        end = line[len(body) :]
        try:
            yield _redact_line(blocks.line(body)) + end
        except Exception:
            yield MASK + end


def _redact_line(line: str) -> str:
    if len(line) < 4:
        return line
    small = line.lower()
    if _LONG_RUN.search(line):
        line = _mask_spans(line, token_spans(line))
        line = _apply(FORMS, line, small)
    line = _apply(CONTEXTS, line, small)
    return _mask_spans(line, secret_spans(line))


def _apply(families: tuple[Family, ...], line: str, small: str) -> str:
    for _, family_gates, rules in families:
        for family_gate in family_gates:
            if family_gate in small:
                break
        else:
            continue
        for rule in rules:
            for gate in rule.gates:
                if gate in small:
                    line = _mask_rule(rule, line)
                    break
    return line


def _mask_rule(rule: Rule, text: str) -> str:
    return _mask_spans(text, _rule_spans(rule, text))


def _rule_spans(rule: Rule, text: str) -> Iterator[tuple[int, int]]:
    accept = rule.accept
    for found in rule.pattern.finditer(text):
        secret = found["secret"]
        if secret and not secret.startswith("[redacted") and (accept is None or accept(found)):
            yield found.span("secret")


def _mask_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    out: list[str] = []
    last = 0
    for start, end in spans:
        out.append(text[last:start])
        out.append(MASK)
        last = end
    if not out:
        return text
    out.append(text[last:])
    return "".join(out)
