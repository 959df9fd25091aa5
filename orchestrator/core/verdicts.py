"""What a judge says of a gate: six answers, never guessed, each with one line that can be checked at 03:12."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Outcome = Literal["pass", "fail", "waiting", "insufficient", "no_data", "error"]


class Verdict(Struct, frozen=True, kw_only=True):
    """`k` of `n` against `bound` where counts are to be had; `line` is the whole verdict in plain words.

    more: about how many more requests would decide it. wait: seconds until it can be decided, about, at the traffic
    seen. Both None where nobody can say. advisory: the gate only tells; whatever the outcome, it blocks nothing.
    """

    gate: str
    outcome: Outcome
    line: str
    k: int | None = None
    n: int | None = None
    bound: str | None = None
    more: int | None = None
    wait: int | None = None
    advisory: bool = False

    @property
    def passed(self) -> bool:
        return self.outcome == "pass"
