"""A walk through the product as people take it: commands, buttons, alarms and time, in the sandbox's world."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto.sns.models import sns_backends

from orchestrator import bootstrap
from orchestrator.core.actors import Actor
from orchestrator.core.audit import AuditEntry, first_fault
from orchestrator.core.commands import Command
from orchestrator.core.durations import parse_duration
from orchestrator.core.rollout import STANDING, Rollout
from orchestrator.core.signals import AlarmState
from orchestrator.sandbox import acting
from orchestrator.sandbox.aws import ACCOUNT, REGION
from orchestrator.sandbox.desk import Desk
from orchestrator.sandbox.discord import Person
from orchestrator.sandbox.town import PEOPLE_BY_NAME, Town
from tests.journeys.edge import Edge, Killed

ENG, OPS, SECOND, SUPPORT, VISITOR = "eng-oncall", "ops-lead", "eng-second", "support-desk", "visitor"
PLAN = "prisma-persistence"
FIRST = f"{PLAN}-1"

PLANNER = Actor(user_id="terminal:kim", name="kim", via="terminal")

Message = dict[str, Any]


def text(message: Message) -> str:
    """Everything that somebody reads in a message."""
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts.append(embed.get("description", ""))
        parts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", [])]
    return _ESCAPED.sub(r"\1", "\n".join(parts))


_ESCAPED = re.compile(r"\\([\\*_`~|>#\[\]()-])")
"""Discord shows an escaped sign as itself."""


def buttons(message: Message) -> dict[str, str]:
    """Label to custom_id; what only opens a page has none."""
    found = [button for row in message["components"] for button in row["components"]]
    return {b["label"]: b["custom_id"] for b in found if not b.get("disabled") and "custom_id" in b}


class Journey:
    def __init__(self, town: Town, edge: Edge, log: io.StringIO) -> None:
        self.town, self.edge, self.log = town, edge, log
        self.desk = Desk(town, "http://127.0.0.1:0/")
        self.expected_statuses = {200, 201, 204}
        self._ssm = boto3.client("ssm")

    # -- people ---------------------------------------------------------------------------------------------------------

    def use(self, who: str, command: str, channel: str = "ops", **options: str) -> Message:
        """A slash command, and the reply to it once the queue is empty."""
        before = {message["id"] for message in self.seen_by(who)}
        answer = acting.use_command(self.town, who, channel, command, options)
        assert answer["status"] == 200
        new = [m for m in self.seen_by(who) if m["id"] not in before and m["interaction"]]
        return new[-1]

    def press(self, who: str, label: str, on: Message | None = None, holding: str = "") -> Message:
        """A button by its label, on the newest message that has it; what the message, or the reply, then says."""
        if on is None:
            having = [m for m in self.seen_by(who) if label in buttons(m) and holding in text(m)]
            assert having, f"{who} sees no button {label}"
            on = having[-1]
        return self.press_id(who, on, buttons(on)[label])

    def press_id(self, who: str, on: Message, custom_id: str) -> Message:
        answer = self.send_press(who, on, custom_id)
        if answer["response"]["type"] == 7:
            return self.message(who, on["id"])
        return [m for m in self.seen_by(who) if m["ephemeral"] and m["interaction"]][-1]

    def send_press(self, who: str, on: Message, custom_id: str) -> dict[str, Any]:
        answer = acting.press(self.town, who, on["id"], custom_id)
        assert answer["status"] == 200
        return answer

    def forged_press(self, who: str, on: Message, custom_id: str) -> dict[str, Any]:
        """A press that Discord's client would not make: of a button that is not on the message, or is gone from it."""
        member = PEOPLE_BY_NAME[who]
        person = Person(user_id=member.user_id, name=member.name)
        interaction_id, token = self.town.discord.issue("component", person, on["id"], self.now)
        data = {"custom_id": custom_id, "component_type": 2}
        extra = {"type": 3, "data": data, "message": {"id": on["id"], "channel_id": on["channel_id"]}}
        answer = acting._send(self.town, member, on["channel_id"], interaction_id, token, extra)
        self.town.discord.accept_response(token, answer["response"])
        return answer

    def ask(self, who: str, command: str, **options: str) -> Message:
        """A command whose reply is a preview with one button."""
        preview = self.use(who, command, **options)
        assert len(buttons(preview)) == 1, text(preview)
        return preview

    def confirmed(self, who: str, command: str, **options: str) -> Message:
        """A command, its preview and its button; the finished reply."""
        return self.confirm(who, self.ask(who, command, **options))

    def confirm(self, who: str, preview: Message) -> Message:
        (custom_id,) = buttons(preview).values()
        return self.press_id(who, preview, custom_id)

    def seen_by(self, who: str) -> list[Message]:
        """What somebody sees in both channels, oldest first."""
        user = PEOPLE_BY_NAME[who].user_id
        found = [m for channel_id in self.town.discord.channels for m in self.town.discord.messages(channel_id, user)]
        return sorted(found, key=lambda message: int(message["id"]))

    def message(self, who: str, message_id: str) -> Message:
        return next(m for m in self.seen_by(who) if m["id"] == message_id)

    def posts(self, channel: str, holding: str = "") -> list[Message]:
        """What everybody can read in a channel."""
        (channel_id,) = [i for i, name in self.town.discord.channels.items() if name == channel]
        seen = self.town.discord.messages(channel_id, PEOPLE_BY_NAME[VISITOR].user_id)
        return [message for message in seen if holding in text(message)]

    # -- the rollout ----------------------------------------------------------------------------------------------------

    def start(self, who: str = ENG, plan: str = PLAN, reason: str = "week 39") -> Message:
        return self.confirmed(who, "rollout start", plan=plan, reason=reason)

    def promote_to(self, stage: str) -> None:
        """On past soaks and gates, by the worker's own use case: the way there is not what is tested."""
        keys = [stage.key for stage in self.plan().stages]
        for _ in range(keys.index(self.stage), keys.index(stage)):
            command = Command(verb="promote", target=PLAN, actor=PLANNER, reason="rehearsed")
            assert bootstrap.app().run(command).proven
        assert self.stage == stage

    def started_in(self, stage: str) -> None:
        command = Command(verb="start", target=PLAN, actor=PLANNER, reason="week 39")
        assert bootstrap.app().run(command).kind == "start"
        self.promote_to(stage)

    def plan(self, rollout_id: str = FIRST) -> Any:
        plan = bootstrap.outside().plans.get(self.rollout(rollout_id).plan_hash)
        assert plan is not None
        return plan

    def rollout(self, rollout_id: str = FIRST) -> Rollout:
        found = bootstrap.outside().rollouts.load(rollout_id)
        assert found is not None
        return found

    @property
    def stage(self) -> str:
        return self.rollout().stage_key(self.plan())

    @property
    def holds(self) -> list[str]:
        return [entry.kind for entry in self.rollout().holds]

    def audit(self, rollout_id: str = FIRST) -> list[AuditEntry]:
        return bootstrap.outside().rollouts.audit(rollout_id)

    # -- the world ------------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        return self.town.clock.now()

    def advance(self, duration: str) -> None:
        """By one duration or several: `1h 58m`."""
        self.town.advance(sum(map(parse_duration, duration.split())))

    def alarm(self, name: str, state: AlarmState = "ALARM") -> None:
        self.town.change_alarm(name, state)

    def signal(self, name: str, **knobs: Any) -> None:
        self.desk.signals({name: knobs})

    def by_hand(self, **flags: str) -> None:
        self.desk.change_flags(dict(flags))

    def flag(self, name: str) -> str:
        """What SSM holds."""
        return str(self._ssm.get_parameter(Name=self.path(name))["Parameter"]["Value"])

    def flags(self, *names: str) -> list[str]:
        return [self.flag(name) for name in names]

    def version(self, name: str) -> int:
        return int(self._ssm.get_parameter(Name=self.path(name))["Parameter"]["Version"])

    def held_over_time(self, name: str) -> list[str]:
        """Every value that SSM has ever held for a flag."""
        versions = self._ssm.get_parameter_history(Name=self.path(name))["Parameters"]
        return [entry["Value"] for entry in sorted(versions, key=lambda entry: entry["Version"])]

    def delete_parameter(self, name: str) -> None:
        self._ssm.delete_parameter(Name=self.path(name))
        self.town.world.touched()

    def path(self, name: str) -> str:
        return self.town.settings.flag_prefix + name

    @property
    def pages(self) -> list[str]:
        """What went to the topic that needs no chat, subject and text."""
        topics = sns_backends[ACCOUNT][REGION].topics
        return [f"{sent[2]}\n{sent[1]}" for topic in topics.values() for sent in topic.sent_notifications]

    # -- processes ------------------------------------------------------------------------------------------------------

    def dies(self, doing: Callable[[], Any]) -> None:
        """The process is killed while it does this; what comes next is a new one, with nothing warm."""
        with pytest.raises(Killed):
            doing()
        self.edge.mend()
        self.town.restart()

    def lose_the_queue(self) -> None:
        """What waits for the worker is never handed to it again."""
        boto3.client("sqs").purge_queue(QueueUrl=self.town.queues.commands_url)

    # -- what holds after every journey ---------------------------------------------------------------------------------

    def require_sound(self) -> None:
        rollouts = bootstrap.outside().rollouts
        for rollout_id in [*rollouts.recent(100), STANDING]:
            state = rollouts.load(rollout_id)
            if state is not None:
                assert first_fault(rollouts.audit(rollout_id), state.audit_head) == "", rollout_id
        for request in self.desk.requests():
            assert request["status"] in self.expected_statuses, request
        logged = self.log.getvalue()
        for line in logged.splitlines():
            assert isinstance(json.loads(line), dict), line
        assert "an interaction failed" not in logged
        for secret in [*self.town.discord._guild._issued, "sandbox-bot-token"]:
            assert secret not in logged


def at(iso: str) -> int:
    """Epoch seconds of a time in UTC."""
    return int(datetime.fromisoformat(iso).replace(tzinfo=UTC).timestamp())
