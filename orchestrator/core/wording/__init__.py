"""What Switchback says in the channel about what it did. Each notice: what happened, what the state is now, what to do
next. Nothing here claims more than was seen: notices that speak of written flags wait until they are read back.
"""

from __future__ import annotations

from orchestrator.core.wording.back import (
    aborted,
    alarm_cleared,
    may_harm,
    rolled_back,
    safeguard_acted,
    would_have_acted,
)
from orchestrator.core.wording.flags import adopted, drift_settled, drifted, flag_set, kept_safe
from orchestrator.core.wording.forward import (
    approval_wanted,
    blocked,
    changed_outside,
    completed,
    flipped,
    next_step,
    overdue,
    people_wanted,
    stage_entered,
    started,
    summed_up,
    watch_begun,
)
from orchestrator.core.wording.own import own_alarm, tick_failed, unproven
from orchestrator.core.wording.parts import (
    RESUME,
    ROLL_BACK,
    STATUS,
    changes,
    place,
    reads,
    said,
    said_value,
    stage_place,
    when,
    written,
)
from orchestrator.core.wording.people import hold_lifted, line_freed, line_held, paused, resumed

__all__ = [
    "RESUME",
    "ROLL_BACK",
    "STATUS",
    "aborted",
    "adopted",
    "alarm_cleared",
    "approval_wanted",
    "blocked",
    "changed_outside",
    "changes",
    "completed",
    "drift_settled",
    "drifted",
    "flag_set",
    "flipped",
    "hold_lifted",
    "kept_safe",
    "line_freed",
    "line_held",
    "may_harm",
    "next_step",
    "overdue",
    "own_alarm",
    "paused",
    "people_wanted",
    "place",
    "reads",
    "resumed",
    "rolled_back",
    "safeguard_acted",
    "said",
    "said_value",
    "stage_entered",
    "stage_place",
    "started",
    "summed_up",
    "tick_failed",
    "unproven",
    "watch_begun",
    "when",
    "would_have_acted",
    "written",
]
