"""Secrets in the shapes in which logs carry them, and log lines without any: generated from a seed."""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

ALNUM = string.ascii_letters + string.digits
LOWER = string.ascii_lowercase + string.digits
UPPER = string.ascii_uppercase + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "_-"
B64 = ALNUM + "+/"


class Planted(NamedTuple):
    """`secret` must not be in what comes out; each of `kept` must."""

    kind: str
    line: str
    secret: str
    kept: tuple[str, ...]
    core: bool


def _pick(rng: random.Random, alphabet: str, length: int) -> str:
    while True:
        word = "".join(rng.choice(alphabet) for _ in range(length))
        if (
            alphabet is HEX
            or alphabet == string.digits
            or (any(c.isdigit() for c in word) and any(c.isalpha() for c in word))
        ):
            return word


def _b64(rng: random.Random, size: int) -> str:
    return base64.b64encode(rng.randbytes(size)).decode()


def _jwt(rng: random.Random) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    claims = {"sub": _pick(rng, LOWER, 8), "iat": rng.randrange(10**9)}
    return f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims)}.{_pick(rng, URLSAFE, 43)}"


def _discord(rng: random.Random) -> str:
    ident = base64.b64encode(str(rng.randrange(10**17, 10**18)).encode()).decode().rstrip("=")
    return f"{ident}.G{_pick(rng, ALNUM, 5)}.{_pick(rng, URLSAFE, 38)}"


def _interaction(rng: random.Random) -> str:
    return (
        base64.b64encode(f"interaction:{rng.randrange(10**17, 10**18)}:{_pick(rng, ALNUM, 60)}".encode())
        .decode()
        .rstrip("=")
    )


def _password(rng: random.Random) -> str:
    word = rng.choice(
        ["Summer", "hunter", "dragon", "Winter", "correct-Horse", "Tr0ub4dor", "admin", "letMeIn", "qwerty", "zxcvbn"]
    )
    return rng.choice(
        [
            word + str(rng.randrange(10, 9999)) + rng.choice(["!", "#", "$", "", "%", "*"]),
            _pick(rng, ALNUM + "!#$%*+-_.", 14).strip("-.%$#!*_+") or "x1y2z3a4",
        ]
    )


Maker = Callable[[random.Random], str]

# Known by themselves, wherever they stand. The second value: of the kinds an ops bot sees.
SELF: dict[str, tuple[Maker, bool]] = {
    "discord bot token": (_discord, True),
    "interaction token": (_interaction, True),
    "aws access key": (lambda r: r.choice(["AKIA", "ASIA"]) + _pick(r, string.ascii_uppercase + "234567", 16), True),
    "aws session token": (lambda r: "IQoJb3JpZ2luX2Vj" + _b64(r, 150), True),
    "github classic": (lambda r: r.choice(["ghp_", "gho_", "ghs_", "ghu_", "ghr_"]) + _pick(r, ALNUM, 36), True),
    "github fine-grained": (lambda r: "github_pat_" + _pick(r, ALNUM, 22) + "_" + _pick(r, ALNUM, 59), True),
    "slack bot": (lambda r: f"xoxb-{r.randrange(10**11)}-{r.randrange(10**12)}-{_pick(r, ALNUM, 24)}", True),
    "slack app": (lambda r: f"xapp-1-A{_pick(r, UPPER, 9)}-{r.randrange(10**12)}-{_pick(r, HEX, 64)}", True),
    "jwt": (_jwt, True),
    "pagerduty rest": (lambda r: "pdus+_" + _pick(r, URLSAFE, 20), True),
    "stripe": (lambda r: r.choice(["sk_live_", "rk_live_", "sk_test_", "whsec_"]) + _pick(r, ALNUM, 32), False),
    "google key": (lambda r: "AIza" + _pick(r, URLSAFE, 35), False),
    "google oauth": (lambda r: "ya29." + _pick(r, URLSAFE, 80), False),
    "google client secret": (lambda r: "GOCSPX-" + _pick(r, URLSAFE, 28), False),
    "sendgrid": (lambda r: f"SG.{_pick(r, URLSAFE, 22)}.{_pick(r, URLSAFE, 43)}", False),
    "npm": (lambda r: "npm_" + _pick(r, ALNUM, 36), False),
    "pypi": (lambda r: "pypi-AgEIcHlwaS5vcmc" + _pick(r, URLSAFE, 90), False),
    "gitlab": (lambda r: "glpat-" + _pick(r, URLSAFE, 20), False),
    "telegram": (lambda r: f"{r.randrange(10**8, 10**10)}:AA{_pick(r, URLSAFE, 33)}", False),
    "vault": (lambda r: "hvs." + _pick(r, URLSAFE, 90), False),
    "docker": (lambda r: "dckr_pat_" + _pick(r, URLSAFE, 27), False),
    "anthropic": (lambda r: "sk-ant-api03-" + _pick(r, URLSAFE, 93) + "AA", False),
    "openai": (lambda r: "sk-proj-" + _pick(r, URLSAFE, 74), False),
    "shopify": (lambda r: "shpat_" + _pick(r, HEX, 32), False),
    "digitalocean": (lambda r: "dop_v1_" + _pick(r, HEX, 64), False),
    "databricks": (lambda r: "dapi" + _pick(r, HEX, 32), False),
    "twilio": (lambda r: "SK" + _pick(r, HEX, 32), False),
    "mailgun": (lambda r: "key-" + _pick(r, HEX, 32), False),
    "mailchimp": (lambda r: _pick(r, HEX, 32) + "-us12", False),
    "new relic": (lambda r: "NRAK-" + _pick(r, UPPER, 27), False),
    "grafana": (lambda r: "glsa_" + _pick(r, ALNUM, 32) + "_" + _pick(r, HEX, 8), False),
    "hugging face": (lambda r: "hf_" + _pick(r, string.ascii_letters + "9", 34), False),
    "linear": (lambda r: "lin_api_" + _pick(r, ALNUM, 40), False),
    "postman": (lambda r: f"PMAK-{_pick(r, HEX, 24)}-{_pick(r, HEX, 34)}", False),
    "azure client secret": (lambda r: _pick(r, ALNUM, 3) + "8Q~" + _pick(r, ALNUM + "_~.-", 34), False),
    "terraform": (lambda r: _pick(r, ALNUM, 14) + ".atlasv1." + _pick(r, URLSAFE, 67), False),
    "atlassian": (lambda r: "ATATT3xFfGF0" + _pick(r, URLSAFE, 180), False),
    "square": (lambda r: "sq0atp-" + _pick(r, URLSAFE, 22), False),
    "sentry": (lambda r: "sntrys_" + _pick(r, ALNUM, 80), False),
    "age": (lambda r: "AGE-SECRET-KEY-1" + _pick(r, UPPER, 58), False),
    "planetscale": (lambda r: "pscale_tkn_" + _pick(r, URLSAFE, 43), False),
    "doppler": (lambda r: "dp.pt." + _pick(r, ALNUM, 43), False),
    "tailscale": (lambda r: f"tskey-auth-{_pick(r, ALNUM, 12)}-{_pick(r, ALNUM, 32)}", False),
    "dynatrace": (lambda r: f"dt0c01.{_pick(r, UPPER, 24)}.{_pick(r, UPPER, 64)}", False),
    "rubygems": (lambda r: "rubygems_" + _pick(r, HEX, 48), False),
    "openshift": (lambda r: "sha256~" + _pick(r, URLSAFE, 43), False),
    "bcrypt": (lambda r: "$2b$12$" + _pick(r, ALNUM + "./", 53), False),
    "airtable": (lambda r: f"pat{_pick(r, ALNUM, 14)}.{_pick(r, HEX, 64)}", False),
}
# Known by what they stand in.
EMBEDDED: dict[str, tuple[str, Maker, bool]] = {
    "discord webhook": ("https://discord.com/api/v10/webhooks/{snowflake}/{}", lambda r: _pick(r, URLSAFE, 68), True),
    "discordapp webhook": (
        "https://discordapp.com/api/webhooks/{snowflake}/{}?wait=true",
        lambda r: _pick(r, URLSAFE, 68),
        True,
    ),
    "interaction reply": (
        "/api/v10/webhooks/{snowflake}/{}/messages/@original",
        lambda r: _pick(r, URLSAFE, 190),
        True,
    ),
    "interaction callback": (
        "https://discord.com/api/v10/interactions/{snowflake}/{}/callback",
        lambda r: _pick(r, URLSAFE, 190),
        True,
    ),
    "slack webhook": (
        "https://hooks.slack.com/services/{}",
        lambda r: f"T{_pick(r, UPPER, 8)}/B{_pick(r, UPPER, 10)}/{_pick(r, ALNUM, 24)}",
        True,
    ),
    "postgres url": ("postgres://app:{}@db-1.internal:5432/orders", _password, True),
    "postgresql driver url": ("postgresql+psycopg2://svc_user:{}@10.0.3.7/orders", _password, True),
    "redis url": ("redis://:{}@cache.internal:6379/0", lambda r: _pick(r, ALNUM, 24), True),
    "amqp url": ("amqps://svc:{}@mq.internal/vhost", _password, True),
    "mongodb url": ("mongodb+srv://root:{}@cluster0.ab1cd.mongodb.net/?retryWrites=true", _password, True),
    "mysql url": ("mysql://root:{}@127.0.0.1:3306/app", _password, True),
    "http userinfo": ("https://deploy:{}@git.internal/acme/app.git", lambda r: _pick(r, ALNUM, 20), True),
    "git token": ("https://x-access-token:{}@github.com/acme/app.git", lambda r: _pick(r, ALNUM, 30), True),
    "sentry dsn": ("https://{}@o123.ingest.sentry.io/456", lambda r: _pick(r, HEX, 32), False),
    "go dsn": ("root:{}@tcp(10.0.0.9:3306)/app", _password, False),
    "presigned url": (
        "https://b.s3.amazonaws.com/k.csv?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20250926T090000Z&X-Amz-Signature={}&X-Amz-Expires=900",
        lambda r: _pick(r, HEX, 64),
        True,
    ),
    "presigned token": (
        "https://b.s3.amazonaws.com/k?X-Amz-Security-Token={}&X-Amz-Expires=900",
        lambda r: quote(_b64(r, 120), safe=""),
        True,
    ),
    "azure sas": (
        "https://acct.blob.core.windows.net/c/f?sv=2023-01-03&se=2025-09-30&sr=b&sig={}",
        lambda r: quote(_b64(r, 32), safe=""),
        False,
    ),
    "pagerduty integration": ("https://events.pagerduty.com/integration/{}/enqueue", lambda r: _pick(r, HEX, 32), True),
    "query token": ("GET /v1/items?page=2&access_token={}&sort=asc HTTP/1.1", lambda r: _pick(r, ALNUM, 32), True),
    "query api key": ("https://api.example.com/v2/x?api_key={}&units=metric", lambda r: _pick(r, HEX, 32), True),
    "oauth code": ("GET /callback?code={}&state=ok HTTP/1.1", lambda r: _pick(r, ALNUM, 32), False),
    "basic header": (
        "Authorization: Basic {}",
        lambda r: base64.b64encode(f"svc:{_password(r)}".encode()).decode(),
        True,
    ),
    "bearer header": ("authorization: Bearer {}", lambda r: _pick(r, ALNUM, 40), True),
    "bot header": ("'Authorization': 'Bot {}'", _discord, True),
    "pagerduty header": ("Authorization: Token token={}", lambda r: "y_" + _pick(r, ALNUM, 18), True),
    "bearer in prose": ("calling with bearer {} now", lambda r: _pick(r, ALNUM, 32), True),
    "sigv4": (
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20250926/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature={}",
        lambda r: _pick(r, HEX, 64),
        True,
    ),
    "cookie header": ("Cookie: theme=dark; session={}; lang=en", lambda r: _pick(r, ALNUM, 32), True),
    "set-cookie": ("Set-Cookie: sid={}; Path=/; HttpOnly; Secure", lambda r: _pick(r, URLSAFE, 40), True),
    "cookie dict": ("{{'Cookie': 'sessionid={}; csrftoken=abcdefgh12345678'}}", lambda r: _pick(r, LOWER, 32), True),
    "phpsessid": ("PHPSESSID={}", lambda r: _pick(r, LOWER, 26), True),
    "aws secret in env": ("AWS_SECRET_ACCESS_KEY={}", lambda r: _pick(r, B64, 40), True),
    "aws secret in json": (
        '{{"SecretAccessKey": "{}", "Expiration": "2025-09-26T09:00:00Z"}}',
        lambda r: _pick(r, B64, 40),
        True,
    ),
    "aws pair": ("AKIAIOSFODNN7EXAMPLE {}", lambda r: _pick(r, B64, 40), True),
    "aws secret in words": ("aws secret access key is {}", lambda r: _pick(r, B64, 40), True),
    "ado connection": ("Server=db1;Database=app;User Id=sa;Password={};Encrypt=true", _password, True),
    "azure storage": (
        "DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={};EndpointSuffix=core.windows.net",
        lambda r: _b64(r, 64),
        False,
    ),
    "service bus": (
        "Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={}",
        lambda r: _b64(r, 32),
        False,
    ),
    "libpq": ("host=db1 port=5432 user=app password={} dbname=orders", _password, True),
    "jdbc": ("jdbc:postgresql://db1:5432/app?user=svc&password={}&ssl=true", lambda r: _pick(r, ALNUM, 16), True),
    "pem one line": (
        '{{"private_key": "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n", "client_id": "1"}}',
        lambda r: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC" + _pick(r, B64, 90),
        True,
    ),
    "pem block": (
        "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----\nnext line kept",
        lambda r: "\n".join(_pick(r, B64, 64) for _ in range(4)) + "\n" + _pick(r, B64, 20) + "==",
        True,
    ),
    "pem cut": (
        "-----BEGIN OPENSSH PRIVATE KEY-----\n{}",
        lambda r: "\n".join(_pick(r, B64, 70) for _ in range(3)),
        True,
    ),
    "pem tail": ("{}\n-----END EC PRIVATE KEY-----", lambda r: "\n".join(_pick(r, B64, 64) for _ in range(2)), True),
    "mysql -p": ("+ mysql -h db1 -u root -p{} -e 'select 1'", _password, False),
    "PGPASSWORD": ("PGPASSWORD={} psql -h db1 -U app", _password, True),
    "curl -u": ("curl -s -u admin:{} https://ci.internal/api", _password, True),
    "sshpass": ("sshpass -p {} ssh deploy@10.0.0.4", _password, False),
    "docker login": ("docker login -u ci -p {} registry.internal", _password, False),
    "redis-cli": ("redis-cli -h cache1 -a {} ping", _password, False),
    "flag": ("./deploy --env prod --db-password {} --dry-run", _password, True),
    "flag =": ("./deploy --token={} --region us-east-1", lambda r: _pick(r, ALNUM, 24), True),
    "argv list": ("Popen(['deploy', '--api-token', '{}', '--verbose'])", lambda r: _pick(r, ALNUM, 24), True),
    "openssl": ("openssl rsa -in k.pem -passin pass:{} -out o.pem", _password, False),
    "sql": ("ALTER USER app IDENTIFIED BY '{}'", _password, False),
    "sql password": ("CREATE ROLE app WITH LOGIN PASSWORD '{}'", _password, False),
    "netrc": ("machine api.internal login bot password {}", _password, False),
    "xml": ("<user>svc</user><password>{}</password>", _password, False),
    "name and value": ('{{"name": "DB_PASSWORD", "value": "{}"}}', _password, True),
    "ecs secret": ('{{"Name":"API_TOKEN","Value":"{}"}}', lambda r: _pick(r, ALNUM, 24), True),
    "dynamodb item": ('{{"token": {{"S": "{}"}}, "pk": {{"S": "ROLLOUT#1"}}}}', lambda r: _pick(r, ALNUM, 24), True),
    "header list": ("{{'X-Api-Key': ['{}'], 'Accept': ['*/*']}}", lambda r: _pick(r, ALNUM, 32), True),
    "asgi header": ("[(b'host', b'x'), (b'authorization', b'Bearer {}')]", lambda r: _pick(r, ALNUM, 32), True),
    "secret str": ("Settings(password=SecretStr('{}'), debug=False)", _password, False),
    "url encoded body": ("body=user%3Dbob%26password%3D{}%26next%3D1", lambda r: _pick(r, ALNUM, 16), True),
    "html escaped": ("{{&quot;password&quot;:&quot;{}&quot;,&quot;id&quot;:7}}", lambda r: _pick(r, ALNUM, 16), False),
    "said": ("the new password is {}", _password, False),
    "password and value": ("login failed for bob with password {}", _password, False),
    "wireguard": ("PrivateKey = {}", lambda r: _b64(r, 32), False),
}
TELLING_KEYS = [
    "password",
    "passwd",
    "pwd",
    "db_password",
    "dbPassword",
    "DB_PASSWORD",
    "db-password",
    "mysql_pwd",
    "rootPassword",
    "secret",
    "client_secret",
    "clientSecret",
    "CLIENT_SECRET",
    "token",
    "access_token",
    "accessToken",
    "refresh_token",
    "auth_token",
    "authToken",
    "AUTH_TOKEN",
    "bot_token",
    "BOT_TOKEN",
    "discord_token",
    "X-Auth-Token",
    "x-api-key",
    "X-API-Key",
    "api_key",
    "apiKey",
    "API_KEY",
    "apikey",
    "secret_key",
    "secretKey",
    "SECRET_KEY_BASE",
    "private_key",
    "privateKey",
    "signing_key",
    "encryption_key",
    "webhook_secret",
    "connection_string",
    "connectionString",
    "session_token",
    "sessionToken",
    "id_token",
    "csrf_token",
    "credential",
    "credentials",
    "passphrase",
    "jwt_secret",
    "aws_secret_access_key",
    "awsSecretAccessKey",
    "X-Vault-Token",
    "PRIVATE-TOKEN",
    "proxy-authorization",
    "Authorization",
    "pagerduty_token",
    "PAGERDUTY_API_KEY",
    "account_key",
    "integration_key",
    "interaction_token",
    "interactionToken",
]
KEY_SHAPES: dict[str, str] = {
    "env": "{key}={value}",
    "logfmt": 'level=info {key}="{value}" status=200',
    "bare logfmt": "level=info {key}={value} status=200",
    "json": '{{"id": 17, "{key}": "{value}", "status": 200}}',
    "tight json": '{{"id":17,"{key}":"{value}","status":200}}',
    "nested": '{{"outer": {{"list": [{{"{key}": "{value}"}}]}}, "status": 200}}',
    "escaped json": '{{"body": "{{\\"{key}\\": \\"{value}\\", \\"status\\": 200}}"}}',
    "twice escaped": '"{{\\\\\\"{key}\\\\\\":\\\\\\"{value}\\\\\\",\\\\\\"status\\\\\\":200}}"',
    "repr": "{{'id': 17, '{key}': '{value}', 'status': 200}}",
    "bytes repr": "{{b'{key}': b'{value}', 'status': 200}}",
    "yaml": "  {key}: {value}",
    "yaml quoted": '  {key}: "{value}"',
    "header": "> {key}: {value}",
    "query": "GET /x?{key}={value}&status=200",
    "arrow": '"{key}" => "{value}"',
    "spaced": "{key} = {value}",
    "toml": "{key} = '{value}'",
    "keyword": "connect(host='db1', {key}='{value}')",
    "struct": "Config{{Host:db1 {key}:{value} Port:5432}}",
    "traceback": 'File "app.py", line 7, in connect\n    db.connect({key}="{value}")\nOperationalError: status=200',
    "export": "export {key}={value}; ./run status=200",
    "cut": '{{"id": 17, "{key}": "{value}',
    "colour": "\x1b[36m{key}\x1b[0m=\x1b[35m{value}\x1b[0m status=200",
    "newline in repr": "'user=bob\\n{key}={value}\\nstatus=200'",
}
SELF_SHAPES: dict[str, str] = {
    "bare": "{value}",
    "prose": "got {value} from the vault, status 200",
    "quoted": "refused '{value}' with status 200",
    "list": "['abc', '{value}', 'status 200']",
    "json value": '{{"note": "{value}", "status": 200}}',
    "escaped": '{{"body": "{{\\"note\\": \\"{value}\\"}}", "status": 200}}',
    "colon": "value:{value}; status 200",
    "parentheses": "failed ({value}) status 200",
    "exception": "ValueError: bad thing {value}\nstatus 200",
    "path": "https://api.example.com/x/{value}/y?status=200",
    "end of sentence": "status 200 with {value}.",
    "repr newline": "'a\\n{value}\\nb status 200'",
}


def planted(seed: int = 7, rounds: int = 1) -> Iterator[Planted]:
    rng = random.Random(seed)
    for _ in range(rounds):
        for kind, (make, core) in SELF.items():
            for shape, frame in SELF_SHAPES.items():
                value = make(rng)
                kept = ("200",) if "200" in frame else ()
                yield Planted(f"{kind} / {shape}", frame.format(value=value), value, kept, core)
        for kind, (frame, make, core) in EMBEDDED.items():
            for around in ("{}", "2025-09-26T09:00:00.123Z INFO [req-81b2] {} ", "error calling upstream: {}"):
                value = make(rng)
                inner = frame.replace("{snowflake}", str(rng.randrange(10**17, 10**18))).format(value)
                yield Planted(f"{kind} / embedded", around.format(inner), value, (), core)
        for key in TELLING_KEYS:
            for shape, frame in KEY_SHAPES.items():
                value = (
                    _password(rng)
                    if "pass" in key.lower() or "pwd" in key.lower()
                    else _pick(rng, ALNUM, rng.choice([16, 24, 32, 40]))
                )
                kept = tuple(part for part in ("status", "200", "db1", "5432", "17") if part in frame)
                yield Planted(f"key {key} / {shape}", frame.format(key=key, value=value), value, kept, True)


def _uuid(r: random.Random) -> str:
    h = _pick(r, HEX, 32)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


CLEAN_TEMPLATES = r"""
START RequestId: {uuid} Version: $LATEST
END RequestId: {uuid}
REPORT RequestId: {uuid} Duration: {n}.31 ms Billed Duration: {n} ms Memory Size: 512 MB Max Memory Used: {n} MB Init Duration: 412.07 ms
XRAY TraceId: 1-{hex8}-{hex24} SegmentId: {hex16} Sampled: true
X-Amzn-Trace-Id: Root=1-{hex8}-{hex24};Parent={hex16};Sampled=1
traceparent: 00-{hex32}-{hex16}-01
{{"level":"INFO","trace_id":"{uuid}","message":"rollout advanced","rollout":"prisma-persistence-{d}","rolloutStage":"admin-reads","flagState":{{"PERSISTENCE_PRISMA_READS":"true"}}}}
commit {hex40} merged into main by {snowflake}
deployed image sha256:{hex64} to staging
image: registry.internal/app:1.{d}.2@sha256:{hex64}
arn:aws:ssm:us-east-1:123456789012:parameter/switchback/prod/flags/SETTINGS_SECURE_PROVIDER
arn:aws:lambda:eu-west-1:123456789012:function:switchback-commands-{hex12}
arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-password-AbC12d
SETTINGS_SECURE_PROVIDER=true PERSISTENCE_PRISMA_READS=false ENABLE_JSON_LOGGING=true
flag SETTINGS_SECURE_PROVIDER old=false new=true fence={d} version={n}
token_count={n} max_tokens=4096 tokens_used={n} prompt_tokens={n} total_tokens: {n}
dedup_key={hex32} author=bob monkey=1 keyboard=us primary_key={n} key=ROLLOUT#prisma-{d}
{{"dedup_key": "{uuid}", "partition_key": "ROLLOUT#{d}", "sort_key": "STATE", "public_key": "{hex64}"}}
sum(rate(http_requests_total{{job="api",code=~"5.."}}[5m])) / sum(rate(http_requests_total{{job="api"}}[5m])) > 0.0{d}
increase(financial_orchestrator_rollbacks_total[10m]) > 0
histogram_quantile(0.95, sum by (le) (rate(read_seconds_bucket{{stage="admin-reads"}}[30m])))
SELECT id, token_type, password_hash_algorithm FROM users WHERE created_at > '2025-09-26' LIMIT {n}
UPDATE sessions SET expires_at = now() WHERE id = {n}
invalid token: signature has expired
password must be at least 12 characters long
The token was rejected because it has expired, please refresh it.
Password reset e-mail sent to user {snowflake}
secret rotation finished for prod/db in {n} ms
no API key was sent with the request {uuid}
401 Unauthorized: missing bearer token
WWW-Authenticate: Bearer realm="api", error="invalid_token"
Authentication failed: Basic authentication is not supported
GET /v1/tokens/{uuid}/usage 200 {n}ms
GET /api/v10/channels/{snowflake}/messages?limit=50 200
POST https://discord.com/api/v10/channels/{snowflake}/messages 429 retry_after=0.{n}
custom_id=confirm:{hex16} user={snowflake} guild={snowflake}
2025/09/26/[$LATEST]{hex32}
/aws/lambda/switchback-prod-commands log stream 2025/09/26/[{d}]{hex32}
/switchback/prod/flags/PERSISTENCE_PRISMA_READS v{d} LastModified 2025-09-26T09:00:0{d}.123Z
BOT_TOKEN_PARAMETER=/switchback/prod/bot-token
DISCORD_PUBLIC_KEY={hex64}
alarm portal-outage OK -> ALARM at 2025-09-26T09:{dd}:00+0000 value {n}.5 threshold 3.0
connecting to db-1.internal:5432 as app (attempt {d})
connected to redis://cache.internal:6379/0 in {n} ms
connected to postgres://app@db-1.internal:5432/orders
cloning git@github.com:acme/app.git at {hex12}
https://github.com/acme/app/commit/{hex40}
https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/portal-outage
File "/var/task/orchestrator/core/engine.py", line {n}, in decide
botocore.errorfactory.ThrottlingException: An error occurred (ThrottlingException) when calling the PutParameter operation: Rate exceeded
KeyError: 'token'
TypeError: connect() missing 1 required positional argument: 'password'
def login(user: str, password: str, token: str | None = None) -> Session:
    token = self._tokens.get(request.user)
password = os.environ["DB_PASSWORD"]
password: ${{DB_PASSWORD}}
DB_PASSWORD=***
api_key=[redacted] status=200
token=<none> session=null secret=None
auth=ok method=oidc user={n}
session opened for user root by (uid=0)
session duration {n} s, session count {d}
tick decided hold: no data for signal audit_in since 09:{dd}; 9 of {n} failed; 2 expected; acts at 7
{{"secret_name": "prod/db", "secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf", "rotation": true}}
{{"errors": {{"password": "is too short", "token": "has expired"}}}}
{{"token_type": "bearer", "expires_in": 3600, "scope": "read write"}}
next_token={hex32} page_token={hex16} idempotency_token={uuid}
client_request_token={uuid} ClientRequestToken: {uuid}
ETag: "{hex32}" x-amz-version-id: {hex32}
x-amzn-requestid: {uuid} content-length: {n} content-type: application/json
user-agent: Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#5.10.{n} md/arch#aarch64 lang/python#3.13.{d}
kubectl get secret db-credentials -n prod -o yaml
pod api-{hex8}-x{d}k2z restarted {d} times, exit code 137
--- PASS: TestRollback (0.0{d}s)
PASS: tests/core/test_engine.py ({n} tests)
207 passed, 3 warnings in 6.{d}s
commit message: add token bucket rate limiter (key: user id)
rate limit: token bucket holds {n} tokens, refill {d} tokens per second
author: Jane Doe <jane@example.com>
Merge pull request #{n} from acme/rotate-api-keys
pin: 13 gpio set, cookie banner shown {n} times
cookie policy accepted by {n} users
access key rotation is due in {n} days
the secret to a quiet night is a short runbook
key=value pairs: {n} parsed, {d} skipped
primary key constraint "orders_pkey" violated for id {n}
certificate CN=api.internal expires 2026-01-1{d} fingerprint {hex40}
ssh-keyscan: host key changed for 10.0.0.{d}
dns lookup db-{d}.internal -> 10.0.{d}.{d} in {d} ms
user {snowflake} pressed rollback on prisma-persistence-{d} (stage 3 of 5)
SSM version {n} read back: value=false expected=false after {n} ms
git describe: v1.{d}.{d}-{d}-g{hex8}
npm WARN deprecated request@2.88.{d}: request has been deprecated
PWD=/var/task HOME=/root LANG=C.UTF-8
passed=12 failed=0 bypass=false compass=north
sqs message {uuid} received {d} times from arn:aws:sqs:us-east-1:123456789012:switchback-commands
http://127.0.0.1:8080/sandbox/clock 200
curl -sS -X POST https://api.example.com/v1/deploys -H 'Content-Type: application/json'
docker run -p 8080:80 -e ENVIRONMENT=prod app:1.{d}
mkdir -p /var/lib/app && rsync -a src/ dest/
authorized by role ops; authority=ops author_id={snowflake}
session_timeout=3600 session_ttl: {n}s auth_method=oidc auth_type=none
keyspace_hits:{n} keyspace_misses:{d} evicted_keys:0
evaluated {n} items: consumed 4.5 RCU, LastEvaluatedKey={{'pk': 'ROLLOUT#{d}'}}
password: str = Field(..., repr=False)
password: SecretStr = Field(min_length=8)
token: Optional[str] = None
password = models.CharField(max_length=128)
api_key = Column(String(64), nullable=False)
secret: str = Depends(get_secret)
password: z.string().min(8)
password: Joi.string().required()
password: {{ type: String, required: true }}
token: string | undefined;
password: String,
token: Option<String>,
private String password;
let token: &str = args.token;
password: Annotated[str, Form()]
password: Mapped[str] = mapped_column(String(60))
def login(user: str, password: str) -> Token:
password=hashlib.sha256(password).hexdigest()
UPDATE users SET password = $1 WHERE id = $2
UPDATE users SET password = ? WHERE id = ?
UPDATE users SET password = :password WHERE id = :id
UPDATE users SET password=%s WHERE id=%s
UPDATE users SET password_hash = @PasswordHash, token = @p1
SELECT * FROM t WHERE token = :1 AND x = :2
INSERT INTO users (name, password) VALUES ($1, $2)
INSERT INTO users (name, password) VALUES (?, ?)
SELECT id FROM api_keys WHERE api_key = '$token'
password = #{{password}}, token = #{{token}}
WHERE token = $3::text
SET password = crypt($1, gen_salt('bf'))
WHERE api_token = :api_token
password = %(password)s
existingSecret: billing-auth
existingSecretPasswordKey: redis-password
auth.existingSecret=redis-auth
from_secret: docker_password
imagePullSecret: regcred
pullSecret: registry-pull
tlsSecret: wildcard-tls
adminPasswordKey: admin-password
secretName: billing-tls
secretRef: billing-env
Cache restored from key: node-Linux-{hex64}
Cache saved with key: Linux-pip-{hex64}
Cache hit for restore-key: Linux-go-{hex64}
cache hit for key: user:42:profile
Cache not found for input keys: node-Linux-{hex64}, node-Linux-
token for the build is still valid until 2025-09-12T10:00:00Z
the secret for the service is stored in vault/prod/db
password for user is expired
token, it's expired since yesterday
password for bob: must be changed
secret for billing: rotated
the token we use is stored in ssm:/prod/token
Key (id)=({uuid}) already exists.
Key (user_id, token_id)=(7, 12345) already exists.
Duplicate entry 'bob@acme.io' for key 'users.email'
token.......... ok
Checking password....done
Validating secrets.... 12 found
test_password_reset......PASSED
tests/core/test_token.py ........... [ 12%]
tests/test_secret.py::test_x .... [100%]
password_check...................passed
detect-secrets..........................................................Passed
Detect hardcoded secrets.................................................Passed
"result": "success", "special": true
FAIL: token mismatch: expected a string, got None
checksum mismatch: expected {hex64} got {hex64}
test 'PASS test_login'
token count for the model: 12,345
tokens for the request: 1234567
password reset for bob: https://acme.io/reset
the api key for the map is in 1Password
deploy key for the repo: read-only
commit for token refresh is {hex40}
token for deployment {uuid} is valid
secret version for the app: v20250912
the token bucket for api-gw is 500/s
password, it's required
if (!password || 'x' === y)
const token = opts.token || 'anonymous'
label = token || 'n/a'
a | token | 12 |
SELECT password || salt FROM users
secret for prod is projects/p1/secrets/db-pass/versions/7
client.login('billing-service')
app.auth('openid-connect')
new Client('redis-7.acme.io', 'ab12ab12ab12ab12ab12')
token for the day is AWSSecretsManagerReadWrite
password manager for the team: Bitwarden2024
secret on eu-west-1a is i-0abc1234def567890
the token for channel C02ABCD1234 is fine
secret in namespace kube-system is default-token-x7x2p
token from auth.acme.io: expires_in=3600
password to the db is rotated: 2025-09-12
the token in line 12: unexpected_identifier2
token for user bob is user-token-42
"""


def clean_lines(seed: int = 11, rounds: int = 5) -> list[str]:
    rng = random.Random(seed)
    lines = []
    for _ in range(rounds):
        for template in CLEAN_TEMPLATES.strip("\n").split("\n"):
            lines.append(
                template.format(
                    uuid=_uuid(rng),
                    n=rng.randrange(100, 999),
                    d=rng.randrange(1, 9),
                    dd=rng.randrange(10, 59),
                    snowflake=rng.randrange(10**17, 10**18),
                    **{f"hex{size}": _pick(rng, HEX, size) for size in (8, 12, 16, 24, 32, 40, 64)},
                )
            )
    return lines
