"""A start: from what SSM holds now to the first stage, or every reason against it at once."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

from orchestrator.core import exposure, wording
from orchestrator.core.effects import Decision, Effect, Post
from orchestrator.core.engine.arming import bindings
from orchestrator.core.engine.moves import enter_stage
from orchestrator.core.engine.readiness import standstill, unready_alarms
from orchestrator.core.facts import Facts, LiveFlag
from orchestrator.core.plan import FlagSpec, Plan
from orchestrator.core.rollout import FlagState, Rollout


def begin(
    plan: Plan,
    blank: Rollout,
    facts: Facts,
    fences: Mapping[str, int],
    now: int,
    *,
    owners: Mapping[str, str] = {},
    kept: Mapping[str, str] = {},
) -> Decision:
    """Start: the baseline is what SSM holds now, and every reason against it is named at once.

    plan: as it runs in this environment. blank: the rollout's identity (id, plan, hash, environment, who and why);
    owners: flags locked by another rollout; kept: flags that a standing safeguard or rollback keeps, with the reason.

    A parameter keeps one shape for the whole rollout: what SSM holds counts by its meaning, and the first write gives
    it the shape that the plan needs.
    """
    faults = start_faults(plan, blank, facts, owners, kept, now)
    if faults:
        return Decision(kind="refuse", rollout=None, reason="\n".join(faults))
    # In the order in which they come back from the table: the same history reads the same.
    specs = sorted(plan.flags, key=lambda spec: spec.name)
    live = {spec.name: facts.flags[spec.name] for spec in specs}
    flags = {
        name: FlagState(desired=found.value, fence=fences.get(name, 0), verified=found.version)
        for name, found in live.items()
    }
    baseline = {spec.name: spec.stored(exposure.plain(spec.baseline or spec.safe)) for spec in specs}
    armed = structs.replace(blank, baseline=baseline, flags=flags, started_at=now, resumed_at=now)
    moved, writes = enter_stage(plan, armed, 0, now)
    post = Post(notice=wording.started(moved, plan, writes, now), proves=True)
    effects: tuple[Effect, ...] = (*bindings(plan, moved.id, moved), *writes, post)
    return Decision(kind="start", rollout=moved, reason=f"{moved.id} started", effects=effects)


def start_faults(
    plan: Plan, blank: Rollout, facts: Facts, owners: Mapping[str, str], kept: Mapping[str, str], now: int
) -> list[str]:
    """Everything that forbids a start, one line each."""
    if not facts.flags_read:
        return ["the flags cannot be read from SSM; nothing starts blind"]
    faults = _place_faults(plan, blank, facts)
    for spec in plan.flags:
        fault = _flag_fault(spec, facts.flags.get(spec.name), owners, kept)
        faults.extend([fault] if fault else [])
    unready = unready_alarms(plan, facts)
    if unready:
        faults.extend(f"{fault}; nothing starts under it" for fault in unready.split("; "))
    still = standstill(plan, facts, now)
    if still is not None:
        faults.append(f"{still.line}; nothing starts before that")
    return faults


def _place_faults(plan: Plan, blank: Rollout, facts: Facts) -> list[str]:
    """Where the plan may run, and where it must have been completed before."""
    here = blank.environment
    if plan.environments and here not in plan.environments:
        there = ", ".join(plan.environments)
        return [f"{plan.name} runs in {there}, not in {here}; name {here} in its environments: to run it here"]
    if not plan.stages:
        return [f"no stage of {plan.name} runs in {here}; name {here} in a stage's environments:"]
    earlier = plan.environments[: plan.environments.index(here)] if plan.environments else ()
    if not earlier or facts.completed.get(earlier[-1]) == blank.plan_hash:
        return []
    before = earlier[-1]
    if not facts.completed_read:
        return [f"what was completed in {before} cannot be read from SSM; nothing starts blind"]
    if before in facts.completed:
        return [f"{before} completed another version of {plan.name}; complete this one there first"]
    return [f"{plan.name} has not been completed in {before}; complete it there first"]


def _flag_fault(spec: FlagSpec, live: LiveFlag | None, owners: Mapping[str, str], kept: Mapping[str, str]) -> str:
    name, wanted = spec.name, spec.baseline or spec.safe
    if live is None:
        return f"{name} has no parameter in this environment; create it with the value {wanted} first"
    holds = wording.reads(live.value)
    if name in owners:
        return f"{name} belongs to {owners[name]} until that rollout ends"
    if name in kept:
        return f"{name} is kept at {holds} by {kept[name]}; release it with /flag set first"
    if exposure.reading(live.value) != exposure.plain(wanted):
        stated = "its baseline" if spec.baseline else "safe"
        return f"{name} is {holds}, and {stated} is {wanted}; put it back or state a baseline in the plan"
    return ""
