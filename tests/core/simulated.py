"""A plan as text, and scenarios over it, for the tests of the simulation."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.signals import MINUTE
from orchestrator.core.simulation import Line, Scenario, Simulation, read_scenario

PLAN = b"""
plan: shop
owner: shop team
runbook: docs/runbook.md
flags:
  READS:  {safe: false, final: true}
  PORTAL: {safe: false, final: true}
signals:
  api_5xx: {ratio: {bad: Shop Errors, total: Shop Requests}}
  p95:     {value: Shop Duration p95, unit: ms}
  failed:  {count: Shop JobsFailed}
stages:
  - key: reads
    set: {READS: true}
    soak: 1h
    gates:
      - {signal: p95, below: 120, window: 30m}
      - {approval: {roles: [engineering, ops]}}
  - key: portal
    set: {PORTAL: true}
    soak: 1h
    gates:
      - {signal: failed, at_most: 0, window: 30m}
safeguards:
  - {when: {alarm: shop-outage}, do: rollback, severity: critical}
  - {when: {signal: api_5xx, above: 2%, window: 10m}, do: {set: {READS: false}}, severity: critical}
watch: 2h
"""

BASE = """
start: 2025-09-26T09:00:00Z
until: 12h
seed: 7
environment: dev
people: {eng: [engineering], ops: [ops], nora: []}
signals:
  api_5xx: {rate: 0.2%, per_minute: 60}
  p95:     {value: 80}
  failed:  {value: 0}
events:
  - {at: 0m, command: start, by: eng}
"""

APPROVED = ("{at: 2h, approve: reads, by: eng}", "{at: 2h, approve: reads, by: ops}")


def plan_of(text: bytes = PLAN) -> Plan:
    read = read_plan(text)
    assert isinstance(read, Plan), [str(fault) for fault in read]
    return read


def scenario_of(plan: Plan, *events: str, base: str = BASE) -> Scenario:
    read = read_scenario((base + "".join(f"  - {event}\n" for event in events)).encode(), plan)
    assert isinstance(read, Scenario), [str(fault) for fault in read]
    return read


def played(*events: str, plan: bytes = PLAN, base: str = BASE, passes_over: bool = True) -> list[Line]:
    read = plan_of(plan)
    return list(Simulation(read, scenario_of(read, *events, base=base), passes_over=passes_over))


def decisions(lines: list[Line]) -> list[tuple[str, str, str]]:
    """Time from the start, decision and stage of each line."""
    return [(_hours(line.at - line.start), line.decision, line.stage) for line in lines]


def objects(lines: list[Line]) -> list[dict[str, Any]]:
    return [json.loads(line.as_json()) for line in lines]


def _hours(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


MONDAY = 1_758_499_200
"""2025-09-22 00:00 UTC."""


def healthy(start: int, length: int) -> MemorySignals:
    """The plan's signals on quiet days, as their sources would have kept them."""
    signals = MemorySignals()
    for at in range(start, start + length, MINUTE):
        signals.put("api_5xx", at, 0.0, total=60.0)
        signals.put("p95", at, 80.0)
        signals.put("failed", at, 0.0)
    return signals
