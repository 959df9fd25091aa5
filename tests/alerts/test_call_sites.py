"""Every kind of alert is raised by a real event: each rule here by the way it comes about, through the handlers."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from msgspec import structs

from orchestrator import bootstrap
from orchestrator.adapters.discord.interactions import endpoint
from orchestrator.adapters.links import ConsoleLinks
from orchestrator.core.alerting.rules import RULES, rule_of
from orchestrator.core.effects import RunTarget
from orchestrator.core.plan import Climb, Instruct, Rung
from orchestrator.core.redaction import failures
from orchestrator.core.targets import LambdaCall, Target
from orchestrator.core.work import encode_work
from orchestrator.sandbox.lambdas import action_event, event_bridge_event
from tests.core.made_plans import made_plan, on_alarm, stage
from tests.docs.test_docs import ROOT, anchors
from tests.handlers.stack import NOW, SHOP, Stack, body
from tests.interactions.door import ALERTS, OPS, signed_event
from tests.interactions.interactions import command
from tests.journeys.edge import Edge


@pytest.fixture
def stack() -> Iterator[Stack]:
    made = Stack()
    yield made
    made.close()


def raised(stack: Stack, rule: str) -> str:
    """The headline of the one message of this rule in the alert channel."""
    groups = [group for group in bootstrap.outside().alerts.open() if rule_of(group.leading.rule) is RULES[rule]]
    assert len(groups) == 1, [group.key for group in bootstrap.outside().alerts.open()]
    told = groups[0].told["alerts"].message.split("/")[1]
    (message,) = [m for m in stack.discord.messages(ALERTS, "1") if m["id"] == told]
    return str(message["content"]).replace("\\", "")


def test_a_safeguard_that_acts(stack: Stack) -> None:
    stack.start()
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW))
    assert "CRITICAL dev · shop-1: alarm shop-outage acted, READS set to false" in raised(stack, "safeguard")


def test_a_rollback_by_a_person(stack: Stack) -> None:
    stack.start()
    stack.commands(body("rollback", "shop"))
    assert "WARNING dev · shop-1: rolled back by a terminal" in raised(stack, "rollback")


def test_a_rollout_that_is_held_for_hours(stack: Stack) -> None:
    stack.start()
    stack.commands(body("pause", "shop"))
    for hours in (1, 25):
        stack.clock.move_to(NOW + hours * 3600)
        stack.tick()
    assert "WARNING dev · shop-1: held for 1d 1h" in raised(stack, "held-too-long")


def test_a_flag_moved_by_hand_away_from_safe(stack: Stack) -> None:
    stack.start()
    stack.sets("WRITES", "true")
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert "WRITES was changed by hand to true" in raised(stack, "drift")


def test_a_flag_made_safe_by_hand(stack: Stack) -> None:
    stack.start()
    stack.sets("READS", "false")
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert "READS was changed by hand to false, and stays so" in raised(stack, "made-safe-by-hand")


def test_a_flag_moved_by_hand_against_a_rollback(stack: Stack) -> None:
    stack.start()
    stack.commands(body("rollback", "shop"))
    stack.sets("READS", "true")
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert "READS was changed to true by hand and is false again" in raised(stack, "kept-safe")


def test_a_write_that_does_not_read_back(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.start()
    Edge(monkeypatch).refuses("PutParameter", "InternalServerError", status=500)
    stack.commands(body("rollback", "shop"))
    assert "CRITICAL dev · shop-1: READS could not be read back" in raised(stack, "not-read-back")
    stack.clock.move_to(NOW + 400)
    stack.tick()
    assert "is over its budget of 5 min" in raised(stack, "way-back-over-budget")


def test_an_abort_names_each_flag_that_does_not_read_back_once(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """It moves twice, and both moves write."""
    stack.start()
    Edge(monkeypatch).refuses("PutParameter", "InternalServerError", status=500)
    stack.commands(body("abort", "shop"))
    assert "CRITICAL dev · shop-1: READS could not be read back" in raised(stack, "not-read-back")


def test_a_ladder_that_is_climbed_to_its_end(stack: Stack) -> None:
    ladder = (Rung(name="by hand", action=Instruct(text="RUNBOOK.md")),)
    stack.start(made_plan(stage("reads", READS="true"), safeguards=[on_alarm("shop-outage", Climb())], ladder=ladder))
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW))
    assert "rung 1 of 1, by hand: people do this one" in raised(stack, "ladder")
    stack.commands(body("climb", "shop"))
    assert "the ladder is at its end" in raised(stack, "ladder-ended")


def test_a_job_that_cannot_be_run(stack: Stack) -> None:
    plan = structs.replace(SHOP, targets=(Target(name="smoke", call=LambdaCall(function="no-such-function")),))
    stack.start(plan)
    digest = bootstrap.outside().plans.latest("shop")
    assert digest is not None
    work = RunTarget(target="smoke", run="run-1", plan="shop", plan_hash=digest.hash)
    assert stack.commands(encode_work(work)) == []
    assert "WARNING dev · smoke of shop could not be run" in raised(stack, "dispatch-failed")


def test_work_that_the_queue_does_not_take(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    edge = Edge(monkeypatch)
    edge.refuses("PutParameter", "AccessDeniedException", holding="safeguards")
    stack.start()
    for minutes in range(1, 12):
        stack.clock.move_to(NOW + minutes * 60)
        stack.tick()
    groups = [group for group in bootstrap.outside().alerts.open() if group.leading.rule == "dispatch-failed"]
    assert {group.leading.service for group in groups} == {"shop arm"}
    assert "a safeguard's alarm could not be handed over" in groups[0].leading.notice.headline.replace("\\", "")
    assert groups[0].count == 2, "once for each of the two alarms, however often it is tried"


def test_work_that_is_not_taken_is_told_though_the_first_alert_of_it_could_not_be_counted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = Edge(monkeypatch)
    edge.refuses("PutParameter", "AccessDeniedException", holding="safeguards")
    edge.refuses("TransactWriteItems", "ThrottlingException", holding="dispatch-failed", times=6)
    stack.start()
    for minutes in range(1, 20):
        stack.clock.move_to(NOW + minutes * 60)
        stack.tick()
    assert "a safeguard's alarm could not be handed over" in raised(stack, "dispatch-failed")


def test_a_dead_letter(stack: Stack) -> None:
    stack.letters(body("rollback", "shop"))
    assert "CRITICAL dev · Switchback gave up on rollback shop" in raised(stack, "dead-letter")


def test_a_rollout_that_cannot_be_checked(stack: Stack) -> None:
    stack.start()
    state = boto3.client("dynamodb").get_item(
        TableName="switchback-dev", Key={"pk": {"S": "ROLLOUT#shop-1"}, "sk": {"S": "STATE"}}
    )["Item"]
    boto3.client("dynamodb").put_item(TableName="switchback-dev", Item={**state, "schema": {"N": "99"}})
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert "CRITICAL dev · shop-1 cannot be checked" in raised(stack, "tick-failed")


def test_a_fault_of_the_bot_in_answering_is_told_by_the_next_tick(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(call: Any) -> Any:
        raise KeyError("a fault of ours, holding hunter2")

    faulty = structs.replace(endpoint.BY_PATH["flag list"], answer=broken)
    monkeypatch.setitem(endpoint.BY_PATH, "flag list", faulty)
    answer = json.loads(
        stack.interact(signed_event(json.dumps(command("flag list")).encode(), timestamp=str(int(time.time()))))["body"]
    )
    assert "nothing was changed" in answer["data"]["content"]
    assert stack.said(ALERTS) == [], "the interactions function may not post"
    stack.tick()
    assert "CRITICAL dev · /flag list failed on a fault of the bot" in raised(stack, "interaction-failed")
    assert "hunter2" not in json.dumps(stack.discord.messages(ALERTS, "1"))


def test_a_redactor_that_fails(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that raises on the one text that every pause writes to its trace and its log."""

    def spans(look: Any) -> list[tuple[int, int]]:
        if "paused by" in look.small:
            raise RuntimeError("no")
        return []

    stack.start()
    monkeypatch.setattr("orchestrator.core.redaction.text.said_spans", spans)
    stack.commands(body("pause", "shop"))
    assert "WARNING dev · the redactor failed" in raised(stack, "redactor-failed")


def test_a_redactor_that_fails_while_somebody_is_answered(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def spans(look: Any) -> list[tuple[int, int]]:
        if "nobody-knows-it" in look.small:
            raise RuntimeError("no")
        return []

    stack.start()
    with monkeypatch.context() as broken:
        broken.setattr("orchestrator.core.redaction.text.said_spans", spans)
        asked = json.dumps(command("rollback", options={"what": "nobody-knows-it is no name"})).encode()
        answer = stack.interact(signed_event(asked, timestamp=str(int(time.time()))))
        assert answer["statusCode"] == 200
    assert failures.take() == 0, "the tick is another process: it knows only what was counted in the table"
    assert stack.said(ALERTS) == [], "this function may not post"
    stack.clock.move_to(NOW + 60)
    stack.tick()
    assert "WARNING dev · the redactor failed" in raised(stack, "redactor-failed")


def test_a_report_of_the_redactor_s_failures_that_fails_costs_no_answer(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures.add()
    Edge(monkeypatch).refuses("DynamoDB", "InternalServerError")
    asked = json.dumps(command("help")).encode()
    assert stack.interact(signed_event(asked, timestamp=str(int(time.time()))))["statusCode"] == 200


@pytest.mark.parametrize("way", [action_event, event_bridge_event])
def test_the_bots_own_heartbeat(stack: Stack, way: Any) -> None:
    stack.alarm(way("switchback-dev-heartbeat", "ALARM", "OK", NOW))
    said = raised(stack, "own-alarm")
    assert said.startswith("🔴 **CRITICAL dev · Switchback's own alarm switchback-dev-heartbeat**")


def test_the_drill(stack: Stack) -> None:
    stack.commands(body("drill", "dev"))
    assert "WARNING dev · this is a drill: the made-up alarm switchback-dev-drill" in raised(stack, "drill")


def test_with_alerts_off_the_ops_channel_is_told_and_nobody_is_pinged(stack: Stack) -> None:
    stack.start()
    boto3.client("ssm").put_parameter(Name=stack.prefix + "ENABLE_ALERTS", Value="false", Type="String")
    stack.clock.move_to(NOW + 11)
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 11))
    assert stack.said(ALERTS) == []
    (message,) = [m for m in stack.discord.messages(OPS, "1") if "shop-outage acted" in m["content"].replace("\\", "")]
    assert message["pings"] == {"users": [], "roles": [], "everyone": False}


def test_every_rule_has_a_section_in_the_runbook_and_a_test_here() -> None:
    assert {rule.runbook for rule in RULES.values()} <= set(anchors(ROOT / "RUNBOOK.md"))
    links = ConsoleLinks(lambda: "eu-central-1", "1", runbook="https://x.example/RUNBOOK.md", dashboard="")
    assert links.runbook("safeguard:shop-outage") == "https://x.example/RUNBOOK.md#a-safeguard-has-acted"
    here = Path(__file__).read_text(encoding="utf-8")
    assert [rule for rule in RULES if f'raised(stack, "{rule}")' not in here] == []
    rows = re.findall(r"^\| `([a-z-]+)[:A-Z]*` \|", (ROOT / "docs/alerts.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == list(RULES)
