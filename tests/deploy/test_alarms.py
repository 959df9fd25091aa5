"""The bot's own alarms: what each says when nothing is measured, and whom it tells."""

from __future__ import annotations

from typing import Any

ALARMS_FUNCTION = {"Fn::GetAtt": ["AlarmsFunction", "Arn"]}


def metrics_of(alarm: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """(namespace, metric, value of its one dimension) of everything the alarm looks at."""
    if "MetricName" in alarm:
        return [(alarm["Namespace"], alarm["MetricName"], alarm["Dimensions"][0]["Value"])]
    found = [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]
    return [(m["Namespace"], m["MetricName"], m["Dimensions"][0]["Value"]) for m in found]


def watching(alarms: dict[str, Any], metric: str, resource: str) -> dict[str, Any]:
    """The one alarm that is about `metric` of `resource`, by its first metric."""
    (found,) = [
        alarm
        for alarm in alarms.values()
        if metrics_of(alarm)[0][1] == metric and resource in str(metrics_of(alarm)[0][2])
    ]
    assert isinstance(found, dict)
    return found


def test_every_alarm_says_what_silence_means(alarms: dict[str, Any]) -> None:
    silence = {name: alarm.get("TreatMissingData") for name, alarm in alarms.items()}
    assert {name: said for name, said in silence.items() if said != "notBreaching"} == {"Heartbeat": "breaching"}


def test_every_alarm_tells_the_topic_when_it_starts_and_when_it_ends(alarms: dict[str, Any]) -> None:
    for name, alarm in alarms.items():
        assert {"Ref": "AlertTopic"} in alarm["AlarmActions"], name
        assert alarm["OKActions"] == alarm["AlarmActions"], name
        assert alarm["AlarmDescription"].endswith("."), name


def test_the_permission_and_the_actions_name_the_same_function(
    resources: dict[str, Any], alarms: dict[str, Any]
) -> None:
    permission = resources["AlarmsPermission"]["Properties"]
    assert permission["FunctionName"] == ALARMS_FUNCTION
    others = {str(a) for alarm in alarms.values() for a in alarm["AlarmActions"]} - {str({"Ref": "AlertTopic"})}
    assert others == {str(ALARMS_FUNCTION)}
    assert "AutoPublishAlias" not in resources["AlarmsFunction"]["Properties"]


def test_only_this_accounts_alarms_may_call_the_alarms_function(resources: dict[str, Any]) -> None:
    permission = resources["AlarmsPermission"]["Properties"]
    assert permission["Principal"] == "lambda.alarms.cloudwatch.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert permission["SourceArn"] == {
        "Fn::Sub": "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    }


def test_an_alarm_about_the_alarms_function_does_not_rely_on_it(alarms: dict[str, Any]) -> None:
    about_it = {n: a for n, a in alarms.items() if any("AlarmsFunction" in str(m[2]) for m in metrics_of(a))}
    assert {name: alarm["AlarmActions"] for name, alarm in about_it.items()} == {
        name: [{"Ref": "AlertTopic"}] for name in ("AlarmsErrors", "AlarmsSlow", "AlarmsThrottles", "AlarmsFlood")
    }
    for name in set(alarms) - set(about_it):
        assert ALARMS_FUNCTION in alarms[name]["AlarmActions"], name


def test_more_than_five_percent_of_errors_is_an_alarm(alarms: dict[str, Any], functions: dict[str, Any]) -> None:
    for function in functions:
        alarm = watching(alarms, "Errors", function)
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", function
        if "Metrics" in alarm:
            assert alarm["Threshold"] == 5, function
            assert alarm["Metrics"][0]["Expression"] == "IF(calls > 0, 100 * errors / calls, 0)", function
        else:
            assert alarm["Threshold"] == 0, f"{function}: one error is more than 5 % of a few calls"


def test_more_than_thirty_seconds_is_an_alarm_and_discord_waits_for_three(
    alarms: dict[str, Any], functions: dict[str, Any]
) -> None:
    for name, function in functions.items():
        if function["Timeout"] <= 30 and name != "InteractionsFunction":
            continue  # it ends before it could be slow, and that is an error
        alarm = watching(alarms, "Duration", name)
        assert alarm["Statistic"] == "Maximum", name
        assert alarm["Threshold"] == (2_500 if name == "InteractionsFunction" else 30_000), name
        assert alarm["Threshold"] < function["Timeout"] * 1000, name


def test_more_than_a_thousand_calls_an_hour_is_an_alarm(alarms: dict[str, Any]) -> None:
    for name in ("InteractionsFlood", "CommandsFlood", "AlarmsFlood"):
        assert (alarms[name]["Period"], alarms[name]["Statistic"]) == (3600, "Sum")
        assert (alarms[name]["ComparisonOperator"], alarms[name]["Threshold"]) == (
            "GreaterThanThreshold",
            1000,
        )


def test_three_minutes_without_a_tick_is_an_alarm(alarms: dict[str, Any]) -> None:
    beat = alarms["Heartbeat"]
    assert metrics_of(beat) == [("AWS/Lambda", "Invocations", {"Ref": "TickFunction"})]
    assert (beat["Period"], beat["EvaluationPeriods"], beat["DatapointsToAlarm"]) == (60, 3, 3)
    assert (beat["ComparisonOperator"], beat["Threshold"]) == ("LessThanThreshold", 1)


def test_what_was_given_up_on_is_an_alarm_even_when_it_is_read_at_once(alarms: dict[str, Any]) -> None:
    for name, queue in (("DeadCommands", "CommandDeadLetters"), ("FailedEvents", "FailureQueue")):
        looked_at = {metric for _, metric, _ in metrics_of(alarms[name])}
        assert looked_at == {"NumberOfMessagesReceived", "ApproximateNumberOfMessagesVisible"}
        assert all(value == {"Fn::GetAtt": [queue, "QueueName"]} for _, _, value in metrics_of(alarms[name]))
        assert (alarms[name]["ComparisonOperator"], alarms[name]["Threshold"]) == ("GreaterThanThreshold", 0)


def test_a_waiting_command_a_throttle_and_a_siege_are_alarms(alarms: dict[str, Any]) -> None:
    assert metrics_of(alarms["CommandsWaiting"])[0][:2] == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert watching(alarms, "Throttles", "InteractionsFunction")["Threshold"] == 0
    assert watching(alarms, "Throttles", "AlarmsFunction")["Threshold"] == 0
    # HTTP APIs count "4xx"; "4XXError" is what REST APIs call it, and would never have data here.
    assert metrics_of(alarms["RefusedRequests"]) == [("AWS/ApiGateway", "4xx", {"Ref": "HttpApi"})]


def test_the_alarms_cost_no_more_than_two_and_a_half_dollars_a_month(alarms: dict[str, Any]) -> None:
    # $0.10 a metric and month; an account's first ten are free.
    assert sum(len(metrics_of(alarm)) for alarm in alarms.values()) <= 25
