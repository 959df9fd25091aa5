"""The six functions: what they are given, how they are called, what becomes of what they fail at."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

from orchestrator.handlers.commands import MOST_TRIES

RATE = re.compile(r"rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)")


def parameters_in(value: Any, template: dict[str, Any]) -> set[str]:
    """The template's parameters that `value` refers to, by Ref or inside Sub."""
    if isinstance(value, dict):
        named = {value["Ref"]} if isinstance(value.get("Ref"), str) else set()
        if isinstance(value.get("Fn::Sub"), str):
            named |= set(re.findall(r"\$\{([^}!]+)\}", value["Fn::Sub"]))
        for inner in value.values():
            named |= parameters_in(inner, template)
        return named & set(template["Parameters"])
    if isinstance(value, list):
        return set().union(*(parameters_in(inner, template) for inner in value))
    return set()


def events_of(functions: dict[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    return {
        f"{name}.{event}": spec["Properties"]
        for name, function in functions.items()
        for event, spec in function["Events"].items()
        if spec["Type"] == kind
    }


def test_the_environment_is_exactly_what_settings_read(template: dict[str, Any]) -> None:
    from orchestrator.settings import ENVIRONMENT_NAMES

    assert sorted(template["Globals"]["Function"]["Environment"]["Variables"]) == sorted(ENVIRONMENT_NAMES)


def test_no_function_has_an_environment_of_its_own(functions: dict[str, Any]) -> None:
    assert not [name for name, function in functions.items() if "Environment" in function]


def test_no_value_is_written_into_the_environment(template: dict[str, Any]) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    assert {name for name, value in variables.items() if set(value) != {"Ref"}} == set()


def test_no_parameter_takes_a_secret(template: dict[str, Any]) -> None:
    telling = re.compile(r"token|secret|password|webhook", re.IGNORECASE)
    named = {name for name in template["Parameters"] if telling.search(name)}
    assert named == {"BotTokenParameter", "GithubTokenParameter"}, "secrets lie in SSM; parameters can be read by many"
    assert template["Parameters"]["BotTokenParameter"]["AllowedPattern"].startswith("^/")
    assert template["Parameters"]["GithubTokenParameter"]["AllowedPattern"].startswith("^$|^/")


def test_the_bot_token_cannot_lie_where_flags_are_read(template: dict[str, Any]) -> None:
    allowed = re.compile(template["Parameters"]["BotTokenParameter"]["AllowedPattern"])
    assert allowed.match("/switchback/prod/bot-token")
    assert not allowed.match("/switchback/prod/flags/bot-token")
    assert not allowed.match("/switchback/prod/safeguards/bot-token")
    assert not allowed.match("bot-token"), "the role names parameter<name>, which needs the slash"


def test_there_are_six_functions_and_each_handler_is_a_function_in_a_file(
    functions: dict[str, Any], root: Path
) -> None:
    handlers = {name: function["Handler"] for name, function in functions.items()}
    assert handlers == {
        f"{name.capitalize()}Function": f"orchestrator.handlers.{name}.handler"
        for name in ("interactions", "commands", "tick", "alarms", "reports", "failures")
    }
    for handler in handlers.values():
        module, _, attribute = handler.rpartition(".")
        source = root / (module.replace(".", "/") + ".py")
        assert source.is_file(), f"{handler}: there is no {source.name}"
        found = [
            n for n in ast.parse(source.read_text()).body if isinstance(n, ast.FunctionDef) and n.name == attribute
        ]
        assert found, f"{source.name} has no top-level function {attribute}"
        assert [argument.arg for argument in found[0].args.args] == ["event", "context"]


def test_functions_are_built_for_arm64_and_python_3_13_and_traced(template: dict[str, Any]) -> None:
    shared = template["Globals"]["Function"]
    assert shared["Runtime"] == "python3.13"
    assert shared["Architectures"] == ["arm64"]
    assert shared["Tracing"] == "Active"
    assert shared["Layers"] == [{"Ref": "DependenciesLayer"}]
    assert shared["CodeUri"] == "orchestrator/", "the repository's root would take everything along"


def test_interactions_answer_in_time_and_through_the_alias(functions: dict[str, Any]) -> None:
    interactions = functions["InteractionsFunction"]
    assert interactions["Timeout"] == 10
    assert interactions["MemorySize"] == 1024
    assert interactions["AutoPublishAlias"] == "live"
    assert interactions["SnapStart"] == {"ApplyOn": {"Ref": "InteractionsSnapStart"}}


SETTLED = ("InteractionsTracing", "InteractionsMeasuring")
"""The policies whose descriptions hold the settings: a new value makes a new policy, and that a new version."""


def test_a_changed_setting_reaches_the_alias(template: dict[str, Any], functions: dict[str, Any]) -> None:
    interactions = functions["InteractionsFunction"]
    names = [{"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": policy}]}]} for policy in SETTLED]
    assert interactions["VersionDescription"] == {"Fn::Join": [" ", names]}
    described = [template["Resources"][policy]["Properties"]["Description"] for policy in SETTLED]
    own = parameters_in(template["Globals"]["Function"]["Environment"], template)
    # A change of these two makes another function, and so another alias.
    # The two pages stand under alerts alone, which workers post; they have no alias.
    assert parameters_in(described, template) == own - {"AppName", "Environment", "RunbookUrl", "DashboardUrl"}


def test_a_changed_layer_or_property_reaches_the_alias(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    assert functions["InteractionsFunction"]["AutoPublishAliasAllProperties"] is True
    assert resources["DependenciesLayer"]["Properties"]["PublishLambdaVersion"] is True


def test_the_settings_in_each_policys_description_stay_within_iams_thousand_characters(
    template: dict[str, Any],
) -> None:
    longest = {
        "DiscordPublicKey": 64, "DiscordApplicationId": 20, "DiscordGuildId": 20, "DiscordOpsChannelId": 20,
        "DiscordAlertChannelId": 20, "BotTokenParameter": 201, "EnableJsonLogging": 5, "EnableDebugCmd": 5,
        "EnableAlerts": 5, "PrometheusRegion": 30,
    }  # fmt: skip
    longest |= {n: p["MaxLength"] for n, p in template["Parameters"].items() if "MaxLength" in p}
    for policy in SETTLED:
        text = template["Resources"][policy]["Properties"]["Description"]["Fn::Sub"]
        assert len(re.sub(r"\$\{([^}]+)\}", lambda found: "x" * longest[found[1]], text)) <= 1000, policy


def test_every_path_and_method_reaches_the_handler_and_is_throttled(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    routes = events_of(functions, "HttpApi")
    assert {(route.get("Method"), route.get("Path")) for route in routes.values()} == {
        ("POST", "/interactions"),
        (None, None),
    }
    assert {route["PayloadFormatVersion"] for route in routes.values()} == {"2.0"}
    limits = resources["HttpApi"]["Properties"]["DefaultRouteSettings"]
    assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"] <= 100


def test_commands_come_one_at_a_time_and_fail_one_at_a_time(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    (queued,) = [e for name, e in events_of(functions, "SQS").items() if name.startswith("CommandsFunction.")]
    assert queued["Queue"] == {"Fn::GetAtt": ["CommandQueue", "Arn"]}
    assert queued["BatchSize"] == 1
    assert queued["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    queue = resources["CommandQueue"]["Properties"]
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["CommandDeadLetters", "Arn"]},
        "maxReceiveCount": MOST_TRIES,
    }


def test_a_message_stays_hidden_for_six_times_its_readers_timeout(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    for name, event in events_of(functions, "SQS").items():
        function = functions[name.split(".")[0]]
        queue = resources[event["Queue"]["Fn::GetAtt"][0]]["Properties"]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"], name


def test_what_ticks_and_alarms_fail_at_is_tried_twice_more_and_then_kept(functions: dict[str, Any]) -> None:
    for name in ("TickFunction", "AlarmsFunction"):
        assert functions[name]["EventInvokeConfig"]["MaximumRetryAttempts"] == 2, name
        assert functions[name]["EventInvokeConfig"]["DestinationConfig"] == {
            "OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailureQueue", "Arn"]}}
        }, name


def test_both_places_where_failures_end_are_read(functions: dict[str, Any]) -> None:
    read = [e["Queue"]["Fn::GetAtt"][0] for n, e in events_of(functions, "SQS").items() if n.startswith("FailuresF")]
    assert sorted(read) == ["CommandDeadLetters", "FailureQueue"]


def test_schedules_are_written_as_eventbridge_reads_them(functions: dict[str, Any]) -> None:
    schedules = {name: event["ScheduleExpression"] for name, event in events_of(functions, "ScheduleV2").items()}
    assert schedules["TickFunction.EveryMinute"] == "rate(1 minute)"
    assert "InteractionsFunction.Warm" in schedules
    assert {expression for expression in schedules.values() if not RATE.fullmatch(expression)} == set()


def test_the_rate_grammar_knows_singular_from_plural() -> None:
    assert all(RATE.fullmatch(f"rate({every})") for every in ("1 minute", "5 minutes", "10 hours"))
    assert not any(RATE.fullmatch(f"rate({every})") for every in ("1 minutes", "5 minute", "0 minutes"))


def test_the_warming_request_is_one_the_api_could_have_sent(functions: dict[str, Any]) -> None:
    event = json.loads(events_of(functions, "ScheduleV2")["InteractionsFunction.Warm"]["Input"])
    assert event["version"] == "2.0"
    assert (event["requestContext"]["http"]["method"], event["rawPath"]) == ("GET", "/warm")


def test_every_alarm_of_the_account_arrives_by_event_without_wiring(functions: dict[str, Any]) -> None:
    rule = events_of(functions, "EventBridgeRule")["AlarmsFunction.StateChange"]
    assert rule["Pattern"] == {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}


def test_reports_and_changes_arrive_from_whoever_may_put_events(functions: dict[str, Any]) -> None:
    from orchestrator.adapters.aws.report_events import CHANGE, REPORT

    rule = events_of(functions, "EventBridgeRule")["ReportsFunction.Said"]
    assert rule["Pattern"] == {"detail-type": [REPORT, CHANGE]}


def test_reserved_concurrency_is_off_unless_asked_for(template: dict[str, Any], functions: dict[str, Any]) -> None:
    assert template["Parameters"]["ReservedConcurrency"]["Default"] == 0
    reserved = {
        n: f["ReservedConcurrentExecutions"] for n, f in functions.items() if "ReservedConcurrentExecutions" in f
    }
    assert reserved == {
        "InteractionsFunction": {
            "Fn::If": ["HasReservedConcurrency", {"Ref": "ReservedConcurrency"}, {"Ref": "AWS::NoValue"}]
        }
    }


def test_every_function_logs_to_a_group_that_forgets(resources: dict[str, Any], functions: dict[str, Any]) -> None:
    for name, function in functions.items():
        group = resources[function["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        assert group["RetentionInDays"] == 30, name
        expected = "/aws/lambda/" + function["FunctionName"]["Fn::Sub"]
        assert group["LogGroupName"] == {"Fn::Sub": expected}, name
