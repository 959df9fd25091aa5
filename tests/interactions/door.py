"""The interactions door with a real key and a real endpoint; beyond the ports, memory. And the people who knock."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, cast

import requests
from msgspec import Struct, structs
from nacl.signing import SigningKey

from orchestrator import notify
from orchestrator.adapters.aws.topic_alerts import TopicAlerts
from orchestrator.adapters.clock import SystemIds
from orchestrator.adapters.discord.alerts import DiscordAlerts
from orchestrator.adapters.discord.channel import DiscordChannel
from orchestrator.adapters.discord.interactions.authority import Place
from orchestrator.adapters.discord.interactions.endpoint import Endpoint
from orchestrator.adapters.discord.interactions.signature import Signature
from orchestrator.adapters.discord.rest import DiscordApi
from orchestrator.adapters.links import ConsoleLinks
from orchestrator.adapters.memory.armed import MemoryArmed
from orchestrator.adapters.memory.completions import MemoryCompletions
from orchestrator.adapters.memory.flags import MemoryFlags
from orchestrator.adapters.memory.logs import MemoryLogs
from orchestrator.adapters.memory.pager import MemoryPager
from orchestrator.adapters.memory.queue import MemoryQueue
from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.adapters.memory.table import MemoryTable
from orchestrator.app import App, Outcome
from orchestrator.app.bot_flags import BotFlags
from orchestrator.bootstrap import ACCESS_FILE, ALERTS_FILE, RECEIVERS
from orchestrator.core.access import AccessPolicy, read_access
from orchestrator.core.actors import Actor
from orchestrator.core.alerting.alert import AlertEvent
from orchestrator.core.alerting.board import Silence, with_silence
from orchestrator.core.alerting.policy import Matcher, Policy, read_policy
from orchestrator.core.commands import Command, Confirmation, Verb
from orchestrator.core.console import console_of
from orchestrator.core.notices import Notice
from orchestrator.core.plan import Plan
from orchestrator.core.targets import Report, Result
from orchestrator.ports import Answer as Reached
from orchestrator.ports import Clock, Outside, Targets
from orchestrator.sandbox.discord import StandIn, check_payload
from tests.interactions.plans import SHOP, STUDIO

NOW = 1_764_000_000
KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(1, 33)))
PUBLIC_KEY = KEY.verify_key.encode().hex()

APPLICATION, GUILD, OPS, ALERTS = (
    "200000000000000001",
    "200000000000000002",
    "200000000000000003",
    "200000000000000004",
)
ELSEWHERE = "209999999999999999"
ROLES = {"engineering": "200000000000000011", "ops": "200000000000000012", "support": "200000000000000013"}
PLACE = Place(environment="dev", application_id=APPLICATION, guild_id=GUILD, channel_ids=(OPS, ALERTS), roles=ROLES)

TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTpnaG9zdA"  # made up


class Caller(Struct, frozen=True, kw_only=True):
    user_id: str
    name: str
    roles: tuple[str, ...] = ()

    @property
    def actor(self) -> Actor:
        return Actor(user_id=self.user_id, name=self.name, roles=self.roles)

    def member(self) -> dict[str, Any]:
        return {
            "user": {"id": self.user_id, "username": self.name, "global_name": None, "discriminator": "0"},
            "nick": None,
            "roles": [ROLES[role] for role in self.roles],
            "permissions": "2147483648",
            "joined_at": "2025-01-01T00:00:00.000000+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }


ANNA = Caller(user_id="300000000000000001", name="anna", roles=("engineering",))
OLE = Caller(user_id="300000000000000002", name="ole", roles=("ops",))
SUSE = Caller(user_id="300000000000000004", name="suse", roles=("support",))
STRANGER = Caller(user_id="300000000000000005", name="stranger")

Kind = Literal["ping", "command", "component", "autocomplete", "modal"]
TYPES: dict[int, Kind] = {1: "ping", 2: "command", 3: "component", 4: "autocomplete", 5: "modal"}

_INTERNALS = re.compile(
    r"Traceback|File \"|\.py\b|orchestrator|site-packages|/var/|/opt/|/usr/|<module>|botocore|boto3|msgspec|nacl\b"
    r"|NoneType|TypeError|ValueError|KeyError|AttributeError|RecursionError|Exception|object at 0x|PK=|TableName",
)


class Answer(Struct, frozen=True, kw_only=True):
    """What came back over HTTP, and what was sent, where that was JSON."""

    status: int
    headers: dict[str, str]
    text: str
    asked: Any = None

    @property
    def body(self) -> Any:
        return json.loads(self.text)

    @property
    def content(self) -> str:
        """The first line: what a phone shows."""
        found: str = self.body.get("data", {}).get("content", "")
        return found

    @property
    def shown(self) -> str:
        """All that can be read: content and embeds."""
        data = self.body.get("data", {})
        return json.dumps([data.get("content"), data.get("embeds")], ensure_ascii=False)

    @property
    def buttons(self) -> list[str]:
        rows = self.body.get("data", {}).get("components") or []
        return [button["custom_id"] for row in rows for button in row["components"]]

    @property
    def choices(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.body["data"]["choices"]
        return found

    @property
    def is_refusal(self) -> bool:
        """Nothing was done and only the asker sees it; for an autocompletion, nothing to choose."""
        body = self.body
        if body["type"] == 8:
            return self.choices == []
        if body["type"] != 4 or body["data"].get("flags") != 64 or self.buttons:
            return False
        return "nothing was changed" in self.content or "does not listen here" in self.content


class HeldClock(Clock):
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at

    def now_ms(self) -> int:
        return self.at * 1000

    def sleep(self, seconds: float) -> None:
        self.at += int(seconds)


class HeldTargets(Targets):
    """Every probe and job passes at once."""

    def call(self, call: Any, *, plan: str, stage: str, run: str) -> Reached:
        return Reached(result="pass", line="all good")


@cache
def deployed_policy(environment: str) -> Policy:
    return read_policy(ALERTS_FILE.read_bytes(), environment, frozenset(RECEIVERS))


@cache
def deployed_access(environment: str) -> AccessPolicy:
    return read_access(ACCESS_FILE.read_bytes(), environment)


class Door:
    """`machine` is the machine's clock, `clock` the bot's own; `touched` counts how often anything beyond was asked for."""

    def __init__(self, environment: str = "dev", access: AccessPolicy | None = None) -> None:
        self.clock, self.machine, self.touched = HeldClock(), float(NOW), 0
        self.table, self.flags, self.queue = MemoryTable(self.clock), MemoryFlags(), MemoryQueue()
        self.armed, self.signals, self.pager = MemoryArmed(), MemorySignals(), MemoryPager()
        self.logs = MemoryLogs(self.clock)
        self.completions, self.targets = MemoryCompletions(environment), HeldTargets()
        self.discord = StandIn(APPLICATION, GUILD, {OPS: "ops", ALERTS: "alerts"}, "bot-token", self.clock.now)
        self.access = access or deployed_access(environment)
        session = requests.Session()
        session.trust_env = False
        session.mount("https://discord.com/", self.discord.transport())
        api = DiscordApi(APPLICATION, lambda: "bot-token", session=session, monotonic=lambda: float(self.clock.at))
        self.outside = Outside(
            environment=environment,
            app_name="switchback",
            guild_id=GUILD,
            access_hash=self.access.hash,
            clock=self.clock,
            ids=SystemIds(),
            flags=self.flags,
            armed=self.armed,
            signals=self.signals,
            rollouts=self.table.rollouts,
            plans=self.table.plans,
            reports=self.table.reports,
            targets=self.targets,
            completions=self.completions,
            confirmations=self.table.confirmations,
            traces=self.table.traces,
            logs=self.logs,
            console=console_of("arn:aws:sns:us-east-1:123456789012:switchback-alerts", "switchback", environment),
            queue=self.queue,
            channel=DiscordChannel(api, OPS),
            pager=self.pager,
            switches=BotFlags(
                self.flags,
                self.clock,
                {"ENABLE_JSON_LOGGING": True, "ENABLE_DEBUG_CMD": True, "ENABLE_ALERTS": True},
                ALERTS,
            ),
            alerts=self.table.alerts,
            alert_policy=deployed_policy(environment),
            receivers={
                "alerts": DiscordAlerts(api, lambda: self.outside.switches.alert_channel(), ROLES),
                "ops": DiscordAlerts(api, lambda: OPS, ROLES),
                "sns": TopicAlerts(self.pager, environment),
            },
            links=ConsoleLinks(lambda: "us-east-1", GUILD, runbook="https://example.com/RUNBOOK.md", dashboard=""),
        )
        self.app = App(self.outside, self.access)
        self.endpoint = Endpoint(
            Signature([PUBLIC_KEY]),
            structs.replace(PLACE, environment=environment),
            self.access,
            self._reach_out,
            lambda: self.machine,
        )

    def _reach_out(self) -> Outside:
        self.touched += 1
        return self.outside

    @property
    def sent(self) -> list[Command]:
        """What was queued; nobody at the door queues anything but commands."""
        return cast(list[Command], self.queue.sent)

    # -- the world behind it ---------------------------------------------------------------------------------------

    def furnish(self) -> Door:
        """Flags, an alarm, and the plan of a made-up shop: live for some minutes, and waiting for people."""
        self.clock.at = NOW - 240
        for name in ("READS", "WRITES", "PORTAL"):
            self.flags.by_hand(name, "false", NOW - 86_400)
        self.signals.set_alarm("shop-outage", "OK", NOW - 86_400)
        self.app.publish(SHOP, ANNA.actor)
        terminal = Actor(user_id="terminal", name="a terminal", via="terminal")
        started = self.app.run(Command(verb="start", target="shop", actor=terminal, reason="a beginning", at=NOW))
        assert started.kind == "start", started.reason
        while self.clock.at < NOW:
            self.clock.at += 120
            self.app.tick()
        return self

    def opens(self, plan: Plan = STUDIO, *, by: Actor = ANNA.actor) -> str:
        """Another plan is published and started, its flags being safe; the rollout's id."""
        self.publishes(plan, by=by)
        done = self.does("start", plan.name, by=by)
        assert done.kind == "start", done.reason
        assert done.rollout is not None
        return done.rollout.id

    def publishes(self, plan: Plan, *, by: Actor = ANNA.actor) -> None:
        """A plan is published, its flags being safe."""
        for spec in plan.flags:
            self.flags.by_hand(spec.name, spec.safe, NOW - 86_400)
        self.app.publish(plan, by)

    def reported(self, plan: str, name: str, result: Result = "pass") -> None:
        """A probe or CI says how it went, now."""
        report = Report(name=name, at=self.clock.at, result=result, run=f"run at {self.clock.at}", line="42 checks")
        self.table.reports.put(plan, report)

    def does(self, verb: Verb, target: str = "studio", *, by: Actor = ANNA.actor, **args: str) -> Outcome:
        """A command, carried out by the worker at once."""
        given = {"reason": "a reason"} | args
        reason = given.pop("reason")
        terminal = structs.replace(by, via="terminal")
        return self.app.run(
            Command(verb=verb, target=target, actor=terminal, reason=reason, args=given, at=self.clock.at)
        )

    def alerted(self, service: str = "PORTAL", **more: Any) -> str:
        """An alert is open, and all of the stack's own alarms are silenced; the alert's own name."""
        given = {"rule": "drift", "severity": "warning", "at": self.clock.at} | more
        notice = Notice(kind="drift", tone="degraded", headline=f"dev: {service} was changed by hand", at=given["at"])
        key = notify.raise_alert(self.outside, AlertEvent(service=service, notice=notice, **given), SystemIds().new())
        own = Matcher(labels=(("rule", "own-alarm"),))
        silence = Silence(matcher=own, until=self.clock.at + 3600, by="anna")
        notify.change_board(self.outside, lambda board: with_silence(board, silence, self.clock.at))
        return key

    def button(
        self, verb: Verb, caller: Caller = ANNA, *, kind: Literal["confirm", "second", "card"] = "confirm", **more: Any
    ) -> str:
        """A button that is lying somewhere in the channel; the id on it."""
        given = {"target": "shop", "actor": caller.actor, "reason": "a reason", "args": more.pop("args", {})}
        expires_at = more.pop("expires_at", NOW + 120)
        stored = Confirmation(
            id=SystemIds().new(),
            kind=kind,
            command=Command(verb=verb, at=NOW, **{**given, **more}),
            created_at=NOW,
            expires_at=expires_at,
        )
        self.table.confirmations.put(stored)
        return stored.id

    def stores(self) -> dict[str, str]:
        """All that may not change when a request is refused. Traces are not among it: a refusal leaves one."""
        held = {
            "rollouts": self.table.rollouts,
            "plans": self.table.plans,
            "confirmations": self.table.confirmations,
            "flags": self.flags,
            "armed": self.armed,
            "queue": self.queue,
            "pages": self.pager,
        }
        ignored = ("_lock", "_clock", "_confirmations", "fail_next")
        found = {
            name: repr({key: value for key, value in vars(store).items() if key not in ignored})
            for name, store in held.items()
        }
        found["asked of Discord"] = str(len(vars(self.discord)["_requests"]))
        return found

    # -- knocking --------------------------------------------------------------------------------------------------

    def send(self, payload: Any, *, key: SigningKey = KEY, timestamp: str | None = None) -> Answer:
        """A signed interaction; bytes are sent as they are."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.knock(signed_event(body, key=key, timestamp=timestamp or str(int(self.machine))), payload)

    def knock(self, event: Mapping[str, Any], asked: Any = None) -> Answer:
        """An event of API Gateway. Whatever comes back is checked by Discord's rules before a test sees it."""
        got = self.endpoint.handle(event)
        return checked(got, asked)


def checked(got: dict[str, Any], asked: Any = None) -> Answer:
    """The answer, after what must hold of every one: a known status, JSON, fit for Discord, and nothing of our insides."""
    answer = Answer(status=got["statusCode"], headers=got["headers"], text=got["body"], asked=asked)
    assert answer.status in (200, 400, 401, 404, 405)
    assert answer.headers["content-type"] == "application/json"
    assert isinstance(answer.body, dict)
    assert not _INTERNALS.search(answer.text), answer.text
    assert TOKEN not in answer.text
    if answer.status == 200:
        kind = TYPES.get(asked["type"]) if isinstance(asked, dict) and type(asked.get("type")) is int else None
        problems = check_payload("response", answer.body, interaction=kind)
        assert not problems, problems
        if answer.body["type"] == 4:
            assert answer.body["data"]["flags"] == 64
    return answer


def signed_event(
    body: bytes,
    *,
    key: SigningKey = KEY,
    timestamp: str = str(NOW),
    signature: str | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    """What API Gateway's HTTP API hands over, in payload format 2.0."""
    signature = key.sign(timestamp.encode() + body).signature.hex() if signature is None else signature
    try:
        text = base64.b64encode(body).decode() if encoded else body.decode()
    except UnicodeDecodeError:
        text, encoded = base64.b64encode(body).decode(), True
    return {
        "version": "2.0",
        "routeKey": "POST /interactions",
        "rawPath": "/interactions",
        "rawQueryString": "",
        "headers": {
            "content-type": "application/json",
            "user-agent": "Discord-Interactions/1.0 (+https://discord.com)",
            "x-signature-ed25519": signature,
            "x-signature-timestamp": timestamp,
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "http": {"method": "POST", "path": "/interactions", "protocol": "HTTP/1.1", "sourceIp": "35.196.132.85"},
            "requestId": "JKJaXmPLvHcESHA=",
            "stage": "$default",
            "timeEpoch": NOW * 1000,
        },
        "body": text,
        "isBase64Encoded": encoded,
    }
