"""Made-up plans, rollouts and facts, and a small world in which a rollout is played without any adapter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import structs

from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command, Verb
from orchestrator.core.effects import Decision, Post, PublishCompleted, Raise, RunTarget, WriteFlag
from orchestrator.core.engine import Event, begin, bindings, decide, questions
from orchestrator.core.exposure import WHOLE, Cohort, reading
from orchestrator.core.facts import Facts, LiveFlag, Mark
from orchestrator.core.gates import ApprovalGate, ChecklistGate, Evidence, Gate, Threshold, ThresholdGate
from orchestrator.core.gates.threshold import Comparison, Judge
from orchestrator.core.notices import Notice
from orchestrator.core.plan import (
    Action,
    AlarmCondition,
    FlagSpec,
    Flip,
    Plan,
    RollBack,
    Safeguard,
    SetFlags,
    SignalCondition,
    Stage,
    Watch,
    plan_hash,
)
from orchestrator.core.rollout import STANDING, ChangeMarker, FlagState, HoldEntry, Rollout
from orchestrator.core.signals import (
    MINUTE,
    AlarmReading,
    AlarmState,
    CountSignal,
    Measurement,
    MetricQuery,
    RatioSignal,
    ValueSignal,
    Wanted,
)
from orchestrator.core.targets import Report, Result

NOON = 1_760_000_025
"""A time on no whole minute."""

HOUR = 3600
SAFE, LADDER = "false", ("off", "warn", "enforce")

QUERY = MetricQuery(namespace="Shop", metric="Requests")
ERRORS = RatioSignal(name="errors", bad=structs.replace(QUERY, metric="Errors"), total=QUERY)
JOBS = CountSignal(name="jobs", query=structs.replace(QUERY, metric="JobsFailed"))
P95 = ValueSignal(name="p95", query=structs.replace(QUERY, metric="Duration", stat="p95"), unit="ms")
SIGNALS = (ERRORS, JOBS, P95)

ANNA = Actor(user_id="1", name="anna", roles=("engineering",))
OLE = Actor(user_id="2", name="ole", roles=("ops",))
BOTH = Actor(user_id="3", name="bo", roles=("engineering", "ops"))
NOBODY = Actor(user_id="4", name="nora")
PEOPLE = (ANNA, OLE, BOTH, NOBODY)


def boolean(name: str, **more: Any) -> FlagSpec:
    return FlagSpec(name=name, safe=SAFE, **more)


def mode(name: str = "MODE", **more: Any) -> FlagSpec:
    return FlagSpec(name=name, safe="off", ladder=LADDER, **more)


def some(
    value: str = "true", *, percent: float = 0, cohorts: tuple[Cohort, ...] = ()
) -> tuple[str, int, tuple[Cohort, ...]]:
    """`stage("canary", NEW=some(percent=10))`"""
    return value, round(percent * WHOLE / 100), cohorts


def stage(
    key: str,
    *,
    soak: int = 0,
    gates: Iterable[Gate] = (),
    later: dict[str, tuple[str, int]] | None = None,
    more: dict[str, Any] | None = None,
    **flips: str | tuple[str, int, tuple[Cohort, ...]],
) -> Stage:
    """`stage("on", NEW="true", later={"OLD": ("false", 600)}, more={"optional": True})`"""
    delayed = tuple(Flip(flag=name, value=value, after=after) for name, (value, after) in (later or {}).items())
    at_once = tuple(
        Flip(flag=name, value=to) if isinstance(to, str) else Flip(flag=name, value=to[0], share=to[1], cohorts=to[2])
        for name, to in flips.items()
    )
    return Stage(
        key=key,
        flips=at_once + tuple(sorted(delayed, key=lambda flip: flip.after)),
        soak=soak,
        gates=tuple(gates),
        **(more or {}),
    )


JUDGES: dict[str, Judge] = {"errors": "exact", "jobs": "sum", "p95": "level"}


def threshold(signal: str, comparison: Comparison, limit: str, window: int = 600) -> Threshold:
    """A window of 0 is a ratio judged from stage entry."""
    judge = JUDGES[signal] if window else "sequential"
    return Threshold(signal=signal, comparison=comparison, limit=limit, said=limit, judge=judge, window=window)


def gate(
    signal: str = "errors", comparison: Comparison = "below", limit: str = "0.01", window: int = 600
) -> ThresholdGate:
    return ThresholdGate(condition=threshold(signal, comparison, limit, window))


def people(*roles: str, any_of: bool = False) -> ApprovalGate:
    return ApprovalGate(roles=roles, any_of=any_of)


def checklist(*items: str, **more: Any) -> ChecklistGate:
    return ChecklistGate(items=items, **more)


def on_alarm(name: str, action: Action | None = None, **more: Any) -> Safeguard:
    key = more.pop("key", name)
    return Safeguard(key=key, when=AlarmCondition(name=name), action=action or RollBack(), **more)


def on_signal(
    signal: str, comparison: Comparison, limit: str, action: Any = None, *, window: int = 600, **more: Any
) -> Safeguard:
    when = SignalCondition(condition=threshold(signal, comparison, limit, window))
    return Safeguard(key=f"{signal}-{comparison}", when=when, action=action or RollBack(), **more)


def sets(**values: str) -> SetFlags:
    return SetFlags(values=tuple(values.items()))


def made_plan(
    *stages: Stage,
    flags: Iterable[FlagSpec] = (),
    safeguards: Iterable[Safeguard] = (),
    watch: int | Watch = HOUR,
    **more: Any,
) -> Plan:
    """A plan over these stages; flags that are not declared are boolean, with false as their safe value."""
    declared = {flag.name: flag for flag in flags}
    flips = [flip for entry in stages for flip in entry.flips]
    undeclared = [boolean(name) for name in dict.fromkeys(flip.flag for flip in flips) if name not in declared]
    partly = {flip.flag for flip in flips if flip.share < WHOLE or flip.cohorts}
    return Plan(
        name="shop",
        title="A made-up plan",
        flags=tuple(
            structs.replace(spec, is_definition=spec.name in partly) for spec in (*declared.values(), *undeclared)
        ),
        signals=SIGNALS,
        stages=tuple(stages),
        safeguards=tuple(safeguards),
        watch=Watch(length=watch) if isinstance(watch, int) else watch,
        **more,
    )


def two_stages(**more: Any) -> Plan:
    """READS in the first stage, WRITES in the second; ten minutes each."""
    return made_plan(stage("reads", soak=600, READS="true"), stage("writes", soak=600, WRITES="true"), **more)


def exposure(plan: Plan, flag: str, text: str) -> float:
    """Steps away from safe of what a parameter holds, over everybody. A cohort counts as one subject in ten."""
    spec, setting = plan.flag(flag), reading(text)
    assert spec is not None
    assert setting is not None, text
    steps = {value: abs(spec.ladder.index(value) - spec.ladder.index(spec.safe)) for value in setting.values}
    rest = steps[setting.values[-1]]
    exposed = 1 - (1 - setting.share / WHOLE) * 0.9 ** len(setting.cohorts)
    return rest + exposed * (steps[setting.value] - rest)


class World:
    """SSM, alarms and signals as one rollout sees them. Every decision is applied and kept in `decisions`.

    `flags` can be read while `readable`, and written while `writable`; each signal is `healthy`, `bad`, `silent`,
    `sparse` (one minute with data in all) or `broken`. A probe or job that is run answers at once, as `answers` says.
    """

    def __init__(
        self, plan: Plan, *, now: int = NOON, standing: bool = False, live: dict[str, str] | None = None
    ) -> None:
        self.plan, self.now = plan, now
        first = {spec.name: spec.baseline or spec.safe for spec in plan.flags} | (live or {})
        self.flags = {name: LiveFlag(name=name, value=value, version=1) for name, value in first.items()}
        self.marks: dict[str, Mark] = {}
        self.alarms = {name: AlarmReading(name=name, state="OK", since=now - HOUR) for name in plan.alarms()}
        self.signals = {signal.name: "healthy" for signal in plan.signals}
        self.readable = self.writable = self.alarms_readable = True
        self.evidence: dict[str, Evidence] = {}
        self.reports: dict[str, tuple[Report, ...]] = {}
        self.answers: dict[str, Result] = {}
        self.line: HoldEntry | None = None
        self.completed: list[PublishCompleted] = []
        self.decisions: list[Decision] = []
        self.written: list[WriteFlag] = []
        blank = Rollout(
            id=STANDING if standing else "shop-1",
            plan=plan.name,
            plan_hash=plan_hash(plan),
            environment="dev",
            status="standing" if standing else "running",
            started_at=now,
            started_by="anna",
            reason="a try",
        )
        if standing:
            self.rollout = blank
        else:
            decision = begin(plan, blank, self.facts(None), {}, now)
            assert decision.rollout is not None, decision.reason
            self._apply(decision)

    # -- what happens ----------------------------------------------------------------------------------------------

    def tick(self, after: int = MINUTE) -> Decision:
        self.now += after
        return self.happens(None)

    def ticks(self, seconds: int) -> Decision:
        """A tick every minute; the last decision."""
        for _ in range(seconds // MINUTE):
            decision = self.tick()
        return decision

    def asks(self, verb: Verb, actor: Actor = ANNA, *, target: str = "shop", after: int = 1, **args: str) -> Decision:
        self.now += after
        return self.happens(Command(verb=verb, target=target, actor=actor, reason="a reason", args=args))

    def alarm(self, name: str, state: AlarmState = "ALARM", *, since: int | None = None, after: int = 1) -> Decision:
        """The alarm changes, and its event arrives at once. With `since`, only an event about an older change arrives."""
        self.now += after
        reading = AlarmReading(name=name, state=state, since=self.now if since is None else since)
        if since is None and name in self.alarms:
            self.alarms[name] = reading
        return self.happens(reading)

    def goes(self, name: str, state: AlarmState = "ALARM") -> None:
        """The alarm changes, and no event arrives."""
        self.alarms[name] = AlarmReading(name=name, state=state, since=self.now)

    def elsewhere(self, what: str = "a deploy", *plans: str) -> Decision:
        """Something else changes, and says so."""
        self.now += 1
        return self.happens(ChangeMarker(what=what, at=self.now, plans=plans))

    def reported(self, name: str, result: Result = "pass", **more: Any) -> None:
        found = Report(name=name, at=self.now, result=result, **more)
        self.reports[name] = (*self.reports.get(name, ()), found)

    def hold_line(self, held: bool = True) -> None:
        """Somebody holds the line, or frees it, in the standing set."""
        self.line = HoldEntry(kind="line", by="ole", reason="an incident", since=self.now) if held else None

    def by_hand(self, flag: str, value: str | None) -> None:
        """Somebody changes the parameter, or deletes it."""
        version = self.flags[flag].version + 1 if flag in self.flags else 100
        self.marks.pop(flag, None)
        if value is None:
            self.flags.pop(flag, None)
        else:
            self.flags[flag] = LiveFlag(name=flag, value=value, version=version)

    def emergency(self, alarm: str) -> None:
        """The alarm's safe values went straight to SSM, as they do while the table is down."""
        for binding in bindings(self.plan, self.rollout.id):
            for flag, value in binding.values if binding.alarm == alarm else ():
                mark = Mark(fence=0, value=value, owner=self.rollout.id, by="Switchback", at=self.now, safeguard=alarm)
                self.put(flag, value, mark)

    def happens(self, event: Event) -> Decision:
        decision = decide(self.plan, self.rollout, event, self.facts(self.rollout), self.now)
        if decision.kind != "refuse":
            self._apply(decision)
        self.decisions.append(decision)
        return decision

    # -- what is seen ----------------------------------------------------------------------------------------------

    def facts(self, rollout: Rollout | None) -> Facts:
        wanted = questions(self.plan, rollout, self.evidence, self.now) if rollout is not None else ()
        return Facts(
            flags=self.flags if self.readable else {},
            marks=self.marks if self.readable else {},
            alarms=self.alarms if self.alarms_readable else {},
            answers={question: measured(question, self.signals[question.signal.name]) for question in wanted},
            evidence=self.evidence,
            reports=self.reports,
            line=self.line,
            flags_read=self.readable,
            alarms_read=self.alarms_readable,
        )

    def values(self) -> dict[str, str]:
        return {name: live.value for name, live in self.flags.items()}

    def held_by(self) -> list[str]:
        return [entry.kind for entry in self.rollout.holds]

    def posts(self) -> list[str]:
        """The kinds of what people were told, in the channel or by an alert, oldest first."""
        return [notice.kind for decision in self.decisions for notice in notices(decision)]

    def exposures(self) -> dict[str, float]:
        return {name: exposure(self.plan, name, value) for name, value in self.rollout.desired.items()}

    # -- what is done ----------------------------------------------------------------------------------------------

    def _apply(self, decision: Decision) -> None:
        assert decision.rollout is not None
        self.rollout = decision.rollout
        if decision.evidence:
            self.evidence = decision.evidence
        for effect in decision.outgoing:
            match effect:
                case RunTarget(target=target, run=run):
                    self.reported(target, self.answers.get(target, "pass"), run=run)
                case PublishCompleted():
                    self.completed.append(effect)
                case _:
                    pass
        for write in decision.writes if self.writable else ():
            mark = Mark(fence=write.fence, value=write.to_value, owner=self.rollout.id, by="Switchback", at=self.now)
            self.put(write.flag, write.to_value, mark)
            self.written.append(write)
        if self.readable:
            self._verify()

    def put(self, flag: str, value: str, mark: Mark) -> None:
        version = self.flags[flag].version + 1 if flag in self.flags else 100
        self.flags[flag] = LiveFlag(name=flag, value=value, version=version)
        self.marks[flag] = mark

    def _verify(self) -> None:
        flags = {
            name: structs.replace(state, pending=False, verified=self.flags[name].version, verified_at=self.now)
            if state.pending and name in self.flags and self.flags[name].value == state.desired
            else state
            for name, state in self.rollout.flags.items()
        }
        self.rollout = structs.replace(self.rollout, flags=flags)


def measured(wanted: Wanted, how: str) -> Measurement:
    """A thousand requests a minute without an error, no failed job, 80 ms; or as bad as can be; or nothing at all."""
    if how == "broken":
        return Measurement(status="error", detail="the source is broken")
    minutes = range(wanted.start, wanted.end, MINUTE) if how != "silent" else range(0)
    if how == "sparse":
        minutes = minutes[:1]
    bad = how == "bad"
    if isinstance(wanted.signal, RatioSignal):
        requests = 3.0 if how == "sparse" else 1000.0
        errors = dict.fromkeys(minutes, 1.0 if how == "sparse" else 500.0) if bad or how == "sparse" else {}
        return Measurement(series=errors, total=dict.fromkeys(minutes, requests))
    healthy, broken = (0.0, 9.0) if isinstance(wanted.signal, CountSignal) else (80.0, 900.0)
    return Measurement(series=dict.fromkeys(minutes, broken if bad else healthy))


def state_of(**flags: FlagState) -> dict[str, FlagState]:
    return flags


def notices(decision: Decision) -> list[Notice]:
    """What a decision says: in the ops channel, and by alerts that it raises. The end of an alert says nothing new."""
    found = []
    for effect in decision.effects:
        if isinstance(effect, Post):
            found.append(effect.notice)
        if isinstance(effect, Raise) and effect.event.firing:
            found.append(effect.event.notice)
    return found


def ends(decision: Decision) -> list[str]:
    """The rules whose alerts it ends."""
    return [e.event.rule for e in decision.effects if isinstance(e, Raise) and not e.event.firing]
