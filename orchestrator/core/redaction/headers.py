"""Secrets in headers and records that are known by the words of a protocol around them."""

from __future__ import annotations

import re

from orchestrator.core.redaction.rule import (
    Match,
    Rule,
    generated,
    mixed,
    no_plain_word,
    rule,
    says_something,
)
from orchestrator.core.redaction.values import has_mixed_signs, is_plain_word, looks_generated, says_nothing


def _credentials(found: Match) -> bool:
    value = found["secret"]
    return not (says_nothing(value) or is_plain_word(value) or _PAIR.match(value)) and (
        has_mixed_signs(value, 8) or looks_generated(value, 8)
    )


_PAIR = re.compile(r"[a-z_]{2,40}=[^=]")


def _base64(found: Match) -> bool:
    value = found["secret"]
    return (
        looks_generated(value, 12)
        or value.endswith("=")
        or (has_mixed_signs(value, 8) and any(c.isupper() for c in value[1:]))
    )


_HEXADECIMAL = re.compile(r"[0-9a-f]+|[0-9A-F]+|[A-Za-z-]+")


def _aws_secret(found: Match) -> bool:
    value = found["secret"]
    return looks_generated(value, 40) and not _HEXADECIMAL.fullmatch(value) and "//" not in value


def _is_card(found: Match) -> bool:
    """The check digit of card numbers."""
    numbers = [int(sign) for sign in found["secret"] if sign.isdigit()][::-1]
    doubled = sum(sum(divmod(2 * number, 10)) for number in numbers[1::2])
    return 13 <= len(numbers) <= 19 and (sum(numbers[::2]) + doubled) % 10 == 0


def _of_pagerduty(found: Match) -> bool:
    value = found["secret"]
    return looks_generated(value, 18) or (value[1] == "+" and not value.islower())


HEADERS: tuple[Rule, ...] = (
    rule(
        "bearer",
        r"(?i)(?:\b|(?<=%20)|(?<=\\[nrt]))bearer(?:[ \t:+]|%20|\\t|\x1b\[[0-9;]{0,12}m){1,6}(?:token[ \t]{1,2})?"
        r"(?P<secret>[A-Za-z0-9._~+/=%\-|]{8,}+)",
        _credentials,
    ),
    rule("basic", r"\b[Bb](?:asic|ASIC)(?:[ +]|%20){1,4}(?P<secret>[A-Za-z0-9+/_\-]{8,}+={0,2}+)", _base64),
    rule(
        "token",
        r"\b[Tt]oken[ \t]{1,4}token[ \t]{0,2}=[ \t]{0,2}\\{0,3}\"?(?P<secret>[^\s\"'\\,;]{8,512})",
        needs="token token",
    ),
    rule("bot", r"\bBot[ +]{1,4}(?P<secret>[A-Za-z0-9_\-]{8,64}\.[A-Za-z0-9_.\-]{4,120})"),
    rule("geniekey", r"[Gg]enie[Kk]ey[ \t]{1,4}(?P<secret>[A-Za-z0-9_\-]{20,}+)"),
    rule("splunk ssws", r"\b(?:Splunk|SSWS)[ \t]{1,4}(?P<secret>[A-Za-z0-9_\-]{20,}+)", generated(20)),
    rule(
        "auth authenticate",
        r"\bAUTH(?:ENTICATE)?[ \t]+(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5)[ \t]+(?P<secret>[A-Za-z0-9+/=]{8,1024})",
        _base64,
    ),
    rule(
        "auth",
        r"(?<![\w\-])\"?AUTH\"?[ \t]{1,3}(?:\"?(?:default|[a-z_]{2,20})\"?[ \t]{1,3})?\"?(?P<secret>[^\s\"]{6,200})",
        no_plain_word,
    ),
    rule(
        "",
        r"(?<![A-Za-z0-9/+=_\-.])(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+_\-])",
        _aws_secret,
        literals="secret aws akia asia access [redacted]",
    ),
    rule(
        "card cards pan visa mastercard amex payment",
        r"(?<![\w.\-:])(?P<secret>[3-6]\d{3}(?:[ \-]?\d{4}){2}[ \-]?\d{1,7})(?![\w.\-])",
        _is_card,
    ),
    rule(
        "auth httpbasicauth basicauth",
        r"(?:auth=|BasicAuth)\([ ]?[\"'][^\"'\n]{1,80}[\"'],[ ]?[\"'](?P<secret>[^\"'\n]{2,300})[\"']",
        says_something,
    ),
    rule("digest", r"\bresponse=\\{0,3}\"?(?P<secret>[0-9a-f]{32,64})"),
    rule("insecure", r"(?P<secret>django-insecure-[^\s\"'<>]{30,}+)"),
    rule(
        "begin",  # a PEM block in an address
        r"-----BEGIN(?:%20|\+)[A-Z0-9%+]{2,40}-----(?P<secret>(?:[A-Za-z0-9/+=]|%[0-9A-Fa-f]{2}|\[redacted\]){16,8192}"
        r"(?:-----END[A-Z0-9%+]{0,60}-----)?)",
    ),
    rule("aws", r"AWS \[redacted\]:(?P<secret>[A-Za-z0-9+/=]{20,44})"),
    rule(
        "pager pagerduty",
        r"(?i)(?:pagerduty|pager)[^\n]{0,60}?(?<![A-Za-z0-9_+./:\-=])"
        r"(?P<secret>[uyre]\+?[A-Za-z0-9_+\-]{17,19}|[0-9a-f]{32}|R[0-9A-Z]{31})(?![A-Za-z0-9_+\-])",
        _of_pagerduty,
    ),
    rule(
        "",
        r"(?<![^\s=])[\w.\-*]{1,100}:(?:\d{4,5}|\*):[\w\-*]{1,64}:[\w\-*]{1,64}:(?P<secret>[^\s:]{3,200})",
        literals=":5432: :6432: :3306: :*:",
    ),
    rule(
        "pbkdf ssha sha scram argon scrypt",
        r"(?P<secret>(?:pbkdf2[_:]sha\d{1,3}(?::\d{1,8}){0,2}\$(?:\d+\$)?|scrypt:\d{1,8}(?::\d{1,4}){0,2}\$|\{S?SHA\d{0,3}\}|SCRAM-SHA-256\$|\$argon2[id]{1,2}\$)[A-Za-z0-9+/=$:,]{16,300})",
    ),
    rule(
        "unseal recovery",
        r"(?:[Uu]nseal|[Rr]ecovery) [Kk]ey(?: \d{1,2})?[ ]?[:=][ \t]{0,8}(?P<secret>\S{20,120})",
        generated(20),
    ),
    rule(
        "unseal",  # what `vault operator init` answers
        r"(?:\"keys(?:_base64|_hex)?\"[ ]?:[ ]?\[|(?<=\"),)[ ]?\"(?P<secret>[A-Za-z0-9+/=]{40,90})(?=\")",
        generated(40),
        needs="keys",
    ),
    rule(
        "requirepass masterauth",
        r"\b(?:requirepass|masterauth)\"?[ \t]{1,8}\"?(?P<secret>[^\s\"]{4,512})",
        says_something,
    ),
    rule(
        "private",  # PuTTY's key, its lines escaped into one
        r"Private-Lines: ?\d{1,3}(?:\\{1,3}[rn]){1,4}(?P<secret>(?:[A-Za-z0-9+/=]|\\{1,3}[rn](?!Private)){16,8192})",
    ),
    rule("identify", r"\bIDENTIFY[ \t](?:[\w\-]{1,30}[ \t])?(?P<secret>\S{6,100})", mixed),
    rule(
        "pass",
        r"(?:(?<=> )|(?<=^)|(?<=\n)|(?<=\\n)|(?<=: )|(?<=\] ))PASS (?P<secret>[^\s(\\\"']{4,100})(?=$|\\[rn]|[\"'])",
        says_something,
    ),
    rule(
        "pass",  # as clients quote what they sent
        r"(?i:cmd|command|ftp|pop3?|sen[dt]|client|c)\b[^\n\"']{0,20}[\"']PASS "
        r"(?P<secret>[^\s\"'\\]{4,100})(?=[\"'\\])",
        says_something,
    ),
    rule(
        "key secret encrypt encryption",  # Laravel
        r"(?<![\w/;])base64:(?P<secret>[A-Za-z0-9+/]{40,90}={0,2})",
        generated(40),
        needs="base64:",
    ),
    rule("", r":[0-9a-f]{32}:(?P<secret>[0-9a-f]{32}):::", literals=":::"),  # a dump of Windows' passwords
    rule("", r"(?<![\w*])(?P<secret>\*[0-9A-F]{40})(?![\w*])", literals="*"),  # MySQL's hash
    rule("", r"[\"']md5(?P<secret>[0-9a-f]{32})[\"']", literals="md5"),  # PostgreSQL's
    rule("login", r"\b[A-Za-z]{0,4}\d{1,6} LOGIN \"?[\w.@\-]{1,100}\"? \"?(?P<secret>[^\s\"]{4,200})", says_something),
    rule("securestring", r"\bSecureString\t(?P<secret>[^\t\n]{2,4096})", says_something),  # AWS CLI, --output text
    rule(
        "encoded",
        r"\"encoded\\{0,3}\"[ ]?:[ ]?\\{0,3}\"(?P<secret>[A-Za-z0-9+/=_\-]{20,400})",
        generated(20),
        needs="api_key",
    ),
    rule(
        "result",  # a random password in the state of Terraform
        r"\"result\\{0,3}\"[ ]?:[ ]?\\{0,3}\"(?P<secret>[^\"\n\\]{4,400})",
        says_something,
        needs="special",
    ),
    rule("construct", r"__construct\('[^']{1,200}', '[^']{1,100}', '(?P<secret>[^'\n]{3,200})'", says_something),
    rule("securestring", r"SecureString\s(?:-String\s)?[\"'](?P<secret>[^\"'\n]{3,300})[\"']", says_something),
    rule(
        "secret secretstr secretstring secretbox password sensitive apikey secretvalue",
        r"\b(?:Secret|SecretStr|SecretString|SecretBox|SecretValue|Password|Sensitive|ApiKey)(?:\[\w{1,20}\])?\("
        r"[\"'](?P<secret>[^\"'\n\\]{4,512})[\"']\)",
        lambda found: looks_generated(found["secret"], 12) or mixed(found),
        needs="(",
    ),
)
