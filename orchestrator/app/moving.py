"""Load, look, decide, save, perform: the one path that every change takes, whoever asked for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from orchestrator import perform
from orchestrator.app.looking import look, look_at_flags
from orchestrator.core.actors import SWITCHBACK, Actor
from orchestrator.core.audit import GENESIS, AuditEntry, sealed
from orchestrator.core.commands import FLAG_VERBS, Command, Confirmation
from orchestrator.core.effects import Decision, Post, RunTarget, WriteFlag
from orchestrator.core.engine import Event, decide, read_back
from orchestrator.core.facts import Facts, Written
from orchestrator.core.notices import Action
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, FlagState, Rollout
from orchestrator.core.signals import AlarmReading
from orchestrator.core.wording.parts import reads
from orchestrator.ports import Conflict, Outside, Refused, Transition, Unavailable
from orchestrator.telemetry.logs import bound
from orchestrator.telemetry.tracing import step

TRIES = 6
"""How often a decision is made anew because somebody else moved first."""

CARD_LIFE = 30 * 86_400
"""Seconds for which a button under a notice opens a preview."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a request: the engine's decision, what was written and read back, and how long it took. `stage`
    is the one that the rollout is in now; `idle`: nothing was decided but to wait, and nobody is told anything."""

    kind: str
    reason: str
    rollout: Rollout | None = None
    stage: str = ""
    idle: bool = False
    written: tuple[Written, ...] = ()
    ms: int = 0

    @property
    def refused(self) -> bool:
        return self.kind == "refuse"

    @property
    def proven(self) -> bool:
        """Whether every flag that was to move was read back with its new value."""
        return all(report.proven for report in self.written)


class PlanMissing(Refused):
    """A rollout refers to a plan that is not in the table."""


def plan_of(outside: Outside, rollout: Rollout) -> Plan:
    """The plan the rollout is pinned to by its hash, as it runs in this environment."""
    plan = outside.plans.get(rollout.plan_hash)
    if plan is None:
        raise PlanMissing(f"the plan of {rollout.id} is not in the table")
    return plan.within(rollout.environment)


def move(
    outside: Outside,
    rollout_id: str,
    event: Event,
    *,
    actor: Actor = SWITCHBACK,
    trace_id: str = "",
    plan: Plan | None = None,
) -> Outcome:
    """Decide on one rollout and carry it out; again from the start when somebody else moved first.

    plan: a narrower plan than the pinned one, for the standing set. Raises Unavailable, Conflict, AlreadyDone.
    """
    started = outside.clock.now_ms()
    for attempt in range(1, TRIES + 1):
        with step("load", f"attempt {attempt} of {TRIES}" if attempt > 1 else "") as said:
            rollout = outside.rollouts.load(rollout_id)
            if rollout is None:
                return Outcome(kind="refuse", reason=f"there is no rollout {rollout_id}")
            said.note = "; ".join(filter(None, (f"{rollout_id}, version {rollout.version}", said.note)))
            pinned = plan or plan_of(outside, rollout)
            rollout = aware_of_fences(outside, rollout, pinned) if rollout.id == STANDING else rollout
        with bound(**stamp(rollout, rollout.stage_key(pinned))):
            moved = _move_once(outside, pinned, rollout, event, actor=actor, trace_id=trace_id)
        if moved is not None:
            return structs.replace(moved, ms=outside.clock.now_ms() - started)
    raise Conflict(f"{rollout_id} is moved by others faster than it can be decided")


def _move_once(
    outside: Outside, plan: Plan, rollout: Rollout, event: Event, *, actor: Actor, trace_id: str
) -> Outcome | None:
    """None when somebody else moved first."""
    now = outside.clock.now()
    facts = _facts_for(outside, plan, rollout, event, now)
    with step("decide") as said:
        decision = decide(plan, rollout, event, facts, now)
        said.note = f"{decision.kind}: {decision.reason}"
    if decision.kind == "refuse" or decision.rollout is None:
        return Outcome(kind="refuse", reason=decision.reason, rollout=rollout, stage=rollout.stage_key(plan))
    try:
        saved = save(outside, rollout, decision, plan, actor=actor, event=event, trace_id=trace_id, now=now)
    except Conflict:
        return None
    stage = saved.stage_key(plan)
    with bound(**stamp(saved, stage)):
        saved = _recorded(outside, saved, decision, facts, now)
        saved, written = carry_out(outside, saved, decision, actor=actor, event=event)
    return Outcome(
        kind=decision.kind,
        reason=decision.reason,
        rollout=saved,
        stage=stage,
        idle=_is_idle(decision, rollout),
        written=written,
    )


def _is_idle(decision: Decision, before: Rollout) -> bool:
    """Probes that are sent off again are no news: each leaves a trace of its own when it is back."""
    told = any(not isinstance(effect, RunTarget) for effect in decision.effects)
    held = decision.rollout is not None and decision.rollout.holds != before.holds
    return decision.kind == "hold" and not told and not held


def _recorded(outside: Outside, saved: Rollout, decision: Decision, facts: Facts, now: int) -> Rollout:
    """What was seen while looking is kept: flags that read back by now, verdicts, and what judges have seen."""
    settled = read_back(saved, facts)
    if not (settled or decision.verdicts or decision.evidence):
        return saved
    with step("keep what was seen", f"flags read back: {len(settled)}, verdicts: {len(decision.verdicts)}"):
        if settled:
            saved = outside.rollouts.verified(saved.id, settled, now) or saved
        if decision.verdicts or decision.evidence:
            outside.rollouts.measured(saved.id, decision.verdicts, now, decision.evidence)
    return saved


def stamp(rollout: Rollout | None, stage: str) -> dict[str, Any]:
    """What every line says that is logged while a rollout is handled: which, where it is, what its flags are to be."""
    if rollout is None:
        return {}
    flags = {name: reads(value) for name, value in rollout.desired.items()}
    return {"rollout": rollout.id, "rolloutStage": stage, "flagState": flags}


def _facts_for(outside: Outside, plan: Plan, rollout: Rollout, event: Event, now: int) -> Facts:
    """On the way off only the flags are looked at: an off that somebody made a moment ago must not be written over."""
    if isinstance(event, AlarmReading):
        return look_at_flags(outside, rollout, rollout.flags) if event.state == "ALARM" else Facts()
    also = [event.target] if isinstance(event, Command) and event.verb in FLAG_VERBS else []
    return look(outside, plan, rollout, now, also=also)


def aware_of_fences(outside: Outside, rollout: Rollout, plan: Plan) -> Rollout:
    """The standing set with fences no lower than any rollout has given these flags since: it owns none of them."""
    names = dict.fromkeys([*rollout.flags, *(spec.name for spec in plan.flags)])
    highest = outside.rollouts.fences(names)
    raised = {
        name: structs.replace(state, fence=highest[name])
        for name, state in ((name, rollout.flags.get(name, FlagState())) for name in names)
        if highest.get(name, 0) > state.fence
    }
    return structs.replace(rollout, flags={**rollout.flags, **raised}) if raised else rollout


def save(
    outside: Outside,
    before: Rollout | None,
    decision: Decision,
    plan: Plan,
    *,
    actor: Actor,
    event: Event,
    trace_id: str,
    now: int,
) -> Rollout:
    """One conditional write: the next state, its outbox, its audit entry. Nothing is written when nothing changed."""
    assert decision.rollout is not None
    if decision.rollout is before and not decision.outgoing:
        return decision.rollout
    command = event if isinstance(event, Command) else None
    head = before or Rollout(
        id="", plan="", plan_hash="", environment="", status="running", started_at=0, started_by="", reason=""
    )
    entry = sealed(
        AuditEntry(
            rollout=decision.rollout.id,
            seq=head.audit_seq + 1,
            at=now,
            actor_id=actor.user_id,
            actor=actor.name,
            via=actor.via,
            verb=decision.kind,
            reason=(command.reason if command and command.reason else decision.reason)[:1000],
            stage=decision.rollout.stage_key(plan),
            plan_hash=decision.rollout.plan_hash,
            access=outside.access_hash,
            changes=tuple((w.flag, w.from_value, w.to_value) for w in decision.writes),
            trace=trace_id,
            previous=head.audit_head or GENESIS,
        )
    )
    after = structs.replace(
        decision.rollout,
        version=head.version + 1,
        transition_id=outside.ids.new(),
        audit_seq=entry.seq,
        audit_head=entry.hash,
        effect_seq=head.effect_seq + len(decision.outgoing),
        next_check=now,
    )
    transition = Transition(
        before=before,
        after=after,
        effects=decision.outgoing,
        entry=entry,
        interaction_id=command.interaction_id if command else "",
        confirmation=command.confirmation if command else "",
        cards=_cards(outside, after, decision, now),
    )
    with step("save", f"{after.id}, version {after.version}, effects: {len(decision.outgoing)}"):
        outside.rollouts.save(transition)
    return after


def _cards(outside: Outside, rollout: Rollout, decision: Decision, now: int) -> tuple[Confirmation, ...]:
    """What each button under the decision's notices stands for, in the order of the buttons."""
    return tuple(
        card(outside, rollout.plan, action, now)
        for effect in decision.outgoing
        if isinstance(effect, Post)
        for action in effect.notice.actions
    )


def card(outside: Outside, plan: str, action: Action, now: int) -> Confirmation:
    args = {"flag": action.flag} if action.flag else {}
    return Confirmation(
        id=outside.ids.new(),
        kind="card",
        command=Command(verb=action.verb, target=plan, actor=SWITCHBACK, args=args, at=now),
        created_at=now,
        expires_at=now + CARD_LIFE,
    )


GOING_BACK = ("safeguard", "rollback", "abort")
"""Decisions after which every flag is compared with SSM at once, not only those that had to move."""


def carry_out(
    outside: Outside, rollout: Rollout, decision: Decision, *, actor: Actor, event: Event
) -> tuple[Rollout, tuple[Written, ...]]:
    """Arm before anything is exposed, then write and read back, then tell."""
    written: tuple[Written, ...] = ()
    marks = {
        "by": actor.name,
        "why": decision.reason[:300],
        "safeguard": event.name if isinstance(event, AlarmReading) else "",
    }
    if decision.kind == "start":
        with step("arm"):
            perform.empty_outbox(outside, rollout, only_arming=True)
    if decision.writes:
        rollout, written = perform.write_flags(outside, rollout, decision.writes, **marks)
    if decision.kind in GOING_BACK:
        strays = _strays(outside, rollout, written)
        if strays:
            rollout, more = perform.write_flags(outside, rollout, strays, **marks)
            written = (*written, *more)
    if rollout.effect_seq:
        with step("tell") as said:
            left = perform.empty_outbox(outside, rollout)
            said.note = f"waiting: {left}" if left else "nothing waits"
    return rollout, written


def _strays(outside: Outside, rollout: Rollout, written: Sequence[Written]) -> list[WriteFlag]:
    """Flags that somebody has moved by hand since the last tick: going back means them too."""
    done = {report.flag for report in written}
    wanted = {
        name: state
        for name, state in rollout.flags.items()
        if state.desired is not None and state.found is None and name not in done
        if rollout.id != STANDING or state.kept is not None
    }
    try:
        live = outside.flags.read(wanted)
    except (Unavailable, Refused):
        return []
    return [
        WriteFlag(flag=name, from_value=seen.value, to_value=state.desired or "", fence=state.fence)
        for name, state in wanted.items()
        if (seen := live.get(name)) is not None and seen.value != state.desired
    ]
