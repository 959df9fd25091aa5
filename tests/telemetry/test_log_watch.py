"""The watch over every test's log lines sees what it is there to see."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FINE = """
from orchestrator.telemetry.logs import configure, get_logger
PASSWORD = "Tr0ub4dor-and-3"
def test_fine():
    get_logger().info("all is well", extra={"password": PASSWORD})
def test_text_form():
    configure("switchback", "dev", json=False)
    get_logger().info("all is well")
    configure("switchback", "dev")
"""

LEAKS = {
    "a constant of the module": """
from orchestrator.telemetry.logs import get_logger
TOKEN = "the quick brown fox"
def test_it():
    get_logger().info("he said the quick brown fox")
""",
    "a variable of the environment": """
from orchestrator.telemetry.logs import get_logger
def test_it(monkeypatch):
    monkeypatch.setenv("MY_SECRET", "the quick brown fox")
    get_logger().info("he said", extra={"what": ["the quick brown fox"]})
""",
    "a token that Discord issued": """
import pytest
from orchestrator.sandbox.discord import Person, StandIn
from orchestrator.telemetry.logs import get_logger
class World:
    discord = StandIn("200000000000000001", "200000000000000002", {"200000000000000003": "ops"}, "t", lambda: 1764000000)
@pytest.fixture
def world():
    return World()
def test_it(world):
    _, token = world.discord.issue("command", Person(user_id="300000000000000001", name="a"), "help", 1764000000)
    get_logger().handlers[0].formatter.own.serialize = lambda log: '{"message": "%s"}' % token
    get_logger().info("now it is out")
""",
    "a SecureString": """
import boto3, pytest
from moto import mock_aws
from orchestrator.telemetry.logs import get_logger
@pytest.fixture
def ssm():
    with mock_aws():
        yield boto3.client("ssm", region_name="us-east-1")
def test_it(ssm):
    ssm.put_parameter(Name="/x", Value="the quick brown fox", Type="SecureString")
    get_logger().info("he said the quick brown fox")
""",
    "a line that is no JSON": """
from orchestrator.telemetry.logs import get_logger
def test_it():
    get_logger().handlers[0].formatter.own.serialize = lambda log: "all is well"
    get_logger().info("x")
""",
    "two lines in one": """
from orchestrator.telemetry.logs import get_logger
def test_it():
    get_logger().handlers[0].formatter.own.serialize = lambda log: '{"a":1}\\n{"b":2}'
    get_logger().info("x")
""",
    "not a number": """
from orchestrator.telemetry.logs import get_logger
def test_it():
    get_logger().handlers[0].formatter.own.serialize = lambda log: '{"a":NaN}'
    get_logger().info("x")
""",
}


def run(tmp_path: Path, text: str) -> str:
    file = tmp_path / "test_it.py"
    file.write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.log_watch",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:logging",
        "-q",
    ]
    done = subprocess.run([*command, str(file)], capture_output=True, text=True, cwd=ROOT, check=False)
    return done.stdout


def test_a_line_that_is_as_it_should_be_passes(tmp_path: Path) -> None:
    assert "2 passed" in run(tmp_path, FINE)


@pytest.mark.parametrize(
    "name",
    [name if number < 2 else pytest.param(name, marks=pytest.mark.long) for number, name in enumerate(LEAKS)],
)
def test_the_watch_sees(tmp_path: Path, name: str) -> None:
    said = run(tmp_path, LEAKS[name])
    assert "1 failed" in said
    assert "a log line" in said
