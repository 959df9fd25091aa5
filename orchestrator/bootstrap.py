"""The composition root: everything is built here, once a process, on first use. Nothing else reads settings."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from orchestrator.adapters.aws.alarm_events import Home
from orchestrator.adapters.aws.armed import SsmArmed
from orchestrator.adapters.aws.bot_logs import BotLogs
from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.adapters.aws.cloudwatch import CloudWatchSignals
from orchestrator.adapters.aws.completions import SsmCompletions
from orchestrator.adapters.aws.log_catalogue import LogCatalogue
from orchestrator.adapters.aws.logs_insights import LogsInsights
from orchestrator.adapters.aws.metric_catalogue import MetricCatalogue
from orchestrator.adapters.aws.pager import SnsPager
from orchestrator.adapters.aws.queue import SqsQueue
from orchestrator.adapters.aws.secret_parameter import SecretParameter
from orchestrator.adapters.aws.ssm_flags import SsmFlags
from orchestrator.adapters.aws.table import Table
from orchestrator.adapters.aws.topic_alerts import TopicAlerts
from orchestrator.adapters.catalogue import Catalogues
from orchestrator.adapters.clock import SystemClock, SystemIds
from orchestrator.adapters.discord.alerts import DiscordAlerts
from orchestrator.adapters.discord.channel import DiscordChannel, register
from orchestrator.adapters.discord.commands import definitions
from orchestrator.adapters.discord.interactions.authority import Place
from orchestrator.adapters.discord.interactions.endpoint import Endpoint
from orchestrator.adapters.discord.interactions.signature import Signature
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.adapters.links import ConsoleLinks
from orchestrator.adapters.prometheus.api import PrometheusApi
from orchestrator.adapters.prometheus.auth import Auth, FromParameter, SigV4
from orchestrator.adapters.prometheus.catalogue import PrometheusCatalogue
from orchestrator.adapters.prometheus.signals import PrometheusSignals
from orchestrator.adapters.sources import Sources
from orchestrator.adapters.targets import Functions, HttpsChecks, OptedIn, Workflows
from orchestrator.adapters.warm_traces import WarmFirst, WarmTraces
from orchestrator.app import App
from orchestrator.app.bot_flags import ALERTS, DEBUG_COMMAND, JSON_LOGGING, BotFlags
from orchestrator.core.access import AccessPolicy, read_access
from orchestrator.core.alerting.policy import Policy, read_policy
from orchestrator.core.console import console_of
from orchestrator.core.own_logs import log_groups
from orchestrator.core.redaction import failures
from orchestrator.core.wording import redactor_failed
from orchestrator.ports import Clock, Logs, Outside, Pager, Receiver, Refused, Signals, SwitchbackError, Targets
from orchestrator.settings import Settings, SettingsError, read_settings, read_stored_settings
from orchestrator.telemetry import metrics
from orchestrator.telemetry.logs import Sink, bound, configure, get_logger
from orchestrator.telemetry.plain import safe_text
from orchestrator.telemetry.xray import enable_xray

if TYPE_CHECKING:
    import requests

__all__ = [
    "FarSide",
    "InvocationFailed",
    "SettingsError",
    "access",
    "app",
    "discord_api",
    "endpoint",
    "home",
    "in_a_terminal",
    "invocation",
    "outside",
    "register_commands",
    "report_after_answering",
    "settings",
    "stand_in",
    "use_deployment",
]

log = get_logger()

ACCESS_FILE = Path(__file__).with_name("access.yaml")
ALERTS_FILE = Path(__file__).with_name("alerts.yaml")

RECEIVERS = ("alerts", "ops", "sns")
"""What alerts.yaml may name."""

LONGEST_PROBLEM = 1_000
"""Characters of an error's text that leave a function; the log has all of it."""


class InvocationFailed(Exception):
    """What the Lambda runtime sees in place of an error that is none of ours: it writes text and stack of whatever
    leaves a handler into the log, the X-Ray document and the on-failure payload, and redacts nothing."""


class FarSide(Struct, frozen=True, kw_only=True):
    """What a sandbox or a test puts in the place of the world: only what lies beyond the network, never our own code.

    extra_public_keys: besides the application's, for requests that the sandbox's own page signs.
    """

    clock: Clock | None = None
    signals: Signals | None = None
    targets: Targets | None = None
    logs: Logs | None = None
    discord: Callable[[], requests.Session] | None = None
    extra_public_keys: tuple[str, ...] = ()
    log: Sink | None = None
    only_warnings: bool = False
    settings: Settings | None = None


_far = FarSide()


def stand_in(far: FarSide) -> None:
    """Use these from now on, and build everything anew."""
    global _far
    _far = far
    for built in (settings, access, alert_policy, _clients, _clock, _warm_traces, discord_api, outside, app, endpoint):
        built.cache_clear()


def in_a_terminal() -> None:
    """What a command prints is its own: the log goes to standard error, from WARNING up."""
    if _far.log is None:
        stand_in(structs.replace(_far, log=sys.stderr, only_warnings=True))


def use_deployment(app_name: str, environment: str) -> None:
    """Take the settings from the deployment's own parameter instead of the environment: for a terminal at night."""
    name = f"/{app_name}/{environment}/settings"
    try:
        with translated(f"reading {name}"):
            stored = Clients().ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except Refused as problem:
        raise SettingsError(
            f"{problem}; is the environment called {environment}, and are these its credentials?"
        ) from None
    stand_in(structs.replace(_far, settings=read_stored_settings(stored)))


@cache
def settings() -> Settings:
    found = _far.settings or read_settings()
    _configure_logs(found.environment, as_json=found.enable_json_logging)
    return found


def _configure_logs(environment: str, *, as_json: bool) -> None:
    least = logging.WARNING if _far.only_warnings else logging.INFO
    configure("switchback", environment, json=as_json, stream=_far.log, least=least)


@cache
def access() -> AccessPolicy:
    return read_access(ACCESS_FILE.read_bytes(), settings().environment)


@cache
def alert_policy() -> Policy:
    return read_policy(ALERTS_FILE.read_bytes(), settings().environment, frozenset(RECEIVERS))


@cache
def _clients() -> Clients:
    return Clients()


@cache
def _clock() -> Clock:
    return _far.clock or SystemClock()


@cache
def discord_api() -> DiscordApi:
    here, clock = settings(), _clock()
    return DiscordApi(
        here.discord_application_id,
        SecretParameter(_clients(), here.bot_token_parameter, clock.now, "the bot token"),
        session=_far.discord() if _far.discord else None,
        monotonic=lambda: clock.now_ms() / 1000,
    )


@cache
def outside(brief: bool = False) -> Outside:
    """Every port. `brief`: a table that is given up after about a second, for the way off."""
    here, clients = settings(), _clients()
    clock = _clock()
    table = Table((lambda: clients.brief_dynamodb) if brief else (lambda: clients.dynamodb), here.table_name, clock)
    flags = SsmFlags(clients, here.flag_prefix)
    pager = SnsPager(clients, here.alert_topic_arn)
    switches = BotFlags(flags, clock, _defaults(here), here.discord_alert_channel_id)
    return Outside(
        environment=here.environment,
        app_name=here.app_name,
        guild_id=here.discord_guild_id,
        access_hash=access().hash,
        clock=clock,
        ids=SystemIds(),
        flags=flags,
        armed=SsmArmed(clients, here.safeguard_prefix),
        signals=_far.signals or _signals(),
        rollouts=table.rollouts,
        plans=table.plans,
        reports=table.reports,
        targets=_far.targets or _targets(),
        completions=SsmCompletions(clients, here.app_name, here.environment),
        confirmations=table.confirmations,
        traces=WarmFirst(table.traces, _warm_traces()),
        logs=_far.logs or BotLogs(lambda: clients.logs, log_groups(here.app_name, here.environment), clock),
        console=console_of(here.alert_topic_arn, here.app_name, here.environment),
        queue=SqsQueue(clients, here.command_queue_url),
        channel=DiscordChannel(discord_api(), here.discord_ops_channel_id),
        pager=pager,
        switches=switches,
        alerts=table.alerts,
        alert_policy=alert_policy(),
        receivers=_receivers(here, pager, switches),
        links=ConsoleLinks(
            lambda: clients.ssm.meta.region_name,
            here.discord_guild_id,
            runbook=here.runbook_url,
            dashboard=here.dashboard_url,
        ),
    )


def _receivers(here: Settings, pager: Pager, switches: BotFlags) -> dict[str, Receiver]:
    """Every way to people, by the name that alerts.yaml uses, in the order in which they are told: nobody's pager waits
    for the chat. With ENABLE_ALERTS off nothing goes to the alert channel; it is told in the ops channel instead, and
    calls nobody."""

    def alert_channel() -> str:
        return switches.alert_channel() if switches.is_on(ALERTS) else here.discord_ops_channel_id

    roles = here.discord_roles
    return {
        "sns": TopicAlerts(pager, here.environment),
        "alerts": DiscordAlerts(discord_api(), alert_channel, roles),
        "ops": DiscordAlerts(discord_api(), lambda: here.discord_ops_channel_id, roles),
    }


def _signals() -> Signals:
    clients, api = _clients(), _prometheus()
    return Sources(
        CloudWatchSignals(clients),
        LogsInsights(lambda: clients.logs),
        PrometheusSignals(api) if api is not None else None,
    )


def _prometheus() -> PrometheusApi | None:
    here, clients = settings(), _clients()
    if not here.prometheus_url:
        return None
    match here.prometheus_auth:
        case "none":
            auth: Auth | None = None
        case "sigv4":
            auth = SigV4(here.prometheus_region or clients.ssm.meta.region_name)
        case parameter:
            auth = FromParameter(clients, parameter, _clock().now)
    return PrometheusApi(here.prometheus_url, auth=auth)


def catalogue() -> Catalogues:
    """What there is to measure, for `plan check --live`."""
    clients, api = _clients(), _prometheus()
    return Catalogues(
        MetricCatalogue(clients),
        LogCatalogue(lambda: clients.logs),
        PrometheusCatalogue(api) if api is not None else None,
    )


def _targets() -> Targets:
    here, clients = settings(), _clients()
    token = SecretParameter(clients, here.github_token_parameter, _clock().now, "the GitHub token")
    return OptedIn(
        Functions(clients, here.environment),
        HttpsChecks(here.target_hosts),
        Workflows(here.github_repositories, token),
    )


def _defaults(here: Settings) -> dict[str, bool]:
    return {
        JSON_LOGGING: here.enable_json_logging,
        DEBUG_COMMAND: here.enable_debug_cmd,
        ALERTS: here.enable_alerts,
    }


@cache
def _warm_traces() -> WarmTraces:
    return WarmTraces()


@contextmanager
def invocation(context: object, *, in_a_hurry: bool = False) -> Iterator[None]:
    """One invocation of a worker: X-Ray annotations on, logs in the form that is asked for now and with the request's
    id on every line, metrics written at the end, whatever the end is.

    in_a_hurry: nothing is read first, and logs keep the deployment's form.

    What fails in it is logged with its stack and goes on as an error of the same family, whose text is redacted.

    The interactions function never comes here: the X-Ray SDK costs ten times the runtime's own start.
    """
    here = settings()
    enable_xray()
    metrics.name_source("switchback", here.environment)
    _follow_logging_flag(here.enable_json_logging if in_a_hurry else None)
    with bound(correlation_id=str(getattr(context, "aws_request_id", "")) or None):
        try:
            yield
        except Exception as problem:
            log.exception("an invocation failed")
            raise _fit_to_leave(problem) from None  # the original would be written by the runtime as well
        finally:
            _report_redactor()
            metrics.flush()


def _fit_to_leave(problem: Exception) -> Exception:
    said = f"{type(problem).__name__}: {safe_text(problem, LONGEST_PROBLEM)}"
    return SwitchbackError(said) if isinstance(problem, SwitchbackError) else InvocationFailed(said)


def _report_redactor() -> None:
    """The redactor fails closed and tells nobody: whoever ends an invocation asks it. Never raises what would hide how
    the invocation itself ended."""
    if times := failures.take():
        here = outside()
        metrics.count("RedactorFailure", times)
        app().own.raise_alert(
            "redactor-failed",
            "redaction",
            "warning",
            redactor_failed(here.environment, times, here.clock.now()),
        )


def report_after_answering() -> None:
    """The same for the interactions function, which may not post: what it counts, the next tick tells. Never raises:
    the answer is there, and is worth more."""
    try:
        if times := failures.take():
            here = outside()
            notice = redactor_failed(here.environment, times, here.clock.now())
            app().own.count("redactor-failed", "redaction", "warning", notice, here.ids.new(), trace="")
            metrics.name_source("switchback", here.environment)
            metrics.count("RedactorFailure", times)
            metrics.flush()
    except Exception:
        log.exception("failures of the redactor could not be reported")


def _follow_logging_flag(as_json: bool | None = None) -> None:
    """Logs as ENABLE_JSON_LOGGING says now; SSM is read once in ten seconds at most."""
    if as_json is None:
        as_json = outside().switches.is_on(JSON_LOGGING)
    _configure_logs(settings().environment, as_json=as_json)


def _behind_the_door() -> Outside:
    """For an interaction whose signature and place were right: nobody else makes the bot read anything."""
    _follow_logging_flag()
    return outside()


@cache
def app(brief: bool = False) -> App:
    return App(outside(brief), access())


@cache
def endpoint() -> Endpoint:
    here = settings()
    place = Place(
        environment=here.environment,
        application_id=here.discord_application_id,
        guild_id=here.discord_guild_id,
        channel_ids=(here.discord_ops_channel_id, here.discord_alert_channel_id),
        roles=here.discord_roles,
    )
    keys = (here.discord_public_key, *_far.extra_public_keys)
    return Endpoint(Signature(keys), place, access(), _behind_the_door, time.time)


def register_commands() -> list[str]:
    """Tell Discord which slash commands there are; their names."""
    return register(discord_api(), settings().discord_guild_id, definitions())


def home(context: object) -> Home:
    """The account and region a function runs in, from its own ARN."""
    parts = str(getattr(context, "invoked_function_arn", "")).split(":")
    if len(parts) < 7:
        raise RuntimeError("a Lambda context says which function it is; this one does not")
    return Home(account=parts[4], region=parts[3])
