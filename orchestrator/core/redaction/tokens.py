"""Tokens that are known by how they begin: one row for each family, its prefixes, and what must follow one.

A word is compared with the table only where its first signs are those of a prefix; what follows is checked only where
a prefix was found. Sources: the vendors' documents on token formats, and the rule sets of public scanners.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from orchestrator.core.redaction.trie import trie

_ROWS: tuple[tuple[str, str, str], ...] = (
    ("discord", "aW50ZXJhY3Rpb24 mfa.", r"[A-Za-z0-9=_\-]{16,}+"),
    ("aws access key", "AKIA ASIA ABIA ACCA", r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    (
        "jwt",
        "eyJ",
        r"[A-Za-z0-9_\-+/=]{8,}+\.[A-Za-z0-9_\-+/=]*+(?:\.[A-Za-z0-9_\-+/=]*+){0,3}+"
        r"|(?:hbGci|0eXAi|raWQi|lbmMi|4NXQi|wYXlsb2Fk|hdXRocyI6)[A-Za-z0-9_\-+/=.]{8,}+",
    ),
    ("jwt inside base64", "ZXlKaGJHY2lPa ZXlKMGVYQWlPa ZXlKcmFXUWlPa", r"[A-Za-z0-9_\-+/=]{40,}+"),
    ("pem body", "b3BlbnNzaC1rZXk LS0tLS1CRUdJTi", r"[A-Za-z0-9+/=\\]{16,}+"),
    (
        "private key in der",
        "MHcCAQEE MC4CAQAw MHQCAQEE MIIE MIIJ MIIC MIIB MIIG MIIF MIGH MIGT MIGk lQ",
        r"(?:[A-Za-z0-9+/]{0,2}IBA[ADEK]|AgE[AB]|(?<=MHcCAQEE)|(?<=MC4CAQAw)|(?<=MHQCAQEE)|(?<=lQ)[A-Z][A-Z]BG)"
        r"[A-Za-z0-9+/=\\]{16,}+",
    ),
    (
        "slack",
        "xoxb- xoxp- xoxa- xoxs- xoxr- xoxo- xoxc- xoxd- xoxe- xoxe.xoxp- xoxe.xoxb- xapp- xwfp-",
        r"[A-Za-z0-9.\-_%+/=]{10,}+",
    ),
    ("mailgun, datadog, pubnub", "key- pubkey- pub", r"[a-f0-9]{32}(?![a-f0-9\-])"),
    ("twilio", "SK AC", r"[0-9a-f]{32}(?![0-9a-f])"),
    ("airtable", "pat", r"[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    ("harness", "pat. sat.", r"[A-Za-z0-9_\-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}"),
    ("aws session token", "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz FwoDYXdz", r"[A-Za-z0-9+/=_%\-]{16,}+"),
    ("aws bedrock", "ABSK bedrock-api-key-", r"[A-Za-z0-9+/=]{60,}+"),
    ("aws mws", "amzn.mws.", r"[0-9a-f\-]{36}"),
    ("github", "ghp_ gho_ ghu_ ghs_ ghr_", r"[A-Za-z0-9]{20,}+"),
    ("github fine-grained", "github_pat_", r"[A-Za-z0-9_]{20,}+"),
    (
        "gitlab",
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct- glrtr- glwt-",
        r"[A-Za-z0-9_.\-]{16,}+",
    ),
    ("gitlab runner", "GR1348941", r"[\w\-]{20}"),
    ("atlassian", "ATATT3 ATCTT3 ATBB", r"[A-Za-z0-9+/=_.\-]{16,}+"),
    ("ci", "CCIPAT_ CCIPRJ_ bkua_ bkct_ bkrt_ bkpt_ drone_ bk_", r"[A-Za-z0-9_]{20,120}"),
    ("codecov, sonar, snyk", "squ_ sqp_ sqa_ snyk_", r"[A-Za-z0-9_.\-]{20,120}"),
    ("sourcegraph", "sgp_ sgd_ slk_", r"[A-Za-z0-9_]{32,120}"),
    ("npm", "npm_", r"[A-Za-z0-9]{30,64}"),
    ("pypi", "pypi-", r"[A-Za-z0-9_\-]{50,}+"),
    ("rubygems", "rubygems_", r"[a-f0-9]{40,64}"),
    ("docker", "dckr_pat_ dckr_oat_", r"[\w\-]{20,100}"),
    ("cargo", "cio", r"[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("clojars, nuget", "CLOJARS_ oy2", r"[A-Za-z0-9]{43,64}(?![A-Za-z0-9])"),
    ("artifactory", "AKCp cmVmdGtu", r"[A-Za-z0-9]{40,100}"),
    (
        "stripe",
        "sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk_org_live_ rzp_live_ rzp_test_ shippo_live_ shippo_test_",
        r"[A-Za-z0-9+/=]{10,}+",
    ),
    ("square", "sq0atp- sq0csp- sq0idp- EAAA", r"[\w\-]{22,80}"),
    (
        "paypal, paddle, plaid",
        "access_token$production$ access_token$sandbox$ pdl_live_ pdl_sdbx_ access-production- access-sandbox- "
        "access-development-",
        r"[A-Za-z0-9_$\-]{16,120}",
    ),
    (
        "flutterwave, easypost, adyen",
        "FLWSECK- FLWSECK_TEST- FLWPUBK_TEST- EZAK EZTK",
        r"[A-Za-z0-9_\-]{12,120}(?:-X)?",
    ),
    ("sendgrid", "SG.", r"[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}"),
    ("brevo, resend, postmark", "xkeysib- xsmtpsib- re_", r"[A-Za-z0-9_\-]{24,120}"),
    ("shopify", "shpat_ shpca_ shppa_ shpss_ shpua_", r"[A-Fa-f0-9]{32}"),
    ("google api key", "AIza", r"[A-Za-z0-9_\-]{30,40}"),
    ("google oauth", "ya29. GOCSPX- 1//0", r"[A-Za-z0-9_.\-]{20,}+"),
    ("facebook", "EAA", r"[A-Za-z0-9]{60,}+"),
    ("alibaba", "LTAI", r"[A-Za-z0-9]{12,30}"),
    ("digitalocean", "dop_v1_ doo_v1_ dor_v1_", r"[a-f0-9]{40,80}"),
    (
        "fly, render, vercel, netlify",
        "fo1_ fm1_ fm1a_ fm1r_ fm2_ rnd_ nfp_ nfc_ nfo_ vcp_ vci_ vck_ vca_ vcr_",
        r"[A-Za-z0-9_+/=%\-]{20,}+",
    ),
    ("cloudflare", "v1.0-", r"[a-f0-9]{20,30}-[a-f0-9]{100,160}"),
    ("heroku", "HRKU-", r"[A-Za-z0-9_\-]{30,80}"),
    ("yandex", "t1. AQVN YCAJE YCM YCO YCP", r"[A-Za-z0-9_.=\-]{24,}+"),
    ("ibm, oracle, scaleway, hetzner, tencent", "AKIDz AKID SCW", r"[A-Za-z0-9]{17,40}(?![A-Za-z0-9])"),
    ("vault", "hvs. hvb. hvr.", r"[A-Za-z0-9_\-]{24,}+"),
    ("vault, old", "s. b.", r"[A-Za-z0-9]{24}(?![\w.:\-])"),
    ("doppler", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", r"[A-Za-z0-9_.\-]{20,80}"),
    ("databricks", "dapi", r"[a-f0-9]{32}(?:-\d)?"),
    (
        "pulumi, prefect, planetscale",
        "pul- pnu_ napi_ pscale_tkn_ pscale_oauth_ pscale_pw_",
        r"[A-Za-z0-9_.=\-]{30,80}",
    ),
    ("tailscale", "tskey-", r"[A-Za-z0-9\-]{12,100}"),
    ("openshift", "sha256~", r"[\w\-]{40,50}"),
    ("1password", "ops_eyJ A3-", r"[A-Za-z0-9+/=_\-]{28,}+"),
    ("age", "AGE-SECRET-KEY-1", r"[A-Za-z0-9]{20,80}"),
    ("grafana", "glc_ glsa_", r"[A-Za-z0-9+/=_]{28,}+"),
    ("grafana, old", "eyJrIjoi", r"[A-Za-z0-9+/=]{40,}+"),
    (
        "dynatrace, sentry, honeycomb",
        "dt0c01. dt0s01. dt0s16. sntrys_ sntryu_ hcaik_ hcaic_ hcbik_ hcxik_",
        r"[A-Za-z0-9+/=_.\-]{24,}+",
    ),
    ("new relic", "NRAK- NRII- NRJS- NRAA- NRAL- NRRA-", r"[A-Za-z0-9_\-]{16,64}"),
    (
        "octopus, postman, linear, notion, airtable",
        "API-Z PMAK- lin_api_ lin_oauth_ ntn_ secret_",
        r"[A-Za-z0-9_\-]{24,120}",
    ),
    ("hubspot, asana, figma, dropbox", "pat-na1- pat-eu1- figd_ figo_ sl.", r"[A-Za-z0-9_\-]{24,}+"),
    ("huggingface, replicate, supabase", "hf_ api_org_ r8_ sbp_ sb_secret_", r"[A-Za-z0-9_\-]{24,120}"),
    (
        "model providers",
        "sk-ant- sk-proj- sk-svcacct- sk-admin- sk-or-v1- sk-lf- gsk_ xai- pplx- pcsk_ lsv2_pt_ lsv2_sk_ fw_ csk- "
        "tgp_v1_ nvapi-",
        r"[A-Za-z0-9_\-]{20,}+",
    ),
    ("openai", "sk-", r"[A-Za-z0-9]{20,64}"),
    (
        "frameio, duffel, typeform, readme, infracost",
        "fio-u- duffel_live_ duffel_test_ tfp_ rdme_ ico- CFPAT- dnkey- p8e- tk-us- gocardless_",
        r"[A-Za-z0-9_.=\-]{24,120}",
    ),
    (
        "posthog, logfire, settlemint, adafruit, ionic, and others of this form",
        "phx_ pylf_v1_ sm_pat_ sm_aat_ sm_sat_ aio_ ion_ lip_ lmb_ waka_ zpka_ rootly_ unkey_ polar_ ovsxp_ ddp_ "
        "CCDB1_ gcntfy- samsara_api_ sindri_ persona_production_ mka_ obu_ tss_ ash_ aph0_ Mid-server- BBFF- "
        "sk_sbox_ nvcf_ lsxs_ JDC_",
        r"[A-Za-z0-9_\-]{16,}+",
    ),
    ("octopus", "API-", r"[A-Z0-9]{25,28}(?![A-Za-z0-9\-])"),
    ("42", "s-s4t2ud- s-s4t2af-", r"[a-f0-9]{64}"),
    ("docker swarm", "SWMTKN-1-", r"[a-z0-9]{40,60}-[a-z0-9]{20,30}"),
    ("volcengine", "AKLT AKTP", r"[A-Za-z0-9+/=]{40,}+"),
    ("firebase", "AAAA", r"[A-Za-z0-9_\-]{7}:APA91[A-Za-z0-9_\-]{60,}+"),
    ("matrix", "syt_", r"[A-Za-z0-9]{2,60}_[A-Za-z0-9]{12,24}_[A-Za-z0-9]{4,10}"),
    ("django", "django-insecure-", r"[^\s\"'`]{30,}+"),
    ("salesforce", "00D", r"[A-Za-z0-9]{12}![A-Za-z0-9_.\-]{60,}+"),
    ("adyen", "AQEy AQEh AQEm AQEx", r"[A-Za-z0-9_+/*.\-]{60,}+"),
    ("mapbox", "sk.eyJ pk.eyJ tk.eyJ", r"[A-Za-z0-9_\-]{20,}+\.[A-Za-z0-9_\-]{10,}+"),
    ("lob", "live_ test_", r"[a-f0-9]{35}"),
    ("launchdarkly", "sdk- api- mob-", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
    ("bitcoin's extended keys", "xprv yprv zprv tprv", r"[A-Za-z0-9]{90,}+"),
    ("twitch", "oauth:", r"[a-z0-9]{30}"),
)

_BODIES: dict[str, re.Pattern[str]] = {
    prefix: re.compile(rest) for _, prefixes, rest in _ROWS for prefix in prefixes.split()
}
_PREFIX = re.compile(trie(_BODIES))
_BEGINNINGS = frozenset(prefix[:3] for prefix in _BODIES)
_WORD = re.compile(r"[A-Za-z0-9]++")
# What escapes and colours glue to the first word behind them: `\n`, `\u003d`, `%3D`, `ESC[0m`.
_GLUED = re.compile(r"(?<=\\)(?:[nrt]|u00[0-9a-fA-F]{2})|(?<=%)(?:25)?[0-9A-Fa-f]{2}|(?<=[\[;])\d{1,3}m")


def _is_random(rest: str) -> bool:
    """Not an identifier which begins like a token: it has digits, or changes between small and capital letters."""
    if any(c.isdigit() for c in rest):
        return True
    return sum(a.isupper() != b.isupper() for a, b in pairwise(rest)) >= 4


def token_spans(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where tokens begin between the two places, prefix included, in order. A token never begins inside a word."""
    last = start  # where the search goes on: behind a token, and behind what was read in vain
    for word in _WORD.finditer(text, start, end):
        begin = word.start()
        if begin < last:
            continue
        places = [begin]
        if text[begin - 1 : begin] in _BEFORE_GLUED and (glued := _GLUED.match(text, begin)) is not None:
            places = [glued.end(), begin]
        for place in places:
            beginning = text[place : place + 3]
            if beginning in _BEGINNINGS or beginning[:2] in _BEGINNINGS:
                last, found = _end_of_token(text, place)
                if found:
                    yield place, last
                    break


_UNMISTAKABLE = frozenset(["AKIA", "ASIA"])
_BEFORE_GLUED = frozenset("\\%[;")


def _end_of_token(text: str, start: int) -> tuple[int, bool]:
    """Where the token that begins here ends; or up to where was read what is none, so that nobody reads it again."""
    found = _PREFIX.match(text, start)
    prefix = found[0] if found else ""
    read = start
    while prefix:
        body = _BODIES.get(prefix)
        rest = body.match(text, start + len(prefix)) if body is not None else None
        if rest is not None and (_is_random(rest[0]) or prefix in _UNMISTAKABLE):
            return rest.end(), True
        if rest is not None:
            read = rest.end()
        elif prefix == "eyJ" and (run := _JWT_PART.match(text, start)) is not None:
            read = run.end()
        prefix = prefix[:-1]
    return read, False


_JWT_PART = re.compile(r"[A-Za-z0-9_\-+/=]*+")
