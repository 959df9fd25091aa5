"""Something else has changed: a deploy, a migration, a load test. What was measured before it no longer counts."""

from __future__ import annotations

from msgspec import structs

from orchestrator.core import wording
from orchestrator.core.effects import Decision, Post
from orchestrator.core.engine.moves import without_approvals
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import ChangeMarker, Rollout


def changed(plan: Plan, rollout: Rollout, marker: ChangeMarker, now: int) -> Decision:
    """Evidence counts afresh, and people are asked anew; flags, soak and holds stay. The same marker counts once."""
    if rollout.status not in ("running", "watching"):
        return Decision(kind="hold", rollout=rollout, reason=f"{rollout.id} exposes nothing; {marker.what} is noted")
    if marker.plans and plan.name not in marker.plans:
        return Decision(kind="hold", rollout=rollout, reason=f"{marker.what} does not concern {plan.name}")
    if marker == rollout.marker:
        return Decision(kind="hold", rollout=rollout, reason=f"{marker.what} was noted already")
    fresh = structs.replace(
        without_approvals(plan, rollout),
        marker=marker,
        evidence_from=now,
        waiting="",
        waiting_line="",
        told=tuple(code for code in rollout.told if not code.startswith(("ask:", "blocked:", "people:"))),
        transition=rollout.transition + 1,
    )
    post = Post(notice=wording.changed_outside(fresh, plan, marker, now))
    return Decision(
        kind="hold", rollout=fresh, reason=f"{marker.what} changed; evidence counts afresh", effects=(post,)
    )
