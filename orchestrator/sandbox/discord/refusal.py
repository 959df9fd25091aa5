"""How Discord says no: an HTTP status and a body with a code, a message and, for a bad body, where it is
bad."""

from typing import Any

from orchestrator.sandbox.discord.rules import EMPTY
from orchestrator.sandbox.discord.shapes import Problem, error_tree

_KNOWN = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10008: (404, "Unknown Message"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    30034: (400, "Max number of daily application command creates has been reached (200)"),
    40060: (400, "Interaction has already been acknowledged."),
    50001: (403, "Missing Access"),
    50006: (400, "Cannot send an empty message"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50035: (400, "Invalid Form Body"),
    50041: (400, "Invalid API version provided"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


class Refusal(Exception):
    """Discord's answer to what breaks its rules. `status` and `body` are what goes over the wire."""

    def __init__(self, code: int, errors: dict[str, Any] | None = None) -> None:
        self.code = code
        self.status, self.message = _KNOWN[code]
        self.errors = errors
        super().__init__(f"HTTP {self.status}, code {code}: {self.message}{f' {errors}' if errors else ''}")

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        return body | {"errors": self.errors} if self.errors else body


def refuse_if(problems: list[Problem]) -> None:
    """Raise Discord's refusal of a body with these problems; do nothing if there are none."""
    if problems and all(found.code == EMPTY for found in problems):
        raise Refusal(50006)
    if problems:
        raise Refusal(50035, error_tree(problems))
