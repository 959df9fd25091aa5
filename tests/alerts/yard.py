"""Alerts with everything real but what lies beyond the network: containers over one table, a Discord that fails."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any

import requests

from orchestrator.adapters.aws.topic_alerts import TopicAlerts
from orchestrator.adapters.clock import SystemIds
from orchestrator.adapters.discord.alerts import DiscordAlerts
from orchestrator.adapters.discord.channel import DiscordChannel
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
from orchestrator.app.bot_flags import BotFlags
from orchestrator.core.alerting.policy import Policy
from orchestrator.core.console import console_of
from orchestrator.ports import Outside
from orchestrator.sandbox.discord import StandIn
from orchestrator.sandbox.discord.faults import Answer
from orchestrator.sandbox.discord.transport import StandInTransport
from tests.core.made_alerts import NOW, POLICY
from tests.interactions.door import ALERTS, APPLICATION, GUILD, OPS, ROLES, HeldClock, HeldTargets

SOMEBODY = "300000000000000001"


class Killed(BaseException):
    """The process ends here and now: nothing of ours may catch it."""


class Yard:
    """`tables` is what all containers share; in memory unless another is given."""

    def __init__(self, policy: Policy = POLICY, tables: Any = None) -> None:
        self.clock = HeldClock()
        self.clock.at = NOW
        self.policy = policy
        self.tables = tables or MemoryTable(self.clock)
        self.pager, self.flags = MemoryPager(), MemoryFlags()
        self.discord = StandIn(APPLICATION, GUILD, {OPS: "ops", ALERTS: "alerts"}, "bot-token", self.clock.now)
        self.meddle: Callable[[str, str], Answer | None] = lambda method, path: None
        self.kill_after: Callable[[str, str], bool] = lambda method, path: False

    def container(self) -> Outside:
        """A Lambda container: what it remembers by itself is its own."""
        session = requests.Session()
        session.trust_env = False
        session.mount("https://discord.com/", StandInTransport(self._handle))
        api = DiscordApi(APPLICATION, lambda: "bot-token", session=session, monotonic=lambda: float(self.clock.at))
        switches = BotFlags(
            self.flags, self.clock, dict.fromkeys(("ENABLE_JSON_LOGGING", "ENABLE_DEBUG_CMD", "ENABLE_ALERTS"), True),
            ALERTS,
        )  # fmt: skip
        return Outside(
            environment="dev",
            app_name="switchback",
            guild_id=GUILD,
            access_hash="",
            clock=self.clock,
            ids=SystemIds(),
            flags=self.flags,
            armed=MemoryArmed(),
            signals=MemorySignals(),
            rollouts=self.tables.rollouts,
            plans=self.tables.plans,
            reports=self.tables.reports,
            targets=HeldTargets(),
            completions=MemoryCompletions("dev"),
            confirmations=self.tables.confirmations,
            traces=self.tables.traces,
            logs=MemoryLogs(self.clock),
            console=console_of("arn:aws:sns:us-east-1:123456789012:switchback-alerts", "switchback", "dev"),
            queue=MemoryQueue(),
            channel=DiscordChannel(api, OPS),
            pager=self.pager,
            switches=switches,
            alerts=self.tables.alerts,
            alert_policy=self.policy,
            receivers={
                "sns": TopicAlerts(self.pager, "dev"),
                "alerts": DiscordAlerts(api, lambda: ALERTS, ROLES),
            },
            links=ConsoleLinks(lambda: "us-east-1", GUILD, runbook="https://example.com/RUNBOOK.md", dashboard=""),
        )

    def _handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        refused = self.meddle(method, path)
        if refused is not None:
            return refused
        answer = self.discord.handle(method, path, headers, body)
        if self.kill_after(method, path):
            raise Killed
        return answer

    # -- what people see -----------------------------------------------------------------------------------------------

    def messages(self, channel: str = ALERTS) -> list[dict[str, Any]]:
        return self.discord.messages(channel, SOMEBODY)

    def own(self) -> list[dict[str, Any]]:
        """Messages that are a problem's own: no digests and no calls."""
        return [message for message in self.messages() if _field(message, "Seen")]

    def digests(self) -> list[dict[str, Any]]:
        return [message for message in self.messages() if "DIGEST" in message["content"]]

    def told(self) -> int:
        """Every event that the channel has been shown, counted once, as a reader would add it up."""
        return sum(map(own_count, self.own())) + sum(map(_digest_count, self.digests()))

    def thread(self, message: dict[str, Any]) -> list[str]:
        """The lines below a message."""
        if message["id"] not in self.discord.channels:
            return []
        return [line["content"] for line in self.messages(message["id"])]


def half_refused(seed: int) -> Callable[[str, str], Answer | None]:
    """Discord takes every second request, at random."""
    drawn = random.Random(seed)
    page = Answer(status=503, body=b"<html>no healthy upstream</html>", headers={"Content-Type": "text/html"})
    return lambda method, path: page if drawn.random() < 0.5 else None


def _field(message: dict[str, Any], name: str) -> str:
    fields = [field for embed in message["embeds"] for field in embed.get("fields", [])]
    return next((field["value"] for field in fields if field["name"] == name), "")


def times(text: str) -> int:
    """The number in "once" or "1,234 times"."""
    return 1 if text == "once" else int(text.split()[0].replace(",", ""))


def own_count(message: dict[str, Any]) -> int:
    """Events that stand in this message and in no digest."""
    seen, _, digested = _field(message, "Seen").partition(", ")
    return times(seen) - (int(digested.split()[0].replace(",", "")) if digested else 0)


def _digest_count(message: dict[str, Any]) -> int:
    text = message["embeds"][0]["description"]
    found = re.search(r"\*\*(once|[\d,]+ times) in all", text)
    assert found, text
    return times(found[1])
