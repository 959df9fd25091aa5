"""Whether the log groups of a signal exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from orchestrator.adapters.aws.clients import translated
from orchestrator.adapters.catalogue import Catalogue, near
from orchestrator.core.signals import LogQuery, Signal, sources
from orchestrator.ports import SwitchbackError

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

PAGES = 20
"""Of 50 log groups, looked through for a name that is like the one that is missing."""


class LogCatalogue(Catalogue):
    def __init__(self, client: Callable[[], CloudWatchLogsClient]) -> None:
        self._client = client

    def check(self, signal: Signal, now: int) -> tuple[str, ...]:
        asked = (query for query in sources(signal) if isinstance(query, LogQuery))
        faults: list[str] = []
        try:
            for group in dict.fromkeys(group for query in asked for group in query.groups):
                if group not in self._beginning_with(group, pages=1):
                    # Its own folder first: /aws/lambda/shop is rather another /aws/lambda/ than an /ecs/shop.
                    folder = self._beginning_with(group[: group.rfind("/") + 1]) or self._beginning_with("")
                    faults.append(f"there is no log group {group}; {near(group, folder, 'log groups')}")
        except SwitchbackError as problem:
            faults.append(f"CloudWatch Logs: {problem}; check again when it answers")
        return tuple(faults)

    def _beginning_with(self, start: str, pages: int = PAGES) -> list[str]:
        """In alphabetical order, so that a name itself comes first."""
        found: list[str] = []
        more: dict[str, Any] = {"logGroupNamePrefix": start} if start else {}
        for _ in range(pages):
            with translated("listing log groups"):
                page = self._client().describe_log_groups(**more)
            found += [group["logGroupName"] for group in page.get("logGroups", [])]
            if not page.get("nextToken"):
                break
            more["nextToken"] = page["nextToken"]
        return found
