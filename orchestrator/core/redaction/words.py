"""Secrets that are said: `the new password is …`, `invalid token '…'`, `IDENTIFIED BY '…'`."""

from __future__ import annotations

import re
from string import ascii_letters, digits

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.look import Look
from orchestrator.core.redaction.rule import Match, Rule, Span, rule, says_something
from orchestrator.core.redaction.values import has_mixed_signs, is_plain_word, is_prose, looks_generated, says_nothing

_NOUNS = re.compile(
    r"pass(?:word|wd|phrase|code)?|pwd|secret(?:[ _-](?:id|base))?|token|key(?: base)?|credentials?|psk"
)
# What makes a `key` one that must not be known.
_KINDS_OF_KEY = re.compile(
    r"(?i)(?:api|app|hmac|priv|ssh|gpg|pgp|rest|access|admin|auth|bot|client|deploy|encrypt|encryption|functions?|genie|gossip|ingest|insert|integration|"
    r"license|master|pre-?shared|private|recovery|routing|secret|service|session|shared|signing|unseal|write|account|"
    r"storage|webhook|root|server|host)[ _-]?$"
)
_LINK = (
    r"(?:[ \t]{1,2}(?:is|was|to|of|value|now|equals|used|with|changed|set|provided|received|returned|got|generated)\b)"
)
_FOR = r"(?:[ \t](?:for|of)[ \t](?:user[ \t])?[\w.@\-]{1,60})?"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,31}|[0-9]+|[A-Za-z-]+")
_PASSPHRASE = re.compile(r"[a-z]{3,12}(?:-[a-z]{3,12}){2,5}\d{0,4}")
# An address, a pair, a host, what is masked.
_NO_VALUE = re.compile(
    r"https?:|arn:|\[redacted|[a-z_]{2,40}=|[A-Z_]{2,40}=|[a-z0-9.\-]+\.[a-z]{2,10}(?::\d{1,5})?(?:/|$)"
)
_IS = re.compile(r"\b(?:is|was|to|equals|value|provided)\b|:")


_SAID = re.compile(
    rf"(?P<link>{_LINK}{{0,3}}{_FOR}{_LINK}{{0,2}}(?:[ \t]{{0,2}}:)?)[ \t]{{1,8}}(?P<q>[\"'`]?)(?P<secret>"
    rf"[^\s\"'`<>\[\](){{}}\\,]{{6,2048}}+)"
)
_QUOTED = re.compile(r"[ \t]{1,3}(?:(?:is|was)[ \t]{1,2})?(?P<q>\\{0,3}[\"'`])(?P<secret>[^\"'`\n\\]{1,512})(?P=q)")


def said_spans(look: Look) -> list[Span]:
    """Values behind a noun: `token abc…`, `API key is …`, `password "…"`."""
    spans: list[Span] = []
    for start, end in look.telling_lines:
        spans += _said_in_line(look.text, look.small, start, end)
    return spans


def _said_in_line(text: str, small: str, last: int, line_end: int) -> list[Span]:
    spans: list[Span] = []
    for noun in _NOUNS.finditer(small, last, line_end):
        start, end = noun.span()
        behind = small[end : end + 1]
        if behind not in _BEHIND_NOUN or (behind == ":" and noun[0] in _ALONE):
            continue
        if start < last or not _tells(noun[0], text, small, start):
            continue
        quoted = _QUOTED.match(text, end)
        if quoted and _is_quoted_secret(noun[0], quoted["secret"]):
            last = quoted.end()
            spans.append(quoted.span("secret"))
        elif (said := _SAID.match(text, end)) and (
            _is_said(noun[0], said["secret"].rstrip(".,;:)"), said["link"])
            or (said.end() == line_end and _is_property(text, start, said["secret"]))
        ):
            last = said.end()
            spans.append(said.span("secret"))
    return spans


_KEY_SIGNS = ascii_letters + digits + "_-"
_ALONE = frozenset(["password", "passwd", "pwd", "secret", "token", "pass"])  # `token: …` is a pair
_BEHIND_NOUN = frozenset(" \t:")


def _tells(noun: str, text: str, small: str, start: int) -> bool:
    """A bare `key` is mostly a name; an `api key` is not. `NextToken` is judged as a whole."""
    before = text[max(0, start - 60) : start]
    if before.endswith("::"):  # `AWS::SecretsManager::Secret`
        return False
    glued = before[len(before.rstrip(_KEY_SIGNS)) :]
    if glued and judge(glued + text[start : start + len(noun)]) is Telling.NO:
        return False
    return bool(glued) or noun != "key" or _KINDS_OF_KEY.search(small, max(0, start - 14), start) is not None


def _is_said(noun: str, value: str, link: str) -> bool:
    if says_nothing(value) or is_plain_word(value) or _NO_VALUE.match(value) or (noun == "pass" and not link):
        return False
    if value.startswith("/") and not looks_generated(value, 40):
        return False
    if noun.startswith(("pass", "pwd", "psk")):
        return has_mixed_signs(value, 6) or bool(_IS.search(link) and _PASSPHRASE.fullmatch(value))
    if _IS.search(link):
        return looks_generated(value, 8) and not value.isdigit()
    return looks_generated(value, 16) and not _ID.fullmatch(value)


def _is_quoted_secret(noun: str, value: str) -> bool:
    if says_nothing(value) or is_prose(value) or value.startswith("[redacted"):
        return False
    return looks_generated(value, 12) or (noun.startswith("pass") and not is_plain_word(value))


def _is_property(text: str, noun: int, value: str) -> bool:
    """`hibernate.connection.password …`, and nothing else on the line."""
    return text[max(0, noun - 1) : noun] == "." and not (says_nothing(value) or is_plain_word(value))


def _identified(found: Match) -> bool:
    value = found["secret"]
    return not (says_nothing(value) or is_prose(value) or is_plain_word(value))


WORDS: tuple[Rule, ...] = (
    rule(
        "identified",
        r"(?i)identified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,40}[ \t]{1,4})?by[ \t]{1,4}(?P<q>\\{0,3}[\"'`])"
        r"(?P<secret>[^\"'`\n\\]{1,512})(?P=q)",
        _identified,
    ),
    rule(
        "password encrypt decrypt",
        r"(?i)(?:password|aes_(?:en|de)crypt|pgp_sym_(?:en|de)crypt)\((?:[^()\n]{0,200},\s{0,2})"
        r"?'(?P<secret>[^'\n]{3,512})'",
        says_something,
    ),
    rule(
        "code passcode otp pin",
        r"(?i)\b(?:verification|security|login|sign-?in|one[- ]time|auth(?:entication|orization)?|confirmation|2fa|mfa|"
        r"otp|totp|recovery|backup|access|sms|reset)[ _-](?:code|pass-?code|password|pin)\b(?:[ ](?:is|was|for[ "
        r"]\S{1,60})"
        r"){0,2}[ ]?:?[ ](?P<q>[\"']?)(?P<secret>\d{4,8}|[A-Z0-9]{4,6}-[A-Z0-9]{4,6})\b",
    ),
)
