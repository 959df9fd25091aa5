"""Time and chance, the real ones."""

from __future__ import annotations

import secrets
import time

from orchestrator.ports import Clock, Ids


class SystemClock(Clock):
    """The machine's clock."""

    def now(self) -> int:
        return int(time.time())

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


class SystemIds(Ids):
    """128 random bits from the operating system, as 22 URL-safe characters."""

    def new(self) -> str:
        return secrets.token_urlsafe(16)
