"""Secrets that are said: `the new password is …`, `invalid token '…'`, `IDENTIFIED BY '…'`."""

from __future__ import annotations

import re
from string import ascii_letters, digits

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.look import Look
from orchestrator.core.redaction.rule import Match, Rule, Span, rule, says_something, telling_name
from orchestrator.core.redaction.values import has_mixed_signs, is_plain_word, is_prose, looks_generated, says_nothing

_NOUNS = re.compile(
    r"pass(?:word|wd|phrase|code|wort)?|kennwort|mot de passe|contrase(?:ñ|n)a|senha|wachtwoord|"
    r"pwd|secret(?:[ _-](?:id|base))?|token|key(?: base)?|credentials?|psk|pw"
)
# What makes a `key` one that must not be known.
_KINDS_OF_KEY = re.compile(
    r"(?i)(?:api|app|hmac|priv|ssh|gpg|pgp|rest|access|admin|auth|bot|client|deploy|encrypt|encryption|functions?|genie|gossip|ingest|insert|integration|"
    r"license|master|pre-?shared|private|recovery|routing|secret|service|session|shared|signing|unseal|write|account|"
    r"storage|webhook|root|server|host)[ _-]?$"
)
_LINK = (
    r"(?:[ \t]{1,2}(?:is|was|to|of|value|now|still|currently|just|actually|"
    r"equals|used|with|changed|set|provided|received|returned|got|generated|"
    r"lautet|ist|est|es|é)\b)"
)
_FOR = r"(?:[ \t](?:for|of|für|pour|para|de|du|del|da|do|von|vom|van|voor|di|per)[ \t](?:user[ \t])?[\w.@\-]{1,60})?"
_RESOURCE = re.compile(r"[a-z]{1,12}-[0-9a-f]{8,17}")  # `i-0abc…`, as AWS names what it has
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,31}|[0-9]+|[A-Za-z-]+")
_PASSPHRASE = re.compile(r"[A-Za-z]{3,12}(?:-[a-z]{3,12}){2,5}(?:-?\d{1,4})?")
# An address, a pair, a host, what is masked.
_NO_VALUE = re.compile(
    r"https?:|arn:|\[redacted|[a-z_]{2,40}=|[A-Z_]{2,40}=|[a-z0-9.\-]+\.[a-z]{2,10}(?::\d{1,5})?(?:/|$)"
)
_IS = re.compile(r"\b(?:is|was|to|equals|value|provided|lautet|ist|est|es|é)\b|:")

# Six signs at least; one bar may stand in it, two end it: Discord hides what is between `||`. No possessive group with
# a choice inside: Python before 3.11.5 takes those for no match.
_SIGN = r"[^\s\"'`<>\[\](){}\\,|]"
_VALUE = rf"(?=(?:{_SIGN}|\|){{6}}){_SIGN}{{1,2048}}+(?:\|{_SIGN}{{1,2048}}+){{0,8}}"

_SAID = re.compile(
    rf"(?P<link>{_LINK}{{0,3}}{_FOR}{_LINK}{{0,2}}(?:[ \t]{{0,2}}:)?)[ \t]{{1,8}}(?P<q>[\"'`]?)(?:\|\||\*\*)?"
    rf"(?P<secret>{_VALUE})"
)
# `token for the hook: …`, `the token we use is …`, `sent you the token, it's …`: a few words, and then what says "is".
_WORD = r"[\w.@/\-]{1,40}"
_EXPLAINED = re.compile(
    rf"(?P<link>(?:[ ](?:for|of|on|at|to|from|in|we|you|they|i|I|that|which|für|pour|para|de|du|del|von|da|do)"
    rf"(?:[ ]{_WORD}){{1,5}}?)?"
    rf"(?:[ ]\([^()\n]{{1,40}}\))?(?:[ ]?(?::|->|=>|→)"
    rf"|[ ](?:is|was|est|ist|es)\b(?:[ ](?:now|still|currently|just|actually|this))?:?"
    rf"|,[ ](?:it'?s|it[ ]is|it[ ]was|its|namely|here[ ](?:it[ ])?is|this[ ]is[ ]it)\b:?))"
    rf"[ ]{{1,4}}(?P<q>[\"'`]?)(?:\|\||\*\*)?(?P<secret>{_VALUE})"
)
_QUOTED = re.compile(
    r"[ \t]{1,3}(?:(?:is|was)(?:[ \t]{1,2}(?:now|still|currently|just|actually)){0,2}[ \t]{1,2})?"
    r"(?P<q>\\{0,3}[\"'`])(?P<secret>[^\"'`\n\\]{1,512})(?P=q)"
)


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
        while small[end : end + 1] == "*" and end < noun.end() + 2:  # `*password* …`, as chats have it
            end += 1
        behind = small[end : end + 1]
        if behind not in _BEHIND_NOUN or (behind == ":" and noun[0] in _ALONE):
            continue
        if start < last or not _tells(noun[0], text, small, start):
            continue
        quoted = _QUOTED.match(text, end)
        if quoted and _is_quoted_secret(noun[0], quoted["secret"]):
            last = quoted.end()
            spans.append(quoted.span("secret"))
        elif said := _said_behind(noun[0], text, start, end, line_end):
            last = _end_of_said(text, said, line_end)
            spans.append((said.start("secret"), last))
    return spans


def _said_behind(noun: str, text: str, start: int, end: int, line_end: int) -> Match | None:
    """`start` and `end` are the noun's, with the stars that a chat puts around it."""
    said = _SAID.match(text, end)
    if said is not None:
        value = said["secret"].rstrip(".,;:)*")
        if (
            _is_said(noun, value, said["link"])
            or (said.end() == line_end and _is_setting(text, start, end, said["secret"].rstrip(";")))
            or (noun == "pass" and _is_of_a_user(text, start, said["secret"]))
        ):
            return said
    said = _EXPLAINED.match(text, end)
    if said is not None and _is_explained(noun, said["secret"].rstrip(".,;:)*"), said["link"]):
        return said
    return None


_KEY_SIGNS = ascii_letters + digits + "_-"
_OF_PEOPLE = ("pass", "pwd", "psk", "kenn", "mot", "contra", "senha", "wacht")
_ALONE = frozenset(["password", "passwd", "pwd", "secret", "token", "pass"])  # `token: …` is a pair
_BEHIND_NOUN = frozenset(" \t:,")


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
    if noun in ("pw", "pwd") and _is_jumble(value):
        return True
    if noun.startswith(_OF_PEOPLE):
        return has_mixed_signs(value, 6) or bool(_IS.search(link) and _PASSPHRASE.fullmatch(value))
    if _IS.search(link):
        return looks_generated(value, 8) and not value.isdigit()
    return looks_generated(value, 16) and not _ID.fullmatch(value)


def _is_explained(noun: str, value: str, link: str) -> bool:
    """Words stand between, so the value has to stand out more; a commit or an id does not."""
    if _CAMEL.fullmatch(value) or _RESOURCE.fullmatch(value) or not _is_said(noun, value, ": is"):
        return False
    if noun.startswith(_OF_PEOPLE) or link.startswith(","):
        return not _ID.fullmatch(value)
    return looks_generated(value, 12)


_CAMEL = re.compile(r"[a-z]*(?:[A-Z][a-z]+)*[A-Z]{0,4}|[A-Z]+[a-z]*(?:[A-Z][a-z]+)*")


def _is_jumble(value: str) -> bool:
    """Letters without an order that a name has: `ETSGXomckVPZ`."""
    return len(value) >= 10 and value.isalpha() and value.isascii() and not _CAMEL.fullmatch(value)


def _is_quoted_secret(noun: str, value: str) -> bool:
    if says_nothing(value) or is_prose(value) or value.startswith("[redacted"):
        return False
    return looks_generated(value, 12) or (noun.startswith("pass") and not is_plain_word(value))


def _is_setting(text: str, noun: int, end: int, value: str) -> bool:
    """`hibernate.connection.password …`, `bindpw …`, and nothing else on the line."""
    before = text[max(0, noun - 60) : noun]
    if before.endswith("."):
        return not (says_nothing(value) or is_plain_word(value))
    if text.startswith("pass", noun) and not before.rpartition("\n")[2].strip():
        return looks_generated(value, 8)  # the first word of its line, as in `.netrc`
    glued = before[len(before.rstrip(_KEY_SIGNS)) :]
    if before[: len(before) - len(glued)].endswith("/") or _NO_VALUE.match(value):  # a name in a path
        return False
    return bool(glued) and judge(glued + text[noun:end]) is Telling.YES and looks_generated(value, 8)


_USER = re.compile(r"(?i)\buser(?:name)?[ :=]{1,3}[^\s,;]{1,60}[,;]?[ ](?:and[ ])?$")


def _is_of_a_user(text: str, noun: int, value: str) -> bool:
    """`user bob, pass …`"""
    return _USER.search(text, max(0, noun - 80), noun) is not None and has_mixed_signs(value, 6)


def _end_of_said(text: str, said: Match, line_end: int) -> int:
    """A value that began with a quote goes up to the quote that closes it, with signs no bare value has."""
    close = text.find(said["q"], said.end(), min(line_end, said.end() + 256)) if said["q"] else -1
    return close if close >= 0 and " " not in text[said.end() : close] else said.end()


def _chosen(found: Match) -> bool:
    """What a person could have chosen as a password, where the words around it leave little doubt."""
    value = found["secret"].rstrip(".,;:)")
    return not says_nothing(value) and (
        has_mixed_signs(value, 6) or bool(_PASSPHRASE.fullmatch(value) and any(c.isdigit() for c in value))
    )


def _identified(found: Match) -> bool:
    value = found["secret"]
    return not (says_nothing(value) or is_prose(value) or is_plain_word(value))


WORDS: tuple[Rule, ...] = (
    rule(
        "secret secrets token tokens password signature hmac",
        r"\b(?:expected|got|received|actual)[ :=]{1,3}[\"'`]?(?P<secret>[^\s\"'`,;]{12,512})",
        lambda found: looks_generated(found["secret"].rstrip(".)"), 16),
        needs="mismatch",
    ),
    rule(
        "identified",
        r"(?i)identified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,40}[ \t]{1,4})?by[ \t]{1,4}(?P<q>\\{0,3}[\"'`])"
        r"(?P<secret>[^\"'`\n\\]{1,512})(?P=q)",
        _identified,
    ),
    rule(
        "identified",
        r"(?i)identified[ \t]{1,4}by[ \t]{1,4}(?P<secret>[^\s\"'`;<(\\]{6,128})",
        _chosen,
    ),
    rule(
        "password",
        r"(?i)\bpassword[ ]for[ ][^\s=]{1,120}[ ]?=[ ]?(?:password\()?N?'(?P<secret>[^'\n]{3,512})'",
        says_something,
        needs=" for ",
    ),
    rule("password", r"\b(?i:password)[ ][\w.\-]{1,40}[ ]=[ ](?P<secret>[^\s\"']{8,200})$", _chosen, needs=" = "),
    rule(
        "password passphrase pin",  # what a program asked, and what was typed
        r"(?i)\b(?:password|passphrase|pin)[ ]for[ ](?:(?:the|key|user)[ ]){0,2}"
        r"(?:'[^'\n]{1,160}'|[^\s:]{1,100}(?:[ ]\w{1,20})?):[ ](?P<secret>[^\s\"']{6,200})",
        _chosen,
        needs=" for ",
    ),
    rule(
        "credentials credential creds login logins account zugang zugangsdaten",
        r"(?i)\b(?:credentials?|creds|log-?ins?|account|zugang(?:sdaten)?)\b"
        r"(?:[ ](?:for|of|to|on)[ ](?:the[ ])?[\w.@\-]{1,60}?)?[ ]?(?::|=|are|is|with|as)?[ ]{1,3}"
        r"[\w.@\-]{1,60}[ ]/[ ](?P<secret>[^\s\"']{8,200})",
        _chosen,
        needs=" / ",
    ),
    rule(
        "credentials creds login",
        r"(?i)(?<![\w.@\-])[\w.@\-]{1,60}[ ]/[ ](?P<secret>[^\s\"']{8,200})[ ](?:are|is)[ ](?:the|your|my|our)[ ]"
        r"(?:\w{1,20}[ ])?(?:credentials|creds|login)\b",
        _chosen,
        needs=" / ",
    ),
    rule(
        "credentials creds",
        r"(?i)\b(?:credentials|creds)\b[ ]?(?::|=|are)?[ ]{1,3}"
        r"(?!arn:|https?:|s3:|sha\d|md5|vault:|ssm:|file:|env:|op:)"
        r"[\w.@\-]{1,60}:(?P<secret>[^\s\"']{8,200})",
        _chosen,
    ),
    rule(
        "jelsz senord",  # jelszó, lösenord; the others are no words of our letters
        r"(?i)(?:пароль|密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|şifre|hasło|jelszó|lösenord|mật khẩu|κωδικός)"
        r"[ \t]{0,2}(?:[:=：]|は|为|是)[ \t]{0,4}[\"'`]?(?P<secret>[^\s\"'`,;，。]{6,200})",
        _chosen,
        literals="пароль 密码 密碼 口令 パスワード 暗証番号 비밀번호 암호 şifre hasło mật␣khẩu κωδικός",
    ),
    rule(
        "password passphrase token secret",
        r"(?i)\b(?:use|with|set)[ ][\"'`]?"
        r"(?P<secret>[^\s\"'`]{6,200})[\"'`]?[ ]as[ ](?:the|your|a|its|my)[ ](?:new[ ]|root[ ])?"
        r"(?:password|passphrase|token|secret)\b",
        _chosen,
        needs=" as ",
    ),
    rule(
        "code otp pin passcode",
        r"(?<![\w.\-])(?:G-)?(?P<secret>\d{4,8})[ ]is[ ]your[ ][^\n,.;:]{0,40}\b(?i:code|otp|pin|passcode)\b",
    ),
    rule(
        "mnemonic phrase seed",
        r"(?i)\b(?:mnemonic|(?:seed|recovery|secret|backup)[ ]phrase|seed)[ ]?(?:[:=]|is:?)[ ]{1,2}[\"']?"
        r"(?P<secret>(?:[a-z]{3,8}[ ]){11,23}[a-z]{3,8})(?![a-z ])",
        lambda found: not is_prose(found["secret"]),
    ),
    rule(
        "otp totp passcode pin mfa",
        r"(?i)\b(?:t?otp|passcode|pin|[2m]fa)(?:[ ](?:code|token))?(?:[ ](?:for|to)[ ][\w.@\-]{1,60})?"
        r"(?:[ ]is[ ]?:?|[ ]?[:=])[ ]?[\"']?(?P<secret>\d{6,8})\b",
    ),
    rule(
        "password encrypt decrypt",
        r"(?i)(?:password|aes_(?:en|de)crypt|pgp_sym_(?:en|de)crypt)\((?:[^()\n]{0,200},\s{0,2})"
        r"?'(?P<secret>[^'\n]{3,512})'",
        says_something,
        needs="(",
    ),
    rule(
        "code passcode otp pin",
        r"(?i)\b(?:verification|security|login|sign-?in|one[- ]time|auth(?:entication|orization)?|confirmation|2fa|mfa|"
        r"otp|totp|recovery|backup|access|sms|reset)[ _-](?:code|pass-?code|password|pin)\b(?:[ ](?:is|was|for[ "
        r"]\S{1,60})"
        r"){0,2}[ ]?:?[ ](?P<q>[\"']?)(?P<secret>\d{4,8}|[A-Z0-9]{4,6}-[A-Z0-9]{4,6})\b",
    ),
)

ALIGNED: tuple[Rule, ...] = (
    rule(
        "",
        r"(?<![\w.\-])(?P<key>[A-Za-z](?:[\w\-]|\.(?!\.)){1,80})\.{4,80}[ ]?(?P<secret>[^\s.<\"'][^\s\"']{3,512})",
        lambda found: telling_name(found) and not is_plain_word(found["secret"]),
    ),
)
"""`password........…`, as pools of connections print their settings. Tried on lines with a telling word and dots."""
