r"""Values beside a telling key: JSON, JSON inside JSON, Python repr, query strings, headers, YAML, `.env`,
command lines.

One pattern finds every `key separator`, in all the quotings in which logs carry them (`"key":`, `\"key\":`,
`&quot;key&quot;:`, `%22key%22%3A`, coloured terminal output); `keys.judge` says whether the key tells, and
only then is the value looked at. After a key that does not tell, the search goes on right behind the
separator, so that pairs inside values are found too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.values import (
    has_mixed_signs,
    is_masked,
    is_plain_word,
    is_prose,
    is_quantity,
    looks_generated,
    says_nothing,
)

Span = tuple[int, int]

_COLOUR = r"(?:\x1b\[[0-9;]{0,12}m){0,3}"
_QUOTE = r"(?:\\{0,15}[\"'`]|&quot;|&\#0?3[49];|&apos;|%22|%27|\\{1,7}u002[27])"
_ASSIGNED = re.compile(
    rf"""
    (?<![\w.\-])(?P<key>[\w.\-]++)            # possessive, and never begun inside a word: linear
    (?P<quoted>{_COLOUR}{_QUOTE}\]?)? {_COLOUR}
    (?P<sep>[ \t]{{0,40}}(?:[:=]{{1,3}}>?|->|=>|→|%3[AaDd]|\\{{1,7}}u003d|&\#61;)[ \t]{{0,40}}
          | (?<=["'`\]])[ \t]{{0,4}},[ \t]{{0,4}}(?=(?:[bruf]{{0,2}})\\{{0,15}}["'])   # ('password', 'x')
          | [ \t]{{1,20}}[|│][ \t]{{1,20}})
    {_COLOUR}
    """,
    re.VERBOSE,
)
# What may stand between separator and value: a list, DynamoDB's {"S": …}, SecretStr(…), a bytes prefix.
_WRAPPED = re.compile(
    rf"""
    (?:[\[({{][ \t]{{0,8}}){{0,3}}
    (?:{_QUOTE}(?:S|N|B|SS|value|Value|val|raw|plaintext|stringValue|StringValue|SecretString|secret_value){_QUOTE}
       [ \t]{{0,4}}:[ \t]{{0,4}}\[?[ \t]{{0,4}})?
    (?:[A-Za-z_][A-Za-z_.]{{0,30}}\()?
    (?:[bruf]{{1,2}}|@)?(?P<quote>{_QUOTE})
    """,
    re.VERBOSE,
)
_SCHEME = re.compile(
    r"(?:(?:Bearer|Basic|Bot|Token|Digest|ApiKey|Api-Key|API-Key|Negotiate|NTLM|JWT|OAuth|GenieKey|SSWS|Key|"
    r"Splunk|Zoho-oauthtoken|token|bearer|basic|bot|"
    r"AWS4-HMAC-SHA256|Hawk|Klaviyo-API-Key|DPoP|SharedKey|SharedAccessSignature|BEARER|BASIC)(?:[ +]|%20)"
    r"{1,4})(?:token=|Token token=)?"
)
_END_OF_LINE = re.compile(r"[^\n]*+")
_NEXT_PAIR = r"(?:[ \t]|$|[\w.\-]{1,40}[=:]|[\"'])"
_BARE = re.compile(
    rf"""(?:\[redacted\]
    | [^\s"'`<>&;,|\\\x1b{{}}\[%]                    # most of it
    | [&;,|](?!{_NEXT_PAIR})(?!quot;|amp;|lt;|gt;|apos;|\#\d)
    | \\(?![nrtu"'`\\/]) | \\/
    | %(?!26|22|27|3[BbCc]|0[AaDd]|20)
    | [{{\[<>}}](?![ \t\n]|$)
    )+""",
    re.VERBOSE,
)  # Not possessive: nothing follows that could make it go back, and Python before 3.11.5 loses its way in such a group.
_LIST_NEXT = re.compile(rf"[ \t]{{0,4}},\s{{0,4}}[bruf]{{0,2}}(?P<quote>{_QUOTE})")
_HEADER_REST = re.compile(r"[^\r\n\"'\\\x1b]*+")
_AWS4_REST = re.compile(r"[^\s\"'\\,]++(?:,[ \t]{0,4}[A-Za-z]{1,20}=[^\s\"'\\,]++){0,5}")
_DIGEST_REST = re.compile(
    r"[A-Za-z]{1,20}=\\{0,3}\"?[^\"\s\\,]{0,400}\\{0,3}\"?(?:,[ \t]{0,4}[A-Za-z]{1,20}=\\{0,3}\"?[^\"\s\\,]"
    r"{0,400}\\{0,3}\"?){0,15}"
)
_COOKIES = re.compile(r"[^\s=;,\"'\\]{1,200}=(?P<value>[^\s;\"'\\,]*+)(?P<more>;[ \t]{0,4})?")
_COOKIE_ATTRIBUTES = frozenset(
    [
        "path",
        "domain",
        "expires",
        "max-age",
        "samesite",
        "secure",
        "httponly",
        "version",
        "comment",
        "priority",
        "partitioned",
    ]
)
_CLOSERS = ".,;:)]}>"
_PHRASE = re.compile(r"([A-Za-z]{2,20})[ ]$")
_QUOTE_MARK = re.compile(r"\\*(?:[\"'`]|u002[27])|&quot;|&#0?3[49];|&apos;|%2[27]|\n")
_ESCAPED_START = re.compile(r"\\[nrt]$|\\u00[0-9a-fA-F]{2}$")
_NEXT_WORD = re.compile(r"[ ][A-Za-z]+(?:[ .,]|$)")


def secret_spans(text: str) -> Iterator[Span]:
    """Where the values beside telling keys are, in order, without overlap."""
    position = 0
    search = _ASSIGNED.search
    while (found := search(text, position)) is not None:
        position = found.end()  # a value that is no secret itself may hold pairs of its own
        key = _true_key(text, found)
        telling = judge(key)
        if telling is Telling.NO or _is_name_in_path(text, found):
            continue
        comma = "," in found["sep"] or "|" in found["sep"] or "│" in found["sep"]
        for start, end in _value_spans(text, position, key, telling, found["sep"], comma):
            if start < end:
                yield start, end
            position = max(position, end)


def _is_name_in_path(text: str, found: re.Match[str]) -> bool:
    """`arn:aws:secretsmanager:…:secret:name`: a part of a name, not a key."""
    start = found.start("key")
    return text[start - 1 : start] == ":" and found["sep"] == ":" and "arn:" in text[max(0, start - 90) : start]


def _true_key(text: str, found: re.Match[str]) -> str:
    r"""The key without what escapes glue to it (`\npassword`, a colour code), with the `api` of `api key:`."""
    key, start = found["key"], found.start("key")
    before = text[start - 1 : start]
    if before == "\\" and len(key) > 1 and key[0] in "nrtu":
        return key[1:] if key[0] != "u" else key[5:]
    if before in "[;" and "\x1b" in text[max(0, start - 8) : start]:
        return re.sub(r"^\d{1,3}m", "", key)
    if before == "%" and len(key) > 2:
        return key[2:]
    if before == " " and key.lower() in ("key", "keys", "string", "phrase", "id", "code"):
        phrase = _PHRASE.search(text, max(0, start - 21), start)
        if phrase:
            return f"{phrase[1]}_{key}"
    return key


def _value_spans(text: str, start: int, key: str, telling: Telling, sep: str, comma: bool) -> Iterator[Span]:
    lower = key.lower()
    if lower.endswith(("cookie", "cookies")) and _has_cookies(text, start):
        yield from _cookie_spans(text, start)
        return
    wrapped = _WRAPPED.match(text, start)
    if wrapped:
        yield from _quoted_spans(text, wrapped, telling, comma)
        return
    bare = _bare_span(text, start, key, telling, sep, comma)
    if bare:
        yield bare


def _quoted_spans(text: str, wrapped: re.Match[str], telling: Telling, comma: bool) -> Iterator[Span]:
    opening: re.Match[str] | None = wrapped
    in_list = "[" in wrapped[0] or "(" in wrapped[0]
    while opening:
        start = opening.end()
        end, closed_at = _end_of_quoted(text, start, opening["quote"])
        value = text[start:end]
        scheme = _SCHEME.match(value)
        inner = start + scheme.end() if scheme else start
        judged = value[scheme.end() :] if scheme else value
        if _is_secret_value(judged, telling, quoted=True) and not (comma and not has_mixed_signs(judged, 8)):
            yield inner, end
        opening = _LIST_NEXT.match(text, closed_at) if in_list else None


def _end_of_quoted(text: str, start: int, quote: str) -> tuple[int, int]:
    """Where the value ends and where the text goes on. An escaped quote of a deeper level belongs to the
    value, one of an outer level ends it (the text was cut), and so does the end of the line."""
    depth = len(quote) - len(quote.lstrip("\\"))
    mark = quote[depth:]
    for found in _QUOTE_MARK.finditer(text, start):
        closing = found[0]
        if closing == "\n":
            return found.start(), found.start()
        run = len(closing) - len(closing.lstrip("\\"))
        if closing[run:] != mark:
            continue
        if run < depth:
            return found.start(), found.start()
        if (run - depth) % (2 * (depth + 1)) == 0:
            return found.end() - len(quote), found.end()
    return len(text), len(text)


def _bare_span(text: str, start: int, key: str, telling: Telling, sep: str, comma: bool) -> Span | None:
    scheme = None if "%3" in sep else _SCHEME.match(text, start)
    if scheme:
        rest = text[scheme.end() : scheme.end() + 12]
        if scheme[0].startswith("AWS4"):
            pattern = _AWS4_REST
        elif scheme[0].startswith(("Digest", "Hawk", "OAuth")) and "=" in text[scheme.end() : scheme.end() + 24]:
            pattern = _DIGEST_REST
        else:
            pattern = _BARE
        found = pattern.match(text, scheme.end())
        if found is None or not rest.strip() or is_masked(rest):
            return None
        value = found[0].rstrip(_CLOSERS)
        if says_nothing(value) or (is_plain_word(value) and len(value) < 16):
            return None
        return scheme.end(), scheme.end() + len(value)
    found = _BARE.match(text, start)
    if found is None or is_masked(found[0]):
        return None
    value = found[0].rstrip(_CLOSERS)
    if not value.startswith("[redacted") and "]" in found[0][len(value) :] and "[" in value:
        value = found[0].rstrip(".,;:)}>")
    end = start + len(value)
    if comma and not has_mixed_signs(value, 6):
        return None
    spoken = ":" in sep and sep.endswith((" ", "\t"))
    if spoken and is_plain_word(value) and (_NEXT_WORD.match(text, end) or key == "PASS"):
        return None
    if key == "PASS" and ":" in sep:
        return None
    if key in ("PWD", "OLDPWD") and value[:1] in "/~":
        return None
    if "://" in value[:24] or not _is_secret_value(value, telling, quoted=False):
        return None
    return start, end


def _is_secret_value(value: str, telling: Telling, *, quoted: bool) -> bool:
    if says_nothing(value) or is_masked(value):
        return False
    if quoted and (is_prose(value) or "://" in value[:24]):
        return False
    if telling is Telling.IF_GENERATED:
        return looks_generated(value)
    if telling is Telling.IF_WORDY:
        return not is_quantity(value) and not (is_plain_word(value) and not quoted)
    return not (is_quantity(value) and not value.isdigit() and not quoted)


def _has_cookies(text: str, start: int) -> bool:
    opening = _WRAPPED.match(text, start)
    return _COOKIES.match(text, opening.end() if opening else start) is not None


def _cookie_spans(text: str, start: int) -> Iterator[Span]:
    """The value of each `name=value` of a cookie header; the names and the attributes of Set-Cookie stay."""
    opening = _WRAPPED.match(text, start)
    position = opening.end() if opening else start
    while (found := _COOKIES.match(text, position)) is not None:
        name = found[0].split("=", 1)[0].strip().lower()
        if name not in _COOKIE_ATTRIBUTES:
            value = found["value"].rstrip(")]}")
            if value and not value.startswith("[redacted"):
                yield found.start("value"), found.start("value") + len(value)
        position = found.end()
        if not found["more"]:
            return
