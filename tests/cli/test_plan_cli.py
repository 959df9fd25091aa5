"""`switchback plan …` from a terminal: what it prints, and what it exits with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws
from msgspec import Struct

from orchestrator import bootstrap
from orchestrator.adapters.catalogue import Catalogue
from orchestrator.adapters.memory.signals import MemorySignals
from orchestrator.cli import main
from orchestrator.cli.plans.live import faults_of
from orchestrator.core.signals import Signal
from orchestrator.sandbox.clock import VirtualClock
from orchestrator.settings import read_settings
from tests.core.simulated import APPROVED, BASE, MONDAY, PLAN, healthy, plan_of
from tests.test_settings import GOOD

DAY = 86_400


class Files(Struct, frozen=True):
    plan: str
    scenario: str


@pytest.fixture
def files(tmp_path: Path) -> Files:
    plan, scenario = tmp_path / "plan.yaml", tmp_path / "scenario.yaml"
    plan.write_bytes(PLAN)
    scenario.write_text(BASE + "".join(f"  - {event}\n" for event in APPROVED))
    return Files(str(plan), str(scenario))


@pytest.fixture
def recorded() -> Iterator[MemorySignals]:
    """A deployment whose signals were quiet for two days."""
    signals = healthy(MONDAY - 2 * DAY, 2 * DAY)
    settings = read_settings(GOOD)
    bootstrap.stand_in(bootstrap.FarSide(clock=VirtualClock(MONDAY, 0), signals=signals, settings=settings))
    yield signals
    bootstrap.stand_in(bootstrap.FarSide())


def test_simulate_prints_a_line_for_each_change_and_sums_up(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "simulate", files.plan, "--scenario", files.scenario]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  0d 00:00  start      reads   shop-1 started; READS: false -> true"
    assert "  0d 02:00  advance    portal  portal entered: every gate is open; PORTAL: false -> true" in lines
    assert lines[-1] == "  0d 05:00  shop-1 is completed; READS = true, PORTAL = true"


def test_simulate_prints_one_object_a_line(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "simulate", files.plan, "--scenario", files.scenario, "--json"]) == 0
    said = capsys.readouterr()
    objects = [json.loads(line) for line in said.out.splitlines()]
    assert [entry["decision"] for entry in objects][:2] == ["start", "hold"]
    assert objects[-1]["decision"] == "complete"
    assert {tuple(entry) for entry in objects} == {
        ("at", "stage", "decision", "reason", "flags", "effects", "verdicts")
    }
    assert said.err == ""


def test_simulate_exits_0_whatever_becomes_of_the_rollout(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    with Path(files.scenario).open("a") as scenario:
        scenario.write("  - {at: 10m, alarm: shop-outage, state: ALARM}\n")
    assert main(["plan", "simulate", files.plan, "--scenario", files.scenario]) == 0
    assert "shop-1 is rolled back; READS = false, PORTAL = false" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ("  - {at: 1h, signal: api_5x, rate: 4%}\n", "unknown signal api_5x; did you mean api_5xx?"),
        ("  - {at: 1h, approve: reads, by: oops}\n", "unknown person oops; did you mean ops?"),
        ("  - {at: 1h, alarm: [\n", "the YAML cannot be read"),
    ],
)
def test_simulate_exits_2_for_what_it_cannot_read(
    files: Files, capsys: pytest.CaptureFixture[str], more: str, fault: str
) -> None:
    with Path(files.scenario).open("a") as scenario:
        scenario.write(more)
    assert main(["plan", "simulate", files.plan, "--scenario", files.scenario, "--json"]) == 2
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{files.scenario}:")
    assert fault in line


def test_simulate_exits_2_for_files_that_are_no_plan(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "simulate", files.scenario, "--scenario", files.scenario]) == 2
    assert main(["plan", "simulate", files.plan, "--scenario", str(tmp_path / "none.yaml")]) == 2
    said = capsys.readouterr().out
    assert "none.yaml:1: the file cannot be read (No such file or directory); name a scenario that is there" in said
    standing = tmp_path / "standing.yaml"
    standing.write_text("safeguards:\n  shop-outage:\n    READS: false\n")
    assert main(["plan", "simulate", str(standing), "--scenario", files.scenario]) == 2
    assert "standing.yaml:1: these are standing safeguards; name a plan with stages" in capsys.readouterr().out


def test_backtest_says_when_it_would_have_gone_on(
    files: Files, recorded: MemorySignals, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "backtest", files.plan, "--since", "1d"]) == 0
    out = capsys.readouterr().out
    assert (
        "  0d 01:00  advance    portal  portal entered: every gate is open; PORTAL: false -> true; p95: 30 of 30" in out
    )
    assert "no safeguard acted in 1d" in out
    assert "without shop-outage: nobody keeps how alarms stood" in out


def test_backtest_lists_each_act_of_a_safeguard(
    files: Files, recorded: MemorySignals, capsys: pytest.CaptureFixture[str]
) -> None:
    for at in range(MONDAY - DAY + 1800, MONDAY - DAY + 2400, 60):
        recorded.put("api_5xx", at, 30.0, total=60.0)
    assert main(["plan", "backtest", files.plan, "--since", "1d"]) == 0
    out = capsys.readouterr().out
    assert "safeguards acted once in 1d; for nothing unless something was wrong then:" in out
    assert "2025-09-21T00:3" in out
    assert "acts when above 2%" in out


def test_backtest_without_a_deployment_says_what_is_missing(
    files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    bootstrap.stand_in(bootstrap.FarSide())
    assert main(["plan", "backtest", files.plan]) == 1
    assert "name the deployment with --environment" in capsys.readouterr().err
    assert main(["plan", "backtest", files.plan, "--since", "soon"]) == 2


def test_schema_prints_the_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/draft/2020-12")


def test_a_good_plan_prints_nothing(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "check", files.plan]) == 0
    assert capsys.readouterr().out == ""


def test_explain_says_what_each_signal_can_show_and_costs(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "check", files.plan, "--explain"]) == 0
    out = capsys.readouterr().out
    line = PLAN.decode().splitlines().index("  api_5xx: {ratio: {bad: Shop Errors, total: Shop Requests}}") + 1
    assert f"{files.plan}:{line}: " in out
    assert "a month while a rollout is live" in out


class Known(Catalogue):
    """What there is to measure; one of the signals is misspelt."""

    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        return ("there is no metric Shop JobsFaild; did you mean JobsFailed?",) if signal.name == "failed" else ()


class Place(Struct, frozen=True):
    signals: MemorySignals
    clock: VirtualClock


def test_live_names_signals_that_do_not_exist_or_have_no_data() -> None:
    signals = healthy(MONDAY - 3 * 3600, 3 * 3600)
    place = Place(signals, VirtualClock(MONDAY, 0))
    assert [(signal.name, fault) for signal, fault in faults_of(plan_of(), Known(), place)] == [
        ("failed", "there is no metric Shop JobsFaild; did you mean JobsFailed?")
    ]
    signals.forget("p95")
    signals.broken["api_5xx"] = "CloudWatch did not answer"
    assert {signal.name: fault for signal, fault in faults_of(plan_of(), Known(), place)} == {
        "failed": "there is no metric Shop JobsFaild; did you mean JobsFailed?",
        "api_5xx": "api_5xx cannot be measured (CloudWatch did not answer); mend its source",
        "p95": "p95 has had no data for an hour; a gate on it would hold until there is some",
    }


def test_live_waits_for_what_is_pending_but_not_for_ever() -> None:
    signals = healthy(MONDAY - 3 * 3600, 3 * 3600)
    signals.pending.add("p95")
    place = Place(signals, VirtualClock(MONDAY, 0))
    faults = {signal.name: fault for signal, fault in faults_of(plan_of(), Known(), place)}
    assert faults["p95"] == "p95 cannot be measured (no answer in 600 s); mend its source"


def test_live_says_at_each_signals_line_what_is_not_there(
    files: Files, recorded: MemorySignals, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "made-up")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        assert main(["plan", "check", files.plan, "--live"]) == 1
    out = capsys.readouterr().out.splitlines()
    declared = {line.strip().split(":")[0]: at for at, line in enumerate(PLAN.decode().splitlines(), start=1)}
    for name in ("api_5xx", "p95", "failed"):
        assert any(line.startswith(f"{files.plan}:{declared[name]}: ") for line in out)
    assert all("; " in line for line in out)


def test_live_without_a_deployment_says_what_is_missing(
    files: Files, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    bootstrap.stand_in(bootstrap.FarSide())
    assert main(["plan", "check", files.plan, "--live"]) == 1
    assert "name the deployment with --environment" in capsys.readouterr().err
