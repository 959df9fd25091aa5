"""Which of Discord's rate limits are closed, and until when, as Discord's own answers tell.

No limit is written down here: Discord says not to, and announces each with its answers. The exception is the one
that Discord never announces: an address that keeps being refused is blocked. What is remembered lives in this
process only; another one learns it by its first refusal.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

EVERYTHING = "everything"
"""The key under which a block of our address (a proxy's page instead of Discord's answer) is remembered."""

BOT = "bot"
"""The key of the limit over all of a bot's requests. Replies to interactions do not count towards it."""

BLOCK_SECONDS = 60.0
"""How long nothing is sent after a proxy has refused us without saying for how long."""

OLD_EDITS_SECONDS = 10.0
"""How long a channel's messages are not edited after Discord has said that old ones are edited too often (30046),
which it does without saying for how long."""

MOST_INVALID, INVALID_WINDOW = 10, 600.0
"""So many refusals (401, 403, 429) in so many seconds, and nothing more is sent until the oldest is out of sight.
Discord blocks an address after 10,000 in ten minutes, and the address of a Lambda function is shared with strangers."""

_OLD_MESSAGE_EDITS = 30046


class RateLimits:
    """Remembers closed limits. `monotonic` gives seconds on a clock that never goes back."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open_at: dict[str, float] = {}
        self._invalid: deque[float] = deque()

    def full_for(self) -> float | None:
        """Seconds until there is room for another refusal, or None if there is now."""
        now = self._monotonic()
        while self._invalid and self._invalid[0] + INVALID_WINDOW <= now:
            self._invalid.popleft()
        if len(self._invalid) < MOST_INVALID:
            return None
        return self._invalid[-MOST_INVALID] + INVALID_WINDOW - now

    def closed_for(self, *keys: str) -> float | None:
        """Seconds until all of these limits are open again, or None if they are."""
        now = self._monotonic()
        self._open_at = {key: at for key, at in self._open_at.items() if at > now}
        waits = [self._open_at[key] - now for key in keys if key in self._open_at]
        return max(waits) if waits else None

    def close(self, key: str, seconds: float) -> None:
        """Close a limit for at least so many seconds from now."""
        self._open_at[key] = max(self._monotonic() + seconds, self._open_at.get(key, -math.inf))

    def heard(self, bucket: str, status: int, headers: Mapping[str, str], body: Any) -> float | None:
        """Learn from an answer. `body` is its decoded JSON, None if it was none. Returns the seconds to wait
        before the next try, if the answer asks for that."""
        if status in (401, 403) or (status == 429 and headers.get("X-RateLimit-Scope") != "shared"):
            self._invalid.append(self._monotonic())
        retry_after = _seconds(body.get("retry_after") if isinstance(body, dict) else None)
        if retry_after is None:
            retry_after = _seconds(headers.get("Retry-After"))
        if body is None and status in (403, 429):
            retry_after = BLOCK_SECONDS if retry_after is None else retry_after
            self.close(EVERYTHING, retry_after)
        elif status == 429:
            whole = headers.get("X-RateLimit-Global") == "true" or headers.get("X-RateLimit-Scope") == "global"
            whole = whole or (isinstance(body, dict) and body.get("global") is True)
            if retry_after is None:
                unsaid = OLD_EDITS_SECONDS if _code(body) == _OLD_MESSAGE_EDITS else 1.0
                retry_after = _seconds(headers.get("X-RateLimit-Reset-After")) or unsaid
            self.close(BOT if whole else bucket, retry_after)
        elif headers.get("X-RateLimit-Remaining") == "0":
            # The last request of this window: the next would be refused, and refusals are counted against us.
            self.close(bucket, _seconds(headers.get("X-RateLimit-Reset-After")) or 0.0)
        return retry_after


def _code(body: Any) -> Any:
    return body.get("code") if isinstance(body, dict) else None


def _seconds(value: object) -> float | None:
    """A wait as Discord or a proxy writes it; None for a date or anything else that is no number of
    seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
