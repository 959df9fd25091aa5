"""What may go wrong on the way to Discord: answers in Discord's place, or none."""

from typing import Any, Literal

import msgspec

FaultKind = Literal[
    "429-user", "429-shared", "429-global", "429-html", "429-old-edits",
    "401", "403", "403-html", "404",
    "502", "503", "timeout", "reset", "lost-reply",
]  # fmt: skip
"""429 with its three scopes, as a proxy's page, or because old messages are edited too often (30046, which names no
time); a token, a right or a channel that is missing, and a proxy that blocks; the two 5xx; no answer in time; the
connection closed before anything was done; and closed after it was done ("lost-reply")."""

_REFUSALS: dict[FaultKind, tuple[int, str]] = {
    "401": (0, "401: Unauthorized"),
    "403": (50001, "Missing Access"),
    "404": (10003, "Unknown Channel"),
    "429-old-edits": (30046, "Maximum number of edits to messages older than 1 hour reached. Try again later."),
}

NO_ANSWER: tuple[FaultKind, ...] = ("timeout", "reset", "lost-reply")


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP answer. `body` is JSON, or a page where it is bytes; None for no body."""

    status: int
    body: Any = None
    headers: dict[str, str] = {}


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A fault waiting for a request whose "METHOD /path" contains `on`."""

    kind: FaultKind
    retry_after: float
    on: str = ""


def faulty_answer(fault: Fault, now: int) -> Answer:
    """The answer in Discord's place. Not for the kinds in NO_ANSWER."""
    if fault.kind == "429-html":
        return Answer(
            status=429,
            body=b"<html><head><title>Access denied | discord.com used Cloudflare</title></head></html>",
            headers={"Content-Type": "text/html", "Retry-After": str(round(fault.retry_after) or 1)},
        )
    if fault.kind in _REFUSALS:
        code, message = _REFUSALS[fault.kind]
        return Answer(status=int(fault.kind[:3]), body={"message": message, "code": code})
    if not fault.kind.startswith("429"):
        page = f"<html><head><title>{fault.kind}</title></head></html>".encode()
        return Answer(status=int(fault.kind[:3]), body=page, headers={"Content-Type": "text/html"})
    scope = fault.kind.removeprefix("429-")
    headers = {"Retry-After": str(int(fault.retry_after) + 1), "X-RateLimit-Scope": scope}
    if scope == "global":
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= rate_limit_headers(now, remaining=0, reset_after=fault.retry_after)
    message = "You are being rate limited." if scope != "shared" else "The resource is being rate limited."
    body = {"message": message, "retry_after": fault.retry_after, "global": scope == "global"}
    return Answer(status=429, body=body, headers=headers)


def rate_limit_headers(now: int, *, remaining: int = 4, reset_after: float = 1.0) -> dict[str, str]:
    """The headers with which Discord announces a limit."""
    return {
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{now + reset_after:.3f}",
        "X-RateLimit-Reset-After": f"{reset_after:.3f}",
        "X-RateLimit-Bucket": "80c17d2f203122d936070c88c8d10f33",
    }


class NoAnswer(Exception):
    """The request gets no answer: it ran out of time, or the connection was closed. `kind` says which."""

    def __init__(self, kind: FaultKind) -> None:
        self.kind = kind
        super().__init__(kind)
