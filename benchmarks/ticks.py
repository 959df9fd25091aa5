"""What a tick costs, and a rollout of twenty days played: `python benchmarks/ticks.py`.

Times depend on the machine, ratios hardly: each stands beside the least loop that looks at the same numbers (sum the
newest half hour of five signals and compare it with a bound), in the same run. Everything is in memory; no adapter, no
network.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from msgspec import structs

from orchestrator.core.effects import Decision
from orchestrator.core.engine import decide, questions
from orchestrator.core.facts import Facts
from orchestrator.core.gates import Evidence
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.rollout import Rollout
from orchestrator.core.signals import MINUTE, Wanted
from orchestrator.core.simulation import Scenario, Simulation, read_scenario
from orchestrator.core.simulation.here import Here

ROLLOUTS, DAYS, WARM_UP = 1000, 20, 120
DAY = 86_400
PLAN = b"""
plan: shop
owner: shop team
runbook: docs/runbook.md
flags: {READS: {safe: false, final: true}, PORTAL: {safe: false, final: true}}
signals:
  api_5xx:  {ratio: {bad: Shop Errors, total: Shop Requests}, per_minute: 120}
  payments: {ratio: {bad: Shop PaymentsFailed, total: Shop Payments}, per_minute: 60}
  read_p95: {latency: Shop ReadDuration p95, unit: ms, per_minute: 120}
  depth:    {value: Shop QueueDepth Average}
  failed:   {count: Shop JobsFailed}
stages:
  - key: reads
    set: {READS: {value: true, percent: 10}}
    soak: 6d
    gates: [{signal: api_5xx, below: 0.5%}, {signal: read_p95, below: 120}]
  - key: everybody
    set: {READS: true}
    soak: 6d
    gates: [{signal: payments, below: 1%}, {signal: depth, below: 100, window: 30m}]
  - key: portal
    set: {PORTAL: true}
    soak: 6d
    gates: [{signal: failed, at_most: 0, window: 2h}, {signal: api_5xx, below: 0.5%}]
safeguards:
  - {when: {signal: api_5xx, above: 2%}, do: rollback}
  - {when: {signal: payments, above: 4%}, do: rollback}
  - {when: {signal: depth, above: 500, window: 10m}, do: hold, severity: warning}
  - {when: {signal: failed, above: 5, window: 10m}, do: hold, severity: warning}
watch: 1d
"""
SCENARIO = b"""
start: 2025-09-22T09:00:00Z
until: 20d
seed: 7
people: {eng: [engineering]}
signals:
  api_5xx:  {rate: 0.1%, per_minute: 120}
  payments: {rate: 0.2%, per_minute: 60}
  read_p95: {value: 80, per_minute: 120}
  depth:    {value: 20}
  failed:   {value: 0}
events:
  - {at: 0m, command: start, by: eng}
"""


def made() -> tuple[Plan, Scenario]:
    plan = read_plan(PLAN)
    assert isinstance(plan, Plan), [str(fault) for fault in plan]
    scenario = read_scenario(SCENARIO, plan)
    assert isinstance(scenario, Scenario), [str(fault) for fault in scenario]
    return plan, scenario


def seconds(work: Callable[[], Any], times: int = 3) -> float:
    """Processor time of the fastest of some runs."""
    took = []
    for _ in range(times):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return min(took)


def least(numbers: list[dict[int, float]], now: int) -> bool:
    """The least loop: the newest half hour of each signal, against one bound."""
    window = range(now - 30 * MINUTE, now, MINUTE)
    return any(sum(signal.get(at, 0.0) for at in window) > 1e9 for signal in numbers)


def ticks() -> None:
    plan, scenario = made()
    here = Here(plan, scenario)
    now = scenario.start
    here.happens(scenario.happenings[0], now)
    for _ in range(WARM_UP):
        here.tick(now)
        now += MINUTE
    rollout, world = here.rollout, here.world
    assert rollout is not None
    active = [(structs.replace(rollout, id=f"shop-{number}"), here.evidence) for number in range(ROLLOUTS)]

    def one(state: Rollout, evidence: dict[str, Evidence]) -> Decision:
        answers = world.measure(questions(here.plan, state, evidence, now), now)
        return decide(here.plan, state, None, Facts(answers=answers, evidence=evidence, flags=here.flags), now)

    asked = Wanted(signal=plan.signals[0], start=now - DAY, end=now)
    numbers = [world.measure([asked], now)[asked].total] * len(plan.signals)
    base = seconds(lambda: [least(numbers, now) for _ in active])
    took = seconds(lambda: [one(state, evidence) for state, evidence in active])
    print(f"a tick over {ROLLOUTS:,} rollouts, {len(plan.signals)} signals each, sequential judges and windows")
    print(f"  the least loop {base * 1e3:8.0f} ms")
    print(f"  switchback     {took * 1e3:8.0f} ms  {took / base:6.1f} times, {took / ROLLOUTS * 1e6:.0f} µs a rollout")


def play() -> None:
    plan, scenario = made()
    minutes = range(scenario.start, scenario.start + DAYS * DAY, MINUTE)
    numbers = [dict.fromkeys(minutes, 60.0)] * len(plan.signals)
    base = seconds(lambda: [least(numbers, at) for at in minutes], 1)
    simulation = Simulation(plan, scenario)
    took = seconds(lambda: list(simulation), 1)
    print(f"\na rollout of {DAYS} days played: {simulation.last.strip()}")
    print(f"  the least loop {base:8.1f} s")
    print(f"  switchback     {took:8.1f} s  {took / base:6.1f} times, {took / len(minutes) * 1e6:.0f} µs a minute")


if __name__ == "__main__":
    ticks()
    play()
