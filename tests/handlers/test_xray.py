"""X-Ray as the deployed functions use it: workers tell their steps, nobody tells a URL, interactions tell nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.tracing import Tracer

from orchestrator.sandbox.lambdas import action_event
from orchestrator.telemetry import xray
from tests.handlers.stack import NOW, Stack, body
from tests.interactions.door import ANNA, TOKEN

ROOT = Path(__file__).parents[2]
SECRETS = (TOKEN, "sandbox-bot-token", "discord.com", "webhooks", "https:", "/api/v10")


class Segment:
    """Everything that was sent to X-Ray, as subsegments of the segment that is Lambda's own and takes nothing."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_entity(self, entity: Any) -> None:
        self.sent.append(json.loads(entity.serialize()))

    @property
    def text(self) -> str:
        return json.dumps(self.sent)

    @property
    def names(self) -> list[str]:
        return [entity["name"] for entity in self.all()]

    def all(self) -> Iterator[dict[str, Any]]:
        waiting = list(self.sent)
        while waiting:
            entity = waiting.pop(0)
            yield entity
            waiting.extend(entity.get("subsegments", []))


@pytest.fixture(name="segment")
def segment_fixture(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Segment:
    from aws_xray_sdk.core import xray_recorder
    from aws_xray_sdk.core.lambda_launcher import LambdaContext

    stack.start()
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "switchback-commands")
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")
    monkeypatch.setattr(xray, "_tracer", None)
    monkeypatch.setattr(Tracer, "_default_config", dict(Tracer._default_config))
    xray.enable_xray()
    monkeypatch.setenv("POWERTOOLS_TRACE_DISABLED", "false")
    segment = Segment()
    monkeypatch.setattr(xray_recorder, "_emitter", segment)
    monkeypatch.setattr(xray_recorder, "_context", LambdaContext())
    return segment


def test_a_command_is_found_by_its_trace_its_verb_its_end_and_its_rollout(stack: Stack, segment: Segment) -> None:
    assert stack.commands(body("rollback", "shop", actor=ANNA.actor, trace_id="t-17", token=TOKEN)) == []
    told = {"command": "rollback", "trace_id": "t-17", "outcome": "rollback", "rollout": "shop-1"}
    assert [entity["annotations"] for entity in segment.all() if entity["name"] == "command"] == [told]
    told = ("load", "look at flags", "decide", "save", "write READS", "read back", "tell", "reply")
    assert [name for name in segment.names if name in told] == list(told)


def test_an_alarm_is_found_by_its_name(stack: Stack, segment: Segment) -> None:
    stack.alarm(action_event("shop-outage", "ALARM", "OK", NOW + 60))
    (alarm,) = [entity for entity in segment.all() if entity["name"] == "alarm"]
    assert (alarm["annotations"]["command"], alarm["annotations"]["outcome"]) == ("shop-outage", "safeguard")
    assert "write READS" in segment.names


@pytest.mark.parametrize("state", ["up", "down"])
def test_no_segment_holds_a_url_or_a_token_whether_or_not_discord_answers(
    stack: Stack, segment: Segment, state: Any
) -> None:
    """The reply's URL holds the interaction's token, and `requests` prints URLs in its errors."""
    stack.discord.set_state(state)
    stack.commands(body("rollback", "shop", actor=ANNA.actor, token=TOKEN, reason=f"see https://u:{TOKEN}@h/"))
    stack.tick()
    assert "write READS" in segment.text
    for secret in SECRETS:
        assert secret not in segment.text, secret


INTERACTION = """
import json, os, sys
from tests.handlers.stack import Stack
from tests.interactions import interactions as asking
from tests.interactions.door import signed_event
import time
stack = Stack()
os.environ.update(AWS_LAMBDA_FUNCTION_NAME="switchback-interactions", LAMBDA_TASK_ROOT="/var/task")
for asked in (asking.command("rollback", options={"what": "PORTAL"}), asking.command("debug-last"), asking.press("x")):
    answer = stack.interact(signed_event(json.dumps(asked).encode(), timestamp=str(int(time.time()))))
    assert answer["statusCode"] == 200, answer
print(sorted(name for name in sys.modules if name.startswith("aws_xray_sdk")))
"""


def test_the_interactions_function_never_imports_the_sdk() -> None:
    """Not even inside Lambda: that costs ten times the runtime's own start."""
    done = subprocess.run([sys.executable, "-c", INTERACTION], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_worker_does_import_it() -> None:
    """So that the test above can fail."""
    with_worker = INTERACTION.replace("print(", "stack.tick()\nprint(")
    done = subprocess.run([sys.executable, "-c", with_worker], capture_output=True, text=True, cwd=ROOT, check=False)
    assert "aws_xray_sdk" in done.stdout.splitlines()[-1]
