"""Secrets in addresses: user and password, webhooks, signatures and keys in query strings."""

from __future__ import annotations

from orchestrator.core.redaction.escapes import PERCENT
from orchestrator.core.redaction.rule import Match, Rule, generated, mixed, rule, says_something
from orchestrator.core.redaction.values import looks_generated

_SLASH = r"(?:/|\\{1,3}/|%2[fF])"
_SEGMENT = r"[^\s/?\"'<>\\)(&,;\]\[}%`]"
_DATABASES = (
    r"(?:postgres(?:ql)?|mysql2?|mariadb|rediss?|valkey|amqps?|mongodb|mssql|sqlserver|cockroachdb|"
    r"clickhouse|nats|kafka|ldaps?|smtps?|snowflake|neo4j|oracle|influxdb|couchbases?|cassandra|memcached|s?ftp|"
    r"redshift|presto|trino|vertica|hive)(?:\+[a-z0-9]{1,16})?"
)
# A part of a path after which comes what only the receiver should know.
_TELLING_PARTS = (
    r"(?:hooks?|webhooks?|webhookb2|IncomingWebhook|heartbeats?|with/key|hooks/catch/\d{1,12}|ping|receiver/v1/http|"
    r"ingest|push|in|trigger|private|magic|invite|reset|verify|confirm|unsubscribe|integration|x-ere|generic)"
)
_HOSTS_OF_KEYS = (
    r"(?:infura\.io|alchemy\.com|alchemyapi\.io|quiknode\.pro|ankr\.com|hc-ping\.com|deadmanssnitch\.com|nosnch\.in)"
)
_PARAMETERS = [
    "key",
    "code",
    "k",
    "auth",
    "s",
    "hash",
    "hmac",
    "client_key",
    "appid",
    "app_id",
    "sign",
    "ticket",
    "tk",
    "st",
    "hdnts",
    "assertion",
    "t",
]
_PRESCRIBED = f"(?:{'|'.join(_PARAMETERS)})"


def _user_at_host(found: Match) -> bool:
    schemes = ("mailto", "sip", "sips", "npm", "xmpp", "acct", "image", "docker", "matrix")
    return found["key"].lower() not in schemes and mixed(found)


def _of_all_kinds(found: Match) -> bool:
    """Short values have to have small and capital letters and digits."""
    value = found["secret"]
    return looks_generated(value, 16) or (looks_generated(value, 10) and not (value.islower() or value.isupper()))


def _part_of_path(found: Match) -> bool:
    value = found["secret"]
    return looks_generated(value, 16) or (found["part"].startswith("hooks/catch") and len(value) > 5)


URLS: tuple[Rule, ...] = (
    # the interaction token is part of the URL, and so of the text of every exception of `requests`
    rule("webhooks", rf"webhooks{_SLASH}\d{{5,20}}{_SLASH}(?P<secret>{_SEGMENT}{{5,}}+)"),
    rule("interactions", rf"interactions{_SLASH}\d{{5,20}}{_SLASH}(?P<secret>{_SEGMENT}{{5,}}+)"),
    rule(
        "slack",
        rf"hooks\.slack(?:-gov)?\.com{_SLASH}(?:services|workflows|triggers)"
        rf"{_SLASH}(?P<secret>[A-Za-z0-9/_\-\\%]{{8,}}+)",
    ),
    rule("webhook webhookb", r"\.(?:office|office365)\.com/webhook(?:b2)?/(?P<secret>[^\s\"'<>\\]{20,}+)"),
    rule("pagerduty", r"pagerduty\.com/(?:integration|x-ere|generic)/(?P<secret>[A-Za-z0-9]{16,64})"),
    rule(
        "infura alchemy alchemyapi quiknode ankr ping deadmanssnitch nosnch",
        rf"{_HOSTS_OF_KEYS}/(?:v\d{{1,2}}/|[a-z]{{2,12}}/)?(?P<secret>[A-Za-z0-9_\-]{{10,100}})",
    ),
    rule("receiver", r"receiver/v1/http/(?P<secret>[A-Za-z0-9+/=_\-]{20,400}+)"),
    rule("healthchecks", r"healthchecks\.io/ping/(?P<secret>[A-Za-z0-9\-]{16,64})"),
    rule("private", r"/private-(?P<secret>[0-9a-f]{32})(?![0-9a-f])"),
    rule(
        "hook hooks webhook webhooks webhookb incomingwebhook heartbeat heartbeats key ping receiver ingest push "
        "trigger "
        "private magic invite reset verify confirm unsubscribe generic integration",
        rf"/(?P<part>{_TELLING_PARTS})/(?:[A-Z][A-Z0-9]{{7,12}}/)?"
        r"(?P<secret>[A-Za-z0-9_\-+=%]{6,400}+)",
        _part_of_path,
        needs="://",
    ),
    rule(
        "hook hooks", r"://hooks?\.[a-z0-9.\-]{3,60}/(?:[a-z]{1,12}/)?(?P<secret>[A-Za-z0-9/_\-]{16,}+)", generated(16)
    ),
    rule(
        "",
        rf"{_DATABASES}://[^\s/?#:@\"'<>]{{0,128}}:(?!\d{{1,5}}[/;,])(?P<secret>[^\s\"'<>]{{1,256}})@",
        says_something,
        literals="@",
        needs="://",
    ),
    rule(
        "",
        r"://[^\s/?#:@\"'<>]{0,128}:(?!\d{1,5}[;,])(?P<secret>[^\s/?#\"'<>]{1,256})@",
        says_something,
        literals="@",
        needs="://",
    ),
    rule(
        "postgres postgresql mysql mariadb redis rediss mongodb amqp amqps srv sqlserver",  # cut before the host
        rf"{_DATABASES}://[^\s/?#:@\"'<>]{{1,128}}:(?!\d{{1,5}}(?:[/,;?\s\"')\]]|$))"
        r"(?P<secret>[^\s\"'<>@\[][^\s\"'<>@]{0,255}+)(?=$|[\s\"'])",
        lambda found: says_something(found) and not _is_port_and_path(found["secret"]),
    ),
    rule("", r"://(?P<secret>[A-Za-z0-9_\-]{16,256})@", generated(16), literals="@", needs="://"),
    rule(
        "",
        r":\\{1,3}/\\{1,3}/[^\s/?#:@\"'<>\\]{0,128}:(?P<secret>[^\s/?#\"'<>]{1,256})@",
        says_something,
        literals=":\\/ :\\\\/ :\\\\\\/",
        needs="@",
    ),
    rule(
        "",
        rf"{PERCENT}3[aA]{PERCENT}2[fF]{PERCENT}2[fF][^\s%&\"'/]{{0,64}}{PERCENT}3[aA]"
        rf"(?P<secret>(?:[^\s%&\"'/]|%(?!(?:25){{0,3}}40)[0-9a-fA-F]{{2}}){{1,256}}){PERCENT}40",
        literals="3a%2f%2f 3a%252f%252f 3a%25252f%25252f",
    ),
    rule(
        "",
        r"(?<![^\s\"'=/(,])[\w.\-]{1,64}:(?P<secret>[^\s\"']{1,256}?)@(?:tcp|unix|udp)?\(",
        literals="@( @tcp( @unix( @udp(",
    ),
    rule("services", r"/services/T[A-Z0-9]{7,12}/(?P<secret>B[A-Z0-9]{7,12}/[A-Za-z0-9]{16,64})"),
    rule("jdbc", r"jdbc:oracle:[a-z]{2,6}:[\w$#]{1,64}/(?P<secret>[^\s\"'@]{1,256})@"),
    rule(
        "",
        r"(?<![\w.\-:/@+%])(?P<key>[A-Za-z][\w.\-]{0,63}):(?P<secret>[^\s:@/\"'<>=\[{(,]{4,128})"
        r"@(?!sha\d)[A-Za-z0-9][\w.\-]{1,128}(?=[:/][\dA-Za-z]|$|[\s\"'])",
        _user_at_host,
        literals="@",
        needs=":",
    ),
    rule(
        "", rf"[?&;]{_PRESCRIBED}=(?P<secret>[A-Za-z0-9_\-%+/=.~*]{{16,}}+)", generated(16), literals="? &", needs="="
    ),
    rule(
        "auth sig sign hmac",
        r"[?&;](?:auth|sig|sign|hmac)=(?P<secret>[A-Za-z0-9_\-%+/=.~*]{10,}+)",
        _of_all_kinds,
    ),
    rule("verifier grant", r"(?<![\w])code=(?P<secret>[A-Za-z0-9_\-%+/=.~]{16,}+)", generated(16)),
    rule("sig", r"(?<![\w])[sS]ig=(?P<secret>[A-Za-z0-9%+/=_\-~.]{16,}+)"),
    rule(
        "code key sig",
        r"(?:%3F|%26|%3f)(?:code|key|sig)%3[dD](?P<secret>[A-Za-z0-9_\-+/.~]{16,}+)",
        generated(16),
        needs="%3d",
    ),
)


def _is_port_and_path(value: str) -> bool:
    return value[:1].isdigit() and value.split("/")[0].split("?")[0].isdigit()
