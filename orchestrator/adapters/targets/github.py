"""GitHub Actions workflows, dispatched. GitHub says only that it has taken the request; the workflow itself reports
its end by an event.

See https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING
from urllib.parse import quote

from orchestrator.core.targets import WorkflowDispatch
from orchestrator.ports import Answer, Refused, Unavailable

if TYPE_CHECKING:
    import requests

BASE = "https://api.github.com"
RUN = "$run"
"""As an input's value it stands for the id of this run, with which the workflow reports."""


class Workflows:
    """`repositories` is the allow-list, `owner/name`. `token` is asked for at each call."""

    def __init__(
        self,
        repositories: Collection[str],
        token: Callable[[], str],
        *,
        session: Callable[[], requests.Session] | None = None,
    ) -> None:
        self._repositories = frozenset(name.lower() for name in repositories)
        self._token, self._session = token, session

    def dispatch(self, call: WorkflowDispatch, *, run: str) -> Answer:
        """Raises Unavailable, Refused."""
        if call.repository.lower() not in self._repositories:
            raise Refused(f"{call.repository} is not on the stack's list of repositories (GITHUB_REPOSITORIES)")
        import requests

        path = f"/repos/{quote(call.repository, safe='/')}/actions/workflows/{quote(call.workflow, safe='')}/dispatches"
        body = {"ref": call.ref, "inputs": {name: run if v == RUN else v for name, v in call.inputs.items()}}
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        session = self._session() if self._session else requests.Session()
        try:
            answer = session.post(BASE + path, json=body, headers=headers, timeout=(2, 10), allow_redirects=False)
        except requests.RequestException as problem:
            # Its text holds the request's address; its name is enough.
            raise Unavailable(f"GitHub did not answer ({type(problem).__name__})") from None
        if answer.status_code in (200, 204):
            return Answer(result="pass", later=True, line=f"{call.workflow} of {call.repository} was dispatched")
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(f"GitHub answered {answer.status_code}")
        raise Refused(f"GitHub refused to run {call.workflow} of {call.repository} ({answer.status_code})")
