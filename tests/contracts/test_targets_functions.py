"""Lambda functions as probes and jobs: only those that opted in by their tag are called."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from orchestrator.adapters.aws.clients import Clients
from orchestrator.adapters.targets.functions import Functions
from orchestrator.core.targets import AliasBack, LambdaCall
from orchestrator.ports import Refused

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture(name="lambdas")
def lambdas_fixture(clients: Clients) -> Iterator[Clients]:
    """moto's functions run no code: they answer what they were told to."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        yield clients


def a_function(clients: Clients, name: str, *, tags: dict[str, str]) -> None:
    import boto3

    role = boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): ...")
    clients.functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
        Tags=tags,
    )


def answers(monkeypatch: pytest.MonkeyPatch, clients: Clients, body: bytes, *, error: str = "") -> list[Any]:
    """What Lambda returns from an invocation, at botocore's border; the requests it was asked with."""
    asked: list[Any] = []
    real = clients.functions.invoke

    def invoke(**request: Any) -> Any:
        asked.append(request)
        return {"StatusCode": 200, "Payload": io.BytesIO(body), **({"FunctionError": error} if error else {})}

    monkeypatch.setattr(clients.functions, "invoke", invoke)
    assert real is not None
    return asked


ALLOWED = {"switchback:target": "allowed"}


@pytest.mark.parametrize(
    ("body", "error", "result", "line"),
    [
        (b'{"result": "pass", "line": "12 of 12"}', "", "pass", "12 of 12"),
        (b'{"result": "fail", "line": "login is broken"}', "", "fail", "login is broken"),
        (b'{"errorMessage": "timed out"}', "Unhandled", "fail", "smoke ended with an error of its own"),
        (b"null", "", "error", 'smoke answered without "result": "pass" or "fail"'),
        (b'{"result": "maybe"}', "", "error", 'smoke answered without "result": "pass" or "fail"'),
        (b"x" * (64 * 1024 + 1), "", "error", "smoke answered with more than 64 KiB"),
    ],
)  # fmt: skip
def test_what_a_function_answers_is_what_is_known(
    lambdas: Clients, monkeypatch: pytest.MonkeyPatch, body: bytes, error: str, result: str, line: str
) -> None:
    a_function(lambdas, "smoke", tags=ALLOWED)
    asked = answers(monkeypatch, lambdas, body, error=error)
    answer = Functions(lambdas, "dev").invoke(
        LambdaCall(function="smoke"), plan="shop", stage="all", run="shop-1:smoke:1"
    )
    assert (answer.result, answer.line) == (result, line)
    assert json.loads(asked[0]["Payload"]) == {
        "switchback": {"plan": "shop", "stage": "all", "run": "shop-1:smoke:1", "environment": "dev"}
    }


def test_numbers_and_a_link_are_kept(lambdas: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    a_function(lambdas, "smoke", tags=ALLOWED)
    answers(monkeypatch, lambdas, b'{"result": "pass", "numbers": {"differences": 0}, "link": "https://ci/1"}')
    answer = Functions(lambdas, "dev").invoke(LambdaCall(function="smoke"), plan="shop", stage="all", run="1")
    assert (answer.numbers, answer.link) == ({"differences": 0.0}, "https://ci/1")


def test_a_function_that_has_not_opted_in_is_never_called(lambdas: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    a_function(lambdas, "payments", tags={"team": "shop"})
    asked = answers(monkeypatch, lambdas, b"{}")
    with pytest.raises(Refused, match="payments has not opted in; give it the tag switchback:target = allowed"):
        Functions(lambdas, "dev").invoke(LambdaCall(function="payments"), plan="shop", stage="all", run="1")
    assert asked == []


def test_a_function_that_does_not_exist_is_named(lambdas: Clients) -> None:
    with pytest.raises(Refused, match="there is no Lambda function smoke in this account and region"):
        Functions(lambdas, "dev").invoke(LambdaCall(function="smoke"), plan="shop", stage="all", run="1")


def versions(clients: Clients, name: str, count: int) -> None:
    for number in range(count):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("app.py", f"version = {number}")
        clients.functions.update_function_code(FunctionName=name, ZipFile=packed.getvalue())
        clients.functions.publish_version(FunctionName=name)


def test_an_alias_goes_back_one_version_and_the_same_run_again_changes_nothing(lambdas: Clients) -> None:
    a_function(lambdas, "shop-api", tags=ALLOWED)
    versions(lambdas, "shop-api", 3)
    lambdas.functions.create_alias(FunctionName="shop-api", Name="live", FunctionVersion="3")
    functions, back = Functions(lambdas, "prod"), AliasBack(function="shop-api", alias="live")
    first = functions.alias_back(back, run="shop-1:ladder:2:9")
    assert (first.result, first.numbers) == ("pass", {"from": 3.0, "to": 2.0})
    again = functions.alias_back(back, run="shop-1:ladder:2:9")
    assert (again.result, again.line) == ("pass", "shop-api:live is at version 2 already")
    assert lambdas.functions.get_alias(FunctionName="shop-api", Name="live")["FunctionVersion"] == "2"


def test_an_alias_at_the_first_version_has_nowhere_to_go(lambdas: Clients) -> None:
    a_function(lambdas, "shop-api", tags=ALLOWED)
    versions(lambdas, "shop-api", 1)
    lambdas.functions.create_alias(FunctionName="shop-api", Name="live", FunctionVersion="1")
    with pytest.raises(Refused, match="there is no version before it"):
        Functions(lambdas, "prod").alias_back(AliasBack(function="shop-api", alias="live"), run="1")
