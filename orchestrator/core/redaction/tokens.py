"""Tokens that are known by how they begin: one row for each family, its prefixes, and what must follow one.

All prefixes are looked for at once, by one pattern made from the table; what follows is checked only where
one was found. Sources: the vendors' documents on token formats, and the rule sets of public scanners.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

_ROWS: tuple[tuple[str, str, str], ...] = (
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
    ("ci", "CCIPAT_ CCIPRJ_ bkua_ bkct_ bkrt_ bkpt_ drone_", r"[A-Za-z0-9_]{20,120}"),
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
        "FLWSECK- FLWSECK_TEST- FLWPUBK_TEST- EZAK EZTK AQE",
        r"[A-Za-z0-9_+/\-]{12,120}(?:-X)?",
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
        "fo1_ fm1_ fm2_ rnd_ nfp_ vcp_ vci_ vck_",
        r"[A-Za-z0-9_+/=,\-]{20,}+",
    ),
    ("cloudflare", "v1.0-", r"[a-f0-9]{20,30}-[a-f0-9]{100,160}"),
    ("heroku", "HRKU-", r"[A-Za-z0-9_\-]{30,80}"),
    ("yandex", "t1. AQVN YCAJE YCM YCO YCP", r"[A-Za-z0-9_.=\-]{24,}+"),
    ("ibm, oracle, scaleway, hetzner, tencent", "AKIDz AKID SCW", r"[A-Za-z0-9]{17,40}(?![A-Za-z0-9])"),
    ("vault", "hvs. hvb. hvr.", r"[A-Za-z0-9_\-]{24,}+"),
    ("vault, old", "s. b.", r"[A-Za-z0-9]{24}(?![\w./:\-])"),
    ("doppler", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", r"[A-Za-z0-9_.\-]{20,80}"),
    ("databricks", "dapi", r"[a-f0-9]{32}(?:-\d)?"),
    (
        "pulumi, prefect, planetscale",
        "pul- pnu_ pscale_tkn_ pscale_oauth_ pscale_pw_",
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
    ("huggingface, replicate, supabase", "hf_ api_org_ r8_ sbp_ sb_secret_", r"[A-Za-z0-9_]{24,120}"),
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
    ("mapbox", "sk.eyJ pk.eyJ tk.eyJ", r"[A-Za-z0-9_\-]{20,}+\.[A-Za-z0-9_\-]{10,}+"),
    ("lob", "live_ test_", r"[a-f0-9]{35}"),
    ("launchdarkly", "sdk- api- mob-", r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"),
    ("twitch", "oauth:", r"[a-z0-9]{30}"),
)

# Where a token may begin: not inside a word, unless that "word" is an escape (`\n`, `%3D`, `\u003d`) or a colour.
_START = re.compile(r"(?:(?<![A-Za-z0-9])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u00[0-9a-f]{2})|(?<=[0-9]m))")


def _trie(words: Iterable[str]) -> str:
    """A pattern that matches the longest of the words without looking at any character twice."""
    branches: dict[str, set[str]] = {}
    ends = False
    for word in words:
        if word:
            branches.setdefault(word[0], set()).add(word[1:])
        else:
            ends = True
    if not branches:
        return ""
    pattern = "|".join(re.escape(first) + _trie(rest) for first, rest in sorted(branches.items()))
    return f"(?:{pattern}){'?' if ends else ''}" if len(branches) > 1 or ends else pattern


_BODIES: dict[str, re.Pattern[str]] = {
    prefix: re.compile(rest) for _, prefixes, rest in _ROWS for prefix in prefixes.split()
}
# Nothing stands before the prefixes, so that the search runs over the letters they begin with, and no others.
_PREFIX = re.compile(_trie(_BODIES))


def _is_random(rest: str) -> bool:
    """Not an identifier which begins like a token: it has digits, or changes between small and capital letters."""
    if any(c.isdigit() for c in rest):
        return True
    return sum(a.isupper() != b.isupper() for a, b in pairwise(rest)) >= 4


def token_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where such tokens are, prefix included, in order."""
    last = 0
    for found in _PREFIX.finditer(text):
        start = found.start()
        if start < last or _START.match(text, start) is None:
            continue
        prefix = found[0]
        while prefix:
            body = _BODIES.get(prefix)
            rest = body.match(text, start + len(prefix)) if body is not None else None
            if rest is not None and _is_random(rest[0]):
                last = rest.end()
                yield start, last
                break
            prefix = prefix[:-1]
