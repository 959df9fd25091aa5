"""The saved searches: word for word what the bot's own Logs button asks, over every function's log."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.own_logs import ERRORS, FUNCTIONS, PERFORMANCE, TRACE, log_groups

SEARCHES = {"ErrorsQuery": ERRORS, "PerformanceQuery": PERFORMANCE, "TraceQuery": TRACE}


def test_there_are_three_and_no_more(resources: dict[str, Any]) -> None:
    saved = {name for name, resource in resources.items() if resource["Type"] == "AWS::Logs::QueryDefinition"}
    assert saved == set(SEARCHES)


@pytest.mark.parametrize(("name", "text"), SEARCHES.items())
def test_a_saved_search_is_the_one_in_the_code_over_every_log(
    name: str, text: str, resources: dict[str, Any], functions: dict[str, Any]
) -> None:
    saved = resources[name]["Properties"]
    assert saved["QueryString"] == text
    assert [group["Ref"] for group in saved["LogGroupNames"]] == [
        f"{function.capitalize()}Logs" for function in FUNCTIONS
    ]
    assert {f"{function.capitalize()}Function" for function in FUNCTIONS} == set(functions)


def test_the_log_groups_are_called_as_the_code_calls_them(resources: dict[str, Any]) -> None:
    named = [resources[f"{function.capitalize()}Logs"]["Properties"]["LogGroupName"] for function in FUNCTIONS]
    here = [name["Fn::Sub"].replace("${AppName}", "shop").replace("${Environment}", "dev") for name in named]
    assert tuple(here) == log_groups("shop", "dev")
