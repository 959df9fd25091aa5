"""What people can look at: reads that change nothing and tell the truth, from the state and from SSM itself."""

from __future__ import annotations

from msgspec import Struct

from orchestrator.app.flags import declared, owner_of
from orchestrator.app.looking import look
from orchestrator.app.moving import plan_of
from orchestrator.app.standing import BOT_FLAGS, standing_plan
from orchestrator.core.calendar import Frozen, frozen
from orchestrator.core.durations import say_duration
from orchestrator.core.engine import clocks, next_decision, say_status, scope_of, soak_ends
from orchestrator.core.engine.readiness import not_ready
from orchestrator.core.engine.scope import gates_here
from orchestrator.core.exposure import reading
from orchestrator.core.facts import Facts, FlagVersion, LiveFlag
from orchestrator.core.gates import ApprovalGate, MetricGate, judge
from orchestrator.core.nearest import nearest
from orchestrator.core.plan import FlagSpec, Plan
from orchestrator.core.rollout import STANDING, BackClock, FlagState, HoldEntry, Rollout, plan_name
from orchestrator.core.targets import Report
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
        """Whether SSM says something else than the state wants. Two texts with one meaning do not differ."""
        wanted = self.state.desired if self.state else None
        if wanted is None or self.live is None or self.live.value == wanted:
            return False
        found = reading(self.live.value)
        return found is None or found != reading(wanted)


class GateView(Struct, frozen=True, kw_only=True):
    """A gate that must open before the rollout goes on. verdict: None while nobody has judged it. name: what tells an
    approval from the others of its stage."""

    label: str
    name: str = ""
    verdict: Verdict | None = None

    @property
    def blocks(self) -> bool:
        return self.verdict is None or not (self.verdict.passed or self.verdict.advisory)


class StatusView(Struct, frozen=True, kw_only=True):
    """verdicts: as the last tick measured them, at `measured_at`. gates: every gate here, what people and probes have
    done as of now. reports: the newest of each probe, job and report. unready: why alarms or unreadable flags stop it,
    empty when they do not. line, freeze: what stops every rollout, and this plan."""

    rollout: Rollout
    plan: Plan
    flags: tuple[FlagView, ...]
    flags_read: bool
    verdicts: tuple[Verdict, ...]
    measured_at: int
    next_decision: int | None
    newer_plan: bool
    now: int
    gates: tuple[GateView, ...] = ()
    reports: tuple[Report, ...] = ()
    unready: str = ""
    line: HoldEntry | None = None
    freeze: Frozen | None = None
    clock: BackClock | None = None

    @property
    def headline(self) -> str:
        return headline(self.rollout, self.plan)

    @property
    def waits_for(self) -> str:
        """Why it is where it is, as of now."""
        rollout = self.rollout
        if rollout.holds:
            return f"held: {rollout.holds[-1].reason} ({rollout.holds[-1].by})"
        if rollout.status not in ("running", "watching"):
            return rollout.waiting_line or say_status(rollout)
        if self.line is not None:
            return f"the line is held by {self.line.by} ({self.line.reason})"
        if self.freeze is not None:
            return f"frozen for {say_duration(self.freeze.until - self.now)} more ({self.freeze.reason})"
        ends = rollout.watch_until if rollout.status == "watching" else soak_ends(self.plan, rollout)
        if ends > self.now and rollout.waiting in ("", "soak", "watch"):
            doing = "watching" if rollout.status == "watching" else "soaks"
            return f"{doing} for {say_duration(ends - self.now)} more"
        return rollout.waiting_line or say_status(rollout)


def headline(rollout: Rollout, plan: Plan) -> str:
    """Where it is, in a few words."""
    if rollout.status == "running":
        where = f"stage {rollout.stage + 1} of {len(plan.stages)}: {rollout.stage_key(plan)}"
        return f"{where}, held" if rollout.holds else where
    held = ", held" if rollout.holds and rollout.status == "watching" else ""
    return say_status(rollout) + held


def find_rollout(outside: Outside, name: str) -> Rollout | str:
    """The live rollout of a plan, or any rollout by its id; else why not, with the names there are, nearest first."""
    live = outside.rollouts.live_of(name) if name != STANDING else None
    rollout = outside.rollouts.load(live or name) if name and name != STANDING else None
    if rollout is not None:
        return rollout
    plans = [entry.name for entry in outside.plans.names() if entry.name != STANDING]
    if name in plans:
        ended = next((r for r in outside.rollouts.recent() if plan_name(r) == name), None)
        return f"{name} has no live rollout{f'; the last one was {ended}' if ended else ' and never had one'}"
    known = [*outside.rollouts.live(), *plans]
    if not known:
        return f"there is no rollout {name}, and no plan is published here yet"
    return f"there is no rollout {name}; there is {', '.join(nearest(name, known)[:10])}"


def status(outside: Outside, rollout: Rollout) -> StatusView:
    plan, now = plan_of(outside, rollout), outside.clock.now()
    facts = look(outside, plan, rollout, now, measure=False)
    verdicts, at = outside.rollouts.last_measured(rollout.id)
    latest = outside.plans.latest(rollout.plan)
    # The verdicts that opened this stage bear its first second; they were the last stage's.
    current = rollout.status in ("running", "watching") and at > rollout.evidence_from
    goes_on = rollout.status in ("running", "watching")
    return StatusView(
        rollout=rollout,
        plan=plan,
        flags=tuple(
            FlagView(name=name, live=facts.flags.get(name), spec=plan.flag(name), state=state, owner=rollout.id)
            for name, state in rollout.flags.items()
        ),
        flags_read=facts.flags_read,
        verdicts=verdicts if current else (),
        measured_at=at if current else 0,
        next_decision=next_decision(plan, rollout, now),
        newer_plan=latest is not None and latest.hash != rollout.plan_hash,
        now=now,
        gates=_gates(plan, rollout, facts, verdicts if current else (), now),
        reports=tuple(found[-1] for found in facts.reports.values() if found),
        unready=not_ready(plan, facts) if goes_on else "",
        line=facts.line if rollout.is_live else None,
        freeze=frozen(plan.freezes, plan.timezone, now) if goes_on else None,
        # The next tick keeps what can be said by now already.
        clock=clocks.live(clocks.seen(plan, rollout, facts, now)),
    )


def _gates(plan: Plan, rollout: Rollout, facts: Facts, measured: tuple[Verdict, ...], now: int) -> tuple[GateView, ...]:
    """What is measured as of the last tick; what people, probes and flags have done since then as of now."""
    known, scope = {verdict.gate: verdict for verdict in measured}, scope_of(plan, rollout, facts, now)
    return tuple(
        GateView(
            label=gate.label,
            name=gate.name if isinstance(gate, ApprovalGate) else "",
            verdict=known.get(gate.label) if isinstance(gate, MetricGate) else judge(gate, scope),
        )
        for gate in gates_here(plan, rollout)
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


__all__ = [
    "FlagView",
    "GateView",
    "StatusView",
    "find_rollout",
    "flag",
    "flags",
    "headline",
    "history",
    "plans",
    "rollouts",
    "status",
]
