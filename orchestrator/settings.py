"""Settings, read from the environment at first use. What is missing or malformed is named in one clear error."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from msgspec import Struct

_SNOWFLAKE = re.compile(r"[0-9]{5,20}", re.ASCII)
_KEY = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)
_AUTH = re.compile(r"none|sigv4|/[A-Za-z0-9_./-]{1,500}", re.ASCII)
_HOST = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,9}", re.ASCII)
_REPOSITORY = re.compile(r"[A-Za-z0-9-]{1,39}/[A-Za-z0-9_.-]{1,100}", re.ASCII)


class SettingsError(Exception):
    """What is missing or malformed, one line each."""


class Settings(Struct, frozen=True, kw_only=True):
    """What a deployment must say, by the names of the environment in lower case. Ids are Discord's, as text."""

    discord_public_key: str
    discord_application_id: str
    discord_guild_id: str
    discord_ops_channel_id: str
    discord_alert_channel_id: str
    discord_roles: dict[str, str]
    table_name: str
    command_queue_url: str
    bot_token_parameter: str
    alert_topic_arn: str
    app_name: str
    environment: str
    enable_json_logging: bool = True
    enable_debug_cmd: bool = False
    enable_alerts: bool = True
    prometheus_url: str = ""
    prometheus_auth: str = "none"
    prometheus_region: str = ""
    target_hosts: tuple[str, ...] = ()
    github_repositories: tuple[str, ...] = ()
    github_token_parameter: str = ""
    runbook_url: str = "https://github.com/switchback-ops/switchback/blob/main/RUNBOOK.md"
    dashboard_url: str = ""

    @property
    def flag_prefix(self) -> str:
        return f"/{self.app_name}/{self.environment}/flags/"

    @property
    def safeguard_prefix(self) -> str:
        return f"/{self.app_name}/{self.environment}/safeguards/"


ENVIRONMENT_NAMES: tuple[str, ...] = tuple(name.upper() for name in Settings.__struct_fields__)
"""The variables, in the order of Settings; the template sets exactly these."""

_OPTIONAL = frozenset(ENVIRONMENT_NAMES[ENVIRONMENT_NAMES.index("ENABLE_JSON_LOGGING") :])
"""Those with a value of their own where nothing is said."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Raises SettingsError, naming everything that is wrong at once."""
    found = os.environ if environment is None else environment
    values: dict[str, object] = {}
    faults = []
    for name in ENVIRONMENT_NAMES:
        text = found.get(name, "").strip()
        if not text and name in _OPTIONAL:
            continue
        if not text:
            faults.append(f"{name} is not set")
            continue
        try:
            values[name.lower()] = _READERS.get(name, str)(text)
        except ValueError as problem:
            faults.append(f"{name} {problem}")
    # Traces are for whoever debugs: where nothing is said they are shown, but not in production.
    values.setdefault("enable_debug_cmd", values.get("environment") != "prod")
    if faults:
        raise SettingsError("Switchback cannot start: " + "; ".join(faults))
    return Settings(**values)  # type: ignore[arg-type]  # each value was read by its own reader above


def read_stored_settings(stored: str) -> Settings:
    """Settings as the stack's parameter keeps them: one JSON object of the same names. Raises SettingsError."""
    try:
        found = json.loads(stored)
        return read_settings({k: v if isinstance(v, str) else json.dumps(v) for k, v in found.items()})
    except (ValueError, AttributeError):
        raise SettingsError("Switchback cannot start: its settings parameter is not a JSON object") from None


def _matching(pattern: re.Pattern[str], meaning: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(f"is not {meaning}")
        return text

    return read


def _roles(text: str) -> dict[str, str]:
    try:
        roles = json.loads(text)
    except ValueError:
        raise ValueError('is not JSON; write {"ops": "<role id>"}') from None
    if not isinstance(roles, dict) or not all(isinstance(r, str) and _SNOWFLAKE.fullmatch(r) for r in roles.values()):
        raise ValueError('is not a JSON object of role ids; write {"ops": "<role id>"}')
    return roles


def _switch(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError("is neither true nor false")
    return text.lower() == "true"


def _prometheus_url(text: str) -> str:
    """HTTP is for a Prometheus inside the same network; credentials have a setting of their own."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("is not an address; write https://HOST/PATH, without a user and without a query")
    return text.rstrip("/")


def _page(text: str) -> str:
    """For a button, which takes 512 characters."""
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username or len(text) > 400:
        raise ValueError("is not the address of a page; write https://HOST/PATH, at most 400 characters")
    return text


def _listed(pattern: re.Pattern[str], meaning: str) -> Callable[[str], tuple[str, ...]]:
    """Names separated by commas."""

    def read(text: str) -> tuple[str, ...]:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        if not all(pattern.fullmatch(name) for name in names):
            raise ValueError(f"is not {meaning}")
        return names

    return read


_ID = _matching(_SNOWFLAKE, "a Discord id (digits)")
_READERS: dict[str, Callable[[str], object]] = {
    "DISCORD_PUBLIC_KEY": _matching(_KEY, "a public key (64 hexadecimal digits)"),
    "DISCORD_APPLICATION_ID": _ID,
    "DISCORD_GUILD_ID": _ID,
    "DISCORD_OPS_CHANNEL_ID": _ID,
    "DISCORD_ALERT_CHANNEL_ID": _ID,
    "DISCORD_ROLES": _roles,
    "APP_NAME": _matching(_NAME, "a name (letters, digits, . _ -)"),
    "ENVIRONMENT": _matching(_NAME, "a name (letters, digits, . _ -)"),
    "ENABLE_JSON_LOGGING": _switch,
    "ENABLE_DEBUG_CMD": _switch,
    "ENABLE_ALERTS": _switch,
    "PROMETHEUS_URL": _prometheus_url,
    "PROMETHEUS_AUTH": _matching(_AUTH, "none, sigv4, or the name of a SecureString parameter"),
    "RUNBOOK_URL": _page,
    "DASHBOARD_URL": _page,
    "TARGET_HOSTS": _listed(_HOST, "a list of host names, separated by commas"),
    "GITHUB_REPOSITORIES": _listed(_REPOSITORY, "a list of OWNER/NAME, separated by commas"),
}
