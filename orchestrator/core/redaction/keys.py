"""Does this key tell that its value is a secret?

A key is taken apart into words, whatever its spelling (`dbPassword`, `DB_PASSWORD`, `db-password`,
`X-Db-Password`), and judged by its last words, because English puts the thing at the end: a `token_count`
is a count, a `count_token` is a token.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache


class Telling(IntEnum):
    """NO: leave the value. IF_GENERATED: mask it if it looks generated; IF_RANDOM: and is no UUID. IF_WORDY: mask
    it unless it is a number. YES: mask it unless it says nothing."""

    NO = 0
    IF_RANDOM = 1
    IF_GENERATED = 2
    IF_WORDY = 3
    YES = 4


def _words(page: str) -> frozenset[str]:
    return frozenset(page.split())


# Last words which make a key one *about* a secret.
_ABOUT = _words("""
    count counts length len size type types kind name names id ids arn arns at ttl expiry expires expiration
    expired expire age policy policies field fields header headers param parameter parameters file files
    filename path paths url urls uri uris endpoint endpoints host domain enabled disabled required rotation
    rotated rotates version versions status state states valid validity hint prompt limit limits usage used
    budget rate cost costs seconds minutes hours days ms method methods mode provider providers scope scopes
    issuer audience format prefix suffix index label labels source ref refs reference reset changed change
    updated created modified strength attempts attempt failures failure retries retry errors error present
    missing exists match matches matched ok bool flag flags stdin manager store storage service services
    class algorithm alg algo column table schema rule rules pattern patterns regex check checks checker
    validator validation verified verification handler factory builder helper util utils test tests spec
    config settings options option bucket balance supply price address symbol contract per total remaining
    left max min average avg p50 p95 p99 time duration timeout timestamp date created_at in out input output
    generated issued requested granted denied rejected accepted page form screen view input button
    middleware guard backend driver plugin module client server user username owner group role roles
    permission permissions fingerprint thumbprint hits misses miss hit latency requests request response
    responses event events metric metrics alarm optional needed stale cached loaded rotator generator parser
    lexer stream ring mapping map order sort by count_total bits loop logic level levels lock locked login
    logout management lifetime window region zone context domain_name
""")
# Last words that say only in which form the value is; the word before them counts.
_FORM = _words("""
    value values string str plain plaintext text raw b64 base64 base hex hash hashed digest enc encrypted
    decrypted pem blob bytes binary data env confirmation confirm confirmed repeat again new old current
    previous prev next secondary backup v staging prod production dev live test sandbox default content
""")
_SECRET_WORDS = _words("""
    password passwd passphrase passcode pwd pw secret token apikey credential cred creds authorization
    cookie jwt bearer otp totp passkey psk passwort kennwort senha contrasena contraseña motdepasse mnemonic
    cvv cvc pin pass usertoken userpass authtok wachtwoord heslo parola salasana adgangskode lozinka pword pswd psw
""")
_PLURALS = _words("passwords secrets tokens credentials cookies passwds pwds apikeys jwts")
_VAGUE_WORDS = _words("""
    auth session sessions sid signature sig hmac csrf xsrf sas salt pepper seed authentication webhook pem
    accesskeyid license licence
""")
# Compounds written without any boundary: `sessiontoken`, `PGPASSWORD`, `rootpw`.
_ENDINGS = tuple(
    _words("""
    password passwd passphrase passcode pwd secret token apikey accesskey secretkey privatekey
    signingkey encryptionkey authkey masterkey accountkey sharedkey credential credentials
    authorization cookie sessionkey connectionstring connstring connstr connectionuri jwt passwort
    kennwort dbpass rootpass userpass sshpass smtppass rootpw dbpw bindpw userpw storepass keypass becomepass
    requirepass masterauth keystorepass
""")
)
_PLURAL_ENDINGS = ("passwords", "secrets", "tokens", "cookies")
# `… key`: what stands before it decides.
_SECRET_KEYS = _words("""
    api access secret private signing encryption encrypt decryption decrypt master account shared auth
    authentication authorization service integration app application license licence ssh consumer storage
    subscription functions function rest admin root server deploy hmac aes gpg pgp unseal jwt session cookie
    symmetric crypto recovery activation wireguard preshared wep wpa sas registration provisioning ingestion
    ingest insert query write instrumentation rapidapi pagerduty datadog sendgrid mailgun stripe openai bot
    token webhook root pre genie gossip hec splunk bundle upload push vault gpg ingress
    egress rsa ec ed25519 dsa host vapid password verification
""")
_CLEAN_KEYS = _words("""
    primary foreign partition sort dedup deduplication dedupe cache public idempotency object s3 hash range
    group row natural registry map json lookup unique composite bucket message i18n translation metric index
    tag label kms attribute rollout flag stage plan alarm trace event state lock fingerprint custom yaml
    dict parent child config schema stream shard order correlation pub arrow hot up down enter escape shift
    function_name from for by on hit restore restored save saved
    ctrl home end answer issue ticket project jira legend publishable search item record
    entity document doc field column incident group_by alert dashboard product
""")
_CLEAN_TOKENS = _words("""
    next page pagination continuation idempotency request sync marker cursor dedup deduplication resume
    cancel cancellation sequence stop eos bos pad unk sep start end special last first unexpected fencing starting
    token
""")
_SECRET_CODES = _words("""
    auth authorization verification security device activation recovery backup login mfa otp sms access 2fa
    totp pass reset
""")
# Header and variable names that no rule of words would find.
_BY_NAME = {
    "x honeycomb team": Telling.YES,
    "session id": Telling.IF_RANDOM,
    "client token": Telling.IF_RANDOM,
    "plaintext": Telling.IF_GENERATED,
    "saml response": Telling.IF_GENERATED,
    "saml request": Telling.IF_GENERATED,
    "assertion": Telling.IF_GENERATED,
    "contribsys com": Telling.YES,
    "mot de passe": Telling.YES,
    "contrase ñ a": Telling.YES,
    "clave secreta": Telling.YES,
    "clave": Telling.IF_GENERATED,
    "haslo": Telling.YES,
    "pat": Telling.IF_GENERATED,
    "oauth": Telling.IF_GENERATED,
    "card number": Telling.YES,
    "cnonce": Telling.IF_GENERATED,
    "wif": Telling.YES,
    "php sess id": Telling.YES,
    "phpsessid": Telling.YES,
    "jsessionid": Telling.YES,
    "sessionid": Telling.IF_GENERATED,
    "connect sid": Telling.YES,
    "secret id": Telling.IF_GENERATED,
    "access key id": Telling.IF_GENERATED,
    "recovery phrase": Telling.YES,
    "seed phrase": Telling.YES,
    "connection string": Telling.YES,
    "conn str": Telling.YES,
    "conn string": Telling.YES,
    "routing key": Telling.IF_GENERATED,
    "private key id": Telling.NO,
    "oldpwd": Telling.NO,
    "client request token": Telling.NO,
    "bearer": Telling.YES,
    "code verifier": Telling.YES,
    "set cookie": Telling.YES,
    "auth ident": Telling.YES,
    "crumb": Telling.IF_GENERATED,
    "auth header": Telling.YES,
    "authorization header": Telling.YES,
    "discord public key": Telling.NO,
    "existing secret": Telling.IF_GENERATED,  # a chart's setting: the name of a secret that stands elsewhere
    "existing secret key": Telling.IF_GENERATED,
    "from secret": Telling.IF_GENERATED,
    "pull secret": Telling.IF_GENERATED,
    "tls secret": Telling.IF_GENERATED,
    "password key": Telling.IF_GENERATED,
    "aws access key": Telling.IF_GENERATED,
}
_PIECES = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\x00-\x7f]+")
_LONGEST = 120
_GLUED_TO_DIGITS = re.compile(r"[0-9](?:cvv|cvc|pin|otp|psk|pw|sid|sig|jwt|pat)$")  # the end of a pod's name, by chance


def words_of(key: str) -> list[str]:
    """`X-Api-Key`, `xApiKey` and `X_API_KEY` are all [x, api, key]."""
    return [piece.lower() for piece in _PIECES.findall(key[-_LONGEST:])]


@lru_cache(maxsize=4096)
def judge(key: str) -> Telling:
    """How much the key tells, in any spelling. A key longer than 120 characters is judged by its end."""
    if key[-3:].lower() in ("b64", "e64"):  # `GCP_KEY_B64`, `key_base64`
        key = key[: -3 if key[-3] in "bB" else -6].rstrip("_-.")
    words = [word for word in words_of(key) if not word.isdigit()]
    if not words or _GLUED_TO_DIGITS.search(key):
        return Telling.NO
    for tail in (3, 2, 1):
        named = _BY_NAME.get(" ".join(words[-tail:]))
        if named is not None:
            return named
    while len(words) > 1 and words[-1] in _FORM:
        words.pop()
    return _judge_words(words)


def _judge_words(words: list[str]) -> Telling:
    last = words[-1]
    before = words[-2] if len(words) > 1 else ""
    if last in ("key", "keys"):
        return _judge_key(words[:-1])
    if last == "code" or last == "codes":
        return Telling.YES if before in _SECRET_CODES else Telling.NO
    if last == "token" and before in _CLEAN_TOKENS:
        return Telling.NO
    if last in _PLURALS:
        return Telling.IF_WORDY
    if last in _SECRET_WORDS:
        return Telling.YES
    if last in _VAGUE_WORDS:
        return Telling.IF_GENERATED
    joined = "".join(words[-4:])
    if len(words) > 1 and last in _ABOUT:
        return Telling.NO
    if joined.endswith(_ENDINGS):
        return Telling.YES
    if joined.endswith(_PLURAL_ENDINGS):
        return Telling.IF_WORDY
    return Telling.NO


def _judge_key(before: list[str]) -> Telling:
    if not before:
        return Telling.NO
    last = before[-1]
    if last in _CLEAN_KEYS:
        return Telling.NO
    if last in _SECRET_KEYS or "".join(before[-2:]).endswith(
        ("api", "access", "secret", "private", "signing", "encryption")
    ):
        return Telling.YES
    return Telling.IF_RANDOM
