"""Safeguards: judged before everything else, armed while paused, held, waiting for people, and through the watch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from orchestrator.core import wording
from orchestrator.core.effects import Arm, Decision, Disarm, Effect, Post
from orchestrator.core.engine.moves import Moved, between, go_back, hold, keep
from orchestrator.core.facts import Facts
from orchestrator.core.gates import judge_breach, question
from orchestrator.core.plan import AlarmCondition, Hold, Plan, RollBack, Safeguard, SetFlags, SignalCondition
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import AlarmReading, Wanted


def armed(plan: Plan, rollout: Rollout) -> Iterator[Safeguard]:
    """The safeguards that may act now: the whole plan's, and those that name this stage. In the watch, all."""
    if not rollout.is_live or rollout.status == "aborting":
        return
    here = rollout.stage_key(plan)
    for safeguard in plan.safeguards:
        if not safeguard.stages or rollout.status == "watching" or here in safeguard.stages:
            yield safeguard


def may_act(rollout: Rollout, bound: Sequence[Safeguard], key: str, since: int) -> bool:
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
        for name, value in safeguard.action.values
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
    if not may_act(rollout, bound, alarm.name, alarm.since):
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is in ALARM, but it has acted already")
    return fire(plan, rollout, bound, alarm.name, f"{alarm.name} went to ALARM", now, since=alarm.since)


class Cause(Struct, frozen=True, kw_only=True):
    """Why safeguards act now: an alarm or a signal, with all that it sets off."""

    key: str
    why: str
    since: int
    bound: tuple[Safeguard, ...]


def missed(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Decision | None:
    """What a tick finds: alarms in ALARM whose event never arrived, signals over their bound. All act at once."""
    causes = [*_alarms(plan, rollout, facts), *_breaches(plan, rollout, facts, now)]
    if not causes:
        return None
    moved, outgoing = rollout, list[Effect]()
    for cause in causes:
        decision = fire(plan, moved, cause.bound, cause.key, cause.why, now, since=cause.since)
        assert decision.rollout is not None
        moved = decision.rollout
        outgoing.extend(decision.outgoing)
    effects = (*between(plan, rollout, moved), *outgoing)
    return Decision(kind="safeguard", rollout=moved, reason="; ".join(c.why for c in causes), effects=effects)


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
        if reading is None or reading.state != "ALARM" or reading.since < oldest:
            continue
        if may_act(rollout, bound, name, reading.since):
            yield Cause(key=name, why=f"{name} went to ALARM", since=reading.since, bound=tuple(bound))


def _breaches(plan: Plan, rollout: Rollout, facts: Facts, now: int) -> Iterator[Cause]:
    for safeguard in armed(plan, rollout):
        if isinstance(safeguard.when, SignalCondition):
            condition = safeguard.when.condition
            asked = question(condition, plan.signals_by_name[condition.signal], now, since=rollout.evidence_from)
            verdict = judge_breach(condition, asked, facts.answers.get(asked))
            key = f"signal:{safeguard.key}"
            if verdict.outcome == "fail" and may_act(rollout, [safeguard], key, now):
                yield Cause(key=key, why=verdict.line, since=now, bound=(safeguard,))


def questions(plan: Plan, rollout: Rollout, now: int) -> tuple[Wanted, ...]:
    """What the armed signal safeguards must know; nothing once nothing is exposed."""
    if rollout.status not in ("running", "watching"):
        return ()
    return tuple(
        question(s.when.condition, plan.signals_by_name[s.when.condition.signal], now, since=rollout.evidence_from)
        for s in armed(plan, rollout)
        if isinstance(s.when, SignalCondition) and f"signal:{s.key}" not in rollout.acted
    )


def fire(
    plan: Plan, rollout: Rollout, bound: Sequence[Safeguard], key: str, why: str, now: int, *, since: int
) -> Decision:
    """Act on every safeguard bound to this cause. That everything was safe already is said too: somebody will ask.

    The transition moves in any case: whoever was about to go forward has not seen this.
    """
    moved = rollout
    for safeguard in bound:
        moved, _ = _act(plan, moved, safeguard, now)
        if moved.status != "standing":
            moved = hold(moved, "safeguard", safeguard.key, why, now)
    told = tuple(code for code in moved.told if code != f"cleared:{key}")
    transition = max(moved.transition, rollout.transition + 1)
    moved = structs.replace(moved, acted={**moved.acted, key: since}, told=told, transition=transition)
    writes = between(plan, rollout, moved)
    post = Post(
        channel="alerts",
        notice=wording.safeguard_acted(moved, bound[0], why, writes, now),
        fingerprint=f"safeguard:{key}:{moved.transition}",
        proves=bool(writes),
    )
    return Decision(kind="safeguard", rollout=moved, reason=why, effects=(*writes, post))


def _cleared(rollout: Rollout, alarm: AlarmReading, now: int) -> Decision:
    """OK says so and changes nothing: what a safeguard set stays until a person resumes."""
    if alarm.state != "OK" or alarm.name not in rollout.acted:
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is {alarm.state}; nothing to do")
    post = Post(
        channel="alerts",
        notice=wording.alarm_cleared(rollout, alarm.name, now),
        fingerprint=f"cleared:{alarm.name}:{rollout.acted[alarm.name]}",
    )
    told = structs.replace(rollout, told=(*rollout.told, f"cleared:{alarm.name}"))
    if f"cleared:{alarm.name}" in rollout.told:
        return Decision(kind="hold", rollout=rollout, reason=f"{alarm.name} is OK again, which was said already")
    return Decision(kind="hold", rollout=told, reason=f"{alarm.name} is OK again; nothing changes", effects=(post,))


def _act(plan: Plan, rollout: Rollout, safeguard: Safeguard, now: int) -> Moved:
    match safeguard.action:
        case SetFlags(values=values):
            safer = [(name, value) for name, value in values if _is_safer(plan, rollout, name, value)]
            return keep(plan, rollout, safer, by=f"safeguard {safeguard.key}")
        case RollBack(to=to):
            return go_back(plan, rollout, to, by=f"safeguard {safeguard.key}", now=now)
        case Hold():
            return rollout, ()


def _is_safer(plan: Plan, rollout: Rollout, name: str, value: str) -> bool:
    """Whether `value` is no step away from safe: on a longer ladder it is one, once the flag has gone further back."""
    spec = plan.flag(name)
    current = rollout.desired.get(name)
    return spec is None or current in (None, value) or spec.is_towards_safe(value, current=current)


def bindings(plan: Plan, owner: str) -> tuple[Arm, ...]:
    """What each alarm means by the way that needs SSM alone: the values a `set` names, every flag's safe value for a
    rollback, nothing for a hold (which is armed all the same, so that its alarm is known to be bound)."""
    every_safe = tuple((name, spec.safe) for name in reversed(plan.order_of_setting()) if (spec := plan.flag(name)))
    by_alarm: dict[str, dict[str, str]] = {}
    for safeguard in plan.safeguards:
        if isinstance(safeguard.when, AlarmCondition):
            values = by_alarm.setdefault(safeguard.when.name, {})
            match safeguard.action:
                case SetFlags(values=set_values):
                    values.update(set_values)
                case RollBack():
                    values.update(every_safe)
                case Hold():
                    pass
    return tuple(Arm(alarm=alarm, owner=owner, values=tuple(values.items())) for alarm, values in by_alarm.items())


def disarmed(plan: Plan, owner: str) -> tuple[Disarm, ...]:
    return tuple(Disarm(alarm=arm.alarm, owner=owner) for arm in bindings(plan, owner))
