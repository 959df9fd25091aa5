"""Which values look like credentials, and which cannot be one.

A telling key is a strong hint, not proof: `token=expired` and `password: must be longer` say nothing
secret. A vague key (`session`, `signature`, `some_key`) tells only together with a value that looks
generated.
"""

from __future__ import annotations

import re
from itertools import pairwise

from orchestrator.core.redaction.mask import MASK

_SAYS_NOTHING = frozenset(
    """
    true false yes no on off null none nil undefined nan ok enabled disabled required optional missing
    invalid valid expired expires revoked rotated rotating rotation changed unchanged updated created
    deleted removed refreshed refresh present absent set unset empty default unknown unavailable denied
    granted success successful succeeded failed failure failing error pending active inactive new old stale
    fresh hidden masked redacted filtered secret private public string str int integer bytes bool boolean
    text object array number type any optional inherit include omit same-origin write read admin basic
    bearer token password passphrase digest oauth oauth2 oidc saml sso iam jwt mtls ldap kerberos negotiate
    ntlm apikey api-key cookie session md5 plain trust peer cert scram-sha-256 mandatory strict lax
    permissive anonymous authenticated unauthenticated authorized unauthorized accepted rejected matched
    mismatch mismatched verified unverified unsupported malformed incorrect wrong blank exists found loaded
    loading received sent stored fetched fetching retrieved cached is was has must should the a an in of for
    to from see not it its and or with at by be are were will cannot can could may might this that these
    those your you we our if when while because since please field value length incorrect too reset check
    use using via await yield env environment vault ssm file stdin prompt here there n/a na
    """.split()  # noqa: SIM905 (a page of words reads better than a page of quotes)
)
_PROSE = frozenset(
    [
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "has",
        "have",
        "had",
        "must",
        "should",
        "the",
        "a",
        "an",
        "of",
        "for",
        "to",
        "in",
        "from",
        "with",
        "not",
        "cannot",
        "can't",
        "isn't",
        "will",
        "would",
        "your",
        "you",
        "this",
        "that",
        "it",
        "and",
        "or",
    ]
)
_PLACEHOLDER = re.compile(
    r"(?:\*+|\d{1,3}(?:\.\d{1,2})?[ ]?%|"
    r"[xX]{3,}|•+|\.{2,}|…|-+|_+|\?+|\$\{[^}]{0,80}\}?|\{\{[^}]{0,80}(?:\}\})?|\$\([^)]{0,80}\)?|"
    r"\$[A-Z_][A-Z0-9_]*|"
    # what a statement of SQL leaves open, and variables named for what they hold
    r"(?:\$\d{1,3}|:[a-z][A-Za-z_]{0,40})(?:::[a-z]\w{0,30})?|:\d{1,2}|@[pP]\d{1,3}|#\{[^}]{0,80}\}?|"
    r"[$@](?:this->)?[A-Za-z_]{0,20}(?:[pP]ass|[pP]wd|[sS]ecret|[tT]oken|[hH]ash)[A-Za-z_]{0,20}|"
    # `Field(...`, and what else stands for a type
    r"(?:[A-Za-z_]\w{0,40}\.){0,4}(?:[A-Z][a-z]{1,20}){1,5}\("
    r"(?:[A-Za-z_]{1,40}(?:[=.,()].{0,80})?|[.)].{0,80})?|"
    r"<[^<>]{0,60}>?|%s|%r|%d|%\([a-z_]{1,30}\)s|\{[a-z_.!]{0,40}\}|\*{3,}[^*\s]{0,4}|\[[A-Za-z_* -]{0,20}\]"
    r"?|!Ref|!Sub|!GetAtt|"
    r"(?:os\.environ|os\.getenv|process\.env|secrets?|vars?|env|local|data|self|cfg|config|settings|module|"
    r"github|inputs|params|args|"
    r"kwargs|request|event|ctx|context)[.\[(][A-Za-z_.\[\]'\"()]{0,80}|[a-z_][A-Za-z_.]{1,60}\([^)]{0,80}\)"
    r"?;?|"
    r"(?:arn:aws|ssm:|sm:|vault:|secretsmanager:|projects/|file://|env:|kms:|op://|AWS::|\{\{resolve:)[^\s]"
    r"{0,300}|"
    r"[|>][+-]?\d?|[a-z][a-z_-]{1,30}(?:/[a-z][a-z0-9_-]{1,40}){1,6}|[A-Za-z_]\w{0,40}(?:\?{0,1}\.[A-Za-z_]\w{0,40}){1,8}\(.{0,80}|"
    r"\([a-z_]{0,40}\)?|[A-Za-z_]\w{0,40}\[[\w'\"]{0,40}\]?|\(?\[[^\]]{0,40}[aA]-[zZ].{0,80}|"
    r"(?:Option|Maybe|Array|Promise|Vec|Box|Arc|List|Set|Ref|Result|Readonly|Nullable|Cow)<.{0,60}|"
    r"(?:[A-Za-z_]{1,30}\??\.){1,5}[A-Za-z_]{0,30}(?:[pP]assword|[pP]wd|[sS]ecret|[tT]oken|[kK]ey)[A-Za-z_]{0,10}|"
    r"(?:Optional|List|Dict|Sequence|Union|Literal|list|dict)\[.{0,60})"
)
_PATH = re.compile(
    r"(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][A-Za-z][a-z0-9._-]{0,60}){2,20}/?|/(?:[a-z][a-z_.-]{0,40}/?){1,20}"
)
_QUANTITY = re.compile(r"[-+]?[\d][\d.,_]*(?:[kKmMgG%]|ms|s|px)?")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_\-+/=.~%:!@#$^*&?]{6,4096}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_CACHE_KEY = re.compile(r"(?:[A-Za-z][\w.]{0,30}-){1,8}(?:[0-9a-f]{40}|[0-9a-f]{64})")
_HEX = re.compile(r"[0-9a-f]{16,512}|[0-9A-F]{16,512}")
_STRUCTURED = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,3}(?:\.\d{1,3}){3}.*|v?\d+(?:\.\d+){1,3}(?:[-+.].*)?|arn:.*|[a-z][a-z0-9+.-]"
    r"{1,20}://.*|sha\d+:.*|"
    r"[A-Z][a-z]+(?:[A-Z][a-z]+)*\d{0,4}|[a-z]+(?:[-_./][a-z]+)*[-_./]?\d{0,6}|[A-Z]+(?:[-_][A-Z]+)*[-_]"
    r"?\d{0,4}"
)
_DATED = re.compile(
    r"\d{4}-\d\d-\d\d.*|\d{1,3}(?:\.\d{1,3}){3}.*|v?\d+(?:\.\d+){1,3}(?:[-+.].*)?|arn:.*|[a-z][a-z0-9+.-]"
    r"{1,20}://.*|sha\d+:.*|"
    r"[a-z]+(?:[-_./][a-z]+)+[-_./]?\d{0,6}|[A-Z]+(?:[-_][A-Z]+)+[-_]?\d{0,4}"
)
_LOOKED_AT = 4096  # characters; the judgement of a longer value rests on its beginning
_WORD = re.compile(r"[A-Za-z][a-z]*")


def is_masked(value: str) -> bool:
    return value.startswith(MASK)


def is_uuid(value: str) -> bool:
    return _UUID.fullmatch(value) is not None


def says_nothing(value: str) -> bool:
    """Whether the value cannot be a secret: empty, a boolean, a placeholder, a reference to the real place."""
    bare = value.strip().rstrip(".,;:!?)")
    if len(bare) < 2 or is_masked(bare) or bare.lower() in _SAYS_NOTHING:
        return True
    if len(bare) < 4 and bare.isdigit():
        return True
    return len(bare) <= 400 and bool(_PLACEHOLDER.fullmatch(bare) or _PATH.fullmatch(bare))


def is_cache_key(value: str) -> bool:
    """`node-Linux-<sha256>`: words, and the digest of a lock file."""
    return _CACHE_KEY.fullmatch(value) is not None


def is_quantity(value: str) -> bool:
    return bool(_QUANTITY.fullmatch(value.strip()))


def is_prose(value: str) -> bool:
    """Whether a value with spaces is a sentence about the secret. A passphrase of four words is not."""
    if " " not in value or len(value) > 400:
        return False
    words = value.lower().rstrip(".!").split()
    return any(word in _PROSE for word in words) and not any(_mixed(word) for word in words)


def is_plain_word(value: str) -> bool:
    return bool(_WORD.fullmatch(value))


def _mixed(word: str) -> bool:
    return any(c.isdigit() for c in word) and any(c.isalpha() for c in word)


def has_mixed_signs(value: str, least: int = 6) -> bool:
    """Weak evidence, enough beside a strong word: letters with digits or signs, no id, date or version."""
    value = value[:_LOOKED_AT]
    if len(value) < least or not _CREDENTIAL.fullmatch(value) or _DATED.fullmatch(value) or _UUID.fullmatch(value):
        return False
    letters = any(c.isalpha() for c in value)
    return letters and any(c.isdigit() or c in "!@#$^*%+=~" for c in value)


def looks_generated(value: str, least: int = 16) -> bool:
    """Strong evidence: long, of one piece, and no word, date, path or host name would look like it."""
    value = value[:_LOOKED_AT]
    if len(value) < least or not _CREDENTIAL.fullmatch(value):
        return False
    if _UUID.fullmatch(value) or (_HEX.fullmatch(value) and not value.isdigit()):
        return True
    if _STRUCTURED.fullmatch(value) or _PATH.fullmatch(value):
        return False
    upper = any(c.isupper() for c in value)
    lower = any(c.islower() for c in value)
    digit = any(c.isdigit() for c in value)
    if upper and lower and digit:
        return True
    longest = max(len(run) for run in re.split(r"[^A-Za-z0-9]", value))
    if digit and (upper or lower):
        return longest >= least
    switches = sum(a.isupper() != b.isupper() for a, b in pairwise(value))
    return longest >= 20 and switches >= 6
