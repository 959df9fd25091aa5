"""Load, look, decide, save, perform: the one path that every change takes, whoever asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from orchestrator import perform
from orchestrator.core.actors import SWITCHBACK, Actor
from orchestrator.core.audit import GENESIS, AuditEntry, sealed
from orchestrator.core.commands import FLAG_VERBS, Command, Confirmation
from orchestrator.core.effects import Decision, Post, WriteFlag
from orchestrator.core.engine import Event, decide, questions, read_back, reports_of
from orchestrator.core.facts import Facts, Written
from orchestrator.core.gates import Evidence
from orchestrator.core.notices import Action
from orchestrator.core.plan import Plan
from orchestrator.core.rollout import STANDING, FlagState, HoldEntry, Rollout
from orchestrator.core.signals import AlarmReading
from orchestrator.core.targets import Report
from orchestrator.ports import Conflict, Outside, Refused, Transition, Unavailable

TRIES = 6
"""How often a decision is made anew because somebody else moved first."""

CARD_LIFE = 30 * 86_400
"""Seconds for which a button under a notice opens a preview."""


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a request: the engine's decision, what was written and read back, and how long it took."""

    kind: str
    reason: str
    rollout: Rollout | None = None
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


def look(
    outside: Outside, plan: Plan, rollout: Rollout, now: int, *, measure: bool = True, also: Sequence[str] = ()
) -> Facts:
    """What one decision may look at, and the flags `also` named. What cannot be read is left out and said to be."""
    alarms, alarms_read = read_alarms(outside, plan)
    evidence = _evidence(outside, rollout) if measure else {}
    wanted = questions(plan, rollout, evidence, now) if measure else ()
    answers = outside.signals.measure(wanted, now) if wanted else {}
    names = dict.fromkeys([*rollout.flags, *(spec.name for spec in plan.flags), *also])
    seen = look_at_flags(outside, rollout, names)
    completed, completed_read = _completed(outside, plan, rollout)
    return structs.replace(
        seen,
        alarms=alarms,
        alarms_read=alarms_read,
        evidence=evidence,
        answers=answers,
        reports=_reports(outside, plan, rollout),
        completed=completed,
        completed_read=completed_read,
        line=line_of(outside),
    )


def _evidence(outside: Outside, rollout: Rollout) -> dict[str, Evidence]:
    """What is lost is measured anew, so that a table that cannot be read keeps no safeguard from being judged."""
    try:
        return outside.rollouts.evidence(rollout.id)
    except (Unavailable, Refused):
        return {}


REPORT_AGE = 90 * 86_400
"""Seconds: a report may be as old as this where a gate says that it may be older than the stage."""


def _reports(outside: Outside, plan: Plan, rollout: Rollout) -> dict[str, tuple[Report, ...]]:
    names = reports_of(plan, rollout)
    if not names:
        return {}
    try:
        return outside.reports.since(plan.name, names, max(0, rollout.started_at - REPORT_AGE))
    except (Unavailable, Refused):
        return {}


def _completed(outside: Outside, plan: Plan, rollout: Rollout) -> tuple[dict[str, str], bool]:
    """Only a start asks for it, and only of a plan that has environments. False: it could not be read."""
    if not plan.environments or rollout.version:
        return {}, True
    try:
        return outside.completions.of(plan.name, plan.environments), True
    except (Unavailable, Refused):
        return {}, False


def line_of(outside: Outside) -> HoldEntry | None:
    """Why every rollout stands still, None when none does. It lies in the standing set."""
    standing = outside.rollouts.load(STANDING)
    holds = standing.holds if standing is not None else ()
    return next((entry for entry in holds if entry.kind == "line"), None)


def look_at_flags(outside: Outside, rollout: Rollout, names: Iterable[str]) -> Facts:
    """The flags alone, with who wrote those that are not as the state wants them."""
    try:
        flags = outside.flags.read(names)
        marks = {
            name: mark
            for name, live in flags.items()
            if name in rollout.flags
            and rollout.flags[name].desired not in (None, live.value)
            and (mark := outside.flags.mark(name)) is not None
        }
    except (Unavailable, Refused):
        return Facts(flags_read=False)
    return Facts(flags=flags, marks=marks)


def read_alarms(outside: Outside, plan: Plan) -> tuple[dict[str, AlarmReading], bool]:
    names = plan.alarms()
    if not names:
        return {}, True
    try:
        return outside.signals.alarms(names), True
    except (Unavailable, Refused):
        return {}, False


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
    for _ in range(TRIES):
        rollout = outside.rollouts.load(rollout_id)
        if rollout is None:
            return Outcome(kind="refuse", reason=f"there is no rollout {rollout_id}")
        now = outside.clock.now()
        pinned = plan or plan_of(outside, rollout)
        rollout = aware_of_fences(outside, rollout, pinned) if rollout.id == STANDING else rollout
        facts = _facts_for(outside, pinned, rollout, event, now)
        decision = decide(pinned, rollout, event, facts, now)
        if decision.kind == "refuse" or decision.rollout is None:
            return Outcome(kind="refuse", reason=decision.reason, rollout=rollout)
        try:
            saved = save(outside, rollout, decision, pinned, actor=actor, event=event, trace_id=trace_id, now=now)
        except Conflict:
            continue
        settled = read_back(saved, facts)
        if settled:
            saved = outside.rollouts.verified(saved.id, settled, now) or saved
        if decision.verdicts or decision.evidence:
            outside.rollouts.measured(saved.id, decision.verdicts, now, decision.evidence)
        saved, written = carry_out(outside, saved, decision, actor=actor, event=event)
        return Outcome(
            kind=decision.kind,
            reason=decision.reason,
            rollout=saved,
            written=written,
            ms=outside.clock.now_ms() - started,
        )
    raise Conflict(f"{rollout_id} is moved by others faster than it can be decided")


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
    outside.rollouts.save(
        Transition(
            before=before,
            after=after,
            effects=decision.outgoing,
            entry=entry,
            interaction_id=command.interaction_id if command else "",
            confirmation=command.confirmation if command else "",
            cards=_cards(outside, after, decision, now),
        )
    )
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
        perform.empty_outbox(outside, rollout, only_arming=True)
    if decision.writes:
        rollout, written = perform.write_flags(outside, rollout, decision.writes, **marks)
    if decision.kind in GOING_BACK:
        strays = _strays(outside, rollout, written)
        if strays:
            rollout, more = perform.write_flags(outside, rollout, strays, **marks)
            written = (*written, *more)
    if rollout.effect_seq:
        perform.empty_outbox(outside, rollout)
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
