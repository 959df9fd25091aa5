"""The template as CloudFormation gets it: what SAM makes of it, and what cfn-lint says to that."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import boto3
import pytest
from samcli.cli.types import CfnParameterOverridesType
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

pytestmark = pytest.mark.sam

PARAMETERS = {
    "AppName": "switchback",
    "Environment": "dev",
    "DiscordPublicKey": "ab" * 32,
    "DiscordApplicationId": "1100000000000000001",
    "DiscordGuildId": "1100000000000000002",
    "DiscordOpsChannelId": "1100000000000000003",
    "DiscordAlertChannelId": "1100000000000000004",
    "DiscordRoles": '{"engineering": "1100000000000000005"}',
    "BotTokenParameter": "/switchback/dev/bot-token",
    "AlertEmail": "ops@example.com",
    "AlertTopicKey": "",
    "EnableJsonLogging": "true",
    "EnableDebugCmd": "true",
    "EnableAlerts": "false",
    "InteractionsSnapStart": "PublishedVersions",
    "ReservedConcurrency": "0",
}


def translate(template: dict[str, Any], code: str = "code", layer: str = "layer") -> dict[str, Any]:
    packaged = copy.deepcopy(template)
    packaged["Globals"]["Function"]["CodeUri"] = f"s3://artifacts/{code}"
    packaged["Resources"]["DependenciesLayer"]["Properties"]["ContentUri"] = f"s3://artifacts/{layer}"
    session = boto3.session.Session(region_name="us-east-1")
    translated = Translator({}, Parser(), boto_session=session).translate(
        sam_template=packaged, parameter_values=dict(PARAMETERS)
    )
    assert isinstance(translated, dict)
    return translated


@pytest.fixture(scope="module")
def translated(template: dict[str, Any]) -> dict[str, Any]:
    return translate(template)


@pytest.fixture(scope="module")
def made(translated: dict[str, Any]) -> dict[str, Any]:
    found = translated["Resources"]
    assert isinstance(found, dict)
    return found


def of_type(made: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {name: resource["Properties"] for name, resource in made.items() if resource["Type"] == kind}


def cfn_lint(path: Path) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("cfn-lint"), "--regions", "us-east-1", "--", path]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def version_id(made: dict[str, Any]) -> str:
    (version,) = of_type(made, "AWS::Lambda::Version")
    return version


def test_cfn_lint_has_nothing_to_say_to_the_translated_template(translated: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "translated.json"
    path.write_text(json.dumps(translated))
    ran = cfn_lint(path)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_cfn_lint_does_speak_up(translated: dict[str, Any], tmp_path: Path) -> None:
    broken = copy.deepcopy(translated)
    broken["Resources"]["CommandQueue"]["Properties"]["VisibilityTimeout"] = 30
    broken["Resources"]["Heartbeat"]["Properties"]["ComparisonOperator"] = "FewerThan"
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken))
    said = cfn_lint(path).stdout
    assert "E3505" in said
    assert "E3030" in said


def test_snapshots_are_taken_of_the_version_the_alias_names(made: dict[str, Any]) -> None:
    assert of_type(made, "AWS::Lambda::Function")["InteractionsFunction"]["SnapStart"] == {
        "ApplyOn": {"Ref": "InteractionsSnapStart"}
    }
    ((alias_id, alias),) = of_type(made, "AWS::Lambda::Alias").items()
    assert alias_id == "InteractionsFunctionAliaslive"
    assert alias["Name"] == "live"
    assert alias["FunctionVersion"] == {"Fn::GetAtt": [version_id(made), "Version"]}


def test_discord_the_api_and_the_warmer_all_call_the_alias(made: dict[str, Any]) -> None:
    alias = {"Ref": "InteractionsFunctionAliaslive"}
    (api,) = of_type(made, "AWS::ApiGatewayV2::Api").values()
    uris = [
        method["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
        for path in api["Body"]["paths"].values()
        for method in path.values()
    ]
    assert set(api["Body"]["paths"]) == {"/interactions", "/$default"}
    assert api["Body"]["paths"]["/$default"]["x-amazon-apigateway-any-method"]["isDefaultRoute"] is True
    assert len(uris) == 2
    assert all("${InteractionsFunctionAliaslive}" in uri for uri in uris)
    warm = of_type(made, "AWS::Scheduler::Schedule")["InteractionsFunctionWarm"]
    assert warm["Target"]["Arn"] == alias
    allowed = [
        p["FunctionName"]
        for p in of_type(made, "AWS::Lambda::Permission").values()
        if p["Principal"] == "apigateway.amazonaws.com"
    ]
    assert allowed == [alias, alias]


def test_a_changed_setting_replaces_the_version(made: dict[str, Any]) -> None:
    version = of_type(made, "AWS::Lambda::Version")[version_id(made)]
    # Each policy is replaced when a setting in its description changes, and so has another name.
    policies = ("InteractionsTracing", "InteractionsMeasuring")
    names = [{"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": policy}]}]} for policy in policies]
    assert version["Description"] == {"Fn::Join": [" ", names]}
    assert made[version_id(made)]["DeletionPolicy"] == "Delete"


def test_new_code_or_a_new_layer_makes_a_new_version_and_nothing_else_does(
    template: dict[str, Any], made: dict[str, Any]
) -> None:
    assert version_id(translate(template)["Resources"]) == version_id(made)
    assert version_id(translate(template, code="other")["Resources"]) != version_id(made)
    assert version_id(translate(template, layer="other")["Resources"]) != version_id(made)


def test_ticks_and_alarm_events_go_to_the_functions_themselves(made: dict[str, Any]) -> None:
    tick = of_type(made, "AWS::Scheduler::Schedule")["TickFunctionEveryMinute"]
    assert tick["ScheduleExpression"] == "rate(1 minute)"
    assert tick["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert tick.get("State", "ENABLED") == "ENABLED"
    assert tick["Target"]["Arn"] == {"Fn::GetAtt": ["TickFunction", "Arn"]}
    assert tick["Target"]["RoleArn"] == {"Fn::GetAtt": ["ScheduleRole", "Arn"]}
    rules = of_type(made, "AWS::Events::Rule")
    assert {name: [target["Arn"] for target in rule["Targets"]] for name, rule in rules.items()} == {
        "AlarmsFunctionStateChange": [{"Fn::GetAtt": ["AlarmsFunction", "Arn"]}],
        "ReportsFunctionSaid": [{"Fn::GetAtt": ["ReportsFunction", "Arn"]}],
    }


def test_everyone_who_calls_a_function_is_named_with_its_source(made: dict[str, Any]) -> None:
    permissions = of_type(made, "AWS::Lambda::Permission")
    assert {p["Principal"] for p in permissions.values()} == {
        "apigateway.amazonaws.com",
        "events.amazonaws.com",
        "lambda.alarms.cloudwatch.amazonaws.com",
    }
    assert [name for name, permission in permissions.items() if "SourceArn" not in permission] == []


def test_the_alarm_action_names_what_the_permission_names(made: dict[str, Any]) -> None:
    permission = made["AlarmsPermission"]["Properties"]
    called = {
        json.dumps(action)
        for alarm in of_type(made, "AWS::CloudWatch::Alarm").values()
        for action in alarm["AlarmActions"]
        if action != {"Ref": "AlertTopic"}
    }
    assert called == {json.dumps(permission["FunctionName"])}


def test_failed_events_are_tried_twice_more_and_kept(made: dict[str, Any]) -> None:
    configured = {c["FunctionName"]["Ref"]: c for c in of_type(made, "AWS::Lambda::EventInvokeConfig").values()}
    for name in ("TickFunction", "AlarmsFunction"):
        assert configured[name]["Qualifier"] == "$LATEST"
        assert configured[name]["MaximumRetryAttempts"] == 2
        assert configured[name]["DestinationConfig"]["OnFailure"] == {
            "Destination": {"Fn::GetAtt": ["FailureQueue", "Arn"]}
        }
    assert configured["InteractionsFunction"]["Qualifier"] == "live"


def test_sam_adds_no_role_and_no_grant_of_its_own(template: dict[str, Any], made: dict[str, Any]) -> None:
    kinds = (
        "AWS::IAM::Role",
        "AWS::IAM::ManagedPolicy",
        "AWS::IAM::Policy",
        "AWS::SQS::QueuePolicy",
        "AWS::SQS::Queue",
    )
    written = {name for name, resource in template["Resources"].items() if resource["Type"] in kinds}
    assert {name for kind in kinds for name in of_type(made, kind)} == written


def test_every_function_is_arm64_python_3_13_with_the_layer(made: dict[str, Any]) -> None:
    (layer,) = of_type(made, "AWS::Lambda::LayerVersion")
    for name, function in of_type(made, "AWS::Lambda::Function").items():
        assert function["Architectures"] == ["arm64"], name
        assert function["Runtime"] == "python3.13", name
        assert function["Layers"] == [{"Ref": layer}], name
        assert function["TracingConfig"] == {"Mode": "Active"}, name


def test_sam_reads_the_overrides_as_they_are_meant(root: Path) -> None:
    config = tomllib.loads((root / "samconfig.toml").read_text(encoding="utf-8"))
    for environment in ("dev", "staging", "prod"):
        given = tuple(config[environment]["deploy"]["parameters"]["parameter_overrides"])
        read = CfnParameterOverridesType().convert(given, None, None)
        assert json.loads(read["DiscordRoles"]) == {"engineering": "<role-id>", "ops": "<role-id>"}
        assert read["DiscordPublicKey"] == "<public-key>"
        assert read["Environment"] == environment
