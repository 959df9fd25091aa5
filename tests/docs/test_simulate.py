"""docs/simulate.md: its example is played, and its output is what is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchestrator.cli import main
from orchestrator.core.plan import Plan
from orchestrator.core.plan_text import read_plan
from orchestrator.core.simulation import read_scenario
from orchestrator.core.simulation.asking import COMMANDS
from orchestrator.core.simulation.happenings import _KINDS
from orchestrator.core.simulation.knobs import KNOBS
from orchestrator.core.simulation.reading import SCENARIO

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "simulate.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    found = re.search(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_worked_example_prints_what_the_page_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text(block("yaml scenario"), encoding="utf-8")
    assert main(["plan", "simulate", str(ROOT / "plans" / "new-checkout.yaml"), "--scenario", str(scenario)]) == 0
    assert capsys.readouterr().out == block("console")


def test_every_event_that_the_page_shows_can_be_read() -> None:
    plan = read_plan(EVERYTHING.encode())
    assert isinstance(plan, Plan), plan
    table = re.findall(r"^\| `(\{at: .*\})` \|", PAGE, re.MULTILINE)
    shown = {kind for kind in _KINDS for event in table if re.search(rf"\b{kind}: ", event)}
    assert shown == set(_KINDS) - {"job"}
    events = "\n".join(f"  - {event.replace('…', 'seen')}" for event in table)
    scenario = read_scenario(f"people: {{ann: [engineering], bob: [ops]}}\nevents:\n{events}\n".encode(), plan)
    assert not isinstance(scenario, list), [str(fault) for fault in scenario]
    assert len(scenario.happenings) == len(table)


@pytest.mark.parametrize("word", [*SCENARIO.keys, *KNOBS, *COMMANDS])
def test_every_word_of_a_scenario_is_on_the_page(word: str) -> None:
    assert re.search(rf"`[^`]*\b{word}\b[^`]*`", PAGE)


EVERYTHING = """
plan: everything
owner: shop team
runbook: RUNBOOK.md
flags:
  NEW_CHECKOUT: {safe: false, final: true}
signals:
  api_5xx: {ratio: {bad: Shop Errors, total: Shop Requests}}
probes: {smoke: {lambda: shop-smoke}}
stages:
  - key: dark-launch
    soak: 1d
    gates:
      - {checklist: [on-call briefed]}
      - {report: parity-diff}
      - {signal: api_5xx, below: 1%}
      - {probe: smoke, passes: 1}
  - key: checkout-100
    set: {NEW_CHECKOUT: true}
    gates: [{approval: ops}]
safeguards:
  - {when: {alarm: checkout-errors}, do: rollback}
"""
