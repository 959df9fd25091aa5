"""`switchback status|hold` from a terminal: the same facts as in the channel as plain text, and the line."""

from __future__ import annotations

import getpass
import re

import pytest
from msgspec import structs

from orchestrator import bootstrap
from orchestrator.cli import main
from tests.core.made_plans import checklist, made_plan, some, stage
from tests.handlers.stack import Stack, body
from tests.interactions.door import ANNA

MARKUP = re.compile(r"<t:|\*\*|`|\\")

CANARY = structs.replace(
    made_plan(
        stage("some", gates=[checklist("on-call briefed")], more={"expect": 86_400}, PORTAL=some(percent=10)),
        stage("all", PORTAL="true"),
    ),
    name="canary",
)


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getuser", lambda: "kim")


def test_status_says_as_plain_text_what_the_channel_shows(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.start(CANARY)
    stack.commands(body("pause", "canary", actor=ANNA.actor, reason="lunch_break"))
    assert main(["status", "canary"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("dev · canary-1: stage 1 of 2: some, held; held: lunch_break (anna)\n")
    assert "  PORTAL = true for 10 % of all, else false\n" in out
    assert "  ⏸ Held: lunch_break (anna, now)\n" in out
    assert "1d expected, until 2025-11-25 16:00 UTC" in out
    assert "  Gates:\n    ⏳ 0 of 1 done; missing: on-call briefed\n" in out
    assert not MARKUP.search(out), out


def test_status_says_what_a_flag_should_hold(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.start(CANARY)
    stack.sets("PORTAL", "true")
    assert main(["status", "canary"]) == 0
    assert "  PORTAL = true  (wanted true for 10 % of all, else false)\n" in capsys.readouterr().out


def test_hold_all_holds_the_line(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.start()
    assert main(["hold", "--all", "--reason", "incident 42"]) == 0
    assert "the line is held by kim" in capsys.readouterr().out
    assert main(["status", "shop"]) == 0
    assert "The line is held by kim: incident 42, now. /rollout free-all ends it." in capsys.readouterr().out
    assert main(["hold", "--all"]) == 1
    assert "already" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["hold"], ["hold", "shop", "--all"]])
def test_hold_takes_one_plan_or_all(stack: Stack, capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    stack.start()
    assert main(arguments) == 2
    assert "--all" in capsys.readouterr().err
    assert main(["status", "shop"]) == 0
    assert "held" not in capsys.readouterr().out


def test_a_rollback_says_values_in_words(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    stack.start(CANARY)
    assert main(["rollback", "canary"]) == 0
    out = capsys.readouterr().out
    assert "PORTAL: true for 10 % of all, else false -> false, written and read back" in out


def test_what_a_command_prints_is_its_own(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """No line of the log among it; a warning goes to standard error."""
    stack.start(CANARY)
    bootstrap.stand_in(structs.replace(bootstrap._far, log=None))
    capsys.readouterr()
    assert main(["rollback", "canary"]) == 0
    printed = capsys.readouterr()
    assert "PORTAL" in printed.out
    assert "{" not in printed.out
    assert printed.err == ""
