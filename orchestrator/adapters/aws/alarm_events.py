"""What CloudWatch hands an alarm's Lambda action, and the EventBridge event "CloudWatch Alarm State Change"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from msgspec import Struct

from orchestrator.core.signals import AlarmReading, AlarmState

_STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")


class NotAnAlarm(ValueError):
    """The event is no alarm's change of state, or not one of this account and region."""


class Home(Struct, frozen=True, kw_only=True):
    """The account and region that this function runs in; alarms from elsewhere are not ours."""

    account: str
    region: str


def read_alarm_event(event: Any, home: Home) -> AlarmReading:
    """The alarm's new state, from either shape. Raises NotAnAlarm, never anything else."""
    if not isinstance(event, dict):
        raise NotAnAlarm("the event is not an object")
    if "alarmArn" in event:
        return _from_action(event, home)
    if event.get("detail-type") == "CloudWatch Alarm State Change" and event.get("source") == "aws.cloudwatch":
        return _from_event_bridge(event, home)
    raise NotAnAlarm("the event is no alarm's change of state")


def _from_action(event: dict[str, Any], home: Home) -> AlarmReading:
    data = event.get("alarmData")
    if not isinstance(data, dict):
        raise NotAnAlarm("the event has no alarmData")
    if (
        str(event.get("accountId", home.account)) != home.account
        or str(event.get("region", home.region)) != home.region
    ):
        raise NotAnAlarm("the alarm is not of this account and region")
    return _reading(event.get("alarmArn"), data.get("alarmName"), data.get("state"), home)


def _from_event_bridge(event: dict[str, Any], home: Home) -> AlarmReading:
    detail, resources = event.get("detail"), event.get("resources")
    if not isinstance(detail, dict) or not isinstance(resources, list) or not resources:
        raise NotAnAlarm("the event has no detail or no alarm ARN")
    if str(event.get("account")) != home.account or str(event.get("region")) != home.region:
        raise NotAnAlarm("the alarm is not of this account and region")
    return _reading(resources[0], detail.get("alarmName"), detail.get("state"), home)


def _reading(arn: Any, name: Any, state: Any, home: Home) -> AlarmReading:
    """An ARN is arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME, and NAME may contain colons."""
    parts = str(arn).split(":", 6)
    if len(parts) != 7 or (parts[0], parts[2], parts[5]) != ("arn", "cloudwatch", "alarm"):
        raise NotAnAlarm("the alarm's ARN is malformed")
    if parts[3] != home.region or parts[4] != home.account or not parts[1].startswith("aws"):
        raise NotAnAlarm("the alarm is not of this account and region")
    if not isinstance(name, str) or parts[6] != name:
        raise NotAnAlarm("the alarm's name and ARN differ")
    if not isinstance(state, dict) or state.get("value") not in _STATES:
        raise NotAnAlarm("the alarm's state is not one of OK, ALARM, INSUFFICIENT_DATA")
    return AlarmReading(
        name=name,
        state=cast(AlarmState, state["value"]),
        since=_epoch(state.get("timestamp")),
        reason=str(state.get("reason", ""))[:500],
    )


def _epoch(timestamp: Any) -> int:
    """CloudWatch writes 2026-01-31T09:00:00.123+0000; others write Z or a colon in the offset."""
    try:
        moment = datetime.fromisoformat(str(timestamp))
    except ValueError:
        raise NotAnAlarm("the alarm's time is malformed") from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
