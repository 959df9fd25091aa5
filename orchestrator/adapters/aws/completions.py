"""What was completed where, in SSM: `/{app}/{environment}/completed/{plan}`, for the next environment to read.

It works within one account; environments in accounts of their own need a parameter that is shared or copied.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from orchestrator.adapters.aws.clients import Clients, translated
from orchestrator.ports import Completions


class _Completed(Struct, frozen=True):
    hash: str
    rollout: str
    at: int


class SsmCompletions(Completions):
    def __init__(self, clients: Clients, app_name: str, environment: str) -> None:
        self._clients, self._app, self._environment = clients, app_name, environment

    def publish(self, plan: str, plan_hash: str, rollout: str, at: int) -> None:
        text = msgspec.json.encode(_Completed(hash=plan_hash, rollout=rollout, at=at)).decode()
        with translated("publishing what was completed"):
            self._clients.ssm.put_parameter(
                Name=self._path(self._environment, plan),
                Value=text,
                Type="String",
                Overwrite=True,
                Description="Written by Switchback: this version of the plan was completed here.",
            )

    def of(self, plan: str, environments: Iterable[str]) -> dict[str, str]:
        """At most ten environments: one call reads no more. What somebody else wrote there counts for nothing."""
        paths = {self._path(environment, plan): environment for environment in environments}
        with translated("reading what was completed"):
            found = self._clients.ssm.get_parameters(Names=list(paths))
        completed = {}
        for parameter in found["Parameters"]:
            try:
                said = msgspec.json.decode(parameter["Value"].encode(), type=_Completed)
            except (msgspec.MsgspecError, UnicodeError):
                continue
            completed[paths[parameter["Name"]]] = said.hash
        return completed

    def _path(self, environment: str, plan: str) -> str:
        return f"/{self._app}/{environment}/completed/{plan}"
