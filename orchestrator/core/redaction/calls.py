"""Secrets among the arguments of well-known calls, as stack traces, REPLs and source lines in logs show them."""

from __future__ import annotations

import re

from orchestrator.core.redaction.keys import Telling, judge
from orchestrator.core.redaction.rule import Match, Rule, generated, mixed, no_plain_word, rule, telling_name
from orchestrator.core.redaction.values import is_prose, looks_generated, says_nothing

_QUOTE = r"[bruf]{0,2}\\{0,3}[\"']"
# An argument before the secret, up to its comma: a text in quotes, or anything without quotes and brackets.
_ARGUMENT = rf"(?:[ ]?(?:{_QUOTE}[^\"'\n\\]{{0,200}}\\{{0,3}}[\"']|[^\"'(),\n]{{1,80}}),[ ]?)"
_SECRET = rf"{_QUOTE}(?P<secret>[^\"'\n\\]{{3,512}})\\{{0,3}}[\"']"
_THIRD = (
    r"(?:mysqli?_p?connect|mysqli_real_connect|mysqli|PDO|getConnection|ftp_login|ssh2_auth_password|ldap_bind|"
    r"odbc_connect|pymysql\.connect|MySQLdb\.connect|SqlConnection)"
)
_SECOND = (
    r"(?:db\.auth|changeUserPassword|simple_bind(?:_s)?|NetworkCredential|UsernamePasswordCredentials|"
    r"PasswordAuthentication|PlainTextAuthProvider|(?:[Ss]et|[Hh]ttp|add)?_?[Bb]asic_?[Aa]uth|HTTP(?:Basic|Digest)Auth|"
    r"Credentials\.basic|oci_p?connect|cx_Oracle\.connect|oracledb\.connect|sp_addlogin|"
    r"jwt\.(?:sign|encode|verify|decode)|createHmac|Credentials)"
)


def _no_prose(found: Match) -> bool:
    return no_plain_word(found) and not is_prose(found["secret"])


_ALGORITHM = re.compile(r"(?i)(?:[hrep]s|sha)-?\d{3}|utf-?8")


def _one_word(found: Match) -> bool:
    value = found["secret"]
    return no_plain_word(found) and " " not in value and not _ALGORITHM.fullmatch(value)


def _key_material(found: Match) -> bool:
    return looks_generated(found["secret"], 12) or mixed(found)


def _telling_call(found: Match) -> bool:
    """`setPassword("…")`; `get("…")` asks for a name."""
    value = found["secret"]
    if judge(found["key"]) is not Telling.YES or says_nothing(value):
        return False
    return looks_generated(value, 12) or mixed(found)


CALLS: tuple[Rule, ...] = (
    rule(
        "connect pconnect mysqli pdo getconnection ftp ssh ldap odbc pymysql mysqldb sqlconnection",
        rf"\b{_THIRD}\({_ARGUMENT}{{2}}{_SECRET}",
        _no_prose,
        needs="(",
    ),
    rule(
        "auth changeuserpassword simple networkcredential usernamepasswordcredentials passwordauthentication "
        "plaintextauthprovider basicauth setbasicauth httpbasicauth httpdigestauth credentials oci oracle oracledb "
        "login authenticate jwt createhmac basic",
        rf"(?:(?<![A-Za-z]){_SECOND}|\.(?:login|authenticate))\({_ARGUMENT}{_SECRET}",
        _one_word,
        needs="(",
    ),
    rule(
        "hmac fernet secretkeyspec createsecretkey aes",
        rf"(?<![A-Za-z])(?:hmac\.new|HMAC\.new|Fernet|SecretKeySpec|createSecretKey|AES\.new)\([ ]?{_SECRET}",
        _key_material,
    ),
    rule(
        "auth login authenticate",
        rf"\.(?:auth|login|authenticate)\([ ]?{_SECRET}[ ]?\)",
        generated(12),
        needs="(",
    ),
    rule("client twilio", rf"(?:Client|[Tt]wilio\S{{0,20}})\({_ARGUMENT}{_SECRET}", generated(24), needs="("),
)
"""Tried on lines that hold one of their words."""

MAPPED: tuple[Rule, ...] = (
    rule("", r"\{[ ]?(?P<key>[a-z]\w{1,60}),[ ]?\"(?P<secret>[^\"\n\\]{3,512})\"", telling_name),
)
"""`{password,"…"}`, as Erlang has it. Tried on lines that hold a telling word and a brace."""

TELLING_CALLS: tuple[Rule, ...] = (
    rule(
        "",
        r"(?<![A-Za-z])(?P<key>(?:set|with|check|update|change|use|add|verify|authenticate)_?\w{3,40})"
        rf"\([ ]?{_SECRET}",
        _telling_call,
    ),
)
"""Tried on lines that hold a telling word and a bracket."""
