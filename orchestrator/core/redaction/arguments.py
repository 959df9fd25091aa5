"""Secrets that a command, or a line of a device's settings, takes by their place: no key stands before them."""

from __future__ import annotations

from orchestrator.core.redaction.rule import (
    Match,
    Rule,
    generated,
    mixed,
    no_plain_word,
    rule,
    says_something,
    telling_name,
)

_FLAGS = r"(?:\s--?[A-Za-z][\w\-]{0,30}(?:=\S{1,200})?){0,4}"
_TAKES_A_TOKEN = (
    r"(?:vault\s(?:operator\sunseal|unwrap|login)|snyk\s(?:auth|config\sset)|ngrok\s(?:config\sadd-)?auth-?token|cargo\slogin|"
    r"nuget\ssetapikey|fly(?:ctl)?\sauth\stoken|infracost\sauth\slogin|circleci\ssetup|doppler\sconfigure\sset\stoken|"
    r"tailscale\sup|(?:composer|poetry)\sconfig(?:\s-\S{1,20}){0,3}\s(?:github-oauth|gitlab-token|bearer|pypi-token)"
    r"\.[\w.\-]{1,80}|npm\sconfig\sset\s\S{1,120}:_auth(?:Token)?)"
)
_TAKES_USER_AND_PASSWORD = (
    r"(?:rabbitmqctl(?:\s-\S{1,40}){0,2}\s(?:add_user|change_password|authenticate_user)|"
    r"mosquitto_passwd\s-\w{0,4}b\w{0,4}\s\S{1,200}|htpasswd\s-\w{0,4}(?:nb|bn)\w{0,4}|"
    r"(?:poetry|composer)\sconfig(?:\s-\S{1,20}){0,3}\shttp-basic\.[\w.\-]{1,80}|"
    r"net\s{1,2}user|wpa_passphrase|samba-tool\suser\s(?:add|create))"
)


def _letters_and_more(found: Match) -> bool:
    return no_plain_word(found) and any(not sign.isalpha() for sign in found["secret"])


def _is_community(found: Match) -> bool:
    return says_something(found) and found["secret"].lower() not in ("ro", "rw", "string")


ARGUMENTS: tuple[Rule, ...] = (
    rule(
        "unseal unwrap login snyk ngrok nuget flyctl fly infracost circleci doppler tailscale composer poetry npm",
        rf"\b{_TAKES_A_TOKEN}{_FLAGS}\s{{1,4}}(?:api=)?[\"']?(?P<secret>[^\s\"'\-$<][^\s\"']{{15,512}})",
        generated(16),
    ),
    rule(
        "doctl codecov vercel hcloud",
        r"\b(?:doctl|codecov|vercel|hcloud)\b[^\n]{0,120}?\s-t[ =](?P<secret>[^\s\"']{16,200})",
        generated(16),
    ),
    rule(
        "cypher hdbsql beeline influx",
        r"\b(?:cypher-shell|hdbsql|beeline|influx)\b[^\n]{0,160}?\s-p(?:assword)?[ =]?[\"']?"
        r"(?P<secret>[^\s\"'\-][^\s\"']{3,200})",
        no_plain_word,
    ),
    rule(
        "rabbitmqctl mosquitto htpasswd poetry composer net wpa samba",
        rf"\b{_TAKES_USER_AND_PASSWORD}\s{{1,4}}[\"']?[\w.@\-\\]{{1,80}}[\"']?\s{{1,4}}(?P<q>[\"']?)"
        r"(?P<secret>[^\s\"'\-/*][^\s\"']{2,200})",
        _letters_and_more,
    ),
    rule(
        "bundle",
        r"\bbundle\sconfig(?:\s\S{1,60}){1,4}?\s[\w.\-]{1,64}:(?P<secret>[^\s/\"'][^\s\"']{3,200})",
        no_plain_word,
    ),
    rule(
        "alias config",
        r"\bmc\s(?:alias\sset|config\shost\sadd)\s\S{1,60}\s\S{1,200}\s\S{1,128}\s(?P<secret>[^\s\"'\-]{8,200})",
        needs="mc ",
    ),
    rule(
        "mysqladmin",
        r"\bmysqladmin\b[^\n]{0,160}?\spassword\s{1,2}(?P<q>[\"']?)(?P<secret>[^\s\"'\-]\S{3,200})(?P=q)",
        no_plain_word,
    ),
    rule(
        "using",
        r"\bdb2\s[^\n]{0,120}?\susing\s(?P<secret>[^\s\"']{4,200})",
        no_plain_word,
        needs="db2",
    ),
    rule(
        "xfreerdp wfreerdp schtasks cmdkey wmic ktpass",
        r"(?<=\s)/(?:p|pass|password|rp|pwd)[: ](?P<secret>[^\s\"'*][^\s\"']{3,200})",
        no_plain_word,
    ),
    rule("lftp", r"\blftp\b[^\n]{0,120}?\s-u\s?[\"']?[\w.@\-]{1,80},(?P<secret>[^\s\"']{2,200})", says_something),
    rule(
        "creds credentials credential",
        r"(?<!\S)--?(?:[a-z]{2,12}-)?(?:creds|credentials?)[ =][\"']?[\w.@%+\-\[\]]{1,128}:(?P<secret>[^\s\"']{3,512})",
        says_something,
    ),
    rule(
        "auth basic userpwd",
        r"(?<!\S)--?(?:user|auth|basic-auth|http-auth|userpwd)[ =][\"']?[\w.@%+\-\[\]]{1,128}:[\"']?"
        r"(?P<secret>[^\s\"':]{6,512})",
        mixed,
        literals="--user",
    ),
    rule(
        "",
        r"\b(?:login|sudo|su|passwd|cryptsetup|gpg)\b[^\n]{0,120}?<<<\s?[\"']?(?:[\w.\-]{1,60}:)?(?P<secret>[^\s\"'$<]{4,200})",
        no_plain_word,
        literals="<<<",
    ),
    rule(
        "env arg setenv fastcgi",
        r"(?<![\w\-])(?:ENV|ARG|SetEnv|setenv|fastcgi_param)[ \t]{1,8}(?P<key>[\w.\-]{2,80})[ \t]{1,20}[\"']?"
        r"(?P<secret>[^\s\"'$=][^\s\"'=]{3,512})",
        telling_name,
    ),
    rule("stats", r"\bstats\s{1,4}auth\s{1,4}[\w.\-]{1,60}:(?P<secret>[^\s:]{3,200})", says_something),
    rule(
        # `0` and `7` are the ways in which Cisco's devices write a password
        "enable username string neighbor isakmp tacacs radius psksecret chain ospf standby enc",
        r"\b(?:secret|password|key|key-string|psksecret|md5)[ ](?:[05-9]|ENC)[ ]{1,4}[\"']?(?P<secret>[^\s\"']{6,200})",
        mixed,
    ),
    rule("community", r"\bsnmp-server[ ]community[ ](?:[05-9][ ])?(?P<secret>[^\s\"']{3,80})", _is_community),
    rule(
        "tacacs radius isakmp",
        r"\b(?:tacacs|radius|isakmp)\b[^\n]{0,80}?\skey[ ](?:\d[ ])?(?P<secret>[^\s\"']{4,200})",
        _letters_and_more,
    ),
    rule("setuser", r"(?i)\bsetuser\s[^\n]{0,160}?(?<=[\s\"'])>(?P<secret>[^\s\"']{3,200})", says_something),
    rule(
        "kadmin addprinc",
        r"\b(?:kadmin|addprinc)\b[^\n]{0,120}?\s-(?:w|pw)\s(?P<secret>[^\s\"'\-]\S{3,200})",
        no_plain_word,
    ),
    rule("knife", r"\bknife\b[^\n]{0,160}?\s-P\s(?P<secret>[^\s\"'\-]\S{3,200})", no_plain_word),
    rule("shadow", r"\bset_password\s\S{1,60}\s[\"']?(?P<secret>[^\s\"']{4,200})", no_plain_word),
    rule(
        "openssl rclone mkpasswd",
        r"\b(?:openssl\spasswd|rclone\sobscure|mkpasswd)(?:\s-[\w\-]{1,20}){0,3}\s[\"']?(?P<secret>[^\s\"'\-][^\s\"']{3,200})",
        _letters_and_more,
    ),
    rule("password", r"--password-command[ =][\"']?(?:echo|printf)\s(?P<secret>[^\s\"'$]{4,200})", needs="-command"),
    rule(
        "use",
        r"(?i)\bnet\s{1,2}use\s{1,2}(?:\S:\s{1,2})?\\\\[^\s]{1,120}\s{1,2}(?P<secret>[^\s\"'/*][^\s\"']{3,200})",
        _letters_and_more,
        needs="net",
    ),
    rule("send", r"\bsend\s(?:--\s)?\"(?P<secret>[^\s\"\\]{8,100})\\[rn]\"", mixed),  # a script of expect
    rule("oper", r"\bOPER\s\S{1,40}\s(?P<secret>\S{6,100})", mixed),
    rule(
        "rsa ecdsa psk eap xauth",  # ipsec.secrets
        r":\s(?:RSA|ECDSA|PSK|EAP|XAUTH)\s{1,4}(?:[\w.\-/]{1,80}\s{1,4})?\"(?P<secret>[^\"\n]{4,200})\"",
        says_something,
    ),
    rule("rocommunity rwcommunity", r"\br[ow]community6?\s{1,4}(?P<secret>\S{4,80})", _is_community),
    rule("createuser", r"\bcreateUser\s\S{1,60}\s(?:MD5|SHA\S{0,8})\s\"?(?P<secret>[^\s\"]{6,200})", says_something),
    rule("", r"\]:\d{2,5}[ \t]{1,8}[\w.@+\-]{1,80}:(?P<secret>\S{4,200})$", mixed, literals="]:"),
    rule("wifi", r"WIFI:[^\n]{0,120}?;P:(?P<secret>[^;\n]{4,100});"),  # what a code on a poster says
    rule(
        "addlogin addlinkedsrvlogin", r"\bsp_add\w{5,20}\b[^\n]{0,120}?,\s?N?'(?P<secret>[^'\n]{4,200})'", no_plain_word
    ),
)
