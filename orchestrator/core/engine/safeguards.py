"""Safeguards: judged before everything else, armed while paused, held, waiting for people, and through the watch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from orchestrator.core import wording
from orchestrator.core.effects import Decision, Effect, Outgoing, Post
from orchestrator.core.engine import clocks, ladder
from orchestrator.core.engine.arming import stored_values
from orchestrator.core.engine.moves import between, go_back, hold, keep, past_return, pinned
from orchestrator.core.engine.raising import ended, raised
from orchestrator.core.engine.scope import armed, cause_key, measured, scope_of
from orchestrator.core.facts import Facts
from orchestrator.core.gates import breach_wanted, judge_breach
from orchestrator.core.plan import AlarmCondition, Climb, Hold, Plan, RollBack, Safeguard, SetFlags
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import AlarmReading, Wanted, newest_end


class Cause(Struct, frozen=True, kw_only=True):
    """Why safeguards act now: an alarm or a signal, with all that it sets off. `since` is the alarm's own change;
    detected_at is when what they act on was to be seen."""

    key: str
    why: str
    since: int
    detected_at: int
    bound: tuple[Safeguard, ...]


def may_act(plan: Plan, rollout: Rollout, bound: Sequence[Safeguard], key: str, since: int) -> bool:
    """Whether a change of state at `since` is one to act on: once until a person resumes.

    In the standing set nobody resumes. There each change of an alarm counts once, and not at all while everything that
    it sets is still kept.
    """
    if rollout.status != "standing":
        return key not in rollout.acted
    kept = all(
        (flag := rollout.flags.get(name)) is not None and flag.kept == value
        for safeguard in bound
        if isinstance(safeguard.action, SetFlags)
        for name, value in stored_values(plan, safeguard.action)
    )
    return key not in rollout.acted or (since > rollout.acted[key] and not kept)


def on_alarm(plan: Plan, rollout: Rollout, alarm: AlarmReading, now: int) -> Decision:
    """An alarm's change of state, delivered by either way in: twice, late or out of order, it acts once."""
    bound = [s for s in armed(plan, rollout) if isinstance(s.when, AlarmCondition) and s.when.name == alarm.name]
    if not bound:
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is not bound to {rollout.id} in this stage")
    if alarm.state != "ALARM":
        return _cleared(rollout, alarm, now)
    if alarm.since < max(rollout.started_at, rollout.resumed_at):
        why = "it is older than the start or the last resume"
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is in ALARM, but {why}")
    acts = [cause for cause in _causes(bound, alarm) if may_act(plan, rollout, cause.bound, cause.key, cause.since)]
    if not acts:
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is in ALARM, but it has acted already")
    return fire(plan, rollout, acts, now)


def missed(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision | None:
    """What a tick finds: alarms in ALARM whose event never arrived, signals over their bound. All act at once."""
    causes = [*_alarms(plan, rollout, facts), *_breaches(plan, rollout, facts, now)]
    return fire(plan, rollout, causes, now) if causes else None


def _causes(bound: Sequence[Safeguard], alarm: AlarmReading) -> Iterator[Cause]:
    """One cause for what acts, and one for what is only tried out."""
    by_key: dict[str, list[Safeguard]] = {}
    for safeguard in bound:
        by_key.setdefault(cause_key(safeguard), []).append(safeguard)
    for key, group in by_key.items():
        why = f"{alarm.name} went to ALARM"
        yield Cause(key=key, why=why, since=alarm.since, detected_at=alarm.since, bound=tuple(group))


def _alarms(plan: Plan, rollout: Rollout, facts: Facts) -> Iterator[Cause]:
    """What DescribeAlarms shows is how things are now, not how they once were: an alarm in ALARM counts although it
    changed just before the resume. Nobody could have resumed under it had it been seen."""
    by_alarm: dict[str, list[Safeguard]] = {}
    for safeguard in armed(plan, rollout):
        if isinstance(safeguard.when, AlarmCondition):
            by_alarm.setdefault(safeguard.when.name, []).append(safeguard)
    oldest = max(rollout.started_at, rollout.resumed_at) if rollout.status == "standing" else rollout.started_at
    for name, bound in by_alarm.items():
        reading = facts.alarms.get(name)
        if reading is not None and reading.state == "ALARM" and reading.since >= oldest:
            for cause in _causes(bound, reading):
                if may_act(plan, rollout, cause.bound, cause.key, reading.since):
                    yield cause


def _breaches(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Iterator[Cause]:
    scope = scope_of(plan, rollout, facts, now)
    for safeguard, when in measured(plan, rollout):
        verdict = judge_breach(when.condition, safeguard.key, scope)
        if verdict.outcome == "fail":
            newest = newest_end(plan.signals_by_name[when.condition.signal], now)
            key = cause_key(safeguard)
            yield Cause(key=key, why=verdict.line, since=now, detected_at=newest, bound=(safeguard,))


def questions(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> tuple[Wanted, ...]:
    """What the armed signal safeguards must know."""
    scope = scope_of(plan, rollout, facts, now)
    return tuple(
        wanted
        for safeguard, when in measured(plan, rollout)
        for wanted in breach_wanted(when.condition, safeguard.key, scope)
    )


def fire(plan: Plan, rollout: Rollout, causes: Sequence[Cause], now: int) -> Decision:
    """Act on every cause. What is only tried out says that it would have, and neither holds nor moves anything."""
    moved, outgoing, acts = rollout, list[Outgoing](), False
    for cause in causes:
        if cause.bound[0].dry_run:
            moved, post = _would_have(moved, cause, now)
            outgoing.append(post)
        else:
            moved, more = _fired(plan, moved, cause, now)
            outgoing.extend(more)
            acts = True
    effects: tuple[Effect, ...] = (*between(plan, rollout, moved), *outgoing)
    why = "; ".join(cause.why for cause in causes)
    return Decision(kind="safeguard" if acts else "hold", rollout=moved, reason=why, effects=effects)


def _would_have(rollout: Rollout, cause: Cause, now: int) -> tuple[Rollout, Post]:
    post = Post(notice=wording.would_have_acted(rollout, cause.bound, cause.why, now))
    return structs.replace(rollout, acted={**rollout.acted, cause.key: cause.since}), post


def _fired(plan: Plan, rollout: Rollout, cause: Cause, now: int) -> tuple[Rollout, tuple[Outgoing, ...]]:
    """That everything was safe already is said too: somebody will ask. The transition moves in any case: whoever was
    about to go forward has not seen this."""
    stays, fixed = past_return(plan, rollout), pinned(plan, rollout)
    moved, outgoing = rollout, tuple[Outgoing, ...]()
    for safeguard in cause.bound:
        moved, more = _act(plan, moved, safeguard, cause.why, now, stays)
        outgoing += more
        if moved.status != "standing":
            moved = hold(moved, "safeguard", safeguard.key, cause.why, now)
    told = tuple(code for code in moved.told if code != f"cleared:{cause.key}")
    transition = max(moved.transition, rollout.transition + 1)
    moved = structs.replace(moved, acted={**moved.acted, cause.key: cause.since}, told=told, transition=transition)
    writes = between(plan, rollout, moved)
    moved = clocks.started(plan, moved, rollout, cause.why, cause.detected_at, now)
    left = [name for s in cause.bound if isinstance(s.action, SetFlags) for name, _ in s.action.values if name in fixed]
    notice = wording.safeguard_acted(
        moved, cause.bound, cause.why, writes, now, no_return=stays, pinned=left if not stays else ()
    )
    when = cause.bound[0].when
    alert = raised(
        moved,
        f"safeguard:{cause.key}",
        cause.bound[0].severity,
        notice,
        alarm=when.name if isinstance(when, AlarmCondition) else "",
        proves=bool(writes),
    )
    return moved, (alert, *outgoing)


def _act(
    plan: Plan, rollout: Rollout, safeguard: Safeguard, why: str, now: int, stays: str
) -> tuple[Rollout, tuple[Outgoing, ...]]:
    """stays: the stage without return that it is past. There, no flag goes back by itself."""
    by = f"safeguard {safeguard.key}"
    match safeguard.action:
        case Hold():
            return rollout, ()
        case Climb():
            return _climb(plan, rollout, why, now)
        case SetFlags() | RollBack() if stays:
            return _climb(plan, rollout, why, now)
        case SetFlags() as action:
            fixed = pinned(plan, rollout)
            values = [(name, text) for name, text in stored_values(plan, action) if name not in fixed]
            safer = [(name, text) for name, text in values if _is_safer(plan, rollout, name, text)]
            return keep(plan, rollout, safer, by=by)[0], ()
        case RollBack(to=to):
            return go_back(plan, rollout, to, by=by, now=now)[0], ()


def _climb(plan: Plan, rollout: Rollout, why: str, now: int) -> tuple[Rollout, tuple[Outgoing, ...]]:
    if not plan.ladder:
        return rollout, ()
    decision = ladder.begin(plan, rollout, why, now)
    return decision.rollout or rollout, decision.outgoing


def _is_safer(plan: Plan, rollout: Rollout, name: str, text: str) -> bool:
    """Whether it is no step away from safe: on a longer ladder it is one, once the flag has gone further back."""
    spec = plan.flag(name)
    current = rollout.desired.get(name)
    return spec is None or current in (None, text) or spec.is_towards_safe(text, current=current)


def _cleared(rollout: Rollout, alarm: AlarmReading, now: int) -> Decision:
    """OK says so and changes nothing: what a safeguard set stays until a person resumes."""
    if alarm.state != "OK" or alarm.name not in rollout.acted:
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is {alarm.state}; nothing to do")
    over = ended(rollout, f"safeguard:{alarm.name}", wording.alarm_cleared(rollout, alarm.name), now)
    told = structs.replace(rollout, told=(*rollout.told, f"cleared:{alarm.name}"))
    if f"cleared:{alarm.name}" in rollout.told:
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is OK again, which was said already")
    return Decision(kind="hold", rollout=told, reason=f"{alarm.name} is OK again; nothing changes", effects=(over,))
