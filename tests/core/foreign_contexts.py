"""Secrets that only the words around them give away: arguments of commands and calls, markup, tables, speech.

As in `foreign_secrets`, whose language of forms this is: `<<…>>` is the secret and `((…))` must stay.
"""

from __future__ import annotations

FURTHER_CONTEXTS = r"""
vault unseal command | core | $ vault operator unseal <<{b43}=>>
vault unseal of a transit key | core | + vault operator unseal -address=((https://vault.acme.io)) <<{b43}=>>
vault unwrap | core | VAULT_ADDR=https://v vault unwrap <<{uuid}>>
vault role, in columns | core | secret_id             <<{uuid}>>
vault role, with the accessor | core | Key                   Value\n---                   -----\nsecret_id             <<{uuid}>>\nsecret_id_ttl         ((10m))
secret in columns | core | api_token      <<{an24}>>
password in columns | core | admin_password    <<{mixpass}>>
snyk auth | | snyk auth <<{uuid}>>
ngrok authtoken | | ngrok config add-authtoken <<{an27}_{an21}>>
cargo login | | cargo login <<{an32}>>
nuget setapikey | | nuget setapikey <<{lo46}>> -Source ((https://nuget.acme.io))
doctl auth | | doctl auth init -t <<{hex64}>>
codecov upload | | ./codecov -t <<{uuid}>> -f ((coverage.xml))
poetry basic | | poetry config http-basic.acme ((ci)) <<{mixpass}>>
composer basic | | composer config http-basic.repo.acme.io ((ci)) <<{an20}>>
bundle config | | bundle config gems.acme.io ((ci)):<<{an20}>>
minio alias | | mc alias set ((backup)) https://minio.acme.io {up20} <<{an40}>>
rabbitmq user | core | rabbitmqctl add_user ((app)) <<{mixpass}>>
rabbitmq password | core | rabbitmqctl change_password ((app)) '<<{mixpass}>>'
net user | | net user ((bob)) <<{mixpass}>> /add
xfreerdp | | xfreerdp /v:((ts1)) /u:bob /p:<<{mixpass}>>
schtasks | | schtasks /create /tn ((nightly)) /ru svc /rp <<{mixpass}>>
nmcli | | nmcli dev wifi connect ((office)) password <<{mixpass}>>
wpa_passphrase | | wpa_passphrase ((office)) <<{mixpass}>>
mosquitto_passwd | | mosquitto_passwd -b ((/etc/passwd.mq)) dev <<{mixpass}>>
htpasswd to the screen | | htpasswd -nb ((bob)) <<{mixpass}>>
mysqladmin password | core | mysqladmin -u ((root)) password <<{mixpass}>>
db2 connect | | db2 connect to ((orders)) user app using <<{mixpass}>>
rar | | unrar x -p<<{an12}>> ((backup.rar))
7z | | 7z x -p<<{an12}>> ((backup.7z))
cypher-shell | | cypher-shell -a ((bolt://n4j)) -u neo4j -p <<{an14}>>
etcdctl | core | etcdctl --user ((root)):<<{mixpass}>> get ((/x))
skopeo | core | skopeo copy --src-creds ((ci)):<<{an20}>> docker://a docker://b
jenkins cli | core | java -jar jenkins-cli.jar -auth ((admin)):<<{hex34}>> ((list-jobs))
lftp | | lftp -u ((upload)),<<{an16}>> ((sftp://nas.acme.io))
curl, short options at once | core | curl -sSfu ((admin)):<<{an14}>> ((http://web-7.acme.io:9200/_cat/indices))
curl, twilio | core | curl -X POST ((https://api.twilio.com/2010-04-01/Messages.json)) -u AC{hex32}:<<{hex32}>>
curl, bearer option | core | curl --oauth2-bearer <<{an40}>> ((https://api.acme.io))
docker ENV | core | Step 4/9 : ENV API_SECRET <<{an14}>>
apache SetEnv | core | SetEnv DB_PASSWORD <<{mixpass}>>
csh setenv | core | setenv API_TOKEN <<{an20}>>
haproxy stats | core | stats auth ((admin)):<<{an14}>>
cisco enable | | enable secret 0 <<{an16}>>
cisco user | | username ((bob)) privilege 15 secret 0 <<{an14}>>
cisco type 7 | | username ((bob)) password 7 <<{HEX16}>>
cisco snmp | | snmp-server community <<{an10}>> ((RO))
cisco tacacs | | tacacs-server key <<{an14}>>
redis acl | core | ACL SETUSER ((app)) on ><<{an16}>> ((~*))
redis config set | core | CONFIG SET requirepass "<<{an16}>>"
mysqli_connect | core | PHP Warning: mysqli_connect('((db1))', 'root', '<<{mixpass}>>')
new mysqli | core | new mysqli("((db1))", "root", "<<{mixpass}>>", "orders")
PDO | core | new PDO('((mysql:host=db1))', 'app', '<<{mixpass}>>')
DriverManager | core | DriverManager.getConnection("((jdbc:mysql://db1/x))", "app", "<<{mixpass}>>")
mongo shell auth | core | db.auth('((admin))','<<{mixpass}>>')
mongo shell, new password | core | db.changeUserPassword("((app))", "<<{mixpass}>>")
smtp login | core | smtp.login("((mailer@acme.io))", "<<{mixpass}>>")
ldap bind | core | conn.simple_bind_s('((cn=admin,dc=acme))', '<<{mixpass}>>')
network credential | | new NetworkCredential("((svc))", "<<{mixpass}>>")
go basic auth | core | req.SetBasicAuth("((svc))", "<<{mixpass}>>")
set password call | core | user.setPassword("<<{mixpass}>>")
python set_password | core | user.set_password('<<{mixpass}>>')
jwt sign | core | jwt.sign(payload, '<<{an32}>>', ((options)))
jwk | core | {"kty":"EC","crv":"((P-256))","x":"{us43}","y":"{us43}","d":"<<{us43}>>"}
jwk, rsa factor | core | {"kty":"RSA","n":"{us86}","e":"((AQAB))","p":"<<{us86}>>"}
jwk, octets | core | {"keys": [{"kty": "oct", "kid": "((k1))", "k": "<<{us43}>>"}]}
jwk, escaped | core | "{\"kty\":\"OKP\",\"crv\":\"((Ed25519))\",\"d\":\"<<{us43}>>\"}"
jwk, indented | core | {\n  "kty": "EC",\n  "crv": "((P-256))",\n  "d": "<<{us43}>>"\n}
putty, on one line | core | 'PuTTY-User-Key-File-3: ssh-rsa\nEncryption: ((none))\nPrivate-Lines: 1\n<<{b64}>>\nPrivate-MAC: {hex64}'
hash rocket in braces | core | Rails.application.credentials => {:secret_key_base=>"<<{hex128}>>"}
hash rockets below a key | core | credentials => {:user=>"((bob))", :password=>"<<{mixpass}>>"}
flow mapping below a key | core | credentials: {user: ((bob)), password: <<{an14}>>}
java map below a key | core | secrets={region=((eu-west-1)), signing=<<{an32}>>}
cloud-init | core | chpasswd: {expire: ((false)), list: "root:<<{an20}>>"}
value before its name | core | <input value="<<{an14}>>" name="password" ((type="password"))>
password field | core | <input ((id="p")) type="password" value="<<{mixpass}>>">
plist | core | <key>password</key><string><<{an14}>></string>
plist, indented | core | <key>ApiToken</key>\n\t<string><<{an24}>></string>\n\t<key>((Port))</key>
hibernate | core | <property name="((hibernate.connection.password))"><<{an14}>></property>
android string | core | <string name="((api_key))"><<{an32}>></string>
xml entry | core | <entry key="((db.password))"><<{mixpass}>></entry>
table row in html | core | <tr><td>API_SECRET</td><td><<{an20}>></td></tr>
bold key in html | core | <b>Password:</b> <<{mixpass}>>
bold key in markdown | core | **password:** `<<{an18}>>`
bold key, colon outside | core | **API key**: `<<{an24}>>`
item in markdown | core | - **Token:** <<{an24}>>
key and value in a table | core | | Key: API_SECRET | Value: <<{an14}>> |
uuid in a table | core | | client_secret | <<{uuid}>> |
hex in a table | core | │ api_key │ <<{hex32}>> │
quotes as nginx writes them | core | {\x22password\x22:\x22<<{an20}>>\x22,\x22n\x22:((7))}
percent twice | core | r=https%253A%252F%252Fa.acme.io%252F%253Ftoken%253D<<{an12}>>%2526x%253D((1))
percent three times | core | u=%25252Fcb%25253Faccess_token%25253D<<{an20}>>%252526lang%25253D((en))
percent twice, json | core | q=%257B%2522password%2522%253A%2522<<{an14}>>%2522%257D&n=((1))
percent twice, userinfo | core | to=https%253A%252F%252Fbob%253A<<{an14}>>%2540((git.acme.io))
colours as text | core | \\u001b[36mpassword\\u001b[0m=<<{an20}>>
colours as text, x1b | core | \x1b[36mpassword\x1b[0m=\x1b[33m<<{an20}>>\x1b[0m
block scalar in one line | core | config: "api_key: |-\n  <<{an14}>>\n"
sql set password for | core | SET PASSWORD FOR ((bob)) = '<<{mixpass}>>'
sql set password, host | core | SET PASSWORD FOR 'bob'@'((10.0.0.%))' = '<<{mixpass}>>';
sql server login | core | ALTER LOGIN ((sa)) WITH PASSWORD = N'<<{mixpass}>>'
sql identified, bare | core | CREATE USER ((app)) IDENTIFIED BY <<{an14}>>
laravel key | | Application key [base64:<<{b43}=>>] ((set successfully)).
elastic reset | core | Password for the [((elastic))] user successfully reset.\nNew value: <<{an20}>>
ssh passphrase prompt | core | Enter passphrase for key '((/root/.ssh/id_rsa))': <<{mixpass}>>
sudo prompt | core | [sudo] password for ((bob)): <<{mixpass}>>
git prompt | core | Password for 'https://((bob@git.acme.io))': <<{mixpass}>>
ssh prompt | core | ((deploy@web1))'s password: <<{mixpass}>>
one-time code for | core | OTP for ((ci-runner)): <<{d6}>>
one-time code, bare | core | sms sent, OTP: <<{d6}>>
credentials with a slash | core | credentials: ((admin)) / <<{mixpass}>>
login with a slash | core | login: ((deploy)) / <<{mixpass}>>
said in german | core | Das Passwort lautet <<{mixpass}>>
said in german, ist | core | Das neue Kennwort für ((root)) ist <<{mixpass}>>
said in french | core | mot de passe : <<{mixpass}>>
said in french, est | core | Le mot de passe est <<{mixpass}>>
said in spanish | core | La contraseña es <<{mixpass}>>
said in portuguese | core | senha: <<{mixpass}>>
said in russian | core | пароль: <<{mixpass}>>
said in chinese | core | 密码：<<{mixpass}>>
said in japanese | core | パスワード: <<{mixpass}>>
said in dutch | core | wachtwoord: <<{mixpass}>>
said with a passphrase | core | the new root password is <<{ll7}-{ll6}-{ll7}-{d2}>>, ((please)) save it
pam token | core | ldap_default_authtok = <<{an14}>>
ftp in one line | core | USER ((upload))\r\nPASS <<{mixpass}>>
short signature | core | GET ((/dl))?sig=<<{an12}>>&f=((a.zip))
short auth parameter | core | GET ((/hook))?auth=<<{an13}>>&e=((push))
extended private key | | derived <<xprv9s21ZrQH143K{an96}>> for ((account 0))
ntlm dump | | ((bob)):1001:aad3b435b51404eeaad3b435b51404ee:<<{hex32}>>:::
werkzeug hash | core | ((bob)) pbkdf2:sha256:260000$<<{an16}${hex64}>>
mysql native hash | | | root | localhost | <<*{HEX40}>> |
wordpress hash | | INSERT INTO wp_users VALUES (1,'((admin))','<<$P$B{an30}>>')
dockerconfigjson | core | .dockerconfigjson: <<eyJhdXRocyI6e{b80}>>
gh auth | core | echo <<{an36}>> | gh auth login --with-token
pulumi config | core | pulumi config set --secret dbPassword <<{mixpass}>>
chef | core | knife bootstrap web1 -x root -P <<{mixpass}>>
salt | core | salt 'web*' shadow.set_password root '<<{mixpass}>>'
nomad acl | core | Secret ID  = <<{uuid}>>
vault init | core | Recovery Key 1: <<{b43}=>>
vault kv get | core | password         <<{mixpass}>>
slapd | core | rootpw <<{mixpass}>>
sssd | core | ldap_default_authtok = <<{mixpass}>>
krb | core | kadmin -p admin/admin -w <<{mixpass}>> -q ((listprincs))
krb addprinc | core | addprinc -pw <<{mixpass}>> ((bob))
wifi uri | core | WIFI:T:WPA;S:((office));P:<<{an14}>>;;
recovery codes | core | recovery codes: <<{hex5}-{hex5}>>
seed phrase | core | seed phrase: <<{phrase}>>
pgbouncer md5 | core | "app" "md5<<{hex32}>>"
elastic setup | core | PASSWORD kibana_system = <<{an20}>>
postfix | core | [smtp.acme.io]:587 ((bob)):<<{mixpass}>>
irc oper | core | OPER ((bob)) <<{mixpass}>>
openvpn static | core | -----BEGIN OpenVPN Static key V1-----\n<<{hex32}>>\n{hex32}\n-----END OpenVPN Static key V1-----
ipsec secrets | core | : RSA x.key "<<{mixpass}>>"
fortinet | core | set password ENC <<{b40}>>
snmp conf | core | rocommunity <<{an10}>>
snmpd user | core | createUser ((bob)) SHA "<<{mixpass}>>" AES
cisco key | core | key-string 7 <<{HEX16}>>
cisco psk | core | crypto isakmp key <<{mixpass}>> address ((1.2.3.4))
windows unattend | core | <AutoLogon><Password><Value><<{mixpass}>></Value></Password></AutoLogon>
winlogon | core | DefaultPassword    REG_SZ    <<{mixpass}>>
wp salts | core | define('AUTH_KEY',         '<<{an40}!x>>');
hmac call | core | hmac.new(b'<<{an32}>>', msg, ((sha256)))
fernet | core | Fernet('<<{us43}=>>')
java spec | core | new SecretKeySpec("<<{an32}>>".getBytes(), "((AES))")
swift | core | let apiKey: String = "<<{an32}>>"
scala | core | val password: String = "<<{mixpass}>>"
ts | core | const token: string = '<<{an32}>>';
docker secret | core | printf '<<{mixpass}>>' | docker secret create db_pass -
expect | core | send "<<{mixpass}>>\r"
openssl passwd | core | openssl passwd -6 <<{mixpass}>>
cryptsetup | core | echo -n "<<{mixpass}>>" | cryptsetup luksOpen ((/dev/sda1)) x -
rclone obscure | core | rclone obscure <<{mixpass}>>
restic opt | core | restic -r sftp:x --password-command 'echo <<{mixpass}>>'
props escaped | core | db.password\=<<{an12}>>
csv header | core | id,name,password\n7,((bob)),<<{mixpass}>>
yaml list | core | passwords:\n  - <<{mixpass}>>
slack chat | core | <bob> the root pw is <<{mixpass}>>
chat creds | core | login with ((bob)) / <<{mixpass}>>
chat use | core | use <<{mixpass}>> as the password
pin said | core | your PIN is <<{d6}>>
g code | core | G-<<{d6}>> is your Google verification code
german zugang | core | Zugangsdaten: ((bob)) / <<{mixpass}>>
german ist | core | Passwort ist <<{mixpass}>>
jenkins crumb | core | Jenkins-Crumb: <<{hex64}>>
erlang | core | {password,"<<{mixpass}>>"}
py ann | core | password: str = '<<{mixpass}>>'
make q | core | TOKEN ?= <<{an32}>>
sql insert | core | INSERT INTO users (name, password) VALUES ('((bob))', '<<{mixpass}>>')
sql sp | core | EXEC sp_addlogin '((app))', '<<{mixpass}>>'
curl, quote behind the colon | core | curl -u ((mira)):'<<{mixpass}>>' https://((ops.acme.io))/health
curl, both in quotes | core | curl --user "((mira))":"<<{mixpass}>>" ((https://ops.acme.io))
etcdctl, quote behind the colon | core | etcdctl --user ((root)):'<<{mixpass}>>' get ((/x))
go header | core | http.Header{"((Accept))":[]string{"*/*"}, "X-Api-Key":[]string{"<<{an40}>>"}}
go header, bearer | core | map[string][]string{"Authorization":[]string{"Bearer <<{an40}>>"}}
postgres key in use | core | ((duplicate key value)) DETAIL:  Key (token)=(<<{an32}>>) ((already exists)).
postgres keys in use | core | Key (((tenant_id)), api_token)=(((7)), <<{an32}>>) ((already exists)).
mysql duplicate | core | Duplicate entry '<<{an32}>>' for key '((api_keys.api_keys_token_unique))'
otel attribute | core | {"key":"((db.password))","value":{"stringValue":"<<{an24}>>"}}
otel attribute, spaced | core | {"key": "http.request.header.authorization", "value": {"string_value": "<<{an24}>>"}}
js default | core | const k = process.env.((JWT_SECRET)) || '<<{an20}>>';
js default, nullish | core | process.env['((JWT_SECRET))'] ?? "<<{an20}>>"
python default | core | os.environ.get("((JWT_SECRET))") or "<<{an20}>>"
python getenv | core | os.getenv("((DB_PASSWORD))", "<<{mixpass}>>")
php default | core | getenv('((API_TOKEN))') ?: '<<{an20}>>'
field default | core | password: str = Field(default="<<{mixpass}>>")
netrc, in lines | core | machine ((git.heroku.com))\n  login ((ops@acme.io))\n  password <<{uuid}>>
spoiler | core | the ((grafana)) password is ||<<{mixpass}>>||
chat in bold | core | *password* <<{an24}>>
gh secret set | core | $ gh secret set ((DB_PASSWORD)) -b"<<{an32}>>"
auth call | core | client.auth('<<{an24}>>')
twilio client | core | twilio.rest.Client('AC{hex32}', '<<{hex32}>>')
hikari dots | core | ((HikariConfig)) - password........................<<{an20}>>
hikari dots, dotted key | core | ((dataSource)).password......<<{an20}>>
said after a comma | core | sent you the token, it's <<{an43}>>
said with who uses it | core | the API token we use is <<{an32}>>, ((please don't commit it))
said with what it is for | core | signing secret for the hook: <<{an32}>>
said with an arrow | core | access token (valid 1h) -> <<{an43}>>
said in french, of what | core | nouveau mot de passe de ((grafana)) : <<{mixpass}>>
said, still | core | the admin password is still "<<{mixpass}>>", ((please change))
credentials for a service | core | credentials for ((notifier)): ((deploy)) / <<{mixpass}>>
redis config, quoted | core | "CONFIG" "SET" "((requirepass))" "<<{an20}>>"
ftp, as the client quotes it | core | *cmd* 'PASS <<{mixpass}>>'
unseal key with an equals sign | core | Initial unseal key 3 = <<{b43}=>>
input, escaped in json | core | {"html":"\u003cinput name=\u0022password\u0022 value=\u0022<<{an20}>>\u0022\u003e"}
element, escaped in json | core | {"xml":"\u003cpassword\u003e<<{an20}>>\u003c/password\u003e"}
ssm as text | core | PARAMETER\tarn:aws:ssm:us-east-1:123456789012:parameter/((db))\ttext\t1751745677\t/shop/db\tSecureString\t<<{an24}>>\t((4))
elastic api key | core | {"id":"((x1))","api_key":"{an20}","encoded":"<<{b60}>>"}
terraform random password | core | "result": "<<{an16}>>", "((special))": false, "length": ((32))
secret mismatch | core | webhook secret mismatch: expected <<{an32}>>
credentials, said at the end | core | ((deploy)) / <<{mixpass}>> are the creds
"""
