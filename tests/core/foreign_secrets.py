"""Secrets of the formats that vendors document and public scanners look for, in the shapes of ops logs.

Written from those formats and not from our rules, so that what is missed here tells something: the rules are
fixed afterwards, this table is not bent to them. Everything is made from a seed; no secret is a real one.

A form is a small language: `{an36}` is 36 letters and digits, and so on (`ALPHABETS`); `{password}`, `{jwt}` and
the like are makers; everything else stands for itself. In a context `<<…>>` is the secret and `((…))` must stay.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from tests.core.foreign_contexts import FURTHER_CONTEXTS

ALPHABETS = {
    "an": string.ascii_letters + string.digits,
    "al": string.ascii_letters,
    "lo": string.ascii_lowercase + string.digits,
    "ll": string.ascii_lowercase,
    "up": string.ascii_uppercase + string.digits,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "us": string.ascii_letters + string.digits + "_-",
    "un": string.ascii_letters + string.digits + "_",
    "b": string.ascii_letters + string.digits + "+/",
    "b32": string.ascii_uppercase + "234567",
    "d": string.digits,
}


class Foreign(NamedTuple):
    """`secret` must not be in what comes out; each of `kept` must. `core`: of the kinds an ops bot sees."""

    kind: str
    shape: str
    line: str
    secret: str
    kept: tuple[str, ...]
    core: bool


# kind | form | keys under which it is found, in snake case | "core" where an ops bot sees it
# Forms that show by themselves what they are.
KNOWN = """
discord bot token | {discord} | discord_token bot_token discord_bot_token | core
discord interaction token | {interaction} | interaction_token token | core
discord mfa token | mfa.{us84} | discord_token | core
aws access key id | AKIA{b32_16} | aws_access_key_id access_key_id | core
aws temporary key id | ASIA{b32_16} | aws_access_key_id | core
aws session token | IQoJb3JpZ2luX2VjE{b240}== | aws_session_token session_token security_token | core
aws session token, old | FwoGZXIvYXdzE{b180}= | aws_session_token | core
github personal token | ghp_{an36} | github_token gh_token | core
github oauth token | gho_{an36} | github_token | core
github server token | ghs_{an36} | github_token | core
github refresh token | ghr_{an76} | refresh_token | core
github fine-grained token | github_pat_{an22}_{an59} | github_token | core
slack bot token | xoxb-{d12}-{d13}-{an24} | slack_bot_token slack_token | core
slack user token | xoxp-{d12}-{d12}-{d13}-{hex32} | slack_token | core
slack app token | xapp-1-A{up10}-{d13}-{hex64} | slack_app_token | core
slack config token | xoxe.xoxp-1-{an163} | slack_config_token | core
slack legacy token | xoxs-{d10}-{d10}-{d10}-{hex10} | slack_token | core
slack cookie token | xoxd-{us60}%2F{us40}%3D | slack_cookie | core
pagerduty user token | u+{us18} | pagerduty_token pagerduty_api_key | core
pagerduty oauth token | pdus+_0XBPWQQ_{an8}-{hex4} | pagerduty_token | core
jwt | {jwt} | id_token access_token jwt | core
jwt of five parts | {jwe} | access_token | core
gitlab personal token | glpat-{us20} | gitlab_token private_token |
gitlab routable token | glpat-{us27}.01.{lo9} | gitlab_token |
gitlab deploy token | gldt-{us20} | deploy_token |
gitlab runner token | glrt-{us20} | runner_token |
gitlab job token | glcbt-64_{us20} | ci_job_token |
gitlab trigger token | glptt-{hex40} | trigger_token |
gitlab feed token | glft-{us20} | feed_token |
gitlab registration token | GR1348941{us20} | registration_token |
bitbucket app password | ATBB{an32} | bitbucket_app_password |
atlassian token | ATATT3xFfGF0{us171}={HEX8} | jira_api_token |
npm token | npm_{an36} | npm_token node_auth_token |
pypi token | pypi-AgEIcHlwaS5vcmcCJ{us140} | pypi_token twine_password |
rubygems key | rubygems_{hex48} | rubygems_api_key |
nuget key | oy2{lo43} | nuget_api_key |
crates token | cio{an32} | cargo_registry_token |
clojars token | CLOJARS_{hex60} | clojars_token |
docker hub token | dckr_pat_{us27} | docker_password |
artifactory key | AKCp{an69} | artifactory_api_key |
artifactory reference | cmVmdGtuO{an55} | artifactory_token |
stripe live key | sk_live_{an24} | stripe_secret_key stripe_api_key |
stripe long key | sk_live_51{an97} | stripe_secret_key |
stripe restricted key | rk_live_{an24} | stripe_key |
stripe webhook secret | whsec_{an32} | stripe_webhook_secret |
square token | EAAA{us60} | square_access_token |
square secret | sq0csp-{us43} | square_secret |
paypal braintree token | access_token$production${lo16}${hex32} | braintree_token |
plaid token | access-production-{uuid} | plaid_access_token |
razorpay key | rzp_live_{an14} | razorpay_key |
flutterwave key | FLWSECK_TEST-{hex32}-X | flutterwave_secret_key |
shopify token | shpat_{hex32} | shopify_access_token |
shopify secret | shpss_{hex32} | shopify_secret |
google api key | AIza{us35} | google_api_key maps_api_key |
google oauth token | ya29.{us120} | access_token |
google client secret | GOCSPX-{us28} | client_secret |
google refresh token | 1//0{us60} | refresh_token |
facebook token | EAACEdEose0cBA{an120} | facebook_token |
sendgrid key | SG.{us22}.{us43} | sendgrid_api_key |
mailgun key | key-{hex32} | mailgun_api_key |
mailgun new key | {hex32}-{hex8}-{hex8} | mailgun_api_key |
mailchimp key | {hex32}-us{d2} | mailchimp_api_key |
brevo key | xkeysib-{hex64}-{an16} | brevo_api_key |
resend key | re_{an8}_{an24} | resend_api_key |
twilio key | SK{hex32} | twilio_api_key |
telegram bot token | {d10}:AA{us33} | telegram_bot_token |
line token | {b171}= | line_channel_access_token |
digitalocean token | dop_v1_{hex64} | digitalocean_token |
digitalocean oauth | doo_v1_{hex64} | digitalocean_token |
heroku key | HRKU-AA{us58} | heroku_api_key |
fly token | FlyV1 fm2_{b160} | fly_api_token |
fly org token | fo1_{us43} | fly_api_token |
render key | rnd_{an32} | render_api_key |
netlify token | nfp_{an36} | netlify_auth_token |
vercel token | vcp_{an56} | vercel_token |
cloudflare origin key | v1.0-{hex24}-{hex146} | cloudflare_origin_ca_key |
alibaba key id | LTAI5t{an18} | alicloud_access_key |
tencent key id | AKID{an32} | tencent_secret_id |
yandex key | AQVN{us38} | yandex_api_key |
azure client secret | {an3}8Q~{us34} | azure_client_secret arm_client_secret |
azure storage key | {b86}== | azure_storage_key account_key |
azure devops token | {lo52}JQQJ99{an26} | azure_devops_token |
azure function key | {us44}AzFu{us8}== | functions_key |
hashicorp vault token | hvs.{us92} | vault_token |
hashicorp vault old token | s.{an24} | vault_token |
hashicorp batch token | hvb.{us140} | vault_token |
terraform cloud token | {an14}.atlasv1.{us67} | tfe_token |
consul token | {uuid} | consul_http_token |
doppler token | dp.pt.{an43} | doppler_token |
doppler service token | dp.st.prd.{an43} | doppler_token |
1password token | ops_eyJ{b280} | op_service_account_token |
1password key | A3-{up6}-{up6}-{up5}-{up5}-{up5}-{up5} | op_secret_key |
age key | AGE-SECRET-KEY-1{up58} | age_key |
databricks token | dapi{hex32} | databricks_token |
pulumi token | pul-{hex40} | pulumi_access_token |
planetscale token | pscale_tkn_{us43} | planetscale_token |
planetscale password | pscale_pw_{us43} | planetscale_password |
neon key | napi_{lo64} | neon_api_key |
supabase token | sbp_{hex40} | supabase_access_token |
supabase key | sb_secret_{us22}_{us8} | supabase_service_key |
prefect key | pnu_{lo36} | prefect_api_key |
tailscale key | tskey-auth-{an17}-{an32} | tailscale_auth_key |
openshift token | sha256~{us43} | openshift_token |
grafana service token | glsa_{an32}_{hex8} | grafana_token |
grafana cloud token | glc_eyJ{b110}= | grafana_cloud_token |
grafana old key | eyJrIjoi{an90}= | grafana_api_key |
datadog rum token | pub{hex32} | dd_client_token |
dynatrace token | dt0c01.{up24}.{up64} | dynatrace_token |
new relic user key | NRAK-{up27} | new_relic_api_key |
new relic license | {hex36}NRAL | new_relic_license_key |
new relic insert key | NRII-{us32} | new_relic_insert_key |
sentry org token | sntrys_eyJ{b130}=_{b43} | sentry_auth_token |
sentry user token | sntryu_{hex64} | sentry_auth_token |
honeycomb key | hcaik_01{lo56} | honeycomb_api_key |
logfire token | pylf_v1_us_{an43} | logfire_token |
posthog key | phx_{an43} | posthog_api_key |
launchdarkly sdk key | sdk-{uuid} | launchdarkly_sdk_key |
launchdarkly api key | api-{uuid} | launchdarkly_access_token |
postman key | PMAK-{hex24}-{hex34} | postman_api_key |
linear key | lin_api_{an40} | linear_api_key |
notion token | ntn_{d11}{an35} | notion_token |
notion old token | secret_{an43} | notion_token |
airtable token | pat{an14}.{hex64} | airtable_token |
figma token | figd_{us40} | figma_token |
asana token | 1/{d16}:{hex32} | asana_token |
hubspot token | pat-na1-{uuid} | hubspot_token |
dropbox token | sl.{us130} | dropbox_access_token |
typeform token | tfp_{us43}_{us14} | typeform_token |
contentful token | CFPAT-{us43} | contentful_token |
openai key | sk-{an20}T3BlbkFJ{an20} | openai_api_key |
openai project key | sk-proj-{us74}T3BlbkFJ{us74} | openai_api_key |
anthropic key | sk-ant-api03-{us93}AA | anthropic_api_key |
hugging face token | hf_{al34} | hf_token |
replicate token | r8_{an37} | replicate_api_token |
groq key | gsk_{an52} | groq_api_key |
perplexity key | pplx-{an48} | perplexity_api_key |
xai key | xai-{an80} | xai_api_key |
langsmith key | lsv2_pt_{hex32}_{hex10} | langsmith_api_key |
pinecone key | pcsk_{an6}_{an63} | pinecone_api_key |
nvidia key | nvapi-{us64} | nvidia_api_key |
deepseek key | sk-{hex32} | deepseek_api_key |
openrouter key | sk-or-v1-{hex64} | openrouter_api_key |
circleci token | CCIPAT_{an22}_{hex40} | circle_token |
buildkite token | bkua_{hex40} | buildkite_token |
sonar token | sqp_{hex40} | sonar_token |
snyk token | snyk_uat.{hex8}.{us60} | snyk_token |
sourcegraph token | sgp_{hex16}_{hex40} | src_access_token |
codeclimate, scalingo | tk-us-{us48} | scalingo_token |
settlemint token | sm_pat_{an16} | sm_token |
harness token | pat.{us22}.{an24}.{an20} | harness_token |
octopus key | API-{up26} | octopus_api_key |
jfrog identity token | eyJ2ZXIiOiIyIiwidHlwIjoiSldUIn0.{us120}.{us86} | jfrog_token |
mapbox secret token | sk.eyJ1Ijoi{us60}.{us22} | mapbox_token |
twitch token | oauth:{lo30} | twitch_oauth |
lob key | live_{hex35} | lob_api_key |
shippo token | shippo_live_{hex40} | shippo_token |
easypost key | EZAK{an54} | easypost_api_key |
duffel token | duffel_live_{us43} | duffel_token |
frame.io token | fio-u-{us64} | frameio_token |
readme key | rdme_{lo70} | readme_api_key |
infracost key | ico-{an32} | infracost_api_key |
adobe client secret | p8e-{an32} | adobe_client_secret |
intra42 secret | s-s4t2ud-{hex64} | client_secret |
clickhouse key | 4b1d{an38} | clickhouse_secret |
sidekiq secret | {hex8}:{hex8} | bundle_gems__contribsys__com |
ubidots token | BBFF-{an30} | ubidots_token |
bcrypt hash | $2b$12${an53} | password_hash |
argon2 hash | $argon2id$v=19$m=65536,t=3,p=4${an22}${an43} | password_hash |
sha512 crypt hash | $6${an16}${an86} | shadow |
django hash | pbkdf2_sha256$600000${an22}${b43}= | password |
docker swarm token | SWMTKN-1-{lo50}-{lo25} | join_token |
kubeadm token | {lo6}.{lo16} | kubeadm_token |
wireguard key | {b42}k= | private_key preshared_key |
ssh private key body | b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAA{b120} | ssh_key |
putty key | {b64} | private_lines |
bitcoin key | 5{an50} | wif |
"""
# Forms that only the key beside them gives away.
KEYED = """
password | {password} | password db_password admin_password passwd user_pwd | core
wordy password | {words} | password passphrase | core
aws secret access key | {b40} | aws_secret_access_key secret_access_key secret_key | core
database password | {password} | pgpassword mysql_root_password postgres_password redis_password mongo_pass | core
session id | {hex32} | session_token sessionid session_key | core
cookie secret | {b43}= | cookie_secret session_secret | core
csrf token | {an64} | csrf_token xsrf_token csrfmiddlewaretoken | core
oauth client secret | {us40} | client_secret oauth_client_secret consumer_secret | core
refresh token | {us64} | refresh_token | core
access token | {an40} | access_token auth_token oauth_token | core
api key in hexadecimal | {hex32} | api_key x_api_key apikey | core
api key, uuid | {uuid} | api_key api_token | core
webhook secret | {hex40} | webhook_secret webhook_signing_secret | core
pagerduty routing key | {hex32} | routing_key pagerduty_integration_key pd_routing_key | core
pagerduty rest key | y_{us18} | pagerduty_api_key pagerduty_token | core
slack signing secret | {hex32} | slack_signing_secret signing_secret | core
github webhook secret | {password} | github_webhook_secret | core
discord client secret | {us32} | discord_client_secret | core
django secret key | {django} | secret_key django_secret_key | core
rails master key | {hex32} | rails_master_key secret_key_base | core
flask secret | {us43} | flask_secret_key | core
laravel app key | base64:{b43}= | app_key | core
jwt secret | {an48} | jwt_secret jwt_signing_key | core
encryption key | {b43}= | encryption_key fernet_key data_key | core
private key | {hex64} | private_key priv_key | core
hmac key | {hex64} | hmac_key hmac_secret signing_key | core
datadog api key | {hex32} | dd_api_key datadog_api_key dd_app_key |
twilio auth token | {hex32} | twilio_auth_token |
cloudflare token | {us40} | cloudflare_api_token cf_api_key |
cloudflare global key | {hex37} | cloudflare_api_key |
okta token | 00{us40} | okta_api_token okta_token |
algolia key | {hex32} | algolia_admin_key algolia_api_key |
fastly token | {us32} | fastly_api_token fastly_key |
splunk token | {uuid} | splunk_hec_token hec_token |
sumo logic key | {an64} | sumologic_access_key sumo_secret |
opsgenie key | {uuid} | opsgenie_api_key genie_key |
victorops key | {uuid} | victorops_api_key |
statuspage key | {hex64} | statuspage_api_key |
papertrail token | {an20} | papertrail_api_token |
logzio token | {al32} | logzio_token shipping_token |
elastic key | {b56}== | elastic_api_key elasticsearch_password |
elastic cloud password | {an24} | elastic_password |
rabbitmq cookie | {up20} | erlang_cookie rabbitmq_default_pass |
kafka secret | {b64} | sasl_password confluent_api_secret |
kafka jaas | {password} | sasl_plain_password |
snowflake password | {password} | snowflake_password |
mongodb atlas key | {uuid} | mongodb_atlas_private_key atlas_api_key |
firebase key | {us152} | fcm_server_key firebase_token |
onesignal key | {b48} | onesignal_rest_api_key |
pusher secret | {hex20} | pusher_secret pusher_app_secret |
mixpanel secret | {hex32} | mixpanel_api_secret |
segment key | {an32} | segment_write_key |
amplitude secret | {hex32} | amplitude_secret_key |
intercom token | dG9rOj{an52}= | intercom_access_token |
zendesk token | {an40} | zendesk_api_token |
freshdesk key | {an20} | freshdesk_api_key |
salesforce token | {an24} | salesforce_security_token sf_token |
salesforce session | 00D{an12}!{us90} | salesforce_session_id |
jenkins token | 11{hex32} | jenkins_token jenkins_api_token |
travis token | {an22} | travis_token |
circleci old token | {hex40} | circleci_token |
codecov token | {uuid} | codecov_token |
drone token | {an32} | drone_token drone_rpc_secret |
argocd password | {an16} | argocd_admin_password argocd_auth_token |
nexus password | {password} | nexus_password |
sonatype token | {b44} | ossrh_password |
gpg passphrase | {words} | gpg_passphrase |
keystore password | {password} | keystore_password keystorepass truststore_password key_password |
ldap bind password | {password} | ldap_bind_password bind_pw bindpw |
smtp password | {password} | smtp_password email_host_password mail_pass |
ses smtp password | B{b43} | smtp_password |
ftp password | {password} | ftp_password sftp_pass |
ssh password | {password} | ssh_password ansible_ssh_pass sudo_pass |
vpn key | {b43}= | preshared_key wg_private_key psk |
wifi key | {password} | wpa_psk wifi_password wpa_passphrase |
snmp community | {password} | snmp_password auth_pass |
ipmi password | {password} | ipmi_password bmc_password |
vnc password | {an8} | vnc_password |
one-time code | {d6} | otp totp_code mfa_code verification_code |
totp seed | {b32_32} | totp_secret otp_secret mfa_seed |
recovery code | {lo5}-{lo5} | recovery_code backup_code |
pin | {d4} | pin |
card code | {d3} | cvv |
license key | {up5}-{up5}-{up5}-{up5} | license_key |
recovery phrase | {phrase} | mnemonic seed_phrase recovery_phrase |
azure ad password | {password} | arm_client_secret azure_password |
azure sas | {b43}= | shared_access_key sas_key |
azure instrumentation key | {uuid} | instrumentation_key |
gcp private key id | {hex40} | service_account_key |
oracle password | {password} | oracle_pwd ora_password |
vault unseal key | {b43}= | vault_unseal_key unseal_key |
vault role secret | {uuid} | vault_secret_id secret_id |
nomad token | {uuid} | nomad_token |
etcd password | {password} | etcd_password |
consul encrypt key | {b43}= | consul_encrypt_key gossip_key |
influx token | {us86}== | influx_token influxdb_token |
minio secret | {an40} | minio_secret_key minio_root_password |
newrelic insights key | {us32} | insights_insert_key |
rollbar token | {hex32} | rollbar_access_token |
bugsnag key | {hex32} | bugsnag_api_key |
airbrake key | {hex32} | airbrake_api_key |
honeybadger key | {hex8} | honeybadger_api_key |
loggly token | {uuid} | loggly_token |
pingdom token | {us88} | pingdom_api_token |
uptime robot key | u{d7}-{hex24} | uptimerobot_api_key |
betterstack token | {an24} | betterstack_token source_token |
coinbase secret | {an64} | coinbase_api_secret |
kraken secret | {b86}== | kraken_private_key |
twitter secret | {an50} | twitter_api_secret consumer_secret |
twitter token | {d10}-{an40} | twitter_access_token |
linkedin secret | {an16} | linkedin_client_secret |
reddit secret | {us27} | reddit_client_secret |
spotify secret | {hex32} | spotify_client_secret |
trello token | {hex64} | trello_token |
zoom secret | {an32} | zoom_client_secret |
teams secret | {us34} | microsoft_app_password |
cloudinary secret | {us27} | cloudinary_api_secret |
imgix, bunny | {uuid} | bunny_access_key |
recaptcha secret | 6L{us38} | recaptcha_secret_key |
vapid key | {us43} | vapid_private_key |
apple key | {an10} | apple_shared_secret |
webhook signature | {hex64} | x_hub_signature signature |
"""

# What a line may carry around a secret. `<<form>>` is masked, `((text))` stays.
CONTEXTS = r"""
discord webhook | core | POST ((https://discord.com/api/v10/webhooks/{snow}))/<<{us68}>> ((404))
discord webhook, old | core | webhook=https://discordapp.com/api/webhooks/{snow}/<<{us68}>>?wait=true
discord webhook, canary | core | see https://canary.discord.com/api/webhooks/{snow}/<<{us68}>>/slack for the ((alerts channel))
discord webhook, ptb, escaped | core | {"url":"https:\/\/ptb.discord.com\/api\/webhooks\/{snow}\/<<{us68}>>","name":"((alerts))"}
discord webhook in a list | core | hooks: ['https://discord.com/api/webhooks/{snow}/<<{us68}>>', '((none))']
discord interaction callback | core | requests.exceptions.HTTPError: ((404 Client Error)): Not Found for url: https://discord.com/api/v10/interactions/{snow}/<<{us180}>>/callback
discord follow-up | core | HTTPSConnectionPool(host='((discord.com))', port=443): Max retries exceeded with url: /api/v10/webhooks/{snow}/<<{us180}>>/messages/@original (Caused by NewConnectionError)
discord follow-up, urllib3 | core | DEBUG urllib3.connectionpool https://discord.com:443 "PATCH /api/v10/webhooks/{snow}/<<{us180}>>/messages/@original HTTP/1.1" ((200)) None
discord interaction body | core | {"id":"((1100000000000000001))","token":"<<{us180}>>","type":2,"guild_id":"((900000000000000002))"}
discord header | core | {'Authorization': 'Bot <<{discord}>>', 'User-Agent': '((DiscordBot (x, 1.0)))'}
discord login failure | core | discord.errors.LoginFailure: Improper token has been passed: <<{discord}>>
discord gateway | core | {"op":2,"d":{"token":"<<{discord}>>","intents":((513))}}
slack webhook | core | curl -X POST -H 'Content-type: application/json' --data '{"text":"((hi))"}' https://hooks.slack.com/services/T{up8}/<<B{up10}/{an24}>>
slack workflow | core | posting to https://hooks.slack.com/workflows/T{up8}/A{up10}/{d18}/<<{an24}>>
slack trigger | core | https://hooks.slack.com/triggers/T{up8}/{d13}/<<{hex32}>> ((returned 200))
teams webhook | | https://acme.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/<<{hex32}>>/{uuid}
mattermost webhook | | https://chat.acme.io/hooks/<<{lo26}>>
google chat webhook | | https://chat.googleapis.com/v1/spaces/AAAA{an7}/messages?key=AIza{us35}&token=<<{us43}>>
zapier hook | | https://hooks.zapier.com/hooks/catch/{d7}/<<{lo7}>>/
ifttt hook | | https://maker.ifttt.com/trigger/deploy/with/key/<<{us43}>>
n8n hook | | POST https://n8n.acme.io/webhook/<<{uuid}>> ((504))
healthchecks | | curl -fsS -m 10 --retry 5 https://hc-ping.com/<<{uuid}>>
betteruptime heartbeat | | https://uptime.betterstack.com/api/v1/heartbeat/<<{an24}>>
pagerduty integration url | core | https://events.pagerduty.com/integration/<<{hex32}>>/enqueue
pagerduty event | core | {"routing_key":"<<{hex32}>>","event_action":"((trigger))","dedup_key":"((srv01/high_cpu))"}
pagerduty event, R | core | {"routing_key": "<<R0{up30}>>", "event_action": "((resolve))"}
pagerduty header | core | Authorization: Token token=<<{us20}>>
pagerduty header in curl | core | curl --header 'Authorization: Token token=<<y_{an18}>>' ((https://api.pagerduty.com/incidents))
pagerduty service key | core | {"service_key": "<<{hex32}>>", "incident_key": "((disk full))"}
opsgenie header | | Authorization: GenieKey <<{uuid}>>
presigned s3 | core | GET https://((acme-logs.s3.eu-west-1.amazonaws.com))/2025/09/26/a.gz?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=ASIA{b32_16}%2F20250926%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Date=20250926T090000Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=<<{hex64}>>
presigned s3, token | core | https://b.s3.amazonaws.com/k?X-Amz-Security-Token=<<IQoJb3JpZ2luX2VjE{us200}%3D%3D>>&X-Amz-Date=((20250926T090000Z))
presigned s3, old | core | https://b.s3.amazonaws.com/k.csv?AWSAccessKeyId=((AKIA))&Expires=1758880000&Signature=<<{us24}%2B{an3}%3D>>
presigned s3, escaped | core | {"uploadUrl":"https://b.s3.amazonaws.com/k\u0026X-Amz-Signature=<<{hex64}>>\u0026x-id=((PutObject))"}
presigned s3, html | core | <a href="https://b.s3.amazonaws.com/k?X-Amz-Date=1&amp;X-Amz-Signature=<<{hex64}>>&amp;x-id=((GetObject))">
cloudfront signed url | core | https://d111111abcdef8.cloudfront.net/a.mp4?Expires=1758880000&Signature=<<{us200}__>>&Key-Pair-Id=((K2JCJMDEHXQW5F))
cloudfront signed cookie | core | Set-Cookie: CloudFront-Signature=<<{us160}__>>; Path=/; ((Secure))
gcs signed url | | https://storage.googleapis.com/b/o?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=<<{hex128}>>&X-Goog-Date=((20250926T090000Z))
azure sas url | | https://acct.blob.core.windows.net/c/f?sv=2023-01-03&se=2025-09-30&sr=b&sp=r&sig=<<{us40}%2F%3D>>
azure logic app | | https://prod-12.westeurope.logic.azure.com:443/workflows/{hex32}/triggers/manual/paths/invoke?api-version=2016-10-01&sp=%2Ftriggers&sv=1.0&sig=<<{us43}>>
azure function url | | https://fn.azurewebsites.net/api/Run?code=<<{us54}==>>
cdn token | | GET /hls/a.m3u8?hdnts=exp=1758880000~acl=/*~hmac=<<{hex64}>> ((206))
sigv4 header | core | Authorization: AWS4-HMAC-SHA256 Credential=AKIA{b32_16}/20250926/((us-east-1))/execute-api/aws4_request, SignedHeaders=host;x-amz-date, Signature=<<{hex64}>>
botocore debug | core | DEBUG botocore.auth Signature:\n<<{hex64}>>
boto endpoint debug | core | 'X-Amz-Security-Token': b'<<IQoJb3JpZ2luX2VjE{b200}==>>', 'Authorization': b'AWS4-HMAC-SHA256 ...'
sts answer | core | {"Credentials":{"AccessKeyId":"ASIA{b32_16}","SecretAccessKey":"<<{b40}>>","SessionToken":"IQoJ{b200}","Expiration":"((2025-09-26T10:00:00Z))"},"AssumedRoleUser":{"Arn":"((arn:aws:sts::123456789012:assumed-role/deploy/ci))"}}
sts answer, xml | core | <AccessKeyId>ASIA{b32_16}</AccessKeyId><SecretAccessKey><<{b40}>></SecretAccessKey><Expiration>((2025-09-26T10:00:00Z))</Expiration>
sts answer, python | core | {'AccessKeyId': 'ASIA{b32_16}', 'SecretAccessKey': '<<{b40}>>', 'SessionToken': 'FwoG{b200}', 'Expiration': ((datetime.datetime(2025, 9, 26)))}
aws credentials file | core | [default]\naws_access_key_id = AKIA{b32_16}\naws_secret_access_key = <<{b40}>>\nregion = ((eu-west-1))
aws configure | core | aws configure set aws_secret_access_key <<{b40}>> --profile ((prod))
aws csv | core | Access key ID,Secret access key\nAKIA{b32_16},<<{b40}>>
aws pair, colon | core | s3cmd using AKIA{b32_16}:<<{b40}>> for ((s3://acme-backups))
aws in words | core | found secret key <<{b40}>> for user ((deploy))
imds answer | core | {"Code" : "Success", "AccessKeyId" : "ASIA{b32_16}", "SecretAccessKey" : "<<{b40}>>", "Token" : "IQoJ{b180}"}
ecs credentials | core | AWS_CONTAINER_AUTHORIZATION_TOKEN=<<{b60}=>>
ecr login | core | aws ecr get-login-password | docker login --username AWS --password <<eyJwYXlsb2FkIjoi{b200}>> ((123456789012.dkr.ecr.eu-west-1.amazonaws.com))
secrets manager | core | {"ARN":"((arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf))","SecretString":"<<{password}>>"}
secrets manager, json | core | {"Name":"((prod/db))","SecretString":"{\"username\":\"app\",\"password\":\"<<{password}>>\",\"host\":\"db1\"}"}
ssm value | core | aws ssm put-parameter --name ((/switchback/prod/bot-token)) --type SecureString --value <<{password}>>
ssm answer | core | {"Parameter": {"Name": "((/prod/db/password))", "Type": "SecureString", "Value": "<<{password}>>", "Version": 3}}
kms plaintext | core | {"KeyId":"((arn:aws:kms:eu-west-1:123456789012:key/{uuid}))","Plaintext":"<<{b43}=>>"}
cognito | core | {"AuthenticationResult":{"AccessToken":"<<{jwt}>>","ExpiresIn":((3600)),"TokenType":"((Bearer))"}}
codebuild env | core | {"name":"((NPM_TOKEN))","value":"<<npm_{an36}>>","type":"((PLAINTEXT))"}
ecs environment | core | {"environment":[{"name":"((DB_HOST))","value":"((db1.internal))"},{"name":"DB_PASSWORD","value":"<<{password}>>"}]}
lambda environment | core | "Environment": {"Variables": {"STAGE": "((prod))", "DISCORD_BOT_TOKEN": "<<{discord}>>"}}
cloudformation parameter | core | {"ParameterKey": "((DbPassword))", "ParameterValue": "<<{password}>>"}
sam deploy | core | sam deploy --parameter-overrides BotToken=<<{discord}>> ((Stage=prod))
sam deploy, quoted | core | --parameter-overrides "ParameterKey=DbPassword,ParameterValue=<<{password}>> ParameterKey=Stage,ParameterValue=((prod))"
postgres url | core | could not connect to postgresql://((app)):<<{urlpass}>>@((db-1.internal:5432/orders))
postgres url, sqlalchemy | core | Engine(postgresql+asyncpg://app:<<{urlpass}>>@((10.0.3.7))/orders?ssl=require)
mysql url | core | DATABASE_URL=mysql://((root)):<<{urlpass}>>@((127.0.0.1:3306/app))
redis url | core | celery broker redis://:<<{an32}>>@((cache.internal:6379/0))
rediss url | core | rediss://((default)):<<{an32}>>@((master.cache.abc123.euw1.cache.amazonaws.com:6379))
amqp url | core | Trying to connect to amqp://((svc)):<<{urlpass}>>@((mq.internal:5672//)) failed: ECONNREFUSED
mongodb url | core | MongoServerError for mongodb+srv://((root)):<<{urlpass}>>@((cluster0.ab1cd.mongodb.net))/?retryWrites=true
mssql url | core | mssql+pyodbc://((sa)):<<{urlpass}>>@((db1))/app?driver=ODBC+Driver+17
clickhouse url | core | clickhouse://default:<<{urlpass}>>@((ch1:9000))/metrics
sftp url | core | rsync failed: sftp://((backup)):<<{urlpass}>>@((nas.internal))/daily
smtp url | core | smtps://mailer%40acme.io:<<{urlpass}>>@((smtp.acme.io:465))
ldap url | core | ldap://cn=admin:<<{urlpass}>>@((ldap.acme.io))
proxy url | core | HTTPS_PROXY=http://((proxyuser)):<<{urlpass}>>@((proxy.acme.io:3128))
git url | core | fatal: unable to access 'https://((ci-bot)):<<{an20}>>@((git.acme.io/acme/app.git))/': The requested URL returned error: 403
git token url | core | Cloning into 'app'... https://<<ghp_{an36}>>@((github.com/acme/app))
git x-access-token | core | remote: https://x-access-token:<<ghs_{an36}>>@((github.com/acme/app.git))
git gitlab-ci | core | origin https://gitlab-ci-token:<<{us20}>>@((gitlab.acme.io/acme/app.git)) (fetch)
pip index | core | Looking in indexes: https://((__token__)):<<{an24}>>@((pypi.acme.io/simple))
jdbc userinfo | core | jdbc:mysql://((app)):<<{urlpass}>>@((db1:3306))/orders
jdbc query | core | jdbc:postgresql://((db1:5432/app))?user=svc&password=<<{an16}>>&ssl=true
jdbc sqlserver | core | jdbc:sqlserver://((db1:1433));databaseName=app;user=sa;password=<<{password}>>;encrypt=true
jdbc oracle | core | jdbc:oracle:thin:((scott))/<<{an12}>>@((//ora1:1521/XE))
libpq | core | connection to server failed: host=((db1)) port=5432 user=app password=<<{password}>> dbname=orders
ado | core | Server=((tcp:db1,1433));Initial Catalog=app;User ID=sa;Password=<<{password}>>;Encrypt=True;
odbc | core | DRIVER={ODBC Driver 17};SERVER=((db1));UID=sa;PWD=<<{password}>>
go dsn | core | dial error root:<<{an14}>>@tcp(((10.0.0.9:3306)))/app?parseTime=true
cosmos | | AccountEndpoint=https://acct.documents.azure.com:443/;AccountKey=<<{b86}==>>;
service bus | | Endpoint=sb://((x.servicebus.windows.net))/;SharedAccessKeyName=Root;SharedAccessKey=<<{b43}=>>
app insights | | InstrumentationKey=<<{uuid}>>;IngestionEndpoint=https://((westeurope-5.in.applicationinsights.azure.com))/
pgpass | core | db1.internal:5432:orders:((app)):<<{an16}>>
psql error | core | psql "postgresql://((app)):<<{urlpass}>>@((db1))/orders" -c 'select 1'
sql alter role | core | ALTER ROLE ((app)) WITH PASSWORD '<<{password}>>';
sql identified | core | CREATE USER '((app))'@'%' IDENTIFIED BY '<<{password}>>'
sql identified with | core | ALTER USER 'app'@'%' IDENTIFIED WITH mysql_native_password BY '<<{password}>>';
sql set password | core | SET PASSWORD FOR 'app'@'%' = PASSWORD('<<{password}>>');
sql update | core | UPDATE users SET api_token = '<<{an40}>>' WHERE id = ((42))
sql where | core | SELECT * FROM sessions WHERE session_token = '<<{hex40}>>' LIMIT ((1))
sqlalchemy parameters | core | [SQL: UPDATE users SET password=%(password)s WHERE id=%(id)s]\n[parameters: {'password': '<<{password}>>', 'id': ((42))}]
redshift copy | core | COPY t FROM 's3://b/k' CREDENTIALS 'aws_access_key_id=AKIA{b32_16};aws_secret_access_key=<<{b40}>>' ((GZIP))
redis auth | core | {d10}.{d6} [0 ((10.0.0.4:51234))] "AUTH" "<<{an24}>>"
redis auth plain | core | AUTH default <<{an24}>>
redis config | core | requirepass <<{an24}>>
basic header | core | Authorization: Basic <<{basic}>>
basic header, proxy | core | Proxy-Authorization: Basic <<{basic}>>
basic header, python | core | send: b'GET /x HTTP/1.1\r\nHost: ((api.acme.io))\r\nAuthorization: Basic <<{basic}>>\r\nAccept: */*\r\n\r\n'
basic header, json | core | {"headers":{"authorization":"Basic <<{basic}>>","accept":"((*/*))"}}
curl -u | core | curl -sS -u ((admin)):<<{password}>> ((https://ci.acme.io/api))
curl --user | core | curl --user '((admin)):<<{password}>>' ((https://ci.acme.io/api))
wget | core | wget --user=((admin)) --password=<<{password}>> ((https://ci.acme.io/f.tgz))
httpie | core | http -a ((admin)):<<{password}>> GET ((https://ci.acme.io/api))
bearer header | core | authorization: Bearer <<{us43}>>
bearer header, upper | core | AUTHORIZATION: BEARER <<{an40}>>
bearer in curl | core | + curl -H "Authorization: Bearer <<{jwt}>>" ((https://api.acme.io/v1/me))
bearer in grpc | core | metadata: [('authorization', 'Bearer <<{jwt}>>'), ('user-agent', '((grpc-python))')]
bearer in asgi | core | 'headers': [(b'host', b'((api.acme.io))'), (b'authorization', b'Bearer <<{an40}>>')]
bearer in go | core | map[Accept:[((application/json))] Authorization:[Bearer <<{an40}>>] User-Agent:[Go-http-client/2.0]]
bearer in node | core | headers: { Accept: '((application/json))', Authorization: 'Bearer <<{us60}>>' }
bearer in axios | core | "Authorization": "Bearer <<{jwt}>>", "url": "((/v1/orders))"
bearer in okhttp | core | --> GET ((https://api.acme.io/v1/me))\nAuthorization: Bearer <<{jwt}>>
bearer in prose | core | rejecting bearer token <<{an40}>> from ((10.0.0.4))
token header | core | Authorization: token <<ghp_{an36}>>
token header, plain | core | Authorization: token <<{hex40}>>
apikey header | core | Authorization: ApiKey <<{b56}==>>
splunk header | | Authorization: Splunk <<{uuid}>>
okta header | | Authorization: SSWS 00<<{us40}>>
digest header | core | Authorization: Digest username="((bob))", realm="api", nonce="{hex32}", uri="/", response="<<{hex32}>>"
oauth header | | Authorization: OAuth oauth_consumer_key="{an20}", oauth_token="{an40}", oauth_signature="<<{us27}%3D>>"
negotiate header | | Authorization: Negotiate <<YII{b200}==>>
x-api-key header | core | > x-api-key: <<{an40}>>
x-auth-token | core | X-Auth-Token: <<{hex32}>>
x-vault-token | core | X-Vault-Token: <<hvs.{us90}>>
x-amz-security-token | core | X-Amz-Security-Token: <<IQoJb3JpZ2luX2VjE{b200}==>>
x-gitlab-token | core | X-Gitlab-Token: <<{an24}>>
x-hub-signature | core | X-Hub-Signature-256: sha256=<<{hex64}>>
x-slack-signature | core | X-Slack-Signature: v0=<<{hex64}>>
x-goog-api-key | core | x-goog-api-key: <<AIza{us35}>>
dd-api-key | | DD-API-KEY: <<{hex32}>>
apikey in wire log | core | http-outgoing-0 >> "X-Api-Key: <<{an40}>>[\r][\n]"
cookie header | core | Cookie: ((_ga))=GA1.2.1; session=<<{us40}.{us20}>>; ((lang))=en
cookie, connect.sid | core | cookie: connect.sid=s%3A<<{us32}.{an43}>>
cookie, laravel | core | cookie: laravel_session=<<eyJpdiI6I{b180}%3D>>
cookie, django | core | Cookie: csrftoken={an64}; sessionid=<<{lo32}>>
cookie, java | core | Cookie: JSESSIONID=<<{HEX32}.node1>>
cookie, php | core | Cookie: PHPSESSID=<<{lo26}>>
cookie, asp.net | core | Cookie: .AspNetCore.Session=<<CfDJ8{us120}>>
cookie, rails | core | Set-Cookie: _app_session=<<{b120}--{hex40}>>; path=/; ((HttpOnly))
cookie, next-auth | core | set-cookie: __Secure-next-auth.session-token=<<{jwt}>>; Path=/; ((SameSite=Lax))
cookie, alb | core | cookie: AWSELBAuthSessionCookie-0=<<{b160}==>>
cookie, python | core | <RequestsCookieJar[<Cookie sessionid=<<{lo32}>> for ((.acme.io/))>]>
cookie, dict | core | {'cookies': {'sessionid': '<<{lo32}>>', 'theme': 'dark'}, 'path': '((/orders))'}
cookie, curl | core | curl -b 'session=<<{us43}>>' ((https://app.acme.io/admin))
query token | core | ((10.0.0.4)) - - [26/Sep/2025:09:00:00 +0000] "GET /v1/items?access_token=<<{an40}>>&page=2 HTTP/1.1" ((200)) 512
query api key | core | GET https://api.acme.io/v2/x?units=metric&apikey=<<{hex32}>> ((503))
query appid | | GET https://api.openweathermap.org/data/2.5/weather?q=Berlin&appid=<<{hex32}>>
query key | | https://maps.googleapis.com/maps/api/geocode/json?address=x&key=<<AIza{us35}>>
query reset | core | "GET /reset-password?token=<<{us43}>> HTTP/1.1" ((302)) 0
query magic link | core | Sent login link https://app.acme.io/auth/verify?token=<<{us64}>>&email=((bob%40acme.io))
query code | core | GET /oauth/callback?code=<<{us48}>>&state=((ok)) 302
query fragment | core | https://app.acme.io/cb#access_token=<<{jwt}>>&token_type=((bearer))&expires_in=3600
query jwt | core | wss://ws.acme.io/socket?jwt=<<{jwt}>>&v=((2))
query signature | core | https://cdn.acme.io/a.jpg?expires=1758880000&signature=<<{us43}>>
query password | core | POST /login?user=((bob))&password=<<{an12}>> ((401))
query session | core | GET /poll?sessionid=<<{hex32}>>&t=((1758880000)) 200
form body | core | body: grant_type=((client_credentials))&client_id=abc&client_secret=<<{us40}>>&scope=read
form body, password | core | username=((bob))&password=<<{formpass}>>&remember=1
form body, assertion | core | grant_type=urn%3Aietf&assertion=<<{jwt}>>
form body, code verifier | core | code=<<{us48}>>&code_verifier=abc&redirect_uri=((https%3A%2F%2Fapp))
percent body | core | payload=%7B%22user%22%3A%22((bob))%22%2C%22password%22%3A%22<<{an14}>>%22%7D
percent url | core | next=https%3A%2F%2Fapp.acme.io%2Fcb%3Ftoken%3D<<{an40}>>%26lang%3D((en))
percent userinfo | core | url=https%3A%2F%2Fbob%3A<<{an14}>>%40((git.acme.io))%2Fapp
multipart | core | Content-Disposition: form-data; name="password"\r\n\r\n<<{password}>>\r\n--{hex16}
oauth answer | core | {"access_token":"<<{us64}>>","token_type":"((Bearer))","expires_in":((3600)),"refresh_token":"x"}
oauth answer, escaped | core | body="{\"access_token\":\"<<{us64}>>\",\"token_type\":\"((bearer))\",\"expires_in\":((3600))}"
device code | core | {"device_code":"<<{us40}>>","user_code":"((WDJB-MJHT))","interval":5}
saml | core | SAMLResponse=<<PHNhbWxwOlJlc3BvbnNl{b300}>>&RelayState=((abc))
github check | core | {"url":"((https://api.github.com/repos/acme/app))","temp_clone_token":"<<{an29}>>"}
github webhook | core | X-Hub-Signature: sha1=<<{hex40}>>
actions env | core | ##[debug]Set env: NPM_TOKEN = <<npm_{an36}>>
actions input | core | with:\n  token: <<ghs_{an36}>>\n  ref: ((main))
actions runtime | core | ACTIONS_RUNTIME_TOKEN=<<{jwt}>>
npmrc | core | //registry.npmjs.org/:_authToken=<<npm_{an36}>>
npmrc, plain | core | //npm.acme.io/:_authToken=<<{uuid}>>
npmrc, auth | core | _auth=<<{basic}>>
yarnrc | core | npmAuthToken: <<{uuid}>>
pypirc | core | [pypi]\nusername = ((__token__))\npassword = <<pypi-AgEIcHlwaS5vcmc{us120}>>
netrc | core | machine ((api.heroku.com)) login ((bob@acme.io)) password <<{uuid}>>
docker config | core | {"auths":{"((https://index.docker.io/v1/))":{"auth":"<<{basic}>>"}}}
docker login | core | docker login -u ((ci)) -p <<{password}>> ((registry.acme.io))
docker login, long | core | $ docker login --username ((ci)) --password <<{an24}>> ((registry.acme.io))
docker run | core | docker run -d -e POSTGRES_PASSWORD=<<{password}>> -p 5432:5432 ((postgres:16))
docker inspect | core | "Env": ["PATH=((/usr/local/bin))", "MYSQL_ROOT_PASSWORD=<<{password}>>", "LANG=C.UTF-8"]
docker build | core | docker build --build-arg NPM_TOKEN=<<{an36}>> -t ((app:1.2)) .
docker json log | core | {"log":"API_TOKEN=<<{an40}>>\n","stream":"((stdout))","time":"2025-09-26T09:00:00Z"}
kubectl create secret | core | kubectl create secret generic ((db)) --from-literal=password=<<{password}>> -n prod
kubectl describe | core |       DB_PASSWORD:  <<{password}>>\n      DB_HOST:      ((db1.internal))
kubectl secret yaml | core | kind: Secret\ndata:\n  password: <<{b64pass}>>\n  username: ((YXBw))
kubernetes env | core | env:\n- name: API_TOKEN\n  value: <<{an40}>>\n- name: STAGE\n  value: ((prod))
kubernetes env, json | core | {"name":"DB_PASSWORD","value":"<<{password}>>"},{"name":"STAGE","value":"((prod))"}
kubeconfig | core | users:\n- name: ((admin))\n  user:\n    token: <<{jwt}>>
kubeconfig key | core | client-key-data: <<LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQ{b200}>>
kubeadm join | core | kubeadm join ((10.0.0.1:6443)) --token <<{lo6}.{lo16}>> --discovery-token-ca-cert-hash ((sha256:{hex64}))
swarm join | core | docker swarm join --token <<SWMTKN-1-{lo50}-{lo25}>> ((10.0.0.1:2377))
helm set | core | helm upgrade app ./chart --set auth.rootPassword=<<{an16}>>,((replicas=3))
argocd login | core | argocd login ((cd.acme.io)) --username admin --password <<{an16}>>
terraform plan | core |   + password = "<<{password}>>"
terraform plan, change | core |   ~ master_password = "<<{password}>>" -> (known after apply)
terraform var | core | terraform apply -var 'db_password=<<{password}>>' -var '((region=eu-west-1))'
terraform env | core | TF_VAR_db_password=<<{password}>>
terraform state | core | "admin_password": "<<{password}>>", "id": "((i-0abc12345def67890))"
terraform output | core | db_password = "<<{password}>>"\nendpoint = "((db1.internal:5432))"
ansible | core | ok: [web1] => {"ansible_facts": {"db_password": "<<{password}>>"}, "changed": ((false))}
ansible extra vars | core | ansible-playbook site.yml -e "ansible_become_pass=<<{password}>>" -l ((web))
vault kv | core | vault kv put secret/db password=<<{an16}>> username=((app))
vault login | core | vault login <<hvs.{us90}>>
vault table | core | token                <<hvs.{us90}>>\ntoken_accessor       ((x))
vault unseal | core | Unseal Key 1: <<{b43}=>>
vault root token | core | Initial Root Token: <<hvs.{us24}>>
consul | core | consul kv get -token=<<{uuid}>> ((config/app))
gcloud key | core | {"type": "((service_account))", "private_key_id": "x", "private_key": "<<-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC{b120}\n-----END PRIVATE KEY-----\n>>", "client_email": "((a@b.iam.gserviceaccount.com))"}
az login | core | az login --service-principal -u ((http://app)) -p <<{us34}>> --tenant ((acme.io))
heroku config | core | heroku config:set API_KEY=<<{an32}>> -a ((app))
systemd | core | Environment="DB_PASSWORD=<<{password}>>"
systemd journal | core | Sep 26 09:00:00 web1 app[812]: starting with ADMIN_TOKEN=<<{an32}>> port=((8080))
sudo log | core | sudo: bob : TTY=pts/0 ; PWD=((/home/bob)) ; USER=root ; COMMAND=/usr/bin/mysql -uroot -p<<{an14}>> orders
ps output | core | root  812  0.0  0.1 /usr/bin/app --listen ((:8080)) --auth-token <<{an32}>>
mysql -p | core | mysqldump -h ((db1)) -u root -p<<{an14}>> orders
mysql --password | core | mysql --host=((db1)) --user=root --password=<<{password}>> -e 'select 1'
PGPASSWORD | core | PGPASSWORD=<<{password}>> pg_dump -h ((db1)) -U app orders
MYSQL_PWD | core | MYSQL_PWD='<<{password}>>' mysql -h ((db1))
mongosh | core | mongosh "((mongodb://db1/admin))" -u admin -p <<{an14}>>
redis-cli | core | redis-cli -h ((cache1)) -a <<{an24}>> ping
sshpass | core | sshpass -p '<<{password}>>' ssh deploy@((10.0.0.4))
smbclient | core | smbclient //((nas/share)) -U bob%<<{an12}>>
ldapsearch | core | ldapsearch -x -D "((cn=admin,dc=acme))" -w <<{an14}>> -b dc=acme
openssl | core | openssl pkcs12 -in a.p12 -passin pass:<<{an14}>> -out ((b.pem))
keytool | core | keytool -list -keystore ((a.jks)) -storepass <<{an12}>>
gpg | core | gpg --batch --passphrase <<{an20}>> -d ((a.gpg))
restic | core | RESTIC_PASSWORD=<<{password}>> restic backup ((/srv))
zip | core | zip -P <<{an12}>> ((a.zip)) a.txt
net use | core | net use Z: \\((nas))\share /user:bob <<{mixpass}>>
powershell | core | ConvertTo-SecureString '<<{password}>>' -AsPlainText -Force
powershell env | core | $env:API_KEY = "<<{an32}>>"
windows set | core | set DB_PASSWORD=<<{password}>>
htpasswd | core | htpasswd -b ((/etc/nginx/.htpasswd)) bob <<{an12}>>
htpasswd line | core | ((bob)):<<$apr1${an8}${an22}>>
shadow line | core | ((root)):<<$6${an16}${an86}>>:19600:0:99999:7:::
chpasswd | core | echo '((root)):<<{mixpass}>>' | chpasswd
useradd | core | useradd -m -p '<<$6${an8}${an86}>>' ((bob))
python locals | core | File "((app.py))", line 7, in connect\n    conn = connect(host='db1', password='<<{password}>>')
python locals, rich | core | │   password = '<<{password}>>'   │
python traceback | core | ValueError: invalid literal for int() with base 10: 'token=<<{an40}>>'
python dataclass | core | Settings(host='((db1))', api_key='<<{an32}>>', debug=False)
python environ | core | environ({'PATH': '((/usr/bin))', 'SECRET_KEY': '<<{django}>>'})
python namespace | core | Namespace(env='((prod))', token='<<{an40}>>', verbose=True)
python list of pairs | core | [('user', '((bob))'), ('password', '<<{password}>>')]
python called process | core | subprocess.CalledProcessError: Command '['deploy', '--token', '<<{an32}>>', '--env', '((prod))']' returned non-zero exit status ((1)).
pydantic error | core | input_value={'api_key': '<<{an32}>>', 'timeout': ((30))}, input_type=dict
django debug | core | DATABASES = {'default': {'HOST': '((db1))', 'PASSWORD': '<<{password}>>'}}
rails parameters | core | Parameters: {"user"=>{"email"=>"((bob@acme.io))", "password"=>"<<{password}>>"}, "commit"=>"Log in"}
ruby inspect | core | #<Config:0x000 @host="((db1))", @api_key="<<{an32}>>">
ruby symbols | core | {:host=>"((db1))", :secret_token=>"<<{hex64}>>"}
php dump | core | ["password"]=>\n  string(12) "<<{an12}>>"
php array | core | 'password' => '<<{password}>>', 'host' => '((db1))'
php trace | core | #0 /var/www/Db.php(12): PDO->__construct('((mysql:host=db1))', 'app', '<<{mixpass}>>')
java properties | core | spring.datasource.password=<<{password}>>
java toString | core | DbConfig{host='((db1))', password='<<{password}>>', port=5432}
java map | core | {host=((db1)), apiKey=<<{an32}>>, port=5432}
java option | core | java -Dspring.datasource.password=<<{an14}>> -jar ((app.jar))
java lombok | core | Credentials(user=((app)), secret=<<{an32}>>, ttl=60)
go struct | core | &{Host:((db1)) Password:<<{an14}>> Port:5432}
go zap | core | {"level":"((info))","ts":1758880000.1,"msg":"config","apiKey":"<<{an32}>>"}
rust debug | core | Config { host: "((db1))", api_key: "<<{an32}>>", port: 5432 }
rust secret | core | Secret("<<{an32}>>")
node inspect | core | { host: '((db1))', password: '<<{password}>>', port: 5432 }
node error config | core | config: { url: '((/v1/me))', auth: { username: 'bob', password: '<<{password}>>' } }
dotnet setting | core | "ConnectionStrings:Main": "Server=((db1));Password=<<{password}>>;"
dotnet env | core | Jwt__SigningKey=<<{an48}>>
xml config | core | <add key="ApiKey" value="<<{an32}>>" />
xml attribute | core | <datasource url="((jdbc:mysql://db1/app))" password="<<{password}>>"/>
maven settings | core | <server><id>((nexus))</id><password><<{mixpass}>></password></server>
soap | core | <wsse:Password Type="PasswordText"><<{mixpass}>></wsse:Password>
html form | core | <input type="hidden" name="csrf_token" value="<<{an43}>>">
html meta | core | <meta name="csrf-token" content="<<{b86}==>>">
graphql | core | mutation { login(email: "((bob@acme.io))", password: "<<{password}>>") { id } }
graphql variables | core | "variables":{"email":"((bob@acme.io))","password":"<<{password}>>"}
yaml literal | core | api_key: |\n  <<{an40}>>\nstage: ((prod))
yaml folded | core | password: >-\n  <<{an16}>>\nhost: ((db1))
json indented | core | {\n  "host": "((db1))",\n  "password": "<<{password}>>"\n}
json array | core | {"tokens": ["<<{an40}>>"], "count": ((1))}
json twice escaped | core | {"log":"{\\\"password\\\":\\\"<<{an14}>>\\\",\\\"user\\\":\\\"((bob))\\\"}"}
json unicode | core | {"body":"\u0022password\u0022:\u0022<<{an14}>>\u0022","id":((7))}
toml | core | [auth]\ntoken = "<<{an40}>>"\nname = "((ci))"
csv | core | user,password\n((bob)),<<{mixpass}>>
colour | core | \x1b[32mAPI_KEY\x1b[0m=\x1b[33m<<{an32}>>\x1b[0m ((ready))
table | core | | DB_PASSWORD | <<{mixpass}>> |
key in words | core | Using API key: <<{an32}>>
key in words, openai | core | Incorrect API key provided: <<sk-{an48}>>. You can find your API key at ((https://platform.openai.com))
password in words | core | Your temporary password is <<{mixpass}>>
password in words, for | core | Generated password for user ((bob)): <<{mixpass}>>
password in words, set | core | password changed to <<{mixpass}>> by ((admin))
password in words, quoted | core | authentication failed for ((bob)) with password "<<{password}>>"
token in words | core | token <<{an40}>> expired at ((2025-09-26T09:00:00Z))
token in words, quoted | core | invalid token '<<{us43}>>' from ((10.0.0.4))
otp in words | core | Your verification code is <<{d6}>>
mysql query log | core | Connect ((app@10.0.0.4)) on orders using password '<<{mixpass}>>'
smtp auth | core | AUTH PLAIN <<{basic}>>
imap login | core | a1 LOGIN ((bob)) <<{mixpass}>>
ftp log | core | > PASS <<{mixpass}>>
irc | core | NickServ IDENTIFY <<{mixpass}>>
mqtt | core | mosquitto_pub -h ((mq1)) -u dev -P <<{an14}>> -t a
kafka jaas | core | sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="((app))" password="<<{password}>>";
snmp | | snmpwalk -v3 -u ((ops)) -A <<{mixpass}>> -X {an12} ((10.0.0.4))
wpa | | psk="<<{words}>>"
wireguard | core | [Interface]\nPrivateKey = <<{b42}k=>>\nAddress = ((10.0.0.2/24))
sentry dsn | | SENTRY_DSN=https://<<{hex32}>>@((o123.ingest.sentry.io/456))
sentry dsn, old | | https://{hex32}:<<{hex32}>>@((sentry.acme.io/2))
logdna url | | https://logs.logdna.com/logs/ingest?hostname=((h))&apikey=<<{hex32}>>
new relic url | | https://log-api.newrelic.com/log/v1?Api-Key=<<{hex36}NRAL>>
telegram url | | https://api.telegram.org/bot<<{d10}:AA{us33}>>/sendMessage ((400))
infura url | | https://mainnet.infura.io/v3/<<{hex32}>>
alchemy url | | https://eth-mainnet.g.alchemy.com/v2/<<{us32}>>
sumo url | | https://endpoint1.collection.eu.sumologic.com/receiver/v1/http/<<{b100}==>>
jenkins url | core | https://((ci.acme.io))/job/x/build?token=<<{an24}>>
atlassian basic | core | curl -u ((bob@acme.io)):<<ATATT3xFfGF0{us171}={HEX8}>> ((https://acme.atlassian.net))
ical link | | https://calendar.google.com/calendar/ical/x/private-<<{hex32}>>/basic.ics
"""


def _words(rng: random.Random, count: int) -> list[str]:
    pool = (
        "amber anchor basil cedar copper delta ember falcon glacier harbor indigo juniper kernel lantern maple nickel"
    )
    return rng.sample(
        [*pool.split(), "orchid", "pepper", "quartz", "raven", "saddle", "timber", "umbra", "velvet"], count
    )


def _password(rng: random.Random) -> str:
    word = rng.choice(
        ["Summer", "hunter", "dragon", "Winter", "Passw0rd", "Tr0ub4dor", "admin", "letMeIn", "monkey", "Welcome"]
    )
    made = [
        word + str(rng.randrange(10, 9999)) + rng.choice(["!", "#", "$", "", "?", "*", "@!"]),
        _random(rng, ALPHABETS["an"] + "!#$*+-_.@^", 15) + "7",
        _random(rng, ALPHABETS["an"], 20),
        rng.choice(["P@ssw0rd", "S3cr3t", "Ch@ng3Me", "l33t-Pass", "pa$$w0rd"]) + rng.choice(["!", "1", "2025", ""]),
        "-".join(_words(rng, 3)) + str(rng.randrange(10, 99)),
        "".join(word.title() for word in _words(rng, 2)) + "#" + str(rng.randrange(10)),
    ]
    return rng.choice(made)


def _mixed_password(rng: random.Random) -> str:
    return _random(rng, ALPHABETS["an"], 9) + rng.choice("!#$*") + _random(rng, ALPHABETS["d"], 2)


def _token_part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


def _jwt(rng: random.Random) -> str:
    head = rng.choice(
        [
            {"alg": "HS256", "typ": "JWT"},
            {"typ": "JWT", "alg": "RS256"},
            {"kid": _random(rng, ALPHABETS["hex"], 16), "alg": "ES256"},
        ]
    )
    claims = {"sub": _random(rng, ALPHABETS["lo"], 8), "iat": 1_758_880_000 + rng.randrange(9999), "aud": "api"}
    return f"{_token_part(head)}.{_token_part(claims)}.{_random(rng, ALPHABETS['us'], rng.choice([43, 86, 342]))}"


def _jwe(rng: random.Random) -> str:
    parts = [_random(rng, ALPHABETS["us"], size) for size in (342, 16, 120, 22)]
    return ".".join([_token_part({"alg": "RSA-OAEP", "enc": "A256GCM"}), *parts])


def _discord(rng: random.Random) -> str:
    ident = base64.b64encode(str(rng.randrange(10**17, 2 * 10**18)).encode()).decode().rstrip("=")
    return f"{ident}.{_random(rng, ALPHABETS['us'], 6)}.{_random(rng, ALPHABETS['us'], rng.choice([27, 38]))}"


def _interaction(rng: random.Random) -> str:
    inner = f"interaction:{rng.randrange(10**17, 2 * 10**18)}:{_random(rng, ALPHABETS['an'], 100)}"
    return base64.b64encode(inner.encode()).decode().rstrip("=")


def _basic(rng: random.Random) -> str:
    return base64.b64encode(f"{rng.choice(['svc', 'admin', 'ci-bot'])}:{_password(rng)}".encode()).decode()


def _uuid(rng: random.Random) -> str:
    hexed = _random(rng, ALPHABETS["hex"], 32)
    return f"{hexed[:8]}-{hexed[8:12]}-4{hexed[13:16]}-a{hexed[17:20]}-{hexed[20:]}"


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "password": _password,
    "mixpass": _mixed_password,
    "urlpass": lambda r: quote(_password(r), safe="!$*-_."),
    "formpass": lambda r: quote(_password(r), safe=""),
    "b64pass": lambda r: base64.b64encode(_password(r).encode()).decode(),
    "words": lambda r: r.choice([" ", "-"]).join(_words(r, 4)),
    "phrase": lambda r: " ".join(_words(r, 12)),
    "django": lambda r: (
        "django-insecure-" + _random(r, string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+", 49) + "x"
    ),
    "jwt": _jwt,
    "jwe": _jwe,
    "discord": _discord,
    "interaction": _interaction,
    "basic": _basic,
    "uuid": _uuid,
    "snow": lambda r: str(r.randrange(10**17, 2 * 10**18)),
}
_FORM = re.compile(r"\{([a-zA-Z]+[0-9]*?)_?([0-9]*)\}")


def _random(rng: random.Random, alphabet: str, length: int) -> str:
    """Random signs; where the alphabet has digits and letters and the word is long enough, both are in it."""
    while True:
        word = "".join(rng.choice(alphabet) for _ in range(length))
        mixed = any(c.isdigit() for c in alphabet) and any(c.isalpha() for c in alphabet) and length > 5
        if not mixed or (any(c.isdigit() for c in word) and any(c.isalpha() for c in word)):
            return word


def make(rng: random.Random, form: str) -> str:
    def one(found: re.Match[str]) -> str:
        name, size = found[1], found[2]
        if not size and name in MAKERS:
            return MAKERS[name](rng)
        if name not in ALPHABETS or not size:
            return found[0]
        return _random(rng, ALPHABETS[name], int(size))

    return _FORM.sub(one, form)


def _rows(table: str) -> Iterator[list[str]]:
    for line in table.strip().split("\n"):
        yield (
            [part.strip(" ") for part in line.split(" | ", 3)]
            if line.count(" | ") > 2
            else [*line.removesuffix(" |").split(" | "), ""]
        )


# Spellings of a key.
SPELLINGS: dict[str, Callable[[list[str]], str]] = {
    "env": lambda words: "_".join(words).upper(),
    "snake": "_".join,
    "camel": lambda words: words[0] + "".join(word.title() for word in words[1:]),
    "pascal": lambda words: "".join(word.title() for word in words),
    "kebab": "-".join,
    "header": lambda words: "-".join(word.title() for word in words),
    "dotted": lambda words: ".".join(words),
    "spaced": " ".join,
}
# Shape, spellings in which its key is found, frame. `§` is the key, `¶` the value.
KEYED_SHAPES = r"""
env | env snake | §=¶
env dump | env | PATH=/usr/bin\n§=¶\nLANG=((C.UTF-8))
export | env | export §="¶"
docker -e | env | docker run --rm -e §=¶ ((app:1.4))
compose | env | environment:\n  - §=¶\n  - STAGE=((prod))
json | snake camel pascal kebab | {"id": ((17)), "§": "¶", "status": ((200))}
tight json | snake camel env | {"id":17,"§":"¶","status":((200))}
nested json | snake camel | {"a":{"b":[{"§":"¶"}]},"trace_id":"((1-68d4f0aa-0123456789abcdef01234567))"}
escaped json | snake camel | {"message":"{\"§\": \"¶\", \"status\": ((200))}"}
twice escaped json | snake camel | "{\\\"body\\\":\\\"{\\\\\\\"§\\\\\\\":\\\\\\\"¶\\\\\\\"}\\\",\\\"n\\\":((7))}"
cut json | snake camel | {"host": "((db1))", "§": "¶
repr | snake camel kebab | {'user': '((bob))', '§': '¶', 'n': ((3))}
keyword | snake | connect(host='((db1))', §='¶', port=5432)
java | camel | Config{host=((db1)), §=¶, port=5432}
go | pascal | {Host:((db1)) §:¶ Port:5432}
ruby | snake | {:host=>"((db1))", :§=>"¶"}
rust | snake | Config { host: "((db1))", §: "¶" }
node | camel snake | { host: '((db1))', §: '¶' }
yaml | snake camel kebab | service:\n  §: ¶\n  host: ((db1))
yaml quoted | snake | §: "¶"
ini | snake | §=¶
spaced | snake | § = ¶
properties | dotted kebab | app.§=¶
terraform | snake |   + § = "¶"
header | header | §: ¶
header in curl | header | curl -H '§: ¶' ((https://api.acme.io/v1))
option | kebab | ./deploy --§ ¶ --env ((prod))
option = | kebab | ./deploy --§=¶ --env ((prod))
argv | kebab | ['deploy', '--§', '¶', '--env', '((prod))']
query | snake kebab camel | GET /v1/x?a=1&§=¶&status=((200))
form | snake | grant_type=((password))&§=¶
percent | snake camel | body=%7B%22§%22%3A%22¶%22%2C%22n%22%3A((3))%7D
logfmt | snake | level=info §=¶ status=((200))
logfmt quoted | snake | level=info §="¶" status=((200))
xml | camel snake | <config><§>¶</§><host>((db1))</host></config>
sql | snake | UPDATE accounts SET § = '¶' WHERE id = ((42))
name and value | env snake | {"name": "§", "value": "¶", "n": ((1))}
name and value, yaml | env | - name: §\n  value: ¶
words | spaced | § is ¶
words with colon | spaced | using §: ¶
parentheses | snake | failed to authenticate (§=¶, host=((db1)))
bracketed | snake | [§=¶] [host=((db1))]
bytes | snake | {b'§': b'¶', b'host': b'((db1))'}
html quotes | snake | {&quot;§&quot;:&quot;¶&quot;,&quot;n&quot;:((3))}
colour | env | \x1b[1m§\x1b[0m: \x1b[32m¶\x1b[0m
"""
# A value with no telling key: only a known form can be found there.
FREE_SHAPES = r"""
bare | ¶
prose | got ¶ from the store, status ((200))
quoted | upstream said '¶' is ((invalid))
json value | {"note": "¶", "status": ((200))}
escaped | {"body": "{\"note\": \"¶\"}", "n": ((3))}
list | ['((abc))', '¶', 'x']
argument | ./run ¶ ((prod))
path | GET /v1/x/¶/y ((404))
assigned | x=¶ status=((200))
colon | value: ¶, status: ((200))
parentheses | failed (¶) after ((3)) tries
traceback | File "((app.py))", line 3\nValueError: ¶
sentence | the last one was ¶. It was ((revoked)).
after a newline in repr | 'first\n¶\nlast ((3))'
brackets | [¶] ((ok))
angle | <¶> ((ok))
backquotes | `¶` was ((rotated))
comma | a,¶,((b))
"""
PREFIXES = [
    "",
    "2025-09-26T09:00:00.123Z INFO ",
    "2025-09-26 09:00:00,123 - app.db - ERROR - ",
    "[2025-09-26 09:00:00 +0000] [812] [DEBUG] ",
    "Sep 26 09:00:00 web1 app[812]: ",
    "I0926 09:00:00.123456       1 main.go:42] ",
    "2025-09-26T09:00:00.123Z\t{uuid}\tERROR\t",
    "09:00:00.123 [main] WARN  c.a.Service - ",
    "[req-81b2] ",
    "web_1  | ",
    "ERROR:root:",
    "time=2025-09-26T09:00:00Z level=error msg=",
]
CODES = {r"\n": "\n", r"\r": "\r", r"\x1b": "\x1b", r"\t": "\t"}
_MARKS = re.compile(r"<<(.*?)>>|\(\((.*?)\)\)(?!\))", re.DOTALL)
_PLACE = re.compile(r"(¶)|\(\((.*?)\)\)(?!\))", re.DOTALL)


def _rendered(kind: str, shape: str, frame: str, core: bool, value: str | None = None) -> Foreign:
    """The frame with its marks taken off. With a value, `¶` is where the secret goes."""
    secret, kept = "", []
    out, last = [], 0
    for found in (_MARKS if value is None else _PLACE).finditer(frame):
        out.append(frame[last : found.start()])
        if found[1] is not None:
            secret = found[1] if value is None else value
            out.append(secret)
        else:
            kept.append(found[2])
            out.append(found[2])
        last = found.end()
    out.append(frame[last:])
    return Foreign(kind, shape, "".join(out), secret, tuple(kept), core)


def _codes(frame: str) -> str:
    for written, code in CODES.items():
        frame = frame.replace(written, code)
    return frame


def _real_lines(frame: str) -> str:
    r"""`\n` in a frame is a line end, but inside a quoted text (JSON, repr) it stays the two signs."""
    return (
        frame
        if re.match(r".*[\"'][^\"']*\\[nr].*[\"']|send: b'", frame) and "<<-----" not in frame[:0]
        else _codes(frame)
    )


def foreign(seed: int = 1, per_kind: int = 4) -> Iterator[Foreign]:
    """About `per_kind` lines for each kind, shapes and spellings drawn at random; each context twice."""
    rng = random.Random(seed)
    free = list(_rows_of_shapes(FREE_SHAPES, 2))
    keyed = list(_rows_of_shapes(KEYED_SHAPES, 3))
    for table, known in ((KNOWN, True), (KEYED, False)):
        for kind, form, keys, core in _rows(table):
            for number in range(per_kind):
                if known and number % 2 == 0 and kind not in WEAK:
                    shape, frame = rng.choice(free)
                else:
                    shape, frame = _keyed_frame(rng, keyed, keys.split(), form)
                value = make(rng, form)
                yield _planted(rng, kind, shape, _codes(frame), value, core == "core")
    for kind, core, frame in _rows_of_shapes(CONTEXTS, 3):
        for _ in range(2):
            made = _real_lines(frame)
            yield _rendered(kind, "context", make(rng, rng.choice(PREFIXES)) + make(rng, made), core == "core")
    yield from _pem_blocks(rng)
    yield from in_further_contexts(rng)


def in_further_contexts(rng: random.Random, per_kind: int = 1) -> Iterator[Foreign]:
    """The contexts of `foreign_contexts`, those of one line behind the head of a log line."""
    for kind, core, frame in _rows_of_shapes(FURTHER_CONTEXTS, 3):
        for _ in range(per_kind):
            made = make(rng, _real_lines(frame))
            head = "" if "\n" in made else make(rng, rng.choice(PREFIXES))
            yield _rendered(kind, "context", head + made, core == "core")


# Known by no more than a length: found beside a telling key only.
WEAK = {
    "consul token", "pagerduty user token", "line token", "wireguard key", "putty key", "bitcoin key", "kubeadm token",
    "sidekiq secret", "mailgun new key", "clickhouse key", "azure devops token", "azure function key", "asana token",
}  # fmt: skip


def _rows_of_shapes(table: str, columns: int) -> Iterator[list[str]]:
    for line in table.strip("\n").split("\n"):
        parts = line.split(" | ", columns - 1)
        if columns == 3 and len(parts) == 2:  # an empty middle column
            parts = line.split(" | | ", 1)
            parts = [parts[0], "", parts[1]]
        yield [*(part.strip() for part in parts[:-1]), parts[-1]]


def _keyed_frame(rng: random.Random, shapes: list[list[str]], keys: list[str], form: str) -> tuple[str, str]:
    """A shape and its frame, the key filled in. Values with spaces need a shape with quotes."""
    while True:
        shape, spellings, frame = rng.choice(shapes)
        if form in ("{words}", "{phrase}") and not re.search(r"[\"';]¶|>¶<", frame):
            continue
        if shape == "words" and form in ("{d3}", "{d4}"):
            continue
        key = SPELLINGS[rng.choice(spellings.split())](rng.choice(keys).split("_"))
        return shape, frame.replace("§", key)


def _planted(rng: random.Random, kind: str, shape: str, frame: str, value: str, core: bool) -> Foreign:
    if shape in ("query", "form", "percent"):
        value = quote(value, safe="")
    if shape in ("json", "tight json", "nested json", "escaped json"):
        value = value.replace("\\", "")
    return _rendered(kind, shape, make(rng, rng.choice(PREFIXES)) + frame, core, value)


PEM_LABELS = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "PGP PRIVATE KEY BLOCK"]  # fmt: skip


def _pem_blocks(rng: random.Random) -> Iterator[Foreign]:
    """Blocks whole and cut, one line and many, indented, escaped, and with a prefix before each line."""
    for label in PEM_LABELS:
        begin, end = f"-----BEGIN {label}-----", f"-----END {label}-----"
        body = [_random(rng, ALPHABETS["b"], 64) for _ in range(6)] + [_random(rng, ALPHABETS["b"], 22) + "=="]
        head = (
            ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC," + _random(rng, ALPHABETS["HEX"], 32), ""]
            if "RSA" in label
            else []
        )
        whole = [begin, *head, *body, end]
        secret = "\n".join(body)
        stamp = rng.choice(["2025-09-26T09:00:00Z app[1]: ", "web_1  | ", "    "])
        shapes = {
            "whole": "\n".join(["reading the key", *whole, "key read ((ok))"]),
            "crlf": "\r\n".join([*whole, "((next))"]),
            "in yaml": "tls:\n  key: |\n" + "".join(f"    {line}\n" for line in whole) + "  port: ((443))",
            "in json": '{"key": "' + "\\n".join(whole) + '\\n", "port": ((443))}',
            "in json, twice": '"{\\"key\\": \\"' + "\\\\n".join(whole) + '\\", \\"port\\": ((443))}"',
            "in env": 'KEY="' + "\\n".join(whole) + '"\nPORT=((443))',
            "in repr": "{'key': '" + "\\n".join(whole) + "\\n', 'port': ((443))}",
            "flat": " ".join(whole) + " ((done))",
            "prefixed": "\n".join([stamp + line for line in whole] + [stamp + "((listening)) on 443"]),
            "cut at the end": "\n".join(["reading", begin, *head, *body[:4]]),
            "cut and followed": "\n".join([begin, *head, *body[:4], "((GET /health 200))"]),
            "cut in a line": '{"port": ((443)), "key": "' + begin + "\\n" + "\\n".join(body[:3]),
            "cut at the start": "\n".join([*body[3:], end, "((listening))"]),
            "cut at both": "\n".join(body[1:4]),
            "quoted lines": "\n".join(f'"{line}\\n" +' for line in whole),
        }
        for shape, text in shapes.items():
            planted = _rendered(f"pem {label.lower()}", shape, text, True)
            part = (
                secret
                if shape not in ("cut at both", "cut at the end", "cut and followed", "cut in a line")
                else "\n".join(body[1:3])
            )
            part = "\n".join(body[3:]) if shape == "cut at the start" else part
            yield planted._replace(secret=part)
