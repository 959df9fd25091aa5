"""Flags as SSM parameters, one each, directly under the flag prefix.

SSM keeps the newest 100 versions of a parameter, unless its oldest one carries a label: then it refuses every
further write. So nothing here ever labels a version.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestrator.adapters.aws.clients import Clients, RefusedByAws, translated
from orchestrator.adapters.parameters import checked_name, checked_value, decode_mark, encode_mark
from orchestrator.core.facts import FlagVersion, LiveFlag, Mark
from orchestrator.ports import Flags, Unavailable

if TYPE_CHECKING:
    from mypy_boto3_ssm.type_defs import ParameterHistoryTypeDef

NAMES_PER_READ = 10
VERSIONS_PER_PAGE = 50


class _Shown(NamedTuple):
    version: int
    description: str


class SsmFlags(Flags):
    """`prefix` is `/{app}/{environment}/flags/`. One read is one call for every ten names."""

    def __init__(self, clients: Clients, prefix: str) -> None:
        self._clients = clients
        self._prefix = f"/{prefix.strip('/')}/"

    def read(self, names: Iterable[str]) -> dict[str, LiveFlag]:
        found: dict[str, LiveFlag] = {}
        paths = iter([self._path(name) for name in dict.fromkeys(names)])
        while some := list(islice(paths, NAMES_PER_READ)):
            with translated("reading flags"):
                answer = self._clients.ssm.get_parameters(Names=some)
            flags = map(self._live, answer["Parameters"])
            found.update((flag.name, flag) for flag in flags)
        return found

    def all(self) -> dict[str, LiveFlag]:
        found: dict[str, LiveFlag] = {}
        more: dict[str, Any] = {}
        while True:
            with translated("listing flags"):
                page = self._clients.ssm.get_parameters_by_path(
                    Path=self._prefix.rstrip("/"), Recursive=False, MaxResults=NAMES_PER_READ, **more
                )
            flags = map(self._live, page["Parameters"])
            found.update((flag.name, flag) for flag in flags)
            # A page may be empty and still not be the last one.
            if not page.get("NextToken"):
                return found
            more = {"NextToken": page["NextToken"]}

    def write(self, name: str, value: str, mark: Mark) -> int:
        path, value = self._path(name), checked_value(value)
        with translated("writing a flag"):
            answer = self._clients.ssm.put_parameter(
                Name=path, Value=value, Type="String", Overwrite=True, Description=encode_mark(mark)
            )
        return answer["Version"]

    def mark(self, name: str) -> Mark | None:
        live = self.read([name]).get(name)
        if live is None:
            return None
        shown = self._described(name)
        # DescribeParameters lags behind: a description of an older version says nothing about this one.
        if shown is not None and shown.version == live.version:
            return decode_mark(shown.description, live.value)
        newest = self.history(name, 1)
        if not newest:
            return None
        if newest[0].version < live.version:
            raise Unavailable("reading who wrote a flag last: its history lags behind its value")
        return newest[0].mark

    def history(self, name: str, limit: int = 20) -> list[FlagVersion]:
        entries = deque(self._versions(self._path(name)), maxlen=max(limit, 0))
        return [_flag_version(entry) for entry in reversed(entries)]

    def _described(self, name: str) -> _Shown | None:
        """What DescribeParameters shows, possibly of an older version; None when it does not show the
        parameter yet."""
        path = self._path(name)
        more: dict[str, Any] = {}
        while True:
            with translated("reading who wrote a flag last"):
                page = self._clients.ssm.describe_parameters(
                    ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [path]}], **more
                )
            for shown in page["Parameters"]:
                if shown.get("Name") == path:
                    return _Shown(shown.get("Version", 0), shown.get("Description", ""))
            if not page.get("NextToken"):
                return None
            more = {"NextToken": page["NextToken"]}

    def _versions(self, path: str) -> Iterator[ParameterHistoryTypeDef]:
        """Oldest first, as SSM pages them; nothing for a parameter that does not exist."""
        more: dict[str, Any] = {}
        while True:
            try:
                with translated("reading a flag's history"):
                    page = self._clients.ssm.get_parameter_history(Name=path, MaxResults=VERSIONS_PER_PAGE, **more)
            except RefusedByAws as refusal:
                if refusal.code == "ParameterNotFound":
                    return
                raise
            yield from page["Parameters"]
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}

    def _path(self, name: str) -> str:
        return self._prefix + checked_name(name)

    def _live(self, parameter: Any) -> LiveFlag:
        name = parameter["Name"].removeprefix(self._prefix)
        return LiveFlag(name=name, value=parameter["Value"], version=parameter["Version"])


def _flag_version(entry: ParameterHistoryTypeDef) -> FlagVersion:
    value = entry.get("Value", "")
    return FlagVersion(
        version=entry["Version"],
        value=value,
        at=int(entry["LastModifiedDate"].timestamp()),
        user=_person(entry.get("LastModifiedUser", "")),
        mark=decode_mark(entry.get("Description", ""), value),
    )


def _person(arn: str) -> str:
    """The last part of an ARN: a user's name, or the session's for an assumed role."""
    return re.split(r"[/:]", arn)[-1] if arn.startswith("arn:") else ""
