"""An error that leaves a handler: the runtime writes its text and its stack unredacted, so none of the original leaves."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from orchestrator import bootstrap
from orchestrator.ports import SwitchbackError, Unavailable
from orchestrator.sandbox.lambdas import action_event
from tests.handlers.stack import NOW, Stack, body
from tests.interactions.door import ANNA
from tests.journeys.edge import Edge, _instead

PASSWORD = "S3cr3t-hunter2-S3cr3t"
TOKEN = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OnNlY3JldHNlY3JldA"
PROBLEM = f"GET https://discord.com/api/v10/webhooks/111222333444555666/{TOKEN}/messages/@original, password={PASSWORD}"


def fails(monkeypatch: pytest.MonkeyPatch, problem: BaseException, operation: str = "DynamoDB") -> None:
    """The next requests to AWS end in an error that nobody has translated."""
    Edge(monkeypatch)._rules.append((operation, "", _instead(problem)))


def acts(stack: Stack) -> dict[str, Any]:
    return {
        "commands": lambda: stack.commands(body("rollback", "shop", actor=ANNA.actor, trace_id="T1")),
        "tick": stack.tick,
        "alarms": lambda: stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60)),
    }


@pytest.mark.parametrize("function", ["commands", "tick", "alarms"])
def test_what_leaves_a_handler_holds_no_secret_and_none_of_the_original(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    stack.start()
    fails(monkeypatch, RuntimeError(PROBLEM), operation="")
    with pytest.raises(bootstrap.InvocationFailed) as left:
        acts(stack)[function]()
    shown = "".join(traceback.format_exception(left.value))
    assert "InvocationFailed: RuntimeError: GET " in shown
    for secret in (TOKEN, PASSWORD):
        assert secret not in shown + stack.log.getvalue()
    (line,) = [line for line in stack.logged() if line["message"] == "an invocation failed"]
    assert "Traceback" in line["exception"]
    assert line["exception_name"] == "RuntimeError"


def test_an_error_of_the_family_leaves_as_one_and_redacted(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    with pytest.raises(SwitchbackError) as left, bootstrap.invocation(None):
        raise Unavailable(f"Discord: password={PASSWORD}")
    assert str(left.value) == "Unavailable: Discord: password=[redacted]"
    assert PASSWORD not in stack.log.getvalue()


@pytest.mark.parametrize("function", ["commands", "tick", "alarms"])
def test_the_stack_is_logged_under_the_trace_that_says_failed(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    stack.start()
    operation = {"commands": "DynamoDB", "tick": "TransactWriteItems", "alarms": "GetParametersByPath"}[function]
    stack.clock.move_to(NOW + 2 * 3600)
    fails(monkeypatch, RuntimeError(PROBLEM), operation)
    with pytest.raises(bootstrap.InvocationFailed):
        acts(stack)[function]()
    (fault,) = [line for line in stack.logged() if line["message"] == "a fault of ours"]
    (ended,) = [line for line in stack.logged() if line.get("kind") and line["outcome"] == "failed"]
    assert fault["trace_id"] == ended["trace_id"]
    assert "Traceback" in fault["exception"]
