"""EventBridge events of others: what is taken, and what is refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.adapters.aws.alarm_events import Home
from orchestrator.adapters.aws.report_events import NotForUs, read_report_event
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.targets import Report

HOME = Home(account="123456789012", region="eu-central-1")
AT = 1_764_000_000


def an_event(kind: str = "Switchback Report", /, **detail: Any) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": kind,
        "source": "shop.ci",
        "account": "123456789012",
        "time": "2025-11-24T16:00:00Z",
        "region": "eu-central-1",
        "resources": [],
        "detail": detail,
    }


def test_a_report_is_taken_with_its_numbers_and_its_link() -> None:
    event = an_event(
        plan="shop",
        report="ci-suite",
        result="pass",
        run="build-41",
        line="207 passed",
        numbers={"coverage": 86},
        link="https://ci.example.com/41",
        by="ci",
    )
    assert read_report_event(event, HOME) == (
        "shop",
        Report(
            name="ci-suite",
            at=AT,
            result="pass",
            run="build-41",
            line="207 passed",
            numbers={"coverage": 86.0},
            link="https://ci.example.com/41",
            by="ci",
        ),
    )


def test_a_report_without_a_run_is_known_by_its_event() -> None:
    found = read_report_event(an_event(plan="shop", report="smoke", result="fail"), HOME)
    assert isinstance(found, tuple)
    assert found[1].run == "6a7e8feb-b491-4cf7-a9f1-bf3703467718"


def test_a_change_marker_says_what_changed_and_whom_it_concerns() -> None:
    event = an_event("Switchback Change", what="shop 4.2 deployed", plans=["shop"], by="deploy")
    assert read_report_event(event, HOME) == ChangeMarker(what="shop 4.2 deployed", at=AT, by="deploy", plans=("shop",))


def test_a_secret_in_a_reports_line_is_not_kept() -> None:
    event = an_event(plan="shop", report="smoke", result="fail", line="login with password=hunter2hunter2 failed")
    found = read_report_event(event, HOME)
    assert isinstance(found, tuple)
    assert "hunter2" not in found[1].line


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ("text", "neither a Switchback Report"),
        (an_event("Something Else"), "neither a Switchback Report"),
        ({**an_event(plan="shop", report="smoke", result="pass"), "account": "999999999999"}, "account and region"),
        ({**an_event(plan="shop", report="smoke", result="pass"), "region": "us-east-1"}, "account and region"),
        ({**an_event(plan="shop", report="smoke", result="pass"), "time": "yesterday"}, "time is malformed"),
        (an_event(plan="shop", report="smoke"), "missing required field `result`"),
        (an_event(plan="shop", report="smoke", result="maybe"), "Invalid enum value"),
        (an_event(plan="shop", report="smoke", result="pass", numbers={"n": "many"}), "Expected `float`"),
        (an_event(plan="../etc", report="smoke", result="pass"), "are names"),
        (an_event(plan="shop", report="a#b", result="pass"), "are names"),
        (an_event(plan="s", report="r", result="pass", numbers={str(n): n for n in range(51)}), "at most 50 numbers"),
        (an_event("Switchback Change"), "missing required field `what`"),
        (an_event("Switchback Change", what="  "), "does not say what changed"),
        (an_event("Switchback Change", what="x", plans=["a b"]), "plans' names"),
        ({**an_event(), "detail": None}, "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_reason(event: Any, why: str) -> None:
    with pytest.raises(NotForUs, match=why):
        read_report_event(event, HOME)
