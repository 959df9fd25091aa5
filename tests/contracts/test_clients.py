"""AWS clients: when they are made, how long they wait, and what becomes of their errors."""

from __future__ import annotations

import subprocess
import sys
import traceback
from collections.abc import Callable
from typing import Any

import pytest
from botocore import exceptions as foreign
from botocore.parsers import ResponseParserError

from orchestrator.adapters.aws.clients import Clients, RefusedByAws, translated
from orchestrator.adapters.aws.queue import SqsQueue
from orchestrator.adapters.aws.ssm_flags import SsmFlags
from orchestrator.core.actors import Actor
from orchestrator.core.commands import Command
from orchestrator.ports import Conflict, Refused, Unavailable

SECRET = "aW50ZXJhY3Rpb246c2VjcmV0"


def test_importing_the_adapters_imports_no_boto3() -> None:
    modules = [
        *(f"aws.{name}" for name in ("clients", "ssm_flags", "armed", "queue", "pager", "cloudwatch")),
        *(f"memory.{name}" for name in ("flags", "armed", "queue", "pager", "signals")),
        "clock",
    ]
    lines = [f"import orchestrator.adapters.{module}" for module in modules]
    lines += [
        "import sys, orchestrator.adapters.aws.clients as c",
        "c.Clients('us-east-1')",
        "print([name for name in ('boto3', 'botocore', 'moto') if name in sys.modules])",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_client_is_made_once(clients: Clients) -> None:
    assert clients.ssm is clients.ssm
    assert clients.dynamodb is not clients.brief_dynamodb


def test_the_table_gets_one_second_and_one_attempt_on_the_way_off() -> None:
    config: Any = Clients("us-east-1").brief_dynamodb.meta.config
    assert config.connect_timeout + config.read_timeout <= 1
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}


@pytest.mark.parametrize("service", ["ssm", "sqs", "sns", "cloudwatch", "dynamodb"])
def test_every_client_waits_a_few_seconds_at_most_and_names_itself(service: str) -> None:
    config = getattr(Clients("us-east-1"), service).meta.config
    assert config.connect_timeout <= 1
    assert config.read_timeout <= 5
    assert config.retries["total_max_attempts"] == 3
    assert "switchback" in config.user_agent_extra


def test_without_a_region_the_refusal_names_none_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION", raising=False)
    with pytest.raises(Refused, match=r"^preparing to speak to ssm: NoRegionError$"):
        Clients().ssm.get_parameters(Names=["x"])


def a_client_error(code: str, status: int = 400) -> foreign.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": f"no such thing as {SECRET}"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return foreign.ClientError(response, "SendMessage")


URL = f"https://example.com/{SECRET}"


@pytest.mark.parametrize(
    "error",
    [
        a_client_error("ThrottlingException"),
        a_client_error("Throttling"),
        a_client_error("ProvisionedThroughputExceededException"),
        a_client_error("RequestLimitExceeded", 503),
        a_client_error("TooManyUpdates"),
        a_client_error("InternalServerError", 500),
        a_client_error("SomethingNew", 502),
        a_client_error("SomethingElse", 429),
        foreign.EndpointConnectionError(endpoint_url=URL, error=SECRET),
        foreign.ConnectTimeoutError(endpoint_url=URL),
        foreign.ReadTimeoutError(endpoint_url=URL),
        foreign.ConnectionClosedError(endpoint_url=URL),
        foreign.SSLError(endpoint_url=URL, error=OSError(SECRET)),
        foreign.ProxyConnectionError(proxy_url=URL),
        foreign.HTTPClientError(error=SECRET),
        foreign.CredentialRetrievalError(provider="x", error_msg=SECRET),
        ResponseParserError(f"unable to parse {SECRET}"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_pass_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable) as raised, translated("queueing a command"):
        raise error
    assert_nothing_foreign(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        a_client_error("AccessDeniedException"),
        a_client_error("ValidationException"),
        a_client_error("ParameterNotFound"),
        a_client_error(f"<html>{SECRET}</html>"),
        a_client_error(""),
        foreign.ParamValidationError(report=SECRET),
        foreign.NoCredentialsError(),
    ],
    ids=["denied", "invalid", "not found", "a proxy's page", "no code", "not sent at all", "no credentials"],
)
def test_what_will_not_pass_is_refused(error: Exception) -> None:
    with pytest.raises(Refused) as raised, translated("queueing a command"):
        raise error
    assert_nothing_foreign(raised.value)


def test_the_text_is_the_action_and_the_code() -> None:
    with pytest.raises(RefusedByAws) as raised, translated("queueing a command"):
        raise a_client_error("AccessDenied", 403)
    assert str(raised.value) == "queueing a command: AccessDenied"
    assert raised.value.code == "AccessDenied"


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("x"), Conflict("moved on")])
def test_errors_that_are_not_of_aws_keep_their_face(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, translated("queueing a command"):
        raise error
    assert raised.value is error


def test_a_queue_that_is_gone_says_nothing_of_the_command(aws: Clients) -> None:
    queue = SqsQueue(aws, "https://sqs.us-east-1.amazonaws.com/123456789012/gone")
    actor = Actor(user_id="42", name="anna")
    with pytest.raises(Refused) as raised:
        queue.send(Command(verb="rollback", target="p", actor=actor, token=SECRET))
    assert_nothing_foreign(raised.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda flags: flags.read(["PORTAL"]),
        lambda flags: flags.all(),
        lambda flags: flags.history("PORTAL"),
        lambda flags: flags.mark("PORTAL"),
    ],
    ids=["read", "all", "history", "mark"],
)
def test_every_way_to_read_a_flag_says_when_ssm_cannot_be_reached(
    clients: Clients, call: Callable[[SsmFlags], object]
) -> None:
    def unreachable(**_: Any) -> None:
        raise foreign.EndpointConnectionError(endpoint_url=URL)

    clients.ssm.meta.events.register_first("before-send.ssm", unreachable)
    with pytest.raises(Unavailable) as raised:
        call(SsmFlags(clients, "/shop/dev/flags/"))
    assert_nothing_foreign(raised.value)


def assert_nothing_foreign(error: Exception) -> None:
    """Neither in the text nor in what a logger would print of it."""
    shown = "".join(traceback.format_exception(error))
    assert SECRET not in str(error) + shown.split("Traceback")[0] + shown.splitlines()[-1]
    assert "botocore.exceptions" not in shown
    assert error.__suppress_context__
