"""docs/plan.md and docs/sources.md: every key, every event, and every line that they show is what the code reads and says.

The examples of docs/plan.md are read in tests/core/test_plans.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters.aws.alarm_events import Home
from orchestrator.adapters.aws.report_events import read_report_event
from orchestrator.cli import main
from orchestrator.core import exposure
from orchestrator.core.faults import Fault
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.plan_text.presets import PRESETS
from orchestrator.core.plan_text.reader import Form
from orchestrator.core.plan_text.schema import forms
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.targets import Report

DOCS = Path(__file__).parents[2] / "docs"
MANUAL = (DOCS / "plan.md").read_text(encoding="utf-8")
SOURCES = (DOCS / "sources.md").read_text(encoding="utf-8")
KEYS = MANUAL[MANUAL.index("## Every key") : MANUAL.index("## What check says")]
HOME = Home(account="123456789012", region="eu-central-1")


def blocks(text: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def first_column(text: str) -> set[str]:
    """The keys that a table names in its second column."""
    cells = re.findall(r"^\|[^|]*\| ([^|]+) \|", text, re.MULTILINE)
    return {key for cell in cells for key in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("form", forms(), ids=lambda form: form.what)
def test_every_key_of_the_language_has_a_row(form: Form) -> None:
    inside = {"bad", "total", "part", "whole", "roles", "any_of", "alarm", "times", "alarms", "signals"}
    missing = [key for key in form.keys if key not in first_column(KEYS) and not (key in inside and f"{key}" in KEYS)]
    assert missing == []


def test_no_row_names_a_key_that_is_not_in_the_language() -> None:
    known = {key for form in forms() for key in form.keys} | set(PRESETS)
    assert first_column(KEYS) <= known


def test_the_promises_that_check_refuses_are_shown_to_the_letter() -> None:
    (wrong,) = blocks(MANUAL, "yaml promises")
    faults = read_plan(wrong.encode())
    assert isinstance(faults, list)
    said = "".join(f"plans/new-checkout.yaml:{fault.line}: {fault}\n" for fault in faults)
    assert all(isinstance(fault, Fault) for fault in faults)
    assert said == blocks(MANUAL, "console")[-1]


def test_the_verdicts_that_are_shown_are_what_a_simulation_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, scenario = tmp_path / "plan.yaml", tmp_path / "scenario.yaml"
    plan.write_text(JUDGED, encoding="utf-8")
    scenario.write_text(WORLD, encoding="utf-8")
    assert main(["plan", "simulate", str(plan), "--scenario", str(scenario), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    said = {line["reason"] for line in lines} | {v["reason"] for line in lines for v in line["verdicts"]}
    assert set(blocks(MANUAL, "console")[0].splitlines()) <= said


def test_the_definition_that_is_shown_is_what_a_parameter_holds() -> None:
    shown = next(block for block in blocks(MANUAL, "json") if '"variants"' in block)
    pilots = exposure.Cohort(name="pilots", attribute="targetingKey", values=("ann", "bob"))
    setting = exposure.partly("true", "false", 10_000, (pilots,))
    held = json.loads(exposure.stored("NEW_CHECKOUT", setting, ("false", "true"), is_definition=True))
    assert json.loads(shown) | {"metadata": None} == held | {"metadata": None}
    assert f"`{setting}`" in MANUAL


def event(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of PutEvents as EventBridge hands it on."""
    return {
        "account": HOME.account,
        "region": HOME.region,
        "time": "2026-01-05T09:00:00Z",
        "id": "1",
        "detail-type": entry["DetailType"],
        "detail": json.loads(entry["Detail"]),
    }


def test_the_events_that_are_shown_can_be_read() -> None:
    entries = [json.loads(block)[0] for block in blocks(SOURCES, "json") if "DetailType" in block]
    report, change = (read_report_event(event(entry), HOME) for entry in entries)
    assert isinstance(change, ChangeMarker)
    assert isinstance(report, tuple)
    plan, said = report
    assert (plan, said.name, said.result, said.numbers) == ("new-checkout", "parity-diff", "pass", {"differences": 0.0})


def test_the_report_of_the_manual_has_the_keys_of_an_event() -> None:
    shown = next(json.loads(block) for block in blocks(MANUAL, "json") if '"report"' in block)
    detail = json.dumps(shown)
    found = read_report_event(event({"DetailType": "Switchback Report", "Detail": detail}), HOME)
    assert isinstance(found, tuple)
    assert isinstance(found[1], Report)
    assert (found[1].link, found[1].run) == (shown["link"], shown["run"])


JUDGED = """
plan: new-checkout
owner: shop team
runbook: RUNBOOK.md#new-checkout
flags:
  NEW_CHECKOUT: {safe: false, final: true}
signals:
  api_5xx: {ratio: {bad: Shop Errors, total: Shop Requests}, per_minute: 60}
  read_p95: {latency: Shop ReadDuration p95, unit: ms, per_minute: 60}
stages:
  - key: everybody
    set: {NEW_CHECKOUT: true}
    soak: 20m
    gates:
      - {signal: api_5xx, below: 1%}
      - {signal: read_p95, below: 120}
      - {signal: api_5xx, below: 0.6%, window: 10m}
safeguards:
  - {when: {signal: api_5xx, above: 2%}, do: rollback}
"""

WORLD = """
until: 3h
seed: 11
people: {ann: [engineering]}
signals: {api_5xx: {rate: 0.5%, per_minute: 60}, read_p95: {value: 80}}
events:
  - {at: 0m, command: start, by: ann}
  - {at: 40m, signal: api_5xx, rate: 7%}
"""


def test_the_plan_behind_these_lines_is_good() -> None:
    assert isinstance(read_plan(JUDGED.encode()), Plan)
