"""What the deployed functions log: lines that the saved searches find, in the form that is asked for now."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from typing import Any

import pytest
from msgspec import structs

from orchestrator import bootstrap
from orchestrator.core.actors import SWITCHBACK
from orchestrator.core.effects import RunTarget
from orchestrator.core.own_logs import ERRORS, PERFORMANCE, SHOWN, TRACE
from orchestrator.core.rollout import ChangeMarker
from orchestrator.core.work import Work, encode_work
from orchestrator.handlers import commands
from orchestrator.ports import SwitchbackError
from orchestrator.sandbox.lambdas import action_event
from orchestrator.sandbox.people import LambdaContext
from tests.core.made_plans import made_plan, on_alarm, sets, stage
from tests.handlers.stack import NOW, Stack, body, records
from tests.interactions import interactions as asking
from tests.interactions.door import ANNA, GUILD, TOKEN, signed_event
from tests.journeys.edge import Edge

WORDS = {
    "fields",
    "filter",
    "sort",
    "limit",
    "stats",
    "by",
    "as",
    "and",
    "desc",
    "asc",
    "ispresent",
    "avg",
    "max",
    "count",
}
MADE = {"avg_duration", "max_duration", "executions"}


def named(search: str) -> set[str]:
    """The fields that a search names: what is neither quoted, nor a word of the language, nor CloudWatch's own (@…)."""
    bare = re.sub(r'"[^"]*"', "", search)
    return set(re.findall(r"(?<![@\w])[a-z]\w*", bare, re.IGNORECASE)) - WORDS - MADE


def interact(stack: Stack, asked: dict[str, Any]) -> dict[str, Any]:
    return stack.interact(signed_event(json.dumps(asked).encode(), timestamp=str(int(time.time()))))


def a_busy_night(stack: Stack, edge: Edge) -> list[dict[str, Any]]:
    stack.start()
    interact(stack, asking.command("rollout list"))
    edge.refuses("DynamoDB", "InternalServerError", holding="shop-1", times=4)
    stack.commands(body("rollback", "shop", actor=ANNA.actor, interaction_id="7", token=TOKEN))
    edge.mend()
    stack.commands(body("rollback", "shop", actor=ANNA.actor, interaction_id="7", token=TOKEN))
    stack.tick()
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    return stack.logged()


@pytest.mark.parametrize("search", [ERRORS, PERFORMANCE, TRACE], ids=["errors", "performance", "trace"])
def test_every_field_that_a_saved_search_names_stands_in_lines_that_are_written(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, search: str
) -> None:
    written = {field for line in a_busy_night(stack, Edge(monkeypatch)) for field in line}
    assert len(named(search)) >= 3
    assert named(search) - written == set()


def test_what_the_logs_button_shows_is_what_its_search_asks_for() -> None:
    assert set(SHOWN) | {"trace_id"} == named(TRACE)


def test_the_line_that_ends_something_says_how_long_it_took(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = a_busy_night(stack, Edge(monkeypatch))
    ended = {(line["kind"], line["outcome"]) for line in lines if "duration_ms" in line and "kind" in line}
    assert {
        ("command", "start"),
        ("interaction", "answered"),
        ("command", "failed"),
        ("command", "rollback"),
        ("tick", "hold"),
        ("alarm", "safeguard"),
    } <= ended
    assert all(line["trace_id"] and line["outcome"] and line["duration_ms"] >= 0 for line in lines if "kind" in line)


def test_both_tries_of_a_command_and_its_error_carry_one_correlation_id(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = a_busy_night(stack, Edge(monkeypatch))
    tries = [line for line in lines if line.get("command") == "rollback" and line.get("kind") == "command"]
    assert [line["outcome"] for line in tries] == ["failed", "rollback"]
    assert {line["correlation_id"] for line in tries} == {"7"}
    (error,) = [line for line in lines if line["message"] == "a command will be tried again"]
    assert {name: error[name] for name in ("correlation_id", "actor", "command")} == {
        "correlation_id": "7",
        "actor": "anna",
        "command": "rollback",
    }


@pytest.mark.parametrize(
    ("received", "said"), [("1", "will be tried again"), ("2", "will be tried again"), ("3", "was given up")]
)
def test_the_error_of_a_command_is_found_by_its_trace_and_says_whether_it_comes_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, received: str, said: str
) -> None:
    Edge(monkeypatch).refuses("DynamoDB", "InternalServerError")
    (record,) = records(body("rollback", "shop", actor=ANNA.actor, trace_id="T1"))
    record["attributes"]["ApproximateReceiveCount"] = received
    assert commands.handler({"Records": [record]}, LambdaContext("commands"))["batchItemFailures"]
    (error,) = [line for line in stack.logged() if line["message"].startswith("a command w")]
    assert error["message"] == f"a command {said}"
    assert (error["level"], error["trace_id"], error["actor"], error["command"]) == ("ERROR", "T1", "anna", "rollback")


def test_the_error_of_a_dead_letter_is_found_by_its_trace(stack: Stack) -> None:
    stack.letters(body("rollback", "shop", actor=ANNA.actor, trace_id="T1", interaction_id="7"))
    errors = [line for line in stack.logged() if line["level"] == "ERROR"]
    assert {"a dead letter", "an alert"} <= {line["message"] for line in errors}
    assert {(line["trace_id"], line["actor"], line["command"]) for line in errors} == {("T1", "anna", "rollback")}


def test_the_errors_of_a_tick_that_failed_are_found_by_its_trace(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.start()
    Edge(monkeypatch).refuses("DynamoDB_20120810.TransactWriteItems", "InternalServerError", holding="shop-1")
    stack.clock.move_to(NOW + 2 * 3600)
    stack.tick()
    (ended,) = [line for line in stack.logged() if line.get("kind") == "tick" and line["outcome"] == "failed"]
    errors = [line for line in stack.logged() if line["level"] == "ERROR"]
    assert {"a tick failed", "an alert"} <= {line["message"] for line in errors}
    assert {(line["trace_id"], line["rollout"], line["actor"]) for line in errors} == {
        (ended["trace_id"], "shop-1", "Switchback")
    }


def test_the_alert_of_a_tick_whose_flag_did_not_read_back_is_found_by_its_trace(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.start()
    Edge(monkeypatch).unreachable("PutParameter")
    stack.clock.move_to(NOW + 2 * 3600)
    stack.tick()
    (ended,) = [line for line in stack.logged() if line.get("kind") == "tick" and line["outcome"] == "advance"]
    errors = [line for line in stack.logged() if line.get("rule") == "not-read-back"]
    assert [line["trace_id"] for line in errors] == [ended["trace_id"]]


def test_an_alarm_that_nothing_is_bound_to_is_said_to_be(stack: Stack) -> None:
    stack.start()
    assert stack.alarm(action_event("of-somebody-else", "ALARM", "OK", NOW + 60))["handled"] == 0
    (line,) = [line for line in stack.logged() if line.get("alarm") == "of-somebody-else"]
    assert (line["level"], line["message"]) == ("INFO", "an alarm is bound to nothing")


def test_where_one_binding_of_an_alarm_fails_the_other_is_logged_traced_and_doubted(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.start()
    guarded = made_plan(
        stage("portal", soak=3600, PORTAL="true"), safeguards=[on_alarm("shop-outage", sets(PORTAL="false"))]
    )
    stack.start(structs.replace(guarded, name="store"))
    assert stack.flags()["PORTAL"] == "true"
    edge = Edge(monkeypatch)
    edge.refuses("DynamoDB", "InternalServerError", holding="store-1")
    edge.unreachable("PutParameter", holding="PORTAL")
    stack.log.truncate(0)
    stack.log.seek(0)
    stack.clock.move_to(NOW + 60)
    with pytest.raises(SwitchbackError):
        stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    assert stack.flags()["READS"] == "false"
    (handled,) = [line for line in stack.logged() if line["message"] == "an alarm was handled"]
    assert (handled["rollout"], handled["decision"]) == ("shop-1", "safeguard")
    (record,) = bootstrap.outside().traces.recent(GUILD, 1, actor_id=SWITCHBACK.user_id)
    assert (record.kind, record.outcome, record.rollout) == ("alarm", "failed", "shop-1")
    assert "Done all the same: safeguard: " in record.reason


@pytest.mark.parametrize(
    ("kind", "work", "operation"),
    [
        ("job", RunTarget(target="smoke", run="r", plan="shop", plan_hash="h"), "DynamoDB_20120810.GetItem"),
        ("change", ChangeMarker(what="a deploy", at=NOW), "DynamoDB_20120810.Query"),
    ],
)
def test_work_that_fails_leaves_a_trace(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, kind: str, work: Work, operation: str
) -> None:
    stack.start()
    edge = Edge(monkeypatch)
    edge.refuses(operation, "InternalServerError")
    assert stack.commands(encode_work(work)) == ["m0"]
    edge.mend()
    (record,) = bootstrap.outside().traces.recent(GUILD, 1, actor_id=SWITCHBACK.user_id)
    assert (record.kind, record.outcome) == (kind, "failed")
    assert record.error


def test_each_invocation_has_its_own_id_and_leaves_none_behind(stack: Stack) -> None:
    stack.start()
    stack.tick()
    stack.tick()
    ids = [line["correlation_id"] for line in stack.logged() if line.get("kind") == "tick"]
    assert list(Counter(ids).values()) == [1, 1], "one rollout, two ticks"


@pytest.mark.parametrize("function", ["interactions", "commands", "tick"])
def test_the_form_of_the_log_follows_its_flag_within_ten_seconds(stack: Stack, function: str) -> None:
    acts = {
        "interactions": lambda: interact(stack, asking.command("rollout list")),
        "commands": lambda: stack.commands(body("rollback", "nobody-knows-it")),
        "tick": lambda: stack.tick(),
    }
    stack.start()

    def form() -> str:
        stack.clock.move_to(stack.clock.now() + 11)
        stack.log.truncate(0)
        stack.log.seek(0)
        acts[function]()
        lines = stack.log.getvalue().splitlines()
        assert lines
        return "json" if all(line.startswith("{") for line in lines) else "text"

    assert form() == "json"
    stack.sets("ENABLE_JSON_LOGGING", "true")
    assert form() == "json"
    stack.sets("ENABLE_JSON_LOGGING", "false")
    assert form() == "text"
    stack.sets("ENABLE_JSON_LOGGING", "true")
    assert form() == "json"


def test_whoever_is_not_let_in_makes_the_bot_read_no_flag(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    edge = Edge(monkeypatch)
    edge._rules.append(("SSM", "", lambda send: (asked.append("SSM"), send())[1]))
    unsigned = signed_event(b"{}", signature="00" * 64)
    assert stack.interact(unsigned)["statusCode"] == 401
    assert asked == []
    interact(stack, asking.command("rollout list"))
    assert asked


def test_metrics_are_written_whatever_the_end_is(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.start()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "switchback-alarms")
    edge = Edge(monkeypatch)
    edge.unreachable("GetParametersByPath")
    with pytest.raises(SwitchbackError):
        stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (decision,) = [line for line in written if "Decision" in line]
    assert (decision["kind"], decision["outcome"]) == ("alarm", "failed")
