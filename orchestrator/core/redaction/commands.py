"""Secrets on command lines, as `ps`, `sudo`, shells with `set -x` and CI systems log them."""

from __future__ import annotations

from orchestrator.core.redaction.rule import (
    Match,
    Rule,
    mixed,
    no_plain_word,
    rule,
    says_something,
    telling_name,
    telling_option,
)
from orchestrator.core.redaction.values import looks_generated

_TOOLS = (
    r"(?:login|sshpass|redis-cli|ldap[a-z]{2,10}|unzip|zip|7z|smbclient|mosquitto_[a-z]{3}|sqlcmd|psexec|"
    r"keytool|jarsigner|mongo[a-z]{0,8}|ipmitool|cqlsh|bcp|isql|plink|snmp[a-z]{2,8}|clickhouse-client|kinit|"
    r"lftp|mongodump|pgbench|osqlcmd|nxc|crackmapexec|twine|rar|unrar|rdesktop|"
    r"mysqlsh|ncftp[a-z]{0,4})"
)


def _user_and_password(found: Match) -> bool:
    return says_something(found) and not found["secret"].startswith("//")


def _password_of_mysql(found: Match) -> bool:
    """Behind a space stands the name of a database, unless somebody was wrong about that."""
    return looks_generated(found["secret"], 10) if found["key"].endswith(" ") else says_something(found)


OPTIONS: tuple[Rule, ...] = (
    rule(
        "",
        r"(?<![^\s\"'(\[,=])--?(?P<key>[A-Za-z][\w\-]{2,60})[ \t]{1,8}(?P<secret>[^\s\"'\-<|;&\\]"
        r"[^\s\"'<|;]{0,511})",
        telling_option,
    ),
    rule(
        "",
        r"(?<![^\s(\[,=])--?(?P<key>[A-Za-z][\w\-]{2,60})[ =\t]{1,8}(?P<q>\\{0,3}[\"'])"
        r"(?P<secret>[^\"'\n\\]{3,512})(?P=q)",
        telling_option,
    ),
)
"""Tried on lines that hold a telling word and a dash."""

COMMANDS: tuple[Rule, ...] = (
    rule(
        "curl http https wget httpie",
        r"(?<!\S)(?:-[a-zA-Z]{0,8}[uUa]|--user|--proxy-user|--auth)[ =]?[\"']?[\w.@%+\-\[\]$]{1,128}[\"']?:"
        r"[\"']?(?P<secret>(?<=:')[^'\n]{2,512}|(?<=:\")[^\"\n]{2,512}|[^\s\"']{2,512})",
        _user_and_password,
        needs=" -",
    ),
    rule(
        "mysql mysqldump mysqladmin mysqlimport mariadb",
        r"\b(?:mysql|mariadb)[\w\-]{0,12}(?:[ ]|[\"'],)[^\n]{0,200}?(?<=[\s\"'])-p(?P<key>(?:[\"'],)?[ ]?)[\"']?"
        r"(?P<secret>[^\s\"'\-][^\s\"']{2,200})",
        _password_of_mysql,
    ),
    rule(
        "login sshpass redis ldapsearch ldapadd ldapmodify ldapwhoami ldapdelete ldappasswd zip unzip smbclient "
        "mosquitto "
        "sqlcmd psexec keytool jarsigner mongo mongosh mongodump mongorestore mongoexport ipmitool cqlsh bcp "
        "isql plink "
        "clickhouse kinit lftp pgbench nxc twine rar unrar rdesktop mysqlsh ncftp "
        "ncftpget ncftpput",
        rf"\b{_TOOLS}\b[^\n]{{0,160}}?(?<=\s)-(?:p|a|w|P|A|X|storepass|keypass|pw)[ =]?(?P<q>[\"']?)"
        r"(?P<secret>[^\s\"'\-/][^\s\"']{3,200})",
        no_plain_word,
        literals="7z␣",
    ),
    rule(
        "sqlplus expdp impdp rman sqlldr",
        r"\b(?:sqlplus|expdp|impdp|rman|sqlldr)\b[^\n]{0,80}?\s[\w$#]{1,60}/(?P<secret>[^\s\"'@/]{2,100})@",
        says_something,
    ),
    rule("openssl", r"\bopenssl\b[^\n]{0,120}?\s-[kK]\s(?P<secret>[^\s\-]\S{3,200})", says_something),
    rule(
        "keygen", r"ssh-keygen\b[^\n]{0,120}?\s-[NP]\s(?P<q>[\"']?)(?P<secret>[^\s\"'][^\s\"']{2,200})", says_something
    ),
    rule(
        "snmpwalk snmpget snmpset snmpbulkwalk snmptrap",
        r"(?<=\s)-(?:A|X|c)[ ](?P<q>[\"']?)(?P<secret>[^\s\"'\-][^\s\"']{5,200})",
        no_plain_word,
    ),
    rule(
        "echo printf",
        r"\b(?:echo|printf)\s(?:-n\s)?(?P<q>[\"']?)(?P<secret>[^\s\"'|$][^\"'|\n]{2,200}?)(?P=q)\s?\|\s?"
        r"(?:sudo\s-\w{0,4}S|[^|\n]{1,120}(?:--password-stdin|--stdin\b|--passphrase-fd|--with-token|luks[A-Z]\w{2,12}|"
        r"\bsecret create|\bchpasswd))",
    ),
    rule(
        "secret secrets",
        r"\bsecrets? (?:set|put|create) (?P<key>[\w.\-/]{2,80})[^\n]{0,120}? "
        r"(?:(?:--body|--value|--secret)[ =]|-[bv][ =]?)(?P<q>[\"']?)(?P<secret>[^\s\"'$]{3,512})",
        says_something,
        needs=" -",
    ),
    rule("pass", r"-pass(?:in|out|word)?[ =][\"']?pass:(?P<secret>[^\s\"']{1,200})"),
    rule(
        "htpasswd",
        r"htpasswd\s+-[a-zA-Z]{0,4}b[a-zA-Z]{0,4}\s+\S{1,100}\s+\S{1,100}\s+(?P<secret>\S{1,200})",
    ),
    rule(
        "securestring secret parameter",
        r"(?:SecureString|put-parameter|put-secret-value)[^\n]{0,200}? --(?:value|secret-string) "
        r"(?P<q>[\"']?)(?P<secret>[^\s\"'\-$][^\s\"']{1,512})",
        says_something,
    ),
    rule(
        "configure config ssm env",
        r"\b(?:configure|config|ssm|env)\s{1,4}(?:set|add)\s{1,4}(?:--?[\w\-]{1,30}\s{1,4}){0,3}[\"']?(?P<key>[\w.\-:/]{3,80})[\"']"
        r"?\s{1,4}[\"']?(?P<secret>[^\s\"']{4,512})",
        telling_name,
    ),
    rule(
        "password passwd",
        r"\b(?:login|user|account|machine)\s\S{1,100}\s(?P<key>password|passwd)\s{1,4}(?P<secret>\S{3,200})",
        says_something,
        needs=" pass",
    ),
    rule("smbclient smbget rpcclient", r"(?<=\s)-U[ =]?[\"']?[\w.\\/\-]{1,80}%(?P<secret>[^\s\"']{2,200})"),
    rule("user", r"/user:\S{1,100} (?P<secret>[^\s/*]\S{3,200})", mixed),
    rule("chpasswd", r"[\"']?[\w.\-]{1,60}:(?P<secret>[^\s\"':]{3,200})[\"']?[ ]?\|[ ]?(?:sudo )?chpasswd"),
)
