"""Whether a receiver has to be told: Alertmanager's decision, with a reason in the place of a boolean.

Source: `needsUpdate` in Alertmanager's notify/dedup_stage.go. Its table of cases is among our tests.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Literal

Reason = Literal["first", "more fire", "over", "some are over", "still", ""]


def needs_telling(
    told: tuple[AbstractSet[str], AbstractSet[str], int] | None,
    firing: AbstractSet[str],
    over: AbstractSet[str],
    *,
    tell_over: bool,
    repeat: int,
    now: int,
) -> Reason:
    """Why a receiver is to be told; empty when it is not.

    told: what it was told to fire, what it was told to be over, and when; None if it knows nothing. What came and went
    without its knowing is not told to it: whoever keeps count puts that into a digest.
    """
    if told is None:
        return "first" if firing else ""
    knows_firing, knows_over, at = told
    if not firing <= knows_firing:
        return "more fire"
    if not firing:
        return "over" if knows_firing else ""
    if tell_over and not over <= knows_over:
        return "some are over"
    return "still" if at < now - repeat else ""
