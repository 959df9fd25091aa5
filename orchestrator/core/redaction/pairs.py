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
from string import ascii_letters, digits

from orchestrator.core.redaction.escapes import COLOUR, ESCAPE, PERCENT, QUOTE, QUOTE_MARK
from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.look import STEMS, Look
from orchestrator.core.redaction.values import (
    has_mixed_signs,
    is_cache_key,
    is_masked,
    is_plain_word,
    is_prose,
    is_quantity,
    is_uuid,
    looks_generated,
    says_nothing,
)

Span = tuple[int, int]

# `password: str = "…"`
_TYPED = r":[ ]?&?(?:'static[ ])?(?:[Ss]tr(?:ing)?|bytes|SecretStr)(?:[ ]\|[ ]None|\?)?[ ]?=(?!=)"
_ASSIGNED = re.compile(
    rf"""
    (?<![\w.\-])(?P<key>[\w.\-]++)            # possessive, and never begun inside a word: linear
    (?P<quoted>{COLOUR}{QUOTE}\]?|\]|{PERCENT}5[Dd]|\*\*)? {COLOUR}
    (?P<sep>[ \t]{{0,40}}(?:{_TYPED}|[?\\]?[:=]{{1,3}}>?|->|=>|→|：|{PERCENT}3[AaDd]
            |\\{{1,7}}(?:u003[dD]|x3[dD])|&\#61;)
            (?:\*\*(?=[ \t]))?(?:(?:%20|\+){{1,3}}|[ \t]{{0,40}})
            (?:[|>][+\-]?\\{{1,3}}n[ ]{{1,16}})?               # a block of YAML, inside quotes
          | (?<=["'])[ ]?;s:\d{{1,5}}:(?=["'])               # PHP's serialize
          | \t{{1,3}}(?=\S{{8}})                              # a cookie jar
          | (?<=["'`\]])[ \t]{{0,4}},[ \t]{{0,24}}(?=(?:[bruf]{{0,2}})\\{{0,15}}["'])   # ('password', 'x')
          | [ \t]{{1,20}}[|│][ \t]{{1,20}}
          | \)?[ ]{{0,4}}(?:\|\||\?\?|\?:|(?<=[ ])or)[ ]{{1,4}}(?=["'`])   # `process.env.X || 'x'`
          # two columns, and nothing behind them
          | [ ]{{2,80}}(?:REG_(?:EXPAND_)?SZ[ ]{{1,20}})?(?=[^\s|]{{8,512}}[ \t]{{0,8}}(?:\r?\n|$)))
    """,
    re.VERBOSE,
)
_PAINT = re.compile(COLOUR)
_ESCAPE = re.compile(ESCAPE)
# A part of a telling key and, near behind it, what may part a key from a value. Only there is a pair to judge.
_STEMS = re.compile(
    STEMS + r"[\w.\-]{0,60}+(?P<more>[ ](?:id|string)(?![\w]))?(?:[ \t]{0,20}[\x1b\"'`\\\]&%:=?,|│→：*\t\-]|[ ]{2})"
)
_WEAK_SEPARATORS = ("", "REG", "??", "?:", "or", ")", ") o", ") ?", ")??", ")?:")
_KEY_SIGNS = ascii_letters + digits + "_.-"
_LONGEST_KEY = 120
_LONGEST_DICT = 4096
# What may stand between separator and value: a list, DynamoDB's {"S": …}, SecretStr(…), a bytes prefix.
_WRAPPED = re.compile(
    rf"""
    (?:\[\](?:string|byte|any|interface\{{\}}))?(?:[\[({{][ \t]{{0,8}}){{0,3}}
    (?:{QUOTE}(?:S|N|B|SS|value|Value|val|raw|plaintext|stringValue|StringValue|SecretString|secret_value){QUOTE}
       [ \t]{{0,4}}:[ \t]{{0,4}}\[?[ \t]{{0,4}})?
    (?:(?P<call>[A-Za-z_][A-Za-z_.]{{0,30}})\((?:(?:default|value)=)?)?(?:\\n[ ]{{0,8}})?(?:string\(\d{{1,4}}\)[ ])?
    (?:[bruf]{{1,2}}|@|N(?='))?(?P<quote>{QUOTE})
    """,
    re.VERBOSE,
)
# `config.get("api_key")`: what is in the brackets names the secret.
_GETTER = re.compile(
    r"(?i)(?:get\w{0,12}|env\w{0,8}|fetch|load|read|lookup|param\w{0,8}|require|input|prompt|open|resolve|find)$"
)
_PAIRS_INSIDE = re.compile(r"[A-Za-z][A-Za-z ]{1,40}=[^=;]{1,200};")
_VARIABLE = re.compile(r"[A-Z][A-Z_]{1,40}=[^=]")
_NOT_SAID = re.compile(r"\[\{|\((?:sensitive|known|redacted|hidden|none|null|unset|not|empty|no|write-only)\b")
_SCHEMES_OF_PAIRS = ("AWS4", "Digest", "Hawk", "OAuth")
_SCHEME = re.compile(
    r"(?:(?:Bearer|Basic|Bot|Token|Digest|ApiKey|Api-Key|API-Key|Negotiate|NTLM|JWT|OAuth|GenieKey|SSWS|Key|"
    r"Splunk|Zoho-oauthtoken|token|bearer|basic|bot|"
    r"AWS4-HMAC-SHA256|Hawk|Klaviyo-API-Key|DPoP|SharedKey|SharedAccessSignature|BEARER|BASIC)(?:[ +]|%20)"
    r"{1,4})(?:token=|Token token=)?"
)
_NEXT_PAIR = r"(?:[ \t]|$|[\w.\-]{1,40}[=:]|[\"'])"


def _bare(encoded_ends: str) -> re.Pattern[str]:
    """A value without quotes. Not possessive: nothing follows that could make it go back, and Python before 3.11.5
    loses its way in such a group."""
    return re.compile(
        rf"""(?:\[redacted\]
        | [^\s"'`<>&;,|\\\x1b{{}}\[%]                    # most of it
        | [&;,|](?!{_NEXT_PAIR})(?!quot;|amp;|lt;|gt;|apos;|\#\d)
        | \\(?![nrtu"'`\\/]|x[0-7][0-9a-f]|e\[|033) | \\/
        | %(?!(?:25){{0,3}}(?:{encoded_ends}))
        | [{{\[<>}}](?![ \t\n]|$)
        )+""",
        re.VERBOSE,
    )


_BARE = _bare("22|27|0[AaDd]|20")
_BARE_ENCODED = _bare("26|22|27|3[BbCc]|0[AaDd]|20")  # `password%3D…%26next%3D`: an encoded `&` ends the value
_LIST_NEXT = re.compile(rf"[ \t]{{0,4}},\s{{0,4}}[bruf]{{0,2}}(?P<quote>{QUOTE})")
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
# Cookies that hold what somebody likes to see, as long as their value is a word of that kind.
_TASTES = frozenset(["theme", "lang", "language", "locale", "tz", "timezone", "currency", "country", "color-scheme"])
_TASTE = re.compile(r"[A-Za-z]{2,12}(?:[-_/][A-Za-z]{2,16}){0,2}")
_DICT = re.compile(
    r"[\[(]?\{[ \t]{0,4}(?:[bu]?\\{0,7}[\"'][\w.\-]{1,80}\\{0,7}[\"']|:?[A-Za-z_][\w.\-]{0,80})[ \t]{0,2}(?:=>|[:=])"
)
_DICT_ITEM = re.compile(
    r"(?<![\w.\-])(?P<key>[A-Za-z_][\w.\-]{0,80}+)\\{0,7}[\"']?[ \t]{0,2}(?:=>|[:=])[ \t]{0,2}"
    r"(?:[bu]?\\{0,7}[\"'](?P<value>[^\"'\n\\]{1,4096})\\{0,7}[\"']|(?P<bare>[^\s\"'{}\[\],=\\]{4,512}+)(?=[\s,}]))"
)
_DYNAMO = re.compile(
    r"[\[(]?\{[ \t]{0,4}[\"'](?:S|N|B|SS|[Vv]alue|val|raw|plaintext|[sS]tringValue|SecretString|secret_value)[\"']"
)
_CLOSERS = ".,;:)]}>"
_PHRASE = re.compile(r"([A-Za-z]{2,20})[ ]$")
_QUOTE_MARK = re.compile(QUOTE_MARK)
_ESCAPED_LETTER = re.compile(r"[nrt]|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}")
_ENCODED_LETTER = re.compile(r"(?:25){0,3}[0-9A-Fa-f]{2}")
_EMPTY_THEN_PAIR = re.compile(r"[a-z_][\w.\-]{0,40}=[^=\s]")
_CHANGED_TO = re.compile(rf"[ ]{{0,4}}->[ ]{{0,4}}(?P<quote>{QUOTE})")  # a plan of Terraform
_NEXT_WORD = re.compile(r"[ ][A-Za-z]+(?:[ .,]|$)")


def pair_spans(look: Look) -> list[Span]:
    """Where the values beside telling keys are, in order, without overlap."""
    spans: list[Span] = []
    for start, end in look.telling_lines:
        spans += _pairs_of_line(look.text, look.small, start, end)
    return spans


def _pairs_of_line(text: str, small: str, position: int, line_end: int) -> list[Span]:
    spans: list[Span] = []
    mapped = 0  # up to where a mapping below a telling key was read
    while (stem := _STEMS.search(small, position, line_end)) is not None:
        start = stem.start() if stem["more"] is None else stem.start("more") + 1
        found = _ASSIGNED.match(text, _start_of_key(text, start, position))
        position = stem.end()
        if found is None:
            continue
        position = found.end()  # a value that is no secret itself may hold pairs of its own
        key = _true_key(text, found)
        telling = judge(key)
        if telling is Telling.NO or _is_name_in_path(text, found):
            continue
        if _is_mapping(text, position):
            if position >= mapped:
                mapped = _end_of_mapping(text, position)
                spans += _spans_in_mapping(text, position, mapped, telling)
            continue
        for begin, close in _spans_beside(text, found, key, telling):
            if begin < close:
                spans.append((begin, close))
            position = max(position, close)
    return spans


def _start_of_key(text: str, stem: int, earliest: int) -> int:
    before = text[max(earliest, stem - _LONGEST_KEY) : stem]
    return stem - len(before) + len(before.rstrip(_KEY_SIGNS))


def _spans_beside(text: str, found: re.Match[str], key: str, telling: Telling) -> Iterator[Span]:
    sep, start = found["sep"], found.end()
    comma = any(sign in sep for sign in ",|│") or sep.startswith("\t") or sep.strip()[:3] in _WEAK_SEPARATORS
    if text.startswith(("\x1b", "\\"), start) and (painted := _PAINT.match(text, start)):
        start = painted.end()
    for begin, close in _value_spans(text, start, key, telling, sep, comma):
        if begin <= close:
            yield begin, close


def _is_name_in_path(text: str, found: re.Match[str]) -> bool:
    """`arn:aws:secretsmanager:…:secret:name`: a part of a name, not a key."""
    start = found.start("key")
    return text[start - 1 : start] == ":" and found["sep"] == ":" and "arn:" in text[max(0, start - 90) : start]


def _true_key(text: str, found: re.Match[str]) -> str:
    r"""The key without what escapes glue to it (`\npassword`, a colour code), with the `api` of `api key:`."""
    key, start = found["key"], found.start("key")
    before = text[start - 1 : start]
    if before == "\\" and len(key) > 1 and (escaped := _ESCAPED_LETTER.match(key)):
        return key[escaped.end() :]
    if before in "[;" and _ESCAPE.search(text, max(0, start - 12), start):
        return re.sub(r"^\d{1,3}m", "", key)
    if before == "%" and (encoded := _ENCODED_LETTER.match(key)):
        return key[encoded.end() :]
    if key.lower() == "passe" and text.startswith("mot de ", max(0, start - 7)):
        return "mot de passe"
    if before == " " and key.lower() in ("key", "keys", "string", "phrase", "id", "code", "codes"):
        phrase = _PHRASE.search(text, max(0, start - 21), start)
        if phrase:
            return f"{phrase[1]} {key}"
    return key


def _value_spans(text: str, start: int, key: str, telling: Telling, sep: str, comma: bool) -> Iterator[Span]:
    lower = key.lower()
    if lower.endswith(("cookie", "cookies")) and _may_hold_cookies(lower, sep) and _has_cookies(text, start):
        yield from _cookie_spans(text, start)
        return
    wrapped = _WRAPPED.match(text, start)
    if wrapped and wrapped["call"] and _GETTER.search(wrapped["call"]):
        return
    if wrapped:
        yield from _quoted_spans(text, wrapped, key, telling, comma)
        return
    bare = _bare_span(text, start, key, telling, sep, comma)
    if bare:
        yield bare


def _may_hold_cookies(key: str, sep: str) -> bool:
    """`slack_cookie=…&status=200` is one value of a query, no list of cookies."""
    return ":" in sep or key in ("cookie", "set-cookie", "cookies") or "," in sep


def _is_mapping(text: str, start: int) -> bool:
    return (
        text.startswith(("{", "[", "("), start)
        and _DICT.match(text, start) is not None
        and not _DYNAMO.match(text, start)
    )


def _end_of_mapping(text: str, start: int) -> int:
    end = min(start + _LONGEST_DICT, len(text))
    for closer in "}\n":
        found = text.find(closer, start, end)
        end = found if found >= 0 else end
    return end


def _spans_in_mapping(text: str, start: int, end: int, telling: Telling) -> Iterator[Span]:
    """`'cookies': {'sessionid': '…', 'theme': 'dark'}`: what looks generated goes, whatever its own key."""
    for item in _DICT_ITEM.finditer(text, start, end + 1):
        group = "value" if item["value"] else "bare"
        own, value = judge(item["key"]), item[group]
        if not is_masked(value) and (
            (own is not Telling.NO and _is_secret_value(value, own, item["key"], quoted=True))
            or (telling >= Telling.IF_WORDY and looks_generated(value, 12))
        ):
            yield item.span(group)


def _quoted_spans(text: str, wrapped: re.Match[str], key: str, telling: Telling, comma: bool) -> Iterator[Span]:
    opening: re.Match[str] | None = wrapped
    in_list = "[" in wrapped[0] or "(" in wrapped[0]
    while opening:
        start = opening.end()
        if len(opening["quote"]) == 1 and text.startswith(opening["quote"] * 2, start):
            start += 2
        end, closed_at = _end_of_quoted(text, start, opening["quote"])
        value = text[start:end]
        scheme = _SCHEME.match(value)
        inner = start + scheme.end() if scheme else start
        judged = value[scheme.end() :] if scheme else value
        if _PAIRS_INSIDE.match(value):  # `connectionString="Server=…;Password=…"`
            return
        lenient = (
            not comma or key.startswith("--") or has_mixed_signs(judged, 8) or _is_pair(text, key, start, closed_at)
        )
        if lenient and _is_secret_value(judged, telling, key, quoted=True):
            yield inner, end
        opening = (_LIST_NEXT if in_list else _CHANGED_TO).match(text, closed_at)


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
    encoded = "%" in sep and "3" in sep
    scheme = None if encoded else _SCHEME.match(text, start)
    if scheme:
        rest = text[scheme.end() : scheme.end() + 12]
        if "=" in text[scheme.end() : scheme.end() + 24] and scheme[0].startswith(_SCHEMES_OF_PAIRS):
            return None  # `Digest username="…", response="…"`: the pairs inside are judged each by its key
        found = _BARE.match(text, scheme.end())
        if found is None or not rest.strip() or is_masked(rest):
            return None
        value = found[0].rstrip(_CLOSERS)
        if says_nothing(value) or (is_plain_word(value) and len(value) < 16):
            return None
        return scheme.end(), scheme.end() + len(value)
    found = (_BARE_ENCODED if encoded or sep == ":" else _BARE).match(text, start)
    if found is None or is_masked(found[0]):
        return None
    value = found[0].rstrip(_CLOSERS)
    if not value.startswith("[redacted") and "]" in found[0][len(value) :] and "[" in value:
        value = found[0].rstrip(".,;:)}>")
    end = start + len(value)
    if (comma and not _stands_out(value, sep)) or _NOT_SAID.match(found[0]):
        return None
    if sep == "= " and _EMPTY_THEN_PAIR.match(value):  # `password= user=deploy`
        return None
    if is_plain_word(value) and (found[0].endswith("...") or " " in key):
        return None
    if key.lower() == "pass" and value.isdigit():
        return None
    spoken = ":" in sep and sep.endswith((" ", "\t"))
    if spoken and is_plain_word(value) and (_NEXT_WORD.match(text, end) or key == "PASS"):
        return None
    if key == "PASS" and ":" in sep:
        return None
    if _PAIRS_INSIDE.match(value) or (spoken and _VARIABLE.match(value)):
        return None
    if key in ("PWD", "OLDPWD") and value[:1] in "/~":
        return None
    if "://" in value[:24] or not _is_secret_value(value, telling, key, quoted=False):
        return None
    return start, end


def _stands_out(value: str, sep: str) -> bool:
    """Whether the value is enough by itself where key and value are only near each other."""
    if sep.startswith("  "):
        return looks_generated(value, 10) or (has_mixed_signs(value, 8) and any(sign in "!@#$^*" for sign in value))
    return has_mixed_signs(value, 6) or looks_generated(value)


def _is_pair(text: str, key: str, start: int, closed_at: int) -> bool:
    """`('password', '…')`, and nothing more in the brackets."""
    before = text[max(0, start - len(key) - 8) : start]
    return text[closed_at : closed_at + 1] == ")" and before.startswith("(", before.find(key) - 2)


def _is_secret_value(value: str, telling: Telling, key: str, *, quoted: bool) -> bool:
    if value.isdigit() and len(value) == 3 and key.lower().endswith(("cvv", "cvc", "pin")):
        return True
    if says_nothing(value) or is_masked(value):
        return False
    if quoted and (is_prose(value) or "://" in value[:24]):
        return False
    if telling is Telling.IF_RANDOM:
        return looks_generated(value) and not (is_uuid(value) or is_cache_key(value))
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
            if value and not value.startswith("[redacted") and not (name in _TASTES and _TASTE.fullmatch(value)):
                yield found.start("value"), found.start("value") + len(value)
        position = found.end()
        if not found["more"]:
            return
