"""What plans/ops-bot.yaml counts on: a drill that reports itself, and a line in the log for each alert that is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator import bootstrap
from orchestrator.core.gates import ReportGate
from orchestrator.sandbox.lambdas import action_event
from tests.core.made_plans import made_plan, stage
from tests.handlers.stack import NOW, Stack, body


@pytest.fixture
def stack() -> Iterator[Stack]:
    made = Stack()
    yield made
    made.close()


def test_a_rollout_that_waits_for_the_drill_is_given_its_report(stack: Stack) -> None:
    stack.start(made_plan(stage("reads", gates=[ReportGate(report="alert-drill")], READS="true")))
    stack.commands(body("drill", "dev"))
    (report,) = bootstrap.outside().reports.since("shop", ["alert-drill"], NOW)["alert-drill"]
    assert (report.result, report.numbers) == ("pass", {"sent": 1.0, "suppressed": 1.0})


def test_each_message_of_its_own_is_one_line_that_says_alert_sent(stack: Stack) -> None:
    for state, minutes in (("ALARM", 0), ("ALARM", 1), ("OK", 2)):
        stack.clock.move_to(NOW + minutes * 60)
        stack.alarm(action_event("switchback-dev-heartbeat", state, "OK", NOW + minutes * 60))
        stack.tick()
    sent = [line for line in stack.logged() if line["message"] == "alert sent"]
    assert [(line["receiver"], line["sending"]) for line in sent] == [("alerts", "new")]
