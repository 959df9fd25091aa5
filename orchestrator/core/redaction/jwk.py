"""The private members of a JSON Web Key: `"d"` says nothing by its name, but beside `"kty"` it is the key."""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.core.redaction.rule import Span

_REACH = 8192
"""How far around `kty` a member may stand: a key of 4096 bits has some 5,000 signs."""
_MEMBER = re.compile(
    r"\\{0,7}[\"'](?:d|p|q|dp|dq|qi|k|r|t)\\{0,7}[\"']\s{0,8}:\s{0,8}\\{0,7}[\"'](?P<secret>[A-Za-z0-9_\-+/=]{8,4096})"
)


def jwk_spans(text: str, small: str) -> Iterator[Span]:
    """Where they are. Each place is looked at once: what one `kty` has covered, the next does not read again."""
    covered = 0
    position = small.find("kty")
    while position >= 0:
        start = max(text.rfind("{", covered, position), covered, position - _REACH)
        closing = text.find("}", position, position + _REACH)
        covered = closing if closing >= 0 else min(position + _REACH, len(text))
        for found in _MEMBER.finditer(text, start, covered):
            yield found.span("secret")
        position = small.find("kty", covered)
