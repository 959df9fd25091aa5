r"""A key on one line and its value on the next: YAML blocks, lists of JSON, forms in parts, `name:` and `value:`.

- name: DB_PASSWORD        api_key: |        "Authorization": [        …; name="password"
  value: …                   …                 "Bearer …"
                                                                       …
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.core.redaction.jwk import jwk_spans
from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.markup import cell_spans
from orchestrator.core.redaction.rule import Span, rule, telling_name
from orchestrator.core.redaction.values import has_mixed_signs, is_masked, is_prose, looks_generated, says_nothing

LOOKED_BACK = 400
"""Characters of the text before that may matter to what comes."""

_NAMED = (
    r"(?<![A-Za-z])(?:[Nn]ame|[Kk]ey|[Hh]eader|[Ff]ield|ParameterKey|parameterKey|[Oo]ption|[Vv]ariable|env|NAME|"
    r"KEY|variable(?= ))"
    r"\\{0,3}[\"']?\s{0,4}(?:[=:]|(?<=variable ))\s{0,4}\\{0,3}[\"']?(?P<key>[\w.\-/]{2,80}+)\\{0,3}[\"']?"
)
_BETWEEN = (
    r"\s{0,3}[,;\s{|]\s{0,24}"
    r"(?:\\{0,3}[\"']?(?:[Tt]ype|in|secure|TYPE)\\{0,3}[\"']?\s?[:=]\s?\\{0,3}[\"']?\w{1,30}\\{0,3}[\"']?,?\s{0,24})?"
)
_VALUE_WORDS = ("value", "val", "content", "default")
_NAME_AND_VALUE = rule(
    "",
    _NAMED
    + _BETWEEN
    + r"\\{0,3}[\"']?"
    + r"(?:\w{0,12}[Vv]alue|val|content|default|VALUE)\\{0,3}[\"']?\s{0,4}[=:]\s{0,4}"
    r"(?:\{\s{0,4}\\{0,3}[\"']?(?:string_?[vV]alue|S|value)\\{0,3}[\"']?\s{0,4}:\s{0,4})?"  # OpenTelemetry
    r"\\{0,3}[\"']?(?P<secret>(?<=[\"'])[^\"'\n\\]{1,4096}|[^\s\"',;}\\]{1,4096})",
    telling_name,
)
_VALUE_AND_NAME = rule(
    "",
    r"(?<![A-Za-z])[Vv]alue\\{0,3}[\"']?\s{0,4}[=:]\s{0,4}\\{0,3}[\"'](?P<secret>[^\"'\n\\]{1,4096})\\{0,3}[\"'],?\s{0,24}"
    r"\\{0,3}[\"']?(?:[Nn]ame|[Kk]ey)\\{0,3}[\"']?\s{0,4}[=:]\s{0,4}\\{0,3}[\"'](?P<key>[\w.\-/]{2,80}+)\\{0,3}[\"']",
    telling_name,
)
# A line that ends behind a separator, and the first word of the next.
_OPEN_END = re.compile(
    r"(?:[:=>|\[(]|>-|\|-)[ \t]{0,4}\r?\n(?:[ \t]{0,80}\r?\n)?[ \t]{0,80}(?:string\(\d{1,4}\)[ ])?(?:-[ ])?[\"'`]?"
    r"(?P<secret>[^\s\"'`<][^\s\"'`]{3,4096})(?=[\"'`,]{0,2}[ \t]{0,4}(?:\r?\n|$))"
)
_KEY_BEFORE = re.compile(
    r"(?<![\w.\-])(?P<key>[\w.\-]{2,80})[\"'`]?\]?[ \t]{0,4}(?::|=>|=)?[ \t]{0,4}(?:>|\|)?[\[(:=>|\-]{0,2}$"
)
_ANEW = re.compile(r"(?i)(?:\b|(?<=\\n))new (?:value|one)[ \t]{0,4}:[ \t]{0,4}[\"'`]?(?P<secret>[^\s\"'`\\]{8,512})")
_ANNOUNCED = re.compile(r"(?i)\b(?:password|passphrase|token|secret|credentials?|(?:api|access|private) key)\b")
_FORM_PART = re.compile(
    r"name=\\?\"(?P<key>[\w.\-\[\]]{2,80})\\?\"\r?\n(?:[\w\-]{1,40}: [^\n]{0,80}\n)?\r?\n(?P<secret>[^\r\n]{2,4096})"
)
_ESCAPED_FORM_PART = re.compile(
    r"name=\\{0,3}\"(?P<key>[\w.\-\[\]]{2,80})\\{0,3}\"(?:\\{1,4}r\\{1,4}n){2}(?P<secret>[^\\\r\n]{2,4096})"
)


def across_spans(text: str, small: str) -> list[Span]:
    """Where such values are. A value on the same line as its name is found too."""
    spans: list[Span] = []
    if "val" in small or "content" in small or "default" in small:
        spans += _named_values(text, small)
        if "new value" in small or "new one" in small:
            spans += _new_values(text)
    if "</" in text:
        spans += cell_spans(text)
    if "kty" in small:
        spans += jwk_spans(text, small)
    if "form-data" in small:
        for pattern in (_FORM_PART, _ESCAPED_FORM_PART):
            for found in pattern.finditer(text):
                if _is_secret(found["key"].strip("[]"), found["secret"]):
                    spans.append(found.span("secret"))
    if "\n" in text:
        spans += _next_lines(text)
    return spans


def _named_values(text: str, small: str) -> Iterator[Span]:
    """Looks at each line with a word like `value`, and at two lines above it."""
    for gate in _VALUE_WORDS:
        position = small.find(gate)
        while position >= 0:
            end = small.find("\n", position)
            end = len(text) if end < 0 else end
            start = _lines_above(text, position)
            yield from _NAME_AND_VALUE.spans(text, start, end)
            if gate == "value":
                yield from _VALUE_AND_NAME.spans(text, start, end)
            position = small.find(gate, end)


def _new_values(text: str) -> Iterator[Span]:
    """`The password for … was reset.`, and the new value behind it or below."""
    for found in _ANEW.finditer(text):
        before = text[max(0, found.start() - 160) : found.start()]
        if _ANNOUNCED.search(before) and looks_generated(found["secret"], 10):
            yield found.span("secret")


def _lines_above(text: str, position: int) -> int:
    """Where the line two lines above begins, or the last signs of it where it is long."""
    line = start = text.rfind("\n", 0, position) + 1
    for _ in range(2):
        start = text.rfind("\n", 0, max(start - 1, 0)) + 1
    return max(start, line - LOOKED_BACK)


def _next_lines(text: str) -> Iterator[Span]:
    for found in _OPEN_END.finditer(text):
        line = text.rfind("\n", 0, found.start()) + 1
        before = _KEY_BEFORE.search(text, max(line, found.start() - 100), found.start() + 1)
        if (before and _is_secret(before["key"], found["secret"])) or _is_announced(
            text[max(line, found.start() - 120) : found.start() + 1], found["secret"]
        ):
            yield found.span("secret")


def _is_announced(line: str, value: str) -> bool:
    """`Please use the following password to proceed:`, and nothing but the password on the line below."""
    return line.endswith(":") and " " in line and _ANNOUNCED.search(line) is not None and looks_generated(value, 20)


def _is_secret(key: str, value: str) -> bool:
    if says_nothing(value) or is_prose(value) or is_masked(value) or value.endswith((":", "{", "[")):
        return False
    telling = judge(key)
    return (
        (telling is Telling.YES and not value.startswith(("-", "#")))
        or (telling in (Telling.IF_GENERATED, Telling.IF_RANDOM) and looks_generated(value))
        or (telling is Telling.IF_WORDY and has_mixed_signs(value, 8))
    )
