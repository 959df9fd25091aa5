"""`switchback rollback|status|hold` from a terminal, in the same world."""

from __future__ import annotations

import getpass

import pytest

from orchestrator.cli import main
from tests.journeys.journey import FIRST, PLAN, Journey


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "kim")


def test_rollback_prints_what_was_written_and_read_back(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.started_in("orchestrator")
    assert main(["rollback", PLAN, "--reason", "Discord is down"]) == 0
    out = capsys.readouterr().out
    assert "FINANCIAL_ORCHESTRATOR: true -> false, written and read back" in out
    assert "PERSISTENCE_PRISMA_READS: true -> false, written and read back" in out
    assert journey.flags("FINANCIAL_ORCHESTRATOR", "PERSISTENCE_PRISMA_READS") == ["false", "false"]
    (entry,) = [e for e in journey.audit() if e.verb == "rollback"]
    assert (entry.via, entry.actor, entry.reason) == ("terminal", "kim", "Discord is down")
    assert len(journey.posts("ops", "rolled back to where it started by kim")) == 1


def test_rollback_exits_1_when_ssm_does_not_show_it(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.started_in("admin-reads")
    journey.edge.refuses("PutParameter", "ThrottlingException", holding="/flags/")
    assert main(["rollback", PLAN]) == 1
    assert "NOT read back" in capsys.readouterr().out
    journey.edge.mend()
    journey.advance("1m")
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"


def test_rollback_works_while_discord_is_down(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.expected_statuses.add(503)
    journey.started_in("admin-reads")
    journey.town.discord.set_state("down")
    assert main(["rollback", PLAN]) == 0
    assert journey.flag("PERSISTENCE_PRISMA_READS") == "false"
    assert "read back" in capsys.readouterr().out


def test_rollback_takes_one_flag_too(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.started_in("admin-reads")
    assert main(["rollback", "PERSISTENCE_PRISMA_READS"]) == 0
    assert "PERSISTENCE_PRISMA_READS: true -> false, written and read back" in capsys.readouterr().out
    assert journey.holds == ["rollback"]


def test_rollback_of_nothing_known_exits_1_and_names_what_there_is(
    journey: Journey, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rollback", "prisma"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert PLAN in said.err


def test_hold_holds_and_status_says_so(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.started_in("admin-reads")
    assert main(["hold", PLAN, "--reason", "freeze"]) == 0
    assert journey.holds == ["pause"]
    capsys.readouterr()
    assert main(["status", PLAN]) == 0
    out = capsys.readouterr().out
    assert f"dev · {FIRST}: stage 2 of 6: admin-reads, held; held: freeze (kim)" in out
    assert "PERSISTENCE_PRISMA_READS = true" in out
    assert main(["status"]) == 0
    assert FIRST in capsys.readouterr().out


def test_status_does_not_claim_what_ssm_does_not_say(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.started_in("admin-reads")
    journey.edge.unreachable("AmazonSSM")
    assert main(["status", PLAN]) == 1
    assert "SSM cannot be read now" in capsys.readouterr().err


def test_without_the_table_a_rollback_says_so_in_one_line(journey: Journey, capsys: pytest.CaptureFixture[str]) -> None:
    journey.started_in("admin-reads")
    journey.edge.unreachable("DynamoDB")
    assert main(["rollback", PLAN]) == 1
    said = capsys.readouterr().err
    assert "RUNBOOK.md" in said
    assert "Traceback" not in said
