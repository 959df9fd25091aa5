"""The made-up guild: its ids, roles and people."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from msgspec import Struct

from orchestrator.sandbox.aws import ACCOUNT, REGION


class Member(Struct, frozen=True, kw_only=True):
    user_id: str
    name: str
    roles: tuple[str, ...]


PEOPLE = (
    Member(user_id="300000000000000001", name="eng-oncall", roles=("engineering",)),
    Member(user_id="300000000000000002", name="ops-lead", roles=("ops",)),
    Member(user_id="300000000000000003", name="eng-second", roles=("engineering",)),
    Member(user_id="300000000000000004", name="support-desk", roles=("support",)),
    Member(user_id="300000000000000005", name="visitor", roles=()),
)

_DEFAULTS = {
    "DISCORD_APPLICATION_ID": "200000000000000001",
    "DISCORD_GUILD_ID": "200000000000000002",
    "DISCORD_OPS_CHANNEL_ID": "200000000000000003",
    "DISCORD_ALERT_CHANNEL_ID": "200000000000000004",
    "DISCORD_ROLES": json.dumps(
        {"engineering": "200000000000000011", "ops": "200000000000000012", "support": "200000000000000013"}
    ),
    "TABLE_NAME": "switchback-sandbox",
    "BOT_TOKEN_PARAMETER": "/switchback-sandbox/bot-token",
    "APP_NAME": "switchback",
    "ENVIRONMENT": "dev",
}


def force_settings(public_key: str, environment: Mapping[str, str] = os.environ) -> None:
    """The sandbox's settings in the environment: ids may be given by variables of the same names, AWS never."""
    for name, value in _DEFAULTS.items():
        if name in ("TABLE_NAME", "BOT_TOKEN_PARAMETER") or not environment.get(name, "").strip():
            os.environ[name] = value
    os.environ["DISCORD_PUBLIC_KEY"] = public_key
    for name in ("ENABLE_JSON_LOGGING", "ENABLE_DEBUG_CMD", "ENABLE_ALERTS"):
        os.environ.setdefault(name, "true")


class LambdaContext:
    """What a handler may read of Lambda's context object. As the runtime does, it leaves the invocation's X-Ray id in
    the environment."""

    def __init__(self, function: str) -> None:
        root, parent = f"1-{int(time.time()):08x}-{uuid4().hex[:24]}", uuid4().hex[:16]
        os.environ["_X_AMZN_TRACE_ID"] = f"Root={root};Parent={parent};Sampled=1"
        self.function_name = f"switchback-{function}"
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:switchback-{function}"
        self.memory_limit_in_mb = 512
        self.aws_request_id = str(uuid4())

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def alarm_arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def member_payload(member: Member, role_ids: Mapping[str, str]) -> dict[str, Any]:
    return {
        "user": {"id": member.user_id, "username": member.name, "global_name": member.name},
        "roles": [role_ids[role] for role in member.roles if role in role_ids],
        "permissions": "2147483648",
    }
