"""Switchback's own runtime flags. The deployment gives the default; a parameter of that name, once there, wins."""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestrator.ports import Clock, Flags, Refused, Unavailable
from orchestrator.telemetry.logs import get_logger

log = get_logger()

KEPT_FOR = 10
"""Seconds: a toggle made at night is followed within these, and no deployment undoes it."""

JSON_LOGGING = "ENABLE_JSON_LOGGING"
DEBUG_COMMAND = "ENABLE_DEBUG_CMD"
ALERTS = "ENABLE_ALERTS"
ALERT_CHANNEL = "DISCORD_ALERT_CHANNEL_ID"

_CHANNEL = re.compile(r"[0-9]{5,20}", re.ASCII)


class BotFlags:
    """`alert_channel` is the deployment's own; a parameter of that name, once it holds an id, wins."""

    def __init__(self, flags: Flags, clock: Clock, defaults: Mapping[str, bool], alert_channel: str) -> None:
        self._flags, self._clock, self._defaults, self._alert_channel = flags, clock, defaults, alert_channel
        self._kept: dict[str, str] = {}
        self._until = 0

    def is_on(self, name: str) -> bool:
        """What SSM says, at most ten seconds old, or what it said last while it cannot be read; the deployment's
        default where it has no word."""
        value = self._read().get(name)
        return self._defaults[name] if value not in ("true", "false") else value == "true"

    def alert_channel(self) -> str:
        """The id of the channel for alerts, by the same rule."""
        value = self._read().get(ALERT_CHANNEL, "")
        return value if _CHANNEL.fullmatch(value) else self._alert_channel

    def _read(self) -> Mapping[str, str]:
        now = self._clock.now()
        if now >= self._until:
            try:
                found = self._flags.read([*self._defaults, ALERT_CHANNEL])
                self._kept = {name: live.value for name, live in found.items()}
            except (Unavailable, Refused) as problem:
                log.warning("the bot's own flags could not be read", extra={"problem": str(problem)})
            self._until = now + KEPT_FOR
        return self._kept
