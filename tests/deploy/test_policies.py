"""What each function may do, against a list written by hand: nothing missing, nothing spare."""

from __future__ import annotations

import re
from typing import Any

TRACING = {("xray:PutTraceSegments", "*"), ("xray:PutTelemetryRecords", "*")}
WITHOUT_RESOURCE_LEVEL = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "logs:GetQueryResults",
    "ssm:DescribeParameters",
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
}


def logs(group: str) -> set[tuple[str, str]]:
    return {("logs:CreateLogStream", f"{group}.Arn"), ("logs:PutLogEvents", f"{group}.Arn")}


def table(*indexes: str) -> set[tuple[str, str]]:
    reads = ("GetItem", "BatchGetItem", "Query", "ConditionCheckItem")
    read = {(f"dynamodb:{a}", on) for a in reads for on in ("Table.Arn", *(f"Table.Arn/index/{i}" for i in indexes))}
    return read | {("dynamodb:PutItem", "Table.Arn"), ("dynamodb:UpdateItem", "Table.Arn")}


def reading(path: str, *actions: str) -> set[tuple[str, str]]:
    wanted = ("GetParameter", "GetParameters", "GetParametersByPath", *actions)
    return {(f"ssm:{a}", f"{path}{end}") for a in wanted for end in ("", "/*")}


def consuming(*queues: str) -> set[tuple[str, str]]:
    actions = ("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes")
    return {(f"sqs:{a}", f"{queue}.Arn") for a in actions for queue in queues}


FLAGS_READ = reading("FLAGS", "GetParameterHistory")
FLAGS_WRITE = {("ssm:PutParameter", "FLAGS/*")}
SAFEGUARDS_READ = reading("SAFEGUARDS")
SAFEGUARDS_WRITE = {("ssm:PutParameter", "SAFEGUARDS/*"), ("ssm:DeleteParameter", "SAFEGUARDS/*")}
DESCRIPTIONS = {("ssm:DescribeParameters", "*")}
TOKEN = {("ssm:GetParameter", "BOT_TOKEN")}
ALERTING = {
    ("sns:Publish", "AlertTopic"),
    ("kms:GenerateDataKey", "AlertTopicKey"),
    ("kms:Decrypt", "AlertTopicKey"),
}
ALARM_STATES = {("cloudwatch:DescribeAlarms", "*")}
METRICS = {("cloudwatch:GetMetricData", "*")}
GIVING_UP = {("sqs:SendMessage", "FailureQueue.Arn")}
QUEUEING = {("sqs:SendMessage", "CommandQueue.Arn")}
SOURCES = {
    ("logs:StartQuery", "LOG_GROUPS"),
    ("logs:GetQueryResults", "*"),
    ("ssm:GetParameter", "PROMETHEUS_SECRET"),
    *((f"aps:{action}", "PrometheusWorkspace") for action in ("QueryMetrics", "GetLabels", "GetSeries")),
}
OWN_LOGS = {
    ("logs:StartQuery", f"{function}Logs.Arn")
    for function in ("Interactions", "Commands", "Tick", "Alarms", "Reports", "Failures")
}
COMPLETED_READ = {("ssm:GetParameters", "COMPLETED_ANYWHERE/*")}
COMPLETED_WRITE = {("ssm:PutParameter", "COMPLETED/*")}
TARGETS = {("ssm:GetParameter", "GITHUB_TOKEN")} | {
    (f"lambda:{action}", "FUNCTIONS")
    for action in ("InvokeFunction", "GetFunction", "ListTags", "GetAlias", "UpdateAlias", "ListVersionsByFunction")
}
TAGGED = {"StringEquals": {"aws:ResourceTag/switchback:target": "allowed"}}

WORKING = (
    TRACING | table("due", "listing") | FLAGS_READ | FLAGS_WRITE | DESCRIPTIONS | SAFEGUARDS_READ | TOKEN
    | ALARM_STATES | ALERTING
)  # fmt: skip
MAY = {
    # A preview is the very decision that its button would carry out: it looks at what the worker looks at.
    "InteractionsRole": logs("InteractionsLogs") | TRACING | table("due", "listing") | FLAGS_READ | DESCRIPTIONS
    | ALARM_STATES | METRICS | SOURCES | COMPLETED_READ | QUEUEING,
    "CommandsRole": logs("CommandsLogs") | WORKING | SAFEGUARDS_WRITE | METRICS | SOURCES | COMPLETED_READ
    | COMPLETED_WRITE | QUEUEING | TARGETS | OWN_LOGS | consuming("CommandQueue"),
    "TickRole": logs("TickLogs") | WORKING | SAFEGUARDS_WRITE | METRICS | SOURCES | COMPLETED_READ | COMPLETED_WRITE
    | QUEUEING | GIVING_UP,
    "AlarmsRole": logs("AlarmsLogs") | WORKING | QUEUEING | GIVING_UP,
    "ReportsRole": logs("ReportsLogs") | TRACING | GIVING_UP | QUEUEING | {("dynamodb:PutItem", "Table.Arn")}
    | {("ssm:GetParameter", "FLAGS/*"), ("ssm:GetParameters", "FLAGS/*")},
    "FailuresRole": logs("FailuresLogs") | TRACING | table("listing") | FLAGS_READ | TOKEN | ALERTING
    | consuming("CommandDeadLetters", "FailureQueue"),
    "ScheduleRole": {
        ("lambda:InvokeFunction", "TickFunction.Arn"),
        ("lambda:InvokeFunction", "InteractionsFunction.Alias"),
    },
}  # fmt: skip


def plain(resource: Any) -> str:
    """A resource as the lists above write it."""
    if isinstance(resource, str):
        return resource
    if "Ref" in resource:
        return str(resource["Ref"])
    if "Fn::GetAtt" in resource:
        return ".".join(resource["Fn::GetAtt"])
    text = str(resource["Fn::Sub"])
    if text.startswith("arn:${AWS::Partition}:lambda:"):
        return "FUNCTIONS"
    if text.startswith("arn:${AWS::Partition}:logs:"):
        return "LOG_GROUPS"
    text = text.removeprefix("arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter")
    text = text.replace("/${AppName}/${Environment}/flags", "FLAGS")
    text = text.replace("/${AppName}/${Environment}/completed", "COMPLETED")
    text = text.replace("/${AppName}/*/completed", "COMPLETED_ANYWHERE")
    text = text.replace("${PrometheusAuth}", "PROMETHEUS_SECRET").replace("${GithubTokenParameter}", "GITHUB_TOKEN")
    text = text.replace("/${AppName}/${Environment}/safeguards", "SAFEGUARDS").replace(
        "${BotTokenParameter}", "BOT_TOKEN"
    )
    return re.sub(r"\$\{([^}]+)\}", r"\1", text)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(resources: dict[str, Any], role: str) -> list[dict[str, Any]]:
    properties = resources[role]["Properties"]
    documents = [policy["PolicyDocument"] for policy in properties["Policies"]]
    documents += [resources[p["Ref"]]["Properties"]["PolicyDocument"] for p in properties.get("ManagedPolicyArns", [])]
    return [
        statement["Fn::If"][1] if "Fn::If" in statement else statement
        for document in documents
        for statement in document["Statement"]
    ]


def granted(resources: dict[str, Any], role: str) -> set[tuple[str, str]]:
    return {
        (action, plain(resource))
        for statement in statements(resources, role)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def roles_of(resources: dict[str, Any]) -> list[str]:
    return [name for name, resource in resources.items() if resource["Type"] == "AWS::IAM::Role"]


def test_each_role_may_do_exactly_what_is_written_here(resources: dict[str, Any]) -> None:
    assert {role: granted(resources, role) for role in roles_of(resources)} == MAY


def test_each_function_has_its_own_role_and_only_lambda_may_take_it(
    resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    for name, function in functions.items():
        role = name.replace("Function", "Role")
        assert function["Role"] == {"Fn::GetAtt": [role, "Arn"]}
        (trust,) = resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "lambda.amazonaws.com"}, role


def test_no_action_is_a_wildcard_and_everything_allows(resources: dict[str, Any]) -> None:
    for role in roles_of(resources):
        for statement in statements(resources, role):
            assert statement["Effect"] == "Allow"
            assert not [action for action in listed(statement["Action"]) if "*" in action], role


def test_any_resource_is_named_where_aws_lets_it_be(resources: dict[str, Any]) -> None:
    everywhere = {a for role in roles_of(resources) for a, resource in granted(resources, role) if resource == "*"}
    assert everywhere <= WITHOUT_RESOURCE_LEVEL


def test_nobody_can_delete_an_item(resources: dict[str, Any]) -> None:
    # BatchWriteItem and PartiQL delete under names of their own; so does taking the table away.
    granted_on_table = {
        a for role in roles_of(resources) for a, _ in granted(resources, role) if a.startswith("dynamodb:")
    }
    assert granted_on_table == {
        "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem",
        "dynamodb:PutItem", "dynamodb:UpdateItem",
    }  # fmt: skip


def test_interactions_write_confirmations_and_traces_only(resources: dict[str, Any]) -> None:
    (write,) = [s for s in statements(resources, "InteractionsRole") if "dynamodb:PutItem" in s["Action"]]
    assert write["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CONFIRM#*", "TRACE#*"]}}


def test_only_what_carries_the_tag_is_called_or_searched(resources: dict[str, Any]) -> None:
    for role in roles_of(resources):
        for statement in statements(resources, role):
            if {plain(resource) for resource in listed(statement["Resource"])} & {"FUNCTIONS", "LOG_GROUPS"}:
                assert statement["Condition"] == TAGGED, role


def test_only_the_worker_calls_targets(resources: dict[str, Any]) -> None:
    callers = {role for role in roles_of(resources) if granted(resources, role) & TARGETS}
    assert callers == {"CommandsRole"}


def test_reports_may_write_reports_and_nothing_else(resources: dict[str, Any]) -> None:
    (write,) = [s for s in statements(resources, "ReportsRole") if "dynamodb:PutItem" in s["Action"]]
    assert write["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["REPORT#*"]}}


def test_interactions_can_neither_move_a_flag_nor_read_the_token(resources: dict[str, Any]) -> None:
    may = granted(resources, "InteractionsRole")
    assert not {action for action, _ in may} & {
        "ssm:PutParameter",
        "ssm:DeleteParameter",
        "ssm:LabelParameterVersion",
    }
    assert "BOT_TOKEN" not in {resource for _, resource in may}


def test_nobody_can_delete_a_flag(resources: dict[str, Any]) -> None:
    deleted = {r for role in roles_of(resources) for a, r in granted(resources, role) if a == "ssm:DeleteParameter"}
    assert deleted == {"SAFEGUARDS/*"}


def test_the_scheduler_acts_for_this_account_only(resources: dict[str, Any]) -> None:
    (trust,) = resources["ScheduleRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
