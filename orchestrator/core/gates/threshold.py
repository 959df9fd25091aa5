"""`{signal: NAME, below: BOUND, window: 30m}`: a signal against a bound, as gates and safeguards state it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from orchestrator.core.verdicts import Outcome, Verdict

Comparison = Literal["below", "above", "at_most", "at_least"]

LEAST_BAD = 2
"""One bad event shows nothing, however few the requests: at night each failure alone would be over any bound."""

_WORDS = {"below": "below", "above": "above", "at_most": "at most", "at_least": "at least"}


Judge = Literal["sequential", "exact", "point", "errors", "sum", "level"]
"""sequential: a ratio from stage entry, valid at every look; exact: a ratio over one window by its exact bounds; point:
the plain share over one window; errors: the bad events of a ratio, counted; sum: a count over a window; level: a value
in every minute of a window."""

NoData = Literal["hold", "fail", "zero"]


class Threshold(Struct, frozen=True, kw_only=True):
    """A condition on one signal. `limit` is the bound's exact decimal text (0.005 for 0.5 %), `said` as written.

    window: seconds looked back, 0 for a sequential judge, which looks back to stage entry. least: the requests below
    which nothing is decided. allow: how many minutes of a level may break it. no_data: what silence means; `zero` only
    while the signal `alive` has data.
    """

    signal: str
    comparison: Comparison
    limit: str
    said: str
    judge: Judge
    window: int = 1800
    least: int = 0
    allow: int = 0
    no_data: NoData = "hold"
    alive: str = ""

    @property
    def bound(self) -> float:
        return float(self.limit)

    @property
    def rises(self) -> bool:
        """Whether more of it meets the condition, and less of it does not."""
        return self.comparison in ("above", "at_least")

    @property
    def words(self) -> str:
        return f"{_WORDS[self.comparison]} {self.said}"

    def __str__(self) -> str:
        return f"{self.signal} {self.words}"

    def holds(self, value: float) -> bool:
        match self.comparison:
            case "below":
                return value < self.bound
            case "above":
                return value > self.bound
            case "at_most":
                return value <= self.bound
            case "at_least":
                return value >= self.bound

    def says(
        self,
        outcome: Outcome,
        line: str,
        k: int | None = None,
        n: int | None = None,
        *,
        more: int | None = None,
        wait: int | None = None,
    ) -> Verdict:
        """A verdict on this condition; `line` begins with what was seen of its signal."""
        return Verdict(
            gate=str(self),
            outcome=outcome,
            line=f"{self.signal}: {line}",
            k=k,
            n=n,
            bound=self.said,
            more=more,
            wait=wait,
        )


class ThresholdGate(Struct, frozen=True, kw_only=True, tag="threshold"):
    """Passes when the condition held over one whole window that lies inside the stage; without a window, as soon as
    what was seen since evidence began shows it."""

    condition: Threshold
    dry_run: bool = False

    @property
    def label(self) -> str:
        return str(self.condition)
