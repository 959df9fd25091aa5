"""Ordinary log lines by the ten thousand: ids, digests, names and prose that look a little like secrets and are none.

A form is the language of `foreign_secrets`; `{n}`, `{word}`, `{time}` and the like are made anew for each line.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator

from tests.core.foreign_secrets import ALPHABETS, MAKERS, make

WORDS = """
    rollout stage portal reads writes orders billing checkout search cache worker gateway scheduler audit ledger prisma
    settlement invoice catalog profile upload thumbnail export import sync migrate shard replica leader queue topic
""".split()  # noqa: SIM905 (a page of words reads better than a page of quotes)

FILLERS: dict[str, Callable[[random.Random], str]] = {
    "n": lambda r: str(r.randrange(1, 9999)),
    "big": lambda r: str(r.randrange(10**9, 10**13)),
    "f": lambda r: f"{r.random() * 100:.3f}",
    "small": lambda r: str(r.randrange(1, 20)),
    "word": lambda r: r.choice(WORDS),
    "name": lambda r: "-".join(r.sample(WORDS, 2)),
    "snake": lambda r: "_".join(r.sample(WORDS, 2)),
    "flag": lambda r: "_".join(r.sample(WORDS, 2)).upper(),
    "camel": lambda r: "".join(w.title() for w in r.sample(WORDS, 2)),
    "path": lambda r: "/".join(r.sample(WORDS, 3)),
    "time": lambda r: (
        f"2025-09-{r.randrange(10, 30)}T{r.randrange(10, 24)}:{r.randrange(10, 60)}:{r.randrange(10, 60)}.{r.randrange(100, 999)}Z"
    ),
    "clock": lambda r: f"{r.randrange(10, 24)}:{r.randrange(10, 60)}:{r.randrange(10, 60)}",
    "ip": lambda r: f"10.{r.randrange(256)}.{r.randrange(256)}.{r.randrange(256)}",
    "v": lambda r: f"{r.randrange(9)}.{r.randrange(30)}.{r.randrange(30)}",
    "status": lambda r: r.choice(
        ["200", "201", "204", "301", "304", "400", "401", "403", "404", "429", "500", "502", "503"]
    ),
    "method": lambda r: r.choice(["GET", "POST", "PUT", "DELETE", "PATCH"]),
    "level": lambda r: r.choice(["INFO", "WARN", "ERROR", "DEBUG"]),
    "xray": lambda r: f"1-{make(r, '{hex8}')}-{make(r, '{hex24}')}",
    "sha512": lambda r: base64.b64encode(r.randbytes(64)).decode(),
    "sha384": lambda r: base64.b64encode(r.randbytes(48)).decode(),
    "md5b64": lambda r: base64.b64encode(r.randbytes(16)).decode(),
    "blob": lambda r: base64.b64encode(r.randbytes(r.randrange(30, 90))).decode(),
    "host": lambda r: f"ip-10-0-{r.randrange(256)}-{r.randrange(256)}.eu-west-1.compute.internal",
    "pod": lambda r: f"{'-'.join(r.sample(WORDS, 2))}-{make(r, '{hex10}')}-{make(r, '{lo5}')}",
    "person": lambda r: r.choice(["bob", "alice", "jane.doe", "eng-oncall", "ci-bot", "m.meier"]),
    "ulid": lambda r: "01J" + make(r, "{up23}"),
    "ksuid": lambda r: make(r, "2{an26}"),
    "nano": lambda r: make(r, "{us21}"),
}

TEMPLATES = r"""
START RequestId: {uuid} Version: $LATEST
REPORT RequestId: {uuid}	Duration: {f} ms	Billed Duration: {n} ms	Memory Size: 512 MB	Max Memory Used: {n} MB	XRAY TraceId: {xray}	SegmentId: {hex16}	Sampled: true
{time}	{uuid}	INFO	rollout {name} advanced to stage {small}
{time} {uuid} Task timed out after 30.03 seconds
[{level}] {time} {uuid} flag {flag} read back in {n} ms
INIT_START Runtime Version: python:3.13.v{small}	Runtime Version ARN: arn:aws:lambda:eu-west-1::runtime:{hex64}
X-Amzn-Trace-Id: Root={xray};Parent={hex16};Sampled=1
x-amz-cf-id: {us54}==
x-amz-request-id: {up16} x-amz-id-2: {b75}=
x-amzn-requestid: {uuid} x-amz-apigw-id: {us14}=
x-amz-apigw-id: {us15}=
x-amzn-remapped-date: Fri, 26 Sep 2025 09:00:00 GMT
Via: 1.1 {hex32}.cloudfront.net (CloudFront)
traceparent: 00-{hex32}-{hex16}-01
b3: {hex32}-{hex16}-1
uber-trace-id: {hex16}:{hex16}:0:1
cf-ray: {hex16}-FRA
x-request-id: {hex32}
x-correlation-id: {uuid}
etag: W/"{hex32}"
ETag: "{hex32}-{small}"
If-None-Match: "{us27}"
Content-MD5: {md5b64}
content-security-policy: script-src 'sha256-{b43}=' 'self'
<script src="/app.{hex8}.js" integrity="sha384-{sha384}" crossorigin="anonymous"></script>
"integrity": "sha512-{sha512}",
{word}@{v}: resolved "https://registry.npmjs.org/{word}/-/{word}-{v}.tgz#{hex40}"
    --hash=sha256:{hex64} \
go: downloading github.com/{word}/{word} v{v}
github.com/{word}/{word} v{v} h1:{b43}=
checksum = "{hex64}"
Digest: sha256:{hex64}
Status: Downloaded newer image for registry.internal/{word}:{v}
{hex12}: Pull complete
image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}@sha256:{hex64}
#12 sha256:{hex64} 2.1MB / 31.4MB 0.3s
Successfully built {hex12}
Successfully tagged {name}:{hex40}
commit {hex40} (HEAD -> main, origin/main)
Merge branch 'feature/{name}' into main
index {hex7}..{hex7} 100644
From github.com:acme/{name}
   {hex7}..{hex7}  main       -> origin/main
HEAD is now at {hex8} {word}: fix the {word} of {word}
git-{hex40} deployed by {person}
https://github.com/acme/{name}/commit/{hex40}
https://github.com/acme/{name}/pull/{n}#issuecomment-{big}
deployed image sha256:{hex64} to staging in {n} s
arn:aws:ssm:us-east-1:123456789012:parameter/switchback/prod/flags/{flag}
arn:aws:lambda:eu-west-1:123456789012:function:{name}:{n}
arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/{word}/db-password-{an6}
arn:aws:iam::123456789012:role/{name}-Role-{up13}
arn:aws:states:eu-west-1:123456789012:execution:{name}:{uuid}
arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/{name}/{hex16}
arn:aws:kms:eu-west-1:123456789012:key/{uuid}
arn:aws:acm:us-east-1:123456789012:certificate/{uuid}
arn:aws:sts::123456789012:assumed-role/{name}/i-{hex17}
arn:aws:cloudformation:eu-west-1:123456789012:stack/{name}/{uuid}
arn:aws:ecs:eu-west-1:123456789012:task/{name}/{hex32}
{"arn":"arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/token-{an6}","rotation":true}
User: arn:aws:sts::123456789012:assumed-role/{name}/{name} is not authorized to perform: secretsmanager:GetSecretValue on resource: prod/db-password because no identity-based policy allows the secretsmanager:GetSecretValue action
An error occurred (AccessDeniedException) when calling the GetParameter operation: User is not authorized to perform: ssm:GetParameter
2025/09/26/[$LATEST]{hex32}
/aws/lambda/{name} 2025/09/26/[{small}]{hex32}
ecs/{name}/{hex32}
logStream={name}/{word}/{hex32} nextSequenceToken={d56}
{"ResourceStatus":"CREATE_COMPLETE","LogicalResourceId":"{camel}Function{hex8}","PhysicalResourceId":"{name}-{camel}Function-{an12}"}
CREATE_IN_PROGRESS AWS::IAM::Role {camel}Role{HEX8} Resource creation Initiated
UPDATE_COMPLETE AWS::SecretsManager::Secret {camel}Secret
CREATE_COMPLETE | AWS::SecretsManager::SecretTargetAttachment | {camel}SecretAttachment
Waiting for changeset to be created.. arn:aws:cloudformation:eu-west-1:123456789012:changeSet/samcli-deploy{big}/{uuid}
Uploading to {name}/{hex32}.template  {n} / {n} (100.00%)
s3://acme-artifacts-{hex12}/{path}/{hex32}.zip
download: s3://acme-logs/AWSLogs/123456789012/elasticloadbalancing/eu-west-1/2025/09/26/123456789012_elasticloadbalancing_eu-west-1_app.{name}.{hex16}_20250926T0900Z_{ip}_{lo8}.log.gz to ./x
{"eventID":"{uuid}","eventName":"AssumeRole","awsRegion":"eu-west-1","sharedEventID":"{uuid}","recipientAccountId":"123456789012"}
{"eventName":"CreateAccessKey","userName":"{person}","eventSource":"iam.amazonaws.com","eventID":"{uuid}"}
{"messageId":"{uuid}","receiptHandle":"AQEB{b200}==","md5OfBody":"{hex32}","eventSource":"aws:sqs"}
{"ResponseMetadata":{"RequestId":"{up26}","HTTPStatusCode":{status},"HTTPHeaders":{"server":"Server","x-amz-crc32":"{big}"},"RetryAttempts":0}}
{"ResponseMetadata": {"RequestId": "{up52}", "HTTPStatusCode": 200}}
ConsumedCapacity={'TableName': '{name}', 'CapacityUnits': 1.5} LastEvaluatedKey={'pk': {'S': 'ROLLOUT#{name}'}, 'sk': {'S': 'STATE'}}
LastEvaluatedKey: {"pk":{"S":"FLAG#{flag}"},"sk":{"S":"V#{n}"}}
{"NextToken": "{b120}=="}
nextToken={us80} maxResults=50
"continuationToken": "{b60}=="
NextContinuationToken: {b64}
{"shardId":"shardId-000000000001","sequenceNumber":"{d56}","partitionKey":"{word}"}
ShardIterator={b180}==
i-{hex17} vpc-{hex17} subnet-{hex17} sg-{hex17} eni-{hex17}
ami-{hex17} snapshot snap-{hex17} vol-{hex17} attached
rtb-{hex8} igw-{hex8} nat-{hex17} eipalloc-{hex17}
distribution E{up13} invalidation I{up13} created
hosted zone Z{up20} change /change/C{up20} INSYNC
task {hex32} stopped: Essential container in task exited
execution {uuid}:{uuid} succeeded
stack {name} drift: IN_SYNC at {time}
{"dedup_key":"{hex32}","status":"success","message":"Event processed"}
dedup_key={name}-{hex8} incident_key={uuid} token_count={n} max_tokens=4096 tokens={n}
{"usage":{"prompt_tokens":{n},"completion_tokens":{n},"total_tokens":{n}},"model":"{name}-v{v}"}
tokens_per_second={f} token_bucket_size={n} token_type=bearer tokens_remaining={n}
author={person} monkey={n} keyboard=us hockey={n} turkey=ok whiskey={n} donkey=1
primary_key={n} foreign_key=user_id partition_key={word} sort_key={time} cache_key={word}:{n}:{hex32}
cache key {word}:v{small}:{hex40} miss
cacheKey: {hex64}
key={word}/{hex32}/{uuid}.json size={big}
object_key={path}/{hex64}.parquet
idempotency_key={uuid} request_token={uuid} ClientToken={uuid}
routing_key={word}.{word}.created exchange=events queue={name}
routingKey="{snake}.updated" deliveryTag={n}
{"routing_key": "{word}.events", "exchange": "{name}", "redelivered": false}
public_key={hex64} key_id={uuid} kid={an12} keyId={up20}
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b43} {person}@{word}
SHA256:{b43} {person}@{word} (ED25519)
Accepted publickey for {person} from {ip} port {n} ssh2: RSA SHA256:{b43}
fingerprint {HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}:{HEX2}
Serial Number: {hex2}:{hex2}:{hex2}:{hex2}:{hex2}:{hex2}:{hex2}:{hex2}
-----BEGIN CERTIFICATE----- expected at the start of the file
subject=CN = api.acme.io issuer=C = US, O = Let's Encrypt, CN = R{small} serial={HEX36}
thumbprint={HEX40} notAfter={time}
sessions={n} active_sessions={n} session_count={n} session_duration={f}s
session {hex16} opened for user {person} by (uid=0)
Session ID: {uuid} started
session-{n}.scope: Deactivated successfully.
pam_unix(sudo:session): session opened for user root(uid=0) by {person}(uid=1000)
sshd[{n}]: Failed password for invalid user {person} from {ip} port {n} ssh2
sshd[{n}]: Failed password for root from {ip} port {n} ssh2
sshd[{n}]: Connection closed by authenticating user {person} {ip} port {n} [preauth]
sudo: {person} : TTY=pts/0 ; PWD=/home/{person} ; USER=root ; COMMAND=/usr/bin/systemctl restart {word}
systemd[1]: Started Session {n} of User {person}.
kernel: [{f}] TCP: request_sock_TCP: Possible SYN flooding on port {n}. Sending cookies.
CRON[{n}]: (root) CMD (/usr/local/bin/{name} --quiet)
{ip} - - [26/Sep/2025:{clock} +0000] "{method} /{path}?page={small}&limit=50 HTTP/1.1" {status} {n} "-" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36" "{ip}"
{ip} - {person} [26/Sep/2025:{clock} +0000] "GET /static/{word}.{hex20}.js HTTP/2.0" 304 0 "https://app.acme.io/{path}" "curl/8.5.0" rt=0.0{n} uct=0.00{small}
{ip} - - [26/Sep/2025:{clock} +0000] "GET /v1/{word}/{uuid}/tokens?sort=created_at HTTP/1.1" {status} {n}
{ip} - - [26/Sep/2025:{clock} +0000] "POST /oauth/token HTTP/1.1" {status} {n} "-" "python-requests/2.32.{small}"
2025/09/26 {clock} [error] {n}#{n}: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}, server: api.acme.io, request: "{method} /{path} HTTP/1.1", upstream: "http://{ip}:8080/{path}"
http {time} app/{name}/{hex16} {ip}:{n} {ip}:8080 0.000 0.0{n} 0.000 {status} {status} {n} {n} "GET https://api.acme.io:443/{path} HTTP/2.0" "okhttp/4.12" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/{hex16} "Root={xray}" "api.acme.io" "session-reused" 0
2 123456789012 eni-{hex17} {ip} {ip} {n} 443 6 {n} {n} {big} {big} ACCEPT OK
10.0.0.1:6443 haproxy[{n}]: {ip}:{n} [26/Sep/2025:{clock}.123] https~ {name}/{word} 0/0/1/{n}/{n} {status} {n} - - ---- 1/1/0/0/0 0/0 "GET /{path} HTTP/1.1"
[{time}] "GET /{path} HTTP/1.1" {status} - via_upstream - "-" 0 {n} {n} {n} "-" "Go-http-client/2.0" "{uuid}" "{name}:8080" "{ip}:8080" inbound|8080|| {ip}:{n} - default
traefik {ip} - - "GET /{path}" {status} {n} "-" "-" {n} "{name}@docker" "http://{ip}:80" {n}ms
Warning  BackOff  pod/{pod}  Back-off restarting failed container {word} in pod {pod}_{word}({uuid})
Normal   Pulled   {small}m   kubelet  Successfully pulled image "registry.internal/{name}:{v}" in {n}ms. Image size: {big} bytes.
Normal   Scheduled  1m  default-scheduler  Successfully assigned {word}/{pod} to {host}
Warning  FailedMount  MountVolume.SetUp failed for volume "{word}-token" : secret "{name}-credentials" not found
Error: couldn't find key password in Secret prod/{name}-credentials
{pod}   1/1   Running   {small} ({n}m ago)   {n}h   {ip}   {host}
secret/{name}-tls created
serviceaccount/{name} token created for {n}s
kube-root-ca.crt   1   {n}d
default-token-{lo5}   kubernetes.io/service-account-token   3   {n}d
{"kind":"Event","apiVersion":"v1","metadata":{"name":"{pod}.{hex16}","uid":"{uuid}","resourceVersion":"{n}"},"reason":"Killing"}
{"level":"info","ts":{f},"caller":"{word}/{word}.go:{n}","msg":"reconciled","controller":"{word}","reconcileID":"{uuid}"}
I0926 {clock}.123456       1 leaderelection.go:250] successfully acquired lease {word}/{name}
E0926 {clock}.123456       1 reflector.go:147] failed to list *v1.Secret: secrets is forbidden: User "system:serviceaccount:{word}:{name}" cannot list resource "secrets" in API group ""
W0926 {clock}.123456       1 warnings.go:70] unknown field "spec.template.spec.tokenExpirationSeconds"
container={word} id=containerd://{hex64} exitCode=137 reason=OOMKilled
cri-o://{hex64}
/var/lib/docker/overlay2/{hex64}/merged
/var/lib/kubelet/pods/{uuid}/volumes/kubernetes.io~secret/{name}-tls
/proc/{n}/fd/{small} -> socket:[{n}]
/var/run/secrets/kubernetes.io/serviceaccount/token
/nix/store/{lo32}-{name}-{v}/bin/{word}
/home/{person}/.ssh/id_ed25519 has mode 0600
/tmp/tmp{lo8}/{word}.json
C:\Users\{person}\AppData\Local\Temp\{word}-{hex8}.tmp
sum(rate(http_requests_total{job="{word}",code=~"5.."}[5m])) by (route) > 0.0{small}
histogram_quantile(0.99, sum by (le) (rate({snake}_seconds_bucket{stage="{name}"}[30m])))
{snake}_total{method="GET",route="/{word}/:id",status="{status}"} {n}
{snake}_seconds_bucket{le="0.25",pod="{pod}"} {n}
auth_token_refresh_total{result="ok"} {n}
password_reset_requests_total{channel="mail"} {n}
secret_rotation_age_seconds{secret="prod/db"} {big}
api_key_cache_hits_total{tenant="{word}"} {n}
go_gc_duration_seconds{quantile="0.5"} {f}
# HELP {snake}_tokens_total Tokens handed out by the bucket.
# TYPE {snake}_tokens_total counter
ALERT {camel}ErrorRate firing for {n}s value={f} threshold=5 labels={job="{word}", severity="page"}
alertname={camel} severity=critical fingerprint={hex16} startsAt={time}
groupKey="{}/{severity=\"page\"}:{alertname=\"{camel}\"}"
at com.acme.{word}.{camel}Service.handle({camel}Service.java:{n})
	at org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter.attemptAuthentication(UsernamePasswordAuthenticationFilter.java:85)
	at io.jsonwebtoken.impl.DefaultJwtParser.parse(DefaultJwtParser.java:{n}) ~[jjwt-impl-0.12.{small}.jar!/:0.12.{small}]
Caused by: java.sql.SQLException: Access denied for user 'app'@'{ip}' (using password: YES)
Caused by: io.jsonwebtoken.ExpiredJwtException: JWT expired {n} milliseconds ago at {time}. Current time: {time}.
java.lang.IllegalStateException: token must not be null
org.postgresql.util.PSQLException: FATAL: password authentication failed for user "{person}"
org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed: Invalid username or password
{clock}.123 [http-nio-8080-exec-{small}] {level} c.a.{word}.{camel} - [{hex16},{hex16}] handled {method} /{path} in {n} ms
  File "/var/task/{path}.py", line {n}, in {snake}
    token = self._tokens.get(request.user_id)
    password = os.environ["DB_PASSWORD"]
    raise InvalidToken("token has expired")
    if not secrets.compare_digest(token, expected):
    return hmac.new(key, body, hashlib.sha256).hexdigest()
    api_key = config.get("api_key") or settings.API_KEY
    def __init__(self, host: str, password: str | None = None, token: str = "") -> None:
    const token = req.headers.authorization?.split(' ')[1];
    String password = request.getParameter("password");
    secret := os.Getenv("CLIENT_SECRET")
    token: process.env.NPM_TOKEN,
    password: ${{ secrets.DB_PASSWORD }}
    secretKeyRef: {name: {name}, key: password}
    password: !Sub '{{resolve:secretsmanager:${DbSecret}:SecretString:password}}'
    MasterUserPassword: !Ref DbPassword
    value_from = aws_secretsmanager_secret.{snake}.arn
    password = var.db_password
    token = data.aws_eks_cluster_auth.this.token
    + password = (sensitive value)
    ~ token    = (known after apply)
    # aws_secretsmanager_secret_version.{snake} will be created
aws_db_instance.{snake}: Refreshing state... [id=db-{up26}]
aws_iam_access_key.{snake}: Creation complete after {small}s [id={name}]
random_password.{snake}: Creation complete after 0s [id=none]
module.{snake}.aws_ssm_parameter.token: Modifying... [id=/{path}]
KeyError: 'token'
TypeError: connect() missing 1 required positional argument: 'password'
ValueError: Invalid header value b'{word}'
jwt.exceptions.DecodeError: Not enough segments
jwt.exceptions.InvalidSignatureError: Signature verification failed
botocore.exceptions.NoCredentialsError: Unable to locate credentials
botocore.exceptions.ClientError: An error occurred (ExpiredTokenException) when calling the AssumeRole operation: The security token included in the request is expired
requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.acme.io', port=443): Max retries exceeded with url: /{path}?page={small} (Caused by NewConnectionError('<urllib3.connection.HTTPSConnection object at 0x{hex12}>: Failed to establish a new connection: [Errno 111] Connection refused'))
<{camel} object at 0x{hex12}>
<Task pending name='Task-{n}' coro=<{snake}() running at /app/{word}.py:{n}> wait_for=<Future pending cb=[<TaskWakeupMethWrapper object at 0x{hex12}>()]>>
goroutine {n} [running]:
main.(*{camel}).ServeHTTP(0xc{hex9}, {0x{hex6}, 0xc{hex9}}, 0xc{hex9})
panic: runtime error: invalid memory address or nil pointer dereference [signal SIGSEGV: segmentation violation code=0x1 addr=0x{small} pc=0x{hex6}]
thread '{word}' panicked at src/{word}.rs:{n}:{small}: called `Option::unwrap()` on a `None` value
    at Object.<anonymous> (/app/node_modules/{word}/dist/{word}.js:{n}:{small})
UnhandledPromiseRejectionWarning: Error: Request failed with status code {status}
SELECT id, password_hash, token_type FROM users WHERE email = $1 AND deleted_at IS NULL LIMIT {small}
SELECT * FROM sessions WHERE id = {n} AND expires_at > now()
INSERT INTO {word} (id, {word}, created_at) VALUES ('{uuid}', {n}, '{time}')
UPDATE tokens SET revoked_at = now() WHERE user_id = {n}
ALTER TABLE users ADD COLUMN password_changed_at timestamptz
CREATE UNIQUE INDEX idx_{snake}_token ON {word} (token, user_id)
duplicate key value violates unique constraint "{snake}_token_key"
ERROR:  duplicate key value violates unique constraint "{snake}_pkey" DETAIL:  Key (id)=({uuid}) already exists.
GRANT SELECT ON ALL TABLES IN SCHEMA {word} TO {person}
duration: {f} ms  statement: SELECT pg_advisory_lock({big})
# Query_time: {f}  Lock_time: 0.000 Rows_sent: {n}  Rows_examined: {n}
connecting to db-{small}.internal:5432 as app (attempt {small})
connected to postgres://app@db-1.internal:5432/orders?sslmode=require
connected to redis://cache.internal:6379/0 in {n} ms
amqp://guest@mq.internal:5672/ heartbeat missed
mongodb://db1.internal:27017,db2.internal:27017/orders?replicaSet=rs0
jdbc:postgresql://db1:5432/orders?sslmode=require&ApplicationName={name}
kafka://broker-{small}.internal:9092 partition={small} offset={n}
cloning git@github.com:acme/{name}.git at {hex12}
ssh deploy@{ip} -p {n} -i ~/.ssh/id_ed25519 uptime
rsync -az --delete ./{word}/ deploy@{host}:/srv/{word}/
curl -sS -X POST https://api.acme.io/{path} -H 'Content-Type: application/json' -d '{"{word}": {n}}'
curl -fsSL https://get.acme.io/{word}.sh | bash -s -- --version {v}
docker run -p 8080:80 -e STAGE=prod -v /srv/{word}:/data {name}:{v}
aws ssm get-parameter --name /switchback/prod/bot-token --with-decryption --query Parameter.Value
aws secretsmanager get-secret-value --secret-id prod/{word}/db-password --region eu-west-1
aws sts get-session-token --duration-seconds 3600
kubectl get secret {name}-credentials -n {word} -o yaml
kubectl create token {name} --duration=10m
terraform apply -var-file=prod.tfvars -auto-approve -target=module.{snake}
vault kv get -field=password secret/{path}
gh auth token --hostname github.com
openssl x509 -in {word}.pem -noout -fingerprint -sha256
switchback plan check plans/{name}.yaml --explain --password-policy strict --token-ttl 3600
pytest tests/core/test_{snake}.py -k "token or password" -q
npm ERR! code E401 Incorrect or missing password.
npm WARN deprecated {word}@{v}: use {name} instead
pip install {word}=={v} --require-hashes -r requirements.txt
Collecting {word}=={v} (from -r requirements.txt (line {small}))
Downloading {word}-{v}-cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64.whl ({n} kB)
invalid token: signature has expired
password must be at least {small} characters long
Password for user {person} was changed by {person}
The token was rejected because it has expired, please refresh it.
Password reset e-mail sent to user {snow}
secret rotation finished for prod/{word} in {n} ms
no API key was sent with the request {uuid}
missing bearer token in the authorization header
Bearer token authentication is enabled for {word}
Basic authentication is not supported on {path}
WWW-Authenticate: Bearer realm="api", error="invalid_token", error_description="The access token expired"
WWW-Authenticate: Basic realm="{name}"
authorization: granted for role {word} on {path}
Authorization failed for {person}: role {word} is not in [ops, admin]
authentication=oidc auth_method=mtls auth_time={big} auth_provider={word}
token bucket holds {n} tokens, refill {small} tokens per second
token refresh scheduled in {n}s for client {name}
access token expires in {n} seconds; refresh token valid until {time}
refreshing token for installation {big}
the secret to a quiet night is a short runbook
the key to {word} is its {word}
a cookie was set for {word}; cookie consent given by {n} users
credentials for {name} are loaded from the instance profile
using credentials from environment; region eu-west-1
Found credentials in shared credentials file: ~/.aws/credentials
assumed role {name} with session name {name}-{big}
passphrase prompt is disabled in batch mode
passwords do not match
2 secrets scanned, 0 leaks found in {n} commits
secret scanning: no alerts in acme/{name}
access key rotation is due in {n} days for {person}
API key last used {n} days ago by {person}
api_key_id={an12} api_key_name={name} api_key_count={small}
token_id={uuid} token_name={name} token_expires_at={time} tokenType=Bearer
secret_name=prod/{word} secret_version=AWSCURRENT secret_version_id={uuid}
password_policy=strict password_min_length=12 password_expired=false password_last_changed={time}
{"password_required":true,"has_password":false,"token_valid":true,"token_ttl":{n},"auth":"oidc"}
{"errors":{"password":["is too short","must contain a digit"],"token":["has expired"]}}
{"error":"invalid_grant","error_description":"Token has been expired or revoked."}
{"error":{"code":{status},"message":"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.","status":"UNAUTHENTICATED"}}
{"message":"401: Unauthorized","code":0}
{"message":"Unknown Webhook","code":10015}
{"message":"The security token included in the request is invalid."}
{"token_type":"bearer","expires_in":3600,"scope":"read write","token_endpoint":"https://auth.acme.io/token"}
{"iss":"https://auth.acme.io","sub":"{uuid}","aud":"api","exp":{big},"jti":"{uuid}"}
{"properties":{"password":{"type":"string","minLength":8},"token":{"type":"string","format":"uuid"}},"required":["password"]}
{"name":"password","in":"formData","required":true,"type":"string"}
parameters: [{name: api_key, in: header, required: false}]
- name: DB_PASSWORD valueFrom: {secretKeyRef: {name: {name}, key: password}}
flag {flag} old=false new=true fence={small} version={n} actor={person}
{flag}=true {flag}=false ENABLE_TOKEN_REFRESH=true USE_SECRETS_MANAGER=false
SETTINGS_SECURE_PROVIDER=true PASSWORD_LOGIN_ENABLED=false API_KEY_ROTATION_DAYS=90
/switchback/prod/flags/{flag} v{small} LastModified {time} Type String
BOT_TOKEN_PARAMETER=/switchback/prod/bot-token DISCORD_PUBLIC_KEY={hex64}
TOKEN_TTL=3600 SESSION_TIMEOUT=30m COOKIE_DOMAIN=.acme.io SECRET_BACKEND=ssm
Setting up {word}-{word} ({v}-{small}ubuntu{small}) ...
Requirement already satisfied: {word}>={v} in /usr/lib/python3/dist-packages
custom_id=confirm:{hex16} user={snow} guild={snow} channel={snow}
<@{snow}> pressed rollback on {name} (stage {small} of 5)
GET /api/v10/channels/{snow}/messages/{snow} {status}
POST https://discord.com/api/v10/channels/{snow}/messages 429 retry_after=0.{n} bucket={hex32}
PATCH /api/v10/guilds/{snow}/members/{snow}/roles/{snow} {status}
https://cdn.discordapp.com/avatars/{snow}/{hex32}.png?size=128
https://discord.com/channels/{snow}/{snow}/{snow}
X-RateLimit-Bucket: {hex32} X-RateLimit-Remaining: {small}
X-Signature-Timestamp: {big}
interaction {snow} acknowledged in {n} ms
webhook {snow} created in channel {snow} by {person}
webhook delivery {uuid} to https://hooks.acme.io/{word} returned {status}
slack channel C{up10} user U{up10} team T{up8} ts={d10}.{d6}
posted to #{name} as U0{up9}: thread_ts={d10}.{d6}
incident P{up13} acknowledged by {person} (service P{up6})
PagerDuty incident Q{up13} resolved, dedup_key={name}
JIRA OPS-{n}: rotate the api key of {word}
sentry event {hex32} captured in project {n}
id={ulid} parent={ulid} ms={n}
request_id={ksuid} user_id=usr_{an14} org_id=org_{an16}
cus_{an14} pi_{an24} in_{an24} evt_{an24} livemode=false
payment ch_{an24} succeeded for {n} cents
nanoid={nano} attempt={small}
job_id={hex24} run_id={big} node={host}
objectId={hex24} collection={word}
build #{n} of {name} ({hex8}) passed in {n}s
workflow run {big} job {big} step {small} completed
blob {hex40} tree {hex40} parent {hex40}
payload={blob}
protobuf: {blob}
data: {blob}
"body":"{blob}","isBase64Encoded":true
avro schema id={n} value={blob}
<img src="data:image/png;base64,iVBORw0KGgo{b120}">
url(data:font/woff2;base64,d09GMgABAAAAA{b100})
{"image":"data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7","id":{n}}
<div class="{word}-{word} {word}" data-id="{uuid}" data-reactid=".{small}.{small}"><span>{word}</span></div>
<input type="password" name="password" placeholder="Password" autocomplete="current-password">
<label for="token">Token</label><input id="token" type="text">
<a href="/reset-password">Forgot password?</a>
<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>{path}/{hex32}.json</Key><RequestId>{up16}</RequestId><HostId>{b75}=</HostId></Error>
<Contents><Key>{path}/{uuid}.gz</Key><ETag>&quot;{hex32}&quot;</ETag><Size>{n}</Size></Contents>
<token>expired</token><status>{status}</status>
{"id":"{uuid}","parent_id":"{uuid}","tenant_id":"{hex24}","account":"123456789012","hash":"{hex64}","checksum":"{hex32}","version":"{v}"}
{"trace_id":"{hex32}","span_id":"{hex16}","trace_flags":"01","resource":{"service.instance.id":"{uuid}"}}
{"_id":{"$oid":"{hex24}"},"createdAt":{"$date":"{time}"},"__v":0}
{"rollout":"{name}","stage":"{word}-reads","flagState":{"{flag}":"true"},"decision":"hold","reason":"no data for {snake}"}
{"prev_hash":"{hex64}","hash":"{hex64}","seq":{n},"at":{big}}
{"cursor":"{b40}=","has_more":true,"page_size":50}
{"etag":"\"{hex32}\"","key":"{path}/{name}.json","size":{n},"sequencer":"00{HEX16}"}
{"jsonrpc":"2.0","id":{n},"method":"{word}_{camel}","params":["0x{hex40}","latest"]}
tx 0x{hex64} block {n} from 0x{hex40}
transfer of {n} wei to 0x{hex40}
md5={hex32} sha1={hex40} sha256={hex64} crc32={hex8}
{hex64}  {name}-{v}.tar.gz
{hex32}  ./{path}.py
sha256sum: {name}.zip: OK
ipfs://Qm{an44}
urn:uuid:{uuid}
tag:acme.io,2025:{name}/{n}
UUID("{uuid}")
ObjectId("{hex24}")
Decimal('{f}') datetime.datetime(2025, 9, 26, 9, {small})
matrix: !abc{al15}:acme.io event ${us43}
mac {hex2}:{hex2}:{hex2}:{hex2}:{hex2}:{hex2} -> {ip} on eth{small}
fe80::{hex4}:{hex4}:{hex4}:{hex4} dev eth0 lladdr {hex2}:{hex2}:{hex2}:{hex2}:{hex2}:{hex2} REACHABLE
2001:db8:{hex4}:{hex4}::{hex4} 443 open
TLS_AES_256_GCM_SHA384 ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.3 session reused
SSL: certificate subject name '{word}.acme.io' does not match target host name 'api.acme.io'
User-Agent: Boto3/1.44.{small} md/Botocore#1.44.{small} ua/2.1 os/linux#5.10.{n} md/arch#aarch64 lang/python#3.13.{small} md/pyimpl#CPython m/Z,b cfg/retry-mode#legacy
user-agent: aws-sdk-go-v2/1.{n}.0 os/linux lang/go#1.22.{small} md/GOOS#linux api/ssm#1.{n}.0
"{method} /{path} HTTP/1.1" {status} {n} {f}
{time} {level} {word}.{word} handled {n} items in {f} ms (p95={f} p99={f} max={f})
level={word} ts={time} caller={word}.go:{n} msg="compaction done" ulid={ulid} maxBlock={big}
{ip}:{n} > {ip}:443: Flags [S], seq {big}, win 64240, options [mss 1460,sackOK,TS val {big} ecr 0], length 0
207 passed, {small} warnings in {f}s
--- PASS: Test{camel} ({f}s)
FAILED tests/core/test_{snake}.py::test_{snake}_token_is_kept - AssertionError: assert 'token' in {'key': {n}}
E       AssertionError: assert {n} == {n}
coverage: {f}% of statements in {path}
{word} | ready in {n}ms | http://localhost:{n}/{word}
Listening on http://0.0.0.0:{n} (Press CTRL+C to quit)
GC(12) Pause Young (Normal) (G1 Evacuation Pause) {n}M->{n}M({n}M) {f}ms
OOM: Killed process {n} ({word}) total-vm:{n}kB, anon-rss:{n}kB, file-rss:0kB, shmem-rss:0kB, UID:1000 pgtables:{n}kB oom_score_adj:0
load average: {f}, {f}, {f}; mem {n}/{n} MiB; fds {n}
Disk usage of /dev/nvme0n1p1 (vol-{hex17}) is {small}%
crypto/rand: entropy pool initialised with {n} bits
feature {flag} is on for {small}% of users (seed {word}, salt of the hash: user id)
hash ring: {n} virtual nodes, key space split at {hex16}
rotating key set: kid {hex16} -> {hex16}, next in {n} days
JWKS fetched from https://auth.acme.io/.well-known/jwks.json: {small} keys (kid {us27})
{"kty":"RSA","use":"sig","kid":"{us27}","e":"AQAB","alg":"RS256"}
CSRF check passed for {method} /{path}
csrf cookie not set; csrf_enabled=true csrf_header=X-CSRF-Token
OTP sent to {person} by mail; otp_length=6 otp_ttl={n}
MFA is required for {person}; mfa_enabled=true mfa_method=totp
pin {small} is input, pin {small} is output
passed={n} failed={small} bypass=false compass=north passenger={n}
license: MIT licenses={small} license_type=enterprise
secretary={person} tokenizer=cl100k tokenize_ms={n} keystore_type=JKS
signature_version=v4 signed_headers=host;x-amz-date signing_algorithm=RS256
service_key_prefix=svc: key_prefix={word} key_length=32 keys={small}
"auth" "{word}" module loaded in {n} ms
auth: {person} logged in from {ip} using oidc
login ok user={person} method=password ip={ip}
user {person} logged in with password from {ip}
{person} changed the password of {name}
session expired for {person}; new session created after {n} ms
cookies: {n} stored, {small} expired
pass {small} of {small}: {n} items left
pass: {n} fail: {small} skip: {small}
access: {path} by {person} key: {word} action: read
key: {word} value: {n}
key={word} value={name} ttl={n}
SET {word}:{n}:{hex32} EX {n}
GET {word}:{uuid} -> hit ({n} bytes)
HGETALL {word}:{hex16} {f}ms
credential scope date 20250926/eu-west-1/s3/aws4_request does not match
SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided. Check your key and signing method.
InvalidAccessKeyId: The AWS Access Key Id you provided does not exist in our records.
Docs: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html#Using_CreateAccessKey
https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252F{name}
https://app.datadoghq.eu/dashboard/{lo3}-{lo3}-{lo3}/{name}?from_ts={big}&to_ts={big}&live=true
https://grafana.acme.io/d/{us9}/{name}?orgId=1&var-stage={word}&from=now-6h&to=now
https://acme.pagerduty.com/incidents/Q{up13}
https://acme.slack.com/archives/C{up10}/p{d16}
https://www.youtube.com/watch?v={us11}&t={n}s
https://docs.google.com/document/d/{us44}/edit
https://acme.atlassian.net/browse/OPS-{n}?focusedCommentId={n}
utm_source={word}&utm_campaign={name}&gclid={us60}
state={us32} nonce={hex32} code_challenge_method=S256
"""


def ordinary_lines(count: int = 10_000, seed: int = 1) -> Iterator[str]:
    """Each template in turn, filled anew."""
    rng = random.Random(seed)
    templates = TEMPLATES.strip("\n").split("\n")
    for number in range(count):
        yield _filled(rng, templates[number % len(templates)])


def _filled(rng: random.Random, template: str) -> str:
    for name, fill in {**FILLERS, "uuid": MAKERS["uuid"], "snow": MAKERS["snow"]}.items():
        mark = f"{{{name}}}"
        while mark in template:
            template = template.replace(mark, fill(rng), 1)
    return make(rng, template)


assert not set(FILLERS) & set(ALPHABETS) - {"n"}
