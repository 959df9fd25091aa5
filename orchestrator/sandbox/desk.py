"""What can be asked of the sandbox, whoever asks: the page, a test, or somebody with curl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import boto3
import msgspec

from orchestrator import bootstrap
from orchestrator.adapters.aws.report_events import CHANGE, REPORT
from orchestrator.adapters.discord.commands import definitions
from orchestrator.core.durations import parse_duration
from orchestrator.core.trace import TraceRecord, redacted
from orchestrator.sandbox import acting, lambdas, storm, told, viewing
from orchestrator.sandbox.aws import ACCOUNT, REGION
from orchestrator.sandbox.discord import Refusal
from orchestrator.sandbox.people import PEOPLE
from orchestrator.sandbox.town import PEOPLE_BY_NAME, Town
from orchestrator.telemetry.logs import get_logger

log = get_logger()

Answer = tuple[int, dict[str, str], bytes]

MOST_TRACES = 100

_NAMES = {member.user_id: member.name for member in PEOPLE}


class Desk:
    def __init__(self, town: Town, url: str) -> None:
        self._town, self._url = town, url
        self._dismissed: set[tuple[str, str]] = set()
        self._pictures: dict[str, str] = {}
        self._revisions: dict[str, int] = {}
        self._revision = 0

    def description(self) -> dict[str, Any]:
        here = self._town.settings
        return {
            "url": self._url,
            "now": self._iso(),
            "environment": here.environment,
            "application_id": here.discord_application_id,
            "guild_id": here.discord_guild_id,
            "ops_channel_id": here.discord_ops_channel_id,
            "alert_channel_id": here.discord_alert_channel_id,
            "roles": here.discord_roles,
            "people": {m.name: {"user_id": m.user_id, "roles": list(m.roles)} for m in PEOPLE},
            "account": ACCOUNT,
            "region": REGION,
        }

    def view(self, person: str) -> dict[str, Any]:
        """What this person sees. `revision` grows when something has changed other than that time passes."""
        if person not in PEOPLE_BY_NAME:
            raise acting.Impossible(f"nobody here is called {person[:40]}; there is {', '.join(PEOPLE_BY_NAME)}")
        with self._town.one_at_a_time:
            seen = viewing.view(self._town, person, self._dismissed)
        picture = json.dumps([self._town.clock.moves, self._town.discord.changes, seen])
        if picture != self._pictures.get(person):
            self._pictures[person] = picture
            self._revision += 1
            self._revisions[person] = self._revision
        return {"revision": self._revisions[person], "now": self._town.clock.now(), **seen}

    def flags(self) -> dict[str, str]:
        """Everything below the flag prefix, by full name."""
        with self._town.one_at_a_time:  # moto is no friend of two threads
            pages = boto3.client("ssm").get_paginator("get_parameters_by_path")
            found = pages.paginate(Path=self._town.settings.flag_prefix, Recursive=True)
            return {parameter["Name"]: parameter["Value"] for page in found for parameter in page["Parameters"]}

    def alerts(self) -> dict[str, Any]:
        with self._town.one_at_a_time:
            return told.alerts(self._town)

    def storm(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Made-up alarms of the stack itself, many of them within a minute; or all of them over again."""
        if wanted == {"over": True}:
            return {"over": storm.clear(self._town)}
        events, problems = storm.wanted(wanted)
        counts: dict[str, Any] = msgspec.to_builtins(storm.blow(self._town, events, problems))
        return counts

    def commands(self) -> list[dict[str, Any]]:
        return definitions()

    def requests(self) -> list[dict[str, Any]]:
        return self._town.discord.requests

    def traces(self, limit: str) -> list[dict[str, Any]]:
        """The newest traces, newest first, with every step; redacted once more, as wherever one is shown."""
        if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit) <= MOST_TRACES:
            raise ValueError(f"limit is a number from 1 to {MOST_TRACES}")
        with self._town.one_at_a_time:
            found = bootstrap.outside().traces.recent(self._town.settings.discord_guild_id, int(limit))
        return [_shown_trace(redacted(record)) for record in found]

    def interactions(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Discord's door. Whoever holds the key may use it; their interaction becomes known to the stand-in."""
        with self._town.still():
            answer = self._town.serve(method, path, dict(headers), body)
            if answer["statusCode"] == 200:
                try:
                    self._town.discord.overhear(json.loads(body), json.loads(answer["body"]))
                except Refusal as refusal:  # the asker gets the bot's answer all the same, and the log the reason
                    log.error("Discord would refuse this answer", extra={"refusal": str(refusal)})
        self._town.deliver_soon()
        return answer["statusCode"], answer["headers"], answer["body"].encode()

    def alarm_event(self, event: Any) -> dict[str, Any]:
        return self._town.take_alarm_event(event)

    def clock(self, wanted: dict[str, Any]) -> dict[str, Any]:
        unknown = set(wanted) - {"advance", "speed"}
        if unknown or not wanted:
            raise ValueError('the clock takes {"advance": "30m"}, {"advance": "next"} or {"speed": 60}')
        if "speed" in wanted:
            speed = wanted["speed"]
            if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0 <= speed <= 3600:
                raise ValueError("speed is a number from 0 (standing still) to 3600")
            self._town.clock.run_at(float(speed))
        if "advance" in wanted:
            if wanted["advance"] == "next":
                self._town.advance_to_next()
            else:
                self._town.advance(parse_duration(str(wanted["advance"])))
        return {"now": self._iso()}

    def signals(self, wanted: dict[str, Any]) -> dict[str, Any]:
        if not all(isinstance(changes, dict) for changes in wanted.values()):
            raise ValueError('signals take {"api_5xx": {"rate": "4%"}}')
        with self._town.still():
            for name, changes in wanted.items():
                self._town.world.turn(name, changes)
        return {"now": self._iso()}

    def event(self, event: Any) -> dict[str, Any]:
        return self._town.take_event(event)

    def probes(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What probes and jobs answer from now on."""
        if not all(result in ("pass", "fail", "error") for result in wanted.values()):
            raise ValueError('probes take {"smoke": "fail"}: pass, fail or error')
        with self._town.still():
            for name, result in wanted.items():
                self._town.world.answer_with(name, result)
        return {"now": self._iso()}

    def report(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """CI reports something of a plan; it arrives as an EventBridge event."""
        return self._said(REPORT, wanted)

    def change(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Somebody deploys something else, and says so by an EventBridge event."""
        return self._said(CHANGE, wanted)

    def _said(self, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
        event = lambdas.said_event(kind, detail, self._town.clock.now(), str(uuid4()))
        taken = self._town.take_event(event)
        if refused := taken.get("refused"):
            raise ValueError(str(refused))
        return {"now": self._iso()}

    def alarm(self, wanted: dict[str, Any]) -> dict[str, Any]:
        name, state = str(wanted.get("name", "")), wanted.get("state")
        if state not in ("OK", "ALARM", "INSUFFICIENT_DATA"):
            raise ValueError("an alarm is OK, ALARM or INSUFFICIENT_DATA")
        known = [reading.name for reading in self._town.world.alarm_readings()]
        if name not in known:
            raise ValueError(f"there is no alarm {name[:60]}; there is {', '.join(known) or 'none'}")
        self._town.change_alarm(name, state)
        return {"now": self._iso()}

    def change_flags(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Somebody's change by hand, with the console or the AWS CLI: no word of it reaches the bot."""
        prefix = self._town.settings.flag_prefix
        if not all(isinstance(value, str) and 0 < len(value) <= 4096 for value in wanted.values()):
            raise ValueError('flags take {"NAME": "value"}, a value being text')
        with self._town.still():
            for name, value in wanted.items():
                full = name if name.startswith(prefix) else prefix + name
                if full not in self.flags():
                    raise ValueError(f"there is no parameter {full[:120]}")
                boto3.client("ssm").put_parameter(Name=full, Value=value, Type="String", Overwrite=True)
            self._town.world.touched()
        return {"now": self._iso()}

    def discord(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """What becomes of the bot's requests to Discord from now on. What people do here reaches the bot all the same:
        an interaction comes from Discord, and asks nothing of it."""
        state = wanted.get("state")
        if state not in ("up", "down", "throttled") or len(wanted) != 1:
            raise ValueError('discord takes {"state": "down"}: up, down or throttled')
        with self._town.still():
            self._town.discord.set_state(state)
        return {"now": self._iso(), "state": state}

    def interact(self, wanted: dict[str, Any]) -> dict[str, Any]:
        person, channel = str(wanted.get("person", "")), str(wanted.get("channel") or "ops")
        if "custom_id" in wanted:
            return acting.press(self._town, person, str(wanted.get("message_id", "")), str(wanted["custom_id"]))
        options = {str(name): str(value) for name, value in (wanted.get("options") or {}).items()}
        command = str(wanted.get("command", ""))
        if "focused" in wanted:
            return {"choices": acting.complete(self._town, person, channel, command, options, str(wanted["focused"]))}
        return acting.use_command(self._town, person, channel, command, options)

    def dismiss(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self._dismissed.add((str(wanted.get("person", "")), str(wanted.get("message_id", ""))))
        return {}

    def _iso(self) -> str:
        return datetime.fromtimestamp(self._town.clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown_trace(record: TraceRecord) -> dict[str, Any]:
    """With the actor by name. A page with this guild alone needs no guild's id."""
    shown: dict[str, Any] = msgspec.to_builtins(record)
    return {key: value for key, value in shown.items() if key != "guild_id"} | {
        "actor": _NAMES.get(record.actor, record.actor)
    }
