"""GitHub workflows: dispatched where the stack allows it, told apart by what GitHub answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from orchestrator.adapters.targets.github import Workflows
from orchestrator.core.targets import WorkflowDispatch
from orchestrator.ports import Refused, Unavailable

CALL = WorkflowDispatch(repository="acme/shop", workflow="redeploy.yml", inputs={"to": "previous", "run": "$run"})


class GitHub(BaseAdapter):
    """GitHub's side of the network."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status, self.asked = status, []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]  # requests names its options one by one
        if self.status == 0:
            raise requests.ConnectionError("https://api.github.com/secret")
        self.asked.append(request)
        answer = requests.Response()
        answer.status_code, answer.request = self.status, request
        return answer

    def close(self) -> None:
        """Nothing is open."""


def workflows(github: GitHub, *repositories: str) -> Workflows:
    session = requests.Session()
    session.mount("https://", github)
    return Workflows(repositories, lambda: "ghp_token", session=lambda: session)


@pytest.mark.parametrize("status", [200, 204])
def test_a_dispatched_workflow_reports_by_itself_later(status: int) -> None:
    github = GitHub(status)
    answer = workflows(github, "Acme/Shop").dispatch(CALL, run="shop-1:ladder:0:3")
    assert (answer.later, answer.line) == (True, "redeploy.yml of acme/shop was dispatched")
    (request,) = github.asked
    assert request.url == "https://api.github.com/repos/acme/shop/actions/workflows/redeploy.yml/dispatches"
    assert request.headers["Authorization"] == "Bearer ghp_token"
    assert json.loads(request.body) == {"ref": "main", "inputs": {"to": "previous", "run": "shop-1:ladder:0:3"}}


def test_a_repository_that_is_not_on_the_list_is_never_asked() -> None:
    github = GitHub(204)
    with pytest.raises(Refused, match="acme/shop is not on the stack's list"):
        workflows(github, "acme/other").dispatch(CALL, run="1")
    assert github.asked == []


@pytest.mark.parametrize("status", [429, 500, 503, 0])
def test_what_may_pass_is_worth_another_try_and_its_text_is_not_repeated(status: int) -> None:
    with pytest.raises(Unavailable) as problem:
        workflows(GitHub(status), "acme/shop").dispatch(CALL, run="1")
    assert "secret" not in str(problem.value)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 422])
def test_what_will_not_pass_is_refused(status: int) -> None:
    with pytest.raises(Refused, match=rf"GitHub refused to run redeploy.yml of acme/shop \({status}\)"):
        workflows(GitHub(status), "acme/shop").dispatch(CALL, run="1")
