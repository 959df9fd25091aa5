"""Secrets known by their form or by the words around them: one row each, in families.

A family has literals of which one must occur in the text (in small letters) before any of its rows is
tried, and so has each row: an `in` costs a hundredth of a pattern. A row's pattern masks its group
`secret`; where the form alone is no proof, the row has a test of what it found. Repeats are bounded, and no
pattern begins inside what it repeats: the time is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.values import (
    has_mixed_signs,
    is_plain_word,
    is_prose,
    looks_generated,
    says_nothing,
)

Match = re.Match[str]


class Rule(NamedTuple):
    gates: tuple[str, ...]
    pattern: re.Pattern[str]
    accept: Callable[[Match], bool] | None


class Family(NamedTuple):
    name: str
    gates: tuple[str, ...]
    rules: tuple[Rule, ...]


def _family(name: str, gates: tuple[str, ...], *rules: Rule) -> Family:
    return Family(name, gates, rules)


def _rule(gates: str, pattern: str, accept: Callable[[Match], bool] | None = None) -> Rule:
    return Rule(tuple(gates.split()), re.compile(pattern), accept)


def _generated(least: int) -> Callable[[Match], bool]:
    return lambda found: looks_generated(found["secret"], least)


def _mixed(found: Match) -> bool:
    return has_mixed_signs(found["secret"], 6)


def _says_something(found: Match) -> bool:
    return not says_nothing(found["secret"])


def _both_cases(found: Match) -> bool:
    return any(c.isupper() for c in found["secret"]) and any(c.islower() for c in found["secret"])


_HEXADECIMAL = re.compile(r"[0-9a-f]+|[0-9A-F]+|[A-Za-z-]+")


def _aws_secret(found: Match) -> bool:
    value = found["secret"]
    return looks_generated(value, 40) and not _HEXADECIMAL.fullmatch(value) and "//" not in value


def _credentials(found: Match) -> bool:
    value = found["secret"]
    return not (says_nothing(value) or is_plain_word(value)) and (
        has_mixed_signs(value, 8) or looks_generated(value, 8)
    )


def _base64(found: Match) -> bool:
    value = found["secret"]
    return (
        looks_generated(value, 12)
        or value.endswith("=")
        or (has_mixed_signs(value, 8) and any(c.isupper() for c in value[1:]))
    )


def _option(found: Match) -> bool:
    value = found["secret"]
    return judge(found["key"]) is Telling.YES and not says_nothing(value) and not value.startswith("[redacted")


def _named(found: Match) -> bool:
    telling, value = judge(found["key"]), found["secret"]
    if says_nothing(value) or is_prose(value):
        return False
    return telling is Telling.YES or (telling is Telling.IF_GENERATED and looks_generated(value))


def _said(found: Match) -> bool:
    value = found["secret"].rstrip(".,;)")
    if says_nothing(value) or is_plain_word(value) or value.startswith(("http", "/", "arn:")):
        return False
    if found["key"].lower().startswith(("pass", "pwd")):
        return has_mixed_signs(value, 6)
    return looks_generated(value, 16) and not _ID.fullmatch(value)


_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,31}|[0-9]+|[A-Za-z-]+")


def _quoted(found: Match) -> bool:
    value = found["secret"]
    if says_nothing(value) or is_prose(value):
        return False
    return looks_generated(value, 12) or (
        found["key"].lower().startswith(("pass", "identified")) and not is_plain_word(value)
    )


def _user_at_host(found: Match) -> bool:
    return found["key"].lower() not in (
        "mailto",
        "sip",
        "sips",
        "npm",
        "xmpp",
        "acct",
        "image",
        "docker",
    ) and _mixed(found)


# The start of a token: not inside a word, unless that "word" is an escape (`\n`, `%3D`).
_START = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
_JWT_START = r"(?:(?<![A-Za-z0-9_\-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u00[0-9a-f]{2})|(?<=[0-9]m))"
_SLASH = r"(?:/|\\{1,3}/|%2[fF])"
_SEGMENT = r"[^\s/?\"'<>\\)(&,;\]\[}%]"
_TOOLS = (
    r"(?:login|sshpass|redis-cli|ldap[a-z]{2,10}|unzip|zip|7z|smbclient|mosquitto_[a-z]{3}|sqlcmd|psexec|"
    r"keytool|mongo[a-z]{0,8}|"
    r"ipmitool|cqlsh|bcp|isql|plink)"
)
_DATABASES = (
    r"(?:postgres(?:ql)?|mysql2?|mariadb|rediss?|valkey|amqps?|mongodb|mssql|sqlserver|cockroachdb|"
    r"clickhouse|nats|kafka|ldaps?|smtps?|"
    r"snowflake|neo4j|oracle)(?:\+[a-z0-9]{1,16})?"
)
_TELLING_WORD = (
    r"(?:[Pp]ass(?:word|wd|phrase|code)|PASSWORD|PASSPHRASE|pwd|[Ss]ecret|SECRET|[Tt]oken|TOKEN|[Cc]"
    r"redentials?|"
    r"(?:[Aa]pi|API|[Aa]ccess|[Ss]ecret|[Pp]rivate|[Ss]igning|[Ee]ncryption|[Ll]icense|[Aa]uth|[Ii]"
    r"ntegration|[Ss]ervice)[ _-]?[Kk]ey)"
)
_CALLED = (
    r"(?:\s{1,2}(?:is|was|to|of|value|now|equals|used|with|changed|set)\b){0,3}(?:\sfor\s(?:user\s)?[\w.@\-]"
    r"{1,60})?(?:\s{0,2}:)?\s{1,8}"
)

# Also between lines: `- name: DB_PASSWORD`, and `value: …` below it.
NAME_AND_VALUE = _rule(
    "name key header field option variable env",
    r"(?<![A-Za-z])(?:[Nn]ame|[Kk]ey|[Hh]eader|[Ff]ield|ParameterKey|parameterKey|[Oo]ption|[Vv]ariable|env|"
    r"NAME|KEY)\\{0,3}[\"']?"
    r"\s{0,4}[=:]\s{0,4}\\{0,3}[\"']?(?P<key>[\w.\-]{2,80}+)\\{0,3}[\"']?\s{0,3}[,;\s]\s{0,24}"
    r"\\{0,3}[\"']?(?:\w{0,12}[Vv]alue|val|content|default|VALUE)\\{0,3}[\"']?\s{0,4}[=:]\s{0,4}"
    r"\\{0,3}[\"']?(?P<secret>(?<=[\"'])[^\"'\n\\]{1,4096}|[^\s\"',;}\\]{1,4096})",
    _named,
)

FORMS: tuple[Family, ...] = (
    _family(
        "discord",
        ("aw50zxjhy3rpb24", "."),
        _rule("aw50zxjhy3rpb24", r"(?P<secret>aW50ZXJhY3Rpb24[A-Za-z0-9=_\-]{16,}+)"),
        _rule(
            ".",
            r"(?:(?<![\w\-.])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))"
            r"(?P<secret>[A-Za-z0-9_\-]{23,30}\.[A-Za-z0-9_\-]{6,7}\.[A-Za-z0-9_\-]{27,80})(?![\w\-])",
            _both_cases,
        ),
        _rule("mfa.", rf"{_START}(?P<secret>mfa\.[\w\-]{{60,120}})"),
    ),
    _family(
        "aws",
        ("akia", "asia", "abia", "acca", "a3t", "secret", "aws", "accesskey", "access_key"),
        _rule(
            "secret aws akia asia access",
            r"(?<![A-Za-z0-9/+=_\-.:])(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+_\-])",
            _aws_secret,
        ),
        _rule("a", r"(?<![A-Z0-9])(?P<secret>A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z0-9]{16})(?![A-Z0-9])"),
    ),
    _family(
        "jwt and keys",
        ("eyj", "mii", "mhc", "mig", "mc4", "mhq", "b3blbnnzac1r", "lq"),
        _rule(
            "eyj",
            _JWT_START + r"(?P<secret>eyJ[A-Za-z0-9_\-+/=]{8,}+\.[A-Za-z0-9_\-+/=]*+(?:\.[A-Za-z0-9_\-+/=]*+){0,3}+)",
        ),
        _rule("eyj", _JWT_START + r"(?P<secret>eyJ(?:hbGci|0eXAi|raWQi|lbmMi|4NXQi)[A-Za-z0-9_\-+/=.]{8,}+)"),
        _rule(
            "mii mhc mig mc4 mhq b3bl lq",
            r"(?<![A-Za-z0-9+/])(?P<secret>(?:MII[A-J][A-Za-z0-9+/]{2}IBA[ADEK]|MHcCAQEE|MIG[A-Z]AgE[AB]|"
            r"MC4CAQAw|MHQCAQEE|"
            r"b3BlbnNzaC1rZXk|lQ[A-Z][A-Z]BG)[A-Za-z0-9+/=\\]{16,}+)",
        ),
    ),
    _family(
        "vendors",  # those whose form is more than a prefix; prefixes are in `tokens`
        (
            "xox",
            "xapp-",
            "xwfp",
            "hook",
            ":aa",
            "pd",
            "pager",
            "genie",
            "hc-ping",
            "healthchecks",
            "key-",
            "-us",
            "sk",
            "ac",
            "q~",
            "==",
            "atlasv1",
            "nral",
            "pat",
            "$",
            "{ssha}",
            "scram",
        ),
        _rule("xox xapp- xwfp", r"(?P<secret>(?:[xX][oO][xX][a-zA-Z]{1,2}|xapp|xwfp)-[A-Za-z0-9.\-]{10,}+)"),
        _rule(
            "hooks.slack",
            rf"hooks\.slack(?:-gov)?\.com{_SLASH}(?:services|workflows|triggers)"
            rf"{_SLASH}(?P<secret>[A-Za-z0-9/_\-\\%]{{8,}}+)",
        ),
        _rule("webhook", r"\.(?:office|office365)\.com/webhook(?:b2)?/(?P<secret>[^\s\"'<>\\]{20,}+)"),
        _rule(
            "hook",
            r"hooks?\.[a-z0-9.\-]{3,60}/(?:hooks/catch/|[a-z]{1,12}/)?(?P<secret>[A-Za-z0-9/_\-]{16,}+)",
            _generated(16),
        ),
        _rule("/hooks/", r"/hooks/(?P<secret>[A-Za-z0-9/]{20,}+)", _generated(20)),
        _rule("hc-ping healthchecks", r"(?:hc-ping\.com|healthchecks\.io/ping)/(?P<secret>[A-Za-z0-9\-]{16,64})"),
        _rule(":aa", r"(?<![0-9])(?P<secret>\d{8,10}:AA[A-Za-z0-9_\-]{32,34})(?![\w\-])"),
        _rule("pd", rf"{_START}(?P<secret>pd[a-z]{{2}}\+_[A-Za-z0-9_+\-]{{16,64}})"),
        _rule("pagerduty.com", r"pagerduty\.com/(?:integration|x-ere|generic)/(?P<secret>[A-Za-z0-9]{16,64})"),
        _rule(
            "pager",
            r"(?i)(?:pagerduty|pager)[^\n]{0,60}?(?<![A-Za-z0-9_+./:\-=])"
            r"(?P<secret>[uyre]\+?[A-Za-z0-9_+\-]{17,19}|[0-9a-f]{32}|R[0-9A-Z]{31})(?![A-Za-z0-9_+\-])",
            _generated(18),
        ),
        _rule("genie", r"[Gg]enie[Kk]ey\s{1,4}(?P<secret>[A-Za-z0-9_\-]{20,}+)"),
        _rule("key-", rf"{_START}(?P<secret>(?:pub)?key-[a-f0-9]{{32}})"),
        _rule("-us", rf"{_START}(?P<secret>[0-9a-f]{{32}}-us\d{{1,2}})"),
        _rule("sk ac", rf"{_START}(?P<secret>(?:SK|AC)[0-9a-f]{{32}})(?![0-9a-f])"),
        _rule("q~", rf"{_START}(?P<secret>[A-Za-z0-9_~.]{{3}}\dQ~[A-Za-z0-9_~.\-]{{31,34}})"),
        _rule("==", r"(?<![A-Za-z0-9+/])(?P<secret>[A-Za-z0-9+/]{86}==)"),
        _rule("atlasv1", r"(?P<secret>[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-=]{40,80})"),
        _rule("nral", r"(?<![A-Za-z0-9])(?P<secret>[a-f0-9]{36}NRAL)"),
        _rule("pat", rf"{_START}(?P<secret>pat[A-Za-z0-9]{{14}}\.[a-f0-9]{{64}})"),
        _rule(
            "$",
            r"(?P<secret>\$(?:2[abxy]?|[1567y]|argon2(?:id|i|d)|scrypt|pbkdf2-sha\d{1,3}|apr1)"
            r"\$[A-Za-z0-9./$=,+\-]{16,300})",
        ),
        _rule(
            "pbkdf2_sha {ssha} scram-sha",
            r"(?P<secret>(?:pbkdf2_sha\d{1,3}\$\d+\$|\{SSHA\}|SCRAM-SHA-256\$)[A-Za-z0-9+/=$:]{16,300})",
        ),
    ),
)

CONTEXTS: tuple[Family, ...] = (
    _family(
        "discord urls",  # the interaction token is part of the URL, and so of the text of every exception of `requests`
        ("webhooks", "interactions"),
        _rule("webhooks", rf"webhooks{_SLASH}\d{{5,20}}{_SLASH}(?P<secret>{_SEGMENT}{{5,}}+)"),
        _rule("interactions", rf"interactions{_SLASH}\d{{5,20}}{_SLASH}(?P<secret>{_SEGMENT}{{5,}}+)"),
    ),
    _family(
        "authorization",
        ("bearer", "basic", "token", "bot", "auth"),
        _rule(
            "bearer",
            r"(?i)\bbearer(?:[ \t:+]|%20|\\t){1,4}(?P<secret>[A-Za-z0-9._~+/=%\-|]{8,}+)",
            _credentials,
        ),
        _rule("basic", r"\b[Bb](?:asic|ASIC)(?:[ +]|%20){1,4}(?P<secret>[A-Za-z0-9+/_\-]{8,}+={0,2}+)", _base64),
        _rule("token", r"\b[Tt]oken\s{1,4}token\s{0,2}=\s{0,2}\\{0,3}\"?(?P<secret>[^\s\"'\\,;]{8,512})"),
        _rule("bot", r"\bBot[ +]{1,4}(?P<secret>[A-Za-z0-9_\-]{8,64}\.[A-Za-z0-9_.\-]{4,120})"),
        _rule(
            "auth",
            r"\bAUTH[ \t]+(?:PLAIN|LOGIN|XOAUTH2|CRAM-MD5)[ \t]+(?P<secret>[A-Za-z0-9+/=]{8,1024})",
            _base64,
        ),
        _rule(
            "auth",
            r"(?<![\w\-])AUTH[ \t]{1,3}(?:(?:default|[a-z_]{2,20})[ \t])?\"?(?P<secret>[^\s\"]{6,200})",
            _mixed,
        ),
    ),
    _family(
        "urls",
        ("://", "%3a%2f%2f", "%40", ":\\/"),
        _rule(
            "@",
            rf"{_DATABASES}://[^\s/?#:@\"'<>]{{0,128}}:(?!\d{{1,5}}/)(?P<secret>[^\s\"'<>]{{1,256}})@",
            _says_something,
        ),
        _rule("@", r"://[^\s/?#:@\"'<>]{0,128}:(?P<secret>[^\s/?#\"'<>]{1,256})@", _says_something),
        _rule(
            "://",  # cut before the host
            rf"{_DATABASES}://[^\s/?#:@\"'<>]{{1,128}}:(?!\d{{1,5}}(?:[/,;?\s\"')\]]|$))"
            r"(?P<secret>[^\s\"'<>@\[][^\s\"'<>@]{0,255})(?=$|[\s\"'])",
            _says_something,
        ),
        _rule("@", r"://(?P<secret>[A-Za-z0-9_\-]{16,256})@", _generated(16)),
        _rule(
            ":\\",
            r":\\{1,3}/\\{1,3}/[^\s/?#:@\"'<>\\]{0,128}:(?P<secret>[^\s/?#\"'<>]{1,256})@",
            _says_something,
        ),
        _rule(
            "%3a",
            r"%3[aA]%2[fF]%2[fF][^\s%&\"'/]{0,64}%3[aA](?P<secret>(?:[^\s%&\"'/]|%(?!40)[0-9a-fA-F]{2})"
            r"{1,256})%40",
        ),
    ),
    _family(
        "user and password at a host",
        ("@",),
        _rule("@", r"(?<![^\s\"'=/(,])[\w.\-]{1,64}:(?P<secret>[^\s\"']{1,256}?)@(?:tcp|unix|udp)\("),
        _rule("jdbc:oracle", r"jdbc:oracle:[a-z]{2,6}:[\w$#]{1,64}/(?P<secret>[^\s\"'@]{1,256})@"),
        _rule(
            "@",
            r"(?<![\w.\-:/@+%])(?P<key>[A-Za-z][\w.\-]{0,63}):(?P<secret>[^\s:@/\"'<>=\[{(,]{4,128})"
            r"@(?!sha\d)[A-Za-z0-9][\w.\-]{1,128}(?=[:/][\dA-Za-z]|$|[\s\"'])",
            _user_at_host,
        ),
    ),
    _family(
        "query strings",
        ("?", "&"),
        _rule(
            "=",
            r"[?&](?:key|code|k|auth|s|hash|hmac|client_key)=(?P<secret>[A-Za-z0-9_\-%+/=.~]{16,}+)",
            _generated(16),
        ),
        _rule("sig=", r"(?<![\w])[sS]ig=(?P<secret>[A-Za-z0-9%+/=]{16,}+)"),
    ),
    _family(
        "command lines",
        (" -", "'-", '"-', "configure", "config", "password"),
        _rule(
            "-",
            r"(?<![^\s\"'(\[,=])--?(?P<key>[A-Za-z][\w\-]{2,60})[ \t]{1,8}(?P<secret>[^\s\"'\-<|;&\\]"
            r"[^\s\"'<|;]{0,511})",
            _option,
        ),
        _rule(
            "-",
            r"(?<![^\s(\[,=])--?(?P<key>[A-Za-z][\w\-]{2,60})[ =\t]{1,8}(?P<q>\\{0,3}[\"'])"
            r"(?P<secret>[^\"'\n\\]{3,512})(?P=q)",
            _option,
        ),
        _rule(
            "curl http wget",
            r"(?<!\S)(?:-u|--user|--proxy-user|-U)[ =]?[\"']?[\w.@%+\-]{1,128}:(?P<secret>[^\s\"']{2,512})",
        ),
        _rule(
            "mysql maria",
            r"\b(?:mysql|mariadb)[\w\-]{0,12}[ ][^\n]{0,200}?(?<=\s)-p(?P<q>[\"']?)(?P<secret>[^\s\"'\-]"
            r"[^\s\"']{2,200})",
            _says_something,
        ),
        _rule(
            "login sshpass redis ldap zip 7z smbclient mosquitto sqlcmd psexec keytool mongo ipmitool "
            "cqlsh bcp isql plink",
            rf"\b{_TOOLS}\b[^\n]{{0,160}}?(?<=\s)-(?:p|a|w|P|storepass|keypass|pw)[ =]?(?P<q>[\"']?)"
            r"(?P<secret>[^\s\"'\-/][^\s\"']{3,200})",
            lambda found: (
                _says_something(found) and not found["secret"].isdigit() and not is_plain_word(found["secret"])
            ),
        ),
        _rule("pass:", r"-pass(?:in|out|word)?[ =][\"']?pass:(?P<secret>[^\s\"']{1,200})"),
        _rule(
            "htpasswd",
            r"htpasswd\s+-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\s+\S{1,100}\s+\S{1,100}\s+(?P<secret>\S{1,200})",
        ),
        _rule(
            "set add",
            r"\b(?:configure|config|ssm|env)\s{1,4}(?:set|add)\s{1,4}[\"']?(?P<key>[\w.\-:/]{3,80})[\"']"
            r"?\s{1,4}[\"']?(?P<secret>[^\s\"']{4,512})",
            _named,
        ),
        _rule(
            "password",
            r"\b(?:login|user|account|machine)\s\S{1,100}\s(?P<key>password|passwd)"
            r"\s{1,4}(?P<secret>\S{3,200})",
            _says_something,
        ),
    ),
    _family(
        "pgpass",
        (":5432:", ":6432:", ":*:"),
        _rule(
            ":",
            r"(?<!\S)[\w.\-*]{1,100}:(?:\d{4,5}|\*):[\w\-*]{1,64}:[\w\-*]{1,64}:(?P<secret>[^\s:]{3,200})",
        ),
    ),
    _family(
        "markup",
        ("</", "&lt;/"),
        _rule(
            "</",
            r"<(?:[\w\-]{1,20}:)?(?P<key>[\w.\-]{2,80})(?:[ \t][^<>\n]{0,200})?>[ \t]{0,4}(?:<!\[CDATA\[)?"
            r"(?P<secret>[^<>\n]{1,2048}?)(?:\]\]>)?[ \t]{0,4}</",
            _named,
        ),
        _rule("&lt;/", r"&lt;(?P<key>[\w.\-]{2,80})&gt;(?P<secret>[^&\n]{1,1024})&lt;/", _named),
    ),
    _family("a name, and a value beside it", ("value", "val", "content", "default"), NAME_AND_VALUE),
    _family(
        "said in words",
        ("passw", "passp", "passc", "secret", "token", "key", "pwd", "credential", "identified", "crypt"),
        _rule(
            "identified passw passphrase",
            r"(?i)(?P<key>identified\s{1,4}(?:with\s{1,4}\w{1,40}\s{1,4})?by|password|passphrase|passwd)"
            r"\s{1,4}(?P<q>\\{0,3}[\"'`])"
            r"(?P<secret>[^\"'`\n\\]{1,512})(?P=q)",
            _quoted,
        ),
        _rule(
            "password( _encrypt _decrypt",
            r"(?i)(?P<key>password|aes_(?:en|de)crypt|pgp_sym_(?:en|de)crypt)\((?:[^()\n]{0,200},\s{0,2})"
            r"?'(?P<secret>[^'\n]{3,512})'",
        ),
        _rule(
            "pass pwd secret token key credential",
            rf"(?P<key>{_TELLING_WORD}){_CALLED}(?P<q>[\"'`]?)(?P<secret>[^\s\"'`=:<>\[\](){{}}\\]"
            rf"{{6,2048}}+)",
            _said,
        ),
        _rule(
            "' \" `",
            rf"(?P<key>{_TELLING_WORD})\s{{1,3}}(?:is\s{{1,2}}|was\s{{1,2}})?(?P<q>[\"'`])"
            rf"(?P<secret>[^\"'`\n\\]{{8,512}})(?P=q)",
            _quoted,
        ),
    ),
)
