"""Switchback's own runtime flags. The deployment gives the default; a parameter of that name, once there, wins."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.ports import Clock, Flags, Refused, Unavailable

KEPT_FOR = 10
"""Seconds: a toggle made at night is followed within these, and no deployment undoes it."""

JSON_LOGGING = "ENABLE_JSON_LOGGING"
DEBUG_COMMAND = "ENABLE_DEBUG_CMD"
ALERTS = "ENABLE_ALERTS"


class BotFlags:
    def __init__(self, flags: Flags, clock: Clock, defaults: Mapping[str, bool]) -> None:
        self._flags, self._clock, self._defaults = flags, clock, defaults
        self._kept: dict[str, str] = {}
        self._until = 0

    def is_on(self, name: str) -> bool:
        """What SSM says, at most ten seconds old; the deployment's default where SSM has no word or cannot be read."""
        now = self._clock.now()
        if now >= self._until:
            try:
                self._kept = {found: live.value for found, live in self._flags.read(self._defaults).items()}
            except (Unavailable, Refused):
                self._kept = {}
            self._until = now + KEPT_FOR
        value = self._kept.get(name)
        return self._defaults[name] if value not in ("true", "false") else value == "true"
