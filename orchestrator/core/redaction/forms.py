"""Secrets known by their form alone: the table of `tokens`, and the few whose mark is not how they begin.

Each such secret is a run of at least twenty signs without a space, and most log lines hold few of those. Only
the runs are looked at.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import NamedTuple

from orchestrator.core.redaction.tokens import token_spans
from orchestrator.core.redaction.values import looks_generated

Span = tuple[int, int]
Match = re.Match[str]

_RUN = re.compile(r"[A-Za-z0-9_\-+/=.~$:%!]{20,}")
# UUIDs, digests, times and addresses of nothing but digits, with a name before them; paths and names.
_ORDINARY = re.compile(r"(?:[A-Za-z_\-]{2,30}[=:/])?[0-9a-f:.TZ/\-]+|[a-z_./:=\-]+|(?!A[KS]IA)[A-Z_.\-]+")
# The start of a token: not inside a word, unless that "word" is an escape (`\n`, `%3D`).
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"


class _Form(NamedTuple):
    mark: str  # must be in the run
    pattern: re.Pattern[str]
    accept: Callable[[Match], bool] | None


_OF_DIGITS = re.compile(r"(?<![0-9a-f\-])[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?![0-9a-f\-])")  # Mailgun


def _form(mark: str, pattern: str, accept: Callable[[Match], bool] | None = None) -> _Form:
    return _Form(mark, re.compile(pattern), accept)


def _both_cases(found: Match) -> bool:
    return any(c.isupper() for c in found["secret"]) and any(c.islower() for c in found["secret"])


def _generated(found: Match) -> bool:
    return looks_generated(found["secret"], 30)


_FORMS = (
    _form(
        ".",  # a Discord bot token: id, time, signature
        r"(?:(?<![\w\-.])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
        r"(?P<secret>[A-Za-z0-9_\-]{23,30}\.[A-Za-z0-9_\-]{6,7}\.[A-Za-z0-9_\-]{27,80})(?![\w\-])",
        _both_cases,
    ),
    _form("A3T", rf"{_START}(?P<secret>A3T[A-Z0-9]{{17}})(?![A-Z0-9])"),
    _form(":AA", r"(?<![0-9])(?P<secret>\d{8,10}:AA[A-Za-z0-9_\-]{32,34})(?![\w\-])"),  # Telegram
    _form("+_", rf"{_START}(?P<secret>pd[a-z]{{2}}\+_[A-Za-z0-9_+\-]{{16,64}})"),  # PagerDuty
    _form("-us", rf"{_START}(?P<secret>[0-9a-f]{{32}}-us\d{{1,2}})"),  # Mailchimp
    _form("Q~", rf"{_START}(?P<secret>[A-Za-z0-9_~.]{{3}}\dQ~[A-Za-z0-9_~.\-]{{31,34}})"),  # Entra ID
    _form("==", r"(?<![A-Za-z0-9+/])(?<!sha512-)(?P<secret>[A-Za-z0-9+/]{86}==)", _generated),
    _form(".atlasv1.", r"(?P<secret>[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{40,80})"),
    _form("NRAL", r"(?<![A-Za-z0-9])(?P<secret>[a-f0-9]{36}NRAL)"),
    _form(
        "$",
        r"(?P<secret>\$(?:2[abxy]?|[1-9yPHS]|argon2(?:id|i|d)|scrypt|pbkdf2-sha\d{1,3}|apr1)"
        r"\$[A-Za-z0-9./$=,+\-]{16,300})",
    ),
    *(
        _form(
            mark,
            rf"(?<![\w+/\-])(?P<secret>[A-Za-z0-9_+/\-]{{24,90}}{re.escape(mark)}[A-Za-z0-9_+/\-]{{6,40}}={{0,2}})",
            _generated,
        )
        for mark in ("JQQJ99", "AzFu", "AzSe", "AzCa", "ACDb", "AIoT", "+ASt", "+ASb", "+AEh", "+ACR", "APIM")  # Azure
    ),
)


_BASE64 = re.compile(r"(?<![A-Za-z0-9+/_\-])[A-Za-z0-9+/_\-]{24,}+={0,2}(?![A-Za-z0-9])")
_DECODED_AT_MOST = 8192
_MARKS = re.compile("|".join(re.escape(form.mark) for form in _FORMS if form.mark != "."))


def form_spans(text: str, runs: list[Span]) -> list[Span]:
    """Where secrets of a known form are."""
    spans: list[Span] = []
    for start, end in runs:
        found = text[start:end]
        spans += token_spans(text, start, end)
        if end - start >= 50 and (digits := _OF_DIGITS.search(text, start, end)):
            spans.append(digits.span())
        if _MARKS.search(found) is None and found.count(".") < 2:
            continue
        for mark, pattern, accept in _FORMS:
            if mark in found:
                for secret in pattern.finditer(text, start, end):
                    if accept is None or accept(secret):
                        spans.append(secret.span("secret"))
    return spans


def runs_of(text: str) -> list[Span]:
    """Where long runs of signs are that are not of the ordinary kinds."""
    return [run.span() for run in _RUN.finditer(text) if not _ORDINARY.fullmatch(run[0]) or _OF_DIGITS.search(run[0])]


def encoded_texts(text: str, runs: list[Span]) -> Iterator[tuple[Span, str]]:
    """Where base64 is that holds readable text, and that text."""
    for run in (found for start, end in runs for found in _BASE64.finditer(text, start, end)):
        encoded = run[0]
        if encoded.lower() == encoded or encoded.upper() == encoded:  # a digest, a name
            continue
        encoded = encoded.rstrip("=")[:_DECODED_AT_MOST]
        decoded = b64decode(
            encoded[: len(encoded) // 4 * 4], altchars=b"-_" if "-" in encoded or "_" in encoded else None
        )
        if decoded.isascii() and (readable := decoded.decode()).replace("\n", "").replace("\t", "").isprintable():
            yield run.span(), readable
