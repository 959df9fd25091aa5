"""What people can look at: reads that change nothing and tell the truth, from the state and from SSM itself."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.app.alarms import UNDER_NO_ALARM, standing_in_alarm
from orchestrator.app.flags import declared, owner_of, prepare
from orchestrator.app.moving import look, plan_of
from orchestrator.app.standing import BOT_FLAGS, standing_plan
from orchestrator.app.starting import decide_start, published_plan, start_binding
from orchestrator.core.commands import FLAG_VERBS, FORWARD, Command
from orchestrator.core.durations import say_duration
from orchestrator.core.effects import Decision, WriteFlag
from orchestrator.core.engine import binding, decide, next_decision, say_status
from orchestrator.core.facts import FlagVersion, LiveFlag
from orchestrator.core.nearest import nearest
from orchestrator.core.plan import FlagSpec, Plan
from orchestrator.core.rollout import STANDING, FlagState, Rollout
from orchestrator.core.verdicts import Verdict
from orchestrator.ports import Outside, Published, Refused, Unavailable


class FlagView(Struct, frozen=True, kw_only=True):
    """One flag as SSM holds it and as the state wants it. `live` None: no parameter, or SSM could not be read."""

    name: str
    live: LiveFlag | None
    spec: FlagSpec | None = None
    state: FlagState | None = None
    owner: str = ""

    @property
    def differs(self) -> bool:
        wanted = self.state.desired if self.state else None
        return wanted is not None and self.live is not None and self.live.value != wanted


class StatusView(Struct, frozen=True, kw_only=True):
    rollout: Rollout
    plan: Plan
    flags: tuple[FlagView, ...]
    flags_read: bool
    verdicts: tuple[Verdict, ...]
    measured_at: int
    next_decision: int | None
    newer_plan: bool
    now: int

    @property
    def headline(self) -> str:
        rollout = self.rollout
        if rollout.status == "running":
            where = f"stage {rollout.stage + 1} of {len(self.plan.stages)}: {rollout.stage_key(self.plan)}"
            return f"{where}, held" if rollout.holds else where
        held = ", held" if rollout.holds and rollout.status == "watching" else ""
        return say_status(rollout) + held

    @property
    def waits_for(self) -> str:
        """Why it is where it is, as of now."""
        rollout = self.rollout
        if rollout.holds:
            return f"held: {rollout.holds[-1].reason} ({rollout.holds[-1].by})"
        if rollout.status == "watching":
            return f"watching for {say_duration(rollout.watch_until - self.now)} more"
        if rollout.status == "running" and self.next_decision and rollout.waiting in ("", "soak"):
            return f"soaks for {say_duration(self.next_decision - self.now)} more"
        return rollout.waiting_line or say_status(rollout)


class Preview(Struct, frozen=True, kw_only=True):
    """What a command would do now. `refusal` is empty when it may go on; `bound_to` is what its button is bound to."""

    writes: tuple[WriteFlag, ...] = ()
    refusal: str = ""
    bound_to: str = ""
    rollout: Rollout | None = None
    plan: Plan | None = None
    reason: str = ""


def find_rollout(outside: Outside, name: str) -> Rollout | str:
    """The live rollout of a plan, or any rollout by its id; else why not, with the names there are, nearest first."""
    live = outside.rollouts.live_of(name) if name != STANDING else None
    rollout = outside.rollouts.load(live or name) if name and name != STANDING else None
    if rollout is not None:
        return rollout
    plans = [entry.name for entry in outside.plans.names() if entry.name != STANDING]
    if name in plans:
        ended = next((r for r in outside.rollouts.recent() if r.rsplit("-", 1)[0] == name), None)
        return f"{name} has no live rollout{f'; the last one was {ended}' if ended else ' and never had one'}"
    known = [*outside.rollouts.live(), *plans]
    if not known:
        return f"there is no rollout {name}, and no plan is published here yet"
    return f"there is no rollout {name}; there is {', '.join(nearest(name, known)[:10])}"


def status(outside: Outside, rollout: Rollout) -> StatusView:
    plan = plan_of(outside, rollout)
    live, flags_read = _read(outside, list(rollout.flags))
    verdicts, at = outside.rollouts.last_measured(rollout.id)
    latest = outside.plans.latest(rollout.plan)
    now = outside.clock.now()
    # The verdicts that opened this stage bear its first second; they were the last stage's.
    current = rollout.status == "running" and at > rollout.evidence_from
    return StatusView(
        rollout=rollout,
        plan=plan,
        flags=tuple(
            FlagView(name=name, live=live.get(name), spec=plan.flag(name), state=state, owner=rollout.id)
            for name, state in rollout.flags.items()
        ),
        flags_read=flags_read,
        verdicts=verdicts if current else (),
        measured_at=at if current else 0,
        next_decision=next_decision(plan, rollout, now),
        newer_plan=latest is not None and latest.hash != rollout.plan_hash,
        now=now,
    )


def flags(outside: Outside) -> tuple[FlagView, ...]:
    """Every flag under the prefix, with whoever owns it. Raises Unavailable when SSM cannot be read."""
    live = outside.flags.all()
    owners = outside.rollouts.owners(live)
    states: dict[str, FlagState] = {}
    specs = {**declared(outside), **{spec.name: spec for spec in BOT_FLAGS}}
    standing = outside.rollouts.load(STANDING)
    if standing is not None:
        states.update(standing.flags)
        specs.update((spec.name, spec) for spec in standing_plan(outside, standing).flags)
    for rollout_id in dict.fromkeys(owners.values()):
        rollout = outside.rollouts.load(rollout_id)
        if rollout is not None:
            specs.update((spec.name, spec) for spec in plan_of(outside, rollout).flags)
            states.update(rollout.flags)
    return tuple(
        FlagView(name=name, live=found, spec=specs.get(name), state=states.get(name), owner=owners.get(name, ""))
        for name, found in sorted(live.items())
    )


def flag(outside: Outside, name: str) -> FlagView | str:
    try:
        live = outside.flags.read([name])
    except Unavailable:
        return "SSM cannot be read now"
    except Refused:  # no parameter can have such a name
        live = {}
    if name not in live:
        names = sorted(outside.flags.all())
        return f"there is no flag {name}; there is {', '.join(nearest(name, names)[:8]) or 'none yet'}"
    spec, rollout, _ = owner_of(outside, name)
    owner = "" if rollout.id == STANDING else rollout.id
    return FlagView(name=name, live=live[name], spec=spec, state=rollout.flags.get(name), owner=owner)


def history(outside: Outside, name: str) -> list[FlagVersion]:
    return outside.flags.history(name)


def plans(outside: Outside) -> list[Published]:
    return [entry for entry in outside.plans.names() if entry.name != STANDING]


def rollouts(outside: Outside, limit: int = 10) -> list[Rollout]:
    """Live ones first, then the newest of the others."""
    ids = dict.fromkeys([*outside.rollouts.live(), *outside.rollouts.recent(limit)])
    found = [outside.rollouts.load(rollout_id) for rollout_id in ids if rollout_id != STANDING]
    return sorted((r for r in found if r is not None), key=lambda r: (not r.is_live, -r.started_at))[:limit]


def preview(outside: Outside, command: Command) -> Preview:
    """Exactly what the command would write, by the very decision that would be carried out."""
    now = outside.clock.now()
    if command.verb == "start":
        return _preview_start(outside, command, now)
    if command.verb in FLAG_VERBS:
        prepared = prepare(outside, command)
        if isinstance(prepared, str):
            return Preview(refusal=prepared)
        rollout, plan, command = prepared
    else:
        found = find_rollout(outside, command.target)
        if isinstance(found, str):
            return Preview(refusal=found)
        rollout, plan = found, plan_of(outside, found)
        if command.verb in UNDER_NO_ALARM and (against := standing_in_alarm(outside, rollout.flags)):
            return Preview(refusal=f"{against}; nothing goes on under it", rollout=rollout, plan=plan)
    also = [command.target] if command.verb in FLAG_VERBS else []
    facts = look(outside, plan, rollout, now, measure=command.verb == "approve", also=also)
    decision = decide(plan, rollout, command, facts, now)
    return _previewed(rollout, plan, command, decision)


def _preview_start(outside: Outside, command: Command, now: int) -> Preview:
    decided = decide_start(outside, command, now)
    if isinstance(decided, str):
        return Preview(refusal=decided)
    plan, decision = decided
    if decision.rollout is None:
        return Preview(refusal=decision.reason, plan=plan)
    bound = start_binding(decision.rollout.plan_hash)
    return Preview(writes=decision.writes, bound_to=bound, rollout=decision.rollout, plan=plan, reason=decision.reason)


def _previewed(rollout: Rollout, plan: Plan, command: Command, decision: Decision) -> Preview:
    if decision.kind == "refuse":
        return Preview(refusal=decision.reason, rollout=rollout, plan=plan)
    bound = binding(rollout) if command.verb in FORWARD and command.verb not in FLAG_VERBS else ""
    return Preview(writes=decision.writes, bound_to=bound, rollout=decision.rollout, plan=plan, reason=decision.reason)


def _read(outside: Outside, names: list[str]) -> tuple[dict[str, LiveFlag], bool]:
    try:
        return outside.flags.read(names), True
    except (Unavailable, Refused):
        return {}, False


__all__ = [
    "FlagView",
    "Preview",
    "StatusView",
    "find_rollout",
    "flag",
    "flags",
    "history",
    "plans",
    "preview",
    "published_plan",
    "rollouts",
    "status",
]
